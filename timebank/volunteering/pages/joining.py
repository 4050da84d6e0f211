"""Joining: the public form and the first password; staff accept or refuse."""

from flask import render_template, url_for
from flask import request as http_request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import joining as queries
from timebank.volunteering.rules.helpers import is_minor
from timebank.volunteering.rules.joining import Applicant
from timebank.volunteering.schemas.joining import (
    AcceptIn,
    JoinCodeIn,
    JoinIn,
    JoinPageIn,
    RefuseIn,
)
from timebank.volunteering.service import joining as verbs
from timebank.web.api import PageIn
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


@bp.get("/join")
@public
@reads
def join(session: Session) -> ResponseReturnValue:
    """Show the form to join, once it is clear which community is meant."""
    known = community_queries.communities(session)
    wanted = query(JoinPageIn(unknown="exclude"))["community"]
    chosen = [one for one in known if one.code == wanted] or (known if len(known) == 1 else [])
    places = community_queries.micro_grids(session, chosen[0].id) if chosen else []
    return render_template(
        "volunteering/join.html",
        communities=known,
        community=chosen[0] if chosen else None,
        places=[(one.id, one.label) for one in places],
    )


@bp.post("/join")
@public
@returns_to(join)
@writes(keeps_answer=False)
def ask_to_join(session: Session) -> ResponseReturnValue:
    """Take a request; the answer is the same for everybody."""
    asked = body(JoinIn())
    verbs.ask_to_join(
        session,
        community_id=asked.pop("community_id"),
        agrees=asked.pop("agrees"),
        told=Applicant(**asked),
        address=http_request.remote_addr or "",
    )
    return see_other(url_for(".join_received"))


@bp.get("/join/received")
@public
@reads
def join_received(_session: Session) -> ResponseReturnValue:
    """Say what comes next."""
    return render_template("volunteering/join_received.html")


@bp.get("/join/code")
@public
@reads
def join_code(_session: Session) -> ResponseReturnValue:
    """Show the form for the first password."""
    return render_template("volunteering/join_code.html")


@bp.post("/join/code")
@public
@returns_to(join_code)
@writes(keeps_answer=False)
def use_join_code(session: Session) -> ResponseReturnValue:
    """Set the first password and go to the front door."""
    verbs.use_code(session, **body(JoinCodeIn()), address=http_request.remote_addr or "")
    return see_other(url_for("access.log_in_form"), _("密码设好了，现在可以登录"))


@bp.get("/join-requests")
@needs("person.register")
@reads
def join_requests(session: Session) -> ResponseReturnValue:
    """Show who waits to join, longest first."""
    page = queries.requests(session, actor=current_actor(), **query(PageIn()))
    return render_template(
        "volunteering/join_requests.html",
        requests=page.items,
        next_url=page.next_cursor and url_for(".join_requests", cursor=page.next_cursor),
    )


@bp.get("/join-requests/<int:request_id>")
@needs("person.register")
@reads
def join_request(session: Session, request_id: int) -> ResponseReturnValue:
    """Show one request, and who of the registered it may be."""
    actor = current_actor()
    found = queries.request(session, actor=actor, request_id=request_id)
    told = found.applicant
    known = queries.maybe_known(session, actor=actor, applicant=told) if told else []
    return render_template(
        "volunteering/join_request.html",
        found=found,
        known=[(one.id, f"{one.name} {one.card_no or ''}".strip()) for one in known],
        needs_guardian=told is not None and is_minor(told.born_on, on=clock.today()),
    )


@bp.post("/join-requests/<int:request_id>/accept")
@needs("person.register")
@returns_to(join_request)
@writes(keeps_answer=False)
def accept_join_request(session: Session, request_id: int) -> ResponseReturnValue:
    """Accept a request and show the slip with the code, this once."""
    done = verbs.accept_request(
        session, actor=current_actor(), request_id=request_id, **body(AcceptIn())
    )
    return render_template("volunteering/join_slip.html", done=done)


@bp.post("/join-requests/<int:request_id>/refuse")
@needs("person.register")
@returns_to(join_request)
@writes
def refuse_join_request(session: Session, request_id: int) -> ResponseReturnValue:
    """Refuse a request with the reason."""
    verbs.refuse_request(session, actor=current_actor(), request_id=request_id, **body(RefuseIn()))
    return see_other(url_for(".join_requests"), _("没有同意，原因记下了"))
