"""Lists of cases from above: which columns they have, and how a line becomes an intake."""

from enum import StrEnum

LINES_MAX = 500
STAGED_HOURS_MAX = 24
PROBLEMS_SHOWN_MAX = 100
LINES_SHOWN_MAX = 50


class CaseListState(StrEnum):
    """Where an uploaded list stands."""

    STAGED = "staged"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"
