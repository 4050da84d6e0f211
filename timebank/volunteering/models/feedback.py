"""What both sides said after a service; lines are only added."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.feedback import Satisfaction, TellingSide


class TaskFeedback(Base):
    """How one side found a service that was given."""

    __tablename__ = "task_feedback"
    __table_args__ = (
        UniqueConstraint("sign_up_id", "side"),
        CheckConstraint(f"side IN {among(TellingSide)}", name="side_known"),
        CheckConstraint(f"satisfaction IN {among(Satisfaction)}", name="satisfaction_known"),
        CheckConstraint("(side = 'served') = (is_solved IS NOT NULL)", name="solved_by_served"),
        CheckConstraint("NOT may_refer OR side = 'served'", name="referred_by_served"),
        Index("ix_task_feedback_volunteer", "volunteer_id", "id"),
        Index("ix_task_feedback_task", "task_id"),
        Index("ix_task_feedback_place", "community_id", "satisfaction", "id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_up.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    side: Mapped[TellingSide] = mapped_column(String(10))
    satisfaction: Mapped[Satisfaction] = mapped_column(String(8))
    is_solved: Mapped[bool | None]
    may_refer: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    told_by_name: Mapped[str] = mapped_column(String(80))
    is_by_staff: Mapped[bool] = mapped_column(default=False)


_feedback = TaskFeedback.metadata.tables["task_feedback"]
_NOT_SERVED = (
    "NOT EXISTS (SELECT 1 FROM sign_up s WHERE s.id = NEW.sign_up_id AND s.task_id = NEW.task_id"
    " AND s.volunteer_id = NEW.volunteer_id AND s.state = 'served')"
)
_OTHER_SIDE = (
    "NOT NEW.is_by_staff AND ((NEW.side = 'volunteer') <> (NEW.told_by_id = NEW.volunteer_id)"
    " OR NEW.told_by_id IS NULL)"
)
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _feedback,
        Refusals(
            inserts={
                "task_feedback_not_served": _NOT_SERVED,
                "task_feedback_other_side": _OTHER_SIDE,
            }
        ),
        _engine,
    )
make_append_only(_feedback)
