"""What both sides say after a service: for those concerned and staff alone, never a ranking."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from timebank.volunteering.errors import admission as errors

FEEDBACK_FOR = timedelta(days=30)  # how long the first screen asks for it


class TellingSide(StrEnum):
    """Who says it: the one served, or the volunteer."""

    SERVED = "served"
    VOLUNTEER = "volunteer"


class Satisfaction(StrEnum):
    """Three steps, each with a word."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class FeedbackEvent(StrEnum):
    """What happened, as the trail tells it."""

    TOLD = "feedback_told"


@dataclass(frozen=True, slots=True)
class FeedbackFacts:
    """What somebody says of a service; the one served also whether the matter was solved.

    ``may_refer``: others may ask the one served how it was.
    """

    satisfaction: Satisfaction
    is_solved: bool | None = None
    may_refer: bool = False
    words: str = ""


def check_told(facts: FeedbackFacts, side: TellingSide) -> None:
    """Refuse the word of one served that does not say whether the matter was solved."""
    if side is TellingSide.SERVED and facts.is_solved is None:
        raise errors.SolvedMissingError(field="is_solved")


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """What one side said, as the other side and staff of the place read it."""

    id: int
    sign_up_id: int
    task_id: int
    task_title: str
    volunteer_id: int
    volunteer_name: str
    side: TellingSide
    satisfaction: Satisfaction
    is_solved: bool | None
    may_refer: bool
    words: str
    at: datetime
    told_by_name: str
    is_by_staff: bool


@dataclass(frozen=True, slots=True)
class LastMonths:
    """What staff of the place see of a volunteer's last months, in plain numbers."""

    served: int
    missed: int
    satisfied: int
    told: int
    references: int
