"""What a reporter is told of a case and may answer: the truth, without anybody's particulars."""

from datetime import datetime, timedelta
from enum import StrEnum

from timebank.cases.rules.flow import EventType, State

# Words that were written for the reporter; notes and requests between colleagues are not.
TOLD_IN_WORDS = frozenset(
    {EventType.RESPONDED, EventType.RESOLVED, EventType.REJECTED, EventType.EXTENDED}
)
ASKED_IN = frozenset({State.RESOLVED})
MAY_COMPLAIN_IN = frozenset({State.RESOLVED, State.FED_BACK, State.CLOSED})


class Satisfaction(StrEnum):
    """How content a reporter is with how it was handled."""

    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    UNSATISFIED = "unsatisfied"


def may_complain(state: State, *, closed_at: datetime | None, now: datetime, days: int) -> bool:
    """Whether a reporter may still say that it was not solved: within so many days of closing."""
    if state not in MAY_COMPLAIN_IN:
        return False
    return closed_at is None or now - closed_at <= timedelta(days=days)
