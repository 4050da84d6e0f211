"""The proof between communities: both books say what the moves say, and nothing else moved."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.queries import lots as ledger_lots
from timebank.ledger.queries import statements as ledger_statements
from timebank.ledger.queries.entries import Moved
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_sheets import ClearingSheet
from timebank.volunteering.models.clearing_transfers import ClearingOrigin, ClearingTransfer
from timebank.volunteering.queries import clearing, clearing_sheets, passbook
from timebank.volunteering.queries.clearing import clearing_code, sides_of
from timebank.volunteering.rules import clearing_sheets as rules

BATCH = 500

RULE_LEGS = "a move between communities stands in both books with the same minutes"
RULE_POSITION = "a move's position is the position before it and what it moved"
RULE_MIRROR = "what one book owes another, the other book claims"
RULE_UNNAMED = "an entry on a clearing account belongs to a move"
RULE_SHEET = "a sheet says what its moves say"
RULE_TRANSFER = "a transfer moves what it says, from the sender to the receiver"
RULE_ORIGINS = "the days of a transfer's minutes are those of the lots it took"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row between communities that the two books do not bear out."""
    wanted = select(ClearingPair).order_by(ClearingPair.id)
    if community_id is not None:
        wanted = wanted.where(
            or_(ClearingPair.community_id == community_id, ClearingPair.high_id == community_id)
        )
    for pair in session.scalars(wanted).all():
        yield from _moves(session, pair)
        yield from _sheets(session, pair)
        yield from _transfers(session, pair)


def _moves(session: Session, pair: ClearingPair) -> Iterator[Finding]:
    """Yield moves that a book does not have so, and books that have more than the moves."""
    number = position = 0
    while lines := clearing_sheets.lines_after(session, pair, number):
        for line in lines:
            row = f"pair {pair.id} number {line.number}"
            if not line.agrees:
                said = f"low {line.low_minutes}, high {line.high_minutes}"
                yield _finding(pair, row, said, line.low_owes_minutes, RULE_LEGS)
            if line.position_after != position + line.low_owes_minutes:
                should_be = position + line.low_owes_minutes
                yield _finding(pair, row, line.position_after, should_be, RULE_POSITION)
            position = line.position_after
        number = lines[-1].number
    yield from _mirrors(session, pair, position)


def _mirrors(session: Session, pair: ClearingPair, position: int) -> Iterator[Finding]:
    """Yield the clearing accounts whose balance is not where the moves lead."""
    for community_id, sign in ((pair.community_id, 1), (pair.high_id, -1)):
        other_id = sides_of(pair).other(community_id)
        account_id = clearing.clearing_account_id(
            session, community_id=community_id, other_id=other_id
        )
        if account_id is None:
            continue
        posted = ledger_accounts.balance(session, account_id).posted
        if posted != sign * position:
            code = clearing_code(other_id)
            name = f"community {community_id} {code}"
            yield Finding(
                "ledger_account",
                name,
                str(posted),
                str(sign * position),
                RULE_MIRROR,
                community_id,
            )
            yield from _unnamed(session, account_id, community_id)


def _unnamed(session: Session, account_id: int, community_id: int) -> Iterator[Finding]:
    """Yield the entries on a clearing account that no move names."""
    cursor: str | None = None
    while True:
        page = ledger_statements.statement(session, account_id, cursor=cursor)
        ids = [line.entry_id for line in page.items]
        named = _named(session, ids)
        for line in page.items:
            if line.entry_id not in named:
                yield Finding(
                    "ledger_entry",
                    f"id {line.entry_id}",
                    str(line.amount),
                    "0",
                    RULE_UNNAMED,
                    community_id,
                )
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _named(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of some entries a move names."""
    rows = session.execute(
        select(ClearingMove.low_entry_id, ClearingMove.high_entry_id).where(
            or_(ClearingMove.low_entry_id.in_(ids), ClearingMove.high_entry_id.in_(ids))
        )
    )
    return {entry_id for row in rows for entry_id in row}


def _sheets(session: Session, pair: ClearingPair) -> Iterator[Finding]:
    """Yield the sheets that say something else than their moves."""
    rows = session.scalars(
        select(ClearingSheet).where(ClearingSheet.pair_id == pair.id).order_by(ClearingSheet.month)
    ).all()
    for row in rows:
        lines, sums = clearing_sheets.month_of(session, pair, row.month)
        said = (row.opening_minutes, row.closing_minutes, row.lines, row.digest)
        right = (
            sums.opening_minutes,
            sums.closing_minutes,
            sums.lines,
            rules.digest_of(row.month, sums, lines),
        )
        if said != right:
            yield Finding(
                "clearing_sheet",
                f"id {row.id}",
                str(said),
                str(right),
                RULE_SHEET,
                row.community_id,
            )


def _transfers(session: Session, pair: ClearingPair) -> Iterator[Finding]:
    """Yield the transfers whose entries or origins are not what they say."""
    last_id = 0
    while True:
        rows = session.execute(
            select(ClearingTransfer, ClearingMove)
            .join(ClearingMove, ClearingMove.id == ClearingTransfer.move_id)
            .where(ClearingTransfer.pair_id == pair.id, ClearingTransfer.id > last_id)
            .order_by(ClearingTransfer.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last_id = rows[-1][0].id
        ids = [one for _, move in rows for one in (move.low_entry_id, move.high_entry_id)]
        moved = ledger_entries.moved(session, ids)
        for row, move in rows:
            yield from _one_transfer(session, row, move, moved)


def _one_transfer(
    session: Session,
    row: ClearingTransfer,
    move: ClearingMove,
    moved: dict[UUID, list[Moved]],
) -> Iterator[Finding]:
    """Yield what is wrong with one transfer."""
    out_id, in_id = move.low_entry_id, move.high_entry_id
    if row.community_id > row.to_community_id:
        out_id, in_id = in_id, out_id
    minutes, name = row.moved_minutes or 0, f"id {row.id}"
    right = (
        [Moved(passbook.member_code(row.person_id), clearing_code(row.to_community_id), minutes)],
        [Moved(clearing_code(row.community_id), row.target_code, minutes)],
    )
    said = (moved.get(out_id, []), moved.get(in_id, []))
    if said != right:
        yield Finding(
            "clearing_transfer", name, str(said), str(right), RULE_TRANSFER, row.community_id
        )
    account_id = passbook.member_account_id(
        session, community_id=row.community_id, person_id=row.person_id
    )
    kept = session.execute(
        select(ClearingOrigin.earned_on, ClearingOrigin.minutes)
        .where(ClearingOrigin.transfer_id == row.id)
        .order_by(ClearingOrigin.earned_on)
    ).all()
    taken = ledger_lots.taken_by(session, entry_id=out_id, account_id=account_id or 0)
    if [tuple(one) for one in kept] != taken:
        yield Finding(
            "clearing_origin", name, str(kept), str(taken), RULE_ORIGINS, row.community_id
        )


def _finding(
    pair: ClearingPair, row: str, is_value: object, should_be: object, rule: str
) -> Finding:
    """Return what is wrong with a move."""
    return Finding("clearing_move", row, str(is_value), str(should_be), rule, pair.community_id)
