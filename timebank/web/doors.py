"""The doors a view passes: permission, transaction, body, answer.

Every view declares ``needs`` or ``public`` and ``reads`` or ``writes``; a house test walks the
URL map and fails where one is missing.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from flask import Response, current_app, flash, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from timebank.kernel import db, ids
from timebank.kernel.errors import ConflictError, DomainError, FieldsError, InvalidError
from timebank.web import keyed, login, wire, words
from timebank.web.errors import BodyNotObjectError, KeyMissingError, MayNotError

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[..., ResponseReturnValue]

current_actor = login.current_actor


class SessionView(Protocol):
    """A view that is handed the session first."""

    __name__: str

    def __call__(self, session: Session, /, *args: Any, **kwargs: Any) -> Any:
        """Answer the request; values come from the route and from ``takes``."""


def needs(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in only those who hold the permission; how far it reaches is the query's matter."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not login.current_actor().may(permission):
                raise MayNotError
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the house tests
        return guarded

    return guard


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Let everybody in."""
    view.permission = "public"  # type: ignore[attr-defined]  # read by the house tests
    return view


def without_cookies(view: Callable[P, R]) -> Callable[P, R]:
    """Let in what another site sends: the view looks at no cookie, so that it needs no token."""
    view.ignores_cookies = True  # type: ignore[attr-defined]  # read by the guard of unsafe requests
    return view


@overload
def reads(view: SessionView, /) -> Callable[..., Any]: ...
@overload
def reads(*, is_one_statement: bool) -> Callable[[SessionView], Callable[..., Any]]: ...


def reads(view: SessionView | None = None, /, *, is_one_statement: bool = False) -> Any:
    """Answer from one snapshot of the database, for which a single statement needs no session."""
    look = db.read_one if is_one_statement else db.read_only

    def guard(view: SessionView) -> Callable[..., Any]:
        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Response:
            def work(session: Any) -> Response:  # Any: a session, or a connection for one statement
                return make_response(view(session, *args, **kwargs))

            return look(work)

        reading.transaction = "reads"  # type: ignore[attr-defined]  # read by the house tests
        return reading

    return guard if view is None else guard(view)


@overload
def writes(view: SessionView, /) -> Callable[..., Any]: ...
@overload
def writes(
    *, keyed: bool = False, keeps_answer: bool = True
) -> Callable[[SessionView], Callable[..., Any]]: ...


def writes(
    view: SessionView | None = None, /, *, keyed: bool = False, keeps_answer: bool = True
) -> Callable[..., Any]:
    """Run the view in one transaction; with a key, once for ever. ``keyed`` demands the key.

    Where a password is sent or a secret is shown, ``keeps_answer=False``: neither the answer nor
    a digest of what was asked may stay behind; the verb itself sees to it that its key acts once.
    """

    def guard(view: SessionView) -> Callable[..., Any]:
        @wraps(view)
        def writing(*args: Any, **kwargs: Any) -> Response:
            def work(session: Session) -> Any:  # Any: whatever a view may answer
                return view(session, *args, **kwargs)

            if not keeps_answer:
                return _write_unkept(work, demands_key=keyed)
            return _write(work, demands_key=keyed)

        writing.transaction = "writes"  # type: ignore[attr-defined]  # read by the house tests
        writing.demands_key = keyed  # type: ignore[attr-defined]  # read for the API description
        writing.keeps_answer = keeps_answer  # type: ignore[attr-defined]  # read by tests of keys
        return writing

    return guard if view is None else guard(view)


def _write(work: Callable[[Session], Any], *, demands_key: bool) -> Response:
    """Do the work in a transaction, or replay what it answered before."""
    key = keyed.sent_key()
    if key is None and demands_key:
        raise KeyMissingError
    g.request_key = key or ids.new_id()
    if key is None:
        return db.transaction(lambda session: _answered(session, work))
    # The body is read before anything is locked: it may be long on its way.
    digest = keyed.request_digest()
    return db.transaction(lambda session: _once(session, key, digest, work), is_repeatable=True)


def _write_unkept(work: Callable[[Session], Any], *, demands_key: bool) -> Response:
    """Do the work in a transaction without storing what was asked or answered."""
    if demands_key and keyed.sent_key() is None:
        raise KeyMissingError
    return db.transaction(lambda session: _answered(session, work), is_repeatable=demands_key)


