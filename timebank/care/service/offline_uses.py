"""What devices bring when the network is back: each use once, booked or kept as a conflict."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import NotEnoughMinutesError, OwnServiceError
from timebank.care.errors.offline import DeviceNotFoundError, UseChangedError
from timebank.care.models.offline import OfflineDevice, OfflineToken, OfflineUse
from timebank.care.queries import catalogue
from timebank.care.queries import offline as queries
from timebank.care.rules import offline as rules
from timebank.care.rules.desk import BookingState, Proof, Proven, RedemptionView
from timebank.care.rules.offline import Conflict, Payload, TokenState, Use, UseState, UseView
from timebank.care.service import offline_keys, offline_tokens, redemptions, slips
from timebank.care.service.bookings import claim
from timebank.care.service.slips import Act, Line
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import derived_id
from timebank.trail import service as trail

BACK_DAYS_MAX = 60
CLOCK_SLACK = timedelta(minutes=10)


class _TroubleError(Exception):
    """Why a use cannot be booked as it came."""

    def __init__(self, conflict: Conflict, detail: str = "") -> None:
        """Hold the kind and what else is known."""
        super().__init__(conflict.value)
        self.conflict, self.detail = conflict, detail


@dataclass(slots=True)
class _Known:
    """What is known of a use so far."""

    use: Use
    day: date
    payload: Payload | None = None
    token: OfflineToken | None = None


def take_in(
    session: Session, *, actor: Actor, device_id: int, uses: Sequence[Use]
) -> list[UseView]:
    """Take in what a device served without network; the same use, come again, is taken once.

    Each is booked on the day on which it was served, or, when that day of the till is closed, on
    the next open one with that day noted; or kept as a conflict: never lost, never charged twice.

    Raises:
        DeviceNotFoundError: the device is not of a centre of the actor's.
        UseChangedError: a use came before, with other content.
    """
    queries.device(session, actor=actor, device_id=device_id, permission="care.redeem")
    device = session.scalar(
        select(OfflineDevice)
        .where(OfflineDevice.id == device_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if device is None:
        raise DeviceNotFoundError
    at_till = replace(actor, till_id=device.till_id)
    ids = [_take_one(session, at_till, device, one) for one in uses]
    return queries.uses_of(session, community_id=actor.community_id, ids=ids)


def _take_one(session: Session, actor: Actor, device: OfflineDevice, use: Use) -> int:
    """Take in one use and return its row."""
    digest = hashlib.sha256(rules.told(use) + use.mac.encode()).hexdigest()
    before = session.scalar(
        select(OfflineUse).where(
            OfflineUse.device_id == device.id, OfflineUse.client_id == use.client_id
        )
    )
    if before is not None:
        if before.digest != digest:
            raise UseChangedError
        return before.id
    known = _Known(use, clock.day_of(use.used_at))
    made: RedemptionView | None = None
    trouble: _TroubleError | None = None
    try:
        _judge(session, actor, device, known)
        with session.begin_nested():
            made = _book(session, actor, device, known)
    except _TroubleError as found:
        trouble = found
    except NotEnoughMinutesError:
        trouble = _TroubleError(Conflict.OVER_BALANCE)
    except OwnServiceError:
        trouble = _TroubleError(Conflict.OWN_OR_KIN)
    except DomainError as refusal:
        trouble = _TroubleError(Conflict.REFUSED, refusal.code)
    return _keep(session, actor, device, known, digest=digest, made=made, trouble=trouble)


def _judge(session: Session, actor: Actor, device: OfflineDevice, known: _Known) -> None:
    """Find out whose use it is and refuse what the device or the paper may not."""
    use = known.use
    keys = queries.public_keys(session, actor.community_id)
    known.payload = rules.read(
        use.token,
        is_signed=lambda number, body, sign: offline_keys.is_signed(keys, number, body, sign),
    )
    if known.payload is None or known.payload.community_id != actor.community_id:
        raise _TroubleError(Conflict.UNKNOWN)
    known.token = session.scalar(
        select(OfflineToken)
        .where(
            OfflineToken.serial == known.payload.serial.hex(),
            OfflineToken.community_id == actor.community_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if known.token is None or known.token.centre_id != device.centre_id:
        raise _TroubleError(Conflict.UNKNOWN)
    _check_device(device, known)
    _check_token(known.token, known)
    used = queries.used_on(session, device_id=device.id, day=known.day)
    if not rules.split_allowance(
        used, known.token.minutes, minutes_max=device.minutes_max, uses_max=device.uses_max
    ):
        raise _TroubleError(Conflict.OVER_ALLOWANCE)


def _check_device(device: OfflineDevice, known: _Known) -> None:
    """Refuse what the device did not vouch for, or served when it no longer might."""
    key = base64.b64decode(device.secret)
    right = hmac.new(key, rules.told(known.use), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, known.use.mac.lower()):
        raise _TroubleError(Conflict.DEVICE, "mac")
    is_revoked = device.revoked_at is not None and device.revoked_at <= known.use.used_at
    if is_revoked or known.day > device.expires_on:
        raise _TroubleError(Conflict.DEVICE, "revoked" if is_revoked else "expired")
    now = clock.now()
    is_now = now - timedelta(days=BACK_DAYS_MAX) <= known.use.used_at <= now + CLOCK_SLACK
    if not is_now:
        raise _TroubleError(Conflict.DEVICE, "clock")


def _check_token(token: OfflineToken, known: _Known) -> None:
    """Refuse a paper that was used, revoked, or not good on the day."""
    if token.state == TokenState.USED:
        raise _TroubleError(Conflict.ALREADY_USED)
    if token.state == TokenState.REVOKED:
        raise _TroubleError(Conflict.REVOKED, token.revoke_reason)
    if not token.first_on <= known.day <= token.last_on:
        raise _TroubleError(Conflict.EXPIRED)


def _book(session: Session, actor: Actor, device: OfflineDevice, known: _Known) -> RedemptionView:
    """Redeem what the paper was for, from its booking's hold or from the balance."""
    token = known.token
    assert token is not None
    spent = session.execute(
        update(OfflineToken)
        .where(OfflineToken.id == token.id, OfflineToken.state == TokenState.ISSUED.value)
        .values(state=TokenState.USED.value)
        .returning(OfflineToken.id)
    ).all()
    if not spent:
        raise _TroubleError(Conflict.ALREADY_USED)
    booking = None
    if offline_tokens.is_open_booking(session, token.booking_id):
        booking = claim(session, booking_id=token.booking_id or 0, state=BookingState.REDEEMED)
    act = Act(
        key=derived_id(known.use.client_id, f"offline:{device.id}"),
        centre_id=device.centre_id,
        person_id=token.person_id,
        proven=Proven(),
        booking=booking,
        served_on=known.day,
        token_id=token.id,
    )
    line = _line(session, token)
    if booking is None:
        slips.take_late_share(session, actor, act, line)
    return redemptions.carry_out(session, actor, act, given=Proof.VOUCHER, lines=[line])


