"""Which cases may be the same as one about to be reported: place, category, words, time.

Nothing is refused by it; somebody is asked. Points are summed so that neither a category alone nor
a place alone is enough, and that the same words about the same door always are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from timebank.cases.rules.flow import Category
from timebank.cases.rules.geo import Point, metres_between

WINDOW = timedelta(days=30)
SHOWN_MAX = 3
CANDIDATES_MAX = 300
NEAR_METRES = 60
_POINTS_MIN = 70


@dataclass(frozen=True, slots=True)
class Told:
    """What is about to be reported."""

    category: Category | None
    micro_grid_id: int
    building_id: int
    text: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A case that is there already."""

    id: int
    category: Category
    micro_grid_id: int
    building_id: int
    text: str
    registered_at: datetime
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """A known case and how like it is, in points of a hundred."""

    case_id: int
    points: int


def alike(told: Told, known: Iterable[Known], *, now: datetime) -> list[Likeness]:
    """Return the cases worth asking about, the likeliest first."""
    judged = (Likeness(one.id, likeness(told, one, now=now)) for one in known)
    found = [one for one in judged if one.points >= _POINTS_MIN]
    return sorted(found, key=lambda one: (-one.points, -one.case_id))[:SHOWN_MAX]


def likeness(told: Told, known: Known, *, now: datetime) -> int:
    """Return how like two reports are: place up to 35, words 40, category 15, freshness 10."""
    place = _place(told, known)
    if place == 0 or now - known.registered_at > WINDOW:
        return 0
    category = 15 if told.category is known.category else 0
    words = round(_sameness(told.text, known.text) * 0.4)
    fresh = round(10 * (1 - (now - known.registered_at) / WINDOW))
    return place + category + words + max(fresh, 0)


def _place(told: Told, known: Known) -> int:
    """Return the points for the place: same door or a stone's throw 35, same building 20."""
    if told.point is not None and known.point is not None:
        metres = metres_between(told.point, known.point)
        if metres <= NEAR_METRES:
            return 35
    if told.micro_grid_id == known.micro_grid_id:
        return 35
    return 20 if told.building_id == known.building_id else 0


def _sameness(one: str, other: str) -> float:
    """Return how much of the shorter text the other says too, of a hundred, in any order.

    Chinese has no gaps between words: pairs of neighbouring signs stand for them. Only whole pairs
    count; a likeness of letters finds a third of any text in any other.
    """
    pairs, others = _pairs(one), _pairs(other)
    if not pairs or not others:
        return 0.0
    return 100 * len(pairs & others) / min(len(pairs), len(others))


def _pairs(text: str) -> set[str]:
    """Return the neighbouring pairs of a text's letters and signs."""
    signs = [sign for sign in text.casefold() if sign.isalnum()]
    return {left + right for left, right in pairwise(signs)}
