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
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    TextClause,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models.columns import (
    APPEND_ONLY,
    READ_ONLY,
    day_of,
    digest_of,
    id_of,
    moment_of,
    one_of,
    whole,
)
from timebank.ledger.rules.seals import SALT_BYTES, sha256_of
from timebank.ledger.rules.values import (
    AMOUNT_MAX,
    DOCUMENT_MAX,
    KIND_MAX,
    LINES_MAX,
    MEMO_MAX,
    AccountKind,
    Asset,
    HoldOutcome,
    Restriction,
    Side,
)

# Of an entry's words nothing is left once they are erased, and nothing but that may happen to them.
_WORDS_OR_ERASED = (
    f"length(salt) = {SALT_BYTES} OR (length(salt) = 0 AND actor_name = '' AND memo = ''"
    " AND document = '' AND reason = '')"
)
# A kind stands in the leaf on a line of its own.
_KIND = "length(kind) > 0 AND kind NOT LIKE '% %' AND kind NOT LIKE '%\n%'"


class Book(Base):
    """Whose value is kept: no transfer crosses books."""

    __tablename__ = "ledger_book"
    __table_args__ = (
        UniqueConstraint("community_id", "code"),
        UniqueConstraint("id", "community_id"),
        *digest_of("seal"),
        APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class Account(Base):
    """A place where value of one asset stands in one book; never changed once opened."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "community_id"], ["ledger_book.id", "ledger_book.community_id"]
        ),
        UniqueConstraint("book_id", "code"),
        UniqueConstraint("id", "book_id", "asset"),
        one_of("asset", Asset),
        one_of("kind", AccountKind),
        one_of("normal", Side),
        CheckConstraint("(kind = 'bounded') = (floor IS NOT NULL)", name="floor_iff_bounded"),
        CheckConstraint("floor <= 0", name="floor_not_positive"),
        one_of("restriction", Restriction),
        CheckConstraint(
            "restriction IS NULL OR (kind = 'bounded' AND normal = 'credit' AND floor = 0)",
            name="lots_of_credit",
        ),
        *digest_of("seal"),
        whole("floor"),
        Index(None, "person_id"),
        Index(None, "project_id"),
        APPEND_ONLY,
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
    restriction: Mapped[str | None] = mapped_column(String(8))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


# Written out, not handed over: a plan that is made before the value is known has no use for the
# index of open accounts.
IS_OPEN = Account.kind == literal_column("'open'")
# Open accounts are few among those of members. No index of all accounts by their book: as long as
# it knows nothing of the table, PostgreSQL would look up a load's in that.
Index("ix_ledger_account_open", Account.book_id, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)


class AccountBalance(Base):
    """The balance of a bounded account; made and moved by triggers alone."""

    __tablename__ = "ledger_balance"
    __table_args__ = (
        CheckConstraint("posted - held >= floor", name="floor"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("frozen IN (0, 1)", name="frozen_known"),
        whole("posted"),
        whole("held"),
        whole("floor"),
        whole("frozen"),
        READ_ONLY,
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    posted: Mapped[int]
    held: Mapped[int]
    floor: Mapped[int]
    frozen: Mapped[int] = mapped_column(SmallInteger, server_default="0")


def _once(column: str, named: TextClause) -> Index:
    """Return the index that lets no two entries name the same, among those that name any."""
    name = f"uq_ledger_entry_{column}"
    return Index(name, column, unique=True, sqlite_where=named, postgresql_where=named)


class Entry(Base):
    """The sealed header of one event: its client-made id is the idempotency key.

    On PostgreSQL book and accounts are asked for by the trigger that seals, not by foreign keys:
    a key would lock the row of the one book and the one issuance account for every posting. There
    the key of a transfer says no more than entry and lines: with its book in it, as long as nothing
    is known of a young table, the planner may look for one entry among all of the book.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "community_id"], ["ledger_book.id", "ledger_book.community_id"]
        ).ddl_if(dialect="sqlite"),
        UniqueConstraint("id", "lines").ddl_if(dialect="postgresql"),
        UniqueConstraint("id", "lines", "asset", "book_id", "community_id").ddl_if(
            dialect="sqlite"
        ),
        CheckConstraint(f"lines BETWEEN 1 AND {LINES_MAX}", name="lines"),
        CheckConstraint(f"length(memo) <= {MEMO_MAX}", name="memo_length"),
        CheckConstraint("reverses_id <> id", name="reverses_another"),
        CheckConstraint(
            "debt_account_id IS NULL OR reverses_id IS NOT NULL", name="debt_of_reversal"
        ),
        CheckConstraint("hold_id IS NULL OR reverses_id IS NULL", name="captures_or_reverses"),
        CheckConstraint(
            "lots_on IS NULL OR (lots_on <= effective_on AND reverses_id IS NULL"
            " AND hold_id IS NULL)",
            name="lots_carried",
        ),
        CheckConstraint(_KIND, name="kind_one_word"),
        CheckConstraint(_WORDS_OR_ERASED, name="words_or_erased"),
        one_of("asset", Asset),
        id_of("id"),
        *day_of("effective_on"),
        *day_of("lots_on", or_none=True),
        *moment_of("recorded_at"),
        *digest_of("words_hash"),
        *digest_of("seal"),
        whole("lines"),
        Index(None, "book_id", "effective_on"),
        Index(None, "community_id", "number"),
        # Most entries neither reverse nor capture: the rule costs them nothing.
        _once("reverses_id", text("reverses_id IS NOT NULL")),
        _once("hold_id", text("hold_id IS NOT NULL")),
        APPEND_ONLY,
    )

    number: Mapped[IntPk]
    id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    community_id: Mapped[int]
    book_id: Mapped[int]
    asset: Mapped[str] = mapped_column(String(3))
    lines: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(KIND_MAX))
    effective_on: Mapped[date] = mapped_column(Date)
    lots_on: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"))
    hold_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_hold.id"))
    debt_account_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    memo: Mapped[str] = mapped_column(String(MEMO_MAX))
    document: Mapped[str] = mapped_column(String(DOCUMENT_MAX))
    reason: Mapped[str] = mapped_column(String(MEMO_MAX))
    salt: Mapped[bytes] = mapped_column(LargeBinary(SALT_BYTES))
    words_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


