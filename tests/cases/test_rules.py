"""Deadlines at their boundaries, the transition table, and the fold, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.cases.rules import commands, deadlines, flow, folding
from timebank.cases.rules.clocks import ClockState, clock_of, is_late
from timebank.cases.rules.commands import Call
from timebank.cases.rules.flow import Answer, Command, EventType, State, Step
from timebank.cases.rules.folding import DuePayload, Fact, Payload
from timebank.cases.rules.policy import HOUSE_POLICY, Rulebook

START = datetime(2026, 11, 20, 5, 31, tzinfo=UTC)  # 13:31 in the community
HOUR = timedelta(hours=1)
BOOK = Rulebook(policy=HOUSE_POLICY, years={})


def _due_after(event_type: EventType) -> DuePayload:
    """The one promise that an event starts by the house's own version."""
    (due,) = deadlines.dues_after(event_type, at=START, book=BOOK)
    return due


_OPEN = {Command.NOTE, Command.ESCALATE, Command.RETURN, Command.REASSIGN, Command.MERGE}
_WAITS = _OPEN | {
    Command.CLAIM,
    Command.HANDLE_NOW,
    Command.DESIGNATE,
    Command.ASK_CANCEL,
    Command.APPROVE,
    Command.DECLINE,
    Command.REJECT,
}
_PARTS = {Command.DEPARTMENT, Command.RELEASE, Command.ASSESS}
ALLOWED = {
    State.REGISTERED: _WAITS | {Command.RESPOND},
    State.RESPONDED: _WAITS | _PARTS,
    State.CLAIMED: _OPEN
    | _PARTS
    | {
        Command.HANDLE_NOW,
        Command.RESOLVE,
        Command.WHISTLE,
        Command.DELIBERATE,
        Command.DECIDE,
        Command.ASK_PAUSE,
        Command.ASK_EXTENSION,
        Command.APPROVE,
        Command.DECLINE,
        Command.RESUME,
    },
    State.RESOLVED: {Command.NOTE, Command.FEED_BACK, Command.REOPEN, Command.ASSESS},
    State.FED_BACK: {Command.NOTE, Command.CLOSE, Command.REOPEN, Command.ASSESS},
    State.CLOSED: {Command.REOPEN, Command.ASSESS},
    State.CANCELLED: set(),
    State.REJECTED: set(),
    State.MERGED: {Command.UNMERGE},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("command", Command)
def test_every_pair_of_state_and_command_is_decided(state: State, command: Command) -> None:
    assert ((state, command) in flow.ARROWS) is (command in ALLOWED[state])


def test_every_arrow_gives_its_reason() -> None:
    assert all(len(arrow.why) > 10 and arrow.writes for arrow in flow.ARROWS.values())


def test_every_state_has_its_own_refusal() -> None:
    assert len(set(flow.REFUSALS.values())) == len(State)


def test_reason_of_a_deadline_is_one_sentence() -> None:
    due = _due_after(EventType.REGISTERED)

    assert due["reason"] == "11月20日 13:31 登记，1 小时内响应，到 14:31"


def test_reason_names_the_day_when_it_is_another() -> None:
    due = _due_after(EventType.CLAIMED)

    assert due["reason"] == "11月20日 13:31 认领，3 天内解决，到 11月23日 13:31"


@pytest.mark.parametrize(
    ("event_type", "limit"),
    [
        (EventType.REGISTERED, timedelta(hours=1)),
        (EventType.RESPONDED, timedelta(hours=1)),
        (EventType.CLAIMED, timedelta(days=3)),
        (EventType.RESOLVED, timedelta(days=5)),
        (EventType.REOPENED, timedelta(days=3)),
    ],
)
def test_limits_are_those_of_the_community(event_type: EventType, limit: timedelta) -> None:
    due = _due_after(event_type)

    assert datetime.fromisoformat(due["due_at"]) - START == limit


def test_done_at_the_moment_it_is_due_is_in_time() -> None:
    due = START + HOUR
    tick = timedelta(microseconds=1)

    assert not is_late(due_at=due, done_at=due, now=due + HOUR)
    assert is_late(due_at=due, done_at=due + tick, now=due + HOUR)
    assert not is_late(due_at=due, done_at=None, now=due)
    assert is_late(due_at=due, done_at=None, now=due + tick)


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(minutes=60), ClockState.OK),
        (timedelta(minutes=30), ClockState.OK),
        (timedelta(minutes=29, seconds=59), ClockState.SOON),
        (timedelta(0), ClockState.SOON),
        (timedelta(seconds=-1), ClockState.LATE),
    ],
)
def test_an_hours_clock_is_soon_in_its_last_half_hour(left: timedelta, state: ClockState) -> None:
    due = START + HOUR

    assert clock_of(started_at=START, due_at=due, done_at=None, now=due - left).state is state


