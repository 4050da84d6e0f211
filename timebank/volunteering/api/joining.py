"""Joining, for programs."""

from datetime import date

from flask import request as http_request
from sqlalchemy.orm import Session

from timebank.community.rules import KinshipKind
from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import joining as queries
from timebank.volunteering.queries.joining import JoinView
from timebank.volunteering.rules.joining import Applicant
from timebank.volunteering.schemas.joining import (
    AcceptedOut,
    AcceptIn,
    JoinCodeIn,
    JoinIn,
    JoinRequestOut,
    RefuseIn,
)
from timebank.volunteering.service import joining as verbs
from timebank.volunteering.service.joining import Accepted
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, public, reads, writes


@api.post("/join-requests")
@public
@writes(keeps_answer=False)
@takes(JoinIn)
@gives(status=202)
def ask_to_join(
    session: Session, *, community_id: int, agrees: bool, **told: str | int | bool | date
) -> None:
    """Ask to become a member; the answer is the same for everybody."""
    applicant = Applicant(**told)  # type: ignore[arg-type]  # the schema has checked each name
    verbs.ask_to_join(
        session,
        community_id=community_id,
        told=applicant,
        agrees=agrees,
        address=http_request.remote_addr or "",
    )


@api.post("/join-codes")
@public
@writes(keeps_answer=False)
@takes(JoinCodeIn)
@gives(status=204)
def use_join_code(session: Session, *, login_name: str, code: str, password: str) -> None:
    """Set the first password by a code, once."""
    verbs.use_code(
        session,
        login_name=login_name,
        code=code,
        password=password,
        address=http_request.remote_addr or "",
    )


@api.get("/join-requests")
@needs("person.register")
@reads
@takes(PageIn, where="query")
@gives_page(JoinRequestOut)
def join_requests(session: Session, *, limit: int, cursor: str | None = None) -> Page[JoinView]:
    """Who waits to join, longest first."""
    return queries.requests(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.get("/join-requests/<int:request_id>")
@needs("person.register")
@reads
@gives(JoinRequestOut)
def join_request(session: Session, request_id: int) -> JoinView:
    """One request."""
    return queries.request(session, actor=current_actor(), request_id=request_id)


@api.post("/join-requests/<int:request_id>/accept")
@needs("person.register")
@writes(keeps_answer=False)
@takes(AcceptIn)
@gives(AcceptedOut)
def accept_join_request(
    session: Session,
    request_id: int,
    *,
    identity_note: str,
    person_id: int | None,
    guardian_card: str,
    guardian_kind: KinshipKind,
) -> Accepted:
    """Accept a request; login and code are in this answer and nowhere else."""
    return verbs.accept_request(
        session,
        actor=current_actor(),
        request_id=request_id,
        identity_note=identity_note,
        person_id=person_id,
        guardian_card=guardian_card,
        guardian_kind=guardian_kind,
    )


@api.post("/join-requests/<int:request_id>/refuse")
@needs("person.register")
@writes
@takes(RefuseIn)
@gives(status=204)
def refuse_join_request(session: Session, request_id: int, *, reason: str) -> None:
    """Refuse a request with the reason."""
    verbs.refuse_request(session, actor=current_actor(), request_id=request_id, reason=reason)
