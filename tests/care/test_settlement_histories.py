"""Whatever happens at a counter over months: what is settled is what the books moved."""

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from tests.make.care import make_desk
from tests.make.settlements import MAY, make_manager, make_office, noon
from tests.make.tills import let_one_undo, lunch_for
from timebank.care.queries import settlement_books
from timebank.care.queries import settlements as queries
from timebank.care.rules.desk import RedemptionView
from timebank.care.rules.settlements import Outcome, SettlementView, month_after
from timebank.care.service import reversals, settlements
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts, periods


def test_settled_sums_are_the_postings_of_their_months(session: Session) -> None:
    random = Random(7)
    with clock.fixed_at(noon(MAY)):
        desk = make_desk(session, minutes=9000)
        let_one_undo(session, desk)
        manager, office = make_manager(session, desk), make_office(session, desk)
    slips: list[RedemptionView] = []
    month_on, minutes, due_fen = MAY, 0, 0
    for _ in range(3):
        day = month_on
        while day < month_after(month_on):
            with clock.fixed_at(noon(day)):
                _live(session, desk.counter, slips, random, lambda: lunch_for(session, desk))
            day += timedelta(days=random.randint(3, 6))
        with clock.fixed_at(noon(month_after(month_on))):
            view = settlements.draw_up(
                session, actor=manager, centre_id=desk.centre.id, month_on=month_on
            )
            standing = _settle(session, view, office, manager, random)
        beside = settlement_books.agreement(session, standing)
        assert beside.agrees, beside
        minutes, due_fen = minutes + standing.minutes, due_fen + standing.amount_fen
        assert minutes == _taken_in(session, desk.community_id, desk.centre.id, month_on)
        month_on = month_after(month_on)
    payable = accounts.account_id_within(
        session, community_id=desk.community_id, book="reserve", code=f"payable:{desk.centre.id}"
    )
    assert payable is not None
    assert accounts.balance(session, payable).posted == due_fen


def _live(
    session: Session, counter: Actor, slips: list[RedemptionView], random: Random, serve: object
) -> None:
    """Serve a lunch, and undo one of the last days now and then."""
    slips.append(serve())  # type: ignore[operator]
    near = [
        one for one in slips if one.slip_day is not None and (clock.today() - one.slip_day).days < 7
    ]
    if random.random() < 0.4:
        one = random.choice(near)
        slips.remove(one)
        reversals.undo_redemption(session, actor=counter, redemption_id=one.id, reason="点错了人")


def _settle(
    session: Session, view: SettlementView, office: Actor, manager: Actor, random: Random
) -> SettlementView:
    """Dispute some lines, answer them, and approve."""
    for line in queries.all_lines(session, settlement_id=view.id):
        if random.random() < 0.3:
            about: dict[str, Any] = {
                "session": session,
                "settlement_id": view.id,
                "line_id": line.id,
            }
            settlements.dispute_line(actor=office, reason="请再看看", **about)
            outcome = random.choice(list(Outcome))
            settlements.answer_dispute(actor=manager, outcome=outcome, answer="看过了", **about)
    return settlements.approve(session, actor=office, settlement_id=view.id)


def _taken_in(session: Session, community_id: int, centre_id: int, month_on: object) -> int:
    """Return what the book of hours says the centre took in until a month's end."""
    account_id = accounts.account_id_within(
        session, community_id=community_id, book="timebank", code=f"redeemed:{centre_id}"
    )
    assert account_id is not None
    day = month_after(month_on) - timedelta(days=1)  # type: ignore[arg-type]
    return periods.balances_on(session, [account_id], day)[account_id]
