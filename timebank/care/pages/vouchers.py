"""Vouchers: one's own, a new one, the printed sheet, and their use at a counter."""

from datetime import timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import vouchers as queries
from timebank.care.rules import vouchers as rules
from timebank.care.rules.vouchers import VoucherState
from timebank.care.rules.weekdays import weekdays_of
from timebank.care.schemas.desk import PersonIn
from timebank.care.schemas.vouchers import (
    HandIn,
    VoucherCodeIn,
    VoucherFormIn,
    VoucherReasonIn,
    VoucherUseIn,
)
from timebank.care.service import bookings, voucher_uses, vouchers
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.volunteering.queries import passbook
from timebank.web.codes import qr_svg
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

FIRST_DAYS = 30
STATES = {
    VoucherState.OPEN: (lazy_gettext("能用"), "going"),
    VoucherState.USED: (lazy_gettext("用完了"), "done"),
    VoucherState.EXPIRED: (lazy_gettext("过期了"), "off"),
    VoucherState.CANCELLED: (lazy_gettext("作废了"), "off"),
}
WEEKDAYS = (
    lazy_gettext("周一"),
    lazy_gettext("周二"),
    lazy_gettext("周三"),
    lazy_gettext("周四"),
    lazy_gettext("周五"),
    lazy_gettext("周六"),
    lazy_gettext("周日"),
)


@bp.app_template_filter("voucher_word")
def voucher_word(state: str) -> str:
    """Return the word for where a voucher stands."""
    return str(STATES[VoucherState(state)][0])


@bp.app_template_filter("voucher_chip")
def voucher_chip(state: str) -> str:
    """Return the kind of chip for where a voucher stands."""
    return STATES[VoucherState(state)][1]


@bp.app_template_global("weekday_names")
def weekday_names() -> list[tuple[int, str]]:
    """Return the days of the week with their numbers, Monday is 0."""
    return [(number, str(word)) for number, word in enumerate(WEEKDAYS)]


bp.add_app_template_global(weekdays_of)


@bp.get("/me/vouchers")
@needs("care.book")
@reads
def my_vouchers(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show one's own vouchers and those in one's hand."""
    actor = current_actor()
    return render_template(
        "care/my_vouchers.html",
        vouchers=queries.vouchers_of(session, actor=actor),
        family=community_queries.relatives(session, actor.person_id or 0),
    )


@bp.get("/redeem/<int:service_id>/voucher")
@needs("care.book")
@reads
def voucher_form(session: Session, service_id: int) -> ResponseReturnValue:
    """Show the form of a voucher, for oneself, an elder of one's, or a guest at the counter."""
    actor, today = current_actor(), clock.today()
    person_id = query(PersonIn()).get("person_id") or actor.person_id or 0
    wanted = bookings.offered(
        session, actor=actor, service_id=service_id, person_id=person_id, day=today
    )
    relative_id = bookings.relative_of(actor, person_id=person_id, centre_id=wanted.centre_id)
    return render_template(
        "care/new_voucher.html",
        service=wanted,
        person=community_queries.person(
            session, community_id=actor.community_id, person_id=person_id
        ),
        balance=passbook.balance(session, community_id=actor.community_id, person_id=person_id),
        is_counter=relative_id is None and person_id != actor.person_id,
        first_last=today + timedelta(days=FIRST_DAYS),
        last_day=today + timedelta(days=rules.DAYS_MAX),
        uses_max=rules.USES_MAX,
    )


@bp.post("/redeem/<int:service_id>/voucher")
@needs("care.book")
@returns_to(voucher_form)
@writes(keeps_answer=False)
def issue_voucher(session: Session, service_id: int) -> ResponseReturnValue:
    """Set so many uses aside and show the sheet to be printed."""
    actor, form = current_actor(), VoucherFormIn()
    person_id = query(PersonIn()).get("person_id") or actor.person_id or 0
    asked = form.asked(body(form), service_id)
    made = vouchers.issue(session, actor=actor, key=request_key(), person_id=person_id, **asked)
    return see_other(url_for(".voucher_sheet", voucher_id=made.id), _("开好了，可以打印"))


@bp.get("/vouchers/<int:voucher_id>/sheet")
@needs("care.book")
@reads
def voucher_sheet(session: Session, voucher_id: int) -> ResponseReturnValue:
    """Show a voucher for printing, with its signed QR code and its short code."""
    view = queries.voucher(session, actor=current_actor(), voucher_id=voucher_id)
    code = qr_svg(view.qr_text, label=_("服务券二维码"))
    return render_template("care/voucher_sheet.html", voucher=view, code=code)


@bp.post("/vouchers/<int:voucher_id>/hand-over")
@needs("care.book")
@returns_to(my_vouchers)
@writes
def hand_voucher_over(session: Session, voucher_id: int) -> ResponseReturnValue:
    """Give a voucher into another hand of the family."""
    made = vouchers.hand_over(
        session, actor=current_actor(), voucher_id=voucher_id, **body(HandIn())
    )
    said = _("现在由%(name)s拿着。请把券密码也告诉家里人。", name=made.holder_name)
    return see_other(url_for(".my_vouchers"), said)


@bp.post("/vouchers/<int:voucher_id>/cancel")
@needs("care.book")
@returns_to(my_vouchers)
@writes
def cancel_voucher(session: Session, voucher_id: int) -> ResponseReturnValue:
    """Call a voucher off."""
    vouchers.cancel(
        session, actor=current_actor(), voucher_id=voucher_id, **body(VoucherReasonIn())
    )
    return see_other(url_for(".my_vouchers"), _("作废了，没用的时间已放回"))


@bp.get("/counter/vouchers")
@needs("care.redeem")
@reads
def counter_vouchers(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show where a voucher is scanned or typed, and what the shown one is for."""
    actor, asked = current_actor(), query(VoucherCodeIn())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    found = queries.shown(session, actor=actor, text=asked["code"]) if asked["code"] else None
    return render_template(
        "care/counter_voucher.html", centre=centre, voucher=found, code=asked["code"]
    )


@bp.get("/counter/vouchers/for/<int:person_id>")
@needs("care.redeem")
@reads
def voucher_for(session: Session, person_id: int) -> ResponseReturnValue:
    """Show for which services of a centre a guest may have a voucher."""
    actor = current_actor()
    centre = desk_queries.desk_centre(session, actor, query(VoucherCodeIn())["centre_id"])
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.search"),
    )
    found = catalogue.services(
        session, community_id=actor.community_id, day=clock.today(), centre_id=centre.id
    )
    offered = [one for one in found if one.minutes and not one.needs_booking]
    return render_template("care/voucher_for.html", centre=centre, person=person, services=offered)


@bp.post("/counter/vouchers")
@needs("care.redeem")
@returns_to(counter_vouchers)
@writes(keeps_answer=False)
def use_voucher(session: Session) -> ResponseReturnValue:
    """Hand over one use of a voucher and show the slip."""
    asked = body(VoucherUseIn())
    made = voucher_uses.use(session, actor=current_actor(), key=request_key(), **asked)
    return see_other(url_for(".done", redemption_id=made.id))
