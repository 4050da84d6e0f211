"""The table of activities that organisations propose.

The database itself refuses who proposes without leading, a task that is not the organisation's, and
any change of what was answered.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.proposals import PROPOSAL_ARROWS, ProposalState
from timebank.volunteering.rules.tasks import PLACES_MAX


class ActivityProposal(Base):
    """An activity that who leads an organisation would like to hold, and what staff answered."""

    __tablename__ = "activity_proposal"
    __table_args__ = (
        CheckConstraint(f"state IN {among(ProposalState)}", name="state_known"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(f"places BETWEEN 1 AND {PLACES_MAX}", name="places_range"),
        CheckConstraint("activity <> ''", name="activity_named"),
        CheckConstraint("state <> 'declined' OR state_reason <> ''", name="declined_why"),
        CheckConstraint("(state = 'taken_up') = (task_id IS NOT NULL)", name="task_when_taken_up"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when"),
        Index("ix_activity_proposal_queue", "community_id", "state", "starts_at", "id"),
        Index("ix_activity_proposal_organisation", "organisation_id", "id"),
        Index("ix_activity_proposal_person", "proposed_by_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[ProposalState] = mapped_column(String(12))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    activity: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    place: Mapped[str] = mapped_column(String(120), default="")
    details: Mapped[str] = mapped_column(Text, default="")
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_by_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), unique=True)


_proposals = Base.metadata.tables[ActivityProposal.__tablename__]
_ANSWER = {"state", "state_reason", "task_id"} | {
    column.name for column in _proposals.columns if column.name.startswith("decided_")
}
_TOLD = tuple(column.name for column in _proposals.columns if column.name not in _ANSWER)
_UNLED = (
    "NOT EXISTS (SELECT 1 FROM organisation_leader l"
    " WHERE l.organisation_id = NEW.organisation_id AND l.community_id = NEW.community_id"
    " AND l.person_id = NEW.proposed_by_id AND l.ended_at IS NULL)"
)
_FOREIGN_TASK = (
    "NEW.task_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id"
    " AND t.organisation_id = NEW.organisation_id AND t.community_id = NEW.community_id)"
)
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _proposals,
        Refusals(
            always={"activity_proposal_foreign_task": _FOREIGN_TASK},
            inserts={
                "activity_proposal_unled": _UNLED,
                "activity_proposal_begins": "NEW.state <> 'proposed'",
            },
            updates={
                **triggers.moved("activity_proposal", PROPOSAL_ARROWS),
                **triggers.changed("activity_proposal_told", _TOLD, _engine),
                "activity_proposal_answered": "OLD.state <> 'proposed'",
            },
        ),
        _engine,
    )
triggers.keep_rows(_proposals)
