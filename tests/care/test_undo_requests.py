"""Undoing where nobody stands by: asked at the counter, agreed to on another's own page."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import Desk, make_desk
from tests.make.community import make_kin
from tests.make.messages import codes_of
from tests.make.tills import close_today, lunch_for, make_colleague, second
from timebank.care.errors import desk as errors
from timebank.care.errors import tills as till_errors
from timebank.care.models.undo_requests import CareUndoRequest
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.queries import undo_requests as queries
from timebank.care.rules.tills import UndoRequestView
from timebank.care.service import reversals, undo_requests
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import passbook

WHY = "点错了人"


def asked_by_the_counter(session: Session, desk: Desk) -> UndoRequestView:
    """Return the request of the counter to undo a lunch of this moment."""
    made = lunch_for(session, desk)
    return undo_requests.ask_undo(session, actor=desk.counter, redemption_id=made.id, reason=WHY)


def agree(session: Session, actor: Actor, asked: UndoRequestView) -> object:
    """Return what was undone when somebody agrees."""
    return undo_requests.agree_undo(
        session, actor=actor, redemption_id=asked.redemption_id, request_id=asked.id
    )


def drop(session: Session, actor: Actor, asked: UndoRequestView) -> UndoRequestView:
    """Return the request that somebody lets fall."""
    return undo_requests.drop_request(
        session, actor=actor, redemption_id=asked.redemption_id, request_id=asked.id
    )


def left(session: Session, desk: Desk) -> int:
    """Return what the member has."""
    facts = {"community_id": desk.community_id, "person_id": desk.member.id}
    return passbook.balance(session, **facts).available


def test_nothing_moves_until_another_agrees_from_their_own_page(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk, role="centre_manager")
    asked = asked_by_the_counter(session, desk)

    assert left(session, desk) == 540
    assert codes_of(session, other.person_id or 0) == ["undo_asked"]
    waiting = queries.waiting(session, actor=other, centre_id=desk.centre.id)
    assert [(one.id, one.reason, one.minutes) for one in waiting] == [(asked.id, WHY, 60)]
    agree(session, other, asked)

    undone = redemption_queries.redemption_of(session, asked.redemption_id)
    assert (undone.state, undone.undone_by, undone.undo_second) == ("undone", "赵敏", "刘艳")
    assert left(session, desk) == 600
    assert codes_of(session, other.person_id or 0) == []
    assert list(queries.waiting(session, actor=other, centre_id=desk.centre.id)) == []
    with pytest.raises(errors.AlreadyUndoneError):
        agree(session, other, asked)


def test_whoever_may_agree_finds_all_that_waits_on_one_page(
    client: FlaskClient, session: Session
) -> None:
    desk, elsewhere = make_desk(session), make_desk(session, code="LH")
    asked = asked_by_the_counter(session, desk)
    for actor in (desk.admin, desk.counter):
        log_in(client, session, actor)
        page = client.get("/counter/undo-requests")
        assert page.status_code == 200
        assert f"/counter/done/{asked.redemption_id}" in page.text
        assert desk.centre.name in page.text
        listed: Any = client.get("/api/v1/undo-requests").json
        assert [one["id"] for one in listed] == [asked.id]
    log_in(client, session, desk.admin)
    assert "/counter/undo-requests" in client.get("/care/services").text
    log_in(client, session, desk.counter)
    assert "/counter/undo-requests" in client.get("/counter").text
    for actor in (elsewhere.admin, elsewhere.counter):
        log_in(client, session, actor)
        assert "/counter/done/" not in client.get("/counter/undo-requests").text
        assert client.get("/api/v1/undo-requests").json == []
        assert "/counter/undo-requests" not in client.get("/counter").text


def test_who_asked_never_agrees_by_whatever_account(session: Session) -> None:
    desk = make_desk(session)
    asked = asked_by_the_counter(session, desk)
    twin = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("centre_manager", "centre", desk.centre.id),),
        person_id=desk.counter.person_id,
        name="赵敏",
    )

    for one in (desk.counter, twin):
        with pytest.raises(till_errors.SecondSelfError):
            agree(session, one, asked)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            update(CareUndoRequest)
            .where(CareUndoRequest.id == asked.id)
            .values(
                state="agreed",
                answered_by_user_id=desk.counter.user_id,
                answered_at=clock.now(),
            )
        )
    assert left(session, desk) == 540


def test_kin_and_staff_of_elsewhere_do_not_agree(session: Session) -> None:
    desk, elsewhere = make_desk(session), make_desk(session, code="LH")
    other = make_colleague(session, desk)
    make_kin(session, person=desk.member, relative=session.get_one(Person, other.person_id))
    asked = asked_by_the_counter(session, desk)

    with pytest.raises(errors.OwnServiceError):
        agree(session, other, asked)
    with pytest.raises(till_errors.UndoRequestNotFoundError):
        agree(session, elsewhere.admin, asked)
    assert list(queries.waiting(session, actor=elsewhere.admin, centre_id=desk.centre.id)) == []
    with pytest.raises(errors.CentreNotFoundError):
        queries.waiting(session, actor=elsewhere.counter, centre_id=desk.centre.id)


def test_a_slip_waits_for_one_answer_at_a_time(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    asked = asked_by_the_counter(session, desk)

    again: dict[str, Any] = {"redemption_id": asked.redemption_id, "reason": "再问一次"}
    with pytest.raises(till_errors.UndoAskedError):
        undo_requests.ask_undo(session, actor=other, **again)
    assert drop(session, other, asked).state == "dropped"
    with pytest.raises(till_errors.UndoAnsweredError):
        agree(session, desk.admin, asked)
    with pytest.raises(till_errors.UndoAnsweredError):
        drop(session, other, asked)
    assert undo_requests.ask_undo(session, actor=other, **again).state == "waiting"
    assert left(session, desk) == 540


def test_a_colleague_who_comes_by_answers_what_waits(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    asked = asked_by_the_counter(session, desk)
    facts = {"redemption_id": asked.redemption_id, "request_id": asked.id}

    reversals.undo_redemption(
        session,
        actor=desk.counter,
        redemption_id=asked.redemption_id,
        reason=WHY,
        second=second(other),
    )

    found = queries.request(session, actor=other, **facts)
    assert (found.state, found.answered_by) == ("agreed", "刘艳")
    for statement in ("UPDATE care_undo_request SET reason = 'x'", "DELETE FROM care_undo_request"):
        with pytest.raises(DBAPIError, match="care_undo_request"), session.begin_nested():
            session.execute(text(statement))


_SWAPPED = (
    "asked_by_user_id = :other, state = 'agreed', answered_at = asked_at,"
    " answered_by_user_id = :counter"
)


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        ("asked_by_user_id = :other, asked_by = '刘艳'", "care_undo_request_told"),
        ("id = id + 1000", "care_undo_request_told"),
        ("reason = 'x'", "care_undo_request_told"),
        # Whoever asked would agree under the name of who did not.
        (_SWAPPED, "care_undo_request_told"),
    ],
)
def test_what_was_asked_and_by_whom_stays(session: Session, edit: str, refusal: str) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    asked_by_the_counter(session, desk)

    with pytest.raises(DBAPIError, match=refusal), session.begin_nested():
        session.execute(
            text(f"UPDATE care_undo_request SET {edit}"),
            {"other": other.user_id, "counter": desk.counter.user_id},
        )


def test_no_request_is_born_answered_nor_written_over(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    asked = asked_by_the_counter(session, desk)
    row = session.execute(
        select(CareUndoRequest.__table__).where(CareUndoRequest.id == asked.id)
    ).one()
    facts = dict(row._mapping)
    born = {"state": "agreed", "answered_by_user_id": other.user_id, "answered_at": clock.now()}
    with pytest.raises(DBAPIError, match="care_undo_request_begins"), session.begin_nested():
        session.execute(insert(CareUndoRequest).values(facts | born | {"id": asked.id + 1}))

    if session.get_bind().dialect.name == "sqlite":
        over = insert(CareUndoRequest).prefix_with("OR REPLACE").values(facts)
        with pytest.raises(DBAPIError, match="care_undo_request_kept"), session.begin_nested():
            session.execute(over)
    else:
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text("TRUNCATE care_undo_request"))


def test_an_answer_that_comes_too_late_is_refused(session: Session) -> None:
    desk = make_desk(session)
    other = make_colleague(session, desk)
    asked = asked_by_the_counter(session, desk)

    close_today(session, desk, other)
    with pytest.raises(till_errors.DayClosedError):
        agree(session, desk.admin, asked)
    with clock.fixed_at(clock.now() + timedelta(days=7, minutes=1)):
        assert list(queries.waiting(session, actor=other, centre_id=desk.centre.id)) == []
        with pytest.raises(errors.UndoWindowError):
            agree(session, desk.admin, asked)
    assert left(session, desk) == 540
