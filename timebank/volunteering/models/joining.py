"""The table of requests to join; what was told of somebody stays only until it is decided."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.sealed import Sealed
from timebank.volunteering.rules.joining import CODE_TRIES_MAX, JoinState

_WAITING = "state = 'waiting'"


class JoinRequest(Base):
    """Somebody who wants to be a member; a phone number waits at most once in a community."""

    __tablename__ = "join_request"
    __table_args__ = (
        CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in JoinState)})", name="state_known"
        ),
        CheckConstraint(f"({_WAITING}) = (facts IS NOT NULL)", name="told_while_waiting"),
        CheckConstraint(f"({_WAITING}) = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint("(state = 'accepted') = (person_id IS NOT NULL)", name="accepted_as"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_for_a_reason"),
        CheckConstraint("(code_hash IS NULL) = (code_until IS NULL)", name="code_expires"),
        CheckConstraint("code_hash IS NULL OR user_id IS NOT NULL", name="code_of_a_login"),
        CheckConstraint(f"code_tries BETWEEN 0 AND {CODE_TRIES_MAX}", name="code_tries_bounded"),
        Index(
            "uq_join_request_waiting",
            "community_id",
            "phone_index",
            unique=True,
            postgresql_where=text(_WAITING),
            sqlite_where=text(_WAITING),
        ),
        Index(None, "community_id", "state", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    state: Mapped[JoinState] = mapped_column(String(10))
    facts: Mapped[str | None] = mapped_column(Sealed())
    phone_index: Mapped[str] = mapped_column(String(64))
    micro_grid_id: Mapped[int] = mapped_column(ForeignKey("micro_grid.id"))
    consent_version: Mapped[int]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str | None] = mapped_column(String(200))
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
