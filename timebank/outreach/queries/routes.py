"""The walk of a month: what is still to be seen, unit by unit and door by door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community.models import Building, MicroGrid
from timebank.community.rules import micro_grid_label
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.models.visits import UnitVisit, VisitFinding
from timebank.outreach.queries import visits
from timebank.outreach.rules.visits import DoorLine, DoorResult, Month, UnitLine


@dataclass(frozen=True, slots=True)
class Stop:
    """One unit on the walk with the doors that are still to be seen."""

    unit: UnitLine
    doors: Sequence[DoorLine]


@dataclass(frozen=True, slots=True)
class RouteView:
    """The walk; ``visitors`` are those who walk in this month, by id."""

    month: Month
    visitor_id: int | None
    visitors: dict[int, str]
    stops: Sequence[Stop]

    @property
    def door_count(self) -> int:
        """How many doors are still to be seen."""
        return sum(len(stop.doors) for stop in self.stops)


def route(
    session: Session, *, actor: Actor, month: Month, visitor_id: int | None = None
) -> RouteView:
    """Return the walk of one visitor, or of everybody within reach, in the order of the doors."""
    found = visits.month(session, actor=actor, month=month)
    planned = [unit for unit in found.units if unit.visit_id is not None]
    walked = [unit for unit in planned if visitor_id in {None, unit.visitor_id}]
    by_unit = visits.doors_of(
        session,
        [unit.micro_grid_id for unit in walked],
        {unit.micro_grid_id: unit.visit_id or 0 for unit in walked},
        shows_key_people=actor.may("keygroup.read"),
    )
    stops = [
        Stop(unit, [door for door in by_unit[unit.micro_grid_id] if _is_open(door)])
        for unit in walked
    ]
    return RouteView(
        month,
        visitor_id,
        {unit.visitor_id: unit.visitor_name for unit in planned if unit.visitor_id is not None},
        [stop for stop in stops if stop.doors],
    )


def _is_open(door: DoorLine) -> bool:
    """Whether a door is still to be seen: nobody was there, or nobody came yet."""
    return bool(door.residents) and door.result in {None, DoorResult.NOT_MET}


def visits_of_case(session: Session, case_id: int) -> list[tuple[int, str, date]]:
    """Return the visit on which a case was found: id, unit, day; a finding is one case at most."""
    rows = session.execute(
        select(UnitVisit.id, Building.number, MicroGrid.unit_no, VisitFinding.found_at)
        .join(VisitFinding, VisitFinding.visit_id == UnitVisit.id)
        .join(MicroGrid, MicroGrid.id == UnitVisit.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .where(VisitFinding.case_id == case_id)
    )
    return [
        (visit_id, micro_grid_label(building_no=number, unit_no=unit_no), clock.day_of(found_at))
        for visit_id, number, unit_no, found_at in rows
    ]
