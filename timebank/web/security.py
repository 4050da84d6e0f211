"""Headers, cookies and cross-site guards for every answer."""

import re
import secrets

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf import CSRFProtect

from timebank.web import login

csrf = CSRFProtect()
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def init_app(app: Flask) -> None:
    """Attach CSRF protection, the request id, the nonce and the headers."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = app.config["SESSION_COOKIE_SECURE"]
    csrf.init_app(app)
    app.before_request(_mark_request)
    app.before_request(_guard_unsafe)
    app.after_request(_add_headers)
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
    drawn = secrets.randbelow(len(_ALPHABET) ** 8)
    signs = []
    for _ in range(8):
        drawn, sign = divmod(drawn, len(_ALPHABET))
        signs.append(_ALPHABET[sign])
    return "E-" + "".join(signs)


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


def _add_headers(response: Response) -> Response:
    """Add the headers that every answer carries."""
    headers = response.headers
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["X-Request-ID"] = g.get("request_id", "")
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response
