"""Two of the staff let somebody be a volunteer; where there is risk, only who is insured goes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_kin
from tests.make.tasks import (
    join,
    listed,
    make_activity,
    make_helper,
    make_profile,
    make_team,
    sign_up_id,
)
from tests.make.volunteering import NOW, Street, make_street
from tests.make.volunteers import make_applied, make_cover, make_stranger
from timebank.access import queries as access_queries
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.volunteering.errors import admission as errors
from timebank.volunteering.errors.records import ReasonMissingError
from timebank.volunteering.models.admission import AccidentCover, VolunteerAdmission
from timebank.volunteering.queries import volunteers
from timebank.volunteering.rules.admission import AdmissionState, CoverFacts
from timebank.volunteering.rules.needs import NO_WISHES, Risk, Skill
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service import admission, signups

RISKY = replace(NO_WISHES, risk=Risk.RAISED)
COVER = CoverFacts("PDAA-1", "人保财险", date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _state(session: Session, person_id: int) -> AdmissionState | None:
    session.expire_all()
    return volunteers.state_of(session, person_id)


def test_who_asks_is_seen_by_one_admitted_by_another_and_may_then_join(session: Session) -> None:
    street = make_street(session)
    asking = make_helper(session, street)
    person_id = make_applied(session, asking)
    task_id = make_activity(session, street)
    with pytest.raises(errors.NotAdmittedError):
        join(session, task_id, asking)
    with pytest.raises(errors.NotCheckedError):
        admission.admit(session, actor=street.admin, person_id=person_id)

    admission.check_identity(
        session, actor=street.admin, person_id=person_id, identity_note="身份证原件，本人到场"
    )
    with pytest.raises(errors.SameReviewerError):
        admission.admit(session, actor=street.admin, person_id=person_id)
    other = make_actor(session, community_id=street.community.id)
    admission.admit(session, actor=other, person_id=person_id)

    assert _state(session, person_id) is AdmissionState.ADMITTED
    assert join(session, task_id, asking) == [SignUpState.ACCEPTED]
    with pytest.raises(errors.AlreadyAdmittedError):
        admission.apply(session, actor=asking)


def test_being_admitted_gives_ones_account_the_role_of_a_volunteer(session: Session) -> None:
    street = make_street(session)
    elder_id = street.elder_person.id
    admission.apply(session, actor=street.officer, person_id=elder_id)
    admission.check_identity(
        session, actor=street.officer, person_id=elder_id, identity_note="认识多年，看过身份证"
    )
    admission.admit(session, actor=street.admin, person_id=elder_id)

    assert any(
        held.role == "volunteer"
        for held in access_queries.held_roles(session, street.elder.user_id or 0)
    )


def test_nobody_decides_on_themselves_kin_or_elsewhere_and_answers_have_reasons(
    session: Session,
) -> None:
    street = make_street(session)
    asking = make_helper(session, street)
    person_id = make_applied(session, asking)
    kin = make_helper(session, street, 1)
    make_kin(
        session,
        person=session.get_one(Person, person_id),
        relative=session.get_one(Person, kin.person_id),
    )
    near = make_actor(session, community_id=street.community.id, person_id=kin.person_id)
    for actor, refusal in (
        (near, errors.SameReviewerError),
        (asking, errors.AdmissionNotFoundError),
        (make_stranger(session), errors.AdmissionNotFoundError),
    ):
        with pytest.raises(refusal):
            admission.check_identity(
                session, actor=actor, person_id=person_id, identity_note="看过"
            )
    with pytest.raises(errors.IdentityNoteMissingError):
        admission.check_identity(
            session, actor=street.admin, person_id=person_id, identity_note=" "
        )
    with pytest.raises(ReasonMissingError):
        admission.refuse(session, actor=street.admin, person_id=person_id, reason="")
    admission.refuse(session, actor=street.admin, person_id=person_id, reason="证件过期了")
    assert _state(session, person_id) is AdmissionState.REFUSED
    assert admission.apply(session, actor=asking) is AdmissionState.APPLIED
    with pytest.raises(errors.AlreadyAppliedError):
        admission.apply(session, actor=asking)


def test_who_is_suspended_takes_nothing_new_and_is_seen_again_by_two(session: Session) -> None:
    team = make_team(session)
    helper, street = team.helpers[0], team.street
    person_id = make_applied(session, helper)
    admission.check_identity(
        session, actor=street.officer, person_id=person_id, identity_note="身份证原件"
    )
    admission.admit(session, actor=street.admin, person_id=person_id)
    task_id = make_activity(session, street)

    admission.suspend(session, actor=street.admin, person_id=person_id, reason="有投诉要核实")

    with pytest.raises(errors.NotAdmittedError):
        join(session, task_id, helper)
    with pytest.raises(errors.SuspendedError):
        admission.admit(session, actor=street.admin, person_id=person_id)
    admission.check_identity(
        session, actor=street.officer, person_id=person_id, identity_note="核实过了，没有问题"
    )
    admission.admit(session, actor=street.admin, person_id=person_id)
    assert join(session, task_id, helper) == [SignUpState.ACCEPTED]


def test_who_is_suspended_meanwhile_is_passed_over_on_the_waiting_list(session: Session) -> None:
    team = make_team(session)
    first, second, third = team.helpers
    street = team.street
    task_id = make_activity(session, street, places=1)
    join(session, task_id, first)
    person_id = make_applied(session, second)
    admission.check_identity(
        session, actor=street.officer, person_id=person_id, identity_note="身份证原件"
    )
    admission.admit(session, actor=street.admin, person_id=person_id)
    assert join(session, task_id, second, third) == [SignUpState.WAITING] * 2
    admission.suspend(session, actor=street.admin, person_id=person_id, reason="要核实")

    signups.withdraw(session, actor=first, sign_up_id=sign_up_id(session, task_id, first))

    stands = listed(session, task_id)
    assert stands[person_id] is SignUpState.WAITING
    assert stands[third.person_id or 0] is SignUpState.ACCEPTED


def test_where_there_is_risk_only_who_is_insured_that_day_goes(session: Session) -> None:
    team = make_team(session)
    first, second, third = team.helpers
    task_id = make_activity(session, team.street, wishes=RISKY)
    with pytest.raises(errors.NotInsuredError):
        join(session, task_id, first)

    make_cover(session, team.street, until_on=NOW.date())
    with pytest.raises(errors.NotInsuredError):
        join(session, task_id, first)
    admission.note_cover(
        session, actor=team.street.admin, facts=replace(COVER, person_id=first.person_id)
    )
    assert join(session, task_id, first) == [SignUpState.ACCEPTED]
    with pytest.raises(errors.NotInsuredError):
        signups.ask(
            session,
            actor=team.street.officer,
            task_id=task_id,
            volunteer_ids=[second.person_id or 0],
        )
    admission.note_cover(session, actor=team.street.admin, facts=COVER)
    assert join(session, task_id, third) == [SignUpState.ACCEPTED]
    assert len(listed(session, task_id)) == 2


def test_an_insurance_has_days_in_order_and_somebody_of_the_community(session: Session) -> None:
    street = make_street(session)
    with pytest.raises(errors.CoverDaysError):
        admission.note_cover(
            session, actor=street.admin, facts=replace(COVER, until_on=date(2025, 12, 31))
        )
    with pytest.raises(ReasonMissingError):
        admission.note_cover(session, actor=street.admin, facts=replace(COVER, insurer=" "))


def _refused(session: Session, statement: object, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)  # type: ignore[call-overload]  # any statement


def test_the_database_wants_two_looks_and_insurance_too(session: Session) -> None:
    team = make_team(session)
    person_id = make_applied(session, team.helpers[0])
    row = update(VolunteerAdmission).where(VolunteerAdmission.person_id == person_id)
    seen = {"checked_at": NOW, "identity_note": "身份证"}

    _refused(session, row.values(state="admitted", decided_at=NOW, **seen), "admission_move")
    _refused(session, row.values(state="checked"), "checked_how")
    session.execute(row.values(state="checked", checked_by_id=team.helpers[1].person_id, **seen))
    one = {"decided_at": NOW, "decided_by_id": team.helpers[1].person_id}
    _refused(session, row.values(state="admitted", **one), "by_two")
    own = {"decided_at": NOW, "decided_by_id": person_id}
    _refused(session, row.values(state="admitted", **own), "never_oneself")
    _refused(session, delete(VolunteerAdmission), "admission_kept")

    risky = make_activity(session, team.street, wishes=RISKY)
    make_cover(session, team.street, person_id=team.helpers[1].person_id)
    _refused(session, update(AccidentCover).values(until_on=date(2030, 1, 1)), "cover_told")
    seat = (
        "INSERT INTO sign_up (community_id, task_id, volunteer_id, starts_at, ends_at, state,"
        " state_reason, signed_at, accepted_at, changed_at, was_moved_up, code_tries)"
        " SELECT community_id, id, :who, starts_at, ends_at, 'accepted', '', posted_at, posted_at,"
        " posted_at, false, 0 FROM task WHERE id = :task"
    )
    harmless = make_activity(session, team.street)
    for which, task_id, rule in ((0, harmless, "admitted"), (2, risky, "insured")):
        who = {"who": team.helpers[which].person_id, "task": task_id}
        with pytest.raises(DBAPIError, match=rule), session.begin_nested():
            session.execute(text(seat), who)
    session.execute(text(seat), {"who": team.helpers[1].person_id, "task": risky})


def _told(session: Session, street: Street, number: int, **told: list[str]) -> int:
    helper = make_helper(session, street, number)
    person = session.get_one(Person, helper.person_id)
    make_profile(session, person, **told)
    return person.id


def test_staff_find_whom_to_ask_by_what_they_can_and_when(session: Session) -> None:
    street = make_street(session)
    barber = _told(session, street, 0, skills=["haircut"], free_times=["3a"])
    cook = _told(session, street, 1, skills=["cooking"], languages=["qingdao"])
    make_helper(session, street, 2)

    def found(**asked: object) -> list[int]:
        page = volunteers.search(session, actor=street.officer, **asked)  # type: ignore[arg-type]
        return [one.person_id for one in page.items]

    assert found() == [barber, cook]
    assert found(skill=Skill.HAIRCUT) == [barber]
    assert found(free_time="3a") == [barber]
    assert found(language="qingdao", text="志愿者乙") == [cook]
    assert found(grid_id=0) == []
    assert found(limit=1) == [barber]
    elsewhere = make_stranger(session)
    assert volunteers.search(session, actor=elsewhere).items == []
    with pytest.raises(errors.AdmissionNotFoundError):
        volunteers.volunteer(session, actor=elsewhere, person_id=barber)


def test_the_last_months_are_told_in_plain_numbers_and_older_ones_are_forgotten(
    session: Session,
) -> None:
    team = make_team(session, count=1)
    helper = team.helpers[0]
    task_id = make_activity(session, team.street)
    join(session, task_id, helper)
    with clock.fixed_at(NOW + timedelta(days=3)):
        signups.mark_no_show(
            session, actor=team.street.officer, sign_up_id=_only_sign_up(session, task_id)
        )
        month = volunteers.last_months(session, [helper.person_id or 0])
    assert (month[helper.person_id or 0].missed, month[helper.person_id or 0].served) == (1, 0)
    with clock.fixed_at(NOW + timedelta(days=200)):
        later = volunteers.last_months(session, [helper.person_id or 0])
    assert later[helper.person_id or 0].missed == 0


def _only_sign_up(session: Session, task_id: int) -> int:
    found = session.scalar(text("SELECT id FROM sign_up WHERE task_id = :id"), {"id": task_id})
    return int(found)
