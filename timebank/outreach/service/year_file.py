"""The figures of a year as a workbook, with every row they count: values only, no formulas."""

import io
from collections.abc import Callable

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.outreach.queries import occasions
from timebank.outreach.queries.occasions import OccasionFilter
from timebank.outreach.rules.occasions import OccasionLine, OccasionState

Say = Callable[[object], str]
_ROWS_MAX = 5_000


def workbook(session: Session, *, actor: Actor, year: int, say: Say) -> bytes:
    """Return the workbook; ``say`` words codes and heads in the reader's language."""
    found = occasions.year(session, actor=actor, year=year)
    rows = _held(session, actor, year)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 2})
        sums = book.add_worksheet(say("sums")[:31])
        sums.set_column(0, 0, 24)
        sums.write_row(0, 0, [say("what"), say("times"), say("people")], bold)
        tallies = [*found.lines, *found.audiences, *found.kinds]
        for at, tally in enumerate(tallies, start=1):
            sums.write_row(at, 0, [say(tally.key), tally.count, tally.people])
        page = book.add_worksheet(say("rows")[:31])
        page.set_column(0, 5, 16)
        heads = ("day", "title", "what", "line", "audience", "place", "people")
        page.write_row(0, 0, [say(head) for head in heads], bold)
        for at, row in enumerate(rows, start=1):
            page.write_row(at, 0, _cells(row, say))
        page.freeze_panes(1, 0)
    return buffer.getvalue()


def _cells(row: OccasionLine, say: Say) -> list[str | int]:
    """Return the cells of something held."""
    return [
        row.on_day.isoformat(),
        row.title,
        say(row.kind),
        say(row.line) if row.line else "",
        say(row.audience) if row.audience else "",
        row.place,
        row.attended_count or 0,
    ]


def _held(session: Session, actor: Actor, year: int) -> list[OccasionLine]:
    """Return everything held in a year, page after page."""
    wanted = OccasionFilter(year=year, state=OccasionState.HELD)
    rows: list[OccasionLine] = []
    cursor = None
    while len(rows) < _ROWS_MAX:
        page = occasions.occasions(
            session, actor=actor, wanted=wanted, cursor=cursor, limit=paging.PAGE_SIZE_MAX
        )
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return rows
