"""Monthly visits: planned once, recorded door by door, finished, and what they bring home."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.outreach import NOW, TODAY, Ward, make_ward
from timebank.cases.models.cases import CaseFile
from timebank.cases.rules.flow import Category, Source
from timebank.cases.service import visits as case_visits
from timebank.community.errors import PhoneInvalidError
from timebank.community.models import Household, Person
from timebank.kernel import clock
from timebank.notices.models.messages import Message
from timebank.outreach.errors import visits as errors
from timebank.outreach.models.visits import UnitVisit, VisitChange
from timebank.outreach.queries import routes
from timebank.outreach.queries import visits as queries
from timebank.outreach.rules.visits import (
    ChangeKind,
    Coverage,
    DoorResult,
    Month,
    UnitLine,
    VisitState,
    coverage_of,
)
from timebank.outreach.service import findings, reminding
from timebank.outreach.service import visits as service

NOVEMBER = Month(2026, 11)


@pytest.fixture
def ward(session: Session) -> Iterator[Ward]:
    """A community on the tenth of November."""
    with clock.fixed_at(NOW):
        yield make_ward(session)


def planned(session: Session, ward: Ward) -> int:
    """Plan November and return the visit of the first unit."""
    service.plan_month(session, actor=ward.admin, month=NOVEMBER)
    return unit(session, ward, ward.units[0].id).visit_id or 0


def unit(session: Session, ward: Ward, micro_grid_id: int) -> UnitLine:
    found = queries.month(session, actor=ward.admin, month=NOVEMBER)
    return next(one for one in found.units if one.micro_grid_id == micro_grid_id)


def test_months_follow_each_other_over_years() -> None:
    assert Month(2026, 12).shifted(1) == Month(2027, 1)
    assert Month(2026, 1).shifted(-1) == Month(2025, 12)
    assert Month(2028, 2).last == date(2028, 2, 29)


def test_a_unit_is_late_from_the_day_after_its_last() -> None:
    due = date(2026, 11, 20)

    assert coverage_of(None, None, today=due) is Coverage.UNPLANNED
    assert coverage_of(VisitState.PLANNED, due, today=due) is Coverage.PLANNED
    assert coverage_of(VisitState.PLANNED, due, today=due + timedelta(1)) is Coverage.OVERDUE
    assert coverage_of(VisitState.DONE, due, today=due + timedelta(1)) is Coverage.DONE


def test_a_month_is_planned_once_as_far_as_one_reaches(session: Session, ward: Ward) -> None:
    plan = partial(service.plan_month, session, month=NOVEMBER)

    assert plan(actor=ward.officer) == 3
    assert plan(actor=ward.officer) == 0
    assert plan(actor=ward.admin) == 1
    rows = queries.month(session, actor=ward.admin, month=NOVEMBER).units
    assert [one.visitor_name for one in rows] == ["刘洋", "刘洋", "刘洋", "郑国强"]
    assert {one.due_on for one in rows} == {date(2026, 11, 30)}
    assert len(queries.month(session, actor=ward.officer, month=NOVEMBER).units) == 3
    with pytest.raises(errors.DayOutsideMonthError):
        plan(actor=ward.admin, due_on=date(2026, 12, 1))


def test_the_visitor_of_another_is_told_how_many_units_are_theirs(
    session: Session, ward: Ward
) -> None:
    planned(session, ward)
    service.plan_month(session, actor=ward.admin, month=NOVEMBER)

    told = session.execute(select(Message.person_id, Message.code)).all()
    assert sorted(told) == sorted(
        (person.id, "outreach_visits_planned") for person in (ward.officer_person, ward.far_elder)
    )


def test_a_door_is_written_down_and_the_later_word_holds(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    record = partial(
        service.record_door,
        session,
        actor=ward.officer,
        visit_id=visit_id,
        household_id=ward.home.id,
    )

    record(result=DoorResult.NOT_MET, again_on=TODAY + timedelta(2), note="没人应门")
    assert unit(session, ward, ward.units[0].id).not_met_count == 1
    record(result=DoorResult.MET, met_person_id=ward.elder.id)
    line = unit(session, ward, ward.units[0].id)
    assert (line.met_count, line.not_met_count) == (1, 0)
    found = queries.visit(session, actor=ward.officer, visit_id=visit_id)
    assert [door.room_no for door in found.open_doors] == ["102"]
    assert found.doors[0].met_name == "孙秀英"
    assert found.doors[0].residents[0].phone_masked == "138****0101"


def test_what_cannot_be_at_a_door_is_refused(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    record = partial(service.record_door, session, actor=ward.officer, visit_id=visit_id)
    far_home = session.scalars(
        select(Household).where(Household.micro_grid_id == ward.far_unit.id)
    ).one()
    home = ward.home.id

    with pytest.raises(errors.DoorElsewhereError):
        record(household_id=far_home.id, result=DoorResult.MET)
    for result, again in (
        (DoorResult.NOT_MET, None),
        (DoorResult.NOT_MET, TODAY),
        (DoorResult.MET, TODAY + timedelta(1)),
        (DoorResult.MET, TODAY),
    ):
        with pytest.raises(errors.ReturnDayMissingError):
            record(household_id=home, result=result, again_on=again)
    for result, person in (
        (DoorResult.MET, ward.far_elder),
        (DoorResult.DECLINED, ward.elder),
    ):
        with pytest.raises(errors.PersonElsewhereError):
            record(household_id=home, result=result, met_person_id=person.id)
    with pytest.raises(errors.PersonElsewhereError):
        record(household_id=ward.empty_home.id, result=DoorResult.MET, met_person_id=ward.elder.id)


def test_others_visits_are_not_found(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    other = make_ward(session, code="LH")

    for actor in (ward.far_officer, other.admin):
        with pytest.raises(errors.VisitNotFoundError):
            queries.visit(session, actor=actor, visit_id=visit_id)
        with pytest.raises(errors.VisitNotFoundError):
            service.finish_visit(session, actor=actor, visit_id=visit_id, visited_on=TODAY)
    with pytest.raises(errors.VisitNotFoundError):
        findings.note_finding(session, actor=ward.auditor, visit_id=visit_id, words="灯坏了")


def test_a_unit_is_finished_once_and_only_after_a_door(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    finish = partial(service.finish_visit, session, actor=ward.officer, visit_id=visit_id)

    with pytest.raises(errors.NoDoorSeenError):
        finish(visited_on=TODAY)
    service.record_door(
        session,
        actor=ward.officer,
        visit_id=visit_id,
        household_id=ward.home.id,
        result=DoorResult.MET,
    )
    with pytest.raises(errors.VisitInFutureError):
        finish(visited_on=TODAY + timedelta(1))
    with pytest.raises(errors.DayOutsideMonthError):
        finish(visited_on=date(2026, 10, 31))
    finish(visited_on=TODAY)
    with pytest.raises(errors.VisitDoneError):
        finish(visited_on=TODAY)
    with pytest.raises(errors.VisitDoneError):
        service.assign_visit(
            session,
            actor=ward.officer,
            visit_id=visit_id,
            visitor_id=ward.officer_person.id,
            due_on=TODAY,
        )
    assert unit(session, ward, ward.units[0].id).coverage is Coverage.DONE


def test_a_unit_in_which_nobody_lives_is_finished_at_once(session: Session, ward: Ward) -> None:
    planned(session, ward)
    line = unit(session, ward, ward.units[1].id)

    service.finish_visit(session, actor=ward.officer, visit_id=line.visit_id or 0, visited_on=TODAY)

    assert unit(session, ward, ward.units[1].id).coverage is Coverage.DONE


def test_a_change_wants_consent_and_keeps_both_values(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    change = partial(
        findings.note_change,
        session,
        actor=ward.officer,
        visit_id=visit_id,
        person_id=ward.elder.id,
        kind=ChangeKind.PHONE,
    )

    with pytest.raises(errors.ConsentMissingError):
        change(value="13911112222", has_consent=False)
    with pytest.raises(PhoneInvalidError):
        change(value="12", has_consent=True)
    with pytest.raises(errors.NothingChangedError):
        change(value="138 0000 0101", has_consent=True)
    change(value="13911112222", has_consent=True)
    kept = session.scalars(select(VisitChange)).one()
    assert (kept.old_value, kept.new_value) == ("13800000101", "13911112222")
    assert session.get_one(Person, ward.elder.id).phone == "13911112222"
    change(kind=ChangeKind.ROOM, value="102", has_consent=True)
    assert session.get_one(Person, ward.elder.id).household_id == ward.empty_home.id
    shown = queries.visit(session, actor=ward.officer, visit_id=visit_id).changes
    assert [(one.old, one.new) for one in shown] == [("101", "102"), ("138****0101", "139****2222")]
    with pytest.raises(errors.PersonElsewhereError):
        change(person_id=ward.far_elder.id, value="13911113333", has_consent=True)


def test_a_newcomer_is_registered_in_the_unit(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)

    person_id = findings.note_newcomer(
        session,
        actor=ward.officer,
        visit_id=visit_id,
        name="陈小满",
        room_no="201",
        has_consent=True,
    )

    person = session.get_one(Person, person_id)
    assert person.micro_grid_id == ward.units[0].id
    with pytest.raises(errors.ConsentMissingError):
        findings.note_newcomer(
            session,
            actor=ward.officer,
            visit_id=visit_id,
            name="陈大满",
            room_no="201",
            has_consent=False,
        )


def test_a_finding_becomes_one_case_at_its_place(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    finding_id = findings.note_finding(
        session, actor=ward.officer, visit_id=visit_id, words="三楼感应灯不亮"
    )

    made = case_visits.case_of_finding(
        session, actor=ward.officer, finding_id=finding_id, category=Category.FACILITIES
    )

    case = session.get_one(CaseFile, made.id)
    assert (case.source, case.micro_grid_id) == (Source.PATROL, ward.units[0].id)
    found = queries.visit(session, actor=ward.officer, visit_id=visit_id)
    assert [(one.words, one.case_id) for one in found.findings] == [("三楼感应灯不亮", made.id)]
    with pytest.raises(errors.FindingHasCaseError):
        case_visits.case_of_finding(
            session, actor=ward.officer, finding_id=finding_id, category=Category.OTHER
        )
    with pytest.raises(errors.FindingHasCaseError):
        findings.link_case(session, actor=ward.officer, finding_id=finding_id, case_id=made.id)
    with pytest.raises(errors.FindingNotFoundError):
        case_visits.case_of_finding(
            session, actor=ward.far_officer, finding_id=finding_id, category=Category.OTHER
        )
    assert session.scalar(select(func.count()).select_from(CaseFile)) == 1


def test_the_walk_holds_the_doors_that_are_still_to_be_seen(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    walk = partial(routes.route, session, actor=ward.admin, month=NOVEMBER)

    assert [len(stop.doors) for stop in walk().stops] == [2, 1]
    service.record_door(
        session,
        actor=ward.officer,
        visit_id=visit_id,
        household_id=ward.home.id,
        result=DoorResult.MET,
    )
    mine = walk(visitor_id=ward.officer_person.id)
    assert [[door.room_no for door in stop.doors] for stop in mine.stops] == [["102"]]


def test_only_one_of_the_six_is_sent(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    assign = partial(service.assign_visit, session, actor=ward.officer, visit_id=visit_id)

    with pytest.raises(errors.NotAVisitorError):
        assign(visitor_id=ward.elder.id, due_on=TODAY)
    with pytest.raises(errors.DayOutsideMonthError):
        assign(visitor_id=ward.officer_person.id, due_on=date(2026, 12, 1))
    assign(visitor_id=ward.far_elder.id, due_on=TODAY)
    assert unit(session, ward, ward.units[0].id).visitor_name == "郑国强"


def test_overdue_visits_are_told_once(session: Session, ward: Ward) -> None:
    planned(session, ward)
    overdue = select(func.count()).where(Message.code == "outreach_visit_overdue")

    reminding.remind_everywhere(session, {})
    assert session.scalar(overdue) == 0
    with clock.fixed_at(NOW + timedelta(days=21)):
        reminding.remind_everywhere(session, {})
        reminding.remind_everywhere(session, {})
    assert session.scalar(overdue) == 4


def test_the_database_refuses_what_the_verbs_refuse(session: Session, ward: Ward) -> None:
    visit_id = planned(session, ward)
    one = update(UnitVisit).where(UnitVisit.id == visit_id)
    for values in ({"state": "done"}, {"month": 13}, {"visited_on": TODAY}, {"state": "half"}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(one.values(**values))
    findings.note_change(
        session,
        actor=ward.officer,
        visit_id=visit_id,
        person_id=ward.elder.id,
        kind=ChangeKind.PHONE,
        value="13911112222",
        has_consent=True,
    )
    for statement in ("UPDATE visit_change SET kind = 'room'", "DELETE FROM visit_change"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))
