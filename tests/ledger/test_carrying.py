"""Minutes carried to another account stay as old as they were; a frozen account takes no part."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.ledger import SmallBank, draft_of, earn, make_account, make_bank, spend
from timebank.kernel import ids
from timebank.ledger.errors import (
    AccountFrozenError,
    FreezeAstrayError,
    InsufficientBalanceError,
    LedgerRefusedError,
    LotsRenewedError,
)
from timebank.ledger.models.tables import Entry
from timebank.ledger.queries import lots
from timebank.ledger.rules.values import EntryDraft, Restriction, Transfer
from timebank.ledger.service import carrying, freezing, holds, posting
from timebank.ledger.verify import proof as verify
from timebank.ledger.verify.rebuild import rebuild_accounts

DAY = date(2026, 3, 1)
LATER = DAY + timedelta(days=9)


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def earn_on(session: Session, bank: SmallBank, day: date, amount: int, member: int = 0) -> UUID:
    moved = (bank.issuance, bank.members[member], amount)
    draft = draft_of(bank.book_id, moved, effective_on=day)
    return posting.post(session, actor=bank.actor, draft=draft).id


def left(session: Session, account_id: int) -> list[tuple[date, int]]:
    return [(lot.earned_on, lot.remaining) for lot in lots.open_lots(session, account_id)]


def carry(session: Session, bank: SmallBank, key: UUID | None = None) -> list[UUID]:
    return carrying.carry(
        session,
        actor=bank.actor,
        key=key or ids.new_id(),
        from_id=bank.members[0],
        to_id=bank.members[1],
        kind="hours.merged",
        memo="合并账户",
        document="merge:1",
    )


def test_carried_minutes_keep_their_days_and_the_oldest_still_goes_first(
    session: Session, bank: SmallBank
) -> None:
    earn_on(session, bank, DAY, 20)
    earn_on(session, bank, LATER, 30)
    earn_on(session, bank, DAY + timedelta(days=4), 7, member=1)
    spend(session, bank, 5)

    assert len(carry(session, bank)) == 2

    assert left(session, bank.members[0]) == []
    assert left(session, bank.members[1]) == [
        (DAY, 15),
        (DAY + timedelta(days=4), 7),
        (LATER, 30),
    ]
    spend(session, bank, 17, member=1)
    assert left(session, bank.members[1]) == [(DAY + timedelta(days=4), 5), (LATER, 30)]
    assert list(verify.findings(session)) == []
    assert list(verify.findings(session, bank.community_id)) == []


def test_carrying_again_by_the_same_key_moves_nothing_more(
    session: Session, bank: SmallBank
) -> None:
    earn_on(session, bank, DAY, 20)
    key = ids.new_id()
    carry(session, bank, key)

    carry(session, bank, key)

    assert left(session, bank.members[1]) == [(DAY, 20)]


def test_a_reversed_carry_gives_back_to_the_very_lots(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY, 20)
    (entry_id,) = carry(session, bank)

    posting.reverse(
        session, actor=bank.actor, entry_id=entry_id, reversal_id=ids.new_id(), reason="不是一人"
    )

    assert left(session, bank.members[0]) == [(DAY, 20)]
    assert left(session, bank.members[1]) == []
    assert list(verify.findings(session)) == []


def test_what_is_set_aside_cannot_be_carried(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY, 20)
    source = bank.members[0]
    holds.hold(
        session, actor=bank.actor, hold_id=ids.new_id(), account_id=source, amount=5, memo="理发"
    )

    with pytest.raises(InsufficientBalanceError):
        carry(session, bank)

    assert left(session, source) == [(DAY, 20)]


def _carried(bank: SmallBank, to_id: int, amount: int, day: date) -> EntryDraft:
    return EntryDraft(
        **{
            **{
                name: getattr(draft_of(bank.book_id, (1, 2, 1)), name)
                for name in ("id", "book_id", "asset", "effective_on", "memo")
            },
            "kind": "hours.merged",
            "transfers": [Transfer(bank.members[0], to_id, amount)],
            "lots_on": day,
        }
    )


@pytest.mark.parametrize(("amount", "day"), [(20, LATER), (25, DAY), (20, DAY - timedelta(days=1))])
def test_no_entry_makes_minutes_younger_or_older_than_they_are(
    session: Session, bank: SmallBank, amount: int, day: date
) -> None:
    earn_on(session, bank, DAY, 20)
    earn_on(session, bank, LATER, 30)

    with pytest.raises(LotsRenewedError):
        posting.post(session, actor=bank.actor, draft=_carried(bank, bank.members[1], amount, day))

    assert left(session, bank.members[0]) == [(DAY, 20), (LATER, 30)]


def test_carried_minutes_keep_their_restriction(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY, 20)
    donation = make_account(session, bank.book_id, "donation:1", restriction=Restriction.DONATION)

    for to_id in (donation, bank.redeemed):
        with pytest.raises(LotsRenewedError):
            posting.post(session, actor=bank.actor, draft=_carried(bank, to_id, 20, DAY))


def test_lots_of_a_day_to_come_cannot_be_carried(session: Session, bank: SmallBank) -> None:
    earn(session, bank, 20)
    day = date(2999, 1, 1)

    with pytest.raises(LedgerRefusedError):
        posting.post(session, actor=bank.actor, draft=_carried(bank, bank.members[1], 20, day))


def test_the_day_of_carried_lots_is_sealed(session: Session, bank: SmallBank) -> None:
    earn_on(session, bank, DAY, 20)
    (entry_id,) = carry(session, bank)
    seal, leaf = session.execute(
        select(Entry.seal, Entry.lots_on).where(Entry.id == entry_id)
    ).one()
    assert (len(seal), leaf) == (32, DAY)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            text("UPDATE ledger_entry SET lots_on = '2026-03-02' WHERE lots_on > '2000-01-01'")
        )


def test_rebuilt_lots_are_as_old_as_those_that_were_carried(
    session: Session, bank: SmallBank
) -> None:
    earn_on(session, bank, DAY, 20)
    carry(session, bank)
    assert rebuild_accounts(session, list(bank.members[:2])) == 2

    assert left(session, bank.members[1]) == [(DAY, 20)]
    assert list(verify.findings(session)) == []


def test_a_frozen_account_neither_earns_nor_spends_nor_sets_aside(
    session: Session, bank: SmallBank
) -> None:
    earn_on(session, bank, DAY, 20)
    member = bank.members[0]
    freezing.freeze(session, actor=bank.actor, account_ids=[member], document="leaving:1")

    with pytest.raises(AccountFrozenError):
        earn(session, bank, 5)
    with pytest.raises(AccountFrozenError):
        spend(session, bank, 5)
    with pytest.raises(AccountFrozenError):
        carry(session, bank)
    with pytest.raises(AccountFrozenError):
        holds.hold(
            session, actor=bank.actor, hold_id=ids.new_id(), account_id=member, amount=5, memo="理"
        )

    assert left(session, member) == [(DAY, 20)]
    assert list(verify.findings(session)) == []


def test_what_was_set_aside_is_released_while_frozen_and_thawed_it_lives_again(
    session: Session, bank: SmallBank
) -> None:
    earn_on(session, bank, DAY, 20)
    member, hold_id = bank.members[0], ids.new_id()
    holds.hold(session, actor=bank.actor, hold_id=hold_id, account_id=member, amount=5, memo="理发")
    freezing.freeze(session, actor=bank.actor, account_ids=[member], document="leaving:1")
    holds.release(session, actor=bank.actor, hold_id=hold_id, reason="账户冻结")

    with pytest.raises(FreezeAstrayError):
        freezing.freeze(session, actor=bank.actor, account_ids=[member], document="leaving:1")
    freezing.thaw(session, actor=bank.actor, account_ids=[member], document="leaving:1")
    spend(session, bank, 20)

    assert left(session, member) == []
    assert list(verify.findings(session)) == []
