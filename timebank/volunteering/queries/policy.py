"""The rules for hours: what is in force when, versions and drafts, simulations, kinds."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.policy import PolicyNotFoundError
from timebank.volunteering.errors.records import KindNotFoundError
from timebank.volunteering.models.policy import (
    HoursPolicy,
    PolicyOutcome,
    PolicyRate,
    PolicySimulation,
    ServiceKind,
)
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules.policy import (
    VALUES,
    Circle,
    Excess,
    Policy,
    PolicyCalendar,
    PolicyState,
    Rate,
)
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.rules.simulation import PastRecord


class Standing(StrEnum):
    """What a version is today."""

    DRAFT = "draft"
    SIMULATED = "simulated"
    COMING = "coming"
    CURRENT = "current"
    PAST = "past"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with what it says, who drafted and who approved it."""

    id: int
    version: int
    state: PolicyState
    standing: Standing
    in_force_on: date
    note: str
    preset: str
    policy: Policy
    drafted_at: datetime
    drafted_by_user_id: int | None
    drafted_by_id: int | None
    drafted_by_name: str
    simulated_at: datetime | None
    approved_at: datetime | None
    approved_by_name: str

    @property
    def is_open(self) -> bool:
        """Whether it is still a draft, simulated or not."""
        return self.state in rules.OPEN_STATES


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of service and what it counts by the policy of today."""

    id: int
    code: str
    name: str
    description: str
    is_risky: bool
    is_active: bool
    rate_percent: int
    bonus_minutes: int


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What a simulation says about one volunteer; minutes."""

    id: int
    person_id: int
    person_name: str
    records: int
    own_before_minutes: int
    own_after_minutes: int
    donation_after_minutes: int
    refused_after_minutes: int

    @property
    def change_minutes(self) -> int:
        """What the volunteer would have more, or less, on the own account."""
        return self.own_after_minutes - self.own_before_minutes


def _rates(session: Session, policy_ids: Collection[int]) -> dict[int, dict[int, Rate]]:
    """Return ``{policy_id: {kind_id: rate}}``."""
    found: dict[int, dict[int, Rate]] = defaultdict(dict)
    rows = session.scalars(select(PolicyRate).where(PolicyRate.policy_id.in_(policy_ids)))
    for row in rows:
        found[row.policy_id][row.kind_id] = Rate(row.rate_percent, row.bonus_minutes)
    return found


def policy_of(row: HoursPolicy, rates: dict[int, Rate]) -> Policy:
    """Return what a row says as a value."""
    said: dict[str, Any] = {name: getattr(row, name) for name in VALUES}  # Any: of each its own
    said |= {"excess": Excess(row.excess), "circle": Circle(row.circle)}
    return Policy(version=row.version, rates=rates, **said)


def calendar(session: Session, community_id: int) -> PolicyCalendar:
    """Return a community's approved versions by the day from which each is in force."""
    rows = session.scalars(
        select(HoursPolicy)
        .where(HoursPolicy.community_id == community_id, HoursPolicy.state == PolicyState.APPROVED)
        .order_by(HoursPolicy.in_force_on.desc())
        .limit(rules.VERSIONS_MAX)
    ).all()
    rates = _rates(session, [row.id for row in rows])
    return PolicyCalendar((row.in_force_on, policy_of(row, rates.get(row.id, {}))) for row in rows)


def _views(session: Session, rows: Sequence[HoursPolicy]) -> list[VersionView]:
    """Return rows with their rates and what each is today."""
    if not rows:
        return []
    rates = _rates(session, [row.id for row in rows])
    current = calendar(session, rows[0].community_id).on(clock.today()).version
    return [_view(row, rates.get(row.id, {}), current) for row in rows]


def _view(row: HoursPolicy, rates: dict[int, Rate], current: int) -> VersionView:
    """Return the view of one row."""
    return VersionView(
        id=row.id,
        version=row.version,
        state=PolicyState(row.state),
        standing=_standing(row, current),
        in_force_on=row.in_force_on,
        note=row.note,
        preset=row.preset,
        policy=policy_of(row, rates),
        drafted_at=row.drafted_at,
        drafted_by_user_id=row.drafted_by_user_id,
        drafted_by_id=row.drafted_by_id,
        drafted_by_name=row.drafted_by_name,
        simulated_at=row.simulated_at,
        approved_at=row.approved_at,
        approved_by_name=row.approved_by_name,
    )


def _standing(row: HoursPolicy, current: int) -> Standing:
    """Return what a row is today, given the version in force."""
    if row.state != PolicyState.APPROVED:
        return Standing(row.state)
    if row.version == current:
        return Standing.CURRENT
    return Standing.COMING if row.in_force_on > clock.today() else Standing.PAST


