"""Builders for outreach: a community of two grids with people behind doors and their officers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_household, make_micro_grid, make_person
from timebank.community.models import Household, MicroGrid, Person, RoleHolder
from timebank.community.rules import SixRole
from timebank.kernel.actor import Actor

NOW = datetime(2026, 11, 10, 2, tzinfo=UTC)
TODAY = date(2026, 11, 10)


@dataclass(frozen=True, slots=True)
class Ward:
    """Two grids: three units with an officer who acts, and one unit of somebody else's."""

    community_id: int
    units: list[MicroGrid]
    far_unit: MicroGrid
    home: Household
    empty_home: Household
    elder: Person
    far_elder: Person
    officer_person: Person
    officer: Actor
    far_officer: Actor
    admin: Actor
    auditor: Actor
    resident: Actor


def make_ward(session: Session, *, code: str = "JL") -> Ward:
    """Return a community with people to visit."""
    community = make_community(session, code=code)
    own = community.id
    units = [make_micro_grid(session, own, 1, 1, number) for number in (1, 2, 3)]
    far_unit = make_micro_grid(session, own, 2, 9, 1)
    home = make_household(session, micro_grid_id=units[0].id, community_id=own, room_no="101")
    empty_home = make_household(session, micro_grid_id=units[0].id, community_id=own, room_no="102")
    elder = make_person(
        session, community_id=own, name="孙秀英", household_id=home.id, phone="13800000101"
    )
    make_person(session, community_id=own, name="马文革", household_id=empty_home.id)
    far_home = make_household(session, micro_grid_id=far_unit.id, community_id=own)
    far_elder = make_person(session, community_id=own, name="郑国强", household_id=far_home.id)
    officer_person = make_person(session, community_id=own, name="刘洋", phone="13900000001")
    for unit, person in ((units[0], officer_person), (far_unit, far_elder)):
        session.add(
            RoleHolder(
                community_id=own,
                role=SixRole.GRID_OFFICER,
                person_id=person.id,
                grid_id=unit.grid_id,
                started_on=date(2025, 1, 1),
            )
        )
    session.flush()

    def officer_of(unit: MicroGrid, person: Person) -> Actor:
        return make_actor(
            session,
            community_id=own,
            roles=(("grid_officer", "grid", unit.grid_id),),
            person_id=person.id,
            name=person.name,
        )

    return Ward(
        community_id=own,
        units=units,
        far_unit=far_unit,
        home=home,
        empty_home=empty_home,
        elder=elder,
        far_elder=far_elder,
        officer_person=officer_person,
        officer=officer_of(units[0], officer_person),
        far_officer=officer_of(far_unit, far_elder),
        admin=make_actor(session, community_id=own),
        auditor=make_actor(
            session, community_id=own, roles=(("auditor", "community", None),), name="周审"
        ),
        resident=make_actor(
            session,
            community_id=own,
            roles=(("elder", "own", None),),
            person_id=elder.id,
            name=elder.name,
        ),
    )
