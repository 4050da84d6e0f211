"""The way to one's first page, today, and what everybody may know."""

from collections.abc import Callable, Mapping, Sequence

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.reports.pages.frame import bp
from timebank.reports.queries import disclosure as public_reads
from timebank.reports.queries import figures as staff_reads
from timebank.reports.queries import hours as hours_reads
from timebank.reports.rules import today as rules
from timebank.reports.rules.today import (
    BookFigures,
    DoorFigures,
    Figures,
    GridFigures,
    HoursByGrid,
    MonthHours,
    Urgent,
    UrgentKind,
)
from timebank.reports.schemas.today import DisclosureIn
from timebank.volunteering.queries.passbook import BOOK as HOURS_BOOK
from timebank.web import charts, words
from timebank.web.charts import Bar, Tile, Tray
from timebank.web.doors import current_actor, needs, public, query, reads, see_other

# From here on a span is told in years.
YEARS_FROM_MONTHS = 24

# Where an urgent thing is dealt with, and what the reader must hold to be sent there.
_DESKS: Mapping[UrgentKind, tuple[str, str]] = {
    UrgentKind.BOOKS_WRONG: ("ledger.books", "ledger.audit"),
    UrgentKind.CASE_LATE: ("cases.case", "case.read"),
    UrgentKind.CASES_LATE: ("cases.cases", "case.read"),
    UrgentKind.DISPUTES_LATE: ("volunteering.disputes", "dispute.decide"),
    UrgentKind.RECORDS_WAITING: ("volunteering.review", "hours.approve"),
    UrgentKind.OBJECTIONS: ("volunteering.review", "hours.approve"),
    UrgentKind.SPENDING_WAITING: ("cofund.spending", "cofund.approve"),
    UrgentKind.BOOKINGS_TODAY: ("care.counter_bookings", "care.redeem"),
}


@bp.get("/")
@needs("home.read")
@reads
def home(session: Session) -> ResponseReturnValue:
    """Lead everybody to the page where their day begins."""
    del session
    return see_other(url_for(rules.first_page(current_actor().roles)))


@bp.get("/today")
@needs("ledger.audit")
@reads
def today(session: Session) -> ResponseReturnValue:
    """Show what to look at first, where work waits, and whether the books are right."""
    actor = current_actor()
    found = staff_reads.figures(session, actor=actor)
    return render_template(
        "reports/today.html",
        figures=found,
        now=clock.now(),
        urgent=[(urgent_words(one), _desk_url(one, actor)) for one in found.urgent],
        late_url=url_for("cases.cases", tab="open", is_late="true"),
        map=charts.grid_map(_tray(grid) for grid in found.grids),
        pace=pace_words(found.hours.months_to_redeem),
        checks=_checks(found),
        rates=_rate_bars(found),
        earned=_month_chart(found, lambda month: month.earned_minutes),
        redeemed=_month_chart(found, lambda month: month.redeemed_minutes),
    )


@bp.get("/today/hours")
@needs("ledger.audit")
@reads
def hours(session: Session) -> ResponseReturnValue:
    """Show what was earned in each grid, month by month."""
    found = hours_reads.by_grid(session, current_actor().community_id)
    return render_template(
        "reports/hours.html",
        hours=found,
        all_grids=_bars(found, found.totals),
        grids=[(grid, _bars(found, grid.months)) for grid in found.shown],
    )


@bp.get("/public", endpoint="public")
@public
@reads
def public_figures(session: Session) -> ResponseReturnValue:
    """Show everybody what was given, redeemed, built and settled."""
    asked = query(DisclosureIn())
    found = public_reads.disclosure(session, code=asked.get("community"))
    return render_template("reports/public.html", figures=found)


def _desk_url(one: Urgent, actor: Actor) -> str | None:
    """Return where an urgent thing is dealt with, if the reader may go there."""
    endpoint, permission = _DESKS[one.kind]
    if not actor.may(permission):
        return None
    if one.kind is UrgentKind.CASE_LATE:
        return url_for(endpoint, case_id=one.case_id)
    if one.kind is UrgentKind.CASES_LATE:
        return url_for(endpoint, tab="open", is_late="true")
    return url_for(endpoint)


