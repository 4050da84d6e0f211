"""Redeeming: minutes held, services delivered, minutes captured, slip numbered, all or nothing.

Locks are always taken in this order: booking, card, what is left of each service by its id, what
the person may still spend today, the member's minutes, the slip counter of the centre, the till.
What is entered late shares the till's lock right after the card's, so that its day stays open.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingAlreadyResolvedError,
    BookingNotTodayError,
    CaseNotFoundError,
    CentreNotFoundError,
    KeyOfOtherRedemptionError,
    NothingChosenError,
)
from timebank.care.errors.home import AtHomeError
from timebank.care.errors.tills import TakenTooManyError
from timebank.care.queries import bookings, catalogue
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.rules import tills as till_rules
from timebank.care.rules.desk import BookingState, Proof, Proven, RedemptionView, Wanted
from timebank.care.rules.home import Delivery
from timebank.care.rules.tills import Instead
from timebank.care.service import refusals, relatives, slips, telling, tidings, tills, waiting
from timebank.care.service.bookings import Hold, claim, hold_minutes
from timebank.care.service.cards import card_by_photo, locked_card, refuse_own_or_kin
from timebank.care.service.slips import Act, Line, memo_of
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.volunteering.service import spending
from timebank.volunteering.service.books import member_account
from timebank.volunteering.service.redeeming import check_may_redeem


def redeem(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    centre_id: int,
    person_id: int,
    wanted: Sequence[Wanted],
    proven: Proven,
    case_id: int | None = None,
    instead: Instead | None = None,
    table_key: UUID | None = None,
) -> RedemptionView:
    """Redeem services at the counter; the same key charges once.

    Raises:
        CentreNotFoundError: the actor does not serve there.
        OwnServiceError: staff would serve themselves or their family.
        DayClosedError: the till's day is closed.
        NothingChosenError, ServiceNotFoundError, WrongCentreError, BookingNeededError.
        CapacityFullError, DayLimitError, DayMinutesError, NotEnoughMinutesError.
        CardMissingError, ProofMissingError, WrongPinError, WrongCodeError, PinLockedError,
        CardNotHereError, PhotoMissingError.
    """
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
    catalogue.centre(session, community_id=actor.community_id, centre_id=centre_id)
    act = Act(key, centre_id, person_id, proven, case_id, instead=instead, table_key=table_key)
    merged = rules.merged(wanted)
    of = merged[0].service_id if len(merged) == 1 else None
    with refusals.noted(actor, centre_id=centre_id, person_id=person_id, service_id=of):
        return carry_out(session, actor, act, merged)


def redeem_booking(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    booking_id: int,
    proven: Proven,
    taken: int | None = None,
    instead: Instead | None = None,
    at_home: bool = False,
) -> RedemptionView:
    """Redeem what was booked for today, from its held minutes, once; ``taken`` of it, or all.

    ``at_home`` is said of a visit that has ended, maybe on an earlier day.

    Raises:
        BookingNotFoundError: it is not at one of the actor's centres.
        BookingNotTodayError: it is for another day.
        AtHomeError: it is done at the elder's home, and nobody has confirmed the end.
        BookingAlreadyResolvedError: it is redeemed, cancelled or released.
        TakenTooManyError: more than booked would be taken.
        OwnServiceError, CardMissingError, DayClosedError, and what ``prove`` raises.
    """
    view = bookings.booking(session, actor=actor, booking_id=booking_id, permission="care.redeem")
    asked = Act(key, view.centre_id, view.person_id, proven, taken=taken, instead=instead)
    if at_home and view.on_day < clock.today():
        asked = replace(asked, served_on=view.on_day)
    known = _made_before(session, actor, asked)
    if known is not None:
        return known
    if view.is_open and view.delivery != Delivery.AT_CENTRE and not at_home:
        raise AtHomeError(service=view.service_name)
    if view.is_open and view.on_day != clock.today() and not at_home:
        raise BookingNotTodayError(day=view.on_day)
    try:
        till_rules.partial(view.quantity, taken)
    except ValueError as error:
        raise TakenTooManyError(field="taken", booked=view.quantity) from error
    of = {"centre_id": view.centre_id, "person_id": view.person_id, "service_id": view.service_id}
    with refusals.noted(actor, **of):
        return _carry_out_booking(session, actor, asked, booking_id)


def _carry_out_booking(
    session: Session, actor: Actor, asked: Act, booking_id: int
) -> RedemptionView:
    """Redeem a booking once, however often and at once it is asked by one key."""
    try:
        booking = claim(session, booking_id=booking_id, state=BookingState.REDEEMED)
    except BookingAlreadyResolvedError:
        known = _made_before(session, actor, asked)  # by the same press, come twice at once
        if known is None:
            raise
        return known
    return carry_out(session, actor, replace(asked, booking=booking))


def carry_out(
    session: Session,
    actor: Actor,
    act: Act,
    wanted: Sequence[Wanted] = (),
    *,
    given: Proof | None = None,
    lines: Sequence[Line] = (),
) -> RedemptionView:
    """Let the elder agree, then hold, deliver, capture and number the slip.

    ``given`` is how the elder has agreed already, on paper that was looked at before; ``lines``
    are what that paper was for, which took its place of the day when it was made.
    """
    known = _made_before(session, actor, act, wanted)
    if known is not None:
        return known
    person = community_queries.person(
        session, community_id=actor.community_id, person_id=act.person_id
    )
    refuse_own_or_kin(session, actor=actor, person_id=person.id)
    _refuse_unknown_case(session, actor, act.case_id)
    card = locked_card(session, person=person)
    # The same press of the key may have come twice at once; the first has finished by now.
    known = _made_before(session, actor, act, wanted)
    if known is not None:
        return known
    day = telling.slip_day(session, actor=actor, act=act)
    till = tills.open_till(session, actor=actor, centre_id=act.centre_id, day=day)
    if act.proven.card_token and given is None:
        given, photo = card_by_photo(card, name=person.name, token=act.proven.card_token)
        act = replace(act, photo_file_id=photo)
    proof = given or relatives.prove(
        session, actor=actor, proven=act.proven, card=card, person=person
    )
    lines, account_id, hold_id = _set_aside(session, actor, act, wanted, lines)
    redemption = slips.write_slip(
        session, actor, act, till=till, day=day, card_id=card.id, proof=proof, lines=lines
    )
    slips.deliver_and_capture(
        session, actor, redemption, account_id=account_id, hold_id=hold_id, memo=memo_of(lines)
    )
    _offer_rest(session, actor, act, lines)
    view = redemption_queries.redemption_of(session, redemption.id)
    if telling.tells_self(session, view.person_id):
        tidings.of_redemption(session, actor=actor, view=view)
    telling.tell_taken(session, actor=actor, view=view)
    return view


def _set_aside(
    session: Session, actor: Actor, act: Act, wanted: Sequence[Wanted], fixed: Sequence[Line]
) -> tuple[list[Line], int, UUID]:
    """Return the lines with the member's account and the hold that pays for them."""
    if act.booking is not None:
        lines = [slips.booked_line(session, act.booking, act.taken)]
        whole = lines[0].quantity == act.booking.quantity
        if not whole:
            spending.give_back(session, key=act.booking.key)
        _count(session, actor, act, lines, key=act.booking.key if whole else act.key)
        _spend(session, actor, act, lines)
        account_id = member_account(
            session, community_id=actor.community_id, person_id=act.person_id
        )
        return lines, account_id, act.booking.hold_id
    check_may_redeem(session, community_id=actor.community_id, person_id=act.person_id)
    lines = list(fixed) or [slips.taken_line(session, actor, act, item) for item in wanted]
    if not lines:
        raise NothingChosenError(field="lines")
    _count(session, actor, act, lines, key=act.key)
    _spend(session, actor, act, lines)
    hold_id = derived_id(act.key, "hold")
    total = sum(line.minutes for line in lines)
    hold = Hold(hold_id, act.person_id, total, memo_of(lines))
    return lines, hold_minutes(session, actor=actor, hold=hold), hold_id


