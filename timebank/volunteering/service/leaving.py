"""Death and moving away: freeze at once, propose what becomes of minutes, settle by a second."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.service import logins
from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.ids import derived_id
from timebank.notices.rules.notice import Notice
from timebank.trail import service as trail
from timebank.volunteering.errors import leaving as errors
from timebank.volunteering.errors.gifts import PoolClosedError, PoolNotFoundError
from timebank.volunteering.errors.merging import EvidenceMissingError
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.pools import HoursPool
from timebank.volunteering.queries import leaving as queries
from timebank.volunteering.queries import limits
from timebank.volunteering.queries.policy import calendar
from timebank.volunteering.queries.wallet import kin as kin_of
from timebank.volunteering.rules import leaving as rules
from timebank.volunteering.rules import notices
from timebank.volunteering.rules.leaving import (
    LeavingCommand,
    LeavingKind,
    LeavingState,
    Outcome,
    Wish,
)
from timebank.volunteering.rules.two_people import Hand, check_near, check_second
from timebank.volunteering.service import ending, parting
from timebank.volunteering.service.settling import move_everything
from timebank.volunteering.service.tidings_of_hours import of_account

JOB = "volunteering.remind_of_leavings"


def report_leaving(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    person_id: int,
    kind: LeavingKind,
    happened_on: date,
    evidence: str,
) -> int:
    """Report a death or a move away and freeze the account at once; return the leaving.

    Bookings are called off, places at tasks given up, needs taken back; by death logins close.
    Kin may claim for as long as the policy in force says; the report names its version.

    Raises:
        PersonNotFoundError: the person is not within the actor's reach.
        EvidenceMissingError, LeavingDayError, DecidesForOwnError
        LeavingThereError, LeavingClosedPersonError, LastAdminError
    """
    evidence = _said(evidence, field="evidence")
    if happened_on > clock.today():
        raise errors.LeavingDayError(field="happened_on")
    person = _locked_person(session, actor, person_id)
    check_near(_hand(actor), about=(person_id,), kin_ids=_kin(session, actor))
    policy = calendar(session, actor.community_id).on(clock.today())
    row = AccountLeaving(
        community_id=actor.community_id,
        key=derived_id(key, "account_leaving"),
        person_id=person.id,
        kind=kind,
        state=LeavingState.FROZEN,
        happened_on=happened_on,
        evidence=evidence,
        policy_version=policy.version,
        due_on=rules.due_on(clock.today(), policy.claim_days),
        reported_at=clock.now(),
        reported_by_user_id=actor.user_id,
        reported_by_id=actor.person_id,
        reported_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.LeavingThereError from error
    if not person.is_active:
        raise errors.LeavingClosedPersonError
    row.released, row.withdrawn = parting.let_go(session, actor=actor, person_id=person.id)
    accounts = ending.accounts_of(session, community_id=row.community_id, person_id=person.id)
    ending.freeze(session, actor=actor, accounts=accounts, document=f"leaving:{row.id}")
    if kind is LeavingKind.DEATH:
        row.logins = logins.close_logins(
            session, actor=actor, person_id=person.id, reason="account_frozen"
        )
    session.flush()
    return _reported(session, actor, row)


def _reported(session: Session, actor: Actor, row: AccountLeaving) -> int:
    """Leave the trail of a report and tell who moves away; return the leaving."""
    _leave_trail(session, actor, "leaving_reported", row.id)
    if row.kind is not LeavingKind.DEATH:
        _tell(session, actor, row.person_id, notices.AccountFrozen(), row)
    return row.id


def propose_outcome(
    session: Session, *, actor: Actor, leaving_id: int, wish: Wish, reason: str
) -> None:
    """Propose what becomes of the minutes: kin claim, the own choice applies, or nobody came.

    Raises:
        LeavingNotFoundError, LeavingDecidedError, EvidenceMissingError, DecidesForOwnError
        ClaimantMissingError, ClaimOutsideCircleError, OwnChoiceBindsError, TooEarlyToGiveUpError
        OutcomePoolMissingError, PoolNotFoundError, PoolClosedError
    """
    row = _locked(session, actor, leaving_id)
    state = rules.next_state(LeavingState(row.state), LeavingCommand.PROPOSE)
    reason = _said(reason, field="reason")
    wish = rules.tidied(wish)
    rules.check_wish(wish)
    about = {row.person_id, wish.kin_id or row.person_id}
    check_near(_hand(actor), about=about, kin_ids=_kin(session, actor))
    _check_possible(session, row, wish)
    chosen = queries.disposition(session, person_id=row.person_id)
    own = None if chosen is None else chosen.wish
    ground = rules.ground_of(
        wish,
        own=own,
        can_own=own is not None and _is_possible(session, row, own),
        due_on=row.due_on,
        today=clock.today(),
    )
    row.state, row.outcome, row.ground = state, wish.outcome, ground
    row.claimant_id, row.pool_id = wish.kin_id, wish.pool_id
    row.proposal_reason, row.proposed_at = reason, clock.now()
    row.proposed_by_user_id, row.proposed_by_id = actor.user_id, actor.person_id
    row.proposed_by_name = actor.name
    session.flush()
    _leave_trail(session, actor, "leaving_proposed", row.id)


def send_back(session: Session, *, actor: Actor, leaving_id: int, reason: str) -> None:
    """Ask for more before agreeing; the account stays frozen.

    Raises:
        LeavingNotFoundError, LeavingDecidedError, EvidenceMissingError
    """
    row = _locked(session, actor, leaving_id)
    row.state = rules.next_state(LeavingState(row.state), LeavingCommand.SEND_BACK)
    row.proposal_reason = _said(reason, field="reason")
    row.outcome = row.ground = row.claimant_id = row.pool_id = None
    session.flush()
    _leave_trail(session, actor, "leaving_sent_back", row.id)


def settle(session: Session, *, actor: Actor, leaving_id: int) -> None:
    """Settle as proposed, as a second person: minutes move, what is owed is written off.

    Raises:
        LeavingNotFoundError, LeavingDecidedError, DecidesOwnProposalError, DecidesForOwnError
        ClaimOutsideCircleError, PoolClosedError: it can no longer be done.
    """
    row = _locked(session, actor, leaving_id)
    state = rules.next_state(LeavingState(row.state), LeavingCommand.SETTLE)
    about = {row.person_id, row.claimant_id or row.person_id}
    first = Hand(row.proposed_by_user_id, row.proposed_by_id)
    check_second(first=first, second=_hand(actor), about=about, kin_ids=_kin(session, actor))
    wish = Wish(Outcome(row.outcome or Outcome.VOID), row.claimant_id, row.pool_id)
    _check_possible(session, row, wish)
    person = session.get_one(Person, row.person_id, with_for_update=True)
    move_everything(session, actor=actor, row=row)
    parting.end_wallets(session, actor=actor, person_id=row.person_id)
    closed = logins.close_logins(
        session, actor=actor, person_id=row.person_id, reason="account_closed"
    )
    row.logins = [*row.logins, *closed]
    row.state, row.settled_at, row.settled_by_name = state, clock.now(), actor.name
    row.settled_by_user_id, row.settled_by_id = actor.user_id, actor.person_id
    person.is_active = False
    session.flush()
    _leave_trail(session, actor, "leaving_settled", row.id)
    if row.claimant_id is not None:
        _tell(session, actor, row.claimant_id, notices.AccountClaimed(person.name), row)


def undo_leaving(session: Session, *, actor: Actor, leaving_id: int, reason: str) -> None:
    """Undo a report that was a mistake: the account lives again, logins open.

    Places at tasks and bookings are not given back: others may have them.

    Raises:
        LeavingNotFoundError, EvidenceMissingError, DecidesForOwnError
        LeavingDecidedError: it is settled already.
    """
    row = _locked(session, actor, leaving_id)
    state = rules.next_state(LeavingState(row.state), LeavingCommand.UNDO)
    check_near(_hand(actor), about=(row.person_id,), kin_ids=_kin(session, actor))
    row.state, row.undo_reason = state, _said(reason, field="reason")
    row.undone_at, row.undone_by_name = clock.now(), actor.name
    accounts = ending.accounts_of(session, community_id=row.community_id, person_id=row.person_id)
    ending.thaw(session, actor=actor, accounts=accounts, document=f"leaving:{row.id}")
    logins.reopen_logins(session, actor=actor, user_ids=row.logins)
    session.flush()
    _leave_trail(session, actor, "leaving_undone", row.id)
    _tell(session, actor, row.person_id, notices.AccountThawed(), row)


def remind_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: put on the desk what kin can no longer claim; value stays put."""
    overdue = (
        select(AccountLeaving)
        .where(
            AccountLeaving.state == LeavingState.FROZEN,
            AccountLeaving.is_due.is_(False),
            AccountLeaving.due_on < clock.today(),
        )
        .order_by(AccountLeaving.id)
        .with_for_update(skip_locked=True)
    )
    for row in session.scalars(overdue).all():
        row.is_due = True
        actor = program(community_id=row.community_id, name=JOB)
        _leave_trail(session, actor, "leaving_due", row.id)
    session.flush()


