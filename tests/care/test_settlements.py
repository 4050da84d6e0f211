"""The month's settlement: drawn from slips, disputed, approved by another, paid, then fixed."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make.care import Desk, make_desk
from tests.make.settlements import JULY, JUNE, MAY, make_manager, make_office, noon
from tests.make.tills import let_one_undo, lunch_for
from timebank.care.errors import settlements as errors
from timebank.care.models.settlements import Settlement, SettlementDispute, SettlementLine
from timebank.care.queries import settlement_books, settlement_sources
from timebank.care.queries import settlements as queries
from timebank.care.rules.settlements import Outcome, SettlementView
from timebank.care.service import reversals, settlements
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def _desk(session: Session) -> Desk:
    """A desk that is open since the first of May."""
    with clock.fixed_at(noon(MAY)):
        return make_desk(session, minutes=3000)


def _drawn(session: Session, desk: Desk, actor: Actor, month_on: date = MAY) -> SettlementView:
    return settlements.draw_up(session, actor=actor, centre_id=desk.centre.id, month_on=month_on)


def test_a_month_is_disputed_approved_by_another_and_paid(session: Session) -> None:
    desk = _desk(session)
    let_one_undo(session, desk)
    manager, office = make_manager(session, desk), make_office(session, desk)
    for day in (5, 6, 30):
        with clock.fixed_at(noon(date(2026, 5, day))):
            lunch_for(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 31))):
        spoiled = lunch_for(session, desk)
        gone = lunch_for(session, desk)
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=gone.id, reason="点错了人"
        )
        with pytest.raises(errors.MonthNotOverError):
            _drawn(session, desk, manager)
    with clock.fixed_at(noon(date(2026, 6, 2))):
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=spoiled.id, reason="饭是坏的"
        )
        may = _drawn(session, desk, manager)
        assert (may.line_count, may.minutes, may.amount_fen) == (4, 240, 6000)
        first, second, *_ = queries.lines(session, settlement_id=may.id).items
        about: dict[str, Any] = {"session": session, "settlement_id": may.id}
        settlements.dispute_line(actor=office, line_id=first.id, reason="那天食堂没开", **about)
        settlements.dispute_line(actor=office, line_id=second.id, reason="份数不对", **about)
        with pytest.raises(errors.LineDisputedError):
            settlements.dispute_line(actor=manager, line_id=first.id, reason="再说一次", **about)
        said: dict[str, Any] = {
            "line_id": first.id,
            "outcome": Outcome.STRUCK,
            "answer": "确实没开，不付",
        }
        with pytest.raises(errors.AnswersOwnDisputeError):
            settlements.answer_dispute(actor=office, **said, **about)
        with pytest.raises(errors.DisputesOpenError):
            settlements.approve(session, actor=office, settlement_id=may.id)
        settlements.answer_dispute(actor=manager, **said, **about)
        settlements.answer_dispute(
            actor=manager, line_id=second.id, outcome=Outcome.KEPT, answer="签名在", **about
        )
        with pytest.raises(errors.DisputeMissingError):
            settlements.answer_dispute(actor=manager, **said, **about)
        with pytest.raises(errors.NotApprovedError):
            _pay(session, office, may.id)
        with pytest.raises(errors.SettlementNotFoundError):
            settlements.approve(session, actor=manager, settlement_id=may.id)

        standing = settlements.approve(session, actor=office, settlement_id=may.id)
        paid = _pay(session, office, may.id)

    assert (standing.amount_fen, standing.struck_fen, standing.minutes) == (4500, 1500, 240)
    assert (paid.state, paid.paid_document) == ("paid", "20260602-117")
    beside = settlement_books.agreement(session, paid)
    assert beside.agrees
    assert (beside.booked_minutes, beside.booked_fen) == (240, 4500)
    late: list[tuple[type[Exception], Callable[[], object]]] = [
        (errors.AlreadyPaidError, lambda: _pay(session, office, may.id)),
        (
            errors.SettlementFixedError,
            lambda: settlements.approve(session, actor=desk.admin, settlement_id=may.id),
        ),
        (
            errors.SettlementFixedError,
            lambda: settlements.dispute_line(
                actor=office, line_id=first.id, reason="太晚了", **about
            ),
        ),
    ]
    for refused, act in late:
        with pytest.raises(refused):
            act()
    with clock.fixed_at(noon(JULY)):
        june = _drawn(session, desk, manager, JUNE)
    assert (june.line_count, june.minutes, june.amount_fen) == (1, -60, -1500)


def _pay(session: Session, office: Actor, settlement_id: int) -> SettlementView:
    return settlements.mark_paid(
        session,
        actor=office,
        settlement_id=settlement_id,
        paid_on=date(2026, 6, 2),
        document="20260602-117",
    )


def test_who_drew_it_up_does_not_approve_it_and_months_follow_each_other(
    session: Session,
) -> None:
    desk = _desk(session)
    office = make_office(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 5))):
        lunch_for(session, desk)
    with clock.fixed_at(noon(date(2026, 8, 1))):
        may = _drawn(session, desk, office)
        with pytest.raises(errors.ApprovesOwnSettlementError):
            settlements.approve(session, actor=office, settlement_id=may.id)
        with pytest.raises(errors.EarlierMonthOpenError):
            _drawn(session, desk, office, JUNE)
        with pytest.raises(errors.MonthOrderError):
            _drawn(session, desk, office, JULY)
        settlements.approve(session, actor=desk.admin, settlement_id=may.id)
        empty = _drawn(session, desk, office, JUNE)
        assert (empty.line_count, empty.amount_fen) == (0, 0)
        settlements.approve(session, actor=desk.admin, settlement_id=empty.id)
        with pytest.raises(errors.NothingToPayError):
            settlements.mark_paid(
                session,
                actor=office,
                settlement_id=empty.id,
                paid_on=clock.today(),
                document="无",
            )
        (due,) = settlement_sources.next_months(session, actor=office)
        assert (due.month_on, due.may_draw) == (JULY, True)
        with pytest.raises(errors.SettlementNotFoundError):
            settlements.draw_up(session, actor=office, centre_id=10**9, month_on=JULY)
        with pytest.raises(errors.PaymentDayError):
            settlements.mark_paid(
                session, actor=office, settlement_id=may.id, paid_on=MAY, document="1"
            )


def test_what_was_struck_is_not_taken_off_again_when_its_slip_is_undone(session: Session) -> None:
    desk = _desk(session)
    let_one_undo(session, desk)
    manager, office = make_manager(session, desk), make_office(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 31))):
        wrong = lunch_for(session, desk)
    with clock.fixed_at(noon(date(2026, 6, 1))):
        may = _drawn(session, desk, manager)
        (line,) = queries.lines(session, settlement_id=may.id).items
        about: dict[str, Any] = {"session": session, "settlement_id": may.id, "line_id": line.id}
        settlements.dispute_line(actor=office, reason="没有这顿饭", **about)
        settlements.answer_dispute(actor=manager, outcome=Outcome.STRUCK, answer="记错了", **about)
        settlements.approve(session, actor=office, settlement_id=may.id)
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=wrong.id, reason="没有这顿饭"
        )
    with clock.fixed_at(noon(JULY)):
        june = _drawn(session, desk, manager, JUNE)
    assert (june.minutes, june.amount_fen) == (-60, 0)
    assert settlement_books.agreement(session, june).agrees


def test_a_slip_written_while_its_month_was_drawn_up_stands_on_the_next(session: Session) -> None:
    desk = _desk(session)
    manager, office = make_manager(session, desk), make_office(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 31))):
        lunch_for(session, desk)
    with clock.fixed_at(noon(JUNE)):
        may = _drawn(session, desk, manager)
        settlements.approve(session, actor=office, settlement_id=may.id)
    with clock.fixed_at(noon(date(2026, 5, 31))):
        lunch_for(session, desk)
    with clock.fixed_at(noon(JULY)):
        june = _drawn(session, desk, manager, JUNE)
    assert (may.line_count, june.line_count, june.amount_fen) == (1, 1, 1500)


def test_the_database_keeps_what_was_approved(session: Session) -> None:
    desk = _desk(session)
    manager, office = make_manager(session, desk), make_office(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 5))):
        lunch_for(session, desk)
        lunch_for(session, desk)
    with clock.fixed_at(noon(JUNE)):
        may = _drawn(session, desk, manager)
        line, other = queries.lines(session, settlement_id=may.id).items
        about: dict[str, Any] = {"session": session, "settlement_id": may.id, "line_id": line.id}
        _refused(
            session, update(SettlementLine).values(amount_fen=1), "append-only|permission denied"
        )
        _refused(session, update(Settlement).values(month_on=JUNE), "care_settlement_fixed")
        _refused(session, delete(Settlement), "care_settlement_stays|permission denied")
        settlements.dispute_line(actor=office, reason="不对", **about)
        settlements.answer_dispute(actor=manager, outcome=Outcome.KEPT, answer="对的", **about)
        _refused(session, update(SettlementDispute).values(answer="改"), "care_dispute_kept")
        _refused(session, delete(SettlementDispute), "care_dispute_stays|permission denied")
        settlements.approve(session, actor=office, settlement_id=may.id)
    for values, name in (
        ({"amount_fen": 1}, "care_settlement_approved"),
        ({"state": "drafted"}, "care_settlement_steps"),
    ):
        _refused(session, update(Settlement).values(**values), name)
    late = SettlementDispute(
        community_id=desk.community_id,
        settlement_id=may.id,
        line_id=other.id,
        reason="太晚了",
        raised_by="某人",
        raised_at=clock.now(),
    )
    session.add(late)
    with pytest.raises(DatabaseError, match="care_dispute_late"):
        session.flush()


def _refused(session: Session, statement: object, name: str) -> None:
    """See that the database refuses a statement by name."""
    session.flush()
    with pytest.raises(DatabaseError, match=name), session.begin_nested():
        session.execute(statement)  # type: ignore[call-overload]
    session.expire_all()
