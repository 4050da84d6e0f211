"""What counts as service, how it is reckoned, and which way a record may go: pure values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import records as errors
from timebank.volunteering.rules.policy import CENT, Cap, Policy, Rate

MINUTES_MIN = 1
MINUTES_MAX = 720
CODE_TRIES_MAX = 5
CODE_DIGITS = 6
CHOSEN_MAX = 300
TEXT_MAX = 120
NOTE_MAX = 500
REPAIR_SHOWN = timedelta(days=14)  # how long the first screen asks to repair what was sent back


class RecordState(StrEnum):
    """Where a service record stands."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNAPPROVED = "unapproved"


# A record in one of these states occupies its volunteer's time and counts towards the day.
LIVE_STATES = (RecordState.RECORDED, RecordState.CONFIRMED, RecordState.APPROVED)


class Command(StrEnum):
    """What can be done to a record after it was made."""

    CORRECT = "correct"
    CONFIRM = "confirm"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    UNAPPROVE = "unapprove"
    REINSTATE = "reinstate"
    REOPEN = "reopen"


class EventKind(StrEnum):
    """What a line of a record's history tells."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNAPPROVED = "unapproved"
    OBJECTED = "objected"
    ANSWERED = "answered"
    FIRST_APPROVED = "first_approved"
    APPEALED = "appealed"
    APPEAL_GRANTED = "appeal_granted"
    APPEAL_UPHELD = "appeal_upheld"
    ARBITRATION = "arbitration"
    ARBITER_FOR = "arbiter_for"
    ARBITER_AGAINST = "arbiter_against"
    RIGHT_LAPSED = "right_lapsed"
    RESTORED = "restored"
    EXHIBITED = "exhibited"


class Proof(StrEnum):
    """By what the one who was served agreed, or by what it was seen that somebody was there."""

    LOGIN = "login"
    CODE = "code"
    SLIP = "slip"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a command leads, and why it may."""

    to: RecordState
    why: str


_S, _C = RecordState, Command
ARROWS: Mapping[tuple[RecordState, Command], Arrow] = {
    (_S.RECORDED, _C.CORRECT): Arrow(_S.RECORDED, "nobody has relied on the first values yet"),
    (_S.RECORDED, _C.CONFIRM): Arrow(_S.CONFIRMED, "the one served says it is so"),
    (_S.RECORDED, _C.REJECT): Arrow(_S.REJECTED, "a reviewer need not wait for what is wrong"),
    (_S.RECORDED, _C.WITHDRAW): Arrow(_S.WITHDRAWN, "nothing has been counted yet"),
    (_S.CONFIRMED, _C.CORRECT): Arrow(_S.RECORDED, "new values need a new confirmation"),
    (_S.CONFIRMED, _C.APPROVE): Arrow(_S.APPROVED, "two sides agree and a third has looked"),
    (_S.CONFIRMED, _C.REJECT): Arrow(_S.REJECTED, "the third found it wrong"),
    (_S.CONFIRMED, _C.WITHDRAW): Arrow(_S.WITHDRAWN, "nothing has been counted yet"),
    (_S.APPROVED, _C.UNAPPROVE): Arrow(_S.UNAPPROVED, "a mistake is undone by a reversal"),
    (_S.REJECTED, _C.CORRECT): Arrow(_S.RECORDED, "what was sent back may come again, repaired"),
    (_S.REJECTED, _C.REINSTATE): Arrow(_S.CONFIRMED, "an appeal was granted: review it again"),
    (_S.REJECTED, _C.REOPEN): Arrow(_S.RECORDED, "likewise, where nobody had confirmed it yet"),
}

_ENDED: Mapping[RecordState, type[DomainError]] = {
    _S.APPROVED: errors.AlreadyApprovedError,
    _S.REJECTED: errors.AlreadyRejectedError,
    _S.WITHDRAWN: errors.AlreadyWithdrawnError,
    _S.UNAPPROVED: errors.AlreadyUnapprovedError,
}


