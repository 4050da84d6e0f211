"""Netting sheets: a month's moves with both their entries, the sums, and what each book says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from timebank.kernel import clock, paging
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.queries import periods as ledger_periods
from timebank.ledger.queries.entries import Moved
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_sheets import ClearingSettlement, ClearingSheet
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing
from timebank.volunteering.queries.clearing import clearing_code, of_pairs, sides_of
from timebank.volunteering.rules import clearing_sheets as rules
from timebank.volunteering.rules.clearing import MoveKind, Purpose
from timebank.volunteering.rules.clearing_sheets import (
    LineView,
    SettlementView,
    SheetLine,
    SheetSums,
    SheetView,
    SignatureView,
)

LINES_AT_ONCE = 500


def sheet_of(session: Session, pair_id: int, month: date) -> ClearingSheet | None:
    """Return the sheet of a month, if it was made."""
    return session.scalar(
        select(ClearingSheet).where(ClearingSheet.pair_id == pair_id, ClearingSheet.month == month)
    )


def next_month_of(session: Session, pair: ClearingPair) -> date:
    """Return the month of the next sheet: the one after the last, or the first one of all."""
    last = session.scalar(
        select(func.max(ClearingSheet.month)).where(ClearingSheet.pair_id == pair.id)
    )
    if last is not None:
        return rules.next_month(last)
    first = session.scalar(
        select(func.min(ClearingMove.moved_on)).where(ClearingMove.pair_id == pair.id)
    )
    return rules.first_of(first or clock.today())


def month_of(
    session: Session, pair: ClearingPair, month: date
) -> tuple[list[SheetLine], SheetSums]:
    """Return every move of a month as both books have it, and the sums."""
    before = session.scalar(
        select(ClearingMove.position_after)
        .where(ClearingMove.pair_id == pair.id, ClearingMove.moved_on < month)
        .order_by(ClearingMove.number.desc())
        .limit(1)
    )
    lines: list[SheetLine] = []
    while True:
        after = lines[-1].number if lines else 0
        some = lines_after(session, pair, after, month=month)
        lines += some
        if len(some) < LINES_AT_ONCE:
            return lines, rules.sums_of(before or 0, lines)


def lines_after(
    session: Session, pair: ClearingPair, number: int, *, month: date | None = None
) -> list[SheetLine]:
    """Return the next moves of a pair after a number, with what both books say of them."""
    wanted = [ClearingMove.pair_id == pair.id, ClearingMove.number > number]
    if month is not None:
        wanted += [
            ClearingMove.moved_on >= month,
            ClearingMove.moved_on < rules.next_month(month),
        ]
    rows = session.scalars(
        select(ClearingMove)
        .where(*wanted)
        .order_by(ClearingMove.number)
        .limit(LINES_AT_ONCE)
        .execution_options(populate_existing=True)
    ).all()
    ids = [entry_id for row in rows for entry_id in (row.low_entry_id, row.high_entry_id)]
    moved = ledger_entries.moved(session, ids) if ids else {}
    return [_line(row, pair, moved) for row in rows]


def _with_transfers(session: Session, lines: list[SheetLine], pair_id: int) -> list[SheetLine]:
    """Return lines with the transfers that they moved or took back."""
    it, move = ClearingTransfer, ClearingMove
    if not lines:
        return []
    rows = session.execute(
        select(move.number, it.id, it.purpose)
        .join(it, or_(it.move_id == move.id, it.reversal_move_id == move.id))
        .where(move.pair_id == pair_id, move.number.between(lines[0].number, lines[-1].number))
    )
    known = {number: (transfer_id, Purpose(purpose)) for number, transfer_id, purpose in rows}
    found = []
    for line in lines:
        transfer_id, purpose = known.get(line.number, (None, None))
        found.append(replace(line, transfer_id=transfer_id, purpose=purpose))
    return found


def _line(row: ClearingMove, pair: ClearingPair, moved: dict[UUID, list[Moved]]) -> SheetLine:
    """Return a move with what each entry moved on its book's clearing account."""
    low = _on(clearing_code(pair.high_id), moved.get(row.low_entry_id))
    high = _on(clearing_code(pair.community_id), moved.get(row.high_entry_id))
    return SheetLine(
        row.number,
        row.moved_on,
        MoveKind(row.kind),
        row.low_owes_minutes,
        row.position_after,
        str(row.low_entry_id),
        str(row.high_entry_id),
        low,
        None if high is None else -high,
    )


def _on(code: str, moves: Sequence[Moved] | None) -> int | None:
    """Return what lines of an entry moved on an account, credits above zero."""
    if moves is None:
        return None
    return sum(one.amount * ((one.credit_code == code) - (one.debit_code == code)) for one in moves)


