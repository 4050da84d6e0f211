"""What a need may ask for, when it recurs, and which way it may go: pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import needs as errors

HELPERS_MAX = 50
NEED_MINUTES_MIN = 15
NEED_MINUTES_MAX = 480
AHEAD_DAYS_MAX = 90  # how far ahead the first time may lie
REPEAT_WEEKS_MAX = 13
HORIZON = timedelta(days=28)  # how far ahead a weekly pattern becomes tasks


class Skill(StrEnum):
    """What a volunteer can do, and what a task may want done."""

    HAIRCUT = "haircut"
    COOKING = "cooking"
    REPAIR = "repair"
    FIRST_AID = "first_aid"
    NURSING = "nursing"
    PHONE = "phone"
    DRIVING = "driving"
    TEACHING = "teaching"
    MUSIC = "music"
    LAW = "law"
    LISTENING = "listening"


class Language(StrEnum):
    """A language or dialect beside Mandarin, which everybody is expected to speak."""

    QINGDAO = "qingdao"
    NORTHEAST = "northeast"
    SICHUAN = "sichuan"
    WU = "wu"
    MINNAN = "minnan"
    CANTONESE = "cantonese"
    KOREAN = "korean"
    ENGLISH = "english"
    SIGN = "sign"


class Risk(StrEnum):
    """How much can go wrong: whoever is under age does only what is low."""

    LOW = "low"
    RAISED = "raised"
    HIGH = "high"


class Asker(StrEnum):
    """Who posts a need: the one who needs it, a verified relative, or staff."""

    SELF = "self"
    RELATIVE = "relative"
    STAFF = "staff"


class Channel(StrEnum):
    """By what way a need came."""

    PAGE = "page"
    PHONE = "phone"
    VISIT = "visit"
    CASE = "case"


class NeedState(StrEnum):
    """Where a need stands."""

    POSTED = "posted"
    TAKEN_UP = "taken_up"
    ENDED = "ended"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What became of a need."""

    MET = "met"
    UNMET = "unmet"
    CANCELLED = "cancelled"
    WAITING = "waiting"


class NeedCommand(StrEnum):
    """What can be done to a need after it was posted."""

    TAKE_UP = "take_up"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    END = "end"


class NeedEvent(StrEnum):
    """What happened to a need, as its trail tells it."""

    POSTED = "need_posted"
    TAKEN_UP = "need_taken_up"
    DECLINED = "need_declined"
    WITHDRAWN = "need_withdrawn"
    ENDED = "need_ended"


@dataclass(frozen=True, slots=True)
class NeedArrow:
    """Where a command leads, and why it may."""

    to: NeedState
    why: str


_S, _C = NeedState, NeedCommand
NEED_ARROWS: Mapping[tuple[NeedState, NeedCommand], NeedArrow] = {
    (_S.POSTED, _C.TAKE_UP): NeedArrow(_S.TAKEN_UP, "staff answer for what volunteers are sent to"),
    (_S.POSTED, _C.DECLINE): NeedArrow(_S.DECLINED, "who asks is owed a reason"),
    (_S.POSTED, _C.WITHDRAW): NeedArrow(_S.WITHDRAWN, "nobody was promised anything yet"),
    (_S.TAKEN_UP, _C.WITHDRAW): NeedArrow(_S.WITHDRAWN, "help is never forced; open tasks end too"),
    (_S.TAKEN_UP, _C.END): NeedArrow(_S.ENDED, "its last time is over"),
}
_ENDED: Mapping[NeedState, type[DomainError]] = {
    _S.TAKEN_UP: errors.NeedAlreadyTakenUpError,
    _S.ENDED: errors.NeedAlreadyEndedError,
    _S.DECLINED: errors.NeedAlreadyDeclinedError,
    _S.WITHDRAWN: errors.NeedAlreadyWithdrawnError,
}


def next_need_state(state: NeedState, command: NeedCommand) -> NeedState:
    """Return the state to which a command leads.

    Raises:
        DomainError: the command is not possible now; its class says why.
    """
    arrow = NEED_ARROWS.get((state, command))
    if arrow is not None:
        return arrow.to
    if state is _S.POSTED:  # of all commands only ending waits for another one
        raise errors.NeedNotTakenUpError
    raise _ENDED[state]


