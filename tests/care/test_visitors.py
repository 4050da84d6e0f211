"""Somebody of another community is served by a code: once, in both books, as far as it goes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import make_service
from tests.make.neighbours import House, agree, earn, have, make_houses
from tests.make.tills import STAFF_PIN, make_clerk, second
from tests.make.volunteering import NOW
from timebank.care.errors.desk import CapacityFullError, UndoWindowError, VisitNotFoundError
from timebank.care.errors.tills import SecondNeededError
from timebank.care.models.visit_undoings import CareVisitUndoing
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.rules.desk import CentreKind, Wanted
from timebank.care.rules.visitors import VisitView
from timebank.care.service import catalogue, visitors
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering import verify
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.errors.gifts import NotEnoughToGiveError
from timebank.volunteering.queries import clearing as reads
from timebank.volunteering.queries import clearing_transfers as transfer_reads
from timebank.volunteering.service import clearing_deciding, clearing_reversals, clearing_sending


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _code(session: Session, house: House, other: House, minutes: int) -> tuple[int, str]:
    """Return a transfer of the member's with the code to be shown."""
    transfer_id = clearing_sending.take_along(
        session, actor=house.member, key=ids.new_id(), community_id=other.id, minutes=minutes
    )
    view = transfer_reads.transfer(
        session, community_id=house.id, transfer_id=transfer_id, person_id=house.person.id
    )
    return transfer_id, view.code


def _canteen(session: Session, house: House, *, capacity: int | None = None) -> tuple[Actor, int]:
    """Return who stands at the counter there, and lunch for an hour."""
    centre = catalogue.add_centre(
        session, actor=house.admin, name="老年食堂", kind=CentreKind.CANTEEN, address="1号楼"
    )
    lunch = make_service(
        session, house.admin, centre_id=centre.id, minutes=60, day_capacity=capacity
    )
    counter = make_actor(
        session, community_id=house.id, roles=(("counter", "centre", centre.id),), name="何萍"
    )
    return counter, lunch.id


def _serve(
    session: Session, counter: Actor, code: str, lunch_id: int, quantity: int = 1
) -> VisitView:
    centre = catalogue_queries.service(
        session, community_id=counter.community_id, service_id=lunch_id, day=clock.today()
    )
    return visitors.serve_visitor(
        session,
        actor=counter,
        centre_id=centre.centre_id,
        code=code,
        wanted=[Wanted(lunch_id, quantity)],
    )


def test_a_code_serves_once_and_what_is_left_goes_back(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 200)
    counter, lunch_id = _canteen(session, there)
    with pytest.raises(NotEnoughToGiveError):
        _code(session, here, there, 201)
    transfer_id, code = _code(session, here, there, 150)
    assert have(session, here) == (200, 50)

    made = _serve(session, counter, code, lunch_id, 2)

    assert (made.total_minutes, made.community_name, made.slip_number[-3:]) == (
        120,
        "九龙社区",
        "001",
    )
    assert have(session, here) == (80, 80)
    assert reads.pairs(session, there.id)[0].we_owe_minutes == -120
    with pytest.raises(errors.VoucherNotHereError):
        _serve(session, counter, code, lunch_id)
    with pytest.raises(errors.TransferDecidedError):
        clearing_deciding.withdraw(session, actor=here.member, transfer_id=transfer_id)
    with pytest.raises(errors.VoucherAtCounterError):
        clearing_reversals.ask_reversal(
            session, actor=here.admin, transfer_id=transfer_id, reason="错"
        )
    assert list(verify.findings(session)) == []


def test_what_does_not_fit_is_refused_and_the_code_stays_good(session: Session) -> None:
    here, there, third = make_houses(session, 3)
    agree(session, here, there)
    agree(session, here, third)
    earn(session, here, 200)
    counter, lunch_id = _canteen(session, there, capacity=1)
    elsewhere, other_lunch = _canteen(session, third)
    _, code = _code(session, here, there, 90)
    refusals: list[tuple[type[Exception], Any]] = [
        (errors.VoucherNotHereError, (elsewhere, code, other_lunch)),
        (errors.VoucherNotHereError, (counter, "0000 000 000", lunch_id)),
        (CapacityFullError, (counter, code, lunch_id, 2)),
    ]
    for refusal, asked in refusals:
        with pytest.raises(refusal), session.begin_nested():
            _serve(session, *asked)
    assert _serve(session, counter, code, lunch_id).total_minutes == 60
    _, short = _code(session, here, third, 59)
    with pytest.raises(errors.VoucherShortError), session.begin_nested():
        _serve(session, elsewhere, short, other_lunch)


