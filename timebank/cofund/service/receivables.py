"""What households owe: laid on them, reduced by receipts, waived for hardship, cancelled.

A receipt reduces it in the transaction that books the money: ``reduce`` and ``restore`` are for
whoever books, and the row's own CHECKs refuse what is too much, whoever asks.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import receivables as errors
from timebank.cofund.models.projects import Project
from timebank.cofund.models.receivables import Receivable, Waiver
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import receivables as queries
from timebank.cofund.queries.receivables import Dwelling, WaiverView
from timebank.cofund.rules import codes
from timebank.cofund.rules import receivables as rules
from timebank.cofund.rules.projects import Command, Party
from timebank.cofund.rules.receivables import (
    Instalment,
    LaidBy,
    ReceivableSums,
    ReceivableView,
    WaiverState,
)
from timebank.cofund.service import reminders, steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def raise_for_households(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    laid_by: LaidBy,
    instalments: Sequence[Instalment],
    household_ids: Collection[int] | None = None,
    buildings: Collection[int] | None = None,
) -> ReceivableSums:
    """Lay what is left of the residents' share on households, each instalment with its code.

    Without households named, all of the register of owners bear it; ``buildings`` narrows it.

    Raises:
        NoHouseholdsError: nobody is there to bear it, or floor areas are not known.
        NoResidentsShareError: all of the share has been laid on households already.
        BadInstalmentsError, DueInPastError, TooSmallPartError
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.RAISE
    )
    _check_instalments(instalments)
    found = queries.dwellings(
        session,
        community_id=project.community_id,
        household_ids=household_ids,
        buildings=buildings,
        only_registered=household_ids is None or laid_by is LaidBy.FLOOR_AREA,
        limit=rules.HOUSEHOLDS_MAX,
    )
    total_fen = _left_to_raise(session, project)
    parts = _parts(found, laid_by=laid_by, total_fen=total_fen, instalments=instalments)
    first = _next_instalment(session, project.id)
    _write(
        session,
        actor=actor,
        project=project,
        found=found,
        parts=parts,
        dates=instalments,
        first=first,
    )
    reminders.tell_raised(session, actor=actor, project=project, first=first)
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="raised",
        households=len(found),
        total_fen=total_fen,
        laid_by=laid_by.value,
    )
    return queries.sums(session, project.id)


def _check_instalments(instalments: Sequence[Instalment]) -> None:
    """Refuse dates that cannot be: they are whole together, in order, and still to come."""
    days = [one.due_on for one in instalments]
    is_whole = sum(one.permille for one in instalments) == rules.PERMILLE
    if (
        not 1 <= len(instalments) <= codes.INSTALMENTS_MAX
        or not is_whole
        or min(one.permille for one in instalments) <= 0
        or days != sorted(set(days))
    ):
        raise errors.BadInstalmentsError(field="instalments")
    if days[0] < clock.today():
        raise errors.DueInPastError(field="instalments")


def _left_to_raise(session: Session, project: Project) -> int:
    """Return what of the residents' share is on no household yet, fen."""
    sums = project_reads.figures(session, project.id)
    share = next(one for one in sums.parties if one.party is Party.RESIDENTS)
    raised = session.scalar(
        select(func.coalesce(func.sum(Receivable.amount_fen), 0)).where(
            Receivable.project_id == project.id, Receivable.cancelled_at.is_(None)
        )
    )
    # What came in for nobody's part, before it was laid on households, is not asked for again.
    paid = queries.sums(session, project.id).paid_fen
    left_fen = share.agreed_fen - int(raised or 0) - (share.received_fen - paid)
    if left_fen <= 0:
        raise errors.NoResidentsShareError
    return left_fen


