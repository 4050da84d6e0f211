"""Reversal: once per entry, a mirror image, and what is spent becomes a named debt."""

from functools import partial

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.make.community import make_community
from tests.make.ledger import SmallBank, draft_of, earn, make_account, make_bank, spend
from timebank.kernel import clock, ids
from timebank.kernel.actor import program
from timebank.ledger.errors import (
    AlreadyReversedError,
    BadDebtAccountError,
    EntryNotFoundError,
    InsufficientBalanceError,
    LedgerRefusedError,
    ReversalNotReversibleError,
    SameEntryOtherContentError,
)
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.rules.values import AccountKind, Asset, Links, Side
from timebank.ledger.service import holds, posting
from timebank.ledger.verify import proof as verify


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def posted(session: Session, account_id: int) -> int:
    return ledger_accounts.balance(session, account_id).posted


def test_a_reversal_is_the_mirror_image(session: Session, bank: SmallBank) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()

    reversal = posting.reverse(
        session, actor=bank.actor, entry_id=entry_id, reversal_id=reversal_id, reason="记错了人"
    )

    assert posted(session, bank.members[0]) == 0
    assert posted(session, bank.issuance) == 0
    found = ledger_entries.entry(session, reversal.id)
    assert (found.kind, found.reason) == ("hours.earned.reversed", "记错了人")
    assert ledger_entries.entry(session, entry_id).reversed_by_id == reversal_id
    assert (found.id, found.number) == (reversal_id, reversal.number)
    assert list(verify.findings(session)) == []


def test_an_entry_is_reversed_once(session: Session, bank: SmallBank) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()
    earn(session, bank, 60)
    facts = {"actor": bank.actor, "entry_id": entry_id, "reason": "记错了人"}

    first = posting.reverse(session, reversal_id=reversal_id, **facts)  # type: ignore[arg-type]  # the facts are typed above
    again = posting.reverse(session, reversal_id=reversal_id, **facts)  # type: ignore[arg-type]  # the facts are typed above

    assert again == first
    assert posted(session, bank.members[0]) == 60
    with pytest.raises(AlreadyReversedError):
        posting.reverse(session, reversal_id=ids.new_id(), **facts)  # type: ignore[arg-type]  # the facts are typed above
    with pytest.raises(SameEntryOtherContentError):
        posting.reverse(session, reversal_id=reversal_id, **{**facts, "reason": "别的"})  # type: ignore[arg-type]  # the facts are typed above


def test_a_reversal_whose_words_were_erased_can_be_asked_again(
    session: Session, bank: SmallBank
) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()
    facts = {"entry_id": entry_id, "reversal_id": reversal_id, "reason": "记错了人"}
    first = posting.reverse(session, actor=bank.actor, **facts)  # type: ignore[arg-type]  # the facts are typed above
    row = rows.erasure(bank.actor, reversal_id, erased_at=clock.now(), ground="本人要求")
    session.execute(insert(ERASURES).values(row))

    assert posting.reverse(session, actor=bank.actor, **facts) == first  # type: ignore[arg-type]  # as above
    with pytest.raises(SameEntryOtherContentError):
        posting.reverse(session, actor=bank.actor, **facts, debt_account_id=bank.debt)  # type: ignore[arg-type]  # as above


def test_a_reversal_is_never_reversed(session: Session, bank: SmallBank) -> None:
    entry_id, reversal_id = earn(session, bank, 60), ids.new_id()
    posting.reverse(
        session, actor=bank.actor, entry_id=entry_id, reversal_id=reversal_id, reason="错"
    )

    with pytest.raises(ReversalNotReversibleError):
        posting.reverse(
            session, actor=bank.actor, entry_id=reversal_id, reversal_id=ids.new_id(), reason="错"
        )


