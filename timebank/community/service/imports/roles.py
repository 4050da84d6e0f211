"""The list of the six roles: one line for each holder, with the place the role belongs to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from timebank.community import errors, rules
from timebank.community.models import Building, Grid, MicroGrid, Person, RoleHolder
from timebank.community.rules import PLACE_OF_ROLE, PlaceKind, SixRole
from timebank.community.service.imports.plan import Change, Findings, Plan, settle
from timebank.community.service.imports.sheet import Column, Line
from timebank.kernel import clock

ROLES = {
    "网格员": SixRole.GRID_OFFICER,
    "物业管家": SixRole.PROPERTY_STEWARD,
    "楼长": SixRole.BUILDING_HEAD,
    "经合社干部": SixRole.COOP_CADRE,
    "党员志愿者": SixRole.PARTY_VOLUNTEER,
    "居民代表": SixRole.RESIDENT_REPRESENTATIVE,
}
COLUMNS = (
    Column("role", "角色", ("六员", "岗位", "职务"), is_required=True, example="楼长"),
    Column("name", "姓名", ("名字",), is_required=True, example="孙秀英"),
    Column("grid", "网格", ("网格号", "所属网格"), hint="网格员、物业管家要填", example="第三网格"),
    Column(
        "building", "楼号", ("楼", "楼栋", "楼栋号", "栋", "幢"), hint="楼长要填", example="8号楼"
    ),
    Column("unit", "单元", ("单元号", "微网格"), hint="后三种角色连楼号一起填", example="2单元"),
    Column(
        "phone", "手机号", ("手机", "电话", "联系电话"), hint="同名的人要填", example="13800000420"
    ),
    Column("card_no", "卡号", ("会员卡号",), hint="可以不填"),
    Column(
        "started_on", "任职日期", ("开始日期", "起始日期"), hint="可以不填", example="2026-01-01"
    ),
)

Place = tuple[PlaceKind, int]
_Key = tuple[SixRole, int, Place]


@dataclass(slots=True)
class _Known:
    """The places by number, the people by name, and who holds what."""

    grids: dict[int, int]
    buildings: dict[int, int]
    units: dict[tuple[int, int], int]
    people: dict[str, list[tuple[int, str | None, str | None]]]
    holders: dict[_Key, tuple[int, date]]


@dataclass(slots=True)
class _Draft:
    """What is to be written: the first day by role, person and place; where it was read."""

    started: dict[_Key, date | None] = field(default_factory=dict)
    lines: dict[_Key, int] = field(default_factory=dict)


def plan(session: Session, *, community_id: int, lines: Sequence[Line]) -> Plan:
    """Compare a list of role holders with those known."""
    known = _known(session, community_id)
    findings, draft = Findings(COLUMNS), _Draft()
    for line in lines:
        _read(line, known=known, findings=findings, draft=draft)
    return settle(findings, partial(_write, community_id=community_id, known=known, draft=draft))


def _known(session: Session, community_id: int) -> _Known:
    """Return what is known of a community's places, people and roles."""
    people = defaultdict(list)
    for who, name, phone, card in session.execute(
        select(Person.id, Person.name, Person.phone_index, Person.card_no).where(
            Person.community_id == community_id, Person.is_active
        )
    ):
        people[name].append((who, phone, card))
    grids = select(Grid.number, Grid.id).where(Grid.community_id == community_id)
    buildings = select(Building.number, Building.id).where(Building.community_id == community_id)
    units = (
        select(Building.number, MicroGrid.unit_no, MicroGrid.id)
        .join(Building, Building.id == MicroGrid.building_id)
        .where(MicroGrid.community_id == community_id)
    )
    return _Known(
        grids={number: grid for number, grid in session.execute(grids)},  # noqa: C416 - rows, no pairs
        buildings={number: building for number, building in session.execute(buildings)},  # noqa: C416
        units={(number, unit): place for number, unit, place in session.execute(units)},
        people=people,
        holders=_holders(session, community_id),
    )


def _holders(session: Session, community_id: int) -> dict[_Key, tuple[int, date]]:
    """Return the current holders by role, person and place."""
    rows = session.execute(
        select(RoleHolder).where(
            RoleHolder.community_id == community_id, RoleHolder.ended_on.is_(None)
        )
    ).scalars()
    holders: dict[_Key, tuple[int, date]] = {}
    for row in rows:
        kind = PLACE_OF_ROLE[SixRole(row.role)]
        place_id = row.grid_id or row.building_id or row.micro_grid_id or 0
        holders[SixRole(row.role), row.person_id, (kind, place_id)] = (row.id, row.started_on)
    return holders


