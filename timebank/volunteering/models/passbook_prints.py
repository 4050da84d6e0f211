"""Tables of printed passbooks: booklets, what was printed where, and what was spoilt."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import refuse_on_sqlite
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules import passbook_prints as rules


def _ruled() -> tuple[CheckConstraint, ...]:
    """Return the CHECKs of a ruling; a constraint belongs to one table alone."""
    return (
        CheckConstraint(
            f"lines_per_page BETWEEN {rules.LINES_MIN} AND {rules.LINES_MAX}",
            name="lines_in_range",
        ),
        CheckConstraint(f"pages BETWEEN 1 AND {rules.PAGES_MAX}", name="pages_in_range"),
        CheckConstraint("line_tenths_mm > 0 AND top_tenths_mm >= 0", name="lines_apart"),
        CheckConstraint("left_tenths_mm >= 0 AND fold_tenths_mm >= 0", name="within_sheet"),
        CheckConstraint("fold_after_line BETWEEN 0 AND lines_per_page", name="fold_in_page"),
    )


class _Ruling:
    """How a booklet is ruled; distances in tenths of a millimetre."""

    lines_per_page: Mapped[int]
    pages: Mapped[int]
    top_tenths_mm: Mapped[int]
    left_tenths_mm: Mapped[int]
    line_tenths_mm: Mapped[int]
    fold_after_line: Mapped[int]
    fold_tenths_mm: Mapped[int]


class PassbookLayout(_Ruling, Base):
    """How a community's new booklets are ruled."""

    __tablename__ = "passbook_layout"
    __table_args__ = (UniqueConstraint("community_id"), *_ruled())

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str] = mapped_column(String(80))


