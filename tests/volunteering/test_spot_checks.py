"""Spot checks: a draw that nobody aims, a checker without a hand in it, a result written once."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_kin, make_person
from tests.make.desk import make_officer, set_rules
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering import verify
from timebank.volunteering.errors import spot_checks as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.spot_checks import SpotCheck, SpotDraw
from timebank.volunteering.queries import spot_checks as reads
from timebank.volunteering.rules import spot_checks as rules
from timebank.volunteering.rules.spot_checks import (
    Candidate,
    CheckHow,
    CheckResult,
    CheckState,
    DrawnBy,
)
from timebank.volunteering.service import review, spot_checks

NEXT_WEEK = NOW + timedelta(days=7)
MONDAY = date(2026, 11, 16)


@pytest.fixture(autouse=True)
def _a_week_later() -> Any:
    with clock.fixed_at(NEXT_WEEK):
        yield


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def _drawn(session: Session, street: Street) -> int:
    """Return the check of the one record that was approved last week."""
    with clock.fixed_at(NOW):
        make_approved(session, street)
    spot_checks.draw_checks(session, {})
    return session.scalars(select(SpotCheck.id)).one()


def _finish(
    session: Session,
    actor: Actor,
    check_id: int,
    result: CheckResult = CheckResult.NOT_HAPPENED,
    **more: Any,
) -> None:
    told: dict[str, Any] = {"how": CheckHow.PHONE, "words": "打了电话，说那天没有来"} | more
    spot_checks.finish_check(session, actor=actor, check_id=check_id, result=result, **told)


candidates = st.lists(
    st.builds(Candidate, st.integers(1, 10_000), st.integers(0, 100)),
    max_size=80,
    unique_by=lambda one: one.record_id,
)


@settings(max_examples=60, deadline=None)
@given(candidates, st.text(min_size=1, max_size=8), st.integers(0, 100), st.integers(0, 60))
def test_a_draw_can_be_drawn_again(
    known: list[Candidate], seed: str, percent: int, least: int
) -> None:
    drawn = rules.draw(known, seed=seed, percent=percent, least=least)

    assert rules.draw(reversed(known), seed=seed, percent=percent, least=least) == drawn
    assert len(drawn) == rules.drawn_count(len(known), percent=percent, least=least)
    assert len(drawn) <= min(len(known), rules.DRAWN_MAX)
    assert drawn.keys() <= {one.record_id for one in known}
    by_chance = sum(how is DrawnBy.CHANCE for how in drawn.values())
    assert by_chance >= len(drawn) - by_chance


def test_risk_is_drawn_more_often_and_nobody_is_safe() -> None:
    known = [Candidate(n, 100 if n <= 10 else 0) for n in range(1, 101)]
    times = dict.fromkeys(range(1, 101), 0)
    for seed in range(300):
        for record_id in rules.draw(known, seed=str(seed), percent=10, least=1):
            times[record_id] += 1

    risky, plain = sum(times[n] for n in range(1, 11)), sum(times[n] for n in range(11, 101))
    assert risky / 10 > 3 * plain / 90
    assert min(times.values()) > 0


def test_a_week_is_drawn_once_and_by_its_seed(session: Session) -> None:
    street = make_street(session)
    with clock.fixed_at(NOW):
        approved = [
            make_approved(session, street, start=f"{hour:02}:00", end=f"{hour:02}:30")
            for hour in range(6, 14)
        ]
    set_rules(session, street, check_percent=25, check_least=1)

    spot_checks.draw_checks(session, {})
    spot_checks.draw_checks(session, {})

    draw = session.scalars(select(SpotDraw)).one()
    drawn = {row.record_id: row.drawn_by for row in session.scalars(select(SpotCheck))}
    assert (draw.week_on, draw.candidates, draw.drawn) == (MONDAY, 8, 2)
    known = [Candidate(record_id, 0) for record_id in approved]
    assert drawn == rules.draw(known, seed=draw.seed, percent=25, least=1)
    assert list(verify.findings(session, street.community.id)) == []
    for statement, rule in (
        (delete(SpotCheck), "spot_check_kept"),
        (update(SpotCheck).values(points=99), "spot_check_drawn"),
        (update(SpotDraw).values(seed="0" * 32), "append-only|denied"),
    ):
        _refused(session, statement, rule)


def test_this_week_is_not_drawn_yet_and_an_empty_one_leaves_nothing(session: Session) -> None:
    street = make_street(session)
    with clock.fixed_at(NEXT_WEEK):
        make_approved(session, street, day=DAY + timedelta(days=5))

    spot_checks.draw_checks(session, {})

    assert session.scalars(select(SpotDraw.id)).all() == []


def test_who_had_a_hand_in_it_does_not_check(session: Session) -> None:
    street = make_street(session)
    check_id = _drawn(session, street)
    son = make_person(session, community_id=street.community.id, name="孙伟")
    make_kin(session, person=street.elder_person, relative=son)
    place = (("grid_officer", "grid", street.place.grid_id),)
    kin = make_actor(session, community_id=street.community.id, roles=place, person_id=son.id)

    for actor, refusal in (
        (street.officer, errors.ChecksOwnWorkError),
        (kin, errors.ChecksKinError),
        (street.volunteer, errors.SpotCheckNotFoundError),
    ):
        with pytest.raises(refusal):
            spot_checks.take_check(session, actor=actor, check_id=check_id)
        assert reads.checks(session, actor=actor, state=CheckState.DRAWN).items == []
    with pytest.raises(errors.SpotCheckNotFoundError):
        reads.check(session, actor=kin, check_id=check_id)
    assert reads.checks(session, actor=kin).items == []
    assert len(reads.checks(session, actor=street.officer).items) == 1
    taken = {"state": "taken", "checker_name": "赵强", "taken_at": NOW}
    by_approver = update(SpotCheck).values(**taken, checker_user_id=street.officer.user_id)
    _refused(session, by_approver, "spot_check_had_a_hand")


def test_a_check_is_taken_or_handed_out_and_finished_by_its_checker(session: Session) -> None:
    street = make_street(session)
    check_id = _drawn(session, street)
    second = make_officer(session, street)

    with pytest.raises(errors.CheckNotYoursError):
        _finish(session, second, check_id)
    spot_checks.take_check(session, actor=second, check_id=check_id)
    third = make_officer(session, street, name="吴敏")
    with pytest.raises(errors.CheckTakenError):
        spot_checks.take_check(session, actor=third, check_id=check_id)
    with pytest.raises(errors.CheckTakenError):
        spot_checks.take_check(session, actor=third, check_id=check_id, user_id=second.user_id)
    with pytest.raises(errors.CheckerUnknownError):
        spot_checks.take_check(
            session, actor=street.admin, check_id=check_id, user_id=street.volunteer.user_id
        )
    spot_checks.take_check(session, actor=street.admin, check_id=check_id, user_id=third.user_id)
    with pytest.raises(errors.CheckNotYoursError):
        _finish(session, second, check_id)
    with pytest.raises(errors.DifferenceMissingError):
        _finish(session, third, check_id, CheckResult.DIFFERS, actual_minutes=95)
    _finish(session, third, check_id, CheckResult.DIFFERS, actual_minutes=60)

    assert [one.id for one in reads.own_checks(session, actor=third)] == []
    with pytest.raises(errors.CheckDoneError):
        _finish(session, third, check_id)
    with pytest.raises(errors.CheckDoneError):
        spot_checks.take_check(session, actor=third, check_id=check_id)
    _refused(session, update(SpotCheck).values(words="改了"), "spot_check_done")
    month = reads.months(session, actor=street.admin)[0]
    assert (month.drawn, month.done, month.right, month.wrong) == (1, 1, 0, 1)
    assert month.right_percent == 0


def test_what_is_found_wrong_is_taken_back_and_both_point_at_each_other(session: Session) -> None:
    street = make_street(session)
    check_id = _drawn(session, street)
    second = make_officer(session, street)
    spot_checks.take_check(session, actor=second, check_id=check_id)
    key = ids.new_id()
    with pytest.raises(errors.CheckFoundNothingWrongError):
        spot_checks.take_back_after_check(
            session, actor=street.admin, check_id=check_id, reason="抽查不符", key=key
        )
    _finish(session, second, check_id)

    spot_checks.take_back_after_check(
        session, actor=street.admin, check_id=check_id, reason="抽查不符", key=key
    )

    seen = reads.check(session, actor=street.admin, check_id=check_id)
    record = session.get_one(ServiceRecord, seen.record_id)
    assert (record.state, record.state_reason) == ("unapproved", "抽查不符")
    assert seen.reversal_id == record.reversal_id is not None
    of_record = reads.of_record(session, actor=street.officer, record_id=record.id)
    assert of_record is not None
    assert of_record.id == check_id
    assert reads.of_record(session, actor=street.volunteer, record_id=record.id) is None
    assert reads.months(session, actor=street.admin)[0].taken_back == 1
    assert list(verify.findings(session, street.community.id)) == []


def test_a_check_that_points_at_another_entry_is_found(session: Session) -> None:
    street = make_street(session)
    check_id = _drawn(session, street)
    second = make_officer(session, street)
    spot_checks.take_check(session, actor=second, check_id=check_id)
    _finish(session, second, check_id)
    record = session.get_one(
        ServiceRecord, reads.check(session, actor=second, check_id=check_id).record_id
    )
    session.execute(update(SpotCheck).values(reversal_id=record.entry_id))

    (finding,) = verify.findings(session, street.community.id)

    assert (finding.table, finding.row) == ("spot_check", f"id {check_id}")


def test_an_approval_without_its_second_is_found(session: Session) -> None:
    street = make_street(session)
    with clock.fixed_at(NOW):
        record_id = make_approved(session, street)
        set_rules(session, street, second_minutes=60)  # as if it had held before

        (finding,) = verify.findings(session, street.community.id)

    assert (finding.table, finding.row) == ("service_record", f"id {record_id}")
    assert review.EARNED == "hours.earned"
