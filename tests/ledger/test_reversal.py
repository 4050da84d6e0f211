"""Reversal: once per entry, a mirror image, and what is spent becomes a named debt."""

import pytest
from sqlalchemy.orm import Session

from tests.make.community import make_community
from tests.make.ledger import SmallBank, draft_of, earn, make_account, make_bank, spend
from timebank.kernel import ids
from timebank.kernel.actor import program
from timebank.ledger import queries, service, verify
from timebank.ledger.errors import (
    AlreadyReversedError,
    BadDebtAccountError,
    EntryNotFoundError,
    InsufficientBalanceError,
    ReversalNotReversibleError,
    SameEntryOtherContentError,
)
from timebank.ledger.rules import AccountKind, Asset


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def posted(session: Session, account_id: int) -> int:
    return queries.balance(session, account_id).posted


def test_a_reversal_is_the_mirror_image(session: Session, bank: SmallBank) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()

    reversal = service.reverse(
        session, actor=bank.actor, entry_id=entry_id, reversal_id=reversal_id, reason="记错了人"
    )

    assert posted(session, bank.members[0]) == 0
    assert posted(session, bank.issuance) == 0
    assert (reversal.kind, reversal.reason) == ("hours.earned.reversed", "记错了人")
    assert queries.entry(session, entry_id).reversed_by_id == reversal_id
    assert queries.entry(session, reversal_id) == reversal
    assert list(verify.findings(session)) == []


def test_an_entry_is_reversed_once(session: Session, bank: SmallBank) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()
    earn(session, bank, 60)
    facts = {"actor": bank.actor, "entry_id": entry_id, "reason": "记错了人"}

    first = service.reverse(session, reversal_id=reversal_id, **facts)  # type: ignore[arg-type]  # the facts are typed above
    again = service.reverse(session, reversal_id=reversal_id, **facts)  # type: ignore[arg-type]  # the facts are typed above

    assert again == first
    assert posted(session, bank.members[0]) == 60
    with pytest.raises(AlreadyReversedError):
        service.reverse(session, reversal_id=ids.new_id(), **facts)  # type: ignore[arg-type]  # the facts are typed above
    with pytest.raises(SameEntryOtherContentError):
        service.reverse(session, reversal_id=reversal_id, **{**facts, "reason": "别的"})  # type: ignore[arg-type]  # the facts are typed above


def test_a_reversal_is_never_reversed(session: Session, bank: SmallBank) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()
    service.reverse(
        session, actor=bank.actor, entry_id=entry_id, reversal_id=reversal_id, reason="错"
    )

    with pytest.raises(ReversalNotReversibleError):
        service.reverse(
            session, actor=bank.actor, entry_id=reversal_id, reversal_id=ids.new_id(), reason="错"
        )


def test_spent_value_is_not_taken_below_the_floor(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    spend(session, bank, 50)

    with pytest.raises(InsufficientBalanceError) as refusal:
        service.reverse(
            session, actor=bank.actor, entry_id=entry_id, reversal_id=ids.new_id(), reason="错"
        )

    assert refusal.value.facts == {"have": 10, "need": 60}
    assert posted(session, bank.members[0]) == 10


def test_spent_value_becomes_a_named_debt(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    spend(session, bank, 50)

    reversal = service.reverse(
        session,
        actor=bank.actor,
        entry_id=entry_id,
        reversal_id=ids.new_id(),
        reason="记错了人",
        debt_account_id=bank.debt,
    )

    assert posted(session, bank.members[0]) == 0
    assert posted(session, bank.debt) == 50
    assert posted(session, bank.redeemed) == 50
    assert posted(session, bank.issuance) == 0
    assert (reversal.kind, reversal.debt_account_id) == ("hours.earned.reversed", bank.debt)
    assert list(verify.findings(session)) == []


def test_what_is_held_counts_as_spent(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    service.hold(
        session,
        actor=bank.actor,
        hold_id=ids.new_id(),
        account_id=bank.members[0],
        amount=60,
        memo="预约",
    )

    service.reverse(
        session,
        actor=bank.actor,
        entry_id=entry_id,
        reversal_id=ids.new_id(),
        reason="错",
        debt_account_id=bank.debt,
    )

    assert posted(session, bank.debt) == 60
    assert posted(session, bank.members[0]) == 60


def test_a_debt_stands_on_an_open_account_of_the_same_kind(
    session: Session, bank: SmallBank
) -> None:
    entry_id = earn(session, bank, 60)
    money = make_account(session, bank.book_id, "till", asset=Asset.YUAN, kind=AccountKind.OPEN)

    for wrong in (bank.members[1], money, 10**9):
        with pytest.raises(BadDebtAccountError):
            service.reverse(
                session,
                actor=bank.actor,
                entry_id=entry_id,
                reversal_id=ids.new_id(),
                reason="错",
                debt_account_id=wrong,
            )


def test_another_community_s_entry_is_not_there(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    stranger = program(community_id=make_community(session, code="QT").id, name="别处")

    with pytest.raises(EntryNotFoundError):
        service.reverse(
            session, actor=stranger, entry_id=entry_id, reversal_id=ids.new_id(), reason="错"
        )


def test_a_chain_of_lines_is_reversed_line_by_line(session: Session, bank: SmallBank) -> None:
    first, second, third = bank.members
    draft = draft_of(
        bank.book_id,
        (bank.issuance, first, 30),
        (bank.issuance, second, 20),
        (bank.issuance, third, 10),
    )
    service.post(session, actor=bank.actor, draft=draft)
    spend(session, bank, 15, member=1)

    service.reverse(
        session,
        actor=bank.actor,
        entry_id=draft.id,
        reversal_id=ids.new_id(),
        reason="活动取消",
        debt_account_id=bank.debt,
    )

    assert [posted(session, member) for member in bank.members] == [0, 0, 0]
    assert posted(session, bank.debt) == 15
    assert list(verify.findings(session)) == []
