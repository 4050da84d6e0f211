"""Pages for everybody: a scanned sign, a report without an account, the page of its link."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import ParamSpec, TypeVar

from flask import Response, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.cases.pages.cases import bp, photos
from timebank.cases.pages.intake import like_the_form, scanned
from timebank.cases.queries import alike as alike_queries
from timebank.cases.queries import following, open_places, promises, signs
from timebank.cases.schemas.intake import AnswerIn, OpenAlikeIn, OpenPlaceIn, OpenReportIn
from timebank.cases.service import answering, public_reports
from timebank.cases.service.public_reports import guesses_from
from timebank.kernel import clock
from timebank.web import login
from timebank.web.codes import qr_svg
from timebank.web.doors import (
    body,
    public,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)

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


def hidden_from_robots(answer: Response) -> Response:
    """Keep a page that only its link opens out of collections, and its address to itself."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.get("/s/<code>")
@public
@reads
def scanned_sign(session: Session, code: str) -> ResponseReturnValue:
    """Open the form with the place of a sign filled in, for whoever scanned it."""
    sign, actor = signs.sign_of_code(session, code), login.actor_or_none()
    endpoint = open_places.form_for(actor, sign.community_id)
    return see_other(url_for(endpoint, sign=sign.code))


@bp.get("/public/report")
@public
@reads
def new_open_report(session: Session) -> ResponseReturnValue:
    """Show somebody without an account the form for a problem."""
    asked = open_places.asked(session, **query(OpenPlaceIn()), form=request.form)
    return render_template(
        "cases/open_report.html",
        house=asked,
        answer_limit=promises.answer_limit(session, asked.id),
        places=open_places.choices(session, asked.id),
        sign=scanned(session, asked.id),
        alike=like_the_form(session, asked.id),
    )


@bp.post("/public/report")
@public
@returns_to(new_open_report)
@writes(keeps_answer=False)
def report_openly(session: Session) -> ResponseReturnValue:
    """Take a report of somebody without an account, and show its link once."""
    said = body(OpenReportIn()) | {"photos": photos()}
    house = open_places.asked(session, community=said.pop("community", None))
    receipt = public_reports.report_openly(
        session, community_id=house.id, key=request_key(), address=address(), **said
    )
    url = url_for(".open_case", token=receipt.token, _external=True)
    page = render_template(
        "cases/open_receipt.html",
        receipt=receipt,
        url=url,
        house=house,
        qr=link_code(url),
        answer_limit=promises.answer_limit(session, house.id),
    )
    return hidden_from_robots(make_response(page))


def link_code(url: str) -> str:
    """Return a link as a QR code."""
    return qr_svg(url, label=_("扫一扫，看这件事办到哪一步"))


@bp.get("/public/alike")
@public
@reads
def open_alike(session: Session) -> ResponseReturnValue:
    """Show, while a stranger types, what may be the same: what, where and when."""
    told = query(OpenAlikeIn())
    house = open_places.asked(session, community=told.pop("community", None))
    found = alike_queries.alike(session, community_id=house.id, **told)
    return render_template("cases/_alike.html", alike=found, is_staff_view=False)


@bp.get("/public/cases/<token>")
@public
@guesses_count
@reads
def open_case(session: Session, token: str) -> ResponseReturnValue:
    """Show the case of a link: four steps, who has it, what was done, and the question."""
    sessions.refuse_locked(session, guesses_from(address()))
    reporter = following.by_token(session, token)
    page = render_template(
        "cases/followed.html",
        case=following.followed(session, reporter),
        photo_url=lambda photo_id: url_for(".open_photo", token=token, photo_id=photo_id),
        answer_url=url_for(".answer_openly", token=token),
        is_open=True,
        now=clock.now(),
    )
    return hidden_from_robots(make_response(page))


@bp.post("/public/cases/<token>/answer")
@public
@guesses_count
@returns_to(open_case)
@writes(keeps_answer=False)
def answer_openly(session: Session, token: str) -> ResponseReturnValue:
    """Keep what the holder of a link says of the outcome."""
    sessions.refuse_locked(session, guesses_from(address()))
    reporter = following.by_token(session, token)
    answering.answer(session, reporter=reporter, **body(AnswerIn()))
    answer = see_other(url_for(".open_case", token=token), _("记下了，谢谢您。"))
    return hidden_from_robots(answer)


@bp.get("/public/cases/<token>/photos/<int:photo_id>")
@public
@guesses_count
@reads
def open_photo(session: Session, token: str, photo_id: int) -> ResponseReturnValue:
    """Hand out a photo that staff let the reporters see."""
    sessions.refuse_locked(session, guesses_from(address()))
    file = following.photo(session, following.by_token(session, token), photo_id)
    return hidden_from_robots(
        send_file(BytesIO(file.content), mimetype=file.media_type, etag=file.sha256)
    )
