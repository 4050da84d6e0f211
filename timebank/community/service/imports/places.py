"""The list of places: one line for each unit, with its building and grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from timebank.community import errors, rules
from timebank.community.models import Building, Grid, MicroGrid
from timebank.community.service.imports.plan import Change, Findings, Plan, settle
from timebank.community.service.imports.sheet import Column, Line

COLUMNS = (
    Column(
        "grid", "网格", ("网格号", "所属网格", "三级网格"), is_required=True, example="第三网格"
    ),
    Column(
        "building",
        "楼号",
        ("楼", "楼栋", "楼栋号", "栋", "幢", "幢号"),
        is_required=True,
        example="8号楼",
    ),
    Column("unit", "单元", ("单元号", "微网格"), is_required=True, example="2单元"),
    Column("grid_name", "网格名称", ("网格名",), hint="可以不填", example="第三网格"),
)


@dataclass(slots=True)
class Known:
    """The places as they are: numbers to ids."""

    grid_ids: dict[int, int]
    grid_names: dict[int, str]
    building_ids: dict[int, int]
    grid_of_building: dict[int, int]
    units: set[tuple[int, int]]


@dataclass(slots=True)
class _Draft:
    """What is to be written: grid names by number, buildings' grids, new units."""

    grid_names: dict[int, str] = field(default_factory=dict)
    grid_of_building: dict[int, int] = field(default_factory=dict)
    lines: dict[tuple[int, int], int] = field(default_factory=dict)


def known_places(session: Session, community_id: int) -> Known:
    """Return the places that a community has."""
    grids = session.execute(
        select(Grid.number, Grid.id, Grid.name).where(Grid.community_id == community_id)
    ).all()
    buildings = session.execute(
        select(Building.number, Building.id, Grid.number)
        .join(Grid, Grid.id == Building.grid_id)
        .where(Building.community_id == community_id)
    ).all()
    units = session.execute(
        select(Building.number, MicroGrid.unit_no)
        .join(Building, Building.id == MicroGrid.building_id)
        .where(MicroGrid.community_id == community_id)
    )
    return Known(
        grid_ids={number: grid_id for number, grid_id, _ in grids},
        grid_names={number: name for number, _, name in grids},
        building_ids={number: building_id for number, building_id, _ in buildings},
        grid_of_building={number: grid_no for number, _, grid_no in buildings},
        units={(building_no, unit_no) for building_no, unit_no in units},
    )


def plan(session: Session, *, community_id: int, lines: Sequence[Line]) -> Plan:
    """Compare a list of places with those known."""
    known = known_places(session, community_id)
    findings, draft = Findings(COLUMNS), _Draft()
    for line in lines:
        _read(line, known=known, findings=findings, draft=draft)
    return settle(findings, partial(_write, community_id=community_id, known=known, draft=draft))


def _read(line: Line, *, known: Known, findings: Findings, draft: _Draft) -> None:
    """Take one line into the draft, or note what is wrong with it."""
    grid = findings.place_number(line, "grid")
    building = findings.place_number(line, "building")
    unit = findings.place_number(line, "unit")
    name = findings.text(line, "grid_name", chars_max=40)
    if grid is None or building is None or unit is None or not findings.is_clean(line):
        return
    first = draft.lines.setdefault((building, unit), line.number)
    if first != line.number:
        findings.refuse(line, "unit", errors.LineTwiceError(first=first))
        return
    if draft.grid_of_building.setdefault(building, grid) != grid:
        findings.refuse(
            line,
            "building",
            errors.BuildingInTwoGridsError(
                building=building, grid=draft.grid_of_building[building]
            ),
        )
        return
    if name or grid not in known.grid_names:
        draft.grid_names.setdefault(grid, name or rules.grid_name(grid))
    label = rules.micro_grid_label(building_no=building, unit_no=unit)
    findings.note(line, _change(known, draft, grid, building, unit), label)


def _change(known: Known, draft: _Draft, grid: int, building: int, unit: int) -> Change:
    """Return what a line does to the places known."""
    if (building, unit) not in known.units:
        return Change.NEW
    is_moved = known.grid_of_building[building] != grid
    is_renamed = draft.grid_names.get(grid, known.grid_names.get(grid)) != known.grid_names.get(
        grid
    )
    return Change.CHANGED if is_moved or is_renamed else Change.UNCHANGED


def _write(session: Session, *, community_id: int, known: Known, draft: _Draft) -> None:
    """Write the draft, set by set."""
    _write_grids(session, community_id, known, draft.grid_names)
    grid_ids = known_places(session, community_id).grid_ids
    _write_buildings(session, community_id, known, draft.grid_of_building, grid_ids)
    building_ids = known_places(session, community_id).building_ids
    rows = [
        {
            "community_id": community_id,
            "grid_id": grid_ids[draft.grid_of_building[building]],
            "building_id": building_ids[building],
            "unit_no": unit,
        }
        for building, unit in draft.lines
        if (building, unit) not in known.units
    ]
    if rows:
        session.execute(insert(MicroGrid), rows)


def _write_grids(
    session: Session, community_id: int, known: Known, names: Mapping[int, str]
) -> None:
    """Add new grids and rename known ones."""
    new = [
        {"community_id": community_id, "number": number, "name": name}
        for number, name in names.items()
        if number not in known.grid_ids
    ]
    if new:
        session.execute(insert(Grid), new)
    for number, name in names.items():
        if number in known.grid_ids and known.grid_names[number] != name:
            session.execute(update(Grid).where(Grid.id == known.grid_ids[number]).values(name=name))


def _write_buildings(
    session: Session,
    community_id: int,
    known: Known,
    grid_of_building: Mapping[int, int],
    grid_ids: Mapping[int, int],
) -> None:
    """Add new buildings and move known ones to the grid they are listed under."""
    new = [
        {"community_id": community_id, "number": number, "grid_id": grid_ids[grid]}
        for number, grid in grid_of_building.items()
        if number not in known.building_ids
    ]
    if new:
        session.execute(insert(Building), new)
    for number, grid in grid_of_building.items():
        if number in known.building_ids and known.grid_of_building[number] != grid:
            session.execute(
                update(Building)
                .where(Building.id == known.building_ids[number])
                .values(grid_id=grid_ids[grid])
            )
