"""The reports of money, for programs: sums as one answer, lines as pages that add up to them."""

from collections.abc import Mapping
from datetime import date
from typing import Any  # sums that become an answer

from sqlalchemy.orm import Session

from timebank.bank.queries import closings
from timebank.cofund.queries import three_way as three_way_reads
from timebank.cofund.rules.proofs import SheetRow
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.reports.api.frame import api
from timebank.reports.queries import money_reports as queries
from timebank.reports.rules.asked_days import span
from timebank.reports.rules.money_reports import FlowLine, LedgerLine
from timebank.reports.schemas import money_reports as schemas
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads


def _days(since: date | None, through: date | None) -> dict[str, date]:
    """Return the days that are asked about."""
    first, last = span(since, through, today=clock.today())
    return {"since": first, "through": last}


@api.get("/books/<int:book_id>/income-expense")
@needs("bank.read")
@reads
@takes(schemas.SpanIn, where="query")
@gives(schemas.IncomeExpenseOut)
def income_expense(
    session: Session, book_id: int, *, since: date | None = None, through: date | None = None
) -> Mapping[str, Any]:
    """What came in and what was spent in a book within some days, by subject."""
    days = _days(since, through)
    book = closings.book(session, community_id=current_actor().community_id, book_id=book_id)
    sums = queries.flow_sums(session, book_id=book.id, **days)
    return {
        "book_id": book.id,
        **days,
        "income_fen": sum(one.income_fen for one in sums),
        "expense_fen": sum(one.expense_fen for one in sums),
        "subjects": sums,
    }


@api.get("/books/<int:book_id>/income-expense/lines")
@needs("bank.read")
@reads
@takes(schemas.SpanPageIn, where="query")
@gives_page(schemas.FlowLineOut)
def income_expense_lines(
    session: Session,
    book_id: int,
    *,
    limit: int,
    cursor: str | None = None,
    since: date | None = None,
    through: date | None = None,
) -> Page[FlowLine]:
    """Return the same line by line, oldest first."""
    book = closings.book(session, community_id=current_actor().community_id, book_id=book_id)
    return queries.flows(
        session, book_id=book.id, **_days(since, through), cursor=cursor, limit=limit
    )


@api.get("/money-accounts/<int:account_id>/turnover")
@needs("bank.read")
@reads
@takes(schemas.SpanIn, where="query")
@gives(schemas.AccountTurnoverOut)
def account_turnover(
    session: Session, account_id: int, *, since: date | None = None, through: date | None = None
) -> Mapping[str, Any]:
    """What stood on an account of money before some days, moved within them, and stood after."""
    days = _days(since, through)
    community_id = current_actor().community_id
    owner = queries.account(session, community_id=community_id, account_id=account_id)
    moved = queries.account_sums(session, owner, **days)
    return {
        "account_id": owner.id,
        "name": owner.name,
        "normal": owner.normal.value,
        **days,
        "opening_fen": queries.on_own_side(owner, moved.before),
        "debits_fen": moved.debits,
        "credits_fen": moved.credits,
        "closing_fen": queries.on_own_side(owner, moved.after),
    }


@api.get("/money-accounts/<int:account_id>/lines")
@needs("bank.read")
@reads
@takes(schemas.SpanPageIn, where="query")
@gives_page(schemas.LedgerLineOut)
def account_lines(
    session: Session,
    account_id: int,
    *,
    limit: int,
    cursor: str | None = None,
    since: date | None = None,
    through: date | None = None,
) -> Page[LedgerLine]:
    """Return an account's lines, oldest first, each with the balance after it."""
    days = _days(since, through)
    community_id = current_actor().community_id
    owner = queries.account(session, community_id=community_id, account_id=account_id)
    opening = queries.account_sums(session, owner, **days).before
    return queries.ledger_lines(session, owner, opening=opening, **days, cursor=cursor, limit=limit)


@api.get("/three-way")
@needs("bank.read")
@reads
@takes(PageIn, where="query")
@gives_page(schemas.ThreeWayRowOut)
def three_way(session: Session, *, limit: int, cursor: str | None = None) -> Page[SheetRow]:
    """Every party of the projects that were agreed on; ``limit`` counts projects, at most 60."""
    return three_way_reads.sheet(
        session,
        community_id=current_actor().community_id,
        cursor=cursor,
        limit=limit,
    )
