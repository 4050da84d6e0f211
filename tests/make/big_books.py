"""A large ledger in little time: the very rows that the verbs would write, loaded by the owner.

Three years of one community: hours earned alone and in teams, redeemed, held and captured,
undone; each year but the last is closed. Seals, lots, days and balances are computed here, so that
the proof of the books has something to agree with.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any  # the values of a row, and a driver's cursor
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, insert, select, text
from sqlalchemy.orm import Session

from tests.make.big_load import load, unguarded
from tests.make.community import make_community, make_micro_grid
from tests.make.ledger import make_account
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.ledger.models import rows
from timebank.ledger.models.days import DAYS
from timebank.ledger.models.lots import LOTS
from timebank.ledger.models.periods import PERIODS
from timebank.ledger.models.tables import (
    ACCOUNTS,
    ENTRIES,
    HOLD_ENDS,
    HOLDS,
    seal_of,
)
from timebank.ledger.rules.values import (
    NO_LINKS,
    AccountKind,
    Asset,
    EntryDraft,
    HoldDraft,
    HoldOutcome,
    Links,
    Restriction,
    Side,
    Transfer,
)
from timebank.ledger.service import books as ledger_books

YEARS = 3
GRIDS = 12
CENTRES = 4
ENTRIES_PER_MEMBER = 250
BATCH = 20_000
_WORDS = ("陪同就医", "代买药品", "打扫楼道", "教用手机 📱", "理发", "陪聊")


@dataclass(frozen=True, slots=True)
class BigBooks:
    """What was built."""

    community_id: int
    book_id: int
    members: tuple[int, ...]
    entries: int
    transfers: int


@dataclass(slots=True)
class _Books:
    """The accounts on which the life is played."""

    actor: Actor
    book_id: int
    issuance: int
    centres: list[int]
    members: list[int]


@dataclass(slots=True)
class _Lot:
    """A lot as it is written in the end."""

    id: int
    account_id: int
    entry_id: UUID
    earned_on: date
    amount: int
    remaining: int

    def __lt__(self, other: "_Lot") -> bool:
        return (self.earned_on, self.id) < (other.earned_on, other.id)


def build(
    owner: Engine, *, transfers: int, members: int | None = None, seed: int = 1, code: str = "BIG"
) -> BigBooks:
    """Build a community with so many transfers, as the owner of the tables."""
    many = members or max(transfers // ENTRIES_PER_MEMBER, 10)
    with owner.connect() as connection:
        session = Session(connection)
        books = _open_books(session, many, code)
        session.commit()
        life = _Life(books, _Numbers.next_of(connection), Random(seed))
        connection.rollback()
        with unguarded(connection):
            for batch in life.play(transfers):
                load(connection, batch)
            load(connection, life.remains())
            _set_balances(connection, life)
        _close_years(Session(connection), books, life.first)
        connection.commit()
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))
    members_of = tuple(books.members)
    actor = books.actor
    return BigBooks(actor.community_id, books.book_id, members_of, life.entries, life.transfers)


def _open_books(session: Session, members: int, code: str) -> _Books:
    """Open the community with its grids, the book, and the accounts."""
    community_id = make_community(session, code=code, name="大社区").id
    for number in range(1, GRIDS + 1):
        make_micro_grid(session, community_id, number, number)
    book_id = ledger_books.ensure_book(
        session, community_id=community_id, code="timebank", name="时间银行"
    )
    issuance = make_account(session, book_id, "issuance", kind=AccountKind.OPEN, normal=Side.DEBIT)
    centres = [
        make_account(session, book_id, f"redeemed:{n}", kind=AccountKind.OPEN)
        for n in range(CENTRES)
    ]
    facts = {
        "community_id": community_id,
        "book_id": book_id,
        "asset": Asset.MINUTES.value,
        "kind": AccountKind.BOUNDED.value,
        "normal": Side.CREDIT.value,
        "floor": 0,
        "restriction": Restriction.OWN.value,
        "person_id": None,
        "project_id": None,
    }
    made = [{**facts, "code": f"member:{n}", "name": f"居民{n}"} for n in range(members)]
    session.execute(insert(ACCOUNTS), [{**row, "seal": seal_of(ACCOUNTS, row)} for row in made])
    chosen = select(ACCOUNTS.c.id).where(
        ACCOUNTS.c.book_id == book_id, ACCOUNTS.c.restriction.is_not(None)
    )
    ids = list(session.scalars(chosen.order_by(ACCOUNTS.c.id)))
    return _Books(program(community_id=community_id, name="大账"), book_id, issuance, centres, ids)


@dataclass(slots=True)
class _Numbers:
    """The numbers that the next rows get."""

    entry: int
    transfer: int
    lot: int
    use: int

    @staticmethod
    def next_of(connection: Connection) -> "_Numbers":
        """Return the numbers after the highest ones there are."""
        asked = (
            ("number", "ledger_entry"),
            *(("id", name) for name in ("ledger_transfer", "ledger_lot", "ledger_lot_use")),
        )
        found = [
            connection.execute(
                text(f"SELECT COALESCE(MAX({key}), 0) + 1 FROM {table}")
            ).scalar_one()
            for key, table in asked
        ]
        return _Numbers(*found)


class _Life:
    """Plays the years and yields rows by table; lots and days are known at the end."""

    def __init__(self, books: _Books, numbers: _Numbers, random: Random) -> None:
        """Play on these accounts."""
        self.books, self.numbers, self.random = books, numbers, random
        self.entries = self.transfers = 0
        self.posted: dict[int, int] = defaultdict(int)
        self.lots: list[_Lot] = []
        self.open: dict[int, list[_Lot]] = defaultdict(list)
        self.days: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0])
        self.vouchers: dict[date, int] = defaultdict(int)
        self.undoable: list[tuple[EntryDraft, dict[int, list[tuple[_Lot, int]]]]] = []
        self.rows: dict[str, list[Sequence[Any]]] = defaultdict(list)
        today = clock.today()
        self.first = date(today.year - YEARS, today.month, 1)
        self.seconds = int((today - self.first).days * 86_400)

    def play(self, transfers: int) -> Iterator[dict[str, list[Sequence[Any]]]]:
        """Yield rows until there are so many transfers."""
        began = clock.day_bounds(self.first)[0]
        while self.transfers < transfers:
            at = began + timedelta(
                seconds=self.seconds * self.transfers // transfers,
                microseconds=self.entries % 10**6,
            )
            self._happen(at)
            if len(self.rows["ledger_entry"]) >= BATCH:
                yield self._taken()
        yield self._taken()

    def _taken(self) -> dict[str, list[Sequence[Any]]]:
        taken, self.rows = self.rows, defaultdict(list)
        return taken

    def _happen(self, at: datetime) -> None:
        """Let one thing happen."""
        chance, member = self.random.random(), self.random.choice(self.books.members)
        if chance < 0.015 and self.undoable:
            self._undo(at)
        elif chance < 0.40 and self.posted[member] >= 30:
            self._redeem(at, member, is_held=chance < 0.06)
        else:
            together = {member}
            if chance > 0.97:
                together |= set(self.random.sample(self.books.members, 3))
            amount = 30 * self.random.randint(1, 8)
            lines = [Transfer(self.books.issuance, one, amount) for one in sorted(together)]
            self._post(at, "hours.earned", lines)

    def _redeem(self, at: datetime, member: int, *, is_held: bool) -> None:
        """Take minutes to a centre, from a hold or at once."""
        amount = min(self.posted[member], 30 * self.random.randint(1, 12))
        line = Transfer(member, self.random.choice(self.books.centres), amount)
        if not is_held:
            self._post(at, "care.redeemed", [line])
            return
        draft = HoldDraft(_id_at(at, self.random), member, amount, "预约", at + timedelta(days=3))
        self._keep(HOLDS, rows.hold(self.books.actor, draft, held_at=at))
        if self.random.random() < 0.3:
            end = rows.hold_end(
                self.books.actor, draft.id, HoldOutcome.RELEASED, ended_at=at, reason="改天"
            )
            self._keep(HOLD_ENDS, end)
        else:
            self._post(at, "care.redeemed", [line], Links(hold_id=draft.id))

    def _undo(self, at: datetime) -> None:
        """Reverse something recent, if it is not spent yet."""
        first, taken = self.undoable.pop(self.random.randrange(len(self.undoable)))
        lines = [Transfer(line.credit_id, line.debit_id, line.amount) for line in first.transfers]
        short = any(
            line.debit_id in self.open and self.posted[line.debit_id] < line.amount
            for line in lines
        )
        if not short:
            links = Links(reverses_id=first.id)
            self._post(at, f"{first.kind}.reversed", lines, links, given=taken)

    def _post(
        self,
        at: datetime,
        kind: str,
        lines: list[Transfer],
        links: Links = NO_LINKS,
        given: dict[int, list[tuple[_Lot, int]]] | None = None,
    ) -> None:
        """Write an entry with all that follows from it."""
        late = self.random.randint(1, 5) if self.random.random() < 0.05 else 0
        day = max(clock.day_of(at) - timedelta(days=late), self.first)
        draft = EntryDraft(
            id=_id_at(at, self.random),
            book_id=self.books.book_id,
            asset=Asset.MINUTES,
            kind=kind,
            effective_on=day,
            transfers=lines,
            memo=self.random.choice(_WORDS),
        )
        head = rows.header(self.books.actor, draft, links, recorded_at=at)
        self._keep(ENTRIES, {**head, "number": self.numbers.entry})
        self.numbers.entry += 1
        self.entries += 1
        if links.hold_id is not None:
            self._keep(HOLD_ENDS, _captured(head))
        self._number(draft)
        taken = {}
        for at_line, line in enumerate(lines, start=1):
            self._keep_line(draft, at_line, line)
        for account_id, net in self._nets(lines, day).items():
            self.posted[account_id] += net
            taken[account_id] = self._move(draft, account_id, net, links, given or {})
        if links is NO_LINKS and self.random.random() < 0.05:
            self.undoable = [*self.undoable[-400:], (draft, taken)]

    def _keep(self, table: Table, row: dict[str, Any]) -> None:
        self.rows[table.name].append([row[column.name] for column in table.columns])

    def _keep_line(self, draft: EntryDraft, at: int, line: Transfer) -> None:
        community_id, book_id = self.books.actor.community_id, self.books.book_id
        head = (self.numbers.transfer, community_id, book_id, draft.id, at, len(draft.transfers))
        row = (*head, draft.asset.value, line.debit_id, line.credit_id, line.amount)
        self.rows["ledger_transfer"].append(row)
        self.numbers.transfer += 1
        self.transfers += 1

    def _number(self, draft: EntryDraft) -> None:
        """Give an entry of a closed year its voucher."""
        if draft.effective_on > _closed_through(self.first):
            return
        month = draft.effective_on.replace(day=1)
        self.vouchers[month] += 1
        row = (draft.id, draft.book_id, month, self.vouchers[month])
        self.rows["ledger_voucher"].append(row)

    def _nets(self, lines: Iterable[Transfer], day: date) -> dict[int, int]:
        """Add to days, and return what each member's account gains."""
        nets: dict[int, int] = defaultdict(int)
        opened = {self.books.issuance, *self.books.centres}
        for line in lines:
            for side, account_id in enumerate((line.debit_id, line.credit_id)):
                if account_id in opened:
                    self.days[account_id, day][side] += line.amount
                else:
                    nets[account_id] += line.amount if side else -line.amount
        return nets

    def _move(
        self,
        draft: EntryDraft,
        account_id: int,
        net: int,
        links: Links,
        given: dict[int, list[tuple[_Lot, int]]],
    ) -> list[tuple[_Lot, int]]:
        """Move lots as the triggers do; return what was taken."""
        mine = self.open[account_id]
        if net > 0 and given.get(account_id):
            for lot, amount in sorted(given[account_id], key=lambda pair: pair[0].id):
                if not lot.remaining:
                    insort(mine, lot)
                self._use(draft, lot, -amount)
            return []
        if net > 0:
            lot = _Lot(self.numbers.lot, account_id, draft.id, draft.effective_on, net, net)
            self.numbers.lot += 1
            self.lots.append(lot)
            insort(mine, lot)
            return []
        own = next((lot for lot in mine if lot.entry_id == links.reverses_id), None)
        order = list(mine) if own is None else [own, *(lot for lot in mine if lot is not own)]
        return self._take(draft, order, -net, mine)

    def _take(
        self, draft: EntryDraft, order: Sequence[_Lot], need: int, mine: list[_Lot]
    ) -> list[tuple[_Lot, int]]:
        """Take from lots in their order."""
        taken = []
        for lot in order:
            part = min(lot.remaining, need)
            self._use(draft, lot, part)
            taken.append((lot, part))
            need -= part
            if not lot.remaining:
                mine.remove(lot)
            if not need:
                break
        return taken

    def _use(self, draft: EntryDraft, lot: _Lot, amount: int) -> None:
        lot.remaining -= amount
        self.rows["ledger_lot_use"].append((self.numbers.use, draft.id, lot.id, amount))
        self.numbers.use += 1

    def remains(self) -> dict[str, list[Sequence[Any]]]:
        """Return lots and days as they stand in the end."""
        lots: list[Sequence[Any]] = [
            (lot.id, lot.account_id, lot.entry_id, lot.earned_on, lot.amount, lot.remaining)
            for lot in self.lots
        ]
        days: list[Sequence[Any]] = [(*key, *sides) for key, sides in sorted(self.days.items())]
        return {LOTS.name: lots, DAYS.name: days}


