"""Books, accounts, entries over transfers, holds and their ends, balances of bounded accounts.

An imbalance cannot be written down: a transfer is one debit account, one credit account and one
positive amount, and its keys hold both accounts to one book and one asset. The header of an entry
is its seal: it is inserted last and says how many lines there are; ``1 <= line <= lines`` with
unique lines means that a sealed entry can never get another one.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models import triggers_postgresql, triggers_sqlite
from timebank.ledger.rules import (
    AMOUNT_MAX,
    DOCUMENT_MAX,
    KIND_MAX,
    LINES_MAX,
    MEMO_MAX,
    AccountKind,
    Asset,
    HoldOutcome,
    Side,
    sha256_of,
)


def _one_of(column: str, values: type[Asset | Side | AccountKind | HoldOutcome]) -> CheckConstraint:
    """Return the check that a column holds one of an enumeration's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _whole(column: str) -> CheckConstraint:
    """Return the check that SQLite, which would take 1.5, stores a whole number."""
    check = CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_whole")
    return check.ddl_if(dialect="sqlite")


# What the application's role may do on PostgreSQL; the triggers act with their owner's rights.
_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}
_READ_ONLY = {"info": {"grants": "SELECT"}}


class Book(Base):
    """Whose value is kept: no transfer crosses books."""

    __tablename__ = "ledger_book"
    __table_args__ = (
        UniqueConstraint("community_id", "code"),
        UniqueConstraint("id", "community_id"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    seal: Mapped[str] = mapped_column(String(64))


class Account(Base):
    """A place where value of one asset stands in one book; never changed once opened."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "community_id"], ["ledger_book.id", "ledger_book.community_id"]
        ),
        UniqueConstraint("book_id", "code"),
        UniqueConstraint("id", "book_id", "asset"),
        _one_of("asset", Asset),
        _one_of("kind", AccountKind),
        _one_of("normal", Side),
        CheckConstraint("(kind = 'bounded') = (floor IS NOT NULL)", name="floor_iff_bounded"),
        CheckConstraint("floor <= 0", name="floor_not_positive"),
        Index(None, "person_id"),
        Index(None, "project_id"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int]
    asset: Mapped[str] = mapped_column(String(3))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(7))
    normal: Mapped[str] = mapped_column(String(6))
    floor: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    seal: Mapped[str] = mapped_column(String(64))


class AccountBalance(Base):
    """The balance of a bounded account; made and moved by triggers alone."""

    __tablename__ = "ledger_balance"
    __table_args__ = (
        CheckConstraint("posted - held >= floor", name="floor"),
        CheckConstraint("held >= 0", name="held"),
        _whole("posted"),
        _whole("held"),
        _READ_ONLY,
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    posted: Mapped[int]
    held: Mapped[int]
    floor: Mapped[int]


class Entry(Base):
    """The sealed header of one event: its client-made id is the idempotency key."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "community_id"], ["ledger_book.id", "ledger_book.community_id"]
        ),
        UniqueConstraint("id", "lines", "book_id", "community_id"),
        CheckConstraint(f"lines BETWEEN 1 AND {LINES_MAX}", name="lines"),
        CheckConstraint(f"length(memo) <= {MEMO_MAX}", name="memo_length"),
        CheckConstraint("reverses_id <> id", name="reverses_another"),
        CheckConstraint(
            "debt_account_id IS NULL OR reverses_id IS NOT NULL", name="debt_of_reversal"
        ),
        Index(None, "book_id", "number"),
        Index(None, "effective_on"),
        _APPEND_ONLY,
    )

    number: Mapped[IntPk]
    id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int]
    lines: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(KIND_MAX))
    effective_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    memo: Mapped[str] = mapped_column(String(MEMO_MAX))
    document: Mapped[str] = mapped_column(String(DOCUMENT_MAX))
    reason: Mapped[str] = mapped_column(String(MEMO_MAX))
    reverses_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    debt_account_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_account.id"))
    digest: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class TransferLine(Base):
    """One positive amount between two accounts of the same book and asset."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["entry_id", "lines", "book_id", "community_id"],
            [
                "ledger_entry.id",
                "ledger_entry.lines",
                "ledger_entry.book_id",
                "ledger_entry.community_id",
            ],
            name="fk_ledger_transfer_entry_id_ledger_entry",
            deferrable=True,
            initially="DEFERRED",
        ),
        ForeignKeyConstraint(
            ["debit_id", "book_id", "asset"],
            ["ledger_account.id", "ledger_account.book_id", "ledger_account.asset"],
            name="fk_ledger_transfer_debit_id_ledger_account",
        ),
        ForeignKeyConstraint(
            ["credit_id", "book_id", "asset"],
            ["ledger_account.id", "ledger_account.book_id", "ledger_account.asset"],
            name="fk_ledger_transfer_credit_id_ledger_account",
        ),
        UniqueConstraint("entry_id", "line"),
        CheckConstraint("line BETWEEN 1 AND lines", name="line"),
        CheckConstraint(f"amount BETWEEN 1 AND {AMOUNT_MAX}", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        _whole("amount"),
        _whole("line"),
        # Balances of open accounts and statements are read from these two indexes alone.
        Index(None, "debit_id", "id", "amount"),
        Index(None, "credit_id", "id", "amount"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int]
    entry_id: Mapped[UUID] = mapped_column(Uuid)
    line: Mapped[int] = mapped_column(SmallInteger)
    lines: Mapped[int] = mapped_column(SmallInteger)
    asset: Mapped[str] = mapped_column(String(3))
    debit_id: Mapped[int]
    credit_id: Mapped[int]
    amount: Mapped[int]


class Hold(Base):
    """An amount set aside on a bounded account until it is captured, released or expires."""

    __tablename__ = "ledger_hold"
    __table_args__ = (
        CheckConstraint(f"amount BETWEEN 1 AND {AMOUNT_MAX}", name="amount"),
        CheckConstraint(f"length(memo) <= {MEMO_MAX}", name="memo_length"),
        _whole("amount"),
        Index(None, "account_id"),
        Index(None, "expires_at"),
        _APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int]
    memo: Mapped[str] = mapped_column(String(MEMO_MAX))
    held_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    seal: Mapped[str] = mapped_column(String(64))


class HoldEnd(Base):
    """How a hold ended; its key is the hold's, so that it ends exactly once."""

    __tablename__ = "ledger_hold_end"
    __table_args__ = (
        _one_of("outcome", HoldOutcome),
        CheckConstraint(
            "(outcome = 'captured') = (entry_id IS NOT NULL)", name="entry_iff_captured"
        ),
        CheckConstraint(f"length(reason) <= {MEMO_MAX}", name="reason_length"),
        _APPEND_ONLY,
    )

    hold_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_hold.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    outcome: Mapped[str] = mapped_column(String(8))
    # One hold per entry; the header follows in the same transaction.
    entry_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id", deferrable=True, initially="DEFERRED"), unique=True
    )
    reason: Mapped[str] = mapped_column(String(MEMO_MAX))
    ended_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    seal: Mapped[str] = mapped_column(String(64))


