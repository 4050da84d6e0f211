"""The manager's view of a centre: figures, the rows behind them, refusals that leave a trace."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.care.test_api import Caller
from tests.make.access import log_in, make_actor
from tests.make.care import BY_PIN, PIN, Desk, make_desk, make_member
from tests.make.settlements import make_manager, make_office, noon
from tests.make.slots import another, book_bath, make_bath
from tests.make.tills import let_one_undo, lunch_for
from timebank.care.errors.desk import (
    CapacityFullError,
    CentreNotFoundError,
    NotEnoughMinutesError,
    OwnServiceError,
    ServiceNotFoundError,
)
from timebank.care.errors.tills import DayMinutesError
from timebank.care.errors.vouchers import VoucherEndedError
from timebank.care.models.refusals import CareRefusal
from timebank.care.queries import overview as queries
from timebank.care.queries import overview_rows
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.rules.overview import FullDay, Refused, RowsOf
from timebank.care.service import (
    booking_ends,
    bookings,
    cards,
    company,
    redemptions,
    reversals,
    tills,
    voucher_uses,
    vouchers,
    waiting,
)
from timebank.care.service.vouchers import Terms
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id

MONDAY = date(2026, 6, 1)


def _view(session: Session, desk: Desk, actor: Actor | None = None, **asked: int) -> Any:
    return queries.overview(session, actor=actor or desk.admin, centre_id=desk.centre.id, **asked)


def _refused(
    session: Session, desk: Desk, person_id: int, quantity: int, error: type[DomainError]
) -> None:
    """Try something that is refused, and let its aftermath be written as the door does."""
    with pytest.raises(error) as refusal, session.begin_nested():
        redemptions.redeem(
            session,
            actor=desk.counter,
            key=new_id(),
            centre_id=desk.centre.id,
            person_id=person_id,
            wanted=[Wanted(desk.lunch.id, quantity)],
            proven=BY_PIN,
        )
    assert refusal.value.aftermath is not None
    refusal.value.aftermath(session)
    session.flush()


def test_figures_of_a_centre_add_up_and_open_to_their_slips(session: Session) -> None:
    with clock.fixed_at(noon(MONDAY)):
        desk = make_desk(session, minutes=3000)
        let_one_undo(session, desk)
        kept, gone = lunch_for(session, desk), lunch_for(session, desk)
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=gone.id, reason="点错了"
        )
    with clock.fixed_at(noon(MONDAY + timedelta(days=1))):
        on_paper = redemptions.redeem(
            session,
            actor=desk.counter,
            key=new_id(),
            centre_id=desk.centre.id,
            person_id=desk.member.id,
            wanted=[Wanted(desk.lunch.id, 2)],
            proven=Proven(signed_slip="K1"),
        )
        view = _view(session, desk)
        opened = {
            of: [
                one.id
                for one in queries.rows(
                    session, actor=desk.admin, centre_id=desk.centre.id, of=of, key=key
                ).items
            ]
            for of, key in (
                (RowsOf.HOUR, 12),
                (RowsOf.SERVICE, desk.lunch.id),
                (RowsOf.STAFF, desk.counter.user_id or 0),
                (RowsOf.STAFF_SIGNED, desk.counter.user_id or 0),
                (RowsOf.STAFF_VOIDED, desk.counter.user_id or 0),
                (RowsOf.STAFF_VOIDS, desk.counter.user_id or 0),
            )
        }
        mondays = queries.rows(
            session,
            actor=desk.admin,
            centre_id=desk.centre.id,
            of=RowsOf.HOUR,
            key=12,
            weekday=0,
        ).items

    (noon_load,) = view.hours
    assert (noon_load.hour, noon_load.by_weekday[:2], noon_load.peak) == (12, (2, 1), 2)
    (lunch,) = view.services
    assert (lunch.quantity, lunch.minutes, lunch.people) == (3, 180, 1)
    (clerk,) = view.staff
    assert (clerk.slips, clerk.signed, clerk.voided, clerk.voids) == (3, 1, 1, 1)
    every = [on_paper.id, gone.id, kept.id]
    assert opened == {
        RowsOf.HOUR: every,
        RowsOf.SERVICE: [on_paper.id, kept.id],
        RowsOf.STAFF: every,
        RowsOf.STAFF_SIGNED: [on_paper.id],
        RowsOf.STAFF_VOIDED: [gone.id],
        RowsOf.STAFF_VOIDS: [gone.id],
    }
    assert [one.id for one in mondays] == [gone.id, kept.id]


def test_refusals_are_kept_and_say_what_runs_short(session: Session) -> None:
    desk = make_desk(session, minutes=600, day_capacity=3)
    poor = make_member(session, desk.counter, name="王贵", minutes=30)
    cards.set_pin(session, actor=desk.counter, person_id=poor.id, pin=PIN, proven=Proven())
    _refused(session, desk, poor.id, 1, NotEnoughMinutesError)
    for _ in range(3):
        lunch_for(session, desk)
    _refused(session, desk, desk.member.id, 1, CapacityFullError)
    _refused(session, desk, desk.counter.person_id or 0, 1, OwnServiceError)

    view = _view(session, desk)

    (short,) = view.short
    assert (short.service_id, short.full_days, short.full_days_ahead) == (desk.lunch.id, 1, 0)
    assert short.refused == {Refused.MINUTES: 1, Refused.FULL: 1}
    (clerk,) = view.staff
    assert (clerk.slips, clerk.own_or_kin) == (3, 1)
    assert clerk.is_unusual(view.whole_staff)
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(delete(CareRefusal))
    assert session.scalar(select(func.count()).select_from(CareRefusal)) == 3


def _kept(session: Session, error: type[DomainError], act: Callable[[], object]) -> None:
    """Let an act be refused, and its aftermath be written as the door does."""
    with pytest.raises(error) as refusal, session.begin_nested():
        act()
    assert refusal.value.aftermath is not None
    refusal.value.aftermath(session)
    session.flush()


def test_refused_bookings_tables_and_vouchers_are_kept_and_open_to_their_rows(
    session: Session,
) -> None:
    desk = make_desk(session, minutes=60, day_capacity=2)
    poor = make_member(session, desk.counter, name="王贵", minutes=30)
    cards.set_pin(session, actor=desk.counter, person_id=poor.id, pin=PIN, proven=Proven())
    own = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
        name=desk.member.name,
    )

    def book(quantity: int) -> object:
        asked: dict[str, Any] = {"person_id": desk.member.id, "service_id": desk.lunch.id}
        return bookings.book(
            session, actor=own, key=new_id(), on_day=clock.today(), quantity=quantity, **asked
        )

    def sit(actor: Actor, *, beside: int | None) -> object:
        return company.redeem_table(
            session,
            actor=actor,
            key=new_id(),
            centre_id=desk.centre.id,
            wanted=[Wanted(desk.lunch.id, 1)],
            proofs={poor.id: BY_PIN, beside or 0: BY_PIN},
        )

    terms = Terms(desk.lunch.id, 5, clock.today() + timedelta(days=9))
    issue = partial(vouchers.issue, session, actor=own, key=new_id(), terms=terms, pin="508213")
    _kept(session, CapacityFullError, lambda: book(3))
    _kept(session, OwnServiceError, lambda: sit(desk.counter, beside=desk.counter.person_id))
    _kept(session, NotEnoughMinutesError, lambda: sit(desk.counter, beside=desk.member.id))
    _kept(session, NotEnoughMinutesError, lambda: issue(person_id=desk.member.id))

    asked: dict[str, Any] = {"actor": desk.admin, "centre_id": desk.centre.id}
    found = overview_rows.refusals(session, service_id=desk.lunch.id, **asked).items
    tried = overview_rows.refusals(session, user_id=desk.counter.user_id, **asked).items
    assert [(one.reason, one.person_id, one.is_own) for one in found] == [
        (Refused.MINUTES, desk.member.id, True),
        (Refused.MINUTES, poor.id, False),
        (Refused.FULL, desk.member.id, True),
    ]
    assert [(one.reason, one.is_own) for one in tried] == [(Refused.OWN_OR_KIN, True)]
    (short,) = _view(session, desk).short
    assert sum(short.refused.values()) == len(found)
    stranger = make_actor(
        session, community_id=desk.community_id, roles=(("centre_manager", "centre", 10**6),)
    )
    with pytest.raises(CentreNotFoundError):
        overview_rows.refusals(session, actor=stranger, centre_id=desk.centre.id)


def test_bookings_to_which_nobody_came_and_full_days_open_to_their_rows(session: Session) -> None:
    with clock.fixed_at(noon(MONDAY)):
        desk = make_desk(session, day_capacity=1)
        made = bookings.book(
            session,
            actor=desk.counter,
            key=new_id(),
            person_id=desk.member.id,
            service_id=desk.lunch.id,
            on_day=clock.today(),
        )
        asked: dict[str, Any] = {"actor": desk.admin, "centre_id": desk.centre.id}
        full = overview_rows.full_days(session, service_id=desk.lunch.id, **asked)
        assert full == [FullDay(MONDAY, 1)]
    with clock.fixed_at(noon(MONDAY + timedelta(days=1))):
        booking_ends.mark_no_show(session, actor=desk.counter, booking_id=made.id)
        missed = overview_rows.missed(session, service_id=desk.lunch.id, **asked)
        (service,) = _view(session, desk).no_shows

    assert [one.id for one in missed.items] == [made.id]
    assert service.missed == len(missed.items)


def test_regulars_who_stay_away_are_listed_and_nobody_else(session: Session) -> None:
    with clock.fixed_at(noon(MONDAY)):
        desk = make_desk(session, minutes=3000)
        for _ in range(3):
            lunch_for(session, desk)
        once = make_member(session, desk.counter, name="王贵")
        cards.set_pin(session, actor=desk.counter, person_id=once.id, pin=PIN, proven=Proven())
        lunch_for(session, desk, person_id=once.id)
    with clock.fixed_at(noon(MONDAY + timedelta(days=50))):
        (missed,) = _view(session, desk).unseen
        later = _view(session, desk, unseen_days=60).unseen
        lunch_for(session, desk)
        back = _view(session, desk).unseen

    assert (missed.person_id, missed.visits, missed.days_away) == (desk.member.id, 3, 50)
    assert "****" in missed.phone_masked or not missed.phone_masked
    assert later == back == ()


def test_a_manager_sees_their_own_centre_and_no_other(session: Session) -> None:
    desk, other = make_desk(session), make_desk(session, code="HB")
    manager = make_manager(session, desk)

    assert _view(session, desk, manager).centre_id == desk.centre.id
    for about in (other, desk):
        with pytest.raises(CentreNotFoundError):
            _view(session, about, manager if about is other else other.admin)
    with pytest.raises(CentreNotFoundError):
        queries.rows(session, actor=manager, centre_id=other.centre.id, of=RowsOf.STAFF, key=1)


def test_pages_and_programs_show_the_same(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    lunch_for(session, desk)
    manager, office = make_manager(session, desk), make_office(session, desk)
    session.commit()
    at, user_id = f"/care/centres/{desk.centre.id}/overview", desk.counter.user_id
    log_in(client, session, manager)

    page = client.get(f"{at}?days=30")
    rows = client.get(f"{at}/rows?of=staff&key={user_id}")

    assert "好久没来的老人" in page.text
    assert "孙*" in rows.text
    assert "孙秀英" not in rows.text
    assert client.get(f"{at}?days=31").status_code == 422
    caller = Caller(session, client, manager)
    told = caller.get(f"/care-centres/{desk.centre.id}/overview").json
    assert (told["slips"], told["staff"][0]["name"]) == (1, "赵敏")
    slips = caller.get(f"/care-centres/{desk.centre.id}/overview-slips?of=staff&key={user_id}")
    assert [one["total_minutes"] for one in slips.json["items"]] == [60]
    for actor in (
        office,
        desk.counter,
        make_actor(session, community_id=desk.community_id, roles=(("elder", "own", None),)),
    ):
        log_in(client, session, actor)
        assert client.get(at).status_code == 403


def test_minutes_of_the_day_used_up_are_a_refusal_at_the_counter_and_of_a_booking(
    session: Session,
) -> None:
    desk = make_desk(session)
    booked = bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today(),
    )
    tills.set_rules(
        session,
        actor=desk.admin,
        centre_id=desk.centre.id,
        person_day_minutes_max=90,
        undo_alone_minutes_max=480,
        may_sign_alone=False,
    )
    lunch_for(session, desk)

    _kept(session, DayMinutesError, lambda: lunch_for(session, desk))
    _kept(
        session,
        DayMinutesError,
        lambda: redemptions.redeem_booking(
            session, actor=desk.counter, key=new_id(), booking_id=booked.id, proven=BY_PIN
        ),
    )

    (short,) = _view(session, desk).short
    assert short.refused == {Refused.DAY_MINUTES: 2}
    found = overview_rows.refusals(
        session, actor=desk.admin, centre_id=desk.centre.id, service_id=desk.lunch.id
    ).items
    assert [one.reason for one in found] == [Refused.DAY_MINUTES] * 2


def test_full_slots_and_who_waits_in_line_run_short_as_well(
    session: Session, client: FlaskClient
) -> None:
    bath = make_bath(session)
    book_bath(session, bath)
    waiting.join(
        session,
        actor=bath.desk.counter,
        key=new_id(),
        person_id=another(session, bath.desk, "李桂兰").id,
        service_id=bath.service.id,
        on_day=bath.day,
        slot_id=bath.slot.id,
    )

    (short,) = _view(session, bath.desk).short

    assert (short.service_id, short.full_days, short.full_days_ahead) == (bath.service.id, 0, 1)
    assert short.waiting == 1
    asked: dict[str, Any] = {"actor": bath.desk.admin, "centre_id": bath.desk.centre.id}
    full = overview_rows.full_days(session, service_id=bath.service.id, **asked)
    assert full == [FullDay(bath.day, 1)]
    assert overview_rows.in_line(session, service_id=bath.service.id, **asked) == [(bath.day, 1)]
    with pytest.raises(ServiceNotFoundError):
        overview_rows.full_days(session, service_id=10**6, **asked)
    session.commit()
    log_in(client, session, bath.desk.admin)
    url = f"/care/centres/{bath.desk.centre.id}/overview"
    assert "在排候补" in client.get(url).text
    page = client.get(f"{url}/refusals?service_id={bath.service.id}").text
    assert "1 位在等" in page
    assert "1 份都有人了" in page


def test_a_voucher_shown_again_after_its_last_use_is_a_refusal(session: Session) -> None:
    desk = make_desk(session)
    terms = Terms(desk.lunch.id, 1, clock.today() + timedelta(days=9))
    made = vouchers.issue(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        terms=terms,
        pin="508213",
        proven=BY_PIN,
    )

    def show() -> object:
        facts: dict[str, Any] = {"centre_id": desk.centre.id, "code": made.code, "pin": "508213"}
        return voucher_uses.use(session, actor=desk.counter, key=new_id(), **facts)

    show()
    _kept(session, VoucherEndedError, show)

    (short,) = _view(session, desk).short
    assert short.refused == {Refused.VOUCHER: 1}
