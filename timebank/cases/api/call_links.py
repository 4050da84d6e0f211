"""The link of a whistled department, for programs of the community and of departments."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.cases.api.cases import api, seen
from timebank.cases.api.open import address, guesses_count
from timebank.cases.queries import call_links as queries
from timebank.cases.queries.call_links import CallView
from timebank.cases.queries.details import CaseView
from timebank.cases.rules.whistling import Saying
from timebank.cases.schemas.acts import (
    CallLinkOut,
    CallOut,
    DepartmentAnswerIn,
    DepartmentAssessIn,
)
from timebank.cases.schemas.cases import CaseOut
from timebank.cases.service import call_links as verbs
from timebank.cases.service.call_links import MadeLink
from timebank.cases.service.history import Photo
from timebank.cases.service.public_reports import guesses_from
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, public, reads, request_key, writes

_LINK = "/cases/<int:case_id>/whistles/<int:whistle_id>/link"


@api.post(_LINK)
@needs("case.work")
@writes(keyed=True, keeps_answer=False)
@gives(CallLinkOut, status=201)
def make_call_link(session: Session, case_id: int, whistle_id: int) -> MadeLink:
    """Make the link of a department's part; the one before it ends."""
    return verbs.make_link(
        session,
        actor=current_actor(),
        case_id=case_id,
        whistle_id=whistle_id,
        key=request_key(),
    )


@api.post(f"{_LINK}/stop")
@needs("case.work")
@writes(keyed=True)
@gives(CaseOut)
def stop_call_link(session: Session, case_id: int, whistle_id: int) -> CaseView:
    """End the link of a department's part before its time."""
    verbs.stop_link(session, actor=current_actor(), case_id=case_id, whistle_id=whistle_id)
    return seen(session, case_id)


@api.get("/open-calls/<token>")
@public
@guesses_count
@reads
@gives(CallOut)
def open_call(session: Session, token: str) -> CallView:
    """The call of a link: where, what kind of matter, by when; no reporter, no name in full."""
    sessions.refuse_locked(session, guesses_from(address()))
    return queries.call(session, queries.by_token(session, token))


@api.post("/open-calls/<token>/answers")
@public
@guesses_count
@writes(keyed=True, keeps_answer=False)
@takes(DepartmentAnswerIn)
@gives(CallOut)
def answer_call(
    session: Session,
    token: str,
    *,
    saying: Saying,
    answered_by: str,
    words: str = "",
    photos: Sequence[Photo] = (),
) -> CallView:
    """Say how far the department is; who declines says why."""
    sessions.refuse_locked(session, guesses_from(address()))
    link = queries.by_token(session, token)
    verbs.say(
        session, link=link, saying=saying, answered_by=answered_by, words=words, photos=photos
    )
    return queries.call(session, link)


@api.post("/open-calls/<token>/assessments")
@public
@guesses_count
@writes(keyed=True, keeps_answer=False)
@takes(DepartmentAssessIn)
@gives(CallOut)
def assess_caller(
    session: Session, token: str, *, score: int, answered_by: str, words: str = ""
) -> CallView:
    """Say how it was to work with the community; once, when the part has ended."""
    sessions.refuse_locked(session, guesses_from(address()))
    link = queries.by_token(session, token)
    verbs.assess(session, link=link, score=score, answered_by=answered_by, words=words)
    return queries.call(session, link)
