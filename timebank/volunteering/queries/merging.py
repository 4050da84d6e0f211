"""Records that look like one human, what stands in the way of merging, and the merges."""

from collections.abc import Collection, Sequence
from itertools import combinations

from sqlalchemy import ColumnElement, String, column, func, or_, select, table
from sqlalchemy.orm import Session, aliased

from timebank.access.models import RoleGrant, UserAccount
from timebank.access.rules import ELDER, VOLUNTEER
from timebank.community import queries as community_queries
from timebank.community.models import MicroGrid, Person, RoleHolder
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor, Reach
from timebank.kernel.paging import Page
from timebank.ledger.queries import holds as ledger_holds
from timebank.volunteering.errors.merging import MergeNotFoundError
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.merging import AccountMerge
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.pools import PoolGrant
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import SignUp
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules import merging as rules
from timebank.volunteering.rules.gifts import GrantState
from timebank.volunteering.rules.leaving import LeavingState
from timebank.volunteering.rules.merging import Alike, MergeState, MergeView, Obstacle, Record, Twin
from timebank.volunteering.rules.needs import NeedState
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.rules.tasks import OPEN_STATES

TWINS_MAX = 20
_GROUPS_MAX = 40
_CASES = table(  # a higher room's, by name
    "case_file", column("holder_person_id"), column("state", String)
)


def merged_into(session: Session, person_id: int) -> int:
    """Return the record that stands for a person today: the one it was merged into, or itself."""
    found = session.scalar(select(Person.merged_into_id).where(Person.id == person_id))
    return person_id if found is None else found


def record(session: Session, *, community_id: int, person_id: int) -> Record | None:
    """Return what of a person's record decides about a merge; None when there is none."""
    other = aliased(Person)
    row = session.execute(
        select(
            Person.is_active,
            Person.id_index.is_not(None),
            select(other.id).where(other.merged_into_id == Person.id).exists(),
        ).where(Person.id == person_id, Person.community_id == community_id)
    ).one_or_none()
    return None if row is None else Record(person_id, row[0], bool(row[1]), bool(row[2]))


def twins(session: Session, *, community_id: int, reach: Reach) -> list[Twin]:
    """Return records that look like one human: they share two of name, birthday and phone."""
    found: dict[tuple[int, int], Twin] = {}
    for shared in (
        (Person.name, Person.born_on),
        (Person.name, Person.phone_index),
        (Person.born_on, Person.phone_index),
    ):
        for rows in _groups(session, community_id, reach, shared):
            for older, younger in combinations(rows, 2):
                why = rules.likenesses(_alike(older), _alike(younger))
                if rules.is_likely_one(why) and not _are_two(older, younger):
                    kept = tuple(one for one in rules.Likeness if one in why)
                    found[older.id, younger.id] = Twin(older.id, younger.id, older.name, kept)
    ordered = sorted(found.values(), key=lambda one: (-len(one.likenesses), one.older_id))
    return ordered[:TWINS_MAX]


def _groups(
    session: Session, community_id: int, reach: Reach, shared: tuple[object, ...]
) -> list[list[Person]]:
    """Return active people of whom several have the same values, some groups of them."""
    same = (
        select(*shared)  # type: ignore[call-overload]  # columns of one table
        .where(
            Person.community_id == community_id,
            Person.is_active,
            *(one.is_not(None) for one in shared),  # type: ignore[attr-defined]  # likewise
        )
        .group_by(*shared)
        .having(func.count() > 1)
        .limit(_GROUPS_MAX)
        .subquery()
    )
    joined = [mine == theirs for mine, theirs in zip(shared, same.c, strict=True)]
    chosen = (
        select(Person)
        .join(same, *joined[:1] if len(joined) == 1 else [joined[0] & joined[1]])
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(Person.community_id == community_id, Person.is_active, _within(reach))
        .order_by(Person.id)
        .limit(_GROUPS_MAX * 3)
    )
    groups: dict[tuple[object, ...], list[Person]] = {}
    for person in session.scalars(chosen):
        key = tuple(getattr(person, one.key) for one in shared)  # type: ignore[attr-defined]  # likewise
        groups.setdefault(key, []).append(person)
    return list(groups.values())


