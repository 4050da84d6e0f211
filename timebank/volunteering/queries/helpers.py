"""Those who help: what they bring, when they are taken, and who is on a task's list."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import MicroGrid, Person
from timebank.community.rules import Sex
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.volunteering.errors.records import PersonUnknownError
from timebank.volunteering.models.admission import AccidentCover, VolunteerAdmission
from timebank.volunteering.models.needs import GuardianConsent, VolunteerProfile
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import SignUp
from timebank.volunteering.queries import tasks
from timebank.volunteering.queries.tasks import SUGGESTED_MAX, open_ahead
from timebank.volunteering.rules import matching
from timebank.volunteering.rules.admission import AdmissionState
from timebank.volunteering.rules.helpers import Helper
from timebank.volunteering.rules.matching import Fit, HelperFit, Past
from timebank.volunteering.rules.needs import Language, Skill
from timebank.volunteering.rules.places import Far
from timebank.volunteering.rules.records import LIVE_STATES, Span
from timebank.volunteering.rules.tasks import (
    HOLDING_STATES,
    PLACES_MAX,
    TaskView,
)

KEPT_IN_MIND = timedelta(days=31)  # how long after it a roster may still come
LISTED_MAX = 2 * PLACES_MAX
ASKABLE_MAX = 12


def helper(session: Session, *, community_id: int, person_id: int) -> Helper:
    """Return what is known of somebody who wants to help.

    Raises:
        PersonUnknownError: the community does not know them.
    """
    found = helpers(session, community_id=community_id, person_ids={person_id})
    if person_id not in found:
        raise PersonUnknownError(field="volunteer_id")
    return found[person_id]


def helpers(
    session: Session, *, community_id: int, person_ids: Collection[int]
) -> Mapping[int, Helper]:
    """Return what is known of several people, by id."""
    consented = (
        select(GuardianConsent.id)
        .where(GuardianConsent.minor_id == Person.id, GuardianConsent.withdrawn_at.is_(None))
        .exists()
    )
    rows = session.execute(
        select(
            Person,
            MicroGrid.building_id,
            MicroGrid.grid_id,
            VolunteerProfile,
            consented,
            VolunteerAdmission.state,
        )
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .outerjoin(VolunteerProfile, VolunteerProfile.person_id == Person.id)
        .outerjoin(VolunteerAdmission, VolunteerAdmission.person_id == Person.id)
        .where(
            Person.community_id == community_id, Person.is_active, Person.id.in_(set(person_ids))
        )
    )
    covers = _covers(session, community_id, person_ids)
    return {row[0].id: _helper(row, covers=covers) for row in rows}


def _covers(
    session: Session, community_id: int, person_ids: Collection[int]
) -> dict[int | None, list[tuple[date, date]]]:
    """Return the days on which people are insured, by person; those of everybody under None."""
    rows = session.execute(
        select(AccidentCover.person_id, AccidentCover.from_on, AccidentCover.until_on).where(
            AccidentCover.community_id == community_id,
            or_(AccidentCover.person_id.is_(None), AccidentCover.person_id.in_(set(person_ids))),
            AccidentCover.until_on >= clock.today() - KEPT_IN_MIND,
        )
    )
    found: dict[int | None, list[tuple[date, date]]] = {}
    for person_id, first, last in rows:
        found.setdefault(person_id, []).append((first, last))
    return found


def _helper(row: Any, *, covers: Mapping[int | None, list[tuple[date, date]]]) -> Helper:  # noqa: ANN401 - an outer join's row
    """Return the facts of one row."""
    person, building_id, grid_id, profile, has_consent, admission = row
    return Helper(
        person_id=person.id,
        sex=Sex(person.sex) if person.sex else None,
        born_on=person.born_on,
        skills=frozenset(Skill(one) for one in (profile.skills if profile else ())),
        languages=frozenset(Language(one) for one in (profile.languages if profile else ())),
        free_times=frozenset(profile.free_times if profile else ()),
        building_id=building_id,
        grid_id=grid_id,
        has_guardian_consent=has_consent,
        far=Far(profile.far) if profile else Far.COMMUNITY,
        admission=None if admission is None else AdmissionState(admission),
        covers=(*covers.get(None, ()), *covers.get(person.id, ())),
    )


def profile(session: Session, person_id: int) -> VolunteerProfile | None:
    """Return what a volunteer told about themselves; None when they have not yet."""
    return session.scalar(select(VolunteerProfile).where(VolunteerProfile.person_id == person_id))


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A guardian's consent that holds."""

    minor_id: int
    minor_name: str
    guardian_name: str
    given_at: datetime
    witnessed_by_name: str


