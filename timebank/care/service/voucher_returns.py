"""An undone use of a voucher comes back to it, while it still runs; else only the minutes do.

Locks: the voucher's row, after the slip's and before the member's minutes, as a use takes them.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.models.slips import Redemption
from timebank.care.models.vouchers import CareVoucher, CareVoucherUse
from timebank.care.queries import vouchers as queries
from timebank.care.rules.desk import Proof
from timebank.care.rules.vouchers import VoucherState, VoucherView
from timebank.care.service.bookings import Hold, hold_minutes
from timebank.care.service.vouchers import locked, use_key
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.trail import service as trail
from timebank.volunteering.service import spending


def voucher_of(session: Session, redemption: Redemption) -> CareVoucher | None:
    """Return the voucher of which a slip was a use, locked."""
    if redemption.proof != Proof.PREPAID:
        return None
    wanted = select(CareVoucherUse.voucher_id).where(CareVoucherUse.redemption_id == redemption.id)
    return locked(session, session.scalars(wanted).one())


def give_back_use(
    session: Session, *, actor: Actor, row: CareVoucher, redemption: Redemption
) -> None:
    """Set the minutes aside anew for one more use; a voucher that has ended stays so.

    What a relative spent no longer counts for them unless the use comes back; it does not when
    their limit of the month would no longer allow it.
    """
    number = session.scalars(
        select(CareVoucherUse.number).where(CareVoucherUse.redemption_id == redemption.id)
    ).one()
    spending.give_back(session, key=use_key(row.key, number))
    is_running = row.state in {VoucherState.OPEN, VoucherState.USED}
    if not is_running or row.last_on < clock.today():
        return
    view = queries.voucher_of(session, community_id=row.community_id, voucher_id=row.id)
    try:
        with session.begin_nested():
            _set_aside(session, actor, row, view)
    except DomainError:
        return
    row.returned += 1
    row.state, row.ended_at = VoucherState.OPEN.value, None
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.voucher_use_returned",
        subject_type="care_voucher",
        subject_id=row.id,
        facts={"number": number},
    )


def _set_aside(session: Session, actor: Actor, row: CareVoucher, view: VoucherView) -> None:
    """Hold the minutes of one more use, counted for the relative who made the voucher."""
    key = use_key(row.key, row.uses + row.returned + 1)
    what = f"{view.service_name}，服务券"
    if row.relative_id is not None:
        spending.use_minutes(
            session,
            actor=actor,
            key=key,
            person_id=row.person_id,
            relative_id=row.relative_id,
            minutes=row.unit_minutes,
            what=what,
        )
    hold_minutes(session, actor=actor, hold=Hold(key, row.person_id, row.unit_minutes, what))
