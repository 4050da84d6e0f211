"""The programs' face."""

import io
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_micro_grid, make_organisation, make_person
from timebank.community.models import Community

PLACES = "网格,楼号,单元\n第三网格,8号楼,1单元\n"


@pytest.fixture
def community(session: Session, client: FlaskClient) -> Community:
    """A community whose administrator is logged in."""
    community = make_community(session)
    log_in(client, session, make_actor(session, community_id=community.id))
    return community


def got(answer: TestResponse) -> Any:
    return answer.json


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_places_roles_and_organisations_are_listed(
    session: Session, client: FlaskClient, community: Community
) -> None:
    make_micro_grid(session, community.id, grid_no=3, building_no=8, unit_no=2)
    make_organisation(session, community_id=community.id)

    assert got(client.get("/api/v1/grids"))[0]["name"] == "第三网格"
    assert got(client.get("/api/v1/micro-grids"))[0]["label"] == "8号楼 2单元"
    assert got(client.get("/api/v1/organisations?kind=company"))[0]["name"] == "九龙共富公司"
    assert got(client.get("/api/v1/organisations?kind=canteen")) == []
    assert client.get("/api/v1/organisations?kind=x").status_code == 422
    assert got(client.get("/api/v1/role-holders")) == []


def test_a_person_is_registered_once_for_one_key(client: FlaskClient, community: Community) -> None:
    key = keyed()
    given = {"name": "孙秀英", "phone": "13800000420", "born_on": "1950-06-18"}

    first = client.post("/api/v1/people", json=given, headers=key)
    again = client.post("/api/v1/people", json=given, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert got(first) == got(again)
    assert got(first)["phone_masked"] == "138****0420"
    assert len(got(client.get("/api/v1/people?q=sxy"))) == 1
    assert client.post("/api/v1/people", json=given).status_code == 422
    wrong = client.post("/api/v1/people", json=given | {"phone": "1"}, headers=keyed())
    assert (wrong.status_code, got(wrong)["code"]) == (422, "phone_invalid")


def test_a_person_is_masked_until_a_reason_is_given(
    session: Session, client: FlaskClient, community: Community
) -> None:
    person = make_person(session, community_id=community.id, phone="13800000420")
    url = f"/api/v1/people/{person.id}"

    assert "13800000420" not in client.get(url).get_data(as_text=True)
    assert got(client.post(f"{url}/look", json={}))["code"] == "reason_missing"
    assert got(client.post(f"{url}/look", json={"reason": "回访"}))["phone"] == "13800000420"
    assert client.get("/api/v1/people/999999999").status_code == 404
    assert got(client.get("/api/v1/me/profile")) == {}


def test_kinship_is_verified(session: Session, client: FlaskClient, community: Community) -> None:
    person = make_person(session, community_id=community.id)
    make_person(session, community_id=community.id, name="周琳")
    url = f"/api/v1/people/{person.id}"

    done = client.post(
        f"{url}/kin", json={"relative": "JL-00002", "kind": "child"}, headers=keyed()
    )

    assert done.status_code == 204
    assert got(client.get(url))["relatives"][0]["kind"] == "child"


def test_a_list_is_shown_first_and_written_when_confirmed(
    client: FlaskClient, community: Community
) -> None:
    staged = client.post(
        "/api/v1/imports",
        data={"kind": "places", "file": (io.BytesIO(PLACES.encode()), "places.csv")},
        content_type="multipart/form-data",
    )
    url = f"/api/v1/imports/{got(staged)['id']}"

    assert staged.status_code == 201
    assert (got(staged)["new_count"], got(staged)["state"]) == (1, "staged")
    assert got(client.get("/api/v1/micro-grids")) == []
    assert got(client.get(url))["changes"][0]["label"] == "8号楼 1单元"
    done = client.post(f"{url}/confirm", headers=keyed())
    assert (done.status_code, got(done)["state"]) == (200, "confirmed")
    assert len(got(client.get("/api/v1/micro-grids"))) == 1
    assert got(client.post(f"{url}/discard", headers=keyed()))["code"] == "import_settled"


def test_wrong_rows_are_named(client: FlaskClient, community: Community) -> None:
    staged = client.post(
        "/api/v1/imports",
        data={"kind": "places", "file": (io.BytesIO((PLACES + "甲,1,1\n").encode()), "places.csv")},
        content_type="multipart/form-data",
    )

    problem = got(staged)["problems"][0]
    assert (problem["line"], problem["column"], problem["code"]) == (
        3,
        "网格",
        "place_number_invalid",
    )
    assert "“甲”里没有号数" in problem["message"]
    bad = client.post(
        "/api/v1/imports",
        data={"kind": "places", "file": (io.BytesIO(b"a,b\n1,2\n"), "places.csv")},
        content_type="multipart/form-data",
    )
    assert (bad.status_code, got(bad)["code"]) == (422, "columns_missing")
    missing = client.post(
        "/api/v1/imports", data={"kind": "places"}, content_type="multipart/form-data"
    )
    assert missing.status_code == 422
