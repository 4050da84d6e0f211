"""What is promised: the version in force, every version, and the workdays of the years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors import policy as errors
from timebank.cases.models.promises import DeadlineLimit, DeadlinePolicy, WorkDay, WorkYear
from timebank.cases.rules import workdays
from timebank.cases.rules.flow import Step
from timebank.cases.rules.holidays import HOUSE_YEARS
from timebank.cases.rules.policy import (
    HOUSE_POLICY,
    HOUSE_VERSION,
    VERSIONS_MAX,
    DayRule,
    Limit,
    Pace,
    Policy,
    PolicyState,
    Rolls,
    Rulebook,
    Start,
    Unit,
)
from timebank.cases.rules.workdays import Span, Year
from timebank.kernel import clock
from timebank.kernel.actor import Actor

_YEARS_MAX = 500


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with what it says and where it stands; the house's own was drafted by nobody."""

    policy: Policy
    state: PolicyState
    in_force_on: date | None
    note: str
    drafted_by_name: str
    drafted_by_user_id: int | None
    drafted_at: datetime | None
    approved_by_name: str
    approved_at: datetime | None
    is_in_force: bool
    may_approve: bool = False
    may_discard: bool = False

    @property
    def version(self) -> int:
        """The number by which cases name it."""
        return self.policy.version


@dataclass(frozen=True, slots=True)
class YearView:
    """A version of a year's workdays; the house's own were loaded by nobody."""

    year: int
    version: int
    source: str
    rest_on: tuple[date, ...]
    work_on: tuple[date, ...]
    loaded_by_name: str
    loaded_at: datetime | None


def version_in_force(session: Session, community_id: int, *, on: date) -> int:
    """Return which version holds for cases registered on a day."""
    found = session.scalar(
        select(DeadlinePolicy.version)
        .where(
            DeadlinePolicy.community_id == community_id,
            DeadlinePolicy.state == PolicyState.APPROVED,
            DeadlinePolicy.in_force_on <= on,
        )
        .order_by(DeadlinePolicy.in_force_on.desc())
        .limit(1)
    )
    return HOUSE_VERSION if found is None else found


def policy(session: Session, community_id: int, version: int) -> Policy:
    """Return what a version says.

    Raises:
        PolicyNotFoundError: there is none.
    """
    if version == HOUSE_VERSION:
        return HOUSE_POLICY
    found = policies(session, community_id, version=version)
    if not found:
        raise errors.PolicyNotFoundError
    return found[version]


def answer_limit(session: Session, community_id: int) -> Limit:
    """Return within how long somebody answers what is reported today."""
    number = version_in_force(session, community_id, on=clock.today())
    return policy(session, community_id, number).limits[Step.RESPOND]


def policies(
    session: Session, community_id: int, *, version: int | None = None
) -> dict[int, Policy]:
    """Return every version after the house's own, or one, by number."""
    wanted = select(DeadlinePolicy).where(DeadlinePolicy.community_id == community_id)
    if version is not None:
        wanted = wanted.where(DeadlinePolicy.version == version)
    rows = session.scalars(wanted.order_by(DeadlinePolicy.version).limit(VERSIONS_MAX)).all()
    limits = _limits(session, [row.id for row in rows])
    return {row.version: _policy(row, limits.get(row.id, {})) for row in rows}


def _limits(session: Session, policy_ids: Sequence[int]) -> dict[int, dict[Step, Limit]]:
    """Return the limits of some versions by their rows, in the order of the steps."""
    found: dict[int, dict[Step, Limit]] = {}
    rows = session.scalars(select(DeadlineLimit).where(DeadlineLimit.policy_id.in_(policy_ids)))
    for row in sorted(rows, key=lambda one: list(Step).index(Step(one.step))):
        found.setdefault(row.policy_id, {})[Step(row.step)] = Limit(
            step=Step(row.step),
            amount=row.amount,
            unit=Unit(row.unit),
            pace=Pace(row.pace),
            start=Start(row.start),
            day_rule=DayRule(row.day_rule),
            urgent_amount=row.urgent_amount,
        )
    return found


def _policy(row: DeadlinePolicy, limits: Mapping[Step, Limit]) -> Policy:
    """Return a row as what it says."""
    hours = [Span(row.morning_from, row.morning_until)]
    if row.afternoon_from is not None and row.afternoon_until is not None:
        hours.append(Span(row.afternoon_from, row.afternoon_until))
    return Policy(
        version=row.version,
        limits=limits,
        hours=tuple(hours),
        rolls=Rolls(row.rolls),
        report_in_minutes=row.report_in_minutes,
        reopen_days=row.reopen_days,
    )


