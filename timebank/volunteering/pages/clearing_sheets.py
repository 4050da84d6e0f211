"""The monthly netting sheet: read, sign, print, take along, settle."""

from io import BytesIO

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import clearing as reads_of
from timebank.volunteering.queries import clearing_sheets as sheet_reads
from timebank.volunteering.schemas.clearing import SettlementFormIn
from timebank.volunteering.service import clearing_files, clearing_settling
from timebank.volunteering.service import clearing_sheets as verbs
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


def _facts(session: Session, sheet_id: int) -> dict[str, object]:
    """Return what a sheet shows: its sums and each line, as both books have them."""
    of = {"community_id": current_actor().community_id, "sheet_id": sheet_id}
    return {
        "sheet": sheet_reads.sheet(session, **of),
        "lines": sheet_reads.sheet_lines(session, **of),
    }


@bp.get("/clearing/sheets/<int:sheet_id>")
@needs("clearing.read")
@reads
def clearing_sheet(session: Session, sheet_id: int, **_refused: int) -> ResponseReturnValue:
    """Show a sheet, who signed it, and what was settled of it."""
    community_id = current_actor().community_id
    facts = _facts(session, sheet_id)
    pair_id = sheet_reads.sheet(session, community_id=community_id, sheet_id=sheet_id).pair_id
    return render_template(
        "volunteering/clearing_sheet.html",
        **facts,
        pair=reads_of.pair(session, community_id=community_id, pair_id=pair_id),
        settlements=sheet_reads.settlements(session, community_id=community_id, sheet_id=sheet_id),
    )


@bp.get("/clearing/sheets/<int:sheet_id>/print")
@needs("clearing.read")
@reads
def print_clearing_sheet(session: Session, sheet_id: int) -> ResponseReturnValue:
    """Show a sheet for paper, with the lines to sign on."""
    return render_template("volunteering/clearing_sheet_print.html", **_facts(session, sheet_id))


@bp.get("/clearing/sheets/<int:sheet_id>/sheet.xlsx")
@needs("clearing.read")
@reads
def clearing_sheet_file(session: Session, sheet_id: int) -> ResponseReturnValue:
    """Hand out a sheet as a workbook."""
    community_id = current_actor().community_id
    view = sheet_reads.sheet(session, community_id=community_id, sheet_id=sheet_id)
    content = clearing_files.sheet_file(session, community_id=community_id, sheet_id=sheet_id)
    return send_file(
        BytesIO(content),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{_('轧差表')}-{view.other_name}-{view.month:%Y-%m}.xlsx",
    )


@bp.post("/clearing/sheets/<int:sheet_id>/sign")
@needs("clearing.agree")
@returns_to(clearing_sheet)
@writes
def sign_sheet(session: Session, sheet_id: int) -> ResponseReturnValue:
    """Sign a sheet for this side."""
    verbs.sign_sheet(session, actor=current_actor(), sheet_id=sheet_id)
    return see_other(url_for(".clearing_sheet", sheet_id=sheet_id), _("签好了。"))


@bp.post("/clearing/sheets/<int:sheet_id>/settlements")
@needs("clearing.agree")
@returns_to(clearing_sheet)
@writes
def propose_settlement(session: Session, sheet_id: int) -> ResponseReturnValue:
    """Propose that so much was settled, and how."""
    told = body(SettlementFormIn())
    clearing_settling.propose_settlement(session, actor=current_actor(), sheet_id=sheet_id, **told)
    return see_other(url_for(".clearing_sheet", sheet_id=sheet_id), _("提出去了，等对方社区来签。"))


@bp.post("/clearing/sheets/<int:sheet_id>/settlements/<int:settlement_id>/sign")
@needs("clearing.agree")
@returns_to(clearing_sheet)
@writes
def sign_settlement(session: Session, sheet_id: int, settlement_id: int) -> ResponseReturnValue:
    """Sign what the other side proposed."""
    clearing_settling.sign_settlement(session, actor=current_actor(), settlement_id=settlement_id)
    return see_other(url_for(".clearing_sheet", sheet_id=sheet_id), _("结清了，两边的账都记好了。"))


@bp.post("/clearing/sheets/<int:sheet_id>/settlements/<int:settlement_id>/withdraw")
@needs("clearing.agree")
@returns_to(clearing_sheet)
@writes
def withdraw_settlement(session: Session, sheet_id: int, settlement_id: int) -> ResponseReturnValue:
    """Take back or decline what waits for a signature."""
    clearing_settling.withdraw_settlement(
        session, actor=current_actor(), settlement_id=settlement_id
    )
    return see_other(url_for(".clearing_sheet", sheet_id=sheet_id), _("撤掉了，欠的照旧。"))
