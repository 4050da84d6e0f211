"""All that the benchmarks know of the ledger's columns and verbs.

Scenes are made with the verbs; the rows that peers write are taken from what a verb has written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any  # the columns of a row
from uuid import UUID

from psycopg import sql
from sqlalchemy import Column, Connection, Index, MetaData, Table, UniqueConstraint, select
from sqlalchemy.orm import Session

from tests.make.community import make_community
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, program
from timebank.kernel.db import transaction
from timebank.ledger.models import rows
from timebank.ledger.models.days import DAYS
from timebank.ledger.models.lots import LOTS
from timebank.ledger.models.tables import ACCOUNTS, BALANCES, ENTRIES, TRANSFERS, seal_of
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import statements as statement_queries
from timebank.ledger.rules.merkle import Tree
from timebank.ledger.rules.values import (
    NO_LINKS,
    AccountKind,
    Asset,
    EntryDraft,
    Restriction,
    Side,
    Transfer,
)
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting, sealing
from timebank.ledger.verify import proof
from timebank.reports.queries import hours

# The tables that an entry from issuance to a member is written to, in order.
WRITTEN: tuple[Table, ...] = (TRANSFERS, ENTRIES, LOTS, BALANCES, DAYS)
KIND, MEMO = "hours.earned", "陪同就医"
LINES = 50


@dataclass(frozen=True, slots=True)
class Scene:
    """A community's book with accounts that minutes come from, and its members' accounts."""

    community_id: int
    book_id: int
    sources: tuple[int, ...]
    members: tuple[int, ...]

    @property
    def actor(self) -> Actor:
        """Who posts: a program."""
        return program(community_id=self.community_id, name="记账")

    def document(self) -> dict[str, Any]:
        """Return the scene as JSON."""
        return asdict(self)


def scene_of(document: Mapping[str, Any]) -> Scene:
    """Return the scene of a JSON document."""
    known = {one.name: document[one.name] for one in fields(Scene)}
    return Scene(
        **{**known, "sources": tuple(known["sources"]), "members": tuple(known["members"])}
    )


def make_scene(session: Session, *, sources: int, members: int) -> Scene:
    """Make a community with its book and accounts."""
    community = make_community(session)
    book_id = ledger_books.ensure_book(
        session, community_id=community.id, code="timebank", name="时间银行"
    )
    source_ids = tuple(source_account(session, book_id, f"issuance:{at}") for at in range(sources))
    member_ids = open_members(session, community.id, book_id, [None] * members)
    return Scene(community.id, book_id, source_ids, member_ids)


def open_members(
    session: Session, community_id: int, book_id: int, person_ids: Sequence[int | None]
) -> tuple[int, ...]:
    """Open an account for each member at once, as the verb would one by one; return their ids."""
    account = {
        "community_id": community_id,
        "book_id": book_id,
        "asset": Asset.MINUTES.value,
        "name": "居民的时间",
        "kind": AccountKind.BOUNDED.value,
        "normal": Side.CREDIT.value,
        "floor": 0,
        "restriction": Restriction.OWN.value,
        "project_id": None,
    }
    made = [
        {**account, "code": f"member:{person_id or at}", "person_id": person_id}
        for at, person_id in enumerate(person_ids)
    ]
    session.execute(ACCOUNTS.insert(), [{**row, "seal": seal_of(ACCOUNTS, row)} for row in made])
    bounded = select(ACCOUNTS.c.id).where(ACCOUNTS.c.book_id == book_id, ACCOUNTS.c.floor == 0)
    return tuple(session.scalars(bounded.order_by(ACCOUNTS.c.id)))


def source_account(session: Session, book_id: int, code: str, *, normal: Side = Side.DEBIT) -> int:
    """Return an open account that minutes come from, or go to."""
    return ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.MINUTES,
        code=code,
        name="发出的时间",
        kind=AccountKind.OPEN,
        normal=normal,
        floor=None,
    )


def draft(scene: Scene, source_id: int, member_id: int, minutes: int) -> EntryDraft:
    """Return the draft of one transfer from a source to a member."""
    return EntryDraft(
        id=ids.new_id(),
        book_id=scene.book_id,
        asset=Asset.MINUTES,
        kind=KIND,
        effective_on=clock.today(),
        transfers=[Transfer(source_id, member_id, minutes)],
        memo=MEMO,
    )


def drafts(scene: Scene, count: int) -> list[EntryDraft]:
    """Return drafts of transfers to all members in turn."""
    members, source = scene.members, scene.sources[0]
    return [draft(scene, source, members[at % len(members)], 1 + at % 240) for at in range(count)]


def post(scene: Scene, source_id: int, member_id: int, minutes: int) -> None:
    """Post one transfer in a transaction of its own."""
    made = draft(scene, source_id, member_id, minutes)
    transaction(lambda session: posting.post(session, actor=scene.actor, draft=made))


def post_many(scene: Scene, made: Sequence[EntryDraft]) -> None:
    """Post many entries as one act."""
    transaction(lambda session: posting.post_many(session, actor=scene.actor, drafts=made))


def read_account(session: Session, account_id: int) -> None:
    """Read what an account's page shows: its balance and the last lines of its statement."""
    account_queries.balance(session, account_id)
    statement_queries.statement(session, account_id, limit=LINES)