def _parts(
    found: Sequence[Dwelling],
    *,
    laid_by: LaidBy,
    total_fen: int,
    instalments: Sequence[Instalment],
) -> dict[int, list[int]]:
    """Return what each household bears in each instalment."""
    if not found:
        raise errors.NoHouseholdsError(field="households")
    is_by_area = laid_by is LaidBy.FLOOR_AREA
    weights = {one.household_id: (one.area_hundredths or 0) if is_by_area else 1 for one in found}
    parts = rules.lay_on(total_fen=total_fen, weights=weights, instalments=instalments)
    if min(fen for of in parts.values() for fen in of) <= 0:
        raise errors.TooSmallPartError(field="instalments")
    return parts


def _write(
    session: Session,
    *,
    actor: Actor,
    project: Project,
    found: Sequence[Dwelling],
    parts: dict[int, list[int]],
    dates: Sequence[Instalment],
    first: int,
) -> None:
    """Write what each household owes, in the order of its door."""
    if first + len(dates) - 1 > codes.INSTALMENTS_MAX:
        raise errors.BadInstalmentsError(field="instalments")
    now = clock.now()
    rows = [
        {
            "community_id": project.community_id,
            "project_id": project.id,
            "party": Party.RESIDENTS,
            "household_id": one.household_id,
            "instalment": first + at,
            "amount_fen": fen,
            "outstanding_fen": fen,
            "payment_code": codes.payment_code(
                project_number=project.number,
                building=one.building,
                unit=one.unit,
                room_no=one.room_no,
                instalment=first + at,
            ),
            "due_on": dates[at].due_on,
            "raised_by": actor.user_id,
            "raised_at": now,
        }
        for one in found
        for at, fen in enumerate(parts[one.household_id])
    ]
    session.execute(insert(Receivable), rows)


def _next_instalment(session: Session, project_id: int) -> int:
    """Return the number of the next instalment; a cancelled one's code is never used again."""
    last = session.scalar(
        select(func.max(Receivable.instalment)).where(Receivable.project_id == project_id)
    )
    return 1 + (last or 0)


