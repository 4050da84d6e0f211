"""Reads of what households owe, and of the register of owners it is laid on by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import receivables as errors
from timebank.cofund.models.receivables import Holding, Receivable, Waiver
from timebank.cofund.rules.receivables import (
    ReceivableSums,
    ReceivableView,
    WaiverState,
    state_of,
)
from timebank.community.models import Building, Household, MicroGrid
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of


@dataclass(frozen=True, slots=True)
class Dwelling:
    """A dwelling with its place; what the register says of it stays empty when it is not there."""

    household_id: int
    building: int
    unit: int
    room_no: str
    area_hundredths: int | None
    owner_name: str | None
    owner_person_id: int | None


@dataclass(frozen=True, slots=True)
class WaiverView:
    """A request to let a household off."""

    id: int
    receivable: ReceivableView
    amount_fen: int
    reason: str
    state: WaiverState
    asked_by: int
    asked_name: str
    asked_at: datetime
    decided_name: str
    decision_note: str


def _placed() -> Select[Any]:
    """Select receivables with the place of their household."""
    return (
        select(Receivable, Building.number, MicroGrid.unit_no, Household.room_no)
        .join(Household, Household.id == Receivable.household_id)
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
    )


def view_of(row: Row[Any]) -> ReceivableView:
    """Return a receivable's row, with its place, as a value."""
    one, building, unit, room_no = row
    return ReceivableView(
        id=one.id,
        project_id=one.project_id,
        household_id=one.household_id,
        building=building,
        unit=unit,
        room_no=room_no,
        instalment=one.instalment,
        amount_fen=one.amount_fen,
        paid_fen=one.paid_fen,
        waived_fen=one.waived_fen,
        outstanding_fen=one.outstanding_fen,
        payment_code=one.payment_code,
        due_on=one.due_on,
        state=state_of(
            amount_fen=one.amount_fen,
            paid_fen=one.paid_fen,
            waived_fen=one.waived_fen,
            is_cancelled=one.cancelled_at is not None,
        ),
        raised_at=one.raised_at,
    )


def receivable(session: Session, *, community_id: int, receivable_id: int) -> ReceivableView:
    """Return what one household owes.

    Raises:
        ReceivableNotFoundError: there is none in this community.
    """
    wanted = _placed().where(
        Receivable.id == receivable_id, Receivable.community_id == community_id
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise errors.ReceivableNotFoundError
    return view_of(row)


def receivable_id_of_code(session: Session, *, community_id: int, code: str) -> int | None:
    """Return which receivable a payment code names; None when there is none that stands."""
    return session.scalar(
        select(Receivable.id).where(
            Receivable.community_id == community_id,
            Receivable.payment_code == code,
            Receivable.cancelled_at.is_(None),
        )
    )


def receivables(
    session: Session,
    *,
    project_id: int,
    building: int | None = None,
    only_open: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[ReceivableView]:
    """Return what the households of a project owe, in the order in which it was raised."""
    wanted = _placed().where(Receivable.project_id == project_id, Receivable.cancelled_at.is_(None))
    if building is not None:
        wanted = wanted.where(Building.number == building)
    if only_open:
        wanted = wanted.where(Receivable.outstanding_fen > 0)
    if cursor:
        wanted = wanted.where(Receivable.id > decode_id(cursor))
    rows = session.execute(wanted.order_by(Receivable.id).limit(limit + 1)).all()
    return page_of([view_of(row) for row in rows], limit=limit, key=lambda view: [view.id])


def of_household(session: Session, household_id: int) -> list[ReceivableView]:
    """Return what one household is asked for, the latest project first."""
    wanted = (
        _placed()
        .where(Receivable.household_id == household_id, Receivable.cancelled_at.is_(None))
        .order_by(Receivable.project_id.desc(), Receivable.instalment)
        .limit(PAGE_SIZE)
    )
    return [view_of(row) for row in session.execute(wanted)]


def sums(session: Session, project_id: int) -> ReceivableSums:
    """Return how the households of a project stand together."""
    per_household = (
        select(
            func.sum(Receivable.amount_fen).label("amount"),
            func.sum(Receivable.paid_fen).label("paid"),
            func.sum(Receivable.waived_fen).label("waived"),
            func.sum(Receivable.outstanding_fen).label("outstanding"),
        )
        .where(Receivable.project_id == project_id, Receivable.cancelled_at.is_(None))
        .group_by(Receivable.household_id)
        .subquery()
    )
    at = per_household.c
    found = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((at.outstanding == 0, 1), else_=0)), 0),
            *(
                func.coalesce(func.sum(one), 0)
                for one in (at.amount, at.paid, at.waived, at.outstanding)
            ),
        ).select_from(per_household)
    ).one()
    return ReceivableSums(*(int(one) for one in found))


