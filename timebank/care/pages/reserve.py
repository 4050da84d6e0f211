"""The reserve as the fund sees it: hours to come, money, a stress test, what came in."""

from io import BytesIO

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import reserve as queries
from timebank.care.rules import reserve as rules
from timebank.care.rules.reserve import Forecast, Outstanding, Stress, When
from timebank.care.schemas.reserve import (
    ReceiptFormIn,
    ReceiptsIn,
    ReserveIn,
    UndoReceiptIn,
)
from timebank.care.service import reserve as service
from timebank.care.service import reserve_files
from timebank.kernel.units import yuan_text
from timebank.web import charts, words
from timebank.web.charts import Bar, Stack
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHEN_WORDS = {
    When.NOW: lazy_gettext("现在就能换"),
    When.WITHIN_1: lazy_gettext("一年内到年龄"),
    When.WITHIN_3: lazy_gettext("一到三年"),
    When.WITHIN_5: lazy_gettext("三到五年"),
    When.WITHIN_10: lazy_gettext("五到十年"),
    When.LATER: lazy_gettext("十年以后"),
    When.AGE_UNKNOWN: lazy_gettext("生日没登记"),
    When.TOO_LITTLE: lazy_gettext("还没存够"),
    When.BY_GIFT: lazy_gettext("捐了才能由别人换"),
}
# At most five parts of a bar can be told apart: which columns of the table each one holds.
PARTS = (
    (lazy_gettext("现在就能换"), (When.NOW,)),
    (lazy_gettext("五年内"), (When.WITHIN_1, When.WITHIN_3, When.WITHIN_5)),
    (lazy_gettext("五年以后"), (When.WITHIN_10, When.LATER)),
    (lazy_gettext("还说不准"), (When.AGE_UNKNOWN, When.TOO_LITTLE)),
    (lazy_gettext("捐了才能由别人换"), (When.BY_GIFT,)),
)


@bp.app_template_filter("when_word")
def when_word(code: str) -> str:
    """Return the words for when minutes may be redeemed."""
    return str(WHEN_WORDS[When(code)])


@bp.app_template_filter("tenths")
def tenths(share: int | None) -> str:
    """Return a share in tenths of a percent as people read it."""
    return "–" if share is None else f"{share // 10}.{share % 10}%"


@bp.get("/reserve")
@needs("reserve.read")
@reads
def reserve(session: Session) -> ResponseReturnValue:
    """Show what the reserve may have to pay, and for how long its money lasts."""
    asked = query(ReserveIn(unknown="exclude"))
    view = queries.view(session, community_id=current_actor().community_id, **asked)
    return render_template(
        "care/reserve.html",
        view=view,
        asked=asked,
        years_max=rules.YEARS_MAX,
        cohorts=_cohorts(view.outstanding),
        stressed=_stressed(view.stress),
        months=_months(view.forecast),
    )


def _cohorts(whole: Outstanding) -> Markup:
    """Return the years as bars, cut by when minutes may be redeemed."""
    shown = [(name, whens) for name, whens in PARTS if any(whole.of(one) for one in whens)]
    stacks = [
        Stack(
            str(row.year or _("公益池")),
            [sum(row.minutes.get(one, 0) for one in whens) for _name, whens in shown],
            words.minutes_text(row.total),
        )
        for row in whole.rows
    ]
    return charts.stacked_bars(stacks, [str(name) for name, _whens in shown])


def _stressed(stress: Stress | None) -> Markup:
    """Return the years of the test as bars: what the money pays, and what it lacks."""
    if stress is None:
        return Markup()
    stacks = [
        Stack(
            _("第 %(number)s 年", number=one.number),
            [one.cost_fen - one.short_fen, one.short_fen],
            f"¥{yuan_text(one.cost_fen)}",
        )
        for one in stress.years
    ]
    return charts.stacked_bars(stacks, [_("储备金够付的"), _("不够的")])


def _months(forecast: Forecast) -> Markup:
    """Return the last months as bars."""
    return charts.month_bars(
        [
            Bar(f"{one.month_on:%Y-%m}", max(one.minutes, 0), words.minutes_text(one.minutes))
            for one in forecast.real
        ]
    )


@bp.get("/reserve/export.xlsx")
@needs("reserve.read")
@reads
def reserve_export(session: Session) -> ResponseReturnValue:
    """Hand out the whole view as a workbook without formulas."""
    asked = query(ReserveIn(unknown="exclude"))
    view = queries.view(session, community_id=current_actor().community_id, **asked)
    receipts = queries.receipts(session, community_id=current_actor().community_id, limit=200)
    content = reserve_files.workbook(view, receipts.items, say=_, when=when_word)
    name = f"{_('养老服务储备金')}.xlsx"
    return send_file(BytesIO(content), mimetype=_XLSX, as_attachment=True, download_name=name)


@bp.get("/reserve/receipts")
@needs("reserve.read")
@reads
def reserve_receipts(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show what came into the reserve, and the form for more."""
    actor = current_actor()
    asked = query(ReceiptsIn(unknown="exclude"))
    page = queries.receipts(session, community_id=actor.community_id, **asked)
    return render_template(
        "care/reserve_receipts.html",
        items=page.items,
        money=queries.money(session, actor.community_id),
        next_url=url_for(".reserve_receipts", cursor=page.next_cursor)
        if page.next_cursor
        else None,
    )


@bp.post("/reserve/receipts")
@needs("reserve.keep")
@returns_to(reserve_receipts)
@writes
def add_receipt(session: Session) -> ResponseReturnValue:
    """Note money that came in."""
    made = service.receive(
        session, actor=current_actor(), key=request_key(), **body(ReceiptFormIn())
    )
    told = _("记好了：%(money)s 进了储备金的账", money=f"¥{yuan_text(made.amount_fen)}")
    return see_other(url_for(".reserve_receipts"), told)


@bp.post("/reserve/receipts/<int:receipt_id>/undo")
@needs("reserve.keep")
@returns_to(reserve_receipts)
@writes
def undo_receipt(session: Session, receipt_id: int) -> ResponseReturnValue:
    """Take back what another noted wrongly."""
    service.undo_receipt(
        session, actor=current_actor(), receipt_id=receipt_id, **body(UndoReceiptIn())
    )
    return see_other(url_for(".reserve_receipts"), _("撤销了，账上退了回去"))