def _within(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a person's place lies within reach."""
    if reach.is_wide or reach.centre_ids:
        return Person.id.is_not(None)
    return MicroGrid.grid_id.in_(reach.grid_ids)


def _alike(person: Person) -> Alike:
    """Return what decides whether a record looks like another."""
    return Alike(person.name, person.born_on, person.phone_index, person.household_id)


def _are_two(one: Person, other: Person) -> bool:
    """Whether two records are known to be two humans: each has an ID number."""
    return one.id_index is not None and other.id_index is not None


def obstacles(session: Session, *, community_id: int, person_id: int) -> list[Obstacle]:
    """Return what is going on at a record and must be ended before it is closed."""
    account_id = passbook.member_account_id(session, community_id=community_id, person_id=person_id)
    is_held = account_id is not None and bool(ledger_holds.open_holds(session, account_id))
    asked = {
        Obstacle.SIGN_UPS: select(SignUp.id).where(
            SignUp.volunteer_id == person_id, SignUp.state.in_(OPEN_STATES)
        ),
        Obstacle.NEEDS: select(Need.id).where(
            Need.recipient_id == person_id, Need.state.in_((NeedState.POSTED, NeedState.TAKEN_UP))
        ),
        Obstacle.RECORDS: select(ServiceRecord.id).where(
            or_(ServiceRecord.volunteer_id == person_id, ServiceRecord.recipient_id == person_id),
            ServiceRecord.state.in_((RecordState.RECORDED, RecordState.CONFIRMED)),
        ),
        Obstacle.GRANTS: select(PoolGrant.id).where(
            PoolGrant.person_id == person_id, PoolGrant.state == GrantState.REQUESTED
        ),
        Obstacle.CASES: select(_CASES.c.holder_person_id).where(
            _CASES.c.holder_person_id == person_id, _CASES.c.state != "closed"
        ),
        Obstacle.SIX_ROLES: select(RoleHolder.id).where(
            RoleHolder.person_id == person_id, RoleHolder.ended_on.is_(None)
        ),
        Obstacle.STAFF_LOGIN: select(UserAccount.id)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .where(
            UserAccount.person_id == person_id,
            UserAccount.is_active,
            RoleGrant.role.not_in((VOLUNTEER, ELDER)),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.expires_on >= clock.today(),
        ),
        Obstacle.LEAVING: select(AccountLeaving.id).where(
            AccountLeaving.person_id == person_id, AccountLeaving.state != LeavingState.UNDONE
        ),
    }
    row = session.execute(select(*(one.exists().label(key) for key, one in asked.items()))).one()
    found = [key for key, there in zip(asked, row, strict=True) if there]
    return [Obstacle.HOLDS, *found] if is_held else found


def merges(
    session: Session,
    *,
    actor: Actor,
    states: Collection[MergeState] = tuple(MergeState),
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[MergeView]:
    """Return a page of the merges within the actor's reach, newest first."""
    wanted = select(AccountMerge).where(_reached(actor), AccountMerge.state.in_(states))
    if cursor is not None:
        wanted = wanted.where(AccountMerge.id < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(AccountMerge.id.desc()).limit(limit + 1)).all()
    return paging.page_of(_views(session, rows), limit=limit, key=lambda view: [view.id])


def merge(session: Session, *, actor: Actor, merge_id: int) -> MergeView:
    """Return one merge within the actor's reach.

    Raises:
        MergeNotFoundError: there is none.
    """
    row = session.scalar(select(AccountMerge).where(AccountMerge.id == merge_id, _reached(actor)))
    if row is None:
        raise MergeNotFoundError
    return _views(session, [row])[0]


def merged_records(session: Session, *, person_id: int) -> list[MergeView]:
    """Return the merges by which older records of a member became the present one."""
    rows = session.scalars(
        select(AccountMerge)
        .where(
            AccountMerge.kept_id == person_id,
            AccountMerge.state.in_((MergeState.MERGED, MergeState.UNDO_ASKED)),
        )
        .order_by(AccountMerge.id)
        .limit(paging.PAGE_SIZE)
    ).all()
    return _views(session, rows)


def own_merge(session: Session, *, actor: Actor, merge_id: int) -> MergeView:
    """Return a merge by which an older record became the actor's own.

    Raises:
        MergeNotFoundError: there is none of theirs.
    """
    for view in merged_records(session, person_id=actor.person_id or 0):
        if view.id == merge_id:
            return view
    raise MergeNotFoundError


def _reached(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the record that stays lies within the actor's reach."""
    reach = actor.reach("account.end")
    people = (
        select(Person.id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(Person.community_id == actor.community_id, _within(reach))
    )
    own = AccountMerge.community_id == actor.community_id
    return own if reach.is_wide or reach.centre_ids else own & AccountMerge.kept_id.in_(people)


def _views(session: Session, rows: Sequence[AccountMerge]) -> list[MergeView]:
    """Return merges with the names of both records."""
    people = community_queries.persons(
        session, {one for row in rows for one in (row.old_id, row.kept_id)}
    )
    return [
        MergeView(
            row.id,
            row.old_id,
            people[row.old_id].name,
            row.kept_id,
            people[row.kept_id].name,
            MergeState(row.state),
            row.evidence,
            row.proposed_at,
            row.proposed_by_name,
            row.proposed_by_user_id,
            row.decided_at,
            row.decided_by_name,
            row.decision_reason,
            row.undo_reason,
            row.undo_asked_by_name,
            row.undo_asked_by_user_id,
            row.undone_at,
            row.own_minutes,
            row.donation_minutes,
            row.debt_minutes,
        )
        for row in rows
    ]
