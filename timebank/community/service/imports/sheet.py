"""A list as it came: the file read by a limited child, its header found, its cells by column."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from timebank.community import errors, rules
from timebank.community.service.imports import child
from timebank.kernel.errors import InvalidError

PACKED_BYTES_MAX = 5 * 1024 * 1024
_HEADER_ROWS_MAX = 10
_SECONDS_MAX = 20
_CHILD = Path(__file__).with_name("child.py")
_REFUSALS: dict[str, type[InvalidError]] = {
    kind.code: kind
    for kind in (
        errors.FileEmptyError,
        errors.FileHasFormulasError,
        errors.FileHasMacrosError,
        errors.FileHasNulError,
        errors.FileKindUnknownError,
        errors.FileLockedError,
        errors.FileTornError,
        errors.FileUnpacksTooLargeError,
        errors.EncodingUnknownError,
        errors.TooManyColumnsError,
        errors.TooManyRowsError,
    )
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its key in code, its title in the template, other titles people use."""

    key: str
    title: str
    synonyms: tuple[str, ...] = ()
    is_required: bool = False
    hint: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row below the header: its number in the file and its texts by column key."""

    number: int
    cells: Mapping[str, str]

    def text(self, key: str) -> str:
        """Return the text of a column; empty when blank or absent."""
        return self.cells.get(key, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list whose header was understood."""

    lines: Sequence[Line]
    unused_titles: Sequence[str]


def read(content: bytes, *, columns: Sequence[Column]) -> Sheet:
    """Return the lines of a file.

    Raises:
        InvalidError: one of the file errors says why the file cannot be used.
    """
    rows = rows_of(content)
    header_at, places = _header(rows, columns)
    numbered = enumerate(rows[header_at + 1 :], start=header_at + 2)
    candidates = [Line(number, _cells(row, places)) for number, row in numbered]
    lines = [line for line in candidates if any(line.cells.values())]
    if not lines:
        raise errors.FileEmptyError(field="file")
    used = set(places.values())
    unused = [rules.clean(title) for at, title in enumerate(rows[header_at]) if at not in used]
    return Sheet(lines, [title for title in unused if title])


def rows_of(content: bytes, *, with_times: bool = False) -> list[list[str]]:
    """Return the rows of a strange file as the child read them; ``with_times`` beside its days.

    Raises:
        InvalidError: the child refused the file, or did not survive it.
    """
    if len(content) > PACKED_BYTES_MAX:
        raise errors.FileTooLargeError(field="file")
    if not content.strip():
        raise errors.FileEmptyError(field="file")
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell, no argument from outside
            [sys.executable, "-I", str(_CHILD), *(["with-times"] if with_times else [])],
            input=content,
            capture_output=True,
            timeout=_SECONDS_MAX,
            check=True,
            env={"PYTHONIOENCODING": "ascii"},
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise errors.FileTornError(field="file") from error
    answer: dict[str, Any] = json.loads(done.stdout)  # Any: JSON
    if "refused" in answer:
        raise _REFUSALS[answer["refused"]](field="file", **answer["facts"])
    rows: list[list[str]] = answer["rows"]
    return rows


def text_rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV text, which Python's own reader bounds well enough by itself.

    Raises:
        InvalidError: one of the file errors says why the file cannot be used.
    """
    try:
        return child.bounded(child.text_rows(content))
    except child.RefusedError as refused:
        raise _REFUSALS[refused.code](field="file", **refused.facts) from refused


def _header(rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> tuple[int, dict[str, int]]:
    """Return where the header stands and at which place each column is.

    Raises:
        ColumnsMissingError: no row among the first ones names all required columns.
        ColumnTwiceError: two columns of the header mean the same.
    """
    found = [_places(row, columns) for row in rows[:_HEADER_ROWS_MAX]]
    if not found:
        raise errors.FileEmptyError(field="file")
    best = max(range(len(found)), key=lambda at: (len(found[at]), -at))
    missing = [c.title for c in columns if c.is_required and c.key not in found[best]]
    if missing:
        raise errors.ColumnsMissingError(field="file", missing="、".join(missing))
    for column in columns:
        if len(found[best].get(column.key, [])) > 1:
            raise errors.ColumnTwiceError(field="file", title=column.title)
    return best, {key: places[0] for key, places in found[best].items()}


def _places(row: Sequence[str], columns: Sequence[Column]) -> dict[str, list[int]]:
    """Return at which places of a row a column's title stands."""
    titles = [_bare(title) for title in row]
    places: dict[str, list[int]] = {}
    for column in columns:
        names = {_bare(name) for name in (column.title, *column.synonyms)}
        at = [place for place, title in enumerate(titles) if title in names]
        if at:
            places[column.key] = at
    return places


def _bare(title: str) -> str:
    """Return a title without blanks, stars, colons and remarks in parentheses."""
    return re.sub(r"\(.*?\)|[\s*:]", "", rules.clean(title)).lower()


def _cells(row: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    """Return the texts of a row by column key."""
    return {key: rules.clean(row[at]) for key, at in places.items() if at < len(row)}
