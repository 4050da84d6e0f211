"""An organisation's desk: sums for who leads it, names only of those who agreed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_organisation, make_person
from tests.make.ends import make_lane, make_merged
from tests.make.organisations import Led, make_led
from tests.make.tasks import make_activity
from tests.make.volunteering import DAY, NOW, make_facts
from timebank.community.models import Organisation, Person
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.notices.models.messages import Message
from timebank.trail.models import TrailEvent
from timebank.volunteering.errors import organisations as errors
from timebank.volunteering.errors.records import CardNotFoundError, OrganisationNotFoundError
from timebank.volunteering.models.organisations import OrganisationLeader, OrganisationMember
from timebank.volunteering.queries import organisations as reads
from timebank.volunteering.rules import organisations as rules
from timebank.volunteering.rules.leaving import LeavingKind
from timebank.volunteering.rules.organisations import MemberState, Served
from timebank.volunteering.service import (
    leaving,
    organisations,
    proofs,
    records,
    review,
)

THIS = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _ask(session: Session, team: Led) -> int:
    return organisations.ask_member(
        session, actor=team.leader, organisation_id=team.body.id, card_no=team.card
    )


def _serve(session: Session, team: Led, *, start: str = "09:00", end: str = "10:00") -> int:
    """Let the volunteer serve an hour for the organisation, to the books."""
    street = team.street
    facts = replace(make_facts(street, start=start, end=end), organisation_id=team.body.id)
    record_id = records.record_service(session, actor=street.volunteer, facts=facts)
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)
    review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())
    return record_id


def _desk(session: Session, team: Led) -> rules.DeskView:
    return reads.desk(session, actor=team.leader, organisation_id=team.body.id)


def _members(session: Session, team: Led) -> list[tuple[str, int, date | None]]:
    found = reads.members(session, actor=team.leader, organisation_id=team.body.id)
    return [(one.person_name, one.year_minutes, one.last_on) for one in found.items]


def _see(client: FlaskClient, session: Session, actor: Actor, url: str) -> str:
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.text


def _send(client: FlaskClient, session: Session, actor: Actor, url: str, **form: object) -> int:
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form}).status_code


def test_who_has_not_agreed_is_never_named_and_who_left_is_named_no_more(
    client: FlaskClient, session: Session
) -> None:
    team = make_led(session)
    _serve(session, team)
    url = f"/me/organisations/{team.body.id}"

    assert "周秀兰" not in _see(client, session, team.leader, url)
    membership_id = _ask(session, team)
    asked = _see(client, session, team.leader, url)
    assert "周秀兰" not in asked
    assert team.card not in asked
    assert "请了一位，还没答复" in asked
    assert _desk(session, team).figures.year_minutes == 0
    assert _desk(session, team).figures.is_partial

    volunteer = team.street.volunteer
    assert _send(client, session, volunteer, f"/me/memberships/{membership_id}/agree") == 303
    assert "周秀兰" in _see(client, session, team.leader, url)
    assert _members(session, team) == [("周秀兰", 60, DAY)]
    figures = _desk(session, team).figures
    assert (figures.year_minutes, figures.year_people, figures.is_partial) == (60, 1, False)
    assert figures.months[-1] == rules.Month(THIS, 60)

    assert _send(client, session, volunteer, f"/me/memberships/{membership_id}/leave") == 303
    assert "周秀兰" not in _see(client, session, team.leader, url)
    assert _members(session, team) == []
    assert _desk(session, team).figures.year_minutes == 0


def test_a_member_s_other_hours_and_those_taken_back_are_not_told(session: Session) -> None:
    team = make_led(session)
    organisations.agree(session, actor=team.street.volunteer, membership_id=_ask(session, team))
    record_id = _serve(session, team)
    _serve(session, replace(team, body=_other(session, team)), start="11:00", end="12:00")
    assert _members(session, team) == [("周秀兰", 60, DAY)]

    review.unapprove_service(
        session, actor=team.street.admin, record_id=record_id, key=ids.new_id(), reason="记重了"
    )
    assert _members(session, team) == [("周秀兰", 0, None)]


def _other(session: Session, team: Led) -> Organisation:
    return make_organisation(session, community_id=team.street.community.id, name="共富公司")


def test_sums_of_fewer_than_five_who_did_not_agree_are_left_out_and_said_so() -> None:
    members = Served(THIS, True, 30, 1)
    for people, told in ((4, 30), (5, 330)):
        others = Served(THIS, False, 300, people)
        found = rules.figures([members, others], today=date(2026, 11, 18), people={True: 1})
        assert found.year_minutes == told
        assert found.is_partial is found.months[-1].is_partial is (people < 5)
        assert len(found.months) == 12
        assert found.months[0].month_on == date(2025, 12, 1)


def test_a_desk_is_not_there_for_who_does_not_lead_it(
    client: FlaskClient, session: Session
) -> None:
    team = make_led(session)
    membership_id = _ask(session, team)
    url = f"/me/organisations/{team.body.id}"
    for actor in (team.street.volunteer, team.street.officer, team.street.admin):
        log_in(client, session, actor)
        assert client.get(url).status_code == 404
        assert client.get(f"/api/v1{url}").status_code == 404
        assert client.get(f"/api/v1{url}/members").status_code == 404
        assert _send(client, session, actor, f"{url}/members", card_no=team.card) == 404
    for path in (f"{url}/members/{membership_id}/drop", "/organisations/leaders/1/end"):
        assert _send(client, session, team.street.volunteer, path) in {403, 404}
    other = _other(session, team)
    assert _send(client, session, team.leader, f"/me/organisations/{other.id}/members") == 404
    assert _send(client, session, team.leader, f"{url}/members", card_no="") == 422
    with pytest.raises(errors.DeskNotFoundError):
        organisations.ask_member(
            session, actor=team.leader, organisation_id=other.id, card_no=team.card
        )
    leader_id = session.scalars(select(OrganisationLeader.id)).one()
    organisations.end_leader(session, actor=team.street.admin, leader_id=leader_id)
    log_in(client, session, team.leader)
    assert client.get(url).status_code == 404
    with pytest.raises(errors.DeskNotFoundError):
        organisations.drop_member(
            session,
            actor=team.leader,
            organisation_id=team.body.id,
            membership_id=membership_id,
        )


def test_only_the_person_answers_and_only_once(session: Session) -> None:
    team = make_led(session)
    membership_id = _ask(session, team)
    for stranger in (team.leader, team.street.elder, team.street.admin):
        for verb in (organisations.agree, organisations.decline, organisations.leave):
            with pytest.raises(errors.MembershipNotFoundError):
                verb(session, actor=stranger, membership_id=membership_id)
    with pytest.raises(errors.MemberThereError):
        _ask(session, team)
    volunteer = team.street.volunteer
    with pytest.raises(errors.MembershipEndedError):
        organisations.leave(session, actor=volunteer, membership_id=membership_id)
    organisations.decline(session, actor=volunteer, membership_id=membership_id)
    for late in (organisations.agree, organisations.decline, organisations.leave):
        with pytest.raises(errors.MembershipEndedError):
            late(session, actor=volunteer, membership_id=membership_id)
    assert _members(session, team) == []
    assert _desk(session, team).asks == []


def test_who_declined_is_left_in_peace_for_three_months_and_who_was_dropped_is_not(
    session: Session,
) -> None:
    team = make_led(session)
    organisations.drop_member(
        session,
        actor=team.leader,
        organisation_id=team.body.id,
        membership_id=_ask(session, team),
    )
    organisations.decline(session, actor=team.street.volunteer, membership_id=_ask(session, team))
    with pytest.raises(errors.AskedTooSoonError):
        _ask(session, team)
    with clock.fixed_at(NOW + timedelta(days=91)):
        assert _ask(session, team)


def test_asks_and_names_that_are_not_possible_are_refused(session: Session) -> None:
    team = make_led(session)
    street = team.street
    child = make_person(
        session, community_id=street.community.id, name="小宝", born_on=date(2012, 1, 1)
    )
    elsewhere = make_community(session, code="HB")
    stranger = make_person(session, community_id=elsewhere.id)
    foreign = make_organisation(session, community_id=elsewhere.id)
    admin = make_actor(session, community_id=street.community.id, person_id=street.elder_person.id)

    def asks(card_no: str | None) -> Any:
        return lambda: organisations.ask_member(
            session, actor=team.leader, organisation_id=team.body.id, card_no=card_no or ""
        )

    def names(person: Person, body: Organisation = team.body) -> Any:
        return lambda: organisations.name_leader(
            session, actor=admin, organisation_id=body.id, card_no=person.card_no or ""
        )

    refused: list[tuple[type[DomainError], Any]] = [
        (errors.MemberMinorError, asks(child.card_no)),
        (CardNotFoundError, asks(stranger.card_no)),
        (CardNotFoundError, asks("XX-1")),
        (CardNotFoundError, names(stranger)),
        (OrganisationNotFoundError, names(child, foreign)),
        (errors.NamesSelfError, names(street.elder_person)),
        (errors.LeaderThereError, names(team.leader_person)),
        (
            errors.LeaderNotFoundError,
            lambda: organisations.end_leader(session, actor=admin, leader_id=0),
        ),
    ]
    for error, act in refused:
        with pytest.raises(error):
            act()
    assert len(session.scalars(select(OrganisationLeader.id)).all()) == 1
    assert session.scalar(select(OrganisationMember.id)) is None


def test_the_database_refuses_what_no_verb_does(session: Session) -> None:
    team = make_led(session)
    membership_id = _ask(session, team)
    elsewhere = make_community(session, code="HB")
    child = make_person(session, community_id=team.street.community.id, born_on=date(2012, 1, 1))
    leads, belongs = OrganisationLeader, OrganisationMember
    row: dict[str, Any] = {
        "community_id": team.street.community.id,
        "organisation_id": team.body.id,
        "person_id": team.street.elder_person.id,
        "state": "asked",
        "asked_at": NOW,
        "asked_by_id": team.leader_person.id,
    }
    agreed = {"state": "agreed", "answered_at": NOW, "answered_by_id": row["person_id"]}
    mine = update(belongs).where(belongs.id == membership_id)
    led = update(leads).where(leads.person_id == team.leader_person.id)
    for attack in (
        insert(belongs).values(**row, ended_at=NOW),
        insert(belongs).values(row | agreed),
        insert(belongs).values(row | {"person_id": child.id}),
        insert(belongs).values(row | {"asked_by_id": team.street.elder_person.id}),
        insert(belongs).values(row | {"community_id": elsewhere.id}),
        insert(belongs).values(row | {"person_id": team.street.volunteer_person.id}),
        mine.values(agreed | {"answered_by_id": team.leader_person.id}),
        mine.values(state="agreed"),
        mine.values(state="left"),
        mine.values(person_id=row["person_id"]),
        mine.values(organisation_id=_other(session, team).id),
        delete(belongs),
        led.values(person_id=row["person_id"]),
        led.values(ended_at=NOW - timedelta(days=1)),
        delete(leads),
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(attack)
    organisations.decline(session, actor=team.street.volunteer, membership_id=membership_id)
    for attack in (mine.values(state="agreed", ended_at=None), mine.values(ended_at=None)):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(attack)


def test_each_act_is_told_to_whom_it_concerns_and_stands_in_the_trail(
    session: Session,
) -> None:
    team = make_led(session)
    organisations.agree(session, actor=team.street.volunteer, membership_id=_ask(session, team))
    told = {
        (code, person_id)
        for code, person_id in session.execute(select(Message.code, Message.person_id))
    }
    assert told == {
        ("organisation_led", team.leader_person.id),
        ("organisation_asks", team.street.volunteer_person.id),
        ("organisation_joined", team.leader_person.id),
    }
    actions = session.scalars(
        select(TrailEvent.action).where(
            TrailEvent.subject_type.in_(("organisation_leader", "organisation_member"))
        )
    )
    assert set(actions) == {
        f"volunteering.{verb}" for verb in ("leader_named", "member_asked", "member_agreed")
    }


def _told(session: Session, person: Person) -> list[str]:
    """The codes of what somebody was told, oldest first."""
    return list(
        session.scalars(
            select(Message.code).where(Message.person_id == person.id).order_by(Message.id)
        )
    )


def test_whose_place_another_ends_is_told_and_an_ask_taken_back_is_gone(
    session: Session,
) -> None:
    team = make_led(session)
    street = team.street

    def drop(membership_id: int) -> None:
        organisations.drop_member(
            session,
            actor=team.leader,
            organisation_id=team.body.id,
            membership_id=membership_id,
        )

    drop(_ask(session, team))
    assert _told(session, street.volunteer_person) == []

    membership_id = _ask(session, team)
    organisations.agree(session, actor=street.volunteer, membership_id=membership_id)
    drop(membership_id)
    organisations.end_leader(session, actor=street.admin, leader_id=_leader_id(session))

    assert _told(session, street.volunteer_person) == [
        "organisation_asks",
        "organisation_place_ended",
    ]
    assert _told(session, team.leader_person)[-1] == "organisation_led_no_more"


def test_who_leaves_of_their_own_will_is_told_nothing(session: Session) -> None:
    team = make_led(session)
    membership_id = _ask(session, team)
    organisations.agree(session, actor=team.street.volunteer, membership_id=membership_id)
    organisations.leave(session, actor=team.street.volunteer, membership_id=membership_id)
    own = replace(team, street=replace(team.street, volunteer_person=team.leader_person))
    membership_id = _ask(session, own)
    organisations.agree(session, actor=team.leader, membership_id=membership_id)
    organisations.drop_member(
        session,
        actor=team.leader,
        organisation_id=team.body.id,
        membership_id=membership_id,
    )
    assert _told(session, team.street.volunteer_person) == ["organisation_asks"]
    assert "organisation_place_ended" not in _told(session, team.leader_person)


def test_death_and_merging_end_what_somebody_leads_and_where_they_belong(
    session: Session,
) -> None:
    lane = make_lane(session)
    team = make_led(session, lane.street)
    membership_id = _ask(session, team)
    organisations.agree(session, actor=team.street.volunteer, membership_id=membership_id)
    organisations.ask_member(
        session,
        actor=team.leader,
        organisation_id=team.body.id,
        card_no=lane.twin.card_no or "",
    )
    make_merged(session, lane)
    assert [one[0] for one in _members(session, team)] == ["周秀兰"]
    assert _desk(session, team).asks == []

    for person in (team.street.volunteer_person, team.leader_person):
        leaving.report_leaving(
            session,
            actor=team.street.admin,
            key=ids.new_id(),
            person_id=person.id,
            kind=LeavingKind.DEATH,
            happened_on=DAY,
            evidence="死亡证明 1 号",
        )
    states = session.scalars(select(OrganisationMember.state)).all()
    assert set(states) == {MemberState.LEFT}
    assert reads.stands_with(session, person_id=team.leader_person.id) == (False, 0)
    with pytest.raises(errors.DeskNotFoundError):
        _desk(session, team)


def test_activities_stand_on_the_desk_with_their_places(
    client: FlaskClient, session: Session
) -> None:
    team = make_led(session)
    make_activity(session, team.street, places=7, organisation_id=team.body.id)
    make_activity(session, team.street, places=9)
    desk = _desk(session, team)
    assert [(one.places, one.taken) for one in desk.coming] == [(7, 0)]
    with clock.fixed_at(NOW + timedelta(days=60)):
        desk = _desk(session, team)
    assert (len(desk.coming), len(desk.past)) == (0, 1)
    assert "0 / 7" in _see(client, session, team.leader, f"/me/organisations/{team.body.id}")


def test_the_way_to_the_desk_is_shown_only_to_whom_it_concerns(
    client: FlaskClient, session: Session
) -> None:
    team = make_led(session)
    assert "/me/organisations" in _see(client, session, team.leader, "/me")
    assert "/me/organisations" not in _see(client, session, team.street.volunteer, "/me")
    _ask(session, team)
    assert "有单位请您加入" in _see(client, session, team.street.volunteer, "/me")
    mine = _see(client, session, team.street.volunteer, "/me/organisations")
    assert "今年为它服务了多久" in mine
    shown = _see(client, session, team.street.admin, "/organisations")
    assert "郑和平" in shown
    assert "/organisations" in _see(client, session, team.street.admin, "/places")


def test_programs_walk_the_same_way(client: FlaskClient, session: Session) -> None:
    team = make_led(session)
    base = f"/api/v1/me/organisations/{team.body.id}"

    def post(actor: Actor, path: str, **json: object) -> Any:
        log_in(client, session, actor)
        headers = {"Idempotency-Key": str(ids.new_id())}
        answer = client.post(path, json=json or None, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    asked = post(team.leader, f"{base}/members", card_no=team.card)
    membership_id = asked["asks"][0]["id"]
    assert set(asked["asks"][0]) == {"id", "asked_at", "asked_by_name"}
    log_in(client, session, team.street.volunteer)
    assert client.get("/api/v1/me/memberships").json[0]["state"] == "asked"  # type: ignore[index]
    one = f"/api/v1/me/memberships/{membership_id}"
    assert post(team.street.volunteer, f"{one}/agree")["state"] == "agreed"
    assert post(team.street.volunteer, f"{one}/agree")["state"] == "agreed"
    log_in(client, session, team.leader)
    members = client.get(f"{base}/members").json
    assert members is not None
    assert [item["person_name"] for item in members["items"]] == ["周秀兰"]
    assert len(client.get("/api/v1/me/organisations").json or []) == 1
    assert post(team.street.volunteer, f"{one}/leave")["state"] == "left"
    assert post(team.street.admin, f"/api/v1/organisation-leaders/{_leader_id(session)}/end")


def _leader_id(session: Session) -> int:
    return session.scalars(select(OrganisationLeader.id)).one()
