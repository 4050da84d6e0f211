"""Reads of claiming: lines that wait with what is left of them, and who claimed what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any  # a select's columns
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.claims import BankAllocation, BankUnclaimed
from timebank.bank.models.statements import BankAccount, BankLine
from timebank.bank.rules.claims import Claimed, Evidence, OpenLine, Purpose, Reason, Term
from timebank.kernel import clock, paging
from timebank.kernel.paging import Page

_LISTED_MAX = 500


class Shown(StrEnum):
    """Which lines a reader wants to see."""

    ALL = "all"
    IN = "in"
    OUT = "out"
    RAISED = "raised"
    HELD = "held"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line that waits: what the bank said, what is left of it, and what holds it up."""

    id: int
    account_id: int
    account_label: str
    position: int
    kind: str
    booked_on: date
    time_text: str
    amount_fen: int
    unallocated_fen: int
    version: int
    party_name: str
    party_account: str
    text: str
    reference: str
    reason: Reason | None
    note: str
    is_held: bool
    owner_name: str
    raised_at: datetime | None
    due_on: date | None
    age_days: int
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many lines wait, and how many of them are late, set aside, or raised by reason."""

    count: int
    overdue: int
    by_reason: dict[Reason, int]


_OPEN_COLUMNS = (
    BankLine.id,
    BankLine.account_id,
    BankAccount.book_id,
    BankAccount.unclaimed_account_id,
    BankAccount.number_tail,
    BankLine.position,
    BankLine.kind,
    BankLine.booked_on,
    BankLine.amount_fen,
    BankUnclaimed.unallocated_fen,
    BankUnclaimed.version,
)


def locked_lines(
    session: Session, *, community_id: int, line_ids: Collection[int]
) -> list[OpenLine]:
    """Return a community's lines under the locks of what is left of them, in their order."""
    rows = session.execute(
        select(*_OPEN_COLUMNS)
        .join(BankUnclaimed, BankUnclaimed.line_id == BankLine.id)
        .join(BankAccount, BankAccount.id == BankLine.account_id)
        .where(BankLine.id.in_(line_ids), BankLine.community_id == community_id)
        .order_by(BankLine.id)
        .with_for_update(of=BankUnclaimed)
    )
    return [OpenLine(*row) for row in rows]


