"""What a volunteer offers of their own accord, and for how long: pure values."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.volunteering.errors import admission as errors
from timebank.volunteering.rules.places import Far

OFFER_DAYS_MAX = 180
OFFERS_MAX = 5  # open at the same time, for one volunteer


class OfferState(StrEnum):
    """Whether it still stands."""

    OPEN = "open"
    CLOSED = "closed"


class OfferEvent(StrEnum):
    """What happened, as the trail tells it."""

    POSTED = "offer_posted"
    CLOSED = "offer_closed"


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What somebody offers: a kind of service, in own words, when, how far, until when."""

    kind_id: int
    words: str
    until_on: date
    free_times: tuple[str, ...] = ()
    far: Far = Far.COMMUNITY


def check_until(until_on: date, *, today: date) -> None:
    """Refuse a last day that is over, or so far that nobody can promise it."""
    if not today <= until_on <= today + timedelta(days=OFFER_DAYS_MAX):
        raise errors.OfferDaysError(field="until_on", days=OFFER_DAYS_MAX)


@dataclass(frozen=True, slots=True)
class OfferView:
    """What somebody offers, as neighbours see it: a name and a grid, no phone and no door."""

    id: int
    volunteer_id: int
    volunteer_name: str
    grid_name: str
    kind_id: int
    kind_name: str
    words: str
    free_times: tuple[str, ...]
    far: Far
    until_on: date
    state: OfferState
    posted_at: datetime
    asked: int
