"""Builders for settlements: the people of the office, a month with slips that is over."""

from datetime import date, datetime, time

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import Desk
from tests.make.community import make_person
from timebank.kernel import clock
from timebank.kernel.actor import Actor

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def noon(day: date) -> datetime:
    """Return noon of a day."""
    return clock.at_local(day, time(12))


def make_office(session: Session, desk: Desk, name: str = "周会计") -> Actor:
    """Return somebody of the community's finance."""
    person = make_person(session, community_id=desk.community_id, name=name)
    return make_actor(
        session,
        community_id=desk.community_id,
        roles=(("finance", "community", None),),
        person_id=person.id,
        name=name,
    )


def make_manager(session: Session, desk: Desk, name: str = "孙丽") -> Actor:
    """Return the manager of the desk's centre."""
    person = make_person(session, community_id=desk.community_id, name=name)
    return make_actor(
        session,
        community_id=desk.community_id,
        roles=(("centre_manager", "centre", desk.centre.id),),
        person_id=person.id,
        name=name,
    )