def waiting_lines(
    session: Session,
    *,
    community_id: int,
    shown: Shown = Shown.ALL,
    reason: Reason | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[WaitingLine]:
    """Return the lines of which something is unclaimed, in the order in which they were booked."""
    wanted = _waiting(community_id).where(BankUnclaimed.unallocated_fen > 0, *_as(shown))
    if reason is not None:
        wanted = wanted.where(BankUnclaimed.reason == reason)
    if cursor is not None:
        wanted = wanted.where(BankUnclaimed.line_id > paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(BankUnclaimed.line_id).limit(limit + 1)).all()
    return paging.page_of(
        [_waiting_line(row) for row in rows], limit=limit, key=lambda line: [line.id]
    )


def waiting_after(
    session: Session, *, community_id: int, line_id: int, through_id: int, limit: int
) -> list[WaitingLine]:
    """Return the next lines that wait for money in and are not set aside, to be matched."""
    rows = session.execute(
        _waiting(community_id)
        .where(
            BankUnclaimed.line_id > line_id,
            BankUnclaimed.line_id <= through_id,
            BankUnclaimed.unallocated_fen > 0,
            BankUnclaimed.is_held.is_(False),
            BankLine.kind == "movement",
        )
        .order_by(BankUnclaimed.line_id)
        .limit(limit)
    ).all()
    return [_waiting_line(row) for row in rows]


def line(session: Session, *, community_id: int, line_id: int) -> WaitingLine:
    """Return one line with what is left of it.

    Raises:
        BankLineNotFoundError: the community has no such line.
    """
    row = session.execute(_waiting(community_id).where(BankLine.id == line_id)).one_or_none()
    if row is None:
        raise errors.BankLineNotFoundError
    return _waiting_line(row)


def pairs_of(session: Session, *, community_id: int, of: WaitingLine) -> list[WaitingLine]:
    """Return lines that go the other way by the same amount, whole and unclaimed, near first."""
    if of.unallocated_fen != abs(of.amount_fen):
        return []
    rows = session.execute(
        _waiting(community_id)
        .where(
            BankUnclaimed.unallocated_fen > 0,
            BankUnclaimed.unallocated_fen == abs(of.amount_fen),
            BankLine.amount_fen == -of.amount_fen,
            BankLine.kind == "movement",
        )
        .order_by(BankUnclaimed.line_id.desc())
        .limit(_LISTED_MAX)
    ).all()
    found = [_waiting_line(row) for row in rows]
    found.sort(key=lambda line: abs((line.booked_on - of.booked_on).days))
    return found[:5]


def waiting(session: Session, community_id: int) -> Waiting:
    """Return how many lines wait, how many are overdue, and for which reasons."""
    is_late = BankUnclaimed.due_on < clock.today()
    rows = session.execute(
        select(BankUnclaimed.reason, func.count(), func.count().filter(is_late))
        .where(BankUnclaimed.community_id == community_id, BankUnclaimed.unallocated_fen > 0)
        .group_by(BankUnclaimed.reason)
    ).all()
    return Waiting(
        count=sum(count for _, count, _ in rows),
        overdue=sum(late for _, _, late in rows),
        by_reason={Reason(reason): count for reason, count, _ in rows if reason is not None},
    )


def lines_around(
    session: Session,
    *,
    community_id: int,
    line_id: int,
    shown: Shown = Shown.ALL,
    reason: Reason | None = None,
    limit: int,
) -> list[WaitingLine]:
    """Return the lines that wait around one in a list: a few before it, the others after."""
    wanted = _waiting(community_id).where(BankUnclaimed.unallocated_fen > 0, *_as(shown))
    if reason is not None:
        wanted = wanted.where(BankUnclaimed.reason == reason)
    at = BankUnclaimed.line_id
    before = session.execute(wanted.where(at < line_id).order_by(at.desc()).limit(limit // 4)).all()
    after = session.execute(
        wanted.where(at >= line_id).order_by(at).limit(limit - len(before))
    ).all()
    return [_waiting_line(row) for row in (*before[::-1], *after)]


def last_open_id(session: Session, community_id: int) -> int:
    """Return the last line that waits, or 0."""
    wanted = select(func.max(BankUnclaimed.line_id)).where(
        BankUnclaimed.community_id == community_id, BankUnclaimed.unallocated_fen > 0
    )
    return session.scalar(wanted) or 0


def open_count(session: Session, community_id: int, *, through_id: int) -> int:
    """Return how many lines up to one wait to be matched."""
    wanted = (
        select(func.count())
        .select_from(BankUnclaimed)
        .join(BankLine, BankLine.id == BankUnclaimed.line_id)
        .where(
            BankUnclaimed.community_id == community_id,
            BankUnclaimed.line_id <= through_id,
            BankUnclaimed.unallocated_fen > 0,
            BankUnclaimed.is_held.is_(False),
            BankLine.kind == "movement",
        )
    )
    return session.scalar(wanted) or 0


def claims_of_line(session: Session, *, community_id: int, line_id: int) -> list[Claimed]:
    """Return what was claimed of a line, newest first, with what was undone."""
    rows = session.scalars(
        select(BankAllocation)
        .where(BankAllocation.line_id == line_id, BankAllocation.community_id == community_id)
        .order_by(BankAllocation.id.desc())
        .limit(_LISTED_MAX)
    )
    return [claimed(row) for row in rows]


def allocations(session: Session, *, community_id: int, claim_id: UUID) -> list[Claimed]:
    """Return the allocations of a claim.

    Raises:
        ClaimNotFoundError: the community has no such claim.
    """
    rows = session.scalars(_of_claim(community_id, claim_id)).all()
    if not rows:
        raise errors.ClaimNotFoundError
    return [claimed(row) for row in rows]


def recent_claims(
    session: Session,
    *,
    community_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[Claimed]:
    """Return allocations, newest first."""
    wanted = select(BankAllocation).where(BankAllocation.community_id == community_id)
    if cursor is not None:
        wanted = wanted.where(BankAllocation.id < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(BankAllocation.id.desc()).limit(limit + 1)).all()
    return paging.page_of([claimed(row) for row in rows], limit=limit, key=lambda one: [one.id])


def locked_allocations(
    session: Session, *, community_id: int, claim_id: UUID
) -> list[BankAllocation]:
    """Return the rows of a claim, its lines locked before them."""
    lines = select(BankAllocation.line_id).where(
        BankAllocation.claim_id == claim_id, BankAllocation.community_id == community_id
    )
    locked_lines(session, community_id=community_id, line_ids=set(session.scalars(lines)))
    wanted = _of_claim(community_id, claim_id).with_for_update()
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def lines_by_id(
    session: Session, *, community_id: int, line_ids: Collection[int]
) -> dict[int, WaitingLine]:
    """Return some lines by their ids."""
    rows = session.execute(_waiting(community_id).where(BankLine.id.in_(line_ids))).all()
    return {row[0].id: _waiting_line(row) for row in rows}


def claimed(row: BankAllocation) -> Claimed:
    """Return an allocation's row as a value."""
    terms = [Term(one["code"], one["points"], one["facts"]) for one in row.terms]
    return Claimed(
        id=row.id,
        line_id=row.line_id,
        claim_id=row.claim_id,
        purpose=Purpose(row.purpose),
        amount_fen=row.amount_fen,
        entry_id=row.entry_id,
        evidence=Evidence(row.score, terms, row.is_automatic),
        claimed_name=row.claimed_name,
        claimed_at=row.claimed_at,
        undone_name=row.undone_name,
        undone_at=row.undone_at,
        undone_reason=row.undone_reason,
    )


def _of_claim(community_id: int, claim_id: UUID) -> Select[tuple[BankAllocation]]:
    """Select the allocations of a claim."""
    return (
        select(BankAllocation)
        .where(BankAllocation.claim_id == claim_id, BankAllocation.community_id == community_id)
        .order_by(BankAllocation.id)
    )


def _as(shown: Shown) -> list[ColumnElement[bool]]:
    """Return the conditions of a list."""
    found: dict[Shown, list[ColumnElement[bool]]] = {
        Shown.ALL: [],
        Shown.IN: [BankLine.amount_fen > 0],
        Shown.OUT: [BankLine.amount_fen < 0],
        Shown.RAISED: [BankUnclaimed.reason.is_not(None)],
        Shown.HELD: [BankUnclaimed.is_held.is_(True)],
        Shown.LATE: [BankUnclaimed.due_on < clock.today()],
    }
    return found[shown]


def _waiting(community_id: int) -> Select[Any]:
    """Select lines with what is left of them and the labels of their accounts."""
    return (
        select(BankLine, BankUnclaimed, BankAccount.label)
        .join(BankUnclaimed, BankUnclaimed.line_id == BankLine.id)
        .join(BankAccount, BankAccount.id == BankLine.account_id)
        .where(BankUnclaimed.community_id == community_id)
        .execution_options(populate_existing=True)
    )


def _waiting_line(row: Row[Any]) -> WaitingLine:
    """Return a line that waits as a value."""
    of, left, label = row
    today = clock.today()
    return WaitingLine(
        id=of.id,
        account_id=of.account_id,
        account_label=label,
        position=of.position,
        kind=of.kind,
        booked_on=of.booked_on,
        time_text=of.time_text,
        amount_fen=of.amount_fen,
        unallocated_fen=left.unallocated_fen,
        version=left.version,
        party_name=of.party_name,
        party_account=of.party_account,
        text=of.text,
        reference=of.reference,
        reason=None if left.reason is None else Reason(left.reason),
        note=left.note,
        is_held=left.is_held,
        owner_name=left.owner_name,
        raised_at=left.raised_at,
        due_on=left.due_on,
        age_days=(today - of.booked_on).days,
        is_overdue=left.due_on is not None and left.due_on < today and left.unallocated_fen > 0,
    )
