"""Reads of the community room: people within reach, places, organisations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from timebank.community import errors, rules
from timebank.community.models import (
    Building,
    Community,
    Grid,
    Household,
    Kinship,
    MicroGrid,
    Organisation,
    Person,
    RoleHolder,
)
from timebank.community.rules import (
    CommunityView,
    GridView,
    KinshipKind,
    KinView,
    OrganisationKind,
    OrganisationView,
    OwnDetails,
    Residents,
    RoleHolderView,
    Sex,
    SixRole,
)
from timebank.kernel import paging
from timebank.kernel.actor import Reach

_PLACES_MAX = 2_000
_PEOPLE_MAX = 20_000


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as others may see them: phone masked, place down to the unit."""

    id: int
    name: str
    card_no: str | None
    sex: Sex | None
    born_on: date | None
    micro_grid_id: int | None
    grid_id: int | None
    place_label: str
    phone_masked: str
    is_active: bool = True
    merged_into_id: int | None = None


@dataclass(frozen=True, slots=True)
class MicroGridView:
    """A micro-grid with its place in the levels above."""

    id: int
    community_id: int
    grid_id: int
    grid_number: int
    grid_name: str
    building_id: int
    building_no: int
    unit_no: int
    label: str


def community(session: Session, community_id: int) -> CommunityView:
    """Return a community.

    Raises:
        CommunityNotFoundError: there is none with this id.
    """
    row = session.get(Community, community_id)
    if row is None:
        raise errors.CommunityNotFoundError
    return _community_view(row)


def communities(session: Session) -> list[CommunityView]:
    """Return the communities of the installation."""
    rows = session.scalars(select(Community).order_by(Community.id).limit(paging.PAGE_SIZE_MAX))
    return [_community_view(row) for row in rows]


def _community_view(row: Community) -> CommunityView:
    """Return the view of a row."""
    return CommunityView(
        row.id, row.code, row.name, row.subdistrict, row.phone, row.product_name, row.points_unit
    )


def _people() -> Select[tuple[Person, int, int, int]]:
    """Select people with their grid, building number and unit number."""
    return (
        select(Person, MicroGrid.grid_id, Building.number, MicroGrid.unit_no)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .outerjoin(Building, Building.id == MicroGrid.building_id)
    )


def _person_view(row: Row[tuple[Person, int, int, int]]) -> PersonView:
    """Return the view of a row of ``_people``."""
    person, grid_id, building_no, unit_no = row
    label = (
        ""
        if building_no is None
        else rules.micro_grid_label(building_no=building_no, unit_no=unit_no)
    )
    return PersonView(
        id=person.id,
        name=person.name,
        card_no=person.card_no,
        sex=None if person.sex is None else Sex(person.sex),
        born_on=person.born_on,
        micro_grid_id=person.micro_grid_id,
        grid_id=grid_id,
        place_label=label,
        phone_masked=rules.mask_phone(person.phone) if person.phone else "",
        is_active=person.is_active,
        merged_into_id=person.merged_into_id,
    )


def person(session: Session, *, community_id: int, person_id: int) -> PersonView:
    """Return one person of a community.

    Raises:
        PersonNotFoundError: nobody of this community has the id.
    """
    found = session.execute(
        _people().where(Person.id == person_id, Person.community_id == community_id)
    ).one_or_none()
    if found is None:
        raise errors.PersonNotFoundError
    return _person_view(found)


def person_within(
    session: Session, *, community_id: int, person_id: int, reach: Reach
) -> PersonView:
    """Return one person of a community whom a permission reaches.

    Raises:
        PersonNotFoundError: nobody within reach has the id.
    """
    found = person(session, community_id=community_id, person_id=person_id)
    if not (reach.centre_ids or reach.covers(grid_id=found.grid_id)):
        raise errors.PersonNotFoundError
    return found


def persons(session: Session, ids: Collection[int]) -> dict[int, PersonView]:
    """Return people by id; unknown ids are left out."""
    if not ids:
        return {}
    rows = session.execute(_people().where(Person.id.in_(set(ids))))
    return {row[0].id: _person_view(row) for row in rows}


def search_persons(
    session: Session,
    *,
    community_id: int,
    text: str,
    reach: Reach,
    limit: int = 20,
    closed: bool = False,
) -> list[PersonView]:
    """Return active (or closed) people by name, initials, card number, phone or its tail."""
    wanted = rules.clean(text)
    if not wanted:
        return []
    rows = session.execute(
        _people()
        .where(
            Person.community_id == community_id,
            Person.is_active.is_(not closed),
            _matches(wanted),
            _within(reach),
        )
        .order_by(Person.pinyin_initials, Person.name, Person.id)
        .limit(min(limit, paging.PAGE_SIZE_MAX))
    )
    return [_person_view(row) for row in rows]


