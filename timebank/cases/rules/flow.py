"""States, commands, and the arrows between them: the table that every verb asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from timebank.cases.errors import steps as errors
from timebank.kernel.errors import ConflictError

PHOTOS_MAX = 6
FEEDBACK_TRIES_MAX = 3
# Three calls within one minute reach nobody: the next try counts after this many minutes.
TRY_AGAIN_MINUTES = 60
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
    MERGED = "merged"


class Level(StrEnum):
    """Who a case has come to: small in the unit, big in the co-operative, hard in the community."""

    UNIT = "unit"
    COOPERATIVE = "cooperative"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"


class Dispute(StrEnum):
    """Where the one dispute about who handles a case stands."""

    OPEN = "open"
    DECIDED = "decided"


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
    HANDLE_NOW = "handle_now"
    NOTE = "note"
    RESOLVE = "resolve"
    FEED_BACK = "feed_back"
    CLOSE = "close"
    REOPEN = "reopen"
    WHISTLE = "whistle"
    DEPARTMENT = "department"
    RELEASE = "release"
    ASSESS = "assess"
    ESCALATE = "escalate"
    RETURN = "return"
    DESIGNATE = "designate"
    REASSIGN = "reassign"
    DELIBERATE = "deliberate"
    DECIDE = "decide"
    ASK_PAUSE = "ask_pause"
    ASK_EXTENSION = "ask_extension"
    APPROVE = "approve"
    DECLINE = "decline"
    RESUME = "resume"
    MERGE = "merge"
    UNMERGE = "unmerge"
    ASK_CANCEL = "ask_cancel"
    REJECT = "reject"


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
    CANCEL_ASKED = "cancel_asked"
    ANSWERED = "answered"
    RETURNED = "returned"
    DESIGNATED = "designated"
    REASSIGNED = "reassigned"
    ESCALATED = "escalated"
    WHISTLED = "whistled"
    DEPT_ARRIVED = "dept_arrived"
    DEPT_ACCEPTED = "dept_accepted"
    DEPT_DECLINED = "dept_declined"
    DEPT_FINISHED = "dept_finished"
    DEPT_RELEASED = "dept_released"
    DEPT_WITHDRAWN = "dept_withdrawn"
    ASSESSED = "assessed"
    DELIBERATED = "deliberated"
    DECIDED = "decided"
    MERGED = "merged"
    UNMERGED = "unmerged"
    TOOK_IN = "took_in"
    LET_GO = "let_go"


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
_FIXED = "found and fixed: what was skipped is written down at the same instant"
_ERROR = "entered in error; a second person looks before it is taken out"
_DUTY = "it is another's duty; told who refers it, where"
_EARLY = "what is learnt early is kept"
_LATER = "a later look at the place is kept"
_DISPUTE = "it is not mine: one dispute, decided once by the designator; the clocks run on"
_NAMED = "the designator has named who is responsible; no further return"
_HANDED = "somebody else does it better; the clocks run on"
_HARD = "too hard for this level: one rung up, and the clock runs on"
_SAME = "the same matter is handled once; its reporter keeps their own answer"
_SECOND = "a second person has weighed the request"
_NO = "the request does not hold, or is taken back"
_FAILED = "the outcome did not hold"
_BOTH = "caller and department assess each other once the work is over"
_SAYS = "a department has said how far it is; somebody writes it down"
_LEAVES = "the caller lets a department go: not before the matter is done"
ARROWS: Mapping[tuple[State, Command], Arrow] = {
    (S.REGISTERED, C.RESPOND): Arrow((E.RESPONDED,), "the reporter hears that someone comes"),
    (S.REGISTERED, C.CLAIM): Arrow(
        (E.RESPONDED, E.CLAIMED), "who takes it at once has answered by taking it"
    ),
    (S.REGISTERED, C.HANDLE_NOW): Arrow((E.RESPONDED, E.CLAIMED, E.RESOLVED), _FIXED),
    (S.REGISTERED, C.NOTE): Arrow((E.NOTED,), _EARLY),
    (S.REGISTERED, C.ESCALATE): Arrow((E.ESCALATED,), _HARD),
    (S.REGISTERED, C.RETURN): Arrow((E.RETURNED,), _DISPUTE),
    (S.REGISTERED, C.DESIGNATE): Arrow((E.DESIGNATED,), _NAMED),
    (S.REGISTERED, C.REASSIGN): Arrow((E.REASSIGNED,), _HANDED),
    (S.REGISTERED, C.MERGE): Arrow((E.RESPONDED, E.MERGED), _SAME),
    (S.REGISTERED, C.ASK_CANCEL): Arrow((E.CANCEL_ASKED,), _ERROR),
    (S.REGISTERED, C.APPROVE): Arrow((E.CANCELLED,), _SECOND),
    (S.REGISTERED, C.DECLINE): Arrow((E.DECLINED,), _NO),
    (S.REGISTERED, C.REJECT): Arrow((E.REJECTED,), _DUTY),
    (S.RESPONDED, C.CLAIM): Arrow((E.CLAIMED,), "one person answers for it from here"),
    (S.RESPONDED, C.HANDLE_NOW): Arrow((E.CLAIMED, E.RESOLVED), _FIXED),
    (S.RESPONDED, C.NOTE): Arrow((E.NOTED,), _EARLY),
    (S.RESPONDED, C.DEPARTMENT): Arrow((E.DEPT_ARRIVED,), _SAYS),
    (S.RESPONDED, C.RELEASE): Arrow((E.DEPT_RELEASED,), _LEAVES),
    (S.RESPONDED, C.ASSESS): Arrow((E.ASSESSED,), _BOTH),
    (S.RESPONDED, C.ESCALATE): Arrow((E.ESCALATED,), _HARD),
    (S.RESPONDED, C.RETURN): Arrow((E.RETURNED,), _DISPUTE),
    (S.RESPONDED, C.DESIGNATE): Arrow((E.DESIGNATED,), _NAMED),
    (S.RESPONDED, C.REASSIGN): Arrow((E.REASSIGNED,), _HANDED),
    (S.RESPONDED, C.MERGE): Arrow((E.MERGED,), _SAME),
    (S.RESPONDED, C.ASK_CANCEL): Arrow((E.CANCEL_ASKED,), _ERROR),
    (S.RESPONDED, C.APPROVE): Arrow((E.CANCELLED,), _SECOND),
    (S.RESPONDED, C.DECLINE): Arrow((E.DECLINED,), _NO),
    (S.RESPONDED, C.REJECT): Arrow((E.REJECTED,), _DUTY),
    (S.CLAIMED, C.HANDLE_NOW): Arrow((E.RESOLVED,), _FIXED),
    (S.CLAIMED, C.NOTE): Arrow((E.NOTED,), "progress is told while it happens"),
    (S.CLAIMED, C.RESOLVE): Arrow((E.RESOLVED,), "there is an outcome, with evidence"),
    (S.CLAIMED, C.WHISTLE): Arrow((E.WHISTLED,), "it takes those who have the power to act"),
    (S.CLAIMED, C.DEPARTMENT): Arrow((E.DEPT_ARRIVED,), _SAYS),
    (S.CLAIMED, C.RELEASE): Arrow((E.DEPT_RELEASED,), _LEAVES),
    (S.CLAIMED, C.ASSESS): Arrow((E.ASSESSED,), _BOTH),
    (S.CLAIMED, C.ESCALATE): Arrow((E.ESCALATED,), _HARD),
    (S.CLAIMED, C.RETURN): Arrow((E.RETURNED,), _DISPUTE),
    (S.CLAIMED, C.REASSIGN): Arrow((E.REASSIGNED,), _HANDED),
    (S.CLAIMED, C.DELIBERATE): Arrow(
        (E.DELIBERATED,), "it goes to the deliberation hall; the clock runs on"
    ),
    (S.CLAIMED, C.DECIDE): Arrow((E.DECIDED,), "what the meeting decided is what is done"),
    (S.CLAIMED, C.ASK_PAUSE): Arrow((E.PAUSE_ASKED,), "it cannot go on, for a reason of the list"),
    (S.CLAIMED, C.ASK_EXTENSION): Arrow((E.EXTENSION_ASKED,), "it takes longer than was promised"),
    (S.CLAIMED, C.APPROVE): Arrow((E.PAUSED,), _SECOND),
    (S.CLAIMED, C.DECLINE): Arrow((E.DECLINED,), _NO),
    (S.CLAIMED, C.RESUME): Arrow((E.RESUMED,), "what was waited for came early"),
    (S.CLAIMED, C.MERGE): Arrow((E.MERGED,), _SAME),
    (S.RESOLVED, C.NOTE): Arrow((E.NOTED,), _LATER),
    (S.RESOLVED, C.FEED_BACK): Arrow(
        (E.FED_BACK, E.CLOSED), "every reporter has answered, so that it is done"
    ),
    (S.RESOLVED, C.REOPEN): Arrow((E.REOPENED,), _FAILED),
    (S.RESOLVED, C.ASSESS): Arrow((E.ASSESSED,), _BOTH),
    (S.FED_BACK, C.NOTE): Arrow((E.NOTED,), _LATER),
    (S.FED_BACK, C.CLOSE): Arrow(
        (E.CLOSED,), "somebody was out of reach: the logged attempts were looked at"
    ),
    (S.FED_BACK, C.REOPEN): Arrow((E.REOPENED,), _FAILED),
    (S.FED_BACK, C.ASSESS): Arrow((E.ASSESSED,), _BOTH),
    (S.CLOSED, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold, within the window"),
    (S.CLOSED, C.ASSESS): Arrow((E.ASSESSED,), _BOTH),
    (S.MERGED, C.UNMERGE): Arrow(
        (E.UNMERGED,), "they were two matters after all; possible until the other one is closed"
    ),
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
    S.MERGED: errors.AlreadyMergedError,
}
# The state after each event; a note or a vain call leaves it as it is, and what changes hands
# goes back to being claimed (``folding``).
LEADS_TO: Mapping[EventType, State] = {
    E.RESPONDED: S.RESPONDED,
    E.CLAIMED: S.CLAIMED,
    E.RESOLVED: S.RESOLVED,
    E.FED_BACK: S.FED_BACK,
    E.CLOSED: S.CLOSED,
    E.REOPENED: S.CLAIMED,
    E.CANCELLED: S.CANCELLED,
    E.REJECTED: S.REJECTED,
    E.MERGED: S.MERGED,
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
TOLD_TO_REPORTER = frozenset(EventType) - {E.NOTED, E.ASSESSED}
# Nothing is done to these any more unless they are opened again or taken apart.
FINISHED = (S.CLOSED, S.CANCELLED, S.REJECTED, S.MERGED)
# Ended without going through the steps: what had not begun by then has no result.
CUT_SHORT = (S.CANCELLED, S.REJECTED, S.MERGED)
CHILD_OPEN = (S.REGISTERED, S.RESPONDED, S.CLAIMED)
MASTER_OPEN = (*CHILD_OPEN, S.RESOLVED)


def possible(state: State) -> list[Command]:
    """Return the commands that a state allows, in the order of work."""
    return [command for command in Command if (state, command) in ARROWS]


def next_command(state: State) -> Command | None:
    """Return the command that carries a case on from a state."""
    return ONWARD.get(state)


PERMISSIONS: Mapping[Command, str] = {
    C.CLOSE: "case.close",
    C.REJECT: "case.close",
    C.APPROVE: "case.close",
    C.MERGE: "case.close",
    C.UNMERGE: "case.close",
    C.REASSIGN: "case.assign",
    C.DESIGNATE: "case.designate",
}


def permission_of(command: Command) -> str:
    """Return the permission that a command needs."""
    return PERMISSIONS.get(command, "case.work")
