"""The verbs of hours against both engines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_kin, make_micro_grid, make_person
from tests.make.policy import make_policy
from tests.make.volunteering import (
    DAY,
    NOW,
    Street,
    at,
    make_approved,
    make_confirmed,
    make_facts,
    make_record,
    make_street,
)
from timebank.care.rules.desk import CentreKind
from timebank.care.service import catalogue
from timebank.community.models import Person
from timebank.kernel import clock, ids
from timebank.kernel.actor import program
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.errors import records as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits, passbook
from timebank.volunteering.queries import records as reads
from timebank.volunteering.rules.policy import Policy, Rate
from timebank.volunteering.rules.records import Proof, RecordState
from timebank.volunteering.service import books, proofs, records, review


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _balance(session: Session, street: Street) -> int:
    return passbook.balance(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    ).posted


def _afterwards(session: Session, refusal: DomainError) -> None:
    """Do what the transaction does after it rolled a refusal back."""
    assert refusal.aftermath is not None
    refusal.aftermath(session)


def _state(session: Session, record_id: int) -> RecordState:
    return RecordState(session.get_one(ServiceRecord, record_id).state)


def test_recorded_confirmed_and_approved_hours_are_in_the_books(session: Session) -> None:
    street = make_street(session)

    record_id = make_approved(session, street)

    seen = reads.record(session, actor=street.volunteer, record_id=record_id)
    assert seen.state is RecordState.APPROVED
    assert (seen.minutes, seen.credited_minutes, seen.policy_version) == (95, 95, 1)
    assert seen.confirmed_how is Proof.LOGIN
    assert seen.confirmed_by_name == "孙桂英"
    assert seen.approved_by_name == "赵强"
    assert _balance(session, street) == 95
    assert seen.entry_id is not None
    entry = ledger_entries.entry(session, seen.entry_id)
    assert entry.kind == "hours.earned"
    grid_id = session.get_one(ServiceRecord, record_id).grid_id
    assert [line.debit_code for line in entry.transfers] == [f"issuance:{grid_id}"]
    kinds = [event.kind for event in reads.history(session, record_id)]
    assert kinds == ["approved", "confirmed", "recorded"]


def test_staff_record_for_a_volunteer_and_confirm_with_the_signed_slip_at_once(
    session: Session,
) -> None:
    street = make_street(session)

    record_id = records.record_service(
        session,
        actor=street.officer,
        facts=make_facts(street),
        volunteer_id=street.volunteer_person.id,
        slip_number="A-0017",
    )

    seen = reads.record(session, actor=street.officer, record_id=record_id)
    assert seen.state is RecordState.CONFIRMED
    assert (seen.confirmed_how, seen.slip_number) == (Proof.SLIP, "A-0017")


def test_a_volunteers_own_slip_number_still_waits_for_staff(session: Session) -> None:
    street = make_street(session)

    record_id = records.record_service(
        session, actor=street.volunteer, facts=make_facts(street), slip_number="A-0018"
    )
    assert _state(session, record_id) is RecordState.RECORDED
    proofs.confirm_by_slip(session, actor=street.officer, record_id=record_id, slip_number="A-0018")

    assert _state(session, record_id) is RecordState.CONFIRMED


def test_a_recipient_is_found_by_the_number_on_their_card(session: Session) -> None:
    street = make_street(session)
    card_no = street.elder_person.card_no
    facts = replace(
        make_facts(street), recipient_id=None, recipient_card=f" {str(card_no).lower()} "
    )

    record_id = records.record_service(session, actor=street.volunteer, facts=facts)

    row = session.get_one(ServiceRecord, record_id)
    assert row.recipient_id == street.elder_person.id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"recipient_id": None}, "served_nobody"),
        ({"recipient_id": None, "recipient_card": "JL-99999"}, "card_not_found"),
        ({"recipient_id": 10**9}, "person_unknown"),
        ({"kind_id": 10**9}, "kind_not_found"),
        ({"micro_grid_id": 10**9}, "place_not_found"),
        ({"organisation_id": 10**9}, "organisation_not_found"),
        ({"case_id": 10**9}, "case_not_found"),
        ({"ended_at": at("21:00")}, "future_service"),
        ({"ended_at": at("08:00")}, "ends_before_start"),
        ({"started_at": at("07:00"), "ended_at": at("19:30")}, "too_long"),
        ({"started_at": at("09:00"), "ended_at": at("17:30")}, "day_full"),
    ],
)
def test_facts_that_break_a_rule_leave_nothing(
    session: Session, change: dict[str, Any], code: str
) -> None:
    street = make_street(session)

    with pytest.raises(DomainError) as refusal:
        records.record_service(
            session, actor=street.volunteer, facts=replace(make_facts(street), **change)
        )

    assert refusal.value.code == code
    assert refusal.value.field
    assert reads.records(session, actor=street.admin).items == []


def test_a_centre_that_is_not_the_communitys_is_refused(session: Session) -> None:
    street = make_street(session)
    abroad = make_community(session, code="XJ")
    foreign = catalogue.add_centre(
        session,
        actor=make_actor(session, community_id=abroad.id),
        name="香江养老服务中心",
        kind=CentreKind.CENTRE,
        address="2号楼一层",
    )

    for centre_id in (foreign.id, 2**62):
        with pytest.raises(errors.CentreNotFoundError):
            records.record_service(
                session, actor=street.volunteer, facts=make_facts(street), centre_id=centre_id
            )


def test_service_for_oneself_is_refused(session: Session) -> None:
    street = make_street(session)
    facts = replace(make_facts(street), recipient_id=street.volunteer_person.id)

    with pytest.raises(errors.ServedSelfError):
        records.record_service(session, actor=street.volunteer, facts=facts)


def test_old_service_needs_a_reason(session: Session) -> None:
    street = make_street(session)
    day = DAY - timedelta(days=8)

    with pytest.raises(errors.LateReasonMissingError):
        records.record_service(session, actor=street.volunteer, facts=make_facts(street, day=day))

    assert records.record_service(
        session,
        actor=street.volunteer,
        facts=make_facts(street, day=day, late_reason="那天手机坏了"),
    )


def test_overlapping_service_is_refused_until_the_first_is_withdrawn(session: Session) -> None:
    street = make_street(session)
    first = make_record(session, street, start="09:00", end="10:00")

    with pytest.raises(errors.OverlapError):
        make_record(session, street, start="09:30", end="11:00")
    records.withdraw_service(session, actor=street.volunteer, record_id=first)

    assert make_record(session, street, start="09:30", end="11:00")


def test_touching_services_are_two_services(session: Session) -> None:
    street = make_street(session)
    make_record(session, street, start="09:00", end="10:00")

    assert make_record(session, street, start="10:00", end="11:00")


def test_a_day_is_full_at_its_cap(session: Session) -> None:
    street = make_street(session)
    make_record(session, street, start="08:00", end="12:00")
    make_record(session, street, start="13:00", end="17:00")

    with pytest.raises(errors.DayFullError) as refusal:
        make_record(session, street, start="18:00", end="18:01")

    assert refusal.value.facts == {"limit": 480, "have": 480, "minutes": 1}


def test_nobody_records_outside_their_reach(session: Session) -> None:
    street = make_street(session)
    other = make_person(session, community_id=street.community.id, name="吴建国")
    far = make_micro_grid(session, street.community.id, grid_no=2, building_no=9)
    stranger = make_actor(
        session,
        community_id=street.community.id,
        roles=(("grid_officer", "grid", far.grid_id),),
        name="钱进",
    )

    with pytest.raises(errors.NotRecorderError):
        records.record_service(
            session, actor=street.volunteer, facts=make_facts(street), volunteer_id=other.id
        )
    with pytest.raises(errors.NotRecorderError):
        records.record_service(
            session,
            actor=stranger,
            facts=make_facts(street),
            volunteer_id=street.volunteer_person.id,
        )


def test_a_record_of_another_place_does_not_exist_for_its_strangers(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    far = make_micro_grid(session, street.community.id, grid_no=2, building_no=9)
    stranger = make_actor(
        session,
        community_id=street.community.id,
        roles=(("grid_officer", "grid", far.grid_id),),
        name="钱进",
    )
    elsewhere = make_actor(session, community_id=make_community(session, code="XJ").id)

    for actor in (stranger, elsewhere):
        with pytest.raises(errors.RecordNotFoundError):
            reads.record(session, actor=actor, record_id=record_id)
        with pytest.raises(errors.RecordNotFoundError):
            review.approve_service(session, actor=actor, record_id=record_id, key=ids.new_id())
        assert reads.review_queue(session, actor=actor).items == []


def test_only_the_one_served_confirms(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    with pytest.raises(errors.NotRecipientError):
        proofs.confirm_service(session, actor=street.volunteer, record_id=record_id)
    with pytest.raises(errors.ConfirmsOwnServiceError):
        proofs.confirm_by_slip(
            session, actor=street.volunteer, record_id=record_id, slip_number="A-1"
        )

    assert _state(session, record_id) is RecordState.RECORDED


def test_a_slip_proves_one_service_only(session: Session) -> None:
    street = make_street(session)
    first = make_record(session, street, start="09:00", end="10:00")
    second = make_record(session, street, start="11:00", end="12:00")
    proofs.confirm_by_slip(session, actor=street.officer, record_id=first, slip_number="A-1")

    with pytest.raises(errors.SlipUsedError):
        proofs.confirm_by_slip(session, actor=street.officer, record_id=second, slip_number="A-1")


def test_the_code_confirms_and_a_wrong_one_is_counted(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    code = reads.confirmation_code(session.get_one(ServiceRecord, record_id))
    wrong = f"{(int(code) + 1) % 10**6:06}"

    with pytest.raises(errors.WrongCodeError) as refusal:
        proofs.confirm_by_code(session, actor=street.volunteer, record_id=record_id, code=wrong)
    _afterwards(session, refusal.value)
    assert refusal.value.facts == {"tries_left": 4}
    proofs.confirm_by_code(session, actor=street.volunteer, record_id=record_id, code=code)

    row = session.get_one(ServiceRecord, record_id)
    assert (row.state, row.confirmed_how) == (RecordState.CONFIRMED, Proof.CODE)


def test_after_five_wrong_codes_even_the_right_one_is_refused(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    code = reads.confirmation_code(session.get_one(ServiceRecord, record_id))
    for _ in range(5):
        with pytest.raises(errors.WrongCodeError) as refusal:
            proofs.confirm_by_code(session, actor=street.volunteer, record_id=record_id, code="x")
        _afterwards(session, refusal.value)

    with pytest.raises(errors.CodeLockedError):
        proofs.confirm_by_code(session, actor=street.volunteer, record_id=record_id, code=code)


def test_a_correction_keeps_both_values_and_asks_for_a_new_confirmation(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    old_code = reads.confirmation_code(session.get_one(ServiceRecord, record_id))

    records.correct_service(
        session,
        actor=street.volunteer,
        record_id=record_id,
        facts=make_facts(street, end="10:05"),
        reason="看错了钟",
    )

    row = session.get_one(ServiceRecord, record_id)
    assert (row.state, row.minutes, row.revision) == (RecordState.RECORDED, 65, 2)
    assert row.confirmed_at is None
    assert reads.confirmation_code(row) != old_code
    event = reads.history(session, record_id)[0]
    assert event.note == "看错了钟"
    assert event.facts["ended_at_before"].startswith("2026-11-18T10:35")
    assert event.facts["ended_at_after"].startswith("2026-11-18T10:05")


def test_a_stranger_corrects_and_withdraws_nothing(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    with pytest.raises(errors.NotYoursToChangeError):
        records.withdraw_service(session, actor=street.elder, record_id=record_id)
    with pytest.raises(errors.NotYoursToChangeError):
        records.correct_service(
            session,
            actor=street.elder,
            record_id=record_id,
            facts=make_facts(street, end="10:05"),
            reason="不对",
        )


def test_what_was_sent_back_comes_again_repaired(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    with pytest.raises(errors.ReasonMissingError):
        review.reject_service(session, actor=street.officer, record_id=record_id, reason=" ")
    review.reject_service(
        session, actor=street.officer, record_id=record_id, reason="时间和签到对不上"
    )
    assert reads.under_way(session, actor=street.volunteer)[0].state_reason

    records.correct_service(
        session,
        actor=street.volunteer,
        record_id=record_id,
        facts=make_facts(street, end="10:05"),
        reason="改对了",
    )

    assert _state(session, record_id) is RecordState.RECORDED


def test_volunteer_recipient_recorder_and_their_kin_do_not_approve(session: Session) -> None:
    street = make_street(session)
    officer_roles = (("grid_officer", "grid", street.place.grid_id),)
    community_id = street.community.id
    record_id = make_confirmed(session, street)
    daughter = make_person(session, community_id=community_id, name="周小丽")
    make_kin(session, person=street.volunteer_person, relative=daughter)
    son = make_person(session, community_id=community_id, name="孙小军")
    make_kin(session, person=son, relative=street.elder_person)
    housemate = make_person(
        session,
        community_id=community_id,
        name="周大伯",
        household_id=session.get_one(Person, street.volunteer_person.id).household_id,
    )

    for person, refusal in (
        (street.volunteer_person, errors.ApprovesOwnError),
        (street.elder_person, errors.ApprovesOwnError),
        (daughter, errors.ApprovesKinError),
        (son, errors.ApprovesKinError),
        (housemate, errors.ApprovesKinError),
    ):
        near = make_actor(
            session, community_id=community_id, roles=officer_roles, person_id=person.id
        )
        with pytest.raises(refusal):
            review.approve_service(session, actor=near, record_id=record_id, key=ids.new_id())
        assert reads.review_queue(session, actor=near).items == []

    assert _balance(session, street) == 0
    assert [view.id for view in reads.review_queue(session, actor=street.officer).items] == [
        record_id
    ]


def test_whoever_recorded_does_not_approve_even_without_a_person(session: Session) -> None:
    street = make_street(session)
    record_id = records.record_service(
        session,
        actor=street.officer,
        facts=make_facts(street),
        volunteer_id=street.volunteer_person.id,
        slip_number="B-1",
    )

    with pytest.raises(errors.ApprovesOwnError):
        review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())


def test_whoever_changed_what_a_record_says_does_not_approve_it(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    records.correct_service(
        session,
        actor=street.officer,
        record_id=record_id,
        facts=make_facts(street, end="15:00"),
        reason="补上下午",
    )
    proofs.confirm_by_slip(session, actor=street.officer, record_id=record_id, slip_number="C-1")

    assert not reads.review_queue(session, actor=street.officer).items
    assert reads.review_queue(session, actor=street.admin).items
    with pytest.raises(errors.ApprovesOwnError):
        review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())

    review.approve_service(session, actor=street.admin, record_id=record_id, key=ids.new_id())
    assert _balance(session, street) == 360


def test_a_program_has_no_reach_to_approve(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    robot = program(community_id=street.community.id, name="night")

    with pytest.raises(errors.RecordNotFoundError):
        review.approve_service(session, actor=robot, record_id=record_id, key=ids.new_id())


def test_approving_again_posts_nothing_more(session: Session) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)

    with pytest.raises(errors.AlreadyApprovedError):
        review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())

    assert _balance(session, street) == 95


def test_several_are_approved_at_once_or_not_at_all(session: Session) -> None:
    street = make_street(session)
    chosen = [
        make_confirmed(session, street, start=f"{hour:02}:00", end=f"{hour:02}:30")
        for hour in (8, 9, 10)
    ]
    waiting = make_record(session, street, start="14:00", end="15:00")

    with pytest.raises(errors.NotConfirmedError):
        review.approve_many(
            session, actor=street.officer, record_ids=[*chosen, waiting], key=ids.new_id()
        )
    assert _balance(session, street) == 0
    done = review.approve_many(session, actor=street.officer, record_ids=chosen, key=ids.new_id())

    assert done == (3, 0)
    assert _balance(session, street) == 90
    with pytest.raises(errors.NothingChosenError):
        review.approve_many(session, actor=street.officer, record_ids=[], key=ids.new_id())


def test_rate_and_rounding_are_kept_with_the_approval(session: Session) -> None:
    street = make_street(session)
    kind_id = books.add_kind(session, actor=street.admin, code="night", name="夜间陪护")
    version = make_policy(session, street, Policy(rounding_minutes=30, rates={kind_id: Rate(150)}))
    record_id = records.record_service(
        session, actor=street.volunteer, facts=replace(make_facts(street), kind_id=kind_id)
    )
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)
    review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())

    seen = reads.record(session, actor=street.volunteer, record_id=record_id)
    assert (seen.policy_version, seen.rate_percent, seen.rounding_minutes) == (version, 150, 30)
    assert seen.credited_minutes == 120


def test_too_little_to_count_is_refused_in_words(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(rounding_minutes=60))
    record_id = make_confirmed(session, street, start="09:00", end="09:30")

    with pytest.raises(errors.CreditsNothingError):
        review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())


def test_unapproving_reverses_and_frees_the_time(session: Session) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)

    with pytest.raises(errors.RecordNotFoundError):
        review.unapprove_service(
            session, actor=street.officer, record_id=record_id, reason="错", key=ids.new_id()
        )
    review.unapprove_service(
        session, actor=street.admin, record_id=record_id, reason="记错了人", key=ids.new_id()
    )

    assert _balance(session, street) == 0
    assert _state(session, record_id) is RecordState.UNAPPROVED
    assert make_record(session, street)
    lines = passbook.passbook(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    ).items
    assert [line.line.amount for line in lines] == [-95, 95]
    assert [line.record and line.record.id for line in lines] == [record_id, record_id]


def test_minutes_already_spent_become_a_named_debt(session: Session) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)
    community_id = street.community.id
    book_id = books.time_book(session, community_id=community_id)
    shop = ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.MINUTES,
        code="redeemed:1",
        name="中心",
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )
    account_id = books.member_account(
        session, community_id=community_id, person_id=street.volunteer_person.id
    )
    ledger_posting.post(
        session,
        actor=street.admin,
        draft=EntryDraft(
            id=ids.new_id(),
            book_id=book_id,
            asset=Asset.MINUTES,
            kind="care.redeemed",
            effective_on=date(2026, 11, 18),
            transfers=[Transfer(account_id, shop, 60)],
            memo="午餐",
        ),
    )

    review.unapprove_service(
        session, actor=street.admin, record_id=record_id, reason="记错了人", key=ids.new_id()
    )

    debt_id = books.debt_account(
        session, community_id=community_id, person_id=street.volunteer_person.id
    )
    assert _balance(session, street) == 0
    assert ledger_accounts.balance(session, debt_id).posted == 60


def test_an_objection_waits_until_it_is_answered(session: Session) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)

    with pytest.raises(errors.NotYoursToObjectError):
        review.object_to_record(session, actor=street.officer, record_id=record_id, text="?")
    review.object_to_record(
        session, actor=street.volunteer, record_id=record_id, text="少记了半小时"
    )
    assert [view.id for view in reads.objections(session, actor=street.officer)] == [record_id]
    review.answer_objection(
        session, actor=street.officer, record_id=record_id, text="签字单写的是 10:35"
    )

    assert reads.objections(session, actor=street.officer) == []
    assert reads.history(session, record_id)[0].note == "签字单写的是 10:35"
    with pytest.raises(errors.NoObjectionError):
        review.answer_objection(session, actor=street.officer, record_id=record_id, text="又来")


def test_lists_show_what_waits_for_whom(session: Session) -> None:
    street = make_street(session)
    waiting = make_record(session, street, start="09:00", end="10:00")
    ready = make_confirmed(session, street, start="11:00", end="12:00")

    assert [v.id for v in reads.to_confirm(session, person_id=street.elder_person.id)] == [waiting]
    assert [v.id for v in reads.unconfirmed(session, actor=street.officer)] == [waiting]
    assert [v.id for v in reads.review_queue(session, actor=street.officer).items] == [ready]
    assert [v.id for v in reads.records(session, actor=street.volunteer).items] == [ready, waiting]
    served = limits.served_before(session, volunteer_id=street.volunteer_person.id)
    assert [person.name for person in served] == ["孙桂英"]


def test_records_are_paged(session: Session) -> None:
    street = make_street(session)
    made = [
        make_record(session, street, start=f"{hour:02}:00", end=f"{hour:02}:20")
        for hour in (8, 9, 10)
    ]

    first = reads.records(session, actor=street.volunteer, limit=2)
    second = reads.records(session, actor=street.volunteer, limit=2, cursor=first.next_cursor)

    assert [view.id for view in (*first.items, *second.items)] == made[::-1]
    assert second.next_cursor is None


def test_opening_the_hours_twice_changes_nothing(session: Session) -> None:
    street = make_street(session)

    books.open_hours(session, actor=street.admin)

    assert limits.policy(session, street.community.id).version == 1
