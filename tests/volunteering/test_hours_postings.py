"""Lines of figures follow from records and their entries; kept months equal them."""

from datetime import date

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.volunteering import DAY, NOW, Street, at, make_approved, make_confirmed, make_street
from timebank.kernel import clock, ids
from timebank.volunteering import verify
from timebank.volunteering.models.postings import (
    KEPT,
    HoursMonth,
    HoursPosting,
    HoursRolled,
    VolunteerFirst,
    VolunteerMonth,
)
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.figures import ANYWHERE, AgeGroup, month_after
from timebank.volunteering.service import review, rolling

LATER = at("10:00", date(2027, 1, 15))


@pytest.fixture
def street(session: Session) -> Street:
    return make_street(session)


def _lines(session: Session) -> list[tuple[date, int, int]]:
    rows = session.execute(
        select(HoursPosting.on_day, HoursPosting.minutes, HoursPosting.services).order_by(
            HoursPosting.id
        )
    )
    return [tuple(row) for row in rows]


def _undo(session: Session, street: Street, record_id: int) -> None:
    with clock.fixed_at(LATER):
        review.unapprove_service(
            session, actor=street.admin, record_id=record_id, reason="记错了", key=ids.new_id()
        )


def _roll(session: Session, street: Street) -> int:
    with clock.fixed_at(LATER):
        return rolling.roll_months(session, community_id=street.community.id)


def test_an_approval_is_a_line_on_the_day_of_its_entry(session: Session, street: Street) -> None:
    street.volunteer_person.born_on = date(1956, 11, 18)
    session.flush()

    record_id = make_approved(session, street)

    line = session.scalars(select(HoursPosting)).one()
    row = session.get_one(ServiceRecord, record_id)
    assert (line.record_id, line.entry_id, line.on_day) == (row.id, row.entry_id, DAY)
    assert (line.minutes, line.services) == (row.credited_minutes, 1)
    assert (line.volunteer_id, line.recipient_id) == (row.volunteer_id, row.recipient_id)
    assert (line.kind_id, line.grid_id) == (row.kind_id, row.grid_id)
    assert line.age_group == AgeGroup.FROM_70
    assert line.month_on == date(2026, 11, 1)


def test_a_record_that_only_waits_is_no_line(session: Session, street: Street) -> None:
    make_confirmed(session, street)

    assert _lines(session) == []


def test_taking_back_leaves_the_past_and_stands_on_its_own_day(
    session: Session, street: Street
) -> None:
    record_id = make_approved(session, street)
    minutes = session.get_one(ServiceRecord, record_id).credited_minutes or 0

    _undo(session, street, record_id)

    assert _lines(session) == [(DAY, minutes, 1), (date(2027, 1, 15), -minutes, -1)]


def test_only_months_that_are_over_are_kept(session: Session, street: Street) -> None:
    record_id = make_approved(session, street)
    _undo(session, street, record_id)

    assert _roll(session, street) == 2
    assert _roll(session, street) == 0

    kept = session.scalars(select(HoursMonth)).all()
    assert [(one.month_on, one.services) for one in kept] == [(date(2026, 11, 1), 1)]
    assert session.scalars(select(VolunteerMonth)).one().approvals == 1
    assert session.scalars(select(HoursRolled.before_on)).one() == date(2027, 1, 1)
    assert list(verify.findings(session)) == []


def test_a_posting_in_a_kept_month_drops_it(session: Session, street: Street) -> None:
    make_approved(session, street)
    _roll(session, street)

    make_approved(session, street, start="13:00", end="14:00")

    assert session.scalars(select(HoursRolled.before_on)).one() == date(2026, 11, 1)
    assert all(session.scalars(select(kept.id)).all() == [] for kept in KEPT)
    assert _roll(session, street) == 2
    assert session.scalars(select(HoursMonth.services)).all() == [2]
    assert list(verify.findings(session)) == []


def test_the_first_day_of_a_volunteer_in_a_place_is_kept(session: Session, street: Street) -> None:
    record_id = make_approved(session, street)
    _undo(session, street, record_id)
    with clock.fixed_at(LATER):
        make_approved(session, street, day=LATER.date())

    firsts = session.scalars(select(VolunteerFirst)).all()

    grid_id, whatever = street.place.grid_id, ANYWHERE
    places = {(grid_id, 0), (grid_id, whatever), (whatever, whatever)}
    assert {(one.grid_id, one.centre_id) for one in firsts} == places
    assert {one.first_on for one in firsts} == {DAY}
    assert list(verify.findings(session)) == []


def _refused(session: Session, statement: object, name: str) -> None:
    with pytest.raises(DBAPIError, match=name), session.begin_nested():
        session.execute(statement)  # type: ignore[call-overload]  # any statement


def test_the_database_refuses_lines_that_follow_from_nothing(
    session: Session, street: Street, engine_name: str
) -> None:
    make_approved(session, street)
    line = session.scalars(select(HoursPosting)).one()
    stray = {
        column.name: getattr(line, column.name)
        for column in HoursPosting.__table__.columns
        if column.name != "id"
    }
    name = "hours_posting_follows" if engine_name == "sqlite" else "permission denied"
    for wrong in ({"minutes": 7}, {"on_day": date(2026, 11, 19)}):
        stray_one = {**stray, "entry_id": line.entry_id, **wrong}
        statement = insert(HoursPosting).values(stray_one)
        _refused(session, statement, f"{name}|unique|UNIQUE")
    _refused(session, update(HoursPosting).values(minutes=1), "append-only|permission denied")
    _refused(session, delete(HoursPosting), "append-only|permission denied")


@pytest.mark.parametrize("kept", KEPT)
def test_a_kept_month_that_is_wrong_is_named(
    session: Session, street: Street, kept: type[HoursMonth]
) -> None:
    make_approved(session, street)
    _roll(session, street)
    row = session.scalars(select(kept)).one()
    session.execute(delete(kept))
    copied = {c.name: getattr(row, c.name) for c in kept.__table__.columns}
    session.execute(insert(kept).values({**copied, "minutes": row.minutes + 1}))

    findings = list(verify.findings(session))

    assert [one.table for one in findings] == [kept.__tablename__] * 2


def test_a_line_that_is_missing_is_named(
    session: Session, street: Street, engine_name: str
) -> None:
    record_id = make_approved(session, street)
    if engine_name == "postgresql":
        _refused(session, delete(HoursPosting), "permission denied")
        return
    session.execute(text("DROP TRIGGER hours_posting_no_delete"))
    session.execute(delete(HoursPosting))

    line, *firsts = verify.findings(session)

    assert (line.table, line.row) == ("hours_posting", f"record {record_id}")
    assert [one.table for one in firsts] == ["volunteer_first"] * 3


def test_months_are_counted_over_the_end_of_a_year() -> None:
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_after(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert NOW.year == 2026
