"""Months of a member, reckoned from the same postings as the statement."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.ledger.queries import periods as ledger_periods
from timebank.ledger.queries import spans
from timebank.ledger.rules.values import AccountView, Restriction
from timebank.volunteering.errors.statements import MonthNotFoundError
from timebank.volunteering.models.month_summaries import MonthNotice
from timebank.volunteering.queries import statements
from timebank.volunteering.rules import month_summaries as rules
from timebank.volunteering.rules.month_summaries import KindEarned, MonthSummary, Parts

_LINES_AT_ONCE = 200


def months(session: Session, *, community_id: int, person_id: int | None) -> list[date]:
    """Return the months of which a member has a page, the newest first."""
    accounts = (
        []
        if person_id is None
        else statements.accounts_of(session, community_id=community_id, person_id=person_id)
    )
    first = spans.first_day(session, [one.id for one in accounts])
    return [] if first is None else rules.months_between(first, clock.today())


def month_summary(
    session: Session, *, community_id: int, person_id: int, month: date
) -> MonthSummary:
    """Return a member's month.

    Raises:
        MonthNotFoundError: it has not begun, or nothing had moved by then.
        PersonNotFoundError: the community has nobody with the id.
    """
    who = community_queries.person(session, community_id=community_id, person_id=person_id)
    accounts = statements.accounts_of(session, community_id=community_id, person_id=person_id)
    first = spans.first_day(session, [one.id for one in accounts])
    if first is None or not rules.month_of(first) <= month <= clock.today():
        raise MonthNotFoundError
    through = rules.last_day(month)
    own, donation = (_of(accounts, kind) for kind in (Restriction.OWN, Restriction.DONATION))
    sums = spans.sums_by_kind(session, [one.id for one in accounts], since=month, through=through)
    opening, donation_opening = (
        0 if one is None else ledger_periods.balance_on(session, one, _before(month))
        for one in (own, donation)
    )
    parts, donation_parts = (
        rules.parts_of(s for s in sums if one is not None and s.account_id == one.id)
        for one in (own, donation)
    )
    return MonthSummary(
        person_id=person_id,
        name=who.name,
        month=month,
        opening_minutes=opening,
        closing_minutes=_close(opening, parts),
        donation_opening_minutes=donation_opening,
        donation_closing_minutes=_close(donation_opening, donation_parts),
        own=parts,
        donation=donation_parts,
        kinds=_kinds(session, accounts, month, through),
    )


def _of(accounts: Sequence[AccountView], restriction: Restriction) -> AccountView | None:
    """Return the account of one kind of minutes, if it was opened."""
    return next((one for one in accounts if one.restriction is restriction), None)


def _before(month: date) -> date:
    """Return the day before a month."""
    return rules.last_day(rules.month_before(month))


def _close(opening: int, parts: Parts) -> int:
    """Return a balance after what came and went."""
    return opening + parts.in_minutes - parts.out_minutes


def _kinds(
    session: Session, accounts: Sequence[AccountView], month: date, through: date
) -> list[KindEarned]:
    """Return what was earned by each kind of service, most first; all lines of the month."""
    earned: set[object] = set()
    found: dict[str, tuple[int, int, int]] = {}
    for account in accounts:
        after = None
        while True:
            lines = spans.lines_between(
                session,
                account.id,
                since=month,
                through=through,
                after=after,
                limit=_LINES_AT_ONCE,
            )
            fresh = {
                line.entry_id
                for line in lines
                if line.kind == "hours.earned" and line.entry_id not in earned
            }
            earned |= fresh
            for kind, told in statements.earned_by_kind(session, fresh).items():
                known = found.get(kind, (0, 0, 0))
                found[kind] = (known[0] + told[0], known[1] + told[1], known[2] + told[2])
            if len(lines) < _LINES_AT_ONCE:
                break
            after = (lines[-1].effective_on, lines[-1].transfer_id)
    kinds = [KindEarned(kind, *told) for kind, told in found.items()]
    return sorted(kinds, key=lambda one: (-one.own_minutes - one.donation_minutes, one.kind))


def notice(session: Session, person_id: int | None) -> date | None:
    """Return the month whose page a member was just told of; None when that is long ago."""
    if person_id is None:
        return None
    since = clock.today() - rules.NOTICE_SHOWN
    return session.scalar(
        select(MonthNotice.month)
        .where(MonthNotice.person_id == person_id, MonthNotice.given_on > since)
        .order_by(MonthNotice.month.desc())
        .limit(1)
    )
