"""Statements: an account's lines, newest first, each with the balance after it."""

from sqlalchemy import BigInteger, cast, func, select, union_all
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.errors import AccountNotFoundError
from timebank.ledger.models import selects
from timebank.ledger.models.tables import TransferLine
from timebank.ledger.queries.accounts import accounts_by_id, balance
from timebank.ledger.rules.values import AccountView, Side, StatementLine


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
    owner = accounts_by_id(session, [account_id]).get(account_id)
    if owner is None:
        raise AccountNotFoundError
    before = None if cursor is None else paging.decode_id(cursor)
    page = paging.page_of(
        session.execute(selects.lines(owner, before, limit + 1)).mappings().all(),
        limit=limit,
        key=lambda row: [row["id"]],
    )
    if not page.items:
        return Page([])
    after = balance(session, account_id).posted - _newer_sum(session, owner, page.items[0]["id"])
    lines: list[StatementLine] = []
    for row in page.items:
        shown = {key: value for key, value in row.items() if key not in {"id", "counter_id"}}
        lines.append(StatementLine(**shown, balance_after=after))
        after -= row["amount"]
    return Page(lines, page.next_cursor)


def _newer_sum(session: Session, owner: AccountView, line_id: int) -> int:
    """Return what came onto an account after a line."""
    sides = [selects.moves(owner, side=side).where(TransferLine.id > line_id) for side in Side]
    newer = union_all(*sides).subquery()
    total = session.scalar(select(cast(func.coalesce(func.sum(newer.c.amount), 0), BigInteger)))
    return int(total or 0)