def next_state(state: RecordState, command: Command) -> RecordState:
    """Return the state to which a command leads.

    Raises:
        DomainError: the command is not possible now; its class says why.
    """
    arrow = ARROWS.get((state, command))
    if arrow is not None:
        return arrow.to
    raise _refusal(state, command)


def _refusal(state: RecordState, command: Command) -> DomainError:
    """Return why a command has no arrow from a state."""
    if command is Command.UNAPPROVE and state is not _S.UNAPPROVED:
        return errors.NotApprovedError()
    if state in _ENDED:
        return _ENDED[state]()
    if command in (Command.REINSTATE, Command.REOPEN):
        return errors.NotRejectedError()
    if command is Command.CONFIRM:
        return errors.AlreadyConfirmedError()
    return errors.NotConfirmedError()


def commands_from(state: RecordState) -> frozenset[Command]:
    """Return the commands that have an arrow from a state."""
    return frozenset(command for at, command in ARROWS if at == state)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of service on the clock."""

    started_at: datetime
    ended_at: datetime

    @property
    def minutes(self) -> int:
        """Whole minutes between start and end."""
        return int((self.ended_at - self.started_at).total_seconds()) // 60

    def overlaps(self, other: "Span") -> bool:
        """Whether both share a moment; touching ends do not."""
        return self.started_at < other.ended_at and other.started_at < self.ended_at


def check_span(span: Span, *, now: datetime, late_reason: str, policy: Policy) -> None:
    """Refuse a span that is empty, too long, unfinished, or too old without a reason."""
    if span.started_at.second or span.ended_at.second or _has_fractions(span):
        raise errors.NotWholeMinutesError(field="started_at")
    if span.ended_at <= span.started_at:
        raise errors.EndsBeforeStartError(field="ended_at")
    if span.minutes > MINUTES_MAX:
        raise errors.TooLongError(field="ended_at", limit=MINUTES_MAX, minutes=span.minutes)
    if span.ended_at > now:
        raise errors.FutureServiceError(field="ended_at")
    days = (clock.day_of(now) - clock.day_of(span.started_at)).days
    if days > policy.late_days and not late_reason.strip():
        raise errors.LateReasonMissingError(
            field="late_reason", days=days, limit_days=policy.late_days
        )


def _has_fractions(span: Span) -> bool:
    """Whether an end of the span lies inside a second."""
    return bool(span.started_at.microsecond or span.ended_at.microsecond)


def check_day(*, have_minutes: int, minutes: int, policy: Policy) -> None:
    """Refuse more service on one day than the policy allows."""
    limit = policy.day_minutes_max
    if limit is not None and have_minutes + minutes > limit:
        raise errors.DayFullError(field="ended_at", limit=limit, have=have_minutes, minutes=minutes)


def check_served(*, volunteer_id: int, recipient_id: int | None, has_other: bool) -> None:
    """Refuse service for nobody (``has_other``: an activity or organisation) and for oneself."""
    if recipient_id is None and not has_other:
        raise errors.ServedNobodyError(field="recipient_id")
    if recipient_id == volunteer_id:
        raise errors.ServedSelfError(field="recipient_id")


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How minutes served became minutes credited."""

    served_minutes: int
    rate_percent: int
    rounding_minutes: int
    bonus_minutes: int
    credited_minutes: int


def reckon(*, minutes: int, rate: Rate, policy: Policy) -> Reckoning:
    """Return minutes × rate, down to the rounding step, and the bonus; with what explains it.

    A service that is too short to count brings no bonus either.
    """
    rated = minutes * rate.rate_percent // CENT
    counted = rated - rated % policy.rounding_minutes
    bonus = rate.bonus_minutes if counted else 0
    return Reckoning(minutes, rate.rate_percent, policy.rounding_minutes, bonus, counted + bonus)


@dataclass(frozen=True, slots=True)
class Parties:
    """Who may not approve a record: the persons in it and the login that made it."""

    volunteer_id: int
    recipient_id: int | None
    recorded_by_id: int | None
    recorded_by_user_id: int | None

    @property
    def person_ids(self) -> frozenset[int]:
        """The persons in the record."""
        found = (self.volunteer_id, self.recipient_id, self.recorded_by_id)
        return frozenset(person_id for person_id in found if person_id is not None)


