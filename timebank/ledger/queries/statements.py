"""Statements: an account's lines, newest first, each with the balance after it."""

from typing import Any  # the columns of a row

from sqlalchemy import Row
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.errors import AccountNotFoundError
from timebank.ledger.models import selects
from timebank.ledger.queries import accounts
from timebank.ledger.rules.values import AccountState, StatementLine


def statement(
    session: Session,
    account_id: int,
    *,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[StatementLine]:
    """Return a page of an account's lines, newest first, each with the balance after it.

    Raises:
        AccountNotFoundError: there is no such account.
    """
    state = accounts.states(session, [account_id]).get(account_id)
    if state is None:
        raise AccountNotFoundError
    return statement_of(session, state, cursor=cursor, limit=limit)


def statement_of(
    session: Session,
    state: AccountState,
    *,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[StatementLine]:
    """Return the same of an account whose state was read on the same snapshot."""
    owner = state.account
    asked = {"account_id": owner.id, "limit": limit + 1}
    if cursor is not None:
        asked["before"] = paging.decode_id(cursor)
    chosen = selects.lines(owner.normal, is_first_page=cursor is None)
    page = paging.page_of(
        session.execute(chosen, asked).all(), limit=limit, key=lambda row: [row.id]
    )
    if not page.items:
        return Page([])
    after = state.balance.posted
    if cursor is not None:
        newest = {"account_id": owner.id, "line_id": page.items[0].id}
        after -= session.scalars(selects.newer_sum(owner.normal), newest).one()
    lines: list[StatementLine] = []
    for row in page.items:
        lines.append(_line(row, after))
        after -= row.amount
    return Page(lines, page.next_cursor)


def _line(row: Row[Any], after: int) -> StatementLine:
    """Return a line from its row and the balance after it."""
    return StatementLine(
        entry_id=row.entry_id,
        number=row.number,
        line=row.line,
        kind=row.kind,
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        amount=row.amount,
        balance_after=after,
        memo=row.memo,
        counter_code=row.counter_code,
    )
