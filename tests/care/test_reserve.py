"""The reserve beside the books: what is outstanding, what its money is, who notes and undoes."""

import io
from datetime import date
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from tests.care.test_api import Caller
from tests.make.access import log_in, make_actor
from tests.make.care import Desk, make_desk, make_member
from tests.make.settlements import JUNE, MAY, make_manager, make_office, noon
from tests.make.tills import let_one_undo, lunch_for
from timebank.care.errors import reserve as errors
from timebank.care.models.reserve import ReserveReceipt
from timebank.care.queries import reserve as queries
from timebank.care.rules.reserve import When
from timebank.care.rules.reserve_receipts import ReceiptView
from timebank.care.service import reserve as service
from timebank.care.service import reversals, settlements
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.ledger.queries import accounts
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.service import books
from timebank.volunteering.service import policy as rules_for_hours


def _received(
    session: Session, actor: Actor, *, fen: int = 100_000, document: str = "回单 1"
) -> ReceiptView:
    return service.receive(
        session,
        actor=actor,
        key=new_id(),
        received_on=clock.today(),
        amount_fen=fen,
        source="街道补贴",
        document=document,
    )


def _desk(session: Session) -> Desk:
    with clock.fixed_at(noon(MAY)):
        return make_desk(session, minutes=3000)


def test_money_is_what_the_book_holds_less_what_is_served(session: Session) -> None:
    desk = _desk(session)
    let_one_undo(session, desk)
    office, manager = make_office(session, desk), make_manager(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 30))):
        _received(session, office)
        first, second = lunch_for(session, desk), lunch_for(session, desk)
        assert queries.money(session, desk.community_id).unsettled_fen == 3000
    with clock.fixed_at(noon(JUNE)):
        drawn = settlements.draw_up(session, actor=manager, centre_id=desk.centre.id, month_on=MAY)
        drafted = queries.money(session, desk.community_id)
        settlements.approve(session, actor=office, settlement_id=drawn.id)
        approved = queries.money(session, desk.community_id)
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=first.id, reason="饭是坏的"
        )
        after = queries.money(session, desk.community_id)

    assert second.total_minutes == 60
    assert (drafted.drafted_fen, drafted.unsettled_fen, drafted.free_fen) == (3000, 0, 97_000)
    assert (approved.payable_fen, approved.drafted_fen, approved.free_fen) == (3000, 0, 97_000)
    assert (after.unsettled_fen, after.free_fen) == (-1500, 98_500)


def test_a_receipt_is_taken_back_by_another_once(session: Session) -> None:
    desk = make_desk(session)
    office = make_office(session, desk)
    noted = _received(session, office)
    with pytest.raises(errors.ReceiptKnownError):
        _received(session, office)
    with pytest.raises(errors.UndoesOwnReceiptError):
        service.undo_receipt(session, actor=office, receipt_id=noted.id, reason="记错了")
    second_login = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("finance", "community", None),),
        person_id=office.person_id,
        name="另一个账号",
    )
    with pytest.raises(errors.UndoesOwnReceiptError):
        service.undo_receipt(session, actor=second_login, receipt_id=noted.id, reason="记错了")
    undone = service.undo_receipt(
        session, actor=desk.admin, receipt_id=noted.id, reason="少写一个零"
    )
    assert undone.is_undone
    assert queries.money(session, desk.community_id).bank_fen == 0
    with pytest.raises(errors.ReceiptUndoneError):
        service.undo_receipt(session, actor=desk.admin, receipt_id=noted.id, reason="再来")
    again = _received(session, office, fen=1_000_000)
    assert queries.money(session, desk.community_id).bank_fen == 1_000_000
    with pytest.raises(errors.ReceiptNotFoundError):
        service.undo_receipt(
            session,
            actor=make_desk(session, code="HB").admin,
            receipt_id=again.id,
            reason="别的社区",
        )
    with pytest.raises(errors.ReceiptDayError):
        service.receive(
            session,
            actor=office,
            key=new_id(),
            received_on=date(2999, 1, 1),
            amount_fen=1,
            source="将来",
            document="2",
        )


def test_the_database_keeps_receipts(session: Session) -> None:
    desk = make_desk(session)
    noted = _received(session, make_office(session, desk))
    mine = ReserveReceipt.id == noted.id
    for act in (
        update(ReserveReceipt).where(mine).values(amount_fen=1),
        update(ReserveReceipt).where(mine).values(document="别的"),
        delete(ReserveReceipt).where(mine),
        update(ReserveReceipt)
        .where(mine)
        .values(
            reversal_entry_id=noted.entry_id,
            undo_reason="自己撤",
            undone_by_user_id=noted.noted_by_user_id,
            undone_at=clock.now(),
        ),
    ):
        with pytest.raises((DatabaseError, IntegrityError)), session.begin_nested():
            session.execute(act)
    assert not queries.receipt(
        session, community_id=desk.community_id, receipt_id=noted.id
    ).is_undone


def _rules(session: Session, desk: Desk, policy: Policy, day: date) -> None:
    """Bring rules for hours into force on a day."""
    second = make_actor(session, community_id=desk.community_id)
    number = rules_for_hours.draft_policy(session, actor=desk.admin, policy=policy, in_force_on=day)
    rules_for_hours.simulate_policy(session, actor=desk.admin, number=number)
    rules_for_hours.approve_policy(session, actor=second, number=number)


