"""Which way tasks and sign-ups may go, who may take part, and when a contact opens: pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.rules.needs import NO_WISHES, Language, Risk, Skill, Wishes
from timebank.volunteering.rules.presence import EARLY
from timebank.volunteering.rules.records import MINUTES_MAX

PLACES_MAX = 500
CONTACT_BEFORE = timedelta(hours=24)
CONTACT_AFTER = timedelta(hours=2)
CLOSED_AFTER = timedelta(hours=24)  # how long a roster may still be ticked before a task is closed
AHEAD_SHOWN = timedelta(days=30)  # how far ahead volunteers look for tasks


class Admission(StrEnum):
    """How a place is got: the first to sign up has it, or somebody picks."""

    DIRECT = "direct"
    PICKED = "picked"


class TaskState(StrEnum):
    """Where a task stands; whether it is full is counted, not stored."""

    OPEN = "open"
    DONE = "done"
    UNMET = "unmet"
    CANCELLED = "cancelled"


class TaskCommand(StrEnum):
    """What can be done to a task."""

    CANCEL = "cancel"
    FINISH = "finish"
    MISS = "miss"


class SignUpState(StrEnum):
    """Where a volunteer stands with a task."""

    ASKED = "asked"
    OFFERED = "offered"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    SERVED = "served"
    NO_SHOW = "no_show"
    DECLINED = "declined"
    TURNED_DOWN = "turned_down"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class SignUpCommand(StrEnum):
    """What can be done to a sign-up."""

    ASK = "ask"
    ASK_AGAIN = "ask_again"
    OFFER = "offer"
    QUEUE = "queue"
    ACCEPT = "accept"
    DECLINE = "decline"
    TURN_DOWN = "turn_down"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    LAPSE = "lapse"
    MISS = "miss"
    SERVE = "serve"


class TaskEvent(StrEnum):
    """What happened to a task or a sign-up, as the trail tells it."""

    POSTED = "task_posted"
    CANCELLED = "task_cancelled"
    FINISHED = "task_finished"
    UNMET = "task_unmet"
    ASKED = "volunteer_asked"
    OFFERED = "volunteer_offered"
    QUEUED = "volunteer_queued"
    ACCEPTED = "volunteer_accepted"
    MOVED_UP = "volunteer_moved_up"
    DECLINED = "volunteer_declined"
    TURNED_DOWN = "volunteer_turned_down"
    WITHDREW = "volunteer_withdrew"
    MISSED = "volunteer_missed"


# A sign-up in one of these states takes a place and its volunteer's time.
HOLDING_STATES = (SignUpState.ACCEPTED, SignUpState.SERVED)
OPEN_STATES = (
    SignUpState.ASKED,
    SignUpState.OFFERED,
    SignUpState.WAITING,
    SignUpState.ACCEPTED,
)


@dataclass(frozen=True, slots=True)
class TaskArrow:
    """Where a command leads, and why it may."""

    to: TaskState
    why: str


@dataclass(frozen=True, slots=True)
class SignUpArrow:
    """Where a command leads, and why it may."""

    to: SignUpState
    why: str


_T, _D = TaskState, TaskCommand
TASK_ARROWS: Mapping[tuple[TaskState, TaskCommand], TaskArrow] = {
    (_T.OPEN, _D.CANCEL): TaskArrow(_T.CANCELLED, "plans change; those who hold places are told"),
    (_T.OPEN, _D.FINISH): TaskArrow(_T.DONE, "somebody came"),
    (_T.OPEN, _D.MISS): TaskArrow(_T.UNMET, "its time is over and nobody came"),
    (_T.UNMET, _D.FINISH): TaskArrow(_T.DONE, "somebody had come; the roster came late"),
}
_TASK_ENDED: Mapping[TaskState, type[DomainError]] = {
    _T.CANCELLED: errors.TaskCancelledError,
    _T.DONE: errors.TaskDoneError,
    _T.UNMET: errors.TaskUnmetError,
}

_S, _C = SignUpState, SignUpCommand
_AGAIN = "who said no may change their mind"
_ENDS = "the task is no more"
_MOVED = "the time is another; a promise is for its day"
_OVER = "the time is over and the place was never taken"
SIGN_UP_ARROWS: Mapping[tuple[SignUpState, SignUpCommand], SignUpArrow] = {
    (_S.ASKED, _C.ACCEPT): SignUpArrow(_S.ACCEPTED, "who was asked says yes"),
    (_S.ASKED, _C.QUEUE): SignUpArrow(_S.WAITING, "the yes came when all places were taken"),
    (_S.ASKED, _C.DECLINE): SignUpArrow(_S.DECLINED, "nobody has to"),
    (_S.ASKED, _C.CANCEL): SignUpArrow(_S.CANCELLED, _ENDS),
    (_S.ASKED, _C.LAPSE): SignUpArrow(_S.LAPSED, _OVER),
    (_S.OFFERED, _C.ACCEPT): SignUpArrow(_S.ACCEPTED, "picked"),
    (_S.OFFERED, _C.QUEUE): SignUpArrow(_S.WAITING, "picked as a reserve"),
    (_S.OFFERED, _C.TURN_DOWN): SignUpArrow(_S.TURNED_DOWN, "others were picked"),
    (_S.OFFERED, _C.WITHDRAW): SignUpArrow(_S.WITHDRAWN, "nothing was agreed yet"),
    (_S.OFFERED, _C.CANCEL): SignUpArrow(_S.CANCELLED, _ENDS),
    (_S.OFFERED, _C.LAPSE): SignUpArrow(_S.LAPSED, _OVER),
    (_S.WAITING, _C.ACCEPT): SignUpArrow(_S.ACCEPTED, "a place fell free"),
    (_S.WAITING, _C.TURN_DOWN): SignUpArrow(_S.TURNED_DOWN, "no longer kept as a reserve"),
    (_S.WAITING, _C.WITHDRAW): SignUpArrow(_S.WITHDRAWN, "nothing was agreed yet"),
    (_S.WAITING, _C.CANCEL): SignUpArrow(_S.CANCELLED, _ENDS),
    (_S.WAITING, _C.ASK_AGAIN): SignUpArrow(_S.ASKED, _MOVED),
    (_S.WAITING, _C.LAPSE): SignUpArrow(_S.LAPSED, _OVER),
    (_S.ACCEPTED, _C.WITHDRAW): SignUpArrow(_S.WITHDRAWN, "better to say so than not to come"),
    (_S.ACCEPTED, _C.TURN_DOWN): SignUpArrow(_S.TURNED_DOWN, "the requester may choose anew"),
    (_S.ACCEPTED, _C.CANCEL): SignUpArrow(_S.CANCELLED, _ENDS),
    (_S.ACCEPTED, _C.ASK_AGAIN): SignUpArrow(_S.ASKED, _MOVED),
    (_S.ACCEPTED, _C.MISS): SignUpArrow(_S.NO_SHOW, "did not come"),
    (_S.ACCEPTED, _C.SERVE): SignUpArrow(_S.SERVED, "came and left"),
    (_S.NO_SHOW, _C.SERVE): SignUpArrow(_S.SERVED, "had come after all; the roster came late"),
    (_S.DECLINED, _C.ASK): SignUpArrow(_S.ASKED, _AGAIN),
    (_S.DECLINED, _C.OFFER): SignUpArrow(_S.OFFERED, _AGAIN),
    (_S.DECLINED, _C.QUEUE): SignUpArrow(_S.WAITING, _AGAIN),
    (_S.DECLINED, _C.ACCEPT): SignUpArrow(_S.ACCEPTED, _AGAIN),
    (_S.WITHDRAWN, _C.ASK): SignUpArrow(_S.ASKED, _AGAIN),
    (_S.WITHDRAWN, _C.OFFER): SignUpArrow(_S.OFFERED, _AGAIN),
    (_S.WITHDRAWN, _C.QUEUE): SignUpArrow(_S.WAITING, _AGAIN),
    (_S.WITHDRAWN, _C.ACCEPT): SignUpArrow(_S.ACCEPTED, _AGAIN),
    (_S.TURNED_DOWN, _C.ASK): SignUpArrow(_S.ASKED, "who picks may change their mind"),
}
# Where somebody stands who was not on the list before.
FIRST_STATES: Mapping[SignUpCommand, SignUpState] = {
    _C.ASK: _S.ASKED,
    _C.OFFER: _S.OFFERED,
    _C.QUEUE: _S.WAITING,
    _C.ACCEPT: _S.ACCEPTED,
}
_WHERE_IT_STANDS: Mapping[SignUpState, type[DomainError]] = {
    _S.ASKED: errors.AlreadyAskedError,
    _S.OFFERED: errors.AlreadySignedUpError,
    _S.WAITING: errors.AlreadyWaitingError,
    _S.ACCEPTED: errors.AlreadyAcceptedError,
    _S.SERVED: errors.SignUpServedError,
    _S.NO_SHOW: errors.SignUpMissedError,
    _S.DECLINED: errors.SignUpDeclinedError,
    _S.TURNED_DOWN: errors.SignUpTurnedDownError,
    _S.WITHDRAWN: errors.SignUpWithdrawnError,
    _S.CANCELLED: errors.SignUpCancelledError,
    _S.LAPSED: errors.SignUpLapsedError,
}
_NEEDS_PLACE = {_C.MISS, _C.SERVE}


def next_task_state(state: TaskState, command: TaskCommand) -> TaskState:
    """Return the state to which a command leads.

    Raises:
        DomainError: the command is not possible now; its class says why.
    """
    arrow = TASK_ARROWS.get((state, command))
    if arrow is None:
        raise _TASK_ENDED[state]
    return arrow.to


def next_sign_up_state(state: SignUpState, command: SignUpCommand) -> SignUpState:
    """Return the state to which a command leads.

    Raises:
        NotAcceptedError: presence is told of somebody who has no place yet.
        DomainError: the command is not possible now; its class says where the sign-up stands.
    """
    arrow = SIGN_UP_ARROWS.get((state, command))
    if arrow is not None:
        return arrow.to
    if command in _NEEDS_PLACE and state in OPEN_STATES:
        raise errors.NotAcceptedError
    raise _WHERE_IT_STANDS[state]


def check_open(state: TaskState, *, starts_at: datetime, now: datetime) -> None:
    """Refuse new faces on a task that has ended or begun."""
    if state is not TaskState.OPEN:
        raise _TASK_ENDED[state]
    if now >= starts_at:
        raise errors.TaskStartedError


def check_span(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Refuse a task that is over, or longer than a service record may be."""
    if not timedelta() < ends_at - starts_at <= timedelta(minutes=MINUTES_MAX):
        raise errors.TaskEndsBeforeStartError(field="ends_at", limit=MINUTES_MAX)
    if starts_at <= now:
        raise errors.TaskInPastError(field="starts_at")


