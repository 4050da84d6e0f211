"""What a till did on a day, and how its days were closed."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from timebank.care.errors.tills import CloseNotFoundError
from timebank.care.models.desk import CareCentre, CarePrice, CareService
from timebank.care.models.slips import Redemption, RedemptionLine, VisitorLine
from timebank.care.models.tills import CareTill, DayClose
from timebank.care.rules.desk import RedemptionState, slip_number
from timebank.care.rules.tills import (
    LOOKS_BACK_DAYS,
    CloseState,
    CloseView,
    DayFigures,
    LateSlip,
    ServiceFigures,
)
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page


def figures(session: Session, *, till_id: int, day: date) -> DayFigures:
    """Return what the service knows of a till's day."""
    is_void = and_(
        Redemption.state == RedemptionState.UNDONE.value,
        Redemption.undo_till_id == till_id,
        Redemption.undo_day == day,
        Redemption.till_id == till_id,
        Redemption.slip_day == day,
    )
    minutes = Redemption.total_minutes
    slips, gross, voids, void_minutes = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(minutes), 0),
            func.coalesce(func.sum(case((is_void, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_void, minutes), else_=0)), 0),
        ).where(Redemption.till_id == till_id, Redemption.slip_day == day)
    ).one()
    late_voids, late_minutes = session.execute(
        select(func.count(), func.coalesce(func.sum(minutes), 0)).where(
            Redemption.undo_till_id == till_id,
            Redemption.undo_day == day,
            or_(Redemption.slip_day != day, Redemption.till_id != till_id),
        )
    ).one()
    visits, visit_minutes = session.execute(
        select(
            func.count(VisitorLine.transfer_id.distinct()),
            func.coalesce(func.sum(VisitorLine.quantity * VisitorLine.unit_minutes), 0),
        ).where(VisitorLine.till_id == till_id, VisitorLine.served_on == day)
    ).one()
    return DayFigures(
        slips=slips,
        minutes=int(gross) - int(void_minutes),
        visits=visits,
        visit_minutes=int(visit_minutes),
        money_fen=_money(session, till_id=till_id, day=day),
        voids=int(voids),
        void_minutes=int(void_minutes),
        late_voids=late_voids,
        late_void_minutes=int(late_minutes),
    )


def _of_day(till_id: int, day: date) -> Select[Any]:
    """Select what was handed over on a till's day and not undone on it."""
    kept = or_(
        Redemption.state != RedemptionState.UNDONE.value,
        Redemption.undo_day != day,
        Redemption.undo_till_id != till_id,
    )
    return (
        select(
            CareService.name,
            CareService.unit,
            func.sum(RedemptionLine.quantity),
            func.sum(RedemptionLine.quantity * RedemptionLine.unit_minutes),
            func.sum(RedemptionLine.quantity * func.coalesce(CarePrice.money_note_fen, 0)),
        )
        .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .join(CareService, CareService.id == RedemptionLine.service_id)
        .join(CarePrice, CarePrice.id == RedemptionLine.price_id)
        .where(Redemption.till_id == till_id, Redemption.slip_day == day, kept)
        .group_by(CareService.id, CareService.name, CareService.unit, CareService.position)
        .order_by(CareService.position, CareService.id)
    )


def by_service(session: Session, *, till_id: int, day: date) -> list[ServiceFigures]:
    """Return what a till handed over on a day, service by service."""
    rows = session.execute(_of_day(till_id, day).limit(paging.PAGE_SIZE_MAX))
    return [
        ServiceFigures(name, unit, int(quantity), int(minutes), int(fen))
        for name, unit, quantity, minutes, fen in rows
    ]


