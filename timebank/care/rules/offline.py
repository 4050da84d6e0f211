"""Signed tokens for a counter without network: how one is written, read and judged; no database.

A token is short enough for a QR code that any scanner reads in capitals: ``V``, then base32 of the
payload and its signature (ECDSA over P-256 with SHA-256, which every browser can check).
"""

import base64
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

MARK = "V"
FORM = 1
SERIAL_BYTES = 8
SIGNATURE_BYTES = 64
NAME_BYTES_MAX = 24
DAYS_MAX = 31
UPLOAD_MAX = 200
DEVICE_MINUTES_MAX, DEVICE_USES_MAX, DEVICE_DAYS_MAX = 20_000, 999, 365
SHEET_SLIPS_MAX = 96
# form, key number, community, serial, person, service, quantity, minutes, first day, days
_HEAD = struct.Struct(f">BBI{SERIAL_BYTES}sIIBHHB")
_EPOCH = date(2020, 1, 1)
_ALPHABET = "0123456789"


class TokenState(StrEnum):
    """Where a token stands."""

    ISSUED = "issued"
    USED = "used"
    REVOKED = "revoked"


class UseState(StrEnum):
    """What became of a use that was made without network."""

    CHARGED = "charged"
    CONFLICT = "conflict"
    PROPOSED = "proposed"
    DEBT = "debt"
    WRITTEN_OFF = "written_off"


class Conflict(StrEnum):
    """Why a use could not be booked as it came."""

    ALREADY_USED = "already_used"
    REVOKED = "paper_revoked"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    OVER_BALANCE = "over_balance"
    OVER_ALLOWANCE = "over_allowance"
    DEVICE = "device"
    OWN_OR_KIN = "own_or_kin"
    REFUSED = "refused"


class SlipState(StrEnum):
    """Where a printed paper slip stands."""

    PRINTED = "printed"
    USED = "used"
    SPOILED = "spoiled"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One allowed change of a use, and why it exists."""

    before: str
    after: str
    reason: str


USE_ARROWS = (
    Arrow("conflict", "debt", "The elder was served: it becomes a debt by name."),
    Arrow("conflict", "proposed", "The centre bears it, if a second person agrees."),
    Arrow("proposed", "written_off", "A second person agreed."),
    Arrow("proposed", "conflict", "A second person did not agree."),
)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a token says: whose it is, what for, how many minutes, from when for how long."""

    key_number: int
    community_id: int
    serial: bytes
    person_id: int
    service_id: int
    quantity: int
    minutes: int
    first_on: date
    days: int
    name: str

    @property
    def last_on(self) -> date:
        """The last day on which it holds."""
        return self.first_on + timedelta(days=self.days - 1)

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True, slots=True)
class Use:
    """One use as a device tells of it."""

    client_id: UUID
    token: str
    used_at: datetime
    number: int
    mac: str


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device that may serve without network."""

    id: int
    centre_id: int
    centre_name: str
    till_id: int
    till_name: str
    name: str
    minutes_max: int
    uses_max: int
    expires_on: date
    registered_by: str
    registered_at: datetime
    revoked_at: datetime | None

    def is_good_on(self, day: date) -> bool:
        """Whether it may serve on a day."""
        return self.revoked_at is None and day <= self.expires_on


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as the counter sees it; ``text`` is what its QR code says."""

    id: int
    person_id: int
    person_name: str
    card_no: str
    service_id: int
    service_name: str
    unit: str
    quantity: int
    minutes: int
    first_on: date
    last_on: date
    state: str
    serial: str
    booking_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class UseView:
    """A use that a device brought, and what became of it."""

    id: int
    client_id: UUID
    device_id: int
    device_name: str
    centre_id: int
    centre_name: str
    person_id: int | None
    person_name: str
    service_name: str
    minutes: int
    used_at: datetime
    uploaded_at: datetime
    uploaded_by: str
    state: str
    conflict: str | None
    detail: str
    redemption_id: int | None
    slip_number: str
    decided_by: str
    decided_by_user_id: int | None
    second_by: str
    note: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.state in {UseState.CONFLICT, UseState.PROPOSED}


