"""Care for programs: catalogue, members, bookings, redemptions."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import cards as card_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.queries import visitors as visitor_queries
from timebank.care.rules.desk import (
    CODE_LIFE,
    BookingView,
    CardView,
    CentreView,
    Proven,
    RedemptionView,
    ServiceView,
    Wanted,
)
from timebank.care.rules.tills import Instead, Second
from timebank.care.rules.visitors import VisitView
from timebank.care.schemas.desk import (
    BookingOfServiceIn,
    BookingOut,
    BookingProofIn,
    CancelIn,
    CardIn,
    CardOut,
    CatalogueQuery,
    CentreIn,
    CentreOut,
    CodeOut,
    MemberOut,
    MemberQuery,
    NewServiceIn,
    OpeningIn,
    PinOfCardIn,
    PriceIn,
    ReasonIn,
    RedemptionIn,
    RedemptionOut,
    RedemptionQuery,
    ServiceIn,
    ServiceOut,
)
from timebank.care.schemas.proofs import UndoIn
from timebank.care.schemas.visits import VisitIn, VisitOut
from timebank.care.service import (
    booking_ends,
    bookings,
    cards,
    catalogue,
    redemptions,
    reversals,
    visitors,
)
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/care-centres")
@needs("care.read")
@reads
@gives(CentreOut, many=True)
def centres(session: Session) -> Sequence[CentreView]:
    """Where minutes are redeemed."""
    return catalogue_queries.centres(session, current_actor().community_id)


@api.get("/care-services")
@needs("care.read")
@reads
@takes(CatalogueQuery, where="query")
@gives(ServiceOut, many=True)
def services(
    session: Session, *, centre_id: int | None = None, on_day: date | None = None
) -> Sequence[ServiceView]:
    """What is offered, at the price of a day, with what is left of it."""
    return catalogue_queries.services(
        session,
        community_id=current_actor().community_id,
        day=on_day or clock.today(),
        centre_id=centre_id,
    )


@api.post("/care-centres")
@needs("care.manage")
@writes(keyed=True)
@takes(CentreIn)
@gives(CentreOut, status=201)
def add_centre(session: Session, **facts: Any) -> CentreView:  # noqa: ANN401 - shaped by the schema
    """Open a centre."""
    return catalogue.add_centre(session, actor=current_actor(), **facts)


@api.post("/care-centres/<int:centre_id>/opening")
@needs("care.manage")
@writes(keyed=True)
@takes(OpeningIn)
@gives(CentreOut)
def tell_opening(session: Session, centre_id: int, *, open_text: str) -> CentreView:
    """Say when a centre is open, in words that residents read."""
    return catalogue.tell_opening(
        session, actor=current_actor(), centre_id=centre_id, open_text=open_text
    )


@api.post("/care-services")
@needs("care.manage")
@writes(keyed=True)
@takes(NewServiceIn)
@gives(ServiceOut, status=201)
def add_service(session: Session, **facts: Any) -> ServiceView:  # noqa: ANN401 - shaped by the schema
    """Put a service into a centre's catalogue."""
    return catalogue.add_service(session, actor=current_actor(), **facts)


@api.post("/care-services/<int:service_id>/change")
@needs("care.manage")
@writes
@takes(ServiceIn)
@gives(ServiceOut)
def change_service(session: Session, service_id: int, **facts: Any) -> ServiceView:  # noqa: ANN401 - shaped by the schema
    """Say anew what a service is and how many there are of it a day."""
    actor = current_actor()
    return catalogue.change_service(session, actor=actor, service_id=service_id, **facts)


@api.post("/care-services/<int:service_id>/prices")
@needs("care.manage")
@writes(keyed=True)
@takes(PriceIn)
@gives(ServiceOut, status=201)
def set_price(session: Session, service_id: int, **facts: Any) -> ServiceView:  # noqa: ANN401 - shaped by the schema
    """Add a version of a service's price."""
    return catalogue.set_price(session, actor=current_actor(), service_id=service_id, **facts)


@api.post("/member-cards")
@needs("care.redeem")
@writes(keyed=True)
@takes(CardIn)
@gives(CardOut, status=201)
def open_card(session: Session, *, person_id: int) -> CardView:
    """Issue a person's first card."""
    return cards.open_card(session, actor=current_actor(), person_id=person_id)


@api.post("/member-cards/<int:person_id>/replace")
@needs("care.redeem")
@writes(keyed=True)
@takes(ReasonIn)
@gives(CardOut, status=201)
def replace_card(session: Session, person_id: int, *, reason: str) -> CardView:
    """Close a person's card and issue the next one."""
    actor = current_actor()
    return cards.replace_card(session, actor=actor, person_id=person_id, reason=reason)


@api.post("/member-cards/<int:person_id>/pin")
@needs("care.redeem")
@writes(keeps_answer=False)
@takes(PinOfCardIn)
@gives(CardOut)
def set_pin(session: Session, person_id: int, *, pin: str, proven: Proven) -> CardView:
    """Set the PIN that the elder typed."""
    return cards.set_pin(
        session, actor=current_actor(), person_id=person_id, pin=pin, proven=proven
    )


