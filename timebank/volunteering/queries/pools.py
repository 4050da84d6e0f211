"""Pools: what is in them, what was granted, and what became of one's own gifts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.volunteering.errors.gifts import PoolNotFoundError
from timebank.volunteering.models.pools import HoursPool, PoolGift, PoolGrant
from timebank.volunteering.queries import limits, passbook
from timebank.volunteering.rules.gifts import (
    GrantState,
    GrantView,
    HelpedView,
    Need,
    PoolView,
)


def pool_code(pool_id: int) -> str:
    """Return the code of a pool's account."""
    return f"pool:{pool_id}"


def pools(session: Session, community_id: int, *, only_open: bool = False) -> list[PoolView]:
    """Return the pools of a community with what is in them, those closed last."""
    wanted = select(HoursPool).where(HoursPool.community_id == community_id)
    if only_open:
        wanted = wanted.where(HoursPool.is_open)
    ordered = wanted.order_by(HoursPool.is_open.desc(), HoursPool.id)
    rows = session.scalars(ordered.limit(paging.PAGE_SIZE_MAX)).all()
    return _pool_views(session, community_id, rows)


def _pool_views(session: Session, community_id: int, rows: Sequence[HoursPool]) -> list[PoolView]:
    """Return pools with their balances."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=passbook.BOOK)
    codes = {pool_code(row.id): row.id for row in rows}
    accounts = (
        {}
        if book_id is None
        else ledger_accounts.account_ids(session, book_id=book_id, codes=codes)
    )
    balances = ledger_accounts.balances(session, accounts.values())
    found = []
    for row in rows:
        balance = balances.get(accounts.get(pool_code(row.id), 0))
        posted, free = (balance.posted, balance.available) if balance else (0, 0)
        found.append(PoolView(row.id, row.name, row.purpose, row.is_open, posted, free))
    return found


def pool(session: Session, *, community_id: int, pool_id: int) -> PoolView:
    """Return one pool of a community.

    Raises:
        PoolNotFoundError: there is none.
    """
    row = session.get(HoursPool, pool_id)
    if row is None or row.community_id != community_id:
        raise PoolNotFoundError
    return _pool_views(session, community_id, [row])[0]


def _grants() -> Select[Any]:  # Any: a row of three
    """Select grants with the name of the pool and the number of the case."""
    return (
        select(PoolGrant, HoursPool.name, limits.CASE.c.number)
        .join(HoursPool, HoursPool.id == PoolGrant.pool_id)
        .outerjoin(limits.CASE, limits.CASE.c.id == PoolGrant.case_id)
    )


def _grant_views(session: Session, wanted: Select[Any]) -> list[GrantView]:
    """Return the selected grants with the names of the recipients."""
    rows = session.execute(wanted).all()
    people = community_queries.persons(session, [row[0].person_id for row in rows])
    return [
        GrantView(
            id=it.id,
            pool_id=it.pool_id,
            pool_name=pool_name,
            person_id=it.person_id,
            person_name=people[it.person_id].name if it.person_id in people else "",
            minutes=it.minutes,
            need=Need(it.need),
            case_id=it.case_id,
            case_number=case_number or "",
            reason=it.reason,
            state=GrantState(it.state),
            requested_at=it.requested_at,
            requested_by_name=it.requested_by_name,
            requested_by_user_id=it.requested_by_user_id,
            decided_at=it.decided_at,
            decided_by_name=it.decided_by_name,
            decision_reason=it.decision_reason,
        )
        for it, pool_name, case_number in rows
    ]


def grants(
    session: Session,
    *,
    actor: Actor,
    pool_id: int | None = None,
    state: GrantState | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[GrantView]:
    """Return grants of a community, newest first, of one pool or of all."""
    wanted = _grants().where(PoolGrant.community_id == actor.community_id)
    if pool_id is not None:
        wanted = wanted.where(PoolGrant.pool_id == pool_id)
    if state is not None:
        wanted = wanted.where(PoolGrant.state == state)
    if cursor:
        wanted = wanted.where(PoolGrant.id < paging.decode_id(cursor))
    rows = _grant_views(session, wanted.order_by(PoolGrant.id.desc()).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def grant(session: Session, *, grant_id: int) -> GrantView:
    """Return one grant that the caller has just touched."""
    return _grant_views(session, _grants().where(PoolGrant.id == grant_id))[0]


def helped(session: Session, *, person_id: int | None) -> list[HelpedView]:
    """Return what became of a member's gifts: how many were helped, how much, with what.

    Counted are the grants since the day of the member's first gift to the pool.
    """
    first = (
        select(
            PoolGift.pool_id,
            func.sum(PoolGift.minutes).label("given_minutes"),
            func.min(PoolGift.given_on).label("since_on"),
        )
        .where(PoolGift.person_id == person_id)
        .group_by(PoolGift.pool_id)
        .subquery()
    )
    given = session.execute(
        select(first.c.pool_id, HoursPool.name, first.c.given_minutes, first.c.since_on)
        .join(HoursPool, HoursPool.id == first.c.pool_id)
        .order_by(first.c.pool_id)
        .limit(paging.PAGE_SIZE)
    ).all()
    since = (
        PoolGrant.pool_id == first.c.pool_id,
        PoolGrant.state == GrantState.GRANTED,
        PoolGrant.decided_on >= first.c.since_on,
    )
    people = func.count(PoolGrant.person_id.distinct())
    totals = {
        pool_id: (int(heads), int(minutes))
        for pool_id, heads, minutes in session.execute(
            select(PoolGrant.pool_id, people, func.sum(PoolGrant.minutes))
            .where(*since)
            .group_by(PoolGrant.pool_id)
        )
    }
    needs: dict[int, Counter[Need]] = defaultdict(Counter)
    for pool_id, need, minutes in session.execute(
        select(PoolGrant.pool_id, PoolGrant.need, func.sum(PoolGrant.minutes))
        .where(*since)
        .group_by(PoolGrant.pool_id, PoolGrant.need)
    ):
        needs[pool_id][Need(need)] = int(minutes)
    return [
        HelpedView(
            pool_id,
            name,
            int(minutes),
            since_on,
            *totals.get(pool_id, (0, 0)),
            tuple(needs[pool_id].most_common()),
        )
        for pool_id, name, minutes, since_on in given
    ]
