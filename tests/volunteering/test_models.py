"""What the database itself refuses, whoever writes to it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.policy import make_policy
from tests.make.volunteering import (
    DAY,
    NOW,
    Street,
    at,
    make_approved,
    make_confirmed,
    make_record,
    make_street,
)
from timebank.kernel import clock
from timebank.volunteering.models.records import ServiceRecord, ServiceRecordEvent
from timebank.volunteering.rules.policy import Policy


def _row(street: Street, **changes: Any) -> dict[str, Any]:
    """Return a sound record as plain columns, with changes."""
    started_at = changes.pop("started_at", at("09:00"))
    minutes = changes.pop("minutes", 60)
    return {
        "community_id": street.community.id,
        "volunteer_id": street.volunteer_person.id,
        "recipient_id": street.elder_person.id,
        "activity": "",
        "kind_id": street.kind_id,
        "started_at": started_at,
        "ended_at": started_at + timedelta(minutes=minutes),
        "served_on": clock.day_of(started_at),
        "minutes": minutes,
        "place": "",
        "notes": "",
        "late_reason": "",
        "state": "recorded",
        "state_reason": "",
        "revision": 1,
        "code_tries": 0,
        "has_objection": False,
        "recorded_at": NOW,
        "stated_at": NOW,
        **changes,
    }


def _insert(session: Session, row: dict[str, Any]) -> None:
    """Write a row past every service."""
    session.execute(insert(ServiceRecord.__table__).values(row))  # type: ignore[arg-type]


def _refused(session: Session, row: dict[str, Any], rule: str) -> None:
    """Expect the database to refuse a row by the name of a rule, and to keep nothing of it."""
    with pytest.raises(IntegrityError, match=rule), session.begin_nested():
        _insert(session, row)


def test_a_sound_row_is_accepted(session: Session) -> None:
    street = make_street(session)

    _insert(session, _row(street))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"minutes": 721}, "minutes_range|day_cap"),
        ({"ended_at": at("09:00"), "minutes": 0}, "minutes_range|ends_after_start"),
        ({"ended_at": at("10:30")}, "service_record_span"),
        ({"served_on": DAY - timedelta(days=1)}, "service_record_day"),
        ({"stated_at": at("09:30")}, "not_in_future"),
        ({"started_at": at("09:00", DAY - timedelta(days=8))}, "service_record_late"),
        ({"recipient_id": None}, "serves_somebody"),
        ({"state": "paid"}, "state_known"),
        ({"state": "confirmed"}, "confirmed_by_proof"),
        ({"state": "confirmed", "confirmed_how": "slip", "confirmed_at": NOW}, "slip_numbered"),
        (
            {"state": "approved", "confirmed_how": "login", "confirmed_at": NOW},
            "counted_means_posted",
        ),
        ({"minutes": 481}, "service_record_day_cap"),
        ({"code_tries": -1}, "counters_not_negative"),
    ],
)
def test_rows_that_break_a_rule_are_refused(
    session: Session, changes: dict[str, Any], rule: str
) -> None:
    street = make_street(session)
    wanted = dict(changes)
    given = {name: wanted.pop(name) for name in ("started_at", "minutes") if name in wanted}

    _refused(session, _row(street, **given) | wanted, rule)


def test_serving_oneself_is_refused(session: Session) -> None:
    street = make_street(session)

    _refused(session, _row(street, recipient_id=street.volunteer_person.id), "serves_another")


def test_two_services_at_one_time_are_refused(session: Session) -> None:
    street = make_street(session)
    _insert(session, _row(street))

    _refused(session, _row(street, started_at=at("09:59")), "service_record_overlap")
    _insert(session, _row(street, started_at=at("10:00")))


def test_a_withdrawn_service_does_not_come_back_over_another(session: Session) -> None:
    street = make_street(session)
    _insert(session, _row(street, state="rejected"))
    _insert(session, _row(street))

    with (
        pytest.raises(IntegrityError, match="service_record_overlap"),
        session.begin_nested(),
    ):
        session.execute(
            update(ServiceRecord).where(ServiceRecord.state == "rejected").values(state="recorded")
        )


def test_a_day_over_its_cap_is_refused(session: Session) -> None:
    street = make_street(session)
    _insert(session, _row(street, started_at=at("08:00"), minutes=240))
    _insert(session, _row(street, started_at=at("13:00"), minutes=239))

    _refused(session, _row(street, started_at=at("18:00"), minutes=2), "service_record_day_cap")
    _insert(session, _row(street, started_at=at("18:00"), minutes=1))


def test_the_cap_is_that_of_the_policy_in_force(session: Session) -> None:
    street = make_street(session)
    yesterday = DAY - timedelta(days=1)
    make_policy(session, street, Policy(day_minutes_max=60, late_days=0), in_force_on=yesterday)
    make_policy(session, street, Policy(day_minutes_max=90))

    _refused(session, _row(street, minutes=91), "service_record_day_cap")
    before = _row(street, started_at=at("09:00", yesterday), minutes=61)
    _refused(session, before | {"late_reason": "忘了"}, "service_record_day_cap")
    _refused(session, before | {"minutes": 60}, "service_record_late|span")


def test_a_slip_proves_one_live_record(session: Session) -> None:
    street = make_street(session)
    _insert(session, _row(street, slip_number="A-1"))

    _refused(session, _row(street, started_at=at("11:00"), slip_number="A-1"), "slip")


@pytest.mark.parametrize("party", ["volunteer_id", "recipient_id", "recorded_by_id"])
def test_no_party_approves(session: Session, party: str) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)
    done = session.get_one(ServiceRecord, record_id)
    copied = {c.name: getattr(done, c.name) for c in ServiceRecord.__table__.columns}
    copied |= {"id": None, "approved_by_id": copied[party], "state": "approved", "entry_id": None}
    del copied["id"]
    copied |= {"started_at": at("14:00"), "ended_at": at("15:35")}

    _refused(session, copied, "approver_not")


def test_the_login_that_recorded_does_not_approve(session: Session) -> None:
    street = make_street(session)
    row = _row(
        street,
        recorded_by_user_id=street.officer.user_id,
        approved_by_user_id=street.officer.user_id,
    )

    _refused(session, row, "approver_login_not_recorder")


@pytest.mark.parametrize("state", ["approved", "unapproved"])
def test_states_are_not_skipped(session: Session, state: str) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            update(ServiceRecord).where(ServiceRecord.id == record_id).values(state=state)
        )


def test_a_withdrawn_record_stays_withdrawn(session: Session) -> None:
    street = make_street(session)
    _insert(session, _row(street, state="withdrawn"))

    with pytest.raises(IntegrityError, match="service_record_move"), session.begin_nested():
        session.execute(update(ServiceRecord).values(state="recorded"))


@pytest.mark.parametrize(
    "change",
    [
        {"activity": "别的"},
        {"credited_minutes": 96},
        {"approved_at": NOW + timedelta(days=1)},
        {"policy_version": 9},
        {"case_id": None, "recipient_id": None, "activity": "别的"},
    ],
)
def test_what_is_in_the_books_is_frozen(session: Session, change: dict[str, Any]) -> None:
    street = make_street(session)
    record_id = make_approved(session, street)

    with pytest.raises(IntegrityError, match="service_record_frozen"), session.begin_nested():
        session.execute(update(ServiceRecord).where(ServiceRecord.id == record_id).values(**change))


@pytest.mark.parametrize("table", ["service_record_event", "hours_policy"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET community_id = community_id"])
def test_history_and_policies_are_only_added_to(session: Session, table: str, verb: str) -> None:
    street = make_street(session)
    make_confirmed(session, street)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(verb.format(table)))

    assert session.query(ServiceRecordEvent).count() == 2


def test_records_are_never_removed(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("DELETE FROM service_record"))

    assert session.get_one(ServiceRecord, record_id)


def test_records_are_never_replaced(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    row = _row(street, id=record_id, minutes=30)
    statement = insert(ServiceRecord.__table__).values(row)  # type: ignore[arg-type]
    if session.get_bind().dialect.name == "sqlite":
        statement = statement.prefix_with("OR REPLACE")

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(statement)

    session.expire_all()
    assert session.get_one(ServiceRecord, record_id).minutes == 95
