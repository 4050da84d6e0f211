"""Vouchers: set aside, used so often and no oftener, inside the family, within their days."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, Desk, make_desk, make_member, make_service
from tests.make.community import make_person
from tests.make.messages import codes_of
from tests.make.tills import let_one_undo
from timebank.care.errors import desk as desk_errors
from timebank.care.errors import vouchers as errors
from timebank.care.queries import vouchers as queries
from timebank.care.rules.desk import Proof, RedemptionView, may_become
from timebank.care.rules.vouchers import VOUCHER_ARROWS, VoucherState, VoucherView
from timebank.care.rules.weekdays import EVERY_DAY, mask_of
from timebank.care.service import promises, reversals, voucher_uses, vouchers
from timebank.care.service.vouchers import Terms
from timebank.care.verify import settlements as verify
from timebank.community.models import Kinship
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.ledger.rules.values import Balance
from timebank.volunteering.queries import passbook

VOUCHER_PIN = "508213"


def issue(
    session: Session, desk: Desk, *, uses: int = 2, days: int = 30, weekdays: int = EVERY_DAY
) -> VoucherView:
    terms = Terms(desk.lunch.id, uses, clock.today() + timedelta(days=days), weekdays)
    return vouchers.issue(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        terms=terms,
        pin=VOUCHER_PIN,
        proven=BY_PIN,
    )


def use(session: Session, desk: Desk, code: str, *, pin: str = VOUCHER_PIN) -> RedemptionView:
    return voucher_uses.use(
        session, actor=desk.counter, key=new_id(), centre_id=desk.centre.id, code=code, pin=pin
    )


def balance(session: Session, desk: Desk) -> Balance:
    return passbook.balance(session, community_id=desk.community_id, person_id=desk.member.id)


def elder(session: Session, desk: Desk) -> Actor:
    roles = (("elder", "own", None),)
    return make_actor(
        session, community_id=desk.community_id, roles=roles, person_id=desk.member.id
    )


def make_kin(session: Session, desk: Desk, name: str = "孙丽") -> int:
    relative = make_person(session, community_id=desk.community_id, name=name)
    session.add(
        Kinship(
            community_id=desk.community_id,
            person_id=desk.member.id,
            relative_id=relative.id,
            kind="child",
        )
    )
    session.flush()
    return relative.id


def test_a_voucher_holds_its_uses_and_each_use_takes_its_share(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk)
    held = balance(session, desk)

    slip = use(session, desk, made.printed_code)
    half = balance(session, desk)
    use(session, desk, made.qr_text.lower())

    assert (held.available, held.held) == (480, 120)
    assert (half.posted, half.available, half.held) == (540, 480, 60)
    assert (slip.proof, slip.total_minutes) == (Proof.PREPAID, 60)
    after = queries.voucher_of(session, community_id=desk.community_id, voucher_id=made.id)
    assert (after.state, after.left) == (VoucherState.USED, 0)
    with pytest.raises(errors.VoucherEndedError):
        use(session, desk, made.code)
    assert (balance(session, desk).posted, balance(session, desk).held) == (480, 0)


def test_the_same_key_issues_and_uses_once(session: Session) -> None:
    desk = make_desk(session)
    terms = Terms(desk.lunch.id, 3, clock.today())
    asked = {"actor": desk.counter, "key": new_id(), "person_id": desk.member.id, "terms": terms}
    first = vouchers.issue(session, pin=VOUCHER_PIN, proven=BY_PIN, **asked)  # type: ignore[arg-type]
    again = vouchers.issue(session, pin=VOUCHER_PIN, proven=BY_PIN, **asked)  # type: ignore[arg-type]
    key = new_id()
    slips = {
        voucher_uses.use(
            session,
            actor=desk.counter,
            key=key,
            centre_id=desk.centre.id,
            code=first.code,
            pin=VOUCHER_PIN,
        ).id
        for _ in range(2)
    }

    assert first == again
    assert len(slips) == 1
    with pytest.raises(desk_errors.KeyOfOtherRedemptionError):
        voucher_uses.use(
            session,
            actor=desk.counter,
            key=key,
            centre_id=desk.centre.id,
            code=issue(session, desk).code,
            pin=VOUCHER_PIN,
        )


def test_every_pair_of_state_and_command_does_as_the_arrows_say(session: Session) -> None:
    desk = make_desk(session)
    night = program(community_id=desk.community_id, name="care.end_vouchers")

    def end(how: str, one: VoucherView) -> object:
        if how == VoucherState.USED:
            return use(session, desk, one.code)
        if how == VoucherState.EXPIRED:
            with clock.fixed_at(clock.now() + timedelta(days=2)):
                if not vouchers.end_overdue(session, actor=night):
                    raise errors.VoucherEndedError
                return None
        return vouchers.cancel(session, actor=desk.counter, voucher_id=one.id, reason="丢了")

    ends = (VoucherState.USED, VoucherState.EXPIRED, VoucherState.CANCELLED)
    for first in (VoucherState.OPEN, *ends):
        for second in ends:
            with session.begin_nested() as undone:
                one = issue(session, desk, uses=1, days=0)
                if first != VoucherState.OPEN:
                    end(first, one)
                try:
                    end(second, one)
                    reached = True
                except DomainError:
                    reached = False
                assert reached == may_become(VOUCHER_ARROWS, first, second), (first, second)
                assert balance(session, desk).held == 0
                undone.rollback()


def test_what_was_not_used_goes_back_when_the_days_are_over(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk, uses=3, days=1)
    use(session, desk, made.code)

    with clock.fixed_at(clock.now() + timedelta(days=2)):
        vouchers.end_overdue_everywhere(session, {})

    after = queries.voucher_of(session, community_id=desk.community_id, voucher_id=made.id)
    assert (after.state, after.used) == (VoucherState.EXPIRED, 1)
    assert balance(session, desk).available == 540


def test_a_voucher_holds_on_its_days_of_the_week_only(session: Session) -> None:
    desk = make_desk(session)
    tomorrow = (clock.today() + timedelta(days=1)).weekday()
    made = issue(session, desk, weekdays=mask_of([tomorrow]))

    with pytest.raises(errors.VoucherDayError):
        use(session, desk, made.code)

    assert made.days == (tomorrow,)
    with clock.fixed_at(clock.now() + timedelta(days=1)):
        assert use(session, desk, made.code).total_minutes == 60


def test_a_wrong_digit_and_a_changed_signature_are_refused(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk)
    wrong = made.code[:-1] + str((int(made.code[-1]) + 1) % 10)
    forged = made.qr_text[:-1] + ("0" if made.qr_text[-1] != "0" else "1")

    for code in (wrong, forged, "", "Q", made.qr_text[:40]):
        with pytest.raises(errors.VoucherCodeError):
            use(session, desk, code)

    assert balance(session, desk).held == 120


def test_five_wrong_pins_lock_a_voucher(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk)
    for _ in range(5):
        with pytest.raises(errors.VoucherPinError) as refused:
            use(session, desk, made.code, pin="111222")
        assert refused.value.aftermath is not None
        refused.value.aftermath(session)

    with pytest.raises(errors.VoucherLockedError):
        use(session, desk, made.code)


def test_it_goes_from_hand_to_hand_inside_the_family_only(session: Session) -> None:
    desk = make_desk(session)
    made, owner = issue(session, desk), elder(session, desk)
    daughter, stranger = (
        make_kin(session, desk),
        make_person(session, community_id=desk.community_id, name="周强"),
    )

    with pytest.raises(errors.OutsideFamilyError):
        vouchers.hand_over(session, actor=owner, voucher_id=made.id, to_id=stranger.id)
    handed = vouchers.hand_over(session, actor=owner, voucher_id=made.id, to_id=daughter)

    assert handed.holder_name == "孙丽"
    assert use(session, desk, made.code).person_id == desk.member.id
    with pytest.raises(errors.NotVoucherOwnerError):
        vouchers.hand_over(session, actor=desk.counter, voucher_id=made.id, to_id=daughter)
    session.commit()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE care_voucher SET holder_id = :other"), {"other": stranger.id})


def test_at_the_counter_the_elder_says_yes(session: Session) -> None:
    desk = make_desk(session)
    terms = Terms(desk.lunch.id, 1, clock.today())
    asked = {"actor": desk.counter, "person_id": desk.member.id, "terms": terms}

    with pytest.raises(desk_errors.ProofMissingError):
        vouchers.issue(session, key=new_id(), pin=VOUCHER_PIN, **asked)  # type: ignore[arg-type]
    with pytest.raises(desk_errors.BadPinError):
        vouchers.issue(session, key=new_id(), pin="111111", proven=BY_PIN, **asked)  # type: ignore[arg-type]

    assert balance(session, desk).held == 0


def test_so_many_uses_and_days_and_no_more(session: Session) -> None:
    desk = make_desk(session)

    for uses, days in ((0, 1), (21, 1), (1, -1), (1, 181)):
        with pytest.raises((errors.VoucherUsesError, errors.VoucherTermError)):
            issue(session, desk, uses=uses, days=days)


def test_what_needs_a_booking_or_too_many_minutes_has_no_voucher(session: Session) -> None:
    desk = make_desk(session)
    bath = make_service(
        session, desk.admin, centre_id=desk.centre.id, name="助浴", needs_booking=True
    )
    owner = elder(session, desk)
    asked = {"actor": owner, "person_id": desk.member.id, "pin": VOUCHER_PIN}
    for service_id, uses, refusal in (
        (bath.id, 1, desk_errors.BookingNeededError),
        (desk.lunch.id, 11, desk_errors.NotEnoughMinutesError),
    ):
        terms, undone = Terms(service_id, uses, clock.today()), session.begin_nested()
        with pytest.raises(refusal):
            vouchers.issue(session, key=new_id(), terms=terms, **asked)  # type: ignore[arg-type]
        undone.rollback()
    assert balance(session, desk).held == 0


def test_another_residents_voucher_is_not_found(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk)
    other = make_member(session, desk.counter, name="钱伟")
    stranger = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=other.id,
    )

    with pytest.raises(errors.VoucherNotFoundError):
        vouchers.cancel(session, actor=stranger, voucher_id=made.id, reason="拿来")
    assert queries.vouchers_of(session, actor=stranger) == []


def test_an_undone_use_comes_back_while_the_voucher_runs(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    made = issue(session, desk)
    slips = [use(session, desk, made.code) for _ in range(made.uses)]
    held = balance(session, desk)
    for slip in slips:
        reversals.undo_redemption(
            session, actor=desk.counter, redemption_id=slip.id, reason="点错了人"
        )

    after = queries.voucher_of(session, community_id=desk.community_id, voucher_id=made.id)
    assert (after.state, after.used, after.kept_uses, after.left) == ("open", 2, 0, 2)
    assert balance(session, desk).available == held.available
    again = [use(session, desk, made.code) for _ in range(2)]
    ended = queries.voucher_of(session, community_id=desk.community_id, voucher_id=made.id)
    assert (ended.state, ended.used, len({one.id for one in again})) == ("used", 4, 2)
    with pytest.raises(errors.VoucherEndedError):
        use(session, desk, made.code)
    assert balance(session, desk) == held
    assert list(verify.findings(session)) == []


def test_an_undone_use_of_an_ended_voucher_gives_only_minutes_back(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    made = issue(session, desk)
    slip = use(session, desk, made.code)
    vouchers.cancel(session, actor=desk.counter, voucher_id=made.id, reason="不要了")

    reversals.undo_redemption(session, actor=desk.counter, redemption_id=slip.id, reason="点错了人")

    after = queries.voucher_of(session, community_id=desk.community_id, voucher_id=made.id)
    assert (after.state, after.returned, after.left) == ("cancelled", 0, 0)
    assert balance(session, desk).available == 600


WRONG = (
    "used = 3",
    "state = 'used', ended_at = issued_at",
    "ended_at = issued_at",
    "weekdays = 0",
    "uses = 21",
    "last_on = '2020-01-01'",
)


def test_the_database_refuses_what_the_rules_refuse(session: Session) -> None:
    desk = make_desk(session)
    issue(session, desk)
    session.commit()

    for wrong in WRONG:
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(f"UPDATE care_voucher SET {wrong}"))


def test_the_database_refuses_a_use_beyond_the_voucher(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk, uses=1)
    slip = use(session, desk, made.code)
    session.commit()
    row = {"community": desk.community_id, "voucher": made.id, "slip": slip.id}

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO care_voucher_use"
                " (community_id, voucher_id, number, redemption_id, used_on, used_at)"
                " SELECT community_id, voucher_id, 2, redemption_id + 1, used_on, used_at"
                " FROM care_voucher_use WHERE voucher_id = :voucher"
            ),
            row,
        )


def test_who_holds_a_voucher_is_told_a_week_before_it_ends(session: Session) -> None:
    desk = make_desk(session)
    made = issue(session, desk, days=vouchers.REMIND_DAYS)
    issue(session, desk, days=vouchers.REMIND_DAYS + 1)

    for _ in range(2):
        vouchers.remind_of_endings(session, {})

    assert sorted(codes_of(session, desk.member.id)) == [
        "voucher_ending",
        "voucher_made",
        "voucher_made",
    ]
    assert made.is_open


def test_a_frozen_account_loses_its_vouchers_and_nothing_stays_held(session: Session) -> None:
    desk = make_desk(session)
    issue(session, desk)

    assert promises.cancel_all(session, desk.admin, desk.member.id, "账户冻结") == 1
    assert balance(session, desk).available == 600
