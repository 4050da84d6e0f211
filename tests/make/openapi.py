"""The committed description of the programs' face: read it, make it, rewrite it.

``python -m tests.make.openapi`` rewrites ``docs/openapi.json`` after a change of the API.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from flask import Flask
from werkzeug.routing import Rule

from tests.make.real import test_settings
from timebank.app import create_app

PATH = Path(__file__).parents[2] / "docs" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")

Description = dict[str, Any]  # Any: JSON


def committed() -> Description:
    """The description as it stands in the repository."""
    return cast("Description", json.loads(PATH.read_text(encoding="utf-8")))


@cache
def application() -> Flask:
    """The application without a database of its own; only its routes are looked at."""
    return create_app(test_settings("sqlite://"))


@cache
def generated() -> Description:
    """The description as the service publishes it."""
    answer = application().test_client().get("/api/v1/openapi.json")
    return cast("Description", answer.get_json())


def operations(description: Description) -> dict[tuple[str, str], Description]:
    """``{(method, path): operation}`` of a description."""
    return {
        (method.upper(), path): item[method]
        for path, item in description["paths"].items()
        for method in METHODS
        if method in item
    }


def is_choosy(description: Description, method: str, path: str) -> bool:
    """Whether something can be sent to an operation that its description rules out.

    A part of an address that may be any word rules nothing out.
    """
    item = description["paths"][path]
    operation = item[method.lower()]
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    any_word = {"type": "string", "minLength": 1}
    return "requestBody" in operation or any(
        one.get("in") != "path" or one["schema"] != any_word for one in parameters
    )


def routes(app: Flask) -> dict[tuple[str, str], Rule]:
    """``{(method, path): rule}`` of everything under /api/v1 but the description itself."""
    return {
        (method, _described_path(rule)): rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.startswith("/api/v1/openapi")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _described_path(rule: Rule) -> str:
    """A route as the description writes it."""
    parts = [(is_variable, part) for is_variable, part in rule._trace if part != "|"]
    return "".join(f"{{{part}}}" if is_variable else part for is_variable, part in parts)


def permission(app: Flask, method: str, path: str) -> str:
    """What one must hold to ask for an operation."""
    return str(getattr(_view(app, method, path), "permission", ""))


def keeps_answer(app: Flask, method: str, path: str) -> bool:
    """Whether a command's answer is kept for whoever sends its key again."""
    return bool(getattr(_view(app, method, path), "keeps_answer", False))


def _view(app: Flask, method: str, path: str) -> object:
    """The view behind an operation."""
    return app.view_functions[_routes(app)[method, path].endpoint]


_routes = cache(routes)  # a test for each operation asks


def written(description: Description) -> str:
    """A description as the file holds it."""
    return json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(written(generated()), encoding="utf-8")
