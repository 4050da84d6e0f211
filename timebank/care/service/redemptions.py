"""Redeeming: minutes held, services delivered, minutes captured, slip numbered, all or nothing.

Locks are always taken in this order: booking, card, what is left of each service by its id,
the member's minutes, the slip counter of the centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingAlreadyResolvedError,
    BookingNeededError,
    BookingNotTodayError,
    CaseNotFoundError,
    CentreNotFoundError,
    KeyOfOtherRedemptionError,
    NothingChosenError,
    ServiceNotFoundError,
    SignedSlipUsedError,
    WrongCentreError,
)
from timebank.care.models.desk import (
    Booking,
    CarePrice,
    Redemption,
    RedemptionLine,
)
from timebank.care.queries import bookings, catalogue
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import (
    BookingState,
    Proof,
    Proven,
    RedemptionState,
    RedemptionView,
    ServiceView,
    Wanted,
)
from timebank.care.service import quotas, relatives, tidings
from timebank.care.service.bookings import Hold, claim, hold_minutes
from timebank.care.service.cards import (
    locked_card,
    refuse_own_or_kin,
)
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import holds as ledger_holds
from timebank.trail import service as trail
from timebank.volunteering.service.books import member_account, time_book
from timebank.volunteering.service.redeeming import check_may_redeem

ENTRY_KIND = "care.redeemed"


@dataclass(frozen=True, slots=True)
class Line:
    """What is handed over, at which price, with which queue number."""

    service_id: int
    service_name: str
    price_id: int
    quantity: int
    unit_minutes: int
    queue_number: int = 0

    @property
    def minutes(self) -> int:
        """The line's sum."""
        return self.quantity * self.unit_minutes


@dataclass(frozen=True, slots=True)
class Act:
    """Who redeems for whom, where, by which key."""

    key: UUID
    centre_id: int
    person_id: int
    proven: Proven
    case_id: int | None = None
    booking: Booking | None = None


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
) -> RedemptionView:
    """Redeem services at the counter; the same key charges once.

    Raises:
        CentreNotFoundError: the actor does not serve there.
        OwnServiceError: staff would serve themselves or their family.
        NothingChosenError, ServiceNotFoundError, WrongCentreError, BookingNeededError.
        CapacityFullError, DayLimitError, NotEnoughMinutesError.
        CardMissingError, ProofMissingError, WrongPinError, WrongCodeError, PinLockedError.
    """
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
    catalogue.centre(session, community_id=actor.community_id, centre_id=centre_id)
    act = Act(key, centre_id, person_id, proven, case_id)
    lines = rules.merged(wanted)
    known = _made_before(session, actor, act, lines)
    return known if known is not None else _carry_out(session, actor, act, lines)


def redeem_booking(
    session: Session, *, actor: Actor, key: UUID, booking_id: int, proven: Proven
) -> RedemptionView:
    """Redeem what was booked for today, from its held minutes, once.

    Raises:
        BookingNotFoundError: it is not at one of the actor's centres.
        BookingNotTodayError: it is for another day.
        BookingAlreadyResolvedError: it is redeemed, cancelled or released.
        OwnServiceError, CardMissingError, and what ``prove`` raises.
    """
    view = bookings.booking(session, actor=actor, booking_id=booking_id, permission="care.redeem")
    asked = Act(key, view.centre_id, view.person_id, proven)
    known = _made_before(session, actor, asked)
    if known is not None:
        return known
    if view.is_open and view.on_day != clock.today():
        raise BookingNotTodayError(day=view.on_day)
    try:
        booking = claim(session, booking_id=booking_id, state=BookingState.REDEEMED)
    except BookingAlreadyResolvedError:
        known = _made_before(session, actor, asked)  # by the same press, come twice at once
        if known is None:
            raise
        return known
    return _carry_out(session, actor, replace(asked, booking=booking), ())


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


def _carry_out(
    session: Session, actor: Actor, act: Act, wanted: Sequence[Wanted]
) -> RedemptionView:
    """Let the elder agree, then hold, deliver, capture and number the slip."""
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
    proof = relatives.prove(session, actor=actor, proven=act.proven, card=card, person=person)
    if act.booking is not None:
        lines = [_booked_line(session, act.booking)]
        _count(session, actor, act, lines, key=act.booking.key)
        account_id = member_account(session, community_id=actor.community_id, person_id=person.id)
        hold_id = act.booking.hold_id
    else:
        check_may_redeem(session, community_id=actor.community_id, person_id=person.id)
        lines = [_taken_line(session, actor, act, item) for item in wanted]
        if not lines:
            raise NothingChosenError(field="lines")
        _count(session, actor, act, lines, key=act.key)
        total = sum(line.minutes for line in lines)
        hold_id = derived_id(act.key, "hold")
        hold = Hold(hold_id, person.id, total, memo_of(lines))
        account_id = hold_minutes(session, actor=actor, hold=hold)
    redemption = _held(session, actor, act, card_id=card.id, proof=proof, lines=lines)
    _deliver_and_capture(
        session, actor, redemption, account_id=account_id, hold_id=hold_id, memo=memo_of(lines)
    )
    view = redemption_queries.redemption_of(session, redemption.id)
    tidings.of_redemption(session, actor=actor, view=view)
    return view


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


