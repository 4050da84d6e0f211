"""What was held and is planned, who comes, and the figures of a year."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.outreach.errors.occasions import OccasionNotFoundError
from timebank.outreach.models.occasions import Occasion, OccasionGuest
from timebank.outreach.rules.occasions import (
    OPEN_KINDS,
    Audience,
    GuestLine,
    GuestState,
    Line,
    OccasionKind,
    OccasionLine,
    OccasionState,
    OccasionView,
    Outcome,
    OwnOccasion,
    Tally,
    YearView,
)

_GUESTS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class OccasionFilter:
    """What narrows the list; None does not narrow."""

    year: int | None = None
    kind: OccasionKind | None = None
    line: Line | None = None
    audience: Audience | None = None
    state: OccasionState | None = None
    needs_recheck: bool = False


def occasions(
    session: Session,
    *,
    actor: Actor,
    wanted: OccasionFilter,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[OccasionLine]:
    """Return what the community holds, the latest day first."""
    rows = select(Occasion).where(Occasion.community_id == actor.community_id, *_narrowed(wanted))
    if cursor is not None:
        number, row_id = paging.decode(cursor, width=2)
        if not isinstance(number, int) or not isinstance(row_id, int):
            raise paging.BadCursorError
        day = day_of_cursor(number)
        rows = rows.where(
            or_(Occasion.on_day < day, and_(Occasion.on_day == day, Occasion.id < row_id))
        )
    found = session.scalars(
        rows.order_by(Occasion.on_day.desc(), Occasion.id.desc()).limit(limit + 1)
    )
    return paging.page_of(
        [line_of(row) for row in found],
        limit=limit,
        key=lambda one: [one.on_day.toordinal(), one.id],
    )


def day_of_cursor(number: int) -> date:
    """Return the day in a cursor.

    Raises:
        BadCursorError: there is no such day.
    """
    try:
        return date.fromordinal(number)
    except (ValueError, OverflowError) as error:
        raise paging.BadCursorError from error


def _narrowed(wanted: OccasionFilter) -> list[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if wanted.year is not None:
        first, last = date(wanted.year, 1, 1), date(wanted.year, 12, 31)
        narrowed.append(Occasion.on_day.between(first, last))
    for column, value in (
        (Occasion.kind, wanted.kind),
        (Occasion.line, wanted.line),
        (Occasion.audience, wanted.audience),
        (Occasion.state, wanted.state),
    ):
        if value is not None:
            narrowed.append(column == value)
    if wanted.needs_recheck:
        narrowed += [Occasion.recheck_on.is_not(None), Occasion.rechecked_on.is_(None)]
    return narrowed


def line_of(row: Occasion) -> OccasionLine:
    """Return the line of a row."""
    is_waiting = row.recheck_on is not None and row.rechecked_on is None
    return OccasionLine(
        id=row.id,
        kind=OccasionKind(row.kind),
        title=row.title,
        on_day=row.on_day,
        time_text=row.time_text,
        place=row.place,
        line=Line(row.line) if row.line else None,
        audience=Audience(row.audience) if row.audience else None,
        state=OccasionState(row.state),
        seats=row.seats,
        attended_count=row.attended_count,
        recheck_on=row.recheck_on,
        rechecked_on=row.rechecked_on,
        is_recheck_late=is_waiting and (row.recheck_on or clock.today()) < clock.today(),
    )


def row_of(session: Session, *, actor: Actor, occasion_id: int) -> Occasion:
    """Return the row of something the actor's community holds.

    Raises:
        OccasionNotFoundError: there is none with this id.
    """
    row = session.get(Occasion, occasion_id)
    if row is None or row.community_id != actor.community_id:
        raise OccasionNotFoundError
    return row


def occasion(session: Session, *, actor: Actor, occasion_id: int) -> OccasionView:
    """Return something held or planned; who comes and who fell out only for those who work at it.

    Raises:
        OccasionNotFoundError: there is none with this id.
    """
    row = row_of(session, actor=actor, occasion_id=occasion_id)
    reach = actor.reach("occasion.work")
    is_mine = bool(reach.centre_ids) or reach.covers(grid_id=row.grid_id)
    return OccasionView(
        about=line_of(row),
        grid_id=row.grid_id,
        task_id=row.task_id,
        outcome=Outcome(
            walk_in_count=row.walk_in_count,
            report=row.report,
            checked_count=row.checked_count,
            found_count=row.found_count,
            copy_count=row.copy_count,
            hazard=row.hazard or "",
            recheck_on=row.recheck_on,
            parties=(row.parties or "") if is_mine else "",
            agreement=(row.agreement or "") if is_mine else "",
        ),
        is_cleared=row.is_cleared,
        cancel_reason=row.cancel_reason or "",
        guests=_guests(session, row.id) if is_mine else [],
    )


def _guests(session: Session, occasion_id: int) -> list[GuestLine]:
    rows = session.scalars(
        select(OccasionGuest)
        .where(OccasionGuest.occasion_id == occasion_id)
        .order_by(OccasionGuest.id)
        .limit(_GUESTS_MAX)
    ).all()
    people = community_queries.persons(session, [row.person_id for row in rows])
    return [
        GuestLine(
            row.id,
            row.person_id,
            people[row.person_id].name,
            people[row.person_id].place_label,
            GuestState(row.state),
        )
        for row in rows
    ]


def year(session: Session, *, actor: Actor, year: int) -> YearView:
    """Return the figures of a year in one read; each counts exactly the rows of its list."""
    rows = session.execute(
        select(
            Occasion.kind,
            Occasion.line,
            Occasion.audience,
            func.count(),
            func.sum(Occasion.attended_count),
        )
        .where(
            Occasion.community_id == actor.community_id,
            Occasion.state == OccasionState.HELD,
            Occasion.on_day.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .group_by(Occasion.kind, Occasion.line, Occasion.audience)
    )
    facts = [
        (kind, line, audience, count, int(people)) for kind, line, audience, count, people in rows
    ]

    def summed(keys: Iterable[StrEnum], at: int) -> list[Tally]:
        """Sum the groups by one of their sides."""
        return [
            Tally(
                key,
                sum(fact[3] for fact in facts if fact[at] == key),
                sum(fact[4] for fact in facts if fact[at] == key),
            )
            for key in keys
        ]

    return YearView(
        year=year,
        lines=summed(Line, 1),
        audiences=summed(Audience, 2),
        kinds=summed(OccasionKind, 0),
        total=sum(fact[3] for fact in facts),
    )


def open_to_me(session: Session, *, actor: Actor) -> list[OwnOccasion]:
    """Return what one may sign up for from today on, the next day first."""
    coming = (
        select(OccasionGuest.occasion_id, func.count().label("taken"))
        .where(OccasionGuest.state != GuestState.WITHDRAWN)
        .group_by(OccasionGuest.occasion_id)
        .subquery()
    )
    mine = and_(
        OccasionGuest.occasion_id == Occasion.id, OccasionGuest.person_id == actor.person_id
    )
    rows = session.execute(
        select(Occasion, func.coalesce(coming.c.taken, 0), OccasionGuest.state)
        .outerjoin(coming, coming.c.occasion_id == Occasion.id)
        .outerjoin(OccasionGuest, mine)
        .where(
            Occasion.community_id == actor.community_id,
            Occasion.state == OccasionState.PLANNED,
            Occasion.kind.in_(OPEN_KINDS),
            Occasion.on_day >= clock.today(),
        )
        .order_by(Occasion.on_day, Occasion.id)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [
        OwnOccasion(
            line_of(row),
            None if row.seats is None else max(row.seats - taken, 0),
            state is not None and state != GuestState.WITHDRAWN,
        )
        for row, taken, state in rows
    ]
