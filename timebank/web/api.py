"""The programs' face: flask-smorest with our doors, problem details and keyset pages.

flask-smorest is untyped; its decorators are wrapped here once, and its error handler is left out
because the boundary answers every error.
"""

from collections.abc import Callable
from functools import cache
from threading import RLock
from typing import Any, TypeVar, cast

import flask_smorest
import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response

from timebank.kernel import paging
from timebank.web import wire
from timebank.web.doors import public, reads

F = TypeVar("F", bound=Callable[..., Any])
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "Nobody is logged in.",
    "403": "The permission is missing.",
    "404": "There is no such thing within reach.",
    "405": "The method is not known here.",
    "409": "The state has changed meanwhile.",
    "413": "The body is too large.",
    "415": "The body is not of a known kind.",
    "422": "Some fields, or the rule they touch, refuse.",
    "429": "Too many tries.",
    "503": "Not now; try again after Retry-After seconds.",
}


class ProblemOut(ma.Schema):
    """Problem details (RFC 9457)."""

    type = ma.fields.String()
    title = ma.fields.String(metadata={"description": "What is wrong, in the reader's language"})
    status = ma.fields.Integer()
    code = ma.fields.String(metadata={"description": "Stable name of the broken rule"})
    facts = ma.fields.Dict()
    errors = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()))
    request_id = ma.fields.String()


class PageIn(ma.Schema):
    """Which page of a keyset list."""

    cursor = ma.fields.String(validate=ma.validate.Length(max=400))
    limit = ma.fields.Integer(
        strict=False, load_default=50, validate=ma.validate.Range(1, paging.PAGE_SIZE_MAX)
    )