def test_a_three_day_clock_is_soon_in_its_last_fifth() -> None:
    due = START + timedelta(days=3)
    fifth = timedelta(days=3) / 5

    def state(left: timedelta) -> ClockState:
        return clock_of(started_at=START, due_at=due, done_at=None, now=due - left).state

    assert state(fifth + timedelta(seconds=1)) is ClockState.OK
    assert state(fifth) is ClockState.SOON


def test_what_is_left_is_rounded_up_and_what_is_over_down() -> None:
    due = START + HOUR
    left = clock_of(started_at=START, due_at=due, done_at=None, now=due - timedelta(seconds=1))
    over = clock_of(started_at=START, due_at=due, done_at=None, now=due + timedelta(seconds=119))

    assert (left.hours, left.minutes) == (0, 1)
    assert (over.is_late, over.minutes, over.percent) == (True, 1, 100)


@given(
    limit=st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=30)),
    passed=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60)),
)
def test_a_clock_always_adds_up(limit: timedelta, passed: timedelta) -> None:
    clock = clock_of(started_at=START, due_at=START + limit, done_at=None, now=START + passed)

    shown = timedelta(days=clock.days, hours=clock.hours, minutes=clock.minutes)
    assert abs(shown - abs(limit - passed)) < timedelta(minutes=1)
    assert clock.is_late is (passed > limit)
    assert 0 <= clock.percent <= 100


def _opened() -> Fact:
    return Fact(
        seq=1,
        type=EventType.REGISTERED,
        at=START,
        payload=_with_due(
            EventType.REGISTERED,
            Payload(source="reported", category="care", micro_grid_id=1, policy_version=1),
        ),
    )


def _with_due(event_type: EventType, payload: Payload) -> Payload:
    return {**payload, "dues": deadlines.dues_after(event_type, at=START, book=BOOK)}


def test_an_unsolved_answer_opens_the_next_round_with_new_clocks() -> None:
    said = {
        EventType.RESOLVED: Payload(outcome="solved"),
        EventType.FED_BACK: Payload(method="phone", answer="unsolved"),
    }
    order = (
        EventType.RESPONDED,
        EventType.CLAIMED,
        EventType.RESOLVED,
        EventType.FED_BACK,
        EventType.REOPENED,
    )
    facts = [_opened()] + [
        Fact(seq, kind, START, _with_due(kind, said.get(kind, Payload())), 5, 6)
        for seq, kind in enumerate(order, start=2)
    ]

    case = folding.fold(facts)

    assert case is not None
    assert (case.state, case.round, case.outcome, case.answer) == (State.CLAIMED, 2, None, None)
    assert case.holder_user_id == 5
    assert set(case.times) == {Step.RESPOND, Step.CLAIM, Step.RESOLVE}
    assert case.times[Step.RESOLVE].done_at is None


def test_the_third_vain_call_counts_as_fed_back() -> None:
    case = folding.fold([_opened()])
    assert case is not None
    resolved = replace(case, state=State.RESOLVED)

    def written(tries: int, **others: int) -> tuple[EventType, ...]:
        call = Call(Answer.UNREACHABLE, tries=tries, **others)
        return commands.writes(resolved, Command.FEED_BACK, call=call)

    first, third = written(0), written(2)

    assert first == (EventType.FEEDBACK_TRIED,)
    assert third == (EventType.FED_BACK,)
    assert written(2, left=1) == (EventType.ANSWERED,)


def test_the_last_answer_closes_and_a_lost_reporter_wants_a_second_look() -> None:
    case = folding.fold([_opened()])
    assert case is not None
    resolved = replace(case, state=State.RESOLVED)

    def written(**how: int) -> tuple[EventType, ...]:
        call = Call(Answer.SOLVED, **how)
        return commands.writes(resolved, Command.FEED_BACK, call=call)

    assert written() == (EventType.FED_BACK, EventType.CLOSED)
    assert written(left=2) == (EventType.ANSWERED,)
    assert written(lost=1) == (EventType.FED_BACK,)
