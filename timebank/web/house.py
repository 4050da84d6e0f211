"""Flask as this house uses it: less is asked anew at every request."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, has_request_context
from flask.globals import request_ctx
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule

from timebank.web.drawing import Drawing
from timebank.web.sizes import SizedRequest

F = TypeVar("F", bound=Callable[..., Any])
_OF_A_FILE = {"filename", "v"}


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookies under one signer: the key stays the same while the process lives."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


class House(Flask):
    """The application; nothing in it is a coroutine, and nothing is searched for one."""

    request_class = SizedRequest
    jinja_environment = Drawing  # type: ignore[assignment]  # one of Flask's own kind

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give this application a signer of its own."""
        super().__init__(*args, **kwargs)
        self.session_interface = CookieSessions()
        self._only_rules: dict[str, Rule] = {}
        self._paths: dict[tuple[Any, ...], str] = {}

    def url_for(
        self,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Return an address; within a request, a path of ours without asking for the rest.

        A page has a hundred of them, nearly all of endpoints with one rule.
        """
        is_plain = _anchor is None and _method is None and _scheme is None and _external is None
        if is_plain and has_request_context():
            path = self._path(endpoint, values)
            if path is not None:
                return path
        return super().url_for(
            endpoint,
            _anchor=_anchor,
            _method=_method,
            _scheme=_scheme,
            _external=_external,
            **values,
        )

    def _path(self, endpoint: str, values: dict[str, Any]) -> str | None:
        """Return the path of an endpoint that has one rule; None where more is to be thought of."""
        asked = request_ctx._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - a proxy
        if endpoint[:1] == ".":
            own = asked.request.blueprint
            endpoint = f"{own}{endpoint}" if own else endpoint[1:]
        rule = self._only_rule(endpoint)
        if rule is None or asked.url_adapter is None:
            return None
        sent = {name: value for name, value in values.items() if value is not None}
        self.inject_url_defaults(endpoint, sent)
        before = asked.url_adapter.script_name.rstrip("/")
        if sent and not (endpoint == "static" and sent.keys() == _OF_A_FILE):
            return _built(rule, before, sent)
        # The frame of every page has two dozen of these: tabs, styles, scripts, forms.
        key = (before, endpoint, *sent.values())
        if key not in self._paths:
            path = _built(rule, before, sent)
            if path is None:
                return None
            self._paths[key] = path
        return self._paths[key]

    def _only_rule(self, endpoint: str) -> Rule | None:
        """Return the one rule of an endpoint, or None when it has several, or is unknown."""
        if endpoint not in self._only_rules and self._got_first_request:
            known = endpoint in self.view_functions
            rules = list(self.url_map.iter_rules(endpoint)) if known else []
            is_plain = len(rules) == 1 and not (rules[0].defaults or rules[0].subdomain)
            if not is_plain:
                return None
            self._only_rules[endpoint] = rules[0]
        return self._only_rules.get(endpoint)

    def ensure_sync(self, func: F) -> F:
        """Return the function as it is."""
        return func


def _built(rule: Rule, before: str, values: dict[str, Any]) -> str | None:
    """Return the path by a rule under which the application stands, if the values fit."""
    built = rule.build(values) if rule.suitable_for(values) else None
    return built and f"{before}/{built[1].lstrip('/')}"
