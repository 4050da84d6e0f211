"""Two at once under the rules for hours, on databases where commits are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.community import make_kin
from tests.make.policy import make_policy
from tests.make.real import ENGINES, real_app
from tests.make.volunteering import DAY, NOW, Street, at, make_approved, make_confirmed, make_street
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.actor import program
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.expiry import HoursExpiry
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.service import expiry, review, wallet

WRITERS = 4
END = DAY.replace(year=DAY.year + 1)


def _at_once(
    app: Flask, work: Callable[[Session, int], object], *, now: datetime = NOW
) -> list[str]:
    """Run the work in several threads at the same moment; return each one's outcome."""
    barrier = Barrier(WRITERS)

    def one(number: int) -> str:
        with app.app_context(), clock.fixed_at(now):
            barrier.wait()
            try:
                transaction(lambda session: work(session, number))
            except DomainError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def _balances(app: Flask, street: Street) -> tuple[int, int]:
    """Return what the volunteer may use, and what may only be given away."""
    who = {"community_id": street.community.id, "person_id": street.volunteer_person.id}
    with app.app_context():
        return read_only(
            lambda session: (
                passbook.balance(session, **who).posted,
                passbook.donation_balance(session, **who).posted,
            )
        )


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_cap_is_not_filled_twice_by_approvers_at_once(engine_name: str) -> None:
    def build(session: Session) -> tuple[Street, list[int]]:
        street = make_street(session)
        make_policy(session, street, Policy(day_minutes_max=None, month_minutes_max=100))
        made = [
            make_confirmed(session, street, start=f"{hour:02}:00", end=f"{hour:02}:40")
            for hour in range(8, 8 + WRITERS)
        ]
        return street, made

    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            street, made = transaction(build)

        outcomes = _at_once(
            app,
            lambda session, number: review.approve_service(
                session, actor=street.officer, record_id=made[number], key=ids.new_id()
            ),
        )

        assert set(outcomes) <= {"done", "cap_met_meanwhile"}
        done = outcomes.count("done")
        assert sum(_balances(app, street)) == 40 * done
        assert _balances(app, street)[0] == min(100, 40 * done)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_minutes_expire_once_when_two_workers_run(engine_name: str) -> None:
    def build(session: Session) -> Street:
        street = make_street(session)
        make_policy(session, street, Policy(expiry_months=12))
        make_approved(session, street)
        robot = program(community_id=street.community.id, name="volunteering.expire")
        for days in (90, 30):
            with clock.fixed_at(at("03:00", END - timedelta(days=days))):
                expiry.warn_and_expire(session, actor=robot)
        return street

    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            street = transaction(build)
        robot = program(community_id=street.community.id, name="volunteering.expire")

        outcomes = _at_once(
            app,
            lambda session, _: expiry.warn_and_expire(session, actor=robot),
            now=at("03:00", END),
        )

        assert outcomes == ["done"] * WRITERS
        assert _balances(app, street) == (0, 0)
        with app.app_context():
            ended = read_only(lambda s: s.execute(select(func.count(HoursExpiry.id))).scalar())
        assert ended == 1


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_month_is_not_overdrawn_by_many_gifts_at_once(engine_name: str) -> None:
    def build(session: Session) -> tuple[Street, int]:
        street = make_street(session)
        make_policy(session, street, Policy(circle=Circle.LINEAL, allows_gifts=True))
        make_approved(session, street)
        make_kin(
            session,
            person=street.volunteer_person,
            relative=street.elder_person,
            kind=KinshipKind.PARENT,
            verified_on=DAY,
        )
        wallet_id = wallet.open_wallet(
            session,
            actor=street.volunteer,
            month_minutes_max=50,
            receiver_id=street.elder_person.id,
        )
        wallet.agree_to_wallet(session, actor=street.elder, wallet_id=wallet_id)
        return street, wallet_id

    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            street, wallet_id = transaction(build)

        outcomes = _at_once(
            app,
            lambda session, _: wallet.give_by_wallet(
                session,
                actor=street.volunteer,
                key=ids.new_id(),
                wallet_id=wallet_id,
                minutes=20,
            ),
        )

        assert sorted(outcomes) == ["done", "done", "month_limit", "month_limit"]
        assert _balances(app, street) == (55, 0)
