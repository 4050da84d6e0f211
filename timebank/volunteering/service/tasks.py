"""Tasks: post an activity that wants helpers, cancel what will not take place, see a contact."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.errors.records import (
    CaseNotFoundError,
    CentreNotFoundError,
    KindNotFoundError,
    OrganisationNotFoundError,
)
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import tasks as reads_of
from timebank.volunteering.rules import changes as change_rules
from timebank.volunteering.rules import needs as need_rules
from timebank.volunteering.rules import tasks as rules
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.tasks import HOLDING_STATES, TaskEvent, TaskFacts, TaskState
from timebank.volunteering.service.closing import cancel
from timebank.volunteering.service.notes import locked_task, note


def post_activity(session: Session, *, actor: Actor, facts: TaskFacts) -> int:
    """Post an activity that wants helpers, such as a free clinic, and return its task's id.

    Raises:
        NotCoordinatorError: its place is not one the actor answers for.
        DomainError: the facts break a rule; its class says which.
    """
    if not facts.activity.strip():
        raise errors.ActivityMissingError(field="activity")
    rules.check_span(facts.starts_at, facts.ends_at, now=clock.now())
    kind = limits.kind(session, community_id=actor.community_id, kind_id=facts.kind_id)
    if not kind.is_active:
        raise KindNotFoundError(field="kind_id")
    need_rules.check_risk(facts.wishes, is_risky_kind=kind.is_risky)
    row = _row(session, actor, facts)
    if not actor.reach("task.manage").covers(grid_id=row.grid_id, centre_id=row.centre_id):
        raise errors.NotCoordinatorError(field="micro_grid_id")
    session.add(row)
    session.flush()
    note(session, actor=actor, action=TaskEvent.POSTED, subject_type="task", subject_id=row.id)
    return row.id


def post_activities(
    session: Session, *, actor: Actor, facts: TaskFacts, shifts: int = 1
) -> list[int]:
    """Post an activity in equal shifts, each with all its places, and return their tasks' ids.

    Raises:
        ShiftsUnevenError: its time does not part into whole minutes, or shifts are too short.
        DomainError: as for one.
    """
    return [
        post_activity(session, actor=actor, facts=replace(facts, starts_at=begin, ends_at=end))
        for begin, end in change_rules.shifts_of(facts.starts_at, facts.ends_at, shifts=shifts)
    ]


def _row(session: Session, actor: Actor, facts: TaskFacts) -> Task:
    """Return the row of an activity's task, its links checked."""
    return Task(
        community_id=actor.community_id,
        state=TaskState.OPEN,
        activity=facts.activity.strip(),
        organisation_id=_organisation(session, actor, facts),
        kind_id=facts.kind_id,
        admission=facts.admission,
        is_urgent=False,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        places=facts.places,
        risk=facts.wishes.risk,
        sex=facts.wishes.sex,
        skills=[*facts.wishes.skills],
        languages=[*facts.wishes.languages],
        details=facts.details.strip(),
        place=facts.place.strip(),
        micro_grid_id=facts.micro_grid_id,
        grid_id=_grid(session, actor, facts),
        centre_id=_centre(session, actor, facts),
        case_id=_case(session, actor, facts),
        posted_at=clock.now(),
        posted_by_id=actor.person_id,
        posted_by_user_id=actor.user_id,
        posted_by_name=actor.name,
    )


def _organisation(session: Session, actor: Actor, facts: TaskFacts) -> int | None:
    """Return the organisation behind an activity, once the community has it."""
    wanted = facts.organisation_id
    if wanted is not None and not limits.has_organisation(
        session, community_id=actor.community_id, organisation_id=wanted
    ):
        raise OrganisationNotFoundError(field="organisation_id")
    return wanted


def _grid(session: Session, actor: Actor, facts: TaskFacts) -> int | None:
    """Return the grid of an activity: of its unit, else the only one its coordinator has."""
    if facts.micro_grid_id is not None:
        return limits.grid_of_place(
            session, community_id=actor.community_id, micro_grid_id=facts.micro_grid_id
        )
    grids = actor.reach("task.manage").grid_ids
    return next(iter(grids)) if len(grids) == 1 else None


def _centre(session: Session, actor: Actor, facts: TaskFacts) -> int | None:
    """Return the centre of an activity: the one named, else the first of its coordinator."""
    if facts.centre_id is None:
        return min(actor.reach("task.manage").centre_ids, default=None)
    if not limits.has_centre(session, community_id=actor.community_id, centre_id=facts.centre_id):
        raise CentreNotFoundError(field="centre_id")
    return facts.centre_id


def _case(session: Session, actor: Actor, facts: TaskFacts) -> int | None:
    """Return the case of an activity: by id, or by the number people write."""
    found = facts.case_id
    if found is None and facts.case_number.strip():
        found = limits.case_id_of(
            session, community_id=actor.community_id, number=facts.case_number
        )
        if found is None:
            raise CaseNotFoundError(field="case_number")
    elif found is not None and not limits.has_case(
        session, community_id=actor.community_id, case_id=found
    ):
        raise CaseNotFoundError(field="case_number")
    return found


def cancel_task(session: Session, *, actor: Actor, task_id: int, reason: str) -> None:
    """Say that a task will not take place; everybody on its list sees it with the reason.

    Raises:
        NotCoordinatorError: its place is not one the actor answers for.
        ReasonMissingError: no reason was given.
        DomainError: it has ended before.
    """
    task = locked_task(session, actor=actor, task_id=task_id)
    if not actor.reach("task.manage").covers(grid_id=task.grid_id, centre_id=task.centre_id):
        raise errors.NotCoordinatorError
    cancel(session, actor=actor, task=task, reason=required(reason))


@dataclass(frozen=True, slots=True)
class Contact:
    """Where and how to find the one served; shown once, logged, kept nowhere."""

    name: str
    phone: str | None
    address: str | None


def see_contact(session: Session, *, actor: Actor, task_id: int) -> Contact:
    """Show address and phone of the one served to who has the place; the resident sees who looked.

    Raises:
        ContactNotYoursError: the actor has no place on the task, or it serves no single person.
        ContactClosedError: not yet, or no more.
    """
    view = reads_of.task(session, actor=actor, task_id=task_id)
    if view.my_state not in HOLDING_STATES or view.recipient_id is None:
        raise errors.ContactNotYoursError
    rules.check_contact_open(starts_at=view.starts_at, ends_at=view.ends_at, now=clock.now())
    details = community_queries.own_details(
        session, community_id=actor.community_id, person_id=view.recipient_id
    )
    trail.record_look(
        session,
        actor=actor,
        person_id=view.recipient_id,
        fields=["phone", "address"],
        reason=f"志愿任务：{view.kind_name}，{clock.local(view.starts_at):%m-%d %H:%M}",
    )
    return Contact(view.recipient_name, details.phone, details.address)
