"""Hours brought from an older system: what a row says, and what a list may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.community import rules as community_rules
from timebank.volunteering.errors import brought as errors
from timebank.volunteering.rules.expiry import add_months

ROWS_MAX = 1000
MINUTES_MAX = 600_000  # ten thousand hours in one row
SOURCE_MAX, EVIDENCE_MAX, REFERENCE_MAX, FILE_NAME_MAX = 60, 500, 40, 120
# A sign may be several when upper and lower case are made alike.
SOURCE_KEY_MAX = 3 * SOURCE_MAX
# A community has moved over from few systems; more would be names of lists.
SOURCES_MAX = 50


class BroughtState(StrEnum):
    """Where a list stands."""

    WAITING = "waiting"
    BOOKED = "booked"
    REFUSED = "refused"


ARROWS = (
    (BroughtState.WAITING, BroughtState.BOOKED),  # a second person has looked at it
    (BroughtState.WAITING, BroughtState.REFUSED),  # by anybody who may propose, with the reason
)


class Kept(StrEnum):
    """What brought minutes may be used for."""

    OWN = "own"
    DONATION = "donation"


# As lists write it; blank means that the member may use them.
KEPT_WORDS = {"": Kept.OWN, "可用": Kept.OWN, "能用": Kept.OWN, "只能捐": Kept.DONATION}


def source_key(text: str, *, field: str = "name") -> str:
    """Return what all spellings of one source have in common: its letters and digits alone.

    Raises:
        BroughtSourceNameError: there is none.
    """
    key = "".join(sign for sign in community_rules.clean(text).casefold() if sign.isalnum())
    if not key:
        raise errors.BroughtSourceNameError(field=field)
    return key


def reference_of(text: str) -> str:
    """Return a number of an older system in the one way in which it is kept."""
    return community_rules.clean(text).upper()


@dataclass(frozen=True, slots=True)
class BroughtRow:
    """A row that can be taken."""

    person_id: int
    reference: str
    minutes: int
    kept: Kept
    earned_on: date


@dataclass(frozen=True, slots=True)
class BatchView:
    """A list, who brought it, what it comes to and how it was decided."""

    id: int
    state: BroughtState
    source: str
    evidence: str
    file_name: str
    digest: str
    rows: int
    minutes: int
    made_at: datetime
    made_by_user_id: int
    made_by_name: str
    decided_at: datetime | None
    decided_by_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A row of a list; ``before_minutes`` is what the member has been credited by other lists."""

    id: int
    person_id: int
    name: str
    card_no: str
    reference: str
    minutes: int
    kept: Kept
    earned_on: date
    before_minutes: int
    returned_reason: str


def minutes_of(text: str) -> int:
    """Return the minutes of a cell.

    Raises:
        BroughtMinutesError: it is no whole number of minutes within the limit.
    """
    digits = text.strip().removesuffix(".0").replace(",", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 7
    minutes = int(digits) if is_number else 0
    if not 1 <= minutes <= MINUTES_MAX:
        raise errors.BroughtMinutesError(text=text, most=MINUTES_MAX)
    return minutes


def day_of(text: str, *, today: date, months: int | None) -> date:
    """Return the day of a cell; what would be over by the community's term is not brought in.

    Raises:
        BroughtDayError: it is no day up to today.
        BroughtExpiredError: the term of expiry in force is over since.
    """
    found = community_rules.day_of(text)
    if found is None or found > today or found.year < 1990:
        raise errors.BroughtDayError(text=text)
    if months is not None and add_months(found, months) <= today:
        raise errors.BroughtExpiredError(earned_on=found, months=months)
    return found


def kept_of(text: str) -> Kept:
    """Return what minutes of a row may be used for.

    Raises:
        BroughtKeptError: the word is not known.
    """
    known = KEPT_WORDS.get(text.strip())
    if known is None:
        raise errors.BroughtKeptError(text=text)
    return known


def check_count(rows: Sequence[object]) -> None:
    """Refuse a list that is too long for one act.

    Raises:
        BroughtTooManyError
    """
    if len(rows) > ROWS_MAX:
        raise errors.BroughtTooManyError(field="file", limit=ROWS_MAX)
