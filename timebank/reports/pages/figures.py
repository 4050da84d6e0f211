"""The figures of the community: an overview, and one page for each group of figures."""

from io import BytesIO
from typing import Any  # what templates are handed

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow import Schema
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.reports.pages.asked import Asked, asked_of, carried, choices
from timebank.reports.pages.frame import bp
from timebank.reports.queries import balance, monthly, needs, spreading, tallies, volunteers
from timebank.reports.rules.figures import Needs, Period
from timebank.reports.rules.tables import Head, Side, Table
from timebank.reports.schemas.figures import MonthIn, PeriodIn, TableIn
from timebank.reports.service import workbook
from timebank.volunteering.rules.figures import month_after
from timebank.web import charts, words
from timebank.web.charts import Bar, Stack
from timebank.web.doors import current_actor, query, reads
from timebank.web.doors import needs as holds

_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# So many parts of a bar can be told apart by their pattern; the others are drawn as one.
PARTS_SHOWN = 4


def _page(session: Session, schema: type[Schema] = PeriodIn) -> tuple[Asked, dict[str, Any]]:
    """Return what the page was asked, and what every page of figures shows."""
    actor = current_actor()
    asked = asked_of(actor, query(schema(unknown="exclude")))
    shown = {
        "asked": asked,
        "period": asked.period,
        "kept": asked.kept,
        "choices": choices(session, asked, actor.reach("figures.read")),
        "sees_people": asked.places.sees_people,
        "span": clock_text,
        "period_and_place": carried(asked),
    }
    return asked, shown


def clock_text(minutes: int | None) -> str:
    """Return minutes as hours and minutes with a colon, for tables; a dash for none."""
    if minutes is None:
        return "＜5"
    if not minutes:
        return "–"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'−' if minutes < 0 else ''}{hours}:{rest:02d}"


@bp.get("/figures")
@holds("figures.read")
@reads
def figures(session: Session) -> ResponseReturnValue:
    """Show the main figures of some months, each leading to its page."""
    asked, shown = _page(session)
    places, period = asked.places, asked.period
    by_month = tallies.table(
        session, places=places, period=period, rows=Side.MONTH, columns=Side.KIND
    )
    return render_template(
        "reports/figures.html",
        hours=by_month,
        chart=_stacks(by_month),
        people=volunteers.totals(session, places=places, period=period),
        needs=needs.totals(session, places=places, period=period),
        books=balance.books(session, places=places, period=period, with_lots=False),
        spread=spreading.spread(session, places=places, period=period),
        **shown,
    )


@bp.get("/figures/hours")
@holds("figures.read")
@reads
def figure_hours(session: Session) -> ResponseReturnValue:
    """Show hours by any two of kind, grid, month and age group."""
    asked, shown = _page(session, TableIn)
    rows, columns = asked.rest["rows"], asked.rest["columns"]
    found = tallies.table(
        session, places=asked.places, period=asked.period, rows=rows, columns=columns
    )
    return render_template(
        "reports/figure_hours.html",
        hours=found,
        rows=rows.value,
        columns=columns.value,
        row_address=lambda row, column: {
            **carried(asked),
            **_side_of(rows, row),
            **_side_of(columns, column),
        },
        sides=[(one.value, _titles()[one.value]) for one in Side],
        chart=_stacks(found),
        **shown,
    )


def _side_of(side: Side, head: Head | None) -> dict[str, Any]:
    """Return how an address names a row or a column; nothing for all of them."""
    if head is None:
        return {}
    if side is Side.MONTH:
        return {"first": head.key, "last": head.key}
    name = {Side.KIND: "kind_id", Side.GRID: "of_grid_id", Side.AGE: "age_group"}[side]
    return {name: head.key or 0}


