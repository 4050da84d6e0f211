"""How somebody proves to be there, and what of it counts: pure values."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from timebank.kernel import clock
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.rules.records import Span

STAMP_SECONDS = 60  # a new code on the screen every minute
STAMP_STEPS = 3  # a code is taken in its own minute and the two after it
STAMP_DIGEST_CHARS = 32  # 128 bits
PAPER_TRIES_MAX = 5
EARLY = timedelta(minutes=30)
GRACE = timedelta(hours=1)
OFFLINE_BEHIND = timedelta(hours=72)
TICKED_MAX = 300


class How(StrEnum):
    """By what a presence begins or ends; the last is what stands when nobody checks out."""

    QR = "qr"
    CODE = "code"
    STAFF = "staff"
    ROSTER = "roster"
    PLANNED = "planned"


class Side(StrEnum):
    """Coming or leaving: each has a paper code of its own."""

    IN = "in"
    OUT = "out"


class ReviewReason(StrEnum):
    """Why staff must look at a presence before it becomes a record."""

    NO_CHECK_OUT = "no_check_out"
    LATE_CHECK_OUT = "late_check_out"
    NOT_RECORDED = "not_recorded"


# Who shows the screen or holds the paper was there too; staff vouch by name.
PROVING = frozenset({How.QR, How.CODE, How.STAFF, How.ROSTER})


class PresenceEvent(StrEnum):
    """What happened to a presence, as the trail tells it."""

    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    ROSTER_TICKED = "roster_ticked"
    ROSTER_IMPORTED = "roster_imported"
    FELL_BACK = "presence_fell_back"
    REVIEWED = "presence_reviewed"
    PAPER_PRINTED = "presence_paper_printed"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody shows at the door; ``at`` is the moment told later, when offline."""

    stamp: str = ""
    code: str = ""
    at: datetime | None = None


def window_of(moment: datetime) -> int:
    """Return the number of the minute in which a moment falls."""
    return int(moment.timestamp()) // STAMP_SECONDS


def stamp_text(*, window: int, digest: str) -> str:
    """Return what the screen shows for one minute, from the keyed digest of task and minute."""
    return f"{window}.{digest[:STAMP_DIGEST_CHARS]}"


def window_in(stamp: str, *, now: datetime) -> int:
    """Return the minute that a code says it is of.

    Raises:
        StampWrongError: it is no such code, or of a minute yet to come.
        StampExpiredError: its minute is over for too long.
    """
    head, _, digest = stamp.partition(".")
    if not (head.isascii() and head.isdigit() and len(head) <= 12 and digest):
        raise errors.StampWrongError(field="stamp")
    age = window_of(now) - int(head)
    if age < 0:
        raise errors.StampWrongError(field="stamp")
    if age >= STAMP_STEPS:
        raise errors.StampExpiredError(field="stamp")
    return int(head)


def check_stamp(stamp: str, *, expected: str) -> None:
    """Refuse a code that was not made for this task and minute."""
    if not compare_digest(stamp.encode(), expected.encode()):
        raise errors.StampWrongError(field="stamp")


@dataclass(frozen=True, slots=True)
class Planned:
    """When a task is to begin and to end."""

    starts_at: datetime
    ends_at: datetime


def check_arrival(planned: Planned, *, at: datetime) -> None:
    """Refuse to begin long before a task, or after it.

    Raises:
        TooEarlyError, TooLateError: as they say.
    """
    if at < planned.starts_at - EARLY:
        raise errors.TooEarlyError(minutes=EARLY // timedelta(minutes=1))
    if at >= planned.ends_at:
        raise errors.TooLateError


def check_offline(planned: Planned, *, at: datetime, now: datetime) -> None:
    """Refuse a moment told later that lies in the future, far back, or outside the task.

    Raises:
        OfflineMomentError: it does.
    """
    is_near = planned.starts_at - EARLY <= at <= planned.ends_at + GRACE
    if not (now - OFFLINE_BEHIND <= at <= now and is_near):
        raise errors.OfflineMomentError(field="at")


def is_forgotten(planned: Planned, *, now: datetime) -> bool:
    """Whether a check-out that has not come is no longer waited for."""
    return now > planned.ends_at + GRACE


def whole_minute(moment: datetime) -> datetime:
    """Return the beginning of the minute in which a moment falls."""
    return moment.replace(second=0, microsecond=0)


def counted_span(planned: Planned, *, started_at: datetime, ended_at: datetime) -> Span:
    """Return what counts: waiting before the planned beginning is no service.

    Raises:
        TooSoonError: less than a minute is left.
    """
    span = Span(max(whole_minute(started_at), planned.starts_at), whole_minute(ended_at))
    if span.minutes < 1:
        raise errors.TooSoonError
    return span


def check_corrected(planned: Planned, *, started_at: datetime, ended_at: datetime) -> None:
    """Refuse corrected ends that lie outside the task with its margins, or in wrong order.

    Raises:
        SpanOutsideTaskError: they do.
    """
    earliest, latest = planned.starts_at - EARLY, planned.ends_at + GRACE
    if not earliest <= started_at < ended_at <= latest:
        raise errors.SpanOutsideTaskError(field="ended_at", earliest=earliest, latest=latest)


def is_proof(*, started_how: How, ended_how: How, is_offline: bool) -> bool:
    """Whether a presence says by itself that the service was given, so that nobody need add a yes.

    What was told later, without the screen or staff at the time, waits for the one served.
    """
    return not is_offline and started_how in PROVING and ended_how in PROVING


@dataclass(frozen=True, slots=True)
class PresenceView:
    """A presence as staff, its volunteer or its record's readers see it."""

    id: int
    sign_up_id: int
    task_id: int
    task_title: str
    volunteer_id: int
    volunteer_name: str
    starts_at: datetime
    ends_at: datetime
    started_at: datetime
    started_how: How
    ended_at: datetime | None
    ended_how: How | None
    is_offline: bool
    review_reason: ReviewReason | None
    record_id: int | None

    @property
    def starts_on(self) -> date:
        """The community's day on which its task begins."""
        return clock.day_of(self.starts_at)


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """Both values of a corrected presence, who changed it, and why."""

    at: datetime
    actor_name: str
    reason: str
    started_before: datetime
    started_after: datetime
    ended_before: datetime
    ended_after: datetime
