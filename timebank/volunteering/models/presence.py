"""Tables of who was there, and what the database itself refuses of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.presence import EARLY, GRACE, How, ReviewReason

_OPEN = text("ended_at IS NULL")


class Presence(Base):
    """One volunteer at one task, from coming to leaving, and the record it became."""

    __tablename__ = "presence"
    __table_args__ = (
        CheckConstraint(f"started_how IN {among(How)}", name="started_how_known"),
        CheckConstraint(f"ended_how IN {among(How)}", name="ended_how_known"),
        CheckConstraint(f"review_reason IN {among(ReviewReason)}", name="review_reason_known"),
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ends_somehow"),
        CheckConstraint("ended_at >= started_at", name="ends_after_start"),
        CheckConstraint(
            "record_id IS NULL OR (ended_at IS NOT NULL AND review_reason IS NULL)",
            name="recorded_when_settled",
        ),
        CheckConstraint(
            "ended_how <> 'planned' OR review_reason IS NOT NULL OR reviewed_at IS NOT NULL",
            name="forgotten_is_reviewed",
        ),
        CheckConstraint("review_reason IS NULL OR ended_at IS NOT NULL", name="reviewed_when_left"),
        Index(
            "uq_presence_open",
            "volunteer_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_presence_task", "task_id"),
        Index("ix_presence_review", "community_id", "review_reason", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_up.id"), unique=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    started_how: Mapped[How] = mapped_column(String(8))
    started_recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[How | None] = mapped_column(String(8))
    ended_recorded_at: Mapped[datetime | None]
    is_offline: Mapped[bool] = mapped_column(default=False)
    review_reason: Mapped[ReviewReason | None] = mapped_column(String(16))
    reviewed_at: Mapped[datetime | None]
    reviewed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("service_record.id"), unique=True)


class PresenceCorrection(Base):
    """Both values of a presence that staff put right; lines are only ever added."""

    __tablename__ = "presence_correction"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason_given"),
        Index("ix_presence_correction_presence", "presence_id", "id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    presence_id: Mapped[int] = mapped_column(ForeignKey("presence.id"))
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    started_before: Mapped[datetime]
    started_after: Mapped[datetime]
    ended_before: Mapped[datetime]
    ended_after: Mapped[datetime]


_presences = Presence.metadata.tables["presence"]
_TOLD = ("community_id", "sign_up_id", "task_id", "volunteer_id", "started_how", "is_offline")
_EARLY_MINUTES, _GRACE_MINUTES = EARLY.seconds // 60, GRACE.seconds // 60
_OUTSIDE = {
    "sqlite": (
        f"strftime('%s', t.starts_at) - strftime('%s', NEW.started_at) > {_EARLY_MINUTES * 60}"
        f" OR strftime('%s', NEW.ended_at) - strftime('%s', t.ends_at) > {_GRACE_MINUTES * 60}"
    ),
    "postgresql": (
        f"NEW.started_at < t.starts_at - interval '{_EARLY_MINUTES} minutes'"
        f" OR NEW.ended_at > t.ends_at + interval '{_GRACE_MINUTES} minutes'"
    ),
}
# A corrected beginning or end has its line with both values before the presence shows the new one.
_CORRECTED = (
    "(SELECT count(*) FROM presence_correction c WHERE c.presence_id = NEW.id"
    " AND c.started_after = NEW.started_at AND c.ended_after = NEW.ended_at"
    " AND c.started_before = OLD.started_at AND c.ended_before = OLD.ended_at)"
)
_UNLESS_CORRECTED = {
    "sqlite": (
        "(NEW.started_at IS NOT OLD.started_at"
        " OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at))"
        f" AND {_CORRECTED} = 0"
    ),
    "postgresql": (
        "(NEW.started_at IS DISTINCT FROM OLD.started_at"
        " OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at))"
        f" AND {_CORRECTED} = 0"
    ),
}
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _presences,
        Refusals(
            always={
                "presence_outside": (
                    "EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id"
                    f" AND ({_OUTSIDE[_engine]}))"
                ),
            },
            inserts={
                "presence_not_accepted": (
                    "NOT EXISTS (SELECT 1 FROM sign_up s WHERE s.id = NEW.sign_up_id"
                    " AND s.task_id = NEW.task_id AND s.volunteer_id = NEW.volunteer_id"
                    " AND s.state IN ('accepted', 'no_show', 'served'))"
                ),
            },
            updates={
                **triggers.changed("presence_told", _TOLD, _engine),
                "presence_both_values": _UNLESS_CORRECTED[_engine],
                **triggers.changed(
                    "presence_recorded",
                    ("record_id", "started_at", "ended_at", "ended_how"),
                    _engine,
                    only_when="OLD.record_id IS NOT NULL",
                ),
            },
        ),
        _engine,
    )
triggers.keep_rows(_presences)
make_append_only(Presence.metadata.tables["presence_correction"])
