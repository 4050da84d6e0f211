"""Tasks as somebody may see them: who is served stays veiled until the place is theirs."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.community.models import Building, Grid, MicroGrid
from timebank.community.rules import Sex
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.tasks import TaskNotFoundError
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.needs import Language, NeedState, Risk, Skill
from timebank.volunteering.rules.presence import GRACE
from timebank.volunteering.rules.tasks import (
    AHEAD_SHOWN,
    HOLDING_STATES,
    Admission,
    SignUpState,
    TaskState,
    TaskView,
)

SUGGESTED_MAX = 200
NOTICES_MAX = 20
SHORT_SHOWN = timedelta(hours=48)  # how soon it must begin to be told that helpers are missing
_ENUMS: dict[str, Any] = {"state": TaskState, "admission": Admission, "risk": Risk}


def answers_for(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Return the condition that a task is at a place the actor answers for."""
    reach = actor.reach(permission)
    ways: list[ColumnElement[bool]] = [true()] if reach.is_wide else []
    if reach.grid_ids:
        ways.append(Task.grid_id.in_(reach.grid_ids))
    if reach.centre_ids:
        ways.append(Task.centre_id.in_(reach.centre_ids))
    return and_(Task.community_id == actor.community_id, or_(*ways) if ways else false())


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that somebody may see a task: staff, parties, helpers, or it is open."""
    ways = [answers_for(actor, "task.read")]
    if actor.person_id is not None:
        ways += [Task.recipient_id == actor.person_id, Task.asked_by_id == actor.person_id]
        listed = aliased(SignUp)
        ways.append(
            select(listed.id)
            .where(listed.task_id == Task.id, listed.volunteer_id == actor.person_id)
            .exists()
        )
    if actor.may("task.join"):
        ways.append(and_(Task.state == TaskState.OPEN, Task.starts_at > clock.now()))
    return and_(Task.community_id == actor.community_id, or_(*ways))


def _select(actor: Actor) -> Select[Any]:  # Any: a row of several entities
    """Select tasks with kind, place, case and the actor's own sign-up."""
    mine = and_(SignUp.task_id == Task.id, SignUp.volunteer_id == (actor.person_id or 0))
    return (
        select(
            Task,
            ServiceKind.name,
            Building.id,
            Building.number,
            MicroGrid.unit_no,
            Grid.name,
            limits.CASE.c.number,
            SignUp.id,
            SignUp.state,
        )
        .join(ServiceKind, ServiceKind.id == Task.kind_id)
        .outerjoin(MicroGrid, MicroGrid.id == Task.micro_grid_id)
        .outerjoin(Building, Building.id == MicroGrid.building_id)
        .outerjoin(Grid, Grid.id == Task.grid_id)
        .outerjoin(limits.CASE, limits.CASE.c.id == Task.case_id)
        .outerjoin(SignUp, mine)
    )


def views_of(session: Session, actor: Actor, wanted: Select[Any]) -> list[TaskView]:
    """Return the views of the selected tasks, veiled: two reads, however many there are."""
    rows = session.execute(wanted).all()
    ids = {row[0].recipient_id for row in rows if row[0].recipient_id is not None}
    names = {i: who.name for i, who in community_queries.persons(session, ids).items()}
    return [_veiled(_view(row, names), actor) for row in rows]


def _view(row: Any, names: dict[int, str]) -> TaskView:  # noqa: ANN401 - an outer join's row
    """Return the view of one row of ``_select``."""
    it, kind_name, building_id, building_no, unit_no, grid_name, case_number, mine, state = row
    copied = {
        name: getattr(it, name) for name in TaskView.__dataclass_fields__ if hasattr(Task, name)
    }
    copied |= {name: kind(copied[name]) for name, kind in _ENUMS.items()}
    copied["sex"] = Sex(it.sex) if it.sex else None
    copied["skills"] = tuple(Skill(one) for one in it.skills)
    copied["languages"] = tuple(Language(one) for one in it.languages)
    label = ""
    if building_no is not None:
        label = community_rules.micro_grid_label(building_no=building_no, unit_no=unit_no)
    return TaskView(
        **copied,
        recipient_name=names.get(it.recipient_id, ""),
        kind_name=kind_name,
        micro_grid_label=label,
        building_id=building_id,
        grid_name=grid_name or "",
        case_number=case_number or "",
        my_sign_up_id=mine,
        my_state=None if state is None else SignUpState(state),
    )


def is_open_to(actor: Actor, view: TaskView) -> bool:
    """Whether the actor may know whom a task serves, and in which unit."""
    is_party = actor.person_id is not None and actor.person_id in {
        view.recipient_id,
        view.asked_by_id,
    }
    covers = actor.reach("task.read").covers(grid_id=view.grid_id, centre_id=view.centre_id)
    return covers or is_party or view.my_state in HOLDING_STATES or view.recipient_id is None


def _veiled(view: TaskView, actor: Actor) -> TaskView:
    """Hide who is served and behind which door from all who have no place on the task yet."""
    if is_open_to(actor, view):
        return view
    return replace(view, recipient_name="", micro_grid_label="", case_number="")


def may_see(session: Session, *, actor: Actor, task_id: int) -> bool:
    """Whether somebody may open a task."""
    found = select(Task.id).where(Task.id == task_id, visible(actor))
    return session.scalar(found) is not None


