"""Promises and workdays for programs."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api
from timebank.cases.queries import promises as shown
from timebank.cases.queries.promises import VersionView
from timebank.cases.rules.policy import Policy
from timebank.cases.schemas.promises import (
    PromisesIn,
    PromisesListOut,
    PromisesOut,
    YearIn,
    YearsOut,
)
from timebank.cases.service import promises as verbs
from timebank.cases.service import years
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/promises")
@needs("promise.read")
@reads
@gives(PromisesListOut)
def promises(session: Session) -> dict[str, list[VersionView]]:
    """Every version of the promises, the newest first."""
    return {"items": shown.versions(session, actor=current_actor())}


@api.post("/promises")
@needs("promise.draft")
@writes(keyed=True)
@takes(PromisesIn)
@gives(PromisesOut, status=201)
def draft_promises(
    session: Session, *, policy: Policy, in_force_on: date, note: str
) -> VersionView:
    """Draft a version; a second person has to approve it."""
    actor = current_actor()
    number = verbs.draft_promises(
        session, actor=actor, policy=policy, in_force_on=in_force_on, note=note
    )
    return shown.version(session, actor=actor, number=number)


@api.get("/promises/<int:number>")
@needs("promise.read")
@reads
@gives(PromisesOut)
def promise(session: Session, number: int) -> VersionView:
    """One version of the promises."""
    return shown.version(session, actor=current_actor(), number=number)


@api.post("/promises/<int:number>/approve")
@needs("promise.approve")
@writes(keyed=True)
@gives(PromisesOut)
def approve_promises(session: Session, number: int) -> VersionView:
    """Approve somebody else's draft; it never changes after that."""
    verbs.approve_promises(session, actor=current_actor(), number=number)
    return shown.version(session, actor=current_actor(), number=number)


@api.post("/promises/<int:number>/discard")
@needs("promise.draft")
@writes(keyed=True)
@gives(PromisesOut)
def discard_promises(session: Session, number: int) -> VersionView:
    """Lay a draft aside for good."""
    verbs.discard_promises(session, actor=current_actor(), number=number)
    return shown.version(session, actor=current_actor(), number=number)


@api.get("/work-years")
@needs("promise.read")
@reads
@gives(YearsOut)
def work_years(session: Session) -> dict[str, object]:
    """Every version of every year's workdays that is known."""
    return {"items": shown.year_views(session, current_actor().community_id)}


@api.post("/work-years")
@needs("promise.load_year")
@writes(keyed=True)
@takes(YearIn)
@gives(YearsOut, status=201)
def load_year(
    session: Session,
    *,
    year: int,
    source: str,
    rest_on: Sequence[date],
    work_on: Sequence[date],
) -> dict[str, object]:
    """Load a year's notice; promises that waited for it are reckoned anew by a job."""
    actor = current_actor()
    years.load_year(
        session, actor=actor, year=year, source=source,
        rest_on=sorted(set(rest_on)), work_on=sorted(set(work_on)),
    )  # fmt: skip
    return {"items": shown.year_views(session, actor.community_id)}
