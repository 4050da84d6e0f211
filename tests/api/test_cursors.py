"""A cursor that nobody was given is refused, or read as a place in the list; it never breaks it."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.make import fuzz, openapi

PAGED = sorted(
    path
    for (method, path), operation in openapi.operations(openapi.committed()).items()
    if method == "GET" and any(one["name"] == "cursor" for one in operation.get("parameters", []))
)
PARTS: list[object] = [
    None, True, 0, -1, 1.5, 2**63, 10**30, "", "x", "\x00", "\ud800", "-1", "１", "9" * 400, [], {},
    "2026-11-23", "9999-99-99", "0001-01-01", "10000-01-01",
    "2026-11-23T10:00:00", "2026-11-23T10:00:00+00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "01931b2e-7c1a-7000-8000-1234567890ab",
]  # fmt: skip


def _cursor(parts: list[object]) -> str:
    """A cursor as the service writes it."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_lists_are_paged() -> None:
    assert len(PAGED) > 5


@pytest.mark.parametrize("path", PAGED)
def test_forged_cursor_is_refused_or_read(town: fuzz.Town, path: str) -> None:
    permission = openapi.permission(town.app, "GET", path)
    asker = next(
        name
        for name, held in town.permissions.items()
        if permission == "public" or permission in held
    )
    client = town.app.test_client()

    @settings(fuzz.SETTINGS, max_examples=max(fuzz.EXAMPLES, 30))
    @given(
        parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4)
        | st.builds(lambda part, width: [part] * width, st.sampled_from(PARTS), st.integers(1, 3)),
        pick=st.integers(0, 7),
    )
    def probe(parts: list[object], pick: int) -> None:
        answer = client.get(
            fuzz.grounded_path(path, town.ids, pick),
            query_string={"cursor": _cursor(parts)},
            headers=town.proofs[asker],
        )
        assert answer.status_code in {200, 404, 422}, (parts, answer.get_data(as_text=True))

    with fuzz.undone(town.app):
        probe()


@pytest.mark.parametrize("cursor", ["x", "字", "%00", "=" * 9, "W10", "bnVsbA", "W" * 399])
def test_text_that_is_no_cursor_is_refused(town: fuzz.Town, cursor: str) -> None:
    client = town.app.test_client()

    answer = client.get(
        "/api/v1/service-records", query_string={"cursor": cursor}, headers=town.proofs["gaojie"]
    )

    assert answer.status_code == 422