def card_holders(session: Session, community_id: int) -> list[PersonView]:
    """Return the active people who have a card, in the order of their cards."""
    rows = session.execute(
        _people()
        .where(Person.community_id == community_id, Person.is_active, Person.card_no.is_not(None))
        .order_by(func.length(Person.card_no), Person.card_no)
        .limit(_PEOPLE_MAX)
    )
    return [_person_view(row) for row in rows]


def _matches(wanted: str) -> ColumnElement[bool]:
    """Return the condition that a person is meant by what was typed."""
    ways: list[ColumnElement[bool]] = []
    phone = rules.phone_of(wanted)
    if phone:
        ways.append(Person.phone_index == rules.phone_index(phone))
    if rules.is_card_text(wanted):
        digits = wanted.rpartition("-")[2].zfill(rules.CARD_DIGITS)
        ways.append(Person.card_no.endswith(f"-{digits}", autoescape=True))
    if len(wanted) == rules.PHONE_TAIL_DIGITS and wanted.isascii() and wanted.isdigit():
        ways.append(Person.phone_tail_index == rules.phone_tail_index(wanted))
    if wanted.isascii() and wanted.isalpha():
        ways.append(Person.pinyin_initials.startswith(wanted.lower(), autoescape=True))
    if not wanted.isdigit():
        ways.append(Person.name.contains(wanted, autoescape=True))
    return or_(*ways) if ways else false()


