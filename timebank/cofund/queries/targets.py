"""Gathering what some lines of the bank could meet: by index, in one go however many lines.

What is gathered for lines together is what would be gathered for each alone, so that a run over
many decides as the desk would. Only for a single line is it also looked for by names like its own.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from timebank.bank.queries.claims import WaitingLine
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Contribution, Project, ProjectRefund, SpendingRequest
from timebank.cofund.models.receivables import Holding, Receivable
from timebank.cofund.queries import obligations, standing
from timebank.cofund.queries.looks import among, begins_with
from timebank.cofund.rules import finding
from timebank.cofund.rules.finding import Finder
from timebank.cofund.rules.matching import LATE_DAYS, Said, Target, TargetKind
from timebank.cofund.rules.projects import number_of
from timebank.cofund.rules.rooms import room_of
from timebank.community.models import (
    Building,
    Household,
    Kinship,
    MicroGrid,
    Person,
)
from timebank.kernel import clock
from timebank.kernel.sealed import blind_index

# An amount that more households owe than this is no way to find one.
_ALONE_MAX = 4
_LIKE_MAX = 50
_FOUND_MAX = 2000
_IDS_MAX = 1000  # values in one IN (...)
# A building and its unit, as somebody types who looks for all behind one stair.
_STAIR = re.compile(r"(\d{1,3})\D{1,3}(\d{1,2})\D{0,2}")
_GRACE = timedelta(days=LATE_DAYS)


def said_of(line: WaitingLine) -> Said:
    """Return what a line says, with the indexes of its other party."""
    name, number = finding.plain_name(line.party_name), line.party_account.strip()
    return finding.read(
        line_id=line.id,
        amount_fen=line.unallocated_fen,
        day=line.booked_on,
        party_name=line.party_name,
        texts=(line.text, line.reference),
        payer=blind_index(f"bank-payer:{number}:{name}") if number and name else "",
        payer_name=blind_index(f"bank-payer:{name}") if name and "*" not in name else "",
    )


def finder(session: Session, community_id: int, lines: Sequence[WaitingLine]) -> Finder:
    """Return the index of what lines of one direction could meet."""
    said = [said_of(line) for line in lines]
    if not lines:
        return Finder((), payers={})
    payers = _payers(session, community_id, said)
    if lines[0].amount_fen < 0:
        outgoing = [
            *obligations.outgoing(session, community_id, said),
            *standing.released(session, community_id, said),
        ]
        return Finder(outgoing, payers=payers)
    others = [
        *obligations.shares(session, community_id),
        *obligations.recorded(session, community_id, said),
        *standing.incomes(session, community_id, said),
    ]
    subjects = {one for found in payers.values() for one in found}
    ways = _ways(session, community_id, said, subjects)
    counts = _counts(session, community_id, {one.amount_fen for one in said}, others)
    few = [fen for fen, count in counts.items() if count <= _ALONE_MAX]
    ways.append(_within(community_id).where(Receivable.outstanding_fen.in_(few)))
    owed = receivables(session, community_id, _found(session, ways))
    if len(said) == 1:
        owed = _with(owed, _alike(session, community_id, said[0]))
    return Finder(
        [*owed, *others],
        payers=payers,
        amounts=counts,
        settled=_settled(session, community_id, said),
    )


def receivables(session: Session, community_id: int, ids: Iterable[int]) -> list[Target]:
    """Return what households owe, of some receivables, with all their names."""
    wanted = (
        select(
            Receivable.id,
            Receivable.household_id,
            Receivable.outstanding_fen,
            Receivable.payment_code,
            Receivable.raised_at,
            Receivable.due_on,
            Receivable.project_id,
            Project.year,
            Project.serial,
            Project.title,
            Building.number.label("building"),
            MicroGrid.unit_no.label("unit"),
            Household.room_no,
        )
        .join(Household, Household.id == Receivable.household_id)
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .join(Project, Project.id == Receivable.project_id)
        .where(
            # Asked of what is found and no way to find it: there is one community, or a few, and
            # SQLite, which knows no numbers, would go through all that it has.
            Receivable.community_id + 0 == community_id,
            Receivable.outstanding_fen > 0,
            Receivable.cancelled_at.is_(None),
            Project.state.in_(obligations.PAYING),
        )
        .order_by(Receivable.id)
    )
    rows: list[Row[Any]] = []
    waiting = sorted(set(ids))
    while waiting and len(rows) < _FOUND_MAX:
        some, waiting = waiting[:_IDS_MAX], waiting[_IDS_MAX:]
        rows += session.execute(wanted.where(among(session, Receivable.id, some))).all()
    rows = rows[:_FOUND_MAX]
    names = _names(session, {row.household_id for row in rows})
    return [_owed(row, names[row.household_id]) for row in rows]


def search(session: Session, community_id: int, words: str) -> list[Target]:
    """Return what households owe that is looked for by room, name or code, for a person to pick."""
    said = finding.read(
        line_id=0, amount_fen=0, day=clock.today(), party_name=words, texts=(words,)
    )
    ways = _ways(session, community_id, [said], set())
    if (stair := _STAIR.fullmatch(words)) is not None:
        at = and_(Building.number == int(stair[1]), MicroGrid.unit_no == int(stair[2]))
        ways.append(_behind(community_id, at))
    shares = [
        one
        for one in obligations.shares(session, community_id)
        if words in one.project_title or words in one.label or words == one.project_number
    ]
    return [*shares, *receivables(session, community_id, _found(session, ways))][:_LIKE_MAX]


def target(session: Session, community_id: int, key: str) -> Target | None:
    """Return the target that a form asks for, as it stands now; None when it is none any more."""
    kind, _, number = key.partition(":")
    if kind not in set(TargetKind) or not number.isdecimal() or len(number) > 18:
        return None
    wanted = int(number)
    if kind == TargetKind.RECEIVABLE:
        found = receivables(session, community_id, [wanted])
    elif kind == TargetKind.SHARE:
        found = obligations.shares(session, community_id)
    elif kind == TargetKind.RECORDED:
        found = obligations.recorded_where(session, community_id, Contribution.id == wanted)
    elif kind == TargetKind.REFUND:
        found = obligations.refunds(session, community_id, ProjectRefund.id == wanted)
    elif kind in standing.KINDS:
        found = standing.one(session, community_id, TargetKind(kind), wanted)
    else:
        found = obligations.bills(session, community_id, SpendingRequest.id == wanted)
    return next((one for one in found if one.key == key), None)


def _with(owed: list[Target], more: list[Target]) -> list[Target]:
    """Return targets with those that are not among them yet."""
    seen = {one.key for one in owed}
    return [*owed, *(one for one in more if one.key not in seen)]


def _ways(
    session: Session, community_id: int, said: Sequence[Said], subjects: Collection[str]
) -> list[Select[tuple[int]]]:
    """Return by what receivables are looked for: code, room, who has paid before, name.

    Each way is a look into an index of its own; one condition of all of them would be none.
    """
    codes = {code for one in said for code in one.codes}
    ways = [_within(community_id).where(Receivable.payment_code.in_(codes))]
    places: dict[int, set[str]] = defaultdict(set)
    for room in {room for one in said for room in one.rooms}:
        places[room.building].add(room.room_no)
    if places:
        doors = (
            and_(Building.number == building, Household.room_no.in_(_written(numbers)))
            for building, numbers in places.items()
        )
        ways.append(_behind(community_id, or_(*doors)))
    homes = {int(one.partition(":")[2]) for one in subjects if one.startswith("household:")}
    names = {one.name for one in said if one.name}
    homes |= _homes_of(session, community_id, names)
    ways.append(select(Receivable.id).where(among(session, Receivable.household_id, homes)))
    return ways


def _within(community_id: int) -> Select[tuple[int]]:
    """Return the select of a community's receivables."""
    return select(Receivable.id).where(Receivable.community_id == community_id)


