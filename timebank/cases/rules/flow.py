"""States, commands, and the arrows between them: the table that every verb asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from timebank.cases.errors import steps as errors
from timebank.kernel.errors import ConflictError

PHOTOS_MAX = 6
FEEDBACK_TRIES_MAX = 3
REOPEN_DAYS_MAX = 14
BACKDATE_HOURS_MAX = 24


class Source(StrEnum):
    """Where a case comes from."""

    ASSIGNED = "assigned"
    REPORTED = "reported"
    PATROL = "patrol"


class Category(StrEnum):
    """What a case is about."""

    FIRE_SAFETY = "fire_safety"
    FACILITIES = "facilities"
    SANITATION = "sanitation"
    FUMES_NOISE = "fumes_noise"
    PARKING = "parking"
    STREET_ORDER = "street_order"
    DISPUTE = "dispute"
    CARE = "care"
    OTHER = "other"


class State(StrEnum):
    """How far a case is."""

    REGISTERED = "registered"
    RESPONDED = "responded"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    FED_BACK = "fed_back"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Step(StrEnum):
    """The four steps that have a limit."""

    RESPOND = "respond"
    CLAIM = "claim"
    RESOLVE = "resolve"
    FEED_BACK = "feed_back"


class Command(StrEnum):
    """What can be done to a registered case."""

    RESPOND = "respond"
    CLAIM = "claim"
    NOTE = "note"
    RESOLVE = "resolve"
    FEED_BACK = "feed_back"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"
    REJECT = "reject"
    APPROVE = "approve"
    DECLINE = "decline"
    RESUME = "resume"
    ASK_PAUSE = "ask_pause"
    ASK_EXTENSION = "ask_extension"


class EventType(StrEnum):
    """What happened to a case; one line of its history."""

    REGISTERED = "registered"
    RESPONDED = "responded"
    CLAIMED = "claimed"
    NOTED = "noted"
    RESOLVED = "resolved"
    FEEDBACK_TRIED = "feedback_tried"
    FED_BACK = "fed_back"
    CLOSED = "closed"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    REBASED = "rebased"
    REJECTED = "rejected"
    PAUSE_ASKED = "pause_asked"
    EXTENSION_ASKED = "extension_asked"
    PAUSED = "paused"
    EXTENDED = "extended"
    DECLINED = "declined"
    RESUMED = "resumed"


class Refusal(StrEnum):
    """Why a case is not taken on."""

    NOT_OURS = "not_ours"
    OTHER_CHANNEL = "other_channel"
    IN_PROCEEDINGS = "in_proceedings"
    NO_FACTS = "no_facts"


class Outcome(StrEnum):
    """What the handling came to; "closed" never hides that it was not solved."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    CANNOT = "cannot"


class Method(StrEnum):
    """How the reporter was answered; a case without a reporter is checked on site.

    Online is what reporters say by their own hand, on the page of their case.
    """

    VISIT = "visit"
    PHONE = "phone"
    MESSAGE = "message"
    SITE_CHECK = "site_check"
    ONLINE = "online"


class Answer(StrEnum):
    """What the reporter said."""

    SOLVED = "solved"
    UNSOLVED = "unsolved"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Arrow:
    """An allowed move: the events it writes, in order, and why it is allowed."""

    writes: tuple[EventType, ...]
    why: str