def _line(session: Session, token: OfflineToken) -> Line:
    """Return what a paper is for, at the price of its making."""
    service = catalogue.service(
        session,
        community_id=token.community_id,
        service_id=token.service_id,
        day=token.first_on,
    )
    unit_minutes = token.minutes // token.quantity
    return Line(service.id, service.name, token.price_id, token.quantity, unit_minutes)


def _keep(
    session: Session,
    actor: Actor,
    device: OfflineDevice,
    known: _Known,
    *,
    digest: str,
    made: RedemptionView | None,
    trouble: _TroubleError | None,
) -> int:
    """Keep a use with what became of it and return its row."""
    token, payload = known.token, known.payload
    row = OfflineUse(
        community_id=actor.community_id,
        device_id=device.id,
        client_id=known.use.client_id,
        number=known.use.number,
        digest=digest,
        token_id=token.id if token else None,
        person_id=token.person_id if token else None,
        minutes=token.minutes if token else payload.minutes if payload else 0,
        used_at=known.use.used_at,
        used_on=known.day,
        uploaded_at=clock.now(),
        uploaded_by=actor.name,
        uploaded_by_user_id=actor.user_id,
        state=UseState.CHARGED.value if made else UseState.CONFLICT.value,
        conflict=trouble.conflict.value if trouble else None,
        detail=trouble.detail if trouble else "",
        redemption_id=made.id if made else None,
    )
    session.add(row)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.offline_use_taken",
        subject_type="care_offline_use",
        subject_id=row.id,
        facts={"minutes": row.minutes, "conflict": row.conflict or ""},
    )
    return row.id
