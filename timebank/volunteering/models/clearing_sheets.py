"""Tables of monthly netting sheets, signed by both sides, and of what was settled otherwise."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.volunteering.models import triggers
from timebank.volunteering.models.clearing import OF_PAIR, SIGNED_BY_OTHER
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.clearing import LIMIT_MAX, NOTE_MAX


class ClearingSheet(Base):
    """What a month moved between two communities; minutes that the low one owes count up."""

    __tablename__ = "clearing_sheet"
    __table_args__ = (
        UniqueConstraint("pair_id", "month"),
        CheckConstraint(
            "closing_minutes = opening_minutes + low_to_high_minutes - high_to_low_minutes",
            name="adds_up",
        ),
        CheckConstraint("low_to_high_minutes >= 0 AND high_to_low_minutes >= 0", name="each_way"),
        CheckConstraint("length(digest) = 64", name="digest_length"),
        CheckConstraint(
            "(low_signed_at IS NULL) = (low_signed_by_user_id IS NULL)", name="low_signed"
        ),
        CheckConstraint(
            "(high_signed_at IS NULL) = (high_signed_by_user_id IS NULL)", name="high_signed"
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)  # the low one
    pair_id: Mapped[int] = mapped_column(ForeignKey("clearing_pair.id"))
    month: Mapped[date] = mapped_column(Date)
    opening_minutes: Mapped[int]
    low_to_high_minutes: Mapped[int]
    high_to_low_minutes: Mapped[int]
    closing_minutes: Mapped[int]
    lines: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    low_signed_at: Mapped[datetime | None]
    low_signed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    low_signed_by_name: Mapped[str] = mapped_column(String(80), default="")
    high_signed_at: Mapped[datetime | None]
    high_signed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    high_signed_by_name: Mapped[str] = mapped_column(String(80), default="")


class ClearingSettlement(Base):
    """What one side owes is settled by other means, on a signed sheet: both sides say so."""

    __tablename__ = "clearing_settlement"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {LIMIT_MAX}", name="minutes_in_range"),
        CheckConstraint("length(note) > 0", name="says_how"),
        CheckConstraint("(signed_at IS NULL) = (move_id IS NULL)", name="signed_means_posted"),
        CheckConstraint(
            "(signed_at IS NULL) = (signed_by_user_id IS NULL)", name="signed_by_somebody"
        ),
        CheckConstraint("signed_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        CheckConstraint("signed_by_user_id <> proposed_by_user_id", name="two_sign"),
        Index(None, "sheet_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))  # who proposed it
    pair_id: Mapped[int] = mapped_column(ForeignKey("clearing_pair.id"), index=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("clearing_sheet.id"))
    minutes: Mapped[int]
    note: Mapped[str] = mapped_column(String(NOTE_MAX))
    proposed_at: Mapped[datetime]
    proposed_by_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    proposed_by_name: Mapped[str] = mapped_column(String(80))
    signed_at: Mapped[datetime | None]
    signed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    signed_by_name: Mapped[str] = mapped_column(String(80), default="")
    withdrawn_at: Mapped[datetime | None]
    move_id: Mapped[int | None] = mapped_column(ForeignKey("clearing_move.id"), unique=True)


_SETTLES = ClearingSettlement.signed_at.is_(None) & ClearingSettlement.withdrawn_at.is_(None)
Index(
    "uq_clearing_settlement_waiting",
    ClearingSettlement.pair_id,
    unique=True,
    sqlite_where=_SETTLES,
    postgresql_where=_SETTLES,
)
_NEXT = {
    "sqlite": "date(NEW.month, '+1 month')",
    "postgresql": "(NEW.month + interval '1 month')::date",
}
_FIRST = {
    "sqlite": "NEW.month <> date(NEW.month, 'start of month')",
    "postgresql": "NEW.month <> date_trunc('month', NEW.month)::date",
}
_LAST_MONTH = {
    "sqlite": "date(NEW.month, '-1 month')",
    "postgresql": "(NEW.month - interval '1 month')::date",
}
_MOVES = "FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.moved_on"
_SHEET = (
    *("community_id", "pair_id", "month", "opening_minutes", "low_to_high_minutes"),
    *("high_to_low_minutes", "closing_minutes", "lines", "digest", "made_at"),
)
_SETTLEMENT = (
    *("community_id", "pair_id", "sheet_id", "minutes", "note"),
    *("proposed_at", "proposed_by_user_id", "proposed_by_name"),
)
_SHEET_SIGNED = (
    "NOT EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.id = NEW.sheet_id"
    " AND s.pair_id = NEW.pair_id AND s.low_signed_at IS NOT NULL"
    " AND s.high_signed_at IS NOT NULL)"
)
_SETTLED = (
    "NEW.move_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clearing_move m"
    " WHERE m.id = NEW.move_id AND m.kind = 'settlement' AND m.pair_id = NEW.pair_id"
    " AND abs(m.low_owes_minutes) = NEW.minutes)"
)


def _signs_for(side: str, column: str) -> str:
    """Return the condition that somebody of another community signed for a side."""
    who = f"NEW.{side}_signed_by_user_id"
    return (
        f"{who} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_account u"  # noqa: S608 - constants
        f" JOIN clearing_pair p ON p.id = NEW.pair_id WHERE u.id = {who}"
        f" AND u.community_id = p.{column})"
    )


def _sheet_rules(engine: str) -> dict[str, str]:
    """Return what no new sheet may say: other sums than its moves, or a month out of turn."""
    inside = f"{_MOVES} >= NEW.month AND m.moved_on < {_NEXT[engine]}"
    return {
        "clearing_sheet_month": _FIRST[engine],
        "clearing_sheet_order": (
            "EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.pair_id = NEW.pair_id"  # noqa: S608 - constants
            " AND s.id <> NEW.id) AND NOT EXISTS (SELECT 1 FROM clearing_sheet s"
            f" WHERE s.pair_id = NEW.pair_id AND s.month = {_LAST_MONTH[engine]})"
        ),
        "clearing_sheet_begins": "NEW.low_signed_at IS NOT NULL OR NEW.high_signed_at IS NOT NULL",
        "clearing_sheet_sums": (
            f"NEW.lines <> (SELECT COUNT(*) {inside})"
            f" OR NEW.low_to_high_minutes <> (SELECT COALESCE(SUM(m.low_owes_minutes), 0) {inside}"
            " AND m.low_owes_minutes > 0)"
            f" OR NEW.high_to_low_minutes <> (SELECT COALESCE(SUM(-m.low_owes_minutes), 0) {inside}"
            " AND m.low_owes_minutes < 0)"
            " OR NEW.opening_minutes <> COALESCE((SELECT m.position_after"
            f" {_MOVES} < NEW.month ORDER BY m.number DESC LIMIT 1), 0)"
        ),
    }


def _signed_once(side: str, engine: str) -> dict[str, str]:
    """Return the condition that a side's signature changed after it was given."""
    columns = (f"{side}_signed_at", f"{side}_signed_by_user_id", f"{side}_signed_by_name")
    name = f"clearing_sheet_{side}_signed"
    return triggers.changed(name, columns, engine, only_when=f"OLD.{side}_signed_at IS NOT NULL")


