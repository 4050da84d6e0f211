"""Vouchers: a service set aside for later uses, the family's hands it goes to, and its end."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BadPinError,
    BookingNeededError,
    KeyOfOtherRedemptionError,
    ServiceNotFoundError,
)
from timebank.care.errors.vouchers import (
    NotVoucherOwnerError,
    OutsideFamilyError,
    VoucherEndedError,
    VoucherTermError,
    VoucherUsesError,
)
from timebank.care.models.vouchers import CareVoucher, CareVoucherMove
from timebank.care.queries import vouchers as queries
from timebank.care.rules import desk as desk_rules
from timebank.care.rules import vouchers as rules
from timebank.care.rules.desk import Proven, ServiceView
from timebank.care.rules.notices import (
    VoucherEnded,
    VoucherEnding,
    VoucherHanded,
    VoucherMade,
    VoucherNotice,
)
from timebank.care.rules.vouchers import VoucherState, VoucherView
from timebank.care.rules.weekdays import EVERY_DAY
from timebank.care.service import bookings, offline_keys, refusals, relatives
from timebank.care.service.bookings import Hold, hold_minutes
from timebank.care.service.cards import changed_rows, locked_card, refuse_own_or_kin
from timebank.care.service.eligibility import refuse_no_day, refuse_unfit
from timebank.community import queries as community_queries
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor, program
from timebank.kernel.ids import derived_id
from timebank.ledger.service import holds as ledger_holds
from timebank.notices.service.telling import tell
from timebank.trail import service as trail
from timebank.volunteering.service import spending
from timebank.volunteering.service.redeeming import check_may_redeem

JOB = "care.end_vouchers"
REMIND_JOB = "care.remind_of_vouchers"
REMIND_DAYS = 7
EXPIRED = "到期了"
PAGE = "/me/vouchers"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """What a voucher is for: so many uses, on which days, until when."""

    service_id: int
    uses: int
    last_on: date
    weekdays: int = EVERY_DAY


def use_key(key: UUID, number: int) -> UUID:
    """Return the key under which one use of a voucher is held and counted."""
    return derived_id(key, f"use-{number}")


def issue(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    person_id: int,
    terms: Terms,
    pin: str,
    proven: Proven | None = None,
) -> VoucherView:
    """Set so many uses of a service aside; at a counter the elder says yes by their own proof.

    Raises:
        ServiceNotFoundError, BookingNeededError: it is not to be had, or not without a booking.
        NoServiceDayError: it is not served on any of the days.
        VoucherUsesError, VoucherTermError, BadPinError
        NotEnoughMinutesError, SpendingNotAllowedError, MonthLimitError
        OwnServiceError, CardMissingError, and what ``relatives.prove`` raises.
        KeyOfOtherRedemptionError: the key made another voucher.
    """
    known = session.scalar(select(CareVoucher).where(CareVoucher.key == key))
    if known is not None:
        if (known.person_id, known.service_id) != (person_id, terms.service_id):
            raise KeyOfOtherRedemptionError
        return queries.voucher(session, actor=actor, voucher_id=known.id)
    wanted = _wanted(session, actor, person_id=person_id, terms=terms)
    if not desk_rules.is_strong_pin(pin):
        raise BadPinError(field="new_pin")
    check_may_redeem(session, community_id=actor.community_id, person_id=person_id)
    relative_id = bookings.relative_of(actor, person_id=person_id, centre_id=wanted.centre_id)
    of = {"centre_id": wanted.centre_id, "person_id": person_id, "service_id": wanted.id}
    with refusals.noted(actor, **of):
        if relative_id is None and actor.person_id != person_id:
            _let_agree(session, actor, person_id=person_id, proven=proven or Proven())
        row = _row(session, actor, wanted, terms=terms, person_id=person_id, key=key)
        row.relative_id, row.pin_hash = relative_id, passwords.hash_secret(pin)
        _set_aside(session, actor, wanted, row)
    session.add(row)
    session.flush()
    _note(session, actor, row, "care.voucher_issued")
    _tell(session, actor, row, VoucherMade(wanted.name, wanted.centre_name, row.uses, row.last_on))
    return queries.voucher_of(session, community_id=row.community_id, voucher_id=row.id)


def _wanted(session: Session, actor: Actor, *, person_id: int, terms: Terms) -> ServiceView:
    """Return the service at today's price, if a voucher may be made for it."""
    today = clock.today()
    if not 1 <= terms.uses <= rules.USES_MAX:
        raise VoucherUsesError(field="uses", most=rules.USES_MAX)
    last = today + timedelta(days=rules.DAYS_MAX)
    if not today <= terms.last_on <= last:
        raise VoucherTermError(field="last_on", last=last)
    wanted = bookings.offered(
        session, actor=actor, service_id=terms.service_id, person_id=person_id, day=today
    )
    if not wanted.is_active or wanted.minutes is None or wanted.price_id is None:
        raise ServiceNotFoundError
    if wanted.needs_booking:
        raise BookingNeededError(service=wanted.name)
    refuse_no_day(wanted, first=today, last=terms.last_on, weekdays=terms.weekdays)
    refuse_unfit(session, actor, wanted, person_id=person_id)
    return wanted


