"""Warning of minutes that will expire, and ending those of which the member was warned twice."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.ids import derived_id
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import lots as ledger_lots
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.models.expiry import ExpiryNotice, HoursExpiry
from timebank.volunteering.models.policy import HoursPolicy
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import expiry as queries
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.queries.expiry import Holder
from timebank.volunteering.rules import expiry as rules
from timebank.volunteering.rules.expiry import Due, Term
from timebank.volunteering.service import books, tidings_of_hours

EXPIRED, RETURNED = "hours.expired", "hours.expired.returned"
MEMO = "过期的时间"
_NAMES = UUID("5f0e5ed4-6a8f-5f0b-9d55-0f7d6c1b2a90")


def warn_and_expire(session: Session, *, actor: Actor) -> int:
    """Give the warnings that are due, end what was warned of twice; return the minutes ended."""
    today = clock.today()
    calendar = policies.calendar(session, actor.community_id)
    term = rules.term_on(calendar, today)
    if term is None:
        return 0
    version = calendar.on(today).version
    total, after_id = 0, 0
    while True:
        holders = queries.holders_near_the_end(
            session, community_id=actor.community_id, term=term, today=today, after_id=after_id
        )
        total += _end_of(session, actor, holders, term=term, version=version)
        if len(holders) < rules.MEMBERS_AT_ONCE:
            return total
        after_id = holders[-1].account_id


def _end_of(
    session: Session, actor: Actor, holders: list[Holder], *, term: Term, version: int
) -> int:
    """Warn some members and end what is to end; return the minutes ended."""
    today = clock.today()
    given = queries.given_notices(session, [holder.person_id for holder in holders])
    _warn(session, actor, holders, given, today)
    overdue = [
        holder
        for holder in holders
        if rules.expiring(
            holder.dues, given[holder.person_id], spendable=rules.MINUTES_ALL, today=today
        )
    ]
    return _expire(session, actor, overdue, given, term=term, version=version)


def _warn(
    session: Session,
    actor: Actor,
    holders: list[Holder],
    given: dict[int, queries.Given],
    today: date,
) -> None:
    """Write the warnings of today and tell the members."""
    written = []
    for holder in holders:
        for due in holder.dues:
            known = given[holder.person_id].get(due.due_on, {})
            days = rules.next_notice(due, known, today=today)
            if days is None:
                continue
            written.append(
                ExpiryNotice(
                    community_id=actor.community_id,
                    person_id=holder.person_id,
                    due_on=due.due_on,
                    days=days,
                    minutes=due.minutes,
                    given_on=today,
                    given_at=clock.now(),
                )
            )
    session.add_all(written)
    session.flush()
    tidings_of_hours.of_warnings(session, actor=actor, given=written)


def _expire(
    session: Session,
    actor: Actor,
    holders: list[Holder],
    given: dict[int, queries.Given],
    *,
    term: Term,
    version: int,
) -> int:
    """End what is due under the locks of the balances, so that no lot ends twice."""
    spendable = ledger_accounts.locked_spendable(session, [one.account_id for one in holders])
    ended = [
        (holder, due, _draft(session, actor, holder, due))
        for holder in holders
        for due in _ending(session, holder, given[holder.person_id], term, spendable)
    ]
    ledger_posting.post_many(session, actor=actor, drafts=[draft for _, _, draft in ended])
    expiries = [
        HoursExpiry(
            community_id=actor.community_id,
            person_id=holder.person_id,
            due_on=due.due_on,
            expired_on=clock.today(),
            minutes=due.minutes,
            policy_version=version,
            entry_id=draft.id,
        )
        for holder, due, draft in ended
    ]
    session.add_all(expiries)
    session.flush()
    tidings_of_hours.of_expiries(session, actor=actor, ended=expiries)
    return sum(due.minutes for _, due, _ in ended)


def _ending(
    session: Session, holder: Holder, given: queries.Given, term: Term, spendable: dict[int, int]
) -> list[Due]:
    """Return what of a member's minutes ends today, as the lots are under the lock."""
    lots = ledger_lots.open_lots(session, holder.account_id)
    dues = rules.schedule(term, [(lot.earned_on, lot.remaining) for lot in lots])
    left = spendable.get(holder.account_id, 0)
    return rules.expiring(dues, given, spendable=left, today=clock.today())


def _draft(session: Session, actor: Actor, holder: Holder, due: Due) -> EntryDraft:
    """Return the entry that ends minutes; its id follows from whose and when, so there is one."""
    today = clock.today()
    name = f"{EXPIRED}:{holder.account_id}:{due.due_on}:{today}"
    expired_id = books.expired_account(session, community_id=actor.community_id)
    return EntryDraft(
        id=derived_id(_NAMES, name),
        book_id=books.time_book(session, community_id=actor.community_id),
        asset=Asset.MINUTES,
        kind=EXPIRED,
        effective_on=today,
        transfers=[Transfer(holder.account_id, expired_id, due.minutes)],
        memo=MEMO,
        document=f"due:{due.due_on}",
    )


def return_expired(
    session: Session, *, actor: Actor, row: ServiceRecord, entry_id: UUID, key: UUID, reason: str
) -> None:
    """Bring back what has expired of a record's minutes, so that its reversal finds them."""
    member_id = books.member_account(
        session, community_id=row.community_id, person_id=row.volunteer_id
    )
    minutes = ledger_lots.taken(session, entry_id=entry_id, account_id=member_id, kind=EXPIRED)
    if minutes < 1:
        return
    expired_id = books.expired_account(session, community_id=row.community_id)
    draft = EntryDraft(
        id=derived_id(key, f"expired:{row.id}"),
        book_id=books.time_book(session, community_id=row.community_id),
        asset=Asset.MINUTES,
        kind=RETURNED,
        effective_on=clock.today(),
        transfers=[Transfer(expired_id, member_id, minutes)],
        memo=MEMO,
        document=f"service-record:{row.id}",
        reason=reason,
    )
    ledger_posting.post(session, actor=actor, draft=draft)


def expire_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.expire`` in every community whose rules let minutes expire."""
    communities = (
        select(HoursPolicy.community_id)
        .distinct()
        .where(HoursPolicy.state == "approved", HoursPolicy.expiry_months.is_not(None))
        .order_by(HoursPolicy.community_id)
    )
    for community_id in session.scalars(communities).all():
        actor = program(community_id=community_id, name="volunteering.expire")
        warn_and_expire(session, actor=actor)