def _id_at(at: datetime, random: Random) -> UUID:
    """Return a version 7 id of a moment."""
    value = (int(at.timestamp() * 1000) << 80) | random.getrandbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def _captured(head: dict[str, Any]) -> dict[str, Any]:
    """Return the end of a hold as the seal of its entry writes it."""
    return {
        "hold_id": head["hold_id"],
        "community_id": head["community_id"],
        "outcome": HoldOutcome.CAPTURED.value,
        "entry_id": head["id"],
        "reason": "",
        "ended_at": head["recorded_at"],
        "actor_user_id": head["actor_user_id"],
        "actor_name": "",
        "seal": head["seal"],
    }


def _closed_through(first: date) -> date:
    """Return the last day of the last closed year."""
    return date(first.year + YEARS - 1, first.month, 1) - timedelta(days=1)


def _set_balances(connection: Connection, life: _Life) -> None:
    """Set what is posted on the members' accounts."""
    own = [{"account": key, "posted": posted} for key, posted in life.posted.items()]
    changed = text("UPDATE ledger_balance SET posted = :posted WHERE account_id = :account")
    connection.execute(changed, own)


def _close_years(session: Session, books: _Books, first: date) -> None:
    """Close each year but the last; the database writes its balances."""
    for number in range(1, YEARS):
        through_on = date(first.year + number, first.month, 1) - timedelta(days=1)
        row: dict[str, object] = {
            "community_id": books.actor.community_id,
            "book_id": books.book_id,
            "number": number,
            "through_on": through_on,
            "closed_at": clock.now(),
            **rows.signature(books.actor),
        }
        session.execute(insert(PERIODS).values({**row, "seal": seal_of(PERIODS, row)}))
    session.commit()
