"""Reads of the bank: accounts with their balances, lines, imports, what is unclaimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.claims import BankUnclaimed
from timebank.bank.models.statements import BankAccount, BankImport, BankLayout, BankLine
from timebank.bank.rules.joining import Standing
from timebank.bank.rules.known import BookedLine
from timebank.bank.rules.values import ImportState, LineKind, StatementKind
from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.ledger.queries import accounts as ledger_accounts

LISTED_MAX = 100


@dataclass(frozen=True, slots=True)
class AccountView:
    """A bank account with what the books say of it, in fen."""

    id: int
    bank_name: str
    label: str
    number_tail: str
    balance_fen: int
    unclaimed_fen: int
    line_count: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class LineView:
    """One booked line; ``amount_fen`` is above zero when money came in."""

    id: int
    account_id: int
    account_label: str
    position: int
    kind: LineKind
    booked_on: date
    time_text: str
    amount_fen: int
    balance_fen: int | None
    running_fen: int
    party_name: str
    party_account: str
    text: str
    reference: str
    entry_id: str
    age_days: int


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import in the list of an account."""

    id: int
    state: ImportState
    kind: StatementKind
    file_name: str
    new_count: int
    known_count: int
    first_on: date | None
    last_on: date | None
    closing_fen: int | None
    staged_by_name: str
    staged_at: datetime


def accounts(session: Session, community_id: int) -> list[AccountView]:
    """Return a community's bank accounts."""
    rows = session.scalars(
        select(BankAccount)
        .where(BankAccount.community_id == community_id)
        .order_by(BankAccount.id)
        .limit(LISTED_MAX)
    ).all()
    return _account_views(session, rows)


def account(session: Session, *, community_id: int, account_id: int) -> AccountView:
    """Return one of a community's bank accounts.

    Raises:
        BankAccountNotFoundError: there is no such one.
    """
    row = account_row(session, community_id=community_id, account_id=account_id)
    return _account_views(session, [row])[0]


def account_row(
    session: Session, *, community_id: int, account_id: int, for_update: bool = False
) -> BankAccount:
    """Return an account's row, locked when its lines are about to grow.

    Raises:
        BankAccountNotFoundError: there is no such one.
    """
    wanted = select(BankAccount).where(
        BankAccount.id == account_id, BankAccount.community_id == community_id
    )
    row = session.scalar(wanted.with_for_update() if for_update else wanted)
    if row is None:
        raise errors.BankAccountNotFoundError
    return row


def _account_views(session: Session, rows: Sequence[BankAccount]) -> list[AccountView]:
    """Return accounts with their balances."""
    ids = [row.id for row in rows]
    counted = {
        account_id: (count, last_on)
        for account_id, count, last_on in session.execute(
            select(BankLine.account_id, func.count(), func.max(BankLine.booked_on))
            .where(BankLine.account_id.in_(ids))
            .group_by(BankLine.account_id)
        )
    }
    wanted = [one for row in rows for one in (row.bank_account_id, row.unclaimed_account_id)]
    found = ledger_accounts.balances(session, [one for one in wanted if one is not None])
    return [
        AccountView(
            id=row.id,
            bank_name=row.bank_name,
            label=row.label,
            number_tail=row.number_tail,
            balance_fen=found[row.bank_account_id or 0].posted,
            unclaimed_fen=found[row.unclaimed_account_id or 0].posted,
            line_count=counted.get(row.id, (0, None))[0],
            last_on=counted.get(row.id, (0, None))[1],
        )
        for row in rows
    ]


