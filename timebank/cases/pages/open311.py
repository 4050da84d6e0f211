"""Open311 GeoReport v2 for programs outside: XML and JSON, keys, and errors as it wants them.

Nothing here looks at a cookie: who reports says so by a key. Whatever is told holds nobody's
personal data.
"""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy.orm import Session

from timebank.cases.errors import open311 as errors
from timebank.cases.pages.open311_shapes import (
    Value,
    definition_out,
    discovery_out,
    request_out,
    service_out,
)
from timebank.cases.queries import open311 as queries
from timebank.cases.queries.open311 import RequestFilter
from timebank.cases.rules import open311 as rules
from timebank.cases.rules.flow import Category
from timebank.cases.rules.open311 import Status
from timebank.cases.schemas.open311 import RequestIn, RequestsIn, attributes_of
from timebank.cases.service import open311 as service
from timebank.community.rules import CommunityView
from timebank.kernel import clock
from timebank.web import boundary, login
from timebank.web.boundary import Problem
from timebank.web.doors import (
    form_values,
    public,
    query,
    reads,
    request_key,
    without_cookies,
    writes,
)

PREFIX = "/open311/v2"
bp = Blueprint("open311", __name__, url_prefix=PREFIX)
_FORMAT = "<any(xml,json):fmt>"
_ITEMS = {
    "endpoints": "endpoint",
    "formats": "format",
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
}


def _answer(fmt: str, root: str, value: Value, *, status: int = 200) -> Response:
    """Return a value in the wanted format: XML under its root, JSON without one."""
    if fmt == "json":
        return Response(
            json.dumps(value, ensure_ascii=False),
            status,
            content_type="application/json; charset=utf-8",
        )
    said = f'<?xml version="1.0" encoding="utf-8"?>\n{_element(root, value)}\n'
    return Response(said, status, content_type="text/xml; charset=utf-8")


def _element(name: str, value: Value) -> str:
    """Return a value as an element; nothing is an empty one."""
    if value is None:
        return f"<{name}/>"
    if isinstance(value, Mapping):
        inner = "".join(_element(key, part) for key, part in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inner = "".join(_element(_ITEMS[name], part) for part in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = str(escape(str(value).translate(_NO_XML)))
    return f"<{name}>{inner}</{name}>"


# What may stand in a text but in no XML document.
_NO_XML = dict.fromkeys((0xFFFE, 0xFFFF))


def refusal(problem: Problem) -> Response:
    """Return a refusal as the specification wants it: a list of code and description."""
    status = _STATUS.get(problem.code) or _STATUSES.get(problem.status, problem.status)
    said = [problem.message]
    if problem.errors:
        said = [
            text if text == problem.message else f"{name}: {text}"
            for name, texts in problem.errors.items()
            for text in texts
        ]
    fmt = "json" if request.path.endswith(".json") else "xml"
    told = [{"code": str(status), "description": one} for one in said]
    return _answer(fmt, "errors", told, status=status)


_STATUS = {errors.TooManyReportsError.code: 429}
_STATUSES = {401: 403, 409: 400, 415: 400, 422: 400}
boundary.shape_under(PREFIX, refusal)


def _house(session: Session) -> CommunityView:
    """Return the community of the request's jurisdiction; an empty one counts as none."""
    return queries.jurisdiction(session, request.values.get("jurisdiction_id", "").strip())


@bp.get(f"/discovery.{_FORMAT}")
@public
@reads
def discovery(session: Session, fmt: str) -> Response:
    """Tell where this is, in which formats, and how to get a key."""
    house = _house(session)
    address = url_for(".services", fmt=fmt, _external=True).rsplit("/", 1)[0]
    return _answer(fmt, "discovery", discovery_out(house, address))


@bp.get(f"/services.{_FORMAT}")
@public
@reads
def services(session: Session, fmt: str) -> Response:
    """Tell which kinds of matters may be reported."""
    _house(session)
    return _answer(fmt, "services", [service_out(one) for one in rules.SERVICES.values()])


@bp.get(f"/services/<service_code>.{_FORMAT}")
@public
@reads
def service_definition(session: Session, service_code: str, fmt: str) -> Response:
    """Tell what is asked about one kind of matter."""
    _house(session)
    return _answer(fmt, "service_definition", definition_out(rules.service(service_code)))


@bp.get(f"/requests.{_FORMAT}")
@public
@reads
def requests(session: Session, fmt: str) -> Response:
    """Tell what was reported, newest first."""
    house, wanted = _house(session), _wanted()
    found = queries.requests(session, house, wanted)
    return _answer(fmt, "service_requests", [request_out(one) for one in found])


def _wanted() -> RequestFilter:
    """Return which requests are asked for; numbers overrule everything else."""
    told = query(RequestsIn())
    page, size = told["page"], told["page_size"]
    numbers = tuple(_split(told["service_request_id"]))[: rules.REQUESTS_MAX]
    if numbers:  # an unknown one is simply not among them
        return RequestFilter(numbers=numbers, page=page, page_size=size)
    start, end = (
        rules.moment(name, told[name]) if told.get(name) else None
        for name in ("start_date", "end_date")
    )
    codes, statuses = _split(told["service_code"]), _split(told["status"])
    return RequestFilter(
        categories=tuple(Category(one) for one in codes if one in rules.SERVICES)
        if codes
        else rules.LISTED,
        statuses=tuple(_status(one) for one in statuses) or tuple(Status),
        span=rules.span(clock.now(), start=start, end=end),
        page=page,
        page_size=size,
    )


def _split(text: str) -> list[str]:
    """Return the parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _status(text: str) -> Status:
    """Return a status by its word."""
    if text not in set(Status):
        raise errors.StatusInvalidError(field="status")
    return Status(text)


@bp.get(f"/requests/<service_request_id>.{_FORMAT}")
@public
@reads
def service_request(session: Session, service_request_id: str, fmt: str) -> Response:
    """Tell of one request."""
    found = queries.request(session, _house(session), service_request_id)
    return _answer(fmt, "service_requests", [request_out(found)])


@bp.get(f"/tokens/<uuid:token>.{_FORMAT}")
@public
@reads
def token(session: Session, token: UUID, fmt: str) -> Response:
    """Tell which request was made under a token: the key that its sender gave the act."""
    number = queries.number_of_token(session, _house(session), token)
    told: Value = [{"service_request_id": number, "token": str(token)}]
    return _answer(fmt, "service_requests", told)


@bp.post(f"/requests.{_FORMAT}")
@public
@without_cookies
@writes
def post_request(session: Session, fmt: str) -> Response:
    """Take a report and tell its number."""
    house, form = _house(session), request.form
    told = form_values(RequestIn())
    number = service.take_request(
        session,
        house=house,
        api_key=form.get("api_key", "") or login.bearer_secret() or "",
        key=request_key(),
        service_code=form.get("service_code", "").strip(),
        sent=told["sent"],
        attributes=attributes_of(form),
    )
    notice = _("社区收到了。进展用这个编号查；描述会公开，请不要写姓名和电话。")
    made: Value = [{"service_request_id": number, "service_notice": notice, "account_id": None}]
    return _answer(fmt, "service_requests", made)
