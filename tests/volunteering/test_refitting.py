"""What a task asks of its volunteers changes: who no longer fits is named first, then told."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.make.messages import codes_of
from tests.make.tasks import (
    START,
    Team,
    join,
    listed,
    make_activity,
    make_need_task,
    make_profile,
    make_team,
    need_facts,
    taken,
)
from tests.make.volunteering import NOW
from tests.make.volunteers import make_cover
from timebank.community.models import Person
from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.volunteering.errors import changes as errors
from timebank.volunteering.errors.needs import RiskTooLowError
from timebank.volunteering.models.changes import ArrangementChange
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.rules.changes import Along, TaskEdit
from timebank.volunteering.rules.needs import NO_WISHES, Language, Risk, Skill, Wishes
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service import changes
from timebank.volunteering.service.changes import Changed


@pytest.fixture(autouse=True)
def _now(session: Session) -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _asks(
    session: Session,
    team: Team,
    task: Task,
    wishes: Wishes | None,
    *known_ids: int | None,
    **more: object,
) -> Changed:
    """Change what a task asks, knowing of some who no longer fit."""
    edit = TaskEdit(
        starts_at=task.starts_at,
        ends_at=task.ends_at,
        places=task.places,
        activity=task.activity,
        place=task.place,
        micro_grid_id=task.micro_grid_id,
        details=task.details,
        wishes=wishes,
    )
    along = more.pop("along", Along.ONE)
    return changes.change_task(
        session,
        actor=team.street.officer,
        task_id=task.id,
        edit=replace(edit, **more),  # type: ignore[arg-type]  # changed by name
        reason="要会修水管的",
        along=along,  # type: ignore[arg-type]
        unfit_ids=[one or 0 for one in known_ids],
    )


def test_who_no_longer_fits_is_named_first_and_then_asked_again(session: Session) -> None:
    team = make_team(session)
    task = session.get_one(Task, make_activity(session, team.street, places=2))
    able, unable, waiting = team.helpers
    make_profile(session, session.get(Person, able.person_id), skills=["repair"])
    join(session, task.id, able, unable, waiting)
    wishes = Wishes(skills=(Skill.REPAIR,), languages=(Language.WU,))

    with pytest.raises(errors.UnfitUnknownError) as caught:
        _asks(session, team, task, wishes, unable.person_id)
    assert caught.value.facts["unfit_ids"] == [unable.person_id, waiting.person_id]
    assert unable.name in str(caught.value.facts["names"])
    assert set(listed(session, task.id).values()) == {SignUpState.ACCEPTED, SignUpState.WAITING}

    done = _asks(session, team, task, wishes, unable.person_id, waiting.person_id)

    assert done == Changed(tasks=1, told=3, asked_again=2)
    stands = listed(session, task.id)
    assert stands[able.person_id or 0] == SignUpState.ACCEPTED
    assert stands[unable.person_id or 0] == stands[waiting.person_id or 0] == SignUpState.ASKED
    assert codes_of(session, able.person_id)[-1] == "task_changed"
    assert codes_of(session, unable.person_id)[-1] == "task_wishes_changed"
    (line,) = session.query(ArrangementChange)
    assert (line.before["skills"], line.after["skills"]) == ([], ["repair"])
    assert line.after["languages"] == ["wu"]
    assert join(session, task.id, unable) == [SignUpState.ACCEPTED]
    # Who said yes to it as it is now is not asked about it again.
    assert _asks(session, team, task, wishes, place="二楼").asked_again == 0


def test_where_risk_grows_who_may_not_go_gives_the_place_back_and_is_told(
    session: Session,
) -> None:
    team = make_team(session)
    task = session.get_one(Task, make_activity(session, team.street, places=1))
    insured, bare, _ = team.helpers
    join(session, task.id, bare, insured)
    make_cover(session, team.street, person_id=insured.person_id)
    wishes = Wishes(risk=Risk.RAISED)

    with pytest.raises(errors.UnfitUnknownError) as caught:
        _asks(session, team, task, wishes)
    assert caught.value.facts["let_go_names"] == bare.name

    done = _asks(session, team, task, wishes, bare.person_id)

    assert done == Changed(tasks=1, told=2, asked_again=0, let_go=1)
    stands = listed(session, task.id)
    assert stands[bare.person_id or 0] == SignUpState.TURNED_DOWN
    assert stands[insured.person_id or 0] == SignUpState.ACCEPTED
    assert codes_of(session, bare.person_id)[-1] == "task_place_taken_back"
    assert "task_moved_up" in codes_of(session, insured.person_id)
    assert taken(session, task.id) == 1


def test_a_wish_of_a_series_goes_on_and_a_risky_kind_stays_risky(session: Session) -> None:
    team = make_team(session)
    first_on = clock.day_of(START)
    facts = need_facts(team.street, weekdays=str(first_on.isoweekday()))
    facts = replace(facts, repeat_until_on=first_on.replace(month=12, day=31))
    made = make_need_task(session, team.street, facts=facts)
    task = session.get_one(Task, made)
    second = session.query(Task).order_by(Task.starts_at).all()[1]
    join(session, second.id, team.helpers[0])
    wishes = Wishes(sex=Sex.MALE)

    with pytest.raises(errors.UnfitUnknownError):
        _asks(session, team, task, wishes, along=Along.FOLLOWING)
    done = _asks(session, team, task, wishes, team.helpers[0].person_id, along=Along.FOLLOWING)

    assert (done.tasks, done.asked_again) == (4, 1)
    session.expire_all()
    assert {one.sex for one in session.query(Task)} == {Sex.MALE}
    assert session.query(Need).one().sex == Sex.MALE
    _asks(session, team, task, None, place="门口")
    assert session.get_one(Task, task.id).sex == Sex.MALE
    session.execute(text("UPDATE service_kind SET is_risky = true"))
    with pytest.raises(RiskTooLowError):
        _asks(session, team, task, NO_WISHES)


def test_the_database_keeps_minors_and_the_uninsured_from_a_task_that_became_risky(
    session: Session,
) -> None:
    team = make_team(session)
    task = session.get_one(Task, make_activity(session, team.street))
    join(session, task.id, team.helpers[0])
    line = {
        "id": task.id, "community": task.community_id, "at": NOW,
        "start": task.starts_at, "end": task.ends_at,
    }  # fmt: skip

    def dare() -> None:
        with session.begin_nested():
            session.execute(
                text(
                    "INSERT INTO arrangement_change (community_id, task_id, revision, at,"
                    " actor_name, reason, starts_before, starts_after, ends_before, ends_after,"
                    " before, after) SELECT community_id, id, 2, posted_at, '吴伟', '试',"
                    " starts_at, starts_at, ends_at, ends_at, '{}', '{}' FROM task WHERE id = :id"
                ),
                line,
            )
            session.execute(
                text("UPDATE task SET risk = 'raised', revision = 2 WHERE id = :id"), line
            )

    with pytest.raises(IntegrityError, match="task_insured"):
        dare()
    make_cover(session, team.street)
    session.execute(
        text("UPDATE person SET born_on = '2011-01-01' WHERE id = :id"),
        {"id": team.helpers[0].person_id},
    )
    with pytest.raises(IntegrityError, match="task_minor"):
        dare()