class PassbookBooklet(_Ruling, Base):
    """One booklet of a member; its ruling is that of its paper and never changes."""

    __tablename__ = "passbook_booklet"
    __table_args__ = (
        UniqueConstraint("community_id", "serial"),
        CheckConstraint("length(serial) > 0", name="numbered"),
        *_ruled(),
        Index(None, "person_id", "id"),
        Index(
            "uq_passbook_booklet_open",
            "person_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    serial: Mapped[str] = mapped_column(String(rules.SERIAL_MAX))
    carried_minutes: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_by_name: Mapped[str] = mapped_column(String(80))
    closed_at: Mapped[datetime | None]


class PassbookPrint(Base):
    """One pass of the printer over a booklet; a spoilt one is voided and stays."""

    __tablename__ = "passbook_print"
    __table_args__ = (
        UniqueConstraint("booklet_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
        CheckConstraint("first_position > 0", name="position_positive"),
        CheckConstraint("last_position - first_position + 1 = lines", name="lines_of_span"),
        CheckConstraint(f"lines BETWEEN 1 AND {rules.PRINTED_MAX}", name="prints_something"),
        CheckConstraint(
            "(voided_at IS NULL) = (void_reason = '')"
            " AND (voided_at IS NULL) = (is_paper_used IS NULL)",
            name="voided_with_reason",
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    booklet_id: Mapped[int] = mapped_column(ForeignKey("passbook_booklet.id"))
    sequence: Mapped[int]
    first_position: Mapped[int]
    last_position: Mapped[int]
    lines: Mapped[int]
    opening_minutes: Mapped[int]
    closing_minutes: Mapped[int]
    printed_at: Mapped[datetime]
    printed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    printed_by_name: Mapped[str] = mapped_column(String(80))
    act_key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(String(rules.REASON_MAX), default="")
    is_paper_used: Mapped[bool | None] = mapped_column(Boolean)
    voided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class PassbookLine(Base):
    """A line of a print: which line of the books stands at which place of the booklet.

    ``is_live`` ends when the print is voided, so that the books' line can be printed again;
    ``is_on_paper`` ends when nothing reached the paper, so that its place can be used again.
    """

    __tablename__ = "passbook_line"
    __table_args__ = (
        CheckConstraint("position > 0", name="position_positive"),
        CheckConstraint("minutes <> 0", name="moves_something"),
        CheckConstraint("is_on_paper OR NOT is_live", name="live_is_on_paper"),
        Index(None, "print_id", "position"),
        Index(None, "booklet_id", "position"),
        Index(None, "transfer_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    print_id: Mapped[int] = mapped_column(ForeignKey("passbook_print.id"))
    booklet_id: Mapped[int] = mapped_column(ForeignKey("passbook_booklet.id"))
    position: Mapped[int]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfer.id"))
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"))
    on_day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(60))
    minutes: Mapped[int]
    after_minutes: Mapped[int]
    is_live: Mapped[bool] = mapped_column(default=True)
    is_on_paper: Mapped[bool] = mapped_column(default=True)


_LIVE = text("is_live")
_ON_PAPER = text("is_on_paper")
Index(
    "uq_passbook_line_live",
    PassbookLine.transfer_id,
    unique=True,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)
Index(
    "uq_passbook_line_place",
    PassbookLine.booklet_id,
    PassbookLine.position,
    unique=True,
    sqlite_where=_ON_PAPER,
    postgresql_where=_ON_PAPER,
)

_BOOKLET_TOLD = (
    *(name for name in _Ruling.__annotations__),
    "community_id",
    "person_id",
    "serial",
    "carried_minutes",
    "opened_at",
    "opened_by_name",
)
_PRINT_TOLD = (
    "community_id",
    "booklet_id",
    "sequence",
    "first_position",
    "last_position",
    "lines",
    "opening_minutes",
    "closing_minutes",
    "printed_at",
    "printed_by_name",
    "act_key",
)
_LINE_TOLD = (
    "community_id",
    "print_id",
    "booklet_id",
    "position",
    "transfer_id",
    "entry_id",
    "on_day",
    "kind",
    "minutes",
    "after_minutes",
)
# A print begins where the last one ended: at the first place that is not on paper.
_ELSEWHERE = (
    "NEW.first_position <> 1 + COALESCE((SELECT max(l.position) FROM passbook_line l"
    " WHERE l.booklet_id = NEW.booklet_id AND l.is_on_paper), 0)"
)
_NOT_NEXT = (
    "NEW.sequence <> 1 + COALESCE((SELECT max(p.sequence) FROM passbook_print p"
    " WHERE p.booklet_id = NEW.booklet_id), 0)"
)
_CLOSED = (
    "NOT EXISTS (SELECT 1 FROM passbook_booklet b WHERE b.id = NEW.booklet_id"
    " AND b.closed_at IS NULL AND NEW.last_position <= b.lines_per_page * b.pages)"
)
_NOT_LAST = (
    "OLD.voided_at IS NULL AND EXISTS (SELECT 1 FROM passbook_print p"
    " WHERE p.booklet_id = NEW.booklet_id AND p.sequence > NEW.sequence)"
)
# Whether a line is of the booklet's owner: own minutes, moved by that much.
_ANOTHERS = (
    "NOT EXISTS (SELECT 1 FROM ledger_transfer t JOIN passbook_booklet b ON b.id = NEW.booklet_id"
    " JOIN ledger_account a ON a.id = CASE WHEN NEW.minutes > 0 THEN t.credit_id"
    " ELSE t.debit_id END WHERE t.id = NEW.transfer_id AND t.entry_id = NEW.entry_id"
    " AND t.amount = abs(NEW.minutes) AND a.person_id = b.person_id AND a.restriction = 'own')"
)
_OUTSIDE = (
    "NOT EXISTS (SELECT 1 FROM passbook_print p WHERE p.id = NEW.print_id"
    " AND p.booklet_id = NEW.booklet_id AND p.voided_at IS NULL"
    " AND NEW.position BETWEEN p.first_position AND p.last_position)"
)
_RISES = "(NEW.is_live AND NOT OLD.is_live) OR (NEW.is_on_paper AND NOT OLD.is_on_paper)"
_STANDS = (
    "OLD.is_live AND NOT NEW.is_live AND EXISTS (SELECT 1 FROM passbook_print p"
    " WHERE p.id = NEW.print_id AND p.voided_at IS NULL)"
)

_tables = Base.metadata.tables
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _tables["passbook_booklet"],
        Refusals(
            updates={
                **triggers.changed("passbook_booklet_told", _BOOKLET_TOLD, _engine),
                "passbook_booklet_closed": "OLD.closed_at IS NOT NULL",
            }
        ),
        _engine,
    )
    triggers.refuse(
        _tables["passbook_print"],
        Refusals(
            inserts={
                "passbook_print_full": _CLOSED,
                **(
                    {"passbook_print_elsewhere": _ELSEWHERE, "passbook_print_next": _NOT_NEXT}
                    if _engine == "postgresql"
                    else {}
                ),
            },
            updates={
                **triggers.changed("passbook_print_told", _PRINT_TOLD, _engine),
                "passbook_print_voided": "OLD.voided_at IS NOT NULL",
                "passbook_print_not_last": _NOT_LAST,
            },
        ),
        _engine,
    )
    triggers.refuse(
        _tables["passbook_line"],
        Refusals(
            inserts={"passbook_line_anothers": _ANOTHERS, "passbook_line_outside": _OUTSIDE},
            updates={
                **triggers.changed("passbook_line_told", _LINE_TOLD, _engine),
                "passbook_line_rises": _RISES,
                "passbook_line_stands": _STANDS,
            },
        ),
        _engine,
    )
# SQLite's refusals are asked after the row is in, where it would count itself.
for _name, _condition in (
    ("passbook_print_elsewhere", _ELSEWHERE),
    ("passbook_print_next", _NOT_NEXT),
):
    refuse_on_sqlite(_tables["passbook_print"], _name, "BEFORE INSERT", _condition)
for _name in ("passbook_booklet", "passbook_print", "passbook_line"):
    triggers.keep_rows(_tables[_name])
