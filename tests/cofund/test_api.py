"""Co-funding for programs: the whole walk, figures, refusals."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.cofund import (
    Office,
    ask,
    make_document,
    make_office,
    make_project,
    pay_in,
    spend,
)
from timebank.cofund.rules.projects import Party, ProjectState
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor

API = "/api/v1"


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _post(client: FlaskClient, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(API + path, json=body or {}, headers={"Idempotency-Key": str(ids.new_id())})


def _get(client: FlaskClient, path: str) -> Any:
    answer = client.get(API + path)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_project_walks_from_proposal_to_closing(
    session: Session, client: FlaskClient, office: Office
) -> None:
    today = clock.today().isoformat()

    def act(actor: Actor, path: str, body: dict[str, Any] | None = None) -> Any:
        log_in(client, session, actor)
        answer = _post(client, path, body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    made = act(office.admin, "/projects", {"title": "环路补坑"})
    at = f"/projects/{made['id']}"
    act(office.admin, f"{at}/cost", {"lines": [{"label": "沥青", "amount_fen": 1001}]})
    days_ago = (clock.today() - timedelta(days=9)).isoformat()
    photo = make_document(session, actor=office.admin)
    act(office.admin, f"{at}/publicise", {"from_on": days_ago, "document_file_id": photo})
    sums = {"area_total": 900, "area_part": 800, "area_yes": 700}
    sums |= {"heads_total": 9, "heads_part": 8, "heads_yes": 7}
    held = {"matter": "ordinary", "voted_on": today, "document_file_id": photo}
    vote = act(office.admin, f"{at}/votes/recorded", {**sums, **held})
    assert act(office.finance, f"/votes/{vote['id']}/confirm", sums)["state"] == "passed"
    weights = {"company": 40, "property_firm": 30, "residents": 30}
    terms = {"basis": "agreement", "weights": weights, "retention_permille": 0}
    agreement: dict[str, Any] = {"signed_on": today, **terms}
    agreed = act(office.admin, f"{at}/agree", agreement)
    assert [one["agreed_fen"] for one in agreed["figures"]["parties"]] == [401, 300, 300]
    received = act(
        office.finance,
        f"{at}/contributions",
        {
            "party": "company",
            "amount_fen": 401,
            "received_on": today,
            "payer_name": "九龙共富公司",
            "method": "bank",
        },
    )
    document: Any = client.post(
        f"{API}{at}/documents",
        data={"document": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "发票.pdf")},
        headers={"Idempotency-Key": str(ids.new_id())},
    )
    assert document.status_code == 201, document.text
    detail = _get(client, f"{at}")
    request = act(
        office.finance,
        f"{at}/spending-requests",
        {
            "cost_line_id": detail["cost_lines"][0]["id"],
            "amount_fen": 400,
            "payee": "青路养护",
            "purpose": "沥青",
            "document_file_id": document.json["document_file_id"],
        },
    )
    act(office.admin, f"/spending-requests/{request['id']}/approve")
    assert _get(client, "/spending-requests")["items"][0]["state"] == "approved"
    paid = act(office.finance, f"/spending-requests/{request['id']}/pay", {"paid_on": today})
    act(office.admin, f"{at}/accept", {"note": "路面平整"})
    act(office.admin, f"{at}/settle")
    assert _get(client, f"{at}/settlement")["facts"]["refunded_fen"] == 1
    closed = act(office.admin, f"{at}/close")

    assert paid["state"] == "paid"
    assert closed["state"] == "closed"
    assert closed["figures"]["refunded_fen"] == 1
    assert closed["figures"]["left_fen"] == 0
    listed = _get(client, f"{at}/contributions")["items"]
    assert [one["id"] for one in listed] == [received["id"]]
    assert _get(client, "/projects?state=closed")["items"][0]["id"] == made["id"]


def test_the_same_key_receives_once(session: Session, client: FlaskClient, office: Office) -> None:
    project = make_project(session, office)
    log_in(client, session, office.finance)
    headers = {"Idempotency-Key": str(ids.new_id())}
    body = {
        "party": "company",
        "amount_fen": 100,
        "received_on": clock.today().isoformat(),
        "payer_name": "九龙共富公司",
        "method": "cash",
    }

    first, again = (
        client.post(f"{API}/projects/{project.id}/contributions", json=body, headers=headers)
        for _ in range(2)
    )

    assert first.json == again.json
    figures = _get(client, f"/projects/{project.id}")["project"]["figures"]
    assert figures["received_fen"] == 100


def test_refusals_are_named(session: Session, client: FlaskClient, office: Office) -> None:
    project = make_project(session, office, total_fen=1000)
    paid = pay_in(session, office, project.id, Party.COMPANY, 400)
    request = ask(session, office, project.id, 401)
    log_in(client, session, office.finance)
    own = _post(client, f"/spending-requests/{request.id}/approve")
    log_in(client, session, office.admin)
    short = _post(client, f"/spending-requests/{request.id}/approve")
    waiting = _post(client, f"/projects/{project.id}/cancel", {"reason": "改由厂家承建"})
    wrong = _post(client, f"/projects/{project.id}/close")
    log_in(client, session, office.finance)
    reasonless = _post(client, f"/contributions/{paid}/undo", {"reason": ""})

    assert (own.status_code, own.json["code"]) == (403, "own_spending_request")
    assert (short.status_code, short.json["code"]) == (409, "not_enough_received")
    assert short.json["facts"] == {"available_fen": 400, "amount_fen": 401}
    assert (waiting.status_code, waiting.json["code"]) == (409, "spending_open")
    assert (wrong.status_code, wrong.json["code"]) == (409, "project_in_other_state")
    assert reasonless.status_code == 422


def test_requests_are_refused_withdrawn_and_contributions_undone(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    first, second = (ask(session, office, project.id, 10).id for _ in range(2))
    log_in(client, session, office.admin)
    refused = _post(client, f"/spending-requests/{first}/refuse", {"reason": "抬头不对"})
    log_in(client, session, office.finance)
    withdrawn = _post(client, f"/spending-requests/{second}/withdraw")
    paid = _get(client, f"/projects/{project.id}/contributions")["items"][0]["id"]
    undone = _post(client, f"/contributions/{paid}/undo", {"reason": "付错了"})

    assert refused.json["state"] == "refused"
    assert withdrawn.json["state"] == "withdrawn"
    assert undone.json["undone_reason"] == "付错了"
    states = [
        one["state"] for one in _get(client, f"/projects/{project.id}/spending-requests")["items"]
    ]
    assert states == ["withdrawn", "refused"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/projects", {"title": ""}),
        ("/projects", {"title": "补路\x00"}),
        ("/projects", {"title": "补路", "micro_grid_id": 2**70}),
        ("/projects/{id}/cost", {"lines": []}),
        ("/projects/{id}/cost", {"lines": [{"label": "一", "amount_fen": 1.5}]}),
        ("/projects/{id}/agree", {"signed_on": "2026-01-01", "basis": "agreement"}),
        (
            "/projects/{id}/agree",
            {
                "signed_on": "2026-01-01",
                "basis": "agreement",
                "weights": {"company": -1, "property_firm": 1, "residents": 1},
            },
        ),
    ],
)
def test_bodies_out_of_shape_are_refused(
    session: Session, client: FlaskClient, office: Office, path: str, body: dict[str, Any]
) -> None:
    project = make_project(session, office, state=ProjectState.COSTED)
    log_in(client, session, office.admin)

    assert _post(client, path.format(id=project.id), body).status_code == 422


def test_what_belongs_to_others_is_not_there(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 10)
    elsewhere = make_office(session, code="XJ")
    log_in(client, session, elsewhere.admin)

    for path in ("", "/contributions", "/spending-requests"):
        assert client.get(f"{API}/projects/{project.id}{path}").status_code == 404
    assert _post(client, f"/spending-requests/{request.id}/approve").status_code == 404
    assert _get(client, "/projects")["items"] == []


def test_a_resident_reads_what_is_public_with_masked_names(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    make_project(session, office, state=ProjectState.DRAFT)
    spend(session, office, project.id, 10)
    resident = make_actor(
        session, community_id=office.community_id, roles=(("volunteer", "own", None),)
    )
    log_in(client, session, resident)

    listed = _get(client, "/projects")["items"]
    paid = _get(client, f"/projects/{project.id}/contributions")["items"]
    spent = _get(client, f"/projects/{project.id}/spending-requests")["items"]

    assert [one["id"] for one in listed] == [project.id]
    assert {one["payer_name"] for one in paid} == {"九*****"}
    assert {one["payee"] for one in spent} == {"宏****"}
    assert _post(client, "/projects", {"title": "补路"}).status_code == 403