def _of_entry(*columns: str) -> ForeignKeyConstraint:
    """Return the key, asked at the commit, that a transfer has an entry which says the same."""
    return ForeignKeyConstraint(
        ["entry_id", *columns],
        ["ledger_entry.id", *(f"ledger_entry.{one}" for one in columns)],
        name="fk_ledger_transfer_entry_id_ledger_entry",
        deferrable=True,
        initially="DEFERRED",
    )


class TransferLine(Base):
    """One positive amount between two accounts of the same book and asset."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        _of_entry("lines").ddl_if(dialect="postgresql"),
        _of_entry("lines", "asset", "book_id", "community_id").ddl_if(dialect="sqlite"),
        *(
            ForeignKeyConstraint(
                [side, "book_id", "asset"],
                ["ledger_account.id", "ledger_account.book_id", "ledger_account.asset"],
                name=f"fk_ledger_transfer_{side}_ledger_account",
            ).ddl_if(dialect="sqlite")
            for side in ("debit_id", "credit_id")
        ),
        UniqueConstraint("entry_id", "line"),
        CheckConstraint("line BETWEEN 1 AND lines", name="line"),
        CheckConstraint(f"amount BETWEEN 1 AND {AMOUNT_MAX}", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        whole("amount"),
        whole("line"),
        # Statements are read from these two indexes.
        Index(None, "debit_id", "id", "amount"),
        Index(None, "credit_id", "id", "amount"),
        APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int]
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
        whole("amount"),
        id_of("id"),
        *moment_of("held_at"),
        *moment_of("expires_at"),
        *digest_of("seal"),
        Index(None, "account_id"),
        Index(None, "expires_at"),
        APPEND_ONLY,
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
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class HoldEnd(Base):
    """How a hold ended; its key is the hold's, so that it ends exactly once.

    A capture is written by the seal of its entry, under the entry's own seal.
    """

    __tablename__ = "ledger_hold_end"
    __table_args__ = (
        one_of("outcome", HoldOutcome),
        CheckConstraint(
            "(outcome = 'captured') = (entry_id IS NOT NULL)", name="entry_iff_captured"
        ),
        CheckConstraint(f"length(reason) <= {MEMO_MAX}", name="reason_length"),
        *moment_of("ended_at"),
        *digest_of("seal"),
        APPEND_ONLY,
    )

    hold_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_hold.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    outcome: Mapped[str] = mapped_column(String(8))
    entry_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(MEMO_MAX))
    ended_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


BOOKS: Table = Base.metadata.tables["ledger_book"]
ACCOUNTS: Table = Base.metadata.tables["ledger_account"]
BALANCES: Table = Base.metadata.tables["ledger_balance"]
ENTRIES: Table = Base.metadata.tables["ledger_entry"]
TRANSFERS: Table = Base.metadata.tables["ledger_transfer"]
HOLDS: Table = Base.metadata.tables["ledger_hold"]
HOLD_ENDS: Table = Base.metadata.tables["ledger_hold_end"]


def seal_of(table: Table, row: Mapping[str, object]) -> bytes:
    """Return the seal of a row: the digest of all it says, but for a number the database gave."""
    names = [
        column.name
        for column in table.columns
        if column.name != "seal" and column is not table.autoincrement_column
    ]
    return sha256_of([row[name] for name in names])
