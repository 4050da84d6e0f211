"""Tables of the end of an account: what a member chose for it, how a leaving was settled."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Uuid,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models.merging import apart
from timebank.volunteering.models.triggers import Refusals, changed, keep_rows, moved, refuse
from timebank.volunteering.rules.leaving import (
    ARROWS,
    Ground,
    LeavingKind,
    LeavingState,
    Outcome,
)

_NAMES_WHOM = (
    "(outcome IS NOT NULL AND outcome = 'kin') = ({kin} IS NOT NULL)"
    " AND (outcome IS NOT NULL AND outcome = 'pool') = (pool_id IS NOT NULL)"
)


class AccountDisposition(Base):
    """What a member chose for the end of the account; the newest that is not replaced counts."""

    __tablename__ = "account_disposition"
    __table_args__ = (
        CheckConstraint(f"outcome IN {among(Outcome)}", name="outcome_known"),
        CheckConstraint(_NAMES_WHOM.format(kin="kin_id"), name="says_to_whom"),
        CheckConstraint("kin_id IS NULL OR kin_id <> person_id", name="kin_is_another"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[Outcome] = mapped_column(String(4))
    kin_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("hours_pool.id"))
    chosen_at: Mapped[datetime]
    chosen_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    replaced_at: Mapped[datetime | None]


_CURRENT = AccountDisposition.replaced_at.is_(None)
Index(
    "uq_account_disposition_current",
    AccountDisposition.person_id,
    unique=True,
    sqlite_where=_CURRENT,
    postgresql_where=_CURRENT,
)


class AccountLeaving(Base):
    """A death or a move away: frozen at once, proposed by one, settled by another."""

    __tablename__ = "account_leaving"
    __table_args__ = (
        CheckConstraint(f"kind IN {among(LeavingKind)}", name="kind_known"),
        CheckConstraint(f"state IN {among(LeavingState)}", name="state_known"),
        CheckConstraint(f"outcome IS NULL OR outcome IN {among(Outcome)}", name="outcome_known"),
        CheckConstraint(f"ground IS NULL OR ground IN {among(Ground)}", name="ground_known"),
        CheckConstraint("length(evidence) > 0", name="has_evidence"),
        CheckConstraint(_NAMES_WHOM.format(kin="claimant_id"), name="says_to_whom"),
        CheckConstraint("claimant_id IS NULL OR claimant_id <> person_id", name="claimant_another"),
        CheckConstraint(
            "state NOT IN ('proposed', 'settled') OR (outcome IS NOT NULL AND ground IS NOT NULL"
            " AND proposed_by_user_id IS NOT NULL)",
            name="proposed_something",
        ),
        CheckConstraint(
            "state <> 'settled' OR (settled_at IS NOT NULL AND settled_by_user_id IS NOT NULL)",
            name="settled_by_somebody",
        ),
        *(
            CheckConstraint(
                f"{who}_by_id IS NULL OR ({who}_by_id <> person_id"
                f" AND (claimant_id IS NULL OR {who}_by_id <> claimant_id))",
                name=f"{who}_not_party",
            )
            for who in ("reported", "proposed", "settled")
        ),
        *apart("proposed", "settled"),
        CheckConstraint(
            "own_minutes >= 0 AND donation_minutes >= 0 AND debt_minutes >= 0",
            name="moves_no_less_than_nothing",
        ),
        Index("ix_account_leaving_queue", "community_id", "state", "id"),
        Index(None, "person_id"),
        Index(None, "claimant_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[LeavingKind] = mapped_column(String(12))
    state: Mapped[LeavingState] = mapped_column(String(12))
    happened_on: Mapped[date] = mapped_column(Date)
    evidence: Mapped[str] = mapped_column(Text)
    policy_version: Mapped[int]
    due_on: Mapped[date] = mapped_column(Date)
    is_due: Mapped[bool] = mapped_column(default=False, server_default=false())
    reported_at: Mapped[datetime]
    reported_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reported_by_name: Mapped[str] = mapped_column(String(80))
    released: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    # Any: the logins that were closed, by their numbers.
    logins: Mapped[list[Any]] = mapped_column(JSON, default=list)
    outcome: Mapped[Outcome | None] = mapped_column(String(4))
    ground: Mapped[Ground | None] = mapped_column(String(12))
    claimant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("hours_pool.id"))
    proposal_reason: Mapped[str] = mapped_column(Text, default="")
    proposed_at: Mapped[datetime | None]
    proposed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_by_name: Mapped[str] = mapped_column(String(80), default="")
    settled_at: Mapped[datetime | None]
    settled_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_by_name: Mapped[str] = mapped_column(String(80), default="")
    own_minutes: Mapped[int] = mapped_column(default=0)
    donation_minutes: Mapped[int] = mapped_column(default=0)
    debt_minutes: Mapped[int] = mapped_column(default=0)
    undo_reason: Mapped[str] = mapped_column(Text, default="")
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str] = mapped_column(String(80), default="")


_GOING_ON = AccountLeaving.state != LeavingState.UNDONE
Index(
    "uq_account_leaving_person",
    AccountLeaving.person_id,
    unique=True,
    sqlite_where=_GOING_ON,
    postgresql_where=_GOING_ON,
)

_TOLD = (
    *("community_id", "key", "person_id", "kind", "happened_on", "evidence", "due_on"),
    "policy_version",
    *("reported_at", "reported_by_user_id", "reported_by_id"),
)
_SETTLED = (
    *("outcome", "ground", "claimant_id", "pool_id", "own_minutes", "donation_minutes"),
    *("debt_minutes", "settled_at", "settled_by_user_id"),
)
_AGREED = ("outcome", "ground", "claimant_id", "pool_id", "proposed_by_user_id", "proposed_by_id")
_CHOSEN = ("community_id", "person_id", "outcome", "kin_id", "pool_id", "chosen_at")


_OF_VERSION = (
    "FROM hours_policy p WHERE p.community_id = NEW.community_id"
    " AND p.version = NEW.policy_version AND p.state = 'approved'"
)
# The term is the one that the version says; a house whose rules were never told has the first.
_TERM = (
    f"EXISTS (SELECT 1 {_OF_VERSION} AND NEW.due_on <> {{ends}})"
    f" OR (NEW.policy_version <> 1 AND NOT EXISTS (SELECT 1 {_OF_VERSION}))"
)
_ENDS = {
    "sqlite": "date(NEW.reported_at, '+8 hours', '+' || p.claim_days || ' days')",
    "postgresql": "((NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date + p.claim_days::int)",
}


def _guard(leavings: Table, dispositions: Table) -> None:
    """Let a leaving go one way and be settled as proposed; a choice is replaced, never changed."""
    arrows = [(state.value, to.value) for (state, _), to in ARROWS.items()]
    for dialect in ("sqlite", "postgresql"):
        refuse(
            leavings,
            Refusals(
                inserts={
                    "account_leaving_begins": "NEW.state <> 'frozen'",
                    "account_leaving_term": _TERM.format(ends=_ENDS[dialect]),
                },
                updates={
                    **moved("account_leaving", arrows),
                    **changed("account_leaving_told", _TOLD, dialect),
                    **changed(
                        "account_leaving_agreed",
                        _AGREED,
                        dialect,
                        only_when="NEW.state = 'settled'",
                    ),
                    **changed(
                        "account_leaving_settled",
                        _SETTLED,
                        dialect,
                        only_when="OLD.state IN ('settled', 'undone')",
                    ),
                },
            ),
            dialect,
        )
        refuse(
            dispositions,
            Refusals(
                updates={
                    **changed("account_disposition_chosen", _CHOSEN, dialect),
                    **changed(
                        "account_disposition_replaced",
                        ("replaced_at",),
                        dialect,
                        only_when="OLD.replaced_at IS NOT NULL",
                    ),
                }
            ),
            dialect,
        )
    keep_rows(leavings)
    keep_rows(dispositions)


_tables = Base.metadata.tables
_guard(_tables["account_leaving"], _tables["account_disposition"])
