"""Many people at once: rosters and approvals are written together, however many they are."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.make.browsing import see
from tests.make.statements import statements_of
from tests.make.tasks import END, listed, make_activity
from tests.make.volunteering import NOW, Street, make_confirmed, make_street
from timebank.community.models import Person
from timebank.kernel import clock, ids
from timebank.volunteering.errors.records import NothingChosenError
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.service import books, review, roster_files, rosters
from timebank.volunteering.service.presence_records import insert_all
from timebank.volunteering.service.roster_files import walk_in


def _statements_of_approving(app: Flask, session: Session, street: Street, hours: range) -> int:
    """Return how many statements it takes to approve a record of half an hour at each hour."""
    chosen = [
        make_confirmed(session, street, start=f"{hour:02}:00", end=f"{hour:02}:30")
        for hour in hours
    ]
    with statements_of(app) as sent:
        review.approve_many(session, actor=street.officer, record_ids=chosen, key=ids.new_id())
    return len(sent)


def test_one_more_record_of_a_volunteer_is_one_more_statement(app: Flask, session: Session) -> None:
    street = make_street(session)
    _statements_of_approving(app, session, street, range(6, 7))  # opens the volunteer's account

    few = _statements_of_approving(app, session, street, range(7, 10))
    many = _statements_of_approving(app, session, street, range(10, 16))

    # The record itself, judged under the caps in its turn.
    assert many - few == 3
    assert few < 40


def _crowd(session: Session, street: Street, size: int) -> list[int]:
    """So many grown neighbours, each with an account of minutes."""
    people = [
        {
            "community_id": street.community.id,
            "name": "邻居",
            "pinyin_initials": "LJ",
            "card_no": f"QZ-{number:05}",
            "born_on": date(1960, 1, 1),
            "micro_grid_id": street.place.id,
            "is_active": True,
        }
        for number in range(size)
    ]
    session.execute(insert(Person), people)
    ids_of = [one.id for one in session.query(Person).filter_by(name="邻居")]
    for person_id in ids_of:
        books.member_account(session, community_id=street.community.id, person_id=person_id)
    return ids_of


def _clinic_of(session: Session, street: Street, people: list[int]) -> int:
    """A clinic with all of them on its list."""
    task_id = make_activity(session, street, places=len(people))
    task = session.get_one(Task, task_id)
    insert_all(session, [walk_in(task, one, NOW) for one in people])
    session.expire_all()
    return task_id


@pytest.mark.parametrize("size", [3, 30])
def test_a_roster_costs_the_same_statements_however_many_came(
    app: Flask, session: Session, size: int
) -> None:
    street = make_street(session)
    people = _crowd(session, street, size)
    task_id = _clinic_of(session, street, people)

    with clock.fixed_at(END + timedelta(minutes=30)), statements_of(app) as sent:
        rosters.tick_roster(session, actor=street.officer, task_id=task_id, volunteer_ids=people)

    assert len(sent) == 26  # one of them asks whose account is frozen
    assert set(listed(session, task_id).values()) == {"served"}

    with clock.fixed_at(END + timedelta(hours=1)), statements_of(app) as sent:
        done = rosters.approve_roster(
            session, actor=street.admin, task_id=task_id, key=ids.new_id()
        )

    assert done == (size, 0)
    assert len(sent) < 31
    assert {row.state for row in session.query(ServiceRecord)} == {"approved"}
    with clock.fixed_at(END + timedelta(hours=1)), pytest.raises(NothingChosenError):
        rosters.approve_roster(session, actor=street.officer, task_id=task_id, key=ids.new_id())


@pytest.mark.parametrize("size", [65])
def test_a_long_list_is_shown_in_parts_and_says_so(
    client: FlaskClient, session: Session, size: int
) -> None:
    street = make_street(session)
    task_id = _clinic_of(session, street, _crowd(session, street, size))
    with clock.fixed_at(NOW):
        page = see(client, session, street.officer, f"/tasks/{task_id}")
        rest = see(client, session, street.officer, f"/tasks/{task_id}?first=60")
    assert "这里是第 1 到 60 位" in page
    assert f"/tasks/{task_id}?first=60" in page
    assert "这里是第 61 到 65 位" in rest


@pytest.mark.parametrize("size", [3, 30])
def test_a_file_costs_the_same_statements_however_many_rows_it_has(
    app: Flask, session: Session, size: int
) -> None:
    street = make_street(session)
    people = _crowd(session, street, size)
    task_id = _clinic_of(session, street, people)

    with clock.fixed_at(END + timedelta(minutes=30)):
        out = roster_files.roster_file(session, actor=street.officer, task_id=task_id)
        with statements_of(app) as sent:
            done = roster_files.import_roster(
                session, actor=street.officer, task_id=task_id, content=out
            )

    assert done.ticked == size
    assert len(sent) == 30
