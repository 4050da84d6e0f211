"""The proof of matching: what households paid follows from receipts, and receipts from claims."""

from collections.abc import Iterator
from typing import Any  # a select's columns

from sqlalchemy import Row, Select, func, literal, select
from sqlalchemy.orm import Session

from timebank.bank.models.claims import BankAllocation
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Contribution, SpendingRequest
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.models.retention import RetentionMove
from timebank.cofund.models.sources import Income
from timebank.cofund.rules.retention import MoveKind, MoveState
from timebank.kernel.finding import Finding

RULE_PAID = "what a household paid is the sum of its receipts that stand"
RULE_STANDS = "a match stands just as long as the allocation of its entry, by the same amount"
RULE_RECEIPT = "a claimed receipt stands, by the amount claimed"
RULE_BILL = "a claimed bill is paid, by the amount claimed"
RULE_RELEASED = "a claimed release of withheld money was made, by the amount claimed"
RULE_INCOME = "a claimed income is the owners' part of it"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of matching that disagrees with the receipts, bills or claims beside it."""
    for table, rule, wanted in (
        ("cofund_receivable", RULE_PAID, _paid()),
        ("cofund_claimed", RULE_STANDS, _stands()),
        ("cofund_claimed", RULE_RECEIPT, _receipts()),
        ("cofund_claimed", RULE_BILL, _bills()),
        ("cofund_claimed", RULE_RELEASED, _releases()),
        ("cofund_claimed", RULE_INCOME, _incomes()),
    ):
        for row in session.execute(wanted):
            found = _finding(table, rule, row)
            if community_id in (None, found.community_id):
                yield found


def _finding(table: str, rule: str, row: Row[Any]) -> Finding:
    """Return what a row of a proof says: its id, what it is, what it should be, whose it is."""
    row_id, is_value, should_be, community_id = row
    return Finding(table, f"id {row_id}", str(is_value), str(should_be), rule, community_id)


def _paid() -> Select[Any]:
    """Select what households have paid otherwise than their receipts say."""
    receipts = (
        select(Contribution.receivable_id, func.sum(Contribution.amount_fen).label("fen"))
        .where(Contribution.undone_entry_id.is_(None), Contribution.receivable_id.is_not(None))
        .group_by(Contribution.receivable_id)
        .subquery()
    )
    fen = func.coalesce(receipts.c.fen, 0)
    return (
        select(Receivable.id, Receivable.paid_fen, fen, Receivable.community_id)
        .outerjoin(receipts, receipts.c.receivable_id == Receivable.id)
        .where(Receivable.paid_fen != fen)
        .order_by(Receivable.id)
    )


def _stands() -> Select[Any]:
    """Select the matches that stand without their allocation, or the other way round."""
    of = BankAllocation
    differs = (ClaimedPart.undone_at.is_(None) != of.undone_at.is_(None)) | (
        ClaimedPart.amount_fen != of.amount_fen
    )
    return (
        select(ClaimedPart.id, ClaimedPart.amount_fen, of.amount_fen, ClaimedPart.community_id)
        .join(of, of.entry_id == ClaimedPart.entry_id)
        .where(differs)
        .order_by(ClaimedPart.id)
    )


def _receipts() -> Select[Any]:
    """Select the claimed receipts that were undone, or are of another amount."""
    receipt = Contribution
    wrong = receipt.undone_entry_id.is_not(None) | (receipt.amount_fen != ClaimedPart.amount_fen)
    return (
        select(ClaimedPart.id, receipt.amount_fen, ClaimedPart.amount_fen, ClaimedPart.community_id)
        .join(receipt, receipt.id == ClaimedPart.contribution_id)
        .where(ClaimedPart.undone_at.is_(None), wrong)
        .order_by(ClaimedPart.id)
    )


def _bills() -> Select[Any]:
    """Select the claimed bills that are not paid."""
    bill = SpendingRequest
    return (
        select(ClaimedPart.id, bill.state, literal("paid"), ClaimedPart.community_id)
        .join(bill, bill.id == ClaimedPart.spending_request_id)
        .where(ClaimedPart.undone_at.is_(None), bill.state != "paid")
        .order_by(ClaimedPart.id)
    )


def _releases() -> Select[Any]:
    """Select the claimed releases that were not made, or are of another amount."""
    move = RetentionMove
    wrong = (
        (move.state != MoveState.DONE)
        | (move.kind != MoveKind.RELEASE)
        | (move.amount_fen != ClaimedPart.amount_fen)
    )
    return (
        select(ClaimedPart.id, move.amount_fen, ClaimedPart.amount_fen, ClaimedPart.community_id)
        .join(move, move.id == ClaimedPart.retention_move_id)
        .where(ClaimedPart.undone_at.is_(None), wrong)
        .order_by(ClaimedPart.id)
    )


def _incomes() -> Select[Any]:
    """Select the claimed incomes of which the owners had another part."""
    return (
        select(ClaimedPart.id, Income.owners_fen, ClaimedPart.amount_fen, ClaimedPart.community_id)
        .join(Income, Income.id == ClaimedPart.income_id)
        .where(ClaimedPart.undone_at.is_(None), Income.owners_fen != ClaimedPart.amount_fen)
        .order_by(ClaimedPart.id)
    )
