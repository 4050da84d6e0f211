"""An organisation's desk: who leads, who belongs, and what was served for it.

Minutes are those of the postings behind approved records that name the organisation; what was taken
back is not among them. Only who agreed is named, and only here.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from timebank.community.models import Organisation, Person
from timebank.community.rules import OrganisationKind
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors import organisations as errors
from timebank.volunteering.models.organisations import OrganisationLeader, OrganisationMember
from timebank.volunteering.models.postings import HoursPosting
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.rules import organisations as rules
from timebank.volunteering.rules.organisations import (
    OPEN_STATES,
    ActivityView,
    AskView,
    DeskView,
    LeaderView,
    LedView,
    MembershipView,
    MemberState,
    MemberView,
    Served,
)
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.rules.tasks import TaskState

_leads, _belongs = OrganisationLeader, OrganisationMember
# Whose hours they are now: a record that was merged stands for the one that was kept.
_WHO = func.coalesce(Person.merged_into_id, Person.id)


def leads(session: Session, *, person_id: int | None, organisation_id: int) -> bool:
    """Whether somebody leads an organisation now."""
    wanted = select(_leads.id).where(
        _leads.organisation_id == organisation_id,
        _leads.person_id == person_id,
        _leads.ended_at.is_(None),
    )
    return session.scalar(wanted) is not None


def stands_with(session: Session, *, person_id: int | None) -> tuple[bool, int]:
    """Return whether a person leads or belongs to an organisation, and how many ask them."""
    led = select(func.count(_leads.id)).where(
        _leads.person_id == person_id, _leads.ended_at.is_(None)
    )
    state = select(func.count(_belongs.id)).where(_belongs.person_id == person_id)
    agreed, asked = (
        state.where(_belongs.state == one) for one in (MemberState.AGREED, MemberState.ASKED)
    )
    row = session.execute(
        select(led.scalar_subquery(), agreed.scalar_subquery(), asked.scalar_subquery())
    ).one()
    return bool(row[0] or row[1]), int(row[2])


def led_by(session: Session, *, person_id: int | None) -> list[LedView]:
    """Return the organisations that a person leads."""
    rows = session.scalars(
        select(Organisation)
        .join(_leads, _leads.organisation_id == Organisation.id)
        .where(_leads.person_id == person_id, _leads.ended_at.is_(None))
        .order_by(Organisation.id)
        .limit(paging.PAGE_SIZE)
    )
    return [LedView(row.id, OrganisationKind(row.kind), row.name) for row in rows]


def with_leaders(session: Session, *, community_id: int) -> list[LedView]:
    """Return the organisations of a community with who leads them."""
    rows = session.scalars(
        select(Organisation)
        .where(Organisation.community_id == community_id)
        .order_by(Organisation.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    by_id: dict[int, list[LeaderView]] = {}
    for one in leaders(session, community_id=community_id):
        by_id.setdefault(one.organisation_id, []).append(one)
    return [
        LedView(row.id, OrganisationKind(row.kind), row.name, by_id.get(row.id, ())) for row in rows
    ]


def leaders(session: Session, *, community_id: int) -> list[LeaderView]:
    """Return who leads organisations of a community now."""
    return _leaders(session, _leads.community_id == community_id)


def leaders_of(session: Session, *, organisation_id: int) -> list[LeaderView]:
    """Return who leads an organisation now."""
    return _leaders(session, _leads.organisation_id == organisation_id)


def _leaders(session: Session, condition: ColumnElement[bool]) -> list[LeaderView]:
    """Return leaders with their names, the longest named first."""
    rows = session.execute(
        select(_leads.id, _leads.organisation_id, Person.id, Person.name, _leads.named_at)
        .join(Person, Person.id == _leads.person_id)
        .where(condition, _leads.ended_at.is_(None))
        .order_by(_leads.id)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [LeaderView(*row) for row in rows]


def memberships(session: Session, *, person_id: int | None) -> list[MembershipView]:
    """Return the asks that a person has to answer, and where they belong."""
    return _memberships(session, _belongs.person_id == person_id, _belongs.state.in_(OPEN_STATES))


def membership(session: Session, *, person_id: int | None, membership_id: int) -> MembershipView:
    """Return how a person stands, whatever became of it.

    Raises:
        MembershipNotFoundError: it is not theirs.
    """
    found = _memberships(session, _belongs.person_id == person_id, _belongs.id == membership_id)
    if not found:
        raise errors.MembershipNotFoundError
    return found[0]


def _memberships(session: Session, *conditions: ColumnElement[bool]) -> list[MembershipView]:
    """Return memberships with the names of who asked, those to answer first."""
    rows = session.execute(
        select(_belongs, Organisation.name, Person.name)
        .join(Organisation, Organisation.id == _belongs.organisation_id)
        .join(Person, Person.id == _belongs.asked_by_id)
        .where(*conditions)
        .order_by(_belongs.state != MemberState.ASKED, _belongs.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        MembershipView(
            row.id,
            row.organisation_id,
            name,
            MemberState(row.state),
            row.asked_at,
            asked_by,
            row.answered_at,
        )
        for row, name, asked_by in rows
    ]


def desk(session: Session, *, actor: Actor, organisation_id: int) -> DeskView:
    """Return the desk of an organisation that the actor leads, its members aside.

    Raises:
        DeskNotFoundError: it is not theirs.
    """
    name = name_of_led(session, actor=actor, organisation_id=organisation_id)
    today = clock.today()
    served = _served(session, organisation_id, since=rules.months_shown(today)[0])
    members = session.scalar(select(func.count(_belongs.id)).where(_agreed(organisation_id)))
    return DeskView(
        id=organisation_id,
        name=name,
        figures=rules.figures(
            served, today=today, people=_people(session, organisation_id, served, today)
        ),
        members=members or 0,
        coming=_activities(session, organisation_id, is_past=False),
        past=_activities(session, organisation_id, is_past=True),
        asks=_asks(session, organisation_id),
    )


def members(
    session: Session,
    *,
    actor: Actor,
    organisation_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[MemberView]:
    """Return who agreed to belong to an organisation that the actor leads, first come first.

    Raises:
        DeskNotFoundError: it is not theirs.
    """
    name_of_led(session, actor=actor, organisation_id=organisation_id)
    year_on = clock.today().replace(month=1, day=1)
    hours = (
        _lines(organisation_id, since=year_on)
        .with_only_columns(
            _WHO.label("person_id"),
            func.sum(HoursPosting.minutes).label("minutes"),
            func.max(HoursPosting.on_day).label("last_on"),
        )
        .group_by(_WHO)
        .subquery()
    )
    wanted = (
        select(_belongs.id, Person.name, _belongs.answered_at, hours.c.minutes, hours.c.last_on)
        .join(Person, Person.id == _belongs.person_id)
        .outerjoin(hours, hours.c.person_id == _belongs.person_id)
        .where(_agreed(organisation_id))
    )
    if cursor is not None:
        wanted = wanted.where(_belongs.id > paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(_belongs.id).limit(limit + 1))
    views = [MemberView(row[0], row[1], row[2], int(row[3] or 0), row[4]) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda one: [one.id])


def name_of_led(session: Session, *, actor: Actor, organisation_id: int) -> str:
    """Return the name of an organisation that the actor leads.

    Raises:
        DeskNotFoundError
    """
    name = session.scalar(
        select(Organisation.name)
        .join(_leads, _leads.organisation_id == Organisation.id)
        .where(
            Organisation.id == organisation_id,
            Organisation.community_id == actor.community_id,
            _leads.person_id == actor.person_id,
            _leads.ended_at.is_(None),
        )
    )
    if name is None:
        raise errors.DeskNotFoundError
    return name


def _agreed(organisation_id: int) -> ColumnElement[bool]:
    """Return the condition that somebody belongs to an organisation by their own consent."""
    return and_(_belongs.organisation_id == organisation_id, _belongs.state == MemberState.AGREED)


def _is_member(organisation_id: int) -> ColumnElement[bool]:
    """Return the condition that who served is a member now."""
    return exists().where(_agreed(organisation_id), _belongs.person_id == _WHO)


def _lines(organisation_id: int, *, since: date) -> Select[tuple[int]]:
    """Select the postings behind approved records for an organisation since a day."""
    return (
        select(HoursPosting.id)
        .join(ServiceRecord, ServiceRecord.entry_id == HoursPosting.entry_id)
        .join(Person, Person.id == ServiceRecord.volunteer_id)
        .where(
            ServiceRecord.organisation_id == organisation_id,
            ServiceRecord.state == RecordState.APPROVED,
            HoursPosting.on_day >= since,
        )
    )


def _served(session: Session, organisation_id: int, *, since: date) -> list[Served]:
    """Return what members, and others, served for an organisation month by month."""
    lines = (
        _lines(organisation_id, since=since)
        .with_only_columns(
            HoursPosting.month_on,
            _is_member(organisation_id).label("is_member"),
            HoursPosting.minutes,
            _WHO.label("who"),
        )
        .subquery()
        .c
    )
    rows = session.execute(
        select(
            lines.month_on,
            lines.is_member,
            func.sum(lines.minutes),
            func.count(lines.who.distinct()),
        ).group_by(lines.month_on, lines.is_member)
    )
    return [
        Served(month_on, bool(is_member), int(minutes), people)
        for month_on, is_member, minutes, people in rows
    ]


def _people(
    session: Session, organisation_id: int, served: Sequence[Served], today: date
) -> dict[bool, int]:
    """Return how many people stand behind what is told of a year, by whether they are members."""
    year_on = today.replace(month=1, day=1)
    told = {
        is_by_members: [
            one.month_on
            for one in served
            if one.is_by_members is is_by_members
            and one.month_on >= year_on
            and rules.is_tellable(one)
        ]
        for is_by_members in (True, False)
    }
    if not any(told.values()):
        return {}
    is_member = _is_member(organisation_id)
    lines = (
        _lines(organisation_id, since=year_on)
        .with_only_columns(is_member.label("is_member"), _WHO.label("who"))
        .where(
            or_(
                and_(is_member, HoursPosting.month_on.in_(told[True])),
                and_(~is_member, HoursPosting.month_on.in_(told[False])),
            )
        )
        .subquery()
        .c
    )
    rows = session.execute(
        select(lines.is_member, func.count(lines.who.distinct())).group_by(lines.is_member)
    )
    return {bool(is_member_): people for is_member_, people in rows}


def _activities(session: Session, organisation_id: int, *, is_past: bool) -> list[ActivityView]:
    """Return an organisation's activities to come, the next first, or past ones, newest first."""
    now = clock.now()
    wanted = select(
        Task.id,
        Task.activity,
        Task.starts_at,
        Task.ends_at,
        Task.place,
        Task.places,
        Task.taken,
    ).where(
        Task.organisation_id == organisation_id,
        Task.state != TaskState.CANCELLED,
        Task.activity != "",
    )
    wanted = (
        wanted.where(Task.ends_at < now).order_by(Task.starts_at.desc(), Task.id.desc())
        if is_past
        else wanted.where(Task.ends_at >= now).order_by(Task.starts_at, Task.id)
    )
    rows = session.execute(wanted.limit(rules.ACTIVITIES_SHOWN))
    return [ActivityView(*row) for row in rows]


def _asks(session: Session, organisation_id: int) -> list[AskView]:
    """Return the asks without an answer, newest first; nobody is named who did not agree."""
    rows = session.execute(
        select(_belongs.id, _belongs.asked_at, Person.name)
        .join(Person, Person.id == _belongs.asked_by_id)
        .where(_belongs.organisation_id == organisation_id, _belongs.state == MemberState.ASKED)
        .order_by(_belongs.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [AskView(*row) for row in rows]
