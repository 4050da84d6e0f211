"""The pages of promises: versions, a draft, one version, the years' workdays."""

from datetime import date, timedelta
from itertools import pairwise

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import promises as shown
from timebank.cases.rules.flow import Step
from timebank.cases.schemas.promises import AskedYear, PromisesIn, YearFormIn
from timebank.cases.service import promises as verbs
from timebank.cases.service import years
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


@bp.get("/promises")
@needs("promise.read")
@reads
def promises(session: Session) -> ResponseReturnValue:
    """Show what is promised now, every version, and the years that are known."""
    actor = current_actor()
    versions = shown.versions(session, actor=actor)
    return render_template(
        "cases/promises.html",
        versions=versions,
        now=next(one for one in versions if one.is_in_force),
        years=shown.year_views(session, actor.community_id),
        next_year=clock.today().year + 1,
    )


@bp.get("/promises/new")
@needs("promise.draft")
@reads
def new_promises(session: Session) -> ResponseReturnValue:
    """Show the form of a draft, filled from what is in force."""
    versions = shown.versions(session, actor=current_actor())
    return render_template(
        "cases/promises_new.html",
        policy=next(one for one in versions if one.is_in_force).policy,
        step_names=list(Step),
        today=clock.today(),
    )


@bp.post("/promises/new")
@needs("promise.draft")
@returns_to(new_promises)
@writes
def draft_promises(session: Session) -> ResponseReturnValue:
    """Write a draft and show it."""
    number = verbs.draft_promises(session, actor=current_actor(), **body(PromisesIn()))
    return see_other(url_for(".promise", number=number), _("草稿记下了，请另一位批准。"))


@bp.get("/promises/<int:number>")
@needs("promise.read")
@reads
def promise(session: Session, number: int) -> ResponseReturnValue:
    """Show a version and what can be done with it."""
    seen = shown.version(session, actor=current_actor(), number=number)
    return render_template("cases/promise.html", version=seen)


@bp.post("/promises/<int:number>/approve")
@needs("promise.approve")
@returns_to(promise)
@writes
def approve_promises(session: Session, number: int) -> ResponseReturnValue:
    """Bring somebody else's draft into force."""
    verbs.approve_promises(session, actor=current_actor(), number=number)
    return see_other(url_for(".promise", number=number), _("批准了，从生效那天起登记的事按它办。"))


@bp.post("/promises/<int:number>/discard")
@needs("promise.draft")
@returns_to(promise)
@writes
def discard_promises(session: Session, number: int) -> ResponseReturnValue:
    """Lay a draft aside for good."""
    verbs.discard_promises(session, actor=current_actor(), number=number)
    return see_other(url_for(".promises"), _("草稿作废了。"))


@bp.get("/promises/years/new")
@needs("promise.load_year")
@reads
def new_work_year(session: Session) -> ResponseReturnValue:
    """Show the form of a year's workdays, filled with what is known of it."""
    year = query(AskedYear(unknown="exclude")).get("year") or clock.today().year + 1
    known = shown.year_views(session, current_actor().community_id)
    newest = next((one for one in known if one.year == year), None)
    return render_template(
        "cases/work_year_new.html",
        year=year,
        newest=newest,
        rest_on="\n".join(_runs(newest.rest_on)) if newest else "",
        work_on="\n".join(_runs(newest.work_on)) if newest else "",
    )


def _runs(days: tuple[date, ...]) -> list[str]:
    """Return days as lines of text, those that follow each other in one."""
    begins = [day for before, day in pairwise((date.min, *days)) if day - before != _ONE]
    ends = [day for day, after in pairwise((*days, date.max)) if after - day != _ONE]
    return [
        first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"
        for first, last in zip(begins, ends, strict=True)
    ]


_ONE = timedelta(days=1)


@bp.post("/promises/years/new")
@needs("promise.load_year")
@returns_to(new_work_year)
@writes
def load_work_year(session: Session) -> ResponseReturnValue:
    """Load a year's notice."""
    years.load_year(session, actor=current_actor(), **body(YearFormIn()))
    return see_other(
        url_for(".promises", _anchor="years"), _("记下了。等着这一年的时限，几分钟内改算好。")
    )