_tables = Base.metadata.tables
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _tables["clearing_sheet"],
        Refusals(
            always={
                "clearing_sheet_low_signs": _signs_for("low", "community_id"),
                "clearing_sheet_high_signs": _signs_for("high", "high_id"),
            },
            inserts=_sheet_rules(_engine),
            updates={
                **triggers.changed("clearing_sheet_fixed", _SHEET, _engine),
                **_signed_once("low", _engine),
                **_signed_once("high", _engine),
            },
        ),
        _engine,
    )
    triggers.refuse(
        _tables["clearing_settlement"],
        Refusals(
            always={
                "clearing_settlement_of_pair": OF_PAIR,
                "clearing_settlement_other_signs": SIGNED_BY_OTHER,
                "clearing_settlement_sheet": _SHEET_SIGNED,
                "clearing_settlement_moved": _SETTLED,
            },
            inserts={"clearing_settlement_begins": "NEW.signed_at IS NOT NULL"},
            updates={
                "clearing_settlement_decided": (
                    "OLD.signed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL"
                ),
                **triggers.changed("clearing_settlement_fixed", _SETTLEMENT, _engine),
            },
        ),
        _engine,
    )
for _name in ("clearing_sheet", "clearing_settlement"):
    triggers.keep_rows(_tables[_name])
