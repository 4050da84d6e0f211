"""Sending forms as a browser does: with the token that a page carries."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


def csrf_token(client: FlaskClient) -> str:
    """Return the token of this browser's session, read from a page."""
    match = _TOKEN.search(client.get("/login").get_data(as_text=True))
    assert match is not None
    return match[1]


def submit(
    client: FlaskClient, url: str, data: dict[str, Any] | None = None, **options: Any
) -> TestResponse:
    """Send a form with its token."""
    return client.post(url, data={"csrf_token": csrf_token(client), **(data or {})}, **options)
