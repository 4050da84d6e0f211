"""The claiming desk and its API: a line is matched, split, set aside, undone, by whom it may be."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.cofund import Office, make_office
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank.queries import claims as lines
from timebank.cofund.queries import matches
from timebank.cofund.service import match_runs
from timebank.kernel import clock

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def scene(session: Session, office: Office) -> Scene:
    return make_scene(session, office)


def left(session: Session, scene: Scene, line_id: int) -> int:
    session.expire_all()
    of = scene.office.community_id
    return lines.line(session, community_id=of, line_id=line_id).unallocated_fen


def test_the_desk_is_worked_line_by_line_without_any_script(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    one, two, three = scene.owed
    paid = (
        (one.amount_fen, "业主101", one.payment_code),
        (two.amount_fen + three.amount_fen - 100, "财付通", "商户结算"),
        (-1_000, "银行", "账户管理费"),
        (5_000, "某人", "转账"),
        (-5_000, "某人", "退回"),
    )
    first, net, fee, odd, back = bring_in(session, scene, *paid)
    session.commit()
    log_in(client, session, scene.office.finance)
    at = "/bank/lines/{}"

    page = client.get(at.format(first.id)).text
    assert ("缴费码" in page, "户名对上了" in page, "期初余额" in page) == (True, True, True)
    form = {"target": f"receivable:{one.id}", "expected_version": "0"}
    done = client.post(at.format(first.id) + "/match?shown=in", data=form)
    assert done.location.endswith(f"/bank/lines/{net.id}?shown=in#open"), done.location
    assert client.post(at.format(first.id) + "/match", data=form).status_code == 409

    split = at.format(net.id) + "?split=true&words=7-1"
    assert f"amount-receivable:{three.id}" in client.get(split).text
    both = {
        "target": [f"receivable:{two.id}", f"receivable:{three.id}"],
        f"amount-receivable:{three.id}": f"{three.amount_fen / 100:.2f}",
        "withheld_fen": "1.00",
        "expected_version": "0",
    }
    wrong = client.post(at.format(net.id) + "/match", data={**both, "target": []})
    assert (wrong.status_code, "请至少选一项" in wrong.text) == (422, True)
    assert client.post(at.format(net.id) + "/match", data=both).status_code == 303
    assert left(session, scene, net.id) == 0

    plain = {"purpose": "fee", "expected_version": "0"}
    assert client.post(at.format(fee.id) + "/plain", data=plain).status_code == 303
    held = {"reason": "payer_unknown", "note": "问楼长", "expected_version": "0"}
    assert client.post(at.format(odd.id) + "/hold", data={**held, "note": ""}).status_code == 422
    assert client.post(at.format(odd.id) + "/hold", data=held).status_code == 303
    assert "问楼长" in client.get("/bank/exceptions").text
    released = client.post(at.format(odd.id) + "/release", data={"expected_version": "1"})
    assert released.status_code == 303
    pair = {"other_line_id": str(back.id), "expected_version": "2"}
    assert client.post(at.format(odd.id) + "/pair", data=pair).status_code == 303

    assert "平台手续费" in client.get("/bank/claims").text
    claim = matches.recent(session, community_id=scene.office.community_id).items[0].part.claim_id
    assert "退回的款" in client.get(f"/bank/claims/{claim}").text
    assert client.post(f"/bank/claims/{claim}/undo", data={"reason": ""}).status_code == 422
    assert client.post(f"/bank/claims/{claim}/undo", data={"reason": "弄混了"}).status_code == 303
    assert "弄混了" in client.get(f"/bank/claims/{claim}").text
    assert left(session, scene, odd.id) == 5_000
    assert client.post("/bank/match-runs").status_code == 303
    assert "自动认领" in client.get("/bank/desk").text
    match_runs.do_batch(session, {"run_id": 1, "at_line_id": 0})


def test_programs_do_what_the_desk_does_and_strangers_find_nothing(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    one, two, _ = scene.owed
    stranger = make_office(session, code="XX")
    line, odd, back = bring_in(
        session, scene, (one.amount_fen + two.amount_fen, "业主101", one.payment_code),
        (700, "刘芳", "多交"), (-700, "刘芳", "退"),
    )  # fmt: skip
    session.commit()
    log_in(client, session, scene.office.finance)

    def post(path: str, json: dict[str, Any]) -> Any:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return client.post(f"/api/v1/{path}", json=json, headers=key)

    at = f"bank-lines/{line.id}"
    waiting = client.get("/api/v1/bank-lines/waiting?shown=in").get_json()["items"]
    assert line.id in {one["id"] for one in waiting}
    best = client.get(f"/api/v1/{at}/candidates").get_json()[0]
    assert (best["target"], best["is_contradicted"]) == (f"receivable:{one.id}", True)
    assert {term["code"] for term in best["terms"]} >= {"payment_code", "over"}
    wanted = [{"target": f"receivable:{one.id}"}, {"target": f"receivable:{two.id}"}]
    asked = {"wanted": wanted, "expected_version": 0}
    matched = post(f"{at}/match", asked)
    assert (matched.status_code, len(matched.get_json())) == (200, 2)
    assert post(f"{at}/match", asked).status_code == 409
    claim_id = matched.get_json()[0]["claim_id"]
    assert client.get(f"/api/v1/{at}").get_json()["unallocated_fen"] == 0
    assert len(client.get(f"/api/v1/{at}/claims").get_json()) == 2
    home = {"household_id": one.household_id}
    credited = post(f"bank-lines/{odd.id}/credit", {**home, "expected_version": 0})
    assert credited.get_json()[0]["kind"] == "credit"
    held = {"reason": "tie", "note": "两户同名", "expected_version": 0}
    assert post(f"bank-lines/{back.id}/hold", held).get_json()["is_held"] is True
    assert post(f"bank-lines/{back.id}/release", {"expected_version": 1}).status_code == 200
    given = post(f"bank-lines/{back.id}/credit", {**home, "expected_version": 2})
    assert given.get_json()[0]["purpose"] == "credit_back"
    undone = post(f"bank-claims/{claim_id}/undo", {"reason": "弄错了"}).get_json()
    assert {one["undone_reason"] for one in undone} == {"弄错了"}
    assert len(client.get("/api/v1/bank-claims?limit=2").get_json()["items"]) == 2
    assert post("match-runs", {}).status_code == 201
    assert client.get("/api/v1/match-runs").get_json()[0]["state"] == "running"

    log_in(client, session, stranger.finance)
    for path in (at, f"{at}/candidates", f"{at}/claims", f"bank-claims/{claim_id}"):
        assert client.get(f"/api/v1/{path}").status_code == 404, path
    assert client.get(f"/bank/lines/{line.id}").status_code == 404
    assert post(f"{at}/match", asked).status_code == 404
    log_in(client, session, scene.office.admin)
    assert client.get("/bank/desk").status_code == 403
