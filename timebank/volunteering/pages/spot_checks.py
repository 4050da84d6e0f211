"""Spot checks for people: what to look at, what was found, and the report by month."""

from io import BytesIO

from flask import make_response, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import spot_checks as reads_of
from timebank.volunteering.rules import spot_checks as rules
from timebank.volunteering.rules.spot_checks import CheckState
from timebank.volunteering.schemas.desk import (
    CheckResultFormIn,
    ChecksQuery,
    TakeFormIn,
)
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import check_sheets
from timebank.volunteering.service import spot_checks as verbs
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

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/spot-checks")
@needs("check.read")
@reads
def spot_checks(session: Session) -> ResponseReturnValue:
    """Show what is to be looked at, and what was found."""
    actor, asked = current_actor(), query(ChecksQuery())
    page = reads_of.checks(session, actor=actor, **asked)
    kept = {name: asked[name] for name in ("state", "month_on")} | {
        "is_wrong": asked["is_wrong"] or None
    }
    return render_template(
        "volunteering/spot_checks.html",
        checks=page.items,
        own=reads_of.own_checks(session, actor=actor),
        asked=asked,
        states=list(CheckState),
        next_url=page.next_cursor and url_for(".spot_checks", cursor=page.next_cursor, **kept),
    )


@bp.get("/spot-checks/<int:check_id>")
@needs("check.read")
@reads
def spot_check(session: Session, check_id: int) -> ResponseReturnValue:
    """Show one check and what the reader may do with it."""
    actor = current_actor()
    seen = reads_of.check(session, actor=actor, check_id=check_id)
    hands_out = actor.may("check.assign") and seen.state is not CheckState.DONE
    return render_template(
        "volunteering/spot_check.html",
        check=seen,
        may_check=reads_of.may_check(session, actor=actor, check_id=check_id),
        colleagues=reads_of.colleagues(session, actor.community_id) if hands_out else [],
    )


def _to_check(check_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a check with a notice."""
    return see_other(url_for(".spot_check", check_id=check_id), notice)


@bp.post("/spot-checks/<int:check_id>/take")
@needs("check.work")
@returns_to(spot_check)
@writes
def take_check(session: Session, check_id: int) -> ResponseReturnValue:
    """Take a check on, or hand it to a colleague."""
    verbs.take_check(session, actor=current_actor(), check_id=check_id, **body(TakeFormIn()))
    return _to_check(check_id, _("记下了由谁来抽查。"))


@bp.post("/spot-checks/<int:check_id>/result")
@needs("check.work")
@returns_to(spot_check)
@writes
def finish_check(session: Session, check_id: int) -> ResponseReturnValue:
    """Write what was found."""
    told = body(CheckResultFormIn())
    verbs.finish_check(session, actor=current_actor(), check_id=check_id, **told)
    return _to_check(check_id, _("结果记下了，不再改。"))


@bp.post("/spot-checks/<int:check_id>/take-back")
@needs("hours.unapprove")
@returns_to(spot_check)
@writes
def take_back_after_check(session: Session, check_id: int) -> ResponseReturnValue:
    """Take back the approval of what was found wrong."""
    verbs.take_back_after_check(
        session, actor=current_actor(), check_id=check_id, key=request_key(), **body(ReasonIn())
    )
    return _to_check(check_id, _("入账已撤销，志愿者可以申诉。"))


@bp.get("/spot-checks/report")
@needs("check.read")
@reads
def spot_check_report(session: Session) -> ResponseReturnValue:
    """Show how many were drawn and what was found, month by month, and how each week was drawn."""
    actor = current_actor()
    months = reads_of.months(session, actor=actor)
    return render_template(
        "volunteering/spot_check_report.html",
        months=months,
        total=rules.total(months),
        draws=reads_of.draws(session, actor.community_id),
    )


@bp.get("/spot-checks/report.xlsx")
@needs("check.read")
@reads
def spot_check_report_file(session: Session) -> ResponseReturnValue:
    """Hand out the report as a workbook."""
    heads = (
        _("月份"),
        _("抽出"),
        _("办完"),
        _("相符"),
        _("时间不符"),
        _("没有这次服务"),
        _("联系不上"),
        _("撤销入账"),
        _("相符率 %%"),
    )
    months = reads_of.months(session, actor=current_actor())
    content = check_sheets.report_file(months, [str(head) for head in heads])
    return make_response(
        send_file(
            BytesIO(content),
            mimetype=XLSX,
            as_attachment=True,
            download_name="spot-checks.xlsx",
        )
    )
