"""The desk for papers: who is served, their statement, booklet and certificates."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.volunteering.pages import certificates as certificate_pages
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.pages.statements import (
    month_shown,
    shown,
    why,
    workbook_answer,
)
from timebank.volunteering.queries import certificates as certificate_reads
from timebank.volunteering.queries import passbook_prints as booklet_reads
from timebank.volunteering.queries import statements as statement_reads
from timebank.volunteering.rules import month_summaries as month_rules
from timebank.volunteering.schemas.certificates import CertificateForFormIn
from timebank.volunteering.schemas.statements import (
    MonthReasonIn,
    PersonTextQuery,
    StaffPeriodFormIn,
)
from timebank.volunteering.service import certificates, statement_files
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

FOUND_MAX = 9
MONTHS_OFFERED = 12


@bp.get("/papers")
@needs("paper.serve")
@reads
def papers(session: Session) -> ResponseReturnValue:
    """Show whom one may serve, and the certificates issued last."""
    actor, text = current_actor(), query(PersonTextQuery())["q"]
    page = certificate_reads.certificates(session, actor=actor, limit=certificate_reads.DESK_LINES)
    return render_template(
        "volunteering/papers.html",
        q=text,
        people=community_queries.search_persons(
            session,
            community_id=actor.community_id,
            text=text,
            reach=actor.reach("paper.serve"),
            limit=FOUND_MAX,
        ),
        certificates=page.items,
        **certificate_pages.WORDS,
    )


@bp.get("/papers/<int:person_id>")
@needs("paper.serve")
@reads
def member_papers(session: Session, person_id: int, **_refused: int) -> ResponseReturnValue:
    """Show what can be printed for somebody; no figure of theirs before a reason is given."""
    actor, today = current_actor(), clock.today()
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("paper.serve"),
    )
    first = month_rules.month_before(today)
    return render_template(
        "volunteering/papers_member.html",
        person=person,
        booklet=booklet_reads.open_booklet(
            session, community_id=actor.community_id, person_id=person.id
        ),
        prints=booklet_reads.prints(session, person.id),
        certificates=certificate_reads.certificates(
            session, actor=actor, person_id=person.id
        ).items,
        months=month_rules.months_between(
            first.replace(year=first.year - 1), today, limit=MONTHS_OFFERED
        ),
        **certificate_pages.form_choices(session),
        **certificate_pages.WORDS,
    )


@bp.post("/papers/<int:person_id>/statement")
@needs("paper.serve")
@returns_to(member_papers)
@writes(keeps_answer=False)
def member_statement(session: Session, person_id: int) -> ResponseReturnValue:
    """Show staff somebody's statement; that they looked stays in the trail."""
    actor, asked = current_actor(), body(StaffPeriodFormIn())
    form, reason = asked.pop("form"), asked.pop("reason")
    statement_files.look_at(session, actor=actor, person_id=person_id, reason=reason)
    if form == "xlsx":
        content = statement_files.workbook(
            session,
            community_id=actor.community_id,
            person_id=person_id,
            since=asked["since"],
            through=asked["through"],
            say=_,
            why=why,
        )
        return workbook_answer(content, f"statement-{person_id}")
    found = statement_reads.statement(
        session, community_id=actor.community_id, person_id=person_id, **asked
    )
    told: dict[str, Any] = shown(session, actor, found)  # Any: for a page
    template = (
        "volunteering/statements_print.html"
        if form == "print"
        else "volunteering/statements_member.html"
    )
    return render_template(template, reason=reason, of=asked["of"].value, is_staff=True, **told)


@bp.post("/papers/<int:person_id>/month")
@needs("paper.serve")
@returns_to(member_papers)
@writes(keeps_answer=False)
def member_month(session: Session, person_id: int) -> ResponseReturnValue:
    """Print somebody's month for them; that staff looked stays in the trail."""
    actor, asked = current_actor(), body(MonthReasonIn())
    statement_files.look_at(session, actor=actor, person_id=person_id, reason=asked["reason"])
    told = month_shown(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        month=month_rules.month_from(asked["month"]),
    )
    return render_template("volunteering/month_print.html", is_staff=True, **told)


@bp.post("/papers/<int:person_id>/certificates")
@needs("paper.serve")
@returns_to(member_papers)
@writes
def issue_certificate(session: Session, person_id: int) -> ResponseReturnValue:
    """Issue a certificate for somebody who asked for it on paper."""
    certificate_id = certificates.issue(
        session,
        actor=current_actor(),
        key=request_key(),
        check_base=certificate_pages.check_base(),
        person_id=person_id,
        **body(CertificateForFormIn()),
    )
    return see_other(url_for(".certificate", certificate_id=certificate_id), _("开好了。"))
