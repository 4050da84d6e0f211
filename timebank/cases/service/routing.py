"""Routing: rules drafted, tried, switched on by a second person; new cases handed out."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from timebank.cases.errors import routing as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.routing import CaseRoute, RoutingRule, RoutingVersion
from timebank.cases.queries import routing as queries
from timebank.cases.queries import staff
from timebank.cases.rules import routing as rules
from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.routing import Choice, Matter, RoutingState, Rule
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def route_case(session: Session, row: CaseFile, *, grid_id: int, at: datetime) -> Choice:
    """Hand a new case to somebody and keep why; rules that do not fit leave it to the officer."""
    version, present = queries.in_force(session, row.community_id)
    matter = Matter(
        micro_grid_id=row.micro_grid_id,
        grid_id=grid_id,
        category=Category(row.category),
        source=Source(row.source),
        is_urgent=row.is_urgent,
    )
    people = staff.staff(session, row.community_id, on=clock.day_of(at))
    choice = rules.choose(matter, present, people)
    session.add(_route_row(row, choice, version=version, at=at))
    session.flush()
    return choice


def _route_row(row: CaseFile, choice: Choice, *, version: int | None, at: datetime) -> CaseRoute:
    """Return the row that keeps a choice."""
    worker, away = choice.worker, choice.leave
    return CaseRoute(
        community_id=row.community_id,
        case_id=row.id,
        routed_at=at,
        ground=choice.ground,
        user_id=worker.user_id if worker else None,
        user_name=worker.name if worker else "",
        user_role=worker.role if worker else None,
        version=version if choice.position is not None else None,
        position=choice.position,
        instead_of_name=choice.instead_of.name if choice.instead_of else None,
        away_first_on=away.first_on if away else None,
        away_last_on=away.last_on if away else None,
    )


def draft_routing(session: Session, *, actor: Actor, note: str = "") -> int:
    """Begin a version with the rules that are in force, and return its number."""
    latest = session.scalar(
        select(func.max(RoutingVersion.version)).where(
            RoutingVersion.community_id == actor.community_id
        )
    )
    row = RoutingVersion(
        community_id=actor.community_id,
        version=(latest or 0) + 1,
        state=RoutingState.DRAFT,
        note=note.strip(),
        drafted_at=clock.now(),
        drafted_by_user_id=actor.user_id,
        drafted_by_id=actor.person_id,
        drafted_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    _, present = queries.in_force(session, actor.community_id)
    for rule in present:
        session.add(_rule_row(row, rule, position=rule.position))
    session.flush()
    _leave_trail(session, actor, "draft_routing", row)
    return row.version


def add_rule(session: Session, *, actor: Actor, number: int, rule: Rule) -> None:
    """Put a rule into a draft, before those at its position; a place behind the last is the end.

    Raises:
        RoutingNotFoundError, RoutingSettledError, RoutingNotYoursError, TooManyRulesError
        RuleTargetError, RuleBlankError, RulePlaceError, RuleWorkerError: the rule.
    """
    row = _locked_draft(session, actor, number)
    rules.check_rule(rule)
    _check_place(session, actor, rule)
    if rule.to_user_id is not None:
        known = {one.user_id for one in staff.workers(session, actor.community_id)}
        if rule.to_user_id not in known:
            raise errors.RuleWorkerError(field="to_user_id")
    stored = _stored(session, row)
    if len(stored) >= rules.RULES_MAX:
        raise errors.TooManyRulesError(limit=rules.RULES_MAX)
    position = min(rule.position, len(stored) + 1)
    made = _rule_row(row, rule, position=len(stored) + 1)
    session.add(made)
    session.flush()
    stored.insert(position - 1, made)
    _number(session, stored)
    _changed(session, actor, row, "add_routing_rule")


def remove_rule(session: Session, *, actor: Actor, number: int, rule_id: int) -> None:
    """Take a rule out of a draft.

    Raises:
        RoutingNotFoundError, RoutingSettledError, RoutingNotYoursError, RuleNotFoundError
    """
    row = _locked_draft(session, actor, number)
    stored = _stored(session, row)
    gone = _named(stored, rule_id)
    session.execute(delete(RoutingRule).where(RoutingRule.id == gone.id))
    _number(session, [one for one in stored if one.id != gone.id])
    _changed(session, actor, row, "remove_routing_rule")


def move_rule_up(session: Session, *, actor: Actor, number: int, rule_id: int) -> None:
    """Let a rule be asked before the one that stands before it.

    Raises:
        RoutingNotFoundError, RoutingSettledError, RoutingNotYoursError, RuleNotFoundError
    """
    row = _locked_draft(session, actor, number)
    stored = _stored(session, row)
    at = stored.index(_named(stored, rule_id))
    if at:
        stored[at - 1], stored[at] = stored[at], stored[at - 1]
        _number(session, stored)
        _changed(session, actor, row, "move_routing_rule")


def try_routing(session: Session, *, actor: Actor, number: int) -> tuple[int, int]:
    """Try a draft on the last cases; return how many, and how many somebody else would get.

    Raises:
        RoutingNotFoundError, RoutingSettledError, RoutingEmptyError
    """
    row = _locked_draft(session, actor, number, is_edit=False)
    if not _stored(session, row):
        raise errors.RoutingEmptyError
    lines = queries.trial(session, actor=actor, number=number)
    row.tested_at, row.tested_cases = clock.now(), len(lines)
    row.tested_differences = sum(line.is_other for line in lines)
    session.flush()
    _leave_trail(session, actor, "try_routing", row)
    return row.tested_cases, row.tested_differences


def switch_on(session: Session, *, actor: Actor, number: int) -> None:
    """Let a draft hand out cases from now on; the version before it rests.

    Raises:
        RoutingNotFoundError, RoutingSettledError
        RoutingUntestedError: it was changed since it was tried, or never tried.
        RoutingNeedsSecondError: the drafter, by whatever account, switches it on.
    """
    row = _locked_draft(session, actor, number, is_edit=False)
    if row.tested_at is None:
        raise errors.RoutingUntestedError
    is_same = actor.user_id is None or actor.user_id == row.drafted_by_user_id
    is_same = is_same or (actor.person_id is not None and actor.person_id == row.drafted_by_id)
    if is_same:
        raise errors.RoutingNeedsSecondError
    now = clock.now()
    session.execute(
        update(RoutingVersion)
        .where(
            RoutingVersion.community_id == actor.community_id,
            RoutingVersion.state == RoutingState.ON,
        )
        .values(state=RoutingState.OFF, off_at=now)
        .execution_options(synchronize_session="fetch")
    )
    row.state, row.on_at, row.on_by_user_id = RoutingState.ON, now, actor.user_id
    row.on_by_id, row.on_by_name = actor.person_id, actor.name
    session.flush()
    _leave_trail(session, actor, "switch_on_routing", row)


def discard_routing(session: Session, *, actor: Actor, number: int) -> None:
    """Lay a draft aside for good; its number is not used again.

    Raises:
        RoutingNotFoundError, RoutingSettledError
    """
    row = _locked_draft(session, actor, number, is_edit=False)
    row.state = RoutingState.DISCARDED
    session.flush()
    _leave_trail(session, actor, "discard_routing", row)


def _locked_draft(
    session: Session, actor: Actor, number: int, *, is_edit: bool = True
) -> RoutingVersion:
    """Return a draft of the actor's community, locked; only its drafter edits it."""
    row = session.scalar(
        select(RoutingVersion)
        .where(RoutingVersion.community_id == actor.community_id, RoutingVersion.version == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.RoutingNotFoundError
    if row.state != RoutingState.DRAFT:
        raise errors.RoutingSettledError
    if is_edit and row.drafted_by_user_id != actor.user_id:
        raise errors.RoutingNotYoursError(name=row.drafted_by_name)
    return row


def _check_place(session: Session, actor: Actor, rule: Rule) -> None:
    """Refuse a place of another community."""
    places = community_queries.micro_grids(session, actor.community_id)
    if rule.micro_grid_id is not None and rule.micro_grid_id not in {one.id for one in places}:
        raise errors.RulePlaceError(field="micro_grid_id")
    if rule.grid_id is not None and rule.grid_id not in {one.grid_id for one in places}:
        raise errors.RulePlaceError(field="grid_id")


def _stored(session: Session, row: RoutingVersion) -> list[RoutingRule]:
    """Return the rules of a version, in order."""
    found = select(RoutingRule).where(RoutingRule.version_id == row.id)
    return list(session.scalars(found.order_by(RoutingRule.position).limit(rules.RULES_MAX + 1)))


def _named(stored: list[RoutingRule], rule_id: int) -> RoutingRule:
    """Return one of the rules by its id."""
    for one in stored:
        if one.id == rule_id:
            return one
    raise errors.RuleNotFoundError


def _number(session: Session, stored: list[RoutingRule]) -> None:
    """Number rules in their order; first out of each other's way, since positions are unique."""
    for offset in (rules.RULES_MAX + 1, 0):
        for position, one in enumerate(stored, start=1):
            one.position = position + offset
        session.flush()


def _rule_row(row: RoutingVersion, rule: Rule, *, position: int) -> RoutingRule:
    """Return the row of a rule."""
    return RoutingRule(
        community_id=row.community_id,
        version_id=row.id,
        position=position,
        grid_id=rule.grid_id,
        micro_grid_id=rule.micro_grid_id,
        category=rule.category,
        source=rule.source,
        is_urgent=rule.is_urgent,
        to_role=rule.to_role,
        to_user_id=rule.to_user_id,
    )


def _changed(session: Session, actor: Actor, row: RoutingVersion, action: str) -> None:
    """Note that a draft is another than was tried."""
    row.tested_at = row.tested_cases = row.tested_differences = None
    session.flush()
    _leave_trail(session, actor, action, row)


def _leave_trail(session: Session, actor: Actor, action: str, row: RoutingVersion) -> None:
    """Note the act in the community's trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="routing_version",
        subject_id=row.id,
        summary=str(row.version),
    )
