"""Volunteers as staff see them: who asks to be one, who is insured, whom to ask, how it went."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import MicroGrid, Person
from timebank.community.rules import Sex
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.admission import AdmissionNotFoundError
from timebank.volunteering.models.admission import AccidentCover, VolunteerAdmission
from timebank.volunteering.models.feedback import TaskFeedback
from timebank.volunteering.models.needs import VolunteerProfile
from timebank.volunteering.models.tasks import SignUp
from timebank.volunteering.rules.admission import (
    HISTORY_MONTHS,
    AdmissionState,
    AdmissionView,
    CoverView,
    VolunteerView,
)
from timebank.volunteering.rules.feedback import LastMonths, Satisfaction, TellingSide
from timebank.volunteering.rules.needs import Language, Skill
from timebank.volunteering.rules.places import Far
from timebank.volunteering.rules.tasks import SignUpState

_WAITING = (AdmissionState.APPLIED, AdmissionState.CHECKED)


def within(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Return the condition that a person lives where the actor answers; centres serve all grids."""
    reach = actor.reach(permission)
    here = Person.community_id == actor.community_id
    if reach.is_wide or reach.centre_ids:
        return here
    return and_(here, MicroGrid.grid_id.in_(reach.grid_ids))


def state_of(session: Session, person_id: int) -> AdmissionState | None:
    """Return where somebody stands as a volunteer; None for who never had to ask."""
    found = session.scalar(
        select(VolunteerAdmission.state).where(VolunteerAdmission.person_id == person_id)
    )
    return None if found is None else AdmissionState(found)


def states_of(session: Session, person_ids: Collection[int]) -> dict[int, AdmissionState]:
    """Return where people stand as volunteers, as far as they ever asked, by person."""
    rows = session.execute(
        select(VolunteerAdmission.person_id, VolunteerAdmission.state).where(
            VolunteerAdmission.person_id.in_(person_ids)
        )
    )
    return {person_id: AdmissionState(state) for person_id, state in rows}


def covered(
    session: Session, *, community_id: int, person_ids: Collection[int], on: date
) -> frozenset[int]:
    """Return who of these is insured against accidents on a day: by name, or with all others."""
    rows = session.scalars(
        select(AccidentCover.person_id).where(
            AccidentCover.community_id == community_id,
            or_(AccidentCover.person_id.is_(None), AccidentCover.person_id.in_(person_ids)),
            AccidentCover.from_on <= on,
            AccidentCover.until_on >= on,
        )
    ).all()
    if None in rows:
        return frozenset(person_ids)
    return frozenset(one for one in rows if one is not None)


