"""The books of money, for programs."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.reports.api.frame import api
from timebank.reports.queries import account_books
from timebank.reports.rules.reconciliation import Reconciliation
from timebank.reports.rules.trial_balance import TrialBalance
from timebank.reports.schemas.account_books import (
    BookMonthIn,
    ReconciliationOut,
    TrialBalanceOut,
)
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads


@api.get("/books/<int:book_id>/trial-balance")
@needs("bank.read")
@reads
@takes(BookMonthIn, where="query")
@gives(TrialBalanceOut)
def trial_balance(session: Session, book_id: int, *, month: date | None) -> TrialBalance:
    """The trial balance of a book for a month; this month's unless another is named."""
    return account_books.trial_balance(
        session,
        community_id=current_actor().community_id,
        book_id=book_id,
        month=month or clock.today(),
    )


@api.get("/bank-reconciliation")
@needs("bank.read")
@reads
@gives(ReconciliationOut)
def reconciliation(session: Session) -> Reconciliation:
    """What books and bank say of each account, and what was recorded ahead of the bank."""
    return account_books.reconciliation(session, current_actor().community_id)
