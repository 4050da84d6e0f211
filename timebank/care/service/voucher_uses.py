"""Using a voucher at a counter: code or signed QR, its PIN, one use, one slip, all or nothing.

Locks are taken in this order: voucher, then those of every slip.
"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import case, literal, select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    CentreNotFoundError,
    KeyOfOtherRedemptionError,
    WrongCentreError,
)
from timebank.care.errors.vouchers import (
    VoucherCodeError,
    VoucherDayError,
    VoucherEndedError,
    VoucherLockedError,
    VoucherPinError,
)
from timebank.care.models.vouchers import CareVoucher, CareVoucherUse
from timebank.care.queries import catalogue
from timebank.care.queries import offline as key_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.queries import vouchers as queries
from timebank.care.rules import desk as desk_rules
from timebank.care.rules import vouchers as rules
from timebank.care.rules.desk import Proof, Proven, RedemptionView
from timebank.care.rules.tills import Instead, InsteadKind
from timebank.care.rules.vouchers import VoucherState, VoucherView
from timebank.care.service import offline_keys, quotas, redemptions, refusals
from timebank.care.service.eligibility import refuse_other_day, refuse_switched_off
from timebank.care.service.slips import Act, Line
from timebank.care.service.vouchers import locked, use_key
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor
from timebank.kernel.db import Moment
from timebank.ledger.service import holds as ledger_holds


def use(
    session: Session, *, actor: Actor, key: UUID, centre_id: int, code: str, pin: str
) -> RedemptionView:
    """Hand over one use of a voucher; the same key charges once.

    Raises:
        CentreNotFoundError: the actor does not serve there.
        VoucherCodeError: a digit is wrong, or the signature is not the community's.
        VoucherNotFoundError, WrongCentreError, VoucherEndedError, VoucherDayError
        VoucherPinError, VoucherLockedError
        OwnServiceError, CardMissingError, DayClosedError, CapacityFullError, DayLimitError
    """
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
    view = queries.shown(session, actor=actor, text=code)
    _check_signature(session, actor, view, code)
    known = _made_before(session, actor, key, view)
    if known is not None:
        return known
    row = locked(session, view.id)
    known = _made_before(session, actor, key, view)  # by the same press, come twice at once
    if known is not None:
        return known
    view = queries.voucher_of(session, community_id=row.community_id, voucher_id=row.id)
    of = {"centre_id": centre_id, "person_id": row.person_id, "service_id": view.service_id}
    with refusals.noted(actor, **of):
        _check(view, centre_id)
        _check_pin(row, pin)
        return _hand_out(session, actor, row, view, key)


def _hand_out(
    session: Session, actor: Actor, row: CareVoucher, view: VoucherView, key: UUID
) -> RedemptionView:
    """Take one use: its held minutes become those of a slip."""
    number = row.used + 1
    is_last = number == row.uses + row.returned
    row.used, row.pin_tries, row.locked_until = number, 0, None
    if is_last:
        row.state, row.ended_at = VoucherState.USED.value, clock.now()
    session.flush()
    line = _line(session, actor, view, row)
    hold_id = use_key(row.key, number)
    ledger_holds.release(session, actor=actor, hold_id=hold_id, reason="服务券用掉一次")
    act = Act(key, row.centre_id, row.person_id, Proven(), instead=_instead(view))
    made = redemptions.carry_out(session, actor, act, given=Proof.PREPAID, lines=[line])
    session.add(
        CareVoucherUse(
            community_id=row.community_id,
            voucher_id=row.id,
            number=number,
            redemption_id=made.id,
            used_on=clock.today(),
            used_at=clock.now(),
        )
    )
    session.flush()
    return made


def _line(session: Session, actor: Actor, view: VoucherView, row: CareVoucher) -> Line:
    """Return the line at the price of the voucher's making, its share of the day taken."""
    today = clock.today()
    service = catalogue.service(
        session, community_id=actor.community_id, service_id=view.service_id, day=today
    )
    refuse_switched_off(service)
    refuse_other_day(service, today)
    queue_number = quotas.take(
        session,
        community_id=actor.community_id,
        wanted=service,
        person_id=view.person_id,
        day=today,
        quantity=1,
    )
    return Line(service.id, service.name, row.price_id, 1, row.unit_minutes, queue_number)


def _instead(view: VoucherView) -> Instead | None:
    """Return who comes in the owner's place, if it is another hand of the family."""
    if view.holder_id == view.person_id:
        return None
    return Instead(view.holder_name, InsteadKind.FETCHES)


def _made_before(
    session: Session, actor: Actor, key: UUID, view: VoucherView
) -> RedemptionView | None:
    """Return the slip that this key has made of this voucher already."""
    known = redemption_queries.redemption_of_key(session, community_id=actor.community_id, key=key)
    if known is None:
        return None
    of_voucher = select(CareVoucherUse.voucher_id).where(CareVoucherUse.redemption_id == known.id)
    if session.scalar(of_voucher) != view.id:
        raise KeyOfOtherRedemptionError
    return known


def _check_signature(session: Session, actor: Actor, view: VoucherView, text: str) -> None:
    """Refuse a scanned code that the community did not sign; typed digits carry none."""
    scanned = rules.read_code(text)
    assert scanned is not None
    if not scanned.is_signed:
        return
    body = rules.signed_bytes(
        community_id=actor.community_id,
        code=view.code,
        service_id=view.service_id,
        uses=view.uses,
        last_on=view.last_on,
    )
    keys = key_queries.public_keys(session, actor.community_id)
    if not offline_keys.is_signed(keys, scanned.number, body, scanned.signature):
        raise VoucherCodeError(field="code")


def _check(view: VoucherView, centre_id: int) -> None:
    """Refuse a voucher that has ended, at another place, or on another day."""
    if not view.is_open:
        raise VoucherEndedError
    if view.centre_id != centre_id:
        raise WrongCentreError(service=view.service_name)
    if not rules.holds_on(view, clock.today()):
        raise VoucherDayError(first=view.first_on, last=view.last_on)


def _check_pin(row: CareVoucher, pin: str) -> None:
    """Refuse a wrong PIN, counted after the roll-back; the last wrong one locks for a while."""
    if row.locked_until is not None and row.locked_until > clock.now():
        raise VoucherLockedError(field="pin", until=row.locked_until)
    if not passwords.matches(row.pin_hash, pin):
        left = desk_rules.tries_left(row.pin_tries + 1)
        raise VoucherPinError(field="pin", tries_left=left, aftermath=_counted_try(row.id))


def _counted_try(voucher_id: int) -> Callable[[Session], None]:
    """Return the write that counts a wrong try and locks after the last one."""
    until = literal(clock.now() + desk_rules.PIN_LOCK, Moment())

    def count(session: Session) -> None:
        is_last = CareVoucher.pin_tries + 1 >= desk_rules.PIN_TRIES_MAX
        session.execute(
            update(CareVoucher)
            .where(CareVoucher.id == voucher_id)
            .values(
                pin_tries=case((is_last, 0), else_=CareVoucher.pin_tries + 1),
                locked_until=case((is_last, until), else_=CareVoucher.locked_until),
            )
        )

    return count
