"""Serving without network: signed once, uploaded any number of times, charged once, never lost."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, Desk, give_minutes, make_desk, make_member
from tests.make.tills import (
    close_today,
    kinds,
    let_one_undo,
    lunch_for,
    make_colleague,
    make_device,
    make_token,
    used,
)
from timebank.care.errors import desk as errors
from timebank.care.errors import offline as offline_errors
from timebank.care.models.desk import CarePersonDay
from timebank.care.models.offline import OfflineUse
from timebank.care.models.slips import Redemption
from timebank.care.queries import day_close as close_queries
from timebank.care.queries import offline as queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import offline as rules
from timebank.care.rules.desk import Proven, RedemptionView, Wanted
from timebank.care.service import (
    bookings,
    offline_decisions,
    offline_devices,
    offline_keys,
    offline_tokens,
    offline_uses,
    paper_slips,
    reversals,
)
from timebank.care.service.offline_devices import Registered
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.ledger.queries import entries as ledger_entries
from timebank.volunteering.queries import passbook


def available(session: Session, desk: Desk) -> int:
    return passbook.balance(
        session, community_id=desk.community_id, person_id=desk.member.id
    ).available


def test_a_token_says_what_was_signed_and_no_sign_of_it_may_change(session: Session) -> None:
    desk = make_desk(session)
    token = make_token(session, desk)
    keys = queries.public_keys(session, desk.community_id)

    def read(code: str) -> rules.Payload | None:
        return rules.read(code, is_signed=lambda *asked: offline_keys.is_signed(keys, *asked))

    payload = read(token.text.lower())
    assert payload is not None
    assert (payload.person_id, payload.minutes, payload.name) == (desk.member.id, 60, "孙*英")
    assert len(token.text) < 200
    for at in (1, 20, 60, 120):
        other = "A" if token.text[at] != "A" else "B"
        assert read(token.text[:at] + other + token.text[at + 1 :]) is None
    assert read("T" + token.text[1:]) is None
    assert read("V") is None


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 8))
def test_a_wrong_digit_of_a_slips_number_is_noticed(digits: str, at: int) -> None:
    right = digits + rules.check_sign(digits)
    wrong = right[:at] + str((int(right[at]) + 1) % 10) + right[at + 1 :]

    assert rules.check_sign(wrong[:-1]) != wrong[-1]


def test_what_was_served_offline_is_charged_once_however_often_it_comes(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    device, token = make_device(session, desk), make_token(session, desk)
    use = used(device, token.text)
    asked: dict[str, Any] = {"actor": desk.counter, "device_id": device.device.id}
    assert available(session, desk) == 600

    first = offline_uses.take_in(session, uses=[use], **asked)
    again = offline_uses.take_in(session, uses=[use, use], **asked)

    assert kinds(first) == ["charged"]
    assert again == [first[0], first[0]]
    assert available(session, desk) == 540
    made = redemption_queries.redemption_of(session, first[0].redemption_id or 0)
    assert (made.proof, made.served_on, made.total_minutes) == ("voucher", clock.today(), 60)
    with pytest.raises(offline_errors.UseChangedError):
        offline_uses.take_in(session, uses=[replace(use, number=7)], **asked)
    with pytest.raises(DBAPIError, match="care_offline_use_settled"), session.begin_nested():
        session.execute(text("UPDATE care_offline_use SET state = 'conflict'"))
    reversals.undo_redemption(
        session, actor=desk.counter, redemption_id=made.id, reason="老人没有吃"
    )
    assert available(session, desk) == 600


def test_what_cannot_be_booked_is_kept_with_its_reason(session: Session) -> None:
    """Each conflict by its name; nothing of it is charged."""
    desk = make_desk(session, minutes=130)
    device = make_device(session, desk, minutes_max=600, uses_max=9)
    good, lost = make_token(session, desk), make_token(session, desk)
    offline_tokens.revoke_token(session, actor=desk.counter, token_id=lost.id, reason="丢了")
    yesterday = clock.now() - timedelta(days=1)
    rich = [make_token(session, desk), make_token(session, desk)]
    uses = [
        used(device, good.text),
        used(device, good.text, number=2),
        used(device, lost.text, number=3),
        used(device, good.text[:-4] + "AAAA", number=4),
        used(device, rich[0].text, at=yesterday, number=5),
        replace(used(device, rich[0].text, number=6), mac="00"),
        used(device, rich[0].text, number=7),
        used(device, rich[1].text, number=8),
    ]

    found = offline_uses.take_in(session, actor=desk.counter, device_id=device.device.id, uses=uses)

    assert kinds(found) == [
        *("charged", "already_used", "paper_revoked", "unknown", "expired", "device", "charged"),
        "over_balance",
    ]
    assert available(session, desk) == 10
    page = queries.uses(session, actor=desk.admin, is_open=True)
    assert len(page.items) == 6
    with pytest.raises(DBAPIError, match="care_offline_use_kept"), session.begin_nested():
        session.execute(text("DELETE FROM care_offline_use"))


def test_a_device_serves_no_more_than_its_allowance_nor_after_its_end(session: Session) -> None:
    desk = make_desk(session)
    device = make_device(session, desk, minutes_max=100, uses_max=9)
    asked: dict[str, Any] = {"actor": desk.counter, "device_id": device.device.id}
    uses = [used(device, make_token(session, desk).text, number=one) for one in (1, 2)]
    assert kinds(offline_uses.take_in(session, uses=uses, **asked)) == ["charged", "over_allowance"]

    with clock.fixed_at(clock.now() + timedelta(minutes=1)):
        offline_devices.revoke_device(session, actor=desk.admin, device_id=device.device.id)
        after = clock.now() + timedelta(seconds=1)
        late = used(device, make_token(session, desk).text, at=after, number=3)
        found = offline_uses.take_in(session, uses=[late], **asked)
    assert kinds(found) == ["device"]
    assert found[0].detail == "revoked"
    with pytest.raises(offline_errors.DeviceNotFoundError):
        offline_devices.bundle(session, actor=desk.counter, device_id=device.device.id)
    with pytest.raises(offline_errors.DeviceDaysError):
        offline_devices.register_device(
            session,
            actor=desk.admin,
            till_id=device.device.till_id,
            name="x",
            minutes_max=1,
            uses_max=1,
            expires_on=clock.today() - timedelta(days=1),
        )


NOON = clock.at_local(date(2026, 6, 16), time(12))


def brought(session: Session, desk: Desk, device: Registered, use: rules.Use) -> RedemptionView:
    """Return the slip of a use that is brought in."""
    found = offline_uses.take_in(
        session, actor=desk.counter, device_id=device.device.id, uses=[use]
    )
    assert kinds(found) == ["charged"]
    return redemption_queries.redemption_of(session, found[0].redemption_id or 0)


def test_a_late_upload_stands_on_the_day_it_was_served_while_that_is_open(
    session: Session,
) -> None:
    with clock.fixed_at(NOON):
        desk = make_desk(session)
        device, token = make_device(session, desk), make_token(session, desk)
        use = used(device, token.text)
    with clock.fixed_at(NOON + timedelta(days=2)):
        made = brought(session, desk, device, use)

    assert (made.slip_day, made.served_on) == (NOON.date(), NOON.date())
    served = close_queries.figures(session, till_id=made.till_id, day=NOON.date())
    assert (served.slips, served.minutes) == (1, 60)
    assert close_queries.late_slips(session, till_id=made.till_id, day=NOON.date()) == []
    # The minutes move when it is entered: they may have been earned since.
    entry_id = session.scalars(select(Redemption.entry_id)).one()
    assert entry_id is not None
    assert ledger_entries.entry(session, entry_id).effective_on == date(2026, 6, 18)


def test_a_late_upload_of_a_closed_day_stands_on_the_next_open_one_and_says_so(
    session: Session,
) -> None:
    with clock.fixed_at(NOON):
        desk = make_desk(session)
        other = make_colleague(session, desk)
        device = make_device(session, desk)
        uses = [used(device, make_token(session, desk).text, number=one) for one in (1, 2)]
        closed = close_today(session, desk, other)
        at_once = brought(session, desk, device, uses[0])
    with clock.fixed_at(NOON + timedelta(days=2)):
        later = brought(session, desk, device, uses[1])

    tomorrow, after = (NOON.date() + timedelta(days=one) for one in (1, 2))
    assert [(one.slip_day, one.served_on) for one in (at_once, later)] == [
        (tomorrow, NOON.date()),
        (after, NOON.date()),
    ]
    assert close_queries.close(session, actor=desk.counter, close_id=closed.id) == closed
    asked: dict[str, Any] = {"till_id": closed.till_id}
    on_its_day = close_queries.late_slips(session, day=NOON.date(), **asked)
    assert [one.slip_day for one in on_its_day] == [tomorrow, after]
    assert close_queries.late_slips(session, day=after, **asked) == on_its_day[1:]


def test_nothing_is_added_to_a_month_that_is_over(session: Session) -> None:
    last = clock.at_local(date(2026, 6, 30), time(12))
    with clock.fixed_at(last):
        desk = make_desk(session)
        device = make_device(session, desk)
        use = used(device, make_token(session, desk).text)
    with clock.fixed_at(last + timedelta(days=1)):
        made = brought(session, desk, device, use)

    assert (made.slip_day, made.served_on) == (date(2026, 7, 1), date(2026, 6, 30))


def test_what_comes_late_counts_for_the_share_of_the_day_on_which_it_was_served(
    session: Session,
) -> None:
    with clock.fixed_at(NOON):
        desk = make_desk(session)
        let_one_undo(session, desk)
        device = make_device(session, desk)
        lunch_for(session, desk)
        texts = [make_token(session, desk).text for _ in range(3)]
        uses = [used(device, one, number=at) for at, one in enumerate(texts, start=1)]
    with clock.fixed_at(NOON + timedelta(days=1)):
        found = offline_uses.take_in(
            session, actor=desk.counter, device_id=device.device.id, uses=uses
        )
        assert kinds(found) == ["charged", "charged", "refused"]
        assert found[2].detail == "day_limit"
        assert available(session, desk) == 420
        reversals.undo_redemption(
            session,
            actor=desk.counter,
            redemption_id=found[0].redemption_id or 0,
            reason="记错了人",
        )
        taken = select(CarePersonDay.on_day, CarePersonDay.taken)
        assert [tuple(row) for row in session.execute(taken)] == [(NOON.date(), 2)]


def test_tomorrows_bookings_are_signed_once_and_pay_from_their_hold(session: Session) -> None:
    desk = make_desk(session, minutes=60)
    tomorrow = clock.today() + timedelta(days=1)
    bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=tomorrow,
    )
    sheet: dict[str, Any] = {"actor": desk.counter, "centre_id": desk.centre.id, "on_day": tomorrow}
    tokens = offline_tokens.issue_for_bookings(session, **sheet)
    assert offline_tokens.issue_for_bookings(session, **sheet) == tokens
    assert len(tokens) == 1
    device = make_device(session, desk)

    with clock.fixed_at(clock.now() + timedelta(days=1)):
        found = offline_uses.take_in(
            session,
            actor=desk.counter,
            device_id=device.device.id,
            uses=[used(device, tokens[0].text)],
        )

    assert kinds(found) == ["charged"]
    balance = passbook.balance(session, community_id=desk.community_id, person_id=desk.member.id)
    assert (balance.posted, balance.held) == (0, 0)


def test_a_conflict_becomes_a_debt_by_name_or_is_borne_when_two_agree(session: Session) -> None:
    desk = make_desk(session, minutes=60)
    device = make_device(session, desk)
    second_admin = make_actor(session, community_id=desk.community_id, name="周文")
    texts = [make_token(session, desk).text for _ in range(3)]
    uses = [used(device, one, number=at) for at, one in enumerate(texts, start=1)]
    unknown = used(device, texts[0][:-4] + "AAAA", number=4)
    found = offline_uses.take_in(
        session, actor=desk.counter, device_id=device.device.id, uses=[*uses, unknown]
    )
    assert kinds(found) == ["charged", "over_balance", "over_balance", "unknown"]
    say: dict[str, Any] = {"actor": desk.admin, "note": "老人下周补上"}

    owed = offline_decisions.owe(session, use_id=found[1].id, **say)
    assert owed.state == "debt"
    with pytest.raises(offline_errors.UseSettledError):
        offline_decisions.owe(session, use_id=found[1].id, **say)
    with pytest.raises(offline_errors.NobodyOwesError):
        offline_decisions.owe(session, use_id=found[3].id, **say)

    offline_decisions.propose_write_off(session, use_id=found[2].id, **say)
    with pytest.raises(offline_errors.SecondDecisionError):
        offline_decisions.agree_write_off(session, actor=desk.admin, use_id=found[2].id)
    offline_decisions.decline_write_off(session, actor=second_admin, use_id=found[2].id)
    offline_decisions.propose_write_off(session, use_id=found[2].id, **say)
    done = offline_decisions.agree_write_off(session, actor=second_admin, use_id=found[2].id)
    assert (done.state, done.decided_by, done.second_by) == ("written_off", "高洁", "周文")
    with pytest.raises(offline_errors.UseNotFoundError):
        offline_decisions.owe(session, actor=desk.counter, use_id=found[3].id, note="x")


def test_paper_slips_are_numbered_and_each_is_entered_once(session: Session) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=1)):
        desk = make_desk(session)
        friend = make_member(session, desk.counter, name="李国栋")
    printed = paper_slips.print_slips(
        session, actor=desk.counter, centre_id=desk.centre.id, count=3
    )
    more = paper_slips.print_slips(session, actor=desk.counter, centre_id=desk.centre.id, count=1)
    assert [one.code[:-2][-6:] for one in [*printed, *more]] == [
        *("000001", "000002", "000003", "000004"),
    ]
    yesterday = clock.today() - timedelta(days=1)
    asked: dict[str, Any] = {
        "actor": desk.counter,
        "wanted": [Wanted(desk.lunch.id, 1)],
        "served_on": yesterday,
        "person_id": desk.member.id,
    }

    made = paper_slips.enter_slip(
        session, key=new_id(), code=f" {printed[0].code.lower()} ", **asked
    )

    stands_on = yesterday if yesterday.month == clock.today().month else clock.today()
    assert (made.proof, made.served_on, made.slip_day) == ("signed", yesterday, stands_on)
    for person_id in (desk.member.id, friend.id):
        with pytest.raises(offline_errors.PaperSlipUsedError):
            paper_slips.enter_slip(
                session, key=new_id(), code=printed[0].code, **{**asked, "person_id": person_id}
            )
    paper_slips.spoil_slip(session, actor=desk.counter, code=printed[1].code, reason="撕了")
    with pytest.raises(offline_errors.PaperSlipUsedError):
        paper_slips.enter_slip(session, key=new_id(), code=printed[1].code, **asked)
    wrong = printed[2].code[:-1] + str((int(printed[2].code[-1]) + 1) % 10)
    with pytest.raises(offline_errors.PaperSlipNotFoundError):
        paper_slips.enter_slip(session, key=new_id(), code=wrong, **asked)
    with pytest.raises(offline_errors.PaperDayError):
        paper_slips.enter_slip(
            session,
            key=new_id(),
            code=printed[2].code,
            **{**asked, "served_on": clock.today() - timedelta(days=30)},
        )


def test_a_token_needs_the_elders_own_yes(session: Session) -> None:
    desk = make_desk(session)
    give_minutes(session, desk.admin, person_id=desk.member.id, minutes=60)
    asked: dict[str, Any] = {
        "actor": desk.counter,
        "centre_id": desk.centre.id,
        "person_id": desk.member.id,
        "service_id": desk.lunch.id,
        "quantity": 1,
        "last_on": clock.today(),
    }
    with pytest.raises(errors.WrongPinError):
        offline_tokens.issue_token(session, proven=Proven(pin="000111"), **asked)
    far: dict[str, Any] = {**asked, "last_on": clock.today() + timedelta(days=60)}
    with pytest.raises(offline_errors.TokenDaysError):
        offline_tokens.issue_token(session, proven=BY_PIN, **far)
    token = offline_tokens.issue_token(session, proven=BY_PIN, **asked)
    offline_tokens.revoke_token(session, actor=desk.counter, token_id=token.id, reason="不要了")
    with pytest.raises(offline_errors.TokenSpentError):
        offline_tokens.revoke_token(session, actor=desk.counter, token_id=token.id, reason="再来")
    with pytest.raises(DBAPIError, match="care_offline_token_spent"), session.begin_nested():
        session.execute(text("UPDATE care_offline_token SET state = 'issued', revoked_at = NULL"))


def test_the_debt_is_in_the_books(session: Session) -> None:
    desk = make_desk(session, minutes=0)
    device = make_device(session, desk)
    use = used(device, make_token(session, desk).text)
    found = offline_uses.take_in(
        session, actor=desk.counter, device_id=device.device.id, uses=[use]
    )
    offline_decisions.owe(session, actor=desk.admin, use_id=found[0].id, note="下周补上")

    entry_id = session.scalars(select(OfflineUse.entry_id)).one()
    assert entry_id is not None
    entry = ledger_entries.entry(session, entry_id)
    assert [(t.debit_code, t.credit_code, t.amount) for t in entry.transfers] == [
        (f"debt:{desk.member.id}", f"redeemed:{desk.centre.id}", 60)
    ]
