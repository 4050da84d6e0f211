"""Lists of cases by clock: what is late first, then what is due next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile, is_open_case
from timebank.cases.models.routing import CaseRoute
from timebank.cases.rules import clocks, flow, overlays
from timebank.cases.rules.clocks import Clock, ClockState
from timebank.cases.rules.flow import Category, Command, Level, Source, State, Step
from timebank.community import queries as community_queries
from timebank.community.queries import MicroGridView
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor, Reach
from timebank.kernel.paging import Page

# So many cases are weighed for the heading; those that are late come first.
_WEIGHED_MAX = 500


class Tab(StrEnum):
    """Which cases: on the actor's hands, all that are open, or all there are."""

    MINE = "mine"
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What narrows a list; None does not narrow."""

    tab: Tab | None = None
    state: State | None = None
    source: Source | None = None
    category: Category | None = None
    grid_id: int | None = None
    micro_grid_id: int | None = None
    text: str | None = None
    is_late: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list, with the clock of the step it waits for."""

    id: int
    number: str
    title: str
    source: Source
    category: Category
    state: State
    round: int
    version: int
    step: Step | None
    place_label: str
    place_text: str
    holder_user_id: int | None
    holder_name: str | None
    assigned_name: str | None
    level: Level
    registered_at: datetime
    due_at: datetime | None
    clock: Clock | None
    paused_until: datetime | None
    next_command: Command | None

    @property
    def paused_last_on(self) -> date | None:
        """The last day of the pause that runs."""
        return overlays.last_day(self.paused_until)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases are on one's hands and open within reach; of a tab's, late and soon due."""

    mine: int
    open: int
    late: int
    soon: int


def cases(
    session: Session,
    *,
    actor: Actor,
    wanted: CaseFilter,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[CaseLine]:
    """Return the cases within reach in the order of their deadlines.

    Raises:
        BadCursorError: the cursor is none of this list.
    """
    places = _places(session, actor)
    found = select(CaseFile).where(
        CaseFile.community_id == actor.community_id,
        within(actor, "case.read", places),
        *_clauses(actor, wanted, places),
    )
    if cursor:
        found = found.where(_after(cursor))
    rows = session.scalars(
        found.order_by(CaseFile.order_at, CaseFile.id.desc()).limit(limit + 1)
    ).all()
    cut = paging.page_of(rows, limit=limit, key=lambda row: [row.order_at.isoformat(), row.id])
    now = clock.now()
    return Page([_line(row, places, now=now) for row in cut.items], cut.next_cursor)


def first_tab(actor: Actor) -> Tab:
    """Return what somebody sees first: who works a grid sees what is on their hands."""
    return Tab.MINE if actor.reach("case.work").grid_ids else Tab.OPEN


def counts(session: Session, *, actor: Actor, tab: Tab | None = None) -> Counts:
    """Return the figures of the list's heading; late and soon are those of the tab."""
    places, now = _places(session, actor), clock.now()
    mine = _mine(actor, places)
    is_open = and_(within(actor, "case.read", places), is_open_case())
    weighed = session.scalars(
        select(CaseFile)
        .where(CaseFile.community_id == actor.community_id, mine if tab is Tab.MINE else is_open)
        .order_by(CaseFile.order_at)
        .limit(_WEIGHED_MAX)
    ).all()
    clocks = [clock_of_case(row, now=now) for row in weighed]
    states = [one.state for one in clocks if one]
    return Counts(
        mine=_count(session, actor, mine),
        open=_count(session, actor, is_open),
        late=states.count(ClockState.LATE),
        soon=states.count(ClockState.SOON),
    )


def _count(session: Session, actor: Actor, clause: ColumnElement[bool]) -> int:
    """Return how many of the community's cases meet a condition."""
    found = select(func.count()).where(CaseFile.community_id == actor.community_id, clause)
    return session.scalar(found.select_from(CaseFile)) or 0


def places_to_register(session: Session, *, actor: Actor) -> list[MicroGridView]:
    """Return the micro-grids in which the actor may register a case."""
    places = community_queries.micro_grids(session, actor.community_id)
    reach = actor.reach("case.open")
    if reach.is_wide or reach.centre_ids or not reach.grid_ids:
        return places
    return [place for place in places if place.grid_id in reach.grid_ids]


def sees_as_staff(reach: Reach, grid_id: int) -> bool:
    """Whether a reader reaches a grid's cases as staff, not only as the one who reported."""
    return reach.is_wide or grid_id in reach.grid_ids


def _places(session: Session, actor: Actor) -> dict[int, MicroGridView]:
    """Return the community's micro-grids by id; a few dozen."""
    places = community_queries.micro_grids(session, actor.community_id)
    return {place.id: place for place in places}


def _in_grids(grid_ids: frozenset[int], places: Mapping[int, MicroGridView]) -> ColumnElement[bool]:
    """Return the condition that a case lies in one of the grids."""
    ids = [place.id for place in places.values() if place.grid_id in grid_ids]
    return CaseFile.micro_grid_id.in_(ids) if ids else false()


