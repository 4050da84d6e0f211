"""The bank's pages and its API: from an account to its lines, and who may do what."""

import io
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make import bank as make
from tests.make.access import log_in, make_actor
from tests.make.cofund import Office, make_office
from timebank.bank.models.statements import BankImport
from timebank.bank.queries import statements as queries
from timebank.kernel import clock

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))
MADE = make.moves(126_000, -50_000, 8_802_000)


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        office = make_office(session)
        session.commit()
        yield office


def said(answer: TestResponse) -> Any:  # Any: JSON
    """What an answer says."""
    return answer.get_json()


def upload(client: FlaskClient, account_id: int, content: bytes, name: str = "三月.csv") -> Any:
    return client.post(
        f"/bank/accounts/{account_id}/imports",
        data={"file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def test_a_statement_goes_from_upload_to_the_books(
    client: FlaskClient, session: Session, office: Office
) -> None:
    log_in(client, session, office.admin)
    form = {"bank_name": "工商银行", "label": "共筹专户", "number": "6222 0000 1111 4417"}
    opened = client.post("/bank/accounts/new", data=form)
    assert opened.status_code == 303
    account_id = queries.accounts(session, office.community_id)[0].id
    assert client.post("/bank/accounts/new", data=form).status_code == 409
    session.commit()

    log_in(client, session, office.finance)
    missing = client.post(f"/bank/accounts/{account_id}/imports", data={})
    assert missing.status_code == 422
    bad = upload(client, account_id, b"\x00" * 40)
    assert (bad.status_code, "空字符" in bad.text) == (422, True)
    staged = upload(client, account_id, make.csv_file(make.signed_rows(MADE)))
    preview = client.get(staged.location).text
    assert "余额首尾相接" in preview
    assert "王建民" in preview
    assert "¥10,000.00" in preview, "what the account held before"
    done = client.post(f"{staged.location}/confirm")
    page = client.get(done.location).text
    assert "¥98,780.00" in page
    assert "充电棚 7-2-301" in client.get("/bank/unclaimed").text
    assert client.post(f"{staged.location}/confirm").status_code == 409
    assert "已入账" in client.get(staged.location).text


def test_what_is_ambiguous_is_asked_on_a_page_with_what_speaks_for_it(
    client: FlaskClient, session: Session, office: Office
) -> None:
    account_id = make.make_account(session, office.admin)
    session.commit()
    log_in(client, session, office.finance)
    rows = [row[:3] + row[4:] for row in make.marked_rows(MADE)]
    staged = upload(client, account_id, make.csv_file(rows))
    assert client.post(f"{staged.location}/confirm").status_code == 409

    page = client.get(f"{staged.location}/layout").text
    assert "银行多半这样写" in page
    told = {"header_row": 1, "day": 1, "side": 2, "amount": 3, "text": ["6"]}
    wrong = client.post(f"{staged.location}/layout", data={**told, "amount": ""})
    assert (wrong.status_code, "至少要指明" in wrong.text) == (422, True)
    saved = client.post(f"{staged.location}/layout", data={**told, "sign": "signed"})
    assert saved.location.endswith(staged.location)
    assert client.post(f"{staged.location}/confirm").status_code == 303
    again = upload(client, account_id, make.csv_file(rows))
    assert "都已在账上" in client.get(again.location).text


def test_a_broken_chain_is_shown_by_row_and_not_booked(
    client: FlaskClient, session: Session, office: Office
) -> None:
    account_id = make.make_account(session, office.admin)
    session.commit()
    log_in(client, session, office.finance)
    rows = make.signed_rows(MADE)
    rows[3][3] = "-1.00"
    staged = upload(client, account_id, make.csv_file(rows))

    page = client.get(staged.location).text
    assert "第 4 行" in page
    assert "确认入账" not in page
    assert client.post(f"{staged.location}/discard").status_code == 303
    assert session.scalar(select(BankImport.content)) is None


def test_the_api_does_what_the_pages_do_and_masks_names_for_those_who_only_read(
    client: FlaskClient, session: Session, office: Office
) -> None:
    def key() -> dict[str, str]:
        return {"Idempotency-Key": str(uuid.uuid4())}

    log_in(client, session, office.admin)
    account = client.post(
        "/api/v1/bank-accounts",
        json={"bank_name": "工商银行", "label": "共筹专户", "number": make.NUMBER},
        headers=key(),
    )
    assert account.status_code == 201
    at = f"/api/v1/bank-accounts/{said(account)['id']}"
    log_in(client, session, office.finance)
    staged = client.post(
        f"{at}/imports",
        data={"file": (io.BytesIO(make.mt940_file(MADE)), "x.sta")},
        headers=key(),
    )
    assert staged.status_code == 201
    assert (said(staged)["kind"], said(staged)["new_count"]) == ("mt940", 3)
    import_at = f"/api/v1/bank-imports/{said(staged)['id']}"
    assert said(client.get(import_at))["may_be_booked"] is True
    done = client.post(f"{import_at}/confirm", json={}, headers=key())
    assert (said(done)["state"], said(done)["new_count"]) == ("confirmed", 3)
    assert said(client.get(at))["balance_fen"] == MADE[-1].balance
    assert said(client.get(f"{at}/lines"))["items"][0]["party_name"] == "王建民"
    assert [one["state"] for one in said(client.get(f"{at}/imports"))] == ["confirmed"]
    assert len(said(client.get("/api/v1/bank-lines/unclaimed?limit=2"))["items"]) == 2

    log_in(client, session, office.admin)
    line = said(client.get(f"{at}/lines"))["items"][0]
    assert (line["party_name"], line["party_account"]) == ("王**", "****0042")
    assert "王建民" not in client.get(f"/bank/accounts/{said(account)['id']}").text


def test_another_community_sees_nothing(
    client: FlaskClient, session: Session, office: Office
) -> None:
    account_id = make.make_account(session, office.admin)
    staged = make.bring_in(session, office.finance, account_id, make.mt940_file(MADE))
    stranger = make_office(session, code="XX").finance
    session.commit()
    log_in(client, session, stranger)

    for path in (f"/bank/accounts/{account_id}", f"/bank/imports/{staged.id}"):
        assert client.get(path).status_code == 404
    assert client.get(f"/api/v1/bank-accounts/{account_id}/lines").status_code == 404
    assert said(client.get("/api/v1/bank-accounts")) == []
    auditor = make_actor(
        session, community_id=office.community_id, roles=(("auditor", "community", None),)
    )
    session.commit()
    log_in(client, session, auditor)
    assert client.get("/bank").status_code == 200
    assert upload(client, account_id, b"x").status_code == 403
