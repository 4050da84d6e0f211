"""The waiting list: in line for a full day or slot, first come first offered, told of it once."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CapacityFullError, NothingChosenError
from timebank.care.errors.slots import (
    AlreadyWaitingError,
    NoOfferError,
    OfferOverError,
    SlotFullError,
    StillFreeError,
    WaitingOverError,
)
from timebank.care.models.slots import CareWaiting
from timebank.care.queries import catalogue
from timebank.care.queries import slots as slot_queries
from timebank.care.queries import waiting as queries
from timebank.care.rules import slots as rules
from timebank.care.rules.desk import QUANTITY_MAX, BookingView, ServiceView
from timebank.care.rules.notices import PlaceLapsed, PlaceOffered
from timebank.care.rules.slots import SlotView, WaitingState, WaitingView
from timebank.care.service import bookings, quotas, tidings
from timebank.care.service.eligibility import refuse_unfit
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.ids import derived_id
from timebank.notices.service.telling import take_back, tell
from timebank.trail import service as trail
from timebank.volunteering.service.redeeming import check_may_redeem

JOB = "care.pass_offers"
_BATCH = 500


def join(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    person_id: int,
    service_id: int,
    on_day: date,
    quantity: int = 1,
    slot_id: int | None = None,
) -> WaitingView:
    """Put a person in line for a full day or slot; nothing is held until a place is taken.

    Raises:
        StillFreeError: there are places to be booked.
        AlreadyWaitingError: they are in this line.
        ServiceNotFoundError, BookingDayError, SlotNeededError, SlotNotFoundError, SlotPastError
        TooYoungForServiceError, HardshipOnlyError, BenefitsOffError
    """
    known = session.scalar(select(CareWaiting.id).where(CareWaiting.key == key))
    if known is not None:
        return queries.waiting(session, actor=actor, waiting_id=known)
    wanted = bookings.bookable(
        session, actor, service_id=service_id, person_id=person_id, day=on_day
    )
    slot = bookings.slot_for(session, wanted, slot_id=slot_id, day=on_day)
    check_may_redeem(session, community_id=actor.community_id, person_id=person_id)
    refuse_unfit(session, actor, wanted, person_id=person_id, day=on_day)
    if not 1 <= quantity <= QUANTITY_MAX:
        raise NothingChosenError(field="quantity")
    if _has_room(wanted, slot, quantity):
        raise StillFreeError
    row = CareWaiting(
        community_id=actor.community_id,
        key=key,
        person_id=person_id,
        service_id=service_id,
        slot_id=slot_id,
        on_day=on_day,
        quantity=quantity,
        places=wanted.places(quantity),
        state=WaitingState.IN_LINE.value,
        relative_id=bookings.relative_of(actor, person_id=person_id, centre_id=wanted.centre_id),
        asked_by=actor.name,
        asked_at=clock.now(),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyWaitingError from error
    _note(session, actor, row, "care.waiting_joined")
    return queries.waiting_of(session, row.id)


def _has_room(wanted: ServiceView, slot: SlotView | None, quantity: int) -> bool:
    """Whether somebody may book at once, so that nobody need wait."""
    of_day = wanted.left is None or wanted.left >= quantity
    return of_day and (slot is None or slot.left >= wanted.places(quantity))


def offer_next(session: Session, *, actor: Actor, service_id: int, day: date) -> int:
    """Offer what was freed to those first in line, as far as it goes; return to how many.

    The freed place is taken at once for whom it is offered to, so that nobody books past the line,
    and within one line nobody is passed over. The caller has written the day's row, which lets one
    after the other do this.
    """
    ids = session.scalars(
        select(CareWaiting.id)
        .where(
            CareWaiting.service_id == service_id,
            CareWaiting.on_day == day,
            CareWaiting.state == WaitingState.IN_LINE,
        )
        .order_by(CareWaiting.id)
        .limit(_BATCH)
    ).all()
    offered, stuck = 0, set[int | None]()
    for waiting_id in ids:
        row = session.get_one(CareWaiting, waiting_id, with_for_update=True, populate_existing=True)
        if row.state != WaitingState.IN_LINE or row.slot_id in stuck:
            continue
        if _offer(session, actor, row):
            offered += 1
        else:
            stuck.add(row.slot_id)
    return offered


def _offer(session: Session, actor: Actor, row: CareWaiting) -> bool:
    """Keep a place for the first in line and tell them; whether there was one to keep."""
    wanted = catalogue.service(
        session, community_id=row.community_id, service_id=row.service_id, day=row.on_day
    )
    view = queries.waiting_of(session, row.id)
    begins = rules.begins_at(row.on_day, view.at_time)
    terms = slot_queries.rules_on(session, row.service_id, day=row.on_day)
    until = rules.offer_ends(clock.now(), hours=terms.offer_hours, begins=begins, day=row.on_day)
    if until <= clock.now() or not wanted.is_active:
        return False
    slot = _slot(session, row)
    try:
        with session.begin_nested():
            quotas.take_place(
                session,
                community_id=row.community_id,
                wanted=wanted,
                day=row.on_day,
                quantity=row.quantity,
                slot=slot,
            )
    except (CapacityFullError, SlotFullError):
        return False
    row.state, row.offered_until = WaitingState.OFFERED.value, until
    session.flush()
    _note(session, actor, row, "care.place_offered")
    facts = (view.service_name, view.centre_name, row.on_day, view.at_time, until)
    tell(
        session,
        actor=actor,
        to=_people(row),
        notice=PlaceOffered(*facts),
        key=_key(row.id),
        url=tidings.BOOKINGS,
    )
    return True


def _slot(session: Session, row: CareWaiting) -> SlotView | None:
    """Return the slot for which somebody waits."""
    if row.slot_id is None:
        return None
    found = slot_queries.slots(session, row.service_id, day=row.on_day)
    return next((one for one in found if one.id == row.slot_id), None)


def take_offer(session: Session, *, actor: Actor, waiting_id: int) -> BookingView:
    """Book the place that is kept, and hold its minutes.

    Raises:
        WaitingNotFoundError, WaitingOverError, NoOfferError
        OfferOverError: it was kept until a moment that is past.
        NotEnoughMinutesError, DayLimitError, and what else ``bookings.book`` raises.
    """
    queries.waiting(session, actor=actor, waiting_id=waiting_id)
    row = _locked(session, waiting_id)
    if row.state == WaitingState.IN_LINE:
        raise NoOfferError
    if row.offered_until is not None and row.offered_until <= clock.now():
        raise OfferOverError(until=row.offered_until)
    made = bookings.book(
        session,
        actor=actor,
        key=derived_id(row.key, "booking"),
        person_id=row.person_id,
        service_id=row.service_id,
        on_day=row.on_day,
        quantity=row.quantity,
        slot_id=row.slot_id,
        has_place=True,
    )
    row.booking_id = made.id
    _end(session, actor, row, WaitingState.TAKEN)
    return made


def leave(session: Session, *, actor: Actor, waiting_id: int) -> WaitingView:
    """Leave the line; a place that was kept goes to the next.

    Raises:
        WaitingNotFoundError, WaitingOverError
    """
    queries.waiting(session, actor=actor, waiting_id=waiting_id)
    row = _locked(session, waiting_id)
    _give_up(session, actor, row, WaitingState.LEFT)
    return queries.waiting_of(session, row.id)


def leave_all(session: Session, actor: Actor, person_id: int) -> None:
    """Take a person whose account is frozen out of every line."""
    ids = session.scalars(
        select(CareWaiting.id)
        .where(
            CareWaiting.community_id == actor.community_id,
            CareWaiting.person_id == person_id,
            CareWaiting.state.in_(rules.OPEN_WAITING),
        )
        .order_by(CareWaiting.id)
    ).all()
    for waiting_id in ids:
        _give_up(session, actor, _locked(session, waiting_id), WaitingState.LEFT)


def pass_offers(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``care.pass_offers``: what nobody took in time goes to the next in line.

    Lines of days that are over end as well.
    """
    now, today = clock.now(), clock.today()
    is_due = (CareWaiting.state == WaitingState.OFFERED) & (CareWaiting.offered_until <= now)
    is_past = (CareWaiting.state == WaitingState.IN_LINE) & (CareWaiting.on_day < today)
    ids = session.scalars(
        select(CareWaiting.id).where(is_due | is_past).order_by(CareWaiting.id).limit(_BATCH)
    ).all()
    for waiting_id in ids:
        row = session.get_one(CareWaiting, waiting_id, with_for_update=True, populate_existing=True)
        if row.state not in rules.OPEN_WAITING:
            continue
        actor = program(community_id=row.community_id, name=JOB)
        view = queries.waiting_of(session, row.id)
        _give_up(session, actor, row, WaitingState.LAPSED)
        facts = (view.service_name, view.centre_name, row.on_day)
        tell(
            session,
            actor=actor,
            to=_people(row),
            notice=PlaceLapsed(*facts),
            key=f"waiting:{row.id}:lapsed",
            url=tidings.BOOKINGS,
        )


