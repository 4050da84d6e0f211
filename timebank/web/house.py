"""Flask as this house uses it: less is asked anew at every request, and less made beforehand."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule

from timebank.web.sizes import SizedRequest

F = TypeVar("F", bound=Callable[..., Any])


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookies under one signer: the key stays the same while the process lives."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


class Route(Rule):
    """A route that makes what writes its addresses when one is first written.

    There are two for each of 1,500 routes, which took most of the second until the house was open.
    """

    def _compile_builder(
        self,
        append_unknown: bool = True,  # noqa: FBT001, FBT002 - as the library has it
    ) -> Callable[..., tuple[str, str]]:
        """Return what writes addresses, still to be made."""
        make = super()._compile_builder
        made = cache(lambda: make(append_unknown))

        def build(_: Rule, **values: Any) -> tuple[str, str]:
            return made()(self, **values)

        return build


class House(Flask):
    """The application; nothing in it is a coroutine, and nothing is searched for one."""

    request_class = SizedRequest
    url_rule_class = Route

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give this application a signer of its own."""
        super().__init__(*args, **kwargs)
        self.session_interface = CookieSessions()
        # All templates stay loaded; the library would drop the first one when the 401st comes.
        self.jinja_options = {**self.jinja_options, "cache_size": -1}

    def ensure_sync(self, func: F) -> F:
        """Return the function as it is."""
        return func