def _check_possible(session: Session, row: AccountLeaving, wish: Wish) -> None:
    """Refuse what the rules or the pools do not allow today.

    Raises:
        ClaimOutsideCircleError, PoolNotFoundError, PoolClosedError
    """
    if wish.kin_id is not None:
        policy = limits.policy(session, row.community_id)
        what = kin_of(session, giver_id=row.person_id, receiver_id=wish.kin_id)
        claimant = session.get(Person, wish.kin_id)
        if not rules.may_claim(policy, what) or claimant is None or not claimant.is_active:
            raise errors.ClaimOutsideCircleError(field="kin_id")
    if wish.pool_id is not None:
        pool = session.get(HoursPool, wish.pool_id)
        if pool is None or pool.community_id != row.community_id:
            raise PoolNotFoundError(field="pool_id")
        if not pool.is_open:
            raise PoolClosedError(field="pool_id")


def _is_possible(session: Session, row: AccountLeaving, wish: Wish) -> bool:
    """Whether a choice can be carried out today."""
    try:
        _check_possible(session, row, wish)
    except (errors.ClaimOutsideCircleError, PoolNotFoundError, PoolClosedError):
        return False
    return True


def _locked_person(session: Session, actor: Actor, person_id: int) -> Person:
    """Return a person within the actor's reach, locked."""
    community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("account.end"),
    )
    return session.get_one(Person, person_id, with_for_update=True, populate_existing=True)


