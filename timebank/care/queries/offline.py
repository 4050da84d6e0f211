"""Devices, tokens, what devices brought, and printed slips."""

from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from timebank.care.errors.offline import (
    DeviceNotFoundError,
    TokenNotFoundError,
    UseNotFoundError,
)
from timebank.care.models.desk import CareCentre, CareService
from timebank.care.models.offline import (
    OfflineDevice,
    OfflineKey,
    OfflineToken,
    OfflineUse,
    PaperSlip,
)
from timebank.care.models.slips import Redemption
from timebank.care.models.tills import CareTill
from timebank.care.rules import desk as desk_rules
from timebank.care.rules.offline import (
    DeviceView,
    SlipView,
    TokenState,
    TokenView,
    UseState,
    UseView,
)
from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page

OPEN_STATES = (UseState.CONFLICT.value, UseState.PROPOSED.value)


def key_in_force(session: Session, community_id: int) -> OfflineKey | None:
    """Return the key by which a community signs now."""
    return session.scalar(
        select(OfflineKey)
        .where(OfflineKey.community_id == community_id)
        .order_by(OfflineKey.number.desc())
        .limit(1)
    )


def public_keys(session: Session, community_id: int) -> dict[int, str]:
    """Return the public parts of a community's keys by their numbers."""
    rows = session.execute(
        select(OfflineKey.number, OfflineKey.public).where(OfflineKey.community_id == community_id)
    )
    return dict(rows.tuples().all())


def _devices(community_id: int) -> Select[Any]:
    return (
        select(OfflineDevice, CareCentre.name, CareTill.name)
        .join(CareCentre, CareCentre.id == OfflineDevice.centre_id)
        .join(CareTill, CareTill.id == OfflineDevice.till_id)
        .where(OfflineDevice.community_id == community_id)
    )


def _device(row: Row[Any]) -> DeviceView:
    device, centre_name, till_name = row
    return DeviceView(
        id=device.id,
        centre_id=device.centre_id,
        centre_name=centre_name,
        till_id=device.till_id,
        till_name=till_name,
        name=device.name,
        minutes_max=device.minutes_max,
        uses_max=device.uses_max,
        expires_on=device.expires_on,
        registered_by=device.registered_by,
        registered_at=device.registered_at,
        revoked_at=device.revoked_at,
    )


