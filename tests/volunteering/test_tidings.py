"""People are told what concerns them: once, by the act itself, and not of what they did."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make.messages import codes_of, last_text
from tests.make.policy import make_policy
from tests.make.statements import statements_of
from tests.make.tasks import (
    END,
    START,
    join,
    make_activity,
    make_need,
    make_need_task,
    make_team,
    sign_up_id,
)
from tests.make.volunteering import NOW, at, make_approved, make_confirmed, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import program
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.rules.changes import TaskEdit
from timebank.volunteering.rules.gifts import Need, Source
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.rules.tasks import Admission
from timebank.volunteering.service import (
    changes,
    disputes,
    expiry,
    month_summaries,
    needs,
    pools,
    review,
    rights,
    signups,
    tasks,
    tidings,
    wallet,
)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def test_a_place_at_a_task_is_told_from_asking_to_moving_up(session: Session) -> None:
    team = make_team(session)
    street, (one, two, three) = team.street, team.helpers
    task_id = make_activity(session, street, places=1, admission=Admission.PICKED)
    poster = street.officer.person_id

    signups.ask(session, actor=street.officer, task_id=task_id, volunteer_ids=[one.person_id or 0])
    join(session, task_id, two)
    join(session, task_id, three)
    picked = sign_up_id(session, task_id, two)
    signups.pick(session, actor=street.officer, sign_up_id=picked)
    third = sign_up_id(session, task_id, three)
    signups.reserve(session, actor=street.officer, sign_up_id=third)
    signups.withdraw(session, actor=two, sign_up_id=picked)

    assert codes_of(session, one.person_id) == ["task_asked"]
    assert codes_of(session, two.person_id) == ["task_place_given"]
    assert codes_of(session, three.person_id) == ["task_queued", "task_moved_up"]
    assert "补上" in last_text(session, three.person_id)
    assert poster is None or "volunteer_gone" in codes_of(session, poster)


def test_who_signs_up_by_themselves_is_not_told_of_it(session: Session) -> None:
    team = make_team(session)
    task_id = make_activity(session, team.street)

    join(session, task_id, *team.helpers)

    assert [codes_of(session, one.person_id) for one in team.helpers] == [[], [], []]


def test_tomorrows_task_is_told_once_and_taken_back_with_the_place(session: Session) -> None:
    team = make_team(session, count=2)
    street, (one, two) = team.street, team.helpers
    task_id = make_need_task(session, street)
    join(session, task_id, one)
    other_id = make_activity(session, street)
    join(session, other_id, two)

    tidings.remind_of_tasks(session, {})
    assert codes_of(session, one.person_id) == []  # it is the day after tomorrow

    with clock.fixed_at(NOW + timedelta(days=1)):
        tidings.remind_of_tasks(session, {})
        tidings.remind_of_tasks(session, {})
        assert codes_of(session, one.person_id) == ["task_tomorrow"]
        assert "help_tomorrow" in codes_of(session, street.elder_person.id)
        signups.withdraw(session, actor=two, sign_up_id=sign_up_id(session, other_id, two))
        assert codes_of(session, two.person_id) == []


def test_a_change_and_a_cancellation_reach_everybody_on_the_list(session: Session) -> None:
    team = make_team(session)
    street = team.street
    task_id = make_activity(session, street)
    join(session, task_id, *team.helpers[:2])

    edit = TaskEdit(
        starts_at=START + timedelta(hours=1),
        ends_at=END + timedelta(hours=1),
        places=20,
        activity="扫雪",
        place="",
        micro_grid_id=street.place.id,
        details="",
    )
    changes.change_task(session, actor=street.officer, task_id=task_id, edit=edit, reason="天冷")
    tasks.cancel_task(session, actor=street.officer, task_id=task_id, reason="大雪")

    for helper in team.helpers[:2]:
        assert codes_of(session, helper.person_id) == ["task_changed", "task_cancelled"]
        assert "大雪" in last_text(session, helper.person_id)
    assert codes_of(session, team.helpers[2].person_id) == []


def test_hours_are_told_when_recorded_approved_sent_back_and_taken_back(session: Session) -> None:
    street = make_street(session)
    approved = make_approved(session, street)
    review.unapprove_service(
        session, actor=street.admin, record_id=approved, reason="重复了", key=ids.new_id()
    )
    rejected = make_confirmed(session, street, start="14:00", end="15:00")
    review.reject_service(session, actor=street.officer, record_id=rejected, reason="时间对不上")

    assert codes_of(session, street.elder_person.id) == ["service_to_confirm"] * 2
    assert codes_of(session, street.volunteer_person.id) == [
        "service_approved",
        "service_unapproved",
        "service_rejected",
    ]
    assert "时间对不上" in last_text(session, street.volunteer_person.id)


def test_an_appeal_is_told_with_its_terms_before_they_run_out(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="时间对不上")
    due_on = session.query(Dispute).one().due_on
    assert due_on is not None

    for days in (20, 2, 1):
        with clock.fixed_at(at("09:00", due_on - timedelta(days=days))):
            rights.lapse_rights(session, {})
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=record_id, words="是对的"
    )
    disputes.decide_appeal(
        session,
        actor=street.admin,
        dispute_id=dispute_id,
        is_granted=False,
        words="查过了",
        key=ids.new_id(),
    )

    assert codes_of(session, street.volunteer_person.id) == [
        "service_rejected",
        "right_ends_soon",
        "appeal_upheld",
    ]


def test_minutes_that_expire_are_warned_of_twice_and_told_when_gone(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(expiry_months=12))
    make_approved(session, street)
    actor = program(community_id=street.community.id, name="volunteering.expire")

    for days in (300, 340, 360, 365, 366, 400):
        with clock.fixed_at(NOW + timedelta(days=days)):
            expiry.warn_and_expire(session, actor=actor)

    told = codes_of(session, street.volunteer_person.id)
    assert told == ["service_approved", *["hours_expire_soon"] * 2, "hours_expired"]


def test_last_months_page_and_what_gifts_did_are_told_once(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    pool_id = pools.open_pool(session, actor=street.admin, name="暖心池", purpose="独居老人")
    pools.give_to_pool(
        session,
        actor=street.volunteer,
        key=ids.new_id(),
        pool_id=pool_id,
        minutes=60,
        source=Source.OWN,
    )
    grant_id = pools.request_grant(
        session,
        actor=street.officer,
        key=ids.new_id(),
        pool_id=pool_id,
        person_id=street.elder_person.id,
        minutes=30,
        need=Need.COMPANY,
        reason="独居",
    )
    pools.approve_grant(session, actor=street.admin, grant_id=grant_id)
    assert "grant_given" in codes_of(session, street.elder_person.id)

    with clock.fixed_at(NOW + timedelta(days=31)):
        for _ in range(2):
            month_summaries.give_notices_everywhere(session, {})

    told = codes_of(session, street.volunteer_person.id)
    assert told.count("month_summed") == told.count("gift_helped") == 1


def test_the_other_one_of_a_wallet_is_asked_and_told(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(circle=Circle.KIN_AND_FRIENDS, allows_gifts=True))
    wallet_id = wallet.open_wallet(
        session, actor=street.volunteer, month_minutes_max=60, receiver_id=street.elder_person.id
    )
    wallet.agree_to_wallet(session, actor=street.elder, wallet_id=wallet_id)
    wallet.end_wallet(session, actor=street.elder, wallet_id=wallet_id)

    assert codes_of(session, street.elder_person.id) == ["wallet_asked"]
    assert codes_of(session, street.volunteer_person.id) == ["wallet_agreed", "wallet_ended"]


def test_who_asked_for_help_is_told_the_answer(session: Session) -> None:
    street = make_street(session)
    declined, taken_up = make_need(session, street), make_need(session, street)
    needs.decline_need(session, actor=street.officer, need_id=declined, reason="请打120")
    needs.take_up(session, actor=street.officer, need_id=taken_up)

    assert codes_of(session, street.elder_person.id) == ["need_declined", "need_taken_up"]


def test_many_approvals_are_told_in_one_statement(app: Flask, session: Session) -> None:
    street = make_street(session)
    records = [
        make_confirmed(session, street, start=f"{hour:02}:00", end=f"{hour:02}:30")
        for hour in range(8, 13)
    ]
    with statements_of(app) as sent:
        review.approve_many(session, actor=street.officer, record_ids=records, key=ids.new_id())

    assert sum("INSERT INTO message" in one for one in sent) == 1