def standing(session: Session, account_id: int) -> Standing:
    """Return where an account stands in the books."""
    last = session.execute(
        select(BankLine.position, BankLine.running_fen)
        .where(BankLine.account_id == account_id)
        .order_by(BankLine.position.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return Standing()
    last_on = session.scalar(
        select(func.max(BankLine.booked_on)).where(BankLine.account_id == account_id)
    )
    anchor = select(BankLine.id).where(
        BankLine.account_id == account_id, BankLine.balance_fen.is_not(None)
    )
    is_anchored = session.scalar(anchor.limit(1)) is not None
    return Standing(last.position, last.running_fen, last_on, is_anchored)


def booked_between(session: Session, account_id: int, first: date, last: date) -> list[BookedLine]:
    """Return the movements of an account that were booked between two days."""
    rows = session.execute(
        select(BankLine.booked_on, BankLine.amount_fen, BankLine.balance_fen, BankLine.words_index)
        .where(
            BankLine.account_id == account_id,
            BankLine.kind == LineKind.MOVEMENT,
            BankLine.booked_on.between(first, last),
        )
        .order_by(BankLine.position)
    )
    return [BookedLine(*row) for row in rows]


def layouts(session: Session, account_id: int) -> dict[str, str]:
    """Return the remembered layouts of an account by fingerprint."""
    rows = session.execute(
        select(BankLayout.fingerprint, BankLayout.layout)
        .where(BankLayout.account_id == account_id)
        .limit(LISTED_MAX)
    )
    return {fingerprint: layout for fingerprint, layout in rows}  # noqa: C416 - rows are no pairs


def lines(
    session: Session,
    *,
    community_id: int,
    account_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[LineView]:
    """Return an account's lines, newest first."""
    wanted = _lines(community_id).where(BankLine.account_id == account_id)
    if cursor is not None:
        wanted = wanted.where(BankLine.position < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(BankLine.position.desc()).limit(limit + 1)).all()
    views = [line_view(line, label) for line, label in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.position])


def unclaimed(
    session: Session,
    *,
    community_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[LineView]:
    """Return the lines that nobody has claimed, in the order in which they were booked."""
    wanted = (
        _lines(community_id)
        .join(BankUnclaimed, BankUnclaimed.line_id == BankLine.id)
        .where(BankUnclaimed.community_id == community_id, BankUnclaimed.unallocated_fen > 0)
    )
    at = BankUnclaimed.line_id
    if cursor is not None:
        wanted = wanted.where(at > paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(at).limit(limit + 1)).all()
    views = [line_view(line, label) for line, label in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def _lines(community_id: int) -> Select[tuple[BankLine, str]]:
    """Return the select of a community's lines with the labels of their accounts."""
    return (
        select(BankLine, BankAccount.label)
        .join(BankAccount, BankAccount.id == BankLine.account_id)
        .where(BankLine.community_id == community_id)
    )


def line_view(line: BankLine, label: str) -> LineView:
    """Return a line as others see it."""
    return LineView(
        id=line.id,
        account_id=line.account_id,
        account_label=label,
        position=line.position,
        kind=LineKind(line.kind),
        booked_on=line.booked_on,
        time_text=line.time_text,
        amount_fen=line.amount_fen,
        balance_fen=line.balance_fen,
        running_fen=line.running_fen,
        party_name=line.party_name,
        party_account=line.party_account,
        text=line.text,
        reference=line.reference,
        entry_id=str(line.entry_id),
        age_days=(clock.today() - line.booked_on).days,
    )


def imports(session: Session, *, community_id: int, account_id: int) -> list[ImportView]:
    """Return the last imports of an account, newest first."""
    rows = session.execute(
        select(
            BankImport.id,
            BankImport.state,
            BankImport.kind,
            BankImport.file_name,
            BankImport.new_count,
            BankImport.known_count,
            BankImport.first_on,
            BankImport.last_on,
            BankImport.closing_fen,
            BankImport.staged_by_name,
            BankImport.staged_at,
        )
        .where(BankImport.account_id == account_id, BankImport.community_id == community_id)
        .order_by(BankImport.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        ImportView(row[0], ImportState(row[1]), StatementKind(row[2]), *row[3:]) for row in rows
    ]


def import_row(
    session: Session, *, community_id: int, import_id: int, for_update: bool = False
) -> BankImport:
    """Return an import's row, locked when it is about to change.

    Raises:
        BankImportNotFoundError: the community has no such import.
    """
    wanted = (
        select(BankImport)
        .where(BankImport.id == import_id, BankImport.community_id == community_id)
        .execution_options(populate_existing=True)
    )
    row = session.scalar(wanted.with_for_update() if for_update else wanted)
    if row is None:
        raise errors.BankImportNotFoundError
    return row
