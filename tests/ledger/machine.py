"""What the property machine stands on: its books, how it asks, and what it compares."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from tests.ledger.plain_blocks import PlainChain
from tests.ledger.plain_books import PlainBooks
from tests.ledger.plain_values import Line, PlainAccount, PlainDraft
from tests.make.community import make_community, make_person
from tests.make.ledger import make_account
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import periods as period_queries
from timebank.ledger.rules.values import (
    AccountKind,
    Asset,
    EntryDraft,
    Restriction,
    Side,
    Transfer,
)
from timebank.ledger.service import books
from timebank.ledger.verify import proof

# Who acts.
NAME = "测试"
START = datetime(2026, 11, 18, 2, tzinfo=UTC)
# Of each book and asset: two accounts with lots, one with a floor below zero, one of debit, and
# two open ones, the last of which holds debts.
KINDS: tuple[tuple[str, int | None, Side, Restriction | None], ...] = (
    ("own", 0, Side.CREDIT, Restriction.OWN),
    ("team", 0, Side.CREDIT, Restriction.TEAM),
    ("overdraft", -20, Side.CREDIT, None),
    ("till", 0, Side.DEBIT, None),
    ("issuance", None, Side.DEBIT, None),
    ("debt", None, Side.DEBIT, None),
)
SIZE = len(KINDS)
BOOKS = (("JL", "one"), ("JL", "two"), ("QT", "one"))

# All that acts may move, in one statement for both engines; ids without their dashes.
_STATE = """
SELECT 'balance' AS what, account_id AS a, posted AS b, held AS c, '' AS x, '' AS y
FROM ledger_balance
UNION ALL
SELECT 'held', h.account_id, CAST(sum(h.amount) AS bigint), 0, '', '' FROM ledger_hold h
WHERE NOT EXISTS (SELECT 1 FROM ledger_hold_end e WHERE e.hold_id = h.id) GROUP BY h.account_id
UNION ALL
SELECT 'day', account_id, CAST(sum(debits) AS bigint), CAST(sum(credits) AS bigint),
  CAST(on_day AS text), '' FROM (
  SELECT account_id, on_day, debits, credits FROM ledger_day
  UNION ALL SELECT account_id, on_day, debits, credits FROM ledger_delta) AS v
GROUP BY account_id, on_day
UNION ALL
SELECT 'lot', account_id, amount, remaining, replace(CAST(entry_id AS text), '-', ''),
  CAST(earned_on AS text) FROM ledger_lot
UNION ALL
SELECT 'use', l.account_id, u.amount, 0, replace(CAST(u.entry_id AS text), '-', ''),
  replace(CAST(l.entry_id AS text), '-', '')
FROM ledger_lot_use u JOIN ledger_lot l ON l.id = u.lot_id
UNION ALL SELECT 'rows', count(*), 0, 0, 'entry', '' FROM ledger_entry
UNION ALL SELECT 'rows', count(*), 0, 0, 'transfer', '' FROM ledger_transfer
UNION ALL SELECT 'rows', count(*), 0, 0, 'hold', '' FROM ledger_hold
UNION ALL SELECT 'rows', count(*), 0, 0, 'end', '' FROM ledger_hold_end
UNION ALL SELECT 'rows', count(*), 0, 0, 'voucher', '' FROM ledger_voucher
UNION ALL SELECT 'rows', count(*), 0, 0, 'period', '' FROM ledger_period
UNION ALL SELECT 'rows', count(*), 0, 0, 'erasure', '' FROM ledger_erasure
UNION ALL SELECT 'rows', count(*), 0, 0, 'hold erasure', '' FROM ledger_hold_erasure
UNION ALL SELECT 'rows', count(*), 0, 0, 'block', '' FROM ledger_block
UNION ALL SELECT 'rows', count(*), 0, 0, 'leaf', '' FROM ledger_block_leaf
"""
# Rows that mix communities, or transfers of no sealed entry: there are none.
_MIXED = """
SELECT count(*) FROM ledger_transfer t
LEFT JOIN ledger_entry e ON e.id = t.entry_id
LEFT JOIN ledger_account d ON d.id = t.debit_id
LEFT JOIN ledger_account c ON c.id = t.credit_id
LEFT JOIN ledger_book b ON b.id = t.book_id
WHERE NOT (t.community_id = e.community_id AND t.community_id = d.community_id
  AND t.community_id = c.community_id AND t.community_id = b.community_id
  AND t.book_id = d.book_id AND t.book_id = c.book_id AND t.book_id = e.book_id)
  OR e.id IS NULL OR d.id IS NULL OR c.id IS NULL OR b.id IS NULL
