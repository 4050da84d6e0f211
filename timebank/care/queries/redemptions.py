"""Redemptions with their lines: one, a list, those of a case, a slip to be checked."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    column,
    func,
    select,
    table,
    true,
)
from sqlalchemy.orm import Session, aliased

from timebank.care.errors.desk import (
    RedemptionNotFoundError,
)
from timebank.care.models.desk import CareCentre, CareService, MemberCard
from timebank.care.models.slips import Redemption, RedemptionLine
from timebank.care.models.tills import CareTill
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import (
    CaseRedemptions,
    LineView,
    RedemptionState,
    RedemptionView,
)
from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor, Reach
from timebank.kernel.paging import Page
from timebank.kernel.sealed import blind_index
from timebank.ledger.rules.values import Balance
from timebank.volunteering.queries import passbook

CHECK_CODE_CHARS = 20
OPEN_CASES_MAX = 5

# Cases stand above this room; of theirs only number, reporter and whether they are open are asked.
_CASE = table(
    "case_file",
    *map(column, ("id", "community_id", "number", "reporter_person_id", "closed_at")),
)
_RELATIVE = aliased(Person)


def check_code(redemption_id: int) -> str:
    """Return the code on a slip by which anyone can check that it is genuine."""
    return blind_index(f"slip:{redemption_id}")[:CHECK_CODE_CHARS]


def _redemptions(community_id: int) -> Select[Any]:
    return (
        select(
            *(Redemption, CareCentre.name, Person.name, MemberCard.card_no, _CASE.c.number),
            *(_RELATIVE.name, CareTill.name),
        )
        .join(CareCentre, CareCentre.id == Redemption.centre_id)
        .join(Person, Person.id == Redemption.person_id)
        .join(MemberCard, MemberCard.id == Redemption.card_id)
        .join(CareTill, CareTill.id == Redemption.till_id)
        .outerjoin(_CASE, _CASE.c.id == Redemption.case_id)
        .outerjoin(_RELATIVE, _RELATIVE.id == Redemption.relative_id)
        .where(Redemption.community_id == community_id)
    )


def _lines(session: Session, ids: Collection[int]) -> dict[int, list[LineView]]:
    """Return the lines of some redemptions by redemption."""
    rows = session.execute(
        select(RedemptionLine, CareService.name, CareService.unit, CareService.place_text)
        .join(CareService, CareService.id == RedemptionLine.service_id)
        .where(RedemptionLine.redemption_id.in_(ids))
        .order_by(RedemptionLine.id)
    )
    found: dict[int, list[LineView]] = {}
    for line, name, unit, place_text in rows:
        found.setdefault(line.redemption_id, []).append(
            LineView(
                service_id=line.service_id,
                service_name=name,
                unit=unit,
                quantity=line.quantity,
                unit_minutes=line.unit_minutes,
                minutes=line.quantity * line.unit_minutes,
                place_text=place_text,
                queue_number=line.queue_number,
            )
        )
    return found


def _redemption_views(session: Session, rows: Sequence[Row[Any]]) -> list[RedemptionView]:
    """Return views with their lines, read at once."""
    lines = _lines(session, [row[0].id for row in rows])
    return [_redemption_view(row, tuple(lines.get(row[0].id, ()))) for row in rows]


def _redemption_view(row: Row[Any], lines: tuple[LineView, ...]) -> RedemptionView:
    redemption, centre_name, person_name, card_no, case_number, relative_name, till_name = row
    return RedemptionView(
        id=redemption.id,
        person_id=redemption.person_id,
        person_name=person_name,
        card_no=card_no,
        centre_id=redemption.centre_id,
        centre_name=centre_name,
        operator_name=redemption.operator_name,
        state=redemption.state,
        proof=redemption.proof,
        total_minutes=redemption.total_minutes,
        slip_number=rules.slip_number(
            centre_id=redemption.centre_id, day=redemption.slip_day, seq=redemption.slip_seq
        ),
        slip_seq=redemption.slip_seq,
        recorded_at=redemption.recorded_at,
        undo_reason=redemption.undo_reason,
        case_id=redemption.case_id,
        case_number=case_number or "",
        booking_id=redemption.booking_id,
        entry_id=redemption.entry_id,
        reversal_entry_id=redemption.reversal_entry_id,
        check_code=check_code(redemption.id),
        lines=lines,
        relative_id=redemption.relative_id,
        relative_name=relative_name or "",
        till_id=redemption.till_id,
        till_name=till_name,
        slip_day=redemption.slip_day,
        served_on=redemption.served_on,
        instead_name=redemption.instead_name or "",
        instead_kind=redemption.instead_kind or "",
        undone_by=redemption.undone_by,
        undo_second=redemption.undo_second,
        table_key=redemption.table_key,
    )


def _within(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Return the condition that a redemption lies within the actor's reach."""
    reach: Reach = actor.reach(permission)
    if reach.is_wide:
        return true()
    own = actor.person_id if reach.own and actor.person_id is not None else -1
    return (Redemption.person_id == own) | Redemption.centre_id.in_(reach.centre_ids)


def redemption(
    session: Session, *, actor: Actor, redemption_id: int, permission: str = "care.read"
) -> RedemptionView:
    """Return one redemption within the actor's reach.

    Raises:
        RedemptionNotFoundError: there is none within reach.
    """
    wanted = _redemptions(actor.community_id).where(Redemption.id == redemption_id)
    rows = session.execute(wanted.where(_within(actor, permission))).all()
    if not rows:
        raise RedemptionNotFoundError
    return _redemption_views(session, rows)[0]


