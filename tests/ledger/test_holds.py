"""Holds: what is set aside cannot be spent, and every hold ends exactly once."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.make.community import make_community
from tests.make.ledger import SmallBank, draft_of, earn, make_bank, spend
from timebank.kernel import clock, ids
from timebank.ledger.errors import (
    HoldAlreadyResolvedError,
    HoldExceededError,
    HoldExpiredError,
    HoldNotFoundError,
    InsufficientBalanceError,
    SameEntryOtherContentError,
    SameHoldOtherContentError,
    UnboundedHoldError,
)
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.queries import holds as ledger_holds
from timebank.ledger.rules.values import Balance, EntryDraft, HoldOutcome, HoldView
from timebank.ledger.service import holds
from timebank.ledger.verify import proof as verify


@pytest.fixture
def bank(session: Session) -> SmallBank:
    bank = make_bank(session)
    earn(session, bank, 100)
    return bank


def hold(session: Session, bank: SmallBank, amount: int, *, minutes: int | None = None) -> HoldView:
    return holds.hold(
        session,
        actor=bank.actor,
        hold_id=ids.new_id(),
        account_id=bank.members[0],
        amount=amount,
        memo="预约理发",
        expires_at=None if minutes is None else clock.now() + timedelta(minutes=minutes),
    )


def redemption(bank: SmallBank, amount: int) -> EntryDraft:
    line = (bank.members[0], bank.redeemed, amount)
    return draft_of(bank.book_id, line, kind="care.redeemed")


def test_what_is_held_cannot_be_spent(session: Session, bank: SmallBank) -> None:
    held = hold(session, bank, 70)

    assert ledger_accounts.balance(session, bank.members[0]) == Balance(100, 70, 30, 0)
    assert ledger_holds.open_holds(session, bank.members[0]) == [held]
    with pytest.raises(InsufficientBalanceError) as refusal:
        spend(session, bank, 31)
    assert refusal.value.facts == {"have": 30, "need": 31}
    with pytest.raises(InsufficientBalanceError):
        hold(session, bank, 31)


def test_a_capture_may_take_less_and_frees_the_rest(session: Session, bank: SmallBank) -> None:
    held = hold(session, bank, 100)

    entry = holds.capture(session, actor=bank.actor, hold_id=held.id, draft=redemption(bank, 40))

    assert ledger_accounts.balance(session, bank.members[0]) == Balance(60, 0, 60, 0)
    assert ledger_entries.entry(session, entry.id).hold_id == held.id
    ended = ledger_holds.hold(session, community_id=bank.community_id, hold_id=held.id)
    assert (ended.outcome, ended.entry_id) == (HoldOutcome.CAPTURED, entry.id)
    assert list(verify.findings(session)) == []


def test_a_capture_takes_at_most_what_was_held(session: Session, bank: SmallBank) -> None:
    held = hold(session, bank, 40)

    with pytest.raises(HoldExceededError):
        holds.capture(session, actor=bank.actor, hold_id=held.id, draft=redemption(bank, 41))

    assert ledger_accounts.balance(session, bank.members[0]) == Balance(100, 40, 60, 0)


def test_a_capture_of_more_than_was_held_says_so_whatever_is_left(
    session: Session, bank: SmallBank
) -> None:
    held = hold(session, bank, 100)

    with pytest.raises(HoldExceededError):
        holds.capture(session, actor=bank.actor, hold_id=held.id, draft=redemption(bank, 101))


def test_a_capture_sent_twice_takes_once(session: Session, bank: SmallBank) -> None:
    held, draft = hold(session, bank, 40), redemption(bank, 40)

    first = holds.capture(session, actor=bank.actor, hold_id=held.id, draft=draft)
    again = holds.capture(session, actor=bank.actor, hold_id=held.id, draft=draft)

    assert again == first
    assert ledger_accounts.balance(session, bank.members[0]).posted == 60


def test_a_hold_ends_once(session: Session, bank: SmallBank) -> None:
    captured, released = hold(session, bank, 40), hold(session, bank, 40)
    holds.capture(session, actor=bank.actor, hold_id=captured.id, draft=redemption(bank, 40))
    holds.release(session, actor=bank.actor, hold_id=released.id, reason="改天再来")

    for ended in (captured, released):
        with pytest.raises(HoldAlreadyResolvedError):
            holds.release(session, actor=bank.actor, hold_id=ended.id, reason="再来")
        with pytest.raises(HoldAlreadyResolvedError):
            holds.capture(session, actor=bank.actor, hold_id=ended.id, draft=redemption(bank, 1))

    assert ledger_accounts.balance(session, bank.members[0]) == Balance(60, 0, 60, 0)


def test_a_hold_past_its_time_cannot_be_captured_and_is_freed(
    session: Session, bank: SmallBank
) -> None:
    due, lasting = hold(session, bank, 30, minutes=10), hold(session, bank, 20)

    with clock.fixed_at(clock.now() + timedelta(minutes=10)):
        with pytest.raises(HoldExpiredError):
            holds.capture(session, actor=bank.actor, hold_id=due.id, draft=redemption(bank, 30))
        assert holds.expire_due(session, actor=bank.actor) == 1
        assert holds.expire_due(session, actor=bank.actor) == 0

    assert ledger_accounts.balance(session, bank.members[0]) == Balance(100, 20, 80, 0)
    assert [one.id for one in ledger_holds.open_holds(session, bank.members[0])] == [lasting.id]


def test_the_job_frees_holds_of_every_community(session: Session, bank: SmallBank) -> None:
    other = make_bank(session, community_id=make_community(session, code="QT").id)
    earn(session, other, 100)
    hold(session, bank, 30, minutes=10)
    hold(session, other, 40, minutes=10)

    with clock.fixed_at(clock.now() + timedelta(minutes=10)):
        holds.expire_holds(session, {})

    assert ledger_accounts.balance(session, bank.members[0]).held == 0
    assert ledger_accounts.balance(session, other.members[0]).held == 0


def test_a_captured_hold_never_expires(session: Session, bank: SmallBank) -> None:
    held = hold(session, bank, 30, minutes=10)
    holds.capture(session, actor=bank.actor, hold_id=held.id, draft=redemption(bank, 30))

    with clock.fixed_at(clock.now() + timedelta(days=1)):
        assert holds.expire_due(session, actor=bank.actor) == 0

    assert ledger_accounts.balance(session, bank.members[0]) == Balance(70, 0, 70, 0)


def test_the_same_hold_twice_holds_once(session: Session, bank: SmallBank) -> None:
    hold_id = ids.new_id()
    facts = {"hold_id": hold_id, "account_id": bank.members[0], "memo": "预约"}

    first = holds.hold(session, actor=bank.actor, amount=60, **facts)  # type: ignore[arg-type]  # the facts are typed above
    again = holds.hold(session, actor=bank.actor, amount=60, **facts)  # type: ignore[arg-type]  # the facts are typed above

    assert again == first
    assert ledger_accounts.balance(session, bank.members[0]).held == 60
    with pytest.raises(SameHoldOtherContentError):
        holds.hold(session, actor=bank.actor, amount=61, **facts)  # type: ignore[arg-type]  # the facts are typed above


def test_a_capture_under_a_used_entry_id_is_refused(session: Session, bank: SmallBank) -> None:
    held = hold(session, bank, 40)
    used = earn(session, bank, 1)
    line = (bank.members[0], bank.redeemed, 40)
    draft = draft_of(bank.book_id, line, entry_id=used)

    with pytest.raises(SameEntryOtherContentError):
        holds.capture(session, actor=bank.actor, hold_id=held.id, draft=draft)

    assert ledger_accounts.balance(session, bank.members[0]).held == 40


def test_open_accounts_and_unknown_holds_are_refused(session: Session, bank: SmallBank) -> None:
    with pytest.raises(UnboundedHoldError):
        holds.hold(
            session,
            actor=bank.actor,
            hold_id=ids.new_id(),
            account_id=bank.issuance,
            amount=1,
            memo="",
        )
    with pytest.raises(HoldNotFoundError):
        holds.release(session, actor=bank.actor, hold_id=ids.new_id(), reason="没有")
