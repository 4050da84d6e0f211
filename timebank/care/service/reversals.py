"""Undoing a redemption that was keyed in wrongly: a reversal with a reason, once, in time."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import AlreadyUndoneError, UndoWindowError
from timebank.care.models.desk import Booking, Redemption
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import RedemptionState, RedemptionView
from timebank.care.service import quotas, tidings
from timebank.care.service.cards import changed_rows, refuse_own_or_kin
from timebank.care.service.redemptions import leave_trail
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.service import spending


def undo_redemption(
    session: Session, *, actor: Actor, redemption_id: int, reason: str
) -> RedemptionView:
    """Give the minutes back by a reversal, with a reason, once, within the window.

    Raises:
        RedemptionNotFoundError: it is not within reach.
        OwnServiceError: it was for the actor or their family.
        AlreadyUndoneError, UndoWindowError.
    """
    view = redemption_queries.redemption(
        session, actor=actor, redemption_id=redemption_id, permission="care.reverse"
    )
    refuse_own_or_kin(session, actor=actor, person_id=view.person_id)
    redemption = session.scalars(
        select(Redemption)
        .where(Redemption.id == redemption_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if redemption.state != RedemptionState.CAPTURED or redemption.entry_id is None:
        raise AlreadyUndoneError
    if not rules.is_within_undo(recorded_at=redemption.recorded_at, now=clock.now()):
        raise UndoWindowError(days=rules.UNDO_WINDOW_DAYS)
    for line in view.lines:
        quotas.give_back(
            session,
            service_id=line.service_id,
            person_id=view.person_id,
            day=redemption.slip_day,
            quantity=line.quantity,
        )
    entry = ledger_posting.reverse(
        session,
        actor=actor,
        entry_id=redemption.entry_id,
        reversal_id=derived_id(redemption.key, "reversal"),
        reason=reason,
    )
    undone = session.execute(
        update(Redemption)
        .where(Redemption.id == redemption_id, Redemption.state == RedemptionState.CAPTURED)
        .values(
            state=RedemptionState.UNDONE.value,
            reversal_entry_id=entry.id,
            undone_at=clock.now(),
            undone_by=actor.name,
            undo_reason=reason,
        )
    )
    if changed_rows(undone) != 1:
        raise AlreadyUndoneError
    spending.give_back(session, key=_key_of_use(session, redemption))
    leave_trail(session, actor, redemption, "care.redemption_undone")
    tidings.of_undoing(session, actor=actor, view=view, reason=reason)
    return redemption_queries.redemption_of(session, redemption_id)


def _key_of_use(session: Session, redemption: Redemption) -> UUID:
    """Return by which key a relative's use was counted: the booking's, or the redemption's."""
    if redemption.booking_id is None:
        return redemption.key
    return session.get_one(Booking, redemption.booking_id).key
