"""What expires when: one member's, and whose minutes come to their end in a community."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import lots as ledger_lots
from timebank.ledger.rules.values import Restriction
from timebank.volunteering.models.expiry import ExpiryNotice
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.rules import expiry as rules
from timebank.volunteering.rules.expiry import Due, Term

SHOWN_MAX = 6
_DAYS_OF_MONTH_MIN = 28
Given = dict[date, dict[int, date]]


@dataclass(frozen=True, slots=True)
class DueView:
    """Minutes that expire: on which day, and whether the member was warned already."""

    due_on: date
    ends_on: date
    minutes: int
    is_warned: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """A member with minutes that come to their end."""

    account_id: int
    person_id: int
    dues: Sequence[Due]


def given_notices(session: Session, person_ids: Collection[int]) -> dict[int, Given]:
    """Return ``{person_id: {due_on: {days: given_on}}}`` of the warnings that were given."""
    found: dict[int, Given] = defaultdict(lambda: defaultdict(dict))
    rows = session.scalars(select(ExpiryNotice).where(ExpiryNotice.person_id.in_(person_ids)))
    for row in rows:
        found[row.person_id][row.due_on][row.days] = row.given_on
    return found


def my_expiry(session: Session, *, community_id: int, person_id: int | None) -> list[DueView]:
    """Return what of a member's minutes expires when, soonest first; empty without a term."""
    term = rules.term_on(policies.calendar(session, community_id), clock.today())
    if person_id is None or term is None:
        return []
    account_id = passbook.member_account_id(session, community_id=community_id, person_id=person_id)
    if account_id is None:
        return []
    lots = ledger_lots.open_lots(session, account_id)
    given = given_notices(session, [person_id])[person_id]
    dues = rules.schedule(term, [(lot.earned_on, lot.remaining) for lot in lots])
    return [_view(due, given.get(due.due_on, {})) for due in dues[:SHOWN_MAX]]


def _view(due: Due, given: dict[int, date]) -> DueView:
    """Return what a member is told about minutes that expire."""
    first = rules.WARNED_DAYS[0]
    end = rules.ends_on(due.due_on, given) or due.due_on
    is_warned = first in given or (due.due_on - clock.today()).days <= first
    return DueView(due.due_on, max(end, clock.today()), due.minutes, is_warned)


def holders_near_the_end(
    session: Session, *, community_id: int, term: Term, today: date, after_id: int = 0
) -> list[Holder]:
    """Return the next members with minutes due within the first warning's days, by account."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=passbook.BOOK)
    horizon = today + timedelta(days=rules.WARNED_DAYS[0])
    if book_id is None or term.due_on(term.since) > horizon:
        return []
    earned_until = horizon - timedelta(days=_DAYS_OF_MONTH_MIN * term.months)
    rows = ledger_lots.lots_until(
        session,
        book_id=book_id,
        restriction=Restriction.OWN,
        earned_until=earned_until,
        after_id=after_id,
        accounts_max=rules.MEMBERS_AT_ONCE,
    )
    lots: dict[tuple[int, int], list[tuple[date, int]]] = defaultdict(list)
    for account_id, person_id, earned_on, remaining in rows:
        if person_id is not None:
            lots[account_id, person_id].append((earned_on, remaining))
    return [
        Holder(account_id, person_id, _until(rules.schedule(term, found), horizon))
        for (account_id, person_id), found in sorted(lots.items())
    ]


def _until(dues: Sequence[Due], horizon: date) -> list[Due]:
    """Return what is due by a day."""
    return [due for due in dues if due.due_on <= horizon]
