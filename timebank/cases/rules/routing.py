"""Who gets a new case: rules in order, the micro-grid's officer when none fits, deputies on leave.

Pure: who works where and who is away is handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from timebank.cases.errors import routing as errors
from timebank.cases.rules.flow import Category, Source

RULES_MAX = 40
TRIAL_CASES = 200
_DEPUTIES_MAX = 5


class RoutingState(StrEnum):
    """Where a version of the rules stands."""

    DRAFT = "draft"
    ON = "on"
    OFF = "off"
    DISCARDED = "discarded"


class WorkerRole(StrEnum):
    """The roles that work cases, the nearest to a door first."""

    GRID_OFFICER = "grid_officer"
    STEWARD = "steward"
    COMMUNITY_ADMIN = "community_admin"


class Ground(StrEnum):
    """Why a case went to somebody."""

    RULE = "rule"
    RULE_UNFIT = "rule_unfit"
    OFFICER = "officer"
    ADMIN = "admin"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; a condition that is None asks nothing. To a role at the place, or to a person."""

    position: int
    grid_id: int | None = None
    micro_grid_id: int | None = None
    category: Category | None = None
    source: Source | None = None
    is_urgent: bool | None = None
    to_role: WorkerRole | None = None
    to_user_id: int | None = None

    def meets(self, matter: "Matter") -> bool:
        """Whether a matter is one of those that the rule means."""
        return all(
            wanted is None or wanted == given
            for wanted, given in (
                (self.grid_id, matter.grid_id),
                (self.micro_grid_id, matter.micro_grid_id),
                (self.category, matter.category),
                (self.source, matter.source),
                (self.is_urgent, matter.is_urgent),
            )
        )


@dataclass(frozen=True, slots=True)
class Matter:
    """What rules look at in a case."""

    micro_grid_id: int
    grid_id: int
    category: Category
    source: Source
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works cases: in some grids, or in all of them."""

    user_id: int
    name: str
    role: WorkerRole
    grid_id: int | None
    person_id: int | None = None

    def reaches(self, grid_id: int) -> bool:
        """Whether a grid's cases are within reach."""
        return self.grid_id is None or self.grid_id == grid_id


@dataclass(frozen=True, slots=True)
class Leave:
    """Who is away on a day, and who stands in."""

    user_id: int
    deputy_user_id: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works where, and who is away today."""

    workers: Sequence[Worker]
    away: Mapping[int, Leave]

    def of_role(self, role: WorkerRole, grid_id: int) -> Worker | None:
        """Return the first holder of a role at a grid."""
        return next((w for w in self.workers if w.role is role and w.reaches(grid_id)), None)

    def person(self, user_id: int, grid_id: int) -> Worker | None:
        """Return somebody who reaches a grid's cases, by account."""
        return next((w for w in self.workers if w.user_id == user_id and w.reaches(grid_id)), None)

    def present(self, worker: Worker, grid_id: int) -> Worker | None:
        """Return who stands in for somebody today: themselves, or the last deputy who is there."""
        seen, now = {worker.user_id}, worker
        for _ in range(_DEPUTIES_MAX):
            leave = self.away.get(now.user_id)
            if leave is None:
                return now
            deputy = self.person(leave.deputy_user_id, grid_id)
            if deputy is None or deputy.user_id in seen:
                return None
            seen.add(deputy.user_id)
            now = deputy
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets a case and why: by which rule, and in whose stead."""

    worker: Worker | None
    ground: Ground
    position: int | None = None
    instead_of: Worker | None = None
    leave: Leave | None = None


def choose(matter: Matter, rules: Iterable[Rule], staff: Staff) -> Choice:
    """Return who gets a matter: by the first rule that means it, else the grid's officer.

    A rule whose person or role cannot take it here is passed over in favour of the officer.
    """
    rule = next((one for one in rules if one.meets(matter)), None)
    if rule is None:
        return _default(matter, staff, Ground.OFFICER, None)
    target = (
        staff.of_role(rule.to_role, matter.grid_id)
        if rule.to_role is not None
        else staff.person(rule.to_user_id or 0, matter.grid_id)
    )
    chosen = _with_deputy(target, matter, staff, Ground.RULE, rule.position)
    return chosen or _default(matter, staff, Ground.RULE_UNFIT, rule.position)


def _default(matter: Matter, staff: Staff, ground: Ground, position: int | None) -> Choice:
    """Return the grid's officer, else an administrator, else nobody."""
    officer = staff.of_role(WorkerRole.GRID_OFFICER, matter.grid_id)
    chosen = _with_deputy(officer, matter, staff, ground, position)
    if chosen is not None:
        return chosen
    admins = [w for w in staff.workers if w.role is WorkerRole.COMMUNITY_ADMIN]
    for admin in admins:
        chosen = _with_deputy(admin, matter, staff, Ground.ADMIN, position)
        if chosen is not None:
            return chosen
    return Choice(None, Ground.NOBODY, position)


def _with_deputy(
    target: Worker | None, matter: Matter, staff: Staff, ground: Ground, position: int | None
) -> Choice | None:
    """Return the target or who stands in; None when neither can take it."""
    if target is None:
        return None
    there = staff.present(target, matter.grid_id)
    if there is None:
        return None
    if there.user_id == target.user_id:
        return Choice(there, ground, position)
    return Choice(there, ground, position, instead_of=target, leave=staff.away[target.user_id])


def check_rule(rule: Rule) -> None:
    """Refuse a rule that means everything or names no taker.

    Raises:
        RuleTargetError: it names neither a role nor a person, or both.
        RuleBlankError: it asks nothing, so that no rule behind it would ever act.
    """
    if (rule.to_role is None) == (rule.to_user_id is None):
        raise errors.RuleTargetError(field="to_role")
    asks = (rule.grid_id, rule.micro_grid_id, rule.category, rule.source, rule.is_urgent)
    if all(one is None for one in asks):
        raise errors.RuleBlankError(field="category")
