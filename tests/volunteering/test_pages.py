"""The pages of hours: right figures, refusals that keep what was typed, nothing of others."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.community import make_community
from tests.make.volunteering import (
    NOW,
    Street,
    make_approved,
    make_confirmed,
    make_record,
    make_street,
)
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.records import confirmation_code, history
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.service import review


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
    """Send a form as an actor, with the token of the page that shows it."""
    log_in(client, session, actor)
    page = client.get("/me").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    return client.post(url, data={"csrf_token": token[1], "_key": str(ids.new_id()), **form})


def _form(street: Street, **changes: object) -> dict[str, object]:
    """Return a filled form of a new record."""
    return {
        "kind_id": street.kind_id,
        "served_on": "2026-11-18",
        "started_at": "09:00",
        "ended_at": "10:35",
        "recipient_card": street.elder_person.card_no,
        "micro_grid_id": street.place.id,
        "notes": "聊了会儿天",
        **changes,
    }


def test_the_first_screen_says_what_one_has_and_where_it_comes_from(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    make_approved(session, street)
    make_record(session, street, start="14:00", end="15:00")

    page = _see(client, session, street.volunteer, "/me")

    assert "周秀兰，您现在能用" in page
    assert "存入 1 小时 35 分" in page
    assert "余 1 小时 35 分" in page
    assert "孙桂英" in page
    assert "赵强" in page
    assert "做了 1 小时 35 分，记 1 小时 35 分。规则第 1 版。" in page
    assert "等对方确认" in page
    assert "我觉得不对" in page


def test_an_empty_first_screen_says_how_to_begin(client: FlaskClient, session: Session) -> None:
    street = make_street(session)

    assert "还没有往来" in _see(client, session, street.volunteer, "/me")
    assert "还没有往来" in _see(client, session, street.admin, "/me")
    assert "还没有往来" in _see(client, session, street.volunteer, "/me/statement")
    assert "还没有往来" in _see(client, session, street.volunteer, "/me/statement/print")


def test_the_elder_is_asked_on_the_first_screen(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    assert "有 1 次服务" in _see(client, session, street.elder, "/me")
    page = _see(client, session, street.elder, "/confirm")

    assert "周秀兰说，为您做了这次服务" in page
    assert confirmation_code(session.get_one(ServiceRecord, record_id)) in page


def test_the_statement_shows_a_reversal_and_prints(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)
    review.unapprove_service(
        session, actor=street.admin, record_id=record_id, reason="记错了人", key=ids.new_id()
    )

    page = _see(client, session, street.volunteer, "/me/statement")
    assert "用出 1 小时 35 分" in page
    assert "记错了人" in page
    assert page.count('href="/ledger/entries/') == 2
    assert "时间往来明细" in _see(client, session, street.volunteer, "/me/statement/print")


def test_a_volunteer_records_with_the_card_number(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    assert "记一次服务" in _see(client, session, street.volunteer, "/records/new")

    answer = _send(client, session, street.volunteer, "/records/new", **_form(street))

    assert answer.status_code == 303
    row = session.query(ServiceRecord).one()
    assert (row.minutes, row.recipient_id) == (95, street.elder_person.id)
    page = _see(client, session, street.volunteer, f"/records/{row.id}")
    assert "孙**" in page
    assert "孙桂英" not in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"ended_at": "08:00"}, 422, "结束时间要晚于开始时间"),
        ({"ended_at": "23:30"}, 422, "一次服务最多记"),
        ({"served_on": "2026-11-01"}, 422, "要写一句为什么补记"),
        ({"recipient_card": ""}, 422, "请写清楚为谁服务"),
        ({"recipient_card": "JL-99999"}, 422, "没有卡号是 JL-99999 的居民"),
        ({"kind_id": ""}, 422, "这一项要填"),
        ({"started_at": "九点"}, 422, "时间要写成"),
        ({"case_id": "999999"}, 422, "没有找到这个案件"),
        ({"ended_at": "17:30"}, 409, "一天最多记 8 小时"),
    ],
)
def test_a_refused_record_keeps_what_was_typed(
    client: FlaskClient, session: Session, changes: dict[str, object], status: int, words: str
) -> None:
    street = make_street(session)

    answer = _send(client, session, street.volunteer, "/records/new", **_form(street, **changes))

    assert answer.status_code == status
    assert words in answer.text
    assert "聊了会儿天" in answer.text
    assert session.query(ServiceRecord).count() == 0


def test_staff_find_people_and_record_with_a_slip(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    asked = "?volunteer_text=周秀兰&recipient_text=sgy"
    page = _see(client, session, street.officer, f"/records/new{asked}")
    assert f'name="volunteer_id" value="{street.volunteer_person.id}"' in page
    assert f'name="recipient_id" value="{street.elder_person.id}"' in page

    answer = _send(
        client,
        session,
        street.officer,
        "/records/new",
        **_form(
            street,
            volunteer_id=street.volunteer_person.id,
            volunteer_text="周秀兰",
            slip_number="A-0017",
        ),
    )

    assert answer.status_code == 303
    assert session.query(ServiceRecord).one().state == RecordState.CONFIRMED
    assert "没有找到“某某某”" in _see(
        client, session, street.officer, "/records/new?volunteer_text=某某某"
    )


def test_a_refused_form_of_staff_still_offers_the_people_found(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    form = _form(street, volunteer_text="周秀兰", volunteer_id=street.volunteer_person.id)

    answer = _send(client, session, street.officer, "/records/new", **{**form, "ended_at": "08:00"})

    assert answer.status_code == 422
    assert f'name="volunteer_id" value="{street.volunteer_person.id}"' in answer.text


def test_the_lists_show_and_filter(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    first = make_record(session, street, start="08:00", end="09:00")
    second = make_confirmed(session, street, start="10:00", end="11:00")

    page = _see(client, session, street.officer, "/records")
    assert f"/records/{first}" in page
    assert f"/records/{second}" in page
    page = _see(client, session, street.officer, "/records?state=confirmed")
    assert f"/records/{first}" not in page
    assert client.get("/records?state=nonsense").status_code == 422


def test_the_elder_confirms_with_one_button(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    answer = _send(client, session, street.elder, f"/records/{record_id}/confirm")

    assert answer.status_code == 303
    assert session.get_one(ServiceRecord, record_id).state == RecordState.CONFIRMED
    assert "没有要确认的" in _see(client, session, street.elder, "/confirm")


def test_the_code_confirms_and_a_wrong_one_is_refused_and_counted(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    code = confirmation_code(session.get_one(ServiceRecord, record_id))
    url = f"/records/{record_id}/confirm-by-code"

    wrong = _send(client, session, street.volunteer, url, code="abcdef")
    assert wrong.status_code == 422
    assert "还可以试 4 次" in wrong.text
    session.expire_all()
    assert session.get_one(ServiceRecord, record_id).code_tries == 1
    right = _send(client, session, street.volunteer, url, code=code)

    assert right.status_code == 303
    session.expire_all()
    assert session.get_one(ServiceRecord, record_id).state == RecordState.CONFIRMED


def test_staff_print_the_code_and_enter_the_slip(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    code = confirmation_code(session.get_one(ServiceRecord, record_id))

    paper = _send(client, session, street.officer, f"/records/{record_id}/paper")
    assert paper.status_code == 200
    assert code in paper.text
    assert code not in _see(client, session, street.volunteer, f"/records/{record_id}")
    assert (
        _send(client, session, street.volunteer, f"/records/{record_id}/paper").status_code == 403
    )
    slip = _send(
        client, session, street.officer, f"/records/{record_id}/confirm-by-slip", slip_number="A-9"
    )

    assert slip.status_code == 303


def test_the_review_desk_approves_several_at_once(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    chosen = [
        make_confirmed(session, street, start="08:00", end="09:00"),
        make_confirmed(session, street, start="10:00", end="11:00"),
    ]
    waiting = make_record(session, street, start="14:00", end="15:00")

    page = _see(client, session, street.officer, "/review")
    assert page.index(f'value="{chosen[0]}"') < page.index(f'value="{chosen[1]}"')
    assert f'value="{waiting}"' not in page
    assert f"/records/{waiting}" in page
    nothing = _send(client, session, street.officer, "/review/approve")
    assert nothing.status_code == 422
    assert "还没有选中记录" in nothing.text
    answer = _send(client, session, street.officer, "/review/approve", record_ids=chosen)

    assert answer.status_code == 303
    assert "没有等核对的" in _see(client, session, street.officer, "/review")
    assert "2 小时" in _see(client, session, street.volunteer, "/me")


def test_one_record_is_approved_from_its_own_page(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)

    assert "通过，入账" in _see(client, session, street.officer, f"/records/{record_id}")
    answer = _send(client, session, street.officer, f"/records/{record_id}/approve")
    again = _send(client, session, street.officer, f"/records/{record_id}/approve")

    assert answer.status_code == 303
    assert again.status_code == 409
    assert "已经核对入账" in again.text


def test_a_record_is_sent_back_and_repaired(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)

    assert _send(client, session, street.officer, f"/records/{record_id}/reject").status_code == 422
    back = _send(
        client, session, street.officer, f"/records/{record_id}/reject", reason="钟点对不上"
    )
    assert back.status_code == 303
    assert "钟点对不上" in _see(client, session, street.volunteer, "/me")
    assert "10:35" in _see(client, session, street.volunteer, f"/records/{record_id}/correct")
    form = _form(street, recipient_id=street.elder_person.id, ended_at="10:05")
    refused = _send(client, session, street.volunteer, f"/records/{record_id}/correct", **form)
    assert refused.status_code == 422
    answer = _send(
        client, session, street.volunteer, f"/records/{record_id}/correct", reason="看错", **form
    )

    assert answer.status_code == 303
    page = _see(client, session, street.volunteer, f"/records/{record_id}")
    assert "看错" in page
    assert "1 小时 5 分" in page


def test_a_record_is_withdrawn(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    answer = _send(client, session, street.volunteer, f"/records/{record_id}/withdraw")

    assert answer.status_code == 303
    assert "已收回" in _see(client, session, street.volunteer, f"/records/{record_id}")


def test_an_approval_is_taken_back_by_the_administrator(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)
    url = f"/records/{record_id}/unapprove"

    assert _send(client, session, street.officer, url, reason="错").status_code == 403
    assert _send(client, session, street.admin, url, reason="记错了人").status_code == 303

    assert "记错了人" in _see(client, session, street.volunteer, f"/records/{record_id}")


def test_an_objection_is_made_seen_and_answered(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)

    assert (
        _send(
            client, session, street.volunteer, f"/records/{record_id}/object", text="少记了"
        ).status_code
        == 303
    )
    assert "有人觉得不对" in _see(client, session, street.officer, "/review")
    assert (
        _send(
            client, session, street.officer, f"/records/{record_id}/answer", text="按签字单"
        ).status_code
        == 303
    )

    assert [event.note for event in history(session, record_id)][:2] == ["按签字单", "少记了"]


def test_what_belongs_to_others_is_not_found(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    elsewhere = make_actor(session, community_id=make_community(session, code="XJ").id)
    other = make_actor(
        session, community_id=street.community.id, roles=(("volunteer", "own", None),)
    )

    for stranger in (elsewhere, other):
        log_in(client, session, stranger)
        assert client.get(f"/records/{record_id}").status_code == 404
        assert client.get(f"/records/{record_id}/correct").status_code == 404
    for act, form in (("approve", {}), ("reject", {"reason": "x"}), ("unapprove", {"reason": "x"})):
        url = f"/records/{record_id}/{act}"
        assert _send(client, session, elsewhere, url, **form).status_code == 404


def test_pages_speak_english_too(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    log_in(client, session, street.volunteer)

    page = client.get("/me", headers={"Accept-Language": "en"}).text

    assert "My time" in page
    assert not re.search(r"存入|往来|您", page)