def _stacks(found: Table) -> Markup:
    """Return the rows of a table as bars, cut into the largest columns and the rest."""
    sums = [(total or 0, at) for at, total in enumerate(found.totals)]
    largest = [at for _total, at in sorted(sums, reverse=True)[:PARTS_SHOWN]]
    largest.sort()
    rest = [at for at in range(len(found.columns)) if at not in largest]
    names = [found.columns[at].name or str(_("不分")) for at in largest]
    stacks = []
    for line in found.lines:
        parts = [max(line.minutes[at] or 0, 0) for at in largest]
        if rest:
            parts.append(sum(max(line.minutes[at] or 0, 0) for at in rest))
        stacks.append(Stack(_side_name(line.head.name), parts, clock_text(line.total)))
    return charts.stacked_bars(
        stacks, [*map(_side_name, names), *([str(_("其他"))] if rest else [])]
    )


def _side_name(name: str) -> str:
    """Return a head's name; age groups and what stands outside all have theirs here."""
    ages = {
        "": _("不分"),
        "under_18": _("18 岁以下"),
        "from_18": _("18–59 岁"),
        "from_60": _("60–69 岁"),
        "from_70": _("70–79 岁"),
        "from_80": _("80 岁以上"),
        "unknown": _("生日没登记"),
    }
    return str(ages.get(name, name))


@bp.app_template_filter("side_name")
def side_name(name: str) -> str:
    """Return a head's name for templates."""
    return _side_name(name)


@bp.get("/figures/volunteers")
@holds("figures.read")
@reads
def figure_volunteers(session: Session) -> ResponseReturnValue:
    """Show active, new and lapsed volunteers, and how hours are spread over them."""
    asked, shown = _page(session)
    found, concentration = spreading.volunteers_spread(
        session, places=asked.places, period=asked.period
    )
    return render_template(
        "reports/figure_volunteers.html",
        volunteers=found,
        chart=charts.month_bars(
            [
                Bar(
                    _side_name(one.head.name),
                    one.people.active or 0,
                    _count(one.people.active),
                )
                for one in found.ages
            ]
        ),
        concentration=concentration,
        **shown,
    )


def _count(count: int | None) -> str:
    """Return a count of people, or that it is too small."""
    return "＜5" if count is None else str(count)


@bp.get("/figures/needs")
@holds("figures.read")
@reads
def figure_needs(session: Session) -> ResponseReturnValue:
    """Show what was asked for, what became of it, and how long it took to find somebody."""
    asked, shown = _page(session)
    found = needs.needs(session, places=asked.places, period=asked.period)
    return render_template(
        "reports/figure_needs.html", needs=found, chart=_need_chart(found), **shown
    )


def _need_chart(found: Needs) -> Markup:
    """Return what became of needs, kind by kind, as bars."""
    names = [_("办成的"), _("没办成的"), _("取消的"), _("还在办的")]
    stacks = []
    for one in found.kinds:
        counts = one.counts
        parts = [counts.met or 0, counts.unmet or 0, counts.cancelled or 0, counts.waiting or 0]
        stacks.append(Stack(one.head.name, parts, _count(counts.posted)))
    return charts.stacked_bars(stacks, names)


@bp.get("/figures/books")
@holds("figures.read")
@reads
def figure_books(session: Session) -> ResponseReturnValue:
    """Show what was issued, redeemed, given and expired, what stands, and that it agrees."""
    asked, shown = _page(session)
    found = balance.books(session, places=asked.places, period=asked.period)
    return render_template(
        "reports/figure_books.html",
        books=found,
        owners=_owners(session, asked),
        cohorts=charts.month_bars(
            [
                Bar(f"{one.year} {_restriction(one.restriction)}", one.minutes, _said(one.minutes))
                for one in found.cohorts
            ]
        ),
        **shown,
    )


def _owners(session: Session, asked: Asked) -> dict[str, str]:
    """Return the names of the places whose accounts these are, by code."""
    community_id = asked.places.community_id
    grids = {f"issuance:{one.key}": one.name for one in tallies.grid_heads(session, community_id)}
    centres = tallies.centre_heads(session, community_id)
    return grids | {f"redeemed:{one.key}": one.name for one in centres}


