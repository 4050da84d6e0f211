"""Changing a need or a task after it was told: both values stay, and who promised is told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import changes as errors
from timebank.volunteering.errors import tasks as task_errors
from timebank.volunteering.errors.records import KindNotFoundError
from timebank.volunteering.models.changes import ArrangementChange
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import changes as rules
from timebank.volunteering.rules import needs as need_rules
from timebank.volunteering.rules import tasks as task_rules
from timebank.volunteering.rules.changes import (
    NEED_FIELDS,
    TASK_FIELDS,
    Along,
    ChangeEvent,
    TaskEdit,
    Value,
)
from timebank.volunteering.rules.needs import NeedCommand, NeedFacts, NeedState, Wishes
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.tasks import HOLDING_STATES, SignUpCommand, SignUpState, TaskState
from timebank.volunteering.service import tidings
from timebank.volunteering.service.closing import cancel
from timebank.volunteering.service.needs import locked_need
from timebank.volunteering.service.notes import locked_task, note, write
from timebank.volunteering.service.refitting import check_known, refit, wishes_of
from timebank.volunteering.service.series import following, need_of_series
from timebank.volunteering.service.signups import fill
from timebank.volunteering.service.tasks import cancel_task

_LISTED = (SignUpState.ASKED, SignUpState.OFFERED, SignUpState.WAITING, SignUpState.ACCEPTED)
_ASKED_AGAIN = (SignUpState.WAITING, SignUpState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Changed:
    """How many times were changed, how many people see it, how many answer again or are let go."""

    tasks: int
    told: int
    asked_again: int
    let_go: int = 0


def change_task(
    session: Session,
    *,
    actor: Actor,
    task_id: int,
    edit: TaskEdit,
    reason: str,
    along: Along = Along.ONE,
    unfit_ids: Collection[int] = (),
) -> Changed:
    """Change a task before it begins, alone or with those of its series that follow.

    Whoever holds a place keeps it on the same day, as far as they are free and fit; on another day
    they are asked again. All on the list see both values. ``unfit_ids`` are those of whom the
    actor knows that they do not fit what it asks from now on.

    Raises:
        UnfitUnknownError: somebody no longer fits of whom the actor does not know.
        NotCoordinatorError: its place is not one the actor answers for.
        PlacesTakenError, SeriesDayError, NoSeriesError, NothingChangedError: about the change.
        DomainError: the task has begun or ended, or the times break a rule.
    """
    reason = required(reason)
    need = need_of_series(session, task_id) if along is Along.FOLLOWING else None
    task = locked_task(session, actor=actor, task_id=task_id)
    if not actor.reach("task.manage").covers(grid_id=task.grid_id, centre_id=task.centre_id):
        raise task_errors.NotCoordinatorError
    if task.need_id is None and not edit.activity.strip():
        raise task_errors.ActivityMissingError(field="activity")
    later = [] if need is None else following(session, need, task)
    if need is not None and clock.day_of(edit.starts_at) != clock.day_of(task.starts_at):
        raise errors.SeriesDayError(field="on")
    edits = [(task, edit), *((one, _on_day(edit, clock.day_of(one.starts_at))) for one in later)]
    check_known(session, edits, unfit_ids=unfit_ids)
    done = [
        _change(session, actor, one, its, reason)
        for one, its in edits
        if one is task or _values(one, its, _grid(session, one, its)) != _now(one, TASK_FIELDS)
    ]
    if need is not None:
        _carry_on(session, actor, need, edit, reason)
    return Changed(
        len(done),
        sum(one.told for one in done),
        sum(one.asked_again for one in done),
        sum(one.let_go for one in done),
    )


def _on_day(edit: TaskEdit, day: date) -> TaskEdit:
    """Return the same clock times on another day."""
    starts_at, ends_at = (clock.local(at).time() for at in (edit.starts_at, edit.ends_at))
    return replace(
        edit,
        starts_at=clock.at_local(day, starts_at.replace(tzinfo=None)),
        ends_at=clock.at_local(day, ends_at.replace(tzinfo=None)),
    )


def _grid(session: Session, task: Task, edit: TaskEdit) -> int | None:
    """Return the grid in which a task will be."""
    if edit.micro_grid_id is None or edit.micro_grid_id == task.micro_grid_id:
        return task.grid_id
    return limits.grid_of_place(
        session, community_id=task.community_id, micro_grid_id=edit.micro_grid_id
    )


def _values(task: Task, edit: TaskEdit, grid_id: int | None) -> dict[str, Any]:
    """Return what a task's columns are to hold."""
    return {
        "activity": edit.activity.strip() if task.need_id is None else task.activity,
        "starts_at": edit.starts_at,
        "ends_at": edit.ends_at,
        "places": edit.places,
        "place": edit.place.strip(),
        "micro_grid_id": edit.micro_grid_id,
        "grid_id": grid_id,
        "details": edit.details.strip(),
        **_asked(edit.wishes or wishes_of(task)),
    }