def need_commands_from(state: NeedState) -> frozenset[NeedCommand]:
    """Return the commands that have an arrow from a state."""
    return frozenset(command for at, command in NEED_ARROWS if at == state)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever comes should be or be able to do; an empty wish does not narrow."""

    risk: Risk = Risk.LOW
    sex: Sex | None = None
    skills: tuple[Skill, ...] = ()
    languages: tuple[Language, ...] = ()


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """What is told about a need; ``minutes`` is the length of one time.

    ``weekdays`` are ISO digits such as ``135``, empty for a need that is there once.
    """

    kind_id: int
    starts_at: datetime
    minutes: int
    recipient_id: int | None = None
    recipient_card: str = ""
    helpers: int = 1
    is_urgent: bool = False
    weekdays: str = ""
    repeat_until_on: date | None = None
    wishes: Wishes = NO_WISHES
    channel: Channel = Channel.PAGE
    consent: str = ""
    details: str = ""
    place: str = ""
    micro_grid_id: int | None = None
    case_id: int | None = None
    case_number: str = ""
    offer_id: int | None = None


def check_when(facts: NeedFacts, *, now: datetime) -> None:
    """Refuse a time that is over, too far ahead, across midnight, or repeats without bounds.

    Raises:
        NeedInPastError, NeedTooFarError, CrossesMidnightError: about the first time.
        UrgentRepeatsError, RepeatUnboundedError, RepeatDayMissingError: about the pattern.
    """
    if facts.starts_at <= now:
        raise errors.NeedInPastError(field="starts_at")
    if facts.starts_at > now + timedelta(days=AHEAD_DAYS_MAX):
        raise errors.NeedTooFarError(field="starts_at", days=AHEAD_DAYS_MAX)
    first_on = clock.day_of(facts.starts_at)
    last_minute = facts.starts_at + timedelta(minutes=facts.minutes - 1)
    if clock.day_of(last_minute) != first_on:
        raise errors.CrossesMidnightError(field="minutes")
    if facts.weekdays:
        _check_pattern(facts, first_on)
    elif facts.repeat_until_on is not None:
        raise errors.RepeatDayMissingError(field="weekdays", on=first_on)


def _check_pattern(facts: NeedFacts, first_on: date) -> None:
    """Refuse a weekly pattern that is urgent, has no end, or misses its own first day."""
    if facts.is_urgent:
        raise errors.UrgentRepeatsError(field="is_urgent")
    last = facts.repeat_until_on
    if last is None or not first_on <= last <= first_on + timedelta(weeks=REPEAT_WEEKS_MAX):
        raise errors.RepeatUnboundedError(field="repeat_until_on", weeks=REPEAT_WEEKS_MAX)
    if str(first_on.isoweekday()) not in facts.weekdays:
        raise errors.RepeatDayMissingError(field="weekdays", on=first_on)


def tidy_weekdays(text: str) -> str:
    """Return the ISO weekday digits in order, each once."""
    return "".join(sorted(set(text) & set("1234567")))


def check_risk(wishes: Wishes, *, is_risky_kind: bool) -> None:
    """Refuse to call a risky kind of service harmless."""
    if is_risky_kind and wishes.risk is Risk.LOW:
        raise errors.RiskTooLowError(field="risk")


def occurrences(
    *, starts_at: datetime, weekdays: str, repeat_until_on: date | None, until: datetime
) -> list[datetime]:
    """Return the beginnings of a need's times up to a moment: one, or those of its pattern.

    Bounded: a pattern lasts at most ``REPEAT_WEEKS_MAX`` weeks of seven days. Wall-clock times
    stay the same from week to week.
    """
    if not weekdays or repeat_until_on is None:
        return [starts_at] if starts_at <= until else []
    first = clock.local(starts_at)
    days = min((repeat_until_on - first.date()).days, 7 * REPEAT_WEEKS_MAX)
    found = []
    for number in range(days + 1):
        day = first.date() + timedelta(days=number)
        moment = clock.at_local(day, first.time().replace(tzinfo=None))
        if str(day.isoweekday()) in weekdays and moment <= until:
            found.append(moment)
    return found


@dataclass(frozen=True, slots=True)
class NeedView:
    """A need as a page or a program sees it."""

    id: int
    community_id: int
    state: NeedState
    state_reason: str
    recipient_id: int
    recipient_name: str
    asker: Asker
    asked_by_id: int | None
    asked_by_user_id: int | None
    asked_by_name: str
    channel: Channel
    consent: str
    kind_id: int
    kind_name: str
    is_urgent: bool
    starts_at: datetime
    minutes: int
    helpers: int
    weekdays: str
    repeat_until_on: date | None
    risk: Risk
    sex: Sex | None
    skills: tuple[Skill, ...]
    languages: tuple[Language, ...]
    details: str
    place: str
    micro_grid_id: int | None
    micro_grid_label: str
    grid_id: int | None
    centre_id: int | None
    case_id: int | None
    case_number: str
    offer_id: int | None
    revision: int
    posted_at: datetime
    decided_at: datetime | None
    decided_by_name: str

    @property
    def starts_on(self) -> date:
        """The community's day of its first time."""
        return clock.day_of(self.starts_at)

    @property
    def ends_at(self) -> datetime:
        """When its first time is over."""
        return self.starts_at + timedelta(minutes=self.minutes)