def test_minutes_stand_where_their_owners_age_puts_them(session: Session) -> None:
    desk = _desk(session)
    ages = {"甲": date(1960, 1, 1), "乙": date(1968, 6, 1), "丙": None, "丁": date(1990, 1, 1)}
    with clock.fixed_at(noon(MAY)):
        for name, born_on in ages.items():
            person = make_member(session, desk.counter, name=name, minutes=100)
            session.execute(update(Person).where(Person.id == person.id).values(born_on=born_on))
        session.execute(
            update(Person).where(Person.id == desk.member.id).values(born_on=date(1940, 1, 1))
        )
        books.open_hours(session, actor=desk.admin)
        plain = queries.view(session, community_id=desk.community_id).outstanding
        _rules(session, desk, Policy(redeem_age_min=60), MAY)
        aged = queries.view(session, community_id=desk.community_id).outstanding
    with clock.fixed_at(noon(JUNE)):
        _rules(session, desk, Policy(redeem_age_min=60, redeem_minutes_min=50), JUNE)
        earned = queries.view(session, community_id=desk.community_id).outstanding

    assert (plain.total, plain.of(When.NOW)) == (3400, 3400)
    assert {one: aged.of(one) for one in aged.whens} == {
        When.NOW: 3100,
        When.WITHIN_3: 100,
        When.LATER: 100,
        When.AGE_UNKNOWN: 100,
    }
    assert {one: earned.of(one) for one in earned.whens} == {When.TOO_LITTLE: 3400}
    assert [row.year for row in aged.rows] == [2026]


def test_what_is_outstanding_is_what_members_hold(session: Session) -> None:
    desk = _desk(session)
    with clock.fixed_at(noon(date(2026, 5, 5))):
        lunch_for(session, desk)
        view = queries.view(session, community_id=desk.community_id, percent=50, years=2)
    (book,) = [
        one for one in accounts.book_sums(session, desk.community_id) if one.code == "timebank"
    ]

    assert view.outstanding.total == book.bounded == 2940
    assert view.coverage_all is not None
    assert view.coverage_all.cost_fen == 2940 * 25
    assert view.stress is not None
    assert [one.minutes for one in view.stress.years] == [735, 735]


def test_a_year_without_slips_has_a_view_too(session: Session) -> None:
    desk = make_desk(session, minutes=0)

    view = queries.view(session, community_id=desk.community_id)

    assert view.outstanding.rows == ()
    assert view.coverage_all is not None
    assert view.coverage_all.usual is None
    assert view.forecast.months_left is None


def test_pages_show_note_and_undo(session: Session, client: FlaskClient) -> None:
    desk = _desk(session)
    office, manager = make_office(session, desk), make_manager(session, desk)
    with clock.fixed_at(noon(date(2026, 5, 5))):
        lunch_for(session, desk)
    session.commit()
    with clock.fixed_at(noon(JUNE)):
        log_in(client, session, office)
        told = {"received_on": "2026-06-01", "amount": "50,000.00", "source": "街道补贴"}
        assert client.post("/reserve/receipts", data=told).status_code == 422
        told["document"] = "回单 7"
        assert client.post("/reserve/receipts", data=told).status_code == 303
        shown = client.get("/reserve/receipts").text
        assert "¥50,000.00" in shown
        noted = queries.receipts(session, community_id=desk.community_id).items[0]
        undo = f"/reserve/receipts/{noted.id}/undo"
        assert client.post(undo, data={"reason": "记错了"}).status_code == 403
        page = client.get("/reserve?percent=50&years=2").text
        assert "第 2 年" in page
        assert "¥49,985.00" in page
        assert client.get("/reserve?percent=0").status_code == 422
        assert client.get("/reserve?years=11").status_code == 422
        book = client.get("/reserve/export.xlsx?percent=50&years=2")
        log_in(client, session, manager)
        assert client.get("/reserve").status_code == 200
        assert client.post("/reserve/receipts", data=told).status_code == 403
        log_in(client, session, desk.admin)
        assert client.post(undo, data={"reason": "记错了"}).status_code == 303
        log_in(client, session, desk.counter)
        assert client.get("/reserve").status_code == 403

    with ZipFile(io.BytesIO(book.data)) as inside:
        assert "压力测试" in inside.read("xl/workbook.xml").decode()
        assert "回单 7" in inside.read("xl/sharedStrings.xml").decode()


def test_programs_read_note_and_undo(session: Session, client: FlaskClient) -> None:
    desk = _desk(session)
    office = make_office(session, desk)
    with clock.fixed_at(noon(JUNE)):
        one, two = Caller(session, client, office), Caller(session, client, desk.admin)
        told = {
            "received_on": "2026-06-01",
            "amount_fen": 100_000,
            "source": "街道补贴",
            "document": "9",
        }
        made = one.send("/care-reserve-receipts", told)
        assert made.status_code == 201
        assert one.send("/care-reserve-receipts", told).status_code == 409
        found = one.get("/care-reserve?percent=10&years=1&price_on=2026-05-02").json
        at = f"/care-reserve-receipts/{made.json['id']}/undo"
        assert one.send(at, {"reason": "记错了"}).status_code == 403
        undone = two.send(at, {"reason": "记错了"}).json
        listed = two.get("/care-reserve-receipts").json["items"]

    assert found["money"]["free_fen"] == 100_000
    assert found["outstanding"]["total"] == 3000
    assert found["stress"]["minutes"] == 300
    assert found["assumption"]["version"] == 1
    assert undone["undo_reason"] == "记错了"
    assert [row["id"] for row in listed] == [made.json["id"]]
