"""The rules of a community's review desk: in force on a day, and every version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock, paging
from timebank.volunteering.models.desk import DeskRulesVersion
from timebank.volunteering.rules.desk import DEFAULT_RULES, VALUES, DeskRules


@dataclass(frozen=True, slots=True)
class DeskRulesView:
    """A version with the day from which it is in force, and who set it when."""

    rules: DeskRules
    in_force_on: date
    set_at: datetime
    set_by_name: str
    note: str


def _rules(row: DeskRulesVersion) -> DeskRules:
    """Return the values of a version."""
    return DeskRules(version=row.version, **{name: getattr(row, name) for name in VALUES})


def rules_in_force(session: Session, community_id: int, *, on: date | None = None) -> DeskRules:
    """Return what holds on a day, today when none is named."""
    row = session.scalar(
        select(DeskRulesVersion)
        .where(
            DeskRulesVersion.community_id == community_id,
            DeskRulesVersion.in_force_on <= (on or clock.today()),
        )
        .order_by(DeskRulesVersion.in_force_on.desc(), DeskRulesVersion.version.desc())
        .limit(1)
    )
    return DEFAULT_RULES if row is None else _rules(row)


def versions(session: Session, community_id: int) -> Sequence[DeskRulesView]:
    """Return the versions of a community, the latest first."""
    rows = session.scalars(
        select(DeskRulesVersion)
        .where(DeskRulesVersion.community_id == community_id)
        .order_by(DeskRulesVersion.version.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        DeskRulesView(_rules(row), row.in_force_on, row.set_at, row.set_by_name, row.note)
        for row in rows
    ]
