"""Pages of what is made public of money: for everybody, on paper, as a file; and the desk."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.pages.frame import bp, cases_to_open, next_url
from timebank.cofund.queries import disclosures as queries
from timebank.cofund.queries import projects
from timebank.cofund.rules import disclosures as rules
from timebank.cofund.rules.disclosures import DisclosureState, DisclosureView
from timebank.cofund.rules.projects import AGREED_ON
from timebank.cofund.schemas import disclosures as schemas
from timebank.cofund.service import disclosures as service
from timebank.kernel import clock
from timebank.kernel.paging import PAGE_SIZE_MAX
from timebank.web import login
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)

KEPT_SECONDS = 300


@bp.get("/public/disclosures")
@public
@reads
def public_disclosures(session: Session) -> ResponseReturnValue:
    """Show everybody what was made public, the newest first."""
    wanted, reader = query(schemas.DisclosuresQuery()), login.actor_or_none()
    code = wanted.get("community")
    community_id = (
        reader.community_id
        if reader and code is None
        else projects.public_community_id(session, code)
    )
    page = queries.disclosures(
        session,
        community_id=community_id or 0,
        only_released=True,
        project_id=wanted.get("project_id"),
        cursor=wanted.get("cursor"),
    )
    more = next_url(
        ".public_disclosures",
        page.next_cursor,
        community=code,
        project_id=wanted.get("project_id"),
    )
    return render_template("cofund/public_disclosures.html", page=page, next_url=more)


@bp.get("/public/disclosures/<int:disclosure_id>")
@public
@reads
def public_disclosure(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Show everybody one version, with its charts, its digest and what changed since."""
    view = queries.disclosure(session, disclosure_id=disclosure_id)
    return render_template(
        "cofund/public_disclosure.html",
        one=view,
        changes=queries.changes_since(session, view),
        versions=queries.versions_of(session, view),
    )


@bp.get("/public/disclosures/<int:disclosure_id>/print")
@public
@reads
def print_disclosure(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Show one version on A4, with the code that leads to the page as it stands."""
    view = queries.disclosure(session, disclosure_id=disclosure_id)
    return render_template(
        "cofund/disclosure_print.html",
        one=view,
        live_url=url_for(".public_disclosure", disclosure_id=view.id, _external=True),
        printed_at=clock.now(),
    )


@bp.get("/public/disclosures/<int:disclosure_id>/file")
@public
@reads
def disclosure_file(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Hand out the document whose bytes the digest is of."""
    view = queries.disclosure(session, disclosure_id=disclosure_id)
    answer = Response(rules.document(view), mimetype="application/json")
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{view.number}.json"'
    answer.set_etag(view.digest)
    return answer.make_conditional(request)


@bp.get("/disclosures")
@needs("bank.read")
@reads
def disclosures(session: Session, **_rest: object) -> ResponseReturnValue:
    """Show the desk of what is made public: frozen, released, sent back."""
    community_id = current_actor().community_id
    wanted = query(schemas.DisclosuresQuery())
    page = queries.disclosures(
        session,
        community_id=community_id,
        only_released=False,
        project_id=wanted.get("project_id"),
        cursor=wanted.get("cursor"),
    )
    agreed = projects.projects(
        session, community_id=community_id, states=AGREED_ON, limit=PAGE_SIZE_MAX
    )
    return render_template(
        "cofund/disclosures.html",
        page=page,
        projects=agreed.items,
        next_url=next_url(".disclosures", page.next_cursor),
    )


@bp.post("/disclosures")
@needs("cofund.request")
@returns_to(disclosures)
@writes
def freeze_disclosure(session: Session) -> ResponseReturnValue:
    """Freeze figures."""
    made = service.freeze(session, actor=current_actor(), **body(schemas.DisclosureIn()))
    return see_other(
        url_for(".disclosure", disclosure_id=made.id), _("冻结好了，等另一个人核过再发布")
    )


@bp.get("/disclosures/<int:disclosure_id>")
@needs("bank.read")
@reads
def disclosure(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Show a version to whoever is to release it."""
    view = _seen(session, disclosure_id)
    objections = queries.objections(session, view.id)
    return render_template(
        "cofund/disclosure.html",
        one=view,
        changes=queries.changes_since(session, view),
        objections=objections,
        cases_to_open=cases_to_open(session, [one.case_id for one in objections]),
    )


@bp.post("/disclosures/<int:disclosure_id>/decide")
@needs("cofund.approve")
@returns_to(disclosure)
@writes
def decide_disclosure(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Release a version, or send it back."""
    view = service.decide(
        session,
        actor=current_actor(),
        disclosure_id=disclosure_id,
        **body(schemas.DisclosureDecisionForm()),
    )
    is_up = view.state is DisclosureState.RELEASED
    return see_other(
        url_for(".disclosure", disclosure_id=disclosure_id),
        _("发布了，谁都看得到") if is_up else _("退回了"),
    )


def _seen(session: Session, disclosure_id: int) -> DisclosureView:
    """Return a version of the reader's community."""
    return queries.disclosure(
        session, disclosure_id=disclosure_id, community_id=current_actor().community_id
    )
