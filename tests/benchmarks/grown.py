"""The rows of a plan: what the verbs would have written, and what triggers would have kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any  # rows

from sqlalchemy import ForeignKeyConstraint, Table, insert
from sqlalchemy.orm import Session

from tests.benchmarks import books, plan
from tests.benchmarks.books import Scene
from tests.benchmarks.plan import Plan
from tests.make.community import make_community, make_micro_grid
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.db import transaction
from timebank.ledger.models import rows
from timebank.ledger.models.days import DAYS
from timebank.ledger.models.kept import COHORTS, MONTHS
from timebank.ledger.models.lots import LOT_USES, LOTS
from timebank.ledger.models.tables import BALANCES, ENTRIES, TRANSFERS
from timebank.ledger.rules.values import NO_LINKS, Asset, EntryDraft, Links, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting
from timebank.volunteering.queries.passbook import BOOK, issuance_code

GRIDS, CENTRES = 40, 8
_LOADED: tuple[Table, ...] = (TRANSFERS, ENTRIES, LOTS, LOT_USES)
LOADED = tuple(table.name for table in _LOADED)
ALL: tuple[Table, ...] = (*_LOADED, BALANCES, DAYS, MONTHS, COHORTS)
_SPENT_KIND, _REASON = "care.redeemed", "记错了"

# Debits and credits of an open account on a day.
DaySums = dict[tuple[int, date], tuple[int, int]]
Statements = Iterator[tuple[str, list[tuple[object, ...]]]]


@dataclass(frozen=True, slots=True)
class Grown:
    """Opened books: the scene, where members spend, and the last day."""

    scene: Scene
    centres: tuple[int, ...]
    ends_on: date

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "scene": self.scene.document(),
            "centres": self.centres,
            "ends_on": self.ends_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Rendered:
    """Rows by table, with the names of their columns, and what open accounts moved."""

    tables: list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]
    days: DaySums


class Days:
    """The days of all chunks."""

    def __init__(self) -> None:
        self.sums: DaySums = {}

    def add(self, more: DaySums) -> None:
        """Add those of a chunk."""
        for key, moved in more.items():
            before = self.sums.get(key, (0, 0))
            self.sums[key] = (before[0] + moved[0], before[1] + moved[1])


# The plan and its accounts, where processes that fork find them without a copy.
at_hand: tuple[Plan, Grown] | None = None


def grown_of(document: Mapping[str, Any]) -> Grown:
    """Return the opened books of a JSON document."""
    scene = books.scene_of(document["scene"])
    return Grown(scene, tuple(document["centres"]), date.fromisoformat(document["ends_on"]))


def open_books(session: Session, decided: Plan) -> Grown:
    """Make a community with its grids, people, book and accounts."""
    community_id = make_community(session).id
    places = [make_micro_grid(session, community_id, at, at) for at in range(1, GRIDS + 1)]
    people = [
        {
            "community_id": community_id,
            "name": "居民",
            "pinyin_initials": "jm",
            "card_no": f"JL{at:07}",
            "micro_grid_id": places[at % GRIDS].id,
            "is_active": True,
        }
        for at in range(decided.members)
    ]
    added = insert(Person).returning(Person.id, sort_by_parameter_order=True)
    person_ids = session.scalars(added, people).all()
    book_id = ledger_books.ensure_book(
        session, community_id=community_id, code=BOOK, name="时间银行"
    )
    sources = [
        books.source_account(session, book_id, issuance_code(place.grid_id)) for place in places
    ]
    centres = [
        books.source_account(session, book_id, f"redeemed:{at}", normal=Side.CREDIT)
        for at in range(1, CENTRES + 1)
    ]
    members = books.open_members(session, community_id, book_id, person_ids)
    scene = Scene(community_id, book_id, tuple(sources), members)
    return Grown(scene, tuple(centres), clock.day_of(decided.ends_at))


def act_of(decided: Plan, opened: Grown, act: int, at: datetime) -> tuple[EntryDraft, Links]:
    """Return what is asked of the ledger in an act."""
    member, kind = decided.member(act), decided.kinds[act]
    account_id = opened.scene.members[member]
    source_id = opened.scene.sources[member % GRIDS]
    first = act if kind != plan.REVERSED else decided.lot_or_first[act]
    debit_id, credit_id = {
        plan.EARNED: (source_id, account_id),
        plan.SPENT: (account_id, opened.centres[member % CENTRES]),
        plan.REVERSED: (account_id, source_id),
    }[kind]
    draft = EntryDraft(
        id=decided.entry_id(act),
        book_id=opened.scene.book_id,
        asset=Asset.MINUTES,
        kind=(books.KIND, _SPENT_KIND, f"{books.KIND}.reversed")[kind],
        effective_on=clock.day_of(at),
        transfers=[Transfer(debit_id, credit_id, decided.amounts[act])],
        memo=books.MEMO,
        document=f"{'slip' if kind == plan.SPENT else 'service-record'}:{first + 1}",
        reason=_REASON if kind == plan.REVERSED else "",
    )
    return draft, Links(decided.entry_id(first)) if kind == plan.REVERSED else NO_LINKS


def render(first: int, end: int) -> Rendered:
    """Return the rows of some acts, as Python values."""
    assert at_hand is not None
    decided, opened = at_hand
    actor = opened.scene.actor
    columns: dict[Table, tuple[str, ...]] = {}
    found: dict[Table, list[tuple[object, ...]]] = {}
    days = Days()
    for act in range(first, end):
        at = decided.moment(act)
        draft, links = act_of(decided, opened, act, at)
        for table, row in _rows(
            decided, act, draft, rows.header(actor, draft, links, recorded_at=at)
        ):
            if table not in columns:
                columns[table], found[table] = tuple(row), []
            found[table].append(tuple(row.values()))
        days.add(_days(decided.kinds[act], draft))
    tables = [(table.name, columns[table], some) for table, some in found.items()]
    return Rendered(tables, days.sums)


def _rows(
    decided: Plan, act: int, draft: EntryDraft, head: Mapping[str, Any]
) -> Iterator[tuple[Table, Mapping[str, Any]]]:
    """Yield the rows of an act in the order in which they are written."""
    yield TRANSFERS, {"id": act + 1, **books.transfer_row(head["community_id"], draft)}
    yield ENTRIES, {"number": act + 1, **head}
    if decided.kinds[act] == plan.EARNED:
        lot = decided.lot_or_first[act]
        yield LOTS, {"id": lot + 1, **books.lot_row(draft), "remaining": decided.left[lot]}
    for at, lot, amount in decided.takes(act):
        yield LOT_USES, {"id": at + 1, "entry_id": draft.id, "lot_id": lot + 1, "amount": amount}


def render_stored(first: int, end: int) -> Rendered:
    """Return the rows of some acts as SQLite stores them."""
    made = render(first, end)
    stored = [
        (table, columns, [tuple(map(books.sqlite_value, row)) for row in some])
        for table, columns, some in made.tables
    ]
    return Rendered(stored, made.days)


def act_by_verb(decided: Plan, opened: Grown, act: int) -> None:
    """Do an act with the verb that it is made for, at the moment that the clock shows."""
    actor = opened.scene.actor
    draft, links = act_of(decided, opened, act, decided.moment(act))
    if links.reverses_id is None:
        transaction(lambda session: posting.post(session, actor=actor, draft=draft))
        return
    undo = partial(
        posting.reverse,
        actor=actor,
        entry_id=links.reverses_id,
        reversal_id=draft.id,
        reason=draft.reason,
    )
    transaction(undo)


def _days(kind: int, draft: EntryDraft) -> DaySums:
    """Return what an act moved on its open account."""
    (line,) = draft.transfers
    if kind == plan.EARNED:
        return {(line.debit_id, draft.effective_on): (line.amount, 0)}
    return {(line.credit_id, draft.effective_on): (0, line.amount)}


def derived_on_sqlite(decided: Plan, opened: Grown, days: Days) -> Statements:
    """Yield the statements that write balances and days, months and cohorts."""
    yield from _derived(decided, opened, days, "?", books.sqlite_value)
    yield from _kept("date(on_day, 'start of month')", "CAST(strftime('%Y', earned_on) AS INTEGER)")


def derived_on_postgresql(decided: Plan, opened: Grown, days: Days) -> Statements:
    """Yield the statements that write balances and days, folded as the nightly job leaves them."""
    yield from _derived(decided, opened, days, "%s", lambda value: value)
    yield from _kept("date_trunc('month', on_day)::date", "EXTRACT(year FROM earned_on)")


def _kept(month: str, year: str) -> Statements:
    """Yield the statements that sum days by month and lots by year; they take no values."""
    yield (
        (
            f"INSERT INTO {MONTHS.name} (account_id, month_on, debits, credits)"
            f" SELECT account_id, {month}, SUM(debits), SUM(credits) FROM {DAYS.name} GROUP BY 1, 2"
        ),
        [()],
    )
    yield (
        (
            f"INSERT INTO {COHORTS.name} (account_id, year, remaining)"
            f" SELECT account_id, {year}, SUM(remaining) FROM {LOTS.name} GROUP BY 1, 2"
        ),
        [()],
    )


def _derived(decided: Plan, opened: Grown, days: Days, mark: str, stored: Any) -> Statements:
    posted = zip(decided.posted, opened.scene.members, strict=True)
    yield (
        f"UPDATE {BALANCES.name} SET posted = {mark} WHERE account_id = {mark}",
        [tuple(one) for one in posted],
    )
    marks = ", ".join([mark] * 4)
    yield (
        f"INSERT INTO {DAYS.name} (account_id, on_day, debits, credits) VALUES ({marks})",
        [
            (account_id, stored(day), *moved)
            for (account_id, day), moved in sorted(days.sums.items())
        ],
    )


def numbers_on_postgresql() -> Iterator[str]:
    """Yield the statements after which the next row gets the next number."""
    for table in _LOADED:
        (key,) = table.primary_key.columns
        sequence = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
        yield f"SELECT setval({sequence}, (SELECT max({key.name}) FROM {table.name}))"


def orphans() -> Iterator[str]:
    """Yield the selects of rows whose foreign key leads nowhere."""
    for table in _LOADED:
        for key in table.foreign_key_constraints:
            if not _is_on_postgresql(key):
                continue
            parent = key.referred_table.name
            columns: Sequence[tuple[str, str]] = [
                (one.parent.name, one.column.name) for one in key.elements
            ]
            same = " AND ".join(f"p.{far} = c.{near}" for near, far in columns)
            given = " AND ".join(f"c.{near} IS NOT NULL" for near, _ in columns)
            yield (
                f"SELECT 1 FROM {table.name} c WHERE {given} AND NOT EXISTS"
                f" (SELECT 1 FROM {parent} p WHERE {same}) LIMIT 1"
            )


def _is_on_postgresql(key: ForeignKeyConstraint) -> bool:
    """Whether a key stands there too; a few are left to SQLite."""
    only = getattr(key, "_ddl_if", None)
    return only is None or only.dialect != "sqlite"
