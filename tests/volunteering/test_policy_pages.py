"""The pages and the programs' face of the rules for hours."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.policy import make_policy, make_second_admin
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import policy as reads
from timebank.volunteering.rules.policy import Policy, Rate

LATER = (DAY + timedelta(days=30)).isoformat()


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _see(client: FlaskClient, session: Session, actor: Actor, url: str) -> str:
    """Return what an actor sees at an address."""
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def _send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    """Send a form as an actor."""
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})


def _form(street: Street, **changes: object) -> dict[str, object]:
    """Return a filled form of a draft."""
    return {
        "rate_percent": 100,
        "rounding_minutes": 1,
        "late_days": 7,
        "day_minutes_max": 480,
        "month_minutes_max": "",
        "excess": "donation",
        "circle": "lineal",
        "allows_gifts": "true",
        f"rate_{street.kind_id}": "",
        f"bonus_{street.kind_id}": 30,
        "in_force_on": LATER,
        "note": "子女也能用上",
        **changes,
    }


def test_a_version_goes_from_the_form_into_force(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    make_approved(session, street, day=DAY - timedelta(days=1))
    second = make_second_admin(session, street)

    answer = _send(client, session, street.admin, "/policy/new", **_form(street))
    assert answer.status_code == 303, answer.text
    seen = reads.version(session, actor=street.admin, number=2)
    assert seen.policy.rate_of(street.kind_id) == Rate(100, 30)
    assert seen.policy.month_minutes_max is None

    refused = _send(client, session, second, "/policy/2/approve")
    assert refused.status_code == 409
    assert _send(client, session, street.admin, "/policy/2/simulate").status_code == 303
    page = _see(client, session, street.admin, "/policy/2")
    assert "居民手里会多 30 分" in page
    assert "等另一位批准" in page
    assert 'action="/policy/2/approve"' not in page
    assert _send(client, session, second, "/policy/2/approve").status_code == 303

    page = _see(client, session, street.admin, "/policy")
    assert "到日子生效" in page
    assert "正在用" in page
    assert "刘洋 批准" in page


def test_a_refused_form_keeps_what_was_typed(client: FlaskClient, session: Session) -> None:
    street = make_street(session)

    answer = _send(
        client, session, street.admin, "/policy/new", **_form(street, in_force_on="2026-11-01")
    )

    assert answer.status_code == 422
    assert "生效日不能早于今天" in answer.text
    assert "子女也能用上" in answer.text


def test_a_draft_is_changed_compared_and_discarded(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    _send(client, session, street.admin, "/policy/new", **_form(street))

    assert "改第 2 版草稿" in _see(client, session, street.admin, "/policy/2/change")
    changed = _form(street, late_days=3)
    assert _send(client, session, street.admin, "/policy/2/change", **changed).status_code == 303
    page = _see(client, session, street.admin, "/policy/2/compare")
    assert "第 2 版和第 1 版" in page
    assert "3 天" in page
    assert "老伴、父母、子女、孙辈" in page
    assert _send(client, session, street.admin, "/policy/2/discard").status_code == 303
    assert "作废" in _see(client, session, street.admin, "/policy")


def test_presets_name_their_sources_and_fill_the_form(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)

    page = _see(client, session, street.admin, "/policy/presets")
    assert "上海法治报" in page
    assert "未规定" in page
    assert "1,500 小时" in page
    page = _see(client, session, street.admin, "/policy/new?preset=nanjing-2019")
    assert 'value="90000"' in page
    log_in(client, session, street.admin)
    assert client.get("/policy/new?preset=atlantis").status_code == 404


def test_kinds_are_kept_on_their_page(client: FlaskClient, session: Session) -> None:
    street = make_street(session)

    added = _send(client, session, street.admin, "/policy/kinds", name="代写书信")
    assert added.status_code == 303
    again = _send(client, session, street.admin, "/policy/kinds", name="代写书信")
    assert again.status_code == 409
    kind = reads.kinds(session, street.community.id)[-1]
    url = f"/policy/kinds/{kind.id}"
    assert "代写书信" in _see(client, session, street.admin, url)
    assert _send(client, session, street.admin, url, name="读报写信").status_code == 303
    assert _send(client, session, street.admin, f"{url}/close").status_code == 303
    page = _see(client, session, street.admin, "/policy/kinds")
    assert "读报写信" in page
    assert "停了" in page
    assert _send(client, session, street.admin, f"{url}/offer").status_code == 303


def test_a_member_reads_in_one_paragraph_what_applies(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(month_minutes_max=600, redeem_minutes_min=6000))
    make_approved(session, street)

    page = _see(client, session, street.volunteer, "/me/policy")

    assert "这个月您还能记 8 小时 25 分，再多的也记下，但只能捐给别人。" in page
    assert "您还差 98 小时 25 分。" in page
    assert "时间不能转给别人。" in page
    nobody = make_actor(session, community_id=street.community.id)
    assert "没有自己的时间" in _see(client, session, nobody, "/me/policy")


def test_programs_draft_simulate_and_read(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    make_approved(session, street, day=DAY - timedelta(days=1))
    second = make_second_admin(session, street)
    root = "/api/v1/hours-policies"

    def post(actor: Actor, path: str, json: object = None) -> TestResponse:
        log_in(client, session, actor)
        return client.post(path, json=json, headers={"Idempotency-Key": str(ids.new_id())})

    told = {
        "rate_percent": 100,
        "rounding_minutes": 1,
        "late_days": 7,
        "month_minutes_max": 60,
        "day_minutes_max": 60,
        "rates": [{"kind_id": street.kind_id, "rate_percent": 50}],
        "in_force_on": LATER,
    }
    made = post(street.admin, root, told)
    assert made.status_code == 201, made.text
    assert made.get_json()["standing"] == "draft"
    found = post(street.admin, f"{root}/2/simulate").get_json()
    assert (found["own_before_minutes"], found["own_after_minutes"]) == (95, 30)
    assert post(street.admin, f"{root}/2/approve").status_code == 403
    assert post(second, f"{root}/2/approve").get_json()["standing"] == "coming"

    log_in(client, session, second)
    outcomes = client.get(f"{root}/2/outcomes").get_json()["items"]
    assert [one["change_minutes"] for one in outcomes] == [-65]
    changes = client.get(f"{root}/2/differences").get_json()
    assert {"name": "month_minutes_max", "kind_id": None, "before": None, "after": 60} in changes
    assert client.get(f"{root}/1/simulation").status_code == 404
    presets = client.get("/api/v1/hours-policy-presets").get_json()
    assert [one["code"] for one in presets] == ["beijing-2022", "shanghai-2026", "nanjing-2019"]
    log_in(client, session, street.volunteer)
    mine = client.get("/api/v1/me/rules").get_json()
    assert (mine["version"], mine["may_redeem"], mine["month_left_minutes"]) == (1, True, None)
    assert client.get(root).status_code == 403
