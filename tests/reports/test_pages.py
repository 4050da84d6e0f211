"""The pages and the programs' face of reports."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.make import cases as make_cases
from tests.make import cofund as make_cofund
from tests.make.access import log_in, make_actor
from tests.make.care import BY_PIN, PIN, Desk, make_member
from tests.make.community import make_community, make_micro_grid
from tests.make.reports import NOW, make_town, redeem_lunch
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.service import cards, redemptions
from timebank.cases.rules.flow import State
from timebank.cofund.rules.projects import ProjectState
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.ledger.models.blocks import PROOFS
from timebank.ledger.service import proving
from timebank.reports.pages import today as pages
from timebank.reports.rules import today as rules
from timebank.volunteering.rules.figures import TELLABLE_MIN

STATEMENTS_MAX = 25


@pytest.fixture(autouse=True)
def _at_eight_in_the_evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that any engine is sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("volunteer", "/me"),
        ("elder", "/me"),
        ("resident", "/me"),
        ("counter", "/counter"),
        ("centre_manager", "/counter"),
        ("finance", "/projects"),
        ("grid_officer", "/cases"),
        ("steward", "/cases"),
        ("community_admin", "/today"),
        ("auditor", "/today"),
        ("operator", "/users"),
    ],
)
def test_everybody_is_led_home(client: FlaskClient, session: Session, role: str, path: str) -> None:
    town = make_town(session)
    own, centre, grid = (
        ("own", None),
        ("centre", town.desk.centre.id),
        ("grid", town.grid.grid_id),
    )
    scope = {
        "volunteer": own,
        "elder": own,
        "resident": own,
        "counter": centre,
        "centre_manager": centre,
        "grid_officer": grid,
        "steward": grid,
    }.get(role, ("community", None))
    actor = make_actor(session, community_id=town.community_id, roles=((role, *scope),))
    log_in(client, session, actor)

    answer = client.get("/")

    assert answer.status_code == 303
    assert answer.headers["Location"] == path


def test_strangers_are_led_to_the_login(client: FlaskClient) -> None:
    answer = client.get("/")

    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_today_shows_what_is_there(client: FlaskClient, session: Session) -> None:
    town = make_town(session)
    redeem_lunch(session, town.desk)
    with clock.fixed_at(NOW - timedelta(hours=3)):
        make_cases.make_case(session, town.grid, title="电梯停运")
    make_cofund.make_project(session, town.office, state=ProjectState.ACTIVE, total_fen=900)
    log_in(client, session, town.admin)

    page = client.get("/today")

    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "今天的九龙社区" in text
    assert "电梯停运：没人响应，超时 2 小时" in text
    assert "2 个微网格，在办 1 件" in text
    assert "9 小时" in text
    assert "¥9.00" in text
    assert "都对" in text
    assert re.search(r'class="tile some late"', text)


def test_what_the_hours_last_for_is_told_in_months_and_then_in_years(session: Session) -> None:
    assert "23 个月" in pages.pace_words(23)
    assert "2 年" in pages.pace_words(24)
    assert "算不出" in pages.pace_words(None)


def test_a_span_is_told_in_days_hours_or_minutes(session: Session) -> None:
    assert pages.span_words(45) == "45 分"
    assert pages.span_words(24 * 60 + 59) == "1 天"
    assert pages.span_words(50 * 60) == "2 天 2 小时"


@pytest.mark.parametrize("kind", [kind for kind in rules.UrgentKind if kind != "case_late"])
def test_every_urgent_thing_has_words_with_its_count(session: Session, kind: str) -> None:
    assert " 7 " in f" {pages.urgent_words(rules.Urgent(rules.UrgentKind(kind), 7))} "


def test_today_of_a_new_community_says_what_to_do(client: FlaskClient, session: Session) -> None:
    community_id = make_community(session).id
    log_in(client, session, make_actor(session, community_id=community_id))

    text = client.get("/today").get_data(as_text=True)

    assert "眼下没有要赶着办的事" in text
    assert "把网格、楼和单元的名单导进来" in text
    assert "第一条服务记录审核通过以后" in text
    assert "0 / 0" in text
    assert "–" in text


def test_an_auditor_reads_what_waits_but_is_sent_to_no_desk(
    client: FlaskClient, session: Session
) -> None:
    town = make_town(session)
    with clock.fixed_at(NOW - timedelta(days=4)):
        project = make_cofund.make_project(session, town.office, state=ProjectState.ACTIVE)
        make_cofund.ask(session, town.office, project.id, 100)
    log_in(client, session, town.auditor)

    text = client.get("/today").get_data(as_text=True)

    assert "<strong>1 笔付款等批准超过 3 天</strong>" in text


def test_today_is_not_for_a_grid_officer(client: FlaskClient, session: Session) -> None:
    town = make_town(session)
    log_in(client, session, town.grid.officer)

    assert client.get("/today").status_code == 403
    assert client.get("/api/v1/figures").status_code == 403


def test_the_api_gives_the_same_figures(client: FlaskClient, session: Session) -> None:
    town = make_town(session)
    redeem_lunch(session, town.desk)
    make_cases.make_case(session, town.grid)
    log_in(client, session, town.auditor)

    answer = client.get("/api/v1/figures")

    assert answer.status_code == 200
    body = answer.get_json()
    assert body["hours"]["outstanding_minutes"] == 540
    assert body["hours"]["months"][-1] == {
        "year": 2026,
        "month": 11,
        "earned_minutes": 600,
        "redeemed_minutes": 60,
    }
    assert body["open_cases"] == 1
    assert body["grids"][0]["micro_grids"][0]["open"] == 1
    assert body["wrong_checks"] == 0
    assert [rate["step"] for rate in body["rates"]] == ["respond", "claim", "resolve", "feed_back"]


def test_today_asks_the_database_a_fixed_number_of_times(
    client: FlaskClient, session: Session
) -> None:
    town = make_town(session)
    with clock.fixed_at(NOW - timedelta(hours=3)):
        make_cases.make_case(session, town.grid)
    redeem_lunch(session, town.desk)
    make_cofund.make_project(session, town.office, state=ProjectState.ACTIVE)
    log_in(client, session, town.admin)
    client.get("/today")
    with counted() as few:
        assert client.get("/today").status_code == 200

    for number in range(1, 4):
        make_micro_grid(session, town.community_id, grid_no=number + 1, building_no=number + 10)
        make_cofund.make_project(session, town.office, state=ProjectState.ACTIVE)
        with clock.fixed_at(NOW - timedelta(hours=3)):
            make_cases.make_case(session, town.grid)
    session.commit()
    with counted() as many:
        assert client.get("/today").status_code == 200

    assert len(few) == len(many) <= STATEMENTS_MAX


def test_everybody_reads_the_disclosure_without_a_login(
    client: FlaskClient, session: Session
) -> None:
    town = make_town(session)
    make_cofund.make_project(session, town.office, state=ProjectState.ACTIVE, total_fen=900)
    make_cofund.make_project(session, town.office, state=ProjectState.COSTED)
    for _ in range(TELLABLE_MIN):
        make_cases.make_case(session, town.grid, state=State.CLOSED)
    session.commit()

    page = client.get("/public")

    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "九龙社区公示" in text
    assert "1 个项目" in text
    assert "¥9.00" in text
    assert "四步都按时的 5 件，共 5 件" in text
    assert "/public/projects" in text


def test_the_disclosure_is_silent_about_fewer_than_five(
    client: FlaskClient, session: Session
) -> None:
    town = make_town(session)
    redeem_lunch(session, town.desk)
    session.commit()

    text = client.get("/public").get_data(as_text=True)

    assert text.count("人数不到 5 个") == 2
    assert "今年办结的不到 5 件" in text
    assert client.get("/api/v1/public-figures").get_json()["redeemed"] == {
        "people": None,
        "minutes": None,
    }


def test_the_disclosure_tells_what_five_people_redeemed(
    client: FlaskClient, session: Session
) -> None:
    town = make_town(session)
    redeem_lunch(session, town.desk)
    for number in range(4):
        redeem_for_another(session, town.desk, f"孙{number + 1}")
    session.commit()

    body = client.get("/api/v1/public-figures?community=jl").get_json()

    assert body["redeemed"] == {"people": 5, "minutes": 300}


def redeem_for_another(session: Session, desk: Desk, name: str) -> None:
    """Another member of the same desk redeems a lunch."""
    member = make_member(session, desk.counter, minutes=120, name=name)
    cards.set_pin(session, actor=desk.counter, person_id=member.id, pin=PIN, proven=Proven())
    redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=BY_PIN,
    )


def test_a_community_that_is_not_there_is_not_found(client: FlaskClient, session: Session) -> None:
    make_community(session)
    session.commit()

    assert client.get("/public?community=NO").status_code == 404
    assert client.get("/api/v1/public-figures?community=NO").status_code == 404


def test_before_the_first_community_the_disclosure_is_still_friendly(client: FlaskClient) -> None:
    page = client.get("/public")

    assert page.status_code == 200
    assert "这里还没有社区" in page.get_data(as_text=True)
    assert client.get("/api/v1/public-figures").status_code == 404


def test_today_tells_what_the_last_proof_of_the_books_found(
    client: FlaskClient, session: Session
) -> None:
    town = make_town(session, minutes=60)
    log_in(client, session, town.admin)
    never = client.get("/today").text
    proving.prove(session)
    right = client.get("/today").text
    proof = {"community_id": town.admin.community_id, "entries": 12_345, "wrong": 1}
    finding = {"table": "ledger_lot", "row": "id 7", "is_value": "3", "should_be": "4", "rule": ""}
    later = clock.now() + timedelta(days=1)
    session.execute(insert(PROOFS).values(**proof, proved_at=later, findings=[finding]))
    wrong, listed = client.get("/today").text, client.get("/ledger/proofs").text

    assert "还没有核过" in never
    assert "笔，全部对得上" in right
    assert "1 处不符" in wrong
    assert "/ledger/proofs" in wrong
    assert "12,345" in listed
    assert "ledger_lot id 7" in listed
