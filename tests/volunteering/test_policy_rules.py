"""The pure rules of policies: values, days in force, ages, caps, simulations, presets."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.volunteering.plain_caps import Limits, Served, shared
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import policy as errors
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules.caps import Tally, share
from timebank.volunteering.rules.policy import (
    FROM_THE_BEGINNING,
    VALUES,
    Circle,
    Earner,
    Excess,
    Policy,
    PolicyCalendar,
    Rate,
    Standing,
)
from timebank.volunteering.rules.presets import PRESETS, preset
from timebank.volunteering.rules.simulation import PastRecord, simulate

TODAY = date(2026, 11, 18)
DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))
LIMIT = st.none() | st.integers(1, 90)
HISTORY = st.lists(
    st.builds(
        Served,
        volunteer=st.integers(1, 2),
        recipient=st.none() | st.integers(8, 9),
        on=DAYS,
        minutes=st.integers(1, 40),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(
    history=HISTORY,
    limits=st.builds(Limits, month=LIMIT, pair=LIMIT, lifetime=LIMIT, gives_excess=st.booleans()),
)
def test_shares_equal_those_of_a_plain_model(history: list[Served], limits: Limits) -> None:
    policy = Policy(
        month_minutes_max=limits.month,
        pair_minutes_max=limits.pair,
        lifetime_minutes_max=limits.lifetime,
        excess=Excess.DONATION if limits.gives_excess else Excess.REFUSE,
    )
    tally, found = Tally(), []
    for one in history:
        room = tally.room(
            volunteer_id=one.volunteer, recipient_id=one.recipient, served_on=one.on, policy=policy
        )
        part = share(one.minutes, room=room, excess=policy.excess)
        tally.add(
            volunteer_id=one.volunteer,
            recipient_id=one.recipient,
            served_on=one.on,
            own_minutes=part.own_minutes,
        )
        found.append((part.own_minutes, part.donation_minutes, part.refused_minutes))
        assert (part.cap is None) == (part.own_minutes == one.minutes)

    assert found == shared(history, limits)


@given(days=st.lists(DAYS, unique=True, max_size=5), asked=DAYS)
def test_the_version_in_force_is_the_last_that_has_begun(days: list[date], asked: date) -> None:
    calendar = PolicyCalendar((day, Policy(version=n)) for n, day in enumerate(days, start=2))

    begun = [day for day in days if day <= asked]
    expected = days.index(max(begun)) + 2 if begun else 1
    assert calendar.on(asked).version == expected
    assert [day for day, _ in calendar.coming(asked)] == sorted(day for day in days if day > asked)


def test_a_term_of_expiry_counts_from_when_it_first_stood() -> None:
    calendar = PolicyCalendar(
        [
            (FROM_THE_BEGINNING, Policy()),
            (date(2026, 1, 1), Policy(version=2, expiry_months=36)),
            (date(2026, 5, 1), Policy(version=3, expiry_months=36, late_days=3)),
            (date(2026, 9, 1), Policy(version=4, expiry_months=24)),
        ]
    )

    assert calendar.expiry_since(date(2026, 6, 1)) == date(2026, 1, 1)
    assert calendar.expiry_since(date(2026, 10, 1)) == date(2026, 9, 1)
    assert calendar.expiry_since(date(2025, 6, 1)) == FROM_THE_BEGINNING


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (Policy(rate_percent=0), "rate_percent"),
        (Policy(rounding_minutes=61), "rounding_minutes"),
        (Policy(day_minutes_max=1441), "day_minutes_max"),
        (Policy(expiry_months=0), "expiry_months"),
        (Policy(rates={7: Rate(1001)}), "rate_7"),
        (Policy(rates={7: Rate(100, 241)}), "bonus_7"),
        (Policy(day_minutes_max=480, month_minutes_max=400), "month_minutes_max"),
        (Policy(month_minutes_max=9000, lifetime_minutes_max=8000), "month_minutes_max"),
    ],
)
def test_figures_that_make_no_sense_are_refused(policy: Policy, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.check_values(policy)

    assert refusal.value.field == field


def test_the_drafter_does_not_approve_by_whatever_account() -> None:
    rules.check_approver(drafter=(1, None), approver=(2, None))
    rules.check_approver(drafter=(1, 10), approver=(2, 11))

    for approver in ((1, None), (2, 10)):
        with pytest.raises(errors.ApprovesOwnPolicyError):
            rules.check_approver(drafter=(1, 10), approver=approver)
    with pytest.raises(errors.PolicyApproverUnknownError):
        rules.check_approver(drafter=(1, 10), approver=(None, None))


@given(born_on=st.dates(date(1920, 1, 1), date(2020, 12, 31)), age=st.integers(1, 100))
def test_an_age_is_reached_on_one_day(born_on: date, age: int) -> None:
    day = rules.reaches_age_on(born_on, age)

    assert rules.age_on(born_on, day) == age
    assert rules.age_on(born_on, day - timedelta(days=1)) == age - 1


def test_who_may_earn() -> None:
    boy = date(2010, 6, 1)
    rules.check_earner(Earner(None), served_on=TODAY, policy=Policy(earn_age_min=18))
    rules.check_earner(Earner(boy, True), served_on=TODAY, policy=Policy(guardian_below_age=18))
    with pytest.raises(errors.TooYoungToEarnError):
        rules.check_earner(Earner(boy, True), served_on=TODAY, policy=Policy(earn_age_min=18))
    with pytest.raises(errors.GuardianMissingError):
        rules.check_earner(Earner(boy), served_on=TODAY, policy=Policy(guardian_below_age=18))


def test_who_may_redeem() -> None:
    policy = Policy(redeem_age_min=60, redeem_minutes_min=600)
    old, young = date(1950, 1, 1), date(1970, 3, 9)
    rules.check_redeemer(Standing(old, 600), policy=policy, today=TODAY)
    rules.check_redeemer(Standing(old, 0, has_received=True), policy=policy, today=TODAY)

    with pytest.raises(errors.TooYoungToRedeemError) as refusal:
        rules.check_redeemer(Standing(young, 600), policy=policy, today=TODAY)
    assert refusal.value.facts["from_on"] == date(2030, 3, 9)
    with pytest.raises(errors.RedeemAgeUnknownError):
        rules.check_redeemer(Standing(None, 600), policy=policy, today=TODAY)
    with pytest.raises(errors.TooLittleToRedeemError):
        rules.check_redeemer(Standing(old, 599), policy=policy, today=TODAY)


def test_differences_name_every_value_that_changed() -> None:
    before = Policy(version=1, rates={3: Rate(150)})
    after = Policy(
        version=2, month_minutes_max=6000, circle=Circle.LINEAL, rates={4: Rate(100, 30)}
    )

    changes = rules.differences(before, after)

    assert [(change.name, change.kind_id) for change in changes] == [
        ("month_minutes_max", None),
        ("circle", None),
        ("rate_percent", 3),
        ("bonus_minutes", 4),
    ]
    assert rules.differences(after, after) == []


@pytest.mark.parametrize("code", PRESETS)
def test_a_preset_names_a_source_for_each_value_and_leaves_the_rest_open(code: str) -> None:
    found = preset(code)
    values = {one.name: one for one in found.values()}

    assert tuple(values) == VALUES
    assert all((one.value is None) == (one.source is None) for one in values.values())
    policy = found.on(Policy(month_minutes_max=6000))
    rules.check_values(policy)
    assert policy.month_minutes_max is None
    assert all(getattr(policy, name) == one.value for name, one in values.items() if one.source)


def test_nanjing_stores_1500_hours_and_gives_the_rest_away() -> None:
    policy = preset("nanjing-2019").on(Policy())

    assert (policy.lifetime_minutes_max, policy.excess) == (90_000, Excess.DONATION)
    with pytest.raises(errors.PresetNotFoundError):
        preset("atlantis-1")


def _past(minutes: int, *, on: date = TODAY, volunteer: int = 1, kind: int = 5) -> PastRecord:
    return PastRecord(volunteer, 9, kind, on, minutes, minutes, 0)


def test_a_simulation_tells_who_gains_and_who_loses() -> None:
    records = [_past(100), _past(60, volunteer=2, kind=6), _past(50, volunteer=3)]
    policy = Policy(month_minutes_max=80, day_minutes_max=None, rates={6: Rate(150, 10)})

    found = simulate(records, policy=policy, own_before={}, births={})

    assert {who: outcome.change_minutes for who, outcome in found.changed()} == {1: -20, 2: 20}
    assert (found.gaining, found.losing, found.total("donation_after_minutes")) == (1, 1, 40)
    assert [who for who, _ in found.changed()] == [1, 2]


def test_a_simulation_counts_what_was_earned_before_and_who_was_too_young() -> None:
    policy = Policy(lifetime_minutes_max=100, earn_age_min=18, excess=Excess.REFUSE)
    records = [_past(50), _past(50, volunteer=2)]

    found = simulate(records, policy=policy, own_before={1: 80}, births={2: date(2012, 1, 1)})

    assert found.outcomes[1].own_after_minutes == 20
    assert found.outcomes[1].refused_after_minutes == 30
    assert found.outcomes[2].own_after_minutes == 0
    assert found.outcomes[2].refused_after_minutes == 50


@given(st.lists(st.integers(1, 300), max_size=6), st.none() | st.integers(1, 600))
def test_a_simulation_loses_no_minute(minutes: list[int], day_cap: int | None) -> None:
    records = [_past(one) for one in minutes]

    found = simulate(records, policy=Policy(day_minutes_max=day_cap), own_before={}, births={})

    total = sum(
        found.total(name)
        for name in ("own_after_minutes", "donation_after_minutes", "refused_after_minutes")
    )
    assert total == sum(minutes)
