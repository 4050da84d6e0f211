"""Requests to undo a slip that wait for a second person, within reach."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError
from timebank.care.errors.tills import UndoRequestNotFoundError
from timebank.care.models.slips import Redemption
from timebank.care.models.undo_requests import CareUndoRequest
from timebank.care.rules import desk as rules
from timebank.care.rules.tills import AskedState, UndoRequestView
from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor


def _requests(actor: Actor) -> Select[Any]:
    """Return the requests of the centres that the actor reaches."""
    it, reach = CareUndoRequest, actor.reach("care.reverse")
    wanted = (
        select(it, Redemption, Person.name)
        .join(Redemption, Redemption.id == it.redemption_id)
        .join(Person, Person.id == Redemption.person_id)
        .where(it.community_id == actor.community_id)
    )
    return wanted if reach.is_wide else wanted.where(it.centre_id.in_(reach.centre_ids))


def _view(row: Row[Any]) -> UndoRequestView:
    asked, slip, person_name = row
    return UndoRequestView(
        id=asked.id,
        redemption_id=asked.redemption_id,
        centre_id=asked.centre_id,
        slip_number=rules.slip_number(
            centre_id=slip.centre_id, day=slip.slip_day, seq=slip.slip_seq
        ),
        person_name=person_name,
        minutes=slip.total_minutes,
        state=asked.state,
        reason=asked.reason,
        asked_by=asked.asked_by,
        asked_by_user_id=asked.asked_by_user_id,
        asked_at=asked.asked_at,
        answered_by=asked.answered_by,
    )


def request(
    session: Session, *, actor: Actor, redemption_id: int, request_id: int
) -> UndoRequestView:
    """Return one request of a slip within reach.

    Raises:
        UndoRequestNotFoundError: there is none.
    """
    wanted = _requests(actor).where(
        CareUndoRequest.id == request_id, CareUndoRequest.redemption_id == redemption_id
    )
    row = session.execute(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UndoRequestNotFoundError
    return _view(row)


def waiting_of(session: Session, *, actor: Actor, redemption_id: int) -> UndoRequestView | None:
    """Return the request of a slip that waits, if one does."""
    it = CareUndoRequest
    wanted = _requests(actor).where(
        it.redemption_id == redemption_id, it.state == AskedState.WAITING.value
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else _view(row)


def waiting(session: Session, *, actor: Actor, centre_id: int) -> Sequence[UndoRequestView]:
    """Return a centre's requests that can still be agreed to, the oldest first.

    Raises:
        CentreNotFoundError: it is not within reach.
    """
    if not actor.reach("care.reverse").covers(centre_id=centre_id):
        raise CentreNotFoundError
    rows = session.execute(_waiting(actor).where(CareUndoRequest.centre_id == centre_id))
    return [_view(row) for row in rows]


def waiting_anywhere(session: Session, *, actor: Actor) -> Sequence[UndoRequestView]:
    """Return what can still be agreed to at any centre within reach, the oldest first."""
    return [_view(row) for row in session.execute(_waiting(actor))]


def _waiting(actor: Actor) -> Select[Any]:
    """Return the requests within reach that can still be agreed to, the oldest first."""
    it = CareUndoRequest
    wanted = _requests(actor).where(
        it.state == AskedState.WAITING.value,
        Redemption.recorded_at >= clock.now() - timedelta(days=rules.UNDO_WINDOW_DAYS),
    )
    return wanted.order_by(it.id).limit(paging.PAGE_SIZE)
