"""Many records are approved in one act: each costs its own lines and nothing more."""

from flask import Flask
from sqlalchemy.orm import Session

from tests.make.statements import statements_of
from tests.make.volunteering import Street, make_confirmed, make_street
from timebank.kernel import ids
from timebank.volunteering.service import review


def _statements_of_approving(app: Flask, session: Session, street: Street, hours: range) -> int:
    """Return how many statements it takes to approve a record of half an hour at each hour."""
    chosen = [
        make_confirmed(session, street, start=f"{hour:02}:00", end=f"{hour:02}:30")
        for hour in hours
    ]
    with statements_of(app) as sent:
        review.approve_many(session, actor=street.officer, record_ids=chosen, key=ids.new_id())
    return len(sent)


def test_one_more_record_is_two_more_statements(app: Flask, session: Session) -> None:
    street = make_street(session)
    _statements_of_approving(app, session, street, range(6, 7))  # opens the volunteer's account

    few = _statements_of_approving(app, session, street, range(7, 10))
    many = _statements_of_approving(app, session, street, range(10, 16))

    # The record itself, judged under the caps in its turn, and the trail.
    assert many - few == 2 * 3
    assert few < 40
