"""One drawing of all places: a row for each area, a cell for each place, each leading there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup

_ROW_REM = 3.2


class CellState(StrEnum):
    """How a cell of a coverage map is drawn: full, empty, hatched, or with a broken line."""

    FULL = "full"
    EMPTY = "empty"
    LATE = "late"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on a coverage map: its words, how it is drawn, where it leads."""

    words: str
    state: CellState
    url: str


@dataclass(frozen=True, slots=True)
class CellRow:
    """One row of a coverage map: its name, what it comes to, its cells."""

    name: str
    note: str
    cells: Sequence[Cell]


def coverage_map(rows: Sequence[CellRow], words: str) -> Markup:
    """Return one drawing of all places, a row for each area; the names stand beside it in HTML."""
    most = max((len(row.cells) for row in rows), default=1)
    names = Markup().join(
        Markup("<li><span>{}</span> <b>{}</b></li>").format(row.name, row.note) for row in rows
    )
    cells = Markup().join(
        _cell(cell, at, line, most)
        for line, row in enumerate(rows)
        for at, cell in enumerate(row.cells)
    )
    return Markup(
        '<div class="coverage"><ul>{}</ul><svg role="group" aria-label="{}" width="100%"'
        ' height="{}rem"><defs><pattern id="cell-late" width="8" height="8"'
        ' patternUnits="userSpaceOnUse"><path class="cell-hatch" d="M0 8L8 0M-2 2L2 -2M6 10L10 6"/>'
        "</pattern></defs>{}</svg></div>"
    ).format(names, words, f"{len(rows) * _ROW_REM:.2f}", cells)


def _cell(cell: Cell, at: int, line: int, most: int) -> Markup:
    """Return one cell of a coverage map, which leads to its place."""
    return Markup(
        '<a href="{}" aria-label="{}"><title>{}</title><rect class="cell {}" x="{}" y="{}rem"'
        ' width="{}" height="2.8rem" rx="4"/></a>'
    ).format(
        cell.url,
        cell.words,
        cell.words,
        cell.state.value,
        f"{at * 100 / most:.2f}%",
        f"{line * _ROW_REM + 0.2:.2f}",
        f"{94 / most:.2f}%",
    )