def _said(minutes: int) -> str:
    """Return minutes in words, a dash for none."""
    return words.minutes_text(minutes) if minutes else "–"


def _restriction(name: str) -> str:
    """Return the word for what minutes may be used for."""
    return str({"own": _("自己能用"), "donation": _("只能捐"), "team": _("团队的")}[name])


@bp.get("/figures/month")
@holds("figures.read")
@reads
def figure_month(session: Session) -> ResponseReturnValue:
    """Show the report of one month on one page to be printed."""
    told = query(MonthIn(unknown="exclude"))
    month = told.pop("month", None) or month_after(clock.today().replace(day=1), -1)
    asked = asked_of(current_actor(), told)
    period = Period(month, month)
    return render_template(
        "reports/figure_month.html",
        month=month,
        compared=monthly.report(session, places=asked.places, period=period),
        place_name=_place_name(session, asked),
        before=month_after(month, -1),
        after=month_after(month),
        year_before=month_after(month, -12),
        kept={name: value for name, value in asked.kept.items() if name.endswith("_id")},
        span=clock_text,
        books=balance.books(session, places=asked.places, period=period, with_lots=False),
    )


def _place_name(session: Session, asked: Asked) -> str:
    """Return the names of the places that are told of; nothing for the whole community."""
    places = asked.places
    grids = tallies.grid_heads(session, places.community_id)
    centres = tallies.centre_heads(session, places.community_id)
    names = [one.name for one in grids if one.key in places.grid_ids]
    return "、".join([*names, *(one.name for one in centres if one.key in places.centre_ids)])


@bp.get("/figures/export.xlsx")
@holds("figures.read")
@reads
def figure_export(session: Session) -> ResponseReturnValue:
    """Hand out all figures of the months as a workbook without formulas."""
    asked, _shown = _page(session)
    content = workbook.workbook(
        session, places=asked.places, period=asked.period, said=_side_name, titles=_titles()
    )
    name = f"{_('社区数字')} {asked.period.first:%Y-%m} {asked.period.last:%Y-%m}.xlsx"
    return send_file(BytesIO(content), mimetype=_SHEETS, as_attachment=True, download_name=name)


def _titles() -> dict[str, str]:
    """Return the words of the workbook."""
    return {
        "volunteers": _("志愿者"),
        "active": _("有服务的"),
        "new": _("新来的"),
        "lapsed": _("停下来的"),
        "all": _("合计"),
        "ages": _("年龄"),
        "grids": _("网格"),
        "kind": _("服务种类"),
        "grid": _("网格"),
        "month": _("月份"),
        "age": _("年龄"),
        "minutes": _("分钟"),
        "needs": _("求助"),
        "posted": _("提出的"),
        "met": _("办成的"),
        "unmet": _("没办成的"),
        "cancelled": _("取消的"),
        "waiting": _("还在办的"),
        "median": _("一半在多少分钟内有人接"),
        "slow": _("九成在多少分钟内有人接"),
        "books": _("账上"),
        "account": _("账户"),
        "came": _("进"),
        "went": _("退回"),
        "net": _("净数"),
        "standing": _("现在"),
        "gifts_own": _("捐给公益池（自己能用的）"),
        "gifts_donation": _("捐给公益池（只能捐的）"),
        "gifts_ended": _("了结的账户留给公益池"),
        "grants": _("帮扶出去的"),
        "family": _("家庭账给的"),
        "own": _("居民自己能用"),
        "donation": _("居民只能捐"),
        "team": _("团队的"),
        "pools": _("公益池里"),
        "cohort": _("哪年存的"),
        "left": _("还剩"),
        "hidden": _("不到 5 人"),
        "hours": _("服务时间"),
    }
