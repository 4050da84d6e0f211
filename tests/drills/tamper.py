"""The owner edits sealed history with every guard off: each edit is named by the proofs.

python -m tests.drills.tamper --engine sqlite|postgresql --edits 10000 --seed 1

With ``--all`` also rows that no seal has are edited (accounts, holds, vouchers): what is taken out
of them without a trace shows as a difference of sums, not by its own name.
"""

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Executable, Table, Uuid, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from tests.make import real
from tests.make.ledger import SmallBank, draft_of, earn, make_bank, spend
from tests.make.rude import unguarded
from timebank.kernel import clock, ids
from timebank.kernel.db import Base, db, transaction
from timebank.kernel.finding import Finding
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS, ERASURES
from timebank.ledger.models.guard import SEALED_TABLES
from timebank.ledger.models.periods import PERIODS
from timebank.ledger.models.tables import BOOKS, ENTRIES, TRANSFERS
from timebank.ledger.queries import seals
from timebank.ledger.rules import kept
from timebank.ledger.service import erasing, holds, periods, posting, sealing
from timebank.ledger.verify import proof

BATCH = 40
# What a proof once found follows from nothing that is left.
TABLES = tuple(Base.metadata.tables[name] for name in SEALED_TABLES if name != "ledger_proof")
# What follows from the seals, row by row.
HISTORY = (BOOKS, ENTRIES, TRANSFERS, PERIODS, ERASURES, BLOCKS, BLOCK_LEAVES)
# Numbers that the database gave: no seal has them; the order of entries is kept by their places in
# blocks, that of lines by their numbers.
SILENT = {"ledger_block.id", "ledger_entry.number", "ledger_period.id", "ledger_transfer.id"}
Row = dict[str, Any]
Names = tuple[str, ...]  # patterns, any of which tells a row
_FIRST = {"previous_head": b"\x01" * 32, "restriction": "own", "floor": 0}


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done, in which rows of which table, and by which ids those may be named."""

    kind: str
    table: str
    families: frozenset[object]
    statements: tuple[Executable, ...]
    names: tuple[Names, ...]


@dataclass(slots=True)
class Score:
    """How many edits were made and named, and of which kinds some were missed."""

    made: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.made.total()

    @property
    def found(self) -> int:
        return self.total - self.missed.total()


def furnish(session: Session, count: int = 240) -> SmallBank:
    """Make books with everything that is sealed: holds, reversals, periods, blocks, erasures."""
    bank = make_bank(session)
    today = clock.today()
    for number in range(count):
        member = bank.members[number % 3]
        if number % 4 < 3:
            line = (bank.issuance, member, 10 + number % 7)
            day = today - timedelta(days=60 - number % 50)
            draft = draft_of(bank.book_id, line, memo=f"第 {number} 次", effective_on=day)
            entry_id = posting.post(session, actor=bank.actor, draft=draft).id
            if number % 20 == 1:
                _reverse(session, bank, entry_id)
        else:
            spend(session, bank, 3, member=number % 3)
        if number % 12 == 11:
            _hold(session, bank, number)
        if number % 30 == 29:
            sealing.seal_entries(session, actor=bank.actor)
    for days in (45, 20):
        through_on = today - timedelta(days=days)
        periods.close_period(session, actor=bank.actor, book_id=bank.book_id, through_on=through_on)
    earn(session, bank, 5)
    sealing.seal_entries(session, actor=bank.actor)
    entries = session.scalars(select(ENTRIES.c.id)).all()
    erasing.erase_words(session, actor=bank.actor, entry_ids=entries[:12], ground="本人要求")
    return bank


def _reverse(session: Session, bank: SmallBank, entry_id: UUID) -> None:
    posting.reverse(
        session,
        actor=bank.actor,
        entry_id=entry_id,
        reversal_id=ids.new_id(),
        reason="记错了",
        debt_account_id=bank.debt,
    )


def _hold(session: Session, bank: SmallBank, number: int) -> None:
    """Set minutes aside: some are captured, some released, some stay."""
    hold_id, member = ids.new_id(), bank.members[number % 3]
    holds.hold(session, actor=bank.actor, hold_id=hold_id, account_id=member, amount=2, memo="约")
    if number % 36 == 11:
        draft = draft_of(bank.book_id, (member, bank.redeemed, 2), kind="care.redeemed")
        holds.capture(session, actor=bank.actor, hold_id=hold_id, draft=draft)
    elif number % 36 == 23:
        holds.release(session, actor=bank.actor, hold_id=hold_id, reason="不来了")


class Hand:
    """A hand that edits: chooses rows, columns and plausible values."""

    def __init__(self, rows: dict[str, list[Row]], tables: Sequence[Table], seed: int) -> None:
        """Know the rows as they are, and which tables to touch."""
        self.rows = rows
        self.tables = [one for one in tables if rows[one.name]]
        self.dice = random.Random(seed)

    def edit(self) -> Edit | None:
        """Return one edit, or None where this one would change nothing."""
        table = self.dice.choice(self.tables)
        row = self.dice.choice(self.rows[table.name])
        ways = (self._change, self._delete, self._insert, self._swap)
        return self.dice.choices(ways, (70, 12, 8, 10))[0](table, row)

    def _change(self, table: Table, row: Row) -> Edit | None:
        name = self.dice.choice([one for one in table.columns if str(one) not in SILENT]).name
        return self._set(
            f"{name} changed", table, [(row, name, self._other(table, name, row[name]))]
        )

    def _swap(self, table: Table, row: Row) -> Edit | None:
        # Behind the first head that does not follow, no header can be judged by itself.
        other = row if table is BLOCKS else self.dice.choice(self.rows[table.name])
        unkeyed = [one for one in table.columns if not one.primary_key and not one.unique]
        name = self.dice.choice(unkeyed).name
        changes = [(row, name, other[name]), (other, name, row[name])]
        return self._set(f"{name} swapped", table, changes)

    def _set(self, kind: str, table: Table, changes: Sequence[tuple[Row, str, Any]]) -> Edit | None:
        """Return the edit that sets values; a row is named by what it was or by what it became."""
        if any(row[name] == value for row, name, value in changes):
            return None
        statements = [
            update(table).where(*_key(table, row)).values({name: value})
            for row, name, value in changes
        ]
        names = [_names(table, row) + _names(table, {**row, name: value})
                 for row, name, value in changes]  # fmt: skip
        rows = [row for row, _, _ in changes]
        became = [{**row, name: value} for row, name, value in changes]
        return _edit(kind, table, rows + became, statements, names)

    def _delete(self, table: Table, row: Row) -> Edit:
        statement = delete(table).where(*_key(table, row))
        return _edit("row deleted", table, [row], [statement], [_names(table, row)])

    def _insert(self, table: Table, row: Row) -> Edit:
        """Return the edit that adds a row like another under a key of its own."""
        keys = {one.name for one in table.primary_key.columns}
        copy = {**row, **{name: self._fresh(row[name]) for name in keys}}
        for name in {"line", "position", "number"} & copy.keys() - keys:
            copy[name] += self.dice.randint(1, 400)
        if table.name == "ledger_entry":
            copy |= {"id": ids.new_id(), "reverses_id": None, "hold_id": None}
        statement = insert(table).values(copy)
        return _edit("row inserted", table, [copy], [statement], [_names(table, copy)])

    def _fresh(self, key: UUID | int) -> UUID | int:
        return ids.new_id() if isinstance(key, UUID) else key + self.dice.randint(10_000, 99_999)

    def _other(self, table: Table, name: str, value: Any) -> Any:
        """Return another plausible value of a column."""
        column, dice = table.columns[name], self.dice
        known = sorted({row[name] for row in self.rows[table.name]} - {value, None})
        if column.nullable and value is not None and dice.random() < 0.3:
            return None
        if isinstance(column.type, Uuid):
            return ids.new_id() if not known or dice.random() < 0.4 else dice.choice(known)
        if value is None or isinstance(value, str):
            return dice.choice([*known, _FIRST.get(name, 1) if value is None else f"{value}改"])
        return self._near(value)

    def _near(self, value: Any) -> Any:
        """Return a value close to another."""
        dice = self.dice
        if isinstance(value, bytes):
            at = dice.randrange(len(value) or 1)
            return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] if value else bytes(16)
        if isinstance(value, datetime | date):
            return value + timedelta(days=dice.choice((-400, -31, -1, 1, 30)))
        return value + dice.choice((-1, 1, 2, 60))


def _edit(
    kind: str,
    table: Table,
    rows: Sequence[Row],
    statements: Sequence[Executable],
    names: Sequence[Names],
) -> Edit:
    families = frozenset(one for row in rows for one in _families(table, row))
    return Edit(f"{table.name}: {kind}", table.name, families, tuple(statements), tuple(names))


def _key(table: Table, row: Row) -> list[Any]:
    return [column == row[column.name] for column in table.primary_key.columns]


def _families(table: Table, row: Row) -> set[object]:
    """Return what is edited once in a batch; of a leaf also its place, which another may take."""
    if table is BLOCK_LEAVES:
        return {_family(table, row), (row["block_number"], row["position"])}
    return {_family(table, row)}


def _family(table: Table, row: Row) -> object:
    """Return what is edited once in a batch: an entry with what hangs on it, a hold, a block."""
    if table.name in {"ledger_book", "ledger_block", "ledger_period"}:
        return table.name
    if table.name == "ledger_hold_end":
        return row["entry_id"] or row["hold_id"]
    return row.get("entry_id") or row["id"]


def _names(table: Table, row: Row) -> Names:
    """Return patterns of the names of a row: by its key, or by its place."""
    places = {
        "ledger_transfer": (r"\bid {id}\b", r"{entry_id}"),
        "ledger_entry": (r"{id}", r"\bnumber {number}\b"),
        "ledger_block": (r"\bnumber {number}\b",),
        "ledger_period": (r"\bnumber {number}\b", r"\bid {id}\b", r"{through_on}"),
        "ledger_block_leaf": (r"{entry_id}", r"\bblock {block_number}, position {position}\b"),
    }
    (key,) = table.primary_key.columns
    ways = places.get(table.name, (rf"\b{{{key.name}}}\b",))
    return tuple(one.format_map(row) for one in ways)


def is_named(edit: Edit, found: Sequence[Finding]) -> bool:
    """Whether every edited row is named; a transfer also by the entry whose seal it breaks."""
    tables = {edit.table, "ledger_entry"} if edit.table == "ledger_transfer" else {edit.table}
    rows = [one.row for one in found if one.table in tables]
    return all(any(re.search(way, row) for way in names for row in rows) for names in edit.names)


def plan(hand: Hand, count: int) -> Iterator[list[Edit]]:
    """Yield batches of edits of which no two touch the same thing."""
    while count > 0:
        batch: list[Edit] = []
        taken: set[object] = set()
        while len(batch) < min(BATCH, count):
            edit = hand.edit()
            if edit is not None and not edit.families & taken:
                taken |= edit.families
                batch.append(edit)
        count -= len(batch)
        yield batch


def judge(owner: Engine, batch: Sequence[Edit], score: Score) -> None:
    """Make the edits of a batch, prove the books, note what was missed, undo everything."""
    try:
        made, found = _tried(owner, batch)
    except Exception:  # noqa: BLE001 - whatever a proof falls over
        # A proof that falls over names nothing: which edit it was is seen one by one.
        if len(batch) != 1:
            for edit in batch:
                judge(owner, [edit], score)
            return
        made, found = list(batch), []
        score.crashed[batch[0].kind] += 1
    for edit in made:
        score.made[edit.kind] += 1
        if not is_named(edit, found):
            score.missed[edit.kind] += 1


def _tried(owner: Engine, batch: Sequence[Edit]) -> tuple[list[Edit], list[Finding]]:
    """Return which edits could be made and what the proofs find after them."""
    with unguarded(owner) as connection:
        made = [edit for edit in batch if _is_made(connection, edit)]
        session = Session(connection)
        return made, list(proof.findings(session))


def _is_made(connection: Connection, edit: Edit) -> bool:
    """Make an edit; one that keys or checks refuse even now is none."""
    try:
        with connection.begin_nested():
            for statement in edit.statements:
                connection.execute(statement)
    except (DBAPIError, StatementError):
        return False
    return True


def cut(owner: Engine, score: Score) -> None:
    """Cut off the end of history so that nothing hangs loose; the kept list must miss it."""
    kind = "ledger_block: history cut off (kept list)"
    leaf, block = BLOCK_LEAVES.c, BLOCKS.c
    with unguarded(owner) as connection:
        session = Session(connection)
        community_id = session.scalars(select(block.community_id)).first() or 0
        known = [kept.line_of("JL", one) for one in seals.chain(session, community_id)]
        for last in range(len(known) - 1, 0, -1):
            connection.execute(delete(BLOCK_LEAVES).where(leaf.block_number > last))
            connection.execute(delete(BLOCKS).where(block.number > last))
            chain = seals.chain(session, community_id)
            left = {one.number: kept.line_of("JL", one) for one in chain}
            lost = kept.first_differences(kept.read_lines(known), {"JL": left})
            score.made[kind] += 1
            score.missed[kind] += [one.kept.number for one in lost] != [last + 1]


def run(engine_name: str, *, edits: int, seed: int = 1, tables: Sequence[Table] = HISTORY) -> Score:
    """Furnish books, edit them in batches, and count."""
    score = Score()
    with real.real_app(engine_name) as app:
        with app.app_context():
            transaction(furnish)
            db.session.remove()
        owner = real.owner_engine(app)
        assert _tried(owner, [])[1] == []
        with owner.connect() as connection:
            rows = {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in TABLES
            }
        hand = Hand(rows, tables, seed)
        while score.total < edits:
            for batch in plan(hand, min(BATCH, edits - score.total)):
                judge(owner, batch, score)
        cut(owner, score)
        owner.dispose()
    return score


def main() -> int:
    """Run the drill and say what was found and what was missed; 0 when nothing was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=real.ENGINES, default="sqlite")
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="also what no seal has")
    asked = parser.parse_args()
    tables = TABLES if asked.all else HISTORY
    score = run(asked.engine, edits=asked.edits, seed=asked.seed, tables=tables)
    print(f"{asked.engine}: {score.found} of {score.total} edits named")
    for kind, missed in sorted((+score.missed).items()):
        crashed = f", {score.crashed[kind]} fell over" if score.crashed[kind] else ""
        print(f"  {kind}: {missed} of {score.made[kind]} missed{crashed}")
    return 1 if +score.missed else 0


if __name__ == "__main__":
    sys.exit(main())
