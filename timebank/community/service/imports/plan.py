"""What a list would do: counts, changes, what is wrong in which row, and how to write it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from timebank.community import errors, rules
from timebank.community.rules import PersonField
from timebank.community.service.imports.sheet import Column, Line
from timebank.kernel.errors import DomainError

PROBLEMS_SHOWN_MAX = 100
CHANGES_SHOWN_MAX = 20
_ROUNDED_MARK = "≈"

T = TypeVar("T")


class Change(StrEnum):
    """What a line does to what is known."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong in which row and column; the error says it in words."""

    line: int
    title: str
    error: DomainError


@dataclass(frozen=True, slots=True)
class LineChange:
    """A row that would be written, with a word on what it is about."""

    line: int
    change: Change
    label: str


@dataclass(frozen=True, slots=True)
class KeptField:
    """Where a line differs from what people put right: it stays unless somebody decides."""

    line: int
    label: str
    field: PersonField
    now: str
    listed: str
    put_right_at: datetime
    person_id: int
    phone: str = ""
    micro_grid_id: int = 0
    room_no: str = ""


@dataclass(slots=True)
class Findings:
    """Gathers what the lines of a list mean while they are compared with what is known."""

    columns: Sequence[Column]
    problems: list[LineProblem] = field(default_factory=list)
    changes: list[LineChange] = field(default_factory=list)
    kept: list[KeptField] = field(default_factory=list)

    def refuse(self, line: Line, key: str, error: DomainError) -> None:
        """Note what is wrong in a column of a line."""
        title = next(column.title for column in self.columns if column.key == key)
        self.problems.append(LineProblem(line.number, title, error))

    def note(self, line: Line, change: Change, label: str) -> None:
        """Note what a line does."""
        self.changes.append(LineChange(line.number, change, label))

    def text(self, line: Line, key: str, *, chars_max: int = 60) -> str:
        """Return a text cell; refused when it is needed and blank, too long, or was rounded."""
        text = line.text(key)
        column = next(column for column in self.columns if column.key == key)
        if not text and column.is_required:
            self.refuse(line, key, errors.CellMissingError())
        elif text.startswith(_ROUNDED_MARK):
            self.refuse(line, key, errors.CellRoundedError())
        elif len(text) > chars_max:
            self.refuse(line, key, errors.CellTooLongError(limit=chars_max))
        else:
            return text
        return ""

    def place_number(self, line: Line, key: str) -> int | None:
        """Return the number of a grid, building or unit; None when blank or refused."""
        text = self.text(line, key)
        number = rules.number_of(text) if text else None
        if text and number is None:
            self.refuse(line, key, errors.PlaceNumberError(given=text))
        return number

    def choice(self, line: Line, key: str, choices: dict[str, T]) -> T | None:
        """Return what a word of a fixed list stands for; None when blank or refused."""
        text = self.text(line, key)
        if not text:
            return None
        if text not in choices:
            words = "、".join(list(choices)[:12])
            self.refuse(line, key, errors.ChoiceUnknownError(given=text, choices=words))
        return choices.get(text)

    def is_clean(self, line: Line) -> bool:
        """Whether nothing was found wrong in a line, which is the last one looked at."""
        return not self.problems or self.problems[-1].line != line.number


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of what a list would do; ``write`` does it, in the caller's transaction."""

    new_count: int
    changed_count: int
    unchanged_count: int
    wrong_count: int
    problems: Sequence[LineProblem]
    changes: Sequence[LineChange]
    kept: Sequence[KeptField]
    write: Callable[[Session], None]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """New, changed, unchanged and wrong lines."""
        return self.new_count, self.changed_count, self.unchanged_count, self.wrong_count


def settle(findings: Findings, write: Callable[[Session], None]) -> Plan:
    """Return the plan that the findings amount to."""
    count = dict.fromkeys(Change, 0)
    for line_change in findings.changes:
        count[line_change.change] += 1
    shown = [one for one in findings.changes if one.change is not Change.UNCHANGED]
    return Plan(
        new_count=count[Change.NEW],
        changed_count=count[Change.CHANGED],
        unchanged_count=count[Change.UNCHANGED],
        wrong_count=len({problem.line for problem in findings.problems}),
        problems=findings.problems[:PROBLEMS_SHOWN_MAX],
        changes=shown[:CHANGES_SHOWN_MAX],
        kept=findings.kept[:PROBLEMS_SHOWN_MAX],
        write=write,
    )


class Compare(Protocol):
    """Compares the lines of a list with what is known."""

    def __call__(self, session: Session, *, community_id: int, lines: Sequence[Line]) -> Plan:
        """Return the plan."""


@dataclass(frozen=True, slots=True)
class Importer:
    """What understands one kind of list: its columns, and how its lines are compared."""

    columns: Sequence[Column]
    plan: Compare
