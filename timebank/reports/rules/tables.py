"""Tables of two sides whose rows and columns add up, and what in them is too small to tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from timebank.volunteering.rules.figures import TELLABLE_MIN

Key = str | int | None
K = TypeVar("K")


class Side(StrEnum):
    """By what hours can be laid out."""

    KIND = "kind"
    GRID = "grid"
    MONTH = "month"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Cell:
    """Minutes, and how many volunteers stand behind them where that decides what is told."""

    minutes: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """A row's or a column's key and its name."""

    key: Key
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: minutes by column, None where they are too few to tell, and the sum."""

    head: Head
    minutes: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """Hours by two sides; every row and the foot add up."""

    columns: tuple[Head, ...]
    lines: tuple[Line, ...]
    totals: tuple[int | None, ...]
    total: int | None

    @property
    def has_hidden(self) -> bool:
        """Whether anything in it is too small to tell."""
        rows = (one for line in self.lines for one in (*line.minutes, line.total))
        return None in rows or None in self.totals


def table(
    cells: Mapping[tuple[Key, Key], Cell],
    *,
    rows: Sequence[Head],
    columns: Sequence[Head],
    hides: bool,
) -> Table:
    """Return a table; rows and columns in which nothing stands are left out, months stay."""
    used_rows = [one for one in rows if any(key[0] == one.key for key in cells)]
    used_columns = [one for one in columns if any(key[1] == one.key for key in cells)]
    shown = {key: cell.minutes for key, cell in cells.items()}
    hidden = _hidden(cells, used_rows, used_columns) if hides else frozenset()
    lines = tuple(
        Line(
            row,
            tuple(
                None if (row.key, column.key) in hidden else shown.get((row.key, column.key), 0)
                for column in used_columns
            ),
            None
            if (row.key, _ALL) in hidden
            else sum(shown.get((row.key, column.key), 0) for column in used_columns),
        )
        for row in used_rows
    )
    totals = tuple(
        None
        if (_ALL, column.key) in hidden
        else sum(shown.get((row.key, column.key), 0) for row in used_rows)
        for column in used_columns
    )
    total = None if (_ALL, _ALL) in hidden else sum(shown.values())
    return Table(tuple(used_columns), lines, totals, total)


_ALL = "*"


def _hidden(
    cells: Mapping[tuple[Key, Key], Cell], rows: Sequence[Head], columns: Sequence[Head]
) -> frozenset[tuple[Key, Key]]:
    """Return the cells and sums that are not told: too few people, or reckoned from the others.

    A sum has at least as many people as the largest of its cells; more is not assumed.
    """
    row_keys, column_keys = [one.key for one in rows], [one.key for one in columns]
    everything = dict(cells)
    for row in row_keys:
        everything[row, _ALL] = _sum_of(cells.get((row, one)) for one in column_keys)
    for column in column_keys:
        everything[_ALL, column] = _sum_of(cells.get((one, column)) for one in row_keys)
    everything[_ALL, _ALL] = _sum_of(everything[one, _ALL] for one in row_keys)
    hidden = {
        key for key, cell in everything.items() if cell.minutes and cell.people < TELLABLE_MIN
    }
    lines = [[(row, column) for column in (*column_keys, _ALL)] for row in (*row_keys, _ALL)]
    lines += [[(row, column) for row in (*row_keys, _ALL)] for column in (*column_keys, _ALL)]
    for _ in range(len(lines)):
        before = len(hidden)
        for line in lines:
            hidden |= companions([one for one in line if one in everything], everything, hidden)
        if len(hidden) == before:
            break
    return frozenset(hidden)


def _sum_of(cells: Iterator[Cell | None]) -> Cell:
    """Return the sum of cells with the people of the largest."""
    known = [one for one in cells if one is not None]
    people = max((one.people for one in known), default=0)
    return Cell(sum(one.minutes for one in known), people)


def companions(line: Sequence[K], cells: Mapping[K, Cell], hidden: set[K]) -> set[K]:
    """Return what must go with the only hidden one of a line, which else could be reckoned."""
    gone = [one for one in line if one in hidden]
    if len(gone) != 1:
        return set()
    others = [one for one in line if one not in hidden and cells[one].minutes]
    return {min(others, key=lambda one: abs(cells[one].minutes))} if others else set()
