"""A centre for its manager: how full it is, what is used, whom to call, what runs short."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue
from timebank.care.queries import overview as queries
from timebank.care.queries import overview_rows as behind
from timebank.care.rules import overview as rules
from timebank.care.rules.overview import FullDay, HourLoad, Refused, RowsOf
from timebank.care.schemas.overview import MissedIn, OverviewIn, OverviewRowsIn, RefusalsIn
from timebank.web import charts
from timebank.web.charts import Bar
from timebank.web.doors import current_actor, needs, query, reads
from timebank.web.paths import next_url

REFUSED_WORDS = {
    Refused.MINUTES: lazy_gettext("时间不够"),
    Refused.FULL: lazy_gettext("没有名额"),
    Refused.DAY_LIMIT: lazy_gettext("一天的份数到了"),
    Refused.DAY_MINUTES: lazy_gettext("一天的时间用到数了"),
    Refused.VOUCHER: lazy_gettext("券用过或作废了"),
    Refused.OWN_OR_KIN: lazy_gettext("给自家人办"),
}
ROWS_WORDS = {
    RowsOf.HOUR: lazy_gettext("这个钟点的小票"),
    RowsOf.SERVICE: lazy_gettext("这项服务的小票"),
    RowsOf.STAFF: lazy_gettext("这位同事办的"),
    RowsOf.STAFF_SIGNED: lazy_gettext("这位同事凭签字纸条办的"),
    RowsOf.STAFF_VOIDED: lazy_gettext("这位同事办了又撤的"),
    RowsOf.STAFF_VOIDS: lazy_gettext("这位同事撤的"),
}


@bp.app_template_filter("refused_word")
def refused_word(code: str) -> str:
    """Return the words for why nothing was handed over."""
    return str(REFUSED_WORDS[Refused(code)])


@bp.get("/care/centres/<int:centre_id>/overview")
@needs("care.manage")
@reads
def overview(session: Session, centre_id: int) -> ResponseReturnValue:
    """Show a centre as its manager sees it."""
    actor = current_actor()
    asked = query(OverviewIn(unknown="exclude"))
    view = queries.overview(session, actor=actor, centre_id=centre_id, **asked)
    return render_template(
        "care/overview.html",
        view=view,
        asked=asked,
        days=rules.DAYS,
        unseen_choices=rules.UNSEEN_DAYS,
        centres=catalogue.centres_of(session, actor, "care.manage"),
        weekdays=(_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")),
        chart=charts.month_bars([_bar(one) for one in view.hours]),
    )


def _bar(one: HourLoad) -> Bar:
    """Return an hour as a bar."""
    return Bar(f"{one.hour:02d}:00", one.slips, _("小票 %(count)s 张", count=one.slips))


@bp.get("/care/centres/<int:centre_id>/overview/rows")
@needs("care.manage")
@reads
def overview_rows(session: Session, centre_id: int) -> ResponseReturnValue:
    """Show the slips behind a figure."""
    asked = query(OverviewRowsIn(unknown="exclude"))
    page = queries.rows(session, actor=current_actor(), centre_id=centre_id, **asked)
    return render_template(
        "care/overview_rows.html",
        centre_id=centre_id,
        items=page.items,
        title=ROWS_WORDS[asked["of"]],
        days=asked["days"],
        next_url=next_url(page.next_cursor),
    )


@bp.get("/care/centres/<int:centre_id>/overview/missed")
@needs("care.manage")
@reads
def overview_missed(session: Session, centre_id: int) -> ResponseReturnValue:
    """Show the bookings of a service to which nobody came."""
    asked = query(MissedIn(unknown="exclude"))
    page = behind.missed(session, actor=current_actor(), centre_id=centre_id, **asked)
    return render_template(
        "care/overview_missed.html",
        centre_id=centre_id,
        items=page.items,
        days=asked["days"],
        next_url=next_url(page.next_cursor),
    )


@bp.get("/care/centres/<int:centre_id>/overview/refusals")
@needs("care.manage")
@reads
def overview_refusals(session: Session, centre_id: int) -> ResponseReturnValue:
    """Show who was refused, and of a service on which days it was full."""
    asked = query(RefusalsIn(unknown="exclude"))
    actor, service_id = current_actor(), asked["service_id"]
    page = behind.refusals(session, actor=actor, centre_id=centre_id, **asked)
    full: list[FullDay] = []
    line: list[tuple[date, int]] = []
    if service_id is not None:
        line = behind.in_line(session, actor=actor, centre_id=centre_id, service_id=service_id)
        full = behind.full_days(
            session, actor=actor, centre_id=centre_id, service_id=service_id, days=asked["days"]
        )
    return render_template(
        "care/overview_refusals.html",
        centre_id=centre_id,
        items=page.items,
        full=full,
        line=line,
        asked=asked,
        days=asked["days"],
        next_url=next_url(page.next_cursor),
    )