def years(
    session: Session, community_id: int, *, pinned: Mapping[int, int] | None = None
) -> Mapping[int, Year]:
    """Return the newest version of every year that is known, or exactly the pinned versions."""
    known = all_years(session, community_id)
    if pinned is not None:
        known = [one for one in known if pinned.get(one.year) == one.version]
    return workdays.by_year(known)


def all_years(session: Session, community_id: int) -> list[Year]:
    """Return every version of every year, the house's own first."""
    return list(HOUSE_YEARS) + [
        Year(one.year, one.version, one.source, frozenset(one.rest_on), frozenset(one.work_on))
        for one in _loaded_views(session, community_id)
    ]


def _loaded_views(session: Session, community_id: int) -> list[YearView]:
    """Return every version of every year that was loaded, with who did it."""
    rows = session.scalars(
        select(WorkYear)
        .where(WorkYear.community_id == community_id)
        .order_by(WorkYear.year, WorkYear.version)
        .limit(_YEARS_MAX)
    ).all()
    days: dict[int, list[WorkDay]] = {}
    if rows:
        wanted = select(WorkDay).where(WorkDay.work_year_id.in_([row.id for row in rows]))
        for day in session.scalars(wanted.order_by(WorkDay.day)):
            days.setdefault(day.work_year_id, []).append(day)
    return [
        YearView(
            year=row.year,
            version=row.version,
            source=row.source,
            rest_on=tuple(one.day for one in days.get(row.id, ()) if not one.is_worked),
            work_on=tuple(one.day for one in days.get(row.id, ()) if one.is_worked),
            loaded_by_name=row.loaded_by_name,
            loaded_at=row.loaded_at,
        )
        for row in rows
    ]


def year_views(session: Session, community_id: int) -> list[YearView]:
    """Return every version of every year that is known, the newest first."""
    house = [
        YearView(
            one.year, one.version, one.source, tuple(sorted(one.rest_on)),
            tuple(sorted(one.work_on)), "", None,
        )
        for one in HOUSE_YEARS
    ]  # fmt: skip
    known = house + _loaded_views(session, community_id)
    return sorted(known, key=lambda one: (-one.year, -one.version))


def rulebook(
    session: Session,
    community_id: int,
    version: int,
    *,
    pinned: Mapping[int, int] | None = None,
) -> Rulebook:
    """Return what deadlines by a version follow from; years are read only where they matter."""
    said = policy(session, community_id, version)
    known = years(session, community_id, pinned=pinned) if said.asks_calendar else {}
    return Rulebook(policy=said, years=known)


def versions(session: Session, *, actor: Actor) -> list[VersionView]:
    """Return every version, the newest first and the house's own last."""
    community_id = actor.community_id
    rows = session.scalars(
        select(DeadlinePolicy)
        .where(DeadlinePolicy.community_id == community_id)
        .order_by(DeadlinePolicy.version.desc())
        .limit(VERSIONS_MAX)
    ).all()
    said = policies(session, community_id)
    now = version_in_force(session, community_id, on=clock.today())
    return [*(_view(actor, row, said[row.version], now=now) for row in rows), _house_view(now)]


def version(session: Session, *, actor: Actor, number: int) -> VersionView:
    """Return one version.

    Raises:
        PolicyNotFoundError: there is none.
    """
    found = {one.version: one for one in versions(session, actor=actor)}
    if number not in found:
        raise errors.PolicyNotFoundError
    return found[number]


def _view(actor: Actor, row: DeadlinePolicy, said: Policy, *, now: int) -> VersionView:
    """Return a row as a reader sees it, with what the reader may do."""
    is_draft = row.state == PolicyState.DRAFT
    is_drafter = actor.user_id == row.drafted_by_user_id
    return VersionView(
        policy=said,
        state=PolicyState(row.state),
        in_force_on=row.in_force_on,
        note=row.note,
        drafted_by_name=row.drafted_by_name,
        drafted_by_user_id=row.drafted_by_user_id,
        drafted_at=row.drafted_at,
        approved_by_name=row.approved_by_name,
        approved_at=row.approved_at,
        is_in_force=row.version == now,
        may_approve=is_draft and not is_drafter and actor.may("promise.approve"),
        may_discard=is_draft and actor.may("promise.draft"),
    )


def _house_view(now: int) -> VersionView:
    """Return the version that comes with the house."""
    return VersionView(
        policy=HOUSE_POLICY,
        state=PolicyState.APPROVED,
        in_force_on=None,
        note="",
        drafted_by_name="",
        drafted_by_user_id=None,
        drafted_at=None,
        approved_by_name="",
        approved_at=None,
        is_in_force=now == HOUSE_VERSION,
    )
