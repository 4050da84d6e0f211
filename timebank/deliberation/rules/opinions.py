"""Opinions: where they come from, how they stand, and every move with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.deliberation.errors import opinions as errors

TITLE_MAX, WORDS_MAX, TOKEN_BYTES = 80, 1000, 12
ANSWER_DAYS = 7
ADDRESS_TRIES_FREE = 10


class Source(StrEnum):
    """How an opinion came in."""

    PAGE = "page"
    PUBLIC = "public"
    PHONE = "phone"
    PAPER = "paper"


class Topic(StrEnum):
    """What an opinion is about."""

    SAFETY = "safety"
    PARKING = "parking"
    CHARGING = "charging"
    GREENING = "greening"
    SANITATION = "sanitation"
    FACILITIES = "facilities"
    PROPERTY = "property"
    ELDERLY = "elderly"
    OTHER = "other"


class State(StrEnum):
    """How an opinion stands."""

    NEW = "new"
    TAKEN = "taken"
    AGENDA = "agenda"
    CASE = "case"
    JOINED = "joined"
    ANSWERED = "answered"


class Command(StrEnum):
    """What can be done with an opinion."""

    SORT = "sort"
    JOIN = "join"
    SPLIT = "split"
    PUT_ON_AGENDA = "put_on_agenda"
    OPEN_CASE = "open_case"
    ANSWER = "answer"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a command leads, and why it may."""

    to: State
    why: str


_C, _S = Command, State
ARROWS: Mapping[tuple[State, Command], Arrow] = {
    (_S.NEW, _C.SORT): Arrow(_S.TAKEN, "somebody has read it and said what it is about"),
    (_S.TAKEN, _C.SORT): Arrow(_S.TAKEN, "a second reader may know better"),
    (_S.NEW, _C.JOIN): Arrow(_S.JOINED, "the same was said before: one answer for both"),
    (_S.TAKEN, _C.JOIN): Arrow(_S.JOINED, "seen to be the same only after sorting"),
    (_S.JOINED, _C.SPLIT): Arrow(_S.TAKEN, "it was another matter after all"),
    (_S.NEW, _C.PUT_ON_AGENDA): Arrow(_S.AGENDA, "wants the sides at one table"),
    (_S.TAKEN, _C.PUT_ON_AGENDA): Arrow(_S.AGENDA, "wants the sides at one table"),
    (_S.NEW, _C.OPEN_CASE): Arrow(_S.CASE, "somebody has to go and do something"),
    (_S.TAKEN, _C.OPEN_CASE): Arrow(_S.CASE, "somebody has to go and do something"),
    (_S.AGENDA, _C.OPEN_CASE): Arrow(_S.CASE, "it cannot wait for the meeting"),
    (_S.NEW, _C.ANSWER): Arrow(_S.ANSWERED, "a word explains it"),
    (_S.TAKEN, _C.ANSWER): Arrow(_S.ANSWERED, "a word explains it"),
    (_S.AGENDA, _C.ANSWER): Arrow(_S.ANSWERED, "what the meeting decided is told"),
    (_S.CASE, _C.ANSWER): Arrow(_S.ANSWERED, "what was done is told"),
    (_S.ANSWERED, _C.REOPEN): Arrow(_S.TAKEN, "the answer did not hold"),
}
OPEN_STATES = (State.NEW, State.TAKEN, State.AGENDA, State.CASE)
SUPPORTABLE = frozenset({State.TAKEN, State.AGENDA, State.CASE})


def possible(state: State) -> list[Command]:
    """Return what can be done in a state."""
    return [command for command in Command if (state, command) in ARROWS]


def moved(state: State, command: Command) -> State:
    """Return where a command leads.

    Raises:
        OpinionMoveError: the table has no such arrow; ``possible`` lists what it has.
    """
    arrow = ARROWS.get((state, command))
    if arrow is None:
        raise errors.OpinionMoveError(
            state=state.value, possible=[c.value for c in possible(state)]
        )
    return arrow.to


@dataclass(frozen=True, slots=True)
class OpinionFacts:
    """What is said, about what and where; contact only of whom has no account."""

    title: str
    words: str
    topic: Topic = Topic.OTHER
    micro_grid_id: int | None = None
    contact_name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class OpinionView:
    """An opinion as it may be read."""

    id: int
    number: str
    source: Source
    topic: Topic
    state: State
    title: str
    words: str
    place: str
    is_public: bool
    supporters: int
    said_at: datetime
    answer_due_on: date
    is_late: bool
    answer: str
    answered_at: datetime | None
    answered_by_name: str
    same_as_id: int | None
    item_id: int | None
    meeting_id: int | None
    case_id: int | None
    is_own: bool = False
    is_supported: bool = False
    contact_name: str = ""
    has_contact: bool = False

    @property
    def commands(self) -> list[Command]:
        """What staff can do now."""
        return possible(self.state)
