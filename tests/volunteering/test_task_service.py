"""The verbs of needs, tasks and sign-ups against both engines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_kin, make_micro_grid, make_person
from tests.make.tasks import (
    END,
    START,
    join,
    listed,
    make_activity,
    make_helper,
    make_need,
    make_need_task,
    make_profile,
    make_team,
    need_facts,
    sign_up_id,
    taken,
)
from tests.make.volunteering import NOW, make_street
from timebank.community.models import Kinship, Person
from timebank.community.rules import KinshipKind, Sex
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.notices.models.messages import Message
from timebank.trail.models import PersonLook
from timebank.volunteering.errors import needs as need_errors
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.errors.records import ReasonMissingError
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import helpers, sign_ups
from timebank.volunteering.queries import needs as need_reads
from timebank.volunteering.queries import tasks as reads
from timebank.volunteering.rules.matching import Because
from timebank.volunteering.rules.needs import Asker, Channel, NeedState, Risk, Skill, Wishes
from timebank.volunteering.rules.tasks import Admission, SignUpState, TaskState
from timebank.volunteering.service import closing, needs, profiles, signups, tasks

S = SignUpState


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def test_a_need_of_the_elder_becomes_a_task(session: Session) -> None:
    street = make_street(session)
    need_id = make_need(session, street)
    assert [one.id for one in need_reads.to_decide(session, actor=street.officer)] == [need_id]

    (task_id,) = needs.take_up(session, actor=street.officer, need_id=need_id)

    need = need_reads.need(session, actor=street.elder, need_id=need_id)
    assert (need.state, need.asker, need.decided_by_name) == (
        NeedState.TAKEN_UP,
        Asker.SELF,
        "赵强",
    )
    task = reads.task(session, actor=street.officer, task_id=task_id)
    assert (task.starts_at, task.ends_at, task.places) == (START, END, 1)
    assert task.recipient_name == "孙桂英"


def test_a_need_is_declined_with_a_reason_that_the_elder_reads(session: Session) -> None:
    street = make_street(session)
    need_id = make_need(session, street)

    with pytest.raises(ReasonMissingError):
        needs.decline_need(session, actor=street.officer, need_id=need_id, reason=" ")
    needs.decline_need(session, actor=street.officer, need_id=need_id, reason="请打120")

    seen = need_reads.need(session, actor=street.elder, need_id=need_id)
    assert (seen.state, seen.state_reason) == (NeedState.DECLINED, "请打120")
    with pytest.raises(need_errors.NeedAlreadyDeclinedError):
        needs.take_up(session, actor=street.officer, need_id=need_id)


def test_a_relative_asks_only_when_verified_and_with_consent(session: Session) -> None:
    street = make_street(session)
    child = make_person(session, community_id=street.community.id, name="孙小军")
    actor = make_actor(session, community_id=street.community.id, roles=(), person_id=child.id)
    facts = need_facts(street)

    with pytest.raises(need_errors.KinshipUnverifiedError):
        needs.post_need(session, actor=actor, facts=facts)
    make_kin(session, person=street.elder_person, relative=child, kind=KinshipKind.CHILD)
    with pytest.raises(need_errors.KinshipUnverifiedError):
        needs.post_need(session, actor=actor, facts=facts)
    make_kin(
        session, person=child, relative=street.elder_person, kind=KinshipKind.PARENT
    ).verified_on = date(2026, 1, 5)
    make_kin_verified(session, street.elder_person, child)
    with pytest.raises(need_errors.ConsentMissingError):
        needs.post_need(session, actor=actor, facts=facts)

    need_id = needs.post_need(
        session, actor=actor, facts=need_facts(street, consent="当面问过母亲，她愿意")
    )

    assert session.get_one(Need, need_id).asker == Asker.RELATIVE


def make_kin_verified(session: Session, person: Person, relative: Person) -> None:
    """Let staff have seen the proof of a kinship that was registered."""
    row = session.query(Kinship).filter_by(person_id=person.id, relative_id=relative.id).one()
    row.verified_on = date(2026, 1, 5)
    session.flush()


def test_staff_post_what_they_hear_by_phone_for_their_own_grid_alone(session: Session) -> None:
    street = make_street(session)
    far = make_micro_grid(session, street.community.id, grid_no=2, building_no=9)
    stranger = make_actor(
        session, community_id=street.community.id, roles=(("grid_officer", "grid", far.grid_id),)
    )
    facts = replace(need_facts(street), channel=Channel.PHONE)

    need_id = needs.post_need(session, actor=street.officer, facts=facts)

    row = session.get_one(Need, need_id)
    assert (row.asker, row.channel, row.grid_id) == ("staff", "phone", street.place.grid_id)
    with pytest.raises(need_errors.NotYoursToPostError):
        needs.post_need(session, actor=stranger, facts=facts)
    with pytest.raises(need_errors.NeedNotFoundError):
        need_reads.need(session, actor=stranger, need_id=need_id)


def test_a_weekly_need_becomes_tasks_for_four_weeks_and_goes_on_until_it_ends(
    session: Session,
) -> None:
    street = make_street(session)
    until = clock.day_of(START) + timedelta(weeks=6)
    need_id = make_need(session, street, need_facts(street, weekdays="5", repeat_until_on=until))

    made = needs.take_up(session, actor=street.officer, need_id=need_id)

    assert len(made) == 4
    with clock.fixed_at(NOW + timedelta(days=15)):
        needs.continue_needs(session, {})
        needs.continue_needs(session, {})
    starts = [one.starts_at for one in session.query(Task).filter_by(need_id=need_id)]
    assert sorted(starts) == [START + timedelta(weeks=n) for n in range(6)]
    with clock.fixed_at(NOW + timedelta(weeks=8)):
        needs.continue_needs(session, {})
        closing.close_past_tasks(session, {})
        needs.continue_needs(session, {})
    assert session.get_one(Need, need_id).state == NeedState.ENDED


def test_withdrawing_a_need_cancels_its_coming_tasks(session: Session) -> None:
    team = make_team(session)
    task_id = make_need_task(session, team.street)
    join(session, task_id, team.helpers[0])
    need_id = session.get_one(Task, task_id).need_id or 0

    needs.withdraw_need(session, actor=team.street.elder, need_id=need_id, reason="女儿回来了")

    assert session.get_one(Task, task_id).state == TaskState.CANCELLED
    assert listed(session, task_id) == {team.helpers[0].person_id: S.CANCELLED}
    assert taken(session, task_id) == 0


def test_the_last_place_goes_to_the_first_and_the_waiting_list_moves_up(session: Session) -> None:
    team = make_team(session)
    one, two, three = team.helpers
    task_id = make_activity(session, team.street, places=1)

    assert join(session, task_id, one, two, three) == [S.ACCEPTED, S.WAITING, S.WAITING]
    assert sign_ups.waiting_place(session, task_id=task_id, volunteer_id=three.person_id or 0) == 2
    with pytest.raises(errors.AlreadyWaitingError):
        join(session, task_id, two)
    signups.withdraw(session, actor=one, sign_up_id=sign_up_id(session, task_id, one))

    assert listed(session, task_id) == {
        one.person_id: S.WITHDRAWN,
        two.person_id: S.ACCEPTED,
        three.person_id: S.WAITING,
    }
    assert taken(session, task_id) == 1
    assert reads.moved_up_ids(session, actor=two) == {task_id}
    assert join(session, task_id, one) == [S.WAITING]


def test_who_is_busy_keeps_waiting_and_the_next_moves_up(session: Session) -> None:
    team = make_team(session)
    one, two, three = team.helpers
    task_id = make_activity(session, team.street, places=1)
    other_id = make_activity(session, team.street, activity="值守")
    join(session, task_id, one, two, three)
    join(session, other_id, two)

    signups.withdraw(session, actor=one, sign_up_id=sign_up_id(session, task_id, one))

    stands = listed(session, task_id)
    assert (stands[two.person_id or 0], stands[three.person_id or 0]) == (S.WAITING, S.ACCEPTED)


def test_nobody_is_booked_twice_at_the_same_time(session: Session) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    first = make_activity(session, team.street)
    second = make_activity(session, team.street, activity="值守")
    join(session, first, one)

    with pytest.raises(errors.BookedTwiceError):
        join(session, second, one)
    with pytest.raises(errors.AlreadyAcceptedError):
        join(session, first, one)


def test_the_requester_picks_among_those_who_offered(session: Session) -> None:
    team = make_team(session)
    one, two, three = team.helpers
    task_id = make_need_task(session, team.street, admission=Admission.PICKED)
    assert join(session, task_id, one, two, three) == [S.OFFERED] * 3
    elder = team.street.elder

    with pytest.raises(errors.NotYoursToPickError):
        signups.pick(session, actor=one, sign_up_id=sign_up_id(session, task_id, one))
    signups.pick(session, actor=elder, sign_up_id=sign_up_id(session, task_id, two))
    with pytest.raises(errors.TaskFullError):
        signups.pick(session, actor=elder, sign_up_id=sign_up_id(session, task_id, one))
    signups.reserve(session, actor=elder, sign_up_id=sign_up_id(session, task_id, one))
    signups.turn_down(
        session, actor=elder, sign_up_id=sign_up_id(session, task_id, three), reason="人够了"
    )
    signups.withdraw(session, actor=two, sign_up_id=sign_up_id(session, task_id, two))

    assert listed(session, task_id) == {
        one.person_id: S.ACCEPTED,
        two.person_id: S.WITHDRAWN,
        three.person_id: S.TURNED_DOWN,
    }


def test_whoever_is_asked_says_yes_or_no(session: Session) -> None:
    team = make_team(session)
    one, two, _ = team.helpers
    task_id = make_need_task(session, team.street, admission=Admission.PICKED)
    ids = [one.person_id or 0, two.person_id or 0]

    assert signups.ask(session, actor=team.street.officer, task_id=task_id, volunteer_ids=ids) == 2
    signups.decline(session, actor=one, sign_up_id=sign_up_id(session, task_id, one))
    with pytest.raises(errors.NotYoursToAnswerError):
        signups.pick(
            session, actor=team.street.officer, sign_up_id=sign_up_id(session, task_id, two)
        )
    assert join(session, task_id, two) == [S.ACCEPTED]

    assert listed(session, task_id) == {one.person_id: S.DECLINED, two.person_id: S.ACCEPTED}
    with pytest.raises(errors.ServesSelfError):
        signups.ask(
            session,
            actor=team.street.officer,
            task_id=task_id,
            volunteer_ids=[team.street.elder_person.id],
        )


def test_minors_help_with_a_guardians_consent_and_never_where_there_is_risk(
    session: Session,
) -> None:
    street = make_street(session)
    pupil = make_helper(session, street, born_on=date(2010, 6, 1))
    safe = make_activity(session, street)
    risky = make_activity(
        session,
        street,
        activity="夜间巡逻",
        wishes=Wishes(risk=Risk.RAISED),
        starts_at=START + timedelta(days=1),
        ends_at=END + timedelta(days=1),
    )
    minor = session.get_one(Person, pupil.person_id)
    mother = make_person(session, community_id=street.community.id, name="林母")

    with pytest.raises(errors.GuardianConsentMissingError):
        join(session, safe, pupil)
    with pytest.raises(errors.NotGuardianError):
        profiles.give_guardian_consent(
            session, actor=street.officer, minor_id=minor.id, guardian_id=mother.id
        )
    make_kin(
        session,
        person=minor,
        relative=mother,
        kind=KinshipKind.PARENT,
        verified_on=date(2026, 1, 5),
    )
    profiles.give_guardian_consent(
        session, actor=street.officer, minor_id=minor.id, guardian_id=mother.id
    )
    assert join(session, safe, pupil) == [S.ACCEPTED]
    with pytest.raises(errors.MinorRiskyError):
        join(session, risky, pupil)
    profiles.withdraw_guardian_consent(session, actor=street.officer, minor_id=minor.id)
    with pytest.raises(DomainError):
        join(session, make_activity(session, street, activity="又一次"), pupil)


def test_suggestions_say_why_and_leave_out_what_does_not_fit(session: Session) -> None:
    team = make_team(session, count=1)
    street, (one,) = team.street, team.helpers
    wanted = make_need_task(
        session, street, facts=need_facts(street, wishes=Wishes(skills=(Skill.HAIRCUT,)))
    )
    men_only = make_need_task(
        session,
        street,
        facts=need_facts(street, starts_at=START + timedelta(days=1), wishes=Wishes(sex=Sex.MALE)),
    )
    assert helpers.suggestions(session, actor=one) == []
    make_profile(
        session,
        session.get_one(Person, one.person_id),
        skills=["haircut"],
        free_times=["5m"],
    )

    (fit,) = helpers.suggestions(session, actor=one)

    assert fit.task.id == wanted
    assert [why.because for why in fit.reasons] == [
        Because.SAME_BUILDING,
        Because.SKILL,
        Because.FREE_THEN,
    ]
    assert (fit.task.recipient_name, fit.task.micro_grid_label) == ("", "")
    with pytest.raises(errors.SexNotWantedError):
        join(session, men_only, one)
    task = reads.task(session, actor=street.officer, task_id=wanted)
    assert [one.name for one in helpers.askable(session, task=task)] == ["志愿者甲"]


def test_address_and_phone_open_a_day_before_and_each_look_is_logged(session: Session) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    elder = team.street.elder_person
    task_id = make_need_task(session, team.street)
    join(session, task_id, one, two)

    with pytest.raises(errors.ContactClosedError):
        tasks.see_contact(session, actor=one, task_id=task_id)
    with clock.fixed_at(START - timedelta(hours=24)):
        with pytest.raises(errors.ContactNotYoursError):
            tasks.see_contact(session, actor=two, task_id=task_id)
        assert tasks.see_contact(session, actor=one, task_id=task_id).name == "孙桂英"
        tasks.see_contact(session, actor=one, task_id=task_id)
    with (
        clock.fixed_at(END + timedelta(hours=2, minutes=1)),
        pytest.raises(errors.ContactClosedError),
    ):
        tasks.see_contact(session, actor=one, task_id=task_id)

    session.flush()
    looks = session.query(PersonLook).filter_by(person_id=elder.id).all()
    assert [look.actor_name for look in looks] == [one.name, one.name]
    assert looks[0].fields == ["phone", "address"]


def test_a_task_of_the_past_is_closed_and_who_did_not_come_is_noted(session: Session) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    task_id = make_activity(session, team.street, places=1)
    join(session, task_id, one, two)
    one_id = sign_up_id(session, task_id, one)
    with pytest.raises(errors.TooEarlyToMissError):
        signups.mark_no_show(session, actor=team.street.officer, sign_up_id=one_id)

    with clock.fixed_at(END + timedelta(hours=25)):
        closing.close_past_tasks(session, {})
        closing.close_past_tasks(session, {})

    told = session.execute(select(Message.person_id, Message.code, Message.url))
    assert [row for row in told.tuples() if row[1] == "task_missed"] == [
        (one.person_id, "task_missed", f"/tasks/{task_id}")
    ]
    assert listed(session, task_id) == {one.person_id: S.NO_SHOW, two.person_id: S.LAPSED}
    assert session.get_one(Task, task_id).state == TaskState.UNMET


def test_an_activity_is_posted_for_ones_own_place_and_cancelled_with_a_reason(
    session: Session,
) -> None:
    team = make_team(session, count=1)
    far = make_micro_grid(session, team.street.community.id, grid_no=2, building_no=9)
    with pytest.raises(errors.NotCoordinatorError):
        make_activity(session, team.street, micro_grid_id=far.id)
    task_id = make_activity(session, team.street)
    join(session, task_id, *team.helpers)

    tasks.cancel_task(session, actor=team.street.officer, task_id=task_id, reason="下大雨")

    assert listed(session, task_id) == {team.helpers[0].person_id: S.CANCELLED}
    with pytest.raises(errors.TaskCancelledError):
        join(session, task_id, *team.helpers)
    with pytest.raises(errors.TaskNotFoundError):
        join(session, task_id, team.street.volunteer)