def book_positions(session: Session, pair: ClearingPair, day: date) -> tuple[int, int]:
    """Return what the low one owes at the end of a day: by its own book, by the other's."""
    said = []
    for community_id in (pair.community_id, pair.high_id):
        other_id = sides_of(pair).other(community_id)
        account_id = clearing.clearing_account_id(
            session, community_id=community_id, other_id=other_id
        )
        found = {} if account_id is None else ledger_accounts.accounts_by_id(session, [account_id])
        said.append(sum(ledger_periods.balance_on(session, one, day) for one in found.values()))
    return said[0], -said[1]


def sheets(session: Session, *, community_id: int, pair_id: int) -> list[SheetView]:
    """Return the sheets of a pair, latest first."""
    return _views(session, community_id, ClearingSheet.pair_id == pair_id)


def sheet(session: Session, *, community_id: int, sheet_id: int) -> SheetView:
    """Return one sheet of a community.

    Raises:
        SheetNotFoundError: it is none of its.
    """
    found = _views(session, community_id, ClearingSheet.id == sheet_id)
    if not found:
        raise errors.SheetNotFoundError
    return found[0]


def sheet_lines(session: Session, *, community_id: int, sheet_id: int) -> list[LineView]:
    """Return every line of a community's sheet as both books have it.

    Raises:
        SheetNotFoundError: it is none of its.
    """
    row = session.execute(
        select(ClearingPair, ClearingSheet.month)
        .join(ClearingSheet, ClearingSheet.pair_id == ClearingPair.id)
        .where(ClearingSheet.id == sheet_id, of_pairs(community_id))
    ).one_or_none()
    if row is None:
        raise errors.SheetNotFoundError
    pair, month = row
    lines, _ = month_of(session, pair, month)
    is_low = pair.community_id == community_id
    lines = _with_transfers(session, lines, pair.id)
    return [rules.seen_by(line, is_low=is_low) for line in lines]


def settlements(
    session: Session, *, community_id: int, sheet_id: int | None = None
) -> list[SettlementView]:
    """Return what was settled, or proposed to be, on a sheet of a community or on all of them."""
    wanted = [of_pairs(community_id)]
    if sheet_id is not None:
        wanted.append(ClearingSettlement.sheet_id == sheet_id)
    rows = session.scalars(
        select(ClearingSettlement)
        .join(ClearingPair, ClearingPair.id == ClearingSettlement.pair_id)
        .where(*wanted)
        .order_by(ClearingSettlement.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        SettlementView(
            row.id,
            row.minutes,
            row.note,
            row.community_id == community_id,
            row.proposed_by_name,
            row.proposed_at,
            row.signed_by_name,
            row.signed_at,
            row.withdrawn_at,
        )
        for row in rows
    ]


def sheet_of_settlement(session: Session, *, community_id: int, settlement_id: int) -> int:
    """Return the sheet on which something was settled.

    Raises:
        SettlementNotFoundError: it is none of this community's.
    """
    found = session.scalar(
        select(ClearingSettlement.sheet_id)
        .join(ClearingPair, ClearingPair.id == ClearingSettlement.pair_id)
        .where(ClearingSettlement.id == settlement_id, of_pairs(community_id))
    )
    if found is None:
        raise errors.SettlementNotFoundError
    return found


def _views(
    session: Session, community_id: int, *conditions: ColumnElement[bool]
) -> list[SheetView]:
    """Return sheets as one side sees them, latest first."""
    rows = session.execute(
        select(ClearingSheet, ClearingPair)
        .join(ClearingPair, ClearingPair.id == ClearingSheet.pair_id)
        .where(of_pairs(community_id), *conditions)
        .order_by(ClearingSheet.month.desc())
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    known = clearing.names(session) if rows else {}
    return [_view(row, pair, community_id, known) for row, pair in rows]


def _view(
    row: ClearingSheet, pair: ClearingPair, community_id: int, known: dict[int, str]
) -> SheetView:
    """Return a sheet as one side sees it."""
    sides = sides_of(pair)
    sign = sides.sign(community_id)
    each_way = (row.low_to_high_minutes, row.high_to_low_minutes)
    sent, received = each_way if sign > 0 else each_way[::-1]
    signed = (
        _signature(row.low_signed_by_name, row.low_signed_at),
        _signature(row.high_signed_by_name, row.high_signed_at),
    )
    ours, theirs = signed if sign > 0 else signed[::-1]
    return SheetView(
        row.id,
        row.pair_id,
        known[community_id],
        known[sides.other(community_id)],
        row.month,
        sign * row.opening_minutes,
        sent,
        received,
        sign * row.closing_minutes,
        row.lines,
        row.digest,
        ours,
        theirs,
    )


def _signature(name: str, at: datetime | None) -> SignatureView | None:
    """Return a signature, if it was given."""
    return None if at is None else SignatureView(name, at)
