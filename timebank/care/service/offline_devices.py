"""Devices that may serve without network: registered by a manager, within a day's allowance."""

import base64
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError
from timebank.care.errors.offline import DeviceDaysError, DeviceNotFoundError
from timebank.care.errors.tills import TillNotFoundError
from timebank.care.models.offline import OfflineDevice
from timebank.care.models.tills import CareTill
from timebank.care.queries import catalogue
from timebank.care.queries import offline as queries
from timebank.care.rules.offline import DEVICE_DAYS_MAX, DeviceView
from timebank.care.service import offline_keys
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Registered:
    """A device that was just registered; its secret is shown this once, to the device itself."""

    device: DeviceView
    secret: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a device keeps to serve without network."""

    device: DeviceView
    community_id: int
    public_keys: dict[int, str]
    services: dict[int, tuple[str, str]]
    spent: list[str]
    today: date


def register_device(
    session: Session,
    *,
    actor: Actor,
    till_id: int,
    name: str,
    minutes_max: int,
    uses_max: int,
    expires_on: date,
) -> Registered:
    """Let the device in hand serve without network, so far a day, until a day.

    Raises:
        TillNotFoundError: the till is not at a centre that the actor manages.
        DeviceDaysError: the day is past or too far ahead.
    """
    today = clock.today()
    if not today <= expires_on <= today + timedelta(days=DEVICE_DAYS_MAX):
        raise DeviceDaysError(field="expires_on", most=DEVICE_DAYS_MAX)
    till = session.get(CareTill, till_id)
    if (
        till is None
        or till.community_id != actor.community_id
        or not actor.reach("care.manage").covers(centre_id=till.centre_id)
    ):
        raise TillNotFoundError(field="till_id")
    offline_keys.signing_key(session, actor.community_id)
    secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = OfflineDevice(
        community_id=actor.community_id,
        centre_id=till.centre_id,
        till_id=till_id,
        name=name,
        secret=secret,
        minutes_max=minutes_max,
        uses_max=uses_max,
        expires_on=expires_on,
        registered_by=actor.name,
        registered_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _note(session, actor, "care.offline_device_registered", row.id)
    view = queries.device(session, actor=actor, device_id=row.id, permission="care.manage")
    return Registered(view, secret)


def revoke_device(session: Session, *, actor: Actor, device_id: int) -> DeviceView:
    """Let a device serve no more; what it brings of earlier moments is still looked at.

    Raises:
        DeviceNotFoundError: it is not at a centre that the actor manages.
    """
    queries.device(session, actor=actor, device_id=device_id, permission="care.manage")
    row = session.scalar(
        select(OfflineDevice).where(OfflineDevice.id == device_id).with_for_update()
    )
    if row is None:
        raise DeviceNotFoundError
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = clock.now(), actor.name
        session.flush()
        _note(session, actor, "care.offline_device_revoked", device_id)
    return queries.device(session, actor=actor, device_id=device_id, permission="care.manage")


def bundle(session: Session, *, actor: Actor, device_id: int) -> Bundle:
    """Return what a device keeps for when the network is gone.

    Raises:
        DeviceNotFoundError: it is not where the actor works, or is revoked or over.
    """
    device = queries.device(session, actor=actor, device_id=device_id, permission="care.redeem")
    today = clock.today()
    if not device.is_good_on(today):
        raise DeviceNotFoundError
    offered = catalogue.services(
        session, community_id=actor.community_id, day=today, centre_id=device.centre_id
    )
    return Bundle(
        device=device,
        community_id=actor.community_id,
        public_keys=queries.public_keys(session, actor.community_id),
        services={one.id: (one.name, one.unit) for one in offered},
        spent=queries.spent_serials(session, centre_id=device.centre_id, since=today),
        today=today,
    )


def managed_centre(session: Session, *, actor: Actor, centre_id: int | None) -> int:
    """Return the centre asked for among those that the actor manages, or the first of them.

    Raises:
        CentreNotFoundError: they manage none, or not this one.
    """
    known = catalogue.centres_of(session, actor, "care.manage")
    for centre in known:
        if centre_id in (None, centre.id):
            return centre.id
    raise CentreNotFoundError


def _note(session: Session, actor: Actor, action: str, device_id: int) -> None:
    """Leave the trail of an act on a device."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_offline_device",
        subject_id=device_id,
    )
