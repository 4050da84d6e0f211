"""Sixteen people claim one case at once over HTTP: one wins, the others are told who."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make import real
from tests.make.access import log_in, make_actor
from timebank.cases.queries import verify
from timebank.kernel import ids
from timebank.kernel.actor import Actor
from timebank.kernel.db import db, transaction

CLAIMERS = 16


def _people(session: Session) -> tuple[make.Grid, int, list[Actor]]:
    grid = make.make_grid(session)
    officers = [
        make_actor(
            session,
            community_id=grid.community_id,
            roles=(("grid_officer", "grid", grid.grid_id),),
            name=f"网格员{number}",
        )
        for number in range(CLAIMERS)
    ]
    return grid, make.make_case(session, grid).id, officers


def _claim(app: Flask, actor: Actor, case_id: int, start: Barrier) -> tuple[int, str, str]:
    client = app.test_client()
    with app.test_request_context("/"):
        log_in(client, db.session(), actor)
        db.session.remove()
    token = client.get("/login").headers.get("X-CSRF-Token", "")
    start.wait(timeout=60)
    answer = client.post(
        f"/api/v1/cases/{case_id}/claim",
        json={},
        headers={"Idempotency-Key": str(ids.new_id()), "X-CSRFToken": token},
    )
    return answer.status_code, actor.name, answer.get_data(as_text=True)


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_of_sixteen_claimers_one_wins_and_the_rest_hear_who(engine_name: str) -> None:
    with real.real_app(engine_name) as app:
        app.config["WTF_CSRF_ENABLED"] = False
        with app.test_request_context("/"):
            _, case_id, officers = transaction(_people)
            db.session.remove()
        start = Barrier(CLAIMERS)

        with ThreadPoolExecutor(CLAIMERS) as pool:
            answers = list(pool.map(lambda one: _claim(app, one, case_id, start), officers))

        winners = [name for status, name, _ in answers if status == 200]
        losers = [text for status, _, text in answers if status == 409]
        assert (len(winners), len(losers)) == (1, CLAIMERS - 1), answers
        assert all(winners[0] in text and "case_already_claimed" in text for text in losers)
        with app.test_request_context("/"):
            assert list(verify.findings(db.session())) == []
            db.session.remove()
