"""The people of a community as they are, and the lines of a list set against them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community import queries, rules
from timebank.community.models import (
    Building,
    Household,
    Kinship,
    MicroGrid,
    Person,
    PersonSource,
)
from timebank.community.rules import KinshipKind, PersonField, Sex
from timebank.community.service.imports.sheet import Line

HEAD = "head"

Door = tuple[int, int, str]  # building number, unit number, room
Kin = tuple[KinshipKind, date | None]


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A registered person, without the sealed fields: blind indexes are enough to compare."""

    id: int
    name: str
    sex: str | None
    born_on: date | None
    door: Door | None
    card_no: str | None
    phone_index: str | None
    id_index: str | None

    def is_named(self, name: str, born_on: date | None) -> bool:
        """Whether name and birthday, as far as both are known, are theirs."""
        return self.name == name and (None in {self.born_on, born_on} or self.born_on == born_on)


@dataclass(slots=True)
class PersonLine:
    """The values of one line; None where it says nothing."""

    line: Line
    name: str
    door: Door
    sex: Sex | None
    born_on: date | None
    phone: str | None
    id_number: str | None
    card_no: str | None
    relation: str | None
    verified_on: date | None
    known: KnownPerson | None = None

    @property
    def id_index(self) -> str | None:
        """The blind index of the ID number."""
        return rules.id_index(self.id_number) if self.id_number else None

    def differences(self, known: "Known") -> dict[str, object]:
        """Return the columns to write: where the line differs, but for what people put right.

        What the line leaves blank stays as it is. A door is given as its number: the household
        may have to be made first.
        """
        person = self.known
        wanted: dict[str, object] = {}
        if person is None or person.name != self.name:
            wanted |= {"name": self.name, "pinyin_initials": rules.pinyin_initials(self.name)}
        if self._has_other_door and not known.is_put_right(person, PersonField.HOME):
            wanted |= {
                "micro_grid_id": known.micro_grid_ids[self.door[:2]],
                "household_id": self.door,
                "address": home_label(self.door),
            }
        for column in ("sex", "born_on", "card_no"):
            value = getattr(self, column)
            if value is not None and value != getattr(person, column, None):
                wanted[column] = value
        if self._has_other_phone and not known.is_put_right(person, PersonField.PHONE):
            wanted |= rules.phone_columns(self.phone)
        if self.id_number and self.id_index != getattr(person, "id_index", None):
            wanted |= {"id_number": self.id_number, "id_index": self.id_index}
        return wanted

    def kept(self, known: "Known") -> list[PersonField]:
        """Return the fields in which the line differs from what people put right."""
        differing = {
            PersonField.PHONE: self._has_other_phone,
            PersonField.HOME: self._has_other_door,
        }
        return [
            field
            for field, differs in differing.items()
            if differs and known.is_put_right(self.known, field)
        ]

    @property
    def _has_other_door(self) -> bool:
        """Whether the line says that they live elsewhere than is known."""
        return self.known is None or self.known.door != self.door

    @property
    def _has_other_phone(self) -> bool:
        """Whether the line says another number than is known."""
        index = rules.phone_index(self.phone) if self.phone else None
        return index is not None and index != getattr(self.known, "phone_index", None)


def home_label(door: Door) -> str:
    """Return the full address of a door."""
    return rules.home_label(building_no=door[0], unit_no=door[1], room_no=door[2])


@dataclass(slots=True)
class Known:
    """All that is known of a community's people and doors."""

    code: str
    micro_grid_ids: dict[tuple[int, int], int]
    household_ids: dict[Door, int]
    people: list[KnownPerson]
    kin: dict[tuple[int, int], Kin]
    put_right_at: dict[tuple[int, str], datetime] = field(default_factory=dict)
    former_doors: dict[int, set[Door]] = field(default_factory=dict)
    holder_of_card: dict[str, KnownPerson] = field(init=False)
    by_id_index: dict[str, KnownPerson] = field(init=False)
    by_door: dict[tuple[Door, str], list[KnownPerson]] = field(init=False)

    def __post_init__(self) -> None:
        """Order the people by what they are looked up by."""
        self.holder_of_card = {one.card_no: one for one in self.people if one.card_no}
        self.by_id_index = {one.id_index: one for one in self.people if one.id_index}
        self.by_door = defaultdict(list)
        for one in self.people:
            for door in {one.door, *self.former_doors.get(one.id, ())} - {None}:
                self.by_door[door, one.name].append(one)

    def match(self, row: PersonLine) -> KnownPerson | None:
        """Return the person whom a line means, if registered."""
        by_id = self.by_id_index.get(row.id_index or "")
        holder = self.holder_of_card.get(row.card_no or "")
        if by_id:
            return by_id
        if holder and holder.is_named(row.name, row.born_on):
            return holder
        here = self.by_door.get((row.door, row.name), [])
        alike = [one for one in here if one.born_on == row.born_on]
        open_to = [one for one in here if one.born_on is None or row.born_on is None]
        if alike:
            return alike[0]
        return open_to[0] if len(open_to) == 1 else None

    def is_put_right(self, person: KnownPerson | None, field: PersonField) -> bool:
        """Whether people set a field last, and not a list."""
        return person is not None and (person.id, field) in self.put_right_at


