"""The proof of care names every row of settlements, vouchers and the reserve that was changed."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.make.care import make_desk
from tests.make.settlements import JULY, JUNE, MAY, make_manager, make_office, noon
from tests.make.tills import let_one_undo, lunch_for
from timebank.care.service import reserve, reversals, settlements
from timebank.care.verify import settlements as verify
from timebank.kernel import clock
from timebank.kernel.ids import new_id

_BACK = (
    "UPDATE redemption SET state = 'captured', reversal_entry_id = NULL, undo_day = NULL,"
    " undo_till_id = NULL WHERE state = 'undone'"
)
# Which statement is changed behind the service's back, and which tables the proof then names.
CHANGES = (
    ("UPDATE care_settlement SET minutes = minutes + 1 WHERE month_no % 12 = 4", "sums"),
    ("UPDATE care_settlement SET amount_fen = amount_fen + 1 WHERE month_no % 12 = 4", "sums"),
    ("UPDATE care_settlement SET line_count = 9 WHERE month_no % 12 = 4", "sums"),
    ("UPDATE care_settlement_line SET amount_fen = 1 WHERE kind = 'served'", "slip's line"),
    ("UPDATE care_settlement_line SET quantity = 2 WHERE kind = 'served'", "slip's line"),
    (_BACK, "undone"),
    ("DELETE FROM care_settlement_line WHERE number = 1 AND kind = 'served'", "stands on"),
    ("UPDATE care_reserve_receipt SET amount_fen = 1", "reserve's book"),
)  # fmt: skip


def test_what_is_right_has_no_findings_and_what_is_changed_is_named(
    session: Session, engine_name: str
) -> None:
    with clock.fixed_at(noon(MAY)):
        desk = make_desk(session, minutes=3000)
        let_one_undo(session, desk)
        manager, office = make_manager(session, desk), make_office(session, desk)
        reserve.receive(
            session,
            actor=office,
            key=new_id(),
            received_on=MAY,
            amount_fen=100_000,
            source="街道",
            document="1",
        )
    with clock.fixed_at(noon(date(2026, 5, 30))):
        lunch_for(session, desk)
        gone = lunch_for(session, desk)
    for month_on, day in ((MAY, JUNE), (JUNE, JULY)):
        with clock.fixed_at(noon(day)):
            drawn = settlements.draw_up(
                session, actor=manager, centre_id=desk.centre.id, month_on=month_on
            )
            settlements.approve(session, actor=office, settlement_id=drawn.id)
            if month_on == MAY:
                reversals.undo_redemption(
                    session, actor=desk.counter, redemption_id=gone.id, reason="饭是坏的"
                )
    assert list(verify.findings(session)) == []
    assert list(verify.findings(session, 10**9)) == []
    if engine_name == "postgresql":
        return  # there the application may change none of it
    for (name,) in session.execute(
        text(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND"
            " tbl_name IN ('redemption', 'care_settlement', 'care_settlement_line',"
            " 'care_reserve_receipt')"
        )
    ).all():
        session.execute(text(f"DROP TRIGGER {name}"))
    for change, said in CHANGES:
        with session.begin_nested() as tried:
            session.execute(text(change))
            session.expire_all()
            found = list(verify.findings(session, desk.community_id))
            assert any(said in one.rule for one in found), change
            assert {one.community_id for one in found} == {desk.community_id}
            tried.rollback()
        session.expire_all()
    assert list(verify.findings(session)) == []
