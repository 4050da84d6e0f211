"""Values and rules of care: states and their arrows, limits, sums, PINs; no database."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from timebank.care.rules.home import Delivery
from timebank.care.rules.weekdays import EVERY_DAY, has_day

PIN_TRIES_MAX = 5
PIN_LOCK = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=5)
UNDO_WINDOW_DAYS = 7
BOOKING_DAYS_AHEAD_MAX = 30
BOOKINGS_SHOWN_BACK = timedelta(days=60)
QUANTITY_MAX = 9
FOUND_MAX = 9
# A guess that any neighbour would try first: one digit, or a staircase up or down.
_STAIRS = "01234567890" + "9876543210"


class CentreKind(StrEnum):
    """What kind of place redeems minutes."""

    CENTRE = "centre"
    CANTEEN = "canteen"


class ServiceClass(StrEnum):
    """The classes of elder care in use."""

    MEAL = "meal"
    BATH = "bath"
    CLEANING = "cleaning"
    EMERGENCY = "emergency"
    MEDICAL = "medical"
    GROOMING = "grooming"
    COMPANY = "company"
    ESCORT = "escort"
    CULTURE = "culture"
    HEALTH_TALK = "health_talk"
    LEGAL_AID = "legal_aid"
    FRAUD_PREVENTION = "fraud_prevention"


class Proof(StrEnum):
    """How the elder agreed to the debit."""

    PIN = "pin"
    CODE = "code"
    SIGNED = "signed"
    CARD = "card"
    VOUCHER = "voucher"
    PREPAID = "prepaid"


class BookingState(StrEnum):
    """Where a booking stands."""

    BOOKED = "booked"
    REDEEMED = "redeemed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    RELEASED = "released"


class RedemptionState(StrEnum):
    """Where a redemption stands."""

    HELD = "held"
    DELIVERED = "delivered"
    CAPTURED = "captured"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One allowed change of state, and why it exists."""

    before: str
    after: str
    reason: str


BOOKING_ARROWS = (
    Arrow("booked", "redeemed", "The elder came: the held minutes are captured."),
    Arrow("booked", "cancelled", "The elder, or staff for them, called it off: minutes go back."),
    Arrow("booked", "no_show", "Nobody came and the day is over: minutes go back, it is noted."),
    Arrow("booked", "released", "The centre cannot serve that day: minutes go back."),
)

REDEMPTION_ARROWS = (
    Arrow("held", "delivered", "The service is handed over against the held minutes."),
    Arrow("delivered", "captured", "What was delivered is taken from the balance."),
    Arrow("captured", "undone", "It was keyed in wrongly: a reversal gives the minutes back."),
)


def may_become(arrows: Iterable[Arrow], before: str, after: str) -> bool:
    """Whether a table of arrows allows this change."""
    return any(arrow.before == before and arrow.after == after for arrow in arrows)


@dataclass(frozen=True, slots=True)
class CentreView:
    """A centre as others see it."""

    id: int
    name: str
    kind: str
    address: str
    phone: str
    open_text: str


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service with the price in force and what is left on a day.

    ``left`` is None where there is no capacity; ``key`` is its number key at the counter.
    ``for_classes`` is a mask of classes of hardship (``rules.eligibility``), 0 for everybody.
    ``weekdays`` is a mask, Monday is its lowest bit; it says nothing about days before it was set.
    """

    id: int
    centre_id: int
    centre_name: str
    name: str
    service_class: str
    description: str
    place_text: str
    unit: str
    duration_minutes: int
    day_capacity: int | None
    person_day_limit: int
    needs_booking: bool
    is_benefit: bool
    is_active: bool
    price_id: int | None
    minutes: int | None
    money_note_fen: int | None
    left: int | None
    key: int | None = None
    age_min: int | None = None
    for_classes: int = 0
    delivery: str = Delivery.AT_CENTRE
    kind_id: int | None = None
    is_switched_off: bool = False
    weekdays: int = EVERY_DAY
    weekdays_from: date | None = None

    @property
    def is_redeemable_now(self) -> bool:
        """Whether the counter can hand it over today."""
        is_on = self.is_active and not self.is_switched_off
        return is_on and self.minutes is not None and self.left != 0

    @property
    def is_at_home(self) -> bool:
        """Whether somebody comes to the elder's home for it."""
        return self.delivery != Delivery.AT_CENTRE

    def runs_on(self, day: date) -> bool:
        """Whether it is served on this day of the week, as far as that is known."""
        is_known = self.weekdays_from is None or day >= self.weekdays_from
        return not is_known or has_day(self.weekdays, day)

    def places(self, quantity: int) -> int:
        """Return how many places of a slot it takes: at home one visit, however long."""
        return 1 if self.is_at_home else quantity

    def affordable(self, available_minutes: int) -> int:
        """Return how many of it a balance pays for."""
        return max(0, available_minutes) // self.minutes if self.minutes else 0


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a redemption."""

    service_id: int
    service_name: str
    unit: str
    quantity: int
    unit_minutes: int
    minutes: int
    place_text: str
    queue_number: int


@dataclass(frozen=True, slots=True)
class RedemptionView:
    """A redemption with its lines."""

    id: int
    person_id: int
    person_name: str
    card_no: str
    centre_id: int
    centre_name: str
    operator_name: str
    state: str
    proof: str
    total_minutes: int
    slip_number: str
    slip_seq: int
    recorded_at: datetime
    undo_reason: str
    case_id: int | None
    case_number: str
    booking_id: int | None
    entry_id: UUID | None
    reversal_entry_id: UUID | None
    check_code: str
    lines: tuple[LineView, ...]
    relative_id: int | None = None
    relative_name: str = ""
    till_id: int = 0
    till_name: str = ""
    slip_day: date | None = None
    served_on: date | None = None
    instead_name: str = ""
    instead_kind: str = ""
    undone_by: str = ""
    undo_second: str = ""
    table_key: UUID | None = None


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking as it is listed."""

    id: int
    person_id: int
    person_name: str
    card_no: str
    service_id: int
    service_name: str
    unit: str
    centre_id: int
    centre_name: str
    place_text: str
    on_day: date
    at_time: str
    quantity: int
    minutes: int
    state: str
    reason: str
    relative_id: int | None = None
    slot_id: int | None = None
    rules_id: int | None = None
    delivery: str = Delivery.AT_CENTRE

    @property
    def is_open(self) -> bool:
        """Whether it still waits for the elder."""
        return self.state == BookingState.BOOKED