def redemptions_behind(
    session: Session, *, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, RedemptionView]:
    """Return the redemptions within reach that made or undid entries, by entry."""
    wanted = _redemptions(actor.community_id).where(
        Redemption.entry_id.in_(entry_ids) | Redemption.reversal_entry_id.in_(entry_ids)
    )
    rows = session.execute(wanted.where(_within(actor, "care.read"))).all()
    views = _redemption_views(session, rows)
    return {
        entry_id: view
        for view in views
        for entry_id in (view.entry_id, view.reversal_entry_id)
        if entry_id is not None
    }


def redemption_of(session: Session, redemption_id: int) -> RedemptionView:
    """Return one redemption to a caller who knows that the actor may see it.

    Raises:
        RedemptionNotFoundError: there is none with this id.
    """
    community_id = session.scalar(
        select(Redemption.community_id).where(Redemption.id == redemption_id)
    )
    if community_id is None:
        raise RedemptionNotFoundError
    wanted = _redemptions(community_id).where(Redemption.id == redemption_id)
    rows = session.execute(wanted.execution_options(populate_existing=True)).all()
    return _redemption_views(session, rows)[0]


def has_case(session: Session, *, community_id: int, case_id: int) -> bool:
    """Whether the community has this case."""
    wanted = select(_CASE.c.id).where(_CASE.c.id == case_id, _CASE.c.community_id == community_id)
    return session.scalar(wanted) is not None


def open_cases_of(session: Session, *, community_id: int, person_id: int) -> list[tuple[int, str]]:
    """Return id and number, no more, of the open cases that a person reported."""
    wanted = select(_CASE.c.id, _CASE.c.number).where(
        _CASE.c.community_id == community_id,
        _CASE.c.reporter_person_id == person_id,
        _CASE.c.closed_at.is_(None),
    )
    rows = session.execute(wanted.order_by(_CASE.c.id.desc()).limit(OPEN_CASES_MAX))
    return [(row.id, row.number) for row in rows]


def redemption_of_key(session: Session, *, community_id: int, key: UUID) -> RedemptionView | None:
    """Return the redemption that a key made, if it made one."""
    rows = session.execute(_redemptions(community_id).where(Redemption.key == key)).all()
    return _redemption_views(session, rows)[0] if rows else None


def redemptions(
    session: Session,
    *,
    actor: Actor,
    permission: str = "care.read",
    day: date | None = None,
    centre_id: int | None = None,
    person_id: int | None = None,
    such: ColumnElement[bool] | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[RedemptionView]:
    """Return redemptions within reach, newest first; ``such`` is one more condition on them."""
    wanted = _redemptions(actor.community_id).where(_within(actor, permission))
    if such is not None:
        wanted = wanted.where(such)
    if day is not None:
        wanted = wanted.where(Redemption.slip_day == day)
    if centre_id is not None:
        wanted = wanted.where(Redemption.centre_id == centre_id)
    if person_id is not None:
        wanted = wanted.where(Redemption.person_id == person_id)
    if cursor:
        wanted = wanted.where(Redemption.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(Redemption.id.desc()).limit(limit + 1)).all()
    return paging.page_of(_redemption_views(session, rows), limit=limit, key=lambda view: [view.id])


def redemptions_of_table(
    session: Session, *, actor: Actor, table_key: UUID
) -> list[RedemptionView]:
    """Return what was redeemed at one table within reach."""
    wanted = _redemptions(actor.community_id).where(Redemption.table_key == table_key)
    within = wanted.where(_within(actor, "care.redeem")).order_by(Redemption.id)
    return _redemption_views(session, session.execute(within.limit(paging.PAGE_SIZE)).all())


def balances_of(
    session: Session, actor: Actor, found: Collection[RedemptionView]
) -> dict[int, Balance]:
    """Return what is left to those of some redemptions, by person."""
    return {
        one.person_id: passbook.balance(
            session, community_id=actor.community_id, person_id=one.person_id
        )
        for one in found
    }


def redemptions_of_case(session: Session, case_id: int) -> CaseRedemptions:
    """Return what was redeemed for a case, with the minutes that were not undone."""
    community_id = session.scalar(
        select(Redemption.community_id).where(Redemption.case_id == case_id).limit(1)
    )
    if community_id is None:
        return CaseRedemptions((), 0)
    rows = session.execute(
        _redemptions(community_id)
        .where(Redemption.case_id == case_id)
        .order_by(Redemption.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    items = tuple(_redemption_views(session, rows))
    counted = [item for item in items if item.state != RedemptionState.UNDONE]
    return CaseRedemptions(items, sum(item.total_minutes for item in counted))


def checked_slip(
    session: Session, *, redemption_id: int, code: str
) -> tuple[str, date, int, str] | None:
    """Return centre, day, minutes and state of a slip whose code is right; nobody's name."""
    if code != check_code(redemption_id):
        return None
    row = session.execute(
        select(CareCentre.name, Redemption.slip_day, Redemption.total_minutes, Redemption.state)
        .join(CareCentre, CareCentre.id == Redemption.centre_id)
        .where(Redemption.id == redemption_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def today_count(session: Session, centre_id: int) -> int:
    """Return how many redemptions a centre has made today."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Redemption)
            .where(Redemption.centre_id == centre_id, Redemption.slip_day == clock.today())
        )
        or 0
    )
