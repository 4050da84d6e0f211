"""Deaths and moves away that are being settled, and what members chose for the end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Kinship, MicroGrid, Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.leaving import LeavingNotFoundError
from timebank.volunteering.models.leaving import AccountDisposition, AccountLeaving
from timebank.volunteering.models.merging import AccountMerge
from timebank.volunteering.models.pools import HoursPool
from timebank.volunteering.models.spending import FamilyUse
from timebank.volunteering.models.wallet import FamilyWallet
from timebank.volunteering.queries import limits
from timebank.volunteering.queries.merging import merged_records
from timebank.volunteering.queries.wallet import uses_of
from timebank.volunteering.rules import leaving as rules
from timebank.volunteering.rules.gifts import Kin, UseView
from timebank.volunteering.rules.leaving import (
    DispositionView,
    Ground,
    LeavingKind,
    LeavingState,
    LeavingView,
    Outcome,
)
from timebank.volunteering.rules.merging import MergeView

GOING_ON = (LeavingState.FROZEN, LeavingState.PROPOSED)


def leavings(
    session: Session,
    *,
    actor: Actor,
    states: Collection[LeavingState] = tuple(LeavingState),
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[LeavingView]:
    """Return a page of the leavings within the actor's reach, newest first."""
    wanted = select(AccountLeaving).where(_reached(actor), AccountLeaving.state.in_(states))
    if cursor is not None:
        wanted = wanted.where(AccountLeaving.id < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(AccountLeaving.id.desc()).limit(limit + 1)).all()
    return paging.page_of(_views(session, rows), limit=limit, key=lambda view: [view.id])


def leaving(session: Session, *, actor: Actor, leaving_id: int) -> LeavingView:
    """Return one leaving within the actor's reach.

    Raises:
        LeavingNotFoundError: there is none.
    """
    wanted = select(AccountLeaving).where(AccountLeaving.id == leaving_id, _reached(actor))
    row = session.scalar(wanted)
    if row is None:
        raise LeavingNotFoundError
    return _views(session, [row])[0]


def of_own_people(session: Session, *, actor: Actor) -> list[LeavingView]:
    """Return the frozen accounts of the actor's people that the actor may still claim."""
    if actor.person_id is None:
        return []
    kin = {
        person_id: Kin(str(kind), verified_on is not None)
        for person_id, kind, verified_on in session.execute(
            select(Kinship.person_id, Kinship.kind, Kinship.verified_on)
            .join(AccountLeaving, AccountLeaving.person_id == Kinship.person_id)
            .where(Kinship.relative_id == actor.person_id, AccountLeaving.state.in_(GOING_ON))
        )
    }
    if not kin:
        return []
    policy = limits.policy(session, actor.community_id)
    ids = [one for one, what in kin.items() if rules.may_claim(policy, what)]
    wanted = select(AccountLeaving).where(
        AccountLeaving.person_id.in_(ids), AccountLeaving.state.in_(GOING_ON)
    )
    rows = session.scalars(wanted.order_by(AccountLeaving.id).limit(paging.PAGE_SIZE)).all()
    return _views(session, rows)


@dataclass(frozen=True, slots=True)
class OwnNews:
    """What a member is to be told of the own account: frozen, by mistake, merged, used by kin."""

    frozen: LeavingView | None
    mistaken: LeavingView | None
    merged: Sequence[MergeView]
    uses: Sequence[UseView]


def has_news(session: Session, *, person_id: int) -> bool:
    """Whether there is anything to tell a member; one statement, for nearly nobody has any."""
    mine = select(AccountLeaving.id).where(AccountLeaving.person_id == person_id)
    merged = select(AccountMerge.id).where(AccountMerge.kept_id == person_id)
    of_kin = (
        select(AccountLeaving.id)
        .join(Kinship, Kinship.person_id == AccountLeaving.person_id)
        .where(Kinship.relative_id == person_id, AccountLeaving.state.in_(GOING_ON))
    )
    spent = (
        select(FamilyUse.id)
        .join(FamilyWallet, FamilyWallet.id == FamilyUse.wallet_id)
        .where(FamilyWallet.giver_id == person_id, FamilyUse.used_on >= _told_since())
    )
    asked = (one.exists() for one in (mine, merged, of_kin, spent))
    return bool(session.scalar(select(or_(*asked))))