@dataclass(slots=True)
class Draft:
    """What a list of people would write."""

    rows: list[PersonLine] = field(default_factory=list)
    first_lines: dict[tuple[object, ...], int] = field(default_factory=dict)
    kin: list[tuple[PersonLine, PersonLine]] = field(default_factory=list)
    lines_with_new_kin: set[int] = field(default_factory=set)

    def find_kin(self, known: Known) -> None:
        """Pair each head of a household with the relatives listed behind the same door."""
        heads = {row.door: row for row in self.rows if row.relation == HEAD}
        for row in self.rows:
            head = heads.get(row.door)
            if head is None or head is row or row.relation not in set(KinshipKind):
                continue
            self.kin.append((head, row))
            if not _is_known_kin(known, head, row):
                self.lines_with_new_kin.add(row.line.number)


def _is_known_kin(known: Known, head: PersonLine, row: PersonLine) -> bool:
    """Whether the relation of a line is already registered just so."""
    if head.known is None or row.known is None:
        return False
    registered = known.kin.get((head.known.id, row.known.id))
    if registered is None:
        return False
    kind, verified_on = registered
    return kind == row.relation and row.verified_on in {None, verified_on}


def known_people(session: Session, community_id: int) -> Known:
    """Return what is known of a community's people and doors."""
    places = session.execute(
        select(Building.number, MicroGrid.unit_no, MicroGrid.id)
        .join(MicroGrid, MicroGrid.building_id == Building.id)
        .where(Building.community_id == community_id)
    ).all()
    doors = _doors(session, community_id)
    return Known(
        code=queries.community(session, community_id).code,
        micro_grid_ids={(building, unit): place for building, unit, place in places},
        household_ids={door: household for household, door in doors.items()},
        people=_people(session, community_id, doors),
        kin={
            (person, relative): (KinshipKind(kind), on)
            for person, relative, kind, on in session.execute(
                select(
                    Kinship.person_id, Kinship.relative_id, Kinship.kind, Kinship.verified_on
                ).where(Kinship.community_id == community_id)
            )
        },
        **_sources(session, community_id, doors),
    )


class _Sources(TypedDict):
    """What is known of where fields came from."""

    put_right_at: dict[tuple[int, str], datetime]
    former_doors: dict[int, set[Door]]


def _sources(session: Session, community_id: int, doors: dict[int, Door]) -> _Sources:
    """Return which fields people set last, and behind which doors people lived before."""
    put_right_at: dict[tuple[int, str], datetime] = {}
    former_doors: dict[int, set[Door]] = defaultdict(set)
    rows = session.execute(
        select(
            PersonSource.person_id,
            PersonSource.field,
            PersonSource.is_from_list,
            PersonSource.former_household_id,
            PersonSource.set_at,
        )
        .where(PersonSource.community_id == community_id)
        .order_by(PersonSource.id)
    )
    for person_id, of_field, is_from_list, former_id, set_at in rows:
        put_right_at.pop((person_id, of_field), None)
        if not is_from_list:
            put_right_at[person_id, of_field] = set_at
        if former_id in doors:
            former_doors[person_id].add(doors[former_id])
    return {"put_right_at": put_right_at, "former_doors": former_doors}


def _doors(session: Session, community_id: int) -> dict[int, Door]:
    """Return the door of each household."""
    rows = session.execute(
        select(Household.id, Building.number, MicroGrid.unit_no, Household.room_no)
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .where(Household.community_id == community_id)
    )
    return {household: (building, unit, room) for household, building, unit, room in rows}


def _people(session: Session, community_id: int, doors: dict[int, Door]) -> list[KnownPerson]:
    """Return everybody registered, inactive people too."""
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            Person.sex,
            Person.born_on,
            Person.household_id,
            Person.card_no,
            Person.phone_index,
            Person.id_index,
        ).where(Person.community_id == community_id)
    )
    return [
        KnownPerson(who, name, sex, born, doors.get(home or 0), card, phone, id_index)
        for who, name, sex, born, home, card, phone, id_index in rows
    ]
