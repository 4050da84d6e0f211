"""Tables of the family wallet: what two people agreed on, and what was given by it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import (
    among,
    guard_on_postgresql,
    raises,
    refuse_on_sqlite,
)
from timebank.volunteering.rules.gifts import GIFT_MAX, Consent


class FamilyWallet(Base):
    """One gives, the other has agreed to receive, up to so many minutes in a month."""

    __tablename__ = "family_wallet"
    __table_args__ = (
        UniqueConstraint("community_id", "consent_slip"),
        CheckConstraint("giver_id <> receiver_id", name="two_people"),
        CheckConstraint(f"month_minutes_max BETWEEN 1 AND {GIFT_MAX}", name="limit_in_range"),
        CheckConstraint(f"consent IN {among(Consent)}", name="consent_known"),
        CheckConstraint("(agreed_at IS NULL) = (consent IS NULL)", name="agreed_by_something"),
        CheckConstraint("consent <> 'login' OR agreed_by_id = receiver_id", name="receiver_agrees"),
        CheckConstraint(
            "(consent IS NOT NULL AND consent = 'slip') = (consent_slip IS NOT NULL)",
            name="slip_numbered",
        ),
        CheckConstraint("consent <> 'slip' OR agreed_by_id <> giver_id", name="giver_not_clerk"),
        Index("ix_family_wallet_giver", "giver_id"),
        Index("ix_family_wallet_receiver", "receiver_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    giver_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    month_minutes_max: Mapped[int]
    opened_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agreed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    consent: Mapped[Consent | None] = mapped_column(String(8))
    consent_slip: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str] = mapped_column(String(80), default="")


_GOING_ON = FamilyWallet.ended_at.is_(None)
Index(
    "uq_family_wallet_pair",
    FamilyWallet.giver_id,
    FamilyWallet.receiver_id,
    unique=True,
    sqlite_where=_GOING_ON,
    postgresql_where=_GOING_ON,
)


class FamilyGift(Base):
    """Minutes that were given by a wallet."""

    __tablename__ = "family_gift"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {GIFT_MAX}", name="minutes_in_range"),
        Index(None, "wallet_id", "given_on"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("family_wallet.id"))
    minutes: Mapped[int]
    given_on: Mapped[date] = mapped_column(Date)
    given_at: Mapped[datetime]
    policy_version: Mapped[int]
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


_FIXED = ("community_id", "giver_id", "receiver_id", "month_minutes_max", "opened_at")
_CHANGED = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _FIXED)
_WALLET_RULES = {
    "family_wallet_ended": "OLD.ended_at IS NOT NULL",
    "family_wallet_fixed": (
        f"{_CHANGED} OR (OLD.agreed_at IS NOT NULL AND"
        " (NEW.agreed_at IS NULL OR NEW.agreed_at <> OLD.agreed_at OR NEW.consent <> OLD.consent))"
    ),
}
_OPEN = (
    "EXISTS (SELECT 1 FROM family_wallet w WHERE w.id = NEW.wallet_id"
    " AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL)"
)
_LIMIT = "(SELECT w.month_minutes_max FROM family_wallet w WHERE w.id = NEW.wallet_id)"


_MONTHS = {
    "sqlite": (
        "{at} >= date({day}, 'start of month') AND {at} < date({day}, 'start of month', '+1 month')"
    ),
    "postgresql": "date_trunc('month', {at}) = date_trunc('month', {day})",
}


def used_of_month(dialect: str, *, day: str, wallet: str) -> str:
    """Return SQL for the minutes that were given or spent by a wallet in the month of a day."""
    given = _MONTHS[dialect].format(at="g.given_on", day=day)
    used = _MONTHS[dialect].format(at="u.used_on", day=day)
    return (
        "((SELECT COALESCE(SUM(g.minutes), 0) FROM family_gift g"  # noqa: S608 - constants
        f" WHERE g.wallet_id = {wallet} AND {given})"
        " + (SELECT COALESCE(SUM(u.minutes), 0) FROM family_use u"
        f" WHERE u.wallet_id = {wallet} AND u.returned_at IS NULL AND {used}))"
    )


def _over(dialect: str) -> str:
    """Return SQL that is true when a gift goes over what was agreed on for its month."""
    used = used_of_month(dialect, day="NEW.given_on", wallet="NEW.wallet_id")
    return f"NEW.minutes + {used} > {_LIMIT}"


def _guard_wallets(table: Table) -> None:
    """Let a wallet be agreed on and ended once, and nothing else of it change."""
    for name, condition in _WALLET_RULES.items():
        refuse_on_sqlite(table, name, "BEFORE UPDATE", condition)
    refuse_on_sqlite(table, "family_wallet_kept", "BEFORE DELETE", "1")
    body = "\n".join(raises(name, condition) for name, condition in _WALLET_RULES.items())
    guard_on_postgresql(table, "family_wallet_guard", "BEFORE UPDATE", body)
    kept = raises("family_wallet_kept", "true")
    guard_on_postgresql(table, "family_wallet_kept", "BEFORE DELETE", kept)


def _guard_gifts(table: Table) -> None:
    """Refuse gifts without an open wallet, and over the limit of the month."""
    refuse_on_sqlite(table, "family_gift_unopened", "BEFORE INSERT", f"NOT {_OPEN}")
    refuse_on_sqlite(table, "family_gift_limit", "BEFORE INSERT", _over("sqlite"))
    lock = "  PERFORM 1 FROM family_wallet w WHERE w.id = NEW.wallet_id FOR UPDATE;\n"
    body = lock + "\n".join(
        (
            raises("family_gift_unopened", f"NOT {_OPEN}"),
            raises("family_gift_limit", _over("postgresql")),
        )
    )
    guard_on_postgresql(table, "family_gift_guard", "BEFORE INSERT", body)


_tables = Base.metadata.tables
make_append_only(_tables["family_gift"])
_guard_wallets(_tables["family_wallet"])
_guard_gifts(_tables["family_gift"])
