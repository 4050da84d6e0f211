"""How departments answer: called, reported in on time, done, and what both sides say of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from timebank.cases.models.whistles import CaseDepartment, CaseWhistle
from timebank.cases.queries import whistles
from timebank.cases.rules.whistling import CalledState
from timebank.kernel import clock
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """What became of a department's calls of a year, as of now.

    Who was let off before the term, or has time left, is neither on time nor late.
    """

    department_id: int
    name: str
    calls: int
    on_time: int
    late: int
    completed: int
    declined: int
    caller_scores: int
    caller_score_sum: int
    department_scores: int
    department_score_sum: int

    @property
    def due(self) -> int:
        """How many calls had come due."""
        return self.on_time + self.late

    @property
    def caller_tenths(self) -> int | None:
        """The mean of the community's scores of the department, in tenths."""
        return _tenths(self.caller_score_sum, self.caller_scores)

    @property
    def department_tenths(self) -> int | None:
        """The mean of the department's scores of the community, in tenths."""
        return _tenths(self.department_score_sum, self.department_scores)


def _tenths(total: int, count: int) -> int | None:
    """Return a mean in tenths, rounded to the nearest; nothing of nothing."""
    return (20 * total + count) // (2 * count) if count else None


def of_year(session: Session, *, actor: Actor, year: int) -> Sequence[DepartmentFigures]:
    """Return a year's figures by department; for who reads the community's cases in full."""
    if not actor.reach("case.read").is_wide:
        return []
    row = CaseWhistle
    is_on_time = row.arrived_at <= row.arrive_due_at
    found = session.execute(
        select(
            row.department_id,
            CaseDepartment.name,
            func.count(),
            _count(is_on_time),
            _count(whistles.was_late(clock.now())),
            _count(row.state == CalledState.COMPLETED),
            _count(row.state == CalledState.DECLINED),
            func.count(row.caller_score),
            func.coalesce(func.sum(row.caller_score), 0),
            func.count(row.department_score),
            func.coalesce(func.sum(row.department_score), 0),
        )
        .join(CaseDepartment, CaseDepartment.id == row.department_id)
        .where(row.community_id == actor.community_id, whistles.in_year(year))
        .group_by(row.department_id, CaseDepartment.name)
        .order_by(row.department_id)
        .limit(whistles.DEPARTMENTS_MAX)
    )
    return [DepartmentFigures(*one) for one in found]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many rows meet a condition."""
    return func.count(case((condition, 1)))
