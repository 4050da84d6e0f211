"""What becomes of a conflict: a debt by name, or borne by the centre when two agree."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.errors.offline import (
    NobodyOwesError,
    SecondDecisionError,
    UseNotFoundError,
    UseSettledError,
)
from timebank.care.models.offline import OfflineDevice, OfflineUse
from timebank.care.queries import offline as queries
from timebank.care.rules.offline import UseState, UseView, may_become
from timebank.care.service import slips
from timebank.care.service.cards import refuse_own_or_kin
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting
from timebank.trail import service as trail
from timebank.volunteering.service.books import debt_account

OWED = "care.owed"


def owe(session: Session, *, actor: Actor, use_id: int, note: str) -> UseView:
    """Make a debt by the elder's name of what was served and not paid for.

    Raises:
        UseNotFoundError, UseSettledError, OwnServiceError
        NobodyOwesError: nobody knows whose paper it was.
    """
    row = _changing(session, actor, use_id, UseState.DEBT)
    if row.person_id is None or row.minutes < 1:
        raise NobodyOwesError
    device = session.get_one(OfflineDevice, row.device_id)
    book_id, centre_account_id = slips.centre_account(
        session, community_id=row.community_id, centre_id=device.centre_id
    )
    debt_id = debt_account(session, community_id=row.community_id, person_id=row.person_id)
    draft = EntryDraft(
        id=derived_id(row.client_id, f"owed:{row.device_id}"),
        book_id=book_id,
        asset=Asset.MINUTES,
        kind=OWED,
        effective_on=clock.today(),
        transfers=[Transfer(debt_id, centre_account_id, row.minutes)],
        memo=note,
        document=f"offline-use:{row.id}",
    )
    row.entry_id = ledger_posting.post(session, actor=actor, draft=draft).id
    return _settled(session, actor, row, UseState.DEBT, note)


def propose_write_off(session: Session, *, actor: Actor, use_id: int, note: str) -> UseView:
    """Propose that the centre bears it.

    Raises:
        UseNotFoundError, UseSettledError, OwnServiceError
    """
    row = _changing(session, actor, use_id, UseState.PROPOSED)
    return _settled(session, actor, row, UseState.PROPOSED, note)


def agree_write_off(session: Session, *, actor: Actor, use_id: int) -> UseView:
    """Agree, as a second person, that the centre bears it.

    Raises:
        UseNotFoundError, UseSettledError, OwnServiceError
        SecondDecisionError: the actor proposed it.
    """
    row = _changing(session, actor, use_id, UseState.WRITTEN_OFF)
    if actor.user_id is None or actor.user_id == row.decided_by_user_id:
        raise SecondDecisionError
    row.second_by, row.second_by_user_id = actor.name, actor.user_id
    row.state = UseState.WRITTEN_OFF.value
    return _noted(session, actor, row, UseState.WRITTEN_OFF)


def decline_write_off(session: Session, *, actor: Actor, use_id: int) -> UseView:
    """Do not agree: it waits for another decision.

    Raises:
        UseNotFoundError, UseSettledError, OwnServiceError
    """
    row = _changing(session, actor, use_id, UseState.CONFLICT)
    row.state, row.decided_by, row.decided_by_user_id = UseState.CONFLICT.value, "", None
    row.decided_at = None
    return _noted(session, actor, row, UseState.CONFLICT)


def _changing(session: Session, actor: Actor, use_id: int, after: UseState) -> OfflineUse:
    """Return a use within reach, locked, that may change in this way."""
    queries.use(session, actor=actor, use_id=use_id)
    row = session.scalar(
        select(OfflineUse)
        .where(OfflineUse.id == use_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise UseNotFoundError
    if not may_become(row.state, after):
        raise UseSettledError
    if row.person_id is not None:
        refuse_own_or_kin(session, actor=actor, person_id=row.person_id)
    return row


def _settled(
    session: Session, actor: Actor, row: OfflineUse, state: UseState, note: str
) -> UseView:
    """Write who decided, and why."""
    row.state, row.note = state.value, note
    row.decided_by, row.decided_by_user_id = actor.name, actor.user_id
    row.decided_at = clock.now()
    return _noted(session, actor, row, state)


def _noted(session: Session, actor: Actor, row: OfflineUse, state: UseState) -> UseView:
    """Leave the trail of a decision and return the use."""
    session.flush()
    trail.record(
        session,
        actor=actor,
        action=f"care.offline_{state.value}",
        subject_type="care_offline_use",
        subject_id=row.id,
        facts={"minutes": row.minutes},
    )
    return queries.use(session, actor=actor, use_id=row.id)
