"""The books of money as reports: sums equal on both sides, the bank agrees, vouchers in words."""

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.cofund import Office, make_office, pay_in
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank.queries import closings
from timebank.cofund.models.projects import Contribution
from timebank.cofund.rules.projects import Party
from timebank.cofund.service import matching
from timebank.cofund.service.meetings import Wanted
from timebank.kernel import clock
from timebank.ledger.rules.turnovers import Turnover
from timebank.ledger.rules.values import Side
from timebank.reports.queries import account_books
from timebank.reports.rules.trial_balance import rows_of

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def scene(session: Session, office: Office) -> Scene:
    """Return a project one of whose households paid through the bank, and the company by hand."""
    scene = make_scene(session, office)
    first = scene.owed[0]
    (line,) = bring_in(session, scene, (first.amount_fen, "业主", first.payment_code))
    matching.match_line(
        session, actor=office.finance, line_id=line.id, expected_version=line.version,
        wanted=[Wanted(f"receivable:{first.id}")],
    )  # fmt: skip
    pay_in(session, office, scene.project.id, Party.COMPANY, 5_005)
    return scene


def test_debits_equal_credits_before_within_and_after_a_month(
    session: Session, scene: Scene
) -> None:
    of = scene.office.community_id
    book_id = closings.books(session, of)[0].id
    asked = {"community_id": of, "book_id": book_id}
    now = account_books.trial_balance(session, **asked, month=NOVEMBER)
    then = account_books.trial_balance(session, **asked, month=DECEMBER)

    assert (now.is_even, now.is_closed, then.is_even) == (True, False, True)
    assert now.total.debits_fen > 0
    assert then.total.debits_fen == 0
    assert then.total.opening_debit_fen == now.total.closing_debit_fen
    assert {"bank", "cash", "fund"} <= {one.subject for one in now.rows}


def test_accounts_of_households_are_told_as_one_row() -> None:
    moved = [Turnover(at, f"credit:{at}", "预存", Side.CREDIT, -at, 1, 0) for at in (2, 3)]
    (row,) = rows_of(moved)
    assert (row.account_id, row.opening_credit_fen, row.debits_fen) == (None, 5, 2)
    assert (row.closing_credit_fen, row.closing_debit_fen) == (3, 0)


def test_what_was_recorded_ahead_of_the_bank_is_counted(session: Session, scene: Scene) -> None:
    found = account_books.reconciliation(session, scene.office.community_id)
    assert found.is_even
    assert (found.receipts.count, found.receipts.amount_fen) == (1, 5_005)
    assert found.payments.count == 0


def test_the_pages_the_workbooks_and_the_api_say_the_same(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    of = scene.office.community_id
    book_id = closings.books(session, of)[0].id
    wanted = select(Contribution.entry_id).where(Contribution.party == Party.COMPANY)
    entry_id = session.scalars(wanted).one()
    session.commit()
    log_in(client, session, scene.office.finance)
    at = f"/books/{book_id}/trial-balance"
    assert "借贷相等" in client.get(at).text
    assert "账面和银行一分不差" in client.get("/bank/reconciliation").text
    told = client.get(f"/api/v1{at}?month=2026-11-01").get_json()
    assert told["is_even"] is True
    file = client.get(f"{at}.xlsx?month=2026-11-01").data
    rows = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_index(0).to_python()
    assert rows[-1][4] == told["total"]["debits_fen"] / 100
    assert client.get("/bank/reconciliation.xlsx").status_code == 200
    assert client.get("/api/v1/bank-reconciliation").get_json()["receipts"]["amount_fen"] == 5_005
    page = client.get(f"/vouchers/{entry_id}").text
    assert ("伍拾元零伍分" in page, "月结时编号" in page) == (True, True)
    sheet = client.get(f"/vouchers/{entry_id}.xlsx").data
    (_, *cells) = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert cells[1][:3] == ["合计", "伍拾元零伍分", 50.05]
    assert client.get(f"/vouchers/{uuid4()}.xlsx").status_code == 404
    assert client.get("/books/99999999/trial-balance").status_code == 404
