"""Paper slips with printed numbers: printed ahead, filled in by hand, entered later, each once."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError
from timebank.care.errors.offline import (
    PaperDayError,
    PaperSlipNotFoundError,
    PaperSlipUsedError,
)
from timebank.care.models.desk import CareCentre
from timebank.care.models.offline import PaperSlip
from timebank.care.queries import offline as queries
from timebank.care.rules import desk as desk_rules
from timebank.care.rules import offline as rules
from timebank.care.rules.desk import Proven, RedemptionView, Wanted
from timebank.care.rules.offline import SlipState, SlipView
from timebank.care.service import redemptions, refusals
from timebank.care.service.slips import Act
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

BACK_DAYS_MAX = 7


def print_slips(session: Session, *, actor: Actor, centre_id: int, count: int) -> list[SlipView]:
    """Give out the next numbers of a centre's paper slips, to be printed.

    Raises:
        CentreNotFoundError: the actor does not serve there.
    """
    _refuse_elsewhere(actor, centre_id)
    # The centre's row is locked: two who print at once never print a number twice.
    centre = session.get(CareCentre, centre_id, with_for_update=True)
    if centre is None or centre.community_id != actor.community_id:
        raise CentreNotFoundError
    last = session.scalar(
        select(func.max(PaperSlip.number)).where(PaperSlip.centre_id == centre_id)
    )
    first = (last or 0) + 1
    now = clock.now()
    wanted = range(first, first + min(count, rules.SHEET_SLIPS_MAX))
    session.add_all(
        PaperSlip(
            community_id=actor.community_id,
            centre_id=centre_id,
            number=number,
            code=rules.slip_code(centre_id=centre_id, number=number),
            state=SlipState.PRINTED.value,
            printed_by=actor.name,
            printed_at=now,
        )
        for number in wanted
    )
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.paper_slips_printed",
        subject_type="care_centre",
        subject_id=centre_id,
        facts={"first": first, "count": len(wanted)},
    )
    found = queries.paper_slips(session, actor=actor, centre_id=centre_id)
    return sorted(found[: len(wanted)], key=lambda one: one.id)


def enter_slip(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    code: str,
    person_id: int,
    wanted: Sequence[Wanted],
    served_on: date,
) -> RedemptionView:
    """Redeem what a signed paper slip says, on the next open day's slips, once for its number.

    Raises:
        PaperSlipNotFoundError: no such number was printed where the actor serves.
        PaperSlipUsedError: it was entered, or is spoiled.
        PaperDayError: the day is too long ago, or still to come.
        and whatever ``redemptions.redeem`` raises.
    """
    row = _locked(session, actor, code)
    if row.state != SlipState.PRINTED:
        raise PaperSlipUsedError(field="code", code=row.code)
    today = clock.today()
    earliest = today - timedelta(days=BACK_DAYS_MAX)
    if not earliest <= served_on <= today:
        raise PaperDayError(field="served_on", earliest=earliest)
    act = Act(
        key=key,
        centre_id=row.centre_id,
        person_id=person_id,
        proven=Proven(signed_slip=row.code),
        served_on=served_on,
    )
    merged = desk_rules.merged(wanted)
    of = merged[0].service_id if len(merged) == 1 else None
    with refusals.noted(actor, centre_id=row.centre_id, person_id=person_id, service_id=of):
        made = redemptions.carry_out(session, actor, act, merged)
    row.state, row.redemption_id = SlipState.USED.value, made.id
    session.flush()
    return made


def spoil_slip(session: Session, *, actor: Actor, code: str, reason: str) -> str:
    """Note that a printed slip was torn or written wrongly and will never be entered.

    Raises:
        PaperSlipNotFoundError, PaperSlipUsedError
    """
    row = _locked(session, actor, code)
    if row.state != SlipState.PRINTED:
        raise PaperSlipUsedError(field="code", code=row.code)
    row.state, row.spoil_reason = SlipState.SPOILED.value, reason
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.paper_slip_spoiled",
        subject_type="care_paper_slip",
        subject_id=row.id,
    )
    return row.code


def _locked(session: Session, actor: Actor, code: str) -> PaperSlip:
    """Return a printed slip of a centre of the actor's, locked."""
    tidy = rules.tidy_slip_code(code)
    row = None
    if tidy is not None:
        row = session.scalar(
            select(PaperSlip)
            .where(PaperSlip.community_id == actor.community_id, PaperSlip.code == tidy)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    if row is None or not actor.reach("care.redeem").covers(centre_id=row.centre_id):
        raise PaperSlipNotFoundError(field="code")
    return row


def _refuse_elsewhere(actor: Actor, centre_id: int) -> None:
    """Refuse a centre where the actor does not serve."""
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
