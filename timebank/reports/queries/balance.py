"""The books of hours: what came, what went, what stands; and that both ways lead to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any  # the columns of a select under construction
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, func, select, true
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import flows as ledger_flows
from timebank.ledger.queries.flows import Bounded, LotLine, OpenFlow
from timebank.reports.queries import tallies
from timebank.reports.rules.balance import Books, Check, Cohort, Flow, Given, Standing
from timebank.reports.rules.figures import Period, Places, RowFilter
from timebank.volunteering.models.expiry import HoursExpiry
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.merging import EndingEntry
from timebank.volunteering.models.pools import PoolGift, PoolGrant
from timebank.volunteering.models.wallet import FamilyGift, FamilyWallet
from timebank.volunteering.queries.brought import BROUGHT
from timebank.volunteering.queries.passbook import BOOK, ISSUANCE, issuance_code
from timebank.volunteering.rules.gifts import GrantState, Source

# What grows on its debit side: from it value comes into the book, or is owed to it.
_EVER = Period(date(1900, 1, 1), date(2998, 12, 1))
REDEEMED, EXPIRED, DEBT, POOL = "redeemed", "expired", "debt", "pool"
WRITTEN_OFF = "written_off"
_TO_POOL = EndingEntry.credit_code.startswith(f"{POOL}:")


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A gift, a grant or what expired."""

    id: int
    on_day: date
    name: str
    minutes: int
    entry_id: UUID


def books(session: Session, *, places: Places, period: Period, with_lots: bool = True) -> Books:
    """Return what moved in a period and what stands now; of some places, only their own accounts.

    Without lots, cohorts and what they are compared with are left out.
    The books of a community are one: balances, cohorts and checks are told of the whole alone.
    """
    book_id = ledger_accounts.book_id(session, community_id=places.community_id, code=BOOK)
    if book_id is None:
        return Books((), Given(), Standing(), ())
    flows = ledger_flows.open_flows(session, book_id, since=period.first, before=period.after)
    told = [_flow(one) for one in flows]
    if not places.is_whole:
        if not places.sees_people:
            told = []
        return Books(
            tuple(one for one in told if one.code in _codes(places)), Given(), Standing(), ()
        )
    bounded = ledger_flows.bounded_sums(session, book_id)
    lots = ledger_flows.lots_by_year(session, book_id) if with_lots else []
    cohorts = tuple(Cohort(*one) for one in lots)
    standing = _standing(bounded)
    given = _given(session, places.community_id, period)
    found = Books(tuple(told), given, standing, cohorts)
    checks = _checks(session, places, period, found)
    return replace(found, checks=tuple(one for one in checks if with_lots or one.name != "lots"))


def moved(session: Session, *, community_id: int, period: Period) -> tuple[Books, int]:
    """Return what moved in a period, and what all members and pools held at its end."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=BOOK)
    if book_id is None:
        return Books((), Given(), Standing(), ()), 0
    flows = ledger_flows.open_flows(session, book_id, since=period.first, before=period.after)
    given = _given(session, community_id, period)
    found = Books(tuple(_flow(one) for one in flows), given, Standing(), ())
    return found, sum(one.debits_until - one.credits_until for one in flows)


def _codes(places: Places) -> set[str]:
    """Return the accounts that belong to some places."""
    redeemed = {f"{REDEEMED}:{one}" for one in places.centre_ids}
    return redeemed | {issuance_code(one) for one in places.grid_ids}


def _flow(one: OpenFlow) -> Flow:
    """Return an account's moves as seen from its normal side."""
    ends = (one.debits, one.credits) if one.is_debit else (one.credits, one.debits)
    ever = one.debits_ever - one.credits_ever
    return Flow(one.code, one.name, one.account_id, *ends, ever if one.is_debit else -ever)


def _standing(bounded: Sequence[Bounded]) -> Standing:
    """Return what members and pools hold."""
    by = {"own": 0, "donation": 0, "team": 0, None: 0}
    for one in bounded:
        by[one.restriction] = by.get(one.restriction, 0) + one.posted
    return Standing(
        by["own"], by["donation"], by["team"], by[None], sum(one.held for one in bounded)
    )


