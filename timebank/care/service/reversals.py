"""Undoing a redemption that was keyed in wrongly: a reversal with a reason, once, in time."""

from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import AlreadyUndoneError, UndoWindowError
from timebank.care.errors.tills import DayClosedError, SecondNeededError
from timebank.care.models.desk import Booking
from timebank.care.models.slips import Redemption
from timebank.care.models.undo_requests import CareUndoRequest
from timebank.care.models.vouchers import CareVoucher
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import RedemptionState, RedemptionView
from timebank.care.rules.tills import AskedState, Hand, Hands, Second, TillView
from timebank.care.service import quotas, telling, tidings, tills, voucher_returns, waiting
from timebank.care.service.cards import refuse_own_or_kin
from timebank.care.service.slips import leave_trail
from timebank.care.service.tidings import asked_key
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.service import posting as ledger_posting
from timebank.notices.service.telling import take_back
from timebank.volunteering.service import spending


def undo_redemption(
    session: Session,
    *,
    actor: Actor,
    redemption_id: int,
    reason: str,
    second: Second | None = None,
) -> RedemptionView:
    """Give the minutes back by a reversal, with a reason, once, within the window.

    It stands in today's close of the till. ``second`` says yes too, by their PIN: always, unless
    the centre lets one undo so much alone; and always when the slip's own day is closed.

    Raises:
        RedemptionNotFoundError, OwnServiceError, AlreadyUndoneError, UndoWindowError.
        DayClosedError: today is closed at this till.
        SecondNeededError, and what ``tills.second_person`` raises.
    """
    view, redemption = undoable(session, actor=actor, redemption_id=redemption_id)
    till = tills.open_till(session, actor=actor, centre_id=redemption.centre_id, day=clock.today())
    other = None
    if second is not None:
        at, whose = redemption.centre_id, redemption.person_id
        other = tills.second_person(
            session, actor=actor, second=second, centre_id=at, person_id=whose
        )
    elif needs_another(session, view):
        raise SecondNeededError(field="staff_pin")
    hands = Hands(_hand(actor), None if other is None else _hand(other))
    return undo_by(
        session, actor=actor, view=view, row=redemption, hands=hands, till=till, reason=reason
    )


