"""Closed periods: numbered without gaps, balances kept, and nothing enters any more."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.ledger import SmallBank, draft_of, make_bank
from timebank.kernel import clock
from timebank.ledger.errors import PeriodClosedError, PeriodNotOverError, PeriodOrderError
from timebank.ledger.models.periods import Voucher
from timebank.ledger.queries import periods as queries
from timebank.ledger.queries.accounts import accounts_by_id
from timebank.ledger.service import periods, posting

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)
NOW = datetime(2026, 12, 3, 4, tzinfo=UTC)


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def move(session: Session, bank: SmallBank, day: date, *line: int) -> None:
    debit, credit, amount = line or (bank.issuance, bank.members[0], 10)
    draft = draft_of(bank.book_id, (debit, credit, amount), effective_on=day)
    posting.post(session, actor=bank.actor, draft=draft)


def close(session: Session, bank: SmallBank, day: date) -> int:
    with clock.fixed_at(NOW):
        closed = periods.close_period(
            session, actor=bank.actor, book_id=bank.book_id, through_on=day
        )
    return closed.number


def balance_on(session: Session, account_id: int, day: date) -> int:
    return queries.balance_on(session, accounts_by_id(session, [account_id])[account_id], day)


def test_nothing_enters_a_closed_period(session: Session, bank: SmallBank) -> None:
    move(session, bank, OCTOBER)
    close(session, bank, OCTOBER)

    with pytest.raises(PeriodClosedError):
        move(session, bank, OCTOBER)
    with pytest.raises(PeriodClosedError):
        posting.post_many(
            session,
            actor=bank.actor,
            drafts=[
                draft_of(bank.book_id, (bank.issuance, bank.members[0], 1), effective_on=day)
                for day in (NOVEMBER, OCTOBER)
            ],
        )

    move(session, bank, date(2026, 11, 1))
    assert balance_on(session, bank.members[0], OCTOBER) == 10
    assert balance_on(session, bank.members[0], NOVEMBER) == 20


def test_balances_of_a_closed_period_never_change(session: Session, bank: SmallBank) -> None:
    member = bank.members[0]
    move(session, bank, date(2026, 10, 5))
    move(session, bank, date(2026, 11, 5))
    move(session, bank, date(2026, 10, 20), member, bank.redeemed, 4)
    close(session, bank, OCTOBER)

    for day, of_member, of_centre in (
        (date(2026, 10, 10), 10, 0),
        (OCTOBER, 6, 4),
        (NOVEMBER, 16, 4),
    ):
        assert balance_on(session, member, day) == of_member
        assert balance_on(session, bank.redeemed, day) == of_centre
    close(session, bank, NOVEMBER)
    assert balance_on(session, member, OCTOBER) == 6
    assert balance_on(session, member, NOVEMBER) == 16
    assert balance_on(session, bank.issuance, NOVEMBER) == 20


def test_vouchers_are_numbered_from_one_each_month_without_gaps(
    session: Session, bank: SmallBank
) -> None:
    for day in (date(2026, 9, 3), date(2026, 10, 2), date(2026, 9, 4), date(2026, 10, 9)):
        move(session, bank, day)
    close(session, bank, date(2026, 9, 30))
    move(session, bank, date(2026, 10, 1))
    close(session, bank, OCTOBER)

    found = session.execute(
        select(Voucher.month, Voucher.number).order_by(Voucher.month, Voucher.number)
    ).all()

    assert [tuple(row) for row in found] == [
        (date(2026, 9, 1), 1),
        (date(2026, 9, 1), 2),
        (date(2026, 10, 1), 1),
        (date(2026, 10, 1), 2),
        (date(2026, 10, 1), 3),
    ]


def test_periods_close_one_after_the_other_and_twice_is_once(
    session: Session, bank: SmallBank
) -> None:
    move(session, bank, OCTOBER)
    assert close(session, bank, OCTOBER) == 1
    assert close(session, bank, OCTOBER) == 1
    assert close(session, bank, NOVEMBER) == 2

    with pytest.raises(PeriodOrderError):
        close(session, bank, date(2026, 11, 15))
    with pytest.raises(PeriodNotOverError):
        close(session, bank, date(2026, 12, 3))
    assert [one.through_on for one in queries.periods(session, bank.book_id)] == [
        NOVEMBER,
        OCTOBER,
    ]
