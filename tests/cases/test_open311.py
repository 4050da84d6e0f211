"""Open311 GeoReport v2, line by line of the specification."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]  # it ships no types
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make import cases as make
from tests.make.access import make_actor
from tests.make.community import make_community, make_micro_grid
from timebank.access.service import tokens
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.intake import CaseIntake
from timebank.cases.models.reporters import CaseReporter
from timebank.cases.rules import open311 as rules
from timebank.cases.rules.flow import Category, Source, State
from timebank.cases.rules.geo import point_at
from timebank.cases.service import intake as intake_service
from timebank.cases.service import signs
from timebank.kernel import clock

BASE = "/open311/v2"


@dataclass
class Outside:
    """A program outside, with the community it reports to and its key."""

    session: Session
    client: FlaskClient
    grid: make.Grid
    key: str

    def get(self, path: str, **query: Any) -> TestResponse:
        """Ask for something."""
        return self.client.get(f"{BASE}/{path}", query_string=query)

    def json(self, path: str, **query: Any) -> Any:
        """Ask for something in JSON."""
        return self.get(f"{path}.json", **query).json

    def post(self, fmt: str = "json", **form: Any) -> TestResponse:
        """Report rubbish on the stairs, or what is said otherwise; None leaves a field out."""
        said = {
            "api_key": self.key,
            "service_code": "sanitation",
            "address_string": "7号楼 3单元",
            "description": "楼道里堆了垃圾",
            **form,
        }
        told = {name: value for name, value in said.items() if value is not None}
        return self.client.post(f"{BASE}/requests.{fmt}", data=told)

    def number(self, **form: Any) -> str:
        """Report something and return its number."""
        answer = self.post(**form)
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.json, list)
        return str(answer.json[0]["service_request_id"])


@pytest.fixture
def outside(app: Flask, session: Session) -> Outside:
    """A program that may report to a community with one unit."""
    grid = make.make_grid(session)
    issued = tokens.issue_token(session, actor=grid.admin, name="城市热线", scopes=["open311.post"])
    session.commit()
    return Outside(session, app.test_client(), grid, issued.secret)


def refused(answer: TestResponse, status: int) -> list[dict[str, str]]:
    """Check that something was refused as the specification wants it, and return the errors."""
    assert answer.status_code == status, answer.text
    if answer.content_type.startswith("application/json"):
        told = json.loads(answer.text)
    else:
        root = ElementTree.fromstring(answer.data)
        assert root.tag == "errors"
        told = [{part.tag: part.text for part in one} for one in root.findall("error")]
    assert told
    for one in told:
        assert set(one) == {"code", "description"}
        assert (one["code"], bool(one["description"])) == (str(status), True)
    return list(told)


def test_xml_and_json_stand_under_their_extension_with_their_type(outside: Outside) -> None:
    xml, as_json = outside.get("services.xml"), outside.get("services.json")

    assert xml.content_type == "text/xml; charset=utf-8"
    assert xml.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    assert as_json.content_type == "application/json; charset=utf-8"
    assert outside.get("services.yaml").status_code == 404
    assert "消防安全" in xml.data.decode("utf-8")


def test_discovery_names_both_formats_and_where_keys_come_from(outside: Outside) -> None:
    told = outside.json("discovery")
    root = ElementTree.fromstring(outside.get("discovery.xml").data)

    assert {"changeset", "contact", "key_service", "endpoints"} == set(told)
    (endpoint,) = told["endpoints"]
    assert set(endpoint) == {"specification", "url", "changeset", "type", "formats"}
    assert endpoint["type"] == "production"
    assert endpoint["url"].endswith(BASE)
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert rules.moment("changeset", endpoint["changeset"])
    assert [one.text for one in root.iter("format")] == endpoint["formats"]


def test_services_are_listed_without_the_private_ones(outside: Outside) -> None:
    told = outside.json("services")
    fields = {
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    }  # fmt: skip

    assert all(set(one) == fields and one["type"] == "realtime" for one in told)
    codes = {one["service_code"] for one in told}
    assert codes == {one.value for one in Category} - {"dispute", "care"}
    assert {one["service_code"]: one["metadata"] for one in told}["other"] is False
    root = ElementTree.fromstring(outside.get("services.xml").data)
    assert (root.tag, root[0].tag, root[0].find("metadata").text) == ("services", "service", "true")


def test_a_service_tells_its_attributes(outside: Outside) -> None:
    told = outside.json("services/facilities")

    assert told["service_code"] == "facilities"
    first = told["attributes"][0]
    assert set(first) == {
        "variable", "code", "datatype", "required", "datatype_description", "order",
        "description", "values",
    }  # fmt: skip
    assert (first["datatype"], first["required"], first["order"]) == ("singlevaluelist", True, 1)
    assert first["values"][0] == {"key": "lift", "name": "电梯"}
    root = ElementTree.fromstring(outside.get("services/facilities.xml").data)
    assert root.find("attributes/attribute/values/value/key").text == "lift"
    assert outside.json("services/other")["attributes"] == []
    for code in ("nothing", "dispute"):
        refused(outside.get(f"services/{code}.xml"), 404)


def test_every_datatype_of_the_specification_is_among_the_attributes() -> None:
    asked = [one for service in rules.SERVICES.values() for one in service.attributes]
    assert {one.datatype for one in asked} == set(rules.Datatype)


def test_a_report_becomes_a_case_by_the_same_verb_as_a_page(outside: Outside) -> None:
    answer = outside.post(
        first_name="桂芳", last_name="周", phone="13800000420", email="zhou@example.org",
        device_id="d1", account_id="a1", media_url="https://example.org/a.jpg",
    )  # fmt: skip

    assert answer.status_code == 200
    (made,) = json.loads(answer.text)
    assert set(made) == {"service_request_id", "service_notice", "account_id"}
    row = outside.session.scalars(
        select(CaseFile).where(CaseFile.number == made["service_request_id"])
    ).one()
    intake = outside.session.scalars(select(CaseIntake).where(CaseIntake.case_id == row.id)).one()
    assert (row.source, row.category, row.state) == ("reported", "sanitation", "registered")
    assert (row.reporter_name, row.reporter_phone) == ("周桂芳", "13800000420")
    assert row.respond_due_at is not None
    assert row.registered_by_user_id is None
    assert (intake.channel, row.origin) == ("open311", "Open311 城市热线")
    assert "https://example.org/a.jpg" in row.description


def test_a_report_in_xml_is_answered_in_xml(outside: Outside) -> None:
    root = ElementTree.fromstring(outside.post("xml").data)

    assert root.tag == "service_requests"
    assert re.fullmatch(r"\d{4}-\d{4}", root.find("request/service_request_id").text)
    assert root.find("request/account_id").text is None


def test_a_report_is_refused_with_the_status_of_the_specification(outside: Outside) -> None:
    wrong: list[tuple[int, dict[str, Any]]] = [
        (403, {"api_key": None}),
        (403, {"api_key": "tb_wrong"}),
        (400, {"service_code": None}),
        (400, {"service_code": ""}),
        (404, {"service_code": "nothing"}),
        (404, {"service_code": "care"}),
        (404, {"jurisdiction_id": "XX"}),
        (400, {"address_string": None}),
        (400, {"address_string": "月球背面"}),
        (400, {"address_string": None, "address_id": "1x"}),
        (400, {"lat": "36.1"}),
        (400, {"lat": "91", "long": "120"}),
        (400, {"lat": "nan", "long": "120"}),
        (400, {"email": "nobody"}),
        (400, {"phone": "abc"}),
        (400, {"media_url": "javascript:alert(1)"}),
        (400, {"description": "长" * 4001}),
        (400, {"description": "a\x00b"}),
        (400, {"attribute[square_metres]": "wide"}),
        (400, {"attribute[square_metres]": "a\x00"}),
        (400, {"attribute[nothing]": "1"}),
        (400, {"service_code": "facilities"}),
        (400, {"service_code": "facilities", "attribute[thing]": "castle"}),
        (400, {"service_code": "facilities", "attribute[thing]": ["lift", "lamp"]}),
        (
            400,
            {"service_code": "facilities", "attribute[thing]": "lift",
             "attribute[broken_since]": "yesterday"},
        ),
    ]  # fmt: skip
    for fmt in ("json", "xml"):
        for status, form in wrong:
            refused(outside.post(fmt, **form), status)
    assert outside.session.scalars(select(CaseFile)).all() == []


def test_attributes_come_one_by_one_or_as_a_list(outside: Outside) -> None:
    one = outside.number(
        service_code="facilities",
        **{"attribute[thing]": "lift", "attribute[broken_since]": "2026-11-01T08:00:00+08:00"},
    )
    some = outside.number(service_code="parking", **{"attribute[blocks][]": ["gate", "ramp"]})

    said = {row.number: row.description for row in outside.session.scalars(select(CaseFile))}
    assert "坏的是什么：电梯" in said[one]
    assert "挡住了什么：大门、坡道" in said[some]


def test_a_place_is_named_by_words_by_id_or_by_a_point_near_a_sign(outside: Outside) -> None:
    grid = outside.grid
    other = make_micro_grid(outside.session, grid.community_id, grid_no=3, building_no=9)
    near = point_at(36.1, 120.3)
    signs.make_sign(
        outside.session, actor=grid.officer, micro_grid_id=other.id, description="灯杆", point=near
    )
    outside.session.commit()

    words = outside.number(address_string="九龙 7号楼3单元 501")
    by_id = outside.number(address_string=None, address_id=str(other.id))
    by_point = outside.number(address_string=None, lat="36.1005", long="120.3005")
    refused(outside.post(address_string=None, lat="36.2", long="120.3"), 400)

    doors = {row.number: row.micro_grid_id for row in outside.session.scalars(select(CaseFile))}
    assert [doors[one] for one in (words, by_id, by_point)] == [
        grid.micro_grid_id, other.id, other.id,
    ]  # fmt: skip
    told = outside.json(f"requests/{by_point}")[0]
    assert (told["lat"], told["long"]) == (36.1005, 120.3005)


def test_the_same_key_of_an_act_reports_once_and_is_its_token(outside: Outside) -> None:
    act = str(uuid4())
    form = {
        "api_key": outside.key, "service_code": "other", "address_string": "7号楼 3单元",
    }  # fmt: skip

    first, second = (
        outside.client.post(
            f"{BASE}/requests.json", data=form, headers={"Idempotency-Key": act}
        ).json
        for _ in range(2)
    )
    told = outside.json(f"tokens/{act}")

    assert first == second
    assert isinstance(first, list)
    assert told == [{"service_request_id": first[0]["service_request_id"], "token": act}]
    assert ElementTree.fromstring(outside.get(f"tokens/{act}.xml").data)[0][1].text == act
    refused(outside.get(f"tokens/{uuid4()}.xml"), 404)
    refused(outside.get("tokens/nothing.json"), 404)


def _four(outside: Outside) -> dict[State, str]:
    """Cases in some states by what they are called outside."""
    states = (State.REGISTERED, State.CLAIMED, State.RESOLVED, State.CLOSED, State.REJECTED)
    made = {one: make.make_case(outside.session, outside.grid, state=one).number for one in states}
    outside.session.commit()
    return made


def test_states_are_open_or_closed_and_the_true_one_stands_in_words(outside: Outside) -> None:
    made = _four(outside)

    told = {one["service_request_id"]: one for one in outside.json("requests")}

    status = {state: told[number]["status"] for state, number in made.items()}
    assert status == {
        State.REGISTERED: "open", State.CLAIMED: "open", State.RESOLVED: "closed",
        State.CLOSED: "closed", State.REJECTED: "closed",
    }  # fmt: skip
    notes = {told[number]["status_notes"] for number in made.values()}
    assert len(notes) == len(made)
    assert "解决了" in told[made[State.CLOSED]]["status_notes"]
    rows = {row.number: row for row in outside.session.scalars(select(CaseFile))}
    closed = rows[made[State.CLOSED]]
    assert closed.closed_at is not None
    updated = rules.moment("updated", told[closed.number]["updated_datetime"])
    assert abs(updated - closed.closed_at) < timedelta(seconds=1)
    claimed = rows[made[State.CLAIMED]]
    assert claimed.resolve_due_at is not None
    expected = rules.moment("expected", told[claimed.number]["expected_datetime"])
    assert abs(expected - claimed.resolve_due_at) < timedelta(seconds=1)


def test_requests_have_every_field_and_ids_are_texts(outside: Outside) -> None:
    number = outside.number(description="<灯> & 电话 13800000420，邮箱 a@b.cn")

    (told,) = outside.json(f"requests/{number}")
    root = ElementTree.fromstring(outside.get(f"requests/{number}.xml").data)

    names = [
        "service_request_id", "status", "status_notes", "service_name", "service_code",
        "description", "agency_responsible", "service_notice", "requested_datetime",
        "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat",
        "long", "media_url",
    ]  # fmt: skip
    assert list(told) == names
    assert [part.tag for part in root[0]] == names
    assert all(isinstance(told[one], str) for one in ("service_request_id", "address_id"))
    assert told["zipcode"] is None
    assert root[0].find("zipcode").text is None
    assert root[0].find("description").text == told["description"] == "<灯> & 电话 ***，邮箱 ***"
    refused(outside.get("requests/2026-9999.json"), 404)
    refused(outside.get("requests/%00.xml"), 404)


def test_nobodys_personal_data_leaves(outside: Outside) -> None:
    outside.number(first_name="桂芳", last_name="周", phone="13800000421", description="垃圾")
    make.make_case(outside.session, outside.grid)
    private = intake_service.Intake(
        source=Source.REPORTED, category=Category.CARE, title="独居老人没人管",
        description="", micro_grid_id=outside.grid.micro_grid_id,
    )  # fmt: skip
    kept = intake_service.register_case(outside.session, actor=outside.grid.officer, intake=private)
    outside.session.commit()

    for fmt in ("json", "xml"):
        said = outside.get(f"requests.{fmt}").text
        for word in ("周桂芳", "桂芳", "1380000042", "刘洋", "旧家具", "独居老人", kept.number):
            assert word not in said
        refused(outside.get(f"requests/{kept.number}.{fmt}"), 404)
        assert (
            kept.number
            not in outside.get(f"requests.{fmt}", service_code="care", service_request_id="").text
        )


def test_requests_are_found_by_number_service_status_and_time(outside: Outside) -> None:
    made = _four(outside)
    here = outside.number(service_code="other")
    with clock.fixed_at(clock.now() - timedelta(days=100)):
        old = make.make_case(outside.session, outside.grid).number
    outside.session.commit()

    def numbers(**query: Any) -> set[str]:
        return {one["service_request_id"] for one in outside.json("requests", **query)}

    assert numbers() == {*made.values(), here}
    assert numbers(service_code="other,care,nothing") == {here}
    assert numbers(status="open") == {made[State.REGISTERED], made[State.CLAIMED], here}
    assert numbers(status="open,closed") == {*made.values(), here}
    assert numbers(service_request_id=f"{old}, {here},2020-0001", status="closed") == {old, here}
    then = clock.now() - timedelta(days=101)
    assert numbers(start_date=then.isoformat(timespec="seconds")) == {old, *()} | numbers(
        start_date=then.isoformat(timespec="seconds")
    ) - {*made.values(), here}
    assert numbers(end_date=(then + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ")) == {old}
    assert numbers(page=1, page_size=2) | numbers(page=2, page_size=2) | numbers(
        page=3, page_size=2
    ) == {*made.values(), here}
    assert numbers(page=99, page_size=2) == set()
    xml = ElementTree.fromstring(outside.get("requests.xml", page=99).data)
    assert (xml.tag, len(xml)) == ("service_requests", 0)


def test_a_bad_question_is_answered_400_and_never_500(outside: Outside) -> None:
    day = "2026-01-01T00:00:00Z"
    wrong = [
        {"start_date": "yesterday"},
        {"end_date": "2026-13-01T00:00:00Z"},
        {"start_date": "2026-01-01"},
        {"start_date": "2026-01-01T00:00:00"},
        {"start_date": "0001-01-01T00:00:00+08:00"},
        {"end_date": "9999-12-31T23:59:59-08:00"},
        {"start_date": day, "end_date": "2026-04-02T00:00:00Z"},
        {"start_date": "2026-02-01T00:00:00Z", "end_date": day},
        {"status": "lost"},
        {"page": "0"},
        {"page_size": "1001"},
        {"page": "x"},
        {"service_code": "a\x00"},
    ]
    for fmt in ("json", "xml"):
        for query in wrong:
            refused(outside.get(f"requests.{fmt}", **query), 400)
    for method in ("put", "delete", "post"):
        refused(getattr(outside.client, method)(f"{BASE}/services.xml"), 405)
    refused(outside.get("nothing"), 404)


def test_a_jurisdiction_is_needed_only_where_several_are(outside: Outside) -> None:
    assert outside.get("services.xml").status_code == 200
    assert outside.get("services.xml", jurisdiction_id="").status_code == 200
    number = outside.number(jurisdiction_id="JL")
    other = make_community(outside.session, code="LS")
    stranger = make_actor(outside.session, community_id=other.id)
    issued = tokens.issue_token(
        outside.session, actor=stranger, name="别处", scopes=["open311.post"]
    )
    outside.session.commit()

    for path in ("discovery", "services", "services/other", "requests", f"requests/{number}"):
        refused(outside.get(f"{path}.xml"), 400)
        refused(outside.get(f"{path}.json", jurisdiction_id="XX"), 404)
        if number in path:
            refused(outside.get(f"{path}.json", jurisdiction_id="LS"), 404)
        assert outside.get(f"{path}.json", jurisdiction_id="JL").status_code == 200
    refused(outside.post(), 400)
    refused(outside.post(jurisdiction_id="JL", api_key=issued.secret), 403)
    assert outside.post(jurisdiction_id="JL").status_code == 200
    asked = outside.client.post(
        f"{BASE}/requests.json?jurisdiction_id=JL",
        data={"api_key": outside.key, "service_code": "other", "address_string": "7号楼"},
    )
    assert asked.status_code == 200


def test_a_key_reports_only_while_it_holds_that_permission(outside: Outside) -> None:
    grid = outside.grid
    other = tokens.issue_token(outside.session, actor=grid.admin, name="读", scopes=["case.read"])
    mine = tokens.issue_token(outside.session, actor=grid.admin, name="旧", scopes=["open311.post"])
    tokens.revoke_token(outside.session, actor=grid.admin, token_id=mine.token.id)
    outside.session.commit()

    refused(outside.post(api_key=other.secret), 403)
    refused(outside.post(api_key=mine.secret), 403)
    bearer = outside.client.post(
        f"{BASE}/requests.json",
        data={"service_code": "other", "address_string": "7号楼"},
        headers={"Authorization": f"Bearer {outside.key}"},
    )
    assert bearer.status_code == 200


def test_reports_of_one_hour_are_bounded(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "POSTS_OF_HOUR", 1)
    outside.number()

    refused(outside.post(), 429)

    with clock.fixed_at(clock.now() + timedelta(hours=2)):
        assert outside.post().status_code == 200


def test_programs_need_no_token_of_a_form_and_cookies_count_for_nothing(
    outside: Outside, app: Flask
) -> None:
    browser = make.open_browser(app, outside.session, outside.grid.admin)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        refused(browser.post(f"{BASE}/requests.xml", data={"service_code": "other"}), 403)
        assert outside.post().status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


TEXTS = st.one_of(
    st.sampled_from(["", "1", "-1", "open", "2026-01-01T00:00:00Z", "JL", "other", "9" * 30]),
    st.text(max_size=12),
)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["service_request_id", "service_code", "status", "start_date", "end_date", "page",
         "page_size", "lat", "long", "address_id", "address_string", "attribute[thing]",
         "description", "email", "jurisdiction_id"]
    ),
    TEXTS,
    max_size=5,
)  # fmt: skip


def test_whatever_is_sent_is_answered_as_the_specification_says(outside: Outside) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(told=PARAMETERS, fmt=st.sampled_from(["json", "xml"]))
    def probe(told: dict[str, str], fmt: str) -> None:
        for answer in (
            outside.get(f"requests.{fmt}", **told),
            outside.client.post(f"{BASE}/requests.{fmt}", data={"api_key": outside.key, **told}),
        ):
            if answer.status_code != 200:
                refused(answer, answer.status_code)
                assert answer.status_code in {400, 403, 404, 429}
            elif fmt == "xml":
                ElementTree.fromstring(answer.data)

    probe()


def test_an_address_is_kept_as_an_address_and_never_as_a_number(outside: Outside) -> None:
    answer = outside.post(email="zhou@example.org")
    (made,) = json.loads(answer.text)

    row = outside.session.scalars(
        select(CaseFile).where(CaseFile.number == made["service_request_id"])
    ).one()
    reporter = outside.session.scalars(
        select(CaseReporter).where(CaseReporter.case_id == row.id)
    ).one()
    assert (row.reporter_phone, reporter.contact) == (None, None)
    assert reporter.email == "zhou@example.org"