def versions(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[VersionView]:
    """Return a community's versions, newest first."""
    wanted = select(HoursPolicy).where(HoursPolicy.community_id == actor.community_id)
    if cursor:
        wanted = wanted.where(HoursPolicy.version < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(HoursPolicy.version.desc()).limit(limit + 1)).all()
    return paging.page_of(_views(session, rows), limit=limit, key=lambda view: [view.version])


def version(session: Session, *, actor: Actor, number: int) -> VersionView:
    """Return one version of a community.

    Raises:
        PolicyNotFoundError: there is none.
    """
    row = session.scalar(
        select(HoursPolicy).where(
            HoursPolicy.community_id == actor.community_id, HoursPolicy.version == number
        )
    )
    if row is None:
        raise PolicyNotFoundError
    return _views(session, [row])[0]


def simulation(session: Session, policy_id: int) -> PolicySimulation | None:
    """Return the last simulation of a version."""
    return session.scalar(
        select(PolicySimulation)
        .where(PolicySimulation.policy_id == policy_id)
        .order_by(PolicySimulation.id.desc())
        .limit(1)
    )


def outcomes(
    session: Session,
    *,
    simulation_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[OutcomeView]:
    """Return whose minutes a simulation changes, the greatest loss first."""
    wanted = select(PolicyOutcome).where(PolicyOutcome.simulation_id == simulation_id)
    if cursor:
        wanted = wanted.where(PolicyOutcome.id > paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(PolicyOutcome.id).limit(limit + 1)).all()
    people = community_queries.persons(session, [row.person_id for row in rows])
    views = [
        OutcomeView(
            row.id,
            row.person_id,
            people[row.person_id].name if row.person_id in people else "",
            row.records,
            row.own_before_minutes,
            row.own_after_minutes,
            row.donation_after_minutes,
            row.refused_after_minutes,
        )
        for row in rows
    ]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def past_records(
    session: Session, *, community_id: int, first_on: date, last_on: date
) -> Iterator[PastRecord]:
    """Return the approved records of some days, in the order of the service."""
    it = ServiceRecord
    rows = session.execute(
        select(
            it.volunteer_id,
            it.recipient_id,
            it.kind_id,
            it.served_on,
            it.minutes,
            it.credited_minutes,
            it.donation_minutes,
        )
        .where(
            it.community_id == community_id,
            it.state == RecordState.APPROVED,
            it.served_on.between(first_on, last_on),
        )
        .order_by(it.served_on, it.started_at, it.id)
        .execution_options(yield_per=2000)
    )
    for row in rows:
        yield PastRecord(*row)


def own_before(session: Session, *, community_id: int, before: date) -> dict[int, int]:
    """Return ``{volunteer_id: minutes}`` that went to their own accounts before a day."""
    own = func.sum(ServiceRecord.credited_minutes - ServiceRecord.donation_minutes)
    rows = session.execute(
        select(ServiceRecord.volunteer_id, own)
        .where(
            ServiceRecord.community_id == community_id,
            ServiceRecord.state == RecordState.APPROVED,
            ServiceRecord.served_on < before,
        )
        .group_by(ServiceRecord.volunteer_id)
    )
    return {person_id: int(minutes or 0) for person_id, minutes in rows}


def kinds(session: Session, community_id: int, *, only_active: bool = False) -> list[KindView]:
    """Return the kinds of a community with today's rates, those switched off last."""
    wanted = select(ServiceKind).where(ServiceKind.community_id == community_id)
    if only_active:
        wanted = wanted.where(ServiceKind.is_active)
    ordered = wanted.order_by(ServiceKind.is_active.desc(), ServiceKind.id)
    rows = session.scalars(ordered.limit(paging.PAGE_SIZE_MAX)).all()
    policy = calendar(session, community_id).on(clock.today())
    return [_kind_view(row, policy.rate_of(row.id)) for row in rows]


def _kind_view(row: ServiceKind, rate: Rate) -> KindView:
    """Return a kind with its rate."""
    return KindView(
        row.id,
        row.code,
        row.name,
        row.description,
        row.is_risky,
        row.is_active,
        rate.rate_percent,
        rate.bonus_minutes,
    )


def kind(session: Session, community_id: int, kind_id: int) -> KindView:
    """Return one kind of a community with today's rate.

    Raises:
        KindNotFoundError: there is none.
    """
    row = session.get(ServiceKind, kind_id)
    if row is None or row.community_id != community_id:
        raise KindNotFoundError
    policy = calendar(session, community_id).on(clock.today())
    return _kind_view(row, policy.rate_of(row.id))


def pair(
    session: Session, *, actor: Actor, number: int, other: int | None
) -> tuple[VersionView, VersionView]:
    """Return a version and the one it is compared with: another, or the one in force today.

    Raises:
        PolicyNotFoundError: one of them is not there.
    """
    seen = version(session, actor=actor, number=number)
    if other is None:
        other = calendar(session, actor.community_id).on(clock.today()).version
    return seen, version(session, actor=actor, number=other)


def acts_now(actor: Actor, view: VersionView) -> dict[str, bool]:
    """Return which acts to offer on a version; each verb still decides for itself."""
    is_drafter = actor.user_id == view.drafted_by_user_id or (
        actor.person_id is not None and actor.person_id == view.drafted_by_id
    )
    drafts = view.is_open and actor.may("policy.draft")
    return {
        "change": drafts and is_drafter,
        "simulate": drafts,
        "discard": drafts,
        "approve": view.state is PolicyState.SIMULATED
        and actor.may("policy.approve")
        and not is_drafter,
        "draft_another": actor.may("policy.draft"),
    }