def _given(session: Session, community_id: int, period: Period) -> Given:
    """Return what members gave in a period and what was granted."""
    since, before = period.first, period.after
    gift = PoolGift
    parts: list[tuple[Any, Any, Any]] = [
        *((gift, gift.given_on, gift.source == one.value) for one in (Source.OWN, Source.DONATION)),
        (EndingEntry, EndingEntry.moved_on, _TO_POOL),
        (PoolGrant, PoolGrant.decided_on, PoolGrant.state == GrantState.GRANTED),
        (FamilyGift, FamilyGift.given_on, true()),
    ]
    sums = [
        select(_sum(it.minutes))
        .where(it.community_id == community_id, day >= since, day < before, which)
        .scalar_subquery()
        for it, day, which in parts
    ]
    return Given(*(int(one or 0) for one in session.execute(select(*sums)).one()))


def _sum(column: Any) -> Any:  # noqa: ANN401 - a column of whatever table
    """Return a sum as a whole number, zero where there is nothing."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _checks(session: Session, places: Places, period: Period, found: Books) -> tuple[Check, ...]:
    """Return each number that is reached by two ways: by the accounts, and by what they tell of."""
    came = sum(one.standing for one in found.flows if _is_source(one.code))
    went = sum(one.standing for one in found.flows if not _is_source(one.code))
    standing = found.standing
    lots = sum(one.minutes for one in found.cohorts)
    given = _given(session, places.community_id, _EVER)
    served, _ = tallies.minutes_of(session, places=places, wanted=RowFilter(period))
    return (
        Check("whole", came, standing.all + went),
        Check("lots", lots, standing.all - standing.pools),
        Check("pools", given.gifts - given.grants, standing.pools),
        Check("served", served, found.of(ISSUANCE).net),
    )


def _is_source(code: str) -> bool:
    """Whether an account is one from which value came, or on which it is owed."""
    return code.split(":", maxsplit=1)[0] in (ISSUANCE, DEBT, WRITTEN_OFF, BROUGHT)


def lots(
    session: Session,
    *,
    community_id: int,
    year: int,
    restriction: str,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[LotLine]:
    """Return the lots behind a cohort."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=BOOK)
    if book_id is None:
        return Page([])
    return ledger_flows.lots_of_year(
        session, book_id, year=year, restriction=restriction, cursor=cursor, limit=limit
    )


def _gift_rows(which: str) -> tuple[Any, Select[Any]]:
    """Return the table of a kind of moves and its select: number, day, whose, minutes, entry."""
    if which == "grants":
        it: Any = PoolGrant
        wanted = select(it.id, it.decided_on, it.person_id, it.minutes, it.entry_id)
        return it.decided_on, wanted.where(it.state == GrantState.GRANTED)
    if which == "family":
        it = FamilyGift
        giver = FamilyWallet.giver_id
        wanted = select(it.id, it.given_on, giver, it.minutes, it.entry_id)
        return it.given_on, wanted.join(FamilyWallet, FamilyWallet.id == it.wallet_id)
    if which == "expired":
        it = HoursExpiry
        return it.expired_on, select(it.id, it.expired_on, it.person_id, it.minutes, it.entry_id)
    if which == "gifts_ended":
        it = EndingEntry
        whose = AccountLeaving.person_id
        wanted = select(it.id, it.moved_on, whose, it.minutes, it.entry_id).where(_TO_POOL)
        return it.moved_on, wanted.join(AccountLeaving, AccountLeaving.id == it.leaving_id)
    it = PoolGift
    source = Source.OWN if which == "gifts_own" else Source.DONATION
    wanted = select(it.id, it.given_on, it.person_id, it.minutes, it.entry_id)
    return it.given_on, wanted.where(it.source == source)


def moves(
    session: Session,
    *,
    community_id: int,
    period: Period,
    which: str,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[MoveRow]:
    """Return gifts, grants or what expired in a period, newest first."""
    day, wanted = _gift_rows(which)
    it = day.class_
    wanted = wanted.where(it.community_id == community_id, day >= period.first, day < period.after)
    if cursor:
        wanted = wanted.where(it.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(it.id.desc()).limit(limit + 1)).all()
    names = _names(session, {row[2] for row in rows})
    lines = [MoveRow(row[0], row[1], names.get(row[2], ""), *row[3:]) for row in rows]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.id])


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    """Return the names of some people."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(sorted(ids))))
    return {key: name for key, name in rows}  # noqa: C416 - rows are no pairs
