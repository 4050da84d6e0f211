"""Tables of what two communities agreed on: the pair, its terms, and stops on new transfers."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.clearing import LIMIT_MAX, NOTE_MAX

OPEN_TERMS = "signed_at IS NULL AND withdrawn_at IS NULL"


class ClearingPair(Base):
    """Two communities that let minutes pass between them; the one with the lower id is ``low``."""

    __tablename__ = "clearing_pair"
    __table_args__ = (
        UniqueConstraint("community_id", "high_id"),
        CheckConstraint("community_id < high_id", name="low_before_high"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))  # the low one
    high_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    opened_at: Mapped[datetime]


class ClearingTerms(Base):
    """How far each of two communities may owe the other: proposed by one, signed by the other."""

    __tablename__ = "clearing_terms"
    __table_args__ = (
        UniqueConstraint("pair_id", "version"),
        CheckConstraint(
            f"low_limit_minutes BETWEEN 0 AND {LIMIT_MAX}"
            f" AND high_limit_minutes BETWEEN 0 AND {LIMIT_MAX}",
            name="limits_in_range",
        ),
        CheckConstraint("(signed_at IS NULL) = (in_force_on IS NULL)", name="signed_is_in_force"),
        CheckConstraint(
            "(signed_at IS NULL) = (signed_by_user_id IS NULL)", name="signed_by_somebody"
        ),
        CheckConstraint("signed_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        CheckConstraint("in_force_on >= from_on", name="not_before_its_day"),
        CheckConstraint("signed_by_user_id <> proposed_by_user_id", name="two_sign"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))  # who proposed it
    pair_id: Mapped[int] = mapped_column(ForeignKey("clearing_pair.id"))
    version: Mapped[int]
    low_limit_minutes: Mapped[int]
    high_limit_minutes: Mapped[int]
    is_automatic: Mapped[bool]
    from_on: Mapped[date] = mapped_column(Date)
    proposed_at: Mapped[datetime]
    proposed_by_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    proposed_by_name: Mapped[str] = mapped_column(String(80))
    signed_at: Mapped[datetime | None]
    signed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    signed_by_name: Mapped[str] = mapped_column(String(80), default="")
    in_force_on: Mapped[date | None] = mapped_column(Date)
    withdrawn_at: Mapped[datetime | None]


class ClearingFreeze(Base):
    """One side stops new transfers, until it lifts the stop again."""

    __tablename__ = "clearing_freeze"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="has_reason"),
        Index(None, "pair_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))  # who stopped it
    pair_id: Mapped[int] = mapped_column(ForeignKey("clearing_pair.id"))
    reason: Mapped[str] = mapped_column(String(NOTE_MAX))
    frozen_at: Mapped[datetime]
    frozen_by_name: Mapped[str] = mapped_column(String(80))
    lifted_at: Mapped[datetime | None]
    lifted_by_name: Mapped[str] = mapped_column(String(80), default="")


_WAITS = ClearingTerms.signed_at.is_(None) & ClearingTerms.withdrawn_at.is_(None)
Index(
    "uq_clearing_terms_waiting",
    ClearingTerms.pair_id,
    unique=True,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
)
_GOES_ON = ClearingFreeze.lifted_at.is_(None)
Index(
    "uq_clearing_freeze_open",
    ClearingFreeze.pair_id,
    ClearingFreeze.community_id,
    unique=True,
    sqlite_where=_GOES_ON,
    postgresql_where=_GOES_ON,
)

# Of the two of a pair, and nobody else; who signs belongs to the side that did not propose.
OF_PAIR = (
    "NOT EXISTS (SELECT 1 FROM clearing_pair p WHERE p.id = NEW.pair_id"
    " AND NEW.community_id IN (p.community_id, p.high_id))"
)
SIGNED_BY_OTHER = (
    "NEW.signed_by_user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_account u"
    " JOIN clearing_pair p ON p.id = NEW.pair_id WHERE u.id = NEW.signed_by_user_id"
    " AND u.community_id IN (p.community_id, p.high_id) AND u.community_id <> NEW.community_id)"
)
_PAIR = ("community_id", "high_id", "opened_at")
_TERMS = (
    *("community_id", "pair_id", "version", "low_limit_minutes", "high_limit_minutes"),
    *("is_automatic", "from_on", "proposed_at", "proposed_by_user_id", "proposed_by_name"),
)
_FREEZE = ("community_id", "pair_id", "reason", "frozen_at", "frozen_by_name")
_tables = Base.metadata.tables
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _tables["clearing_pair"],
        Refusals(updates=triggers.changed("clearing_pair_fixed", _PAIR, _engine)),
        _engine,
    )
    triggers.refuse(
        _tables["clearing_terms"],
        Refusals(
            always={
                "clearing_terms_of_pair": OF_PAIR,
                "clearing_terms_other_signs": SIGNED_BY_OTHER,
            },
            inserts={"clearing_terms_begin": "NEW.signed_at IS NOT NULL"},
            updates={
                "clearing_terms_settled": (
                    "OLD.signed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL"
                ),
                **triggers.changed("clearing_terms_fixed", _TERMS, _engine),
            },
        ),
        _engine,
    )
    triggers.refuse(
        _tables["clearing_freeze"],
        Refusals(
            always={"clearing_freeze_of_pair": OF_PAIR},
            inserts={"clearing_freeze_begins": "NEW.lifted_at IS NOT NULL"},
            updates={
                "clearing_freeze_lifted": "OLD.lifted_at IS NOT NULL",
                **triggers.changed("clearing_freeze_fixed", _FREEZE, _engine),
            },
        ),
        _engine,
    )
for _name in ("clearing_pair", "clearing_terms", "clearing_freeze"):
    triggers.keep_rows(_tables[_name])