def test_spent_value_is_not_taken_below_the_floor(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    spend(session, bank, 50)

    with pytest.raises(InsufficientBalanceError) as refusal:
        posting.reverse(
            session, actor=bank.actor, entry_id=entry_id, reversal_id=ids.new_id(), reason="错"
        )

    assert refusal.value.facts == {"have": 10, "need": 60}
    assert posted(session, bank.members[0]) == 10


def test_spent_value_becomes_a_named_debt(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    spend(session, bank, 50)

    reversal = posting.reverse(
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
    found = ledger_entries.entry(session, reversal.id)
    assert (found.kind, found.debt_account_id) == ("hours.earned.reversed", bank.debt)
    assert list(verify.findings(session)) == []


def test_what_is_held_counts_as_spent(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    holds.hold(
        session,
        actor=bank.actor,
        hold_id=ids.new_id(),
        account_id=bank.members[0],
        amount=60,
        memo="预约",
    )

    posting.reverse(
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
            posting.reverse(
                session,
                actor=bank.actor,
                entry_id=entry_id,
                reversal_id=ids.new_id(),
                reason="错",
                debt_account_id=wrong,
            )


def test_what_an_entry_moves_cannot_hold_its_debt(session: Session, bank: SmallBank) -> None:
    member = bank.members[0]
    draft = draft_of(bank.book_id, (bank.debt, member, 10))
    posting.post(session, actor=bank.actor, draft=draft)
    spend(session, bank, 4)

    with pytest.raises(BadDebtAccountError):
        posting.reverse(
            session,
            actor=bank.actor,
            entry_id=draft.id,
            reversal_id=ids.new_id(),
            reason="错",
            debt_account_id=bank.debt,
        )
    # Nor does the database take half a reversal whose rest would hide in the named debt.
    half = draft_of(bank.book_id, (member, bank.debt, 6))
    links = Links(reverses_id=draft.id, debt_account_id=bank.debt)
    with pytest.raises(LedgerRefusedError):
        posting.post_linked(session, actor=bank.actor, draft=half, links=links)
    assert posted(session, member) == 6


@pytest.mark.parametrize(("spent", "held"), [(3, 8), (8, 3), (10, 10)])
def test_a_debt_owes_nothing_to_itself(
    session: Session, bank: SmallBank, spent: int, held: int
) -> None:
    """Where both sides of a transfer lack a part, that part stays as it is."""
    till = make_account(session, bank.book_id, "till", normal=Side.DEBIT)
    member = make_account(session, bank.book_id, "member:9")
    draft = draft_of(bank.book_id, (till, member, 10))
    posting.post(session, actor=bank.actor, draft=draft)
    line = (bank.issuance, till, spent)
    posting.post(session, actor=bank.actor, draft=draft_of(bank.book_id, line))
    holds.hold(
        session, actor=bank.actor, hold_id=ids.new_id(), account_id=member, amount=held, memo=""
    )
    facts = {"entry_id": draft.id, "reversal_id": ids.new_id(), "reason": "错"}
    reverse = partial(posting.reverse, session, actor=bank.actor, debt_account_id=bank.debt)

    if spent == held:
        with pytest.raises(InsufficientBalanceError):
            reverse(**facts)  # type: ignore[arg-type]  # the facts are typed above
    else:
        found = ledger_entries.entry(session, reverse(**facts).id)  # type: ignore[arg-type]  # as above
        owed = [line for line in found.transfers if bank.debt in (line.debit_id, line.credit_id)]
        assert [line.amount for line in owed] == [5]

    assert posted(session, till) == 0
    assert posted(session, member) == held
    assert posted(session, bank.debt) == held - spent
    assert list(verify.findings(session)) == []


def test_another_community_s_entry_is_not_there(session: Session, bank: SmallBank) -> None:
    entry_id = earn(session, bank, 60)
    stranger = program(community_id=make_community(session, code="QT").id, name="别处")

    with pytest.raises(EntryNotFoundError):
        posting.reverse(
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
    posting.post(session, actor=bank.actor, draft=draft)
    spend(session, bank, 15, member=1)

    posting.reverse(
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
