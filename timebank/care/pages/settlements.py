"""The month's settlement: statements, their lines, disputes, approval, payment, paper."""

from io import BytesIO
from typing import Any

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp, care_word
from timebank.care.queries import settlement_books
from timebank.care.queries import settlement_sources as sources
from timebank.care.queries import settlements as queries
from timebank.care.schemas.settlements import (
    AnswerIn,
    DisputeIn,
    LinesIn,
    MonthFormIn,
    PaymentIn,
)
from timebank.care.service import settlement_files
from timebank.care.service import settlements as service
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
from timebank.web.paths import next_url

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/settlements")
@needs("settlement.read")
@reads
def settlements(session: Session) -> ResponseReturnValue:
    """Show the months' statements, and which month is drawn up next."""
    page = queries.settlements(session, actor=current_actor(), cursor=query(LinesIn())["cursor"])
    return render_template(
        "care/settlements.html",
        items=page.items,
        months=sources.next_months(session, actor=current_actor()),
        next_url=url_for(".settlements", cursor=page.next_cursor) if page.next_cursor else None,
    )


@bp.post("/settlements")
@needs("settlement.work")
@returns_to(settlements)
@writes
def draw_up(session: Session) -> ResponseReturnValue:
    """Draw up a month's statement, and show it."""
    made = service.draw_up(session, actor=current_actor(), **body(MonthFormIn()))
    return see_other(url_for(".settlement", settlement_id=made.id), _("月结单出好了，请核对"))


@bp.get("/settlements/<int:settlement_id>")
@needs("settlement.read")
@reads
def settlement(session: Session, settlement_id: int) -> ResponseReturnValue:
    """Show a statement: its sums, beside the books, what was disputed, and its lines."""
    view = queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)
    asked = query(LinesIn())
    page = queries.lines(session, settlement_id=view.id, **asked)
    return render_template(
        "care/settlement.html",
        view=view,
        services=queries.by_service(session, settlement_id=view.id),
        beside=settlement_books.agreement(session, view),
        lines=page.items,
        is_disputed=asked["is_disputed"],
        next_url=next_url(page.next_cursor),
    )


@bp.get("/settlements/<int:settlement_id>/lines/<int:line_id>")
@needs("settlement.read")
@reads
def settlement_line(session: Session, settlement_id: int, line_id: int) -> ResponseReturnValue:
    """Show a line with its slip, what was said against it, and the answer."""
    view = queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)
    line = queries.line(session, settlement_id=view.id, line_id=line_id)
    return render_template("care/settlement_line.html", view=view, line=line)


@bp.post("/settlements/<int:settlement_id>/lines/<int:line_id>/dispute")
@needs("settlement.work")
@returns_to(settlement_line)
@writes
def dispute_line(session: Session, settlement_id: int, line_id: int) -> ResponseReturnValue:
    """Say why a line is not right."""
    about: dict[str, Any] = {"settlement_id": settlement_id, "line_id": line_id}
    service.dispute_line(session, actor=current_actor(), **about, **body(DisputeIn()))
    return see_other(url_for(".settlement_line", **about), _("异议记下了，等另一位答复"))


@bp.post("/settlements/<int:settlement_id>/lines/<int:line_id>/answer")
@needs("settlement.work")
@returns_to(settlement_line)
@writes
def answer_dispute(session: Session, settlement_id: int, line_id: int) -> ResponseReturnValue:
    """Answer what another said against a line."""
    about: dict[str, Any] = {"settlement_id": settlement_id, "line_id": line_id}
    service.answer_dispute(session, actor=current_actor(), **about, **body(AnswerIn()))
    return see_other(url_for(".settlement", settlement_id=settlement_id), _("答复好了"))


@bp.post("/settlements/<int:settlement_id>/approve")
@needs("settlement.approve")
@returns_to(settlement)
@writes
def approve_settlement(session: Session, settlement_id: int) -> ResponseReturnValue:
    """Let a statement stand that another drew up."""
    service.approve(session, actor=current_actor(), settlement_id=settlement_id)
    return see_other(
        url_for(".settlement", settlement_id=settlement_id), _("批准了，这份月结单不能再改")
    )


@bp.post("/settlements/<int:settlement_id>/pay")
@needs("settlement.pay")
@returns_to(settlement)
@writes
def pay_settlement(session: Session, settlement_id: int) -> ResponseReturnValue:
    """Note that the provider was paid."""
    service.mark_paid(
        session, actor=current_actor(), settlement_id=settlement_id, **body(PaymentIn())
    )
    return see_other(url_for(".settlement", settlement_id=settlement_id), _("付款记好了"))


@bp.get("/settlements/<int:settlement_id>/sheet")
@needs("settlement.read")
@reads
def settlement_sheet(session: Session, settlement_id: int) -> ResponseReturnValue:
    """Show the statement on paper, with what was disputed."""
    view = queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)
    disputed = queries.lines(session, settlement_id=view.id, is_disputed=True, limit=200)
    return render_template(
        "care/settlement_sheet.html",
        view=view,
        services=queries.by_service(session, settlement_id=view.id),
        disputed=disputed.items,
    )


@bp.get("/settlements/<int:settlement_id>/export.xlsx")
@needs("settlement.read")
@reads
def settlement_export(session: Session, settlement_id: int) -> ResponseReturnValue:
    """Hand out the statement with every line as a workbook."""
    view = queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)
    content = settlement_files.workbook(session, view=view, say=_, word=care_word)
    name = f"{_('月结单')} {view.centre_name} {view.month_on:%Y-%m}.xlsx"
    return send_file(BytesIO(content), mimetype=_XLSX, as_attachment=True, download_name=name)
