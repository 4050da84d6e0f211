"""The desk when many act at once, on databases where commits are real; and whatever happens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from random import Random
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.desk import make_officer, make_other_way, reckon, set_rules
from tests.make.real import ENGINES, real_app
from tests.make.volunteering import DAY, NOW, Street, make_confirmed, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.desk import RecordRisk, RiskMark, RiskReason
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.records import ServiceRecord, ServiceRecordEvent
from timebank.volunteering.queries import desk_rules
from timebank.volunteering.rules.records import EventKind
from timebank.volunteering.service import disputes, records, review, rights, risk

WRITERS = 4


@pytest.fixture(params=ENGINES, scope="module")
def house(request: pytest.FixtureRequest) -> Iterator[tuple[Flask, Street, list[Actor]]]:
    """A community on a real database, with as many officers as writers."""
    with real_app(request.param) as app, clock.fixed_at(NOW):
        with app.app_context():
            street, officers = transaction(_build)
        yield app, street, officers


def _build(session: Session) -> tuple[Street, list[Actor]]:
    street = make_street(session)
    set_rules(session, street, second_minutes=95)
    names = ("吴敏", "郑和", "冯华", "陈晨")
    return street, [make_officer(session, street, name=name) for name in names]


def _in(app: Flask, work: Callable[[Session], Any]) -> Any:
    with app.app_context(), clock.fixed_at(NOW):
        return transaction(work)


def _at_once(app: Flask, work: Callable[[Session, int], object]) -> list[str]:
    """Run the work in several threads at the same moment; return each one's outcome."""
    barrier = Barrier(WRITERS)

    def one(number: int) -> str:
        with app.app_context(), clock.fixed_at(NOW):
            barrier.wait()
            try:
                return str(transaction(lambda session: work(session, number)))
            except DomainError as refusal:
                return refusal.code

    with ThreadPoolExecutor(WRITERS) as pool:
        return sorted(pool.map(one, range(WRITERS)))


def test_of_many_who_approve_at_once_one_is_first_and_one_posts(
    house: tuple[Flask, Street, list[Actor]],
) -> None:
    app, street, officers = house
    record_id = _in(app, lambda session: make_confirmed(session, street, day=DAY))

    outcomes = _at_once(
        app,
        lambda session, number: review.approve_service(
            session, actor=officers[number], record_id=record_id, key=ids.new_id()
        ),
    )

    assert outcomes == [
        "Approvals(posted=0, waiting=1)",
        "Approvals(posted=1, waiting=0)",
        *["already_approved"] * (WRITERS - 2),
    ]


def test_one_appeal_is_made_and_a_right_lapses_once(
    house: tuple[Flask, Street, list[Actor]],
) -> None:
    app, street, officers = house
    day = DAY - timedelta(days=1)

    def reject(session: Session, start: str) -> int:
        record_id = make_confirmed(session, street, day=day, start=start, end=f"{start[:2]}:30")
        review.reject_service(session, actor=officers[0], record_id=record_id, reason="不对")
        return record_id

    appealed = _in(app, lambda session: reject(session, "06:00"))
    lapsing = _in(app, lambda session: reject(session, "07:00"))

    outcomes = _at_once(
        app,
        lambda session, _: bool(
            disputes.appeal(session, actor=street.volunteer, record_id=appealed, words="我去了")
        ),
    )

    assert outcomes == ["True", *["appeal_already_made"] * (WRITERS - 1)]

    def lapse(session: Session, _: int) -> None:
        with clock.fixed_at(NOW + timedelta(days=16)):
            rights.lapse_rights(session, {})

    assert _at_once(app, lapse) == ["None"] * WRITERS
    with app.app_context():
        told = read_only(
            lambda session: session.scalar(
                select(func.count()).where(
                    ServiceRecordEvent.record_id == lapsing,
                    ServiceRecordEvent.kind == EventKind.RIGHT_LAPSED,
                )
            )
        )
        states = read_only(
            lambda session: session.scalars(select(Dispute.state).order_by(Dispute.id)).all()
        )
    assert (told, states) == (1, ["appealed", "lapsed"])


def test_the_job_beside_others_loses_no_mark(house: tuple[Flask, Street, list[Actor]]) -> None:
    app, street, officers = house
    days = [DAY - timedelta(days=back) for back in (5, 4, 3, 2)]
    made = _in(
        app,
        lambda session: [
            make_confirmed(session, street, day=day, start="15:00", end="16:00") for day in days
        ],
    )

    def act(session: Session, number: int) -> None:
        if number == 0:
            risk.score_risk(session, {})
        elif number == 1:
            make_other_way(session, street, day=days[0], start="18:00", end="19:00")
        elif number == 2:
            review.approve_service(session, actor=officers[2], record_id=made[0], key=ids.new_id())
        else:
            make_other_way(session, street, day=days[1], start="18:00", end="19:00")

    assert _at_once(app, act) == ["None"] * WRITERS
    _in(app, reckon)
    _in(app, lambda session: _is_fresh(session, street))


def _is_fresh(session: Session, street: Street) -> None:
    """Assert that what stands of every waiting record's risk is what reckoning anew gives."""
    waiting = session.scalars(select(RecordRisk.record_id).where(RecordRisk.is_waiting)).all()
    confirmed = select(ServiceRecord.id).where(ServiceRecord.state == "confirmed")
    assert sorted(waiting) == sorted(session.scalars(confirmed))
    assert session.scalars(select(RiskMark.id)).all() == []
    stood = _standing(session)
    desk = desk_rules.rules_in_force(session, street.community.id)
    risk.score(session, community_id=street.community.id, record_ids=waiting, desk=desk)
    session.expire_all()
    assert _standing(session) == stood


def _standing(session: Session) -> list[Any]:
    rows = session.execute(
        select(RecordRisk.record_id, RecordRisk.points, RiskReason.code, RiskReason.figures)
        .outerjoin(RiskReason, RiskReason.record_id == RecordRisk.record_id)
        .where(RecordRisk.is_waiting)
        .order_by(RecordRisk.record_id, RiskReason.code)
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_next_run_makes_it_fresh(session: Session, seed: int) -> None:
    random = Random(seed)
    with clock.fixed_at(NOW):
        street = make_street(session)
        alive: list[int] = []
        for _ in range(22):
            with suppress(DomainError):
                _live(session, street, random, alive)
            if random.random() < 0.2:
                reckon(session)
        reckon(session)
        _is_fresh(session, street)


def _live(session: Session, street: Street, random: Random, alive: list[int]) -> None:
    """Do something to some record: tell, confirm, withdraw, send back, approve, take back."""
    day = DAY - timedelta(days=random.randrange(7))
    hour = random.randrange(7, 20)
    times: dict[str, Any] = {"start": f"{hour:02}:00", "end": f"{hour:02}:50", "day": day}
    act = random.randrange(7)
    if act < 2 or not alive:
        alive.append(make_confirmed(session, street, **times))
    elif act == 2:
        alive.append(make_other_way(session, street, **times))
    else:
        record_id = random.choice(alive)
        if act == 3:
            records.withdraw_service(session, actor=street.officer, record_id=record_id)
        elif act == 4:
            review.reject_service(session, actor=street.admin, record_id=record_id, reason="不对")
        elif act == 5:
            review.approve_service(
                session, actor=street.admin, record_id=record_id, key=ids.new_id()
            )
        else:
            review.unapprove_service(
                session, actor=street.admin, record_id=record_id, reason="错", key=ids.new_id()
            )
