"""What the ledger can be asked: accounts, balances, statements, entries, holds."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, RowMapping, Select, cast, func, select, union_all
from sqlalchemy.orm import Session, aliased

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.errors import (
    AccountNotFoundError,
    BookNotFoundError,
    EntryNotFoundError,
    HoldNotFoundError,
)
from timebank.ledger.models.tables import (
    Account,
    AccountBalance,
    Book,
    Entry,
    Hold,
    HoldEnd,
    TransferLine,
)
from timebank.ledger.rules import (
    AccountKind,
    AccountView,
    Asset,
    Balance,
    BookView,
    EntryView,
    HoldOutcome,
    HoldView,
    Side,
    StatementLine,
    TransferView,
    signed,
)

_IDS_MAX = 1000  # values in one IN (...)


def books(session: Session, community_id: int) -> list[BookView]:
    """Return a community's books in the order in which they were opened."""
    chosen = select(Book.id, Book.code, Book.name).where(Book.community_id == community_id)
    rows = session.execute(chosen.order_by(Book.id).limit(paging.PAGE_SIZE_MAX))
    return [BookView(row.id, row.code, row.name) for row in rows]


def book(session: Session, *, community_id: int, book_id: int) -> BookView:
    """Return a community's book.

    Raises:
        BookNotFoundError: there is none in this community.
    """
    chosen = select(Book.id, Book.code, Book.name)
    row = session.execute(
        chosen.where(Book.id == book_id, Book.community_id == community_id)
    ).one_or_none()
    if row is None:
        raise BookNotFoundError
    return BookView(row.id, row.code, row.name)


def book_id(session: Session, *, community_id: int, code: str) -> int | None:
    """Return the id of a community's book, if it was opened."""
    return session.scalar(
        select(Book.id).where(Book.community_id == community_id, Book.code == code)
    )


def _accounts() -> Select[tuple[object, ...]]:
    """Return the select of everything that an account shows."""
    table = Account.__table__.c
    return select(*(column for column in table if column.name != "seal"))


def _account_view(row: RowMapping) -> AccountView:
    """Return an account from its row."""
    return AccountView(
        id=row["id"],
        community_id=row["community_id"],
        book_id=row["book_id"],
        asset=Asset(row["asset"]),
        code=row["code"],
        name=row["name"],
        kind=AccountKind(row["kind"]),
        normal=Side(row["normal"]),
        floor=row["floor"],
        person_id=row["person_id"],
        project_id=row["project_id"],
    )


def accounts_by_id(session: Session, account_ids: Collection[int]) -> dict[int, AccountView]:
    """Return the accounts that exist among these ids."""
    found: dict[int, AccountView] = {}
    wanted = sorted(account_ids)
    for start in range(0, len(wanted), _IDS_MAX):
        some = wanted[start : start + _IDS_MAX]
        for row in session.execute(_accounts().where(Account.id.in_(some))).mappings():
            found[row["id"]] = _account_view(row)
    return found


def account(
    session: Session, *, community_id: int, account_id: int, person_id: int | None = None
) -> AccountView:
    """Return a community's account; with ``person_id`` only if it is that person's.

    Raises:
        AccountNotFoundError: there is none within this reach.
    """
    chosen = _accounts().where(Account.id == account_id, Account.community_id == community_id)
    if person_id is not None:
        chosen = chosen.where(Account.person_id == person_id)
    row = session.execute(chosen).mappings().one_or_none()
    if row is None:
        raise AccountNotFoundError
    return _account_view(row)


def account_id(session: Session, *, book_id: int, code: str) -> int | None:
    """Return the id of a book's account, if it was opened."""
    return session.scalar(
        select(Account.id).where(Account.book_id == book_id, Account.code == code)
    )


def accounts(
    session: Session,
    *,
    community_id: int,
    book_id: int | None = None,
    person_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[AccountView]:
    """Return a page of accounts in the order in which they were opened."""
    chosen = _accounts().where(Account.community_id == community_id)
    if book_id is not None:
        chosen = chosen.where(Account.book_id == book_id)
    if person_id is not None:
        chosen = chosen.where(Account.person_id == person_id)
    if cursor is not None:
        chosen = chosen.where(Account.id > paging.decode(cursor, width=1)[0])
    rows = session.execute(chosen.order_by(Account.id).limit(limit + 1)).mappings()
    views = [_account_view(row) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def balance(session: Session, account_id: int) -> Balance:
    """Return an account's balance on its normal side.

    Raises:
        AccountNotFoundError: there is no such account.
    """
    found = balances(session, [account_id])
    if account_id not in found:
        raise AccountNotFoundError
    return found[account_id]


def balances(session: Session, account_ids: Collection[int]) -> dict[int, Balance]:
    """Return ``{account_id: balance}`` for the accounts that exist among these ids."""
    found: dict[int, Balance] = {}
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), _IDS_MAX):
        found |= _some_balances(session, wanted[start : start + _IDS_MAX])
    return found


