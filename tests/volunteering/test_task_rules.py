"""The pure rules of needs, tasks, matching and presence."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import needs as need_errors
from timebank.volunteering.errors import presence as presence_errors
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.rules import helpers, matching, presence
from timebank.volunteering.rules import needs as need_rules
from timebank.volunteering.rules import tasks as rules
from timebank.volunteering.rules.admission import AdmissionState
from timebank.volunteering.rules.helpers import Helper
from timebank.volunteering.rules.matching import Because, Past
from timebank.volunteering.rules.needs import (
    NEED_ARROWS,
    NeedCommand,
    NeedFacts,
    NeedState,
    Risk,
    Skill,
)
from timebank.volunteering.rules.presence import How, Planned
from timebank.volunteering.rules.tasks import (
    FIRST_STATES,
    HOLDING_STATES,
    OPEN_STATES,
    SIGN_UP_ARROWS,
    TASK_ARROWS,
    Admission,
    SignUpCommand,
    SignUpState,
    TaskCommand,
    TaskState,
    TaskView,
)

NOW = datetime.fromisoformat("2026-11-18T20:00:00+08:00")
FRIDAY = datetime.fromisoformat("2026-11-20T10:00:00+08:00")
NEED_REFUSED = {
    NeedState.POSTED: "need_not_taken_up",
    NeedState.TAKEN_UP: "need_already_taken_up",
    NeedState.ENDED: "need_already_ended",
    NeedState.DECLINED: "need_already_declined",
    NeedState.WITHDRAWN: "need_already_withdrawn",
}
TASK_REFUSED = {
    TaskState.CANCELLED: "task_cancelled",
    TaskState.DONE: "task_done",
    TaskState.UNMET: "task_unmet",
}
SIGN_UP_REFUSED = {
    SignUpState.ASKED: "already_asked",
    SignUpState.OFFERED: "already_signed_up",
    SignUpState.WAITING: "already_waiting",
    SignUpState.ACCEPTED: "already_accepted",
    SignUpState.SERVED: "sign_up_served",
    SignUpState.NO_SHOW: "sign_up_missed",
    SignUpState.DECLINED: "sign_up_declined",
    SignUpState.TURNED_DOWN: "sign_up_turned_down",
    SignUpState.WITHDRAWN: "sign_up_withdrawn",
    SignUpState.CANCELLED: "sign_up_cancelled",
    SignUpState.LAPSED: "sign_up_lapsed",
}
PRESENCE_COMMANDS = {SignUpCommand.MISS, SignUpCommand.SERVE}


@pytest.mark.parametrize("state", NeedState)
@pytest.mark.parametrize("command", NeedCommand)
def test_every_pair_of_a_needs_state_and_command_moves_or_says_why_not(
    state: NeedState, command: NeedCommand
) -> None:
    arrow = NEED_ARROWS.get((state, command))
    if arrow is not None:
        assert need_rules.next_need_state(state, command) is arrow.to
        assert arrow.why
        return
    with pytest.raises(DomainError) as refusal:
        need_rules.next_need_state(state, command)
    assert refusal.value.code == NEED_REFUSED[state]


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("command", TaskCommand)
def test_every_pair_of_a_tasks_state_and_command_moves_or_says_why_not(
    state: TaskState, command: TaskCommand
) -> None:
    arrow = TASK_ARROWS.get((state, command))
    if arrow is not None:
        assert rules.next_task_state(state, command) is arrow.to
        assert arrow.why
        return
    with pytest.raises(DomainError) as refusal:
        rules.next_task_state(state, command)
    assert refusal.value.code == TASK_REFUSED[state]


@pytest.mark.parametrize("state", SignUpState)
@pytest.mark.parametrize("command", SignUpCommand)
def test_every_pair_of_a_sign_ups_state_and_command_moves_or_says_why_not(
    state: SignUpState, command: SignUpCommand
) -> None:
    arrow = SIGN_UP_ARROWS.get((state, command))
    if arrow is not None:
        assert rules.next_sign_up_state(state, command) is arrow.to
        assert arrow.why
        return
    with pytest.raises(DomainError) as refusal:
        rules.next_sign_up_state(state, command)
    waits = command in PRESENCE_COMMANDS and state in OPEN_STATES
    assert refusal.value.code == ("not_accepted" if waits else SIGN_UP_REFUSED[state])


def test_first_states_are_those_to_which_their_commands_lead() -> None:
    for command, state in FIRST_STATES.items():
        assert {arrow.to for (_, one), arrow in SIGN_UP_ARROWS.items() if one is command} == {state}
    assert set(HOLDING_STATES) & set(OPEN_STATES) == {SignUpState.ACCEPTED}


def _facts(**changes: object) -> NeedFacts:
    """A need for two hours on Friday."""
    facts = NeedFacts(kind_id=1, starts_at=FRIDAY, minutes=120, recipient_id=7)
    return replace(facts, **changes)  # type: ignore[arg-type]  # changed by name


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"starts_at": NOW}, need_errors.NeedInPastError),
        ({"starts_at": NOW + timedelta(days=91)}, need_errors.NeedTooFarError),
        ({"starts_at": FRIDAY + timedelta(hours=12, minutes=1)}, need_errors.CrossesMidnightError),
        ({"weekdays": "5"}, need_errors.RepeatUnboundedError),
        (
            {"weekdays": "5", "repeat_until_on": date(2027, 2, 20)},
            need_errors.RepeatUnboundedError,
        ),
        (
            {"weekdays": "12", "repeat_until_on": date(2026, 12, 20)},
            need_errors.RepeatDayMissingError,
        ),
        ({"repeat_until_on": date(2026, 12, 20)}, need_errors.RepeatDayMissingError),
        (
            {"weekdays": "5", "repeat_until_on": date(2026, 12, 20), "is_urgent": True},
            need_errors.UrgentRepeatsError,
        ),
    ],
)
def test_a_time_that_is_over_far_or_without_bounds_is_refused(
    changes: dict[str, object], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        need_rules.check_when(_facts(**changes), now=NOW)


def test_a_time_may_end_at_midnight() -> None:
    need_rules.check_when(_facts(starts_at=FRIDAY + timedelta(hours=12)), now=NOW)


@given(
    minute=st.integers(0, 700 * 24 * 60),
    weeks=st.integers(0, 13),
    weekdays=st.text("1234567", max_size=9).map(need_rules.tidy_weekdays),
    horizon=st.integers(0, 120),
)
def test_a_pattern_gives_each_of_its_days_once_and_never_more_than_bounded(
    minute: int, weeks: int, weekdays: str, horizon: int
) -> None:
    starts_at = NOW.astimezone(UTC) + timedelta(minutes=minute)
    first_on = clock.day_of(starts_at)
    last_on = first_on + timedelta(weeks=weeks) if weekdays else None
    until = starts_at + timedelta(days=horizon)

    found = need_rules.occurrences(
        starts_at=starts_at, weekdays=weekdays, repeat_until_on=last_on, until=until
    )

    assert len(found) == len(set(found)) <= 7 * 13 + 1
    assert found == sorted(found)
    for moment in found:
        assert starts_at <= moment <= until
        assert clock.local(moment).time() == clock.local(starts_at).time()
        if weekdays:
            assert str(clock.day_of(moment).isoweekday()) in weekdays
    if not weekdays:
        assert found == [starts_at]


def _task(**changes: object) -> TaskView:
    """A task on Friday morning in building 3 of grid 2."""
    task = TaskView(
        id=1, community_id=1, need_id=1, state=TaskState.OPEN, state_reason="", activity="",
        recipient_id=7, recipient_name="孙桂英", organisation_id=None, kind_id=4,
        kind_name="义务理发", admission=Admission.DIRECT, starts_at=FRIDAY,
        ends_at=FRIDAY + timedelta(hours=2), places=1, taken=0, risk=Risk.LOW, sex=None,
        skills=(), languages=(), details="", place="", micro_grid_id=5,
        micro_grid_label="3号楼 1单元", building_id=3, grid_id=2, grid_name="第二网格",
        centre_id=None, case_id=None, case_number="", revision=1, series_on=None,
        asked_by_id=7, is_urgent=False,
    )  # fmt: skip
    return replace(task, **changes)  # type: ignore[arg-type]  # changed by name


GROWN = Helper(person_id=9, sex=Sex.FEMALE, born_on=date(1960, 5, 1))


@pytest.mark.parametrize(
    ("task", "helper", "code"),
    [
        (_task(), GROWN, None),
        (_task(), replace(GROWN, person_id=7), "task_serves_self"),
        (_task(sex=Sex.MALE), GROWN, "sex_not_wanted"),
        (_task(skills=(Skill.HAIRCUT,)), GROWN, "skill_missing"),
        (_task(skills=(Skill.HAIRCUT,)), replace(GROWN, skills=frozenset(Skill)), None),
        (_task(), replace(GROWN, born_on=date(2010, 1, 1)), "guardian_consent_missing"),
        (
            _task(),
            replace(GROWN, born_on=date(2010, 1, 1), has_guardian_consent=True),
            None,
        ),
        (
            _task(risk=Risk.RAISED),
            replace(GROWN, born_on=date(2010, 1, 1), has_guardian_consent=True),
            "minor_risky",
        ),
        (_task(risk=Risk.HIGH), replace(GROWN, born_on=None), "age_unknown"),
        (_task(risk=Risk.HIGH), GROWN, "volunteer_not_insured"),
        (_task(risk=Risk.HIGH), replace(GROWN, covers=((FRIDAY.date(), FRIDAY.date()),)), None),
        (_task(), replace(GROWN, admission=AdmissionState.CHECKED), "volunteer_not_admitted"),
        (_task(), replace(GROWN, admission=AdmissionState.ADMITTED), None),
    ],
)
def test_who_cannot_take_a_task_is_told_why(
    task: TaskView, helper: Helper, code: str | None
) -> None:
    refusal = matching.obstacle(task, helper)

    assert (None if refusal is None else refusal.code) == code


def test_somebody_is_of_age_on_the_eighteenth_birthday() -> None:
    assert helpers.is_minor(date(2008, 11, 21), on=date(2026, 11, 20))
    assert not helpers.is_minor(date(2008, 11, 20), on=date(2026, 11, 20))
    assert not helpers.is_minor(None, on=date(2026, 11, 20))


def test_every_reason_has_its_points_and_the_best_fit_stands_first() -> None:
    assert set(matching.POINTS) == set(Because)
    near = _task(id=1)
    known = _task(id=2, building_id=8, grid_id=9)
    later = _task(id=3, starts_at=FRIDAY + timedelta(days=1), building_id=8, grid_id=9)
    busy = _task(id=4)
    full = _task(id=5, taken=1)
    helper = replace(GROWN, building_id=3, grid_id=2, free_times=frozenset({"5m"}))

    fits = matching.suggested(
        [full, later, near, busy, known],
        helper,
        Past(recipient_ids=frozenset({7})),
        busy_ids={4},
    )

    assert [fit.task.id for fit in fits] == [1, 2, 3, 5]
    assert [one.because for one in fits[0].reasons] == [
        Because.KNOWS_RECIPIENT,
        Because.SAME_BUILDING,
        Because.FREE_THEN,
    ]
    assert fits[0].score == 40 + 25 + 10


@pytest.mark.parametrize(("hour", "code"), [(8, "5m"), (12, "5a"), (17, "5a"), (18, "5e")])
def test_a_moment_has_the_code_of_its_part_of_the_day(hour: int, code: str) -> None:
    assert matching.time_code(FRIDAY.replace(hour=hour)) == code


def test_a_contact_is_open_from_a_day_before_to_two_hours_after() -> None:
    ends_at = FRIDAY + timedelta(hours=2)
    for moment, is_open in (
        (FRIDAY - timedelta(hours=24, seconds=1), False),
        (FRIDAY - timedelta(hours=24), True),
        (ends_at + timedelta(hours=2), True),
        (ends_at + timedelta(hours=2, seconds=1), False),
    ):
        found = rules.is_contact_open(starts_at=FRIDAY, ends_at=ends_at, now=moment)
        assert found is is_open


PLANNED = Planned(FRIDAY, FRIDAY + timedelta(hours=2))


@pytest.mark.parametrize(
    "stamp", ["", "x", "12", "12.", "-1.a", "１２.a", f"{10**13}.a", f"{2**40}.abc"]
)
def test_what_is_no_code_of_a_screen_is_refused(stamp: str) -> None:
    with pytest.raises((presence_errors.StampWrongError, presence_errors.StampExpiredError)):
        presence.window_in(stamp, now=NOW)


def test_a_code_is_good_in_its_minute_and_the_two_after_it() -> None:
    window = presence.window_of(NOW)
    stamp = presence.stamp_text(window=window, digest="a" * 64)
    for minutes in (0, 1, 2):
        assert presence.window_in(stamp, now=NOW + timedelta(minutes=minutes)) == window
    with pytest.raises(presence_errors.StampExpiredError):
        presence.window_in(stamp, now=NOW + timedelta(minutes=3))
    with pytest.raises(presence_errors.StampWrongError):
        presence.check_stamp(stamp, expected=presence.stamp_text(window=window, digest="b" * 64))


def test_waiting_before_the_beginning_is_no_service() -> None:
    early = FRIDAY - timedelta(minutes=20)

    span = presence.counted_span(
        PLANNED, started_at=early, ended_at=FRIDAY + timedelta(minutes=50, seconds=59)
    )

    assert (span.started_at, span.minutes) == (FRIDAY, 50)
    with pytest.raises(presence_errors.TooSoonError):
        presence.counted_span(PLANNED, started_at=early, ended_at=FRIDAY)


@pytest.mark.parametrize("started", How)
@pytest.mark.parametrize("ended", How)
@pytest.mark.parametrize("is_offline", [False, True])
def test_only_what_was_seen_at_both_ends_and_at_the_time_is_a_proof(
    started: How, ended: How, is_offline: bool
) -> None:
    found = presence.is_proof(started_how=started, ended_how=ended, is_offline=is_offline)

    assert found is (not is_offline and How.PLANNED not in {started, ended})


def test_corrected_times_lie_around_the_task_in_the_right_order() -> None:
    margin = timedelta(minutes=1)
    earliest, latest = FRIDAY - presence.EARLY, PLANNED.ends_at + presence.GRACE
    presence.check_corrected(PLANNED, started_at=earliest, ended_at=latest)
    for started_at, ended_at in (
        (earliest - margin, latest),
        (earliest, latest + margin),
        (FRIDAY, FRIDAY),
    ):
        with pytest.raises(presence_errors.SpanOutsideTaskError):
            presence.check_corrected(PLANNED, started_at=started_at, ended_at=ended_at)


def test_a_task_is_not_longer_than_a_record_may_be() -> None:
    rules.check_span(FRIDAY, FRIDAY + timedelta(hours=12), now=NOW)
    with pytest.raises(errors.TaskEndsBeforeStartError):
        rules.check_span(FRIDAY, FRIDAY + timedelta(hours=12, minutes=1), now=NOW)
    with pytest.raises(errors.TaskEndsBeforeStartError):
        rules.check_span(FRIDAY, FRIDAY, now=NOW)
    with pytest.raises(errors.TaskInPastError):
        rules.check_span(NOW, NOW + timedelta(hours=1), now=NOW)