def _read(line: Line, *, known: _Known, findings: Findings, draft: _Draft) -> None:
    """Take one line into the draft, or note what is wrong with it."""
    role = findings.choice(line, "role", ROLES)
    if role is None:
        if not line.text("role"):
            findings.refuse(line, "role", errors.CellMissingError())
        return
    place = _place(line, role, known, findings)
    person_id = _person(line, known, findings)
    started_on = _started_on(line, findings)
    if place is None or person_id is None or not findings.is_clean(line):
        return
    key = (role, person_id, place)
    first = draft.lines.setdefault(key, line.number)
    if first != line.number:
        findings.refuse(line, "name", errors.LineTwiceError(first=first))
        return
    draft.started[key] = started_on
    findings.note(line, _change(known.holders.get(key), started_on), line.text("name"))


def _change(holder: tuple[int, date] | None, started_on: date | None) -> Change:
    """Return what a line does; a blank day leaves the known one."""
    if holder is None:
        return Change.NEW
    return Change.CHANGED if started_on not in {None, holder[1]} else Change.UNCHANGED


def _place(line: Line, role: SixRole, known: _Known, findings: Findings) -> Place | None:
    """Return the place to which the role belongs; None when blank, unknown or refused."""
    kind = PLACE_OF_ROLE[role]
    keys = {
        PlaceKind.GRID: ("grid",),
        PlaceKind.BUILDING: ("building",),
        PlaceKind.MICRO_GRID: ("building", "unit"),
    }[kind]
    numbers: list[int] = []
    for key in keys:
        number = findings.place_number(line, key)
        if not line.text(key):
            findings.refuse(line, key, errors.CellMissingError())
        if number is None:
            return None
        numbers.append(number)
    place_id = _place_id(kind, numbers, known)
    if place_id is None:
        findings.refuse(line, keys[-1], errors.PlaceUnknownError(label=_label(kind, numbers)))
        return None
    return kind, place_id


def _place_id(kind: PlaceKind, numbers: Sequence[int], known: _Known) -> int | None:
    """Return the id of the place with these numbers."""
    if kind is PlaceKind.GRID:
        return known.grids.get(numbers[0])
    if kind is PlaceKind.BUILDING:
        return known.buildings.get(numbers[0])
    return known.units.get((numbers[0], numbers[1]))


def _label(kind: PlaceKind, numbers: Sequence[int]) -> str:
    """Return what a place with these numbers is called."""
    if kind is PlaceKind.GRID:
        return rules.grid_name(numbers[0])
    if kind is PlaceKind.BUILDING:
        return f"{numbers[0]}号楼"
    return rules.micro_grid_label(building_no=numbers[0], unit_no=numbers[1])


def _person(line: Line, known: _Known, findings: Findings) -> int | None:
    """Return the person whom a line means by name and, when given, phone or card."""
    name = findings.text(line, "name", chars_max=rules.NAME_CHARS_MAX)
    phone_text = findings.text(line, "phone")
    card_no = findings.text(line, "card_no").upper()
    phone = rules.phone_of(phone_text) if phone_text else None
    if phone_text and phone is None:
        findings.refuse(line, "phone", errors.PhoneInvalidError(given=phone_text))
    if not name or not findings.is_clean(line):
        return None
    meant = [
        who
        for who, phone_index, card in known.people.get(name, [])
        if (phone is None or phone_index == rules.phone_index(phone))
        and (not card_no or card == card_no)
    ]
    if len(meant) == 1:
        return meant[0]
    unclear = errors.PersonOfLineUnclearError if meant else errors.PersonOfLineUnknownError
    findings.refuse(line, "name", unclear(given=name))
    return None


def _started_on(line: Line, findings: Findings) -> date | None:
    """Return the first day in the role."""
    text = findings.text(line, "started_on")
    day = rules.day_of(text) if text else None
    if text and day is None:
        findings.refuse(line, "started_on", errors.DayInvalidError(given=text))
    return day


def _write(session: Session, *, community_id: int, known: _Known, draft: _Draft) -> None:
    """Write the draft."""
    new: list[dict[str, Any]] = []  # Any: column values of several types
    for (role, person_id, (kind, place_id)), started_on in draft.started.items():
        holder = known.holders.get((role, person_id, (kind, place_id)))
        if holder is None:
            place = {f"{one}_id": place_id if one is kind else None for one in PlaceKind}
            new.append(
                place
                | {
                    "community_id": community_id,
                    "role": role,
                    "person_id": person_id,
                    "started_on": started_on or clock.today(),
                }
            )
        elif started_on not in {None, holder[1]}:
            session.execute(
                update(RoleHolder).where(RoleHolder.id == holder[0]).values(started_on=started_on)
            )
    if new:
        session.execute(insert(RoleHolder), new)
