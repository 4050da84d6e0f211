"""The tables of the community room.

A building belongs to one grid and a micro-grid to one building; the composite keys make the
database hold what the columns repeat. Personal fields are sealed; their blind indexes find them.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.community.rules import (
    BatchState,
    ImportKind,
    KinshipKind,
    OrganisationKind,
    PersonField,
    Sex,
    SixRole,
)
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import listen
from timebank.kernel.sealed import Sealed

_INDEX_CHARS = 64


def _one_of(column: str, choices: type[StrEnum]) -> str:
    """Return the CHECK that a column holds one of an enumeration's values."""
    values = ", ".join(f"'{choice.value}'" for choice in choices)
    return f"{column} IN ({values})"


class Community(Base):
    """One community; every other row of the installation belongs to one."""

    __tablename__ = "community"

    id: Mapped[IntPk]
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    subdistrict: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    product_name: Mapped[str] = mapped_column(String(20))
    points_unit: Mapped[str] = mapped_column(String(10))


class Grid(Base):
    """A third-level grid: some buildings, one grid officer, one property steward."""

    __tablename__ = "grid"
    __table_args__ = (
        UniqueConstraint("community_id", "number"),
        CheckConstraint("number >= 1", name="number_positive"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))


class Building(Base):
    """A building, numbered within the community."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("community_id", "number"),
        UniqueConstraint("id", "grid_id"),
        CheckConstraint("number >= 1", name="number_positive"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    number: Mapped[int]


class MicroGrid(Base):
    """One unit of one building, the smallest place that is looked after."""

    __tablename__ = "micro_grid"
    __table_args__ = (
        ForeignKeyConstraint(
            ["building_id", "grid_id"], ["building.id", "building.grid_id"], onupdate="CASCADE"
        ),
        UniqueConstraint("building_id", "unit_no"),
        CheckConstraint("unit_no >= 1", name="unit_no_positive"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    building_id: Mapped[int]
    unit_no: Mapped[int]


class Household(Base):
    """Those who live behind one door."""

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("micro_grid_id", "room_no"),
        UniqueConstraint("id", "micro_grid_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    micro_grid_id: Mapped[int] = mapped_column(ForeignKey("micro_grid.id"))
    room_no: Mapped[str] = mapped_column(String(16))


class Person(Base):
    """A resident, or somebody who works for the community without living in it."""

    __tablename__ = "person"
    __table_args__ = (
        ForeignKeyConstraint(
            ["household_id", "micro_grid_id"], ["household.id", "household.micro_grid_id"]
        ),
        UniqueConstraint("community_id", "card_no"),
        UniqueConstraint("id", "community_id"),
        UniqueConstraint("community_id", "id_index"),
        Index(None, "community_id", "phone_index"),
        Index(None, "community_id", "phone_tail_index"),
        Index(None, "community_id", "pinyin_initials"),
        Index(None, "community_id", "name"),
        CheckConstraint(_one_of("sex", Sex), name="sex_known"),
        CheckConstraint(
            "(phone IS NULL) = (phone_index IS NULL)"
            " AND (phone IS NULL) = (phone_tail_index IS NULL)",
            name="phone_indexed",
        ),
        CheckConstraint("(id_number IS NULL) = (id_index IS NULL)", name="id_number_indexed"),
        CheckConstraint(
            "household_id IS NULL OR micro_grid_id IS NOT NULL", name="household_placed"
        ),
        CheckConstraint(
            "merged_into_id IS NULL OR (merged_into_id <> id AND NOT is_active)",
            name="merged_means_closed",
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(40))
    pinyin_initials: Mapped[str] = mapped_column(String(40))
    card_no: Mapped[str | None] = mapped_column(String(16))
    sex: Mapped[Sex | None] = mapped_column(String(8))
    born_on: Mapped[date | None] = mapped_column(Date)
    household_id: Mapped[int | None] = mapped_column(index=True)
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"), index=True)
    phone: Mapped[str | None] = mapped_column(Sealed)
    phone_index: Mapped[str | None] = mapped_column(String(_INDEX_CHARS))
    phone_tail_index: Mapped[str | None] = mapped_column(String(_INDEX_CHARS))
    id_number: Mapped[str | None] = mapped_column(Sealed)
    id_index: Mapped[str | None] = mapped_column(String(_INDEX_CHARS))
    address: Mapped[str | None] = mapped_column(Sealed)
    is_active: Mapped[bool] = mapped_column(default=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)


# A part of a name is found by where it begins; the sum of signs, not a language, orders these.
NAME_STARTS = (1, 2, 3)
LAST_SIGN = chr(0x10FFFF)  # behind every sign that a name may have
for _start in NAME_STARTS:
    listen(
        Base.metadata.tables["person"],
        f"CREATE INDEX ix_person_name_from_{_start} ON person"
        f" (community_id, substr(name, {_start}))",
        "sqlite",
    )
    listen(
        Base.metadata.tables["person"],
        f"CREATE INDEX ix_person_name_from_{_start} ON person"
        f' (community_id, (substr(name, {_start}) COLLATE "C"))',
        "postgresql",
    )


def name_from(start: int, *, is_lite: bool) -> ColumnElement[str]:
    """Return a person's name from one of its signs on, as the index on it has it."""
    rest = func.substr(Person.name, literal_column(str(start)))
    return rest if is_lite else rest.collate("C")


