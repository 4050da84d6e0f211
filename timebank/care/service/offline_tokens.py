"""Signed tokens for one use: asked for by the elder's own proof, or made of tomorrow's bookings."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError, NothingChosenError
from timebank.care.errors.offline import TokenDaysError, TokenSpentError
from timebank.care.models.desk import Booking
from timebank.care.models.offline import OfflineToken
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import catalogue
from timebank.care.queries import offline as queries
from timebank.care.rules import offline as rules
from timebank.care.rules.desk import BookingState, Proven, Wanted
from timebank.care.rules.offline import Payload, TokenState, TokenView
from timebank.care.rules.weekdays import EVERY_DAY
from timebank.care.service import offline_keys, relatives, slips
from timebank.care.service.cards import locked_card, refuse_own_or_kin
from timebank.care.service.eligibility import refuse_no_day, refuse_unfit
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.service.redeeming import check_may_redeem

BY_BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a token is for."""

    person_id: int
    person_name: str
    service_id: int
    price_id: int
    quantity: int
    minutes: int
    first_on: date
    last_on: date
    consent: str
    booking_id: int | None = None


def issue_token(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    person_id: int,
    service_id: int,
    quantity: int,
    last_on: date,
    proven: Proven,
) -> TokenView:
    """Sign a paper for one use, from today to a day, for who says yes now by their own proof.

    Nothing is set aside: what the balance no longer pays for when the paper is used is a conflict
    for the manager, and never lost.

    Raises:
        CentreNotFoundError, OwnServiceError, TokenDaysError, NothingChosenError
        ServiceNotFoundError, WrongCentreError, BookingNeededError, NoServiceDayError
        CardMissingError
        ProofMissingError, WrongPinError, WrongCodeError, PinLockedError
    """
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
    today = clock.today()
    if not today <= last_on <= today + timedelta(days=rules.DAYS_MAX - 1):
        raise TokenDaysError(field="last_on", most=rules.DAYS_MAX)
    if quantity < 1:
        raise NothingChosenError(field="quantity")
    person = community_queries.person(session, community_id=actor.community_id, person_id=person_id)
    refuse_own_or_kin(session, actor=actor, person_id=person_id)
    check_may_redeem(session, community_id=actor.community_id, person_id=person_id)
    wanted, line = slips.priced(session, actor, centre_id, Wanted(service_id, quantity))
    refuse_no_day(wanted, first=today, last=last_on, weekdays=EVERY_DAY)
    refuse_unfit(session, actor, wanted, person_id=person_id)
    card = locked_card(session, person=person)
    proof = relatives.prove(session, actor=actor, proven=proven, card=card, person=person)
    wish = Wish(
        person_id=person_id,
        person_name=person.name,
        service_id=service_id,
        price_id=line.price_id,
        quantity=quantity,
        minutes=line.minutes,
        first_on=today,
        last_on=last_on,
        consent=proof.value,
    )
    return _sign(session, actor, centre_id, wish)


def issue_for_bookings(
    session: Session, *, actor: Actor, centre_id: int, on_day: date
) -> list[TokenView]:
    """Sign a paper for every booking of a day that has none yet, and return all of the day's.

    Who booked has agreed already, and the booking holds the minutes.

    Raises:
        CentreNotFoundError: the actor does not serve there.
        TokenDaysError: the day is past or too far ahead.
    """
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
    catalogue.centre(session, community_id=actor.community_id, centre_id=centre_id)
    today = clock.today()
    if not today <= on_day <= today + timedelta(days=rules.DAYS_MAX - 1):
        raise TokenDaysError(field="on_day", most=rules.DAYS_MAX)
    known = set(
        session.scalars(
            select(OfflineToken.booking_id).where(
                OfflineToken.centre_id == centre_id, OfflineToken.booking_id.is_not(None)
            )
        )
    )
    found = booking_queries.bookings(
        session,
        community_id=actor.community_id,
        centre_ids={centre_id},
        from_day=on_day,
        to_day=on_day,
        is_open=True,
    )
    for view in found:
        if view.id not in known and not _is_own_or_kin(session, actor, view.person_id):
            booking = session.get_one(Booking, view.id)
            wish = Wish(
                person_id=view.person_id,
                person_name=view.person_name,
                service_id=view.service_id,
                price_id=booking.price_id,
                quantity=view.quantity,
                minutes=view.minutes,
                first_on=on_day,
                last_on=on_day,
                consent=BY_BOOKING,
                booking_id=view.id,
            )
            _sign(session, actor, centre_id, wish)
    return queries.tokens_of_day(
        session, community_id=actor.community_id, centre_id=centre_id, day=on_day
    )


def revoke_token(session: Session, *, actor: Actor, token_id: int, reason: str) -> TokenView:
    """Let a paper hold no longer, because it was lost or is not wanted any more.

    Raises:
        TokenNotFoundError: it is not of a centre of the actor's.
        TokenSpentError: it is used or revoked already.
    """
    queries.token(session, actor=actor, token_id=token_id)
    changed = session.execute(
        update(OfflineToken)
        .where(OfflineToken.id == token_id, OfflineToken.state == TokenState.ISSUED.value)
        .values(state=TokenState.REVOKED.value, revoked_at=clock.now(), revoke_reason=reason)
        .returning(OfflineToken.id)
    ).all()
    if not changed:
        raise TokenSpentError
    _note(session, actor, "care.offline_token_revoked", token_id)
    return queries.token(session, actor=actor, token_id=token_id)


def _is_own_or_kin(session: Session, actor: Actor, person_id: int) -> bool:
    """Whether a booking is one's own or one's family's; a colleague makes its paper."""
    return actor.person_id is not None and (
        actor.person_id == person_id
        or community_queries.are_kin(session, actor.person_id, person_id)
    )


def _sign(session: Session, actor: Actor, centre_id: int, wish: Wish) -> TokenView:
    """Write a token that is signed by the community's key."""
    key = offline_keys.signing_key(session, actor.community_id)
    serial = secrets.token_bytes(rules.SERIAL_BYTES)
    body = rules.packed(
        Payload(
            key_number=key.number,
            community_id=actor.community_id,
            serial=serial,
            person_id=wish.person_id,
            service_id=wish.service_id,
            quantity=wish.quantity,
            minutes=wish.minutes,
            first_on=wish.first_on,
            days=(wish.last_on - wish.first_on).days + 1,
            name=rules.masked(wish.person_name),
        )
    )
    row = OfflineToken(
        community_id=actor.community_id,
        centre_id=centre_id,
        serial=serial.hex(),
        token=rules.written(body, offline_keys.sign(key, body)),
        person_id=wish.person_id,
        service_id=wish.service_id,
        price_id=wish.price_id,
        booking_id=wish.booking_id,
        quantity=wish.quantity,
        minutes=wish.minutes,
        first_on=wish.first_on,
        last_on=wish.last_on,
        state=TokenState.ISSUED.value,
        consent=wish.consent,
        issued_by=actor.name,
        issued_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _note(session, actor, "care.offline_token_issued", row.id)
    return queries.token(session, actor=actor, token_id=row.id)


def is_open_booking(session: Session, booking_id: int | None) -> bool:
    """Whether a token's booking still holds its minutes."""
    if booking_id is None:
        return False
    state = session.scalar(select(Booking.state).where(Booking.id == booking_id))
    return state == BookingState.BOOKED


def _note(session: Session, actor: Actor, action: str, token_id: int) -> None:
    """Leave the trail of an act on a token."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_offline_token",
        subject_id=token_id,
    )