def urgent_words(one: Urgent) -> str:
    """Return an urgent thing as a sentence."""
    if one.kind is UrgentKind.CASE_LATE:
        return _late_case_words(one)
    texts = {
        UrgentKind.BOOKS_WRONG: _("账有 %(count)s 处不符", count=one.count),
        UrgentKind.DISPUTES_LATE: _("%(count)s 件申诉或仲裁过了答复的期限", count=one.count),
        UrgentKind.RECORDS_WAITING: _("%(count)s 条服务记录等审核超过 3 天", count=one.count),
        UrgentKind.OBJECTIONS: _("%(count)s 条服务记录有人说不对", count=one.count),
        UrgentKind.SPENDING_WAITING: _("%(count)s 笔付款等批准超过 3 天", count=one.count),
        UrgentKind.CASES_LATE: _("还有 %(count)s 件案件超时", count=one.count),
        UrgentKind.BOOKINGS_TODAY: _("今天还有 %(count)s 个预约", count=one.count),
    }
    return str(texts[one.kind])


def _late_case_words(one: Urgent) -> str:
    """Return what nobody has done for a case yet, and for how long it is late."""
    missing = {
        "respond": _("没人响应"),
        "claim": _("没人认领"),
        "resolve": _("还没解决"),
        "feed_back": _("还没反馈"),
    }[one.step]
    span = span_words(one.late_minutes)
    return str(
        _("%(title)s：%(missing)s，超时 %(span)s", title=one.title, missing=missing, span=span)
    )


def span_words(minutes: int) -> str:
    """Return a span in days and hours, or in hours and minutes when it is short."""
    days, rest = divmod(minutes, 24 * 60)
    if not days:
        return words.minutes_text(minutes)
    hours = rest // 60
    if not hours:
        return str(_("%(days)s 天", days=days))
    return str(_("%(days)s 天 %(hours)s 小时", days=days, hours=hours))


def pace_words(months: int | None) -> str:
    """Return for how long the hours held last at the pace of the last twelve months."""
    if months is None:
        return str(_("最近十二个月还没有人来换，算不出能用多久。"))
    if months >= YEARS_FROM_MONTHS:
        return str(_("照这个速度，存着的时间够换 %(years)s 年。", years=months // 12))
    return str(_("照这个速度，存着的时间够换 %(months)s 个月。", months=months))


def _tray(grid: GridFigures) -> Tray:
    """Return one grid for the map."""
    return Tray(grid.name, [_tile(door) for door in grid.doors])


def _tile(door: DoorFigures) -> Tile:
    """Return one door for the map; it leads to exactly its open cases."""
    return Tile(
        f"{door.building_no}-{door.unit_no}",
        door.open,
        door.overdue,
        url_for("cases.cases", tab="open", micro_grid_id=door.micro_grid_id),
    )


def _checks(found: Figures) -> list[tuple[str, str]]:
    """Return what of the books was checked, each with its difference in words, empty when none."""
    checks = [
        (str(_("%(name)s，借贷相抵", name=book.name)), _difference(book)) for book in found.books
    ]
    apart = found.redeemed_difference_minutes
    return [*checks, (str(_("柜台记的和账上换的")), words.minutes_text(apart) if apart else "")]


def _difference(book: BookFigures) -> str:
    """Return by how much a book's accounts do not cancel out, in what the book counts."""
    if not book.difference:
        return ""
    counted = words.minutes_text if book.code == HOURS_BOOK else words.fen_text
    return counted(book.difference)


def _rate_bars(found: Figures) -> list[Markup]:
    """Return one bar for each of the four steps."""
    labels = {
        "respond": _("响应"),
        "claim": _("认领"),
        "resolve": _("解决"),
        "feed_back": _("反馈"),
    }
    return [charts.ratio_bar(labels[one.step], one.in_time, one.settled) for one in found.rates]


def _month_chart(found: Figures, minutes_of: Callable[[MonthHours], int]) -> Markup:
    """Return the twelve months as bars."""
    return charts.month_bars(
        [
            Bar(f"{month.year}-{month.month:02d}", minutes_of(month), _minutes(minutes_of(month)))
            for month in found.hours.months
        ]
    )


def _bars(found: HoursByGrid, minutes: Sequence[int]) -> Markup:
    """Return minutes of the twelve months as bars."""
    named = zip(found.months, minutes, strict=True)
    return charts.month_bars(
        [Bar(f"{year}-{month:02d}", one, _minutes(one)) for (year, month), one in named]
    )


def _minutes(minutes: int) -> str:
    """Return minutes in words, a dash for none."""
    return words.minutes_text(minutes) if minutes else "–"
