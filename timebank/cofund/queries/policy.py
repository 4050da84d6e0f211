"""The rules that a community's projects go by: in force on a day, and every version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cofund.models.votes import PolicyVersion
from timebank.cofund.rules.policy import DEFAULT_POLICY, VALUES, ProjectPolicy
from timebank.kernel import clock, paging


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A version with the day from which it is in force, and who set it when."""

    policy: ProjectPolicy
    in_force_on: date
    set_at: datetime
    set_by_name: str
    note: str


def _policy(row: PolicyVersion) -> ProjectPolicy:
    """Return the values of a version."""
    return ProjectPolicy(version=row.version, **{name: getattr(row, name) for name in VALUES})


def in_force(session: Session, community_id: int, *, on: date | None = None) -> ProjectPolicy:
    """Return what holds on a day, today when none is named."""
    row = session.scalar(
        select(PolicyVersion)
        .where(
            PolicyVersion.community_id == community_id,
            PolicyVersion.in_force_on <= (on or clock.today()),
        )
        .order_by(PolicyVersion.in_force_on.desc(), PolicyVersion.version.desc())
        .limit(1)
    )
    return DEFAULT_POLICY if row is None else _policy(row)


def versions(session: Session, community_id: int) -> Sequence[PolicyView]:
    """Return the versions of a community, the latest first."""
    rows = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.community_id == community_id)
        .order_by(PolicyVersion.version.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        PolicyView(_policy(row), row.in_force_on, row.set_at, row.set_by_name, row.note)
        for row in rows
    ]
