"""Staff put presences down: a whole roster in one act, and what must be looked at one by one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.models.presence import Presence, PresenceCorrection
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import frozen
from timebank.volunteering.queries import presence as reads_of
from timebank.volunteering.rules import presence as rules
from timebank.volunteering.rules.presence import How, Planned, PresenceEvent
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service.checkins import make_record, make_records
from timebank.volunteering.service.notes import locked_task, note
from timebank.volunteering.service.presence_records import insert_all
from timebank.volunteering.service.review import Approvals, approve_many

_TICKABLE = (SignUpState.ACCEPTED, SignUpState.NO_SHOW)


def tick_roster(
    session: Session,
    *,
    actor: Actor,
    task_id: int,
    volunteer_ids: Collection[int],
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    late_reason: str = "",
) -> int:
    """Note in one act who was at a group activity, and return how many.

    Times are those of the plan unless others are given. Whoever checked in before keeps that
    beginning. What the rules for hours refuse waits for review; nobody's tick is lost.

    Raises:
        NotStaffHereError: not staff of the place.
        NobodyTickedError, TooManyTickedError, NotOnRosterError, FrozenOnRosterError: about the
            ticks.
        SpanOutsideTaskError, OfflineMomentError: about the times.
    """
    task = locked_task(session, actor=actor, task_id=task_id)
    if not reads_of.vouches(actor, task.grid_id, task.centre_id):
        raise errors.NotStaffHereError
    wanted = sorted(set(volunteer_ids))
    if not wanted:
        raise errors.NobodyTickedError(field="volunteer_ids")
    if len(wanted) > rules.TICKED_MAX:
        raise errors.TooManyTickedError(field="volunteer_ids", limit=rules.TICKED_MAX)
    if actor.person_id in wanted:
        raise errors.NotStaffHereError
    _check_live(session, task, wanted)
    planned = Planned(task.starts_at, task.ends_at)
    begin, end = started_at or planned.starts_at, ended_at or planned.ends_at
    rules.check_corrected(planned, started_at=begin, ended_at=end)
    if end > clock.now():
        raise errors.OfflineMomentError(field="ended_at")
    seats = seat(session, task, [(row, begin, end) for row in _on_roster(session, task, wanted)])
    make_records(session, actor=actor, task=task, seats=seats, late_reason=late_reason)
    note(
        session,
        actor=actor,
        action=PresenceEvent.ROSTER_TICKED,
        subject_type="task",
        subject_id=task.id,
        facts={"volunteer_ids": wanted},
    )
    return len(seats)


def _check_live(session: Session, task: Task, wanted: Collection[int]) -> None:
    """Refuse those to whom nothing can be posted, by name.

    Raises:
        FrozenOnRosterError: their accounts are frozen.
    """
    names = frozen.names_of_frozen(session, community_id=task.community_id, person_ids=wanted)
    if names:
        raise errors.FrozenOnRosterError(field="volunteer_ids", names="、".join(names))


def _on_roster(session: Session, task: Task, wanted: Collection[int]) -> Sequence[SignUp]:
    """Return the sign-ups of those ticked.

    Raises:
        NotOnRosterError: some have no place, or have left already.
    """
    found = session.scalars(
        select(SignUp)
        .outerjoin(Presence, Presence.sign_up_id == SignUp.id)
        .where(
            SignUp.task_id == task.id,
            SignUp.volunteer_id.in_(wanted),
            SignUp.state.in_(_TICKABLE),
            Presence.ended_at.is_(None),
        )
        .order_by(SignUp.id)
    ).all()
    missing = set(wanted) - {row.volunteer_id for row in found}
    if missing:
        people = community_queries.persons(session, missing)
        names = "、".join(people[one].name for one in sorted(missing & people.keys()))
        raise errors.NotOnRosterError(field="volunteer_ids", names=names)
    return found


def seat(
    session: Session, task: Task, times: Sequence[tuple[SignUp, datetime, datetime]]
) -> list[tuple[SignUp, Presence]]:
    """Note when people on a task's list came and left, and return each with their presence.

    Whoever checked in before keeps that beginning. All are written in a few statements.
    """
    here = {row.id for row, _, _ in times}
    known = set(session.scalars(_open_presences(here).with_only_columns(Presence.sign_up_id)))
    insert_all(
        session,
        [_new(task, row, started_at) for row, started_at, _ in times if row.id not in known],
    )
    there = {one.sign_up_id: one for one in session.scalars(_open_presences(here))}
    now = clock.now()
    for row, _, ended_at in times:
        one = there[row.id]
        one.ended_at = max(ended_at, one.started_at + timedelta(minutes=1))
        one.ended_how, one.ended_recorded_at = How.ROSTER, now
    return [(row, there[row.id]) for row, _, _ in times]


def _open_presences(sign_up_ids: Collection[int]) -> Select[tuple[Presence]]:
    """Select the presences of some sign-ups that have no end yet."""
    return select(Presence).where(Presence.sign_up_id.in_(sign_up_ids), Presence.ended_at.is_(None))


def _new(task: Task, row: SignUp, started_at: datetime) -> Presence:
    """Return the presence of somebody whom the roster alone knows."""
    return Presence(
        community_id=task.community_id,
        sign_up_id=row.id,
        task_id=task.id,
        volunteer_id=row.volunteer_id,
        started_at=started_at,
        started_how=How.ROSTER,
        started_recorded_at=clock.now(),
        is_offline=False,
    )


def approve_roster(session: Session, *, actor: Actor, task_id: int, key: UUID) -> Approvals:
    """Approve in one act what a task's roster brought, and post what needs nobody else's approval.

    Raises:
        TaskNotFoundError: there is none that the actor may see.
        NothingChosenError: none of its records waits for this actor.
        DomainError: an approver may not; its class says why.
    """
    locked_task(session, actor=actor, task_id=task_id)
    chosen = reads_of.approvable(session, actor=actor, task_id=task_id)
    return approve_many(session, actor=actor, record_ids=chosen, key=key)


def settle_presence(
    session: Session,
    *,
    actor: Actor,
    presence_id: int,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
) -> int | None:
    """Put a presence right that waits for review, keep both values, and make its record.

    Returns the record's id; None when the rules for hours still refuse it, and it goes on waiting.

    Raises:
        PresenceNotFoundError: there is none within reach.
        NotStaffHereError: it is the actor's own.
        NothingToReviewError: it does not wait.
        SpanOutsideTaskError: the times lie outside the task.
        ReasonMissingError: no reason was given.
    """
    view = reads_of.presence(session, actor=actor, presence_id=presence_id)
    task = locked_task(session, actor=actor, task_id=view.task_id)
    if view.volunteer_id == actor.person_id or not reads_of.vouches(
        actor, task.grid_id, task.centre_id
    ):
        raise errors.NotStaffHereError
    there = session.get_one(Presence, presence_id, populate_existing=True)
    if there.review_reason is None or there.ended_at is None:
        raise errors.NothingToReviewError
    planned = Planned(task.starts_at, task.ends_at)
    rules.check_corrected(planned, started_at=started_at, ended_at=ended_at)
    reason = required(reason)
    if (started_at, ended_at) != (there.started_at, there.ended_at):
        _correct(
            session,
            there,
            actor=actor,
            started_at=started_at,
            ended_at=ended_at,
            reason=reason,
        )
    there.review_reason, there.reviewed_at = None, clock.now()
    there.reviewed_by_user_id = actor.user_id
    row = session.get_one(SignUp, there.sign_up_id, populate_existing=True)
    record_id = make_record(
        session, actor=actor, task=task, row=row, there=there, late_reason=reason
    )
    note(
        session,
        actor=actor,
        action=PresenceEvent.REVIEWED,
        subject_type="task",
        subject_id=task.id,
        facts={"volunteer_id": there.volunteer_id},
    )
    return record_id


def _correct(
    session: Session,
    there: Presence,
    *,
    actor: Actor,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
) -> None:
    """Write the line with both values, then the new ones."""
    assert there.ended_at is not None
    session.add(
        PresenceCorrection(
            community_id=there.community_id,
            presence_id=there.id,
            at=clock.now(),
            user_id=actor.user_id,
            person_id=actor.person_id,
            actor_name=actor.name,
            reason=reason,
            started_before=there.started_at,
            started_after=started_at,
            ended_before=there.ended_at,
            ended_after=ended_at,
        )
    )
    session.flush()
    there.started_at, there.ended_at = started_at, ended_at
