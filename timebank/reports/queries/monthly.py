"""The report of one month: the main figures beside the month before and the year before."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from timebank.reports.queries import balance, needs, tallies, volunteers
from timebank.reports.rules.balance import Books
from timebank.reports.rules.figures import (
    Compared,
    NeedCounts,
    People,
    Period,
    Places,
    RowFilter,
)
from timebank.volunteering.rules.figures import month_after

# What is said of a figure, and in what it is counted; how it is reckoned stands on the page.
ROWS = (
    ("hours", "minutes"),
    ("services", "count"),
    ("active", "people"),
    ("new", "people"),
    ("lapsed", "people"),
    ("needs_posted", "count"),
    ("needs_met", "count"),
    ("needs_unmet", "count"),
    ("match_median", "minutes"),
    ("taken_back", "minutes"),
    ("redeemed", "minutes"),
    ("gifts", "minutes"),
    ("grants", "minutes"),
    ("expired", "minutes"),
    ("outstanding", "minutes"),
)
_OF_WHOLE = frozenset({"redeemed", "taken_back", "gifts", "grants", "expired", "outstanding"})


def report(session: Session, *, places: Places, period: Period) -> list[Compared]:
    """Return the figures of a month; what belongs to the community's books only for the whole."""
    months = (period.first, month_after(period.first, -1), month_after(period.first, -12))
    told = [dict(_of_month(session, places, Period(month, month))) for month in months]
    return [
        Compared(name, unit, *(one.get(name) for one in told))
        for name, unit in ROWS
        if places.is_whole or name not in _OF_WHOLE
    ]


def _of_month(session: Session, places: Places, month: Period) -> Iterator[tuple[str, int | None]]:
    """Yield the figures of one month by name."""
    people = volunteers.totals(session, places=places, period=month)
    if people.active is not None:
        minutes, services = tallies.minutes_of(session, places=places, wanted=RowFilter(month))
        yield from (("hours", minutes), ("services", services))
    yield from _people(people)
    counts = needs.totals(session, places=places, period=month)
    yield from _needs(counts)
    if places.is_whole:
        found, outstanding = balance.moved(session, community_id=places.community_id, period=month)
        yield from _books(found)
        yield "outstanding", outstanding


def _people(people: People) -> Iterator[tuple[str, int | None]]:
    yield from (("active", people.active), ("new", people.new), ("lapsed", people.lapsed))


def _needs(counts: NeedCounts) -> Iterator[tuple[str, int | None]]:
    yield from (
        ("needs_posted", counts.posted),
        ("needs_met", counts.met),
        ("needs_unmet", counts.unmet),
        ("match_median", counts.median_minutes),
    )


def _books(books: Books) -> Iterator[tuple[str, int | None]]:
    yield from (
        ("taken_back", books.of("issuance").went),
        ("redeemed", books.of(balance.REDEEMED).net),
        ("gifts", books.given.gifts),
        ("grants", books.given.grants),
        ("expired", books.of(balance.EXPIRED).net),
    )
