"""Slips: lines at their prices, the numbered row, minutes taken, the trail; for every proof."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingNeededError,
    KeyOfOtherRedemptionError,
    ServiceNotFoundError,
    SignedSlipUsedError,
    WrongCentreError,
)
from timebank.care.errors.tills import DayClosedError
from timebank.care.models.desk import Booking, CarePrice
from timebank.care.models.slips import Redemption, RedemptionLine
from timebank.care.queries import catalogue
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import Proof, Proven, RedemptionState, ServiceView, Wanted
from timebank.care.rules.tills import Instead, TillView
from timebank.care.service import quotas
from timebank.care.service.eligibility import refuse_other_day, refuse_switched_off, refuse_unfit
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import holds as ledger_holds
from timebank.trail import service as trail
from timebank.volunteering.service.books import time_book

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
    """Who redeems for whom, where, by which key, on the slip of which day.

    ``served_on`` is said of what was handed over on an earlier day and is entered late;
    ``token_id`` of what was handed over for a signed token.
    """

    key: UUID
    centre_id: int
    person_id: int
    proven: Proven
    case_id: int | None = None
    booking: Booking | None = None
    taken: int | None = None
    instead: Instead | None = None
    table_key: UUID | None = None
    served_on: date | None = None
    token_id: int | None = None
    photo_file_id: int | None = None


def priced(
    session: Session, actor: Actor, centre_id: int, item: Wanted, *, day: date | None = None
) -> tuple[ServiceView, Line]:
    """Return a service that this centre hands over without a booking, with its line of a day.

    Raises:
        ServiceNotFoundError, WrongCentreError, BookingNeededError
    """
    service = catalogue.service(
        session,
        community_id=actor.community_id,
        service_id=item.service_id,
        day=day or clock.today(),
    )
    if not service.is_active or service.minutes is None or service.price_id is None:
        raise ServiceNotFoundError
    if service.centre_id != centre_id:
        raise WrongCentreError(service=service.name)
    if service.needs_booking:
        raise BookingNeededError(service=service.name)
    refuse_switched_off(service)
    return service, Line(service.id, service.name, service.price_id, item.quantity, service.minutes)


def taken_line(session: Session, actor: Actor, act: Act, item: Wanted) -> Line:
    """Return one line at the price of its day, its share of the day taken.

    What was handed over without network took no place that another could have had.
    """
    service, line = priced(session, actor, act.centre_id, item, day=act.served_on)
    refuse_unfit(session, actor, service, person_id=act.person_id, day=act.served_on)
    if act.served_on is not None:
        take_late_share(session, actor, act, line)
        return line
    refuse_other_day(service, clock.today())
    queue_number = quotas.take(
        session,
        community_id=actor.community_id,
        wanted=service,
        person_id=act.person_id,
        day=clock.today(),
        quantity=item.quantity,
    )
    return replace(line, queue_number=queue_number)


def take_late_share(session: Session, actor: Actor, act: Act, line: Line) -> None:
    """Count what is entered late as the person's share of the day on which it was served.

    Raises:
        ServiceDayError: it is not served on that day of the week.
        DayLimitError: they have had their share of that day.
    """
    day = act.served_on or clock.today()
    service = catalogue.service(
        session, community_id=actor.community_id, service_id=line.service_id, day=day
    )
    refuse_other_day(service, day)
    quotas.take_share(
        session,
        community_id=actor.community_id,
        wanted=service,
        person_id=act.person_id,
        day=day,
        quantity=line.quantity,
    )


def booked_line(session: Session, booking: Booking, taken: int | None) -> Line:
    """Return the line of a booking, at the price it was booked at; what is left goes back."""
    price = session.get_one(CarePrice, booking.price_id)
    service = catalogue.service(
        session,
        community_id=booking.community_id,
        service_id=booking.service_id,
        day=booking.on_day,
    )
    quantity = booking.quantity if taken is None else taken
    if quantity < booking.quantity:
        places = service.places(quantity)
        quotas.give_back(
            session,
            service_id=booking.service_id,
            person_id=booking.person_id,
            day=booking.on_day,
            quantity=booking.quantity - quantity,
            slot_id=booking.slot_id,
            places=booking.places - places,
        )
        booking.places = places
    return Line(service.id, service.name, price.id, quantity, price.minutes)


def memo_of(lines: Sequence[Line]) -> str:
    """Return what the passbook says about the redemption."""
    return "、".join(f"{line.service_name} × {line.quantity}" for line in lines)


def write_slip(
    session: Session,
    actor: Actor,
    act: Act,
    *,
    till: TillView,
    day: date,
    card_id: int,
    proof: Proof,
    lines: Sequence[Line],
) -> Redemption:
    """Write the redemption with its lines and its slip number, minutes held.

    Raises:
        SignedSlipUsedError, KeyOfOtherRedemptionError: another was first.
        DayClosedError: the till's day was closed at this very moment.
    """
    redemption = Redemption(
        community_id=actor.community_id,
        key=act.key,
        person_id=act.person_id,
        card_id=card_id,
        centre_id=act.centre_id,
        till_id=till.id,
        table_key=act.table_key,
        booking_id=act.booking.id if act.booking else None,
        case_id=act.case_id,
        relative_id=act.proven.relative_id,
        operator_user_id=actor.user_id,
        operator_person_id=actor.person_id,
        operator_name=actor.name,
        state=RedemptionState.HELD.value,
        proof=proof.value,
        signed_slip=act.proven.signed_slip if proof is Proof.SIGNED else None,
        photo_file_id=act.photo_file_id,
        token_id=act.token_id,
        instead_name=act.instead.name if act.instead else None,
        instead_kind=act.instead.kind.value if act.instead else None,
        served_on=act.served_on,
        total_minutes=sum(line.minutes for line in lines),
        hold_id=act.booking.hold_id if act.booking else derived_id(act.key, "hold"),
        slip_day=day,
        slip_seq=quotas.next_slip(
            session, community_id=actor.community_id, centre_id=act.centre_id, day=day
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
        if "care_day_closed" in str(error.orig):
            raise DayClosedError(till=till.name, day=day) from error
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


def deliver_and_capture(
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
        effective_on=clock.today(),
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
