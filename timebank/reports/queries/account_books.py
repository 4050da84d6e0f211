"""Reads of the books of money: trial balance, bank reconciliation, a voucher."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.bank.queries import closings
from timebank.bank.queries import proofs as bank_proofs
from timebank.bank.rules.closing import month_end
from timebank.cofund.queries import proofs as cofund_proofs
from timebank.cofund.queries import standing
from timebank.ledger.errors import EntryNotFoundError
from timebank.ledger.queries import entries, periods, turnovers
from timebank.ledger.rules.values import Asset
from timebank.reports.rules.reconciliation import Reconciliation, VoucherView
from timebank.reports.rules.trial_balance import TrialBalance, row_of, rows_of


def trial_balance(
    session: Session, *, community_id: int, book_id: int, month: date
) -> TrialBalance:
    """Return the trial balance of a book of money for a month.

    Raises:
        ClosingBookNotFoundError: the community has no such book.
    """
    book = closings.book(session, community_id=community_id, book_id=book_id)
    first, last = month.replace(day=1), month_end(month)
    moved = turnovers.turnovers(session, book_id, since=first, through=last)
    closed = periods.last_period(session, book_id)
    return TrialBalance(
        book_id=book_id,
        book_name=book.name,
        month=first,
        through_on=last,
        is_closed=closed is not None and closed.through_on >= last,
        rows=rows_of(moved),
        total=row_of("", "", None, moved),
    )


def reconciliation(session: Session, community_id: int) -> Reconciliation:
    """Return what books and bank say of each account, and what one has that the other has not."""
    return Reconciliation(
        accounts=bank_proofs.account_gaps(session, community_id),
        receipts=cofund_proofs.receipts_on_the_way(session, community_id)
        + standing.income_on_the_way(session, community_id),
        payments=cofund_proofs.payments_on_the_way(session, community_id)
        + standing.releases_on_the_way(session, community_id),
    )


def voucher(session: Session, *, community_id: int, entry_id: UUID) -> VoucherView:
    """Return an entry of money as a voucher.

    Raises:
        EntryNotFoundError: the community has no such entry of money.
    """
    found = entries.entry_within(session, community_id=community_id, entry_id=entry_id)
    if found.asset is not Asset.YUAN:
        raise EntryNotFoundError
    book = closings.book(session, community_id=community_id, book_id=found.book_id)
    return VoucherView(found, book.name, turnovers.voucher_number(session, entry_id))
