"""The field of the attacks: lived-in books, rows written by hand, and every row of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.community import make_community
from tests.make.ledger import SmallBank, draft_of, earn, make_account, make_bank, spend
from timebank.kernel import clock, ids
from timebank.kernel.db import Base, make_engine
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS, ERASURES, PROOFS
from timebank.ledger.models.hold_erasures import HOLD_ERASURES
from timebank.ledger.models.tables import ENTRIES, HOLD_ENDS, HOLDS, TRANSFERS
from timebank.ledger.rules.values import AccountKind, Asset, Restriction, Side
from timebank.ledger.service import books, freezing, holds, periods, posting

TODAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
HOUR_LATER = datetime(2026, 11, 18, 5, tzinfo=UTC)
CLOSED_ON, CLOSED_THROUGH = date(2026, 10, 20), date(2026, 10, 31)
CLOSED_AT = datetime(2026, 11, 2, 4, tzinfo=UTC)

Row = dict[str, Any]
Figures = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What lies in the books before an attack, by name."""

    october: UUID
    first: UUID
    reversed: UUID
    reversal: UUID
    erased: UUID
    capture: UUID
    open_hold: UUID
    captured_hold: UUID
    released_hold: UUID
    other_book: int
    cash: int
    fund: int
    till: int
    frozen: int
    other: SmallBank
    other_hold: UUID
    other_entry: UUID
    seals: dict[UUID, bytes]


@dataclass(frozen=True)
class Field:
    """Lived-in books on one engine, and who attacks them."""

    real: RealBank
    scene: Scene
    wasted: list[str] = field(default_factory=list)

    @property
    def is_waste(self) -> bool:
        """Whether an attack came through, so that the books are of no use any more."""
        return bool(self.wasted)

    @property
    def bank(self) -> SmallBank:
        """The bank that is attacked."""
        return self.real.bank

    @property
    def is_sqlite(self) -> bool:
        """Whether these books are kept by SQLite."""
        return self.real.name == "sqlite"

    @cached_property
    def app(self) -> Engine:
        """An engine as the application's role; on SQLite there is but one."""
        return make_engine(self.real.app.config["SQLALCHEMY_DATABASE_URI"])

    def engine(self, who: str) -> Engine:
        """The engine of the owner or of the application."""
        return self.real.owner if who == "owner" else self.app

    def header(self, entry_id: UUID, **changed: object) -> Row:
        """A header row written by hand."""
        row: Row = {
            "id": entry_id,
            "community_id": self.bank.community_id,
            "book_id": self.bank.book_id,
            "asset": "MIN",
            "lines": 1,
            "kind": "by.hand",
            "effective_on": TODAY,
            "lots_on": None,
            "recorded_at": NOON,
            "actor_user_id": None,
            "reverses_id": None,
            "hold_id": None,
            "debt_account_id": None,
            "actor_name": "手写",
            "memo": "",
            "document": "",
            "reason": "",
            "salt": b"s" * 16,
            "words_hash": b"w" * 32,
            "seal": b"s" * 32,
        }
        return row | changed

    def line(self, entry_id: UUID, **changed: object) -> Row:
        """A transfer row written by hand: 10 minutes from issuance to member 1."""
        row: Row = {
            "community_id": self.bank.community_id,
            "book_id": self.bank.book_id,
            "entry_id": entry_id,
            "line": 1,
            "lines": 1,
            "asset": "MIN",
            "debit_id": self.bank.issuance,
            "credit_id": self.bank.members[0],
            "amount": 10,
        }
        return row | changed

    def hold(self, **changed: object) -> Row:
        """A hold row written by hand: 5 minutes of member 1."""
        row: Row = {
            "id": ids.new_id(),
            "community_id": self.bank.community_id,
            "account_id": self.bank.members[0],
            "amount": 5,
            "memo": "",
            "held_at": NOON,
            "expires_at": None,
            "actor_user_id": None,
            "actor_name": "手写",
            "seal": b"s" * 32,
        }
        return row | changed

    def end(self, **changed: object) -> Row:
        """A row written by hand that releases the open hold."""
        row: Row = {
            "hold_id": self.scene.open_hold,
            "community_id": self.bank.community_id,
            "outcome": "released",
            "entry_id": None,
            "reason": "",
            "ended_at": NOON,
            "actor_user_id": None,
            "actor_name": "手写",
            "seal": b"s" * 32,
        }
        return row | changed

    def period(self, **changed: object) -> Row:
        """A row written by hand that closes the next day of the book."""
        row: Row = {
            "community_id": self.bank.community_id,
            "book_id": self.bank.book_id,
            "number": 2,
            "through_on": date(2026, 11, 1),
            "closed_at": NOON,
            "actor_user_id": None,
            "actor_name": "手写",
            "seal": b"s" * 32,
        }
        return row | changed

    def leaf(self, **changed: object) -> Row:
        """A leaf written by hand: the first entry, first in block 2."""
        row: Row = {
            "entry_id": self.scene.first,
            "community_id": self.bank.community_id,
            "block_number": 2,
            "position": 0,
            "leaf": self.seal(self.scene.first),
        }
        return row | changed

    def block(self, **changed: object) -> Row:
        """A block written by hand: number 2 with one leaf."""
        row: Row = {
            "community_id": self.bank.community_id,
            "number": 2,
            "leaves": 1,
            "root": b"r" * 32,
            "previous_head": b"h" * 32,
            "head": b"i" * 32,
            "sealed_at": NOON,
        }
        return row | changed

    def seal(self, entry_id: UUID) -> bytes:
        """The seal of an entry of the scene."""
        return self.scene.seals[entry_id]

    def figures(self) -> Figures:
        """Every row of the ledger."""
        tables = [one for one in Base.metadata.sorted_tables if one.name.startswith("ledger_")]
        with self.real.owner.connect() as connection:
            return {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(table.select())), key=repr
                )
                for table in tables
            }

    def drifts(self) -> list[object]:
        """What the proof finds in figures; seals and blocks are written by hand here."""
        by_hand = ("seal ", "words_hash ")
        return [
            one
            for one in self.real.findings()
            if "block" not in one.table and not one.is_value.startswith(by_hand)
        ]