def _some_balances(session: Session, account_ids: list[int]) -> dict[int, Balance]:
    """Return balances: bounded ones from their row, open ones summed."""
    rows = session.execute(
        select(
            Account.id,
            Account.normal,
            AccountBalance.posted,
            AccountBalance.held,
            AccountBalance.floor,
        )
        .outerjoin(AccountBalance, AccountBalance.account_id == Account.id)
        .where(Account.id.in_(account_ids))
    ).all()
    debits = _debit_sums(session, [row.id for row in rows if row.posted is None])
    found: dict[int, Balance] = {}
    for row in rows:
        if row.posted is None:
            posted = signed(debits.get(row.id, 0), side=Side.DEBIT, normal=Side(row.normal))
            found[row.id] = Balance(posted, 0, posted, None)
        else:
            found[row.id] = Balance(row.posted, row.held, row.posted - row.held, row.floor)
    return found


def _debit_sums(session: Session, account_ids: list[int]) -> dict[int, int]:
    """Return debits less credits of the accounts that were ever moved."""
    if not account_ids:
        return {}
    debit = select(TransferLine.debit_id.label("account_id"), TransferLine.amount.label("amount"))
    credit = select(TransferLine.credit_id, -TransferLine.amount)
    moves = union_all(
        debit.where(TransferLine.debit_id.in_(account_ids)),
        credit.where(TransferLine.credit_id.in_(account_ids)),
    ).subquery()
    total = cast(func.sum(moves.c.amount), BigInteger)
    rows = session.execute(select(moves.c.account_id, total).group_by(moves.c.account_id))
    return {row[0]: row[1] for row in rows}


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
    before = None if cursor is None else int(paging.decode(cursor, width=1)[0] or 0)
    page = paging.page_of(
        session.execute(_lines(owner, before, limit + 1)).mappings().all(),
        limit=limit,
        key=lambda row: [row["id"]],
    )
    if not page.items:
        return Page([])
    after = balance(session, account_id).posted - _newer_sum(session, owner, page.items[0]["id"])
    lines: list[StatementLine] = []
    for row in page.items:
        lines.append(_statement_line(row, after))
        after -= row["amount"]
    return Page(lines, page.next_cursor)


def _moves(owner: AccountView, *, side: Side) -> Select[tuple[object, ...]]:
    """Return one side's transfers of an account, signed on its normal side."""
    mine, counter = TransferLine.debit_id, TransferLine.credit_id
    if side == Side.CREDIT:
        mine, counter = counter, mine
    sign = signed(1, side=side, normal=owner.normal)
    return select(
        TransferLine.id.label("id"),
        TransferLine.entry_id.label("entry_id"),
        TransferLine.line.label("line"),
        (TransferLine.amount * sign).label("amount"),
        counter.label("counter_id"),
    ).where(mine == owner.id)


def _lines(owner: AccountView, before: int | None, limit: int) -> Select[tuple[object, ...]]:
    """Return the newest lines of an account below a transfer, from each side by its index."""
    sides = []
    for side in Side:
        moves = _moves(owner, side=side)
        if before is not None:
            moves = moves.where(TransferLine.id < before)
        sides.append(select(moves.order_by(TransferLine.id.desc()).limit(limit).subquery()))
    newest = union_all(*sides).subquery()
    return (
        select(
            *newest.c,
            Entry.number,
            Entry.kind,
            Entry.effective_on,
            Entry.recorded_at,
            Entry.memo,
            Account.code.label("counter_code"),
        )
        .join(Entry, Entry.id == newest.c.entry_id)
        .join(Account, Account.id == newest.c.counter_id)
        .order_by(newest.c.id.desc())
        .limit(limit)
    )


def _newer_sum(session: Session, owner: AccountView, line_id: int) -> int:
    """Return what came onto an account after a line."""
    sides = [_moves(owner, side=side).where(TransferLine.id > line_id) for side in Side]
    newer = union_all(*sides).subquery()
    total = session.scalar(select(cast(func.coalesce(func.sum(newer.c.amount), 0), BigInteger)))
    return int(total or 0)


def _statement_line(row: RowMapping, balance_after: int) -> StatementLine:
    """Return a statement's line from its row."""
    return StatementLine(
        entry_id=row["entry_id"],
        number=row["number"],
        line=row["line"],
        kind=row["kind"],
        effective_on=row["effective_on"],
        recorded_at=row["recorded_at"],
        amount=row["amount"],
        balance_after=balance_after,
        memo=row["memo"],
        counter_code=row["counter_code"],
    )


def entry(session: Session, entry_id: UUID) -> EntryView:
    """Return a sealed entry.

    Raises:
        EntryNotFoundError: there is no such entry.
    """
    reversal = aliased(Entry)
    head = (
        session.execute(
            select(
                Entry.__table__,
                reversal.id.label("reversed_by_id"),
                HoldEnd.hold_id.label("hold_id"),
            )
            .outerjoin(reversal, reversal.reverses_id == Entry.id)
            .outerjoin(HoldEnd, HoldEnd.entry_id == Entry.id)
            .where(Entry.id == entry_id)
        )
        .mappings()
        .one_or_none()
    )
    if head is None:
        raise EntryNotFoundError
    return EntryView(
        id=head["id"],
        number=head["number"],
        book_id=head["book_id"],
        kind=head["kind"],
        effective_on=head["effective_on"],
        recorded_at=head["recorded_at"],
        actor_user_id=head["actor_user_id"],
        actor_name=head["actor_name"],
        memo=head["memo"],
        document=head["document"],
        reason=head["reason"],
        transfers=transfers_of(session, entry_id),
        reverses_id=head["reverses_id"],
        reversed_by_id=head["reversed_by_id"],
        hold_id=head["hold_id"],
        debt_account_id=head["debt_account_id"],
    )


