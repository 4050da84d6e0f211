"""Logs for machines: one JSON line for each answer and each trouble, with the request's number.

Lines carry ids, endpoints and figures; never a path's values, a form's fields or a name.
"""

import json
import logging
import sys
from time import perf_counter

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, WrappedLogger

from timebank.web import login

log = structlog.get_logger("timebank.web")
_json = json.JSONEncoder(ensure_ascii=False, default=repr)  # not made anew for each line


def init_app(app: Flask) -> None:
    """Write JSON lines to standard error from here on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_end)


def _rendered(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """Return a line."""
    return _json.encode(event)


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.get("request_id", ""))


def _end(response: Response) -> Response:
    if request.endpoint == "static":
        return response
    actor = login.actor_or_none()
    log.info(
        "answered",
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        ms=round((perf_counter() - g.get("started", perf_counter())) * 1000),
        user_id=None if actor is None else actor.user_id,
    )
    return response
