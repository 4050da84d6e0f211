"""Tables of relatives who spend directly from the giver's account: the consent, and each use."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.volunteering.models.triggers import Refusals, changed, keep_rows, refuse
from timebank.volunteering.models.wallet import used_of_month
from timebank.volunteering.rules.gifts import GIFT_MAX


class SpendingConsent(Base):
    """That the giver of a wallet lets the other spend directly, until it is revoked."""

    __tablename__ = "spending_consent"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE"}},)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    wallet_id: Mapped[int] = mapped_column(ForeignKey("family_wallet.id"))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str] = mapped_column(String(80), default="")


_IN_FORCE = SpendingConsent.revoked_at.is_(None)
Index(
    "uq_spending_consent_wallet",
    SpendingConsent.wallet_id,
    unique=True,
    sqlite_where=_IN_FORCE,
    postgresql_where=_IN_FORCE,
)


class FamilyUse(Base):
    """Minutes of the giver that the other spent or has booked; given back when that is undone.

    ``key`` is that of the redemption or booking.
    """

    __tablename__ = "family_use"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {GIFT_MAX}", name="minutes_in_range"),
        CheckConstraint("length(what) > 0", name="says_for_what"),
        Index(None, "wallet_id", "used_on"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("family_wallet.id"))
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    minutes: Mapped[int]
    what: Mapped[str] = mapped_column(String(200))
    used_on: Mapped[date] = mapped_column(Date)
    used_at: Mapped[datetime]
    policy_version: Mapped[int]
    returned_at: Mapped[datetime | None]


ALLOWED = (
    "EXISTS (SELECT 1 FROM family_wallet w JOIN spending_consent c ON c.wallet_id = w.id"
    " WHERE {which} AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL AND c.revoked_at IS NULL)"
)
_LIMIT = "(SELECT w.month_minutes_max FROM family_wallet w WHERE w.id = NEW.wallet_id)"
_GIVER = (
    "NOT EXISTS (SELECT 1 FROM family_wallet w WHERE w.id = NEW.wallet_id"
    " AND w.giver_id = NEW.given_by_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL)"
)
_uses = Base.metadata.tables["family_use"]
_consents = Base.metadata.tables["spending_consent"]
for _engine in ("sqlite", "postgresql"):
    refuse(
        _consents,
        Refusals(
            inserts={"spending_consent_giver": _GIVER},
            updates={
                **changed(
                    "spending_consent_given", ("wallet_id", "given_at", "given_by_id"), _engine
                ),
                **changed(
                    "spending_consent_revoked",
                    ("revoked_at",),
                    _engine,
                    only_when="OLD.revoked_at IS NOT NULL",
                ),
            },
        ),
        _engine,
    )
    refuse(
        _uses,
        Refusals(
            inserts={
                "family_use_consent": f"NOT {ALLOWED.format(which='w.id = NEW.wallet_id')}",
                # SQLite judges after the insert, PostgreSQL before it.
                "family_use_limit": (
                    f"{used_of_month(_engine, day='NEW.used_on', wallet='NEW.wallet_id')}"
                    f"{'' if _engine == 'sqlite' else ' + NEW.minutes'} > {_LIMIT}"
                ),
            },
            updates={
                **changed("family_use_told", ("wallet_id", "key", "minutes", "used_on"), _engine),
                **changed(
                    "family_use_returned",
                    ("returned_at",),
                    _engine,
                    only_when="OLD.returned_at IS NOT NULL",
                ),
            },
        ),
        _engine,
    )
keep_rows(_consents)
keep_rows(_uses)
