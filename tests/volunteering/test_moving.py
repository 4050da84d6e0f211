"""Moving to another micro-grid: from a day on, one or many; the past keeps its grid."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.community import make_micro_grid
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.community import queries as community_queries
from timebank.community.errors import PersonNotFoundError
from timebank.community.models import MicroGrid, Person
from timebank.kernel import clock, ids
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import moving as errors
from timebank.volunteering.models.moving import PersonMove
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import moving as queries
from timebank.volunteering.rules.moving import MoveState
from timebank.volunteering.service import moving


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _scene(session: Session) -> tuple[Street, MicroGrid]:
    """A street, and a unit in another grid."""
    street = make_street(session)
    return street, make_micro_grid(session, street.community.id, grid_no=2, building_no=9)


def _move(session: Session, street: Street, to: MicroGrid, **more: Any) -> list[int]:
    asked: dict[str, Any] = {
        "actor": street.officer,
        "person_ids": [street.volunteer_person.id],
        "effective_on": DAY,
        "reason": "买了新房",
        "room_no": "302",
    }
    return moving.move_people(session, micro_grid_id=to.id, **(asked | more))


def test_a_move_of_today_changes_home_and_reach_and_leaves_the_past_alone(
    session: Session,
) -> None:
    street, there = _scene(session)
    record = session.get_one(ServiceRecord, make_approved(session, street))
    before = record.grid_id

    _move(session, street, there)

    person = session.get_one(Person, street.volunteer_person.id)
    assert (person.micro_grid_id, (person.address or "")[-4:]) == (there.id, "302室")
    session.refresh(record)
    assert record.grid_id == before
    with pytest.raises(PersonNotFoundError):
        community_queries.person_within(
            session,
            community_id=street.community.id,
            person_id=person.id,
            reach=street.officer.reach("person.search"),
        )
    (view,) = queries.moves(session, actor=street.admin, person_id=person.id).items
    assert (view.state, view.asked_by_name) == (MoveState.DONE, "赵强")
    assert view.from_label != view.to_label


def test_a_move_to_come_waits_for_its_day_and_can_be_cancelled(session: Session) -> None:
    street, there = _scene(session)
    (move_id,) = _move(session, street, there, effective_on=DAY + timedelta(days=5))
    moving.move_due(session, {})
    person = session.get_one(Person, street.volunteer_person.id)
    assert person.micro_grid_id == street.place.id
    with pytest.raises(errors.MovePlannedError):
        _move(session, street, there)

    with clock.fixed_at(NOW + timedelta(days=5)):
        moving.move_due(session, {})
        moving.move_due(session, {})

    assert person.micro_grid_id == there.id
    with pytest.raises(errors.MoveSettledError):
        moving.cancel_move(session, actor=street.admin, move_id=move_id)


def test_many_move_together_or_nobody_does(session: Session) -> None:
    street, there = _scene(session)
    both = [street.volunteer_person.id, street.elder_person.id]

    with pytest.raises(PersonNotFoundError), session.begin_nested():
        _move(session, street, there, person_ids=[*both, 999_999])
    assert session.get_one(Person, both[0]).micro_grid_id == street.place.id

    assert len(_move(session, street, there, person_ids=both)) == 2
    assert {session.get_one(Person, one).micro_grid_id for one in both} == {there.id}


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"person_ids": []}, errors.MoveNobodyError),
        ({"effective_on": DAY - timedelta(days=1)}, errors.MoveDayError),
        ({"effective_on": DAY + timedelta(days=91)}, errors.MoveDayError),
    ],
)
def test_what_is_no_move(session: Session, more: Any, refusal: type[DomainError]) -> None:
    street, there = _scene(session)

    with pytest.raises(refusal):
        _move(session, street, there, **more)
    with pytest.raises(errors.MoveSamePlaceError):
        _move(session, street, street.place)


def test_the_database_keeps_the_history_as_it_was(session: Session) -> None:
    street, there = _scene(session)
    _move(session, street, there)

    for statement, rule in (
        (update(PersonMove).values(reason="另写"), "person_move_told"),
        (update(PersonMove).values(state="planned", done_at=None), "person_move"),
        (delete(PersonMove), "person_move_kept|permission denied"),
    ):
        with pytest.raises(DBAPIError, match=rule), session.begin_nested():
            session.execute(statement)


def test_the_desk_and_programs_move_people(client: FlaskClient, session: Session) -> None:
    street, there = _scene(session)
    log_in(client, session, street.admin)
    page = client.get(f"/accounts/moves?from_id={street.place.id}").text
    assert "孙桂英" in page
    form = {
        "_key": str(ids.new_id()),
        "person_ids": [street.elder_person.id, street.volunteer_person.id],
        "micro_grid_id": there.id,
        "effective_on": DAY.isoformat(),
        "reason": "整单元重新划网格",
    }

    assert client.post("/accounts/moves", data=form).status_code == 303

    assert "已迁" in client.get("/accounts/moves").text
    told = {
        "person_ids": [street.elder_person.id],
        "micro_grid_id": street.place.id,
        "effective_on": (DAY + timedelta(days=3)).isoformat(),
        "reason": "搬回来",
    }
    key = {"Idempotency-Key": str(ids.new_id())}
    (made,) = client.post("/api/v1/moves", json=told, headers=key).get_json()
    key = {"Idempotency-Key": str(ids.new_id())}
    gone = client.post(f"/api/v1/moves/{made['id']}/cancel", headers=key).get_json()
    assert gone["state"] == "cancelled"
    assert len(client.get("/api/v1/moves").get_json()["items"]) == 3
