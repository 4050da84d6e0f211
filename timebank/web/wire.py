"""What arrives over the wire: JSON that can be read, text that can be kept and shown.

Everything a form, a query string or a program sends passes here before its schema sees it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import marshmallow as ma
from flask import Request, abort, request
from webargs import core
from webargs.flaskparser import FlaskParser

# Neither engine stores NUL, half a surrogate pair is no text, and nobody can see the others.
_UNKEEPABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNKEEPABLE_SAID = "Not a valid utf-8 string."


def json_body() -> Any:
    """Return the request's JSON; what cannot be read is answered 400."""
    try:
        return json.loads(request.get_data(cache=True).decode("utf-8"))
    except (ValueError, RecursionError):  # RecursionError: brackets within brackets without end
        abort(400)


def check_texts(raw: Mapping[str, Any]) -> None:
    """Refuse text with characters that cannot be kept.

    Raises:
        ma.ValidationError: with ``{"lines.0.name": [message]}``.
    """
    wrong = {path: [_UNKEEPABLE_SAID] for path in _unkeepable(raw)}
    if wrong:
        raise ma.ValidationError(wrong)


def _unkeepable(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield where such characters stand; a name that holds one stands for the whole."""
    waiting: list[tuple[str, Any]] = [("", raw)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if _UNKEEPABLE.search(value):
                yield path
            continue
        for name, part in _parts(value):
            if _UNKEEPABLE.search(name):
                yield path or "_schema"
            else:
                waiting.append((f"{path}.{name}" if path else name, part))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named parts of an object or a list; anything else has none."""
    if isinstance(value, Mapping):
        for name in value:
            yield str(name), value[name]
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield str(position), part


class BodyParser(FlaskParser):
    """Reads what an operation takes, as strictly as the forms' door does."""

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002 - as the base has it
        """Return the JSON body; a body of another kind is refused, not overlooked."""
        if core.is_json(req.mimetype):
            return json_body()
        if req.get_data(cache=True):
            abort(415)
        return core.missing

    def pre_load(
        self,
        location_data: Mapping[str, Any],
        *,
        schema: ma.Schema,  # noqa: ARG002 - as the base has it
        req: Request,  # noqa: ARG002 - likewise
        location: str,  # noqa: ARG002 - likewise
    ) -> Mapping[str, Any]:
        """Refuse text that cannot be kept before the schema sees it."""
        if isinstance(location_data, Mapping):
            check_texts(location_data)
        return location_data