def _admissions(actor: Actor, permission: str) -> Select[Any]:  # Any: a row of two entities
    """Select applications of people within reach, with who they are."""
    return (
        select(VolunteerAdmission, Person.name)
        .join(Person, Person.id == VolunteerAdmission.person_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(within(actor, permission))
    )


def _admission_views(session: Session, wanted: Select[Any]) -> list[AdmissionView]:
    """Return the views of the selected applications: two reads, however many there are."""
    rows = session.execute(wanted).all()
    people = community_queries.persons(session, {row[0].person_id for row in rows})
    names = set(AdmissionView.__dataclass_fields__) - {"person_name", "place_label", "state"}
    return [
        AdmissionView(
            **{name: getattr(it, name) for name in names},
            state=AdmissionState(it.state),
            person_name=name_of,
            place_label=people[it.person_id].place_label,
        )
        for it, name_of in rows
    ]


def admissions_waiting(session: Session, *, actor: Actor) -> Sequence[AdmissionView]:
    """Return who waits to be looked at or admitted within reach, longest first."""
    wanted = _admissions(actor, "volunteer.keep").where(VolunteerAdmission.state.in_(_WAITING))
    order = (VolunteerAdmission.applied_at, VolunteerAdmission.id)
    return _admission_views(session, wanted.order_by(*order).limit(paging.PAGE_SIZE))


def admission(session: Session, *, actor: Actor, person_id: int) -> AdmissionView:
    """Return one application within reach.

    Raises:
        AdmissionNotFoundError: there is none, or it lies outside.
    """
    wanted = _admissions(actor, "volunteer.keep").where(VolunteerAdmission.person_id == person_id)
    found = _admission_views(session, wanted)
    if not found:
        raise AdmissionNotFoundError
    return found[0]


def own_admission(session: Session, *, actor: Actor) -> VolunteerAdmission | None:
    """Return the actor's own application; None when there is none."""
    return session.scalar(
        select(VolunteerAdmission).where(VolunteerAdmission.person_id == (actor.person_id or 0))
    )


def covers(session: Session, *, actor: Actor) -> Sequence[CoverView]:
    """Return the accident insurances of a community, the last to end first."""
    rows = session.execute(
        select(AccidentCover, Person.name)
        .outerjoin(Person, Person.id == AccidentCover.person_id)
        .where(AccidentCover.community_id == actor.community_id)
        .order_by(AccidentCover.until_on.desc(), AccidentCover.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        CoverView(
            it.id,
            it.person_id,
            name or "",
            it.policy_number,
            it.insurer,
            it.from_on,
            it.until_on,
        )
        for it, name in rows
    ]


def covers_of(session: Session, *, community_id: int, person_id: int) -> Sequence[AccidentCover]:
    """Return what insurances cover somebody from today on."""
    return session.scalars(
        select(AccidentCover)
        .where(
            AccidentCover.community_id == community_id,
            or_(AccidentCover.person_id.is_(None), AccidentCover.person_id == person_id),
            AccidentCover.until_on >= clock.today(),
        )
        .order_by(AccidentCover.until_on.desc())
        .limit(paging.PAGE_SIZE)
    ).all()


def _volunteers(actor: Actor) -> Select[Any]:  # Any: a row of several entities
    """Select those who told what they bring, within reach."""
    return (
        select(Person, MicroGrid.grid_id, VolunteerProfile, VolunteerAdmission.state)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .outerjoin(VolunteerAdmission, VolunteerAdmission.person_id == Person.id)
        .where(within(actor, "volunteer.keep"), Person.is_active)
    )


def _volunteer_views(session: Session, wanted: Select[Any]) -> list[VolunteerView]:
    """Return the views of the selected volunteers: two reads, however many there are."""
    rows = session.execute(wanted).all()
    people = community_queries.persons(session, {row[0].id for row in rows})
    return [
        VolunteerView(
            person_id=person.id,
            name=person.name,
            place_label=people[person.id].place_label,
            card_no=person.card_no or "",
            grid_id=grid_id,
            sex=Sex(person.sex) if person.sex else None,
            skills=tuple(told.skills) if told else (),
            languages=tuple(told.languages) if told else (),
            free_times=tuple(told.free_times) if told else (),
            far=Far(told.far) if told else Far.COMMUNITY,
            state=None if state is None else AdmissionState(state),
        )
        for person, grid_id, told, state in rows
    ]


def search(
    session: Session,
    *,
    actor: Actor,
    text: str = "",
    skill: Skill | None = None,
    language: Language | None = None,
    free_time: str = "",
    grid_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[VolunteerView]:
    """Return volunteers within reach by what they can, speak, when they have time and where."""
    wanted = _volunteers(actor).join(VolunteerProfile, VolunteerProfile.person_id == Person.id)
    for column, value in (
        (VolunteerProfile.skills, skill),
        (VolunteerProfile.languages, language),
        (VolunteerProfile.free_times, free_time),
    ):
        if value:
            # Short lists of known codes; a code is looked for with its quotes.
            wanted = wanted.where(cast(column, String).contains(f'"{value}"', autoescape=True))
    if text.strip():
        wanted = wanted.where(Person.name.contains(text.strip(), autoescape=True))
    if grid_id is not None:
        wanted = wanted.where(MicroGrid.grid_id == grid_id)
    if cursor:
        wanted = wanted.where(Person.id > paging.decode_id(cursor))
    rows = _volunteer_views(session, wanted.order_by(Person.id).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.person_id])


def volunteer(session: Session, *, actor: Actor, person_id: int) -> VolunteerView:
    """Return one person within reach as a volunteer, whether or not they told anything yet.

    Raises:
        AdmissionNotFoundError: the person lies outside.
    """
    wanted = (
        _volunteers(actor)
        .outerjoin(VolunteerProfile, VolunteerProfile.person_id == Person.id)
        .where(Person.id == person_id)
    )
    found = _volunteer_views(session, wanted)
    if not found:
        raise AdmissionNotFoundError
    return found[0]


def last_months(session: Session, person_ids: Collection[int]) -> dict[int, LastMonths]:
    """Return how the last months went, by volunteer; for staff of the place alone."""
    since = clock.now() - timedelta(days=30 * HISTORY_MONTHS)
    times = {
        row[0]: (row[1], row[2])
        for row in session.execute(
            select(
                SignUp.volunteer_id,
                func.sum(case((SignUp.state == SignUpState.SERVED, 1), else_=0)),
                func.sum(case((SignUp.state == SignUpState.NO_SHOW, 1), else_=0)),
            )
            .where(SignUp.volunteer_id.in_(person_ids), SignUp.starts_at >= since)
            .group_by(SignUp.volunteer_id)
        )
    }
    words = {
        row[0]: (row[1], row[2], row[3])
        for row in session.execute(
            select(
                TaskFeedback.volunteer_id,
                func.sum(case((TaskFeedback.satisfaction == Satisfaction.GOOD, 1), else_=0)),
                func.count(),
                func.sum(case((TaskFeedback.may_refer, 1), else_=0)),
            )
            .where(
                TaskFeedback.volunteer_id.in_(person_ids),
                TaskFeedback.side == TellingSide.SERVED,
                TaskFeedback.at >= since,
            )
            .group_by(TaskFeedback.volunteer_id)
        )
    }
    return {
        one: LastMonths(*times.get(one, (0, 0)), *words.get(one, (0, 0, 0))) for one in person_ids
    }
