"""Builders for hours: a community with neighbours, and records on their way."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_household, make_micro_grid, make_person
from timebank.community.models import Community, MicroGrid, Person
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import books, proofs, records, review

NOW = datetime.fromisoformat("2026-11-18T20:00:00+08:00")
DAY = date(2026, 11, 18)


@dataclass(frozen=True, slots=True)
class Street:
    """A community with one volunteer, one elder and those who look after both."""

    community: Community
    place: MicroGrid
    volunteer_person: Person
    elder_person: Person
    volunteer: Actor
    elder: Actor
    officer: Actor
    admin: Actor
    kind_id: int


def make_street(session: Session) -> Street:
    """Return a small community that is ready to record hours."""
    community = make_community(session)
    place = make_micro_grid(session, community.id)
    homes = [
        make_household(session, community_id=community.id, micro_grid_id=place.id, room_no=room_no)
        for room_no in ("101", "102")
    ]
    zhou = make_person(session, community_id=community.id, name="周秀兰", household_id=homes[0].id)
    sun = make_person(session, community_id=community.id, name="孙桂英", household_id=homes[1].id)
    admin = make_actor(session, community_id=community.id)
    books.open_hours(session, actor=admin)
    return Street(
        community=community,
        place=place,
        volunteer_person=zhou,
        elder_person=sun,
        volunteer=make_actor(
            session,
            community_id=community.id,
            roles=(("volunteer", "own", None),),
            person_id=zhou.id,
            name="周秀兰",
        ),
        elder=make_actor(
            session,
            community_id=community.id,
            roles=(("elder", "own", None),),
            person_id=sun.id,
            name="孙桂英",
        ),
        officer=make_actor(
            session,
            community_id=community.id,
            roles=(("grid_officer", "grid", place.grid_id),),
            name="赵强",
        ),
        admin=admin,
        kind_id=limits.kinds(session, community.id)[0].id,
    )


def at(clock_text: str, day: date = DAY) -> datetime:
    """Return the moment of a wall-clock time such as ``09:30`` on a day."""
    return clock.at_local(day, time.fromisoformat(clock_text))


def make_facts(
    street: Street,
    *,
    start: str = "09:00",
    end: str = "10:35",
    day: date = DAY,
    to_elder: bool = True,
    activity: str = "",
    case_id: int | None = None,
    late_reason: str = "",
    notes: str = "",
) -> ServiceFacts:
    """Return what is told about a morning with the elder."""
    return ServiceFacts(
        kind_id=street.kind_id,
        started_at=at(start, day),
        ended_at=at(end, day),
        recipient_id=street.elder_person.id if to_elder else None,
        activity=activity,
        micro_grid_id=street.place.id,
        case_id=case_id,
        late_reason=late_reason,
        notes=notes,
    )


def make_record(
    session: Session,
    street: Street,
    *,
    start: str = "09:00",
    end: str = "10:35",
    day: date = DAY,
    case_id: int | None = None,
) -> int:
    """Return the volunteer's own record of service to the elder."""
    with clock.fixed_at(max(NOW, at("23:00", day))):
        return records.record_service(
            session,
            actor=street.volunteer,
            facts=make_facts(street, start=start, end=end, day=day, case_id=case_id),
        )


def make_confirmed(
    session: Session,
    street: Street,
    *,
    start: str = "09:00",
    end: str = "10:35",
    day: date = DAY,
    case_id: int | None = None,
) -> int:
    """Return a record that the elder has confirmed."""
    record_id = make_record(session, street, start=start, end=end, day=day, case_id=case_id)
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)
    return record_id


def make_approved(
    session: Session,
    street: Street,
    *,
    start: str = "09:00",
    end: str = "10:35",
    day: date = DAY,
    case_id: int | None = None,
    key: UUID | None = None,
) -> int:
    """Return a record whose minutes are in the books."""
    record_id = make_confirmed(session, street, start=start, end=end, day=day, case_id=case_id)
    with clock.fixed_at(max(NOW, at("23:30", day))):
        review.approve_service(
            session, actor=street.officer, record_id=record_id, key=key or ids.new_id()
        )
    return record_id
