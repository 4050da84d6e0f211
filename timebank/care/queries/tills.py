"""Tills, what a centre allows there, and whether a day is closed."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.models.tills import CareTill, CounterRules, CounterTelling, DayClose
from timebank.care.rules.tills import CloseState, RulesView, TillView
from timebank.kernel import paging
from timebank.kernel.actor import Actor

FIRST = 1


def _view(row: CareTill) -> TillView:
    return TillView(row.id, row.centre_id, row.number, row.name, row.lock_minutes, row.is_active)


def tills(session: Session, *, centre_id: int, is_active: bool = True) -> list[TillView]:
    """Return a centre's tills in their order, those in use or all."""
    wanted = select(CareTill).where(CareTill.centre_id == centre_id)
    if is_active:
        wanted = wanted.where(CareTill.is_active)
    rows = session.scalars(wanted.order_by(CareTill.number).limit(paging.PAGE_SIZE_MAX))
    return [_view(row) for row in rows]


def till_of(session: Session, *, actor: Actor, centre_id: int) -> TillView:
    """Return the till at which the actor stands in a centre: their tablet's, or the first."""
    known = tills(session, centre_id=centre_id, is_active=False)
    mine = [one for one in known if one.id == actor.till_id and one.is_active]
    return (mine or [one for one in known if one.number == FIRST])[0]


def rules_of(session: Session, centre_id: int) -> RulesView:
    """Return what a centre allows at its tills: the newest version, or what holds without one."""
    row = session.scalar(
        select(CounterRules)
        .where(CounterRules.centre_id == centre_id)
        .order_by(CounterRules.version.desc())
        .limit(1)
    )
    if row is None:
        return RulesView()
    return RulesView(
        version=row.version,
        person_day_minutes_max=row.person_day_minutes_max,
        undo_alone_minutes_max=row.undo_alone_minutes_max,
        may_sign_alone=row.may_sign_alone,
        set_by=row.set_by,
        set_at=row.set_at,
    )


def is_closed(session: Session, *, till_id: int, day: date) -> bool:
    """Whether a till's day is closed."""
    wanted = select(DayClose.id).where(
        DayClose.till_id == till_id,
        DayClose.on_day == day,
        DayClose.state == CloseState.CLOSED.value,
    )
    return session.scalar(wanted) is not None


def telling(session: Session, person_id: int) -> CounterTelling | None:
    """Return whom a member wants told, if they ever said."""
    return session.get(CounterTelling, person_id)
