"""Tables of merges: two records of one human become one, by two hands, lot by lot.

``ending_entry`` says which entries of the ledger a merge or a leaving posted, so that the proof
can hold them to it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models.triggers import Refusals, changed, keep_rows, moved, refuse
from timebank.volunteering.rules.merging import ARROWS, MergeState, Part

_DONE = among((MergeState.MERGED, MergeState.UNDO_ASKED, MergeState.UNDONE))


def apart(first: str, second: str) -> tuple[CheckConstraint, CheckConstraint]:
    """Return the checks that two hands are two logins, and two people where both are known."""
    return (
        CheckConstraint(
            f"{second}_by_user_id IS NULL OR {first}_by_user_id IS NULL"
            f" OR {second}_by_user_id <> {first}_by_user_id",
            name=f"{second}_by_another_login",
        ),
        CheckConstraint(
            f"{second}_by_id IS NULL OR {first}_by_id IS NULL OR {second}_by_id <> {first}_by_id",
            name=f"{second}_by_another_person",
        ),
    )


class AccountMerge(Base):
    """One record that goes into another: proposed by one, decided by another."""

    __tablename__ = "account_merge"
    __table_args__ = (
        CheckConstraint(f"state IN {among(MergeState)}", name="state_known"),
        CheckConstraint("old_id <> kept_id", name="two_records"),
        CheckConstraint("length(evidence) > 0", name="has_evidence"),
        CheckConstraint(
            "proposed_by_id IS NULL OR proposed_by_id NOT IN (old_id, kept_id)",
            name="proposer_not_party",
        ),
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id NOT IN (old_id, kept_id)",
            name="decider_not_party",
        ),
        *apart("proposed", "decided"),
        *apart("undo_asked", "undone"),
        CheckConstraint(
            f"state NOT IN {_DONE} OR (decided_at IS NOT NULL"
            " AND decided_by_user_id IS NOT NULL AND proposed_by_user_id IS NOT NULL)",
            name="merged_by_two",
        ),
        CheckConstraint(
            "state <> 'undone' OR (undone_at IS NOT NULL AND undone_by_user_id IS NOT NULL"
            " AND undo_asked_by_user_id IS NOT NULL)",
            name="undone_by_two",
        ),
        CheckConstraint(
            "own_minutes >= 0 AND donation_minutes >= 0 AND debt_minutes >= 0",
            name="moves_no_less_than_nothing",
        ),
        Index("ix_account_merge_queue", "community_id", "state", "id"),
        Index(None, "kept_id"),
        Index(None, "old_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    old_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[MergeState] = mapped_column(String(12))
    evidence: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    proposed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_by_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    own_minutes: Mapped[int] = mapped_column(default=0)
    donation_minutes: Mapped[int] = mapped_column(default=0)
    debt_minutes: Mapped[int] = mapped_column(default=0)
    # Any: which logins were handed over and which were closed, by their numbers.
    logins: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undo_reason: Mapped[str] = mapped_column(Text, default="")
    undo_asked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undo_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undo_asked_by_name: Mapped[str] = mapped_column(String(80), default="")
    undone_at: Mapped[datetime | None]
    undone_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


_OPEN = AccountMerge.state.in_((MergeState.PROPOSED, MergeState.MERGED, MergeState.UNDO_ASKED))
Index(
    "uq_account_merge_old",
    AccountMerge.old_id,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)


class EndingEntry(Base):
    """An entry that a merge or a leaving posted, and what of the account it moved."""

    __tablename__ = "ending_entry"
    __table_args__ = (
        CheckConstraint("(merge_id IS NULL) <> (leaving_id IS NULL)", name="of_one"),
        CheckConstraint(f"part IN {among(Part)}", name="part_known"),
        CheckConstraint("minutes > 0", name="moves_something"),
        Index(None, "merge_id"),
        Index(None, "leaving_id"),
        Index(None, "community_id", "moved_on"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    merge_id: Mapped[int | None] = mapped_column(ForeignKey("account_merge.id"))
    leaving_id: Mapped[int | None] = mapped_column(ForeignKey("account_leaving.id"))
    part: Mapped[Part] = mapped_column(String(8))
    moved_on: Mapped[date]
    minutes: Mapped[int]
    debit_code: Mapped[str] = mapped_column(String(60))
    credit_code: Mapped[str] = mapped_column(String(60))
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


_ASKED = (
    *("community_id", "key", "old_id", "kept_id", "evidence", "proposed_at"),
    *("proposed_by_user_id", "proposed_by_id"),
)
_MOVED = ("decided_at", "decided_by_user_id", "own_minutes", "donation_minutes", "debt_minutes")
_UNDER_WAY = (
    "NEW.state = 'proposed' AND EXISTS (SELECT 1 FROM account_merge m WHERE m.id <> NEW.id"
    " AND m.state = 'proposed'"
    " AND (m.old_id IN (NEW.old_id, NEW.kept_id) OR m.kept_id IN (NEW.old_id, NEW.kept_id)))"
)


def _guard_merges(table: Table) -> None:
    """Let a merge go one way, and what was proposed and moved stay as it was."""
    arrows = [(state.value, to.value) for (state, _), to in ARROWS.items()]
    for dialect in ("sqlite", "postgresql"):
        refuse(
            table,
            Refusals(
                inserts={
                    "account_merge_begins": "NEW.state <> 'proposed'",
                    "account_merge_under_way": _UNDER_WAY,
                },
                updates={
                    **moved("account_merge", arrows),
                    **changed("account_merge_asked", _ASKED, dialect),
                    **changed(
                        "account_merge_fixed", _MOVED, dialect, only_when="OLD.state <> 'proposed'"
                    ),
                },
            ),
            dialect,
        )
    keep_rows(table)


_tables = Base.metadata.tables
_guard_merges(_tables["account_merge"])
make_append_only(_tables["ending_entry"])
