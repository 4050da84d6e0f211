"""What is made public of money, for programs; what everybody may read is kept for minutes."""

from datetime import date

from flask import Response, after_this_request
from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api
from timebank.cofund.queries import disclosures as queries
from timebank.cofund.queries import projects
from timebank.cofund.rules.disclosures import Change, DisclosureView
from timebank.cofund.schemas import disclosures as schemas
from timebank.cofund.service import disclosures as service
from timebank.kernel.paging import Page
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, public, reads, writes

KEPT_SECONDS = 300


def _keep(response: Response) -> Response:
    """Let anybody on the way keep the answer: it is the same for everybody."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response


@api.get("/disclosures")
@public
@reads
@takes(schemas.DisclosuresQuery, where="query")
@gives_page(schemas.DisclosureLineOut)
def list_disclosures(
    session: Session,
    *,
    limit: int,
    community: str | None = None,
    project_id: int | None = None,
    cursor: str | None = None,
) -> Page[DisclosureView]:
    """What was made public of a community's money, the newest first."""
    after_this_request(_keep)
    return queries.disclosures(
        session,
        community_id=projects.public_community_id(session, community) or 0,
        only_released=True,
        project_id=project_id,
        cursor=cursor,
        limit=limit,
    )


@api.get("/disclosures/<int:disclosure_id>")
@public
@reads
@gives(schemas.DisclosureOut)
def show_disclosure(session: Session, disclosure_id: int) -> DisclosureView:
    """One released version with its frozen figures."""
    found = queries.disclosure(session, disclosure_id=disclosure_id)
    after_this_request(_keep)
    return found


@api.get("/disclosures/<int:disclosure_id>/changes")
@public
@reads
@gives(schemas.DisclosureChangesOut)
def show_changes(session: Session, disclosure_id: int) -> dict[str, bool | list[Change]]:
    """What the books say otherwise now than when a released version was frozen."""
    found = queries.changes_since(session, queries.disclosure(session, disclosure_id=disclosure_id))
    after_this_request(_keep)
    return {"differs": bool(found), "changes": found}


@api.post("/disclosures")
@needs("cofund.request")
@writes(keyed=True)
@takes(schemas.DisclosureIn)
@gives(schemas.DisclosureOut, status=201)
def freeze_disclosure(
    session: Session, *, project_id: int | None, month_on: date | None
) -> DisclosureView:
    """Freeze the figures of a project, or of a month that is over."""
    return service.freeze(session, actor=current_actor(), project_id=project_id, month_on=month_on)


@api.post("/disclosures/<int:disclosure_id>/decide")
@needs("cofund.approve")
@writes(keyed=True)
@takes(schemas.DisclosureDecisionIn)
@gives(schemas.DisclosureOut)
def decide_disclosure(
    session: Session, disclosure_id: int, *, is_released: bool, reason: str = ""
) -> DisclosureView:
    """Release what another person froze, or send it back."""
    return service.decide(
        session,
        actor=current_actor(),
        disclosure_id=disclosure_id,
        is_released=is_released,
        reason=reason,
    )
