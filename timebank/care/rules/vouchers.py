"""Values and rules of vouchers: states, codes with a check digit, allowed days; no database."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.care.rules.desk import Arrow
from timebank.care.rules.offline import check_sign
from timebank.care.rules.weekdays import EVERY_DAY, has_day, weekdays_of

USES_MAX = 20
DAYS_MAX = 180
CODE_DIGITS = 12
_QR_HEAD = "Q"


class VoucherState(StrEnum):
    """Where a voucher stands."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


VOUCHER_ARROWS = (
    Arrow("open", "used", "The last use was handed over."),
    Arrow("open", "expired", "Its last day is over: what was not used goes back."),
    Arrow("open", "cancelled", "It was called off or lost: what was not used goes back."),
)


@dataclass(frozen=True, slots=True)
class VoucherView:
    """A voucher as those see it who may use it."""

    id: int
    code: str
    person_id: int
    person_name: str
    holder_id: int
    holder_name: str
    service_id: int
    service_name: str
    unit: str
    place_text: str
    centre_id: int
    centre_name: str
    unit_minutes: int
    uses: int
    used: int
    weekdays: int
    first_on: date
    last_on: date
    state: str
    issued_at: datetime
    issued_by: str
    qr_text: str
    reason: str = ""
    returned: int = 0
    service_days: int = EVERY_DAY

    @property
    def kept_uses(self) -> int:
        """How many uses were taken and not undone."""
        return self.used - self.returned

    @property
    def left(self) -> int:
        """How many uses are left."""
        return self.uses + self.returned - self.used if self.is_open else 0

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return self.state == VoucherState.OPEN

    @property
    def open_days(self) -> int:
        """The days of the week on which it can be used: its own that the service has too."""
        return self.weekdays & self.service_days

    @property
    def is_every_day(self) -> bool:
        """Whether it can be used on every day of the week."""
        return self.open_days == EVERY_DAY

    @property
    def days(self) -> tuple[int, ...]:
        """Those days, Monday is 0; empty for every day."""
        return () if self.is_every_day else weekdays_of(self.open_days)

    @property
    def printed_code(self) -> str:
        """The code as it is printed, in groups that are easy to read out."""
        return " ".join(self.code[at : at + 4] for at in range(0, CODE_DIGITS, 4))


def holds_on(view: VoucherView, day: date) -> bool:
    """Whether a voucher may be used on a day."""
    return view.first_on <= day <= view.last_on and has_day(view.weekdays, day)


def code_of(digits: str) -> str:
    """Return a voucher's code: random digits and one that notices a slip of the finger."""
    return digits + check_sign(digits)


def signed_bytes(
    *, community_id: int, code: str, service_id: int, uses: int, last_on: date
) -> bytes:
    """Return what the community signs of a voucher."""
    return f"voucher|{community_id}|{code}|{service_id}|{uses}|{last_on:%Y%m%d}".encode()


def qr_text(code: str, *, number: int, signature: bytes) -> str:
    """Return what the QR code holds: letters and digits, whose case does not matter."""
    return f"{_QR_HEAD}{code}{number:02X}{signature.hex().upper()}"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned or typed: a code, and the signature when it was the QR code."""

    code: str
    number: int = 0
    signature: bytes = b""

    @property
    def is_signed(self) -> bool:
        """Whether it carries a signature."""
        return bool(self.signature)


def read_code(text: str) -> Scanned | None:
    """Return what a scan or typed digits mean; None when a digit is wrong."""
    tidy = "".join(text.split()).replace("-", "").upper()
    body = tidy.removeprefix(_QR_HEAD)
    code, rest = body[:CODE_DIGITS], body[CODE_DIGITS:]
    is_right = len(code) == CODE_DIGITS and code.isascii() and code.isdigit()
    if not is_right or check_sign(code[:-1]) != code[-1]:
        return None
    if not rest:
        return Scanned(code)
    try:
        return Scanned(code, int(rest[:2], 16), bytes.fromhex(rest[2:]))
    except ValueError:
        return None