def _behind(community_id: int, doors: ColumnElement[bool]) -> Select[tuple[int]]:
    """Return the select of what is owed behind some doors."""
    return (
        select(Receivable.id)
        .join(Household, Household.id == Receivable.household_id)
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .where(Building.community_id == community_id, doors)
    )


def _found(session: Session, ways: Sequence[Select[tuple[int]]]) -> set[int]:
    """Return the receivables that are found by one of some ways."""
    return set(session.scalars(select(union_all(*ways).subquery().c.id)))


def _written(numbers: Iterable[str]) -> set[str]:
    """Return room numbers as registers write them: with and without a leading zero."""
    return {form for number in numbers for form in (number, f"0{number}")}


def _homes_of(session: Session, community_id: int, names: Collection[str]) -> set[int]:
    """Return the households of people, of relatives and of owners with such names."""
    if not names:
        return set()
    rows = session.execute(
        select(Person.id, Person.household_id)
        .where(Person.community_id == community_id, Person.name.in_(names))
        .limit(_FOUND_MAX)
    ).all()
    named = [row.id for row in rows]
    homes = {row.household_id for row in rows}
    queries: tuple[Select[Any], ...] = (
        select(Holding.household_id).where(
            Holding.community_id == community_id, Holding.owner_name.in_(names)
        ),
        select(Person.household_id)
        .join(Kinship, Kinship.person_id == Person.id)
        .where(among(session, Kinship.relative_id, named)),
        select(Person.household_id)
        .join(Kinship, Kinship.relative_id == Person.id)
        .where(among(session, Kinship.person_id, named)),
    )
    homes |= {home for query in queries for home in session.scalars(query.limit(_FOUND_MAX))}
    return {home for home in homes if home is not None}


