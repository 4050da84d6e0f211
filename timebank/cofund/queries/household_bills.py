"""What households owed at the end of a day, from their bills, what came in and what was waived."""

from datetime import date
from itertools import pairwise
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from timebank.cofund.models.projects import Contribution, Project
from timebank.cofund.models.receivables import Holding, Receivable, Waiver
from timebank.cofund.rules.bills import (
    Ages,
    BillSums,
    HouseholdAges,
    HouseholdSums,
    ProjectAges,
    first_days,
)
from timebank.cofund.rules.receivables import WaiverState
from timebank.community.models import Building, Household, MicroGrid
from timebank.kernel import clock
from timebank.kernel.paging import PAGE_SIZE, BadCursorError, Page, decode, decode_id, page_of
from timebank.ledger.queries import entries

_FEN = ("amount_fen", "paid_fen", "waived_fen", "outstanding_fen")
_DOOR = (Building.number, MicroGrid.unit_no, Household.room_no, Household.id)


def _bills(
    community_id: int, day: date, *, project_id: int | None, building: int | None
) -> Subquery:
    """Return the bills that stood at the end of a day, with what was paid and waived by then."""
    _, end = clock.day_bounds(day)
    undone = Contribution.undone_entry_id
    paid = (
        select(Contribution.receivable_id, func.sum(Contribution.amount_fen).label("fen"))
        .where(
            Contribution.community_id == community_id,
            Contribution.receivable_id.is_not(None),
            entries.day_of(Contribution.__table__.c.entry_id) <= day,
            or_(undone.is_(None), entries.day_of(Contribution.__table__.c.undone_entry_id) > day),
        )
        .group_by(Contribution.receivable_id)
        .subquery()
    )
    waived = (
        select(Waiver.receivable_id, func.sum(Waiver.amount_fen).label("fen"))
        .where(
            Waiver.community_id == community_id,
            Waiver.state == WaiverState.APPROVED,
            Waiver.decided_at < end,
        )
        .group_by(Waiver.receivable_id)
        .subquery()
    )
    paid_fen, waived_fen = (func.coalesce(one.c.fen, 0) for one in (paid, waived))
    chosen = (
        select(
            Receivable.project_id,
            Receivable.household_id,
            Receivable.due_on,
            Receivable.amount_fen,
            paid_fen.label("paid_fen"),
            waived_fen.label("waived_fen"),
            (Receivable.amount_fen - paid_fen - waived_fen).label("outstanding_fen"),
        )
        .outerjoin(paid, paid.c.receivable_id == Receivable.id)
        .outerjoin(waived, waived.c.receivable_id == Receivable.id)
        .where(
            Receivable.community_id == community_id,
            Receivable.raised_at < end,
            or_(Receivable.cancelled_at.is_(None), Receivable.cancelled_at >= end),
        )
    )
    if project_id is not None:
        chosen = chosen.where(Receivable.project_id == project_id)
    if building is not None:
        chosen = (
            chosen.join(Household, Household.id == Receivable.household_id)
            .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
            .join(Building, Building.id == MicroGrid.building_id)
            .where(Building.number == building)
        )
    return chosen.subquery()


