"""Figures of cases: in time or not, solved or not, by one side; each opens to its cases."""

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any  # what templates are handed

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.queries import lists
from timebank.cases.queries.lists import CaseFilter, Tab
from timebank.kernel import clock
from timebank.reports.errors import PeopleHiddenError
from timebank.reports.pages.asked import Asked, choices
from timebank.reports.pages.case_words import case_words, how_cases, how_steps
from timebank.reports.pages.frame import bp
from timebank.reports.queries import case_figures as queries
from timebank.reports.queries import case_rows
from timebank.reports.queries.case_rows import Wanted
from timebank.reports.rules import cases as rules
from timebank.reports.rules import figures
from timebank.reports.rules.cases import By, Rate
from timebank.reports.rules.figures import Period
from timebank.reports.schemas.cases import CaseFiguresIn, CaseMonthIn, CaseRowsIn
from timebank.reports.service import case_workbook
from timebank.volunteering.rules.figures import month_after
from timebank.web.doors import current_actor, needs, query, reads
from timebank.web.paths import next_url

_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOARD_LINES = 15
_CARRIED = ("first", "last", "grid_id", "as_of", "by")


def _asked(told: dict[str, Any]) -> tuple[Asked, datetime | None]:
    """Return what was asked for, and as of when."""
    actor, now = current_actor(), clock.now()
    period = figures.period(
        clock.today(), first=told.pop("first", None), last=told.pop("last", None)
    )
    places = figures.places(
        community_id=actor.community_id,
        reach=actor.reach("figures.read"),
        people=actor.reach("case.read"),
        grid_id=told.pop("grid_id", None),
        centre_id=None,
    )
    as_of = rules.as_of(told.pop("as_of", None), now=now)
    kept = {name: request.args[name] for name in _CARRIED if request.args.get(name)}
    return Asked(period, places, kept, told), as_of


def share_text(rate: Rate) -> str:
    """Return a share in words: a dash of nothing, a count of few, else per cent."""
    if rate.permille is None:
        return "–"
    if rate.is_small:
        return str(_("%(whole)s 件中 %(part)s 件", whole=rate.whole, part=rate.part))
    return f"{rate.permille / 10:.1f}%"


def _shown(session: Session, asked: Asked, as_of: datetime | None) -> dict[str, Any]:
    """Return what every page of these figures shows."""
    reach = current_actor().reach("figures.read")
    first, last = asked.period.first, asked.period.last
    return {
        "asked": asked,
        "period": asked.period,
        "kept": asked.kept,
        "choices": replace(choices(session, asked, reach), centres=()),
        "sees_people": asked.places.sees_people,
        "share": share_text,
        "how": [how_steps(), how_cases()],
        "names": case_words(),
        "as_of": as_of,
        "told_at": as_of or clock.now(),
        "fixed_at": (as_of or clock.now()).isoformat(timespec="seconds"),
        "rows_of": {**asked.kept, "first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"},
    }


@bp.get("/figures/cases")
@needs("figures.read")
@reads
def figure_cases(session: Session) -> ResponseReturnValue:
    """Show the figures of cases by one side."""
    asked, as_of = _asked(query(CaseFiguresIn(unknown="exclude")))
    by: By = asked.rest["by"]
    if by is By.HOLDER and not asked.places.sees_people:
        raise PeopleHiddenError
    found = queries.case_figures(
        session, places=asked.places, period=asked.period, by=by, as_of=as_of
    )
    return render_template(
        "reports/figure_cases.html", found=found, by=by.value, **_shown(session, asked, as_of)
    )


@bp.get("/figures/cases/rows")
@needs("figures.read")
@reads
def figure_cases_rows(session: Session) -> ResponseReturnValue:
    """Show the cases behind a figure."""
    asked, as_of = _asked(query(CaseRowsIn(unknown="exclude")))
    if not asked.places.sees_people:
        raise PeopleHiddenError
    told = dict(asked.rest)
    wanted = Wanted(told["name"], told["part"], told.get("by"), told.get("key"))
    page = case_rows.behind(
        session,
        places=asked.places,
        period=asked.period,
        wanted=wanted,
        as_of=as_of,
        cursor=told.get("cursor"),
    )
    return render_template(
        "reports/figure_cases_rows.html",
        rows=page.items,
        wanted=wanted,
        next_url=next_url(page.next_cursor),
        **_shown(session, asked, as_of),
    )


@bp.get("/figures/cases/month")
@needs("figures.read")
@reads
def figure_cases_month(session: Session) -> ResponseReturnValue:
    """Show the report of one month on a page to be printed, for ever the same as of its moment."""
    told = query(CaseMonthIn(unknown="exclude"))
    month = told.pop("month", None) or month_after(clock.today().replace(day=1), -1)
    asked, as_of = _asked({**told, "first": month, "last": month})
    period = Period(month, month)
    found, sources = (
        queries.case_figures(session, places=asked.places, period=period, by=by, as_of=as_of)
        for by in (By.GRID, By.SOURCE)
    )
    return render_template(
        "reports/figure_cases_month.html",
        month=month,
        found=found,
        sources=sources,
        before=month_after(month, -1),
        after=month_after(month),
        **_shown(session, asked, as_of),
    )


@bp.get("/figures/cases/board")
@needs("figures.read")
@reads
def case_board(session: Session) -> ResponseReturnValue:
    """Show the duty officer what is late and what is next; the page renews itself."""
    actor = current_actor()
    wanted = CaseFilter(tab=Tab.OPEN)
    month = clock.today().replace(day=1)
    asked, as_of = _asked({"first": month, "last": month})
    found = queries.case_figures(session, places=asked.places, period=asked.period)
    return render_template(
        "reports/case_board.html",
        counts=lists.counts(session, actor=actor, tab=Tab.OPEN),
        lines=lists.cases(session, actor=actor, wanted=wanted, limit=BOARD_LINES).items,
        found=found,
        now=clock.now(),
        **_shown(session, asked, as_of),
    )


@bp.get("/figures/cases/export.xlsx")
@needs("figures.read")
@reads
def figure_cases_export(session: Session) -> ResponseReturnValue:
    """Hand out the figures of cases by every side as a workbook without formulas."""
    asked, as_of = _asked(query(CaseFiguresIn(unknown="exclude")))
    content = case_workbook.workbook(
        session,
        places=asked.places,
        period=asked.period,
        as_of=as_of or clock.now(),
        titles=case_words(),
    )
    name = f"{_('案件数字')} {asked.period.first:%Y-%m} {asked.period.last:%Y-%m}.xlsx"
    return send_file(BytesIO(content), mimetype=_SHEETS, as_attachment=True, download_name=name)
