"""The walk of a month: what is still to be seen, unit by unit and door by door."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
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