def check_approver(
    parties: Parties, *, user_id: int | None, person_id: int | None, kin_ids: Iterable[int]
) -> None:
    """Refuse an approver who is in the record, made it, or is kin of someone in it."""
    if user_id is None and person_id is None:
        raise errors.ApproverUnknownError
    if person_id in parties.person_ids:
        raise errors.ApprovesOwnError
    if user_id is not None and user_id == parties.recorded_by_user_id:
        raise errors.ApprovesOwnError
    if parties.person_ids & set(kin_ids):
        raise errors.ApprovesKinError


def veil(name: str) -> str:
    """Return a name with all but its first character hidden."""
    return f"{name[:1]}{'*' * max(len(name) - 1, 1)}" if name else ""


def code_from(digest: str) -> str:
    """Return the six digits that a keyed hexadecimal digest gives."""
    return str(int(digest, 16) % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def required(text: str, *, field: str = "reason") -> str:
    """Return a reason without blanks around it.

    Raises:
        ReasonMissingError: nothing is left.
    """
    kept = text.strip()
    if not kept:
        raise errors.ReasonMissingError(field=field)
    return kept


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What is told about a stretch of service: what, when, for whom, where."""

    kind_id: int
    started_at: datetime
    ended_at: datetime
    recipient_id: int | None = None
    recipient_card: str = ""
    organisation_id: int | None = None
    activity: str = ""
    place: str = ""
    micro_grid_id: int | None = None
    case_id: int | None = None
    case_number: str = ""
    notes: str = ""
    late_reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordView:
    """A service record as a page or a program sees it."""

    id: int
    community_id: int
    volunteer_id: int
    volunteer_name: str
    recipient_id: int | None
    recipient_name: str
    organisation_id: int | None
    organisation_name: str
    activity: str
    kind_id: int
    kind_name: str
    is_risky: bool
    started_at: datetime
    ended_at: datetime
    served_on: date
    minutes: int
    place: str
    micro_grid_id: int | None
    micro_grid_label: str
    grid_id: int | None
    centre_id: int | None
    case_id: int | None
    case_number: str
    notes: str
    late_reason: str
    slip_number: str | None
    state: RecordState
    state_reason: str
    revision: int
    has_objection: bool
    recorded_at: datetime
    recorded_by_id: int | None
    recorded_by_user_id: int | None
    recorded_by_name: str
    confirmed_at: datetime | None
    confirmed_how: Proof | None
    confirmed_by_name: str
    approved_at: datetime | None
    approved_by_name: str
    policy_version: int | None
    rate_percent: int | None
    rounding_minutes: int | None
    credited_minutes: int | None
    bonus_minutes: int
    donation_minutes: int
    refused_minutes: int
    capped_by: Cap | None
    entry_id: UUID | None
    reversal_id: UUID | None

    @property
    def served_name(self) -> str:
        """Who was served, in one word: the person, the activity, or the organisation."""
        activity = "" if self.activity == self.kind_name else self.activity
        return self.recipient_name or activity or self.organisation_name


class CaseHours(NamedTuple):
    """The service linked to a case, and the minutes of it that were approved."""

    records: Sequence[RecordView]
    total_minutes: int


# What a new community begins with; it may add, rename and close kinds later.
DEFAULT_KINDS: tuple[tuple[str, str, bool], ...] = (
    ("chat", "陪伴聊天", False),
    ("meal", "助餐送餐", False),
    ("canteen", "食堂帮厨", False),
    ("clean", "打扫整理", False),
    ("errand", "代办跑腿", False),
    ("clinic", "陪同看病", False),
    ("bath", "助浴", True),
    ("repair", "小修小补", True),
    ("phone", "教用手机", False),
    ("school", "护学值守", False),
    ("patrol", "巡查劝导", False),
    ("event", "社区活动", False),
)