def _within(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a person's place lies within reach; a centre serves everybody."""
    if reach.is_wide or reach.centre_ids:
        return true()
    return MicroGrid.grid_id.in_(reach.grid_ids) if reach.grid_ids else false()


def own_details(session: Session, *, community_id: int, person_id: int) -> OwnDetails:
    """Return the personal fields of one person in full; the caller has the right or a reason.

    Raises:
        PersonNotFoundError: nobody of this community has the id.
    """
    found = session.execute(
        select(Person.phone, Person.id_number, Person.address, Household.room_no)
        .outerjoin(Household, Household.id == Person.household_id)
        .where(Person.id == person_id, Person.community_id == community_id)
    ).one_or_none()
    if found is None:
        raise errors.PersonNotFoundError
    return OwnDetails(*found)


def are_kin(session: Session, person_id: int, other_id: int) -> bool:
    """Whether two people are registered as relatives, or live in one household."""
    pair = or_(
        and_(Kinship.person_id == person_id, Kinship.relative_id == other_id),
        and_(Kinship.person_id == other_id, Kinship.relative_id == person_id),
    )
    if session.scalar(select(Kinship.id).where(pair).limit(1)) is not None:
        return True
    homes = session.scalars(
        select(Person.household_id).where(Person.id.in_({person_id, other_id}))
    ).all()
    return (
        person_id != other_id and len(homes) == 2 and homes[0] is not None and homes[0] == homes[1]
    )


def relatives(session: Session, person_id: int) -> list[KinView]:
    """Return the registered relatives of a person."""
    rows = session.execute(
        select(Kinship.relative_id, Person.name, Kinship.kind, Kinship.verified_on)
        .join(Person, Person.id == Kinship.relative_id)
        .where(Kinship.person_id == person_id)
        .order_by(Kinship.id)
        .limit(paging.PAGE_SIZE)
    )
    return [KinView(who, name, KinshipKind(kind), on) for who, name, kind, on in rows]


def grid_of_person(session: Session, person_id: int) -> int | None:
    """Return the grid in which a person lives, or None."""
    return session.scalar(
        select(MicroGrid.grid_id)
        .join(Person, Person.micro_grid_id == MicroGrid.id)
        .where(Person.id == person_id)
    )


def grids(session: Session, community_id: int) -> list[GridView]:
    """Return the grids of a community, in order."""
    wanted = select(Grid.id, Grid.number, Grid.name).where(Grid.community_id == community_id)
    rows = session.execute(wanted.order_by(Grid.number).limit(_PLACES_MAX))
    return [GridView(*row) for row in rows]


def _micro_grids() -> Select[tuple[MicroGrid, Grid, int]]:
    """Select micro-grids with their grid and building number, in the order of the doors."""
    return (
        select(MicroGrid, Grid, Building.number)
        .join(Building, Building.id == MicroGrid.building_id)
        .join(Grid, Grid.id == MicroGrid.grid_id)
        .order_by(Grid.number, Building.number, MicroGrid.unit_no)
    )


def _micro_grid_view(row: Row[tuple[MicroGrid, Grid, int]]) -> MicroGridView:
    """Return the view of a row of ``_micro_grids``."""
    place, grid, building_no = row
    return MicroGridView(
        id=place.id,
        community_id=place.community_id,
        grid_id=grid.id,
        grid_number=grid.number,
        grid_name=grid.name,
        building_id=place.building_id,
        building_no=building_no,
        unit_no=place.unit_no,
        label=rules.micro_grid_label(building_no=building_no, unit_no=place.unit_no),
    )


def micro_grid(session: Session, micro_grid_id: int) -> MicroGridView:
    """Return one micro-grid.

    Raises:
        MicroGridNotFoundError: there is none with this id.
    """
    found = session.execute(_micro_grids().where(MicroGrid.id == micro_grid_id)).one_or_none()
    if found is None:
        raise errors.MicroGridNotFoundError
    return _micro_grid_view(found)


def micro_grids(session: Session, community_id: int) -> list[MicroGridView]:
    """Return all micro-grids of a community, in the order of the doors."""
    rows = session.execute(
        _micro_grids().where(MicroGrid.community_id == community_id).limit(_PLACES_MAX)
    )
    return [_micro_grid_view(row) for row in rows]


def residents(session: Session, community_id: int) -> dict[int, Residents]:
    """Return how many households and people live in each micro-grid."""
    rows = session.execute(
        select(Person.micro_grid_id, func.count(Person.household_id.distinct()), func.count())
        .where(
            Person.community_id == community_id, Person.is_active, Person.micro_grid_id.is_not(None)
        )
        .group_by(Person.micro_grid_id)
    )
    return {place: Residents(homes, people) for place, homes, people in rows}


def holders(
    session: Session, community_id: int, *, role: SixRole | None = None
) -> list[RoleHolderView]:
    """Return who holds one of the six roles now, or all of them, in the order of the doors."""
    where = Building.id == func.coalesce(RoleHolder.building_id, MicroGrid.building_id)
    wanted = (
        select(RoleHolder, Person.name, Grid, Building.number, MicroGrid.unit_no)
        .join(Person, Person.id == RoleHolder.person_id)
        .outerjoin(MicroGrid, MicroGrid.id == RoleHolder.micro_grid_id)
        .outerjoin(Building, where)
        .join(Grid, Grid.id == func.coalesce(RoleHolder.grid_id, Building.grid_id))
        .where(RoleHolder.community_id == community_id, RoleHolder.ended_on.is_(None))
        .order_by(Grid.number, Building.number, MicroGrid.unit_no, RoleHolder.id)
        .limit(_PLACES_MAX)
    )
    if role is not None:
        wanted = wanted.where(RoleHolder.role == role)
    return [_role_holder_view(*row) for row in session.execute(wanted)]


def _role_holder_view(
    holder: RoleHolder, name: str, grid: Grid, building_no: int | None, unit_no: int | None
) -> RoleHolderView:
    """Return the view of a row of ``holders``."""
    label = grid.name if building_no is None else f"{building_no}号楼"
    if building_no is not None and unit_no is not None:
        label = rules.micro_grid_label(building_no=building_no, unit_no=unit_no)
    role = SixRole(holder.role)
    place_id = holder.grid_id or holder.building_id or holder.micro_grid_id
    return RoleHolderView(
        id=holder.id,
        role=role,
        person_id=holder.person_id,
        person_name=name,
        place=rules.PLACE_OF_ROLE[role],
        place_id=place_id or 0,
        place_label=label,
        grid_id=grid.id,
        started_on=holder.started_on,
    )


def organisations(
    session: Session, community_id: int, kind: OrganisationKind | None = None
) -> Sequence[OrganisationView]:
    """Return the organisations of a community, of one kind or of all."""
    wanted = select(Organisation).where(Organisation.community_id == community_id)
    if kind is not None:
        wanted = wanted.where(Organisation.kind == kind)
    rows = session.scalars(wanted.order_by(Organisation.id).limit(paging.PAGE_SIZE_MAX))
    return [
        OrganisationView(row.id, OrganisationKind(row.kind), row.name, row.contact) for row in rows
    ]