def entry_within(
    session: Session, *, community_id: int, entry_id: UUID, person_id: int | None = None
) -> EntryView:
    """Return a community's entry; with ``person_id`` only if it moved that person's account.

    Raises:
        EntryNotFoundError: there is none within this reach.
    """
    chosen = select(Entry.id).where(Entry.id == entry_id, Entry.community_id == community_id)
    if person_id is not None:
        own = select(Account.id).where(Account.person_id == person_id)
        moved = TransferLine.debit_id.in_(own) | TransferLine.credit_id.in_(own)
        lines = select(TransferLine.id).where(TransferLine.entry_id == entry_id, moved)
        chosen = chosen.where(lines.exists())
    if session.scalar(chosen) is None:
        raise EntryNotFoundError
    return entry(session, entry_id)


def transfers_of(session: Session, entry_id: UUID) -> tuple[TransferView, ...]:
    """Return an entry's lines in their order."""
    debit, credit = aliased(Account), aliased(Account)
    rows = session.execute(
        select(
            TransferLine.line,
            TransferLine.debit_id,
            debit.code.label("debit_code"),
            TransferLine.credit_id,
            credit.code.label("credit_code"),
            TransferLine.asset,
            TransferLine.amount,
        )
        .join(debit, debit.id == TransferLine.debit_id)
        .join(credit, credit.id == TransferLine.credit_id)
        .where(TransferLine.entry_id == entry_id)
        .order_by(TransferLine.line)
    ).mappings()
    return tuple(TransferView(**{**row, "asset": Asset(row["asset"])}) for row in rows)


def digests(session: Session, entry_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return ``{entry_id: request digest}`` for the entries that exist."""
    found: dict[UUID, str] = {}
    wanted = list(entry_ids)
    for start in range(0, len(wanted), _IDS_MAX):
        some = wanted[start : start + _IDS_MAX]
        rows = session.execute(select(Entry.id, Entry.digest).where(Entry.id.in_(some)))
        found |= {row.id: row.digest for row in rows}
    return found


def _holds() -> Select[tuple[object, ...]]:
    """Return the select of holds with how they ended."""
    return select(
        Hold.id,
        Hold.account_id,
        Hold.amount,
        Hold.memo,
        Hold.held_at,
        Hold.expires_at,
        HoldEnd.outcome,
        HoldEnd.ended_at,
        HoldEnd.entry_id,
    ).outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)


def _hold_view(row: RowMapping) -> HoldView:
    """Return a hold from its row."""
    outcome = row["outcome"]
    return HoldView(**{**row, "outcome": None if outcome is None else HoldOutcome(outcome)})


def hold(session: Session, *, community_id: int, hold_id: UUID) -> HoldView:
    """Return a community's hold.

    Raises:
        HoldNotFoundError: there is none in this community.
    """
    chosen = _holds().where(Hold.id == hold_id, Hold.community_id == community_id)
    row = session.execute(chosen).mappings().one_or_none()
    if row is None:
        raise HoldNotFoundError
    return _hold_view(row)


def hold_if_any(session: Session, hold_id: UUID) -> HoldView | None:
    """Return a hold of whatever community, if there is one."""
    row = session.execute(_holds().where(Hold.id == hold_id)).mappings().one_or_none()
    return None if row is None else _hold_view(row)


def due_holds(session: Session, *, community_id: int, now: datetime, limit: int) -> list[HoldView]:
    """Return a community's open holds that are past their time, longest past first."""
    chosen = _holds().where(
        Hold.community_id == community_id, HoldEnd.hold_id.is_(None), Hold.expires_at <= now
    )
    rows = session.execute(chosen.order_by(Hold.expires_at, Hold.id).limit(limit))
    return [_hold_view(row) for row in rows.mappings()]


def open_among(session: Session, hold_ids: Collection[UUID]) -> list[UUID]:
    """Return which of these holds have not ended."""
    chosen = select(Hold.id).outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)
    return list(session.scalars(chosen.where(Hold.id.in_(hold_ids), HoldEnd.hold_id.is_(None))))


def open_holds(session: Session, account_id: int) -> list[HoldView]:
    """Return the open holds of an account, oldest first."""
    chosen = _holds().where(Hold.account_id == account_id, HoldEnd.hold_id.is_(None))
    rows = session.execute(chosen.order_by(Hold.held_at, Hold.id).limit(paging.PAGE_SIZE_MAX))
    return [_hold_view(row) for row in rows.mappings()]
