"""A month of visits, one visit with its doors, and the list an officer walks by."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Household, MicroGrid, Person
from timebank.community.rules import Residents, mask_phone
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Reach
from timebank.outreach.errors.visits import FindingNotFoundError, VisitNotFoundError
from timebank.outreach.models.key_people import KeyPerson
from timebank.outreach.models.visits import UnitVisit, VisitChange, VisitDoor, VisitFinding
from timebank.outreach.rules.visits import (
    ChangeKind,
    ChangeLine,
    Coverage,
    DoorLine,
    DoorResult,
    FindingLine,
    FindingView,
    Month,
    MonthView,
    ResidentLine,
    UnitLine,
    VisitState,
    VisitView,
    coverage_of,
)

_DOORS_MAX = 2_000
_PEOPLE_MAX = 6_000
_LINES_MAX = 200


def month(session: Session, *, actor: Actor, month: Month) -> MonthView:
    """Return every unit within reach with how it stands in a month; six reads however many."""
    reach = actor.reach("visit.read")
    places = community_queries.micro_grids(session, actor.community_id)
    shown = [place for place in places if reach.covers(grid_id=place.grid_id)]
    homes = community_queries.residents(session, actor.community_id)
    visits = _of_month(session, actor.community_id, month)
    sums = _sums(session, actor.community_id, month)
    return MonthView(
        month,
        [_unit_line(place, homes.get(place.id), visits.get(place.id), sums) for place in shown],
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """What came of visits, by visit."""

    doors: Mapping[int, Mapping[str, int]]
    changes: Mapping[int, int]
    findings: Mapping[int, int]


def _of_month(
    session: Session, community_id: int, month: Month
) -> dict[int, Row[tuple[UnitVisit, str]]]:
    rows = session.execute(
        select(UnitVisit, Person.name)
        .outerjoin(Person, Person.id == UnitVisit.visitor_id)
        .where(
            UnitVisit.community_id == community_id,
            UnitVisit.year == month.year,
            UnitVisit.month == month.number,
        )
        .limit(_DOORS_MAX)
    )
    return {row[0].micro_grid_id: row for row in rows}


def _sums(session: Session, community_id: int, month: Month) -> _Sums:
    def counted(*columns: Any, of: Any) -> Select[Any]:  # noqa: ANN401 - columns of any table
        return (
            select(*columns, func.count())
            .join(UnitVisit, UnitVisit.id == of.visit_id)
            .where(
                UnitVisit.community_id == community_id,
                UnitVisit.year == month.year,
                UnitVisit.month == month.number,
            )
            .group_by(*columns)
        )

    doors: defaultdict[int, dict[str, int]] = defaultdict(dict)
    per_door = counted(VisitDoor.visit_id, VisitDoor.result, of=VisitDoor)
    for visit_id, result, count in session.execute(per_door):
        doors[visit_id][result] = count
    changes = session.execute(counted(VisitChange.visit_id, of=VisitChange)).tuples().all()
    findings = session.execute(counted(VisitFinding.visit_id, of=VisitFinding)).tuples().all()
    return _Sums(doors, dict(changes), dict(findings))


def _unit_line(
    place: community_queries.MicroGridView,
    homes: Residents | None,
    found: Row[tuple[UnitVisit, str]] | None,
    sums: _Sums,
) -> UnitLine:
    place_facts: dict[str, Any] = {
        "micro_grid_id": place.id,
        "grid_id": place.grid_id,
        "grid_name": place.grid_name,
        "building_no": place.building_no,
        "unit_no": place.unit_no,
        "label": place.label,
        "household_count": homes.households if homes else 0,
        "people_count": homes.people if homes else 0,
    }
    if found is None:
        return UnitLine(**place_facts, coverage=Coverage.UNPLANNED)
    visit, visitor = found
    doors = sums.doors.get(visit.id, {})
    return UnitLine(
        **place_facts,
        coverage=coverage_of(VisitState(visit.state), visit.due_on, today=clock.today()),
        visit_id=visit.id,
        visitor_id=visit.visitor_id,
        visitor_name=visitor or "",
        due_on=visit.due_on,
        visited_on=visit.visited_on,
        met_count=doors.get(DoorResult.MET, 0),
        not_met_count=doors.get(DoorResult.NOT_MET, 0),
        change_count=sums.changes.get(visit.id, 0),
        finding_count=sums.findings.get(visit.id, 0),
    )


def row_within(session: Session, *, actor: Actor, visit_id: int, reach: Reach) -> UnitVisit:
    """Return the row of a visit within reach.

    Raises:
        VisitNotFoundError: there is none with this id within reach.
    """
    found = session.execute(
        select(UnitVisit, MicroGrid.grid_id)
        .join(MicroGrid, MicroGrid.id == UnitVisit.micro_grid_id)
        .where(UnitVisit.id == visit_id, UnitVisit.community_id == actor.community_id)
    ).one_or_none()
    if found is None or not reach.covers(grid_id=found[1]):
        raise VisitNotFoundError
    row: UnitVisit = found[0]
    return row


def visit(session: Session, *, actor: Actor, visit_id: int) -> VisitView:
    """Return a visit within reach with its doors, changes and findings.

    Raises:
        VisitNotFoundError: there is none with this id within reach.
    """
    row = row_within(session, actor=actor, visit_id=visit_id, reach=actor.reach("visit.read"))
    place = community_queries.micro_grid(session, row.micro_grid_id)
    visitor = session.get(Person, row.visitor_id) if row.visitor_id else None
    return VisitView(
        id=row.id,
        micro_grid_id=place.id,
        grid_id=place.grid_id,
        grid_name=place.grid_name,
        label=place.label,
        month=Month(row.year, row.month),
        state=VisitState(row.state),
        coverage=coverage_of(VisitState(row.state), row.due_on, today=clock.today()),
        visitor_id=row.visitor_id,
        visitor_name=visitor.name if visitor else "",
        due_on=row.due_on,
        visited_on=row.visited_on,
        note=row.note or "",
        doors=doors_of(
            session,
            [place.id],
            {place.id: row.id},
            shows_key_people=actor.may("keygroup.read"),
        )[place.id],
        changes=_changes(session, row.id),
        findings=_findings(session, row.id),
    )


def doors_of(
    session: Session,
    micro_grid_ids: Collection[int],
    visits: Mapping[int, int],
    *,
    shows_key_people: bool,
) -> dict[int, Sequence[DoorLine]]:
    """Return the doors of units with who lives behind them; three reads however many units."""
    homes = session.scalars(
        select(Household)
        .where(Household.micro_grid_id.in_(set(micro_grid_ids)))
        .order_by(Household.micro_grid_id, func.length(Household.room_no), Household.room_no)
        .limit(_DOORS_MAX)
    ).all()
    people = _residents(session, micro_grid_ids, shows_key_people=shows_key_people)
    seen = {
        door.household_id: (door, name)
        for door, name in session.execute(
            select(VisitDoor, Person.name)
            .outerjoin(Person, Person.id == VisitDoor.met_person_id)
            .where(VisitDoor.visit_id.in_(set(visits.values())))
            .limit(_DOORS_MAX)
        )
    }
    doors: dict[int, list[DoorLine]] = {one: [] for one in micro_grid_ids}
    for home in homes:
        line = _door_line(home, people.get(home.id, []), *seen.get(home.id, (None, None)))
        doors[home.micro_grid_id].append(line)
    return dict(doors)


def _door_line(
    home: Household, residents: Sequence[ResidentLine], door: VisitDoor | None, met: str | None
) -> DoorLine:
    if door is None:
        return DoorLine(home.id, home.room_no, residents)
    return DoorLine(
        home.id,
        home.room_no,
        residents,
        result=DoorResult(door.result),
        met_name=met or "",
        note=door.note or "",
        again_on=door.again_on,
    )


def _residents(
    session: Session, micro_grid_ids: Collection[int], *, shows_key_people: bool
) -> dict[int, list[ResidentLine]]:
    rows = session.execute(
        select(Person, KeyPerson.id)
        .outerjoin(KeyPerson, (KeyPerson.person_id == Person.id) & KeyPerson.ended_on.is_(None))
        .where(
            Person.micro_grid_id.in_(set(micro_grid_ids)),
            Person.household_id.is_not(None),
            Person.is_active,
        )
        .order_by(Person.born_on, Person.id)
        .limit(_PEOPLE_MAX)
    )
    found: dict[int, list[ResidentLine]] = {}
    for person, key_id in rows:
        phone = mask_phone(person.phone) if person.phone else ""
        found.setdefault(person.household_id or 0, []).append(
            ResidentLine(
                person.id,
                person.name,
                person.born_on,
                phone,
                is_key=shows_key_people and key_id is not None,
            )
        )
    return found


def _changes(session: Session, visit_id: int) -> list[ChangeLine]:
    rows = session.execute(
        select(VisitChange, Person.name)
        .join(Person, Person.id == VisitChange.person_id)
        .where(VisitChange.visit_id == visit_id)
        .order_by(VisitChange.id.desc())
        .limit(_LINES_MAX)
    )
    return [
        ChangeLine(
            row.id,
            ChangeKind(row.kind),
            row.person_id,
            name,
            _masked(row.kind, row.old_value),
            _masked(row.kind, row.new_value),
            clock.day_of(row.noted_at),
        )
        for row, name in rows
    ]


def _masked(kind: str, value: str | None) -> str:
    """Return a kept value as it may be shown: phones masked, rooms as they are."""
    return mask_phone(value) if value and kind == ChangeKind.PHONE else value or ""


def _findings(session: Session, visit_id: int) -> list[FindingLine]:
    rows = session.scalars(
        select(VisitFinding)
        .where(VisitFinding.visit_id == visit_id)
        .order_by(VisitFinding.id.desc())
        .limit(_LINES_MAX)
    )
    return [FindingLine(row.id, row.words, row.case_id) for row in rows]


def finding(session: Session, *, actor: Actor, finding_id: int) -> FindingView:
    """Return a finding within reach of who works at visits.

    Raises:
        FindingNotFoundError: there is none with this id within reach.
    """
    found = session.execute(
        select(VisitFinding, UnitVisit.micro_grid_id, MicroGrid.grid_id)
        .join(UnitVisit, UnitVisit.id == VisitFinding.visit_id)
        .join(MicroGrid, MicroGrid.id == UnitVisit.micro_grid_id)
        .where(VisitFinding.id == finding_id, VisitFinding.community_id == actor.community_id)
    ).one_or_none()
    if found is None or not actor.reach("visit.work").covers(grid_id=found[2]):
        raise FindingNotFoundError
    row, micro_grid_id, _ = found
    return FindingView(row.id, row.words, micro_grid_id, row.visit_id, row.case_id)
