"""Reads of income and expense and of an account's ledger, line by line from the postings."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.bank.queries import closings
from timebank.kernel.paging import BadCursorError, Page, decode, page_of
from timebank.ledger.errors import AccountNotFoundError
from timebank.ledger.queries import accounts, turnovers
from timebank.ledger.queries.turnovers import Place
from timebank.ledger.rules.moves import signed
from timebank.ledger.rules.turnovers import SideLine, Turnover, VoucherNumber
from timebank.ledger.rules.values import AccountView, Asset, Side
from timebank.reports.rules import money_reports as rules
from timebank.reports.rules.money_reports import FlowLine, FlowSum, LedgerLine


def flows(
    session: Session,
    *,
    book_id: int,
    since: date,
    through: date,
    cursor: str | None = None,
    limit: int,
) -> Page[FlowLine]:
    """Return what came in and what was spent in a book within some days, day by day."""
    found = turnovers.lines(
        session,
        turnovers.of_subjects(book_id, (*rules.INCOME, *rules.EXPENSE)),
        since=since,
        through=through,
        after=_place(cursor),
        limit=limit + 1,
    )
    page = page_of(found, limit=limit, key=_key)
    return Page([_flow(one) for one in page.items], page.next_cursor)


def flow_sums(session: Session, *, book_id: int, since: date, through: date) -> list[FlowSum]:
    """Return the same by subject."""
    subjects = (*rules.INCOME, *rules.EXPENSE)
    return rules.flow_sums(
        turnovers.turnovers(session, book_id, since=since, through=through, subjects=subjects)
    )


def _flow(one: SideLine) -> FlowLine:
    """Return one side of a transfer as income or expense."""
    subject = rules.subject_of(one.code)
    came = one.credit - one.debit
    income_fen, expense_fen = (came, 0) if rules.is_income(subject) else (0, -came)
    return FlowLine(
        entry_id=one.entry_id,
        on=one.effective_on,
        voucher=voucher_text(one.voucher),
        memo=one.memo,
        subject=subject,
        account_name=one.name,
        income_fen=income_fen,
        expense_fen=expense_fen,
    )


def account(session: Session, *, community_id: int, account_id: int) -> AccountView:
    """Return an account of money.

    Raises:
        AccountNotFoundError: the community has no such account of money.
    """
    found = accounts.account(session, community_id=community_id, account_id=account_id)
    if found.asset is not Asset.YUAN:
        raise AccountNotFoundError
    closings.book(session, community_id=community_id, book_id=found.book_id)
    return found


def account_sums(session: Session, owner: AccountView, *, since: date, through: date) -> Turnover:
    """Return what stood on an account before some days, and its debits and credits within them."""
    found = turnovers.turnovers(
        session, owner.book_id, since=since, through=through, account_ids=[owner.id]
    )
    return next(iter(found), Turnover(owner.id, owner.code, owner.name, owner.normal, 0, 0, 0))


def ledger_lines(
    session: Session,
    owner: AccountView,
    *,
    opening: int,
    since: date,
    through: date,
    cursor: str | None = None,
    limit: int,
) -> Page[LedgerLine]:
    """Return an account's lines within some days, each with the balance after it.

    ``opening`` is debits less credits of what came before these days.
    """
    of, after = turnovers.of_account(owner.id), _place(cursor)
    found = turnovers.lines(session, of, since=since, through=through, after=after, limit=limit + 1)
    page = page_of(found, limit=limit, key=_key)
    stands = opening
    if after is not None:
        stands += turnovers.moved_until(session, of, since=since, until=after)
    lines: list[LedgerLine] = []
    for one in page.items:
        stands += one.debit - one.credit
        lines.append(
            LedgerLine(
                entry_id=one.entry_id,
                on=one.effective_on,
                voucher=voucher_text(one.voucher),
                memo=one.memo,
                counter_name=one.counter_name,
                debit_fen=one.debit,
                credit_fen=one.credit,
                balance_fen=on_own_side(owner, stands),
            )
        )
    return Page(lines, page.next_cursor)


def on_own_side(owner: AccountView, debits: int) -> int:
    """Return debits less credits as a balance on an account's own side."""
    return signed(debits, side=Side.DEBIT, normal=owner.normal)


def voucher_text(number: VoucherNumber | None) -> str:
    """Return the number of a voucher as it is written; empty while its month is open."""
    return "" if number is None else f"{number.month:%Y-%m}-{number.number}"


def _key(one: SideLine) -> list[str | int | None]:
    """Return the key by which a list of lines goes on."""
    return [one.effective_on.isoformat(), one.transfer_id, int(one.debit > 0)]


def _place(cursor: str | None) -> Place | None:
    """Return the line after which a list goes on.

    Raises:
        BadCursorError: the cursor is of another list.
    """
    if cursor is None:
        return None
    day, transfer_id, is_debit = decode(cursor, width=3)
    if not (isinstance(day, str) and isinstance(transfer_id, int) and isinstance(is_debit, int)):
        raise BadCursorError
    try:
        return date.fromisoformat(day), transfer_id, is_debit
    except ValueError as error:
        raise BadCursorError from error
