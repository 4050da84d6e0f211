"""Photos and papers that show something about a record; rows are only added."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.exhibits import EXHIBITS_MAX


class Exhibit(Base):
    """A file handed in about a record, with the dispute for which it was, if any."""

    __tablename__ = "record_exhibit"
    __table_args__ = (
        UniqueConstraint("record_id", "number"),
        CheckConstraint(f"number BETWEEN 1 AND {EXHIBITS_MAX}", name="number_in_bounds"),
        Index("ix_record_exhibit_dispute", "dispute_id"),
        Index("ix_record_exhibit_file", "file_id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    dispute_id: Mapped[int | None] = mapped_column(ForeignKey("dispute.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))


_exhibits = Exhibit.metadata.tables["record_exhibit"]
_RULES = {
    "exhibit_elsewhere": (
        "NOT EXISTS (SELECT 1 FROM service_record r JOIN stored_file f"
        " ON f.community_id = r.community_id WHERE r.id = NEW.record_id AND f.id = NEW.file_id"
        " AND r.community_id = NEW.community_id) OR (NEW.dispute_id IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM dispute d WHERE d.id = NEW.dispute_id AND d.record_id = NEW.record_id))"
    ),
}
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(_exhibits, Refusals(inserts=_RULES), _engine)
make_append_only(_exhibits)