def post(connection: Connection, head: Row, *lines: Row) -> None:
    """Write an entry by hand in the right order."""
    for line in lines:
        connection.execute(insert(TRANSFERS).values(line))
    connection.execute(insert(ENTRIES).values(head))


def raw(connection: Connection, table: Table, row: Mapping[str, Any], *, clause: str = "") -> None:
    """Insert values as they stand, past every type of the models."""
    plain = {
        name: value.hex
        if isinstance(value, UUID) and connection.dialect.name == "sqlite"
        else value
        for name, value in row.items()
    }
    if connection.dialect.name == "sqlite":
        plain = {name: _text(value) for name, value in plain.items()}
    names, values = ", ".join(plain), ", ".join(f":{name}" for name in plain)
    connection.execute(
        text(f"INSERT {clause} INTO {table.name} ({names}) VALUES ({values})"), plain
    )


def _text(value: object) -> object:
    """A moment or day as SQLite keeps it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def settle(real: RealBank) -> Field:
    """Live in the books: entries, holds, a reversal, erasures, freezes, a period, a block."""

    def work(session: Session) -> Scene:
        with clock.fixed_at(CLOSED_AT):
            october = _october(session, real.bank)
        with clock.fixed_at(NOON):
            return _november(session, real.bank, october)

    return Field(real, real.write(work))


def _october(session: Session, bank: SmallBank) -> UUID:
    line = (bank.issuance, bank.members[2], 7)
    draft = draft_of(bank.book_id, line, effective_on=CLOSED_ON)
    posted = posting.post(session, actor=bank.actor, draft=draft)
    periods.close_period(session, actor=bank.actor, book_id=bank.book_id, through_on=CLOSED_THROUGH)
    return posted.id


def _november(session: Session, bank: SmallBank, october: UUID) -> Scene:
    first, undone, erased = (earn(session, bank, amount) for amount in (40, 20, 3))
    reversal, capture = ids.new_id(), ids.new_id()
    posting.reverse(session, actor=bank.actor, entry_id=undone, reversal_id=reversal, reason="记错")
    spend(session, bank, 5, member=1)
    open_hold, captured, released = (_hold(session, bank, bank.members[1]) for _ in range(3))
    line = (bank.members[1], bank.redeemed, 8)
    draft = draft_of(bank.book_id, line, entry_id=capture, kind="care.redeemed")
    holds.capture(session, actor=bank.actor, hold_id=captured, draft=draft)
    holds.release(session, actor=bank.actor, hold_id=released, reason="改天")
    row = rows.erasure(bank.actor, erased, erased_at=NOON, ground="本人要求")
    session.execute(insert(ERASURES).values(row))
    _erase_hold(session, bank, released)
    proof = {"community_id": bank.community_id, "proved_at": NOON, "entries": 9, "wrong": 0}
    session.execute(insert(PROOFS).values(proof | {"findings": []}))
    _block(session, bank, october)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.ledger_fold(4)))
    owners = books.ensure_book(
        session, community_id=bank.community_id, code="owners", name="业主共有"
    )
    money = {"asset": Asset.YUAN, "normal": Side.DEBIT}
    other = make_bank(session, community_id=make_community(session, code="BG", name="别处").id)
    return Scene(
        *(october, first, undone, reversal, erased, capture, open_hold, captured, released),
        other_book=owners,
        cash=make_account(session, owners, "cash:1", **money),  # type: ignore[arg-type]  # typed above
        fund=make_account(session, owners, "fund:1", asset=Asset.YUAN, kind=AccountKind.OPEN),
        till=make_account(session, bank.book_id, "till", asset=Asset.YUAN, kind=AccountKind.OPEN),
        frozen=_frozen(session, bank),
        other=other,
        other_entry=earn(session, other, 60),
        other_hold=_hold(session, other, other.members[0]),
        seals={row.id: row.seal for row in session.execute(select(ENTRIES.c.id, ENTRIES.c.seal))},
    )


def _erase_hold(session: Session, bank: SmallBank, hold_id: UUID) -> None:
    hold, end = (
        session.execute(select(table).where(key == hold_id)).mappings().one()
        for table, key in ((HOLDS, HOLDS.c.id), (HOLD_ENDS, HOLD_ENDS.c.hold_id))
    )
    row = rows.hold_erasure(bank.actor, hold, end, erased_at=NOON, ground="本人要求")
    session.execute(insert(HOLD_ERASURES).values(row))


def _hold(session: Session, bank: SmallBank, account_id: int) -> UUID:
    hold_id = ids.new_id()
    holds.hold(
        session,
        actor=bank.actor,
        hold_id=hold_id,
        account_id=account_id,
        amount=8,
        memo="",
        expires_at=HOUR_LATER,
    )
    return hold_id


def _frozen(session: Session, bank: SmallBank) -> int:
    """Freeze, thaw and freeze a fourth member, who has some minutes."""
    frozen = make_account(session, bank.book_id, "member:4", restriction=Restriction.OWN)
    line = (bank.issuance, frozen, 9)
    posting.post(session, actor=bank.actor, draft=draft_of(bank.book_id, line))
    for act in (freezing.freeze, freezing.thaw, freezing.freeze):
        act(session, actor=bank.actor, account_ids=[frozen], document="leaving:1")
    return frozen


def _block(session: Session, bank: SmallBank, entry_id: UUID) -> None:
    """Seal the entry of October into block 1, and leave the others for later."""
    seal = session.execute(select(ENTRIES.c.seal).where(ENTRIES.c.id == entry_id)).scalar_one()
    leaf = {"entry_id": entry_id, "community_id": bank.community_id, "block_number": 1}
    session.execute(insert(BLOCK_LEAVES).values(leaf | {"position": 0, "leaf": seal}))
    block = {"community_id": bank.community_id, "number": 1, "leaves": 1, "root": seal}
    block |= {"previous_head": None, "head": b"h" * 32, "sealed_at": NOON}
    session.execute(insert(BLOCKS).values(block))
