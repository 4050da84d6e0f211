"""Asking for an undoing where nobody stands by: another agrees from their own page, or drops it.

Locks are taken in the order of undoing: the slip first, then the request.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.care.errors.tills import SecondSelfError, UndoAnsweredError, UndoAskedError
from timebank.care.models.undo_requests import CareUndoRequest
from timebank.care.queries import tills as till_queries
from timebank.care.queries import undo_requests as queries
from timebank.care.rules.desk import RedemptionView
from timebank.care.rules.tills import AskedState, Hand, Hands, UndoRequestView
from timebank.care.service import reversals, tidings, tills
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.service.telling import take_back
from timebank.trail import service as trail


def ask_undo(session: Session, *, actor: Actor, redemption_id: int, reason: str) -> UndoRequestView:
    """Ask that a slip be undone; nothing moves until another who works there agrees.

    Raises:
        RedemptionNotFoundError, OwnServiceError, AlreadyUndoneError, UndoWindowError
        UndoAskedError: it was asked already and waits.
    """
    view, slip = reversals.undoable(session, actor=actor, redemption_id=redemption_id)
    if queries.waiting_of(session, actor=actor, redemption_id=redemption_id) is not None:
        raise UndoAskedError
    till = till_queries.till_of(session, actor=actor, centre_id=slip.centre_id)
    row = CareUndoRequest(
        community_id=slip.community_id,
        centre_id=slip.centre_id,
        till_id=till.id,
        redemption_id=slip.id,
        state=AskedState.WAITING.value,
        reason=reason,
        asked_by_user_id=actor.user_id,
        asked_by=actor.name,
        asked_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _note(session, actor, "care.undo_asked", row.id)
    made = queries.request(session, actor=actor, redemption_id=redemption_id, request_id=row.id)
    tidings.of_undo_request(session, actor=actor, view=made, centre_name=view.centre_name)
    return made


def agree_undo(
    session: Session, *, actor: Actor, redemption_id: int, request_id: int
) -> RedemptionView:
    """Agree, as the second person, from one's own page; the slip is undone at once.

    Raises:
        UndoRequestNotFoundError, RedemptionNotFoundError, OwnServiceError
        SecondSelfError: the actor asked, by whatever account.
        UndoAnsweredError, AlreadyUndoneError, UndoWindowError, DayClosedError
    """
    asked = queries.request(
        session, actor=actor, redemption_id=redemption_id, request_id=request_id
    )
    _refuse_who_asked(session, actor, asked)
    view, slip = reversals.undoable(session, actor=actor, redemption_id=asked.redemption_id)
    row = session.scalars(
        select(CareUndoRequest)
        .where(CareUndoRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.state != AskedState.WAITING:
        raise UndoAnsweredError
    till = tills.open_till(
        session, actor=actor, centre_id=row.centre_id, day=clock.today(), till_id=row.till_id
    )
    hands = Hands(Hand(row.asked_by_user_id, row.asked_by), Hand(actor.user_id, actor.name))
    undone = reversals.undo_by(
        session, actor=actor, view=view, row=slip, hands=hands, till=till, reason=row.reason
    )
    _note(session, actor, "care.undo_agreed", request_id)
    return undone


def drop_request(
    session: Session, *, actor: Actor, redemption_id: int, request_id: int
) -> UndoRequestView:
    """Leave the slip as it is: who asked thinks better of it, or another does not agree.

    Raises:
        UndoRequestNotFoundError
        UndoAnsweredError: it was answered meanwhile.
    """
    queries.request(session, actor=actor, redemption_id=redemption_id, request_id=request_id)
    dropped = session.execute(
        update(CareUndoRequest)
        .where(CareUndoRequest.id == request_id, CareUndoRequest.state == AskedState.WAITING.value)
        .values(
            state=AskedState.DROPPED.value,
            answered_by=actor.name,
            answered_by_user_id=actor.user_id,
            answered_at=clock.now(),
        )
        .returning(CareUndoRequest.id)
    ).all()
    if not dropped:
        raise UndoAnsweredError
    take_back(session, key=tidings.asked_key(request_id))
    _note(session, actor, "care.undo_dropped", request_id)
    return queries.request(session, actor=actor, redemption_id=redemption_id, request_id=request_id)


def _refuse_who_asked(session: Session, actor: Actor, asked: UndoRequestView) -> None:
    """Refuse who asked, by this or another account of theirs."""
    first = access_queries.user(
        session, community_id=actor.community_id, user_id=asked.asked_by_user_id
    )
    is_same = first.person_id is not None and first.person_id == actor.person_id
    if is_same or actor.user_id in (None, asked.asked_by_user_id):
        raise SecondSelfError


def _note(session: Session, actor: Actor, action: str, request_id: int) -> None:
    """Leave the trail of an act on a request."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_undo_request",
        subject_id=request_id,
    )
