"""Builders for needs and tasks: a street with helpers, needs on their way, tasks with a list."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_person
from tests.make.volunteering import NOW, Street, make_street
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.models.needs import VolunteerProfile
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.rules.needs import NO_WISHES, NeedFacts, Wishes
from timebank.volunteering.rules.tasks import Admission, SignUpState, TaskFacts
from timebank.volunteering.service import needs, signups, tasks

START = NOW + timedelta(days=2) - timedelta(hours=10)  # 10:00 the day after tomorrow
END = START + timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Team:
    """A street and some neighbours who want to help."""

    street: Street
    helpers: list[Actor]


def make_team(session: Session, *, count: int = 3) -> Team:
    """Return a community with so many volunteers beside the one of the street."""
    street = make_street(session)
    return Team(street, [make_helper(session, street, number) for number in range(count)])


def make_helper(
    session: Session, street: Street, number: int = 0, *, born_on: date | None = date(1960, 5, 1)
) -> Actor:
    """Return a volunteer of the street, living in its unit."""
    name = f"志愿者{'甲乙丙丁戊己庚辛壬癸'[number % 10]}"
    person = make_person(
        session,
        community_id=street.community.id,
        name=name,
        micro_grid_id=street.place.id,
        born_on=born_on,
    )
    return make_actor(
        session,
        community_id=street.community.id,
        roles=(("volunteer", "own", None),),
        person_id=person.id,
        name=name,
    )


def make_profile(session: Session, person: Person | None, **told: list[str]) -> None:
    """Let a person have told what they can do, speak, and when they have time."""
    assert person is not None
    session.add(
        VolunteerProfile(
            community_id=person.community_id,
            person_id=person.id,
            skills=told.get("skills", []),
            languages=told.get("languages", []),
            free_times=told.get("free_times", []),
            told_at=clock.now(),
        )
    )
    session.flush()


def need_facts(
    street: Street,
    *,
    starts_at: datetime = START,
    minutes: int = 120,
    wishes: Wishes = NO_WISHES,
    helpers: int = 1,
    weekdays: str = "",
    repeat_until_on: date | None = None,
    consent: str = "",
) -> NeedFacts:
    """Return what is told about company for the elder."""
    return NeedFacts(
        kind_id=street.kind_id,
        starts_at=starts_at,
        minutes=minutes,
        recipient_id=street.elder_person.id,
        helpers=helpers,
        wishes=wishes,
        weekdays=weekdays,
        repeat_until_on=repeat_until_on,
        consent=consent,
        details="陪着说说话",
    )


def make_need(session: Session, street: Street, facts: NeedFacts | None = None) -> int:
    """Return a need that the elder posted."""
    with clock.fixed_at(NOW):
        return needs.post_need(session, actor=street.elder, facts=facts or need_facts(street))


def make_need_task(
    session: Session,
    street: Street,
    *,
    admission: Admission = Admission.DIRECT,
    facts: NeedFacts | None = None,
) -> int:
    """Return the task of a need of the elder, taken up by the officer."""
    need_id = make_need(session, street, facts)
    with clock.fixed_at(NOW):
        (task_id, *_) = needs.take_up(
            session, actor=street.officer, need_id=need_id, admission=admission
        )
    return task_id


def activity_facts(street: Street, *, places: int = 20, **changes: object) -> TaskFacts:
    """Return what is told about a free clinic."""
    facts = TaskFacts(
        kind_id=street.kind_id,
        activity="周六义诊",
        starts_at=START,
        ends_at=END,
        places=places,
        micro_grid_id=street.place.id,
        place="社区活动室",
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # changed by name


def make_activity(session: Session, street: Street, *, places: int = 20, **changes: object) -> int:
    """Return a free clinic that wants helpers."""
    with clock.fixed_at(NOW):
        return tasks.post_activity(
            session, actor=street.officer, facts=activity_facts(street, places=places, **changes)
        )


def join(session: Session, task_id: int, *volunteers: Actor) -> list[SignUpState]:
    """Let volunteers sign up one after the other, and return where each stands."""
    with clock.fixed_at(NOW):
        return [signups.sign_up(session, actor=one, task_id=task_id) for one in volunteers]


def listed(session: Session, task_id: int) -> dict[int, SignUpState]:
    """Return where everybody on a task's list stands, by person."""
    session.expire_all()
    rows = session.query(SignUp).filter_by(task_id=task_id)
    return {row.volunteer_id: SignUpState(row.state) for row in rows}


def sign_up_id(session: Session, task_id: int, volunteer: Actor) -> int:
    """Return the id of a volunteer's place on a list."""
    row = session.query(SignUp).filter_by(task_id=task_id, volunteer_id=volunteer.person_id).one()
    return row.id


def taken(session: Session, task_id: int) -> int:
    """Return how many places the database counts as taken."""
    session.expire_all()
    return session.get_one(Task, task_id).taken
