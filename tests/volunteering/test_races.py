"""Two at once, on databases where commits are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.real import ENGINES, real_app
from tests.make.volunteering import NOW, Street, make_confirmed, make_facts, make_street
from timebank.kernel import clock, ids
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import passbook
from timebank.volunteering.service import records, review

WRITERS = 6


def _at_once(app: Flask, work: Callable[[Session, int], object]) -> list[str]:
    """Run the work in several threads at the same moment; return each one's outcome."""
    barrier = Barrier(WRITERS)

    def one(number: int) -> str:
        with app.app_context(), clock.fixed_at(NOW):
            barrier.wait()
            try:
                transaction(lambda session: work(session, number))
            except DomainError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def _street(app: Flask) -> tuple[Street, int]:
    """Return a committed community with one confirmed record."""

    def build(session: Session) -> tuple[Street, int]:
        street = make_street(session)
        return street, make_confirmed(session, street, start="08:00", end="08:30")

    with app.app_context(), clock.fixed_at(NOW):
        return transaction(build)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_approvals_at_once_post_one_entry(engine_name: str) -> None:
    with real_app(engine_name) as app:
        street, record_id = _street(app)

        outcomes = _at_once(
            app,
            lambda session, _: review.approve_service(
                session, actor=street.officer, record_id=record_id, key=ids.new_id()
            ),
        )

        assert sorted(outcomes) == ["already_approved"] * (WRITERS - 1) + ["done"]
        with app.app_context():
            balance = read_only(
                lambda session: passbook.balance(
                    session,
                    community_id=street.community.id,
                    person_id=street.volunteer_person.id,
                )
            )
        assert balance.posted == 30


@pytest.mark.parametrize("engine_name", ENGINES)
def test_the_same_time_is_recorded_once(engine_name: str) -> None:
    with real_app(engine_name) as app:
        street, _ = _street(app)

        outcomes = _at_once(
            app,
            lambda session, _: records.record_service(
                session, actor=street.volunteer, facts=make_facts(street)
            ),
        )

        assert sorted(outcomes) == ["done"] + ["overlap"] * (WRITERS - 1)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_day_is_not_overfilled_by_many_at_once(engine_name: str) -> None:
    with real_app(engine_name) as app:
        street, _ = _street(app)
        first = make_facts(street, start="09:00", end="10:45")

        def record(session: Session, number: int) -> int:
            shift = timedelta(minutes=105 * number)
            facts = replace(
                first, started_at=first.started_at + shift, ended_at=first.ended_at + shift
            )
            return records.record_service(session, actor=street.volunteer, facts=facts)

        outcomes = _at_once(app, record)

        assert outcomes.count("done") == 4
        assert set(outcomes) <= {"done", "day_full", "day_filled_meanwhile"}
        with app.app_context():
            total = read_only(
                lambda session: session.scalar(select(func.sum(ServiceRecord.minutes)))
            )
        assert total == 30 + 4 * 105