def devices(session: Session, *, actor: Actor, centre_id: int) -> list[DeviceView]:
    """Return a centre's devices, those in use first."""
    rows = session.execute(
        _devices(actor.community_id)
        .where(OfflineDevice.centre_id == centre_id)
        .order_by(OfflineDevice.revoked_at.is_not(None), OfflineDevice.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [_device(row) for row in rows]


def device(session: Session, *, actor: Actor, device_id: int, permission: str) -> DeviceView:
    """Return one device within reach.

    Raises:
        DeviceNotFoundError: there is none within reach.
    """
    rows = session.execute(_devices(actor.community_id).where(OfflineDevice.id == device_id)).all()
    if not rows or not actor.reach(permission).covers(centre_id=rows[0][0].centre_id):
        raise DeviceNotFoundError
    return _device(rows[0])


def _tokens(community_id: int) -> Select[Any]:
    return (
        select(OfflineToken, Person.name, Person.card_no, CareService.name, CareService.unit)
        .join(Person, Person.id == OfflineToken.person_id)
        .join(CareService, CareService.id == OfflineToken.service_id)
        .where(OfflineToken.community_id == community_id)
    )


def _token(row: Row[Any]) -> TokenView:
    token, name, card_no, service_name, unit = row
    return TokenView(
        id=token.id,
        person_id=token.person_id,
        person_name=name,
        card_no=card_no or "",
        service_id=token.service_id,
        service_name=service_name,
        unit=unit,
        quantity=token.quantity,
        minutes=token.minutes,
        first_on=token.first_on,
        last_on=token.last_on,
        state=token.state,
        serial=token.serial,
        booking_id=token.booking_id,
        text=token.token,
    )


def token(session: Session, *, actor: Actor, token_id: int) -> TokenView:
    """Return one token of a centre of the actor's.

    Raises:
        TokenNotFoundError: there is none within reach.
    """
    rows = session.execute(
        _tokens(actor.community_id)
        .where(OfflineToken.id == token_id)
        .execution_options(populate_existing=True)
    ).all()
    if not rows or not actor.reach("care.redeem").covers(centre_id=rows[0][0].centre_id):
        raise TokenNotFoundError
    return _token(rows[0])


def tokens_of_day(
    session: Session, *, community_id: int, centre_id: int, day: date
) -> list[TokenView]:
    """Return the tokens of a centre that hold on a day, in the order of names."""
    rows = session.execute(
        _tokens(community_id)
        .where(
            OfflineToken.centre_id == centre_id,
            OfflineToken.first_on <= day,
            OfflineToken.last_on >= day,
        )
        .order_by(Person.pinyin_initials, Person.name, OfflineToken.id)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [_token(row) for row in rows]


def spent_serials(session: Session, *, centre_id: int, since: date) -> list[str]:
    """Return the serials that are no longer good though their days are not over."""
    rows = session.scalars(
        select(OfflineToken.serial)
        .where(
            OfflineToken.centre_id == centre_id,
            OfflineToken.last_on >= since,
            OfflineToken.state != TokenState.ISSUED.value,
        )
        .order_by(OfflineToken.id.desc())
        .limit(paging.PAGE_SIZE_MAX)
    )
    return list(rows)


def used_on(session: Session, *, device_id: int, day: date) -> tuple[int, int]:
    """Return minutes and count of what a device has brought of a day, and was booked or waits."""
    minutes, count = session.execute(
        select(func.coalesce(func.sum(OfflineUse.minutes), 0), func.count()).where(
            OfflineUse.device_id == device_id, OfflineUse.used_on == day
        )
    ).one()
    return int(minutes), count


def _uses(community_id: int) -> Select[Any]:
    return (
        select(
            *(OfflineUse, OfflineDevice.name, OfflineDevice.centre_id, CareCentre.name),
            *(Person.name, CareService.name, Redemption.slip_day, Redemption.slip_seq),
        )
        .join(OfflineDevice, OfflineDevice.id == OfflineUse.device_id)
        .join(CareCentre, CareCentre.id == OfflineDevice.centre_id)
        .outerjoin(Person, Person.id == OfflineUse.person_id)
        .outerjoin(OfflineToken, OfflineToken.id == OfflineUse.token_id)
        .outerjoin(CareService, CareService.id == OfflineToken.service_id)
        .outerjoin(Redemption, Redemption.id == OfflineUse.redemption_id)
        .where(OfflineUse.community_id == community_id)
    )


def _use(row: Row[Any]) -> UseView:
    use, device_name, centre_id, centre_name, person, service, slip_day, slip_seq = row
    number = (
        ""
        if slip_day is None
        else desk_rules.slip_number(centre_id=centre_id, day=slip_day, seq=slip_seq)
    )
    return UseView(
        id=use.id,
        client_id=use.client_id,
        device_id=use.device_id,
        device_name=device_name,
        centre_id=centre_id,
        centre_name=centre_name,
        person_id=use.person_id,
        person_name=person or "",
        service_name=service or "",
        minutes=use.minutes,
        used_at=use.used_at,
        uploaded_at=use.uploaded_at,
        uploaded_by=use.uploaded_by,
        state=use.state,
        conflict=use.conflict,
        detail=use.detail,
        redemption_id=use.redemption_id,
        slip_number=number,
        decided_by=use.decided_by,
        decided_by_user_id=use.decided_by_user_id,
        second_by=use.second_by,
        note=use.note,
    )


def uses_of(session: Session, *, community_id: int, ids: list[int]) -> list[UseView]:
    """Return some uses by their ids, in their order."""
    rows = session.execute(
        _uses(community_id).where(OfflineUse.id.in_(ids)).execution_options(populate_existing=True)
    ).all()
    known = {row[0].id: _use(row) for row in rows}
    return [known[use_id] for use_id in ids]


def use(session: Session, *, actor: Actor, use_id: int) -> UseView:
    """Return one use within reach of who decides.

    Raises:
        UseNotFoundError: there is none within reach.
    """
    rows = session.execute(
        _uses(actor.community_id)
        .where(OfflineUse.id == use_id)
        .execution_options(populate_existing=True)
    ).all()
    if not rows or not actor.reach("care.manage").covers(centre_id=rows[0][2]):
        raise UseNotFoundError
    return _use(rows[0])


def uses(
    session: Session,
    *,
    actor: Actor,
    is_open: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[UseView]:
    """Return what devices brought within reach, newest first: what waits for somebody, or all."""
    reach = actor.reach("care.manage") | actor.reach("care.redeem")
    wanted = _uses(actor.community_id)
    if not reach.is_wide:
        wanted = wanted.where(OfflineDevice.centre_id.in_(reach.centre_ids))
    if is_open:
        wanted = wanted.where(OfflineUse.state.in_(OPEN_STATES))
    if cursor:
        wanted = wanted.where(OfflineUse.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(OfflineUse.id.desc()).limit(limit + 1)).all()
    return paging.page_of([_use(row) for row in rows], limit=limit, key=lambda view: [view.id])


def paper_slips(
    session: Session, *, actor: Actor, centre_id: int, state: str | None = None
) -> list[SlipView]:
    """Return a centre's printed slips, newest first, of one state or all."""
    wanted = (
        select(PaperSlip, CareCentre.name)
        .join(CareCentre, CareCentre.id == PaperSlip.centre_id)
        .where(PaperSlip.community_id == actor.community_id, PaperSlip.centre_id == centre_id)
    )
    if state is not None:
        wanted = wanted.where(PaperSlip.state == state)
    rows = session.execute(wanted.order_by(PaperSlip.id.desc()).limit(paging.PAGE_SIZE_MAX))
    return [_slip(row) for row in rows]


def _slip(row: Row[Any]) -> SlipView:
    slip, centre_name = row
    return SlipView(
        id=slip.id,
        centre_id=slip.centre_id,
        centre_name=centre_name,
        code=slip.code,
        state=slip.state,
        printed_at=slip.printed_at,
        redemption_id=slip.redemption_id,
        spoil_reason=slip.spoil_reason,
    )