@dataclass(frozen=True, slots=True)
class CardView:
    """A member card without its secrets."""

    id: int
    person_id: int
    card_no: str
    serial: int
    has_pin: bool
    locked_until: datetime | None
    issued_at: datetime
    photo_file_id: int | None = None


@dataclass(frozen=True, slots=True)
class PriceView:
    """One version of a price."""

    version: int
    minutes: int
    money_note_fen: int | None
    valid_from: date


@dataclass(frozen=True, slots=True)
class CaseRedemptions:
    """What was redeemed for one case."""

    items: tuple[RedemptionView, ...]
    total_minutes: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for at the counter: a service and how many of it."""

    service_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Proven:
    """What the elder gives: a signed paper, or digits that may be PIN, code or either.

    With ``relative_id`` the digits are that relative's own, who spends with the elder's consent.
    ``card_token`` is the card scanned once more, by staff who looked from its photo to the elder.
    """

    pin: str = ""
    code: str = ""
    signed_slip: str = ""
    relative_id: int | None = None
    card_token: str = ""


def cart_of(text: str) -> dict[int, int]:
    """Return the quantities in a cart as the counter writes it: ``3x1,7x2``."""
    cart: dict[int, int] = {}
    for part in filter(None, text.split(",")):
        service_id, _, quantity = part.partition("x")
        cart[int(service_id)] = int(quantity)
    return cart


def cart_text(cart: Mapping[int, int]) -> str:
    """Return a cart in its written form, without what is not wanted."""
    return ",".join(f"{key}x{count}" for key, count in sorted(cart.items()) if count > 0)


def cart_changed(cart: Mapping[int, int], *, service_id: int, step: int) -> str:
    """Return the cart with one more or one less of a service."""
    count = min(QUANTITY_MAX, max(0, cart.get(service_id, 0) + step))
    return cart_text({**cart, service_id: count})


def wanted_of(cart: str) -> tuple[Wanted, ...]:
    """Return what a written cart asks for."""
    return tuple(Wanted(key, count) for key, count in cart_of(cart).items())


def merged(wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Return each service once, in the order of ids, with its quantities added."""
    sums: dict[int, int] = {}
    for item in wanted:
        if item.quantity > 0:
            sums[item.service_id] = sums.get(item.service_id, 0) + item.quantity
    return tuple(Wanted(service_id=key, quantity=sums[key]) for key in sorted(sums))


def is_strong_pin(pin: str) -> bool:
    """Whether six digits are no neighbour's first guess."""
    if not re.fullmatch(r"\d{6}", pin, re.ASCII):
        return False
    return len(set(pin)) > 1 and pin not in _STAIRS


def tries_left(tries: int) -> int:
    """Return how many wrong PINs are still allowed before the lock."""
    return max(0, PIN_TRIES_MAX - tries)


def last_booking_day(today: date) -> date:
    """Return the last day that can be booked."""
    return today + timedelta(days=BOOKING_DAYS_AHEAD_MAX)


def day_before(day: date) -> date:
    """Return the day before."""
    return day - timedelta(days=1)


def is_within_undo(*, recorded_at: datetime, now: datetime) -> bool:
    """Whether a redemption may still be undone at the counter."""
    return now - recorded_at <= timedelta(days=UNDO_WINDOW_DAYS)


def slip_number(*, centre_id: int, day: date, seq: int) -> str:
    """Return the readable number of a slip: centre, day, running number of that day."""
    return f"R{centre_id:02d}-{day:%Y%m%d}-{seq:03d}"


def age_on(born_on: date | None, day: date) -> int | None:
    """Return the age in whole years, if the birthday is known."""
    if born_on is None:
        return None
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