def _let_agree(session: Session, actor: Actor, *, person_id: int, proven: Proven) -> None:
    """Let the elder say yes at the counter."""
    refuse_own_or_kin(session, actor=actor, person_id=person_id)
    person = community_queries.person(session, community_id=actor.community_id, person_id=person_id)
    card = locked_card(session, person=person)
    relatives.prove(session, actor=actor, proven=proven, card=card, person=person)


def _row(
    session: Session,
    actor: Actor,
    wanted: ServiceView,
    *,
    terms: Terms,
    person_id: int,
    key: UUID,
) -> CareVoucher:
    """Return the row of a voucher, with its code and the community's signature."""
    code = rules.code_of("".join(secrets.choice("0123456789") for _ in range(11)))
    signing = offline_keys.signing_key(session, actor.community_id)
    body = rules.signed_bytes(
        community_id=actor.community_id,
        code=code,
        service_id=wanted.id,
        uses=terms.uses,
        last_on=terms.last_on,
    )
    signature = offline_keys.sign(signing, body)
    return CareVoucher(
        community_id=actor.community_id,
        key=key,
        code=code,
        qr_text=rules.qr_text(code, number=signing.number, signature=signature),
        person_id=person_id,
        holder_id=person_id,
        centre_id=wanted.centre_id,
        service_id=wanted.id,
        price_id=wanted.price_id,
        unit_minutes=wanted.minutes,
        uses=terms.uses,
        used=0,
        returned=0,
        weekdays=terms.weekdays,
        first_on=clock.today(),
        last_on=terms.last_on,
        state=VoucherState.OPEN.value,
        issued_by=actor.name,
        issued_at=clock.now(),
    )


def _set_aside(session: Session, actor: Actor, wanted: ServiceView, row: CareVoucher) -> None:
    """Hold the minutes of every use on its own, and count them when it is a relative who spends."""
    for number in range(1, row.uses + 1):
        key = use_key(row.key, number)
        if row.relative_id is not None:
            spending.use_minutes(
                session,
                actor=actor,
                key=key,
                person_id=row.person_id,
                relative_id=row.relative_id,
                minutes=row.unit_minutes,
                what=f"{wanted.name}，服务券",
            )
        hold = Hold(key, row.person_id, row.unit_minutes, f"{wanted.name}，服务券")
        hold_minutes(session, actor=actor, hold=hold)


def hand_over(session: Session, *, actor: Actor, voucher_id: int, to_id: int) -> VoucherView:
    """Give a voucher into another hand of the family, or take it back; the owner alone may.

    Raises:
        VoucherNotFoundError, VoucherEndedError, NotVoucherOwnerError
        OutsideFamilyError: that person is no registered family.
    """
    view = queries.voucher(session, actor=actor, voucher_id=voucher_id)
    if actor.person_id != view.person_id:
        raise NotVoucherOwnerError
    row = locked(session, voucher_id)
    if row.state != VoucherState.OPEN:
        raise VoucherEndedError
    if to_id != row.person_id and not community_queries.are_kin(session, row.person_id, to_id):
        raise OutsideFamilyError(field="to_id")
    if to_id == row.holder_id:
        return view
    session.add(
        CareVoucherMove(
            community_id=row.community_id,
            voucher_id=row.id,
            from_id=row.holder_id,
            to_id=to_id,
            moved_at=clock.now(),
        )
    )
    row.holder_id = to_id
    try:
        session.flush()
    except IntegrityError as error:
        raise OutsideFamilyError(field="to_id") from error
    _note(session, actor, row, "care.voucher_handed")
    facts = (view.service_name, view.centre_name, view.person_name, view.left, view.last_on)
    tell(
        session,
        actor=actor,
        to=[to_id] if to_id != actor.person_id else [],
        notice=VoucherHanded(*facts),
        key=f"voucher:{row.id}:to:{to_id}",
        url=PAGE,
    )
    return queries.voucher_of(session, community_id=row.community_id, voucher_id=row.id)


def cancel(session: Session, *, actor: Actor, voucher_id: int, reason: str) -> VoucherView:
    """Call a voucher off, or a lost one in; what was not used goes back.

    Raises:
        VoucherNotFoundError, VoucherEndedError
        OwnServiceError: staff would do it for their own family.
    """
    view = queries.voucher(session, actor=actor, voucher_id=voucher_id)
    row = locked(session, voucher_id)
    if actor.person_id not in {row.person_id, row.relative_id}:
        if not actor.reach("care.redeem").covers(centre_id=row.centre_id):
            raise NotVoucherOwnerError
        refuse_own_or_kin(session, actor=actor, person_id=row.person_id)
    return _end(session, actor, view, VoucherState.CANCELLED, reason)


