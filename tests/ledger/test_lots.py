"""Lots: every minute of a member is remembered by where it came from, and the oldest goes first."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.ledger import SmallBank, draft_of, earn, make_bank, spend
from timebank.kernel import ids
from timebank.ledger.models.lots import LotUse
from timebank.ledger.queries import lots
from timebank.ledger.service import holds, posting
from timebank.ledger.verify import proof as verify

DAY = date(2026, 3, 1)


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def earn_on(session: Session, bank: SmallBank, day: date, amount: int) -> UUID:
    draft = draft_of(bank.book_id, (bank.issuance, bank.members[0], amount), effective_on=day)
    return posting.post(session, actor=bank.actor, draft=draft).id


def left(session: Session, bank: SmallBank) -> list[tuple[date, int]]:
    return [(lot.earned_on, lot.remaining) for lot in lots.open_lots(session, bank.members[0])]


def reverse(session: Session, bank: SmallBank, entry_id: UUID, debt: int | None = None) -> UUID:
    return posting.reverse(
        session,
        actor=bank.actor,
        entry_id=entry_id,
        reversal_id=ids.new_id(),
        reason="记错了",
        debt_account_id=debt,
    ).id


def test_the_oldest_minutes_are_spent_first(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY + timedelta(days=9), 30)
    earn_on(session, bank, DAY, 20)

    spend(session, bank, 25)

    assert left(session, bank) == [(DAY + timedelta(days=9), 25)]
    assert list(verify.findings(session)) == []


def test_a_lot_says_where_it_came_from(session: Session, bank: SmallBank) -> None:
    entry_id = earn_on(session, bank, DAY, 20)
    spend(session, bank, 5)

    (lot,) = lots.open_lots(session, bank.members[0])

    assert (lot.entry_id, lot.earned_on, lot.kind) == (entry_id, DAY, "hours.earned")
    assert (lot.memo, lot.amount, lot.remaining) == ("陪同就医", 20, 15)


def test_a_reversed_redemption_gives_back_to_the_very_lots(
    session: Session, bank: SmallBank
) -> None:
    earn_on(session, bank, DAY, 10)
    earn_on(session, bank, DAY + timedelta(days=1), 10)
    first = spend(session, bank, 5)
    spend(session, bank, 8)

    reverse(session, bank, first)

    assert left(session, bank) == [(DAY, 5), (DAY + timedelta(days=1), 7)]
    assert list(verify.findings(session)) == []


def test_a_reversed_earning_takes_its_own_lot_first(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY, 10)
    second = earn_on(session, bank, DAY + timedelta(days=1), 10)
    earn_on(session, bank, DAY + timedelta(days=2), 10)

    reverse(session, bank, second)

    assert left(session, bank) == [(DAY, 10), (DAY + timedelta(days=2), 10)]
    assert list(verify.findings(session)) == []


def test_what_was_spent_of_a_reversed_earning_comes_from_other_lots_then_from_the_debt(
    session: Session, bank: SmallBank
) -> None:
    first = earn_on(session, bank, DAY, 30)
    spend(session, bank, 25)
    earn_on(session, bank, DAY + timedelta(days=1), 12)

    reverse(session, bank, first, bank.debt)

    assert left(session, bank) == []
    assert list(verify.findings(session)) == []


def test_a_hold_keeps_minutes_without_choosing_lots(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY, 10)
    earn_on(session, bank, DAY + timedelta(days=1), 10)
    hold_id = ids.new_id()
    member = bank.members[0]
    holds.hold(
        session, actor=bank.actor, hold_id=hold_id, account_id=member, amount=12, memo="理发"
    )
    spend(session, bank, 8)
    assert left(session, bank) == [(DAY, 2), (DAY + timedelta(days=1), 10)]

    draft = draft_of(bank.book_id, (member, bank.redeemed, 12), kind="care.redeemed")
    holds.capture(session, actor=bank.actor, hold_id=hold_id, draft=draft)

    assert left(session, bank) == []
    assert list(verify.findings(session)) == []


def test_a_batch_moves_lots_in_its_order(session: Session, bank: SmallBank) -> None:
    member = bank.members[0]
    drafts = [
        draft_of(bank.book_id, (bank.issuance, member, 10), effective_on=DAY + timedelta(days=5)),
        draft_of(bank.book_id, (member, bank.redeemed, 4), kind="care.redeemed"),
        draft_of(bank.book_id, (bank.issuance, member, 10), effective_on=DAY),
        draft_of(bank.book_id, (member, bank.redeemed, 3), kind="care.redeemed"),
    ]

    posting.post_many(session, actor=bank.actor, drafts=drafts)

    assert left(session, bank) == [(DAY, 7), (DAY + timedelta(days=5), 6)]
    uses = session.scalars(select(LotUse.amount).order_by(LotUse.id)).all()
    assert list(uses) == [4, 3]


def test_what_passes_through_within_an_entry_makes_no_lot(
    session: Session, bank: SmallBank
) -> None:
    earn(session, bank, 5)
    first, second, _ = bank.members
    draft = draft_of(bank.book_id, (bank.issuance, first, 20), (first, second, 20))

    posting.post(session, actor=bank.actor, draft=draft)

    assert [lot.remaining for lot in lots.open_lots(session, first)] == [5]
    assert [lot.remaining for lot in lots.open_lots(session, second)] == [20]