def same_weekday(day: date, *, today: date) -> date:
    """Return the next day after a day, and after today, that is the same day of the week."""
    after = max(day, today)
    return after + timedelta(days=(day.isoweekday() - after.isoweekday() - 1) % 7 + 1)


def check_contact_open(*, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Refuse address and phone outside the day before a task and two hours after it.

    Raises:
        ContactClosedError: not yet, or no more.
    """
    if not is_contact_open(starts_at=starts_at, ends_at=ends_at, now=now):
        raise errors.ContactClosedError(
            before=CONTACT_BEFORE // timedelta(hours=1), after=CONTACT_AFTER // timedelta(hours=1)
        )


def is_contact_open(*, starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether address and phone may be seen at a moment by who has the place."""
    return starts_at - CONTACT_BEFORE <= now <= ends_at + CONTACT_AFTER


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What is told about an activity that wants helpers."""

    kind_id: int
    activity: str
    starts_at: datetime
    ends_at: datetime
    places: int
    admission: Admission = Admission.DIRECT
    wishes: Wishes = NO_WISHES
    organisation_id: int | None = None
    details: str = ""
    place: str = ""
    micro_grid_id: int | None = None
    centre_id: int | None = None
    case_id: int | None = None
    case_number: str = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as somebody may see it; who is served stays veiled until the place is theirs."""

    id: int
    community_id: int
    need_id: int | None
    state: TaskState
    state_reason: str
    activity: str
    recipient_id: int | None
    recipient_name: str
    organisation_id: int | None
    kind_id: int
    kind_name: str
    admission: Admission
    starts_at: datetime
    ends_at: datetime
    places: int
    taken: int
    risk: Risk
    sex: Sex | None
    skills: tuple[Skill, ...]
    languages: tuple[Language, ...]
    details: str
    place: str
    micro_grid_id: int | None
    micro_grid_label: str
    building_id: int | None
    grid_id: int | None
    grid_name: str
    centre_id: int | None
    case_id: int | None
    case_number: str
    revision: int
    series_on: date | None
    asked_by_id: int | None
    is_urgent: bool
    my_state: SignUpState | None = None
    my_sign_up_id: int | None = None

    @property
    def minutes(self) -> int:
        """How long it is planned to take."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def starts_on(self) -> date:
        """The community's day on which it begins."""
        return clock.day_of(self.starts_at)

    @property
    def free_places(self) -> int:
        """How many places nobody has yet."""
        return self.places - self.taken

    @property
    def title(self) -> str:
        """What it is, in one word."""
        return self.activity or self.kind_name

    @property
    def wishes(self) -> Wishes:
        """What whoever comes should be or be able to do."""
        return Wishes(self.risk, self.sex, self.skills, self.languages)


def may_arrive(view: TaskView, *, now: datetime) -> bool:
    """Whether the door of a task is open: shortly before it begins, until it is over."""
    return view.starts_at - EARLY <= now < view.ends_at


@dataclass(frozen=True, slots=True)
class SignUpView:
    """One volunteer on a task's list, with their presence."""

    id: int
    task_id: int
    volunteer_id: int
    volunteer_name: str
    place_label: str
    state: SignUpState
    state_reason: str
    signed_at: datetime
    queued_at: datetime | None
    was_moved_up: bool
    presence_id: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    record_id: int | None = None
