"""One press of the key that arrives several times at once, where commits are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.care import BY_PIN, Desk, make_desk, make_service
from tests.make.real import ENGINES, real_app
from timebank.care.models.slips import Redemption
from timebank.care.rules.desk import Wanted
from timebank.care.service import bookings, redemptions
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import passbook

PRESSES = 4


def _at_once(app: Flask, work: Callable[[Session], int]) -> list[int | str]:
    """Run the same work in several threads at once; return ids, or the codes of refusals."""
    barrier = Barrier(PRESSES)

    def one(_: int) -> int | str:
        with app.app_context():
            barrier.wait()
            try:
                return transaction(work)
            except DomainError as refusal:
                return refusal.code

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(one, range(PRESSES)))


def _books(app: Flask, desk: Desk) -> tuple[int, int]:
    """Return how many redemptions there are and what the member has left."""
    with app.app_context():
        return read_only(
            lambda session: (
                session.scalar(select(func.count()).select_from(Redemption)) or 0,
                passbook.balance(
                    session, community_id=desk.community_id, person_id=desk.member.id
                ).posted,
            )
        )


@pytest.mark.parametrize("engine_name", ENGINES)
def test_one_press_that_comes_four_times_at_once_charges_once(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context():
            desk = transaction(make_desk)
        before, key = _books(app, desk)[1], new_id()

        answers = _at_once(
            app,
            lambda session: (
                redemptions.redeem(
                    session,
                    actor=desk.counter,
                    key=key,
                    centre_id=desk.centre.id,
                    person_id=desk.member.id,
                    wanted=[Wanted(desk.lunch.id, 1)],
                    proven=BY_PIN,
                ).id
            ),
        )

        assert len(set(answers)) == 1
        assert isinstance(answers[0], int), answers
        assert _books(app, desk) == (1, before - (desk.lunch.minutes or 0))


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_booking_redeemed_by_one_press_four_times_at_once(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context():
            desk, booking_id = transaction(_booked)
        before, key = _books(app, desk)[1], new_id()

        answers = _at_once(
            app,
            lambda session: (
                redemptions.redeem_booking(
                    session, actor=desk.counter, key=key, booking_id=booking_id, proven=BY_PIN
                ).id
            ),
        )

        assert len(set(answers)) == 1
        assert isinstance(answers[0], int), answers
        count, left = _books(app, desk)
        assert count == 1
        assert left < before


def _booked(session: Session) -> tuple[Desk, int]:
    """Return a desk with a booking for today."""
    desk = make_desk(session)
    bath = make_service(
        session, desk.admin, centre_id=desk.centre.id, name="助浴", needs_booking=True
    )
    made = bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=bath.id,
        on_day=clock.today(),
    )
    return desk, made.id
