"""Planning what is held, signing people up, ticking who came, and saying how it went."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.errors import occasions as errors
from timebank.outreach.models.occasions import Occasion, OccasionGuest
from timebank.outreach.queries import occasions as queries
from timebank.outreach.rules import occasions as rules
from timebank.outreach.rules.occasions import GuestState, OccasionKind, OccasionState, Outcome, Plan
from timebank.trail import service as trail
from timebank.volunteering.errors.tasks import TaskNotFoundError
from timebank.volunteering.queries import tasks


def plan_occasion(session: Session, *, actor: Actor, plan: Plan) -> int:
    """Plan something and return its id; with a task its volunteers are found and credited there.

    Raises:
        OccasionPlaceError: its place is not one the actor answers for.
        OccasionPastError: its day is over.
        OccasionTaskError: there is no such task within reach.
    """
    if plan.on_day < clock.today():
        raise errors.OccasionPastError(field="on_day")
    grid_id = None
    if plan.micro_grid_id is not None:
        place = community_queries.micro_grid(session, plan.micro_grid_id)
        if place.community_id != actor.community_id:
            raise errors.OccasionPlaceError(field="micro_grid_id")
        grid_id = place.grid_id
    if not _works_at(actor, grid_id):
        raise errors.OccasionPlaceError(field="micro_grid_id")
    _check_task(session, actor, plan.task_id)
    row = Occasion(
        community_id=actor.community_id,
        kind=plan.kind,
        line=plan.line,
        audience=plan.audience,
        state=OccasionState.PLANNED,
        title=plan.title.strip(),
        on_day=plan.on_day,
        time_text=plan.time_text.strip(),
        place=plan.place.strip(),
        grid_id=grid_id,
        micro_grid_id=plan.micro_grid_id,
        seats=plan.seats,
        task_id=plan.task_id,
    )
    session.add(row)
    session.flush()
    record_occasion(session, actor, "occasion_planned", row)
    return row.id


def _check_task(session: Session, actor: Actor, task_id: int | None) -> None:
    """Refuse a task that the actor may not see."""
    if task_id is None:
        return
    try:
        tasks.task(session, actor=actor, task_id=task_id)
    except TaskNotFoundError as error:
        raise errors.OccasionTaskError(field="task_id") from error


def sign_up(
    session: Session, *, actor: Actor, occasion_id: int, person_id: int | None = None
) -> int:
    """Give somebody a seat, oneself when nobody is named, and return the guest's id.

    Raises:
        OccasionNotFoundError, PersonNotFoundError: one of them is not within reach.
        OccasionClosedError: nobody signs up for it, or it is over.
        OccasionFullError: all seats are taken.
        GuestKnownError: they have one.
    """
    row = locked_occasion(session, actor, occasion_id, is_own=person_id in {None, actor.person_id})
    who = _guest_person(session, actor, person_id)
    is_open = row.kind in rules.OPEN_KINDS and row.on_day >= clock.today()
    if row.state != OccasionState.PLANNED or not is_open:
        raise errors.OccasionClosedError
    guest = session.scalar(
        select(OccasionGuest).where(
            OccasionGuest.occasion_id == row.id, OccasionGuest.person_id == who
        )
    )
    if guest is not None and guest.state != GuestState.WITHDRAWN:
        raise errors.GuestKnownError
    if row.seats is not None and _count(session, row, but=GuestState.WITHDRAWN) >= row.seats:
        raise errors.OccasionFullError(seats=row.seats)
    if guest is None:
        guest = OccasionGuest(community_id=row.community_id, occasion_id=row.id, person_id=who)
        session.add(guest)
    guest.state, guest.signed_up_at = GuestState.SIGNED_UP, clock.now()
    session.flush()
    record_occasion(session, actor, "occasion_signed_up", row)
    return guest.id


def _guest_person(session: Session, actor: Actor, person_id: int | None) -> int:
    """Return who gets the seat."""
    if person_id is None or person_id == actor.person_id:
        if actor.person_id is None:
            raise PersonNotFoundError
        return actor.person_id
    found = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.search"),
    )
    return found.id


def withdraw(session: Session, *, actor: Actor, occasion_id: int) -> None:
    """Give one's own seat back.

    Raises:
        OccasionNotFoundError, GuestNotFoundError: there is none.
        OccasionClosedError: it is over.
    """
    row = locked_occasion(session, actor, occasion_id, is_own=True)
    if row.state != OccasionState.PLANNED:
        raise errors.OccasionClosedError
    guest = session.scalar(
        select(OccasionGuest).where(
            OccasionGuest.occasion_id == row.id,
            OccasionGuest.person_id == actor.person_id,
            OccasionGuest.state == GuestState.SIGNED_UP,
        )
    )
    if guest is None:
        raise errors.GuestNotFoundError
    guest.state = GuestState.WITHDRAWN
    session.flush()
    record_occasion(session, actor, "occasion_withdrawn", row)


def tick(
    session: Session, *, actor: Actor, occasion_id: int, guest_id: int, has_come: bool
) -> None:
    """Say whether somebody who signed up has come; until it is said how it went, it may change.

    Raises:
        OccasionNotFoundError, GuestNotFoundError: there is none within reach.
        OccasionSettledError: it is over.
        OccasionEarlyError: its day is still to come.
    """
    row = locked_occasion(session, actor, occasion_id)
    _check_running(row)
    guest = session.get(OccasionGuest, guest_id)
    if guest is None or guest.occasion_id != row.id or guest.state == GuestState.WITHDRAWN:
        raise errors.GuestNotFoundError
    guest.state = GuestState.ATTENDED if has_come else GuestState.ABSENT
    session.flush()


def hold(session: Session, *, actor: Actor, occasion_id: int, outcome: Outcome) -> None:
    """Say that it was held and how it went; who was not ticked has not come.

    Raises:
        OccasionNotFoundError: there is none within reach.
        OccasionSettledError, OccasionEarlyError: it is over, or still to come.
        OutcomeMisplacedError, RecheckMissingError, PartiesMissingError: the facts do not fit.
    """
    row = locked_occasion(session, actor, occasion_id)
    _check_running(row)
    _check_outcome(OccasionKind(row.kind), outcome)
    guests = session.scalars(
        select(OccasionGuest).where(
            OccasionGuest.occasion_id == row.id, OccasionGuest.state == GuestState.SIGNED_UP
        )
    )
    for guest in guests:
        guest.state = GuestState.ABSENT
    session.flush()
    came = _count(session, row, only=GuestState.ATTENDED)
    row.state = OccasionState.HELD
    row.attended_count, row.walk_in_count = came + outcome.walk_in_count, outcome.walk_in_count
    row.report = outcome.report.strip()
    row.checked_count, row.found_count = outcome.checked_count, outcome.found_count
    row.copy_count = outcome.copy_count
    row.hazard, row.recheck_on = outcome.hazard.strip() or None, outcome.recheck_on
    row.parties, row.agreement = outcome.parties.strip() or None, outcome.agreement.strip() or None
    session.flush()
    record_occasion(session, actor, "occasion_held", row)


def _check_outcome(kind: OccasionKind, outcome: Outcome) -> None:
    """Refuse facts of another kind, a hazard nobody looks at again, an agreement of nobody."""
    misplaced = rules.misplaced_fact(kind, outcome)
    if misplaced is not None:
        raise errors.OutcomeMisplacedError(field=misplaced)
    day = outcome.recheck_on
    if bool(outcome.hazard.strip()) != (day is not None) or (day and day <= clock.today()):
        raise errors.RecheckMissingError(field="recheck_on")
    if outcome.agreement.strip() and not outcome.parties.strip():
        raise errors.PartiesMissingError(field="parties")


def recheck(session: Session, *, actor: Actor, occasion_id: int, is_cleared: bool) -> None:
    """Say whether a hazard is gone.

    Raises:
        OccasionNotFoundError: there is none within reach.
        NothingToRecheckError: no hazard waits for it.
    """
    row = locked_occasion(session, actor, occasion_id)
    if row.recheck_on is None or row.rechecked_on is not None:
        raise errors.NothingToRecheckError
    row.rechecked_on, row.is_cleared = clock.today(), is_cleared
    session.flush()
    record_occasion(session, actor, "occasion_rechecked", row)


def cancel_occasion(session: Session, *, actor: Actor, occasion_id: int, reason: str) -> None:
    """Say that it is not held.

    Raises:
        OccasionNotFoundError: there is none within reach.
        OccasionSettledError: it is over.
        OccasionReasonMissingError: nothing is said of why.
    """
    row = locked_occasion(session, actor, occasion_id)
    if row.state != OccasionState.PLANNED:
        raise errors.OccasionSettledError
    if not reason.strip():
        raise errors.OccasionReasonMissingError(field="reason")
    row.state, row.cancel_reason = OccasionState.CANCELLED, reason.strip()
    session.flush()
    record_occasion(session, actor, "occasion_cancelled", row)


def _works_at(actor: Actor, grid_id: int | None) -> bool:
    """Whether the actor answers for what is held there."""
    reach = actor.reach("occasion.work")
    return bool(reach.centre_ids) or reach.covers(grid_id=grid_id)


def _check_running(row: Occasion) -> None:
    """Refuse what is over or still to come."""
    if row.state != OccasionState.PLANNED:
        raise errors.OccasionSettledError
    if row.on_day > clock.today():
        raise errors.OccasionEarlyError(on=row.on_day)


def _count(
    session: Session,
    row: Occasion,
    *,
    only: GuestState | None = None,
    but: GuestState | None = None,
) -> int:
    """Count guests in one state, or in all states but one."""
    counted = select(func.count()).where(OccasionGuest.occasion_id == row.id)
    if only is not None:
        counted = counted.where(OccasionGuest.state == only)
    if but is not None:
        counted = counted.where(OccasionGuest.state != but)
    return session.scalar(counted) or 0


def locked_occasion(
    session: Session, actor: Actor, occasion_id: int, *, is_own: bool = False
) -> Occasion:
    """Return the row of something the actor works at, or signs up for, locked."""
    row = queries.row_of(session, actor=actor, occasion_id=occasion_id)
    if not is_own and not _works_at(actor, row.grid_id):
        raise errors.OccasionNotFoundError
    session.refresh(row, with_for_update=True)
    return row


def record_occasion(session: Session, actor: Actor, action: str, row: Occasion) -> None:
    """Leave an act in the trail."""
    trail.record(
        session,
        actor=actor,
        action=f"outreach.{action}",
        subject_type="occasion",
        subject_id=row.id,
        summary=row.title,
    )
