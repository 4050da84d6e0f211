"""The pages and the programs' face of papers: statements, months, passbooks, certificates."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.trail.models import PersonLook
from timebank.volunteering.models.certificates import CertificatePaper, ServiceCertificate
from timebank.volunteering.models.passbook_prints import PassbookBooklet, PassbookPrint
from timebank.volunteering.rules.certificates import code_text, digest
from timebank.volunteering.service import review


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _see(
    client: FlaskClient, session: Session, actor: Actor | None, url: str, status: int = 200
) -> str:
    """Return what an actor, or a stranger, sees at an address."""
    if actor is not None:
        log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", answer.text)


def _send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    """Send a form as an actor."""
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})


def _post(
    client: FlaskClient, session: Session, actor: Actor, path: str, json: object = None
) -> TestResponse:
    """Send a command as an actor."""
    log_in(client, session, actor)
    headers = {"Idempotency-Key": str(ids.new_id())}
    return client.post(f"/api/v1{path}", json=json, headers=headers)


@pytest.fixture
def street(session: Session) -> Street:
    """A street whose volunteer has served twice."""
    made = make_street(session)
    make_approved(session, made)
    make_approved(session, made, start="13:00", end="14:30")
    return made


def test_a_member_gets_a_certificate_and_a_stranger_checks_it(
    client: FlaskClient, session: Session, street: Street
) -> None:
    form = {"since_on": "2026-01-01", "through_on": "2026-11-18", "language": "zh_en"}
    asked = _send(client, session, street.volunteer, "/me/certificates", **form)
    assert asked.status_code == 303
    page = _see(client, session, street.volunteer, asked.headers["Location"])
    assert "3 小时 5 分" in page
    row = session.scalars(select(ServiceCertificate)).one()
    sheet = client.get(f"/certificates/{row.id}/paper.pdf")
    assert (sheet.mimetype, sheet.data[:5]) == ("application/pdf", b"%PDF-")
    assert sheet.headers["Content-Disposition"] == 'inline; filename="JL-2026-0001.pdf"'
    kept = session.scalars(select(CertificatePaper)).one()
    assert kept.digest == digest(sheet.data)
    assert client.get(f"/certificates/{row.id}/paper.pdf").data == sheet.data
    assert "JL-2026-0001" in _see(client, session, street.volunteer, "/me/certificates")

    client.post("/logout")
    assert "不用登录" in _see(client, session, None, "/c")
    wrong = client.post("/c", data={"code": "1234"})
    assert (wrong.status_code, "抄得不对" in wrong.text) == (422, True)
    found = client.post("/c", data={"code": code_text(row.code).lower()})
    assert found.headers["Location"] == f"/c/{row.code}"
    answer = client.get(f"/c/{row.code}")
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "现在有效" in answer.text
    assert "周**" in answer.text
    assert "周秀兰" not in answer.text
    assert "孙桂英" not in answer.text
    assert client.get(f"/api/v1/certificate-checks/{row.code}").get_json()["minutes_now"] == 185
    unknown = "23456789ABCDEFGS"
    assert client.get(f"/c/{unknown}").status_code in {404, 422}
    assert client.get(f"/certificates/{row.id}").status_code in {302, 303, 401}


def test_a_certificate_is_withdrawn_and_shown_as_such(
    client: FlaskClient, session: Session, street: Street
) -> None:
    who = street.volunteer_person.id
    form = {
        "since_on": "2026-01-01", "through_on": "2026-11-18", "language": "zh",
        "slip_number": "Z7", "shows_more": "true",
    }  # fmt: skip
    issued = _send(client, session, street.officer, f"/papers/{who}/certificates", **form)
    url = issued.headers["Location"]
    row = session.scalars(select(ServiceCertificate)).one()
    assert "周秀兰" in _see(client, session, None, f"/c/{row.code}")
    blank = _send(client, session, street.admin, f"{url}/withdraw", ground="on_request")
    assert blank.status_code == 422
    gone = _send(
        client, session, street.admin, f"{url}/withdraw", ground="on_request", reason="另有用处"
    )
    assert gone.status_code == 303
    page = _see(client, session, None, f"/c/{row.code}")
    assert "已经作废" in page
    assert "本人要求" in page
    assert "另有用处" not in page
    _send(client, session, street.admin, "/papers/issuer", issuer_name="居委会", publicity_days=9)
    assert "JL-2026-0001" in _see(client, session, None, "/public/certificates")


def test_the_desk_prints_a_passbook_and_voids_a_spoilt_print(
    client: FlaskClient, session: Session, street: Street
) -> None:
    who = street.volunteer_person.id
    assert "周秀兰" in _see(client, session, street.officer, "/papers?q=周秀兰")
    _send(client, session, street.officer, f"/papers/{who}/booklets", serial="a-17")
    booklet = session.scalars(select(PassbookBooklet)).one()
    page = _see(client, session, street.officer, f"/papers/{who}")
    assert "第 1 页第 1 行。有 2 笔还没打" in page
    url = f"/papers/{who}/booklets/{booklet.id}/prints"
    printed = _send(client, session, street.officer, url, expected_sequence=1)
    assert printed.status_code == 303

    answer = client.get(printed.headers["Location"])
    rows = re.findall(r'data-line="(\d+)">\s*<text x="8.0" y="([\d.]+)"', answer.text)
    assert rows == [("1", "18.0"), ("2", "24.5")]
    late = _send(client, session, street.officer, url, expected_sequence=1)
    assert (late.status_code, "别的同事刚打过" in late.text) == (409, True)
    row = session.scalars(select(PassbookPrint)).one()
    voided = _send(
        client,
        session,
        street.officer,
        f"/passbook-prints/{row.id}/void",
        reason="卡纸",
        is_paper_used="true",
    )
    assert voided.status_code == 303
    assert "第 1 页第 3 行" in _see(client, session, street.officer, f"/papers/{who}")
    assert client.get(f"/passbook-prints/{row.id}").status_code == 200
    ruled = _send(client, session, street.admin, "/papers/layout", lines_per_page=9, pages=3)
    assert ruled.status_code == 303


def test_a_statement_adds_up_and_says_why(
    client: FlaskClient, session: Session, street: Street
) -> None:
    url = "/me/statement/period?since=2026-11-01&through=2026-11-18"
    page = _see(client, session, street.volunteer, url)
    assert "期初加存入，减用出，就是期末" in page
    assert "所以记 1 小时 30 分" in page
    assert "事后记的" in page
    print_url = url.replace("/period", "/period/print")
    assert "时间对账单" in _see(client, session, street.volunteer, print_url)
    file = client.get(url.replace("/period", "/period.xlsx"))
    book = CalamineWorkbook.from_filelike(BytesIO(file.data))
    assert book.get_sheet_by_name("合计").to_python()[4][1:] == [0, 185, 0, 185]
    assert len(book.get_sheet_by_name("自己的时间").to_python()) == 3
    api = client.get("/api/v1/me/statement-of-period?since=2026-11-01&limit=1").get_json()
    assert (len(api["lines"]), api["sections"][0]["closing_minutes"]) == (1, 185)
    rest = client.get(
        f"/api/v1/me/statement-of-period?since=2026-11-01&cursor={api['next_cursor']}"
    ).get_json()
    assert (rest["before_minutes"], len(rest["lines"]), rest["next_cursor"]) == (95, 1, None)
    assert client.get("/me/statement/period?since=2026-11-09&through=2026-11-01").status_code == 422


def test_staff_see_a_statement_with_a_reason_that_the_member_reads(
    client: FlaskClient, session: Session, street: Street
) -> None:
    url = f"/papers/{street.volunteer_person.id}/statement"
    assert _send(client, session, street.officer, url).status_code == 422
    for form, word in (("page", "周秀兰 的对账单"), ("print", "时间对账单")):
        seen = _send(client, session, street.officer, url, reason="柜台来问", form=form)
        assert word in seen.text
    file = _send(client, session, street.officer, url, reason="柜台来问", form="xlsx")
    assert file.data[:2] == b"PK"
    month = url.replace("/statement", "/month")
    assert (
        "到现在有"
        in _send(client, session, street.officer, month, reason="打给本人", month="2026-11").text
    )
    reasons = session.scalars(select(PersonLook.reason).order_by(PersonLook.id)).all()
    assert reasons == ["柜台来问", "柜台来问", "柜台来问", "打给本人"]
    api = _post(
        client,
        session,
        street.officer,
        f"/people/{street.volunteer_person.id}/statement-of-period",
        {"reason": "柜台来问"},
    )
    assert api.get_json()["sections"][0]["closing_minutes"] == 185
    assert _send(client, session, street.volunteer, url, reason="好奇").status_code == 403


def test_programs_of_staff_see_a_month_with_a_reason(
    client: FlaskClient, session: Session, street: Street
) -> None:
    path = f"/people/{street.volunteer_person.id}/months/2026-11"
    assert _post(client, session, street.officer, path, {}).status_code == 422
    seen = _post(client, session, street.officer, path, {"reason": "来问"})
    assert seen.get_json()["closing_minutes"] == 185
    log_in(client, session, street.volunteer)
    assert client.get("/api/v1/me/tips").get_json() == []


def test_a_month_is_told_in_plain_words(
    client: FlaskClient, session: Session, street: Street
) -> None:
    assert "2026 年 11 月" in _see(client, session, street.volunteer, "/me/months")
    page = _see(client, session, street.volunteer, "/me/months/2026-11")
    assert "月初有 0 分" in page
    assert "3 小时 5 分" in page
    assert "到现在有" in _see(client, session, street.volunteer, "/me/months/2026-11/print")
    for month in ("2026-10", "2026-12", "2026-13", "x"):
        _see(client, session, street.volunteer, f"/me/months/{month}", status=404)
    assert client.get("/api/v1/me/months").get_json() == {"months": ["2026-11-01"]}
    found = client.get("/api/v1/me/months/2026-11").get_json()
    assert (found["own"]["earned_minutes"], found["closing_minutes"]) == (185, 185)
    assert found["kinds"][0]["times"] == 2


def test_what_time_can_do_stands_on_one_page(
    client: FlaskClient, session: Session, street: Street
) -> None:
    page = _see(client, session, street.volunteer, "/me/options")
    assert "您现在能用" in page
    assert "这个账号没有自己的时间" in _see(client, session, street.admin, "/me/options")
    assert "我的时间能做什么" in page


def test_lists_for_other_registers_go_out_once_and_corrections_after(
    client: FlaskClient, session: Session, street: Street
) -> None:
    form = {"since_on": "2026-01-01", "through_on": "2026-11-18", "reason": "报全国系统"}
    assert "还没导出的有 2 条" in _see(client, session, street.admin, "/registers")
    assert _send(client, session, street.admin, "/registers", **form).status_code == 303
    again = _send(client, session, street.admin, "/registers", **form)
    assert (again.status_code, "没有还没导出的记录" in again.text) == (409, True)
    batch = client.get("/api/v1/register-batches").get_json()["items"][0]
    assert (batch["number"], batch["rows"], batch["corrections"]) == (1, 2, 0)
    for kind, start in (("csv", b"\xef\xbb\xbf"), ("csv_gb18030", "记录编号".encode("gb18030"))):
        file = _send(client, session, street.admin, f"/registers/{batch['id']}/file", kind=kind)
        assert file.data.startswith(start)
    rows = client.get(f"/api/v1/register-batches/{batch['id']}/rows").get_json()["items"]
    record_id = int(rows[0]["record_number"].rpartition("-")[2])
    review.unapprove_service(
        session, actor=street.admin, record_id=record_id, key=ids.new_id(), reason="没有去"
    )
    second = _post(client, session, street.admin, "/register-batches", form)
    assert (second.get_json()["rows"], second.get_json()["corrections"]) == (1, 1)
    assert _send(client, session, street.officer, "/registers", **form).status_code == 403
    assert second.get_json()["since_on"] <= DAY.isoformat()