def buildings_of(session: Session, project_id: int) -> list[int]:
    """Return the numbers of the buildings whose households owe for a project."""
    return list(
        session.scalars(
            select(Building.number)
            .join(MicroGrid, MicroGrid.building_id == Building.id)
            .join(Household, Household.micro_grid_id == MicroGrid.id)
            .join(Receivable, Receivable.household_id == Household.id)
            .where(Receivable.project_id == project_id, Receivable.cancelled_at.is_(None))
            .distinct()
            .order_by(Building.number)
        )
    )


def dwellings(
    session: Session,
    *,
    community_id: int,
    household_ids: Collection[int] | None = None,
    buildings: Collection[int] | None = None,
    only_registered: bool = False,
    limit: int | None = None,
) -> Sequence[Dwelling]:
    """Return dwellings with what the register of owners says of them, by place."""
    wanted = (
        select(
            Household.id,
            Building.number,
            MicroGrid.unit_no,
            Household.room_no,
            Holding.area_hundredths,
            Holding.owner_name,
            Holding.owner_person_id,
        )
        .join(MicroGrid, MicroGrid.id == Household.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .join(Holding, Holding.household_id == Household.id, isouter=not only_registered)
        .where(Household.community_id == community_id)
        .order_by(Building.number, MicroGrid.unit_no, Household.room_no)
    )
    if household_ids is not None:
        wanted = wanted.where(Household.id.in_(household_ids))
    if buildings is not None:
        wanted = wanted.where(Building.number.in_(buildings))
    if limit is not None:
        wanted = wanted.limit(limit)
    return [Dwelling(*row) for row in session.execute(wanted)]


def waivers(
    session: Session, *, community_id: int, project_id: int, cursor: str | None = None
) -> Page[WaiverView]:
    """Return the requests for waivers of a project, newest first."""
    wanted = (
        _placed()
        .add_columns(Waiver)
        .join(Waiver, Waiver.receivable_id == Receivable.id)
        .where(Receivable.project_id == project_id, Receivable.community_id == community_id)
    )
    if cursor:
        wanted = wanted.where(Waiver.id < decode_id(cursor))
    rows = session.execute(wanted.order_by(Waiver.id.desc()).limit(PAGE_SIZE + 1)).all()
    views = [_waiver_view(row) for row in rows]
    return page_of(views, limit=PAGE_SIZE, key=lambda view: [view.id])


def waiver(session: Session, *, community_id: int, waiver_id: int) -> WaiverView:
    """Return one request for a waiver.

    Raises:
        WaiverNotFoundError: there is none in this community.
    """
    row = session.execute(
        _placed()
        .add_columns(Waiver)
        .join(Waiver, Waiver.receivable_id == Receivable.id)
        .where(Waiver.id == waiver_id, Waiver.community_id == community_id)
    ).one_or_none()
    if row is None:
        raise errors.WaiverNotFoundError
    return _waiver_view(row)


def _waiver_view(row: Row[Any]) -> WaiverView:
    """Return a waiver's row as a value."""
    *placed, one = row
    return WaiverView(
        id=one.id,
        receivable=view_of(tuple(placed)),  # type: ignore[arg-type]  # a row is a tuple
        amount_fen=one.amount_fen,
        reason=one.reason,
        state=WaiverState(one.state),
        asked_by=one.asked_by,
        asked_name=one.asked_name,
        asked_at=one.asked_at,
        decided_name=one.decided_name,
        decision_note=one.decision_note,
    )
