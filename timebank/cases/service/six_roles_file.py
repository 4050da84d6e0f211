"""The board of the six roles as a workbook: values only, phones masked as on the page."""

import io
from collections.abc import Callable

import xlsxwriter

from timebank.cases.rules.six_roles import Board, Seat, UnitSeats
from timebank.community.rules import SixRole

Say = Callable[[object], str]


def workbook(board: Board, *, say: Say) -> bytes:
    """Return the workbook; ``say`` words heads and roles in the reader's language."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 2})
        page = book.add_worksheet(say("board")[:31])
        page.set_column(0, 1, 16)
        page.set_column(2, 7, 26)
        heads = ["grid", "unit", *SixRole, "vacant", "households", "people"]
        heads += ["open_cases", "late_cases", "key_people"]
        page.write_row(0, 0, [say(head) for head in heads], bold)
        for at, unit in enumerate(board.units, start=1):
            page.write_row(at, 0, _cells(unit, say))
        page.freeze_panes(1, 2)
        sums = book.add_worksheet(say("sums")[:31])
        sums.set_column(0, 0, 20)
        sums.write_row(0, 0, [say(head) for head in ("role", "seats", "vacant", "away")], bold)
        for at, one in enumerate(board.tallies, start=1):
            sums.write_row(at, 0, [say(one.role), one.seats, one.vacant, one.away])
    return buffer.getvalue()


def _cells(unit: UnitSeats, say: Say) -> list[str | int]:
    """Return the cells of a micro-grid; what the reader may not know is a dash."""
    load = unit.load
    waits = (load.open_cases, load.late_cases, load.key_people)
    return [
        unit.grid_name,
        unit.label,
        *(_names(seat, say) for seat in unit.in_order),
        unit.vacancies,
        load.households,
        load.people,
        *("–" if one is None else one for one in waits),
    ]


def _names(seat: Seat, say: Say) -> str:
    """Return who holds a seat, each with the phone and who stands in."""
    told = []
    for one in seat.sitters:
        words = " ".join(filter(None, (one.name, one.phone_masked)))
        if one.leave is not None:
            words += f"（{say('away')} → {one.leave.deputy_name or say('no_deputy')}）"
        told.append(words)
    return "; ".join(told) or say("is_vacant")