def cancel_all(session: Session, actor: Actor, person_id: int, reason: str) -> int:
    """Call off all vouchers of a person whose account is frozen; return how many."""
    ids = session.scalars(
        select(CareVoucher.id)
        .where(
            CareVoucher.community_id == actor.community_id,
            CareVoucher.person_id == person_id,
            CareVoucher.state == VoucherState.OPEN,
        )
        .order_by(CareVoucher.id)
    ).all()
    return end_each(session, actor, ids, VoucherState.CANCELLED, reason)


def end_overdue(session: Session, *, actor: Actor) -> int:
    """End the community's vouchers whose last day is over; return how many."""
    ids = session.scalars(
        select(CareVoucher.id)
        .where(
            CareVoucher.community_id == actor.community_id,
            CareVoucher.state == VoucherState.OPEN,
            CareVoucher.last_on < clock.today(),
        )
        .order_by(CareVoucher.id)
        .limit(_BATCH)
    ).all()
    return end_each(session, actor, ids, VoucherState.EXPIRED, EXPIRED)


def end_overdue_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``care.end_vouchers`` in every community."""
    due = (
        select(CareVoucher.community_id)
        .distinct()
        .where(CareVoucher.state == VoucherState.OPEN, CareVoucher.last_on < clock.today())
    )
    for community_id in session.scalars(due).all():
        end_overdue(session, actor=program(community_id=community_id, name=JOB))


def remind_of_endings(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: tell who holds a voucher, once, that it ends in a week."""
    ending, after_id = clock.today() + timedelta(days=REMIND_DAYS), 0
    while rows := session.execute(
        select(CareVoucher.id, CareVoucher.community_id)
        .where(
            CareVoucher.state == VoucherState.OPEN,
            CareVoucher.last_on == ending,
            CareVoucher.id > after_id,
        )
        .order_by(CareVoucher.id)
        .limit(_BATCH)
    ).all():
        after_id = rows[-1][0]
        for voucher_id, community_id in rows:
            _remind(session, community_id=community_id, voucher_id=voucher_id)


def _remind(session: Session, *, community_id: int, voucher_id: int) -> None:
    """Tell the owner and who holds a voucher that it ends soon."""
    view = queries.voucher_of(session, community_id=community_id, voucher_id=voucher_id)
    tell(
        session,
        actor=program(community_id=community_id, name=REMIND_JOB),
        to=sorted({view.person_id, view.holder_id}),
        notice=VoucherEnding(view.service_name, view.centre_name, view.left, view.last_on),
        key=f"voucher:{voucher_id}:ending",
        url=PAGE,
    )


def end_each(
    session: Session, actor: Actor, ids: Iterable[int], state: VoucherState, reason: str
) -> int:
    """End some vouchers and return how many."""
    found = list(ids)
    for voucher_id in found:
        view = queries.voucher_of(session, community_id=actor.community_id, voucher_id=voucher_id)
        _end(session, actor, view, state, reason)
    return len(found)


def _end(
    session: Session, actor: Actor, view: VoucherView, state: VoucherState, reason: str
) -> VoucherView:
    """End an open voucher in one conditional write, and let go of what was not used.

    Raises:
        VoucherEndedError: another was first.
    """
    ended = session.execute(
        update(CareVoucher)
        .where(CareVoucher.id == view.id, CareVoucher.state == VoucherState.OPEN)
        .values(state=state.value, ended_at=clock.now(), reason=reason)
        .execution_options(synchronize_session=False)
    )
    if changed_rows(ended) != 1:
        raise VoucherEndedError
    row = session.get_one(CareVoucher, view.id, populate_existing=True)
    for number in range(row.used + 1, row.uses + row.returned + 1):
        key = use_key(row.key, number)
        spending.give_back(session, key=key)
        ledger_holds.release(session, actor=actor, hold_id=key, reason=reason or state.value)
    _note(session, actor, row, f"care.voucher_{state.value}")
    minutes = (row.uses + row.returned - row.used) * row.unit_minutes
    _tell(session, actor, row, VoucherEnded(view.service_name, view.centre_name, minutes, reason))
    return queries.voucher_of(session, community_id=row.community_id, voucher_id=row.id)


def locked(session: Session, voucher_id: int) -> CareVoucher:
    """Return a voucher's row, locked: one act on it at a time."""
    return session.get_one(CareVoucher, voucher_id, with_for_update=True, populate_existing=True)


def _tell(session: Session, actor: Actor, row: CareVoucher, notice: VoucherNotice) -> None:
    """Tell the owner and who holds it, unless it was themselves who did it."""
    people = {row.person_id, row.holder_id} - {actor.person_id}
    key = f"voucher:{row.id}:{notice.code}"
    tell(session, actor=actor, to=sorted(people), notice=notice, key=key, url=PAGE)


def _note(session: Session, actor: Actor, row: CareVoucher, action: str) -> None:
    """Leave the trail of an act on a voucher."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_voucher",
        subject_id=row.id,
        facts={"uses": row.uses, "used": row.used, "minutes": row.unit_minutes},
    )