class RoomApi(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """A room's operations; every one documents the problems it may answer and its key."""

    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register an operation under one rule."""

        def register(view: F) -> F:
            methods = set(options.get("methods", ("GET",)))
            documented = _document(view, methods)
            super(RoomApi, self).route(rule, **options)(documented)
            return view

        return register

    def get(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a read."""
        return self.route(rule, methods=["GET"], **options)

    def post(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a command or a new thing."""
        return self.route(rule, methods=["POST"], **options)

    def patch(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register an edit."""
        return self.route(rule, methods=["PATCH"], **options)

    def delete(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a removal."""
        return self.route(rule, methods=["DELETE"], **options)

    def _method_route(self, method: str, rule: str, options: dict[str, Any]) -> Callable[[F], F]:
        return self.route(rule, methods=[method], **options)


def _document(view: F, methods: set[str]) -> F:
    """Describe who may ask, the problem answers, and the key where the door takes one."""
    described = _answering_with_problems(view, methods)
    if getattr(view, "permission", "") == "public":
        described = _smorest.doc(security=[])(described)
    if methods & _UNSAFE:
        described = _smorest.doc(
            parameters=[
                {
                    "in": "header",
                    "name": "Idempotency-Key",
                    "required": bool(getattr(view, "demands_key", False)),
                    "schema": {"type": "string", "format": "uuid"},
                    "description": "Names this act; sending it again has no second effect.",
                }
            ]
        )(described)
    # Only the words are wanted, not a call within a call for each of them.
    view._apidoc = described._apidoc  # type: ignore[attr-defined]  # noqa: SLF001 - where the library keeps them
    return view


def _answering_with_problems(view: F, methods: set[str]) -> F:
    """Add the problem answers, all at once: the library copies all words for each of them."""
    first, *others = [one for one in _PROBLEMS if one != "415" or methods & _UNSAFE]
    described: F = _smorest.alt_response(int(first), _problem_name(first))(view)
    answers = described._apidoc["response"]["responses"]  # type: ignore[attr-defined]  # noqa: SLF001 - where the library keeps them
    for status in others:
        answers.setdefault(int(status), []).append(_problem_name(status))
    return described


def _problem_name(status: str) -> str:
    """Return the name of a problem answer among the description's components."""
    return f"Problem{status}"


class _Decorators(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's decorators with our parser of what is sent."""

    ARGUMENTS_PARSER = wire.BodyParser()


_smorest = _Decorators("documentation", __name__)


def room_api(room: str) -> RoomApi:
    """Return the blueprint for a room's operations under ``/api/v1``."""
    return RoomApi(f"{room}_api", __name__, url_prefix="/api/v1", description=room)


def takes(schema: type[ma.Schema], *, where: str = "json") -> Callable[[F], F]:
    """Load the body or the query string and hand its values over as keyword arguments."""
    wrapped: Callable[[F], F] = _smorest.arguments(_kept(schema()), location=where, as_kwargs=True)
    return wrapped


def gives(
    schema: type[ma.Schema] | None = None, *, status: int = 200, many: bool = False
) -> Callable[[F], F]:
    """Shape the answer."""
    shape = None if schema is None else _kept(schema(many=many))
    wrapped: Callable[[F], F] = _smorest.response(status, shape)
    return wrapped


def _kept(shape: ma.Schema) -> ma.Schema:
    """Return a shape that stays itself where the library copies all words of an operation."""
    vars(shape)["__deepcopy__"] = lambda _: shape
    return shape


def gives_page(item: type[ma.Schema]) -> Callable[[F], F]:
    """Shape a keyset page: ``{items, next_cursor}``."""
    return gives(_page_schema(item))


@cache
def _page_schema(item: type[ma.Schema]) -> type[ma.Schema]:
    """Return the one schema for pages of an item."""
    name = item.__name__.removesuffix("Out") + "PageOut"
    page: type[ma.Schema] = type(
        name,
        (ma.Schema,),
        {
            "__doc__": f"One page of {item.__name__}.",
            "__module__": item.__module__,
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next_cursor": ma.fields.String(allow_none=True, required=True),
        },
    )
    return page


class _Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's registry with the boundary in place of its error handler."""

    ERROR_SCHEMA = ProblemOut
    # A default answer would allow every status; ours are named one by one.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, *, spec_kwargs: dict[str, Any]) -> None:
        """Open the registry with an empty description."""
        self._kept_spec: APISpec | None = None
        self._undescribed: list[RoomApi] = []
        self._describing = RLock()
        super().__init__(app, spec_kwargs=spec_kwargs)

    @property
    def spec(self) -> APISpec:
        """The description; it is dear to make, so it is made when somebody reads it."""
        assert self._kept_spec is not None
        with self._describing:
            while self._undescribed:
                api = self._undescribed.pop(0)
                api.register_views_in_doc(
                    self, self._app, self._kept_spec, name=api.name, parameters=None
                )
                self._kept_spec.tag({"name": api.name, "description": api.description})
        return self._kept_spec

    @spec.setter
    def spec(self, empty: APISpec) -> None:
        self._kept_spec = empty

    def register_blueprint(self, blp: RoomApi) -> None:
        """Register a room's operations, to be described later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def _register_responses(self) -> None:
        """Describe each problem answer once; operations point at it."""
        for status, description in _PROBLEMS.items():
            content = {"application/problem+json": {"schema": ProblemOut}}
            self.spec.components.response(
                _problem_name(status), {"description": description, "content": content}
            )

    def _register_error_handlers(self) -> None:
        """Leave all errors to the boundary."""


def _schema_name(schema: type[ma.Schema] | ma.Schema | str) -> str:
    """Name a schema in the description after its room, since rooms choose names on their own."""
    kind = schema if isinstance(schema, type) else type(schema)
    room = kind.__module__.split(".")[1] if "." in kind.__module__ else "web"
    name = kind.__name__
    return name if room == "web" or name.lower().startswith(room) else f"{room.title()}{name}"


def _type_of_choice(_converter: Any, field: ma.fields.Field[Any], **_: Any) -> dict[str, str]:
    """Say that a choice is sent as text; the library leaves its type open."""
    return {"type": "string"} if isinstance(field, ma.fields.Enum) else {}


def init_app(app: Flask, apis: list[RoomApi]) -> None:
    """Register the rooms' operations and publish their description."""
    app.config.update(
        API_TITLE="Timebank",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    shapes = MarshmallowPlugin(schema_name_resolver=_schema_name)
    registry = _Api(
        app,
        spec_kwargs={
            "marshmallow_plugin": shapes,
            "components": {
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "session": {"type": "apiKey", "in": "cookie", "name": "timebank"},
                }
            },
            "security": [{"bearer": []}, {"session": []}],
        },
    )
    assert shapes.converter is not None  # the registry has just given it one
    shapes.converter.add_attribute_function(_type_of_choice)  # type: ignore[no-untyped-call]  # apispec leaves it untyped
    for api in apis:
        registry.register_blueprint(api)
    # The description says nothing about anybody, so programs may read it before they log in. It is
    # put into words once: that takes a second, and nothing in it changes while the process lives.
    endpoint = "api-docs.openapi_json"
    describe = cast("Callable[[], Response]", app.view_functions[endpoint])
    described = cache(lambda: describe().get_data())
    app.view_functions[endpoint] = public(
        reads(lambda _session: Response(described(), mimetype="application/json"))
    )
