"""Versions of the routing rules as they are read, what they would do, and why a case went where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors import routing as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.routing import CaseRoute, RoutingRule, RoutingVersion
from timebank.cases.queries import lists, staff
from timebank.cases.rules import routing as rules
from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.routing import (
    Choice,
    Ground,
    Matter,
    RoutingState,
    Rule,
    WorkerRole,
)
from timebank.community import queries as community_queries
from timebank.community.queries import MicroGridView
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its names."""

    id: int
    rule: Rule
    place_label: str
    to_user_name: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of the rules; ``may_edit`` and ``may_switch_on`` are the reader's own."""

    version: int
    state: RoutingState
    note: str
    drafted_by_name: str
    drafted_at: datetime
    tested_at: datetime | None
    tested_cases: int | None
    tested_differences: int | None
    on_at: datetime | None
    on_by_name: str
    off_at: datetime | None
    rules: tuple[RuleView, ...] = ()
    may_edit: bool = False
    may_switch_on: bool = False


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One of the last cases: who gets it as things are, and who would get it by the draft."""

    case_id: int
    number: str
    title: str
    category: Category
    place_label: str
    now: Choice
    then: Choice

    @property
    def is_other(self) -> bool:
        """Whether somebody else would get it."""
        return _id_of(self.now) != _id_of(self.then)


@dataclass(frozen=True, slots=True)
class RouteView:
    """Who was given a case, and what the sentence about it is made of."""

    ground: Ground
    user_id: int | None
    user_name: str
    user_role: WorkerRole | None
    version: int | None
    position: int | None
    instead_of_name: str | None
    away_first_on: date | None
    away_last_on: date | None


def _id_of(choice: Choice) -> int | None:
    """Return the account that a choice fell on."""
    return choice.worker.user_id if choice.worker else None


def versions(session: Session, *, actor: Actor) -> list[VersionView]:
    """Return the versions of the actor's community, newest first, without their rules."""
    rows = session.scalars(
        select(RoutingVersion)
        .where(RoutingVersion.community_id == actor.community_id)
        .order_by(RoutingVersion.version.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [_view(row, (), actor) for row in rows]


def version(session: Session, *, actor: Actor, number: int) -> VersionView:
    """Return one version with its rules.

    Raises:
        RoutingNotFoundError: the community has none such.
    """
    row = _row(session, actor.community_id, number)
    stored = session.scalars(
        select(RoutingRule)
        .where(RoutingRule.version_id == row.id)
        .order_by(RoutingRule.position)
        .limit(rules.RULES_MAX)
    ).all()
    labels = _labels(session, actor.community_id)
    names = {one.user_id: one.name for one in staff.workers(session, actor.community_id)}
    views = tuple(_rule_view(one, labels, names) for one in stored)
    return _view(row, views, actor)


def in_force(session: Session, community_id: int) -> tuple[int | None, list[Rule]]:
    """Return the version that is switched on and its rules; None and none without one."""
    rows = session.execute(
        select(RoutingVersion.version, RoutingRule)
        .join(RoutingRule, RoutingRule.version_id == RoutingVersion.id)
        .where(RoutingVersion.community_id == community_id, RoutingVersion.state == RoutingState.ON)
        .order_by(RoutingRule.position)
        .limit(rules.RULES_MAX)
    ).all()
    return (rows[0][0] if rows else None), [rule_of(rule) for _, rule in rows]


def trial(session: Session, *, actor: Actor, number: int) -> list[TrialLine]:
    """Return who would get the last cases by a version, beside who gets them as things are.

    Told are those cases alone that the reader may open. Both are asked of today's staff, so that
    only the rules differ.

    Raises:
        RoutingNotFoundError: the community has none such.
    """
    row = _row(session, actor.community_id, number)
    drafted = [
        rule_of(one)
        for one in session.scalars(
            select(RoutingRule)
            .where(RoutingRule.version_id == row.id)
            .order_by(RoutingRule.position)
            .limit(rules.RULES_MAX)
        )
    ]
    _, present = in_force(session, actor.community_id)
    people = staff.staff(session, actor.community_id, on=clock.today())
    places = {one.id: one for one in community_queries.micro_grids(session, actor.community_id)}
    lines = []
    for case in _last_cases(session, actor, places):
        place = places[case.micro_grid_id]
        matter = Matter(
            micro_grid_id=place.id,
            grid_id=place.grid_id,
            category=Category(case.category),
            source=Source(case.source),
            is_urgent=case.is_urgent,
        )
        lines.append(
            TrialLine(
                case_id=case.id,
                number=case.number,
                title=case.title,
                category=matter.category,
                place_label=place.label,
                now=rules.choose(matter, present, people),
                then=rules.choose(matter, drafted, people),
            )
        )
    return lines


def route(session: Session, case_id: int) -> RouteView | None:
    """Return who was given a case and why; None for those from before there were routes."""
    row = session.scalar(select(CaseRoute).where(CaseRoute.case_id == case_id))
    if row is None:
        return None
    return RouteView(
        ground=Ground(row.ground),
        user_id=row.user_id,
        user_name=row.user_name,
        user_role=WorkerRole(row.user_role) if row.user_role else None,
        version=row.version,
        position=row.position,
        instead_of_name=row.instead_of_name,
        away_first_on=row.away_first_on,
        away_last_on=row.away_last_on,
    )


def rule_of(row: RoutingRule) -> Rule:
    """Return a stored rule as the rules know it."""
    return Rule(
        position=row.position,
        grid_id=row.grid_id,
        micro_grid_id=row.micro_grid_id,
        category=Category(row.category) if row.category else None,
        source=Source(row.source) if row.source else None,
        is_urgent=row.is_urgent,
        to_role=WorkerRole(row.to_role) if row.to_role else None,
        to_user_id=row.to_user_id,
    )


def _last_cases(
    session: Session, actor: Actor, places: Mapping[int, MicroGridView]
) -> Sequence[CaseFile]:
    """Return the last cases within reach, newest first."""
    return session.scalars(
        select(CaseFile)
        .where(CaseFile.community_id == actor.community_id)
        .where(lists.within(actor, "case.read", places))
        .order_by(CaseFile.id.desc())
        .limit(rules.TRIAL_CASES)
    ).all()


def _row(session: Session, community_id: int, number: int) -> RoutingVersion:
    """Return the row of a version."""
    row = session.scalar(
        select(RoutingVersion).where(
            RoutingVersion.community_id == community_id, RoutingVersion.version == number
        )
    )
    if row is None:
        raise errors.RoutingNotFoundError
    return row


def _labels(session: Session, community_id: int) -> dict[tuple[str, int], str]:
    """Return the names of grids and micro-grids."""
    found: dict[tuple[str, int], str] = {}
    for place in community_queries.micro_grids(session, community_id):
        found["grid", place.grid_id] = place.grid_name
        found["micro_grid", place.id] = place.label
    return found


def _rule_view(
    row: RoutingRule, labels: dict[tuple[str, int], str], names: dict[int, str]
) -> RuleView:
    """Return a rule with its names."""
    label = ""
    if row.micro_grid_id is not None:
        label = labels.get(("micro_grid", row.micro_grid_id), "")
    elif row.grid_id is not None:
        label = labels.get(("grid", row.grid_id), "")
    return RuleView(
        id=row.id,
        rule=rule_of(row),
        place_label=label,
        to_user_name=names.get(row.to_user_id or 0, ""),
    )


def _view(row: RoutingVersion, views: tuple[RuleView, ...], actor: Actor) -> VersionView:
    """Return the row of a version as it is read."""
    is_draft = row.state == RoutingState.DRAFT
    is_drafter = row.drafted_by_user_id == actor.user_id
    return VersionView(
        version=row.version,
        state=RoutingState(row.state),
        note=row.note,
        drafted_by_name=row.drafted_by_name,
        drafted_at=row.drafted_at,
        tested_at=row.tested_at,
        tested_cases=row.tested_cases,
        tested_differences=row.tested_differences,
        on_at=row.on_at,
        on_by_name=row.on_by_name,
        off_at=row.off_at,
        rules=views,
        may_edit=is_draft and is_drafter and actor.may("routing.draft"),
        may_switch_on=is_draft and not is_drafter and actor.may("routing.approve"),
    )
