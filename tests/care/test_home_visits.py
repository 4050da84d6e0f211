"""Visits at home: begun and ended by the elder's yes, paid for what was done, never twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, Desk, make_desk
from tests.make.community import make_person
from tests.make.slots import make_home
from timebank.care.errors import desk as desk_errors
from timebank.care.errors import home as errors
from timebank.care.errors.eligibility import (
    HelpIsNoBenefitError,
    HomeIsBookedError,
    KindNeededError,
    MoneyForVolunteersError,
)
from timebank.care.errors.tills import TakenTooManyError
from timebank.care.models.home import CareHomeVisit
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.rules.desk import BookingState, BookingView, Proven
from timebank.care.rules.home import Delivery
from timebank.care.service import (
    booking_ends,
    booking_moves,
    bookings,
    catalogue,
    home_visits,
    redemptions,
    slots,
)
from timebank.care.service.slots import SlotFacts
from timebank.care.verify import bookings as verify
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.ledger.rules.values import Balance
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import limits, passbook
from timebank.volunteering.rules.needs import NeedState
from timebank.volunteering.service import books, needs, review, rosters, signups

WRONG = Proven(pin="135246", code="135246")


def book(
    session: Session, desk: Desk, service_id: int, *, quantity: int = 3, days: int = 0
) -> BookingView:
    return bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=service_id,
        on_day=clock.today() + timedelta(days=days),
        at_time="14:00",
        quantity=quantity,
    )


def balance(session: Session, desk: Desk) -> Balance:
    return passbook.balance(session, community_id=desk.community_id, person_id=desk.member.id)


def begin(session: Session, desk: Desk, booking_id: int, proven: Proven = BY_PIN) -> None:
    home_visits.begin(session, actor=desk.counter, booking_id=booking_id, proven=proven)


def test_what_was_done_is_taken_and_the_rest_of_the_hold_goes_back(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)
    assert balance(session, desk).held == 180
    now = clock.now()
    with clock.fixed_at(now):
        begin(session, desk, made.id)

    with clock.fixed_at(now + timedelta(minutes=50)):
        key = new_id()
        facts = {"actor": desk.counter, "key": key, "booking_id": made.id, "proven": BY_PIN}
        slip = home_visits.end(session, **facts)  # type: ignore[arg-type]
        again = home_visits.end(session, **facts)  # type: ignore[arg-type]

    assert (slip.total_minutes, slip.id) == (120, again.id)
    after = balance(session, desk)
    assert (after.posted, after.held) == (480, 0)
    assert list(verify.findings(session)) == []


def test_a_visit_that_runs_on_takes_no_more_than_was_held(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id, quantity=2)
    begin(session, desk, made.id)

    with clock.fixed_at(clock.now() + timedelta(days=1)):
        assert booking_ends.close_missed(session, actor=desk.admin) == 0
        slip = home_visits.end(
            session, actor=desk.counter, key=new_id(), booking_id=made.id, proven=BY_PIN
        )

    assert (slip.total_minutes, slip.served_on) == (120, made.on_day)
    assert balance(session, desk).posted == 480


def test_the_elder_may_say_that_less_was_done_but_nobody_that_it_was_more(
    session: Session,
) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)
    begin(session, desk, made.id)
    facts = {"actor": desk.counter, "booking_id": made.id, "proven": BY_PIN}

    with clock.fixed_at(clock.now() + timedelta(minutes=60)):
        with pytest.raises(TakenTooManyError):
            home_visits.end(session, key=new_id(), taken=3, **facts)  # type: ignore[arg-type]
        slip = home_visits.end(session, key=new_id(), taken=1, **facts)  # type: ignore[arg-type]

    assert slip.total_minutes == 60


def test_nothing_begins_or_ends_without_the_elders_own_yes(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)
    with pytest.raises(errors.DigitsNeededError):
        begin(session, desk, made.id, Proven(signed_slip="A1"))
    with pytest.raises(desk_errors.WrongPinError):
        begin(session, desk, made.id, WRONG)
    with pytest.raises(errors.VisitNotBegunError):
        home_visits.end(
            session, actor=desk.counter, key=new_id(), booking_id=made.id, proven=BY_PIN
        )

    begin(session, desk, made.id)
    with pytest.raises(desk_errors.WrongPinError), session.begin_nested():
        home_visits.end(session, actor=desk.counter, key=new_id(), booking_id=made.id, proven=WRONG)
    with pytest.raises(errors.VisitBegunError):
        begin(session, desk, made.id)

    assert balance(session, desk).held == 180


def test_a_visit_is_not_taken_at_the_counter(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)

    with pytest.raises(errors.AtHomeError):
        redemptions.redeem_booking(
            session, actor=desk.counter, key=new_id(), booking_id=made.id, proven=BY_PIN
        )
    with (
        pytest.raises(desk_errors.KeyOfOtherRedemptionError) as refused,
        session.begin_nested(),
    ):
        redemptions.redeem_booking(
            session,
            actor=desk.counter,
            key=new_id(),
            booking_id=made.id,
            proven=BY_PIN,
            at_home=True,
        )
    assert "redemption_at_home" in str(refused.value.__cause__)


def test_staff_of_another_place_find_no_visit(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)
    stranger = make_actor(
        session, community_id=desk.community_id, roles=(("counter", "centre", 999_999),)
    )

    with pytest.raises(errors.HomeVisitNotFoundError):
        home_visits.begin(session, actor=stranger, booking_id=made.id, proven=BY_PIN)


def test_who_waited_at_home_in_vain_pays_nothing(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)

    with clock.fixed_at(clock.now() + timedelta(days=1)):
        booking_ends.close_missed(session, actor=desk.admin)

    assert booking_queries.booking_of(session, made.id).state == BookingState.RELEASED
    assert balance(session, desk).available == 600


def test_the_facts_of_a_service_at_home_go_together(session: Session) -> None:
    desk = make_desk(session)
    books.open_hours(session, actor=desk.admin)
    kind_id = limits.kinds(session, desk.community_id)[0].id
    service = make_home(session, desk)
    told = {"needs_booking": True, "delivery": Delivery.BY_VOLUNTEER}
    for facts, error in (
        ({"delivery": Delivery.BY_PROVIDER}, HomeIsBookedError),
        (told, KindNeededError),
        ({**told, "kind_id": kind_id, "is_benefit": True}, HelpIsNoBenefitError),
    ):
        with pytest.raises(error):
            catalogue.change_service(session, actor=desk.admin, service_id=service.id, **facts)

    catalogue.change_service(
        session,
        actor=desk.admin,
        service_id=service.id,
        **{**told, "kind_id": kind_id},  # type: ignore[arg-type]
    )
    with pytest.raises(MoneyForVolunteersError):
        catalogue.set_price(
            session,
            actor=desk.admin,
            service_id=service.id,
            minutes=30,
            valid_from=clock.today() + timedelta(days=1),
            money_note_fen=100,
        )


def make_help(session: Session, desk: Desk) -> int:
    """Return a service that volunteers come for."""
    books.open_hours(session, actor=desk.admin)
    kind = next(one for one in limits.kinds(session, desk.community_id) if not one.is_risky)
    made = make_home(
        session, desk, name="上门打扫", delivery=Delivery.BY_VOLUNTEER, kind_id=kind.id
    )
    return made.id


def serve(session: Session, desk: Desk, need_id: int) -> int:
    """Let a volunteer come for a need as planned; return the record, which waits for approval."""
    helper = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("volunteer", "own", None),),
        person_id=make_person(session, community_id=desk.community_id, name="周秀兰").id,
        name="周秀兰",
    )
    (task_id,) = needs.take_up(session, actor=desk.admin, need_id=need_id)
    signups.sign_up(session, actor=helper, task_id=task_id)
    with clock.fixed_at(session.get_one(Task, task_id).ends_at + timedelta(hours=1)):
        rosters.tick_roster(
            session, actor=desk.admin, task_id=task_id, volunteer_ids=[helper.person_id or 0]
        )
    return session.scalars(select(ServiceRecord.id)).one()


def test_a_volunteers_visit_is_paid_once_by_the_elder_and_earned_once_by_the_volunteer(
    session: Session,
) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_help(session, desk), days=1)
    visit = session.scalars(select(CareHomeVisit)).one()
    assert visit.need_id is not None
    record_id = serve(session, desk, visit.need_id)
    facts = {"actor": desk.counter, "booking_id": made.id, "proven": BY_PIN}

    with clock.fixed_at(clock.now() + timedelta(days=2)):
        with pytest.raises(errors.RecordMissingError):
            home_visits.end(session, key=new_id(), **facts)  # type: ignore[arg-type]
        with pytest.raises(errors.NotByProviderError):
            begin(session, desk, made.id)
        assert booking_ends.close_missed(session, actor=desk.admin) == 0
        second = make_actor(session, community_id=desk.community_id)
        review.approve_service(session, actor=second, record_id=record_id, key=new_id())
        slip = home_visits.end(session, key=new_id(), **facts)  # type: ignore[arg-type]
        with pytest.raises(desk_errors.BookingAlreadyResolvedError):
            home_visits.end(session, key=new_id(), **facts)  # type: ignore[arg-type]

    record = session.get_one(ServiceRecord, record_id)
    assert (slip.total_minutes, record.minutes, record.credited_minutes) == (180, 90, 90)
    earned = passbook.balance(
        session, community_id=desk.community_id, person_id=record.volunteer_id
    )
    assert (earned.posted, balance(session, desk).posted) == (90, 420)
    assert list(verify.findings(session)) == []


def test_a_volunteers_visit_moves_and_ends_together_with_its_need(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_help(session, desk), days=1)
    first = session.scalars(select(Need)).one()

    booking_moves.move_booking(
        session,
        actor=desk.counter,
        booking_id=made.id,
        on_day=made.on_day,
        at_time="16:00",
    )
    second = session.scalars(select(Need).where(Need.id != first.id)).one()
    assert (first.state, second.state) == (NeedState.WITHDRAWN, NeedState.POSTED)
    assert clock.local(second.starts_at).hour == 16

    booking_ends.cancel_booking(session, actor=desk.counter, booking_id=made.id)
    assert second.state == NeedState.WITHDRAWN
    assert balance(session, desk).held == 0


def test_a_need_that_is_declined_ends_its_booking_at_once_and_costs_nothing(
    session: Session,
) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_help(session, desk), days=1)
    need = session.scalars(select(Need)).one()

    needs.decline_need(session, actor=desk.admin, need_id=need.id, reason="这周没有人能去")

    ended = booking_queries.booking_of(session, made.id)
    assert (ended.state, need.state) == (BookingState.RELEASED, NeedState.DECLINED)
    assert (balance(session, desk).posted, balance(session, desk).held) == (600, 0)
    assert list(verify.findings(session)) == []


def test_who_takes_the_need_of_a_booking_back_calls_it_off_by_its_rules(session: Session) -> None:
    desk = make_desk(session)
    service_id = make_help(session, desk)
    slots.set_booking_rules(
        session,
        actor=desk.admin,
        service_id=service_id,
        valid_from=clock.today(),
        cancel_hours=72,
        late_percent=50,
        no_show_percent=100,
        offer_hours=2,
    )
    made = book(session, desk, service_id, days=1)
    need = session.scalars(select(Need)).one()
    own = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
        name=desk.member.name,
    )

    needs.withdraw_need(session, actor=own, need_id=need.id, reason="不用来了")

    ended = booking_queries.booking_of(session, made.id)
    assert (ended.state, need.state) == (BookingState.CANCELLED, NeedState.WITHDRAWN)
    assert (balance(session, desk).posted, balance(session, desk).held) == (510, 0)
    assert list(verify.findings(session)) == []


def test_volunteers_have_to_be_told_when_to_come(session: Session) -> None:
    desk = make_desk(session)

    with pytest.raises(errors.HomeTimeNeededError):
        bookings.book(
            session,
            actor=desk.counter,
            key=new_id(),
            person_id=desk.member.id,
            service_id=make_help(session, desk),
            on_day=clock.today() + timedelta(days=1),
        )


def test_the_database_keeps_a_visit_that_has_ended(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, make_home(session, desk).id)
    begin(session, desk, made.id)
    home_visits.end(session, actor=desk.counter, key=new_id(), booking_id=made.id, proven=BY_PIN)
    session.commit()

    for statement in (
        "UPDATE care_home_visit SET done_units = 2",
        "UPDATE care_home_visit SET started_at = ended_at, ended_at = NULL, done_units = NULL",
        "DELETE FROM care_home_visit",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))


def test_a_long_visit_takes_one_place_of_its_slot(session: Session) -> None:
    desk = make_desk(session)
    service = make_home(session, desk)
    facts = SlotFacts("23:59", 127, 1)
    slot = slots.add_slot(session, actor=desk.admin, service_id=service.id, facts=facts)

    made = bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=service.id,
        on_day=clock.today(),
        quantity=3,
        slot_id=slot.id,
    )
    assert list(verify.findings(session)) == []
    booking_ends.release_booking(
        session, actor=desk.counter, booking_id=made.id, reason="今天没有人手"
    )

    assert slot_queries.slots(session, service.id, day=clock.today())[0].taken == 0
    assert list(verify.findings(session)) == []
