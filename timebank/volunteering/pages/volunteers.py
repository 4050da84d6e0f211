"""Volunteers for people: ask to be one; staff look, admit, insure, find whom to ask."""

from dataclasses import replace

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import helpers
from timebank.volunteering.queries import volunteers as reads_of
from timebank.volunteering.rules.admission import admission_commands_from
from timebank.volunteering.schemas.needs import ProfileIn
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.volunteering.schemas.volunteers import ApplyIn, CoverIn, IdentityIn, VolunteersIn
from timebank.volunteering.service import admission as verbs
from timebank.volunteering.service import profiles
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


@bp.get("/me/volunteer")
@needs("need.post")
@reads
def my_volunteer(session: Session) -> ResponseReturnValue:
    """Show where one stands as a volunteer, or the form to become one."""
    found = reads_of.own_admission(session, actor=current_actor())
    return render_template("volunteering/my_volunteer.html", admission=found)


@bp.post("/me/volunteer")
@needs("need.post")
@returns_to(my_volunteer)
@writes
def apply_volunteer(session: Session) -> ResponseReturnValue:
    """Ask to become a volunteer."""
    told = body(ApplyIn(unknown="exclude", exclude=("person_id",)))
    verbs.apply(session, actor=current_actor(), **told)
    return see_other(url_for(".my_volunteer"), _("申请收到了，请带身份证到社区核对一下。"))


@bp.get("/volunteers")
@needs("volunteer.keep")
@reads
def volunteer_list(session: Session) -> ResponseReturnValue:
    """Show who waits to be admitted, and volunteers by what they can, speak, when and where."""
    actor = current_actor()
    asked = query(VolunteersIn())
    page = reads_of.search(session, actor=actor, **asked)
    kept = {name: value for name, value in asked.items() if name not in {"cursor", "limit"}}
    grids = community_queries.grids(session, actor.community_id)
    return render_template(
        "volunteering/volunteers.html",
        asked=asked,
        found=page.items,
        months=reads_of.last_months(session, [one.person_id for one in page.items]),
        waiting=reads_of.admissions_waiting(session, actor=actor),
        grids=[(one.id, one.name) for one in grids],
        next_url=page.next_cursor and url_for(".volunteer_list", cursor=page.next_cursor, **kept),
    )


@bp.get("/volunteers/<int:person_id>")
@needs("volunteer.keep")
@reads
def volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Show one person as a volunteer: admission, what they bring, insurance, the last months."""
    actor = current_actor()
    seen = reads_of.volunteer(session, actor=actor, person_id=person_id)
    applied = (
        None
        if seen.state is None
        else reads_of.admission(session, actor=actor, person_id=person_id)
    )
    return render_template(
        "volunteering/volunteer.html",
        volunteer=seen,
        told=helpers.profile(session, person_id),
        admission=applied,
        acts=set() if applied is None else admission_commands_from(applied.state),
        month=reads_of.last_months(session, [person_id])[person_id],
        covers=reads_of.covers_of(session, community_id=actor.community_id, person_id=person_id),
    )


def _to_volunteer(person_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a volunteer with a notice."""
    return see_other(url_for(".volunteer", person_id=person_id), notice)


@bp.post("/volunteers/<int:person_id>/profile")
@needs("volunteer.keep")
@returns_to(volunteer)
@writes
def tell_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Keep what staff tell of a volunteer."""
    told = body(ProfileIn(unknown="exclude", exclude=("person_id",)))
    profiles.tell_profile(session, actor=current_actor(), person_id=person_id, **told)
    return _to_volunteer(person_id, _("记下了。"))


@bp.post("/volunteers/<int:person_id>/apply")
@needs("volunteer.keep")
@returns_to(volunteer)
@writes
def apply_for_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Note that somebody at the counter asks to become a volunteer."""
    told = body(ApplyIn(unknown="exclude", exclude=("person_id",)))
    verbs.apply(session, actor=current_actor(), person_id=person_id, **told)
    return _to_volunteer(person_id, _("申请登记好了，下一步核对身份。"))


@bp.post("/volunteers/<int:person_id>/check")
@needs("volunteer.keep")
@returns_to(volunteer)
@writes
def check_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Note by what one saw who somebody is."""
    told = body(IdentityIn(unknown="exclude"))
    verbs.check_identity(session, actor=current_actor(), person_id=person_id, **told)
    return _to_volunteer(person_id, _("核对过了，等另一位同事同意。"))


@bp.post("/volunteers/<int:person_id>/admit")
@needs("volunteer.admit")
@returns_to(volunteer)
@writes
def admit_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Admit somebody whom another has seen."""
    verbs.admit(session, actor=current_actor(), person_id=person_id)
    return _to_volunteer(person_id, _("同意加入了，可以接任务了。"))


@bp.post("/volunteers/<int:person_id>/refuse")
@needs("volunteer.admit")
@returns_to(volunteer)
@writes
def refuse_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Answer that somebody is not admitted."""
    verbs.refuse(session, actor=current_actor(), person_id=person_id, **body(WhyIn()))
    return _to_volunteer(person_id, _("答复了，本人会看到原因。"))


@bp.post("/volunteers/<int:person_id>/suspend")
@needs("volunteer.admit")
@returns_to(volunteer)
@writes
def suspend_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Let a volunteer take nothing new for now."""
    verbs.suspend(session, actor=current_actor(), person_id=person_id, **body(WhyIn()))
    return _to_volunteer(person_id, _("暂停了，重新核对以后再恢复。"))


@bp.get("/volunteers/covers")
@needs("volunteer.keep")
@reads
def covers(session: Session) -> ResponseReturnValue:
    """Show accident insurances, and the form of one for all volunteers."""
    return render_template(
        "volunteering/covers.html", covers=reads_of.covers(session, actor=current_actor())
    )


@bp.post("/volunteers/covers")
@needs("volunteer.admit")
@returns_to(covers)
@writes
def note_cover(session: Session) -> ResponseReturnValue:
    """Note an insurance for all volunteers."""
    told = body(CoverIn(unknown="exclude", exclude=("person_id",)))
    verbs.note_cover(session, actor=current_actor(), **told)
    return see_other(url_for(".covers"), _("保险登记好了。"))


@bp.post("/volunteers/<int:person_id>/cover")
@needs("volunteer.admit")
@returns_to(volunteer)
@writes
def cover_volunteer(session: Session, person_id: int) -> ResponseReturnValue:
    """Note an insurance for one volunteer."""
    told = body(CoverIn(unknown="exclude", exclude=("person_id",)))
    facts = replace(told["facts"], person_id=person_id)
    verbs.note_cover(session, actor=current_actor(), facts=facts)
    return _to_volunteer(person_id, _("保险登记好了。"))