def late_slips(session: Session, *, till_id: int, day: date) -> list[LateSlip]:
    """Return slips that stand on a day and were served before, or the other way round."""
    rows = session.execute(
        select(
            *(Redemption.id, Redemption.centre_id, Redemption.slip_day, Redemption.slip_seq),
            *(Redemption.served_on, Redemption.total_minutes),
        )
        .where(
            Redemption.till_id == till_id,
            or_(Redemption.slip_day == day, Redemption.served_on == day),
            Redemption.served_on.is_not(None),
            Redemption.served_on != Redemption.slip_day,
        )
        .order_by(Redemption.slip_day, Redemption.slip_seq)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [
        LateSlip(row_id, slip_number(centre_id=centre, day=on, seq=seq), on, served, minutes)
        for row_id, centre, on, seq, served, minutes in rows
    ]


def _money(session: Session, *, till_id: int, day: date) -> int:
    """Return what the reserve pays for a till's day: residents' benefits, then visitors'."""
    own = sum(one.money_fen for one in by_service(session, till_id=till_id, day=day))
    visits = session.scalar(
        select(
            func.coalesce(
                func.sum(VisitorLine.quantity * func.coalesce(CarePrice.money_note_fen, 0)), 0
            )
        )
        .join(CarePrice, CarePrice.id == VisitorLine.price_id)
        .where(VisitorLine.till_id == till_id, VisitorLine.served_on == day)
    )
    return own + int(visits or 0)


def _closes(community_id: int) -> Select[Any]:
    return (
        select(DayClose, CareCentre.name, CareTill.name)
        .join(CareCentre, CareCentre.id == DayClose.centre_id)
        .join(CareTill, CareTill.id == DayClose.till_id)
        .where(DayClose.community_id == community_id)
    )


def _view(row: Row[Any]) -> CloseView:
    close, centre_name, till_name = row
    return CloseView(
        id=close.id,
        centre_id=close.centre_id,
        centre_name=centre_name,
        till_id=close.till_id,
        till_name=till_name,
        on_day=close.on_day,
        state=close.state,
        figures=DayFigures(
            slips=close.slips,
            minutes=close.minutes,
            visits=close.visits,
            visit_minutes=close.visit_minutes,
            money_fen=close.money_fen,
            voids=close.voids,
            void_minutes=close.void_minutes,
            late_voids=close.late_voids,
            late_void_minutes=close.late_void_minutes,
        ),
        found_slips=close.found_slips,
        found_minutes=close.found_minutes,
        difference_reason=close.difference_reason,
        counted_by=close.counted_by,
        counted_by_user_id=close.counted_by_user_id,
        counted_at=close.counted_at,
        signed_how=close.signed_how,
        signed_by=close.signed_by,
        signed_at=close.signed_at,
    )


def close_of_day(
    session: Session, *, till_id: int, day: date, community_id: int
) -> CloseView | None:
    """Return the close of a till's day, if somebody has counted it."""
    wanted = _closes(community_id).where(DayClose.till_id == till_id, DayClose.on_day == day)
    rows = session.execute(wanted.execution_options(populate_existing=True)).all()
    return _view(rows[0]) if rows else None


def close(session: Session, *, actor: Actor, close_id: int) -> CloseView:
    """Return one close within reach.

    Raises:
        CloseNotFoundError: there is none within reach.
    """
    rows = session.execute(
        _closes(actor.community_id)
        .where(DayClose.id == close_id)
        .execution_options(populate_existing=True)
    ).all()
    reach = actor.reach("care.reverse")
    if not rows or not reach.covers(centre_id=rows[0][0].centre_id):
        raise CloseNotFoundError
    return _view(rows[0])


def closes(
    session: Session,
    *,
    actor: Actor,
    centre_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[CloseView]:
    """Return how days were closed within reach, newest count first."""
    reach = actor.reach("care.reverse")
    wanted = _closes(actor.community_id)
    if not reach.is_wide:
        wanted = wanted.where(DayClose.centre_id.in_(reach.centre_ids))
    if centre_id is not None:
        wanted = wanted.where(DayClose.centre_id == centre_id)
    if cursor:
        wanted = wanted.where(DayClose.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(DayClose.id.desc()).limit(limit + 1)).all()
    return paging.page_of([_view(row) for row in rows], limit=limit, key=lambda view: [view.id])


def open_days(session: Session, *, centre_id: int, before: date) -> list[tuple[int, str, date]]:
    """Return till and day of what is not closed yet, of the two weeks before a day."""
    closed = (
        select(DayClose.id)
        .where(
            DayClose.till_id == Redemption.till_id,
            DayClose.on_day == Redemption.slip_day,
            DayClose.state == CloseState.CLOSED.value,
        )
        .exists()
    )
    rows = session.execute(
        select(CareTill.id, CareTill.name, Redemption.slip_day)
        .join(CareTill, CareTill.id == Redemption.till_id)
        .where(
            Redemption.slip_day < before,
            Redemption.slip_day >= before - timedelta(days=LOOKS_BACK_DAYS),
            Redemption.centre_id == centre_id,
            ~closed,
        )
        .distinct()
        .order_by(Redemption.slip_day.desc(), CareTill.id)
        .limit(paging.PAGE_SIZE)
    )
    return [(till_id, name, day) for till_id, name, day in rows]
