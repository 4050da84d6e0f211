"""What lies over a case without being a state: a request, a pause, a dispute, a whistle.

A pause or an extension is asked for by whoever works the case and granted by somebody else. A
pause ends at its moment by itself, because whether it runs is a comparison when it is read.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.cases.errors import handing
from timebank.cases.errors import overlays as errors
from timebank.cases.rules import deadlines
from timebank.cases.rules.flow import ARROWS, Command, Dispute, EventType, Level, Step
from timebank.cases.rules.folding import AskPayload, CaseState, DuePayload, MovePayload
from timebank.cases.rules.policy import Rulebook
from timebank.kernel import clock

C = Command
CANCEL = "cancel"
PAUSE_DAYS_MAX = 60
EXTENSION_DAYS_MAX = 90
EXTENSIONS_MAX = 2
MOVES = frozenset({EventType.PAUSED, EventType.EXTENDED, EventType.RESUMED})


class PauseReason(StrEnum):
    """Why a case may rest; anything else is no pause."""

    PARTS = "parts"
    WORKS = "works"
    WEATHER = "weather"
    DEPARTMENT = "department"
    PROCEEDINGS = "proceedings"
    REPORTER_AWAY = "reporter_away"


def is_paused(state: CaseState, now: datetime) -> bool:
    """Whether a pause runs at a moment."""
    until = state.paused_until
    return until is not None and now < until and state.step is Step.RESOLVE


def check(state: CaseState, command: Command, *, user_id: int | None, now: datetime) -> None:
    """Refuse what lies over a case and does not allow a command; the state allows it.

    Raises:
        OverlayError: the class names what lies over it: a request, a pause, a dispute, a whistle,
            a deliberation, cases merged into it; or whose it is.
    """
    if command in _RESTED and is_paused(state, now):
        raise errors.PausedNowError
    if command in _ASKING and state.asked is not None:
        raise errors.AlreadyAskedError
    if command in _AFTER_WHISTLES and state.open_whistles:
        raise handing.WhistleOpenError(count=state.open_whistles)
    if command in _CHILDLESS and state.children:
        raise handing.HasChildrenError(count=state.children)
    specific = _SPECIFIC.get(command)
    if specific is not None:
        specific(state, command, user_id, now)


_RESTED = frozenset({C.RESOLVE, C.HANDLE_NOW, C.ASK_PAUSE, C.ASK_EXTENSION, C.MERGE, C.RETURN})
_ASKING = frozenset({C.ASK_PAUSE, C.ASK_EXTENSION, C.ASK_CANCEL, C.MERGE})
_AFTER_WHISTLES = frozenset({C.RESOLVE, C.HANDLE_NOW, C.MERGE, C.RETURN})
_CHILDLESS = frozenset({C.MERGE, C.REJECT, C.ASK_CANCEL})


def _check_resume(state: CaseState, _command: Command, _user_id: int | None, now: datetime) -> None:
    """Refuse to resume what goes on."""
    if not is_paused(state, now):
        raise errors.NotPausedError


def _check_weighing(state: CaseState, command: Command, user_id: int | None, now: datetime) -> None:
    """Refuse an answer to nothing, to oneself, or too late."""
    _check_answer(state.asked, command, user_id=user_id, now=now)


def _check_taking(state: CaseState, _command: Command, user_id: int | None, _now: datetime) -> None:
    """Refuse to take what is disputed, or what was given to somebody else."""
    if state.dispute is Dispute.OPEN:
        raise handing.DisputeOpenError
    if state.assigned_user_id not in {None, user_id}:
        raise handing.AssignedElsewhereError


def _check_return(state: CaseState, _command: Command, user_id: int | None, _now: datetime) -> None:
    """Refuse to return twice, or what is in another's hands."""
    if state.dispute is Dispute.OPEN:
        raise handing.DisputeOpenError
    if state.dispute is Dispute.DECIDED:
        raise handing.DisputeDecidedError
    if (state.holder_user_id or state.assigned_user_id or user_id) != user_id:
        raise handing.AssignedElsewhereError


def _check_designate(
    state: CaseState, _command: Command, _user_id: int | None, _now: datetime
) -> None:
    """Refuse to decide what nobody disputes."""
    if state.dispute is not Dispute.OPEN:
        raise handing.NothingDisputedError


def _check_handing(
    state: CaseState, command: Command, _user_id: int | None, _now: datetime
) -> None:
    """Refuse to hand on what waits for the designator, or what is at the top."""
    if state.dispute is Dispute.OPEN:
        raise handing.DisputeOpenError
    if command is C.ESCALATE and state.level is Level.SUBDISTRICT:
        raise handing.AtTopError


def _check_departments(
    state: CaseState, command: Command, _user_id: int | None, _now: datetime
) -> None:
    """Refuse to write about departments that were not called."""
    left = state.whistles if command is C.ASSESS else state.open_whistles
    if not left:
        raise handing.NoWhistleError


def _check_decide(
    state: CaseState, _command: Command, _user_id: int | None, _now: datetime
) -> None:
    """Refuse the decision of no meeting."""
    if state.meeting_on is None:
        raise handing.NothingDeliberatedError


