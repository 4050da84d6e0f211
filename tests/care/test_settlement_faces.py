"""The month's settlement on pages and for programs: from drawing up to the bank's paper."""

import io
from datetime import date
from zipfile import ZipFile

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.care.test_api import Caller
from tests.make.access import log_in
from tests.make.care import Desk, make_desk
from tests.make.settlements import JUNE, MAY, make_manager, make_office, noon
from tests.make.tills import lunch_for
from timebank.care.queries import settlements as queries
from timebank.care.rules.settlements import Outcome
from timebank.care.service import settlements
from timebank.kernel import clock


def _served(session: Session) -> Desk:
    """A desk that served two lunches in May."""
    with clock.fixed_at(noon(MAY)):
        desk = make_desk(session)
        lunch_for(session, desk)
        lunch_for(session, desk)
    return desk


def test_a_month_goes_its_way_on_the_pages(session: Session, client: FlaskClient) -> None:
    desk = _served(session)
    manager, office = make_manager(session, desk), make_office(session, desk)
    session.commit()
    with clock.fixed_at(noon(JUNE)):
        log_in(client, session, manager)
        assert "2026-05" in client.get("/settlements").text
        early = client.post("/settlements", data={"centre_id": desk.centre.id, "month": "2026-06"})
        assert early.status_code == 422
        drawn = client.post("/settlements", data={"centre_id": desk.centre.id, "month": "2026-05"})
        at = drawn.headers["Location"]
        settlement_id = int(at.rsplit("/", 1)[1])
        line = queries.lines(session, settlement_id=settlement_id).items[0]
        asked = client.post(f"{at}/lines/{line.id}/dispute", data={"reason": "少一个签名"})
        assert asked.status_code == 303
        assert "少一个签名" in client.get(f"{at}/lines/{line.id}").text
        assert client.post(f"{at}/approve").status_code == 403

        log_in(client, session, office)
        assert client.post(f"{at}/approve").status_code == 409
        answer = {"outcome": "struck", "answer": "不付"}
        assert client.post(f"{at}/lines/{line.id}/answer", data=answer).status_code == 303
        assert client.post(f"{at}/approve").status_code == 303
        paid = {"paid_on": "2026-06-01", "document": "回单 12"}
        assert client.post(f"{at}/pay", data={**paid, "document": ""}).status_code == 422
        assert client.post(f"{at}/pay", data=paid).status_code == 303
        shown = client.get(f"{at}?is_disputed=true").text
        sheet, book = client.get(f"{at}/sheet").text, client.get(f"{at}/export.xlsx")

    assert "回单 12" in shown
    assert "¥15.00" in shown
    assert "少一个签名" in sheet
    with ZipFile(io.BytesIO(book.data)) as inside:
        texts = inside.read("xl/sharedStrings.xml").decode()
    assert "少一个签名" in texts


def test_a_month_goes_its_way_for_programs(session: Session, client: FlaskClient) -> None:
    desk = _served(session)
    manager, office = make_manager(session, desk), make_office(session, desk)
    with clock.fixed_at(noon(JUNE)):
        one, two = Caller(session, client, manager), Caller(session, client, office)
        made = one.send(
            "/care-settlements", {"centre_id": desk.centre.id, "month_on": "2026-05-01"}
        )
        assert made.status_code == 201
        at = f"/care-settlements/{made.json['id']}"
        line = one.get(f"{at}/lines").json["items"][0]
        one.send(f"{at}/lines/{line['id']}/dispute", {"reason": "少一个签名"})
        said = {"outcome": Outcome.KEPT.value, "answer": "找到了"}
        assert one.send(f"{at}/lines/{line['id']}/answer", said).status_code == 403
        assert two.send(f"{at}/lines/{line['id']}/answer", said).status_code == 200
        assert two.send(f"{at}/approve", {}).json["state"] == "approved"
        paid = two.send(f"{at}/pay", {"paid_on": "2026-06-01", "document": "12"})
        beside = two.get(f"{at}/agreement").json

        listed = two.get("/care-settlements").json["items"]
        disputed = two.get(f"{at}/lines?is_disputed=true").json["items"]

    assert (paid.json["state"], paid.json["amount_fen"]) == ("paid", 3000)
    assert (beside["agrees"], beside["booked_fen"]) == (True, 3000)
    assert [found["id"] for found in listed] == [made.json["id"]]
    assert [found["dispute"]["answer"] for found in disputed] == ["找到了"]


def test_another_communitys_statement_is_not_there(session: Session, client: FlaskClient) -> None:
    desk = _served(session)
    manager = make_manager(session, desk)
    with clock.fixed_at(noon(JUNE)):
        made = settlements.draw_up(
            session, actor=manager, centre_id=desk.centre.id, month_on=date(2026, 5, 1)
        )
    stranger = make_office(session, make_desk(session, code="HB"))
    session.commit()
    log_in(client, session, stranger)

    for path in ("", "/sheet", "/export.xlsx", "/lines/1"):
        assert client.get(f"/settlements/{made.id}{path}").status_code == 404
    assert client.post(f"/settlements/{made.id}/approve").status_code == 404
