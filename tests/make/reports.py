"""Builders for reports: one community in which every room has something to count."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tests.make import care as make_care
from tests.make import cases as make_cases
from tests.make import cofund as make_cofund
from tests.make.access import make_actor
from tests.make.community import make_micro_grid
from timebank.care.rules.desk import RedemptionView, Wanted
from timebank.care.service import redemptions
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id

NOW = datetime.fromisoformat("2026-11-18T20:00:00+08:00")


@dataclass(frozen=True, slots=True)
class Town:
    """A community seen by each room's builders, and those who read its figures."""

    community_id: int
    admin: Actor
    auditor: Actor
    desk: make_care.Desk
    grid: make_cases.Grid
    office: make_cofund.Office


def make_town(session: Session, *, minutes: int = 600) -> Town:
    """Return a community with a centre, a grid of two doors and an office for projects."""
    desk = make_care.make_desk(session, minutes=minutes)
    community_id, admin = desk.community_id, desk.admin
    place = make_micro_grid(session, community_id, grid_no=1, building_no=5, unit_no=1)
    make_micro_grid(session, community_id, grid_no=1, building_no=6, unit_no=1)
    desk.member.micro_grid_id = place.id
    officer = make_actor(
        session,
        community_id=community_id,
        roles=(("grid_officer", "grid", place.grid_id),),
        name="刘洋",
    )
    resident = make_actor(
        session,
        community_id=community_id,
        roles=(("volunteer", "own", None),),
        person_id=desk.member.id,
        name=desk.member.name,
    )
    finance = (("finance", "community", None),)
    return Town(
        community_id=community_id,
        admin=admin,
        auditor=make_actor(
            session,
            community_id=community_id,
            roles=(("auditor", "community", None),),
            name="许审",
        ),
        desk=desk,
        grid=make_cases.Grid(community_id, place.grid_id, place.id, officer, admin, resident),
        office=make_cofund.Office(
            community_id,
            admin,
            make_actor(session, community_id=community_id, roles=finance, name="陈立"),
            make_actor(session, community_id=community_id, roles=finance, name="许敏"),
        ),
    )


def redeem_lunch(session: Session, desk: make_care.Desk) -> RedemptionView:
    """Redeem one lunch of 60 minutes for the desk's member."""
    return redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=make_care.BY_PIN,
    )


def days_ago(days: int) -> datetime:
    """Return the moment so many days before the tests' present."""
    return NOW - timedelta(days=days)


def give(session: Session, town: Town, *, minutes: int, at: datetime) -> None:
    """Put minutes onto the member's account at a moment."""
    with clock.fixed_at(at):
        make_care.give_minutes(
            session, town.desk.counter, person_id=town.desk.member.id, minutes=minutes
        )