def task(session: Session, *, actor: Actor, task_id: int) -> TaskView:
    """Return one task that the actor may see.

    Raises:
        TaskNotFoundError: there is none, or it lies outside.
    """
    found = views_of(session, actor, _select(actor).where(Task.id == task_id, visible(actor)))
    if not found:
        raise TaskNotFoundError
    return found[0]


def activity(session: Session, *, actor: Actor, task_id: int) -> TaskView:
    """Return an activity, of which anybody may know; where a resident is helped is told nobody.

    Raises:
        TaskNotFoundError: there is none, or it is somebody's need.
    """
    found = task(session, actor=actor, task_id=task_id)
    if found.recipient_id is not None:
        raise TaskNotFoundError
    return found


def tasks(
    session: Session,
    *,
    actor: Actor,
    state: TaskState | None = None,
    from_at: datetime | None = None,
    need_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[TaskView]:
    """Return the tasks that the actor may see, soonest first, from a moment on."""
    wanted = _select(actor).where(visible(actor))
    if state is not None:
        wanted = wanted.where(Task.state == state)
    if from_at is not None:
        wanted = wanted.where(Task.starts_at >= from_at)
    if need_id is not None:
        wanted = wanted.where(Task.need_id == need_id)
    if cursor:
        wanted = wanted.where(_after(cursor))
    rows = views_of(session, actor, wanted.order_by(Task.starts_at, Task.id).limit(limit + 1))
    key = lambda view: [view.starts_at.isoformat(), view.id]  # noqa: E731 - as short as its use
    return paging.page_of(rows, limit=limit, key=key)


def _after(cursor: str) -> ColumnElement[bool]:
    """Return the condition that a task stands after the one at which a page ended."""
    at, row_id = paging.decode(cursor, width=2)
    try:
        moment = datetime.fromisoformat(str(at)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise paging.BadCursorError from error
    if not isinstance(row_id, int):
        raise paging.BadCursorError
    same = and_(Task.starts_at == moment, Task.id > row_id)
    return or_(Task.starts_at > moment, same)


def open_ahead(session: Session, *, actor: Actor) -> Sequence[TaskView]:
    """Return what is open in the next weeks and the actor has nothing to do with yet."""
    until = clock.now() + AHEAD_SHOWN
    wanted = _select(actor).where(
        Task.community_id == actor.community_id,
        Task.state == TaskState.OPEN,
        Task.starts_at > clock.now(),
        Task.starts_at < until,
        SignUp.id.is_(None),
    )
    order = (Task.starts_at, Task.id)
    return views_of(session, actor, wanted.order_by(*order).limit(SUGGESTED_MAX))


def short_of_helpers(session: Session, *, actor: Actor) -> Sequence[TaskView]:
    """Return the tasks that begin soon and have too few helpers, where the actor arranges."""
    wanted = _select(actor).where(
        answers_for(actor, "task.manage"),
        Task.state == TaskState.OPEN,
        Task.starts_at > clock.now(),
        Task.starts_at < clock.now() + SHORT_SHOWN,
        Task.taken < Task.places,
    )
    order = (Task.is_urgent.desc(), Task.starts_at, Task.id)
    return views_of(session, actor, wanted.order_by(*order).limit(NOTICES_MAX))


def is_of_series(session: Session, task_id: int) -> bool:
    """Whether a task is one of a weekly series that goes on."""
    wanted = (
        select(Need.id)
        .join(Task, Task.need_id == Need.id)
        .where(Task.id == task_id, Need.weekdays != "", Need.state == NeedState.TAKEN_UP)
    )
    return session.scalar(wanted) is not None


def my_tasks(
    session: Session, *, actor: Actor, states: Collection[SignUpState]
) -> Sequence[TaskView]:
    """Return the actor's tasks that are not over yet, soonest first."""
    if actor.person_id is None:
        return []
    wanted = _select(actor).where(SignUp.state.in_(states), Task.ends_at > clock.now() - GRACE)
    order = (Task.starts_at, Task.id)
    return views_of(session, actor, wanted.order_by(*order).limit(NOTICES_MAX * len(states)))


def moved_up_ids(session: Session, *, actor: Actor) -> frozenset[int]:
    """Return which coming tasks of the actor came from the waiting list in the last days."""
    lately = clock.now() - timedelta(days=3)
    found = session.scalars(
        select(SignUp.task_id).where(
            SignUp.volunteer_id == (actor.person_id or 0),
            SignUp.was_moved_up,
            SignUp.state == SignUpState.ACCEPTED,
            SignUp.accepted_at > lately,
        )
    )
    return frozenset(found)


def tasks_for(session: Session, *, actor: Actor) -> Sequence[TaskView]:
    """Return who will come to the actor, or whom they asked for, soonest first."""
    if actor.person_id is None:
        return []
    me = actor.person_id
    wanted = _select(actor).where(
        or_(Task.recipient_id == me, Task.asked_by_id == me),
        Task.state == TaskState.OPEN,
        Task.ends_at > clock.now() - GRACE,
    )
    order = (Task.starts_at, Task.id)
    return views_of(session, actor, wanted.order_by(*order).limit(NOTICES_MAX))


def tasks_of_case(session: Session, *, actor: Actor, case_id: int) -> Sequence[TaskView]:
    """Return the tasks linked to a case, newest first."""
    wanted = _select(actor).where(Task.case_id == case_id)
    order = (Task.starts_at.desc(), Task.id.desc())
    return views_of(session, actor, wanted.order_by(*order).limit(paging.PAGE_SIZE))
