"""The board of the six roles: every micro-grid, vacancies, deputies, load, contact within reach."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.cases import Grid, make_case
from tests.make.community import make_micro_grid, make_person
from tests.make.outreach import NOW, TODAY, Ward, make_ward
from tests.make.statements import statements_of
from timebank.cases.models.routing import WorkerAbsence
from timebank.cases.queries import six_roles as queries
from timebank.cases.rules.flow import Source
from timebank.cases.rules.six_roles import UnitSeats
from timebank.community.models import RoleHolder
from timebank.community.rules import SixRole
from timebank.kernel import clock
from timebank.outreach.rules.key_people import KeyGroup, Reason
from timebank.outreach.service import key_people


@pytest.fixture
def ward(session: Session) -> Iterator[Ward]:
    """A community on the tenth of November."""
    with clock.fixed_at(NOW):
        yield make_ward(session)


def unit(session: Session, ward: Ward, at: int = 0, *, reader: str = "admin") -> UnitSeats:
    found = queries.board(session, actor=getattr(ward, reader))
    return next(one for one in found.units if one.micro_grid_id == ward.units[at].id)


def hold(session: Session, ward: Ward, role: SixRole, **place: int) -> None:
    """Let the elder hold a role at a place."""
    session.add(
        RoleHolder(
            community_id=ward.community_id,
            role=role,
            person_id=ward.elder.id,
            started_on=date(2025, 1, 1),
            **place,
        )
    )
    session.flush()


def away(session: Session, ward: Ward, deputy_user_id: int) -> None:
    """Let the officer of the first grid be away for a week."""
    session.add(
        WorkerAbsence(
            community_id=ward.community_id,
            user_id=ward.officer.user_id,
            deputy_user_id=deputy_user_id,
            first_on=TODAY,
            last_on=TODAY + timedelta(6),
            made_on=TODAY,
            made_at=NOW,
            made_by_name="高洁",
        )
    )
    session.flush()


def test_each_seat_is_held_where_its_role_belongs(session: Session, ward: Ward) -> None:
    hold(session, ward, SixRole.BUILDING_HEAD, building_id=ward.units[0].building_id)
    hold(session, ward, SixRole.PARTY_VOLUNTEER, micro_grid_id=ward.units[1].id)

    first, second = unit(session, ward), unit(session, ward, 1)
    assert [one.name for one in first.seats[SixRole.GRID_OFFICER].sitters] == ["刘洋"]
    assert [one.name for one in second.seats[SixRole.BUILDING_HEAD].sitters] == ["孙秀英"]
    assert first.seats[SixRole.PARTY_VOLUNTEER].is_vacant
    assert (first.vacancies, second.vacancies) == (4, 3)
    tallies = {one.role: one for one in queries.board(session, actor=ward.admin).tallies}
    grid, door = tallies[SixRole.GRID_OFFICER], tallies[SixRole.PARTY_VOLUNTEER]
    assert (grid.seats, grid.vacant) == (2, 0)
    assert (door.seats, door.vacant, door.people) == (4, 3, 1)


def test_who_is_away_is_named_with_who_stands_in(session: Session, ward: Ward) -> None:
    assert ward.admin.user_id is not None
    away(session, ward, ward.admin.user_id)

    (officer,) = unit(session, ward).seats[SixRole.GRID_OFFICER].sitters
    assert officer.leave is not None
    assert (officer.leave.deputy_name, officer.leave.last_on) == (
        ward.admin.name,
        TODAY + timedelta(6),
    )
    assert unit(session, ward).seats[SixRole.GRID_OFFICER].is_away
    far = queries.board(session, actor=ward.admin).units[-1]
    assert far.seats[SixRole.GRID_OFFICER].sitters[0].leave is None


def test_a_deputy_who_does_not_reach_the_grid_is_a_gap(session: Session, ward: Ward) -> None:
    for role in (SixRole.PROPERTY_STEWARD,):
        hold(session, ward, role, grid_id=ward.units[0].grid_id)
    hold(session, ward, SixRole.BUILDING_HEAD, building_id=ward.units[0].building_id)
    for role in (SixRole.COOP_CADRE, SixRole.PARTY_VOLUNTEER, SixRole.RESIDENT_REPRESENTATIVE):
        hold(session, ward, role, micro_grid_id=ward.units[0].id)
    assert not unit(session, ward).has_gap

    assert ward.far_officer.user_id is not None
    away(session, ward, ward.far_officer.user_id)
    assert unit(session, ward).has_gap
    shown = queries.board(session, actor=ward.admin, grid_id=ward.units[0].grid_id, gaps=True)
    assert ward.units[0].id in {one.micro_grid_id for one in shown.units}


def test_load_and_contact_reach_as_far_as_the_reader(session: Session, ward: Ward) -> None:
    key_people.list_person(
        session,
        actor=ward.officer,
        person_id=ward.elder.id,
        group=KeyGroup.OLD,
        reason=Reason.LIVES_ALONE,
        every_days=7,
        visitor_id=ward.officer_person.id,
    )
    grid = Grid(
        ward.community_id,
        ward.units[0].grid_id,
        ward.units[0].id,
        ward.officer,
        ward.admin,
        ward.resident,
    )
    make_case(session, grid, source=Source.PATROL)

    near, far = (unit(session, ward, reader=one) for one in ("officer", "far_officer"))
    assert (near.load.households, near.load.open_cases, near.load.key_people) == (2, 1, 1)
    assert near.seats[SixRole.GRID_OFFICER].sitters[0].phone_masked == "139****0001"
    assert (far.load.open_cases, far.load.key_people) == (None, None)
    assert far.seats[SixRole.GRID_OFFICER].sitters[0].phone_masked == ""
    with clock.fixed_at(NOW + timedelta(hours=2)):
        assert unit(session, ward).load.late_cases == 1


def test_the_board_asks_as_little_of_four_doors_as_of_forty(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    ward = make_ward(session)
    counter = make_actor(
        session, community_id=ward.community_id, roles=(("auditor", "community", None),), name="周"
    )
    session.commit()
    log_in(client, session, counter)

    def asked() -> int:
        with statements_of(app) as sent:
            assert client.get("/six-roles").status_code == 200
        return len(sent)

    asked()
    few = asked()
    for number in range(36):
        place = make_micro_grid(session, ward.community_id, 3 + number % 6, 20 + number, 1)
        person = make_person(session, community_id=ward.community_id, name=f"陈{number}")
        hold_at = RoleHolder(
            community_id=ward.community_id,
            role=SixRole.COOP_CADRE,
            person_id=person.id,
            micro_grid_id=place.id,
            started_on=date(2025, 1, 1),
        )
        session.add(hold_at)
    session.commit()
    assert asked() == few


def test_the_board_is_a_page_a_workbook_and_an_answer_for_programs(
    session: Session, client: FlaskClient
) -> None:
    ward = make_ward(session)
    session.commit()
    log_in(client, session, ward.officer)

    page = client.get("/six-roles").text
    assert "空缺" in page
    assert [page.count('class="leaf fold"'), page.count("open>")] == [2, 1]
    assert ("139****0001" in page, "13900000001" in page) == (True, False)
    told = client.get(f"/api/v1/six-roles?grid_id={ward.units[0].grid_id}").get_json()
    assert [len(one["seats"]) for one in told["units"]] == [6, 6, 6]
    assert told["units"][0]["seats"][0]["sitters"][0]["name"] == "刘洋"
    book = CalamineWorkbook.from_filelike(BytesIO(client.get("/six-roles/export.xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 5
    assert "刘洋 139****0001" in rows[1]
    log_in(client, session, ward.resident)
    assert client.get("/six-roles").status_code == 403
