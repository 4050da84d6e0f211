"""All figures of some months as a workbook: values only, no formulas, minutes as whole numbers."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.reports.queries import balance, needs, tallies, volunteers
from timebank.reports.rules.balance import Books
from timebank.reports.rules.figures import NeedCounts, Needs, Period, Places, Volunteers
from timebank.reports.rules.tables import Side, Table

Value = str | int | None
_TABLES = (
    (Side.MONTH, Side.KIND),
    (Side.MONTH, Side.GRID),
    (Side.KIND, Side.GRID),
    (Side.AGE, Side.KIND),
    (Side.AGE, Side.GRID),
    (Side.MONTH, Side.AGE),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, the head, and the rows."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Value]]


def workbook(
    session: Session,
    *,
    places: Places,
    period: Period,
    said: Callable[[str], str],
    titles: Mapping[str, str],
) -> bytes:
    """Return the workbook; ``said`` words a head, ``titles`` all else that is written."""
    sheets = [*_sheets(session, places, period, said, titles)]
    return written(sheets, hidden=titles["hidden"])


def written(sheets: Sequence[Sheet], *, hidden: str) -> bytes:
    """Return a workbook of sheets; ``hidden`` stands where nothing is told."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
        number = book.add_format({"num_format": "#,##0"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.set_column(0, 0, 18)
            page.set_column(1, max(len(sheet.head) - 1, 1), 12, number)
            page.write_row(0, 0, sheet.head, head)
            for at, row in enumerate(sheet.rows, start=1):
                page.write_row(at, 0, [hidden if one is None else one for one in row])
            page.freeze_panes(1, 1)
    return buffer.getvalue()


def _sheets(
    session: Session,
    places: Places,
    period: Period,
    said: Callable[[str], str],
    titles: Mapping[str, str],
) -> Iterator[Sheet]:
    """Yield a sheet for each group of figures."""
    for rows, columns in _TABLES:
        found = tallies.table(session, places=places, period=period, rows=rows, columns=columns)
        yield _hours(f"{titles[rows.value]}-{titles[columns.value]}", found, said, titles)
    people = volunteers.volunteers(session, places=places, period=period)
    yield _volunteers(people, said, titles)
    yield _needs(needs.needs(session, places=places, period=period), said, titles)
    yield _books(balance.books(session, places=places, period=period), titles)


def _hours(name: str, found: Table, said: Callable[[str], str], titles: Mapping[str, str]) -> Sheet:
    """Return hours by two sides."""
    head = [titles["minutes"], *(said(one.name) for one in found.columns), titles["all"]]
    rows: list[Sequence[Value]] = [
        [said(line.head.name), *line.minutes, line.total] for line in found.lines
    ]
    rows.append([titles["all"], *found.totals, found.total])
    return Sheet(name, head, rows)


def _volunteers(found: Volunteers, said: Callable[[str], str], titles: Mapping[str, str]) -> Sheet:
    """Return volunteers in all, by age and by grid."""
    rows: list[Sequence[Value]] = [
        [titles["all"], found.all.active, found.all.new, found.all.lapsed]
    ]
    for title, lines in ((titles["ages"], found.ages), (titles["grids"], found.grids)):
        rows += [
            [
                f"{title} {said(one.head.name)}",
                one.people.active,
                one.people.new,
                one.people.lapsed,
            ]
            for one in lines
        ]
    head = [titles["volunteers"], titles["active"], titles["new"], titles["lapsed"]]
    return Sheet(titles["volunteers"], head, rows)


_COUNTS = ("posted", "met", "unmet", "cancelled", "waiting")


def _needs(found: Needs, said: Callable[[str], str], titles: Mapping[str, str]) -> Sheet:
    """Return needs in all, by kind and by grid."""
    rows: list[Sequence[Value]] = [[titles["all"], *_counts(found.all)]]
    rows += [[said(one.head.name), *_counts(one.counts)] for one in (*found.kinds, *found.grids)]
    names = (*_COUNTS, "median", "slow")
    return Sheet(titles["needs"], [titles["needs"], *(titles[name] for name in names)], rows)


def _counts(counts: NeedCounts) -> Iterable[Value]:
    """Return the counts of needs; a wait that nobody had is left empty."""
    told: list[Value] = [getattr(counts, name) for name in _COUNTS]
    waits = (counts.median_minutes, counts.slow_minutes)
    return [*told, *("" if one is None else one for one in waits)]


def _books(found: Books, titles: Mapping[str, str]) -> Sheet:
    """Return what moved on the books and what stands."""
    head = [titles["account"], *(titles[one] for one in ("came", "went", "net", "standing"))]
    rows: list[Sequence[Value]] = [
        [f"{one.name} {one.code}", one.came, one.went, one.net, one.standing] for one in found.flows
    ]
    for name in ("gifts_own", "gifts_donation", "gifts_ended", "grants", "family"):
        minutes = getattr(found.given, name)
        rows.append([titles[name], minutes, 0, minutes, ""])
    standing = ("own", "donation", "team", "pools")
    rows += [[titles[name], "", "", "", getattr(found.standing, name)] for name in standing]
    rows += [
        [f"{titles['cohort']} {one.year} {titles[one.restriction]}", "", "", "", one.minutes]
        for one in found.cohorts
    ]
    return Sheet(titles["books"], head, rows)
