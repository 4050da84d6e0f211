"""Photos and papers that show something about a record: how many, and while what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from timebank.volunteering.errors import exhibits as errors
from timebank.volunteering.rules.records import RecordState

PURPOSE = "hours_exhibit"
AT_ONCE_MAX = 4
EXHIBITS_MAX = 12  # of one record and all its disputes
_UNDER_REVIEW = (RecordState.RECORDED, RecordState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Paper:
    """A photo or a PDF as it was handed in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ExhibitView:
    """What was handed in, by whom, with which dispute."""

    id: int
    number: int
    record_id: int
    dispute_id: int | None
    at: datetime
    actor_name: str
    name: str
    media_type: str
    size_bytes: int


def check_papers(papers: Sequence[Paper], *, has: int) -> None:
    """Refuse none, too many at once, and more than a record takes.

    Raises:
        ExhibitMissingError, TooManyAtOnceError, ExhibitsFullError
    """
    if not papers:
        raise errors.ExhibitMissingError(field="papers")
    if len(papers) > AT_ONCE_MAX:
        raise errors.TooManyAtOnceError(field="papers", limit=AT_ONCE_MAX)
    if has + len(papers) > EXHIBITS_MAX:
        raise errors.ExhibitsFullError(field="papers", has=has, limit=EXHIBITS_MAX)


def takes_papers(state: RecordState, *, is_disputed: bool) -> bool:
    """Whether somebody still decides about a record, so that what shows something can help."""
    return is_disputed or state in _UNDER_REVIEW
