"""What stands in the books and no line of the bank shows yet: releases, common parts' income."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Project
from timebank.cofund.models.retention import RetentionMove
from timebank.cofund.models.sources import Income, IncomeSource
from timebank.cofund.queries.obligations import payee_subject
from timebank.cofund.rules import finding
from timebank.cofund.rules.matching import LATE_DAYS, Said, Target, TargetKind
from timebank.cofund.rules.proofs import OnTheWay
from timebank.cofund.rules.retention import MoveKind, MoveState
from timebank.kernel import clock

KINDS = frozenset({TargetKind.RELEASED, TargetKind.COMMON_INCOME})
_FOUND_MAX = 2000
_NEAR = timedelta(days=15)
_GRACE = timedelta(days=LATE_DAYS)


def released(session: Session, community_id: int, said: Sequence[Said]) -> list[Target]:
    """Return the releases of withheld money that lines of money out could be."""
    amounts = {one.amount_fen for one in said}
    return _released(session, community_id, RetentionMove.amount_fen.in_(amounts))


def incomes(session: Session, community_id: int, said: Sequence[Said]) -> list[Target]:
    """Return the income of common parts that lines of money in could be."""
    days = [one.day for one in said]
    near = Income.received_on.between(min(days) - _NEAR, max(days) + _NEAR)
    amounts = Income.owners_fen.in_({one.amount_fen for one in said})
    return _incomes(session, community_id, and_(near, amounts))


def one(session: Session, community_id: int, kind: TargetKind, row_id: int) -> list[Target]:
    """Return one of them by its kind and row, if it still waits for its line."""
    if kind is TargetKind.RELEASED:
        return _released(session, community_id, RetentionMove.id == row_id)
    return _incomes(session, community_id, Income.id == row_id)


def _waits_for_release() -> ColumnElement[bool]:
    """Whether a release was made and no line of the bank shows it yet."""
    met = select(ClaimedPart.id).where(
        ClaimedPart.retention_move_id == RetentionMove.id, ClaimedPart.undone_at.is_(None)
    )
    return and_(
        RetentionMove.kind == MoveKind.RELEASE,
        RetentionMove.state == MoveState.DONE,
        ~met.exists(),
    )


def _waits_for_income() -> ColumnElement[bool]:
    """Whether the owners have a part of an income and no line of the bank shows it yet."""
    met = select(ClaimedPart.id).where(
        ClaimedPart.income_id == Income.id, ClaimedPart.undone_at.is_(None)
    )
    return and_(Income.owners_fen > 0, ~met.exists())


def _released(session: Session, community_id: int, condition: ColumnElement[bool]) -> list[Target]:
    """Return releases that wait for their line and meet a condition."""
    rows = session.execute(
        select(RetentionMove, Project)
        .join(Project, Project.id == RetentionMove.project_id)
        .where(RetentionMove.community_id == community_id, _waits_for_release(), condition)
        .order_by(RetentionMove.id)
        .limit(_FOUND_MAX)
    )
    found = []
    for row, project in rows:
        day = row.moved_on or clock.day_of(row.asked_at)
        found.append(
            Target(
                kind=TargetKind.RELEASED,
                id=row.id,
                amount_fen=row.amount_fen,
                subject=payee_subject(row.payee) if row.payee else f"project:{project.id}",
                label=row.payee or project.title,
                names=(finding.plain_name(row.payee),) if row.payee else (),
                project_id=project.id,
                project_number=project.number,
                project_title=project.title,
                from_on=day - _NEAR,
                until_on=day + _GRACE,
            )
        )
    return found


def _incomes(session: Session, community_id: int, condition: ColumnElement[bool]) -> list[Target]:
    """Return the owners' parts of income that wait for their line and meet a condition."""
    rows = session.execute(
        select(Income, IncomeSource)
        .join(IncomeSource, IncomeSource.id == Income.source_id)
        .where(Income.community_id == community_id, _waits_for_income(), condition)
        .order_by(Income.id)
        .limit(_FOUND_MAX)
    )
    return [
        Target(
            kind=TargetKind.COMMON_INCOME,
            id=row.id,
            amount_fen=row.owners_fen,
            subject=f"source:{source.id}",
            label=source.name,
            names=(),
            project_id=0,
            project_number="",
            project_title=source.name,
            from_on=row.received_on - _NEAR,
            until_on=row.received_on + _NEAR,
        )
        for row, source in rows
    ]


def releases_on_the_way(session: Session, community_id: int) -> OnTheWay:
    """Return the releases that no line of the bank shows: how many, how much."""
    fen = func.coalesce(func.sum(RetentionMove.amount_fen), 0)
    return _told(session, fen, RetentionMove.community_id == community_id, _waits_for_release())


def income_on_the_way(session: Session, community_id: int) -> OnTheWay:
    """Return the owners' income that no line of the bank shows: how many, how much."""
    fen = func.coalesce(func.sum(Income.owners_fen), 0)
    return _told(session, fen, Income.community_id == community_id, _waits_for_income())


def _told(session: Session, fen: ColumnElement[int], *conditions: ColumnElement[bool]) -> OnTheWay:
    """Return the count and the sum of the rows that meet some conditions."""
    row = session.execute(select(func.count(), fen).where(*conditions)).one()
    return OnTheWay(int(row[0]), int(row[1]))
