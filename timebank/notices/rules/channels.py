"""The ways to reach people outside the page, and when one does not disturb them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from timebank.kernel import clock

CONSENT_VERSION = 1
CODE_DIGITS = 6
CODE_HOLDS = timedelta(hours=1)
CODE_TRIES_MAX = 5
CODES_FREE = 5
CODES_AT_ONCE = 50
TRIES_MAX = 5
LEASE = timedelta(minutes=2)
FRESH_FOR = timedelta(days=1)
QUIET_FROM, QUIET_UNTIL = time(22), time(7)
TIMEOUT_SECONDS = 10.0
DIGEST_LINES_MAX = 20  # of the letter of a week; the page has all of them


class Channel(StrEnum):
    """A way that leaves the house; the page needs no choice and no consent."""

    MAIL = "mail"
    SMS = "sms"
    HOOK = "hook"


# These ring or blink where people sleep; what another program receives waits for nobody.
DISTURBING = frozenset({Channel.MAIL, Channel.SMS})


class DeliveryState(StrEnum):
    """Where a message stands on its way: failed is tried again, parked is not."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    PARKED = "parked"


OPEN_STATES = (DeliveryState.WAITING, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and from whom it comes; ``security`` is tls, starttls or none."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: str = "starttls"


@dataclass(frozen=True, slots=True)
class Gate:
    """Another service that takes messages: its address, and the secret that signs them."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Channels:
    """What this installation can send; what is None cannot be chosen."""

    mail: MailServer | None = None
    sms: Gate | None = None
    hook: Gate | None = None
    base_url: str = ""

    @property
    def open(self) -> tuple[Channel, ...]:
        """The channels that are set up."""
        ways = {Channel.MAIL: self.mail, Channel.SMS: self.sms, Channel.HOOK: self.hook}
        return tuple(channel for channel, way in ways.items() if way is not None)


def week_before(today: date) -> tuple[date, date]:
    """Return the Monday and the Sunday of the week that is over."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(days=7), monday - timedelta(days=1)


def next_allowed(channel: Channel, moment: datetime) -> datetime:
    """Return the first moment from this one on at which a channel may be used."""
    local = clock.local(moment)
    if channel not in DISTURBING or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    is_evening = local.time() >= QUIET_FROM
    day = local.date() + timedelta(days=1) if is_evening else local.date()
    return clock.at_local(day, QUIET_UNTIL)


def wait_before_next(tries: int) -> timedelta:
    """Return the pause after so many failed tries: 1 min, 5 min, 25 min, about 2 hours."""
    return timedelta(minutes=5 ** (tries - 1))


def state_after_failure(tries: int, *, is_final: bool) -> DeliveryState:
    """Return where a delivery goes that has failed so many times, or for good."""
    return DeliveryState.PARKED if is_final or tries >= TRIES_MAX else DeliveryState.FAILED