def within(
    actor: Actor, permission: str, places: Mapping[int, MicroGridView]
) -> ColumnElement[bool]:
    """Return the condition that a case lies within a permission's reach."""
    reach = actor.reach(permission)
    if reach.is_wide:
        return true()
    ways = [_in_grids(reach.grid_ids, places)]
    if reach.own or reach.centre_ids:
        ways.append(own_clause(actor))
    return or_(*ways)


def own_clause(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor reported, registered or holds a case."""
    ways: list[ColumnElement[bool]] = [false()]
    if actor.person_id is not None:
        ways.append(CaseFile.reporter_person_id == actor.person_id)
    if actor.user_id is not None:
        ways.append(CaseFile.holder_user_id == actor.user_id)
        ways.append(CaseFile.assigned_user_id == actor.user_id)
        ways.append(CaseFile.registered_by_user_id == actor.user_id)
    return or_(*ways)


def _mine(actor: Actor, places: Mapping[int, MicroGridView]) -> ColumnElement[bool]:
    """Return the condition that a case is on the actor's hands.

    Held or assigned, or unclaimed and either given to them or in their grid: whoever is near may
    be faster.
    """
    is_held = or_(
        CaseFile.holder_user_id == actor.user_id, CaseFile.assigned_user_id == actor.user_id
    )
    # Asked of each open case by its value: of EXISTS PostgreSQL makes a hash of all that was ever
    # given to somebody, which grows for years.
    given_to = select(CaseRoute.user_id).where(CaseRoute.case_id == CaseFile.id)
    is_given = given_to.scalar_subquery() == actor.user_id
    is_free = and_(
        CaseFile.holder_name.is_(None),
        CaseFile.assigned_user_id.is_(None),
        or_(_in_grids(actor.reach("case.work").grid_ids, places), is_given),
    )
    return and_(or_(is_held, is_free), is_open_case())


def _clauses(
    actor: Actor, wanted: CaseFilter, places: Mapping[int, MicroGridView]
) -> list[ColumnElement[bool]]:
    """Return the conditions that a filter asks for."""
    clauses: list[ColumnElement[bool]] = []
    if wanted.tab is Tab.MINE:
        clauses.append(_mine(actor, places))
    if wanted.tab is Tab.OPEN:
        clauses.append(is_open_case())
    if wanted.grid_id is not None:
        clauses.append(_in_grids(frozenset({wanted.grid_id}), places))
    if wanted.text:
        clauses.append(_says(wanted.text))
    if wanted.is_late is not None:
        is_late = CaseFile.order_at < clock.now()
        clauses.append(is_late if wanted.is_late else ~is_late)
    for column, value in (
        (CaseFile.state, wanted.state),
        (CaseFile.source, wanted.source),
        (CaseFile.category, wanted.category),
        (CaseFile.micro_grid_id, wanted.micro_grid_id),
    ):
        if value is not None:
            clauses.append(column == value)
    return clauses


def _says(text: str) -> ColumnElement[bool]:
    """Return the condition that a case's number, title or place holds a text."""
    return or_(
        CaseFile.number == text,
        CaseFile.title.contains(text, autoescape=True),
        CaseFile.place_text.contains(text, autoescape=True),
    )


def _after(cursor: str) -> ColumnElement[bool]:
    """Return the condition that a case stands behind a cursor."""
    moment, last_id = paging.decode(cursor, width=2)
    try:
        order_at = datetime.fromisoformat(str(moment)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise paging.BadCursorError from error
    if not isinstance(last_id, int):
        raise paging.BadCursorError
    return or_(
        CaseFile.order_at > order_at,
        and_(CaseFile.order_at == order_at, CaseFile.id < last_id),
    )


def clock_of_case(row: CaseFile, *, now: datetime) -> Clock | None:
    """Return the clock of the step that a case waits for."""
    state = row.as_state()
    if state.step is None:
        return None
    times = state.times[state.step]
    return clocks.clock_of(started_at=times.started_at, due_at=times.due_at, done_at=None, now=now)


def _line(row: CaseFile, places: Mapping[int, MicroGridView], *, now: datetime) -> CaseLine:
    """Return a row as a line of a list."""
    state = row.as_state()
    return CaseLine(
        id=row.id,
        number=row.number,
        title=row.title,
        source=state.source,
        category=state.category,
        state=state.state,
        round=row.round,
        version=row.version,
        step=state.step,
        place_label=places[row.micro_grid_id].label,
        place_text=row.place_text,
        holder_user_id=row.holder_user_id,
        holder_name=row.holder_name,
        assigned_name=row.assigned_name,
        level=state.level,
        registered_at=row.registered_at,
        due_at=state.due_at,
        clock=clock_of_case(row, now=now),
        paused_until=state.paused_until if overlays.is_paused(state, now) else None,
        next_command=None if overlays.is_paused(state, now) else flow.next_command(state.state),
    )
