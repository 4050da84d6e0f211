"""The doors: one effect for a key, forms that come back filled, refusals in the reader's words."""

import hashlib
import threading
import uuid
from base64 import b64encode
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO

import pytest
from flask import Blueprint, Flask, g, jsonify, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.make import real
from timebank.kernel import clock, ids
from timebank.kernel.db import db
from timebank.kernel.errors import ConflictError
from timebank.web.doors import body, public, reads, returns_to, see_other, writes
from timebank.web.models import RequestKey

bp = Blueprint("probe", __name__)


class FullError(ConflictError):
    """只剩 {left:minutes}，要 {need:fen}。"""

    code = "full"


class ProbeIn(Schema):
    """A word and a number."""

    word = fields.String(required=True, validate=validate.Length(max=5))
    number = fields.Integer(strict=False, load_default=1)


@bp.get("/probe")
@public
@reads
def probe(session: Session) -> ResponseReturnValue:
    """Show what the form holds."""
    typed = g.get("form") or {}
    return jsonify(
        rows=session.scalar(select(func.count()).select_from(RequestKey)),
        typed=dict(typed),
        errors=g.get("errors"),
    )


@bp.post("/probe")
@public
@returns_to(probe)
@writes
def save(session: Session) -> ResponseReturnValue:
    """Write one row."""
    values = body(ProbeIn())
    if values["word"] == "full":
        raise FullError(left=70, need=12345)
    session.add(
        RequestKey(
            actor_key="effect", key=ids.new_id(), endpoint="e", digest="d", status=1,
            content_type="t", location=None, answer=values["word"],
            answered_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()
    return see_other("/probe")


@bp.post("/api/probe")
@public
@writes(keyed=True)
def save_by_program(session: Session) -> ResponseReturnValue:
    """Write one row for a program."""
    save_body = body(ProbeIn())
    session.add(
        RequestKey(
            actor_key="effect", key=ids.new_id(), endpoint="e", digest="d", status=1,
            content_type="t", location=None, answer="", answered_at=clock.now(),
        )
    )  # fmt: skip
    return jsonify(word=save_body["word"], nonce=str(uuid.uuid4())), 201


class LostError(OperationalError):
    """What a driver says when the line is cut."""

    def __init__(self) -> None:
        super().__init__("COMMIT", {}, OSError("cut"), connection_invalidated=True)


@bp.post("/probe/file")
@public
@writes
def save_file(session: Session) -> ResponseReturnValue:
    """Read a file to its end and fail once for a moment, as a deadlock would."""
    content = request.files["file"].read()
    if not request.environ.get("probe.failed"):
        request.environ["probe.failed"] = True
        raise LostError
    return jsonify(text=content.decode())


class NoSpaceError(Exception):
    """What PostgreSQL's driver says when the disk is full."""

    sqlstate = "53100"


@bp.post("/api/probe/full")
@public
@writes
def save_on_full_disk(session: Session) -> ResponseReturnValue:
    """Write where there is no space, as each engine says it."""
    words = {"sqlite": OSError("database or disk is full"), "postgresql": NoSpaceError()}
    raise OperationalError("INSERT", {}, words[request.args["engine"]])


@bp.get("/probe/mistake")
@public
@reads
def mistake(session: Session) -> ResponseReturnValue:
    """Fail with words that quote somebody."""
    raise RuntimeError(request.args["phone"])


_with_probes: list[Flask] = []


@pytest.fixture
def house(engine_name: str) -> Iterator[Flask]:
    with real.real_app(engine_name, furnished=_with_probes) as app:
        if bp.name not in app.blueprints:
            app.register_blueprint(bp)
        app.config["WTF_CSRF_ENABLED"] = False
        yield app


def effects(app: Flask) -> int:
    with app.app_context():
        query = select(func.count()).where(RequestKey.actor_key == "effect")
        return int(db.session.scalar(query) or 0)


def test_the_same_key_has_one_effect_and_one_answer(house: Flask) -> None:
    client, key = house.test_client(), str(ids.new_id())
    first = client.post("/api/probe", json={"word": "hi"}, headers={"Idempotency-Key": key})
    again = client.post("/api/probe", json={"word": "hi"}, headers={"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert again.headers["Idempotent-Replay"] == "true"
    assert effects(house) == 1


def test_the_same_key_with_another_body_is_refused(house: Flask) -> None:
    client, key = house.test_client(), str(ids.new_id())
    client.post("/api/probe", json={"word": "hi"}, headers={"Idempotency-Key": key})
    other = client.post("/api/probe", json={"word": "ho"}, headers={"Idempotency-Key": key})
    assert other.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert other.json is not None
    assert other.json["code"] == "idempotency_key_reused"
    assert effects(house) == 1


def test_what_is_kept_about_a_request_tells_nothing_by_itself(house: Flask) -> None:
    client, key = house.test_client(), str(ids.new_id())
    first = client.post("/api/probe", json={"word": "周秀兰"}, headers={"Idempotency-Key": key})

    with house.app_context():
        chosen = text("SELECT answer, digest FROM request_key WHERE actor_key = 'anonymous'")
        answer, digest = db.session.execute(chosen).one()

    plain = hashlib.sha256(b"POST /api/probe?\n" + b'{"word": "\\u5468\\u79c0\\u5170"}')
    assert b64encode(first.data).decode() not in answer
    assert "周秀兰" not in answer
    assert digest != plain.hexdigest()


def test_a_file_is_whole_again_when_the_work_is_tried_again(house: Flask) -> None:
    client, key = house.test_client(), str(ids.new_id())

    answers = [
        client.post("/probe/file", data={"_key": key, "file": (BytesIO(b"whole"), "a.txt")})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json for answer in answers] == [{"text": "whole"}] * 2


@pytest.mark.parametrize("is_keyed", [True, False])
def test_a_line_cut_while_committing_never_does_the_work_twice(
    house: Flask, monkeypatch: pytest.MonkeyPatch, is_keyed: bool
) -> None:
    commit, cuts = Session.commit, [True]

    def cut_after_commit(self: Session) -> None:
        commit(self)
        if cuts:
            cuts.clear()
            raise LostError

    monkeypatch.setattr(Session, "commit", cut_after_commit)
    data = {"word": "hi"} | ({"_key": str(ids.new_id())} if is_keyed else {})

    answer = house.test_client().post("/probe", data=data)

    assert answer.status_code == (303 if is_keyed else 503)
    assert effects(house) == 1


def test_the_log_says_where_it_failed_and_quotes_nobody(house: Flask) -> None:
    house.testing = False

    with capture_logs() as lines:
        answer = house.test_client().get("/probe/mistake?phone=13800000001")

    assert answer.status_code == 500
    (line,) = [one for one in lines if one["event"] == "unforeseen"]
    assert line["kinds"] == ["RuntimeError"]
    assert "in mistake" in line["where"][-1]
    assert "13800000001" not in repr(lines)


@pytest.mark.parametrize("engine", real.ENGINES)
def test_a_full_disk_is_told_in_words(house: Flask, engine: str) -> None:
    answer = house.test_client().post(f"/api/probe/full?engine={engine}")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 30
    assert answer.json is not None
    assert answer.json["code"] == "storage_full"
    assert "存满了" in answer.json["title"]


def test_a_program_must_send_a_key(house: Flask) -> None:
    answer = house.test_client().post("/api/probe", json={"word": "hi"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.content_type == "application/problem+json"


def test_sixteen_senders_of_one_key_have_one_effect(house: Flask) -> None:
    key, answers = str(ids.new_id()), []

    def send() -> None:
        made = house.test_client().post(
            "/api/probe", json={"word": "hi"}, headers={"Idempotency-Key": key}
        )
        answers.append((made.status_code, made.data))

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert effects(house) == 1


def test_a_refused_form_comes_back_filled_with_words(house: Flask) -> None:
    client = house.test_client()
    answer = client.post("/probe", data={"word": "too long a word", "number": "7"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json is not None
    assert answer.json["typed"]["number"] == "7"
    assert answer.json["errors"] == {"word": ["太长了，最多 5 个字。"]}
    assert effects(house) == 0


def test_a_refused_rule_speaks_with_its_facts_in_both_languages(house: Flask) -> None:
    client = house.test_client()
    answer = client.post("/probe", data={"word": "full"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json is not None
    assert answer.json["errors"] == {"": ["只剩 1 小时 10 分，要 ¥123.45。"]}


def test_a_refusal_leaves_the_key_free(house: Flask) -> None:
    client, key = house.test_client(), str(ids.new_id())
    refused = client.post("/probe", data={"word": "full", "_key": key})
    accepted = client.post("/probe", data={"word": "ok", "_key": key})
    assert (refused.status_code, accepted.status_code) == (409, 303)
    assert effects(house) == 1


def test_bad_json_is_said_to_be_bad(house: Flask) -> None:
    client, headers = house.test_client(), {"Idempotency-Key": str(ids.new_id())}
    torn = client.post("/api/probe", data="{", content_type="application/json", headers=headers)
    listed = client.post("/api/probe", json=[1], headers=headers)
    assert torn.status_code == HTTPStatus.BAD_REQUEST
    assert listed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_forms_without_a_token_are_refused(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post("/preferences/locale", data={"locale": "en"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "这个页面放得太久了" in answer.text


def test_answers_carry_the_headers(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-ID"].startswith("E-")


def test_a_strange_address_is_a_page_that_says_so(client: FlaskClient) -> None:
    page = client.get("/no-such-page")
    problem = client.get("/api/v1/no-such-thing")
    assert page.status_code == problem.status_code == HTTPStatus.NOT_FOUND
    assert "没有找到" in page.text
    assert problem.json is not None
    assert problem.json["status"] == 404
