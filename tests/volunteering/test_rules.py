"""The pure rules of hours."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import records as errors
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.policy import Policy, Rate
from timebank.volunteering.rules.records import (
    ARROWS,
    Command,
    Parties,
    RecordState,
    Span,
    next_state,
)

NOON = datetime.fromisoformat("2026-11-18T12:00:00+08:00")
S, C = RecordState, Command
REFUSED = {
    (S.CONFIRMED, C.CONFIRM): "already_confirmed",
    (S.APPROVED, C.CONFIRM): "already_approved",
    (S.REJECTED, C.CONFIRM): "already_rejected",
    (S.WITHDRAWN, C.CONFIRM): "already_withdrawn",
    (S.UNAPPROVED, C.CONFIRM): "already_unapproved",
    (S.RECORDED, C.APPROVE): "not_confirmed",
    (S.APPROVED, C.APPROVE): "already_approved",
    (S.REJECTED, C.APPROVE): "already_rejected",
    (S.WITHDRAWN, C.APPROVE): "already_withdrawn",
    (S.UNAPPROVED, C.APPROVE): "already_unapproved",
    (S.APPROVED, C.CORRECT): "already_approved",
    (S.WITHDRAWN, C.CORRECT): "already_withdrawn",
    (S.UNAPPROVED, C.CORRECT): "already_unapproved",
    (S.APPROVED, C.REJECT): "already_approved",
    (S.REJECTED, C.REJECT): "already_rejected",
    (S.WITHDRAWN, C.REJECT): "already_withdrawn",
    (S.UNAPPROVED, C.REJECT): "already_unapproved",
    (S.APPROVED, C.WITHDRAW): "already_approved",
    (S.REJECTED, C.WITHDRAW): "already_rejected",
    (S.WITHDRAWN, C.WITHDRAW): "already_withdrawn",
    (S.UNAPPROVED, C.WITHDRAW): "already_unapproved",
    (S.RECORDED, C.UNAPPROVE): "not_approved",
    (S.CONFIRMED, C.UNAPPROVE): "not_approved",
    (S.REJECTED, C.UNAPPROVE): "not_approved",
    (S.WITHDRAWN, C.UNAPPROVE): "not_approved",
    (S.UNAPPROVED, C.UNAPPROVE): "already_unapproved",
    (S.RECORDED, C.REINSTATE): "not_rejected",
    (S.CONFIRMED, C.REINSTATE): "not_rejected",
    (S.APPROVED, C.REINSTATE): "already_approved",
    (S.WITHDRAWN, C.REINSTATE): "already_withdrawn",
    (S.UNAPPROVED, C.REINSTATE): "already_unapproved",
    (S.RECORDED, C.REOPEN): "not_rejected",
    (S.CONFIRMED, C.REOPEN): "not_rejected",
    (S.APPROVED, C.REOPEN): "already_approved",
    (S.WITHDRAWN, C.REOPEN): "already_withdrawn",
    (S.UNAPPROVED, C.REOPEN): "already_unapproved",
}


@pytest.mark.parametrize("state", RecordState)
@pytest.mark.parametrize("command", Command)
def test_every_pair_of_state_and_command_moves_or_says_why_not(
    state: RecordState, command: Command
) -> None:
    if (state, command) in ARROWS:
        assert (state, command) not in REFUSED
        assert next_state(state, command) == ARROWS[state, command].to
        assert ARROWS[state, command].why
        return

    with pytest.raises(DomainError) as refusal:
        next_state(state, command)

    assert refusal.value.code == REFUSED[state, command]


def test_what_is_counted_is_left_only_by_unapproving() -> None:
    assert rules.commands_from(S.APPROVED) == {C.UNAPPROVE}
    assert rules.commands_from(S.UNAPPROVED) == frozenset()
    assert rules.commands_from(S.WITHDRAWN) == frozenset()


@given(minutes=st.integers(1, 720), rate=st.integers(1, 1000), step=st.integers(1, 60))
def test_reckoning_never_credits_more_than_the_rate_gives(
    minutes: int, rate: int, step: int
) -> None:
    found = rules.reckon(minutes=minutes, rate=Rate(rate), policy=Policy(rounding_minutes=step))

    assert found.credited_minutes * 100 <= minutes * rate
    assert found.credited_minutes % step == 0
    assert (found.credited_minutes + step) * 100 > minutes * rate - 100 * 1


@given(minutes=st.integers(1, 720))
def test_a_minute_served_is_a_minute_credited_by_default(minutes: int) -> None:
    assert rules.reckon(minutes=minutes, rate=Rate(), policy=Policy()).credited_minutes == minutes


@given(a=st.integers(0, 600), b=st.integers(1, 120), c=st.integers(0, 600), d=st.integers(1, 120))
def test_overlap_is_mutual_and_means_a_shared_minute(a: int, b: int, c: int, d: int) -> None:
    first = Span(NOON + timedelta(minutes=a), NOON + timedelta(minutes=a + b))
    second = Span(NOON + timedelta(minutes=c), NOON + timedelta(minutes=c + d))

    shared = set(range(a, a + b)) & set(range(c, c + d))

    assert first.overlaps(second) == second.overlaps(first) == bool(shared)


@pytest.mark.parametrize(
    ("start", "end", "reason", "code"),
    [
        (0, 0, "", "ends_before_start"),
        (0, -5, "", "ends_before_start"),
        (-900, -100, "", "too_long"),
        (-30, 30, "", "future_service"),
        (-60 * 24 * 9, -60 * 24 * 9 + 60, "", "late_reason_missing"),
        (-60 * 24 * 9, -60 * 24 * 9 + 60, "  ", "late_reason_missing"),
    ],
)
def test_spans_that_break_a_rule_are_refused(start: int, end: int, reason: str, code: str) -> None:
    span = Span(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))

    with pytest.raises(DomainError) as refusal:
        rules.check_span(span, now=NOON, late_reason=reason, policy=Policy())

    assert refusal.value.code == code


def test_late_service_with_a_reason_is_accepted() -> None:
    span = Span(NOON - timedelta(days=9), NOON - timedelta(days=9) + timedelta(hours=1))

    rules.check_span(span, now=NOON, late_reason="住院了，刚回来", policy=Policy())


def test_seconds_are_refused() -> None:
    span = Span(NOON - timedelta(seconds=100), NOON)

    with pytest.raises(errors.NotWholeMinutesError):
        rules.check_span(span, now=NOON, late_reason="", policy=Policy())


@given(have=st.integers(0, 480), minutes=st.integers(1, 720))
def test_a_day_holds_no_more_than_the_policy_says(have: int, minutes: int) -> None:
    policy = Policy()
    if have + minutes <= (policy.day_minutes_max or 0):
        rules.check_day(have_minutes=have, minutes=minutes, policy=policy)
        return
    with pytest.raises(errors.DayFullError):
        rules.check_day(have_minutes=have, minutes=minutes, policy=policy)


@pytest.mark.parametrize(
    ("user_id", "person_id", "kin", "refusal"),
    [
        (9, 1, (), errors.ApprovesOwnError),
        (9, 2, (), errors.ApprovesOwnError),
        (9, 3, (), errors.ApprovesOwnError),
        (7, None, (), errors.ApprovesOwnError),
        (9, 4, (1,), errors.ApprovesKinError),
        (9, 4, (2,), errors.ApprovesKinError),
        (None, None, (), errors.ApproverUnknownError),
    ],
)
def test_an_approver_who_is_too_near_is_refused(
    user_id: int | None, person_id: int | None, kin: tuple[int, ...], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        rules.check_approver(Parties(1, 2, 3, 7), user_id=user_id, person_id=person_id, kin_ids=kin)


def test_an_approver_from_outside_is_welcome() -> None:
    rules.check_approver(Parties(1, 2, 3, 7), user_id=9, person_id=4, kin_ids=(5, 6))


@given(st.binary(min_size=32, max_size=32))
def test_a_code_is_always_six_digits(digest: bytes) -> None:
    code = rules.code_from(digest.hex())

    assert len(code) == 6
    assert code.isdigit()