def _offer_rest(session: Session, actor: Actor, act: Act, lines: Sequence[Line]) -> None:
    """Offer what was booked and not taken to those in line."""
    booked = act.booking
    if booked is not None and lines[0].quantity < booked.quantity:
        waiting.offer_next(session, actor=actor, service_id=booked.service_id, day=booked.on_day)


def _spend(session: Session, actor: Actor, act: Act, lines: Sequence[Line]) -> None:
    """Count what the person spends today, under the centre's limit."""
    tills.spend(
        session,
        community_id=actor.community_id,
        centre_id=act.centre_id,
        person_id=act.person_id,
        day=act.served_on or clock.today(),
        minutes=sum(line.minutes for line in lines),
    )


def _made_before(
    session: Session, actor: Actor, act: Act, wanted: Sequence[Wanted] = ()
) -> RedemptionView | None:
    """Return what this key has already done, if it is what is asked now."""
    community_id = actor.community_id
    known = redemption_queries.redemption_of_key(session, community_id=community_id, key=act.key)
    if known is None:
        return None
    lines = {line.service_id: line.quantity for line in known.lines}
    is_same = not wanted or lines == {item.service_id: item.quantity for item in wanted}
    if (known.person_id, known.centre_id) != (act.person_id, act.centre_id) or not is_same:
        raise KeyOfOtherRedemptionError
    return known


def _count(session: Session, actor: Actor, act: Act, lines: Sequence[Line], *, key: UUID) -> None:
    """Count what a relative spends, if it is a relative who spends."""
    relatives.count(
        session,
        actor=actor,
        proven=act.proven,
        person_id=act.person_id,
        minutes=sum(line.minutes for line in lines),
        what=memo_of(lines),
        key=key,
    )


def _refuse_unknown_case(session: Session, actor: Actor, case_id: int | None) -> None:
    """Refuse a case that is not the community's."""
    if case_id is not None and not redemption_queries.has_case(
        session, community_id=actor.community_id, case_id=case_id
    ):
        raise CaseNotFoundError(field="case_id")
