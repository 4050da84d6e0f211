"""Headers, cookies and cross-site guards for every answer."""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, abort, current_app, g, request
from flask_wtf import CSRFProtect

from timebank.web import login

csrf = CSRFProtect()
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_ALPHABET = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_SIGN_OF_BYTE = bytes(_ALPHABET[one % len(_ALPHABET)] for one in range(256))
_Pairs = list[tuple[str, str]]
_POLICY_START = "default-src 'self'; "
_POLICY_END = (
    "; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ("Cache-Control", "no-store"),
)
_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def init_app(app: Flask) -> None:
    """Attach CSRF protection, the request id, the nonce and the headers."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = app.config["SESSION_COOKIE_SECURE"]
    csrf.init_app(app)
    app.before_request(_mark_request)
    app.before_request(_guard_unsafe)
    app.wsgi_app = _Headed(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def csp_nonce() -> str:
    """Return this answer's script nonce."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _mark_request() -> None:
    """Give the request a short number that the help desk can hear over the phone."""
    sent = request.headers.get("X-Request-ID", "")
    g.request_id = sent if _REQUEST_ID.fullmatch(sent) else _short_number()


def _short_number() -> str:
    """Return a random number of eight signs that cannot be taken for one another."""
    return "E-" + secrets.token_bytes(8).translate(_SIGN_OF_BYTE).decode()


def _guard_unsafe() -> None:
    """Refuse unsafe requests that another site made or that lack the token."""
    if request.method not in _UNSAFE or request.url_rule is None:
        return
    if login.bearer_secret() is not None:
        return  # judged by the token alone; no cookie is looked at
    view = current_app.view_functions[request.url_rule.endpoint]
    if getattr(view, "ignores_cookies", False):
        return  # judged by its key alone
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


class _Headed:
    """The application, each of whose answers carries what every answer carries.

    Around Flask's answer instead of in it: there each header would be looked up, checked and copied
    twice. An answer begins while its request lasts, so ``g`` is still the request's.
    """

    def __init__(self, answer: WSGIApplication) -> None:
        self._answer = answer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def begin(status: str, headers: _Pairs, exc_info: Any = None) -> Callable[[bytes], object]:
            own = {name.lower() for name, _ in headers}
            added = [pair for pair in _headers(environ) if pair[0].lower() not in own]
            return start_response(status, headers + added, exc_info)

        return self._answer(environ, begin)


def _headers(environ: WSGIEnvironment) -> _Pairs:
    """Return the headers that an answer gets where it says nothing else itself."""
    script = f"script-src 'self' 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "script-src 'self'"
    first = [
        ("Content-Security-Policy", f"{_POLICY_START}{script}{_POLICY_END}"),
        ("X-Request-ID", g.get("request_id", "")),
        *_ALWAYS,
    ]
    return [*first, _TRANSPORT] if environ["wsgi.url_scheme"] == "https" else first