def _give_up(session: Session, actor: Actor, row: CareWaiting, state: WaitingState) -> None:
    """End a place in the line; what was kept for it is offered to the next."""
    was_offered = row.state == WaitingState.OFFERED
    _end(session, actor, row, state)
    if not was_offered:
        return
    quotas.give_back_place(
        session,
        service_id=row.service_id,
        day=row.on_day,
        quantity=row.quantity,
        slot_id=row.slot_id,
        places=row.places,
    )
    offer_next(session, actor=actor, service_id=row.service_id, day=row.on_day)


def _locked(session: Session, waiting_id: int) -> CareWaiting:
    """Return a place in a line that is still open, locked.

    Raises:
        WaitingOverError
    """
    row = session.get_one(CareWaiting, waiting_id, with_for_update=True, populate_existing=True)
    if row.state not in rules.OPEN_WAITING:
        raise WaitingOverError
    return row


def _end(session: Session, actor: Actor, row: CareWaiting, state: WaitingState) -> None:
    """Write how a place in the line ended; an offer that is over is not told any more."""
    row.state, row.resolved_at = state.value, clock.now()
    session.flush()
    take_back(session, key=_key(row.id))
    _note(session, actor, row, f"care.{state.value}")


def _people(row: CareWaiting) -> list[int]:
    """Return who is told of a place: who waits, and the relative who asked for it."""
    return sorted({row.person_id, row.relative_id or row.person_id})


def _key(waiting_id: int) -> str:
    return f"waiting:{waiting_id}:offered"


def _note(session: Session, actor: Actor, row: CareWaiting, action: str) -> None:
    """Leave the trail of an act on a line."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_waiting",
        subject_id=row.id,
        facts={"service_id": row.service_id, "quantity": row.quantity},
    )
