"""Slots hold their capacity, the line is served first come first, rules say what is charged."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN
from tests.make.slots import Bath, another, book_bath, make_bath
from tests.make.tills import let_one_undo
from timebank.care.errors import desk as desk_errors
from timebank.care.errors import slots as errors
from timebank.care.models.slots import CareSlotDay
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.queries import waiting as waiting_queries
from timebank.care.rules.desk import BookingState
from timebank.care.rules.slots import WaitingState, WaitingView
from timebank.care.service import (
    booking_ends,
    booking_moves,
    bookings,
    charges,
    redemptions,
    reversals,
    slots,
    waiting,
)
from timebank.care.verify import bookings as verify
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.ledger.rules.values import Balance
from timebank.notices.models.messages import Message
from timebank.volunteering.queries import passbook


def balance(session: Session, bath: Bath, person: Person | None = None) -> Balance:
    person_id = (person or bath.desk.member).id
    return passbook.balance(session, community_id=bath.desk.community_id, person_id=person_id)


def taken(session: Session, bath: Bath, day: date | None = None) -> int:
    return slot_queries.slots(session, bath.service.id, day=day or bath.day)[0].taken


def elder(session: Session, bath: Bath, person: Person | None = None) -> Actor:
    return make_actor(
        session,
        community_id=bath.desk.community_id,
        roles=(("elder", "own", None),),
        person_id=(person or bath.desk.member).id,
    )


def join(session: Session, bath: Bath, person: Person) -> WaitingView:
    return waiting.join(
        session,
        actor=bath.desk.counter,
        key=new_id(),
        person_id=person.id,
        service_id=bath.service.id,
        on_day=bath.day,
        slot_id=bath.slot.id,
    )


def strict(session: Session, bath: Bath, *, late: int | None = 50, missed: int = 100) -> None:
    slots.set_booking_rules(
        session,
        actor=bath.desk.admin,
        service_id=bath.service.id,
        valid_from=clock.today(),
        cancel_hours=4,
        late_percent=late,
        no_show_percent=missed,
        offer_hours=2,
    )


def told(session: Session, person: Person) -> list[str]:
    rows = session.query(Message).filter(Message.person_id == person.id).order_by(Message.id)
    return [row.code for row in rows]


def test_a_slot_takes_as_many_as_fit_and_says_so_to_the_next(session: Session) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)

    with pytest.raises(errors.SlotFullError), session.begin_nested():
        book_bath(session, bath, another(session, bath.desk, "王大爷"))

    assert (made.at_time, taken(session, bath), balance(session, bath).held) == ("10:00", 1, 60)
    assert list(verify.findings(session)) == []


def test_a_service_with_slots_is_not_booked_without_one(session: Session) -> None:
    bath = make_bath(session)
    facts = {"actor": bath.desk.counter, "person_id": bath.desk.member.id}

    with pytest.raises(errors.SlotNeededError):
        bookings.book(
            session,
            key=new_id(),
            service_id=bath.service.id,
            on_day=bath.day,
            **facts,  # type: ignore[arg-type]
        )
    with pytest.raises(errors.SlotNotFoundError):
        bookings.book(
            session,
            key=new_id(),
            service_id=bath.desk.haircut.id,
            on_day=bath.day,
            slot_id=bath.slot.id,
            **facts,  # type: ignore[arg-type]
        )


def test_the_database_holds_the_capacity_and_the_slots_service(session: Session) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    session.commit()

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(update(CareSlotDay).values(taken=2))
    other = "UPDATE booking SET service_id = :lunch WHERE id = :id"
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(other), {"lunch": bath.desk.lunch.id, "id": made.id})


def test_a_freed_place_is_kept_for_the_first_in_line_and_they_are_told_once(
    session: Session,
) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    first, second = (another(session, bath.desk, name) for name in ("王大爷", "李奶奶"))
    place, _ = join(session, bath, first), join(session, bath, second)

    booking_ends.cancel_booking(session, actor=bath.desk.counter, booking_id=made.id)

    assert waiting_queries.waiting_of(session, place.id).state == WaitingState.OFFERED
    assert told(session, first) == ["place_offered"]
    assert told(session, second) == []
    with pytest.raises(errors.SlotFullError), session.begin_nested():
        book_bath(session, bath)
    assert list(verify.findings(session)) == []


def test_what_is_left_of_a_booking_frees_its_places_of_the_slot_for_who_waits(
    session: Session,
) -> None:
    bath = make_bath(session, capacity=3)
    made = book_bath(session, bath, quantity=3)
    person = another(session, bath.desk, "王大爷")
    place = join(session, bath, person)

    with clock.fixed_at(clock.at_local(bath.day, time(9))):
        slip = redemptions.redeem_booking(
            session,
            actor=bath.desk.counter,
            key=new_id(),
            booking_id=made.id,
            proven=BY_PIN,
            taken=1,
        )

    assert slip.total_minutes == 60
    assert waiting_queries.waiting_of(session, place.id).state == WaitingState.OFFERED
    assert taken(session, bath) == 2
    assert list(verify.findings(session)) == []


def test_taking_the_offer_books_it_and_holds_the_minutes(session: Session) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    person = another(session, bath.desk, "王大爷")
    place = join(session, bath, person)
    booking_ends.cancel_booking(session, actor=bath.desk.counter, booking_id=made.id)

    booked = waiting.take_offer(session, actor=elder(session, bath, person), waiting_id=place.id)

    assert (booked.person_id, booked.at_time) == (person.id, "10:00")
    assert (balance(session, bath, person).held, taken(session, bath)) == (60, 1)
    with pytest.raises(errors.WaitingOverError):
        waiting.leave(session, actor=bath.desk.counter, waiting_id=place.id)
    assert list(verify.findings(session)) == []


def test_an_offer_nobody_takes_goes_to_the_next_in_line(session: Session) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    first, second = (another(session, bath.desk, name) for name in ("王大爷", "李奶奶"))
    place, after = join(session, bath, first), join(session, bath, second)
    booking_ends.cancel_booking(session, actor=bath.desk.counter, booking_id=made.id)
    until = waiting_queries.waiting_of(session, place.id).offered_until
    assert until is not None

    with clock.fixed_at(until):
        with pytest.raises(errors.OfferOverError):
            waiting.take_offer(session, actor=bath.desk.counter, waiting_id=place.id)
        waiting.pass_offers(session, {})
        waiting.pass_offers(session, {})

    states = [waiting_queries.waiting_of(session, one.id).state for one in (place, after)]
    assert states == [WaitingState.LAPSED, WaitingState.OFFERED]
    assert told(session, first) == ["place_lapsed"]
    assert taken(session, bath) == 1


def test_nobody_waits_where_there_is_room_or_twice_in_one_line(session: Session) -> None:
    bath = make_bath(session)
    person = another(session, bath.desk, "王大爷")
    with pytest.raises(errors.StillFreeError):
        join(session, bath, person)
    book_bath(session, bath)
    place = join(session, bath, person)

    with pytest.raises(errors.AlreadyWaitingError), session.begin_nested():
        join(session, bath, person)
    with pytest.raises(errors.NoOfferError):
        waiting.take_offer(session, actor=bath.desk.counter, waiting_id=place.id)
    with pytest.raises(errors.WaitingNotFoundError):
        waiting.leave(session, actor=elder(session, bath), waiting_id=place.id)


def test_more_room_goes_to_those_who_wait(session: Session) -> None:
    bath = make_bath(session)
    book_bath(session, bath)
    person = another(session, bath.desk, "王大爷")
    place = join(session, bath, person)

    slots.change_slot(
        session,
        actor=bath.desk.admin,
        slot_id=bath.slot.id,
        weekdays=127,
        capacity=2,
        is_active=True,
    )

    assert waiting_queries.waiting_of(session, place.id).is_offered
    assert taken(session, bath) == 2


def test_a_moved_booking_keeps_its_hold_and_leaves_its_place_to_who_waits(
    session: Session,
) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    person = another(session, bath.desk, "王大爷")
    place = join(session, bath, person)
    later = bath.day + timedelta(days=1)

    moved = booking_moves.move_booking(
        session,
        actor=elder(session, bath),
        booking_id=made.id,
        on_day=later,
        slot_id=bath.slot.id,
    )

    assert (moved.id, moved.on_day, balance(session, bath).held) == (made.id, later, 60)
    assert (taken(session, bath), taken(session, bath, later)) == (1, 1)
    assert waiting_queries.waiting_of(session, place.id).is_offered
    assert list(verify.findings(session)) == []


def test_a_booking_is_not_moved_to_a_full_slot_and_keeps_its_place(session: Session) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    later = bath.day + timedelta(days=1)
    bookings.book(
        session,
        actor=bath.desk.counter,
        key=new_id(),
        person_id=another(session, bath.desk, "王大爷").id,
        service_id=bath.service.id,
        on_day=later,
        slot_id=bath.slot.id,
    )
    facts = {"actor": bath.desk.counter, "booking_id": made.id, "slot_id": bath.slot.id}

    with pytest.raises(errors.SlotFullError), session.begin_nested():
        booking_moves.move_booking(session, on_day=later, **facts)  # type: ignore[arg-type]
    with pytest.raises(errors.SameTimeError):
        booking_moves.move_booking(session, on_day=bath.day, **facts)  # type: ignore[arg-type]

    assert (taken(session, bath), taken(session, bath, later)) == (1, 1)


def test_in_time_one_cancels_for_nothing_and_late_by_the_rules(session: Session) -> None:
    bath = make_bath(session, capacity=2)
    strict(session, bath)
    in_time, late = book_bath(session, bath), book_bath(session, bath)
    me = elder(session, bath)

    booking_ends.cancel_booking(session, actor=me, booking_id=in_time.id)
    begins = clock.day_bounds(bath.day)[0] + timedelta(hours=10)
    with clock.fixed_at(begins - timedelta(hours=3)):
        booking_ends.cancel_booking(session, actor=me, booking_id=late.id)

    found = waiting_queries.charges(
        session, community_id=bath.desk.community_id, booking_ids=[in_time.id, late.id]
    )
    assert [(one.booking_id, one.minutes, one.percent) for one in found] == [(late.id, 30, 50)]
    after = balance(session, bath)
    assert (after.posted, after.held) == (570, 0)
    assert list(verify.findings(session)) == []


def test_where_the_rules_say_nothing_of_late_the_resident_rings_up(session: Session) -> None:
    bath = make_bath(session)
    strict(session, bath, late=None)
    made = book_bath(session, bath)

    with clock.fixed_at(clock.day_bounds(bath.day)[0] + timedelta(hours=9)):
        with pytest.raises(desk_errors.TooLateToCancelError):
            booking_ends.cancel_booking(session, actor=elder(session, bath), booking_id=made.id)
        booking_ends.cancel_booking(session, actor=bath.desk.counter, booking_id=made.id)

    assert balance(session, bath).posted == 600


def test_a_missed_booking_costs_what_the_rules_of_its_booking_say(session: Session) -> None:
    bath = make_bath(session)
    strict(session, bath)
    made = book_bath(session, bath)

    with clock.fixed_at(clock.now() + timedelta(days=2)):
        booking_ends.close_missed_everywhere(session, {})
        booking_ends.close_missed_everywhere(session, {})

    assert balance(session, bath).posted == 540
    assert told(session, bath.desk.member)[-1] == "booking_charged"
    (charge,) = waiting_queries.charges(
        session, community_id=bath.desk.community_id, booking_ids=[made.id]
    )
    charges.waive(session, actor=bath.desk.admin, charge_id=charge.id, reason="住院了")
    assert balance(session, bath).posted == 600
    with pytest.raises(errors.AlreadyWaivedError):
        charges.waive(session, actor=bath.desk.admin, charge_id=charge.id, reason="再免")
    with pytest.raises(errors.ChargeNotFoundError):
        charges.waive(session, actor=bath.desk.counter, charge_id=charge.id, reason="不归我管")
    assert list(verify.findings(session)) == []


def test_new_rules_leave_what_is_booked_under_the_old_ones(session: Session) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    strict(session, bath)
    with pytest.raises(errors.RulesDayError):
        strict(session, bath)

    with clock.fixed_at(clock.now() + timedelta(days=2)):
        booking_ends.close_missed_everywhere(session, {})

    assert booking_queries.booking_of(session, made.id).state == BookingState.NO_SHOW
    assert balance(session, bath).posted == 600


def test_whoever_leaves_the_community_leaves_every_line(session: Session) -> None:
    bath = make_bath(session)
    book_bath(session, bath)
    person = another(session, bath.desk, "王大爷")
    place = join(session, bath, person)

    waiting.leave_all(session, bath.desk.admin, person.id)

    assert waiting_queries.waiting_of(session, place.id).state == WaitingState.LEFT


def test_verify_names_a_slot_that_says_more_than_its_bookings(session: Session) -> None:
    bath = make_bath(session, capacity=3)
    book_bath(session, bath)
    session.execute(update(CareSlotDay).values(taken=2))

    (found,) = verify.findings(session)

    assert (found.table, found.is_value, found.should_be) == ("care_slot_day", "2", "1")


def test_an_undone_booked_slip_frees_its_place_for_who_waits(session: Session) -> None:
    bath = make_bath(session, day_capacity=9)
    let_one_undo(session, bath.desk)
    with clock.fixed_at(clock.at_local(bath.day, time(9))):
        booked = book_bath(session, bath)
        waits = join(session, bath, another(session, bath.desk, "李桂兰"))
        made = redemptions.redeem_booking(
            session, actor=bath.desk.counter, key=new_id(), booking_id=booked.id, proven=BY_PIN
        )
        assert (taken(session, bath), waiting_queries.waiting_of(session, waits.id).state) == (
            1,
            WaitingState.IN_LINE,
        )

        reversals.undo_redemption(
            session, actor=bath.desk.counter, redemption_id=made.id, reason="扫错了人"
        )

    assert (taken(session, bath), waiting_queries.waiting_of(session, waits.id).state) == (
        1,
        WaitingState.OFFERED,
    )
    assert list(verify.findings(session)) == []


def test_an_undone_booked_slip_offers_nothing_once_its_time_is_past(session: Session) -> None:
    bath = make_bath(session)
    let_one_undo(session, bath.desk)
    with clock.fixed_at(clock.at_local(bath.day, time(9))):
        booked = book_bath(session, bath)
        waits = join(session, bath, another(session, bath.desk, "李桂兰"))
    with clock.fixed_at(clock.at_local(bath.day, time(11))):
        made = redemptions.redeem_booking(
            session, actor=bath.desk.counter, key=new_id(), booking_id=booked.id, proven=BY_PIN
        )
        reversals.undo_redemption(
            session, actor=bath.desk.counter, redemption_id=made.id, reason="扫错了人"
        )

    assert (taken(session, bath), waiting_queries.waiting_of(session, waits.id).state) == (
        0,
        WaitingState.IN_LINE,
    )
    assert list(verify.findings(session)) == []
