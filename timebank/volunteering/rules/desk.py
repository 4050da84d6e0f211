"""What a community sets for its review desk: thresholds, shares, deadlines; pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

from timebank.volunteering.errors import desk as errors


@dataclass(frozen=True, slots=True)
class DeskRules:
    """One version of a desk's rules; minutes, percent, days. None: not set, so never asked for.

    ``second_minutes`` and ``second_points``: from here on a record needs a second approval.
    ``pair_percent``: share of a month's service that may go to one person before it is worth a
    look; ``reviewer_percent``: the same for one reviewer or confirmer. ``day_minutes``: a long day.
    ``travel_minutes``: what the way between two grids takes; within one grid half of it.
    ``check_percent``, ``check_least``: how many of a week's approvals are drawn for a spot check.
    """

    version: int = 0
    second_minutes: int | None = None
    second_points: int | None = None
    pair_percent: int = 60
    reviewer_percent: int = 80
    day_minutes: int = 360
    travel_minutes: int = 10
    late_days: int = 7
    check_percent: int = 3
    check_least: int = 3
    appeal_days: int = 15
    appeal_decided_days: int = 7
    arbitration_days: int = 15
    arbitration_decided_days: int = 15

    @property
    def asks_for_two(self) -> bool:
        """Whether any record needs a second approval."""
        return self.second_minutes is not None or self.second_points is not None


# What holds in a community that never set anything.
DEFAULT_RULES = DeskRules()
VALUES = tuple(one.name for one in fields(DeskRules) if one.name != "version")
OPTIONAL = frozenset({"second_minutes", "second_points"})
RANGES: Mapping[str, tuple[int, int]] = {
    "second_minutes": (1, 1440),
    "second_points": (1, 100),
    "pair_percent": (1, 100),
    "reviewer_percent": (1, 100),
    "day_minutes": (1, 1440),
    "travel_minutes": (1, 120),
    "late_days": (1, 366),
    "check_percent": (0, 100),
    "check_least": (0, 60),
    "appeal_days": (1, 180),
    "appeal_decided_days": (1, 60),
    "arbitration_days": (1, 180),
    "arbitration_decided_days": (1, 60),
}


def check_rules(rules: DeskRules) -> None:
    """Refuse figures out of range.

    Raises:
        DeskRulesOutOfRangeError
    """
    for name, (least, most) in RANGES.items():
        value = getattr(rules, name)
        if value is None and name in OPTIONAL:
            continue
        if value is None or not least <= value <= most:
            raise errors.DeskRulesOutOfRangeError(field=name, least=least, most=most)


def check_in_force_on(day: date, *, today: date) -> None:
    """Refuse a day in the past.

    Raises:
        DeskRulesInPastError
    """
    if day < today:
        raise errors.DeskRulesInPastError(field="in_force_on")


def due_on(today: date, days: int) -> date:
    """Return the last day of a term that begins today; it ends with that day."""
    return today + timedelta(days=days)


def is_over(due: date | None, *, today: date) -> bool:
    """Whether a term's last day has passed."""
    return due is not None and due < today


def needs_second(rules: DeskRules, *, credited_minutes: int, points: int) -> bool:
    """Whether a record must be approved by two."""
    by_minutes = rules.second_minutes is not None and credited_minutes >= rules.second_minutes
    by_points = rules.second_points is not None and points >= rules.second_points
    return by_minutes or by_points


def check_second(
    *, first: tuple[int | None, int | None], second: tuple[int | None, int | None]
) -> None:
    """Refuse the same person twice, by account and by person (``(user_id, person_id)``).

    Raises:
        SecondsOwnApprovalError
    """
    for one, other in zip(first, second, strict=True):
        if one is not None and one == other:
            raise errors.SecondsOwnApprovalError
