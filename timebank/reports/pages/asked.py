"""What a page of figures is asked for, and the addresses that carry it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # the values of a query string

from flask import request
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, Reach
from timebank.reports.errors import PeopleHiddenError
from timebank.reports.queries import tallies
from timebank.reports.rules import figures as rules
from timebank.reports.rules.figures import Period, Places
from timebank.reports.rules.tables import Head
from timebank.volunteering.rules.figures import month_after

MONTHS_OFFERED = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """Months and places of a page, what else it was asked, and who asks."""

    period: Period
    places: Places
    kept: Mapping[str, str]
    rest: Mapping[str, Any]  # Any: values of a query string


def asked_of(actor: Actor, told: dict[str, Any]) -> Asked:
    """Return what was asked for as figures know it.

    Raises:
        PeriodError: the months are in the wrong order or too many.
        PlaceOutOfReachError: the place lies outside of reach.
    """
    grid_id, centre_id = told.pop("grid_id", None), told.pop("centre_id", None)
    period = rules.period(clock.today(), first=told.pop("first", None), last=told.pop("last", None))
    places = rules.places(
        community_id=actor.community_id,
        reach=actor.reach("figures.read"),
        people=actor.reach("hours.read"),
        grid_id=grid_id,
        centre_id=centre_id,
    )
    kept = {name: request.args[name] for name in _CARRIED if request.args.get(name)}
    return Asked(period, places, kept, told)


_CARRIED = ("first", "last", "grid_id", "centre_id")


def carried(asked: Asked) -> dict[str, Any]:
    """Return the months and places as the addresses of rows carry them."""
    first, last = asked.period.first, asked.period.last
    return {**asked.kept, "first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}


def opened(asked: Asked) -> Asked:
    """Return the same for rows, which show people.

    Raises:
        PeopleHiddenError: the reader sees sums alone.
    """
    if not asked.places.sees_people:
        raise PeopleHiddenError
    return asked


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form above figures offers."""

    months: tuple[tuple[str, str], ...]
    grids: tuple[tuple[str, str], ...]
    centres: tuple[tuple[str, str], ...]
    presets: tuple[tuple[str, str, str], ...]


def choices(session: Session, asked: Asked, reach: Reach) -> Choices:
    """Return the months and places among which the reader may choose."""
    community_id, this = asked.places.community_id, clock.today().replace(day=1)
    offered = {month_after(this, -at) for at in range(MONTHS_OFFERED)}
    months = sorted(offered | {asked.period.first, asked.period.last}, reverse=True)
    return Choices(
        tuple((f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months),
        _options(tallies.grid_heads(session, community_id), reach, reach.grid_ids),
        _options(tallies.centre_heads(session, community_id), reach, reach.centre_ids),
        tuple(presets(this)),
    )


def _options(heads: list[Head], reach: Reach, ids: frozenset[int]) -> tuple[tuple[str, str], ...]:
    """Return the places within reach as a form offers them."""
    return tuple((str(one.key), one.name) for one in heads if reach.is_wide or one.key in ids)


def presets(this: date) -> list[tuple[str, str, str]]:
    """Return the spans that are most asked for: name, first and last month; each span once.

    In December the year and the last twelve months are one, in January the year and the month.
    """
    before = month_after(this, -1)
    spans = {
        "month": (this, this),
        "last_month": (before, before),
        "year": (this.replace(month=1), this),
        "twelve": (month_after(this, -11), this),
        "last_year": (this.replace(year=this.year - 1, month=1), date(this.year - 1, 12, 1)),
    }
    offered = {span: name for name, span in reversed(spans.items())}
    return [
        (name, f"{first:%Y-%m}", f"{last:%Y-%m}")
        for name, (first, last) in spans.items()
        if offered[first, last] == name
    ]
