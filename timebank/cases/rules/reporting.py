"""What a reporter is told of a case and may answer: the truth, without anybody's particulars."""

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
