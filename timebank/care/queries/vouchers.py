"""Vouchers: one's own, one by its number, one by its code at a counter."""

from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.care.errors.vouchers import VoucherCodeError, VoucherNotFoundError
from timebank.care.models.desk import CareCentre, CareService
from timebank.care.models.vouchers import CareVoucher
from timebank.care.rules import vouchers as rules
from timebank.care.rules.vouchers import VoucherView
from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.actor import Actor

_HOLDER = aliased(Person)


def _vouchers(community_id: int) -> Select[Any]:
    return (
        select(CareVoucher, Person.name, _HOLDER.name, CareService, CareCentre.name)
        .join(Person, Person.id == CareVoucher.person_id)
        .join(_HOLDER, _HOLDER.id == CareVoucher.holder_id)
        .join(CareService, CareService.id == CareVoucher.service_id)
        .join(CareCentre, CareCentre.id == CareVoucher.centre_id)
        .where(CareVoucher.community_id == community_id)
    )


def _view(row: Row[Any]) -> VoucherView:
    voucher, person_name, holder_name, service, centre_name = row
    return VoucherView(
        id=voucher.id,
        code=voucher.code,
        person_id=voucher.person_id,
        person_name=person_name,
        holder_id=voucher.holder_id,
        holder_name=holder_name,
        service_id=service.id,
        service_name=service.name,
        unit=service.unit,
        place_text=service.place_text,
        centre_id=voucher.centre_id,
        centre_name=centre_name,
        unit_minutes=voucher.unit_minutes,
        uses=voucher.uses,
        used=voucher.used,
        weekdays=voucher.weekdays,
        first_on=voucher.first_on,
        last_on=voucher.last_on,
        state=voucher.state,
        issued_at=voucher.issued_at,
        issued_by=voucher.issued_by,
        qr_text=voucher.qr_text,
        reason=voucher.reason,
        returned=voucher.returned,
        service_days=service.weekdays,
    )


def voucher_of(session: Session, *, community_id: int, voucher_id: int) -> VoucherView:
    """Return a voucher of a community.

    Raises:
        VoucherNotFoundError
    """
    row = session.execute(_vouchers(community_id).where(CareVoucher.id == voucher_id)).first()
    if row is None:
        raise VoucherNotFoundError
    return _view(row)


def voucher(session: Session, *, actor: Actor, voucher_id: int) -> VoucherView:
    """Return a voucher that is one's own, is in one's hand, or is for where one serves.

    Raises:
        VoucherNotFoundError
    """
    row = session.execute(_vouchers(actor.community_id).where(CareVoucher.id == voucher_id)).first()
    parties = set() if row is None else {row[0].person_id, row[0].holder_id, row[0].relative_id}
    is_near = actor.person_id is not None and actor.person_id in parties
    is_staff = row is not None and actor.reach("care.redeem").covers(centre_id=row[0].centre_id)
    if row is None or not (is_near or is_staff):
        raise VoucherNotFoundError
    return _view(row)


def vouchers_of(session: Session, *, actor: Actor) -> list[VoucherView]:
    """Return the vouchers that are one's own, in one's hand, or made by oneself; newest first."""
    mine = or_(
        CareVoucher.person_id == actor.person_id,
        CareVoucher.holder_id == actor.person_id,
        CareVoucher.relative_id == actor.person_id,
    )
    rows = session.execute(
        _vouchers(actor.community_id)
        .where(mine)
        .order_by(CareVoucher.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [_view(row) for row in rows]


def shown(session: Session, *, actor: Actor, text: str) -> VoucherView:
    """Return the voucher that somebody shows at a counter, by scan or by typed digits.

    Raises:
        VoucherCodeError: a digit is wrong.
        VoucherNotFoundError: there is none at one's centres.
    """
    scanned = rules.read_code(text)
    if scanned is None:
        raise VoucherCodeError(field="code")
    row = session.execute(
        _vouchers(actor.community_id).where(CareVoucher.code == scanned.code)
    ).first()
    if row is None or not actor.reach("care.redeem").covers(centre_id=row[0].centre_id):
        raise VoucherNotFoundError
    return _view(row)