def _whole(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as a 64-bit whole number, zero where there was nothing to add."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _by_household(bills: Subquery, *figures: ColumnElement[int]) -> Select[Any]:
    """Select households with their doors, their owners and some sums over their bills."""
    return (
        select(Household.id, *_DOOR[:3], Holding.owner_name, *figures)
        .select_from(bills)
        .join(Household, Household.id == bills.c.household_id)
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .outerjoin(Holding, Holding.household_id == Household.id)
        .group_by(Household.id, *_DOOR[:3], Holding.owner_name)
        .order_by(*_DOOR)
    )


def _after(chosen: Select[Any], cursor: str | None) -> Select[Any]:
    """Continue a list by doors after a cursor.

    Raises:
        BadCursorError: the cursor is of another list.
    """
    if cursor is None:
        return chosen
    door = decode(cursor, width=len(_DOOR))
    if [isinstance(part, int) for part in door] != [True, True, False, True] or door[2] is None:
        raise BadCursorError
    return chosen.where(tuple_(*_DOOR) > tuple_(*map(literal, door)))


def _door(row: HouseholdSums | HouseholdAges) -> list[str | int | None]:
    """Return the key by which a list by doors goes on."""
    return [row.building, row.unit, row.room_no, row.household_id]


def households(
    session: Session,
    *,
    community_id: int,
    day: date,
    project_id: int | None = None,
    building: int | None = None,
    only_open: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[HouseholdSums]:
    """Return what each household was asked for and paid by the end of a day, by doors."""
    bills = _bills(community_id, day, project_id=project_id, building=building)
    chosen = _after(_by_household(bills, *(_whole(bills.c[name]) for name in _FEN)), cursor)
    if only_open:
        chosen = chosen.having(func.sum(bills.c.outstanding_fen) > 0)
    rows = [HouseholdSums(*row) for row in session.execute(chosen.limit(limit + 1))]
    return page_of(rows, limit=limit, key=_door)


def sums(
    session: Session,
    *,
    community_id: int,
    day: date,
    project_id: int | None = None,
    building: int | None = None,
) -> BillSums:
    """Return what all of them were asked for, paid and still owed."""
    bills = _bills(community_id, day, project_id=project_id, building=building)
    row = session.execute(select(*(_whole(bills.c[name]) for name in _FEN))).one()
    return BillSums(*(int(fen) for fen in row))


def buildings(
    session: Session, *, community_id: int, day: date, project_id: int | None = None
) -> list[tuple[int, BillSums]]:
    """Return the same by building, in the order of their numbers."""
    bills = _bills(community_id, day, project_id=project_id, building=None)
    rows = session.execute(
        select(Building.number, *(_whole(bills.c[name]) for name in _FEN))
        .select_from(bills)
        .join(Household, Household.id == bills.c.household_id)
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .group_by(Building.number)
        .order_by(Building.number)
    )
    return [(row[0], BillSums(*(int(fen) for fen in row[1:]))) for row in rows]


def _ages(bills: Subquery, day: date) -> list[ColumnElement[int]]:
    """Return the sums of what is owed by how long it is late."""
    due, owed = bills.c.due_on, bills.c.outstanding_fen
    firsts = first_days(day)
    steps = [
        due >= firsts[0],
        *(and_(due < later, due >= first) for later, first in pairwise(firsts)),
        due < firsts[-1],
    ]
    return [_whole(case((step, owed), else_=0)) for step in steps]


def ages(session: Session, *, community_id: int, day: date, project_id: int | None = None) -> Ages:
    """Return what all households owed at the end of a day, by age."""
    bills = _bills(community_id, day, project_id=project_id, building=None)
    return Ages(*(int(fen) for fen in session.execute(select(*_ages(bills, day))).one()))


def ages_by_project(
    session: Session,
    *,
    community_id: int,
    day: date,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[ProjectAges]:
    """Return what the households of each project owed, by age; what is all paid is left out."""
    bills = _bills(community_id, day, project_id=None, building=None)
    chosen = (
        select(Project.id, Project.year, Project.serial, Project.title, *_ages(bills, day))
        .join(bills, bills.c.project_id == Project.id)
        .group_by(Project.id, Project.year, Project.serial, Project.title)
        .having(func.sum(bills.c.outstanding_fen) > 0)
        .order_by(Project.id)
        .limit(limit + 1)
    )
    if cursor is not None:
        chosen = chosen.where(Project.id > decode_id(cursor))
    rows = [
        ProjectAges(row[0], f"{row[1]}-{row[2]:02d}", row[3], Ages(*map(int, row[4:])))
        for row in session.execute(chosen)
    ]
    return page_of(rows, limit=limit, key=lambda row: [row.project_id])


def ages_by_household(
    session: Session,
    *,
    community_id: int,
    day: date,
    project_id: int,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[HouseholdAges]:
    """Return what each household of a project owed, by age; who owes nothing is left out."""
    bills = _bills(community_id, day, project_id=project_id, building=None)
    chosen = _after(_by_household(bills, *_ages(bills, day)), cursor)
    chosen = chosen.having(func.sum(bills.c.outstanding_fen) > 0)
    rows = [
        HouseholdAges(*(*row[:5], Ages(*map(int, row[5:]))))
        for row in session.execute(chosen.limit(limit + 1))
    ]
    return page_of(rows, limit=limit, key=_door)
