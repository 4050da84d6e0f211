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

from tests.make.access import make_actor
from tests.make.community import make_organisation, make_person
from tests.make.real import ENGINES, real_app
from tests.make.volunteering import NOW, Street, make_confirmed, make_facts, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.organisations import OrganisationMember
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.organisations import MemberState
from timebank.volunteering.service import organisations, records, review

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


@pytest.mark.parametrize("engine_name", ENGINES)
def test_one_asked_at_once_is_asked_once_and_their_first_answer_stands(engine_name: str) -> None:
    def build(session: Session) -> tuple[Street, Actor, int]:
        street = make_street(session)
        community_id = street.community.id
        body_id = make_organisation(session, community_id=community_id).id
        person = make_person(session, community_id=community_id, name="郑和平")
        organisations.name_leader(
            session, actor=street.admin, organisation_id=body_id, card_no=person.card_no or ""
        )
        leader = make_actor(session, community_id=community_id, person_id=person.id)
        return street, leader, body_id

    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            street, leader, body_id = transaction(build)
        card_no = street.volunteer_person.card_no or ""

        outcomes = _at_once(
            app,
            lambda session, _: organisations.ask_member(
                session, actor=leader, organisation_id=body_id, card_no=card_no
            ),
        )

        assert sorted(outcomes) == ["done"] + ["member_there"] * (WRITERS - 1)
        answers = (organisations.agree, organisations.decline)
        outcomes = _at_once(
            app,
            lambda session, number: answers[number % 2](
                session, actor=street.volunteer, membership_id=1
            ),
        )
        with app.app_context():
            state = read_only(lambda session: session.scalar(select(OrganisationMember.state)))
        stands = WRITERS // 2 if state == MemberState.AGREED else 1
        assert sorted(outcomes) == ["done"] * stands + ["membership_ended"] * (WRITERS - stands)
