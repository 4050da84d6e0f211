"""A member's minutes: balance, what is set aside, and the passbook that explains both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import holds as ledger_holds
from timebank.ledger.queries import statements as ledger_statements
from timebank.ledger.rules.values import Balance, HoldView, StatementLine
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.records import select_records, views_of
from timebank.volunteering.rules.records import RecordView

BOOK = "timebank"
ISSUANCE = "issuance"
_NOBODY = Balance(posted=0, held=0, available=0, floor=0)


@dataclass(frozen=True, slots=True)
class PassbookLine:
    """A line of the statement with the service behind it, when there is one."""

    line: StatementLine
    record: RecordView | None


def issuance_code(grid_id: int | None) -> str:
    """Return the code of the account from which minutes come that were earned in a grid."""
    return ISSUANCE if grid_id is None else f"{ISSUANCE}:{grid_id}"


def member_code(person_id: int) -> str:
    """Return the code of the account of a member's minutes."""
    return f"member:{person_id}"


def donation_code(person_id: int) -> str:
    """Return the code of the account of minutes that a member may only give away."""
    return f"donation:{person_id}"


def unexplained(items: Sequence[PassbookLine]) -> list[UUID]:
    """Return the entries of the lines that no service stands behind."""
    return [item.line.entry_id for item in items if item.record is None]


def member_account_id(session: Session, *, community_id: int, person_id: int | None) -> int | None:
    """Return the account of a member's minutes; None before the first posting."""
    if person_id is None:
        return None
    return ledger_accounts.account_id_within(
        session, community_id=community_id, book=BOOK, code=member_code(person_id)
    )


def balance(session: Session, *, community_id: int, person_id: int | None) -> Balance:
    """Return a member's minutes: posted, held, available."""
    return _balance(session, community_id, person_id, member_code)


def _balance(
    session: Session, community_id: int, person_id: int | None, code_of: Callable[[int], str]
) -> Balance:
    """Return the balance of one of a person's accounts; nothing before the first posting."""
    if person_id is None:
        return _NOBODY
    found = ledger_accounts.state_by_code(
        session, community_id=community_id, book=BOOK, code=code_of(person_id)
    )
    return _NOBODY if found is None else found.balance


def donation_balance(session: Session, *, community_id: int, person_id: int | None) -> Balance:
    """Return the minutes that a member may only give away."""
    return _balance(session, community_id, person_id, donation_code)


@dataclass(frozen=True, slots=True)
class Opened:
    """A passbook as a member opens it: what there is, what is set aside, and a page of lines."""

    balance: Balance
    holds: Sequence[HoldView]
    page: Page[PassbookLine]


def opened(
    session: Session,
    *,
    community_id: int,
    person_id: int | None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Opened:
    """Return a member's balance, what is set aside and a page of the statement, newest first."""
    state = person_id and ledger_accounts.state_by_code(
        session, community_id=community_id, book=BOOK, code=member_code(person_id)
    )
    if not state:
        return Opened(_NOBODY, [], Page([]))
    lines = ledger_statements.statement_of(session, state, cursor=cursor, limit=limit)
    held = ledger_holds.open_holds(session, state.account.id) if state.balance.held else []
    return Opened(state.balance, held, _explained(session, lines))


def passbook(
    session: Session,
    *,
    community_id: int,
    person_id: int | None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[PassbookLine]:
    """Return a member's statement, newest first, each line with the service behind it."""
    account_id = member_account_id(session, community_id=community_id, person_id=person_id)
    if account_id is None:
        return Page([])
    page = ledger_statements.statement(session, account_id, cursor=cursor, limit=limit)
    return _explained(session, page)


def _explained(session: Session, page: Page[StatementLine]) -> Page[PassbookLine]:
    """Return lines with the service behind each."""
    entry_ids = [line.entry_id for line in page.items]
    posted = or_(ServiceRecord.entry_id.in_(entry_ids), ServiceRecord.reversal_id.in_(entry_ids))
    found = views_of(session, select_records().where(posted)) if entry_ids else []
    behind = {entry_id: view for view in found for entry_id in (view.entry_id, view.reversal_id)}
    return Page(
        [PassbookLine(line, behind.get(line.entry_id)) for line in page.items], page.next_cursor
    )
