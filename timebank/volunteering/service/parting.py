"""What of a person's promises ends when the account is frozen: bookings, places, needs, grants."""

from dataclasses import replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, Reach
from timebank.ledger.queries import holds as ledger_holds
from timebank.ledger.service import holds as ledger_hold_verbs
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.pools import PoolGrant
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.models.wallet import FamilyWallet
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.gifts import GrantState
from timebank.volunteering.rules.needs import NeedState
from timebank.volunteering.rules.tasks import OPEN_STATES
from timebank.volunteering.service import needs, neighbours, organisations, pools, signups

REASON = "账户已冻结"
# What is ended may lie at places of colleagues: it is ended there, too.
_EVERYWHERE = {one: Reach(community=True) for one in ("hours.record", "task.read", "need.post")}


def let_go(session: Session, *, actor: Actor, person_id: int) -> tuple[int, int]:
    """End all that a person has promised or asked for; return what was released and withdrawn."""
    booked = neighbours.cancel_bookings(session, actor=actor, person_id=person_id, reason=REASON)
    held = _release_holds(session, actor, person_id)
    anywhere = replace(actor, permissions=_EVERYWHERE)
    withdrawn = _give_up_places(session, anywhere, person_id)
    withdrawn += _take_back_needs(session, anywhere, person_id)
    _drop_grants(session, actor, person_id)
    organisations.let_go(session, actor=actor, person_id=person_id)
    return booked + held, withdrawn


def end_wallets(session: Session, *, actor: Actor, person_id: int) -> None:
    """End the family wallets of somebody whose account is closed."""
    going_on = select(FamilyWallet).where(
        or_(FamilyWallet.giver_id == person_id, FamilyWallet.receiver_id == person_id),
        FamilyWallet.ended_at.is_(None),
    )
    for wallet in session.scalars(going_on.with_for_update()):
        wallet.ended_at, wallet.ended_by_name = clock.now(), actor.name


def _release_holds(session: Session, actor: Actor, person_id: int) -> int:
    """Let go of what is set aside beside bookings."""
    account_id = passbook.member_account_id(
        session, community_id=actor.community_id, person_id=person_id
    )
    held = [] if account_id is None else ledger_holds.open_holds(session, account_id)
    for one in held:
        ledger_hold_verbs.release(session, actor=actor, hold_id=one.id, reason=REASON)
    return len(held)


def _give_up_places(session: Session, actor: Actor, person_id: int) -> int:
    """Give up the places at tasks that have not begun; who waits moves up."""
    wanted = (
        select(SignUp.id)
        .join(Task, Task.id == SignUp.task_id)
        .where(
            SignUp.volunteer_id == person_id,
            SignUp.state.in_(OPEN_STATES),
            Task.starts_at > clock.now(),
        )
        .order_by(SignUp.id)
    )
    ids = session.scalars(wanted).all()
    for sign_up_id in ids:
        signups.withdraw(session, actor=actor, sign_up_id=sign_up_id, reason=REASON)
    return len(ids)


def _take_back_needs(session: Session, actor: Actor, person_id: int) -> int:
    """Take back the needs of a person; those who signed up see why."""
    wanted = (
        select(Need.id)
        .where(
            Need.recipient_id == person_id,
            Need.state.in_((NeedState.POSTED, NeedState.TAKEN_UP)),
        )
        .order_by(Need.id)
    )
    ids = session.scalars(wanted).all()
    for need_id in ids:
        needs.withdraw_need(session, actor=actor, need_id=need_id, reason=REASON)
    return len(ids)


def _drop_grants(session: Session, actor: Actor, person_id: int) -> None:
    """Let go of what pools had set aside for a person."""
    wanted = (
        select(PoolGrant.id)
        .where(PoolGrant.person_id == person_id, PoolGrant.state == GrantState.REQUESTED)
        .order_by(PoolGrant.id)
    )
    for grant_id in session.scalars(wanted).all():
        pools.refuse_grant(session, actor=actor, grant_id=grant_id, reason=REASON)