def _asked(wishes: Wishes) -> dict[str, Any]:
    """Return the columns that hold what is asked of volunteers."""
    return {
        "risk": wishes.risk,
        "sex": wishes.sex,
        "skills": [*wishes.skills],
        "languages": [*wishes.languages],
    }


def _now(row: Task | Need, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row's columns hold."""
    return {name: getattr(row, name) for name in names}


def _told(values: Mapping[str, Any]) -> dict[str, Value]:
    """Return values as a line keeps them."""
    return {
        name: clock.local(value).isoformat()
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in values.items()
    }


def _change(session: Session, actor: Actor, task: Task, edit: TaskEdit, reason: str) -> Changed:
    """Change one locked task, its line first, and say who is asked again."""
    task_rules.check_open(TaskState(task.state), starts_at=task.starts_at, now=clock.now())
    task_rules.check_span(edit.starts_at, edit.ends_at, now=clock.now())
    if session.scalar(select(Presence.id).where(Presence.task_id == task.id).limit(1)) is not None:
        raise task_errors.TaskStartedError
    after = _values(task, edit, _grid(session, task, edit))
    reach = actor.reach("task.manage")
    if not reach.covers(grid_id=after["grid_id"], centre_id=task.centre_id):
        raise task_errors.NotCoordinatorError(field="micro_grid_id")
    refitted = refit(session, task=task, edit=edit, reason=reason)
    again = _ask_again(session, task, edit, reason)
    if task.taken > edit.places:
        raise errors.PlacesTakenError(field="places", taken=task.taken)
    _write_line(session, actor, task, after, reason)
    session.refresh(task)
    fill(session, actor=actor, task=task)
    listed = session.scalars(
        select(SignUp.volunteer_id)
        .where(SignUp.task_id == task.id, SignUp.state.in_(_LISTED))
        .order_by(SignUp.id)
        .limit(task_rules.PLACES_MAX)
    ).all()
    note(
        session,
        actor=actor,
        action=ChangeEvent.TASK_CHANGED,
        subject_type="task",
        subject_id=task.id,
        facts={
            "revision": task.revision,
            "told": [*listed],
            "asked_again": [*again, *refitted.asked_ids],
            "let_go": [*refitted.let_go_ids],
        },
    )
    tidings.of_change(
        session,
        actor=actor,
        task=task,
        listed_ids=listed,
        again_ids=again,
        refit=refitted,
        reason=reason,
    )
    gone = len(refitted.let_go_ids)
    return Changed(1, len(listed) + gone, len(again) + len(refitted.asked_ids), gone)


def _ask_again(session: Session, task: Task, edit: TaskEdit, reason: str) -> list[int]:
    """Ask those again whose promise does not reach the new time, and return who they are."""
    if (edit.starts_at, edit.ends_at) == (task.starts_at, task.ends_at):
        return []
    wanted = select(SignUp).where(SignUp.task_id == task.id, SignUp.state.in_(_ASKED_AGAIN))
    if not rules.asks_again(starts_at=task.starts_at, new_starts_at=edit.starts_at):
        other = aliased(SignUp)
        busy = exists().where(
            other.volunteer_id == SignUp.volunteer_id,
            other.task_id != task.id,
            other.state.in_(HOLDING_STATES),
            other.starts_at < edit.ends_at,
            other.ends_at > edit.starts_at,
        )
        wanted = wanted.where(SignUp.state == SignUpState.ACCEPTED, busy)
    rows = session.scalars(
        wanted.order_by(SignUp.id).execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.state = task_rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.ASK_AGAIN)
        row.state_reason, row.changed_at = reason, clock.now()
    write(session)
    session.refresh(task, ["taken"])
    return [row.volunteer_id for row in rows]


def _write_line(
    session: Session, actor: Actor, row: Task | Need, after: Mapping[str, Any], reason: str
) -> None:
    """Write both values of a change, then the new ones onto the row.

    Raises:
        NothingChangedError: all stays as it was.
    """
    before = _now(row, [*after])
    names = rules.differing(before, after)
    if not names:
        raise errors.NothingChangedError
    line = ArrangementChange(
        community_id=row.community_id,
        revision=row.revision + 1,
        at=clock.now(),
        user_id=actor.user_id,
        person_id=actor.person_id,
        actor_name=actor.name,
        reason=reason,
        starts_before=row.starts_at,
        starts_after=after["starts_at"],
        ends_before=_end(row, _now(row, ("starts_at",))),
        ends_after=_end(row, after),
        before=_told({name: before[name] for name in names}),
        after=_told({name: after[name] for name in names}),
    )
    if isinstance(row, Task):
        line.task_id = row.id
    else:
        line.need_id = row.id
    session.add(line)
    write(session)
    for name in names:
        setattr(row, name, after[name])
    row.revision += 1
    write(session)
    # The times of sign-ups have followed their task's.
    session.expire_all()


def _end(row: Task | Need, values: Mapping[str, Any]) -> datetime:
    """Return when a task, or the first time of a need, is over."""
    if isinstance(row, Task):
        return values.get("ends_at", row.ends_at)  # type: ignore[no-any-return]  # a moment
    start: datetime = values["starts_at"]
    return start + timedelta(minutes=values.get("minutes", row.minutes))


def _carry_on(session: Session, actor: Actor, need: Need, edit: TaskEdit, reason: str) -> None:
    """Let the times of a series that are not arranged yet be as its changed ones."""
    starts_at = _on_day(edit, clock.day_of(need.starts_at)).starts_at
    after = {
        "starts_at": starts_at,
        "minutes": int((edit.ends_at - edit.starts_at).total_seconds()) // 60,
        "helpers": edit.places,
        "place": edit.place.strip(),
        "micro_grid_id": edit.micro_grid_id,
        "details": edit.details.strip(),
        **(_asked(edit.wishes) if edit.wishes else {}),
    }
    if rules.differing(_now(need, [*after]), after):
        _change_need_row(session, actor, need, after, reason)


def _change_need_row(
    session: Session, actor: Actor, row: Need, after: Mapping[str, Any], reason: str
) -> None:
    """Write a need's line and its new values, and leave a trail."""
    _write_line(session, actor, row, after, reason)
    note(
        session,
        actor=actor,
        action=ChangeEvent.NEED_CHANGED,
        subject_type="need",
        subject_id=row.id,
        facts={"revision": row.revision},
    )


def cancel_along(
    session: Session, *, actor: Actor, task_id: int, reason: str, along: Along = Along.ONE
) -> int:
    """Cancel a task, alone or with those of its series that follow; return how many."""
    if along is Along.FOLLOWING:
        return end_series(session, actor=actor, task_id=task_id, reason=reason)
    cancel_task(session, actor=actor, task_id=task_id, reason=reason)
    return 1


def end_series(session: Session, *, actor: Actor, task_id: int, reason: str) -> int:
    """Cancel a time of a weekly series and all that follow; return how many were cancelled.

    Times that were not arranged yet are not arranged any more; the series ends of itself.

    Raises:
        NoSeriesError, NotCoordinatorError, ReasonMissingError
    """
    reason = required(reason)
    need = need_of_series(session, task_id)
    task = locked_task(session, actor=actor, task_id=task_id)
    if not actor.reach("task.manage").covers(grid_id=task.grid_id, centre_id=task.centre_id):
        raise task_errors.NotCoordinatorError
    ended = [task, *following(session, need, task)]
    for one in ended:
        cancel(session, actor=actor, task=one, reason=reason)
    day = task.series_on or clock.day_of(task.starts_at)
    last_on = max(day - timedelta(days=1), clock.day_of(need.starts_at))
    if need.repeat_until_on is None or need.repeat_until_on > last_on:
        after = {"starts_at": need.starts_at, "repeat_until_on": last_on}
        _change_need_row(session, actor, need, after, reason)
    return len(ended)


def change_need(
    session: Session, *, actor: Actor, need_id: int, facts: NeedFacts, reason: str
) -> None:
    """Change what a need asks for, as long as nothing was arranged; whom it is for stays.

    Raises:
        ReasonMissingError: no reason was given.
        NothingChangedError: all stays as it was.
        DomainError: it was answered before, or the facts break a rule.
    """
    row = locked_need(session, actor=actor, need_id=need_id, permission="need.post")
    if row.state != NeedState.POSTED:
        need_rules.next_need_state(NeedState(row.state), NeedCommand.DECLINE)
    kind = limits.kind(session, community_id=actor.community_id, kind_id=facts.kind_id)
    if not kind.is_active and kind.id != row.kind_id:
        raise KindNotFoundError(field="kind_id")
    weekdays = need_rules.tidy_weekdays(facts.weekdays)
    facts = replace(facts, weekdays=weekdays)
    need_rules.check_when(facts, now=clock.now())
    need_rules.check_risk(facts.wishes, is_risky_kind=kind.is_risky)
    after = _need_values(session, row, facts)
    _change_need_row(session, actor, row, after, required(reason))


def _need_values(session: Session, row: Need, facts: NeedFacts) -> dict[str, Any]:
    """Return what a need's columns are to hold."""
    micro_grid_id, grid_id = row.micro_grid_id, row.grid_id
    if facts.micro_grid_id not in {None, row.micro_grid_id}:
        micro_grid_id = facts.micro_grid_id
        grid_id = limits.grid_of_place(
            session, community_id=row.community_id, micro_grid_id=facts.micro_grid_id or 0
        )
    told = {name: getattr(facts, name) for name in NEED_FIELDS if hasattr(facts, name)}
    return {
        **told,
        "details": facts.details.strip(),
        "place": facts.place.strip(),
        **_asked(facts.wishes),
        "micro_grid_id": micro_grid_id,
        "grid_id": grid_id,
    }
