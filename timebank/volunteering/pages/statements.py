"""Statements of a period and months: one's own, shown, on paper, as a workbook."""

from datetime import date
from typing import Any

from flask import make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import Restriction
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import expiry, own_rules
from timebank.volunteering.queries import month_summaries as month_reads
from timebank.volunteering.queries import passbook_prints as booklet_reads
from timebank.volunteering.queries import statements as reads_of
from timebank.volunteering.rules.month_summaries import month_from
from timebank.volunteering.rules.statements import Line, Statement
from timebank.volunteering.schemas.statements import PeriodQuery
from timebank.volunteering.service import statement_files
from timebank.web.doors import current_actor, needs, query, reads
from timebank.web.panels import behind
from timebank.web.words import minutes_text

SECTION_WORDS = {
    Restriction.OWN: lazy_gettext("自己的时间"),
    Restriction.TEAM: lazy_gettext("团队的时间"),
    Restriction.DONATION: lazy_gettext("只能捐的时间"),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def why(line: Line) -> str:
    """Say in one sentence why minutes served became those credited; empty without service."""
    it = line.record
    if it is None or it.credited_minutes is None:
        return ""
    rest = (it.minutes * (it.rate_percent or 0) // 100) % (it.rounding_minutes or 1)
    steps = [_("做了 %(time)s", time=minutes_text(it.minutes))]
    if it.rate_percent != 100:
        steps.append(_("这种服务按 %(rate)s%% 算", rate=it.rate_percent))
    if rest:
        steps.append(
            _(
                "每 %(step)s 分钟一格，零头 %(rest)s 不计",
                step=it.rounding_minutes,
                rest=minutes_text(rest),
            )
        )
    if it.bonus_minutes:
        steps.append(_("另加 %(time)s", time=minutes_text(it.bonus_minutes)))
    if it.refused_minutes:
        steps.append(_("超出上限的 %(time)s 没有记", time=minutes_text(it.refused_minutes)))
    if it.donation_minutes:
        steps.append(_("超出上限的 %(time)s 只能捐", time=minutes_text(it.donation_minutes)))
    steps.append(_("所以记 %(time)s", time=minutes_text(it.credited_minutes)))
    steps[-1] += _("（办法第 %(version)s 版）。", version=it.policy_version)
    told: str = _("，").join(steps)
    return told


def shown(session: Session, actor: Actor, found: Statement) -> dict[str, Any]:  # Any: for a page
    """Return what every page of a statement shows."""
    unexplained = [one.line.entry_id for one in found.lines if one.record is None]
    return {
        "statement": found,
        "behind": behind(session, actor, unexplained),
        "why": why,
        "section_words": SECTION_WORDS,
    }


def _own(session: Session, asked: dict[str, Any]) -> Statement:
    """Return the reader's own statement."""
    actor = current_actor()
    return reads_of.statement(
        session, community_id=actor.community_id, person_id=actor.person_id or 0, **asked
    )


def period_url(endpoint: str, found: Statement, **more: Any) -> str:  # noqa: ANN401 - of an address
    """Return the address of a page of the same period."""
    return url_for(
        endpoint, since=found.since.isoformat(), through=found.through.isoformat(), **more
    )


def _render(session: Session, template: str, endpoint: str) -> str:
    """Render one page of the reader's statement."""
    asked = query(PeriodQuery())
    found, of = _own(session, asked), asked["of"].value
    return render_template(
        template,
        of=of,
        next_url=found.next_cursor and period_url(endpoint, found, of=of, cursor=found.next_cursor),
        cursor=asked.get("cursor"),
        period_url=period_url,
        booklet=booklet_reads.open_booklet(
            session,
            community_id=current_actor().community_id,
            person_id=current_actor().person_id or 0,
        ),
        **shown(session, current_actor(), found),
    )


@bp.get("/me/statement/period")
@needs("hours.read")
@reads
def my_period(session: Session) -> ResponseReturnValue:
    """Show one's statement of a period."""
    return _render(session, "volunteering/statements_period.html", ".my_period")


@bp.get("/me/statement/period/print")
@needs("hours.read")
@reads
def my_period_print(session: Session) -> ResponseReturnValue:
    """Show a page of it for A4."""
    return _render(session, "volunteering/statements_print.html", ".my_period_print")


@bp.get("/me/statement/period.xlsx")
@needs("hours.read")
@reads
def my_period_file(session: Session) -> ResponseReturnValue:
    """Hand over one's statement of a period as a workbook."""
    actor, asked = current_actor(), query(PeriodQuery())
    content = statement_files.workbook(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id or 0,
        since=asked["since"],
        through=asked["through"],
        say=_,
        why=why,
    )
    return workbook_answer(content, "statement")


def workbook_answer(content: bytes, name: str) -> ResponseReturnValue:
    """Return a workbook as an answer."""
    answer = make_response(content)
    answer.mimetype = XLSX
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def month_shown(session: Session, *, community_id: int, person_id: int, month: date) -> Any:  # noqa: ANN401 - for a page
    """Return what a page of a member's month shows, with what comes next and what can be done."""
    return {
        "summary": month_reads.month_summary(
            session, community_id=community_id, person_id=person_id, month=month
        ),
        "expiring": expiry.my_expiry(session, community_id=community_id, person_id=person_id)[:1],
        "mine": own_rules.my_rules(session, community_id=community_id, person_id=person_id),
    }


@bp.get("/me/months")
@needs("hours.read")
@reads
def my_months(session: Session) -> ResponseReturnValue:
    """Show the months of which there is a page."""
    actor = current_actor()
    found = month_reads.months(session, community_id=actor.community_id, person_id=actor.person_id)
    return render_template("volunteering/months.html", months=found)


def _month(session: Session, month: str, template: str) -> str:
    """Render one of the reader's months."""
    actor = current_actor()
    told = month_shown(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id or 0,
        month=month_from(month),
    )
    return render_template(template, **told)


@bp.get("/me/months/<month>")
@needs("hours.read")
@reads
def my_month(session: Session, month: str) -> ResponseReturnValue:
    """Show one's month in plain words."""
    return _month(session, month, "volunteering/month.html")


@bp.get("/me/months/<month>/print")
@needs("hours.read")
@reads
def my_month_print(session: Session, month: str) -> ResponseReturnValue:
    """Show one's month for A4."""
    return _month(session, month, "volunteering/month_print.html")


def month_panel(session: Session, actor: Actor) -> Markup:
    """Return the line that points at last month's page, for the first days of a month."""
    month = month_reads.notice(session, actor.person_id)
    if month is None:
        return Markup()
    return Markup(  # noqa: S704 - a template of ours, escaped by Jinja
        render_template("volunteering/month_panel.html", month=month)
    )
