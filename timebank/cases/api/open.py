"""Reports without an account and the case of a link, for programs that speak for a resident."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request
from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.cases.api.cases import api
from timebank.cases.queries import following, open_places, signs
from timebank.cases.queries.following import Followed
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.rules.signs import PlaceSign
from timebank.cases.schemas.intake import AnswerIn, FollowedOut, OpenReportIn, ReceiptOut, SignOut
from timebank.cases.service import answering, public_reports
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake
from timebank.cases.service.public_reports import Receipt, guesses_from
from timebank.web.api import gives, takes
from timebank.web.doors import public, reads, request_key, writes

P = ParamSpec("P")
R = TypeVar("R")


def address() -> str:
    """Return where the request comes from."""
    return request.remote_addr or ""


def guesses_count(view: Callable[P, R]) -> Callable[P, R]:
    """Count the links of a view that lead nowhere, by the address that asked for them."""

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        return public_reports.counting_guesses(lambda: view(*args, **kwargs), address=address())

    return counted


@api.get("/signs/<code>")
@public
@reads
@gives(SignOut)
def sign(session: Session, code: str) -> PlaceSign:
    """The place for which a code hangs in the street."""
    return signs.sign_of_code(session, code)


@api.post("/open-reports")
@public
@writes(keyed=True, keeps_answer=False)
@takes(OpenReportIn)
@gives(ReceiptOut, status=201)
def report_openly(
    session: Session,
    *,
    intake: Intake,
    trap: str = "",
    community: str | None = None,
    photos: Sequence[Photo] = (),
    is_new: bool = False,
    same_as: int | None = None,
) -> Receipt:
    """Report without an account; the token in the answer is shown for this key alone."""
    return public_reports.report_openly(
        session,
        community_id=open_places.asked(session, community=community).id,
        key=request_key(),
        address=address(),
        intake=intake,
        photos=photos,
        is_new=is_new,
        same_as=same_as,
        trap=trap,
    )


@api.get("/open-reports/<token>")
@public
@guesses_count
@reads
@gives(FollowedOut)
def open_case(session: Session, token: str) -> Followed:
    """The case of a link: nobody's name in full, nobody's number."""
    sessions.refuse_locked(session, guesses_from(address()))
    return following.followed(session, following.by_token(session, token))


@api.post("/open-reports/<token>/answers")
@public
@guesses_count
@writes(keyed=True, keeps_answer=False)
@takes(AnswerIn)
@gives(FollowedOut)
def answer_openly(
    session: Session,
    token: str,
    *,
    is_solved: bool,
    satisfaction: Satisfaction | None = None,
    words: str = "",
) -> Followed:
    """Say whether it is solved; "no" begins the next round."""
    sessions.refuse_locked(session, guesses_from(address()))
    reporter = following.by_token(session, token)
    answering.answer(
        session, reporter=reporter, is_solved=is_solved, satisfaction=satisfaction, words=words
    )
    return following.followed(session, reporter)
