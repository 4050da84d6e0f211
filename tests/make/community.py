"""Builders for the community room: plain typed functions."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community import rules
from timebank.community.models import (
    Building,
    Community,
    Grid,
    Household,
    Kinship,
    MicroGrid,
    Organisation,
    Person,
)
from timebank.community.rules import KinshipKind, OrganisationKind, Sex


def make_community(session: Session, *, code: str = "JL", name: str = "九龙社区") -> Community:
    """Return a new community."""
    community = Community(
        code=code,
        name=name,
        subdistrict="灵山卫街道",
        phone="0532-86880000",
        product_name="新时间银行",
        points_unit="小时",
    )
    session.add(community)
    session.flush()
    return community


def make_micro_grid(
    session: Session,
    community_id: int,
    grid_no: int = 1,
    building_no: int = 1,
    unit_no: int = 1,
) -> MicroGrid:
    """Return a micro-grid, making its grid and building when they are not there yet."""
    grid = session.scalar(
        select(Grid).where(Grid.community_id == community_id, Grid.number == grid_no)
    )
    if grid is None:
        grid = Grid(community_id=community_id, number=grid_no, name=rules.grid_name(grid_no))
        session.add(grid)
        session.flush()
    building = session.scalar(
        select(Building).where(
            Building.community_id == community_id, Building.number == building_no
        )
    )
    if building is None:
        building = Building(community_id=community_id, grid_id=grid.id, number=building_no)
        session.add(building)
        session.flush()
    place = MicroGrid(
        community_id=community_id,
        grid_id=building.grid_id,
        building_id=building.id,
        unit_no=unit_no,
    )
    session.add(place)
    session.flush()
    return place


def make_household(
    session: Session, *, micro_grid_id: int, community_id: int, room_no: str = "101"
) -> Household:
    """Return a new household."""
    household = Household(community_id=community_id, micro_grid_id=micro_grid_id, room_no=room_no)
    session.add(household)
    session.flush()
    return household


def make_person(
    session: Session,
    *,
    community_id: int,
    name: str = "李桂兰",
    micro_grid_id: int | None = None,
    household_id: int | None = None,
    sex: Sex = Sex.FEMALE,
    born_on: date | None = date(1952, 3, 8),
    phone: str | None = None,
) -> Person:
    """Return a new person with a card of their own."""
    if household_id is not None and micro_grid_id is None:
        micro_grid_id = session.get_one(Household, household_id).micro_grid_id
    community = session.get_one(Community, community_id)
    known = session.scalar(
        select(func.count()).select_from(Person).where(Person.community_id == community_id)
    )
    person = Person(
        community_id=community_id,
        name=name,
        pinyin_initials=rules.pinyin_initials(name),
        card_no=rules.card_number(code=community.code, serial=(known or 0) + 1),
        sex=sex,
        born_on=born_on,
        household_id=household_id,
        micro_grid_id=micro_grid_id,
        **rules.phone_columns(phone),
        is_active=True,
    )
    session.add(person)
    session.flush()
    return person


def make_kin(
    session: Session,
    *,
    person: Person,
    relative: Person,
    kind: KinshipKind = KinshipKind.CHILD,
    verified_on: date | None = None,
) -> Kinship:
    """Return a registered kinship."""
    kinship = Kinship(
        community_id=person.community_id,
        person_id=person.id,
        relative_id=relative.id,
        kind=kind,
        verified_on=verified_on,
    )
    session.add(kinship)
    session.flush()
    return kinship


def make_organisation(
    session: Session,
    *,
    community_id: int,
    kind: OrganisationKind = OrganisationKind.COMPANY,
    name: str = "九龙共富公司",
) -> Organisation:
    """Return a new organisation."""
    organisation = Organisation(community_id=community_id, kind=kind, name=name, contact="")
    session.add(organisation)
    session.flush()
    return organisation
