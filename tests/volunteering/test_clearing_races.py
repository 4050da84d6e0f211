"""Two at once between communities, on databases where commits are real."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make.neighbours import agree, earn, make_houses
from tests.make.real import ENGINES, real_app
from tests.make.volunteering import NOW
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering import verify
from timebank.volunteering.queries import clearing as reads
from timebank.volunteering.service import clearing_deciding, clearing_sending

SENDERS = 5


def _built(session: Session) -> tuple[Actor, list[int], int, int]:
    """Five requests of 60 minutes, of which the agreement lets three through."""
    here, there = make_houses(session)
    pair_id = agree(session, here, there, we_may_owe=200)
    earn(session, here, 1000)
    sent = [
        clearing_sending.send(
            session, actor=here.member, key=ids.new_id(), to_person_id=there.person.id, minutes=60
        )
        for _ in range(SENDERS)
    ]
    return there.manager, sent, here.id, pair_id


@pytest.mark.parametrize("engine_name", ENGINES)
def test_acceptances_at_once_stop_at_the_limit(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            manager, sent, here_id, pair_id = transaction(_built)
        with ThreadPoolExecutor(SENDERS) as pool:
            barrier = Barrier(SENDERS)
            outcomes = list(pool.map(lambda one: _accept(app, barrier, manager, one), sent))
        with app.app_context():
            stands = read_only(
                lambda session: reads.pair(session, community_id=here_id, pair_id=pair_id)
            )
            assert read_only(lambda session: list(verify.findings(session))) == []

    assert sorted(outcomes) == ["clearing_limit"] * 2 + ["done"] * 3
    assert stands.we_owe_minutes == 180


def _accept(app: Flask, barrier: Barrier, manager: Actor, transfer_id: int) -> str:
    """Accept one request at the same moment as the others; return what came of it."""
    with app.app_context(), clock.fixed_at(NOW):
        barrier.wait()
        try:
            transaction(
                lambda session: clearing_deciding.accept(
                    session, actor=manager, transfer_id=transfer_id
                )
            )
        except DomainError as refusal:
            return refusal.code
        return "done"