def _answered(session: Session, work: Callable[[Session], Any]) -> Response:
    """Return what the work answers; the files sent with it may have been read by a try before."""
    keyed.rewind_files()
    return make_response(work(session))


def _once(
    session: Session, key: uuid.UUID, digest: str, work: Callable[[Session], Any]
) -> Response:
    """Claim the key, do the work and store its answer, or return the answer that is stored."""
    if not keyed.claim(session, key, digest):
        return keyed.stored_answer(session, key, digest)
    answer = _answered(session, work)
    keyed.keep_answer(session, key, answer)
    return answer


def request_key() -> uuid.UUID:
    """Return the id that names this act: the sender's key, or a fresh one."""
    if "request_key" not in g:
        g.request_key = keyed.sent_key() or ids.new_id()
    key: uuid.UUID = g.request_key
    return key


def returns_to(page: View) -> Callable[[Callable[P, R]], Callable[P, Any]]:
    """Show a form again, filled, with the refusal's words, when what it asked was refused.

    Who may act but not see the form's page is told the refusal alone. The page gets those parts of
    the address that it asks for itself.
    """
    wanted = signature(page).parameters

    def guard(view: Callable[P, R]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue | R:
            try:
                return view(*args, **kwargs)
            except (InvalidError, ConflictError) as error:
                g.form = request.form
                g.errors = _messages(error)
                g.refusal_facts = error.facts
                own = {name: value for name, value in kwargs.items() if name in wanted}
                answer = _page_again(page, error, *args, **own)
                answer.status_code = 409 if isinstance(error, ConflictError) else 422
                return answer

        return guarded

    return guard


def _page_again(page: View, error: DomainError, *args: Any, **kwargs: Any) -> Response:
    """Return the page that the refused form stands on, or raise the refusal itself."""
    try:
        return make_response(page(*args, **kwargs))
    except MayNotError:
        raise error from None


def _messages(error: DomainError) -> dict[str, list[str]]:
    """Return ``{field: [message, ...]}``; what belongs to no field stands under the empty name."""
    if isinstance(error, FieldsError):
        return error.messages
    return {error.field or "": [words.say(error)]}


def body(schema: Schema) -> dict[str, Any]:
    """Return the request's JSON or form fields through a schema; blank form fields are left out.

    Raises:
        FieldsError: some fields are wrong.
        BodyNotObjectError: the JSON is no object.
    """
    if request.is_json:
        raw = wire.json_body()
        if not isinstance(raw, dict):
            raise BodyNotObjectError
    else:
        raw = _form_values(schema, request.form)
    return _load(schema, raw)


def form_values(schema: Schema) -> dict[str, Any]:
    """Return the form's fields, and nothing else, through a schema; blank ones are left out.

    Raises:
        FieldsError: some fields are wrong.
    """
    _check({name: request.form.getlist(name) for name in request.form})
    return _load(schema, _form_values(schema, request.form))


def query(schema: Schema) -> dict[str, Any]:
    """Return the query string through a schema; blank values are left out.

    Raises:
        FieldsError: some values are wrong.
    """
    return _load(schema, _form_values(schema, request.args))


def _form_values(schema: Schema, values: MultiDict[str, str]) -> dict[str, Any]:
    """Flatten form values: a list where the schema wants one, blanks and door fields left out."""
    loaded: dict[str, Any] = {}
    for name in values:
        if name in {keyed.KEY_FIELD, "csrf_token", "next"} and name not in schema.fields:
            continue
        field = schema.fields.get(name)
        many = [value for value in values.getlist(name) if value.strip()]
        if many:
            wants_list = type(field).__name__ in {"List", "Tuple", "DelimitedList"}
            loaded[name] = many if wants_list else many[-1].strip()
    return loaded


def _load(schema: Schema, raw: dict[str, Any]) -> dict[str, Any]:
    """Load through the schema, turning its errors into ours."""
    _check(raw)
    try:
        loaded = schema.load(raw)
    except ValidationError as error:
        raise FieldsError(words.field_messages(error.messages_dict)) from error
    return dict(loaded)


def _check(raw: dict[str, Any]) -> None:
    """Refuse what cannot be kept, in our words."""
    try:
        wire.check_texts(raw)
    except ValidationError as error:
        raise FieldsError(words.field_messages(error.messages_dict)) from error


def see_other(url: str, notice: str | None = None) -> Response:
    """Answer 303: look there now; the notice is shown on that page."""
    if notice:
        flash(notice)
    return current_app.make_response(redirect(url, 303))
