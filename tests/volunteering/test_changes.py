"""A need or a task is changed after it was told: both values stay, who promised is told."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.make.tasks import (
    END,
    START,
    Team,
    activity_facts,
    join,
    listed,
    make_activity,
    make_need,
    make_need_task,
    make_team,
    need_facts,
    taken,
)
from tests.make.volunteering import NOW, make_street
from timebank.kernel import clock
from timebank.volunteering.errors import changes as errors
from timebank.volunteering.errors import tasks as task_errors
from timebank.volunteering.errors.needs import NeedAlreadyTakenUpError, RiskTooLowError
from timebank.volunteering.errors.records import ReasonMissingError
from timebank.volunteering.models.changes import ArrangementChange
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.rules.changes import Along, TaskEdit
from timebank.volunteering.rules.tasks import SignUpState, TaskState
from timebank.volunteering.service import changes, needs, tasks
from timebank.volunteering.service.changes import Changed

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(session: Session) -> object:
    with clock.fixed_at(NOW):
        yield


def _edit(
    task: Task,
    *,
    starts_at: object = None,
    ends_at: object = None,
    places: int | None = None,
    place: str | None = None,
) -> TaskEdit:
    """The task as it is, but for what is named."""
    return TaskEdit(
        starts_at=starts_at or task.starts_at,  # type: ignore[arg-type]
        ends_at=ends_at or task.ends_at,  # type: ignore[arg-type]
        places=places or task.places,
        activity=task.activity,
        place=task.place if place is None else place,
        micro_grid_id=task.micro_grid_id,
        details=task.details,
    )


def _clinic(session: Session, *, places: int = 3) -> tuple[Team, Task]:
    team = make_team(session)
    return team, session.get_one(Task, make_activity(session, team.street, places=places))


def _change(
    session: Session, team: Team, task: Task, edit: TaskEdit, *, along: Along = Along.ONE
) -> Changed:
    return changes.change_task(
        session,
        actor=team.street.officer,
        task_id=task.id,
        edit=edit,
        reason="医生晚到",
        along=along,
    )


def test_an_hour_later_keeps_who_is_free_and_asks_who_is_not(session: Session) -> None:
    team, task = _clinic(session)
    other = make_activity(
        session, team.street, activity="护学岗", starts_at=END, ends_at=END + HOUR
    )
    free, busy, _ = team.helpers
    join(session, task.id, free, busy)
    join(session, other, busy)

    done = _change(session, team, task, _edit(task, starts_at=START + HOUR, ends_at=END + HOUR))

    assert done == Changed(tasks=1, told=2, asked_again=1)
    stands = listed(session, task.id)
    assert stands[free.person_id or 0] == SignUpState.ACCEPTED
    assert stands[busy.person_id or 0] == SignUpState.ASKED
    assert taken(session, task.id) == 1
    (line,) = session.query(ArrangementChange)
    assert (line.starts_before, line.starts_after) == (START, START + HOUR)
    assert set(line.before) == {"starts_at", "ends_at"}
    assert {row.starts_at for row in session.query(SignUp).filter_by(task_id=task.id)} == {
        START + HOUR
    }


def test_another_day_asks_everybody_again(session: Session) -> None:
    team, task = _clinic(session, places=1)
    first, second, _ = team.helpers
    join(session, task.id, first, second)
    day = timedelta(days=1)

    done = _change(session, team, task, _edit(task, starts_at=START + day, ends_at=END + day))

    assert done.asked_again == 2
    assert set(listed(session, task.id).values()) == {SignUpState.ASKED}
    assert join(session, task.id, second) == [SignUpState.ACCEPTED]
    assert join(session, task.id, first) == [SignUpState.WAITING]


def test_more_places_move_the_waiting_up_and_fewer_than_are_promised_are_refused(
    session: Session,
) -> None:
    team, task = _clinic(session, places=1)
    join(session, task.id, *team.helpers[:2])

    _change(session, team, task, _edit(task, places=2))

    assert set(listed(session, task.id).values()) == {SignUpState.ACCEPTED}
    with pytest.raises(errors.PlacesTakenError):
        _change(session, team, task, _edit(task, places=1))
    with pytest.raises(errors.NothingChangedError):
        _change(session, team, task, _edit(task))


def test_a_change_wants_a_reason_a_coordinator_and_a_task_to_come(session: Session) -> None:
    team, task = _clinic(session)
    edit = _edit(task, place="二楼")
    with pytest.raises(ReasonMissingError):
        changes.change_task(
            session, actor=team.street.officer, task_id=task.id, edit=edit, reason=" "
        )
    with pytest.raises(task_errors.NotCoordinatorError):
        changes.change_task(
            session, actor=team.helpers[0], task_id=task.id, edit=edit, reason="想改"
        )
    with pytest.raises(errors.NoSeriesError):
        _change(session, team, task, edit, along=Along.FOLLOWING)
    with clock.fixed_at(START), pytest.raises(task_errors.TaskStartedError):
        _change(session, team, task, edit)


def test_this_and_following_change_and_what_is_arranged_later_is_as_they_are(
    session: Session,
) -> None:
    team = make_team(session)
    first_on = clock.day_of(START)
    facts = need_facts(
        team.street,
        weekdays=str(first_on.isoweekday()),
        repeat_until_on=first_on + timedelta(weeks=5),
    )
    made = make_need_task(session, team.street, facts=facts)
    series = session.query(Task).order_by(Task.starts_at).all()
    assert (series[0].id, len(series)) == (made, 4)
    later = series[1]

    done = _change(
        session, team, later,
        _edit(later, starts_at=later.starts_at + HOUR, ends_at=later.ends_at + HOUR),
        along=Along.FOLLOWING,
    )  # fmt: skip

    assert done.tasks == 3
    session.expire_all()
    hours = [clock.local(one.starts_at).hour for one in session.query(Task).order_by(Task.id)]
    assert hours == [10, 11, 11, 11]
    with clock.fixed_at(NOW + timedelta(weeks=3)):
        needs.continue_needs(session, {})
    rows = session.query(Task).order_by(Task.series_on).all()
    assert [clock.local(one.starts_at).hour for one in rows] == [10, 11, 11, 11, 11, 11]
    with pytest.raises(errors.SeriesDayError):
        _change(
            session, team, rows[2], _edit(
                rows[2],
                starts_at=rows[2].starts_at + timedelta(days=1),
                ends_at=rows[2].ends_at + timedelta(days=1),
            ),
            along=Along.FOLLOWING,
        )  # fmt: skip


def test_one_time_of_a_series_moves_to_another_day_and_is_not_made_again(
    session: Session,
) -> None:
    team = make_team(session)
    first_on = clock.day_of(START)
    facts = need_facts(
        team.street,
        weekdays=str(first_on.isoweekday()),
        repeat_until_on=first_on + timedelta(weeks=2),
    )
    make_need_task(session, team.street, facts=facts)
    second = session.query(Task).order_by(Task.starts_at).all()[1]
    day = timedelta(days=2)

    _change(
        session, team, second,
        _edit(second, starts_at=second.starts_at + day, ends_at=second.ends_at + day),
    )  # fmt: skip
    needs.continue_needs(session, {})

    assert session.query(Task).count() == 3


def test_a_need_is_changed_until_it_is_arranged(session: Session) -> None:
    street = make_street(session)
    need_id = make_need(session, street)
    later = need_facts(street, starts_at=START + HOUR, minutes=60)

    changes.change_need(
        session, actor=street.elder, need_id=need_id, facts=later, reason="下午再来"
    )

    row = session.get_one(Need, need_id)
    assert (row.starts_at, row.minutes, row.revision) == (START + HOUR, 60, 2)
    (line,) = session.query(ArrangementChange)
    assert (line.before["minutes"], line.after["minutes"]) == (120, 60)
    needs.take_up(session, actor=street.officer, need_id=need_id)
    with pytest.raises(NeedAlreadyTakenUpError):
        changes.change_need(
            session, actor=street.elder, need_id=need_id, facts=need_facts(street), reason="改回来"
        )


def test_a_risky_kind_stays_risky_when_a_need_is_changed(session: Session) -> None:
    street = make_street(session)
    need_id = make_need(session, street)
    session.execute(text("UPDATE service_kind SET is_risky = true"))
    session.expire_all()
    with pytest.raises(RiskTooLowError):
        changes.change_need(
            session,
            actor=street.elder,
            need_id=need_id,
            facts=need_facts(street, minutes=60),
            reason="短一点",
        )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("places = 5", "task_both_values"),
        ("revision = 2", "task_both_values"),
        ("risk = 'high'", "task_told"),
    ],
)
def test_the_database_refuses_a_task_changed_without_its_line(
    session: Session, change: str, rule: str
) -> None:
    _, task = _clinic(session)
    with pytest.raises(IntegrityError, match=rule), session.begin_nested():
        session.execute(
            text(f"UPDATE task SET {change} WHERE id = :id"),
            {"id": task.id},
        )


def test_the_database_refuses_a_need_changed_without_its_line(session: Session) -> None:
    need_id = make_need(session, make_street(session))
    with pytest.raises(IntegrityError, match="need_both_values"), session.begin_nested():
        session.execute(text("UPDATE need SET minutes = 30 WHERE id = :id"), {"id": need_id})
    with pytest.raises(IntegrityError, match="need_told"), session.begin_nested():
        session.execute(text("UPDATE need SET consent = '好' WHERE id = :id"), {"id": need_id})


def test_a_day_in_shifts_is_one_task_for_each(session: Session) -> None:
    street = make_street(session)
    made = tasks.post_activities(
        session, actor=street.officer, facts=activity_facts(street), shifts=2
    )
    rows = [session.get_one(Task, one) for one in made]
    assert [(row.starts_at, row.ends_at) for row in rows] == [
        (START, START + HOUR),
        (START + HOUR, END),
    ]
    with pytest.raises(errors.ShiftsUnevenError):
        tasks.post_activities(session, actor=street.officer, facts=activity_facts(street), shifts=7)


def test_a_time_and_all_that_follow_are_cancelled_and_none_is_arranged_again(
    session: Session,
) -> None:
    team = make_team(session)
    first_on = clock.day_of(START)
    facts = need_facts(
        team.street,
        weekdays=str(first_on.isoweekday()),
        repeat_until_on=first_on + timedelta(weeks=9),
    )
    make_need_task(session, team.street, facts=facts)
    series = session.query(Task).order_by(Task.starts_at).all()
    officer, second = team.street.officer, series[1]

    with pytest.raises(ReasonMissingError):
        changes.cancel_along(
            session, actor=officer, task_id=second.id, reason=" ", along=Along.FOLLOWING
        )
    count = changes.cancel_along(
        session, actor=officer, task_id=second.id, reason="老人搬走了", along=Along.FOLLOWING
    )

    assert count == len(series) - 1
    session.expire_all()
    states = [one.state for one in session.query(Task).order_by(Task.starts_at)]
    assert states == [TaskState.OPEN] + [TaskState.CANCELLED] * count
    with clock.fixed_at(NOW + timedelta(weeks=3)):
        needs.continue_needs(session, {})
    assert session.query(Task).count() == len(series)
    alone = make_activity(session, team.street, places=1)
    with pytest.raises(errors.NoSeriesError):
        changes.cancel_along(
            session, actor=officer, task_id=alone, reason="下雨", along=Along.FOLLOWING
        )
