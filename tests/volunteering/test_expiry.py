"""Minutes expire once, oldest first, after two warnings, and only what nobody has set aside."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.policy import make_policy
from tests.make.volunteering import DAY, Street, at, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import program
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.service import holds
from timebank.volunteering.models.expiry import ExpiryNotice, HoursExpiry
from timebank.volunteering.queries import expiry as reads
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules import expiry as rules
from timebank.volunteering.rules.expiry import Due, Term
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.service import books, review
from timebank.volunteering.service.expiry import warn_and_expire

END = date(2027, 11, 18)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 9), 36, date(2029, 5, 9)),
    ],
)
def test_months_are_added_as_people_do(day: date, count: int, expected: date) -> None:
    assert rules.add_months(day, count) == expected


@given(first=DAYS, second=DAYS, since=DAYS, months=st.integers(1, 60))
def test_what_is_older_never_expires_later(
    first: date, second: date, since: date, months: int
) -> None:
    term = Term(months, since)
    older, younger = sorted((first, second))

    assert term.due_on(older) <= term.due_on(younger)
    assert term.due_on(older) >= rules.add_months(since, months)


def test_warnings_come_one_after_the_other_however_late() -> None:
    due = Due(END, 60)
    today = END - timedelta(days=91)
    assert rules.next_notice(due, {}, today=today) is None
    assert rules.next_notice(due, {}, today=END - timedelta(days=90)) == 90
    late = END + timedelta(days=5)
    assert rules.next_notice(due, {}, today=late) == 90
    assert rules.next_notice(due, {90: late}, today=late) is None
    assert rules.next_notice(due, {90: late}, today=late + timedelta(days=1)) == 30
    assert rules.ends_on(END, {90: late}) is None
    assert rules.ends_on(END, {90: late, 30: late}) == late + timedelta(days=30)


def test_held_minutes_do_not_expire_and_the_younger_wait_for_the_older() -> None:
    long_ago = {90: END - timedelta(days=90), 30: END - timedelta(days=30)}
    dues = [Due(END, 60), Due(END + timedelta(days=1), 40), Due(END + timedelta(days=2), 10)]
    given_ = {END: long_ago, END + timedelta(days=2): long_ago}

    found = rules.expiring(dues, given_, spendable=50, today=END + timedelta(days=9))

    assert found == [Due(END, 50)]


def _run(session: Session, street: Street, day: date) -> int:
    """Do the job of one day."""
    with clock.fixed_at(at("03:00", day)):
        robot = program(community_id=street.community.id, name="volunteering.expire")
        return warn_and_expire(session, actor=robot)


def _posted(session: Session, street: Street) -> int:
    return passbook.balance(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    ).posted


def _street(session: Session) -> Street:
    """Return a street whose minutes keep for twelve months; 95 were earned on its day."""
    street = make_street(session)
    make_policy(session, street, Policy(expiry_months=12))
    make_approved(session, street)
    return street


def test_minutes_expire_once_after_two_warnings(session: Session) -> None:
    street = _street(session)
    assert _run(session, street, END - timedelta(days=91)) == 0
    assert session.scalars(select(ExpiryNotice)).all() == []

    for days in (90, 89, 30, 29, 1):
        assert _run(session, street, END - timedelta(days=days)) == 0
    notices = session.scalars(select(ExpiryNotice).order_by(ExpiryNotice.id)).all()
    assert [(one.days, one.due_on, one.minutes) for one in notices] == [
        (90, END, 95),
        (30, END, 95),
    ]
    with clock.fixed_at(at("09:00", END - timedelta(days=20))):
        mine = reads.my_expiry(
            session, community_id=street.community.id, person_id=street.volunteer_person.id
        )
    assert [(one.ends_on, one.minutes, one.is_warned) for one in mine] == [(END, 95, True)]

    assert _run(session, street, END) == 95
    assert _run(session, street, END) == 0
    assert _run(session, street, END + timedelta(days=1)) == 0
    assert _posted(session, street) == 0
    line = passbook.passbook(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    ).items[0]
    assert (line.line.kind, line.line.amount) == ("hours.expired", -95)


def test_nobody_owes_minutes_that_expired_when_their_approval_is_taken_back(
    session: Session,
) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(expiry_months=12))
    record_id = make_approved(session, street)
    for days in (90, 30, 0):
        _run(session, street, END - timedelta(days=days))

    with clock.fixed_at(at("09:00", END + timedelta(days=1))):
        review.unapprove_service(
            session, actor=street.admin, record_id=record_id, reason="记错了人", key=ids.new_id()
        )

    community_id, person_id = street.community.id, street.volunteer_person.id
    debt_id = books.debt_account(session, community_id=community_id, person_id=person_id)
    expired_id = books.expired_account(session, community_id=community_id)
    found = ledger_accounts.balances(session, [debt_id, expired_id])
    assert [found[one].posted for one in (debt_id, expired_id)] == [0, 0]
    assert _posted(session, street) == 0


def test_whoever_was_warned_late_has_thirty_days_left(session: Session) -> None:
    street = _street(session)
    late = END + timedelta(days=100)

    for days in (0, 1, 30):
        assert _run(session, street, late + timedelta(days=days)) == 0
    assert _run(session, street, late + timedelta(days=31)) == 95


def test_what_was_earned_before_a_term_has_the_whole_term(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    make_policy(session, street, Policy(expiry_months=1), in_force_on=DAY + timedelta(days=60))
    begun = DAY + timedelta(days=60)

    with clock.fixed_at(at("09:00", begun)):
        mine = reads.my_expiry(
            session, community_id=street.community.id, person_id=street.volunteer_person.id
        )
    assert [one.due_on for one in mine] == [rules.add_months(begun, 1)]


def test_what_is_held_expires_when_it_comes_back(session: Session) -> None:
    street = _street(session)
    account_id = books.member_account(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    )
    hold_id = ids.new_id()
    holds.hold(
        session, actor=street.admin, hold_id=hold_id, account_id=account_id, amount=60, memo="午餐"
    )
    for days in (90, 30):
        _run(session, street, END - timedelta(days=days))

    assert _run(session, street, END) == 35
    holds.release(session, actor=street.admin, hold_id=hold_id, reason="没来")
    assert _run(session, street, END + timedelta(days=1)) == 60
    assert _posted(session, street) == 0


def test_the_database_ends_nothing_of_which_nobody_was_warned(session: Session) -> None:
    street = _street(session)
    _run(session, street, END - timedelta(days=90))
    row = {
        "community_id": street.community.id,
        "person_id": street.volunteer_person.id,
        "due_on": END,
        "expired_on": END,
        "minutes": 95,
        "policy_version": 2,
        "entry_id": ids.new_id(),
    }
    too_late = {
        "community_id": street.community.id,
        "person_id": street.volunteer_person.id,
        "due_on": END,
        "days": 30,
        "minutes": 95,
        "given_on": END - timedelta(days=29),
        "given_at": clock.now(),
    }

    for notice in (too_late, None):
        with pytest.raises(DBAPIError, match="hours_expiry_unwarned"), session.begin_nested():
            session.execute(insert(HoursExpiry).values(row))
        if notice is not None:
            session.execute(insert(ExpiryNotice).values(notice))
