"""The pages of those who are looked after, and one's own."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.outreach.pages.frame import bp, choices, visitors
from timebank.outreach.queries import key_people as queries
from timebank.outreach.rules.key_people import Contact, KeyGroup, KeyView, Reason
from timebank.outreach.schemas.key_people import (
    KeyCareIn,
    KeyContactIn,
    KeyEndIn,
    KeyFilterIn,
    KeyLookIn,
    KeyPersonIn,
    WhoIn,
)
from timebank.outreach.service import key_people as service
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


@bp.get("/key-people")
@needs("keygroup.read")
@reads
def key_people(session: Session) -> ResponseReturnValue:
    """Show who is looked after; whom nobody has seen in time stands first."""
    asked, actor = query(KeyFilterIn()), current_actor()
    page = queries.key_people(session, actor=actor, **asked)
    kept: dict[str, Any] = {
        name: value for name, value in request.args.items() if value and name != "cursor"
    }
    if page.next_cursor:
        kept["cursor"] = page.next_cursor
    return render_template(
        "outreach/key_people.html",
        page=page,
        wanted=asked["wanted"],
        counts=queries.counts(session, actor=actor),
        groups=list(KeyGroup),
        next_url=page.next_cursor and url_for(".key_people", **kept),
    )


@bp.get("/key-people/new")
@needs("keygroup.work")
@reads
def new_key_person(session: Session) -> ResponseReturnValue:
    """Show the form in which somebody is put on the list."""
    asked, actor = query(WhoIn()), current_actor()
    reach = actor.reach("keygroup.work")
    found = community_queries.search_persons(
        session, community_id=actor.community_id, text=asked.get("who", ""), reach=reach
    )
    chosen = _chosen(session, request.form.get("person_id", type=int) or asked.get("person_id"))
    return render_template(
        "outreach/new_key_person.html",
        who=asked.get("who", ""),
        found=found,
        person=chosen,
        groups=choices(KeyGroup),
        reasons=choices(Reason),
        visitors=visitors(session, chosen.grid_id) if chosen else [],
    )


def _chosen(session: Session, person_id: int | None) -> community_queries.PersonView | None:
    """Return who is to be listed, once they are chosen."""
    actor = current_actor()
    if person_id is None:
        return None
    return community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("keygroup.work"),
    )


@bp.post("/key-people/new")
@needs("keygroup.work")
@returns_to(new_key_person)
@writes
def list_person(session: Session) -> ResponseReturnValue:
    """Put somebody on the list."""
    key_id = service.list_person(session, actor=current_actor(), **body(KeyPersonIn()))
    return see_other(url_for(".key_person", key_id=key_id), _("列入了，到时候会提醒去看。"))


@bp.get("/key-people/<int:key_id>")
@needs("keygroup.read")
@reads
def key_person(session: Session, key_id: int) -> ResponseReturnValue:
    """Show somebody on the list; why they are is masked."""
    return _page(session, queries.key_person(session, actor=current_actor(), key_id=key_id))


def _page(session: Session, found: KeyView) -> str:
    """Return the page of somebody on the list."""
    return render_template(
        "outreach/key_person.html",
        found=found,
        contacts=choices(Contact),
        visitors=visitors(session, found.line.grid_id),
        today=clock.today(),
        may_work=current_actor().may("keygroup.work"),
    )


@bp.post("/key-people/<int:key_id>/look")
@needs("keygroup.work")
@returns_to(key_person)
@writes(keeps_answer=False)
def show_reason(session: Session, key_id: int) -> ResponseReturnValue:
    """Show why somebody is on the list and what was seen; the look is noted."""
    found = service.show_reason(session, actor=current_actor(), key_id=key_id, **body(KeyLookIn()))
    return _page(session, found)


@bp.post("/key-people/<int:key_id>/contacts")
@needs("keygroup.work")
@returns_to(key_person)
@writes
def record_contact(session: Session, key_id: int) -> ResponseReturnValue:
    """Write down that somebody was seen, or not met."""
    service.record_contact(session, actor=current_actor(), key_id=key_id, **body(KeyContactIn()))
    return see_other(url_for(".key_person", key_id=key_id), _("记下了。"))


@bp.post("/key-people/<int:key_id>/care")
@needs("keygroup.work")
@returns_to(key_person)
@writes
def change_care(session: Session, key_id: int) -> ResponseReturnValue:
    """Let somebody be seen more or less often, or by somebody else."""
    service.change_care(session, actor=current_actor(), key_id=key_id, **body(KeyCareIn()))
    return see_other(url_for(".key_person", key_id=key_id), _("改好了。"))


@bp.post("/key-people/<int:key_id>/end")
@needs("keygroup.work")
@returns_to(key_person)
@writes
def end_listing(session: Session, key_id: int) -> ResponseReturnValue:
    """Take somebody off the list."""
    service.end_listing(session, actor=current_actor(), key_id=key_id, **body(KeyEndIn()))
    return see_other(url_for(".key_people"), _("不再照看了，以前记的都留着。"))


@bp.get("/me/looked-after")
@needs("profile.read")
@reads
def my_care(session: Session) -> ResponseReturnValue:
    """Show whether one is looked after, why, and by whom."""
    return render_template(
        "outreach/my_care.html", mine=queries.own_listing(session, actor=current_actor())
    )
