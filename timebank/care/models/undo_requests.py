"""The table of requests: somebody asks that a slip be undone, another answers on their own page."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.rules.tills import AskedState
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers

_WAITS = text("state = 'waiting'")


class CareUndoRequest(Base):
    """A slip is to be undone and nobody stands by: another agrees later, or it is dropped."""

    __tablename__ = "care_undo_request"
    __table_args__ = (
        CheckConstraint(f"state IN {among(AskedState)}", name="state_known"),
        CheckConstraint("reason <> ''", name="for_a_reason"),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered_once"),
        CheckConstraint(
            "state <> 'agreed' OR (answered_by_user_id IS NOT NULL"
            " AND answered_by_user_id <> asked_by_user_id)",
            name="agreed_by_another",
        ),
        Index(
            "uq_care_undo_request_waiting",
            "redemption_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(None, "redemption_id"),
        Index(None, "centre_id", "state"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    till_id: Mapped[int] = mapped_column(ForeignKey("care_till.id"))
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text)
    asked_by_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    answered_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_by: Mapped[str] = mapped_column(String(60), default="")
    answered_at: Mapped[datetime | None]


_ASKED = (
    *("id", "community_id", "centre_id", "till_id", "redemption_id", "reason"),
    *("asked_by_user_id", "asked_by", "asked_at"),
)


def _keep_requests() -> None:
    """Refuse what was not asked first, another asker, a second answer; no request goes."""
    table = Base.metadata.tables["care_undo_request"]
    for engine in ("sqlite", "postgresql"):
        refusals = triggers.Refusals(
            inserts={"care_undo_request_begins": "NEW.state <> 'waiting'"},
            updates={
                "care_undo_request_answered": "OLD.state <> 'waiting'",
                # Who asked may not agree: who asked is therefore never written anew.
                **triggers.changed("care_undo_request_told", _ASKED, engine),
            },
        )
        triggers.refuse(table, refusals, engine)
    triggers.keep_rows(table)


_keep_requests()
