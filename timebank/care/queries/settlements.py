"""Statements of months within reach, their lines, their sums by service."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, select
from sqlalchemy.orm import Session

from timebank.care.errors.settlements import (
    SettlementLineNotFoundError,
    SettlementNotFoundError,
)
from timebank.care.models.desk import CareCentre, CarePrice, CareService
from timebank.care.models.settlements import Settlement, SettlementDispute, SettlementLine
from timebank.care.models.slips import Redemption, RedemptionLine, VisitorLine
from timebank.care.rules import desk
from timebank.care.rules.settlements import (
    DisputeView,
    Outcome,
    ServiceSum,
    SettlementLineView,
    SettlementView,
)
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page

_IS_STRUCK = SettlementDispute.outcome == Outcome.STRUCK.value


def _settlements(community_id: int) -> Select[Any]:
    """Select statements with what was said against their lines."""
    said = (
        select(
            SettlementDispute.settlement_id,
            func.count().label("count"),
            func.sum(case((SettlementDispute.outcome.is_(None), 1), else_=0)).label("open"),
            func.sum(case((_IS_STRUCK, SettlementLine.amount_fen), else_=0)).label("struck"),
        )
        .join(SettlementLine, SettlementLine.id == SettlementDispute.line_id)
        .group_by(SettlementDispute.settlement_id)
        .subquery()
    )
    return (
        select(Settlement, CareCentre.name, said.c.count, said.c.open, said.c.struck)
        .join(CareCentre, CareCentre.id == Settlement.centre_id)
        .outerjoin(said, said.c.settlement_id == Settlement.id)
        .where(Settlement.community_id == community_id)
    )


def _view(row: Row[Any]) -> SettlementView:
    it, centre_name, disputes, open_disputes, struck = row
    return SettlementView(
        id=it.id,
        centre_id=it.centre_id,
        centre_name=centre_name,
        provider_name=it.provider_name,
        month_on=it.month_on,
        state=it.state,
        line_count=it.line_count,
        minutes=it.minutes,
        amount_fen=it.amount_fen,
        struck_fen=int(struck or 0),
        disputes=int(disputes or 0),
        open_disputes=int(open_disputes or 0),
        drafted_by=it.drafted_by,
        drafted_by_user_id=it.drafted_by_user_id,
        drafted_at=it.drafted_at,
        approved_by=it.approved_by,
        approved_at=it.approved_at,
        entry_id=it.entry_id,
        paid_on=it.paid_on,
        paid_document=it.paid_document,
        paid_by=it.paid_by,
        payment_entry_id=it.payment_entry_id,
    )


def settlement(
    session: Session, *, actor: Actor, settlement_id: int, permission: str = "settlement.read"
) -> SettlementView:
    """Return one statement within reach.

    Raises:
        SettlementNotFoundError: there is none within reach.
    """
    row = session.execute(
        _settlements(actor.community_id)
        .where(Settlement.id == settlement_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not actor.reach(permission).covers(centre_id=row[0].centre_id):
        raise SettlementNotFoundError
    return _view(row)


def settlements(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[SettlementView]:
    """Return statements within reach, newest first."""
    reach = actor.reach("settlement.read")
    wanted = _settlements(actor.community_id)
    if not reach.is_wide:
        wanted = wanted.where(Settlement.centre_id.in_(reach.centre_ids))
    if cursor:
        wanted = wanted.where(Settlement.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(Settlement.id.desc()).limit(limit + 1)).all()
    return paging.page_of([_view(row) for row in rows], limit=limit, key=lambda view: [view.id])


def _lines(settlement_id: int) -> Select[Any]:
    """Select lines with their slips and what was said against them."""
    return (
        select(
            *(SettlementLine, CareService.name, CareService.unit, Redemption.id),
            *(Redemption.centre_id, Redemption.slip_day, Redemption.slip_seq),
            *(VisitorLine.transfer_id, VisitorLine.slip_number, SettlementDispute),
        )
        .join(CareService, CareService.id == SettlementLine.service_id)
        .outerjoin(RedemptionLine, RedemptionLine.id == SettlementLine.redemption_line_id)
        .outerjoin(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .outerjoin(VisitorLine, VisitorLine.id == SettlementLine.visitor_line_id)
        .outerjoin(SettlementDispute, SettlementDispute.line_id == SettlementLine.id)
        .where(SettlementLine.settlement_id == settlement_id)
        .order_by(SettlementLine.number)
    )


def _line_view(row: Row[Any]) -> SettlementLineView:
    it, name, unit, redemption_id, centre_id, day, seq, transfer_id, number, dispute = row
    return SettlementLineView(
        id=it.id,
        settlement_id=it.settlement_id,
        number=it.number,
        kind=it.kind,
        on_day=it.on_day,
        service_name=name,
        unit=unit,
        quantity=it.quantity,
        minutes=it.minutes,
        amount_fen=it.amount_fen,
        slip_number=number or desk.slip_number(centre_id=centre_id, day=day, seq=seq),
        redemption_id=redemption_id,
        transfer_id=transfer_id,
        dispute=None if dispute is None else _dispute_view(dispute),
    )


def _dispute_view(it: SettlementDispute) -> DisputeView:
    return DisputeView(
        reason=it.reason,
        raised_by=it.raised_by,
        raised_by_user_id=it.raised_by_user_id,
        raised_at=it.raised_at,
        outcome=it.outcome,
        answer=it.answer,
        answered_by=it.answered_by,
        answered_at=it.answered_at,
    )


def lines(
    session: Session,
    *,
    settlement_id: int,
    is_disputed: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[SettlementLineView]:
    """Return lines of a statement that the caller may see, in their order."""
    wanted = _lines(settlement_id)
    if is_disputed:
        wanted = wanted.where(SettlementDispute.id.is_not(None))
    if cursor:
        wanted = wanted.where(SettlementLine.number > paging.decode_id(cursor))
    rows = session.execute(wanted.limit(limit + 1)).all()
    views = [_line_view(row) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.number])


def all_lines(session: Session, *, settlement_id: int) -> Iterator[SettlementLineView]:
    """Yield every line of a statement that the caller may see, page by page."""
    cursor: str | None = None
    while True:
        page = lines(
            session, settlement_id=settlement_id, cursor=cursor, limit=paging.PAGE_SIZE_MAX
        )
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def line(session: Session, *, settlement_id: int, line_id: int) -> SettlementLineView:
    """Return one line of a statement that the caller may see.

    Raises:
        SettlementLineNotFoundError: it has no such line.
    """
    row = session.execute(
        _lines(settlement_id)
        .where(SettlementLine.id == line_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise SettlementLineNotFoundError
    return _line_view(row)


def by_service(session: Session, *, settlement_id: int) -> list[ServiceSum]:
    """Return a statement's sums by service and price."""
    it, price = SettlementLine, CarePrice
    rows = session.execute(
        select(
            *(CareService.name, CareService.unit, price.minutes),
            func.coalesce(price.money_note_fen, 0),
            *(func.sum(it.quantity), func.sum(it.minutes), func.sum(it.amount_fen)),
            func.sum(case((_IS_STRUCK, it.amount_fen), else_=0)),
        )
        .join(CareService, CareService.id == it.service_id)
        .join(price, price.id == it.price_id)
        .outerjoin(SettlementDispute, and_(SettlementDispute.line_id == it.id, _IS_STRUCK))
        .where(it.settlement_id == settlement_id)
        .group_by(
            *(CareService.id, CareService.name, CareService.unit, CareService.position),
            *(price.id, price.minutes, price.money_note_fen),
        )
        .order_by(CareService.position, CareService.id, price.id)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [ServiceSum(row[0], row[1], *(int(value) for value in row[2:])) for row in rows]