BOOKS: Table = Base.metadata.tables["ledger_book"]
ACCOUNTS: Table = Base.metadata.tables["ledger_account"]
BALANCES: Table = Base.metadata.tables["ledger_balance"]
ENTRIES: Table = Base.metadata.tables["ledger_entry"]
TRANSFERS: Table = Base.metadata.tables["ledger_transfer"]
HOLDS: Table = Base.metadata.tables["ledger_hold"]
HOLD_ENDS: Table = Base.metadata.tables["ledger_hold_end"]

SEALED_TABLES: tuple[str, ...] = (
    "ledger_book",
    "ledger_account",
    "ledger_entry",
    "ledger_transfer",
    "ledger_hold",
    "ledger_hold_end",
)


def seal_of(table: Table, row: Mapping[str, object]) -> str:
    """Return the seal of a row: the digest of all it says, but for a number the database gave."""
    names = [
        column.name
        for column in table.columns
        if column.name != "seal" and column is not table.autoincrement_column
    ]
    return sha256_of([row[name] for name in names])


def _attach_triggers() -> None:
    """Create the triggers right after the tables they guard, on either engine."""
    # The last of the ledger's tables to be created, so that all the others are there.
    HOLD_ENDS.add_is_dependent_on(TRANSFERS)
    HOLD_ENDS.add_is_dependent_on(BALANCES)
    for dialect, statements in (
        ("sqlite", triggers_sqlite.statements(SEALED_TABLES)),
        ("postgresql", triggers_postgresql.statements(SEALED_TABLES)),
    ):
        for statement in statements:
            # DDL() formats with %, so every sign of the statement itself is doubled.
            text = statement.replace("%", "%%")
            ddl = DDL(text).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(HOLD_ENDS, "after_create", ddl)


_attach_triggers()
