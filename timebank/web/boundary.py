"""The error boundary: the only place that knows which refusal is which HTTP status.

Under ``/api`` problem details (RFC 9457), elsewhere a page that says what happened, that nothing
was lost, and what to do. Last of all a handler for what nobody foresaw.
"""

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask.globals import request_ctx
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from timebank.kernel.errors import DomainError, FieldsError
from timebank.web import login, words
from timebank.web.errors import NotLoggedInError

log = structlog.get_logger("timebank.web")

STATUS = {
    "invalid": 422,
    "not_found": 404,
    "forbidden": 403,
    "not_logged_in": 401,
    "conflict": 409,
    "unavailable": 503,
}
RETRY_AFTER_SECONDS = 2
RETRY_WHEN_FULL_SECONDS = 60  # somebody has to make space first
# Engine errors that mean "not now" rather than a mistake of ours.
_DOWN_STATES = ("08", "53", "57P")
_DOWN_SIGNS = ("connection", "locked", "disk I/O")
_FULL_STATE = "53100"
_FULL_SIGNS = ("disk is full", "No space left")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is answered."""

    status: int
    code: str
    message: str
    facts: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] | None = None
    retry_after_seconds: int = RETRY_AFTER_SECONDS


def init_app(app: Flask) -> None:
    """Attach the boundary to the application."""
    app.register_error_handler(DomainError, _answer_domain)
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(DBAPIError, _answer_database)
    app.register_error_handler(PoolTimeoutError, _answer_database)
    app.register_error_handler(Exception, _answer_unforeseen)


def is_api() -> bool:
    """Whether the request came to the programs' face."""
    return request.path.startswith("/api/")


def _answer_domain(error: DomainError) -> Response:
    """Answer a refusal; people who are not logged in are shown the way to the login page."""
    if isinstance(error, NotLoggedInError) and not is_api() and _own_shape() is None:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        door = "access.locked" if login.is_shared() else "access.log_in_form"
        return make_response(redirect(url_for(door, next=target), 302))
    errors = error.messages if isinstance(error, FieldsError) else None
    if errors is None and error.field:
        errors = {error.field: [words.say(error)]}
    return answer(
        Problem(
            status=STATUS[error.status_hint],
            code=error.code,
            message=words.say(error),
            facts={name: _plain(value) for name, value in error.facts.items()},
            errors=errors,
        )
    )


def _plain(value: object) -> Any:
    """Return a fact as JSON can hold it."""
    return value if isinstance(value, int | str | list | None) else str(value)


def _answer_csrf(error: CSRFError) -> Response:
    """Answer a form whose token is missing or old."""
    log.info("csrf_refused", reason=error.description)
    return answer(
        Problem(
            400, "csrf", gettext("这个页面放得太久了，什么都没有存。请回到上一页，刷新后再交。")
        )
    )


def _answer_http(error: HTTPException) -> Response:
    """Answer Werkzeug's and webargs' own refusals through the same door."""
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    nested = data.get("messages", {})
    errors = None
    if isinstance(nested, dict) and nested:
        inner = {
            k: v for part in nested.values() if isinstance(part, dict) for k, v in part.items()
        }
        errors = words.field_messages(inner or nested)
    answered = answer(Problem(status, f"http_{status}", _http_message(status), errors=errors))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answered.headers[name] = value
    return answered


def _http_message(status: int) -> str:
    """Return what a bare HTTP status means to a person."""
    messages = {
        400: gettext("请求的写法不对，请检查后再发。"),
        404: gettext("没有找到，可能已经移走，或者不归您看。"),
        405: gettext("这个地址不能这样用。"),
        413: gettext("文件加起来太大了，每个请不要超过 5 MB。"),
        415: gettext("请求的内容类型不对，请用 application/json。"),
        422: gettext("还有几处要改。"),
        429: gettext("试得太快了，请过一会儿再来。"),
    }
    return str(messages.get(status, gettext("这件事没有办成，什么都没有改动。")))