def read_figures(session: Session, community_id: int) -> None:
    """Read the page of hours by month and grid for a year."""
    hours.by_grid(session, community_id)


def prove(session: Session) -> int:
    """Prove all books and return how many rows are wrong."""
    return sum(1 for _ in proof.findings(session))


def seal(scene: Scene) -> None:
    """Seal what was posted into the next block."""
    transaction(lambda session: sealing.seal_entries(session, actor=scene.actor))


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root of leaves as the job that seals computes it."""
    tree = Tree()
    tree.add(leaves)
    return tree.root()


def header_row(scene: Scene, made: EntryDraft, *, recorded_at: datetime) -> dict[str, Any]:
    """Return the header that the verb would write."""
    return rows.header(scene.actor, made, NO_LINKS, recorded_at=recorded_at)


def transfer_row(community_id: int, made: EntryDraft) -> dict[str, Any]:
    """Return the one transfer that the verb would write."""
    (line,) = made.transfers
    return {
        "community_id": community_id,
        "book_id": made.book_id,
        "entry_id": made.id,
        "line": 1,
        "lines": 1,
        "asset": made.asset.value,
        "debit_id": line.debit_id,
        "credit_id": line.credit_id,
        "amount": line.amount,
    }


def lot_row(made: EntryDraft) -> dict[str, Any]:
    """Return the lot that the database would make of the transfer."""
    (line,) = made.transfers
    return {
        "account_id": line.credit_id,
        "entry_id": made.id,
        "earned_on": made.effective_on,
        "amount": line.amount,
        "remaining": line.amount,
    }


def written(
    scene: Scene, made: EntryDraft, head: Mapping[str, Any]
) -> list[tuple[Table, Mapping[str, Any]]]:
    """Return the rows that a posted transfer inserts, in order."""
    return [
        (TRANSFERS, transfer_row(scene.community_id, made)),
        (ENTRIES, head),
        (LOTS, lot_row(made)),
    ]


def moves_on_sqlite(made: EntryDraft) -> list[tuple[str, tuple[object, ...]]]:
    """Return the statements that move the balance of the member and the day of the source."""
    (line,) = made.transfers
    day = "INSERT INTO ledger_day (account_id, on_day, debits, credits) VALUES (?, ?, ?, 0) "
    return [
        (
            "UPDATE ledger_balance SET posted = posted + ? WHERE account_id = ?",
            (line.amount, line.credit_id),
        ),
        (
            f"{day} ON CONFLICT (account_id, on_day) DO UPDATE SET debits = debits + ?",
            (line.debit_id, made.effective_on.isoformat(), line.amount, line.amount),
        ),
    ]


def pgbench_script(scene: Scene, source_id: int) -> str:
    """Return the transfer as one statement for pgbench: header and transfer under all triggers.

    The peer seals nothing: its digests are any 32 bytes.
    """
    made = draft(scene, source_id, scene.members[0], 1)
    head = header_row(scene, made, recorded_at=clock.now())
    line = transfer_row(scene.community_id, made)
    any_digest = "sha256(uuid_send(act.id))"
    own: dict[str, str] = {
        "id": "act.id",
        "entry_id": "act.id",
        "recorded_at": "clock_timestamp()",
        "salt": f"substr({any_digest}, 1, {len(head['salt'])})",
        "words_hash": any_digest,
        "seal": any_digest,
        "credit_id": f"{scene.members[0]} + :member",
        "amount": "(:minutes)::bigint",
    }
    heads = ", ".join(own.get(name) or _literal(value) for name, value in head.items())
    lines = ", ".join(own.get(name) or _literal(value) for name, value in line.items())
    assert scene.members == tuple(range(scene.members[0], scene.members[-1] + 1))
    return (
        f"\\set member random(0, {len(scene.members) - 1})\n\\set minutes random(1, 240)\n"
        "WITH act AS (SELECT uuidv7() AS id), moved AS ("
        f"INSERT INTO ledger_transfer ({', '.join(line)}) SELECT {lines} FROM act "
        f"RETURNING entry_id AS id) INSERT INTO ledger_entry ({', '.join(head)}) "
        f"SELECT {heads} FROM moved AS act;\n"
    )


def _literal(value: object) -> str:
    """Return a value as a literal of PostgreSQL."""
    return sql.Literal(value).as_string()


def bulk_rows(scene: Scene, count: int) -> dict[Table, list[Mapping[str, Any]]]:
    """Return the rows of many such entries by their tables."""
    now = clock.now()
    made = drafts(scene, count)
    found: dict[Table, list[Mapping[str, Any]]] = {}
    for one in made:
        for table, row in written(scene, one, header_row(scene, one, recorded_at=now)):
            found.setdefault(table, []).append(row)
    return found


def bare_tables(connection: Connection, scene: Scene) -> None:
    """Create tables with the same columns, keys and indexes and nothing that asks or acts.

    Members have a balance row, as a verb finds it.
    """
    bare = MetaData()
    for table in WRITTEN:
        _bare(table, bare)
    bare.create_all(connection)
    empty = {"community_id": scene.community_id, "posted": 0, "held": 0, "floor": 0, "frozen": 0}
    balances = [{"account_id": account_id, **empty} for account_id in scene.members]
    connection.execute(BALANCES.insert(), balances)


def _bare(table: Table, metadata: MetaData) -> None:
    """Copy a table without its foreign keys and checks; triggers are no part of it anyway."""
    columns = [
        Column(
            one.name,
            one.type,
            primary_key=one.primary_key,
            nullable=one.nullable,
            autoincrement=one.autoincrement,
        )
        for one in table.columns
    ]
    unique = [
        UniqueConstraint(*[column.name for column in one.columns], name=one.name)
        for one in table.constraints
        if isinstance(one, UniqueConstraint)
    ]
    copy = Table(table.name, metadata, *columns, *unique)
    for index in table.indexes:
        where = {
            f"{dialect}_where": index.dialect_options[dialect]["where"]
            for dialect in ("sqlite", "postgresql")
        }
        Index(index.name, *[copy.c[one.name] for one in index.columns], **where)


_STORED: dict[type, Callable[[Any], object]] = {
    UUID: lambda value: value.hex,
    date: date.isoformat,
    datetime: lambda value: (
        value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    ),
}


def sqlite_value(value: object) -> object:
    """Return a value as SQLite stores it."""
    stored = _STORED.get(type(value))
    return value if stored is None else stored(value)
