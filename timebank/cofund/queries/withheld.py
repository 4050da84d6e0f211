"""What was withheld from builders at the end of a day, project by project, from the ledger."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from timebank.cofund.models.projects import Project
from timebank.cofund.models.retention import RetentionMove
from timebank.cofund.rules.bills import Withheld
from timebank.cofund.rules.retention import MoveKind, MoveState
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import turnovers

_BOOK = "owners"


def withheld(
    session: Session,
    *,
    community_id: int,
    day: date,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Withheld]:
    """Return the projects of which anything was withheld by a day, oldest first."""
    found = _standing(session, community_id, day)
    moved = _moves(session, community_id, day)
    chosen = (
        select(Project)
        .where(Project.community_id == community_id, Project.retention_account_id.in_(found.keys()))
        .order_by(Project.id)
        .limit(limit + 1)
    )
    if cursor is not None:
        chosen = chosen.where(Project.id > decode_id(cursor))
    rows = [
        Withheld(
            project_id=one.id,
            number=one.number,
            title=one.title,
            released_fen=moved.get((one.id, MoveKind.RELEASE), 0),
            deducted_fen=moved.get((one.id, MoveKind.DEDUCT), 0),
            outstanding_fen=found[one.retention_account_id or 0],
            due_on=one.defects_until,
        )
        for one in session.scalars(chosen)
    ]
    return page_of(rows, limit=limit, key=lambda row: [row.project_id])


def sums(session: Session, *, community_id: int, day: date) -> Withheld:
    """Return the same of all projects together."""
    moved = _moves(session, community_id, day)
    by_kind = {kind: sum(fen for key, fen in moved.items() if key[1] is kind) for kind in MoveKind}
    return Withheld(
        project_id=0,
        number="",
        title="",
        released_fen=by_kind[MoveKind.RELEASE],
        deducted_fen=by_kind[MoveKind.DEDUCT],
        outstanding_fen=sum(_standing(session, community_id, day).values()),
        due_on=None,
    )


def _standing(session: Session, community_id: int, day: date) -> dict[int, int]:
    """Return what stood on each account of withheld money that ever moved by a day, fen."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=_BOOK)
    if book_id is None:
        return {}
    moved = turnovers.turnovers(
        session, book_id, since=date.min, through=day, subjects=("retention",)
    )
    return {one.account_id: one.after for one in moved}


def _moves(session: Session, community_id: int, day: date) -> Mapping[tuple[int, MoveKind], int]:
    """Return what was released and deducted by a day, by project, fen."""
    rows = session.execute(
        select(
            RetentionMove.project_id,
            RetentionMove.kind,
            cast(func.sum(RetentionMove.amount_fen), BigInteger),
        )
        .where(
            RetentionMove.community_id == community_id,
            RetentionMove.state == MoveState.DONE,
            RetentionMove.moved_on <= day,
        )
        .group_by(RetentionMove.project_id, RetentionMove.kind)
    )
    return {(row[0], MoveKind(row[1])): int(row[2]) for row in rows}
