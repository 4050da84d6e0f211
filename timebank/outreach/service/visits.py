"""Planning a month of visits, recording what is met behind doors, finishing a unit."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Household, Person
from timebank.community.rules import SixRole
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import tell_all
from timebank.outreach.errors import visits as errors
from timebank.outreach.models.visits import UnitVisit, VisitDoor
from timebank.outreach.queries import visits as queries
from timebank.outreach.rules.notices import VisitsPlanned
from timebank.outreach.rules.visits import DoorResult, Month, VisitState, month_of
from timebank.trail import service as trail


def plan_month(session: Session, *, actor: Actor, month: Month, due_on: date | None = None) -> int:
    """Plan the visit of every unit within reach that has none yet and return how many are new.

    Who goes is the grid's officer; ``due_on`` is the last day of the month when nothing is said.

    Raises:
        DayOutsideMonthError: the last day lies outside the month.
    """
    last = _day_in(month, due_on or month.last, field="due_on")
    reach = actor.reach("visit.work")
    holders = community_queries.holders(session, actor.community_id, role=SixRole.GRID_OFFICER)
    officers = {holder.grid_id: holder.person_id for holder in reversed(holders)}
    rows: list[dict[str, object]] = [
        {
            "community_id": actor.community_id,
            "micro_grid_id": place.id,
            "year": month.year,
            "month": month.number,
            "state": VisitState.PLANNED,
            "visitor_id": officers.get(place.grid_id),
            "due_on": last,
        }
        for place in community_queries.micro_grids(session, actor.community_id)
        if reach.covers(grid_id=place.grid_id)
    ]
    new = _insert_new(session, rows)
    if new:
        _tell_visitors(session, actor, month, last, new)
        trail.record(
            session,
            actor=actor,
            action="outreach.month_planned",
            subject_type="visits",
            subject_id=f"{month.year}-{month.number:02d}",
            facts={"count": len(new)},
        )
    return len(new)


def _insert_new(session: Session, rows: list[dict[str, object]]) -> list[int | None]:
    """Insert the visits that are not there yet and return who makes each."""
    if not rows:
        return []
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(UnitVisit)
    added = add.on_conflict_do_nothing(index_elements=["micro_grid_id", "year", "month"])
    return list(session.scalars(added.returning(UnitVisit.visitor_id), rows))


def _tell_visitors(
    session: Session, actor: Actor, month: Month, due_on: date, visitors: list[int | None]
) -> None:
    """Tell each visitor how many units are theirs."""
    people = sorted({one for one in visitors if one is not None and one != actor.person_id})
    tell_all(
        session,
        actor=actor,
        drafts=[
            Draft(
                one,
                VisitsPlanned(month.year, month.number, visitors.count(one), due_on),
                f"visits:{month.year}-{month.number}:{one}",
                f"/visits?year={month.year}&month={month.number}",
            )
            for one in people
        ],
    )


def assign_visit(
    session: Session, *, actor: Actor, visit_id: int, visitor_id: int, due_on: date
) -> None:
    """Let another of the six go, or by another day.

    Raises:
        VisitNotFoundError: there is none within reach.
        VisitDoneError: it was made already.
        DayOutsideMonthError: the day lies outside the month.
        NotAVisitorError: who shall go holds none of the six roles.
    """
    row = _locked(session, actor, visit_id)
    if row.state == VisitState.DONE:
        raise errors.VisitDoneError
    row.due_on = _day_in(Month(row.year, row.month), due_on, field="due_on")
    row.visitor_id = checked_visitor(session, actor, visitor_id)
    session.flush()
    leave_trail(session, actor, "visit_assigned", row.id)


def checked_visitor(session: Session, actor: Actor, person_id: int) -> int:
    """Return who shall go, once they hold one of the six roles here.

    Raises:
        NotAVisitorError: they hold none.
    """
    holders = community_queries.holders(session, actor.community_id)
    if person_id not in {holder.person_id for holder in holders}:
        raise errors.NotAVisitorError(field="visitor_id")
    return person_id


def record_door(
    session: Session,
    *,
    actor: Actor,
    visit_id: int,
    household_id: int,
    result: DoorResult,
    met_person_id: int | None = None,
    note: str = "",
    again_on: date | None = None,
) -> None:
    """Write down what happened at a door; said again, the later word holds.

    Raises:
        VisitNotFoundError: there is no such visit within reach.
        DoorElsewhereError, PersonElsewhereError: the household or the person is not of the unit.
        ReturnDayMissingError: nobody was met and no later day is named, or the other way round.
    """
    row = _locked(session, actor, visit_id)
    home = session.get(Household, household_id)
    if home is None or home.micro_grid_id != row.micro_grid_id:
        raise errors.DoorElsewhereError(field="household_id")
    is_right = again_on is not None and again_on > clock.today()
    if is_right != (result is DoorResult.NOT_MET) or (again_on is not None and not is_right):
        raise errors.ReturnDayMissingError(field="again_on")
    if met_person_id is not None:
        person = resident_of(session, row, met_person_id, field="met_person_id")
        if person.household_id != home.id or result is not DoorResult.MET:
            raise errors.PersonElsewhereError(field="met_person_id")
    door = session.scalar(
        select(VisitDoor).where(
            VisitDoor.visit_id == row.id, VisitDoor.household_id == household_id
        )
    )
    if door is None:
        door = VisitDoor(
            community_id=actor.community_id, visit_id=row.id, household_id=household_id
        )
        session.add(door)
    door.result, door.met_person_id, door.again_on = result, met_person_id, again_on
    door.note, door.recorded_at = note.strip() or None, clock.now()
    session.flush()
    leave_trail(session, actor, "door_recorded", row.id)


def finish_visit(
    session: Session, *, actor: Actor, visit_id: int, visited_on: date, note: str = ""
) -> None:
    """Say that a unit was walked through; those who were not met are still visited again.

    Raises:
        VisitNotFoundError: there is none within reach.
        VisitDoneError: that was said already.
        NoDoorSeenError: people live there and not one door is written down.
        DayOutsideMonthError, VisitInFutureError: the day cannot be.
    """
    row = _locked(session, actor, visit_id)
    if row.state == VisitState.DONE:
        raise errors.VisitDoneError
    _day_in(Month(row.year, row.month), visited_on, field="visited_on")
    if visited_on > clock.today():
        raise errors.VisitInFutureError(field="visited_on", on=visited_on)
    if _has_unseen_people(session, row):
        raise errors.NoDoorSeenError
    row.state, row.visited_on = VisitState.DONE, visited_on
    row.note, row.done_by_user_id = note.strip() or None, actor.user_id
    session.flush()
    leave_trail(session, actor, "visit_finished", row.id)


def _has_unseen_people(session: Session, row: UnitVisit) -> bool:
    """Whether people live in the unit and none of its doors is written down."""
    if session.scalar(select(VisitDoor.id).where(VisitDoor.visit_id == row.id).limit(1)):
        return False
    living = select(Person.id).where(
        Person.micro_grid_id == row.micro_grid_id,
        Person.household_id.is_not(None),
        Person.is_active,
    )
    return session.scalar(living.limit(1)) is not None


def resident_of(session: Session, row: UnitVisit, person_id: int, *, field: str) -> Person:
    """Return somebody who lives in the unit of a visit.

    Raises:
        PersonElsewhereError: nobody there has the id.
    """
    person = session.get(Person, person_id)
    if person is None or person.micro_grid_id != row.micro_grid_id or not person.is_active:
        raise errors.PersonElsewhereError(field=field)
    return person


def _locked(session: Session, actor: Actor, visit_id: int) -> UnitVisit:
    """Return the row of a visit that the actor may work at, locked."""
    row = queries.row_within(
        session, actor=actor, visit_id=visit_id, reach=actor.reach("visit.work")
    )
    session.refresh(row, with_for_update=True)
    return row


def _day_in(month: Month, day: date, *, field: str) -> date:
    """Return a day, once it lies in the month."""
    if month_of(day) != month:
        raise errors.DayOutsideMonthError(field=field, year=month.year, month=month.number)
    return day


def leave_trail(session: Session, actor: Actor, action: str, visit_id: int) -> None:
    """Leave an act at a visit in the trail."""
    trail.record(
        session,
        actor=actor,
        action=f"outreach.{action}",
        subject_type="unit_visit",
        subject_id=visit_id,
    )
