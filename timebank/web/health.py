"""Is it alive, is it ready, and how busy: for machines that watch."""

from collections.abc import Callable
from time import perf_counter

from flask import Blueprint, Flask, Response, abort, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.orm import Session

from timebank.web.doors import public, reads

bp = Blueprint("health", __name__)
_requests = Counter("timebank_requests", "Answers by endpoint and status", ["endpoint", "status"])
_seconds = Histogram("timebank_request_seconds", "Time to answer", ["endpoint"])
Check = Callable[[Session], str | None]
_checks: dict[str, Check] = {}


def init_app(app: Flask) -> None:
    """Count and time every answer."""
    app.register_blueprint(bp)
    app.before_request(_start)
    app.after_request(_count)


def ready_when(name: str, check: Check) -> None:
    """Add a readiness check; it returns None when well, else what is wrong."""
    _checks[name] = check


def _start() -> None:
    g.started = perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    _requests.labels(endpoint, str(response.status_code)).inc()
    _seconds.labels(endpoint).observe(perf_counter() - g.get("started", perf_counter()))
    return response


@bp.get("/healthz")
@public
@reads
def healthz(session: Session) -> ResponseReturnValue:
    """Tell that the process answers and reaches its database."""
    session.execute(text("SELECT 1"))
    return jsonify(status="ok")


@bp.get("/readyz")
@public
@reads
def readyz(session: Session) -> ResponseReturnValue:
    """Tell whether everything is there that requests need."""
    wrong = {name: words for name, check in _checks.items() if (words := check(session))}
    return jsonify(status="not ready" if wrong else "ok", wrong=wrong), 503 if wrong else 200


@bp.get("/metrics")
@public
@reads
def metrics(session: Session) -> ResponseReturnValue:
    """Give figures to a collector on this machine; to others the page does not exist."""
    del session
    if request.remote_addr not in {"127.0.0.1", "::1"} or "X-Forwarded-For" in request.headers:
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@bp.get("/api/docs")
@public
@reads
def api_docs(session: Session) -> ResponseReturnValue:
    """Show the API's description, without reaching for the network."""
    del session
    return render_template("web/api_docs.html")
