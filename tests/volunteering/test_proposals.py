"""Activities that organisations propose: a leader asks, staff post them or say why not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_micro_grid, make_organisation
from tests.make.organisations import Led, make_led
from tests.make.tasks import END, START, make_activity
from tests.make.volunteering import NOW
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.notices.models.messages import Message
from timebank.trail.models import TrailEvent
from timebank.volunteering.errors import proposals as errors
from timebank.volunteering.errors.needs import RiskTooLowError
from timebank.volunteering.errors.organisations import DeskNotFoundError
from timebank.volunteering.errors.records import KindNotFoundError, ReasonMissingError
from timebank.volunteering.errors.tasks import (
    ActivityMissingError,
    NotCoordinatorError,
    TaskEndsBeforeStartError,
    TaskInPastError,
)
from timebank.volunteering.models.organisations import OrganisationLeader
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.proposals import ActivityProposal
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import organisations as desk_reads
from timebank.volunteering.queries import proposals as reads
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.proposals import (
    PROPOSAL_ARROWS,
    WAITING_MAX,
    ProposalFacts,
    ProposalState,
    TakingUp,
    check_waits,
)
from timebank.volunteering.rules.tasks import Admission
from timebank.volunteering.service import organisations, proposals, tasks


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _facts(led: Led, **told: Any) -> ProposalFacts:
    facts = ProposalFacts(
        kind_id=led.street.kind_id,
        activity="周六义诊",
        starts_at=START,
        ends_at=END,
        places=6,
        place="社区活动室",
        details="带上血压计",
    )
    return replace(facts, **told)


def _propose(session: Session, led: Led, **told: Any) -> int:
    return proposals.propose_activity(
        session,
        actor=led.leader,
        organisation_id=led.body.id,
        facts=_facts(led, **told),
    )


def _take_up(session: Session, led: Led, proposal_id: int, **terms: Any) -> int:
    return proposals.take_up_proposal(
        session, actor=led.street.officer, proposal_id=proposal_id, terms=TakingUp(**terms)
    )


def _codes(session: Session, led: Led) -> list[str]:
    return list(
        session.scalars(
            select(Message.code)
            .where(Message.person_id == led.leader_person.id)
            .order_by(Message.id)
        )
    )


def test_what_is_taken_up_is_an_activity_of_the_organisation(session: Session) -> None:
    led = make_led(session)
    proposal_id = _propose(session, led)
    waiting = reads.to_answer(session, actor=led.street.officer)
    assert [one.id for one in waiting] == [proposal_id]
    assert session.scalar(select(Task.id)) is None

    task_id = _take_up(session, led, proposal_id, admission=Admission.PICKED)

    task = session.get_one(Task, task_id)
    assert (task.activity, task.places, task.place) == ("周六义诊", 6, "社区活动室")
    assert (task.organisation_id, task.risk, task.admission) == (led.body.id, "low", "picked")
    assert (task.starts_at, task.ends_at, task.details) == (START, END, "带上血压计")
    assert task.grid_id == led.street.place.grid_id
    assert task.asked_by_id is None
    view = reads.proposal(session, actor=led.street.officer, proposal_id=proposal_id)
    assert (view.state, view.task_id) == (ProposalState.TAKEN_UP, task_id)
    assert reads.host_of(session, task_id=task_id) == (led.body.name, "郑和平")
    assert reads.to_answer(session, actor=led.street.officer) == []
    desk = desk_reads.desk(session, actor=led.leader, organisation_id=led.body.id)
    assert [one.id for one in desk.coming] == [task_id]
    assert _codes(session, led)[-1] == "proposal_taken_up"


def test_declining_takes_a_reason_that_the_leader_reads(session: Session) -> None:
    led = make_led(session)
    proposal_id = _propose(session, led)
    with pytest.raises(ReasonMissingError):
        proposals.decline_proposal(
            session, actor=led.street.officer, proposal_id=proposal_id, reason=" "
        )
    proposals.decline_proposal(
        session, actor=led.street.officer, proposal_id=proposal_id, reason="那天活动室在修"
    )
    mine = reads.led_proposals(session, actor=led.leader, organisation_id=led.body.id).items
    assert [(one.state, one.state_reason) for one in mine] == [
        (ProposalState.DECLINED, "那天活动室在修")
    ]
    assert _codes(session, led)[-1] == "proposal_declined"
    assert session.scalar(select(Task.id)) is None


def test_only_who_leads_proposes_and_takes_back(session: Session) -> None:
    led = make_led(session)
    proposal_id = _propose(session, led)
    other = make_organisation(session, community_id=led.street.community.id, name="共富公司")
    for actor, organisation_id in (
        (led.street.volunteer, led.body.id),
        (led.street.admin, led.body.id),
        (led.leader, other.id),
    ):
        with pytest.raises(DeskNotFoundError):
            proposals.propose_activity(
                session, actor=actor, organisation_id=organisation_id, facts=_facts(led)
            )
        with pytest.raises(DeskNotFoundError):
            proposals.withdraw_proposal(
                session, actor=actor, organisation_id=organisation_id, proposal_id=proposal_id
            )
        with pytest.raises(DeskNotFoundError):
            reads.led_proposals(session, actor=actor, organisation_id=organisation_id)
    proposals.withdraw_proposal(
        session, actor=led.leader, organisation_id=led.body.id, proposal_id=proposal_id
    )
    assert reads.to_answer(session, actor=led.street.officer) == []


def test_only_who_arranges_tasks_in_the_community_answers(session: Session) -> None:
    led = make_led(session)
    proposal_id = _propose(session, led)
    elsewhere = make_community(session, code="HB")
    stranger = make_actor(
        session, community_id=elsewhere.id, roles=(("community_admin", "community", None),)
    )
    for actor in (stranger, led.leader, led.street.volunteer):
        assert reads.proposals(session, actor=actor).items == []
        with pytest.raises(errors.ProposalNotFoundError):
            reads.proposal(session, actor=actor, proposal_id=proposal_id)
        with pytest.raises(errors.ProposalNotFoundError):
            proposals.take_up_proposal(
                session, actor=actor, proposal_id=proposal_id, terms=TakingUp()
            )
        with pytest.raises(errors.ProposalNotFoundError):
            proposals.decline_proposal(session, actor=actor, proposal_id=proposal_id, reason="不行")


def test_a_grid_officer_takes_up_nothing_in_another_s_grid(session: Session) -> None:
    led = make_led(session)
    far = make_micro_grid(session, led.street.community.id, grid_no=9, building_no=9)
    proposal_id = _propose(session, led)
    with pytest.raises(NotCoordinatorError):
        _take_up(session, led, proposal_id, micro_grid_id=far.id)
    assert reads.to_answer(session, actor=led.street.officer)
    assert _take_up(session, led, proposal_id, micro_grid_id=led.street.place.id)


def test_risk_is_for_staff_to_say(session: Session) -> None:
    led = make_led(session)
    session.execute(
        update(ServiceKind).where(ServiceKind.id == led.street.kind_id).values(is_risky=True)
    )
    session.expire_all()
    proposal_id = _propose(session, led)
    with pytest.raises(RiskTooLowError):
        _take_up(session, led, proposal_id)
    task_id = _take_up(session, led, proposal_id, risk=Risk.RAISED)
    assert session.get_one(Task, task_id).risk == Risk.RAISED


def test_proposals_that_are_not_possible_are_refused(session: Session) -> None:
    led = make_led(session)
    refused: list[tuple[type[DomainError], dict[str, Any]]] = [
        (ActivityMissingError, {"activity": "  "}),
        (TaskInPastError, {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW}),
        (TaskEndsBeforeStartError, {"ends_at": START}),
        (KindNotFoundError, {"kind_id": 0}),
    ]
    for error, told in refused:
        with pytest.raises(error):
            _propose(session, led, **told)
    for _ in range(WAITING_MAX):
        _propose(session, led)
    with pytest.raises(errors.ProposalsWaitingError):
        _propose(session, led)


def test_what_was_answered_is_not_answered_again(session: Session) -> None:
    led = make_led(session)
    told = {
        ProposalState.TAKEN_UP: errors.ProposalTakenUpError,
        ProposalState.DECLINED: errors.ProposalDeclinedError,
        ProposalState.WITHDRAWN: errors.ProposalWithdrawnError,
    }
    assert {to for _, to in PROPOSAL_ARROWS} == set(told)
    check_waits(ProposalState.PROPOSED)
    for state, error in told.items():
        with pytest.raises(error):
            check_waits(state)
    proposal_id = _propose(session, led)
    task_id = _take_up(session, led, proposal_id)
    with pytest.raises(errors.ProposalTakenUpError):
        _take_up(session, led, proposal_id)
    with pytest.raises(errors.ProposalTakenUpError):
        proposals.withdraw_proposal(
            session, actor=led.leader, organisation_id=led.body.id, proposal_id=proposal_id
        )
    assert session.scalars(select(Task.id)).all() == [task_id]


def test_a_proposal_whose_time_is_over_is_not_posted(session: Session) -> None:
    led = make_led(session)
    proposal_id = _propose(session, led)
    with clock.fixed_at(END), pytest.raises(TaskInPastError):
        _take_up(session, led, proposal_id)


def test_leaders_are_told_when_their_activity_changes_or_is_cancelled(session: Session) -> None:
    led = make_led(session)
    task_id = _take_up(session, led, _propose(session, led))
    tasks.cancel_task(session, actor=led.street.officer, task_id=task_id, reason="下大雨")
    assert _codes(session, led)[-1] == "task_cancelled"
    (mine,) = reads.led_proposals(session, actor=led.leader, organisation_id=led.body.id).items
    assert (mine.task_state, mine.task_reason) == ("cancelled", "下大雨")

    posted = make_activity(session, led.street, places=3, organisation_id=led.body.id)
    told = len(_codes(session, led))
    tasks.cancel_task(session, actor=led.street.officer, task_id=posted, reason="改期")
    assert len(_codes(session, led)) == told + 1
    leader_id = session.scalars(select(OrganisationLeader.id)).one()
    organisations.end_leader(session, actor=led.street.admin, leader_id=leader_id)
    told = len(_codes(session, led))
    gone = make_activity(session, led.street, places=3, organisation_id=led.body.id)
    tasks.cancel_task(session, actor=led.street.officer, task_id=gone, reason="改期")
    assert len(_codes(session, led)) == told


def test_the_database_refuses_what_no_verb_does(session: Session) -> None:
    led = make_led(session)
    proposal_id = _propose(session, led)
    it = ActivityProposal
    row: dict[str, Any] = {
        "community_id": led.street.community.id,
        "organisation_id": led.body.id,
        "state": "proposed",
        "kind_id": led.street.kind_id,
        "activity": "义诊",
        "starts_at": START,
        "ends_at": END,
        "places": 3,
        "proposed_at": NOW,
        "proposed_by_id": led.leader_person.id,
        "proposed_by_name": "郑和平",
    }
    other = make_organisation(session, community_id=led.street.community.id, name="共富公司")
    foreign = make_activity(session, led.street, places=3, organisation_id=other.id)
    one = update(it).where(it.id == proposal_id)
    for attack in (
        insert(it).values(row | {"proposed_by_id": led.street.elder_person.id}),
        insert(it).values(row | {"organisation_id": other.id}),
        insert(it).values(row | {"community_id": make_community(session, code="HB").id}),
        insert(it).values(row | {"state": "withdrawn", "decided_at": NOW}),
        insert(it).values(row | {"places": 0}),
        insert(it).values(row | {"ends_at": START}),
        insert(it).values(row | {"activity": ""}),
        one.values(places=7),
        one.values(proposed_by_name="别人"),
        one.values(state="declined", decided_at=NOW),
        one.values(state="withdrawn"),
        one.values(state="taken_up", decided_at=NOW),
        one.values(state="taken_up", decided_at=NOW, task_id=foreign),
        delete(it),
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(attack)
    proposals.withdraw_proposal(
        session, actor=led.leader, organisation_id=led.body.id, proposal_id=proposal_id
    )
    for attack in (
        one.values(state="proposed", decided_at=None),
        one.values(state_reason="改口"),
        one.values(decided_by_name="别人"),
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(attack)


def test_each_act_stands_in_the_trail(session: Session) -> None:
    led = make_led(session)
    _take_up(session, led, _propose(session, led))
    proposals.decline_proposal(
        session, actor=led.street.officer, proposal_id=_propose(session, led), reason="太晚"
    )
    proposals.withdraw_proposal(
        session,
        actor=led.leader,
        organisation_id=led.body.id,
        proposal_id=_propose(session, led),
    )
    actions = session.scalars(
        select(TrailEvent.action)
        .where(TrailEvent.subject_type == "activity_proposal")
        .order_by(TrailEvent.id)
    )
    assert [one.removeprefix("volunteering.activity_") for one in actions] == [
        "proposed",
        "taken_up",
        "proposed",
        "declined",
        "proposed",
        "withdrawn",
    ]


def _see(client: FlaskClient, session: Session, actor: Actor, url: str) -> str:
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.text


def _send(client: FlaskClient, session: Session, actor: Actor, url: str, **form: object) -> Any:
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})


def test_people_walk_from_the_desk_to_the_task(client: FlaskClient, session: Session) -> None:
    led = make_led(session)
    desk = f"/me/organisations/{led.body.id}"
    form = {
        "activity": "周六义诊",
        "kind_id": led.street.kind_id,
        "on": clock.day_of(START).isoformat(),
        "starts_at": "10:00",
        "ends_at": "12:00",
        "places": "6",
        "place": "社区活动室",
    }
    assert f"{desk}/proposals/new" in _see(client, session, led.leader, desk)
    assert "提给社区" in _see(client, session, led.leader, f"{desk}/proposals/new")
    bad = _send(client, session, led.leader, f"{desk}/proposals/new", **form | {"places": "0"})
    assert bad.status_code == 422
    assert "周六义诊" in bad.text
    sent = _send(client, session, led.leader, f"{desk}/proposals/new", **form)
    assert sent.status_code == 303
    assert "等社区答复" in _see(client, session, led.leader, desk)
    proposal_id = session.scalars(select(ActivityProposal.id)).one()

    officer = led.street.officer
    assert "单位提的活动（1）" in _see(client, session, officer, "/needs")
    assert led.body.name in _see(client, session, officer, "/activity-proposals")
    url = f"/activity-proposals/{proposal_id}"
    assert "发布，写上单位" in _see(client, session, officer, url)
    assert _send(client, session, officer, f"{url}/decline").status_code == 422
    taken = _send(client, session, officer, f"{url}/take-up", risk="low", admission="direct")
    assert taken.status_code == 303
    assert "负责人 郑和平" in _see(client, session, officer, taken.location)
    assert "已发布" in _see(client, session, led.leader, desk)
    assert _send(client, session, officer, f"{url}/take-up").status_code == 409
    late = _send(client, session, led.leader, f"{desk}/proposals/{proposal_id}/withdraw")
    assert late.status_code == 409
    for path in (desk, f"{desk}/proposals/new"):
        log_in(client, session, led.street.volunteer)
        assert client.get(path).status_code == 404
    log_in(client, session, led.street.volunteer)
    assert client.get(url).status_code == 403


def test_programs_walk_the_same_way(client: FlaskClient, session: Session) -> None:
    led = make_led(session)
    base = f"/api/v1/me/organisations/{led.body.id}/proposals"
    told = {
        "activity": "周六义诊",
        "kind_id": led.street.kind_id,
        "starts_at": START.isoformat(),
        "ends_at": END.isoformat(),
        "places": 6,
    }

    def post(actor: Actor, path: str, json: Any = None) -> Any:
        log_in(client, session, actor)
        headers = {"Idempotency-Key": str(ids.new_id())}
        answer = client.post(path, json=json, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    first = post(led.leader, base, told)
    assert first["state"] == "proposed"
    second = post(led.leader, base, told)
    assert post(led.leader, f"{base}/{second['id']}/withdraw")["state"] == "withdrawn"
    listed: Any = client.get(base).json
    assert [one["id"] for one in listed["items"]] == [second["id"], first["id"]]
    officer, one = led.street.officer, f"/api/v1/activity-proposals/{first['id']}"
    log_in(client, session, officer)
    waiting: Any = client.get("/api/v1/activity-proposals?state=proposed").json
    assert [item["id"] for item in waiting["items"]] == [first["id"]]
    taken = post(officer, f"{one}/take-up", {"risk": "raised"})
    assert (taken["state"], taken["task_state"]) == ("taken_up", "open")
    assert (client.get(one).json or {})["task_id"] == taken["task_id"]
    third = post(led.leader, base, told)
    declined = post(
        officer, f"/api/v1/activity-proposals/{third['id']}/decline", {"reason": "太晚"}
    )
    assert declined["state_reason"] == "太晚"