def _locked(session: Session, actor: Actor, leaving_id: int) -> AccountLeaving:
    """Return a leaving within the actor's reach, locked.

    Raises:
        LeavingNotFoundError
    """
    queries.leaving(session, actor=actor, leaving_id=leaving_id)
    return session.get_one(AccountLeaving, leaving_id, with_for_update=True, populate_existing=True)


def _kin(session: Session, actor: Actor) -> frozenset[int]:
    """Return who is kin to the actor, or lives behind the same door."""
    return limits.kin_ids(session, actor.person_id) if actor.person_id is not None else frozenset()


def _hand(actor: Actor) -> Hand:
    """Return who acts."""
    return Hand(actor.user_id, actor.person_id)


def _said(text: str, *, field: str) -> str:
    """Return words without blanks around them.

    Raises:
        EvidenceMissingError: there are none.
    """
    kept = text.strip()
    if not kept:
        raise EvidenceMissingError(field=field)
    return kept


def _tell(
    session: Session, actor: Actor, person_id: int, notice: Notice, row: AccountLeaving
) -> None:
    """Tell a person what a leaving means for them."""
    key = f"leaving:{row.id}:{row.state}"
    of_account(session, actor=actor, person_id=person_id, notice=notice, key=key)


def _leave_trail(session: Session, actor: Actor, verb: str, leaving_id: int) -> None:
    """Note who did what to which leaving."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="account_leaving",
        subject_id=leaving_id,
    )