def _answer_database(error: DBAPIError | PoolTimeoutError) -> Response:
    """Answer a database that is away or full with "later"; anything else is unforeseen."""
    origin = getattr(error, "orig", None)
    state = getattr(origin, "sqlstate", None) or ""
    is_full = state == _FULL_STATE or _says(origin, _FULL_SIGNS)
    is_down = (
        isinstance(error, PoolTimeoutError)
        or getattr(error, "connection_invalidated", False)
        or state.startswith(_DOWN_STATES)
        or _says(origin, _DOWN_SIGNS)
    )
    if not (is_full or is_down):
        return _answer_unforeseen(error)
    log.error("database_unavailable", state=state, kind=type(origin).__name__, is_full=is_full)
    return answer(_full() if is_full else _busy())


def _says(origin: object, signs: tuple[str, ...]) -> bool:
    """Whether an engine's own words hold one of the signs."""
    return any(sign in str(origin) for sign in signs)


def _busy() -> Problem:
    """Return what is said when the database is away or has too much to do."""
    return Problem(503, "unavailable", gettext("系统正忙，没有存上，也没有扣。请过一会儿再试。"))


def _full() -> Problem:
    """Return what is said when nothing more can be written."""
    return Problem(
        503,
        "storage_full",
        gettext("系统存满了，现在只能看，不能办。这件事没有存上，也没有扣，请告诉社区的管理员。"),
        retry_after_seconds=RETRY_WHEN_FULL_SECONDS,
    )


def _answer_unforeseen(error: Exception) -> Response:
    """Answer what nobody foresaw, and log it without personal data.

    Where it happened is enough to find the mistake; an error's own words may quote what was
    written or asked.
    """
    kinds = [type(one).__name__ for one in (error, error.__cause__) if one is not None]
    where = traceback.format_tb(error.__traceback__)
    log.error("unforeseen", kinds=kinds, endpoint=request.endpoint, where=where)
    return answer(Problem(500, "internal", gettext("系统出了错，这件事没有办成，什么都没有改动。")))


def shape_under(prefix: str, shape: Callable[[Problem], Response]) -> None:
    """Answer every problem under an address in a shape of its own, status included."""
    _shapes[prefix] = shape


_shapes: dict[str, Callable[[Problem], Response]] = {}


def _own_shape() -> Callable[[Problem], Response] | None:
    """Return the shape that the request's address has for itself, if any."""
    return next((one for at, one in _shapes.items() if request.path.startswith(f"{at}/")), None)


def answer(problem: Problem) -> Response:
    """Return the problem as the asker can read it."""
    shape = _own_shape()
    if shape is not None:
        made = shape(problem)
    else:
        made = _problem_json(problem) if is_api() else _problem_page(problem)
        made.status_code = problem.status
    if problem.status == 503:
        made.headers["Retry-After"] = str(problem.retry_after_seconds)
    if made.status_code == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made


def _problem_json(problem: Problem) -> Response:
    """Return problem details as RFC 9457 has them."""
    details: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.message,
        "status": problem.status,
        "code": problem.code,
        "facts": problem.facts,
        "request_id": g.get("request_id", ""),
    }
    if problem.errors:
        details["errors"] = problem.errors
    return Response(
        json.dumps(details, ensure_ascii=False), content_type="application/problem+json"
    )


def _problem_page(problem: Problem) -> Response:
    """Return the page that says what happened and what to do; bare words under a foreign name."""
    if getattr(request_ctx, "url_adapter", None) is None:
        return Response(problem.message, content_type="text/plain; charset=utf-8")
    return make_response(
        render_template(
            "errors/error.html",
            title=_page_title(problem.status),
            message=problem.message,
            advice=_advice(problem.status),
            errors=problem.errors or {},
            status=problem.status,
            request_id=g.get("request_id", ""),
        )
    )


def _page_title(status: int) -> str:
    """Return the heading of an error page."""
    titles = {
        403: gettext("这里不归您办"),
        404: gettext("没有找到这一页"),
        409: gettext("刚才情况变了"),
        422: gettext("还有几处要改"),
        429: gettext("请稍等一会儿"),
        503: gettext("系统正忙"),
    }
    return str(titles.get(status, gettext("没有办成")))


def _advice(status: int) -> list[str]:
    """Return what the reader can do next."""
    if status in {500, 503}:
        return [
            gettext("再试一次不会办两遍。"),
            gettext("还不行就打电话给社区，报下面的编号。"),
        ]
    if status == 403:
        return [gettext("要办这件事，请找社区或服务点的工作人员。")]
    if status == 404:
        return [gettext("看看地址有没有写错，或者回到首页。")]
    return [gettext("回到上一页改一改，或者打电话给社区。")]