def _taken_line(session: Session, actor: Actor, act: Act, item: Wanted) -> Line:
    """Return one line at today's price, its share of the day taken."""
    service, line = priced(session, actor, act.centre_id, item)
    queue_number = quotas.take(
        session,
        community_id=actor.community_id,
        wanted=service,
        person_id=act.person_id,
        day=clock.today(),
        quantity=item.quantity,
    )
    return replace(line, queue_number=queue_number)


def priced(
    session: Session, actor: Actor, centre_id: int, item: Wanted
) -> tuple[ServiceView, Line]:
    """Return a service that this centre hands over without a booking, with its line of today.

    Raises:
        ServiceNotFoundError, WrongCentreError, BookingNeededError
    """
    service = catalogue.service(
        session, community_id=actor.community_id, service_id=item.service_id, day=clock.today()
    )
    if not service.is_active or service.minutes is None or service.price_id is None:
        raise ServiceNotFoundError
    if service.centre_id != centre_id:
        raise WrongCentreError(service=service.name)
    if service.needs_booking:
        raise BookingNeededError(service=service.name)
    return service, Line(service.id, service.name, service.price_id, item.quantity, service.minutes)


def _booked_line(session: Session, booking: Booking) -> Line:
    """Return the line of a booking, at the price it was booked at."""
    price = session.get_one(CarePrice, booking.price_id)
    service = catalogue.service(
        session,
        community_id=booking.community_id,
        service_id=booking.service_id,
        day=booking.on_day,
    )
    return Line(service.id, service.name, price.id, booking.quantity, price.minutes)


def memo_of(lines: Sequence[Line]) -> str:
    """Return what the passbook says about the redemption."""
    return "、".join(f"{line.service_name} × {line.quantity}" for line in lines)


def _held(
    session: Session,
    actor: Actor,
    act: Act,
    *,
    card_id: int,
    proof: Proof,
    lines: Sequence[Line],
) -> Redemption:
    """Write the redemption with its lines and its slip number, minutes held."""
    today = clock.today()
    redemption = Redemption(
        community_id=actor.community_id,
        key=act.key,
        person_id=act.person_id,
        card_id=card_id,
        centre_id=act.centre_id,
        booking_id=act.booking.id if act.booking else None,
        case_id=act.case_id,
        relative_id=act.proven.relative_id,
        operator_user_id=actor.user_id,
        operator_person_id=actor.person_id,
        operator_name=actor.name,
        state=RedemptionState.HELD.value,
        proof=proof.value,
        signed_slip=act.proven.signed_slip if proof is Proof.SIGNED else None,
        total_minutes=sum(line.minutes for line in lines),
        hold_id=act.booking.hold_id if act.booking else derived_id(act.key, "hold"),
        slip_day=today,
        slip_seq=quotas.next_slip(
            session, community_id=actor.community_id, centre_id=act.centre_id, day=today
        ),
        recorded_at=clock.now(),
    )
    session.add(redemption)
    try:
        session.flush()
    except IntegrityError as error:
        # Two counters at once with one paper, or with one key: the first has it.
        if "signed_slip" in str(error.orig):
            raise SignedSlipUsedError(field="signed_slip", slip=act.proven.signed_slip) from error
        raise KeyOfOtherRedemptionError from error
    session.add_all(_line_row(redemption, line) for line in lines)
    session.flush()
    return redemption


def _line_row(redemption: Redemption, line: Line) -> RedemptionLine:
    """Return the row of a line."""
    return RedemptionLine(
        community_id=redemption.community_id,
        redemption_id=redemption.id,
        service_id=line.service_id,
        price_id=line.price_id,
        quantity=line.quantity,
        unit_minutes=line.unit_minutes,
        queue_number=line.queue_number,
    )


def _deliver_and_capture(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    *,
    account_id: int,
    hold_id: UUID,
    memo: str,
) -> None:
    """Hand over and take the held minutes from the member to what the centre took in."""
    redemption.state = RedemptionState.DELIVERED.value
    redemption.delivered_at = clock.now()
    session.flush()
    book_id, centre_account_id = centre_account(
        session, community_id=actor.community_id, centre_id=redemption.centre_id
    )
    draft = EntryDraft(
        id=derived_id(redemption.key, "entry"),
        book_id=book_id,
        asset=Asset.MINUTES,
        kind=ENTRY_KIND,
        effective_on=redemption.slip_day,
        transfers=[Transfer(account_id, centre_account_id, redemption.total_minutes)],
        memo=memo,
        document=rules.slip_number(
            centre_id=redemption.centre_id, day=redemption.slip_day, seq=redemption.slip_seq
        ),
    )
    entry = ledger_holds.capture(session, actor=actor, hold_id=hold_id, draft=draft)
    redemption.state = RedemptionState.CAPTURED.value
    redemption.captured_at = clock.now()
    redemption.entry_id = entry.id
    session.flush()
    leave_trail(session, actor, redemption, "care.redeemed")


def centre_account(session: Session, *, community_id: int, centre_id: int) -> tuple[int, int]:
    """Return the book and the open account of what a centre took in."""
    book_id = time_book(session, community_id=community_id)
    account_id = ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.MINUTES,
        code=f"redeemed:{centre_id}",
        name="已兑换的时间",
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )
    return book_id, account_id


def leave_trail(session: Session, actor: Actor, redemption: Redemption, action: str) -> None:
    """Leave the trail of an act at the counter."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="redemption",
        subject_id=redemption.id,
        facts={"minutes": redemption.total_minutes, "centre_id": redemption.centre_id},
    )