_SPECIFIC: Mapping[Command, Callable[[CaseState, Command, int | None, datetime], None]] = {
    C.RESUME: _check_resume,
    C.APPROVE: _check_weighing,
    C.DECLINE: _check_weighing,
    C.CLAIM: _check_taking,
    C.HANDLE_NOW: _check_taking,
    C.RETURN: _check_return,
    C.DESIGNATE: _check_designate,
    C.REASSIGN: _check_handing,
    C.ESCALATE: _check_handing,
    C.DEPARTMENT: _check_departments,
    C.RELEASE: _check_departments,
    C.ASSESS: _check_departments,
    C.DECIDE: _check_decide,
}


def _check_answer(
    asked: AskPayload | None, command: Command, *, user_id: int | None, now: datetime
) -> None:
    """Refuse an answer to nothing, to oneself, or too late."""
    if asked is None:
        raise errors.NothingAskedError
    if command is Command.DECLINE:
        return
    if user_id is None or asked["user_id"] == user_id:
        raise errors.OwnRequestError
    if asked["kind"] != CANCEL and datetime.fromisoformat(asked["until"]) <= now:
        raise errors.RequestLapsedError


def possible_now(state: CaseState, *, user_id: int | None, now: datetime) -> list[Command]:
    """Return the commands that the state and what lies over it allow, in the order of work."""
    return [
        command
        for command in Command
        if (state.state, command) in ARROWS and _is_open(state, command, user_id, now)
    ]


def _is_open(state: CaseState, command: Command, user_id: int | None, now: datetime) -> bool:
    """Whether nothing that lies over the case refuses a command."""
    try:
        check(state, command, user_id=user_id, now=now)
    except errors.OverlayError:
        return False
    return True


def pause_until(last_on: date, *, now: datetime) -> datetime:
    """Return the end of a pause's last day.

    Raises:
        PauseOutOfRangeError: it has passed, or lies too far ahead.
    """
    today = clock.day_of(now)
    if not today <= last_on <= today + timedelta(days=PAUSE_DAYS_MAX):
        raise errors.PauseOutOfRangeError(field="last_on", days=PAUSE_DAYS_MAX)
    return clock.day_bounds(last_on)[1]


def last_day(until: datetime | None) -> date | None:
    """Return the last day of what lasts until a moment; None for nothing."""
    return None if until is None else clock.day_of(until - timedelta(microseconds=1))


def extended_due(state: CaseState, last_on: date, *, now: datetime, has_form: bool) -> datetime:
    """Return the end of the day to which the case is to be extended.

    Raises:
        ExtensionOutOfRangeError: it is no later than what is promised, or too far ahead.
        NoMoreExtensionsError: there were as many as a round may have.
        SignedFormMissingError: a second extension needs the signed form, as a photo.
    """
    until = clock.day_bounds(last_on)[1]
    granted = _extensions(state)
    if granted >= EXTENSIONS_MAX:
        raise errors.NoMoreExtensionsError(most=EXTENSIONS_MAX)
    due_at = state.due_at
    latest = clock.day_of(now) + timedelta(days=EXTENSION_DAYS_MAX)
    if due_at is None or until <= max(due_at, now) or last_on > latest:
        raise errors.ExtensionOutOfRangeError(field="last_on", days=EXTENSION_DAYS_MAX)
    if granted and not has_form:
        raise errors.SignedFormMissingError(field="photos")
    return until


def _moves(state: CaseState) -> list[MovePayload]:
    """Return what has moved the promise to resolve in this round."""
    times = state.times.get(Step.RESOLVE)
    return list(times.why.get("moves", ())) if times else []


def _extensions(state: CaseState) -> int:
    """Return how many extensions this round has had."""
    return sum(move["kind"] == deadlines.EXTENSION for move in _moves(state))


def granted(asked: AskPayload | None) -> tuple[EventType, ...]:
    """Return what granting a request writes.

    Raises:
        NothingAskedError: there is none.
    """
    if asked is None:
        raise errors.NothingAskedError
    return (_GRANTED[asked["kind"]],)


_GRANTED = {
    deadlines.PAUSE: EventType.PAUSED,
    deadlines.EXTENSION: EventType.EXTENDED,
    CANCEL: EventType.CANCELLED,
}


def moved_dues(
    state: CaseState, event_type: EventType, *, at: datetime, book: Rulebook
) -> list[DuePayload]:
    """Return the promise to resolve as a pause, its early end or an extension makes it."""
    moves = _moves(state)
    if event_type is EventType.RESUMED:
        moves[-1] = MovePayload(kind=moves[-1]["kind"], at=moves[-1]["at"], until=at.isoformat())
    elif state.asked is not None:
        kind = deadlines.PAUSE if event_type is EventType.PAUSED else deadlines.EXTENSION
        moves.append(MovePayload(kind=kind, at=at.isoformat(), until=state.asked["until"]))
    return [deadlines.reckon_again(state.times[Step.RESOLVE], book=book, moves=moves)]