E, S, C = EventType, State, Command
ARROWS: Mapping[tuple[State, Command], Arrow] = {
    (S.REGISTERED, C.RESPOND): Arrow((E.RESPONDED,), "the reporter hears that someone comes"),
    (S.REGISTERED, C.CLAIM): Arrow(
        (E.RESPONDED, E.CLAIMED), "who takes it at once has answered by taking it"
    ),
    (S.REGISTERED, C.NOTE): Arrow((E.NOTED,), "what is learnt early is kept"),
    (S.REGISTERED, C.CANCEL): Arrow((E.CANCELLED,), "entered in error; it stays in the ledger"),
    (S.REGISTERED, C.REJECT): Arrow(
        (E.REJECTED,), "it is another's duty; told who refers it, where"
    ),
    (S.RESPONDED, C.REJECT): Arrow(
        (E.REJECTED,), "it is another's duty; told who refers it, where"
    ),
    (S.RESPONDED, C.CLAIM): Arrow((E.CLAIMED,), "one person answers for it from here"),
    (S.RESPONDED, C.NOTE): Arrow((E.NOTED,), "what is learnt early is kept"),
    (S.RESPONDED, C.CANCEL): Arrow((E.CANCELLED,), "entered in error; it stays in the ledger"),
    (S.CLAIMED, C.NOTE): Arrow((E.NOTED,), "progress is told while it happens"),
    (S.CLAIMED, C.RESOLVE): Arrow((E.RESOLVED,), "there is an outcome, with evidence"),
    (S.CLAIMED, C.ASK_PAUSE): Arrow((E.PAUSE_ASKED,), "it cannot go on, for a reason of the list"),
    (S.CLAIMED, C.ASK_EXTENSION): Arrow((E.EXTENSION_ASKED,), "it takes longer than was promised"),
    (S.CLAIMED, C.APPROVE): Arrow((E.PAUSED,), "a second person has weighed the request"),
    (S.CLAIMED, C.DECLINE): Arrow((E.DECLINED,), "the request does not hold, or is taken back"),
    (S.CLAIMED, C.RESUME): Arrow((E.RESUMED,), "what was waited for came early"),
    (S.RESOLVED, C.NOTE): Arrow((E.NOTED,), "a later look at the place is kept"),
    (S.RESOLVED, C.FEED_BACK): Arrow((E.FED_BACK,), "the reporter hears the outcome and answers"),
    (S.RESOLVED, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold"),
    (S.FED_BACK, C.NOTE): Arrow((E.NOTED,), "a later look at the place is kept"),
    (S.FED_BACK, C.CLOSE): Arrow((E.CLOSED,), "answered, checked and done"),
    (S.FED_BACK, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold"),
    (S.CLOSED, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold, within the window"),
}
REFUSALS: Mapping[State, type[ConflictError]] = {
    S.REGISTERED: errors.StillRegisteredError,
    S.RESPONDED: errors.StillRespondedError,
    S.CLAIMED: errors.StillClaimedError,
    S.RESOLVED: errors.AlreadyResolvedError,
    S.FED_BACK: errors.AlreadyFedBackError,
    S.CLOSED: errors.AlreadyClosedError,
    S.CANCELLED: errors.AlreadyCancelledError,
    S.REJECTED: errors.AlreadyRejectedError,
}
# The state after each event; a note or a vain call leaves it as it is.
LEADS_TO: Mapping[EventType, State] = {
    E.RESPONDED: S.RESPONDED,
    E.CLAIMED: S.CLAIMED,
    E.RESOLVED: S.RESOLVED,
    E.FED_BACK: S.FED_BACK,
    E.CLOSED: S.CLOSED,
    E.REOPENED: S.CLAIMED,
    E.CANCELLED: S.CANCELLED,
    E.REJECTED: S.REJECTED,
}
FINISHES: Mapping[EventType, Step] = {
    E.RESPONDED: Step.RESPOND,
    E.CLAIMED: Step.CLAIM,
    E.RESOLVED: Step.RESOLVE,
    E.FED_BACK: Step.FEED_BACK,
}
WAITS_FOR: Mapping[State, Step] = {
    S.REGISTERED: Step.RESPOND,
    S.RESPONDED: Step.CLAIM,
    S.CLAIMED: Step.RESOLVE,
    S.RESOLVED: Step.FEED_BACK,
}
ONWARD: Mapping[State, Command] = {
    S.REGISTERED: C.RESPOND,
    S.RESPONDED: C.CLAIM,
    S.CLAIMED: C.RESOLVE,
    S.RESOLVED: C.FEED_BACK,
    S.FED_BACK: C.CLOSE,
}
# What a reporter sees of the history; notes are the staff's own.
TOLD_TO_REPORTER = frozenset(EventType) - {E.NOTED}


def possible(state: State) -> list[Command]:
    """Return the commands that a state allows, in the order of work."""
    return [command for command in Command if (state, command) in ARROWS]


def next_command(state: State) -> Command | None:
    """Return the command that carries a case on from a state."""
    return ONWARD.get(state)


_CLOSING = frozenset({C.CLOSE, C.CANCEL, C.REJECT, C.APPROVE})


def permission_of(command: Command) -> str:
    """Return the permission that a command needs."""
    return "case.close" if command in _CLOSING else "case.work"
