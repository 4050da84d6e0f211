"""Tables of the month's settlement: statements, their lines, what was said against them.

Lines are only added to, while the statement is a draft, each line of a slip once; an approved
statement stands as it is, and only the payment is still noted on it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.rules.settlements import LineKind, Outcome, SettlementState
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite

_UNDONE = "('undone', 'visit_undone')"


class Settlement(Base):
    """A service point's month: what it served, in minutes, and what it is due, in fen."""

    __tablename__ = "care_settlement"
    __table_args__ = (
        UniqueConstraint("centre_id", "month_no"),
        CheckConstraint(f"state IN {among(SettlementState)}", name="state_known"),
        CheckConstraint("line_count >= 0", name="lines_not_negative"),
        CheckConstraint(
            "(state = 'drafted') = (approved_at IS NULL)"
            " AND (state = 'drafted') = (approved_by_user_id IS NULL)",
            name="approved_by_somebody",
        ),
        CheckConstraint(
            "approved_by_user_id IS NULL OR approved_by_user_id <> drafted_by_user_id",
            name="approved_by_another",
        ),
        CheckConstraint(
            "(entry_id IS NOT NULL) = (state <> 'drafted' AND amount_fen <> 0)", name="booked"
        ),
        CheckConstraint(
            "(state = 'paid') = (paid_on IS NOT NULL)"
            " AND (state = 'paid') = (payment_entry_id IS NOT NULL)"
            " AND (state <> 'paid' OR paid_document <> '')",
            name="paid_by_document",
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    provider_name: Mapped[str] = mapped_column(String(80))
    month_on: Mapped[date] = mapped_column(Date)
    month_no: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    line_count: Mapped[int]
    minutes: Mapped[int]
    amount_fen: Mapped[int]
    drafted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    drafted_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    drafted_by: Mapped[str] = mapped_column(String(80))
    drafted_at: Mapped[datetime]
    approved_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    approved_at: Mapped[datetime | None]
    entry_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    paid_on: Mapped[date | None] = mapped_column(Date)
    paid_document: Mapped[str] = mapped_column(String(80), default="")
    paid_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    paid_by: Mapped[str] = mapped_column(String(80), default="")
    payment_entry_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )


class SettlementLine(Base):
    """One line of a slip on a statement, at the price by which it was served."""

    __tablename__ = "care_settlement_line"
    __table_args__ = (
        UniqueConstraint("settlement_id", "number"),
        UniqueConstraint("kind", "redemption_line_id"),
        UniqueConstraint("kind", "visitor_line_id"),
        CheckConstraint(f"kind IN {among(LineKind)}", name="kind_known"),
        CheckConstraint(
            "(kind IN ('served', 'undone')) = (redemption_line_id IS NOT NULL)"
            " AND (kind IN ('visit', 'visit_undone')) = (visitor_line_id IS NOT NULL)",
            name="from_a_slip",
        ),
        CheckConstraint(f"(kind IN {_UNDONE}) = (quantity < 0)", name="sign_by_kind"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("care_settlement.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    redemption_line_id: Mapped[int | None] = mapped_column(
        ForeignKey("redemption_line.id"), index=True
    )
    visitor_line_id: Mapped[int | None] = mapped_column(ForeignKey("visitor_line.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), index=True)
    price_id: Mapped[int] = mapped_column(ForeignKey("care_price.id"), index=True)
    on_day: Mapped[date] = mapped_column(Date)
    quantity: Mapped[int]
    minutes: Mapped[int]
    amount_fen: Mapped[int]


class SettlementDispute(Base):
    """Why a line is not right, once for a line, and another's answer to it."""

    __tablename__ = "care_settlement_dispute"
    __table_args__ = (
        CheckConstraint(f"outcome IS NULL OR outcome IN {among(Outcome)}", name="outcome_known"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        CheckConstraint(
            "(outcome IS NULL) = (answered_at IS NULL)"
            " AND (outcome IS NULL) = (answered_by_user_id IS NULL)"
            " AND (outcome IS NULL) = (answer = '')",
            name="answered_whole",
        ),
        CheckConstraint(
            "answered_by_user_id IS NULL OR answered_by_user_id <> raised_by_user_id",
            name="answered_by_another",
        ),
        Index(None, "settlement_id", "outcome"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("care_settlement.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("care_settlement_line.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    raised_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    raised_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    raised_by: Mapped[str] = mapped_column(String(80))
    raised_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(8))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime | None]


_LINES = "FROM care_settlement_line l WHERE l.settlement_id = NEW.id"
_STRUCK = (
    "EXISTS (SELECT 1 FROM care_settlement_dispute d WHERE d.line_id = l.id"
    " AND d.outcome = 'struck')"
)
_WRONG_SUMS = (
    f"NEW.line_count <> (SELECT COUNT(*) {_LINES})"
    f" OR NEW.minutes <> (SELECT COALESCE(SUM(l.minutes), 0) {_LINES})"
    f" OR NEW.amount_fen <> (SELECT COALESCE(SUM(l.amount_fen), 0) {_LINES} AND NOT {_STRUCK})"
)
_OPEN = (
    "EXISTS (SELECT 1 FROM care_settlement_dispute d WHERE d.settlement_id = NEW.id"
    " AND d.outcome IS NULL)"
)
_FIXED_COLUMNS = (
    *("community_id", "centre_id", "provider_name", "month_on", "month_no"),
    *("drafted_by", "drafted_at"),
)
_DECIDED_COLUMNS = ("line_count", "minutes", "amount_fen", "approved_by", "approved_at")
# Columns that may be empty are compared so that empty equals empty.
_DECIDED_IDS = ("approved_by_user_id", "entry_id", "drafted_by_user_id", "drafted_by_person_id")
_NOT_DRAFTED = (
    "EXISTS (SELECT 1 FROM care_settlement s WHERE s.id = NEW.settlement_id"
    " AND s.state <> 'drafted')"
)
_LOCK = "  PERFORM 1 FROM care_settlement s WHERE s.id = NEW.settlement_id FOR SHARE;\n"


def _changes(columns: tuple[str, ...], *, is_lite: bool) -> str:
    """Return SQL that is true when one of the columns changes."""
    differs = "IS NOT" if is_lite else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in columns) + ")"


def _refuse(
    table: Table, name: str, moment: str, lite: str, pg: str | None = None, *, lock: str = ""
) -> None:
    """Refuse by name on both engines."""
    refuse_on_sqlite(table, name, moment, lite)
    guard_on_postgresql(table, name, moment, lock + raises(name, pg or lite))


def _guard_statements(table: Table) -> None:
    """Let the database keep the order of months and what was approved."""
    decided = (*_DECIDED_COLUMNS, *_DECIDED_IDS)
    update = "BEFORE UPDATE"
    _refuse(
        table,
        "care_settlement_drafted_first",
        "BEFORE INSERT",
        "NEW.state <> 'drafted' OR (EXISTS (SELECT 1 FROM care_settlement s"
        " WHERE s.centre_id = NEW.centre_id) AND NOT EXISTS (SELECT 1 FROM care_settlement s"
        " WHERE s.centre_id = NEW.centre_id AND s.month_no = NEW.month_no - 1"
        " AND s.state <> 'drafted'))",
    )
    _refuse(
        table,
        "care_settlement_steps",
        update,
        "(OLD.state, NEW.state) NOT IN (VALUES ('drafted', 'drafted'), ('drafted', 'approved'),"
        " ('approved', 'paid'))",
    )
    for name, columns, when in (
        ("care_settlement_fixed", _FIXED_COLUMNS, ""),
        ("care_settlement_approved", decided, "OLD.state <> 'drafted' AND "),
    ):
        lite, pg = (when + _changes(columns, is_lite=one) for one in (True, False))
        _refuse(table, name, update, lite, pg)
    is_approving = "NEW.state = 'approved' AND OLD.state = 'drafted'"
    _refuse(table, "care_settlement_sums", update, f"{is_approving} AND ({_WRONG_SUMS})")
    _refuse(table, "care_settlement_disputed", update, f"{is_approving} AND {_OPEN}")
    _refuse(table, "care_settlement_stays", "BEFORE DELETE", "OLD.id IS NOT NULL")


def _guard_lines(table: Table) -> None:
    """Let the database take lines only into drafts, and only as the slip has them."""
    _refuse(table, "care_settlement_line_late", "BEFORE INSERT", _NOT_DRAFTED, lock=_LOCK)
    for name, source, column, kinds in (
        ("own", "redemption_line", "redemption_line_id", "('served', 'undone')"),
        ("visit", "visitor_line", "visitor_line_id", "('visit', 'visit_undone')"),
    ):
        sign = f"(CASE WHEN NEW.kind IN {_UNDONE} THEN -1 ELSE 1 END)"
        is_right = (
            f"EXISTS (SELECT 1 FROM {source} r JOIN care_price p ON p.id = r.price_id"  # noqa: S608 - constants
            f" WHERE r.id = NEW.{column} AND r.price_id = NEW.price_id"
            f" AND r.service_id = NEW.service_id AND NEW.quantity = r.quantity * {sign}"
            " AND NEW.minutes = NEW.quantity * r.unit_minutes"
            " AND (NEW.amount_fen = NEW.quantity * COALESCE(p.money_note_fen, 0)"
            f" OR (NEW.kind IN {_UNDONE} AND NEW.amount_fen = 0)))"
        )
        wrong = f"NEW.kind IN {kinds} AND NOT {is_right}"
        _refuse(table, f"care_settlement_line_{name}", "BEFORE INSERT", wrong)


def _guard_disputes(table: Table) -> None:
    """Let the database take disputes and answers only while the statement is a draft."""
    _refuse(table, "care_dispute_late", "BEFORE INSERT", _NOT_DRAFTED, lock=_LOCK)
    _refuse(
        table,
        "care_dispute_kept",
        "BEFORE UPDATE",
        f"OLD.outcome IS NOT NULL OR NEW.line_id <> OLD.line_id OR NEW.reason <> OLD.reason"
        f" OR NEW.settlement_id <> OLD.settlement_id OR {_NOT_DRAFTED}",
        lock=_LOCK,
    )
    _refuse(
        table,
        "care_dispute_its_line",
        "BEFORE INSERT",
        "NOT EXISTS (SELECT 1 FROM care_settlement_line l WHERE l.id = NEW.line_id"
        " AND l.settlement_id = NEW.settlement_id)",
    )
    _refuse(table, "care_dispute_stays", "BEFORE DELETE", "OLD.id IS NOT NULL")


_guard_statements(Base.metadata.tables["care_settlement"])
_guard_lines(Base.metadata.tables["care_settlement_line"])
_guard_disputes(Base.metadata.tables["care_settlement_dispute"])
make_append_only(Base.metadata.tables["care_settlement_line"])
