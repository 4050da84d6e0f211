"""The printed passbook (存折): where a line of a booklet stands, and what is printed next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

LINES_MIN, LINES_MAX = 4, 40
PAGES_MAX = 60
TENTHS_MAX = 3000  # tenths of a millimetre: the edge of A4
SERIAL_MAX = 20
PRINTED_MAX = 400  # lines of one print
REASON_MAX = 200
MEMO_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Layout:
    """How a booklet is ruled: lines and pages, and where the lines stand, in tenths of a mm."""

    lines_per_page: int = 20
    pages: int = 16
    top_tenths_mm: int = 180
    left_tenths_mm: int = 80
    line_tenths_mm: int = 65
    fold_after_line: int = 10
    fold_tenths_mm: int = 120

    @property
    def lines(self) -> int:
        """How many lines the whole booklet has."""
        return self.lines_per_page * self.pages

    def place(self, position: int) -> "Place":
        """Return page and line of a position, both from 1."""
        page, line = divmod(position - 1, self.lines_per_page)
        return Place(page + 1, line + 1)

    def down_tenths_mm(self, line: int) -> int:
        """Return how far below the sheet's edge a line is written; below the fold it jumps."""
        fold = self.fold_tenths_mm if self.fold_after_line and line > self.fold_after_line else 0
        return self.top_tenths_mm + (line - 1) * self.line_tenths_mm + fold


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a page, both from 1."""

    page: int
    line: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A line as it stands in the booklet."""

    position: int
    place: Place
    down_tenths_mm: int
    entry_id: UUID
    on_day: date
    kind: str
    minutes: int
    after_minutes: int
    memo: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a booklet in one pass of the printer, with the marks for turning it."""

    page: int
    lines: Sequence[Printed]
    carried_minutes: int | None
    turns_to: int | None


@dataclass(frozen=True, slots=True)
class PrintView:
    """One print: which lines of which booklet, by whom, and whether it was spoilt."""

    id: int
    booklet_id: int
    sequence: int
    first_position: int
    last_position: int
    lines: int
    opening_minutes: int
    closing_minutes: int
    printed_at: datetime
    printed_by_name: str
    voided_at: datetime | None
    void_reason: str
    is_paper_used: bool | None


@dataclass(frozen=True, slots=True)
class BookletView:
    """A booklet: whose, which serial number, how far it is printed, what waits to be printed."""

    id: int
    person_id: int
    serial: str
    layout: Layout
    carried_minutes: int
    opened_at: datetime
    opened_by_name: str
    next_position: int
    next_sequence: int
    printed_minutes: int
    waiting: int

    @property
    def next_place(self) -> Place:
        """Where the next line is printed."""
        return self.layout.place(self.next_position)

    @property
    def last_place(self) -> Place:
        """Where the last line was printed; page 1, line 0 before the first."""
        if self.next_position == 1:
            return Place(1, 0)
        return self.layout.place(self.next_position - 1)

    @property
    def lines_left(self) -> int:
        """How many lines of the booklet are still blank."""
        return self.layout.lines - self.next_position + 1

    @property
    def is_full(self) -> bool:
        """Whether no line is left."""
        return self.lines_left <= 0


def sheets(lines: Sequence[Printed], *, opening_minutes: int, layout: Layout) -> Iterator[Sheet]:
    """Yield the pages that a print runs over: a page that begins tells what is carried."""
    before = opening_minutes
    for page in sorted({line.place.page for line in lines}):
        these = [line for line in lines if line.place.page == page]
        begins, ends = these[0].place.line == 1, these[-1].place.line == layout.lines_per_page
        turns = page + 1 if ends and page < layout.pages else None
        yield Sheet(page, these, before if begins else None, turns)
        before = these[-1].after_minutes
