"""Who stands on the list of a task, and in which order."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.tasks import SignUpNotFoundError
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.tasks import SignUp
from timebank.volunteering.queries import tasks
from timebank.volunteering.rules.tasks import HOLDING_STATES, PLACES_MAX, SignUpState, SignUpView

LISTED_MAX = 2 * PLACES_MAX  # on a page that shows the whole list


def sign_ups_for(session: Session, *, actor: Actor, task_id: int) -> Sequence[SignUpView]:
    """Return the list of a task to staff of the place, the requester and the one served.

    Others see their own line alone.
    """
    return _sign_ups(session, _listed_to(session, actor, task_id))


def sign_up_page(
    session: Session,
    *,
    actor: Actor,
    task_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[SignUpView]:
    """Return a page of the same list, however long it is."""
    which = _listed_to(session, actor, task_id)
    if cursor:
        which &= _after(cursor)
    listed = _sign_ups(session, which, limit=limit + 1)
    return paging.page_of(
        listed,
        limit=limit,
        key=lambda one: ["" if one.queued_at is None else one.queued_at.isoformat(), one.id],
    )


def _listed_to(session: Session, actor: Actor, task_id: int) -> ColumnElement[bool]:
    """Return which lines of a task's list somebody may see: all of them, or their own.

    Raises:
        TaskNotFoundError: there is none within reach.
    """
    view = tasks.task(session, actor=actor, task_id=task_id)
    me = actor.person_id
    is_party = me is not None and me in {view.recipient_id, view.asked_by_id}
    sees_all = actor.reach("task.read").covers(grid_id=view.grid_id, centre_id=view.centre_id)
    listed = SignUp.task_id == task_id
    return listed if sees_all or is_party else listed & (SignUp.volunteer_id == (me or 0))


def _after(cursor: str) -> ColumnElement[bool]:
    """Return the condition that a line comes after the last one of the page before.

    Raises:
        BadCursorError: the text is no such cursor.
    """
    queued, row_id = paging.decode(cursor, width=2)
    if not isinstance(queued, str) or not isinstance(row_id, int):
        raise paging.BadCursorError
    if not queued:
        return or_(SignUp.queued_at.is_not(None), SignUp.id > row_id)
    try:
        queued_at = datetime.fromisoformat(queued)
    except ValueError as error:
        raise paging.BadCursorError from error
    if queued_at.tzinfo is None:
        raise paging.BadCursorError
    same = and_(SignUp.queued_at == queued_at, SignUp.id > row_id)
    return or_(SignUp.queued_at > queued_at, same)


def sign_ups(session: Session, task_id: int) -> Sequence[SignUpView]:
    """Return everybody on a task's list, those with places first, the waiting in their order."""
    return _sign_ups(session, SignUp.task_id == task_id)


def _sign_ups(
    session: Session, which: ColumnElement[bool], *, limit: int = LISTED_MAX
) -> list[SignUpView]:
    """Return the views of some sign-ups: two reads, however many there are."""
    rows = session.execute(
        select(SignUp, Presence)
        .outerjoin(Presence, Presence.sign_up_id == SignUp.id)
        .where(which)
        .order_by(SignUp.queued_at.is_not(None), SignUp.queued_at, SignUp.id)
        .limit(limit)
    ).all()
    people = community_queries.persons(session, {row[0].volunteer_id for row in rows})
    return [
        SignUpView(
            id=one.id,
            task_id=one.task_id,
            volunteer_id=one.volunteer_id,
            volunteer_name=people[one.volunteer_id].name,
            place_label=people[one.volunteer_id].place_label,
            state=SignUpState(one.state),
            state_reason=one.state_reason,
            signed_at=one.signed_at,
            queued_at=one.queued_at,
            was_moved_up=one.was_moved_up,
            presence_id=None if there is None else there.id,
            started_at=None if there is None else there.started_at,
            ended_at=None if there is None else there.ended_at,
            record_id=None if there is None else there.record_id,
        )
        for one, there in rows
    ]


def comers(session: Session, task_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of those who will come, by task."""
    rows = session.execute(
        select(SignUp.task_id, Person.name)
        .join(Person, Person.id == SignUp.volunteer_id)
        .where(SignUp.task_id.in_(task_ids), SignUp.state.in_(HOLDING_STATES))
        .order_by(SignUp.id)
        .limit(LISTED_MAX)
    )
    found: dict[int, list[str]] = {}
    for task_id, name in rows:
        found.setdefault(task_id, []).append(name)
    return found


def sign_up(session: Session, sign_up_id: int) -> SignUpView:
    """Return one sign-up; whoever asks has already been let through.

    Raises:
        SignUpNotFoundError: there is none.
    """
    found = _sign_ups(session, SignUp.id == sign_up_id)
    if not found:
        raise SignUpNotFoundError
    return found[0]


def waiting_place(session: Session, *, task_id: int, volunteer_id: int) -> int:
    """Return the place on the waiting list, from 1; 0 for who does not wait."""
    order = session.scalars(
        select(SignUp.volunteer_id)
        .where(SignUp.task_id == task_id, SignUp.state == SignUpState.WAITING)
        .order_by(SignUp.queued_at, SignUp.id)
        .limit(LISTED_MAX)
    ).all()
    return order.index(volunteer_id) + 1 if volunteer_id in order else 0
