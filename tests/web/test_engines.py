"""The ground under all tests: both engines answer, and nothing of a test remains."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.make import real
from timebank.kernel import clock, ids
from timebank.kernel.db import db, transaction
from timebank.web import keyed
from timebank.web.models import RequestKey


def _row() -> RequestKey:
    return RequestKey(
        actor_key="user:1", key=ids.new_id(), endpoint="x", digest="d", status=200,
        content_type="text/plain", location=None, answer="", answered_at=clock.now(),
    )  # fmt: skip


def test_rows_live_inside_one_test(session: Session) -> None:
    assert session.scalars(select(RequestKey)).all() == []
    session.add(_row())
    session.commit()
    session.rollback()
    assert len(session.scalars(select(RequestKey)).all()) == 1


def test_rows_live_inside_one_test_again(session: Session) -> None:
    assert session.scalars(select(RequestKey)).all() == []
    session.add(_row())
    session.flush()


def test_old_answers_are_forgotten_and_young_ones_kept(session: Session) -> None:
    with clock.fixed_at(clock.now() - keyed.ANSWERS_KEPT - timedelta(hours=1)):
        session.add(_row())
    session.add(_row())
    session.flush()
    assert keyed.sweep(session) == 1
    assert len(session.scalars(select(RequestKey)).all()) == 1


def test_health_answers(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok"}


def test_real_databases_keep_what_is_committed(engine_name: str) -> None:
    with real.real_app(engine_name) as app:
        with app.app_context():
            transaction(lambda session: session.add(_row()))
        with app.app_context():
            assert len(db.session.scalars(select(RequestKey)).all()) == 1


def test_the_application_owns_no_table_on_postgresql(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
            return
        owned = db.session.scalar(
            text("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        )
        assert owned == 0