@api.post("/me/one-time-codes")
@needs("care.book")
@writes(keeps_answer=False)
@gives(CodeOut, status=201)
def make_code(session: Session) -> dict[str, object]:
    """Make a one-time code for oneself; earlier ones end."""
    code = cards.make_code(session, actor=current_actor())
    return {"code": code, "life_minutes": int(CODE_LIFE.total_seconds()) // 60}


@api.get("/members")
@needs("care.redeem")
@reads
@takes(MemberQuery, where="query")
@gives(MemberOut, many=True)
def members(session: Session, *, q: str) -> Sequence[PersonView]:
    """Whom a scan or a few typed characters mean; phones masked."""
    return card_queries.find_people(session, current_actor(), q)


@api.post("/bookings")
@needs("care.book")
@writes(keyed=True)
@takes(BookingOfServiceIn)
@gives(BookingOut, status=201)
def book(
    session: Session,
    *,
    person_id: int,
    service_id: int,
    on_day: date,
    at_time: str,
    quantity: int,
    slot_id: int | None,
) -> BookingView:
    """Book a service for a day and hold its minutes."""
    return bookings.book(
        session,
        actor=current_actor(),
        key=request_key(),
        person_id=person_id,
        service_id=service_id,
        on_day=on_day,
        at_time=at_time,
        quantity=quantity,
        slot_id=slot_id,
    )


@api.post("/bookings/<int:booking_id>/cancel")
@needs("care.book")
@writes(keyed=True)
@takes(CancelIn)
@gives(BookingOut)
def cancel(session: Session, booking_id: int, *, reason: str) -> BookingView:
    """Call a booking off; its minutes go back."""
    return booking_ends.cancel_booking(
        session, actor=current_actor(), booking_id=booking_id, reason=reason
    )


@api.post("/bookings/<int:booking_id>/release")
@needs("care.redeem")
@writes(keyed=True)
@takes(ReasonIn)
@gives(BookingOut)
def release(session: Session, booking_id: int, *, reason: str) -> BookingView:
    """Let a booking go that the centre cannot serve; its minutes go back."""
    return booking_ends.release_booking(
        session, actor=current_actor(), booking_id=booking_id, reason=reason
    )


@api.post("/bookings/<int:booking_id>/no-show")
@needs("care.redeem")
@writes(keyed=True)
@gives(BookingOut)
def no_show(session: Session, booking_id: int) -> BookingView:
    """Note that nobody came; the minutes go back."""
    return booking_ends.mark_no_show(session, actor=current_actor(), booking_id=booking_id)


@api.post("/bookings/<int:booking_id>/redeem")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(BookingProofIn)
@gives(RedemptionOut, status=201)
def redeem_booking(
    session: Session,
    booking_id: int,
    *,
    proven: Proven,
    taken: int | None,
    instead: Instead | None,
) -> RedemptionView:
    """Redeem what was booked for today, once; of it as many as are taken."""
    return redemptions.redeem_booking(
        session,
        actor=current_actor(),
        key=request_key(),
        booking_id=booking_id,
        proven=proven,
        taken=taken,
        instead=instead,
    )


@api.post("/redemptions")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(RedemptionIn)
@gives(RedemptionOut, status=201)
def redeem(
    session: Session,
    *,
    centre_id: int,
    person_id: int,
    wanted: Sequence[Wanted],
    proven: Proven,
    case_id: int | None,
    instead: Instead | None,
) -> RedemptionView:
    """Redeem services at a counter; the same key charges once."""
    return redemptions.redeem(
        session,
        actor=current_actor(),
        key=request_key(),
        centre_id=centre_id,
        person_id=person_id,
        wanted=wanted,
        proven=proven,
        case_id=case_id,
        instead=instead,
    )


@api.post("/redemptions/<int:redemption_id>/undo")
@needs("care.reverse")
@writes(keyed=True, keeps_answer=False)
@takes(UndoIn)
@gives(RedemptionOut)
def undo(
    session: Session, redemption_id: int, *, reason: str, second: Second | None
) -> RedemptionView:
    """Undo a redemption by a reversal, with a reason; some take a second person's PIN."""
    actor = current_actor()
    return reversals.undo_redemption(
        session, actor=actor, redemption_id=redemption_id, reason=reason, second=second
    )


@api.get("/redemptions")
@needs("care.read")
@reads
@takes(RedemptionQuery, where="query")
@gives_page(RedemptionOut)
def list_redemptions(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    centre_id: int | None = None,
    day: date | None = None,
) -> Page[RedemptionView]:
    """Redemptions within reach, newest first."""
    return redemption_queries.redemptions(
        session,
        actor=current_actor(),
        day=day,
        centre_id=centre_id,
        cursor=cursor,
        limit=limit,
    )


@api.post("/visits")
@needs("care.redeem")
@writes(keyed=True)
@takes(VisitIn)
@gives(VisitOut, status=201)
def serve_visitor(
    session: Session, *, centre_id: int, code: str, wanted: Sequence[Wanted]
) -> VisitView:
    """Hand services over to somebody of another community for the code that they show."""
    return visitors.serve_visitor(
        session, actor=current_actor(), centre_id=centre_id, code=code, wanted=wanted
    )


@api.get("/visits/<int:transfer_id>")
@needs("care.reverse")
@reads
@gives(VisitOut)
def get_visit(session: Session, transfer_id: int) -> VisitView:
    """What somebody of another community got."""
    return visitor_queries.visit(
        session, actor=current_actor(), transfer_id=transfer_id, permission="care.reverse"
    )


@api.post("/visits/<int:transfer_id>/undo")
@needs("care.reverse")
@writes(keyed=True)
@takes(UndoIn)
@gives(VisitOut)
def undo_visit(
    session: Session, transfer_id: int, *, reason: str, second: Second | None
) -> VisitView:
    """Give a visitor's minutes back in both books, with the reason and a second person."""
    return visitors.undo_visit(
        session, actor=current_actor(), transfer_id=transfer_id, reason=reason, second=second
    )
