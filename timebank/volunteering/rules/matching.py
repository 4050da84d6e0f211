"""Which tasks fit a volunteer, and why: every point of the score is a sentence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.rules import helpers as rules
from timebank.volunteering.rules.helpers import Helper
from timebank.volunteering.rules.needs import Language, Skill
from timebank.volunteering.rules.places import is_near_enough
from timebank.volunteering.rules.tasks import TaskView


class DayPart(StrEnum):
    """A part of a day on which somebody has time; stands after the ISO weekday, as in ``3a``."""

    MORNING = "m"
    AFTERNOON = "a"
    EVENING = "e"


class Because(StrEnum):
    """Why a task is suggested."""

    KNOWS_RECIPIENT = "knows_recipient"
    SAME_BUILDING = "same_building"
    SAME_GRID = "same_grid"
    SKILL = "skill"
    LANGUAGE = "language"
    FREE_THEN = "free_then"
    DONE_BEFORE = "done_before"
    URGENT = "urgent"


POINTS: dict[Because, int] = {
    Because.KNOWS_RECIPIENT: 40,
    Because.URGENT: 30,
    Because.SAME_BUILDING: 25,
    Because.SKILL: 20,
    Because.LANGUAGE: 15,
    Because.SAME_GRID: 15,
    Because.FREE_THEN: 10,
    Because.DONE_BEFORE: 5,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with what it speaks of."""

    because: Because
    skills: tuple[Skill, ...] = ()
    languages: tuple[Language, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Whom a volunteer has served, and with what."""

    recipient_ids: frozenset[int] = frozenset()
    kind_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fit:
    """A task with why it fits; the score is the sum of its reasons' points."""

    task: TaskView
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """The sum of the points of its reasons."""
        return sum(POINTS[reason.because] for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class HelperFit:
    """A volunteer with why they fit a task."""

    person_id: int
    name: str
    place_label: str
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """The sum of the points of its reasons."""
        return sum(POINTS[reason.because] for reason in self.reasons)


def time_code(moment: datetime) -> str:
    """Return weekday and part of the day of a moment, such as ``3a``."""
    at = clock.local(moment)
    part = DayPart.MORNING if at.hour < 12 else DayPart.AFTERNOON
    return f"{at.isoweekday()}{DayPart.EVENING if at.hour >= 18 else part}"


def obstacle(task: TaskView, helper: Helper) -> DomainError | None:
    """Return why a volunteer cannot take a task whatever speaks for it; None when they can."""
    if helper.person_id in {task.recipient_id, task.asked_by_id}:
        return errors.ServesSelfError()
    if not rules.is_sex_wanted(task.wishes, helper):
        return errors.SexNotWantedError()
    if rules.missing_skills(task.skills, helper):
        return errors.SkillMissingError()
    try:
        rules.check_may(helper, risk=task.risk, starts_at=task.starts_at)
    except DomainError as refusal:
        return refusal
    return None


def is_near(task: TaskView, helper: Helper) -> bool:
    """Whether a task lies as near as a volunteer wishes; of a task without a place nobody knows."""
    if task.building_id is None and task.grid_id is None:
        return True
    return is_near_enough(
        helper.far,
        same_building=task.building_id is not None and task.building_id == helper.building_id,
        same_grid=task.grid_id is not None and task.grid_id == helper.grid_id,
    )


def reasons(task: TaskView, helper: Helper, past: Past) -> tuple[Reason, ...]:
    """Return why a task fits a volunteer, weightiest first."""
    skills = tuple(one for one in task.skills if one in helper.skills)
    languages = tuple(one for one in task.languages if one in helper.languages)
    is_in_building = task.building_id is not None and task.building_id == helper.building_id
    is_in_grid = task.grid_id is not None and task.grid_id == helper.grid_id
    found = {
        Because.KNOWS_RECIPIENT: task.recipient_id in past.recipient_ids,
        Because.URGENT: task.is_urgent,
        Because.SAME_BUILDING: is_in_building,
        Because.SKILL: bool(skills),
        Because.LANGUAGE: bool(languages),
        Because.SAME_GRID: is_in_grid and not is_in_building,
        Because.FREE_THEN: time_code(task.starts_at) in helper.free_times,
        Because.DONE_BEFORE: task.kind_id in past.kind_ids,
    }
    return tuple(
        Reason(
            because,
            skills if because is Because.SKILL else (),
            languages if because is Because.LANGUAGE else (),
        )
        for because, holds in found.items()
        if holds
    )


def suggested(
    tasks: Sequence[TaskView], helper: Helper, past: Past, *, busy_ids: Collection[int]
) -> list[Fit]:
    """Return what a volunteer can take: with a place to be had first, then best fit, then soonest.

    ``busy_ids`` are tasks at times when the volunteer has promised to be elsewhere.
    """
    fits = [
        Fit(task, reasons(task, helper, past))
        for task in tasks
        if task.id not in busy_ids and is_near(task, helper) and obstacle(task, helper) is None
    ]
    return sorted(
        fits,
        key=lambda fit: (
            fit.task.free_places == 0,
            -fit.score,
            fit.task.starts_at,
            fit.task.id,
        ),
    )