def locked(session: Session, *, community_id: int, receivable_id: int) -> Receivable:
    """Return what a household owes, locked for this transaction.

    Raises:
        ReceivableNotFoundError: there is none that stands in this community.
    """
    row = session.scalar(
        select(Receivable)
        .where(
            Receivable.id == receivable_id,
            Receivable.community_id == community_id,
            Receivable.cancelled_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.ReceivableNotFoundError
    return row


def reduce(session: Session, *, community_id: int, receivable_id: int, amount_fen: int) -> int:
    """Take a receipt off what a household owes; return what is still outstanding, fen.

    Raises:
        MoreThanOutstandingError: so much is not owed.
    """
    row = locked(session, community_id=community_id, receivable_id=receivable_id)
    if amount_fen > row.outstanding_fen:
        raise errors.MoreThanOutstandingError(
            field="amount_fen", outstanding_fen=row.outstanding_fen, amount_fen=amount_fen
        )
    row.paid_fen += amount_fen
    row.outstanding_fen -= amount_fen
    session.flush()
    return row.outstanding_fen


def restore(session: Session, *, community_id: int, receivable_id: int, amount_fen: int) -> int:
    """Put a receipt that was taken back on what a household owes; return what is outstanding."""
    row = locked(session, community_id=community_id, receivable_id=receivable_id)
    row.paid_fen -= amount_fen
    row.outstanding_fen += amount_fen
    session.flush()
    return row.outstanding_fen


def cancel_receivable(
    session: Session, *, actor: Actor, receivable_id: int, reason: str
) -> ReceivableView:
    """Cancel what a household owes, with a reason; its code is never used again.

    Raises:
        ReceivablePaidError: something was paid on it.
    """
    seen = queries.receivable(session, community_id=actor.community_id, receivable_id=receivable_id)
    project = steps.locked_project(
        session, actor=actor, project_id=seen.project_id, command=Command.RAISE
    )
    row = locked(session, community_id=actor.community_id, receivable_id=receivable_id)
    why = steps.reason_of(reason)
    if row.paid_fen:
        raise errors.ReceivablePaidError
    row.outstanding_fen = 0
    row.cancelled_by, row.cancelled_at, row.cancel_reason = actor.user_id, clock.now(), why
    session.flush()
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="receivable_cancelled",
        receivable_id=row.id,
        amount_fen=row.amount_fen,
        reason=why,
    )
    return queries.receivable(session, community_id=actor.community_id, receivable_id=receivable_id)


def ask_waiver(
    session: Session,
    *,
    actor: Actor,
    receivable_id: int,
    reason: str,
    amount_fen: int | None = None,
) -> WaiverView:
    """Ask that a household be let off for hardship, of all that it owes or of a part.

    Raises:
        WaiverOpenError: one waits for decision already.
        MoreThanOutstandingError: so much is not owed.
    """
    user_id = steps.user_id_of(actor)
    row = locked(session, community_id=actor.community_id, receivable_id=receivable_id)
    why = steps.reason_of(reason)
    asked_fen = row.outstanding_fen if amount_fen is None else amount_fen
    if not 0 < asked_fen <= row.outstanding_fen:
        raise errors.MoreThanOutstandingError(
            field="amount_fen", outstanding_fen=row.outstanding_fen, amount_fen=asked_fen
        )
    is_waiting = select(Waiver.id).where(
        Waiver.receivable_id == row.id, Waiver.state == WaiverState.ASKED
    )
    if session.scalar(is_waiting) is not None:
        raise errors.WaiverOpenError
    waiver = Waiver(
        community_id=row.community_id,
        receivable_id=row.id,
        amount_fen=asked_fen,
        reason=why,
        asked_by=user_id,
        asked_name=actor.name,
        asked_at=clock.now(),
    )
    session.add(waiver)
    session.flush()
    return queries.waiver(session, community_id=row.community_id, waiver_id=waiver.id)


def decide_waiver(
    session: Session, *, actor: Actor, waiver_id: int, is_approved: bool, note: str = ""
) -> WaiverView:
    """Approve or refuse another person's request for a waiver; a refusal says why.

    Raises:
        OwnWaiverError: the actor asked for it, by this account or by another of theirs.
        WaiverDecidedError: somebody was faster.
    """
    seen = queries.waiver(session, community_id=actor.community_id, waiver_id=waiver_id)
    project = steps.locked_project(
        session, actor=actor, project_id=seen.receivable.project_id, command=Command.RAISE
    )
    row = locked(session, community_id=actor.community_id, receivable_id=seen.receivable.id)
    waiver = session.get_one(Waiver, waiver_id, populate_existing=True)
    if waiver.state != WaiverState.ASKED:
        raise errors.WaiverDecidedError
    user_id = steps.user_id_of(actor)
    if steps.is_own_hand(session, actor=actor, user_id=waiver.asked_by):
        raise errors.OwnWaiverError
    waiver.decision_note = note.strip() if is_approved else steps.reason_of(note)
    waiver.state = WaiverState.APPROVED if is_approved else WaiverState.REFUSED
    waiver.decided_by, waiver.decided_name = user_id, actor.name
    waiver.decided_at = clock.now()
    session.flush()
    if is_approved:
        _let_off(session, row, waiver.amount_fen)
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="waived" if is_approved else "waiver_refused",
        receivable_id=row.id,
        amount_fen=waiver.amount_fen,
    )
    return queries.waiver(session, community_id=actor.community_id, waiver_id=waiver_id)


def _let_off(session: Session, row: Receivable, amount_fen: int) -> None:
    """Take a waiver off what a household owes; it may have paid in the meantime."""
    if amount_fen > row.outstanding_fen:
        raise errors.MoreThanOutstandingError(
            outstanding_fen=row.outstanding_fen, amount_fen=amount_fen
        )
    row.waived_fen += amount_fen
    row.outstanding_fen -= amount_fen
    session.flush()