def consents(session: Session, *, actor: Actor) -> list[ConsentView]:
    """Return the guardians' consents that hold within reach, newest first."""
    reach = actor.reach("person.register")
    wanted = (
        select(GuardianConsent)
        .join(Person, Person.id == GuardianConsent.minor_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(
            GuardianConsent.community_id == actor.community_id,
            GuardianConsent.withdrawn_at.is_(None),
        )
    )
    if not (reach.is_wide or reach.centre_ids):
        wanted = wanted.where(MicroGrid.grid_id.in_(reach.grid_ids))
    rows = session.scalars(
        wanted.order_by(GuardianConsent.id.desc()).limit(paging.PAGE_SIZE_MAX)
    ).all()
    ids = {one for row in rows for one in (row.minor_id, row.guardian_id)}
    people = community_queries.persons(session, ids)
    return [
        ConsentView(
            row.minor_id,
            people[row.minor_id].name,
            people[row.guardian_id].name,
            row.given_at,
            row.witnessed_by_name,
        )
        for row in rows
    ]


def past(session: Session, *, volunteer_id: int) -> Past:
    """Return whom a volunteer has served lately, and with what."""
    rows = session.execute(
        select(ServiceRecord.recipient_id, ServiceRecord.kind_id)
        .where(ServiceRecord.volunteer_id == volunteer_id, ServiceRecord.state.in_(LIVE_STATES))
        .order_by(ServiceRecord.id.desc())
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    served = frozenset(row.recipient_id for row in rows if row.recipient_id is not None)
    return Past(served, frozenset(row.kind_id for row in rows))


def _clashes(volunteer_id: int, span: Span) -> Any:  # noqa: ANN401 - a condition
    """Return the condition that a volunteer has promised some part of this time."""
    return and_(
        SignUp.volunteer_id == volunteer_id,
        SignUp.state.in_(HOLDING_STATES),
        SignUp.starts_at < span.ended_at,
        SignUp.ends_at > span.started_at,
    )


def is_booked(session: Session, *, volunteer_id: int, span: Span, except_task_id: int) -> bool:
    """Whether a volunteer has promised to be elsewhere in some part of this time."""
    wanted = select(SignUp.id).where(_clashes(volunteer_id, span), SignUp.task_id != except_task_id)
    return session.scalar(wanted.limit(1)) is not None


def suggestions(session: Session, *, actor: Actor) -> list[Fit]:
    """Return the open tasks that fit the actor, best first, each with its reasons."""
    if actor.person_id is None:
        return []
    ahead = open_ahead(session, actor=actor)
    promised = session.execute(
        select(SignUp.starts_at, SignUp.ends_at).where(
            SignUp.volunteer_id == actor.person_id,
            SignUp.state.in_(HOLDING_STATES),
            SignUp.ends_at > clock.now(),
        )
    ).all()
    busy = {
        one.id
        for one in ahead
        for starts_at, ends_at in promised
        if one.starts_at < ends_at and starts_at < one.ends_at
    }
    me = helper(session, community_id=actor.community_id, person_id=actor.person_id)
    history = past(session, volunteer_id=actor.person_id)
    return matching.suggested(ahead, me, history, busy_ids=busy)


def askable(session: Session, *, task: TaskView) -> list[HelperFit]:
    """Return volunteers whom a task fits and who are free then, best first."""
    span = Span(task.starts_at, task.ends_at)
    on_list = select(SignUp.volunteer_id).where(SignUp.task_id == task.id)
    taken = select(SignUp.volunteer_id).where(
        SignUp.state.in_(HOLDING_STATES),
        SignUp.starts_at < span.ended_at,
        SignUp.ends_at > span.started_at,
    )
    nearest = (MicroGrid.grid_id == task.grid_id) if task.grid_id is not None else Person.id > 0
    ids = session.scalars(
        select(VolunteerProfile.person_id)
        .join(Person, Person.id == VolunteerProfile.person_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(
            VolunteerProfile.community_id == task.community_id,
            VolunteerProfile.person_id.not_in(on_list),
            VolunteerProfile.person_id.not_in(taken),
        )
        .order_by(nearest.desc().nulls_last(), VolunteerProfile.person_id)
        .limit(SUGGESTED_MAX)
    ).all()
    known = helpers(session, community_id=task.community_id, person_ids=ids)
    names = community_queries.persons(session, known)
    before = _served_by(session, task=task, volunteer_ids=known)
    fits = [
        HelperFit(one.person_id, names[one.person_id].name, names[one.person_id].place_label, why)
        for one in known.values()
        if matching.obstacle(task, one) is None and matching.is_near(task, one)
        for why in [matching.reasons(task, one, before.get(one.person_id, Past()))]
    ]
    return sorted(fits, key=lambda fit: (-fit.score, fit.person_id))[:ASKABLE_MAX]


def askable_for(session: Session, *, actor: Actor, task_id: int) -> list[HelperFit]:
    """Return whom to ask for a task that the actor arranges; nobody when it is not theirs."""
    view = tasks.task(session, actor=actor, task_id=task_id)
    return askable(session, task=view) if _arranges(actor, view) else []


def _arranges(actor: Actor, view: TaskView) -> bool:
    """Whether the actor answers for the place of a task."""
    return actor.reach("task.manage").covers(grid_id=view.grid_id, centre_id=view.centre_id)


def _served_by(
    session: Session, *, task: TaskView, volunteer_ids: Collection[int]
) -> dict[int, Past]:
    """Return who has served this recipient, or with this kind of service, by volunteer."""
    same = or_(
        ServiceRecord.recipient_id == task.recipient_id, ServiceRecord.kind_id == task.kind_id
    )
    rows = session.execute(
        select(ServiceRecord.volunteer_id, ServiceRecord.recipient_id, ServiceRecord.kind_id)
        .where(
            ServiceRecord.volunteer_id.in_(volunteer_ids),
            ServiceRecord.state.in_(LIVE_STATES),
            same,
        )
        .distinct()
        .limit(LISTED_MAX)
    )
    found: dict[int, Past] = {}
    for volunteer_id, recipient_id, kind_id in rows:
        had = found.get(volunteer_id, Past())
        served = {recipient_id} if recipient_id is not None else set()
        found[volunteer_id] = Past(had.recipient_ids | served, had.kind_ids | {kind_id})
    return found
