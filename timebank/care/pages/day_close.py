"""The day close: figures, the count, the signature, the printed sheet."""

from datetime import date

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.service import tablets
from timebank.care.pages.frame import bp
from timebank.care.queries import day_close as queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import tills as till_queries
from timebank.care.rules.tills import CloseView
from timebank.care.schemas.proofs import SignFormIn
from timebank.care.schemas.tills import CountFormIn, DayIn
from timebank.care.service import day_close
from timebank.kernel import clock
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/counter/close")
@needs("care.redeem")
@reads
def close_form(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show a till's day as the service knows it, and where the drawer's count is written."""
    actor, asked = current_actor(), query(DayIn())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    mine = till_queries.till_of(session, actor=actor, centre_id=centre.id)
    known = till_queries.tills(session, centre_id=centre.id, is_active=False)
    till = next((one for one in known if one.id == asked["till_id"]), mine)
    day: date = asked["on_day"] or clock.today()
    return render_template(
        "care/close.html",
        centre=centre,
        till=till,
        tills=known,
        day=day,
        figures=queries.figures(session, till_id=till.id, day=day),
        services=queries.by_service(session, till_id=till.id, day=day),
        late=queries.late_slips(session, till_id=till.id, day=day),
        close=queries.close_of_day(
            session, till_id=till.id, day=day, community_id=actor.community_id
        ),
        open_days=queries.open_days(session, centre_id=centre.id, before=clock.today()),
    )


@bp.post("/counter/close/<int:till_id>")
@needs("care.redeem")
@returns_to(close_form)
@writes
def count_day(session: Session, till_id: int) -> ResponseReturnValue:
    """Note what the drawer holds, and go to where it is signed."""
    made = day_close.count_day(
        session, actor=current_actor(), till_id=till_id, **body(CountFormIn())
    )
    return see_other(url_for(".close", close_id=made.id), _("点好了，请另一位同事来签"))


@bp.get("/counter/closes")
@needs("care.reverse")
@reads
def closes(session: Session) -> ResponseReturnValue:
    """Show how days were closed, newest first."""
    asked = query(DayIn())
    page = queries.closes(session, actor=current_actor(), cursor=asked["cursor"])
    next_url = url_for(".closes", cursor=page.next_cursor) if page.next_cursor else None
    return render_template("care/closes.html", items=page.items, next_url=next_url)


@bp.get("/counter/closes/<int:close_id>")
@needs("care.reverse")
@reads
def close(session: Session, close_id: int) -> ResponseReturnValue:
    """Show a counted day, to be signed, or a closed one."""
    view = queries.close(session, actor=current_actor(), close_id=close_id)
    colleagues = tablets.staff_with_pin(
        session, actor=current_actor(), permission="care.reverse", centre_id=view.centre_id
    )
    return render_template(
        "care/close_sign.html",
        colleagues=[one for one in colleagues if one[0] != view.counted_by_user_id],
        may_sign=current_actor().user_id != view.counted_by_user_id,
        may_sign_alone=till_queries.rules_of(session, view.centre_id).may_sign_alone,
        **_sheet(session, view),
    )


@bp.post("/counter/closes/<int:close_id>/sign")
@needs("care.reverse")
@returns_to(close)
@writes(keeps_answer=False)
def sign_day(session: Session, close_id: int) -> ResponseReturnValue:
    """Sign a counted day; then it is closed for good."""
    day_close.sign_day(session, actor=current_actor(), close_id=close_id, **body(SignFormIn()))
    return see_other(url_for(".close", close_id=close_id), _("日结好了，这一天不能再改"))


@bp.get("/counter/closes/<int:close_id>/sheet")
@needs("care.reverse")
@reads
def close_sheet(session: Session, close_id: int) -> ResponseReturnValue:
    """Show the sheet alone, for printing and signing by hand."""
    view = queries.close(session, actor=current_actor(), close_id=close_id)
    return render_template("care/close_sheet.html", **_sheet(session, view))


def _sheet(session: Session, view: CloseView) -> dict[str, object]:
    """Return what a closed day shows."""
    services = queries.by_service(session, till_id=view.till_id, day=view.on_day)
    late = queries.late_slips(session, till_id=view.till_id, day=view.on_day)
    return {"close": view, "services": services, "late": late}