def _names(session: Session, household_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the names of households: owners, who lives there, their relatives."""
    relative = aliased(Person)
    at_home = among(session, Person.household_id, household_ids)
    queries: tuple[Select[Any], ...] = (
        select(Holding.household_id, Holding.owner_name).where(
            among(session, Holding.household_id, household_ids)
        ),
        select(Person.household_id, Person.name).where(at_home, Person.is_active),
        select(Person.household_id, relative.name)
        .join(Kinship, Kinship.person_id == Person.id)
        .join(relative, relative.id == Kinship.relative_id)
        .where(at_home),
        select(Person.household_id, relative.name)
        .join(Kinship, Kinship.relative_id == Person.id)
        .join(relative, relative.id == Kinship.person_id)
        .where(at_home),
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for query in queries:
        for home, name in session.execute(query):
            found[home][finding.plain_name(name)] = None
    return defaultdict(tuple, {home: tuple(names) for home, names in found.items()})


def _owed(row: Row[Any], names: tuple[str, ...]) -> Target:
    """Return what a household owes as a target."""
    return Target(
        kind=TargetKind.RECEIVABLE,
        id=row.id,
        amount_fen=row.outstanding_fen,
        subject=f"household:{row.household_id}",
        label=f"{row.building}-{row.unit}-{row.room_no}",
        names=names,
        payment_code=row.payment_code,
        room=room_of(building=row.building, unit=row.unit, room_no=row.room_no),
        project_id=row.project_id,
        project_number=number_of(row.year, row.serial),
        project_title=row.title,
        from_on=clock.day_of(row.raised_at),
        until_on=row.due_on + _GRACE,
    )


def _alike(session: Session, community_id: int, said: Said) -> list[Target]:
    """Return what households of just this amount owe in which somebody has a name like it."""
    if not said.name or said.name.startswith("*"):
        return []
    begins = begins_with(session, said.name[0])
    homes = (
        select(Person.household_id)
        .join(Receivable, Receivable.household_id == Person.household_id)
        .where(
            Person.community_id == community_id,
            Receivable.outstanding_fen == said.amount_fen,
            func.length(Person.name) == len(said.name),
            begins,
        )
        .distinct()
        .limit(_LIKE_MAX)
    )
    ids = list(session.scalars(homes))
    here = select(Receivable.id).where(
        Receivable.household_id.in_(ids), Receivable.outstanding_fen == said.amount_fen
    )
    return receivables(session, community_id, session.scalars(here))


def _counts(
    session: Session, community_id: int, amounts: Collection[int], others: Iterable[Target]
) -> dict[int, int]:
    """Return how many open obligations have each of some amounts."""
    rows = session.execute(
        select(Receivable.outstanding_fen, func.count())
        .where(Receivable.community_id == community_id, Receivable.outstanding_fen.in_(amounts))
        .group_by(Receivable.outstanding_fen)
    )
    found = {fen: count for fen, count in rows}  # noqa: C416 - rows are no pairs
    for one in others:
        found[one.amount_fen] = found.get(one.amount_fen, 0) + 1
    return {fen: found.get(fen, 0) for fen in amounts}


def _settled(session: Session, community_id: int, said: Sequence[Said]) -> set[str]:
    """Return the payment codes among those said of which nothing is owed any more."""
    codes = {code for one in said for code in one.codes}
    wanted = select(Receivable.payment_code).where(
        Receivable.community_id == community_id,
        Receivable.payment_code.in_(codes),
        Receivable.outstanding_fen == 0,
    )
    return set(session.scalars(wanted)) if codes else set()


def _payers(session: Session, community_id: int, said: Sequence[Said]) -> dict[str, frozenset[str]]:
    """Return for whom these payers have paid before, by the index of their number, or name."""
    found: dict[str, set[str]] = defaultdict(set)
    for column, indexes in (
        (ClaimedPart.payer, {one.payer for one in said if one.payer}),
        (ClaimedPart.payer_name, {one.payer_name for one in said if one.payer_name}),
    ):
        rows = session.execute(
            select(column, ClaimedPart.subject)
            .where(
                ClaimedPart.community_id == community_id,
                column.in_(indexes),
                ClaimedPart.undone_at.is_(None),
                ClaimedPart.subject != "",
            )
            .distinct()
        )
        for index, subject in rows:
            found[index].add(subject)
    return {index: frozenset(subjects) for index, subjects in found.items()}
