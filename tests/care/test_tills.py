"""The tills: who may do what alone, what a day may cost, who came instead, a table, a photo."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import PASSWORD, make_actor
from tests.make.care import BY_PIN, PIN, Desk, make_desk, make_member, make_service
from tests.make.community import make_kin
from tests.make.tills import (
    STAFF_PIN,
    close_today,
    let_one_undo,
    lunch_for,
    make_colleague,
    second,
)
from timebank.access.errors import (
    PasswordWrongError,
    StaffPinLockedError,
    StaffPinMissingError,
    StaffPinWeakError,
    StaffPinWrongError,
)
from timebank.access.models import StaffPin
from timebank.access.service import tablets
from timebank.care.errors import desk as errors
from timebank.care.errors import tills as till_errors
from timebank.care.models.slips import Redemption
from timebank.care.queries import cards as card_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import tills as till_queries
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.rules.tills import Instead, InsteadKind, Second, seats, seats_text
from timebank.care.service import bookings, cards, company, redemptions, reversals, telling, tills
from timebank.care.service.tills import TillFacts
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.notices.models.messages import Message
from timebank.volunteering.queries import passbook


def available(session: Session, desk: Desk) -> int:
    return passbook.balance(
        session, community_id=desk.community_id, person_id=desk.member.id
    ).available


def test_a_centre_opens_with_a_till_and_may_have_more(session: Session) -> None:
    desk = make_desk(session)
    assert [one.number for one in till_queries.tills(session, centre_id=desk.centre.id)] == [1]

    made = tills.add_till(
        session, actor=desk.admin, centre_id=desk.centre.id, facts=TillFacts("2 号窗口", 5)
    )
    with pytest.raises(till_errors.TillNameTakenError):
        tills.add_till(
            session, actor=desk.admin, centre_id=desk.centre.id, facts=TillFacts("2 号窗口")
        )
    with pytest.raises(errors.CentreNotFoundError):
        tills.add_till(
            session, actor=desk.counter, centre_id=desk.centre.id, facts=TillFacts("3 号窗口")
        )
    tills.change_till(
        session, actor=desk.admin, till_id=made.id, facts=TillFacts("外窗", 2, is_active=False)
    )

    known = till_queries.tills(session, centre_id=desk.centre.id, is_active=False)
    assert [(one.name, one.is_active) for one in known] == [("1 号窗口", True), ("外窗", False)]


def test_nobody_spends_more_than_a_day_allows(session: Session) -> None:
    desk = make_desk(session)
    tills.set_rules(
        session,
        actor=desk.admin,
        centre_id=desk.centre.id,
        person_day_minutes_max=150,
        undo_alone_minutes_max=480,
        may_sign_alone=False,
    )
    first = lunch_for(session, desk)
    lunch_for(session, desk)

    with pytest.raises(till_errors.DayMinutesError) as refused:
        lunch_for(session, desk)
    assert refused.value.facts == {"limit": 150, "used": 120, "need": 60}
    reversals.undo_redemption(
        session, actor=desk.counter, redemption_id=first.id, reason="点错了人"
    )
    lunch_for(session, desk)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE care_person_spend SET minutes = 151"))


def test_undoing_takes_a_second_person_who_is_no_kin(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    made = lunch_for(session, desk)
    asked: dict[str, Any] = {"actor": desk.counter, "redemption_id": made.id, "reason": "点错了人"}
    assert desk.counter.user_id is not None

    with pytest.raises(till_errors.SecondNeededError):
        reversals.undo_redemption(session, **asked)
    with pytest.raises(till_errors.SecondSelfError):
        reversals.undo_redemption(session, second=Second(desk.counter.user_id, "1"), **asked)
    with pytest.raises(StaffPinWrongError):
        reversals.undo_redemption(session, second=Second(other.user_id or 0, "111222"), **asked)
    with pytest.raises(DBAPIError), session.begin_nested():
        # By whatever way it is written, one person alone does not undo it.
        session.execute(
            update(Redemption)
            .where(Redemption.id == made.id)
            .values(
                state="undone",
                undo_reason="x",
                reversal_entry_id=made.entry_id,
                undo_day=clock.today(),
                undo_till_id=made.till_id,
            )
        )

    done = reversals.undo_redemption(session, second=second(other), **asked)
    assert (done.state, done.undone_by, done.undo_second) == ("undone", "赵敏", "刘艳")
    assert available(session, desk) == 600


def test_a_centre_may_let_one_undo_alone_up_to_a_limit(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk, minutes=59)
    made = lunch_for(session, desk)
    asked: dict[str, Any] = {"actor": desk.counter, "redemption_id": made.id, "reason": "点错了人"}

    with pytest.raises(till_errors.SecondNeededError):
        reversals.undo_redemption(session, **asked)
    let_one_undo(session, desk, minutes=60)
    done = reversals.undo_redemption(session, **asked)

    assert (done.undone_by, done.undo_second) == ("赵敏", "")


def test_kin_of_the_elder_do_not_sign_as_second(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    make_kin(session, person=desk.member, relative=session.get_one(Person, other.person_id))
    made = lunch_for(session, desk)

    with pytest.raises(till_errors.SecondSelfError):
        reversals.undo_redemption(
            session,
            actor=desk.counter,
            redemption_id=made.id,
            reason="点错了人",
            second=second(other),
        )


def test_a_staff_pin_is_strong_proved_by_password_and_locks(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    with pytest.raises(StaffPinWeakError):
        tablets.set_staff_pin(session, actor=other, pin="123456", current_password=PASSWORD)
    with pytest.raises(PasswordWrongError):
        tablets.set_staff_pin(session, actor=other, pin="550812", current_password="no")
    with pytest.raises(StaffPinMissingError):
        tablets.prove_staff_pin(
            session, actor=other, user_id=desk.counter.user_id or 0, pin=STAFF_PIN
        )
    for _ in range(5):
        with pytest.raises(StaffPinWrongError) as refused:
            tablets.prove_staff_pin(
                session, actor=desk.counter, user_id=other.user_id or 0, pin="999000"
            )
        assert refused.value.aftermath is not None
        refused.value.aftermath(session)
        session.expire_all()
    with pytest.raises(StaffPinLockedError):
        tablets.prove_staff_pin(
            session, actor=desk.counter, user_id=other.user_id or 0, pin=STAFF_PIN
        )
    session.execute(update(StaffPin).values(locked_until=clock.now() - timedelta(minutes=1)))
    session.expire_all()
    found = tablets.prove_staff_pin(
        session, actor=desk.counter, user_id=other.user_id or 0, pin=STAFF_PIN
    )
    assert found.user_id == other.user_id


def test_some_of_a_booking_is_taken_and_the_rest_goes_back(session: Session) -> None:
    desk = make_desk(session, day_capacity=5)
    booked = bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today(),
        quantity=2,
    )
    asked: dict[str, Any] = {"actor": desk.counter, "booking_id": booked.id, "proven": BY_PIN}
    with pytest.raises(till_errors.TakenTooManyError):
        redemptions.redeem_booking(session, key=new_id(), taken=3, **asked)

    made = redemptions.redeem_booking(session, key=new_id(), taken=1, **asked)

    assert (made.total_minutes, made.lines[0].quantity) == (60, 1)
    balance = passbook.balance(session, community_id=desk.community_id, person_id=desk.member.id)
    assert (balance.available, balance.held) == (540, 0)
    lunch = catalogue_queries.service(
        session, community_id=desk.community_id, service_id=desk.lunch.id, day=clock.today()
    )
    assert lunch.left == 4


def test_who_came_instead_is_named_on_the_slip(session: Session) -> None:
    desk = make_desk(session)
    made = redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=BY_PIN,
        instead=Instead("王阿姨", InsteadKind.FETCHES),
    )

    assert (made.instead_name, made.instead_kind) == ("王阿姨", "fetches")


def test_a_table_is_served_together_or_not_at_all(session: Session) -> None:
    desk = make_desk(session)
    friend = make_member(session, desk.counter, name="李国栋")
    cards.set_pin(session, actor=desk.counter, person_id=friend.id, pin=PIN, proven=Proven())
    asked: dict[str, Any] = {
        "actor": desk.counter,
        "centre_id": desk.centre.id,
        "wanted": [Wanted(desk.lunch.id, 1)],
    }
    key = new_id()
    with pytest.raises(till_errors.TableEmptyError):
        company.redeem_table(session, key=key, proofs={desk.member.id: BY_PIN}, **asked)
    wrong = {desk.member.id: BY_PIN, friend.id: Proven(pin="909090")}
    with pytest.raises(errors.WrongPinError) as refused, session.begin_nested():
        company.redeem_table(session, key=key, proofs=wrong, **asked)
    assert refused.value.field == f"pin_{friend.id}"
    assert available(session, desk) == 600

    both = {desk.member.id: BY_PIN, friend.id: BY_PIN}
    made = company.redeem_table(session, key=key, proofs=both, **asked)
    again = company.redeem_table(session, key=key, proofs=both, **asked)

    assert [one.id for one in again] == [one.id for one in made]
    assert {one.table_key for one in made} == {key}
    assert available(session, desk) == 540
    assert seats(seats_text([4, 9, 4])) == (4, 9)


def test_the_card_with_its_photo_is_a_proof_and_another_card_is_not(session: Session) -> None:
    desk = make_desk(session)
    friend = make_member(session, desk.counter, name="李国栋")
    tokens = {
        one: card_queries.card_token(session, community_id=desk.community_id, person_id=one) or ""
        for one in (desk.member.id, friend.id)
    }

    def by_card(token: str) -> Redemption | None:
        made = redemptions.redeem(
            session,
            actor=desk.counter,
            key=new_id(),
            centre_id=desk.centre.id,
            person_id=desk.member.id,
            wanted=[Wanted(desk.lunch.id, 1)],
            proven=Proven(card_token=token),
        )
        return session.get(Redemption, made.id)

    with pytest.raises(till_errors.PhotoMissingError):
        by_card(tokens[desk.member.id])
    kept = BytesIO()
    Image.new("RGB", (90, 120), (150, 120, 100)).save(kept, "JPEG")
    photo: dict[str, Any] = {
        "person_id": desk.member.id,
        "content": kept.getvalue(),
        "name": "像.jpg",
    }
    cards.put_photo(session, actor=desk.counter, **photo)
    with pytest.raises(till_errors.CardNotHereError):
        by_card(tokens[friend.id])
    made = by_card(tokens[desk.member.id])

    assert made is not None
    assert (made.proof, made.photo_file_id is not None) == ("card", True)


def test_a_chosen_relative_is_told_and_a_member_may_choose_not_to_be(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    daughter = make_member(session, desk.counter, name="周琳", minutes=0)
    make_kin(session, person=desk.member, relative=daughter)
    telling.choose_telling(
        session,
        actor=desk.counter,
        person_id=desk.member.id,
        tells_self=False,
        relative_id=daughter.id,
    )

    made = lunch_for(session, desk)
    reversals.undo_redemption(session, actor=desk.counter, redemption_id=made.id, reason="点错了人")

    told = sorted((one.person_id, one.code) for one in session.query(Message))
    assert told == [
        (daughter.id, "care_minutes_returned"),
        (daughter.id, "care_minutes_taken"),
    ]


def test_a_closed_day_takes_no_slip_and_no_undoing(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    made = lunch_for(session, desk)
    closed = close_today(session, desk, other)
    assert (closed.is_closed, closed.signed_how, closed.signed_by) == (True, "second", "刘艳")

    with pytest.raises(till_errors.DayClosedError):
        lunch_for(session, desk)
    with pytest.raises(till_errors.DayClosedError):
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=made.id, reason="点错", second=second(other)
        )
    row = session.get_one(Redemption, made.id)
    copy = {
        column.name: getattr(row, column.key)
        for column in Redemption.__table__.columns
        if column.name not in {"id", "entry_id", "instead_name"}
    }
    copy |= {"key": new_id(), "hold_id": new_id(), "slip_seq": 99, "state": "held"}
    with pytest.raises(DBAPIError, match="care_day_closed_slip"), session.begin_nested():
        session.execute(insert(Redemption).values(copy))
    with pytest.raises(DBAPIError, match="care_day_close_kept"), session.begin_nested():
        session.execute(text("UPDATE care_day_close SET found_slips = 0"))
    with pytest.raises(DBAPIError, match="care_slip_fixed"), session.begin_nested():
        session.execute(text("UPDATE redemption SET slip_seq = 77"))


def test_after_the_close_two_undo_it_on_the_next_day(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    made = lunch_for(session, desk)
    close_today(session, desk, other)

    with clock.fixed_at(clock.now() + timedelta(days=1)):
        asked: dict[str, Any] = {
            "actor": desk.counter,
            "redemption_id": made.id,
            "reason": "点错了人",
        }
        with pytest.raises(till_errors.SecondNeededError):
            reversals.undo_redemption(session, **asked)
        reversals.undo_redemption(session, second=second(other), **asked)
        closed = close_today(session, desk, other)

    assert (closed.figures.slips, closed.figures.late_voids) == (0, 1)
    assert closed.figures.late_void_minutes == 60


def test_a_stranger_of_another_centre_is_no_second(session: Session) -> None:
    desk = make_desk(session)
    make_service(session, desk.admin, centre_id=desk.centre.id, name="修脚")
    made = lunch_for(session, desk)
    stranger = make_actor(session, community_id=desk.community_id, roles=(), name="路人")
    tablets.set_staff_pin(session, actor=stranger, pin=STAFF_PIN, current_password=PASSWORD)

    with pytest.raises(till_errors.SecondNotHereError):
        reversals.undo_redemption(
            session,
            actor=desk.counter,
            redemption_id=made.id,
            reason="点错了人",
            second=second(stranger),
        )
