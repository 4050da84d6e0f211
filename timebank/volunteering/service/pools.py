"""Pools: giving to them, and granting from them to people in need, by two."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.errors import InsufficientBalanceError
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import holds as ledger_holds
from timebank.ledger.service import posting as ledger_posting
from timebank.trail import service as trail
from timebank.volunteering.errors import gifts as errors
from timebank.volunteering.errors.records import CaseNotFoundError
from timebank.volunteering.models.pools import HoursPool, PoolGift, PoolGrant
from timebank.volunteering.queries import limits
from timebank.volunteering.queries.pools import pool_code
from timebank.volunteering.rules import gifts as rules
from timebank.volunteering.rules.gifts import GrantState, Need, Source
from timebank.volunteering.service import books
from timebank.volunteering.service.tidings_of_hours import of_grant

DONATED, GRANTED = "hours.donated", "hours.granted"


def open_pool(session: Session, *, actor: Actor, name: str, purpose: str = "") -> int:
    """Open a pool and return its id.

    Raises:
        PoolNameTakenError: there is one of this name.
    """
    kept = name.strip()
    taken = select(HoursPool.id).where(
        HoursPool.community_id == actor.community_id, HoursPool.name == kept
    )
    if session.scalar(taken) is not None:
        raise errors.PoolNameTakenError(field="name", name=kept)
    row = HoursPool(
        community_id=actor.community_id,
        name=kept,
        purpose=purpose.strip(),
        is_open=True,
        opened_at=clock.now(),
        opened_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    pool_account(session, row)
    _leave_trail(session, actor, "pool_opened", "hours_pool", row.id)
    return row.id


def switch_pool(session: Session, *, actor: Actor, pool_id: int, is_open: bool) -> None:
    """Let a pool take gifts, or no longer; what is in it can still be granted.

    Raises:
        PoolNotFoundError
    """
    row = _pool(session, actor, pool_id)
    row.is_open = is_open
    _leave_trail(session, actor, "pool_switched", "hours_pool", row.id)


def pool_account(session: Session, pool: HoursPool) -> int:
    """Return the account of a pool, opening it when it is new."""
    return ledger_books.ensure_account(
        session,
        book_id=books.time_book(session, community_id=pool.community_id),
        asset=Asset.MINUTES,
        code=pool_code(pool.id),
        name="公益池",
        kind=AccountKind.BOUNDED,
        normal=Side.CREDIT,
        floor=0,
    )


def give_to_pool(
    session: Session, *, actor: Actor, key: UUID, pool_id: int, minutes: int, source: Source
) -> None:
    """Give one's own minutes, or those that may only be given away, to a pool.

    Raises:
        NoAccountToGiveError: the actor is no member.
        PoolNotFoundError, PoolClosedError
        NotEnoughToGiveError: there are fewer minutes.
    """
    person_id = actor.person_id
    if person_id is None:
        raise errors.NoAccountToGiveError
    pool = _pool(session, actor, pool_id)
    if not pool.is_open:
        raise errors.PoolClosedError
    account = books.member_account if source is Source.OWN else books.donation_account
    from_id = account(session, community_id=actor.community_id, person_id=person_id)
    draft = EntryDraft(
        id=derived_id(key, "pool_gift"),
        book_id=books.time_book(session, community_id=actor.community_id),
        asset=Asset.MINUTES,
        kind=DONATED,
        effective_on=clock.today(),
        transfers=[Transfer(from_id, pool_account(session, pool), minutes)],
        memo=pool.name,
        document=f"pool:{pool.id}",
    )
    post_gift(session, actor=actor, draft=draft, need=minutes)
    row = PoolGift(
        community_id=actor.community_id,
        pool_id=pool.id,
        person_id=person_id,
        source=source,
        minutes=minutes,
        given_on=clock.today(),
        given_at=clock.now(),
        entry_id=draft.id,
    )
    session.add(row)
    session.flush()
    _leave_trail(session, actor, "pool_given", "pool_gift", row.id)


def post_gift(session: Session, *, actor: Actor, draft: EntryDraft, need: int) -> None:
    """Post a gift.

    Raises:
        NotEnoughToGiveError: there are fewer minutes, or some are set aside.
    """
    try:
        ledger_posting.post(session, actor=actor, draft=draft)
    except InsufficientBalanceError as error:
        have = error.facts.get("have", 0)
        raise errors.NotEnoughToGiveError(field="minutes", have=have, need=need) from error


def request_grant(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    pool_id: int,
    person_id: int,
    minutes: int,
    need: Need,
    case_number: str = "",
    reason: str = "",
) -> int:
    """Ask for minutes for somebody in need, set them aside in the pool, and return the grant.

    Raises:
        PoolNotFoundError, PoolShortError
        PersonNotFoundError: the person is not within the actor's reach.
        CaseNotFoundError, GrantGroundMissingError: neither case nor reason.
        GrantToOwnError: it is the actor or kin.
    """
    pool = _pool(session, actor, pool_id)
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("grant.request"),
    )
    case_id = _case_id(session, actor, case_number)
    kept = rules.check_ground(has_case=case_id is not None, reason=reason)
    _check_near(session, actor, person.id)
    hold_id = derived_id(key, "pool_grant")
    _set_aside(session, actor, pool, hold_id=hold_id, minutes=minutes)
    row = PoolGrant(
        community_id=actor.community_id,
        pool_id=pool.id,
        person_id=person.id,
        minutes=minutes,
        need=need,
        case_id=case_id,
        reason=kept,
        state=GrantState.REQUESTED,
        hold_id=hold_id,
        requested_at=clock.now(),
        requested_by_user_id=actor.user_id,
        requested_by_id=actor.person_id,
        requested_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    _leave_trail(session, actor, "grant_requested", "pool_grant", row.id)
    return row.id


def _set_aside(
    session: Session, actor: Actor, pool: HoursPool, *, hold_id: UUID, minutes: int
) -> None:
    """Hold minutes of a pool, so that requests never exceed what is in it.

    Raises:
        PoolShortError: fewer are free.
    """
    try:
        ledger_holds.hold(
            session,
            actor=actor,
            hold_id=hold_id,
            account_id=pool_account(session, pool),
            amount=minutes,
            memo=pool.name,
        )
    except InsufficientBalanceError as error:
        have = error.facts.get("have", 0)
        raise errors.PoolShortError(field="minutes", have=have, need=minutes) from error


def approve_grant(session: Session, *, actor: Actor, grant_id: int) -> None:
    """Grant what another asked for: the minutes go to the person's own account.

    Raises:
        GrantNotFoundError, GrantDecidedError
        ApprovesOwnGrantError, GrantToOwnError: the actor asked, or is near the recipient.
    """
    row = _waiting(session, actor, grant_id)
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else ()
    rules.check_second(
        requester=(row.requested_by_user_id, row.requested_by_id),
        decider=(actor.user_id, actor.person_id),
        recipient_id=row.person_id,
        kin_ids=near,
    )
    pool = session.get_one(HoursPool, row.pool_id)
    member_id = books.member_account(
        session, community_id=row.community_id, person_id=row.person_id
    )
    draft = EntryDraft(
        id=derived_id(row.hold_id, "entry"),
        book_id=books.time_book(session, community_id=row.community_id),
        asset=Asset.MINUTES,
        kind=GRANTED,
        effective_on=clock.today(),
        transfers=[Transfer(pool_account(session, pool), member_id, row.minutes)],
        memo=pool.name,
        document=f"pool-grant:{row.id}",
    )
    entry = ledger_holds.capture(session, actor=actor, hold_id=row.hold_id, draft=draft)
    row.entry_id = entry.id
    _decide(session, actor, row, GrantState.GRANTED)


def refuse_grant(session: Session, *, actor: Actor, grant_id: int, reason: str) -> None:
    """Refuse a grant with the reason; its minutes are free again.

    Raises:
        GrantNotFoundError, GrantDecidedError
    """
    row = _waiting(session, actor, grant_id)
    ledger_holds.release(session, actor=actor, hold_id=row.hold_id, reason=reason)
    row.decision_reason = reason.strip()
    _decide(session, actor, row, GrantState.REFUSED)


def withdraw_grant(session: Session, *, actor: Actor, grant_id: int) -> None:
    """Take back what one has asked for.

    Raises:
        GrantNotFoundError, GrantDecidedError
        NotRequesterError: somebody else asked.
    """
    row = _waiting(session, actor, grant_id)
    if row.requested_by_user_id != actor.user_id:
        raise errors.NotRequesterError
    ledger_holds.release(session, actor=actor, hold_id=row.hold_id, reason="withdrawn")
    _decide(session, actor, row, GrantState.WITHDRAWN)


def _decide(session: Session, actor: Actor, row: PoolGrant, state: GrantState) -> None:
    """Write how a grant ended, and by whom."""
    row.state = state
    row.decided_at, row.decided_on = clock.now(), clock.today()
    row.decided_by_user_id, row.decided_by_id = actor.user_id, actor.person_id
    row.decided_by_name = actor.name
    session.flush()
    _leave_trail(session, actor, f"grant_{state}", "pool_grant", row.id)
    pool = session.get_one(HoursPool, row.pool_id)
    of_grant(session, actor=actor, row=row, pool_name=pool.name)


def _pool(session: Session, actor: Actor, pool_id: int) -> HoursPool:
    """Return a pool of the actor's community.

    Raises:
        PoolNotFoundError: there is none.
    """
    row = session.get(HoursPool, pool_id)
    if row is None or row.community_id != actor.community_id:
        raise errors.PoolNotFoundError
    return row


def _waiting(session: Session, actor: Actor, grant_id: int) -> PoolGrant:
    """Return a grant that waits for a decision, locked.

    Raises:
        GrantNotFoundError, GrantDecidedError
    """
    row = session.scalar(
        select(PoolGrant)
        .where(PoolGrant.id == grant_id, PoolGrant.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.GrantNotFoundError
    if row.state != GrantState.REQUESTED:
        raise errors.GrantDecidedError
    return row


def _case_id(session: Session, actor: Actor, number: str) -> int | None:
    """Return the case of a number; None when none is named."""
    if not number.strip():
        return None
    found = limits.case_id_of(session, community_id=actor.community_id, number=number)
    if found is None:
        raise CaseNotFoundError(field="case_number")
    return found


def _check_near(session: Session, actor: Actor, recipient_id: int) -> None:
    """Refuse to ask for oneself or for kin."""
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else ()
    rules.check_near(person_id=actor.person_id, recipient_id=recipient_id, kin_ids=near)


def _leave_trail(
    session: Session, actor: Actor, verb: str, subject_type: str, subject_id: int
) -> None:
    """Note who did what."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type=subject_type,
        subject_id=subject_id,
    )
