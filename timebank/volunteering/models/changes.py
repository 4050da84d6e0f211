"""Both values of what was changed on a need or a task after it was told; lines are only added."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk


class ArrangementChange(Base):
    """One change of a need or of a task: what it was, what it is, who said so, and why."""

    __tablename__ = "arrangement_change"
    __table_args__ = (
        UniqueConstraint("need_id", "revision"),
        UniqueConstraint("task_id", "revision"),
        CheckConstraint("(need_id IS NULL) <> (task_id IS NULL)", name="of_one_thing"),
        CheckConstraint("revision >= 2", name="after_the_first"),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint(
            "ends_before > starts_before AND ends_after > starts_after", name="times_in_order"
        ),
        Index("ix_arrangement_change_at", "community_id", "at"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    revision: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    starts_before: Mapped[datetime]
    starts_after: Mapped[datetime]
    ends_before: Mapped[datetime]
    ends_after: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: JSON values
    after: Mapped[dict[str, Any]] = mapped_column(JSON)


make_append_only(ArrangementChange.metadata.tables["arrangement_change"])


def unless_told(table: str, differs: str, *, with_ends: bool) -> str:
    """Return the SQL condition that a row changed without the line that holds both values.

    ``differs`` is the condition that something did; of needs, which have a length, the line's ends
    are not compared.
    """
    ends = "AND c.ends_before = OLD.ends_at AND c.ends_after = NEW.ends_at" if with_ends else ""
    return (
        f"({differs}) AND NOT EXISTS (SELECT 1 FROM arrangement_change c"  # noqa: S608 - constants
        f" WHERE c.{table}_id = NEW.id AND c.revision = NEW.revision"
        " AND NEW.revision = OLD.revision + 1"
        f" AND c.starts_before = OLD.starts_at AND c.starts_after = NEW.starts_at {ends})"
    )