def _told_since() -> date:
    """Return since when a member is told of what has happened to the account."""
    return clock.today() - timedelta(days=rules.REMIND_DAYS)


def own_news(session: Session, *, person_id: int) -> OwnNews:
    """Return what a member is to be told of the own account."""
    latest = session.scalar(
        select(AccountLeaving)
        .where(AccountLeaving.person_id == person_id)
        .order_by(AccountLeaving.id.desc())
        .limit(1)
    )
    view = None if latest is None else _views(session, [latest])[0]
    since = clock.now() - timedelta(days=rules.REMIND_DAYS)
    is_mistake = latest is not None and latest.undone_at is not None and latest.undone_at > since
    is_frozen = view is not None and view.state in GOING_ON
    return OwnNews(
        view if is_frozen else None,
        view if is_mistake else None,
        merged_records(session, person_id=person_id),
        uses_of(session, person_id=person_id, since=_told_since()),
    )


def claimants(session: Session, *, community_id: int, person_id: int) -> list[tuple[int, str]]:
    """Return the relatives who may claim a person's minutes, with their names."""
    policy = limits.policy(session, community_id)
    return [
        (one.person_id, one.name)
        for one in community_queries.relatives(session, person_id)
        if rules.may_claim(policy, Kin(str(one.kind), one.verified_on is not None))
    ]


def disposition(session: Session, *, person_id: int | None) -> DispositionView | None:
    """Return what a member chose for the end of the account; None when nothing was."""
    row = session.scalar(
        select(AccountDisposition).where(
            AccountDisposition.person_id == person_id, AccountDisposition.replaced_at.is_(None)
        )
    )
    if row is None:
        return None
    people = community_queries.persons(session, [row.kin_id] if row.kin_id else [])
    pools = _pool_names(session, [row.pool_id])
    return DispositionView(
        Outcome(row.outcome),
        row.kin_id,
        people[row.kin_id].name if row.kin_id else "",
        row.pool_id,
        pools.get(row.pool_id or 0, ""),
        row.chosen_at,
    )


def _reached(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person lies within the actor's reach."""
    reach = actor.reach("account.end")
    own = AccountLeaving.community_id == actor.community_id
    if reach.is_wide or reach.centre_ids:
        return own
    here = (
        select(Person.id)
        .join(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(Person.community_id == actor.community_id, MicroGrid.grid_id.in_(reach.grid_ids))
    )
    return own & AccountLeaving.person_id.in_(here)


def _pool_names(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    """Return the names of pools by id."""
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    rows = session.execute(select(HoursPool.id, HoursPool.name).where(HoursPool.id.in_(wanted)))
    return {pool_id: name for pool_id, name in rows}  # noqa: C416 - rows are no pairs


def _views(session: Session, rows: Sequence[AccountLeaving]) -> list[LeavingView]:
    """Return leavings with the names of people and pools."""
    ids = {one for row in rows for one in (row.person_id, row.claimant_id) if one is not None}
    people = community_queries.persons(session, ids)
    pools = _pool_names(session, {row.pool_id for row in rows})
    return [
        LeavingView(
            id=row.id,
            person_id=row.person_id,
            person_name=people[row.person_id].name,
            kind=LeavingKind(row.kind),
            state=LeavingState(row.state),
            happened_on=row.happened_on,
            evidence=row.evidence,
            due_on=row.due_on,
            policy_version=row.policy_version,
            reported_at=row.reported_at,
            reported_by_name=row.reported_by_name,
            reported_by_user_id=row.reported_by_user_id,
            outcome=None if row.outcome is None else Outcome(row.outcome),
            ground=None if row.ground is None else Ground(row.ground),
            claimant_id=row.claimant_id,
            claimant_name=people[row.claimant_id].name if row.claimant_id else "",
            pool_id=row.pool_id,
            pool_name=pools.get(row.pool_id or 0, ""),
            proposed_by_name=row.proposed_by_name,
            proposed_by_user_id=row.proposed_by_user_id,
            proposal_reason=row.proposal_reason,
            settled_at=row.settled_at,
            settled_by_name=row.settled_by_name,
            undo_reason=row.undo_reason,
            own_minutes=row.own_minutes,
            donation_minutes=row.donation_minutes,
            debt_minutes=row.debt_minutes,
            released=row.released,
            withdrawn=row.withdrawn,
            is_due=row.is_due,
        )
        for row in rows
    ]