def undoable(
    session: Session, *, actor: Actor, redemption_id: int
) -> tuple[RedemptionView, Redemption]:
    """Return a slip that may still be undone by the actor, with its row, locked.

    Raises:
        RedemptionNotFoundError, OwnServiceError, AlreadyUndoneError, UndoWindowError.
    """
    view = redemption_queries.redemption(
        session, actor=actor, redemption_id=redemption_id, permission="care.reverse"
    )
    refuse_own_or_kin(session, actor=actor, person_id=view.person_id)
    redemption = session.scalars(
        select(Redemption)
        .where(Redemption.id == redemption_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if redemption.state != RedemptionState.CAPTURED or redemption.entry_id is None:
        raise AlreadyUndoneError
    if not rules.is_within_undo(recorded_at=redemption.recorded_at, now=clock.now()):
        raise UndoWindowError(days=rules.UNDO_WINDOW_DAYS)
    return view, redemption


def undo_by(
    session: Session,
    *,
    actor: Actor,
    view: RedemptionView,
    row: Redemption,
    hands: Hands,
    till: TillView,
    reason: str,
) -> RedemptionView:
    """Undo a slip that ``undoable`` returned, by those who agreed, in today's close of a till.

    Raises:
        DayClosedError, SecondNeededError, AlreadyUndoneError: the database refuses it.
    """
    if row.entry_id is None:
        raise AlreadyUndoneError
    voucher = voucher_returns.voucher_of(session, row)
    _give_back(session, actor, view, row)
    entry = ledger_posting.reverse(
        session,
        actor=actor,
        entry_id=row.entry_id,
        reversal_id=derived_id(row.key, "reversal"),
        reason=reason,
    )
    first, second = hands.first, hands.second
    values: dict[str, object] = {
        "state": RedemptionState.UNDONE.value,
        "reversal_entry_id": entry.id,
        "undone_at": clock.now(),
        "undone_by": first.name,
        "undone_by_user_id": first.user_id,
        "undo_reason": reason,
        "undo_day": clock.today(),
        "undo_till_id": till.id,
        "undo_second_user_id": second.user_id if second else None,
        "undo_second": second.name if second else "",
    }
    _write(session, row, values, till=till, day=clock.today())
    _uncount(session, actor, row, voucher)
    _answer_request(session, row, hands)
    leave_trail(session, actor, row, "care.redemption_undone")
    return _told(session, actor, row.id)


def _hand(actor: Actor) -> Hand:
    """Return who has a hand in it, by account and name."""
    return Hand(actor.user_id, actor.name)


def _answer_request(session: Session, row: Redemption, hands: Hands) -> None:
    """Let a request for this undoing wait no longer; who asked has not answered themselves."""
    asked = session.scalar(
        select(CareUndoRequest).where(
            CareUndoRequest.redemption_id == row.id,
            CareUndoRequest.state == AskedState.WAITING.value,
        )
    )
    if asked is None:
        return
    both = [hand for hand in (hands.second, hands.first) if hand is not None]
    other = next((hand for hand in both if hand.user_id != asked.asked_by_user_id), None)
    asked.state = (AskedState.AGREED if other else AskedState.DROPPED).value
    by = other or hands.first
    asked.answered_by, asked.answered_by_user_id = by.name, by.user_id
    asked.answered_at = clock.now()
    session.flush()
    take_back(session, key=asked_key(asked.id))


def _uncount(
    session: Session, actor: Actor, redemption: Redemption, voucher: CareVoucher | None
) -> None:
    """Count it no longer for a relative, and give the use back to the voucher it was of."""
    for key in _keys_of_use(session, redemption):
        spending.give_back(session, key=key)
    if voucher is not None:
        voucher_returns.give_back_use(session, actor=actor, row=voucher, redemption=redemption)


def _told(session: Session, actor: Actor, redemption_id: int) -> RedemptionView:
    """Tell those who want to know, and return what was undone."""
    undone = redemption_queries.redemption_of(session, redemption_id)
    if telling.tells_self(session, undone.person_id):
        tidings.of_undoing(session, actor=actor, view=undone, reason=undone.undo_reason)
    telling.tell_returned(session, actor=actor, view=undone)
    return undone


def needs_another(session: Session, view: RedemptionView) -> bool:
    """Whether undoing takes a second person."""
    return tills.needs_another(
        session,
        centre_id=view.centre_id,
        till_id=view.till_id,
        day=view.slip_day or clock.today(),
        minutes=view.total_minutes,
    )


def _give_back(
    session: Session, actor: Actor, view: RedemptionView, redemption: Redemption
) -> None:
    """Give back what the slip took of the day's places and of the person's day.

    A place that is still to come goes to who is first in line for it.
    """
    booked = _booking(session, redemption)
    day = booked.on_day if booked else redemption.slip_day
    for line in view.lines:
        if line.queue_number or booked:
            quotas.give_back(
                session,
                service_id=line.service_id,
                person_id=view.person_id,
                day=day,
                quantity=line.quantity,
                slot_id=booked.slot_id if booked else None,
                places=booked.places if booked else 0,
            )
            waiting.offer_next(session, actor=actor, service_id=line.service_id, day=day)
        elif redemption.served_on is not None:
            quotas.give_back_share(
                session,
                service_id=line.service_id,
                person_id=view.person_id,
                day=redemption.served_on,
                quantity=line.quantity,
            )
    tills.unspend(
        session,
        person_id=view.person_id,
        day=redemption.served_on or redemption.slip_day,
        minutes=redemption.total_minutes,
    )


def _booking(session: Session, redemption: Redemption) -> Booking | None:
    """Return what was booked, if anything was."""
    if redemption.booking_id is None:
        return None
    return session.get_one(Booking, redemption.booking_id)


def _write(
    session: Session,
    redemption: Redemption,
    values: dict[str, object],
    *,
    till: TillView,
    day: date,
) -> None:
    """Write that it is undone, once; the database refuses what the rules refuse."""
    try:
        undone = session.execute(
            update(Redemption)
            .where(
                Redemption.id == redemption.id, Redemption.state == RedemptionState.CAPTURED.value
            )
            .values(**values)
            .returning(Redemption.id)
        ).all()
    except IntegrityError as error:
        if "care_day_closed_undo" in str(error.orig):
            raise DayClosedError(till=till.name, day=day) from error
        if "care_undone_alone" in str(error.orig):
            raise SecondNeededError(field="staff_pin") from error
        raise
    if not undone:
        raise AlreadyUndoneError


def _keys_of_use(session: Session, redemption: Redemption) -> list[UUID]:
    """Return by which keys a relative's use may be counted: the booking's, the redemption's."""
    if redemption.booking_id is None:
        return [redemption.key]
    return [session.get_one(Booking, redemption.booking_id).key, redemption.key]