class PersonSource(Base):
    """Where a field of a person came from; the newest row of a field counts, without one a list.

    ``former_household_id`` is where they lived before, so that an older list still knows them.
    """

    __tablename__ = "person_source"
    __table_args__ = (
        CheckConstraint(_one_of("field", PersonField), name="field_known"),
        CheckConstraint("former_household_id IS NULL OR field = 'home'", name="former_home"),
        Index(None, "person_id", "field"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    field: Mapped[PersonField] = mapped_column(String(8))
    is_from_list: Mapped[bool]
    former_household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    set_at: Mapped[datetime]
    set_by_user_id: Mapped[int | None]


make_append_only(Base.metadata.tables[PersonSource.__tablename__])


class Kinship(Base):
    """What one person (``relative_id``) is to another (``person_id``): the relative's kind."""

    __tablename__ = "kinship"
    __table_args__ = (
        UniqueConstraint("person_id", "relative_id"),
        CheckConstraint("person_id <> relative_id", name="two_people"),
        CheckConstraint(_one_of("kind", KinshipKind), name="kind_known"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    relative_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[KinshipKind] = mapped_column(String(16))
    verified_on: Mapped[date | None] = mapped_column(Date)


class Organisation(Base):
    """A co-operative, the company, the property firm, a department or another body at work here."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "name"),
        CheckConstraint(_one_of("kind", OrganisationKind), name="kind_known"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[OrganisationKind] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str] = mapped_column(String(80), default="")


class RoleHolder(Base):
    """One of the six roles, held by a person at the one place the role belongs to."""

    __tablename__ = "role_holder"
    __table_args__ = (
        CheckConstraint(_one_of("role", SixRole), name="role_known"),
        CheckConstraint(
            "(role IN ('grid_officer', 'property_steward')) = (grid_id IS NOT NULL)"
            " AND (role = 'building_head') = (building_id IS NOT NULL)"
            " AND (role IN ('coop_cadre', 'party_volunteer', 'resident_representative'))"
            " = (micro_grid_id IS NOT NULL)",
            name="place_fits_role",
        ),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="days_in_order"),
        *(
            Index(
                f"uq_role_holder_current_{place}",
                "role",
                "person_id",
                f"{place}_id",
                unique=True,
                sqlite_where=text("ended_on IS NULL"),
                postgresql_where=text("ended_on IS NULL"),
            )
            for place in ("grid", "building", "micro_grid")
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    role: Mapped[SixRole] = mapped_column(String(24))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"), index=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"), index=True)
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"), index=True)
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)


class ImportBatch(Base):
    """An uploaded list between preview and confirmation.

    ``content`` is the file itself in base64, sealed because it names people; it is wiped as soon
    as the batch is confirmed or discarded.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ImportKind), name="kind_known"),
        CheckConstraint(_one_of("state", BatchState), name="state_known"),
        CheckConstraint("(state = 'staged') = (content IS NOT NULL)", name="content_while_staged"),
        CheckConstraint("(state = 'staged') = (settled_at IS NULL)", name="settled_once"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    kind: Mapped[ImportKind] = mapped_column(String(16))
    state: Mapped[BatchState] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(_INDEX_CHARS))
    content: Mapped[str | None] = mapped_column(Sealed)
    new_count: Mapped[int]
    changed_count: Mapped[int]
    unchanged_count: Mapped[int]
    wrong_count: Mapped[int]
    staged_by: Mapped[str] = mapped_column(Text)
    staged_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
