"""Visitors on statements: served to people of other communities, undone in a later month."""

from datetime import date

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import make_service
from tests.make.neighbours import House, agree, earn, make_houses
from tests.make.settlements import noon
from tests.make.tills import make_clerk, second
from timebank.care.queries import settlement_books
from timebank.care.queries import settlements as queries
from timebank.care.rules.desk import CentreKind, Wanted
from timebank.care.rules.settlements import LineKind
from timebank.care.service import catalogue, settlements, visitors
from timebank.care.verify import settlements as verify
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import clearing_transfers as transfers
from timebank.volunteering.service import clearing_sending

SERVED_ON, NOVEMBER, DECEMBER = date(2026, 11, 28), date(2026, 11, 1), date(2026, 12, 1)


def _code(session: Session, house: House, other: House) -> str:
    made = clearing_sending.take_along(
        session, actor=house.member, key=ids.new_id(), community_id=other.id, minutes=60
    )
    return transfers.transfer(
        session, community_id=house.id, transfer_id=made, person_id=house.person.id
    ).code


def _finance(session: Session, house: House) -> Actor:
    return make_actor(
        session, community_id=house.id, roles=(("finance", "community", None),), name="周会计"
    )


def test_visits_stand_on_statements_and_are_taken_back_on_a_later_one(session: Session) -> None:
    with clock.fixed_at(noon(SERVED_ON)):
        here, there = make_houses(session)
        agree(session, here, there)
        earn(session, here, 200)
        centre = catalogue.add_centre(
            session, actor=there.admin, name="老年食堂", kind=CentreKind.CANTEEN, address="1号楼"
        )
        lunch = make_service(session, there.admin, centre_id=centre.id)
        counter = make_actor(
            session, community_id=there.id, roles=(("counter", "centre", centre.id),), name="何萍"
        )
        kept, gone = (
            visitors.serve_visitor(
                session,
                actor=counter,
                centre_id=centre.id,
                code=_code(session, here, there),
                wanted=[Wanted(lunch.id, 1)],
            )
            for _ in range(2)
        )
        office = _finance(session, there)
    with clock.fixed_at(noon(date(2026, 12, 1))):
        november = settlements.draw_up(
            session, actor=there.admin, centre_id=centre.id, month_on=NOVEMBER
        )
        settlements.approve(session, actor=office, settlement_id=november.id)
        visitors.undo_visit(
            session,
            actor=counter,
            transfer_id=gone.transfer_id,
            reason="点错",
            second=second(make_clerk(session, there.id, centre.id)),
        )
    with clock.fixed_at(noon(date(2027, 1, 2))):
        december = settlements.draw_up(
            session, actor=there.admin, centre_id=centre.id, month_on=DECEMBER
        )
        settlements.approve(session, actor=office, settlement_id=december.id)
        after = queries.settlement(session, actor=office, settlement_id=december.id)

    lines = queries.lines(session, settlement_id=november.id).items
    assert [one.kind for one in lines] == [LineKind.VISIT, LineKind.VISIT]
    assert {one.slip_number for one in lines} == {kept.slip_number, gone.slip_number}
    assert (november.minutes, november.amount_fen) == (120, 3000)
    (back,) = queries.lines(session, settlement_id=december.id).items
    assert (back.kind, back.minutes, back.amount_fen) == (LineKind.VISIT_UNDONE, -60, -1500)
    assert settlement_books.agreement(session, after).agrees
    assert list(verify.findings(session)) == []
