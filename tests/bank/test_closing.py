"""Closing a month: refused while lines are open, never by who matched, and nothing enters after."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make import bank
from tests.make.access import log_in
from tests.make.bank import moves
from tests.make.cofund import Office, make_office
from timebank.bank import errors
from timebank.bank.models.closings import BankClosing
from timebank.bank.queries import claims, closings
from timebank.bank.queries import statements as reads
from timebank.bank.rules.claims import Purpose, Reason
from timebank.bank.rules.closing import month_end, next_month
from timebank.bank.service import claiming, closing, holding
from timebank.kernel import clock
from timebank.ledger.errors import PeriodNotOverError
from timebank.ledger.queries import entries
from timebank.ledger.service import periods

NOW = clock.at_local(date(2026, 4, 3), datetime.min.time().replace(hour=9))
MARCH = date(2026, 3, 1)


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def lines(session: Session, office: Office) -> list[claims.WaitingLine]:
    """Lines of March: what the account held, interest, a payment nobody knows."""
    account_id = bank.make_account(session, office.admin)
    made = bank.mt940_file(moves(700, 5_000))
    bank.bring_in(session, office.finance, account_id, made)
    return list(claims.waiting_lines(session, community_id=office.community_id).items)


def book_of(session: Session, office: Office) -> int:
    return closings.books(session, office.community_id)[0].id


def claim(session: Session, office: Office, line: claims.WaitingLine, purpose: Purpose) -> None:
    claiming.claim_plain(
        session, actor=office.finance, line_id=line.id, purpose=purpose,
        expected_version=line.version,
    )  # fmt: skip


def close(session: Session, office: Office, who: str = "admin", month: date = MARCH) -> None:
    closing.close_month(
        session, actor=getattr(office, who), book_id=book_of(session, office), month=month
    )


def waive(session: Session, office: Office, line_id: int, who: str = "admin") -> None:
    closing.waive_line(
        session, actor=getattr(office, who), book_id=book_of(session, office), line_id=line_id,
        month=MARCH, reason="付款人还在查，不影响本月收支",
    )  # fmt: skip


def test_a_month_is_closed_once_every_line_is_claimed_or_let_stay_open_by_name(
    session: Session, office: Office, lines: list[claims.WaitingLine]
) -> None:
    opening, interest, unknown = lines
    of, book_id = office.community_id, book_of(session, office)
    claim(session, office, opening, Purpose.OPENING)
    claim(session, office, interest, Purpose.INTEREST)
    with pytest.raises(errors.MonthStillOpenError), session.begin_nested():
        close(session, office)
    found = closings.open_month(session, community_id=of, book_id=book_id)
    assert (found.month, found.obstacle_count, found.is_ready) == (MARCH, 1, False)
    assert (found.obstacles[0].line_id, found.matchers) == (unknown.id, ["陈立"])

    waive(session, office, unknown.id)
    with pytest.raises(errors.WaivedAlreadyError):
        waive(session, office, unknown.id)
    with pytest.raises(errors.ClosedByMatcherError), session.begin_nested():
        close(session, office, "finance")
    close(session, office)

    (closed,) = closings.closed_months(session, community_id=of)
    assert (closed.month, closed.vouchers, closed.waiver_count) == (MARCH, 5, 1)
    (waived,) = closings.waivers(session, book_id=book_id, month=MARCH)
    assert (waived.waived_name, waived.amount_fen) == (office.admin.name, 5_000)
    with pytest.raises(errors.MonthOrderError):
        close(session, office)
    with pytest.raises(PeriodNotOverError):
        close(session, office, month=date(2026, 4, 1))


def test_who_looks_after_a_line_does_not_let_it_stay_open(
    session: Session, office: Office, lines: list[claims.WaitingLine]
) -> None:
    line = lines[-1]
    holding.hold(
        session, actor=office.finance, line_id=line.id, reason=Reason.PAYER_UNKNOWN,
        note="问楼长", expected_version=line.version,
    )  # fmt: skip
    with pytest.raises(errors.WaivedByMatcherError):
        waive(session, office, line.id, "finance")
    waive(session, office, line.id, "other_finance")


def test_a_line_that_comes_late_stands_in_the_open_month_and_points_to_its_own(
    session: Session, office: Office, lines: list[claims.WaitingLine]
) -> None:
    for line in lines:
        waive(session, office, line.id)
    close(session, office)
    account_id = lines[0].account_id
    running = reads.standing(session, account_id).running_fen + 300
    late = bank.Moved(date(2026, 3, 30), 300, running)
    bank.bring_in(session, office.finance, account_id, bank.mt940_file([late]))

    of = office.community_id
    (closed,) = closings.closed_months(session, community_id=of)
    (came,) = closings.late_lines(session, closed, community_id=of)
    assert (came.booked_on, came.amount_fen) == (date(2026, 3, 30), 300)
    entry = entries.entry(session, UUID(came.entry_id))
    assert (entry.effective_on, "2026-03-30" in entry.reason) == (clock.today(), True)


def test_the_database_itself_refuses_what_the_service_would(
    session: Session, office: Office, lines: list[claims.WaitingLine]
) -> None:
    claim(session, office, lines[0], Purpose.OPENING)
    row = {
        "community_id": office.community_id, "book_id": book_of(session, office), "month": MARCH,
        "through_on": month_end(MARCH), "period_number": 1, "vouchers": 0,
        "closed_by": office.admin.user_id, "closed_name": "某", "closed_at": clock.now(),
    }  # fmt: skip
    for line in lines[1:]:
        waive(session, office, line.id)
    with pytest.raises(DatabaseError, match="bank_closing_held"), session.begin_nested():
        session.execute(insert(BankClosing).values(**row))
    periods.close_period(
        session, actor=office.admin, book_id=book_of(session, office), through_on=month_end(MARCH)
    )
    by_matcher = row | {"closed_by": office.finance.user_id}
    with pytest.raises(DatabaseError, match="bank_closing_other_hand"), session.begin_nested():
        session.execute(insert(BankClosing).values(**by_matcher))
    (claimed,) = claims.claims_of_line(
        session, community_id=office.community_id, line_id=lines[0].id
    )
    claiming.undo(session, actor=office.finance, claim_id=claimed.claim_id, reason="认错")
    with pytest.raises(DatabaseError, match="bank_closing_left_open"), session.begin_nested():
        session.execute(insert(BankClosing).values(**row))
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE bank_closing_waiver SET reason = 'x'"))


def test_months_follow_each_other() -> None:
    assert next_month(None, None) is None
    assert next_month(None, date(2026, 2, 9)) == date(2026, 2, 1)
    assert next_month(date(2026, 12, 31), None) == date(2027, 1, 1)
    assert month_end(date(2028, 2, 1)) == date(2028, 2, 29)
    assert month_end(date(2026, 12, 5)) == date(2027, 1, 1) - timedelta(days=1)


def test_the_page_lists_what_stands_in_the_way_and_closes(
    client: FlaskClient, session: Session, office: Office, lines: list[claims.WaitingLine]
) -> None:
    book_id = book_of(session, office)
    at = f"/bank/books/{book_id}/closing"
    session.commit()
    log_in(client, session, office.admin)
    assert "3 笔没有认领" in client.get(at).text
    assert "可以结" not in client.get("/bank/closings").text
    month = {"month": MARCH.isoformat()}
    assert client.post(at, data=month).status_code == 409
    for line in lines:
        form = {**month, "line_id": str(line.id), "reason": "下月再认"}
        assert client.post(f"{at}/waivers", data=form).status_code == 303
    assert "可以结" in client.get("/bank/closings").text
    done = client.post(at, data=month)
    assert done.status_code == 303
    page = client.get(done.location).text
    assert ("第 1 号到第 3 号" in page, "下月再认" in page) == (True, True)
    assert client.get(f"/api/v1/books/{book_id}/closing").get_json()["month"] == "2026-04-01"
    assert client.get("/api/v1/bank-closings").get_json()[0]["waiver_count"] == 3
    assert client.get("/bank/books/999999/closing").status_code == 404