@dataclass(frozen=True, slots=True)
class SlipView:
    """A paper slip with a printed number."""

    id: int
    centre_id: int
    centre_name: str
    code: str
    state: str
    printed_at: datetime
    redemption_id: int | None
    spoil_reason: str


def may_become(before: str, after: str) -> bool:
    """Whether a use may change in this way."""
    return any(arrow.before == before and arrow.after == after for arrow in USE_ARROWS)


def packed(payload: Payload) -> bytes:
    """Return the bytes of a payload that are signed."""
    head = _HEAD.pack(
        FORM,
        payload.key_number,
        payload.community_id,
        payload.serial,
        payload.person_id,
        payload.service_id,
        payload.quantity,
        payload.minutes,
        (payload.first_on - _EPOCH).days,
        payload.days,
    )
    return head + payload.name.encode()[:NAME_BYTES_MAX]


def written(body: bytes, signature: bytes) -> str:
    """Return a token as its QR code says it."""
    return MARK + base64.b32encode(body + signature).decode().rstrip("=")


def read(text: str, *, is_signed: Callable[[int, bytes, bytes], bool]) -> Payload | None:
    """Return what a token says, or None when it is none of ours.

    ``is_signed`` is asked with key number, signed bytes and signature.
    """
    plain = text.strip().upper()
    if not plain.startswith(MARK):
        return None
    try:
        raw = base64.b32decode(plain[1:] + "=" * (-len(plain[1:]) % 8))
    except ValueError:
        return None
    body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if len(body) < _HEAD.size or body[0] != FORM or not is_signed(body[1], body, signature):
        return None
    return _unpacked(body)


def _unpacked(body: bytes) -> Payload:
    """Return the payload of signed bytes."""
    _, key_number, community_id, serial, person_id, service_id, *rest = _HEAD.unpack_from(body)
    quantity, minutes, first, days = rest
    return Payload(
        key_number=key_number,
        community_id=community_id,
        serial=serial,
        person_id=person_id,
        service_id=service_id,
        quantity=quantity,
        minutes=minutes,
        first_on=_EPOCH + timedelta(days=first),
        days=days,
        name=body[_HEAD.size :].decode(errors="ignore"),
    )


def looks_like_token(text: str) -> bool:
    """Whether a scan is a token rather than a card or a name."""
    plain = text.strip().upper()
    return len(plain) > 2 * SIGNATURE_BYTES // 2 and plain.startswith(MARK)


def told(use: Use) -> bytes:
    """Return what a device vouches for with its key: each of its uses, in its order."""
    moment = int(use.used_at.timestamp())
    return f"{use.client_id}|{use.token.strip().upper()}|{moment}|{use.number}".encode()


def check_sign(digits: str) -> str:
    """Return the check digit of a slip's number: one wrong or two swapped digits never pass.

    Source: Damm's quasigroup of order ten.
    """
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def slip_code(*, centre_id: int, number: int) -> str:
    """Return a paper slip's printed number, such as ``P02-000041-7``."""
    digits = f"{centre_id:02d}{number:06d}"
    return f"P{centre_id:02d}-{number:06d}-{check_sign(digits)}"


def tidy_slip_code(text: str) -> str | None:
    """Return a printed number as it stands on the slip, or None when a digit is wrong."""
    digits = "".join(sign for sign in text.upper() if sign in _ALPHABET)
    if len(digits) < 9 or not text.strip().upper().startswith("P"):
        return None
    centre, number, sign = digits[:-7], digits[-7:-1], digits[-1]
    return f"P{centre}-{number}-{sign}" if check_sign(centre + number) == sign else None


def masked(name: str) -> str:
    """Return a name as it may stand in a code that lies about: first and last sign."""
    if len(name) <= 1:
        return name
    return f"{name[0]}*{name[-1]}" if len(name) > 2 else f"{name[0]}*"


def split_allowance(
    used: tuple[int, int], minutes: int, *, minutes_max: int, uses_max: int
) -> bool:
    """Whether one more use keeps within a device's day: ``used`` are minutes and count so far."""
    return used[0] + minutes <= minutes_max and used[1] + 1 <= uses_max
