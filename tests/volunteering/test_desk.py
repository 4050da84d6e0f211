"""The review desk: ranked by risk, kept fresh, nobody's own, four eyes where the rules ask."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_kin, make_micro_grid, make_person
from tests.make.desk import make_officer, make_other_way, reckon, set_rules
from tests.make.statements import statements_of
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
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import desk as errors
from timebank.volunteering.errors.records import ApprovesKinError
from timebank.volunteering.models.desk import (
    DeskRulesVersion,
    FirstApproval,
    RecordRisk,
    RiskMark,
)
from timebank.volunteering.models.records import ServiceRecord, ServiceRecordEvent
from timebank.volunteering.queries import desk, desk_rules, records
from timebank.volunteering.rules.desk import DEFAULT_RULES, DeskRules
from timebank.volunteering.rules.records import EventKind
from timebank.volunteering.rules.risk import RiskCode
from timebank.volunteering.service import desk_rules as rules_verbs
from timebank.volunteering.service import proofs, review
from timebank.volunteering.service import records as record_verbs


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def _approve(session: Session, actor: Actor, *record_ids: int) -> review.Approvals:
    return review.approve_many(session, actor=actor, record_ids=record_ids, key=ids.new_id())


def _queue(session: Session, actor: Actor, **asked: Any) -> list[tuple[int, int]]:
    page = desk.desk_queue(session, actor=actor, **asked)
    return [(line.record.id, line.points) for line in page.items]


def _mutual(session: Session, street: Street) -> list[int]:
    """Return four records of two who serve each other."""
    days = (DAY - timedelta(days=6), DAY - timedelta(days=4))
    back = [make_other_way(session, street, day=day) for day in days]
    return [*back, *(make_confirmed(session, street, day=day) for day in days)]


def test_the_riskiest_stands_first_and_says_why(session: Session) -> None:
    street = make_street(session)
    plain = make_confirmed(session, street, start="08:00", end="09:00", day=DAY)
    with clock.fixed_at(at("23:00", DAY)):
        alone = record_verbs.record_service(
            session,
            actor=street.officer,
            facts=make_facts(street, to_elder=False, activity="清楼道"),
            volunteer_id=make_person(
                session, community_id=street.community.id, household_id=None
            ).id,
            slip_number="S1",
        )
    mutual = _mutual(session, street)
    assert {line.is_scored for line in desk.desk_queue(session, actor=street.admin).items} == {
        False
    }

    reckon(session)

    queue = _queue(session, street.admin)
    assert [record_id for record_id, _ in queue[-1:]] == [alone]
    assert {record_id for record_id, points in queue if points} == {plain, *mutual}
    line = desk.desk_record(session, actor=street.admin, record_id=mutual[-1])
    (reason,) = [one for one in line.reasons if one.code is RiskCode.RECIPROCAL]
    assert (reason.figures["there"], reason.figures["back"]) == (3, 2)
    assert set(reason.record_ids) == {plain, *mutual}
    assert set(desk.spoken_of(session, actor=street.admin, reasons=line.reasons)) == {
        plain,
        *mutual,
    }
    assert _queue(session, street.admin, code=RiskCode.RING) == []
    assert len(_queue(session, street.admin, code=RiskCode.RECIPROCAL)) == len(mutual) + 1


def test_pages_follow_each_other_in_rank(session: Session) -> None:
    street = make_street(session)
    mutual = _mutual(session, street)
    reckon(session)
    whole = [record_id for record_id, _ in _queue(session, street.admin)]

    first = desk.desk_queue(session, actor=street.admin, limit=3)
    rest = desk.desk_queue(session, actor=street.admin, limit=3, cursor=first.next_cursor)

    assert [line.record.id for line in (*first.items, *rest.items)] == whole
    assert set(whole) == set(mutual)


def test_a_change_elsewhere_is_reckoned_by_the_next_run(session: Session) -> None:
    street = make_street(session)
    mutual = _mutual(session, street)
    reckon(session)
    before = dict(_queue(session, street.admin))
    assert session.scalars(select(RiskMark.id)).all() == []

    record_verbs.withdraw_service(session, actor=street.officer, record_id=mutual[0])
    assert session.scalars(select(RiskMark.id)).all() != []
    reckon(session)

    after = dict(_queue(session, street.admin))
    assert before[mutual[-1]] - after[mutual[-1]] == 30
    assert mutual[0] not in after


def test_new_rules_are_reckoned_from_their_day_on(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    reckon(session)
    tomorrow = clock.today() + timedelta(days=1)

    rules_verbs.set_desk_rules(
        session, actor=street.admin, values=DeskRules(day_minutes=60), in_force_on=tomorrow
    )
    reckon(session)
    assert dict(_queue(session, street.admin))[record_id] == 0
    with clock.fixed_at(NOW + timedelta(days=1)):
        reckon(session)
    assert dict(_queue(session, street.admin))[record_id] == 10


def test_own_and_kin_are_not_listed_but_counted(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    nephew = make_person(session, community_id=street.community.id, name="孙伟")
    make_kin(session, person=street.elder_person, relative=nephew)
    officer = make_actor(
        session,
        community_id=street.community.id,
        roles=(("grid_officer", "grid", street.place.grid_id),),
        person_id=nephew.id,
    )

    assert _queue(session, officer) == []
    assert desk.waiting_for_others(session, actor=officer) == 1
    with pytest.raises(errors.DeskRecordNotFoundError):
        desk.desk_record(session, actor=officer, record_id=record_id)
    with pytest.raises(ApprovesKinError):
        _approve(session, officer, record_id)
    with pytest.raises(ApprovesKinError):
        review.reject_service(session, actor=officer, record_id=record_id, reason="不对")
    assert _queue(session, street.officer) == [(record_id, 0)]
    assert desk.waiting_for_others(session, actor=street.officer) == 0


def test_another_grids_desk_shows_nothing(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    other = make_micro_grid(session, street.community.id, grid_no=2, building_no=9)
    stranger = make_actor(
        session,
        community_id=street.community.id,
        roles=(("grid_officer", "grid", other.grid_id),),
    )

    assert _queue(session, stranger) == []
    assert desk.waiting_for_others(session, actor=stranger) == 0
    with pytest.raises(errors.DeskRecordNotFoundError):
        desk.desk_record(session, actor=stranger, record_id=record_id)


def test_what_is_long_is_posted_by_the_second_of_two(session: Session) -> None:
    street = make_street(session)
    second = make_officer(session, street)
    set_rules(session, street, second_minutes=95)
    long = make_confirmed(session, street)
    short = make_confirmed(session, street, start="11:00", end="12:00")

    assert _approve(session, street.officer, long, short) == (1, 1)
    assert session.get_one(ServiceRecord, long).state == "confirmed"
    assert _queue(session, street.officer) == []
    assert desk.waiting_for_others(session, actor=street.officer) == 1
    with pytest.raises(errors.SecondsOwnApprovalError):
        _approve(session, street.officer, long)
    assert _queue(session, second, is_second=True) == [(long, 0)]
    assert _approve(session, second, long) == (1, 0)

    session.expire_all()
    assert session.get_one(ServiceRecord, long).state == "approved"
    assert session.scalars(select(FirstApproval.state)).all() == ["seconded"]
    kinds = session.scalars(
        select(ServiceRecordEvent.kind)
        .where(ServiceRecordEvent.record_id == long)
        .order_by(ServiceRecordEvent.id)
    ).all()
    assert kinds[-2:] == [EventKind.FIRST_APPROVED, EventKind.APPROVED]


def test_what_is_risky_is_reckoned_when_it_is_decided(session: Session) -> None:
    street = make_street(session)
    second = make_officer(session, street)
    set_rules(session, street, second_points=30)
    mutual = _mutual(session, street)[-1]

    assert _approve(session, second, mutual) == (0, 1)  # the job has not run yet
    assert _approve(session, street.admin, mutual) == (1, 0)


def test_a_first_approval_ends_with_the_record_it_saw(session: Session) -> None:
    street = make_street(session)
    second = make_officer(session, street)
    set_rules(session, street, second_minutes=1)
    record_id = make_confirmed(session, street)
    _approve(session, street.officer, record_id)

    record_verbs.correct_service(
        session,
        actor=street.volunteer,
        record_id=record_id,
        facts=make_facts(street, end="10:00"),
        reason="写多了",
    )
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)

    assert session.scalars(select(FirstApproval.state)).all() == ["dropped"]
    assert _approve(session, second, record_id) == (0, 1)
    assert _approve(session, street.officer, record_id) == (1, 0)


def test_the_database_refuses_to_post_without_the_second(session: Session) -> None:
    street = make_street(session)
    posted = session.get_one(ServiceRecord, make_approved(session, street))
    set_rules(session, street, second_minutes=60)
    record_id = make_confirmed(session, street, start="12:00", end="14:00")
    values = {
        "state": "approved",
        "entry_id": ids.new_id(),
        "approved_at": NOW,
        "approved_by_user_id": street.officer.user_id,
        "credited_minutes": 120,
        "policy_version": posted.policy_version,
    }
    post = update(ServiceRecord).where(ServiceRecord.id == record_id).values(**values)
    first = {
        "community_id": street.community.id,
        "record_id": record_id,
        "state": "waiting",
        "at": NOW,
        "actor_name": "赵强",
        "credited_minutes": 120,
        "points": 0,
        "rules_version": 1,
    }

    _refused(session, post, "service_record_second")
    _refused(
        session,
        insert(FirstApproval).values(**first, user_id=street.volunteer.user_id),
        "first_approval_own",
    )
    session.execute(insert(FirstApproval).values(**first, user_id=street.officer.user_id))
    _refused(session, post, "service_record_second")
    for statement, rule in (
        (update(FirstApproval).values(user_id=street.admin.user_id), "first_approval_said"),
        (update(FirstApproval).values(state="seconded", points=9), "first_approval_said"),
        (insert(FirstApproval).values(**first, user_id=1), "uq_first_approval|UNIQUE"),
        (update(DeskRulesVersion).values(second_minutes=None), "append-only|denied"),
    ):
        _refused(session, statement, rule)


def test_rules_are_versions_with_days(session: Session) -> None:
    street = make_street(session)
    assert desk_rules.rules_in_force(session, street.community.id) == DEFAULT_RULES

    set_rules(session, street, appeal_days=20)
    rules_verbs.set_desk_rules(
        session,
        actor=street.admin,
        values=DeskRules(appeal_days=30),
        in_force_on=DAY + timedelta(days=10),
    )

    in_force = desk_rules.rules_in_force(session, street.community.id)
    later = desk_rules.rules_in_force(session, street.community.id, on=DAY + timedelta(days=10))
    assert (in_force.version, in_force.appeal_days, later.appeal_days) == (1, 20, 30)
    for values, refusal in (
        ({"appeal_days": 0}, errors.DeskRulesOutOfRangeError),
        ({"second_points": 101}, errors.DeskRulesOutOfRangeError),
    ):
        with pytest.raises(refusal):
            set_rules(session, street, **values)
    with pytest.raises(errors.DeskRulesInPastError):
        rules_verbs.set_desk_rules(
            session,
            actor=street.admin,
            values=DEFAULT_RULES,
            in_force_on=DAY - timedelta(days=1),
        )


def test_a_record_waits_exactly_while_it_is_confirmed(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    def waits() -> bool | None:
        return session.scalar(
            select(RecordRisk.is_waiting)
            .where(RecordRisk.record_id == record_id)
            .execution_options(populate_existing=True)
        )

    assert waits() is None
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)
    assert waits() is True
    record_verbs.correct_service(
        session,
        actor=street.volunteer,
        record_id=record_id,
        facts=replace(make_facts(street), notes="补一句"),
        reason="补一句",
    )
    assert waits() is False
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)
    assert waits() is True
    _approve(session, street.officer, record_id)
    assert waits() is False
    assert records.record(session, actor=street.admin, record_id=record_id).state == "approved"


def test_the_queue_costs_the_same_for_many(app: Flask, session: Session) -> None:
    street = make_street(session)
    hours = [(f"{hour:02}:00", f"{hour:02}:30") for hour in range(6, 14)]

    def statements() -> int:
        with statements_of(app) as sent:
            desk.desk_queue(session, actor=street.admin)
        return len(sent)

    make_confirmed(session, street, start=hours[0][0], end=hours[0][1])
    reckon(session)
    one = statements()
    for start, end in hours[1:]:
        make_confirmed(session, street, start=start, end=end)
    with statements_of(app) as sent:
        reckon(session)

    assert statements() == one
    assert one <= 7
    assert len(sent) < 20, "\n".join(sent)
