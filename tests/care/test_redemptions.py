"""Redeeming at the counter: what is charged, what is refused, what a refusal leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, PIN, Desk, give_minutes, make_desk, make_member, make_service
from tests.make.community import make_community, make_kin, make_person
from tests.make.tills import let_one_undo
from timebank.care.errors import desk as errors
from timebank.care.models.desk import MemberCard
from timebank.care.models.slips import Redemption
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules.desk import CentreKind, Proven, RedemptionView, Wanted
from timebank.care.service import bookings, cards, catalogue, redemptions, reversals
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock
from timebank.kernel.db import transaction
from timebank.kernel.errors import ForbiddenError
from timebank.kernel.ids import new_id
from timebank.ledger.queries import entries as ledger_entries
from timebank.volunteering.queries import passbook


def redeem(
    session: Session, desk: Desk, *wanted: tuple[int, int], proven: Proven = BY_PIN, **other: object
) -> RedemptionView:
    """Redeem at the desk with what most tests have in common."""
    facts = {
        "actor": desk.counter,
        "key": new_id(),
        "centre_id": desk.centre.id,
        "person_id": desk.member.id,
        "wanted": [Wanted(service, quantity) for service, quantity in wanted],
        "proven": proven,
        **other,
    }
    return redemptions.redeem(session, **facts)  # type: ignore[arg-type]  # checked by the verb


def available(session: Session, desk: Desk) -> int:
    return passbook.balance(
        session, community_id=desk.community_id, person_id=desk.member.id
    ).available


def left(session: Session, desk: Desk, service_id: int) -> int | None:
    return catalogue_queries.service(
        session, community_id=desk.community_id, service_id=service_id, day=clock.today()
    ).left


def test_a_redemption_moves_minutes_from_the_member_to_the_centre(session: Session) -> None:
    desk = make_desk(session)

    made = redeem(session, desk, (desk.lunch.id, 1), (desk.haircut.id, 1))

    assert made.state == "captured"
    assert made.total_minutes == 150
    assert [(line.service_name, line.minutes) for line in made.lines] == [
        ("午餐", 60),
        ("理发", 90),
    ]
    assert available(session, desk) == 450
    assert made.entry_id is not None
    entry = ledger_entries.entry(session, made.entry_id)
    assert entry.kind == "care.redeemed"
    assert [(t.debit_code, t.credit_code, t.amount) for t in entry.transfers] == [
        (f"member:{desk.member.id}", f"redeemed:{desk.centre.id}", 150)
    ]
    assert left(session, desk, desk.lunch.id) == 29


def test_slips_are_numbered_without_gaps_for_each_centre_and_day(session: Session) -> None:
    desk = make_desk(session, minutes=160)
    session.commit()

    first = transaction(lambda s: redeem(s, desk, (desk.lunch.id, 1)))
    with pytest.raises(errors.NotEnoughMinutesError):
        transaction(lambda s: redeem(s, desk, (desk.haircut.id, 2)))
    second = transaction(lambda s: redeem(s, desk, (desk.haircut.id, 1)))

    assert (first.slip_seq, second.slip_seq) == (1, 2)
    assert second.slip_number == f"R{desk.centre.id:02d}-{clock.today():%Y%m%d}-002"


def test_the_same_key_charges_once(session: Session) -> None:
    desk = make_desk(session)
    key = new_id()

    first = redeem(session, desk, (desk.lunch.id, 1), key=key)
    again = redeem(session, desk, (desk.lunch.id, 1), key=key)

    assert again == first
    assert available(session, desk) == 540


def test_a_key_of_another_persons_redemption_is_refused(session: Session) -> None:
    desk = make_desk(session)
    other = make_member(session, desk.counter, name="李国栋")
    key = new_id()
    redeem(session, desk, (desk.lunch.id, 1), key=key)

    with pytest.raises(errors.KeyOfOtherRedemptionError):
        redeem(session, desk, (desk.lunch.id, 1), key=key, person_id=other.id)


def test_a_key_of_another_cart_or_centre_is_refused(session: Session) -> None:
    desk = make_desk(session)
    key = new_id()
    redeem(session, desk, (desk.lunch.id, 1), key=key)

    with pytest.raises(errors.KeyOfOtherRedemptionError):
        redeem(session, desk, (desk.lunch.id, 2), key=key)
    stranger = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("counter", "centre", desk.centre.id + 1000),),
    )
    with pytest.raises(errors.CentreNotFoundError):
        redeem(session, desk, (desk.lunch.id, 1), key=key, actor=stranger)

    assert available(session, desk) == 540


def test_nothing_chosen_is_refused(session: Session) -> None:
    desk = make_desk(session)

    with pytest.raises(errors.NothingChosenError):
        redeem(session, desk)


def test_too_few_minutes_are_refused_in_clear_words(session: Session) -> None:
    desk = make_desk(session, minutes=80)

    with pytest.raises(errors.NotEnoughMinutesError) as refused:
        redeem(session, desk, (desk.haircut.id, 1))

    assert refused.value.facts == {"need": 90, "have": 80}


def test_staff_serve_neither_themselves_nor_their_family(session: Session) -> None:
    desk = make_desk(session)
    assert desk.counter.person_id is not None
    clerk = session.get_one(type(desk.member), desk.counter.person_id)
    make_kin(session, person=desk.member, relative=clerk)

    with pytest.raises(errors.OwnServiceError):
        redeem(session, desk, (desk.lunch.id, 1))
    with pytest.raises(errors.OwnServiceError):
        redeem(session, desk, (desk.lunch.id, 1), person_id=clerk.id)


def test_the_database_refuses_a_redemption_for_oneself(session: Session) -> None:
    desk = make_desk(session)
    made = redeem(session, desk, (desk.lunch.id, 1))
    session.commit()

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            text("UPDATE redemption SET operator_person_id = person_id WHERE id = :id"),
            {"id": made.id},
        )


def test_a_counter_serves_only_its_own_centre_and_catalogue(session: Session) -> None:
    desk = make_desk(session)
    other = catalogue.add_centre(
        session, actor=desk.admin, name="助老大食堂", kind=CentreKind.CANTEEN, address="2号楼"
    )
    foreign = make_service(session, desk.admin, centre_id=other.id, name="晚餐")

    with pytest.raises(errors.CentreNotFoundError):
        redeem(session, desk, (foreign.id, 1), centre_id=other.id)
    with pytest.raises(errors.WrongCentreError):
        redeem(session, desk, (foreign.id, 1))


def test_who_answers_for_one_centre_opens_no_other(session: Session) -> None:
    desk = make_desk(session)
    manager = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("centre_manager", "centre", desk.centre.id),),
    )

    with pytest.raises(ForbiddenError):
        catalogue.add_centre(
            session, actor=manager, name="新食堂", kind=CentreKind.CENTRE, address="2号楼"
        )


def test_people_of_another_community_are_not_found(session: Session) -> None:
    desk = make_desk(session)
    elsewhere = make_community(session, code="XJ", name="薛家岛社区")
    stranger = make_person(session, community_id=elsewhere.id)

    with pytest.raises(PersonNotFoundError):
        redeem(session, desk, (desk.lunch.id, 1), person_id=stranger.id)


def test_a_full_day_is_refused_and_the_database_holds_it_too(session: Session) -> None:
    desk = make_desk(session, day_capacity=2)
    redeem(session, desk, (desk.lunch.id, 2))
    other = make_member(session, desk.counter, name="李国栋")
    cards.set_pin(session, actor=desk.counter, person_id=other.id, pin=PIN, proven=Proven())

    with pytest.raises(errors.CapacityFullError):
        redeem(session, desk, (desk.lunch.id, 1), person_id=other.id)
    session.flush()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE care_day SET taken = 3"))


def test_one_person_takes_no_more_than_the_days_share(session: Session) -> None:
    desk = make_desk(session)
    redeem(session, desk, (desk.lunch.id, 3))

    with pytest.raises(errors.DayLimitError):
        redeem(session, desk, (desk.lunch.id, 1))
    session.flush()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE care_person_day SET taken = 4"))


def test_a_service_that_needs_a_booking_is_not_handed_out_at_the_counter(session: Session) -> None:
    desk = make_desk(session)
    bath = make_service(
        session, desk.admin, centre_id=desk.centre.id, name="助浴", minutes=120, needs_booking=True
    )

    with pytest.raises(errors.BookingNeededError):
        redeem(session, desk, (bath.id, 1))


def test_a_withdrawn_service_is_not_found(session: Session) -> None:
    desk = make_desk(session)
    catalogue.change_service(session, actor=desk.admin, service_id=desk.lunch.id, is_active=False)

    with pytest.raises(errors.ServiceNotFoundError):
        redeem(session, desk, (desk.lunch.id, 1))


def test_without_the_elders_yes_nothing_is_taken(session: Session) -> None:
    desk = make_desk(session)

    with pytest.raises(errors.ProofMissingError):
        redeem(session, desk, (desk.lunch.id, 1), proven=Proven())


def test_a_signed_paper_serves_once(session: Session) -> None:
    desk = make_desk(session)

    made = redeem(session, desk, (desk.lunch.id, 1), proven=Proven(signed_slip="S-0012"))

    assert made.proof == "signed"
    with pytest.raises(errors.SignedSlipUsedError):
        redeem(session, desk, (desk.lunch.id, 1), proven=Proven(signed_slip="S-0012"))


def test_a_one_time_code_serves_once(session: Session) -> None:
    desk = make_desk(session)
    elder = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
    )
    code = cards.make_code(session, actor=elder)

    made = redeem(session, desk, (desk.lunch.id, 1), proven=Proven(code=code))

    assert made.proof == "code"
    with pytest.raises(errors.WrongCodeError):
        redeem(session, desk, (desk.lunch.id, 1), proven=Proven(code=code))


def test_a_one_time_code_ends_after_five_minutes(session: Session) -> None:
    desk = make_desk(session)
    elder = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
    )
    code = cards.make_code(session, actor=elder)

    late = clock.now() + timedelta(minutes=5, seconds=1)
    with clock.fixed_at(late), pytest.raises(errors.WrongCodeError):
        redeem(session, desk, (desk.lunch.id, 1), proven=Proven(code=code))


def test_wrong_pins_are_counted_although_refused_and_lock_the_card(session: Session) -> None:
    desk = make_desk(session)
    session.commit()
    wrong = Proven(pin="999000")

    for tries_left in (4, 3, 2, 1, 0):
        with pytest.raises(errors.WrongPinError) as refused:
            transaction(lambda s: redeem(s, desk, (desk.lunch.id, 1), proven=wrong))
        assert refused.value.facts["tries_left"] == tries_left
    with pytest.raises(errors.PinLockedError):
        transaction(lambda s: redeem(s, desk, (desk.lunch.id, 1)))

    assert available(session, desk) == 600
    assert session.scalars(select(Redemption)).all() == []
    with clock.fixed_at(clock.now() + timedelta(minutes=15, seconds=1)):
        made = transaction(lambda s: redeem(s, desk, (desk.lunch.id, 1)))
    assert made.state == "captured"


def test_a_right_pin_forgets_the_wrong_ones(session: Session) -> None:
    desk = make_desk(session)
    session.commit()
    with pytest.raises(errors.WrongPinError):
        transaction(lambda s: redeem(s, desk, (desk.lunch.id, 1), proven=Proven(pin="999000")))

    transaction(lambda s: redeem(s, desk, (desk.lunch.id, 1)))

    assert session.scalars(select(MemberCard.pin_tries)).all() == [0]


def test_a_person_without_card_or_pin_is_told_so(session: Session) -> None:
    desk = make_desk(session)
    cardless = make_person(session, community_id=desk.community_id, name="何玉芬")
    pinless = make_member(session, desk.counter, name="李国栋")

    with pytest.raises(errors.CardMissingError):
        redeem(session, desk, (desk.lunch.id, 1), person_id=cardless.id)
    with pytest.raises(errors.PinMissingError):
        redeem(session, desk, (desk.lunch.id, 1), person_id=pinless.id)


def test_undoing_gives_everything_back_once(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    made = redeem(session, desk, (desk.lunch.id, 2))

    undone = reversals.undo_redemption(
        session, actor=desk.counter, redemption_id=made.id, reason="点错了"
    )

    assert (undone.state, undone.undo_reason) == ("undone", "点错了")
    assert available(session, desk) == 600
    assert left(session, desk, desk.lunch.id) == 30
    with pytest.raises(errors.AlreadyUndoneError):
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=made.id, reason="再撤一次"
        )


def test_undoing_is_refused_after_the_window_and_for_ones_family(session: Session) -> None:
    desk = make_desk(session)
    made = redeem(session, desk, (desk.lunch.id, 1))
    relative = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("counter", "centre", desk.centre.id),),
        person_id=desk.member.id,
    )

    with pytest.raises(errors.OwnServiceError):
        reversals.undo_redemption(session, actor=relative, redemption_id=made.id, reason="不要了")
    late = clock.now() + timedelta(days=7, minutes=1)
    with clock.fixed_at(late), pytest.raises(errors.UndoWindowError):
        reversals.undo_redemption(session, actor=desk.counter, redemption_id=made.id, reason="晚了")


def test_a_foreign_centres_redemption_is_not_found(session: Session) -> None:
    desk = make_desk(session)
    made = redeem(session, desk, (desk.lunch.id, 1))
    other = catalogue.add_centre(
        session, actor=desk.admin, name="助老大食堂", kind=CentreKind.CANTEEN, address="2号楼"
    )
    foreign = make_actor(
        session, community_id=desk.community_id, roles=(("counter", "centre", other.id),)
    )

    with pytest.raises(errors.RedemptionNotFoundError):
        reversals.undo_redemption(session, actor=foreign, redemption_id=made.id, reason="试试")


def test_an_unknown_case_is_refused(session: Session) -> None:
    desk = make_desk(session)

    with pytest.raises(errors.CaseNotFoundError):
        redeem(session, desk, (desk.lunch.id, 1), case_id=10**6)
    assert redemption_queries.redemptions_of_case(session, 10**6).total_minutes == 0


def test_minutes_held_by_a_booking_cannot_be_spent_at_the_counter(session: Session) -> None:
    desk = make_desk(session, minutes=100)
    bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today() + timedelta(days=1),
    )

    with pytest.raises(errors.NotEnoughMinutesError) as refused:
        redeem(session, desk, (desk.lunch.id, 1))
    assert refused.value.facts == {"need": 60, "have": 40}
    give_minutes(session, desk.counter, person_id=desk.member.id, minutes=20)


@pytest.mark.parametrize("table", ["care_price", "redemption_line"])
@pytest.mark.parametrize("act", ["UPDATE {} SET community_id = community_id", "DELETE FROM {}"])
def test_prices_and_lines_are_never_changed(session: Session, table: str, act: str) -> None:
    desk = make_desk(session)
    redeem(session, desk, (desk.lunch.id, 1))
    session.commit()

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(act.format(table)))
