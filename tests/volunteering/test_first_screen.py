"""What the first screen asks for, and the numbers of cases on records and in their form."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.cases import make_case, make_grid
from tests.make.volunteering import NOW, make_approved, make_confirmed, make_street
from timebank.cases.models.cases import CaseFile
from timebank.kernel import clock, ids
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits, records
from timebank.volunteering.service import books, review

FULL_WIDTH = 0xFEE0  # from a letter to the same one in full width


def test_what_was_sent_back_is_asked_for_two_weeks(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    with clock.fixed_at(NOW):
        review.reject_service(
            session, actor=street.officer, record_id=record_id, reason="时间对不上"
        )

    with clock.fixed_at(NOW + timedelta(days=13)):
        assert [seen.id for seen in records.under_way(session, actor=street.volunteer)] == [
            record_id
        ]
    with clock.fixed_at(NOW + timedelta(days=15)):
        assert records.under_way(session, actor=street.volunteer) == []


def test_a_record_shows_the_number_of_its_case_and_takes_it_full_width(
    client: FlaskClient, session: Session
) -> None:
    grid = make_grid(session)
    with clock.fixed_at(NOW):
        case = make_case(session, grid)
    number = session.get_one(CaseFile, case.id).number
    books.open_hours(session, actor=grid.admin)
    kind_id = limits.kinds(session, grid.admin.community_id)[0].id
    log_in(client, session, grid.resident)
    with clock.fixed_at(NOW):
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/records/new").text)
        assert token is not None
        answer = client.post(
            "/records/new",
            data={
                "csrf_token": token[1],
                "_key": str(ids.new_id()),
                "kind_id": kind_id,
                "served_on": "2026-11-18",
                "started_at": "09:00",
                "ended_at": "10:00",
                "activity": "清通道",
                "case_number": number.translate(
                    str.maketrans("0123456789-", "０１２３４５６７８９－")
                ),
            },
        )
        page = client.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert session.scalars(select(ServiceRecord.case_id)).one() == case.id
    assert number in page


def test_a_form_opened_from_a_case_already_holds_its_number(
    client: FlaskClient, session: Session
) -> None:
    grid = make_grid(session)
    with clock.fixed_at(NOW):
        case = make_case(session, grid)
    number = session.get_one(CaseFile, case.id).number
    log_in(client, session, grid.officer)

    page = client.get(f"/records/new?case_id={case.id}").text

    assert f'value="{number}"' in page


def test_an_entry_of_the_ledger_opens_to_the_service_behind_it(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)
    entry_id = session.get_one(ServiceRecord, record_id).entry_id
    log_in(client, session, street.volunteer)

    page = client.get(f"/ledger/entries/{entry_id}").text

    assert f'href="/records/{record_id}"' in page


def test_a_spoilt_address_still_opens_the_empty_form(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    log_in(client, session, street.volunteer)

    for spoilt in ("case_id=abc", "case_id=-1", f"recipient_text={'长' * 100}"):
        assert client.get(f"/records/new?{spoilt}").status_code == 200, spoilt


@pytest.mark.parametrize("year", ["0001", "0026", "9999"])
def test_a_year_of_another_age_is_refused_in_words(
    client: FlaskClient, session: Session, year: str
) -> None:
    street = make_street(session)
    log_in(client, session, street.volunteer)
    with clock.fixed_at(NOW):
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/records/new").text)
        assert token is not None
        answer = client.post(
            "/records/new",
            data={
                "csrf_token": token[1],
                "_key": str(ids.new_id()),
                "kind_id": street.kind_id,
                "served_on": f"{year}-01-01",
                "started_at": "05:00",
                "ended_at": "06:00",
                "activity": "清通道",
            },
        )

    assert answer.status_code == 422
    assert "日期要写成" in answer.text
    assert "清通道" in answer.text


def test_only_the_nearest_tab_is_the_current_one(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    log_in(client, session, street.volunteer)

    for url, current in (("/me", 2), ("/me/profile", 2), ("/records/new", 2)):
        assert client.get(url).text.count('aria-current="page"') == current, url
