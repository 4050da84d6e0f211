"""Statements and months add up from the same postings; lists go out once; advice comes in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.policy import make_policy
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.kernel.cells import plain
from timebank.ledger.rules.values import Restriction
from timebank.trail.models import PersonLook, TrailEvent
from timebank.volunteering.errors import registers as register_errors
from timebank.volunteering.errors.statements import (
    MonthNotFoundError,
    PeriodTooLongError,
    StatementPeriodError,
)
from timebank.volunteering.models.month_summaries import MonthNotice
from timebank.volunteering.models.registers import RegisterBatch, RegisterItem
from timebank.volunteering.pages.statements import why
from timebank.volunteering.queries import month_summaries as month_reads
from timebank.volunteering.queries import passbook, statements
from timebank.volunteering.queries import registers as register_reads
from timebank.volunteering.rules import month_summaries as month_rules
from timebank.volunteering.rules import registers as register_rules
from timebank.volunteering.rules.advice import Advice, Tip, tips
from timebank.volunteering.rules.gifts import Source
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.rules.registers import FileKind
from timebank.volunteering.rules.statements import Statement
from timebank.volunteering.service import month_summaries, pools, registers, review

FIRST = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _statement(session: Session, street: Street, **more: Any) -> Statement:
    told: dict[str, Any] = {"since": FIRST, "through": DAY}
    told |= more
    return statements.statement(
        session,
        community_id=street.community.id,
        person_id=street.volunteer_person.id,
        **told,
    )


def _give(session: Session, street: Street, minutes: int, source: Source = Source.OWN) -> None:
    pool_id = pools.open_pool(session, actor=street.admin, name=f"池{minutes}{source}")
    pools.give_to_pool(
        session,
        actor=street.volunteer,
        key=ids.new_id(),
        pool_id=pool_id,
        minutes=minutes,
        source=source,
    )


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def test_a_statement_of_any_days_adds_up_page_by_page(session: Session) -> None:
    street = make_street(session)
    random = Random(7)
    days = [DAY + timedelta(days=2 * n) for n in range(9)]
    for day in days:
        make_approved(session, street, start="08:00", end=f"09:{random.randrange(10, 60)}", day=day)
        if random.random() < 0.5:
            with clock.fixed_at(_at_night(day)):
                _give(session, street, random.randrange(1, 40))

    with clock.fixed_at(_at_night(days[-1])):
        for since in (FIRST, days[3], days[5] + timedelta(days=1)):
            _check_pages(session, street, since=since, through=days[-1])
        own = _statement(session, street, through=days[-1]).sections[0]
    who = street.volunteer_person.id
    posted = passbook.balance(session, community_id=street.community.id, person_id=who).posted
    assert own.closing_minutes == posted


def _at_night(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T23:45:00+08:00")


def _check_pages(session: Session, street: Street, **days: date) -> None:
    """Follow a statement page by page; each line goes on from the balance before it."""
    found = _statement(session, street, limit=3, **days)
    own, seen = found.sections[0], 0
    balance = own.opening_minutes
    while True:
        assert found.before_minutes == balance
        for line in found.lines:
            balance += line.line.amount
            assert line.after_minutes == balance
            seen += 1
        if found.next_cursor is None:
            break
        found = _statement(session, street, limit=3, cursor=found.next_cursor, **days)
    assert balance == own.closing_minutes
    assert seen >= 3


def test_own_and_donation_only_minutes_stand_apart_and_say_why(session: Session) -> None:
    street = make_street(session)
    make_policy(
        session,
        street,
        Policy(day_minutes_max=None, month_minutes_max=60, rounding_minutes=30),
    )
    make_approved(session, street)

    found = _statement(session, street)

    assert [(one.restriction, one.closing_minutes) for one in found.sections] == [
        (Restriction.OWN, 60),
        (Restriction.DONATION, 30),
    ]
    assert why(found.lines[0]) == (
        "做了 1 小时 35 分，每 30 分钟一格，零头 5 分 不计，超出上限的 30 分 只能捐，"
        "所以记 1 小时 30 分（办法第 2 版）。"
    )
    assert _statement(session, street, of=Restriction.DONATION).lines[0].line.amount == 30
    assert _statement(session, street, of=Restriction.TEAM).lines == []


def test_days_in_the_wrong_order_or_too_many_are_refused(session: Session) -> None:
    street = make_street(session)
    with pytest.raises(StatementPeriodError):
        _statement(session, street, since=DAY, through=FIRST)
    with pytest.raises(StatementPeriodError):
        _statement(session, street, through=DAY + timedelta(days=1))
    with pytest.raises(PeriodTooLongError):
        _statement(session, street, since=date(2020, 1, 1))


def test_a_month_says_the_same_as_the_statement(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    wrong = make_approved(session, street, start="13:00", end="14:00")
    review.unapprove_service(
        session, actor=street.admin, record_id=wrong, key=ids.new_id(), reason="没有去"
    )
    _give(session, street, 20)

    told = month_reads.month_summary(
        session,
        community_id=street.community.id,
        person_id=street.volunteer_person.id,
        month=FIRST,
    )

    assert (told.own.earned, told.own.taken_back, told.own.donated) == (155, 60, 20)
    section = _statement(session, street).sections[0]
    assert told.closing_minutes == section.closing_minutes == 75
    assert (told.own.in_minutes, told.own.out_minutes) == (section.in_minutes, section.out_minutes)
    assert [(one.times, one.own_minutes) for one in told.kinds] == [(2, 155)]
    with pytest.raises(MonthNotFoundError):
        month_reads.month_summary(
            session,
            community_id=street.community.id,
            person_id=street.volunteer_person.id,
            month=date(2026, 10, 1),
        )


@pytest.mark.parametrize(
    ("day", "before", "last"),
    [
        (date(2026, 1, 31), date(2025, 12, 1), date(2026, 1, 31)),
        (date(2028, 2, 29), date(2028, 1, 1), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2026, 12, 31)),
    ],
)
def test_months_follow_one_another(day: date, before: date, last: date) -> None:
    month = month_rules.month_of(day)
    assert month_rules.month_before(month) == before
    assert month_rules.last_day(month) == last
    assert month_rules.next_month(before) == month


def test_a_months_notice_comes_once_and_only_when_it_is_over(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    community_id, who = street.community.id, street.volunteer_person.id
    assert month_summaries.give_notices(session, community_id=community_id) == 0  # October

    with clock.fixed_at(datetime.fromisoformat("2026-12-01T00:30:00+08:00")):
        given = [month_summaries.give_notices(session, community_id=community_id) for _ in "12"]
        assert given == [1, 0]
        assert month_reads.notice(session, who) == FIRST
        assert month_reads.notice(session, street.elder_person.id) is None
    with clock.fixed_at(datetime.fromisoformat("2026-12-15T09:00:00+08:00")):
        assert month_reads.notice(session, who) is None

    row = {"community_id": community_id, "person_id": who, "given_at": NOW}
    put = insert(MonthNotice)
    _refused(
        session,
        put.values(month=date(2026, 11, 2), given_on=date(2026, 12, 9), **row),
        "month_notice_early",
    )
    _refused(
        session,
        put.values(month=date(2026, 10, 1), given_on=date(2026, 10, 31), **row),
        "month_notice_early",
    )
    _refused(session, delete(MonthNotice), "append-only|permission")


def _export(session: Session, street: Street, **more: Any) -> RegisterBatch:
    told: dict[str, Any] = {"since_on": FIRST, "through_on": DAY, "reason": "报全国系统"}
    told |= more
    batch_id = registers.make_batch(session, actor=street.admin, key=ids.new_id(), **told)
    return session.get_one(RegisterBatch, batch_id)


def test_each_record_goes_out_once_and_its_correction_once(session: Session) -> None:
    street = make_street(session)
    first = make_approved(session, street)
    never = make_approved(session, street, start="13:00", end="14:00")

    def take_back(record_id: int) -> None:
        review.unapprove_service(
            session, actor=street.admin, record_id=record_id, key=ids.new_id(), reason="没有去"
        )

    take_back(never)
    assert _export(session, street).rows == 1
    with pytest.raises(register_errors.NothingToExportError):
        _export(session, street)
    take_back(first)
    batch = _export(session, street, since_on=DAY)
    assert (batch.number, batch.rows, batch.corrections) == (2, 1, 1)
    row = register_reads.rows(session, batch.id).items[0]
    assert register_rules.cells(row, with_id_numbers=False)[:3] == [
        f"JL-{first:08d}",
        "更正：撤销",
        "没有去",
    ]
    assert register_rules.cells(row, with_id_numbers=False)[11:13] == [0, "0:00"]
    with pytest.raises(register_errors.NothingToExportError):
        _export(session, street)
    item = insert(RegisterItem).values(
        community_id=street.community.id, batch_id=batch.id, record_id=never, is_correction=True
    )
    _refused(session, item, "register_item_unfit")
    _refused(session, update(RegisterBatch).values(rows=9), "append-only|permission")
    with pytest.raises(register_errors.RegisterPeriodError):
        _export(session, street, through_on=DAY + timedelta(days=1))


def test_id_numbers_go_out_with_permission_and_everybody_sees_it(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    permissions = dict(street.admin.permissions)
    del permissions["register.identify"]
    narrow = replace(street.admin, permissions=permissions)
    with pytest.raises(register_errors.IdNumbersForbiddenError):
        _export(session, replace(street, admin=narrow), shows_id_numbers=True)

    batch = _export(session, street, shows_id_numbers=True)

    look = session.scalars(select(PersonLook)).one()
    assert (look.person_id, look.fields) == (street.volunteer_person.id, ["id_number"])
    with pytest.raises(register_errors.IdNumbersForbiddenError):
        registers.hand_out(session, actor=narrow, batch_id=batch.id, kind=FileKind.CSV)
    found = registers.hand_out(session, actor=street.admin, batch_id=batch.id, kind=FileKind.CSV)
    file = registers.written_file(session, found, FileKind.CSV)
    lines = file.read().decode("utf-8-sig").splitlines()
    assert (found.rows, len(lines)) == (1, 2)
    assert lines[0].split(",") == list(register_rules.COLUMNS)
    events = session.scalars(select(TrailEvent.action).order_by(TrailEvent.id)).all()
    assert events[-2:] == ["volunteering.register_exported", "volunteering.register_file"]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@x", "\tx"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert plain(text) == f"'{text}"
    assert plain("陪伴聊天") == "陪伴聊天"


def test_advice_comes_before_something_bites() -> None:
    told: dict[str, Any] = {
        "ends": [(DAY + timedelta(days=30), 45), (DAY + timedelta(days=300), 500)],
        "donation_only_minutes": 20,
        "month": (600, 30),
        "lifetime": (90_000, 0),
        "today": DAY,
    }
    assert list(tips(**told)) == [
        Tip(Advice.ENDS_SOON, 45, DAY + timedelta(days=30)),
        Tip(Advice.DONATION_ONLY, 20),
        Tip(Advice.MONTH_NEAR, 30),
        Tip(Advice.LIFETIME_FULL, 0),
    ]
    quiet = told | {"ends": [], "donation_only_minutes": 0, "month": (600, 300)}
    assert tips(**(quiet | {"lifetime": (None, None)})) == []
