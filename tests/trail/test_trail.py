"""Events and looks are only ever added; everybody can read who looked at them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import queries, service
from timebank.trail.errors import ReasonMissingError
from timebank.trail.queries import EventFilter

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture
def admin(session: Session) -> Actor:
    """An administrator of a community."""
    return make_actor(session, community_id=make_community(session).id)


def note(session: Session, actor: Actor, action: str = "cases.closed", subject_id: int = 7) -> None:
    """Record an event."""
    service.record(
        session, actor=actor, action=action, subject_type="case_file", subject_id=subject_id
    )


def found(session: Session, actor: Actor, **wanted: object) -> list[str]:
    """Return the actions of the events that a filter finds."""
    page = queries.events(
        session,
        community_id=actor.community_id,
        wanted=EventFilter(**wanted),  # type: ignore[arg-type]
    )
    return [event.action for event in page.items]


def test_an_event_tells_who_did_what_when_and_from_where(session: Session, admin: Actor) -> None:
    with clock.fixed_at(NOON):
        service.record(
            session,
            actor=admin,
            action="cases.closed",
            subject_type="case_file",
            subject_id=7,
            summary="路面已补",
            facts={"minutes": 90},
        )

    (event,) = queries.events(session, community_id=admin.community_id, wanted=EventFilter()).items
    assert (event.actor_name, event.actor_user_id) == ("高洁", admin.user_id)
    assert (event.subject_type, event.subject_id) == ("case_file", "7")
    assert (event.at, event.channel, event.facts) == (NOON, "web", {"minutes": 90})


def test_events_are_found_by_day_person_and_subject(session: Session, admin: Actor) -> None:
    other = make_actor(session, community_id=admin.community_id, name="孙敏")
    with clock.fixed_at(NOON - timedelta(days=1)):
        note(session, admin, "cases.claimed")
    with clock.fixed_at(NOON):
        note(session, admin)
        note(session, other, "care.redeemed", subject_id=8)

    assert found(session, admin, day=clock.day_of(NOON)) == ["care.redeemed", "cases.closed"]
    assert found(session, admin, actor_name="孙敏") == ["care.redeemed"]
    assert found(session, admin, subject_type="case_file", subject_id="7") == [
        "cases.closed",
        "cases.claimed",
    ]


def test_events_of_another_community_are_not_seen(session: Session, admin: Actor) -> None:
    stranger = make_actor(session, community_id=make_community(session, code="XJ").id)
    note(session, stranger)

    assert found(session, admin) == []


def test_the_list_is_cut_into_pages_without_gap_or_overlap(session: Session, admin: Actor) -> None:
    for number in range(7):
        note(session, admin, f"cases.act{number}")
    seen: list[str] = []
    cursor = None
    while True:
        page = queries.events(
            session,
            community_id=admin.community_id,
            wanted=EventFilter(),
            cursor=cursor,
            limit=3,
        )
        seen += [event.action for event in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == [f"cases.act{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("table", ["trail_event", "person_look"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET actor_name = 'somebody else'",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
    ],
)
def test_the_database_refuses_to_change_or_remove_what_was_recorded(
    session: Session, admin: Actor, table: str, statement: str
) -> None:
    person = make_person(session, community_id=admin.community_id)
    note(session, admin)
    service.record_look(session, actor=admin, person_id=person.id, fields=["phone"], reason="回访")
    session.flush()
    session.begin_nested()

    with pytest.raises(DBAPIError):
        session.execute(text(statement.format(table=table)))

    session.rollback()


def test_a_look_needs_a_reason(session: Session, admin: Actor) -> None:
    person = make_person(session, community_id=admin.community_id)

    with pytest.raises(ReasonMissingError):
        service.record_look(
            session, actor=admin, person_id=person.id, fields=["phone"], reason="  "
        )


def test_people_see_who_looked_at_them_and_nothing_about_others(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    person = make_person(session, community_id=admin.community_id, name="李桂兰")
    neighbour = make_person(session, community_id=admin.community_id, name="孙秀英")
    for looked_at, reason in ((person, "电话回访"), (neighbour, "核对住址")):
        service.record_look(
            session, actor=admin, person_id=looked_at.id, fields=["phone"], reason=reason
        )
    elder = make_actor(
        session,
        community_id=admin.community_id,
        roles=[("elder", "own", None)],
        person_id=person.id,
        name="李桂兰",
    )
    log_in(client, session, elder)

    page = client.get("/me/looks").get_data(as_text=True)

    assert "电话回访" in page
    assert "手机号" in page
    assert "高洁" in page
    assert "核对住址" not in page
    items = client.get("/api/v1/me/looks").get_json()["items"]
    assert [(item["reason"], item["fields_seen"]) for item in items] == [("电话回访", ["phone"])]


def test_somebody_at_whom_nobody_looked_is_told_so(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    assert "还没有人看过" in client.get("/me/looks").get_data(as_text=True)


def test_the_trail_is_read_on_a_page_and_by_programs(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    note(session, admin, "cases.closed", subject_id=4711)
    log_in(client, session, admin)

    page = client.get("/trail?subject_type=case_file").get_data(as_text=True)
    listed = client.get("/api/v1/trail-events?subject_type=case_file").get_json()

    assert "4711" in page
    assert [item["action"] for item in listed["items"]] == ["cases.closed"]
    assert listed["items"][0]["at"].endswith("+00:00")


def test_a_filter_that_makes_no_sense_is_refused_in_words(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    page = client.get("/trail?day=yesterday")
    cursor = client.get("/api/v1/trail-events?cursor=nonsense")

    assert page.status_code == 422
    assert "2026-11-18" in page.get_data(as_text=True)
    assert (cursor.status_code, cursor.get_json()["code"]) == (422, "bad_cursor")