"""
_VOUCHERS = """
SELECT replace(CAST(entry_id AS text), '-', ''), CAST(month AS text), number FROM ledger_voucher
"""
_CHECKPOINTS = """
SELECT account_id, CAST(through_on AS text), posted FROM ledger_checkpoint ORDER BY 1, 2
"""

State = set[tuple[object, ...]]


class PowerCutError(Exception):
    """The program ends here, in the middle of an act."""


@dataclass(frozen=True)
class World:
    """The books of two communities, opened once for all runs of the machine."""

    session: Session
    actors: dict[int, Actor]
    book_ids: tuple[int, ...]
    # The accounts, group by group: a group is a book and an asset.
    spots: tuple[int, ...]
    accounts: dict[int, dict[str, Any]]
    # Whose the first account of each group is.
    persons: dict[int, int]

    @cached_property
    def at(self) -> dict[int, int]:
        """Where each account lies among the spots."""
        return {key: at for at, key in enumerate(self.spots)}

    @property
    def is_postgresql(self) -> bool:
        return self.session.get_bind().dialect.name == "postgresql"

    def plain(self) -> PlainBooks:
        """The same books, plain and empty."""
        made = {}
        for key, facts in self.accounts.items():
            made[key] = PlainAccount(**facts)
            if facts["lots"] is not None:
                made[key].lots = []
        return PlainBooks(made)


def open_world(session: Session) -> World:
    """Open the books that the machine plays with."""
    communities = {code: make_community(session, code=code).id for code in ("JL", "QT")}
    accounts: dict[int, dict[str, Any]] = {}
    persons: dict[int, int] = {}
    book_ids: list[int] = []
    for code, name in BOOKS:
        community_id = communities[code]
        book_id = books.ensure_book(session, community_id=community_id, code=name, name=name)
        book_ids.append(book_id)
        for asset in Asset:
            person_id = make_person(session, community_id=community_id).id
            for kind, floor, normal, restriction in KINDS:
                key = make_account(
                    session,
                    book_id,
                    f"{asset}:{kind}",
                    asset=asset,
                    kind=AccountKind.OPEN if floor is None else AccountKind.BOUNDED,
                    normal=normal,
                    floor=floor or 0,
                    restriction=restriction,
                    person_id=person_id if kind == "own" else None,
                )
                persons |= {key: person_id} if kind == "own" else {}
                accounts[key] = {
                    "community": community_id,
                    "book": book_id,
                    "asset": asset.value,
                    "debit_sign": 1 if normal == Side.DEBIT else -1,
                    "floor": floor,
                    "lots": None if restriction is None else [],
                }
    actors = {key: program(community_id=key, name=NAME) for key in communities.values()}
    return World(session, actors, tuple(book_ids), tuple(accounts), accounts, persons)


class BooksMachine:
    """A run of acts on the world, which is as before when the run is over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.session = world.session
        self.plain = world.plain()
        self.now = START
        self.chains = {key: PlainChain(key) for key in world.actors}
        self.dice = random.Random(0)
        # After how many statements of the next act the power is cut, if it is.
        self.cut_after: int | None = None
        self.numbers: dict[UUID, int] = {}
        self.said = 0

    def word(self) -> str:
        """A word that nobody has said before and that is in no other."""
        self.said += 1
        return f"第{self.said}句。"

    def new_id(self) -> UUID:
        """An id that is the same whenever the same acts are done."""
        return UUID(int=self.dice.getrandbits(128), version=4)

    def entry(self, at: int) -> UUID | None:
        """The entry found by counting round all there are."""
        return _round(list(self.plain.entries), at)

    def a_hold(self, at: int) -> UUID | None:
        """The hold found in the same way."""
        return _round(list(self.plain.holds), at)

    @property
    def today(self) -> date:
        return clock.day_of(self.now)

    def group_of(self, account: int) -> int:
        return self.world.at[account] // SIZE

    def spot(self, group: int, at: int) -> int:
        return self.world.spots[group * SIZE + at]

    def actor_of(self, account: int) -> Actor:
        return self.world.actors[self.plain.accounts[account].community]

    def plain_draft(self, book: int, lines: list[Line], *, days_ago: int = 0) -> PlainDraft:
        """What the community of the first account would post into a book."""
        community = self.plain.accounts[lines[0][0]].community
        day = self.today - timedelta(days=days_ago)
        return PlainDraft(community, book, day, lines, (self.word(), self.word(), ""))

    def draft(self, entry_id: UUID, plain: PlainDraft) -> EntryDraft:
        """The same draft as the ledger takes it, in the asset of its first account."""
        asset = Asset(self.plain.accounts[plain.lines[0][0]].asset)
        transfers = [Transfer(*line) for line in plain.lines]
        memo, document, reason = plain.words
        return EntryDraft(
            entry_id, plain.book, asset, "test", plain.day, transfers, memo, document, reason
        )

    def answer(self, act: Callable[[], object]) -> str | None:
        """The code with which an act is refused, if it is."""
        with clock.fixed_at(self.now):
            try:
                act()
            except DomainError as error:
                return error.code
        return None

    def is_done(
        self, plain: Callable[[], str | set[str | None] | None], real: Callable[[], object]
    ) -> bool:
        """Whether both books did it; they answer alike, unless the power is cut in the middle."""
        if self.cut_after is not None:
            self._cut(real)
            return False
        expected = plain()
        found = self.answer(real)
        wanted = expected if isinstance(expected, set) else {expected}
        assert found in wanted, f"answered {found}, should be {expected}"
        return found is None

    def _cut(self, act: Callable[[], object]) -> None:
        """Let an act die after some statements, or before its commit; nothing of it stays."""
        assert self.cut_after is not None
        savepoint = self.session.begin_nested()
        try:
            with _power_cut(self.session.connection(), self.cut_after):
                self.answer(act)
        except PowerCutError:
            pass
        savepoint.rollback()
        self.cut_after = None

    def check(self) -> None:
        """After every act: what the books say is what the plain books say, and it adds up."""
        found = self._state()
        expected = self._plain_state()
        assert found == expected, {"more": found - expected, "less": expected - found}
        self._check_sums(found)

    def _state(self) -> State:
        rows = self.session.connection().exec_driver_sql(_STATE)
        return {tuple(row) for row in rows}

    def _plain_state(self) -> State:
        """What the database should say, from the plain books."""
        state: State = set()
        held: dict[int, int] = {}
        for hold in self.plain.holds.values():
            if hold.is_open:
                held[hold.account] = held.get(hold.account, 0) + hold.amount
        state |= {("held", key, amount, 0, "", "") for key, amount in held.items()}
        for key, owner in self.plain.accounts.items():
            if owner.floor is None:
                for day, (debits, credits_) in owner.days.items():
                    state.add(("day", key, debits, credits_, day.isoformat(), ""))
                continue
            state.add(("balance", key, owner.posted, owner.held, "", ""))
            for lot in owner.lots or ():
                by = lot.entry.hex
                state.add(("lot", key, lot.amount, lot.left, by, lot.day.isoformat()))
                state |= {("use", key, n, 0, use.hex, by) for use, n in lot.uses.items()}
        state |= {("rows", count, 0, 0, name, "") for name, count in self._plain_counts().items()}
        return state

    def _plain_counts(self) -> dict[str, int]:
        entries = self.plain.entries.values()
        return {
            "entry": len(entries),
            "transfer": sum(len(one.draft.lines) for one in entries),
            "hold": len(self.plain.holds),
            "end": sum(not one.is_open for one in self.plain.holds.values()),
            "voucher": sum(one.voucher is not None for one in entries),
            "period": sum(map(len, self.plain.periods.values())),
            "erasure": sum(one.is_erased for one in entries),
            "hold erasure": sum(one.is_erased for one in self.plain.holds.values()),
            "block": sum(len(one.blocks) for one in self.chains.values()),
            "leaf": sum(len(one.sealed()) for one in self.chains.values()),
        }

    def _check_sums(self, state: State) -> None:
        """Debits are credits in each book and asset; nothing is below its floor; lots add up."""
        debits: dict[int, int] = dict.fromkeys(range(len(self.world.spots) // SIZE), 0)
        lots: dict[int, int] = {}
        posted: dict[int, int] = {}
        for what, key, one, two, *_ in state:
            assert isinstance(key, int)
            assert isinstance(one, int)
            assert isinstance(two, int)
            if what == "day":
                debits[self.group_of(key)] += one - two
            elif what == "balance":
                owner = self.plain.accounts[key]
                debits[self.group_of(key)] += owner.debit_sign * one
                posted[key] = one
                assert owner.floor is not None
                assert one - two >= owner.floor
                assert two >= 0
            elif what == "lot":
                lots[key] = lots.get(key, 0) + two
        assert not any(debits.values())
        assert all(
            posted[key] == lots.get(key, 0)
            for key, owner in self.plain.accounts.items()
            if owner.lots is not None
        )

    def check_all(self) -> None:
        """What is asked once, at the end of a run."""
        connection = self.session.connection()
        if self.world.is_postgresql:
            connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        assert connection.execute(text(_MIXED)).scalar_one() == 0
        assert list(proof.findings(self.session)) == []
        assert proof.rebuild(self.session) == 0
        assert self._state() == self._plain_state()
        self.check_closed_periods()
        for closed in self.plain.periods.values():
            through, kept = next(iter(closed.items()))
            assert period_queries.balances_on(self.session, list(kept), through) == kept

    def check_closed_periods(self) -> None:
        """Vouchers are those of the plain books; closed balances are as they were when closed."""
        found = {tuple(row) for row in self.session.connection().exec_driver_sql(_VOUCHERS)}
        expected = {
            (key.hex, one.voucher[0].isoformat(), one.voucher[1])
            for key, one in self.plain.entries.items()
            if one.voucher is not None
        }
        assert found == expected
        kept_on: dict[int, list[tuple[str, int]]] = {}
        for key, day, posted in self.session.connection().exec_driver_sql(_CHECKPOINTS):
            kept_on.setdefault(key, []).append((day, posted))
        for closed in self.plain.periods.values():
            for through, kept in closed.items():
                last = {
                    key: [n for day, n in kept_on.get(key, ()) if day <= through.isoformat()]
                    for key in kept
                }
                assert {key: days[-1] if days else 0 for key, days in last.items()} == kept


@contextmanager
def _power_cut(connection: Connection, after: int) -> Iterator[None]:
    """End the program when it asks for one statement more than so many."""
    left = after

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == -1:  # once: what cleans up may go on asking
            raise PowerCutError

    event.listen(connection, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", count)


def _round(keys: Sequence[UUID], at: int) -> UUID | None:
    return keys[at % len(keys)] if keys else None
