"""The committed description of the programs' face: read it, make it, rewrite it.

``python -m tests.make.openapi`` rewrites ``docs/openapi.json`` after a change of the API.
"""

import json
from pathlib import Path
from typing import Any, cast

from flask import Flask

from tests.make.real import test_settings
from timebank.app import create_app

PATH = Path(__file__).parents[2] / "docs" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")

Description = dict[str, Any]  # Any: JSON


def committed() -> Description:
    """The description as it stands in the repository."""
    return cast("Description", json.loads(PATH.read_text(encoding="utf-8")))


def application() -> Flask:
    """The application without a database of its own; only its routes are looked at."""
    return create_app(test_settings("sqlite://"))


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


def written(description: Description) -> str:
    """A description as the file holds it."""
    return json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(written(generated()), encoding="utf-8")
