"""Tables of the bank, and what the database itself refuses about them.

A bank line carries what the books say after it (``running_fen``): the line before plus its own
amount, held by a trigger. Where the bank wrote a balance it must be the same, held by a CHECK. So
the books equal the bank line by line, or the line cannot be written.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.bank.rules.amounts import FEN_MAX
from timebank.bank.rules.values import ImportState, LineKind, StatementKind
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.kernel.sealed import Sealed


class BankAccount(Base):
    """An account at a bank, of the legal owner whose book it stands in."""

    __tablename__ = "bank_account"
    __table_args__ = (
        UniqueConstraint("community_id", "number_index"),
        CheckConstraint("length(label) > 0", name="named"),
        CheckConstraint("length(number_tail) = 4", name="tail"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"))
    bank_name: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(Sealed)
    number_index: Mapped[str] = mapped_column(String(64))
    number_tail: Mapped[str] = mapped_column(String(4))
    bank_account_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_account.id"))
    unclaimed_account_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_account.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class BankLayout(Base):
    """How the files with one header are read, remembered for one account."""

    __tablename__ = "bank_layout"
    __table_args__ = (
        UniqueConstraint("account_id", "fingerprint"),
        CheckConstraint("length(fingerprint) = 64", name="fingerprint"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    layout: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class BankImport(Base):
    """One uploaded statement: kept aside until it is confirmed, then only its figures."""

    __tablename__ = "bank_import"
    __table_args__ = (
        Index(None, "account_id", "id"),
        CheckConstraint(f"state IN {among(ImportState)}", name="state"),
        CheckConstraint(f"kind IN {among(StatementKind)}", name="kind"),
        CheckConstraint("(state = 'staged') = (content IS NOT NULL)", name="content_while_staged"),
        CheckConstraint("(state = 'staged') = (settled_at IS NULL)", name="settled_at_a_moment"),
        CheckConstraint(
            "new_count >= 0 AND known_count >= 0 AND skipped_count >= 0", name="counts"
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    state: Mapped[ImportState] = mapped_column(String(12))
    kind: Mapped[StatementKind] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Sealed)
    layout: Mapped[str | None] = mapped_column(Text)
    new_count: Mapped[int] = mapped_column(default=0)
    known_count: Mapped[int] = mapped_column(default=0)
    skipped_count: Mapped[int] = mapped_column(default=0)
    first_on: Mapped[date | None] = mapped_column(Date)
    last_on: Mapped[date | None] = mapped_column(Date)
    closing_fen: Mapped[int | None]
    staged_at: Mapped[datetime]
    staged_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    staged_by_name: Mapped[str] = mapped_column(String(80))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class BankLine(Base):
    """One line of an account, booked against what is unclaimed; never changed or removed."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("account_id", "position"),
        Index(None, "account_id", "booked_on"),
        CheckConstraint(f"kind IN {among(LineKind)}", name="kind"),
        CheckConstraint(
            f"amount_fen <> 0 AND amount_fen BETWEEN -{FEN_MAX} AND {FEN_MAX}", name="amount_fen"
        ),
        CheckConstraint("position > 0", name="position"),
        CheckConstraint("balance_fen = running_fen", name="books_equal_bank"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("bank_import.id"), index=True)
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(String(10))
    booked_on: Mapped[date] = mapped_column(Date)
    time_text: Mapped[str] = mapped_column(String(8), default="")
    amount_fen: Mapped[int]
    balance_fen: Mapped[int | None]
    running_fen: Mapped[int]
    party_name: Mapped[str] = mapped_column(Sealed)
    party_account: Mapped[str] = mapped_column(Sealed)
    text: Mapped[str] = mapped_column(Sealed)
    reference: Mapped[str] = mapped_column(Sealed)
    words_index: Mapped[str] = mapped_column(String(64))
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


_OFF_CHAIN = (
    "(NEW.running_fen <> NEW.amount_fen + CASE WHEN NEW.position = 1 THEN 0 ELSE coalesce("
    "(SELECT l.running_fen FROM bank_line l WHERE l.account_id = NEW.account_id"
    " AND l.position = NEW.position - 1), NEW.running_fen - NEW.amount_fen + 1) END)"
)
_tables = Base.metadata.tables
_lines = _tables["bank_line"]
make_append_only(_lines)
refuse_on_sqlite(_lines, "bank_line_follows", "AFTER INSERT", _OFF_CHAIN)
guard_on_postgresql(
    _lines, "bank_line_follows", "AFTER INSERT", raises("bank_line_follows", _OFF_CHAIN)
)
# An account whose owner or number could change would carry somebody else's lines.
_MOVED = (
    "NEW.book_id <> OLD.book_id OR NEW.number_index <> OLD.number_index"
    " OR NEW.community_id <> OLD.community_id"
    " OR coalesce(NEW.bank_account_id, 0) <> OLD.bank_account_id"
    " OR coalesce(NEW.unclaimed_account_id, 0) <> OLD.unclaimed_account_id"
)
_accounts = _tables["bank_account"]
refuse_on_sqlite(_accounts, "bank_account_stays", "BEFORE UPDATE", _MOVED)
guard_on_postgresql(
    _accounts, "bank_account_stays", "BEFORE UPDATE", raises("bank_account_stays", _MOVED)
)
refuse_on_sqlite(_accounts, "bank_account_kept", "BEFORE DELETE", "1")
guard_on_postgresql(
    _accounts, "bank_account_kept", "BEFORE DELETE", raises("bank_account_kept", "true")
)
_SETTLED = "OLD.state <> 'staged'"
_imports = _tables["bank_import"]
refuse_on_sqlite(_imports, "bank_import_settled", "BEFORE UPDATE", _SETTLED)
guard_on_postgresql(
    _imports, "bank_import_settled", "BEFORE UPDATE", raises("bank_import_settled", _SETTLED)
)
