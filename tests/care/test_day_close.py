"""The day close: counted by one, signed by another, explained where it differs, closed for good."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.care import make_desk
from tests.make.real import ENGINES, real_app
from tests.make.tills import let_one_undo, lunch_for, make_colleague, second
from timebank.care.errors import tills as errors
from timebank.care.models.slips import Redemption
from timebank.care.models.tills import DayClose
from timebank.care.queries import day_close as queries
from timebank.care.queries import tills as till_queries
from timebank.care.rules.tills import CloseView
from timebank.care.service import day_close, reversals, tills
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError


def test_a_difference_is_explained_and_another_signs(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    other = make_colleague(session, desk)
    lunch_for(session, desk)
    wrong = lunch_for(session, desk)
    reversals.undo_redemption(
        session, actor=desk.counter, redemption_id=wrong.id, reason="点错了人"
    )
    till = till_queries.till_of(session, actor=desk.counter, centre_id=desk.centre.id)
    drawer: dict[str, Any] = {"actor": desk.counter, "till_id": till.id, "on_day": clock.today()}
    with pytest.raises(errors.DifferenceUnexplainedError):
        day_close.count_day(session, found_slips=1, found_minutes=60, **drawer)

    counted = day_close.count_day(
        session, found_slips=1, found_minutes=60, difference_reason="撤的那张撕了", **drawer
    )
    assert (counted.figures.slips, counted.figures.voids) == (2, 1)
    assert (counted.figures.minutes, counted.figures.money_fen) == (60, 1500)
    assert (counted.difference_slips, counted.difference_minutes) == (-1, 0)
    with pytest.raises(errors.AloneNotAllowedError):
        day_close.sign_day(session, actor=desk.counter, close_id=counted.id)
    lunch_for(session, desk)
    with pytest.raises(errors.CountStaleError):
        day_close.sign_day(session, actor=other, close_id=counted.id)

    again = day_close.count_day(
        session, found_slips=2, found_minutes=120, difference_reason="撤的那张撕了", **drawer
    )
    closed = day_close.sign_day(
        session, actor=desk.counter, close_id=again.id, second=second(other)
    )

    assert (closed.counted_by, closed.signed_by, closed.signed_how) == ("赵敏", "刘艳", "second")
    with pytest.raises(errors.AlreadyClosedError):
        day_close.count_day(session, found_slips=3, found_minutes=120, **drawer)
    with pytest.raises(errors.AlreadyClosedError):
        day_close.sign_day(session, actor=other, close_id=closed.id)
    assert queries.open_days(session, centre_id=desk.centre.id, before=clock.today()) == []
    assert [
        one.quantity for one in queries.by_service(session, till_id=till.id, day=clock.today())
    ] == [2]


def test_who_is_alone_signs_alone_where_the_centre_allows_it(session: Session) -> None:
    desk = make_desk(session)
    tills.set_rules(
        session,
        actor=desk.admin,
        centre_id=desk.centre.id,
        person_day_minutes_max=720,
        undo_alone_minutes_max=480,
        may_sign_alone=True,
    )
    till = till_queries.till_of(session, actor=desk.counter, centre_id=desk.centre.id)
    counted = day_close.count_day(
        session,
        actor=desk.counter,
        till_id=till.id,
        on_day=clock.today(),
        found_slips=0,
        found_minutes=0,
    )

    closed = day_close.sign_day(session, actor=desk.counter, close_id=counted.id)

    assert closed.signed_how == "alone"
    with pytest.raises(errors.CloseNotFoundError):
        queries.close(session, actor=desk.counter, close_id=closed.id + 99)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_slips_and_the_close_at_once_leave_a_day_that_agrees(engine_name: str) -> None:
    """Whoever comes first: the closed figures are those of the slips, and none comes after."""
    with real_app(engine_name) as app:
        with app.app_context():
            desk, other = transaction(
                lambda session: (one := make_desk(session), make_colleague(session, one))
            )
            counted = transaction(lambda session: _count(session, desk))
        barrier = Barrier(5)

        def act(number: int) -> str:
            with app.app_context():
                barrier.wait()
                try:
                    if number == 0:
                        transaction(
                            lambda session: day_close.sign_day(
                                session, actor=other, close_id=counted.id
                            )
                        )
                        return "closed"
                    transaction(lambda session: lunch_for(session, desk))
                except DomainError as refusal:
                    return refusal.code
                return "served"

        with ThreadPoolExecutor(5) as pool:
            said = list(pool.map(act, range(5)))
        with app.app_context():
            slips, state, closed_slips = read_only(_outcome)

    assert set(said) <= {"closed", "served", "count_stale", "day_closed", "day_limit"}
    assert slips == said.count("served")
    if state == "closed":
        assert closed_slips == slips == 0


def _count(session: Session, desk: object) -> CloseView:
    """Count a day without slips."""
    till = till_queries.till_of(session, actor=desk.counter, centre_id=desk.centre.id)  # type: ignore[attr-defined]
    return day_close.count_day(
        session,
        actor=desk.counter,  # type: ignore[attr-defined]
        till_id=till.id,
        on_day=clock.today(),
        found_slips=0,
        found_minutes=0,
    )


def _outcome(session: Session) -> tuple[int, str, int]:
    """Return slips, the close's state and the close's slips."""
    row = session.scalars(select(DayClose)).one()
    return session.scalar(select(func.count()).select_from(Redemption)) or 0, row.state, row.slips