def test_a_visit_is_undone_in_both_books_within_its_days(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 200)
    counter, lunch_id = _canteen(session, there, capacity=1)
    made = _serve(session, counter, _code(session, here, there, 60)[1], lunch_id)
    with pytest.raises(VisitNotFoundError):
        visitors.undo_visit(session, actor=here.admin, transfer_id=made.transfer_id, reason="点错")
    with clock.fixed_at(NOW + timedelta(days=8)), pytest.raises(UndoWindowError):
        visitors.undo_visit(session, actor=counter, transfer_id=made.transfer_id, reason="点错")
    with pytest.raises(SecondNeededError):
        visitors.undo_visit(session, actor=counter, transfer_id=made.transfer_id, reason="点错")
    with pytest.raises(DBAPIError, match="care_visit_undone_alone"), session.begin_nested():
        session.execute(
            insert(CareVisitUndoing).values(
                community_id=there.id,
                centre_id=made.centre_id,
                transfer_id=made.transfer_id,
                undone_by_user_id=counter.user_id,
                undone_by=counter.name,
                undone_at=NOW,
            )
        )
    other = make_clerk(session, there.id, made.centre_id)
    undone = visitors.undo_visit(
        session,
        actor=counter,
        transfer_id=made.transfer_id,
        reason="点错",
        second=second(other),
    )
    assert (undone.is_undone, undone.undo_reason) == (True, "点错")
    assert (undone.undone_by, undone.undo_second) == ("何萍", "刘艳")
    assert have(session, here) == (200, 200)
    assert reads.pairs(session, here.id)[0].we_owe_minutes == 0
    assert list(verify.findings(session)) == []
    assert _serve(session, counter, _code(session, here, there, 60)[1], lunch_id)


def test_the_counter_and_programs_serve_a_visitor(client: FlaskClient, session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 200)
    counter, lunch_id = _canteen(session, there)
    _, code = _code(session, here, there, 60)
    log_in(client, session, counter)
    assert "没有这个码" in client.get("/counter/visitors?code=1234567890").text
    shown = client.get(f"/counter/visitors?code={code}").text
    assert "周秀兰" in shown
    told = {"code": code, "service_id": lunch_id, "quantity": 2, "_key": str(ids.new_id())}
    short = client.post(f"/counter/visitors?code={code}", data=told)
    assert short.status_code == 409
    assert "这个码最多用 1 小时" in short.text
    done = client.post("/counter/visitors", data=told | {"quantity": 1, "_key": str(ids.new_id())})
    assert done.status_code == 303
    assert "办好了" in client.get(done.location).text
    assert "何萍" in client.get(f"{done.location}/slip").text
    _, code = _code(session, here, there, 60)
    centre_id = transfer_centre(client)
    reply = client.post(
        "/api/v1/visits",
        json={
            "centre_id": centre_id,
            "code": code,
            "lines": [{"service_id": lunch_id, "quantity": 1}],
        },
        headers={"Idempotency-Key": str(ids.new_id())},
    )
    assert reply.status_code == 201, reply.text
    shown = client.get(f"/counter/visitors/{reply.get_json()['transfer_id']}").text
    assert "撤销要两个人。这里没有别的同事" in shown
    other = make_clerk(session, there.id, centre_id)
    session.commit()
    undone = client.post(
        f"/api/v1/visits/{reply.get_json()['transfer_id']}/undo",
        json={"reason": "点错了", "second": {"user_id": other.user_id, "pin": STAFF_PIN}},
        headers={"Idempotency-Key": str(ids.new_id())},
    )
    assert undone.get_json()["is_undone"]


def transfer_centre(client: FlaskClient) -> int:
    """The centre at which the browser's person serves."""
    return int(client.get("/api/v1/care-centres").get_json()[0]["id"])
