"""Styles and scripts that a phone fetches once: their addresses carry a digest of their content."""

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

KEPT_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Put the digest into every static address and let such addresses be kept for a year."""
    app.url_defaults(_add_digest)
    app.after_request(_keep)


@cache
def _digest(path: str, changed_ns: int) -> str:
    """Return the short digest of a file; a changed file has another time."""
    del changed_ns
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint != "static" or "v" in values or not current_app.static_folder:
        return
    path = os.path.join(current_app.static_folder, str(values.get("filename", "")))  # noqa: PTH118 - on every page, a dozen times
    with suppress(OSError):
        values["v"] = _digest(path, os.stat(path).st_mtime_ns)  # noqa: PTH116 - likewise


def _keep(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable"
    return response
