"""Where staff ask for people without a phone, by a signed slip: find, send, hand the code over."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import clearing as reads_of
from timebank.volunteering.queries import clearing_transfers as transfer_reads
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.clearing import OnBehalf
from timebank.volunteering.schemas.clearing import AssistQuery, SendForFormIn, TakeAlongForFormIn
from timebank.volunteering.service import clearing_sending as sending
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


@bp.get("/clearing/assist")
@needs("clearing.assist")
@reads
def assist_clearing(session: Session) -> ResponseReturnValue:
    """Show where somebody is looked for."""
    actor, text = current_actor(), query(AssistQuery())["text"]
    people = community_queries.search_persons(
        session,
        community_id=actor.community_id,
        text=text,
        reach=actor.reach("clearing.assist"),
        limit=8,
    )
    return render_template("volunteering/clearing_assist.html", people=people, text=text)


@bp.get("/clearing/assist/<int:person_id>")
@needs("clearing.assist")
@reads
def assist_person(session: Session, person_id: int) -> ResponseReturnValue:
    """Show what can be done for one person."""
    actor = current_actor()
    community_id = actor.community_id
    person = community_queries.person_within(
        session,
        community_id=community_id,
        person_id=person_id,
        reach=actor.reach("clearing.assist"),
    )
    return render_template(
        "volunteering/clearing_assist_person.html",
        person=person,
        balance=passbook.balance(session, community_id=community_id, person_id=person_id),
        pairs=[one for one in reads_of.pairs(session, community_id) if one.terms],
        places=transfer_reads.destinations(session, community_id=community_id, person_id=person_id),
        transfers=transfer_reads.of_member(session, community_id=community_id, person_id=person_id),
    )


@bp.post("/clearing/assist/<int:person_id>/send")
@needs("clearing.assist")
@returns_to(assist_person)
@writes
def send_for(session: Session, person_id: int) -> ResponseReturnValue:
    """Send minutes for somebody who has signed a slip."""
    told = body(SendForFormIn())
    behalf = OnBehalf(person_id, told.pop("slip_number"))
    sending.send(session, actor=current_actor(), key=request_key(), behalf=behalf, **told)
    return see_other(url_for(".assist_person", person_id=person_id), _("记下了，等那边收。"))


@bp.post("/clearing/assist/<int:person_id>/take-along")
@needs("clearing.assist")
@returns_to(assist_person)
@writes
def take_along_for(session: Session, person_id: int) -> ResponseReturnValue:
    """Set minutes aside for somebody who has signed a slip, and show the paper with the code."""
    told = body(TakeAlongForFormIn())
    behalf = OnBehalf(person_id, told.pop("slip_number"))
    made = sending.take_along(
        session, actor=current_actor(), key=request_key(), behalf=behalf, **told
    )
    return see_other(url_for(".assisted_code", transfer_id=made), _("备好了，把这张纸交给老人。"))


@bp.get("/clearing/transfers/<int:transfer_id>/code")
@needs("clearing.assist")
@reads
def assisted_code(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Show the paper with the code of somebody without a phone."""
    view = transfer_reads.assisted(
        session, community_id=current_actor().community_id, transfer_id=transfer_id
    )
    return render_template("volunteering/clearing_code_print.html", transfer=view)
