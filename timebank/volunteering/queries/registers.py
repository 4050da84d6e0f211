"""Lists for other registers: which records wait, the batches, and their rows in portions."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from timebank.community.models import Community, Organisation, Person
from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.volunteering.errors.registers import BatchNotFoundError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.registers import RegisterBatch, RegisterItem
from timebank.volunteering.rules import registers as rules
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.rules.registers import BatchView, Row


def _handed_over(*, is_correction: bool) -> Any:  # noqa: ANN401 - an EXISTS of SQLAlchemy
    """Return the condition that a record was handed over, new or as a correction."""
    return exists().where(
        RegisterItem.record_id == ServiceRecord.id, RegisterItem.is_correction.is_(is_correction)
    )


def waiting(
    community_id: int, *, since_on: date, through_on: date, limit: int
) -> Select[tuple[int, bool]]:
    """Return the select of records to hand over: corrections of whatever day, then new ones.

    What was handed over and is approved no longer must reach the other register, whenever it was.
    """
    is_correction = and_(
        ServiceRecord.state == RecordState.UNAPPROVED,
        _handed_over(is_correction=False),
        ~_handed_over(is_correction=True),
    )
    is_new = and_(
        ServiceRecord.state == RecordState.APPROVED,
        ServiceRecord.served_on.between(since_on, through_on),
        ~_handed_over(is_correction=False),
    )
    corrects = (ServiceRecord.state == RecordState.UNAPPROVED).label("is_correction")
    return (
        select(ServiceRecord.id, corrects)
        .where(ServiceRecord.community_id == community_id, or_(is_correction, is_new))
        .order_by(corrects.desc(), ServiceRecord.id)
        .limit(limit)
    )


def count_waiting(
    session: Session, community_id: int, *, since_on: date, through_on: date
) -> tuple[int, int]:
    """Return how many new records and how many corrections wait to be handed over."""
    chosen = waiting(
        community_id, since_on=since_on, through_on=through_on, limit=rules.ROWS_MAX
    ).subquery()
    rows = session.execute(
        select(chosen.c.is_correction, func.count()).group_by(chosen.c.is_correction)
    )
    counted = {bool(is_correction): int(count) for is_correction, count in rows}
    return counted.get(False, 0), counted.get(True, 0)


def _batch_view(row: RegisterBatch) -> BatchView:
    """Return a batch from its row."""
    return BatchView(**{name: getattr(row, name) for name in BatchView.__dataclass_fields__})


def batches(
    session: Session, community_id: int, *, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[BatchView]:
    """Return a community's batches, newest first."""
    wanted = select(RegisterBatch).where(RegisterBatch.community_id == community_id)
    if cursor is not None:
        wanted = wanted.where(RegisterBatch.id < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(RegisterBatch.id.desc()).limit(limit + 1))
    views = [_batch_view(row) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def batch(session: Session, *, community_id: int, batch_id: int) -> BatchView:
    """Return one batch.

    Raises:
        BatchNotFoundError: the community has none with this id.
    """
    row = session.get(RegisterBatch, batch_id)
    if row is None or row.community_id != community_id:
        raise BatchNotFoundError
    return _batch_view(row)


def _select_rows(batch_id: int, *, with_id_numbers: bool) -> Select[Any]:
    """Select a batch's rows; ID numbers are not even read without need."""
    secret = Person.id_number if with_id_numbers else literal("").label("id_number")
    return (
        select(
            RegisterItem.id,
            RegisterItem.is_correction,
            ServiceRecord.id.label("record_id"),
            ServiceRecord.state_reason,
            ServiceRecord.activity,
            ServiceRecord.served_on,
            ServiceRecord.started_at,
            ServiceRecord.ended_at,
            ServiceRecord.minutes,
            Person.name,
            Person.card_no,
            secret,
            ServiceKind.name.label("kind"),
            Organisation.name.label("organisation"),
            Community.name.label("community"),
            Community.code,
            RegisterBatch.number,
        )
        .join(RegisterBatch, RegisterBatch.id == RegisterItem.batch_id)
        .join(ServiceRecord, ServiceRecord.id == RegisterItem.record_id)
        .join(Person, Person.id == ServiceRecord.volunteer_id)
        .join(ServiceKind, ServiceKind.id == ServiceRecord.kind_id)
        .join(Community, Community.id == ServiceRecord.community_id)
        .outerjoin(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(RegisterItem.batch_id == batch_id)
        .order_by(RegisterItem.id)
    )


def _row(it: Any) -> Row:  # noqa: ANN401 - an outer join's row is typed as never NULL
    """Return a row of a list."""
    return Row(
        record_number=rules.record_number(code=it.code, record_id=it.record_id),
        is_correction=it.is_correction,
        correction_reason=it.state_reason if it.is_correction else "",
        volunteer_number=it.card_no or "",
        volunteer_name=it.name,
        id_number=it.id_number or "",
        activity="" if it.activity == it.kind else it.activity,
        kind=it.kind,
        served_on=it.served_on,
        started=f"{clock.local(it.started_at):%H:%M}",
        ended=f"{clock.local(it.ended_at):%H:%M}",
        minutes=it.minutes,
        organisation=it.organisation or it.community,
        batch=it.number,
    )


def rows_in_portions(
    session: Session, batch_id: int, *, with_id_numbers: bool
) -> Iterator[list[Row]]:
    """Yield a batch's rows, so many at a time, however long it is."""
    wanted, last_id = _select_rows(batch_id, with_id_numbers=with_id_numbers), 0
    while True:
        portion = wanted.where(RegisterItem.id > last_id).limit(rules.PORTION)
        found = session.execute(portion).all()
        if not found:
            return
        last_id = found[-1].id
        yield [_row(one) for one in found]


def rows(
    session: Session, batch_id: int, *, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[Row]:
    """Return a page of a batch's rows, without ID numbers."""
    wanted = _select_rows(batch_id, with_id_numbers=False)
    if cursor is not None:
        wanted = wanted.where(RegisterItem.id > paging.decode_id(cursor))
    found = session.execute(wanted.limit(limit + 1)).all()
    page = paging.page_of(found, limit=limit, key=lambda one: [one.id])
    return Page([_row(one) for one in page.items], page.next_cursor)
