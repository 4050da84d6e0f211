"""What a counter served to people of other communities."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import VisitNotFoundError
from timebank.care.models.desk import CareCentre, CareService
from timebank.care.models.slips import VisitorLine
from timebank.care.models.visit_undoings import CareVisitUndoing
from timebank.care.rules.desk import LineView
from timebank.care.rules.visitors import VisitView
from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing
from timebank.volunteering.rules.clearing import TransferState


def visit(session: Session, *, actor: Actor, transfer_id: int, permission: str) -> VisitView:
    """Return what was served for one code, within reach.

    Raises:
        VisitNotFoundError: nothing was, here.
    """
    found = _views(session, actor.community_id, VisitorLine.transfer_id == transfer_id)
    if not found or not actor.reach(permission).covers(centre_id=found[0].centre_id):
        raise VisitNotFoundError
    return found[0]


def visits_today(session: Session, *, community_id: int, centre_id: int) -> list[VisitView]:
    """Return what a centre served to visitors today, latest first."""
    return _views(
        session,
        community_id,
        VisitorLine.centre_id == centre_id,
        VisitorLine.served_on == clock.today(),
    )


def _views(
    session: Session, community_id: int, *conditions: ColumnElement[bool]
) -> list[VisitView]:
    """Return visits with their lines, latest first."""
    it = ClearingTransfer
    ids = (
        select(VisitorLine.transfer_id)
        .where(VisitorLine.community_id == community_id, *conditions)
        .distinct()
        .order_by(VisitorLine.transfer_id.desc())
        .limit(paging.PAGE_SIZE)
    )
    rows = session.execute(
        select(it, Person.name, CareVisitUndoing)
        .join(Person, Person.id == it.person_id)
        .outerjoin(CareVisitUndoing, CareVisitUndoing.transfer_id == it.id)
        .where(it.id.in_(ids))
        .order_by(it.id.desc())
    ).all()
    if not rows:
        return []
    lines, known = _lines(session, [row.id for row, _, _ in rows]), clearing.names(session)
    return [
        _view(row, name, known[row.community_id], lines[row.id], undoing)
        for row, name, undoing in rows
    ]


def _lines(
    session: Session, transfer_ids: Collection[int]
) -> dict[int, list[tuple[VisitorLine, CareService, str]]]:
    """Return the lines of some visits with service and centre."""
    found: dict[int, list[tuple[VisitorLine, CareService, str]]] = {}
    rows = session.execute(
        select(VisitorLine, CareService, CareCentre.name)
        .join(CareService, CareService.id == VisitorLine.service_id)
        .join(CareCentre, CareCentre.id == VisitorLine.centre_id)
        .where(VisitorLine.transfer_id.in_(transfer_ids))
        .order_by(VisitorLine.id)
    )
    for line, service, centre_name in rows:
        found.setdefault(line.transfer_id, []).append((line, service, centre_name))
    return found


def _view(
    row: ClearingTransfer,
    person_name: str,
    community_name: str,
    lines: list[tuple[VisitorLine, CareService, str]],
    undoing: CareVisitUndoing | None,
) -> VisitView:
    """Return one visit."""
    first, _, centre_name = lines[0]
    return VisitView(
        transfer_id=row.id,
        person_id=row.person_id,
        person_name=person_name,
        community_name=community_name,
        centre_id=first.centre_id,
        centre_name=centre_name,
        till_id=first.till_id,
        slip_number=first.slip_number,
        served_on=first.served_on,
        served_at=row.decided_at or row.requested_at,
        operator_name=row.decided_by_name,
        total_minutes=row.moved_minutes or 0,
        is_undone=row.state == TransferState.REVERSED,
        undo_reason=row.reversal_reason,
        undone_by=undoing.undone_by if undoing else "",
        undo_second=undoing.second if undoing else "",
        lines=tuple(
            LineView(
                service_id=line.service_id,
                service_name=service.name,
                unit=service.unit,
                quantity=line.quantity,
                unit_minutes=line.unit_minutes,
                minutes=line.quantity * line.unit_minutes,
                place_text=service.place_text,
                queue_number=line.queue_number,
            )
            for line, service, _ in lines
        ),
    )
