"""Visits at home: begun and ended by the elder's yes, paid for what was done, never over it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingAlreadyResolvedError,
    BookingNotTodayError,
)
from timebank.care.errors.home import (
    DigitsNeededError,
    HomeVisitNotFoundError,
    NotByProviderError,
    RecordMissingError,
    VisitBegunError,
    VisitNotBegunError,
)
from timebank.care.errors.tills import TakenTooManyError
from timebank.care.models.home import CareHomeVisit
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import home_visits as queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules.desk import Proven, RedemptionView
from timebank.care.rules.home import HomeVisitView
from timebank.care.service import redemptions, relatives
from timebank.care.service.cards import locked_card, refuse_own_or_kin
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.models.records import ServiceRecord


def begin(session: Session, *, actor: Actor, booking_id: int, proven: Proven) -> HomeVisitView:
    """Confirm at the elder's home that the provider is there, by the elder's PIN or code.

    Raises:
        HomeVisitNotFoundError: it is not of one of the actor's centres.
        NotByProviderError: a volunteer comes.
        BookingAlreadyResolvedError, BookingNotTodayError, VisitBegunError
        OwnServiceError, DigitsNeededError, CardMissingError, and what ``relatives.prove`` raises.
    """
    view = _visit(session, actor, booking_id)
    booking = booking_queries.booking_of(session, booking_id)
    if view.by_volunteer:
        raise NotByProviderError
    if not booking.is_open:
        raise BookingAlreadyResolvedError
    if booking.on_day != clock.today():
        raise BookingNotTodayError(day=booking.on_day)
    if view.started_at is not None:
        raise VisitBegunError
    if not proven.pin and not proven.code:
        raise DigitsNeededError(field="pin")
    refuse_own_or_kin(session, actor=actor, person_id=view.person_id)
    person = community_queries.person(
        session, community_id=actor.community_id, person_id=view.person_id
    )
    card = locked_card(session, person=person)
    proof = relatives.prove(session, actor=actor, proven=proven, card=card, person=person)
    session.add(
        CareHomeVisit(
            community_id=actor.community_id,
            booking_id=booking_id,
            person_id=view.person_id,
            start_proof=proof.value,
            started_at=clock.now(),
            started_by=actor.name,
            started_by_user_id=actor.user_id,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise VisitBegunError from error
    _note(session, actor, booking_id, "care.visit_begun")
    return _visit(session, actor, booking_id)


def end(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    booking_id: int,
    proven: Proven,
    taken: int | None = None,
) -> RedemptionView:
    """Take what was done of the held minutes, by the elder's yes; the rest goes back.

    It is what the clock says between begin and now, or the volunteer's approved record; ``taken``
    may be less.

    Raises:
        HomeVisitNotFoundError, VisitNotBegunError
        RecordMissingError: the volunteer's record is not approved yet.
        TakenTooManyError: more than was done would be taken.
        BookingAlreadyResolvedError, OwnServiceError, and what else ``redeem_booking`` raises.
    """
    view = _visit(session, actor, booking_id)
    known = redemption_queries.redemption_of_key(session, community_id=actor.community_id, key=key)
    if known is not None and known.booking_id == booking_id:
        return known
    row = session.scalar(
        select(CareHomeVisit)
        .where(CareHomeVisit.booking_id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is not None and row.ended_at is not None:
        raise BookingAlreadyResolvedError
    done = view.done_units if taken is None else taken
    if view.by_volunteer:
        started_at, ended_at = _by_record(session, view)
    elif row is None or row.started_at is None:
        raise VisitNotBegunError
    else:
        started_at, ended_at = row.started_at, clock.now()
    assert row is not None  # a volunteer's visit has its row from its booking
    if not 1 <= done <= view.done_units:
        raise TakenTooManyError(field="taken", booked=view.done_units)
    row.record_id = view.record_id
    row.started_at, row.ended_at, row.done_units = started_at, ended_at, done
    row.ended_by, row.ended_by_user_id = actor.name, actor.user_id
    try:
        session.flush()
    except IntegrityError as error:
        raise BookingAlreadyResolvedError from error  # another visit was paid by this record
    made = redemptions.redeem_booking(
        session,
        actor=actor,
        key=key,
        booking_id=booking_id,
        proven=proven,
        taken=done,
        at_home=True,
    )
    _note(session, actor, booking_id, "care.visit_ended")
    return made


def _by_record(session: Session, view: HomeVisitView) -> tuple[datetime, datetime]:
    """Return from when to when a volunteer was there, by their approved record.

    Raises:
        RecordMissingError
    """
    if view.record_id is None or not view.may_end:
        raise RecordMissingError
    record = session.get_one(ServiceRecord, view.record_id)
    return record.started_at, record.ended_at


def _visit(session: Session, actor: Actor, booking_id: int) -> HomeVisitView:
    """Return a visit of one of the actor's centres."""
    reach = actor.reach("care.redeem")
    ids = None if reach.is_wide else reach.centre_ids
    if ids is not None and not ids:
        raise HomeVisitNotFoundError
    return queries.visit(
        session, community_id=actor.community_id, booking_id=booking_id, centre_ids=ids
    )


def _note(session: Session, actor: Actor, booking_id: int, action: str) -> None:
    """Leave the trail of an act at somebody's home."""
    trail.record(session, actor=actor, action=action, subject_type="booking", subject_id=booking_id)
