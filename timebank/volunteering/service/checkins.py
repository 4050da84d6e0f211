"""Coming and leaving: by the screen's code, the paper's digits, or staff; the record follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hmac import compare_digest

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.errors import tasks as task_errors
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import presence as reads_of
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.rules import presence as rules
from timebank.volunteering.rules import tasks as task_rules
from timebank.volunteering.rules.presence import (
    Given,
    How,
    Planned,
    PresenceEvent,
    ReviewReason,
    Side,
)
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.rules.tasks import SignUpCommand, SignUpState, TaskState
from timebank.volunteering.service.closing import finish
from timebank.volunteering.service.notes import locked_task, note, write
from timebank.volunteering.service.presence_records import PresenceFacts, record_presences

_BATCH = 200


@dataclass(frozen=True, slots=True)
class _Door:
    """A locked task, the sign-up of who stands at its door, and by what they prove to be there."""

    task: Task
    row: SignUp
    how: How
    at: datetime
    is_offline: bool

    @property
    def planned(self) -> Planned:
        """When the task is to begin and to end."""
        return Planned(self.task.starts_at, self.task.ends_at)


def check_in(
    session: Session,
    *,
    actor: Actor,
    task_id: int,
    given: Given,
    volunteer_id: int | None = None,
) -> int:
    """Note that somebody came and return the presence's id; staff name the volunteer.

    Raises:
        TooEarlyError, TooLateError, OfflineMomentError: not at this time.
        AlreadyHereError, HereElsewhereError: they are somewhere already.
        DomainError: the proof or the sign-up does not do; its class says which.
    """
    door = _door(
        session,
        Side.IN,
        actor=actor,
        task_id=task_id,
        given=given,
        volunteer_id=volunteer_id,
    )
    if _presence(session, door.row) is not None:
        raise errors.AlreadyHereError
    task_rules.next_sign_up_state(SignUpState(door.row.state), SignUpCommand.SERVE)
    if not door.is_offline:
        rules.check_arrival(door.planned, at=door.at)
    there = Presence(
        community_id=door.task.community_id,
        sign_up_id=door.row.id,
        task_id=door.task.id,
        volunteer_id=door.row.volunteer_id,
        started_at=door.at,
        started_how=door.how,
        started_recorded_at=clock.now(),
        is_offline=door.is_offline,
    )
    session.add(there)
    _note(session, actor, door.task, PresenceEvent.CHECKED_IN, door.row.volunteer_id)
    return there.id


def check_out(
    session: Session,
    *,
    actor: Actor,
    task_id: int,
    given: Given,
    volunteer_id: int | None = None,
) -> int | None:
    """Note that somebody left, make the service record, and return its id.

    None when staff must look first: the check-out came long after the planned end, or the rules
    for hours do not take the record as it is.

    Raises:
        NotHereError, AlreadyLeftError: they are not there.
        TooSoonError: less than a minute would count.
        DomainError: the proof or the sign-up does not do; its class says which.
    """
    door = _door(
        session,
        Side.OUT,
        actor=actor,
        task_id=task_id,
        given=given,
        volunteer_id=volunteer_id,
    )
    there = _presence(session, door.row)
    if there is None:
        raise errors.NotHereError
    if there.ended_at is not None:
        raise errors.AlreadyLeftError
    if rules.is_forgotten(door.planned, now=door.at):
        _fall_back(there, door.planned, ReviewReason.LATE_CHECK_OUT)
        _note(session, actor, door.task, PresenceEvent.CHECKED_OUT, there.volunteer_id)
        return None
    rules.counted_span(door.planned, started_at=there.started_at, ended_at=door.at)
    if door.is_offline and not there.is_offline:
        raise errors.OfflineMomentError(field="at")
    there.ended_at, there.ended_how = max(door.at, there.started_at), door.how
    there.ended_recorded_at = clock.now()
    record_id = make_record(session, actor=actor, task=door.task, row=door.row, there=there)
    _note(session, actor, door.task, PresenceEvent.CHECKED_OUT, there.volunteer_id)
    return record_id


def _door(
    session: Session,
    side: Side,
    *,
    actor: Actor,
    task_id: int,
    given: Given,
    volunteer_id: int | None,
) -> _Door:
    """Return who stands at which door, with a proof that does, at which moment."""
    task = locked_task(session, actor=actor, task_id=task_id)
    is_own = volunteer_id is None or volunteer_id == actor.person_id
    person_id = actor.person_id if is_own else volunteer_id
    row = session.scalar(
        select(SignUp)
        .where(SignUp.task_id == task.id, SignUp.volunteer_id == (person_id or 0))
        .execution_options(populate_existing=True)
    )
    if task.state == TaskState.CANCELLED:
        raise task_errors.TaskCancelledError
    if row is None:
        raise task_errors.NotAcceptedError
    how = _own_proof(task, row, given, side) if is_own else _staff_proof(actor, task)
    now = rules.whole_minute(clock.now())
    if given.at is None:
        return _Door(task, row, how, now, is_offline=False)
    rules.check_offline(Planned(task.starts_at, task.ends_at), at=given.at, now=clock.now())
    return _Door(task, row, how, rules.whole_minute(given.at), is_offline=True)


def _staff_proof(actor: Actor, task: Task) -> How:
    """Let staff of the place vouch for others."""
    if not reads_of.vouches(actor, task.grid_id, task.centre_id):
        raise errors.NotStaffHereError
    return How.STAFF


def _own_proof(task: Task, row: SignUp, given: Given, side: Side) -> How:
    """Return by what a volunteer proves to be there.

    A screen's code lives for minutes, so it proves nothing about a moment told later.
    """
    if given.stamp and given.at is None:
        window = rules.window_in(given.stamp, now=clock.now())
        rules.check_stamp(given.stamp, expected=reads_of.stamp(task.id, window=window))
        return How.QR
    if not given.code:
        raise errors.ProofMissingError(field="code")
    tries_left = rules.PAPER_TRIES_MAX - row.code_tries
    if tries_left <= 0:
        raise errors.PaperCodeLockedError(field="code")
    expected = reads_of.paper_code(task.id, side)
    if not compare_digest(given.code.encode(), expected.encode()):
        raise errors.PaperCodeWrongError(
            field="code", tries_left=tries_left - 1, aftermath=partial(_count_try, row_id=row.id)
        )
    return How.CODE


def _count_try(session: Session, *, row_id: int) -> None:
    """Count one wrong try."""
    session.execute(
        update(SignUp)
        .where(SignUp.id == row_id, SignUp.code_tries < rules.PAPER_TRIES_MAX)
        .values(code_tries=SignUp.code_tries + 1)
    )


def _presence(session: Session, row: SignUp) -> Presence | None:
    """Return the presence of a sign-up; None before they came."""
    return session.scalar(
        select(Presence)
        .where(Presence.sign_up_id == row.id)
        .execution_options(populate_existing=True)
    )


def make_record(
    session: Session,
    *,
    actor: Actor,
    task: Task,
    row: SignUp,
    there: Presence,
    late_reason: str = "",
) -> int | None:
    """Make the service record of a presence that has both ends, and return its id.

    What the rules for hours refuse, such as a full day, is kept for staff to look at: somebody
    who leaves is not held at the door. Then the answer is None.
    """
    seats = [(row, there)]
    make_records(session, actor=actor, task=task, seats=seats, late_reason=late_reason)
    return there.record_id


def make_records(
    session: Session,
    *,
    actor: Actor,
    task: Task,
    seats: Sequence[tuple[SignUp, Presence]],
    late_reason: str = "",
) -> None:
    """Make the records of presences that have both ends, all in a few statements."""
    write(session)
    told = [_told(task, there, late_reason) for _, there in seats]
    try:
        with session.begin_nested():
            made = record_presences(session, actor=actor, told=told, centre_id=task.centre_id)
    except DomainError:
        made = {}
    now = clock.now()
    for row, there in seats:
        there.record_id = made.get(there.volunteer_id)
        if there.record_id is None:
            there.review_reason = ReviewReason.NOT_RECORDED
            continue
        row.state = task_rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.SERVE)
        row.accepted_at, row.changed_at = row.accepted_at or now, now
    write(session)
    session.refresh(task, ["taken"])
    if made:
        finish(session, actor=actor, task=task)


def _told(task: Task, there: Presence, late_reason: str) -> PresenceFacts:
    """Return what a presence tells of service."""
    assert there.ended_at is not None
    assert there.ended_how is not None
    span = rules.counted_span(
        Planned(task.starts_at, task.ends_at),
        started_at=there.started_at,
        ended_at=there.ended_at,
    )
    facts = ServiceFacts(
        kind_id=task.kind_id,
        started_at=span.started_at,
        ended_at=span.ended_at,
        recipient_id=task.recipient_id,
        organisation_id=task.organisation_id,
        activity=task.activity,
        place=task.place,
        micro_grid_id=task.micro_grid_id,
        case_id=task.case_id,
        late_reason=late_reason,
    )
    is_seen = rules.is_proof(
        started_how=How(there.started_how),
        ended_how=How(there.ended_how),
        is_offline=there.is_offline,
    )
    is_proof = is_seen or there.reviewed_at is not None
    return PresenceFacts(there.volunteer_id, facts, is_proof)


def _fall_back(there: Presence, planned: Planned, reason: ReviewReason) -> None:
    """End a presence at the planned end, to be looked at: it never runs on."""
    there.ended_at = max(planned.ends_at, there.started_at)
    there.ended_how, there.ended_recorded_at = How.PLANNED, clock.now()
    there.review_reason = reason


def close_forgotten(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.close_forgotten``: end what nobody checked out of."""
    while True:
        rows = session.execute(
            select(Presence, Task)
            .join(Task, Task.id == Presence.task_id)
            .where(Presence.ended_at.is_(None), Task.ends_at < clock.now() - rules.GRACE)
            .order_by(Presence.id)
            .limit(_BATCH)
            .with_for_update(of=Presence)
        ).all()
        if not rows:
            return
        for there, task in rows:
            actor = program(community_id=task.community_id, name="volunteering.close_forgotten")
            planned = Planned(task.starts_at, task.ends_at)
            _fall_back(there, planned, ReviewReason.NO_CHECK_OUT)
            _note(session, actor, task, PresenceEvent.FELL_BACK, there.volunteer_id)


def print_paper(session: Session, *, actor: Actor, task_id: int) -> dict[Side, str]:
    """Return the digits for the paper that staff hand to the one served, for coming and leaving.

    Raises:
        ShowsNoStampError: the paper is not for this actor.
    """
    view = task_reads.task(session, actor=actor, task_id=task_id)
    if not reads_of.shows_stamps(actor, view):
        raise errors.ShowsNoStampError
    note(
        session,
        actor=actor,
        action=PresenceEvent.PAPER_PRINTED,
        subject_type="task",
        subject_id=task_id,
    )
    return {side: reads_of.paper_code(task_id, side) for side in Side}


def _note(
    session: Session, actor: Actor, task: Task, event: PresenceEvent, volunteer_id: int
) -> None:
    """Leave a coming or leaving in the trail."""
    note(
        session,
        actor=actor,
        action=event,
        subject_type="task",
        subject_id=task.id,
        facts={"volunteer_id": volunteer_id},
    )
