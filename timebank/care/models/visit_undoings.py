"""The table of undone visits from other communities: who undid each, and who agreed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.models.tills import alone_limit
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite


class CareVisitUndoing(Base):
    """A visit was undone: by two, unless the centre lets one undo so much alone."""

    __tablename__ = "care_visit_undoing"
    __table_args__ = (
        CheckConstraint(
            "second_user_id IS NULL OR second_user_id <> undone_by_user_id", name="undone_by_two"
        ),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"), index=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("clearing_transfer.id"), unique=True)
    undone_by_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    undone_by: Mapped[str] = mapped_column(String(60))
    second_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    second: Mapped[str] = mapped_column(String(60), default="")
    undone_at: Mapped[datetime]


_LINES = "FROM visitor_line v WHERE v.transfer_id = NEW.transfer_id"
_OVER = (
    f"(SELECT SUM(v.quantity * v.unit_minutes) {_LINES}) > {alone_limit(centre='NEW.centre_id')}"
)
_CLOSED = (
    f"EXISTS (SELECT 1 {_LINES} AND EXISTS (SELECT 1 FROM care_day_close c"  # noqa: S608 - constants
    " WHERE c.till_id = v.till_id AND c.on_day = v.served_on AND c.state = 'closed'))"
)


def _keep_two() -> None:
    """Refuse an undoing by one where two are needed, and what was decided stays."""
    table = Base.metadata.tables["care_visit_undoing"]
    make_append_only(table)
    name = "care_visit_undone_alone"
    alone = f"NEW.second_user_id IS NULL AND ({_OVER} OR {_CLOSED})"
    refuse_on_sqlite(table, name, "BEFORE INSERT", alone)
    guard_on_postgresql(table, name, "BEFORE INSERT", raises(name, alone))


_keep_two()
