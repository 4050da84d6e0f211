"""What arrives is readable JSON and keepable text, or is refused in words before any schema."""

import json

import pytest
from flask.testing import FlaskClient
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community
from timebank.web import wire

UNKEEPABLE = ["a\x00b", "a\x07b", "a\x1bb", "a\x7fb", "a\x85b", "\ud83d", "\udc00x"]


@pytest.mark.parametrize("text", UNKEEPABLE)
def test_text_that_cannot_be_kept_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        wire.check_texts({"name": "王", "lines": [{"note": "好"}, {"note": text}]})

    assert list(refused.value.messages_dict) == ["lines.1.note"]


def test_a_name_that_cannot_be_kept_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValidationError) as refused:
        wire.check_texts({"lines": [{"\ud800": 1}], "\x00": 2})

    assert set(refused.value.messages_dict) == {"lines.0", "_schema"}


def test_lines_tabs_and_rare_characters_are_text() -> None:
    wire.check_texts(
        {"text": "第一行\r\n第二行\t𠮷 👨‍👩‍👧 １２３", "numbers": [1, None, 2.5, True]}
    )


@pytest.fixture
def admin(client: FlaskClient, session: Session) -> FlaskClient:
    """A browser in which a community administrator is logged in."""
    log_in(client, session, make_actor(session, community_id=make_community(session).id))
    return client


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"[" * 100_000, "application/json", 400),
        (b'{"name": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        ('{"name": "王"}'.encode("utf-16"), "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"a"', "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"name": "a\\u0000"}', "application/json", 422),
        (b'{"\\ud800": 1}', "application/json", 422),
        (b"name=x", "text/plain", 415),
        (b"", "application/json", 400),
        (b"", "text/plain", 422),
    ],
)
def test_body_that_cannot_be_read_is_refused_in_words(
    admin: FlaskClient, content: bytes, content_type: str, status: int
) -> None:
    answer = admin.post(
        "/api/v1/care-centres",
        data=content,
        content_type=content_type,
        headers={"Idempotency-Key": "01931b2e-7c1a-7000-8000-1234567890ab"},
    )

    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.data)["title"]


def test_form_text_that_cannot_be_kept_comes_back_with_the_form(admin: FlaskClient) -> None:
    answer = admin.post("/projects/new", data={"title": "补路\x00"})

    assert answer.status_code == 422
    assert "文字里有认不出的字符" in answer.get_data(as_text=True)
