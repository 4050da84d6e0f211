"""What makes a record worth a look: figures of the services around it, and nothing else."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timebank.kernel import clock
from timebank.volunteering.rules import risk
from timebank.volunteering.rules.desk import DeskRules, needs_second
from timebank.volunteering.rules.risk import Around, Reason, RiskCode, Service, Told

RULES = DeskRules()
DAY = date(2026, 11, 18)
ANNA, BO, CLARA, DORA = 1, 2, 3, 4


def service(
    record_id: int,
    volunteer_id: int = ANNA,
    recipient_id: int | None = BO,
    *,
    hour: int = 9,
    minutes: int = 60,
    days_ago: int = 0,
    **more: Any,
) -> Service:
    """Return a service of an hour in building 1 of grid 1."""
    day = DAY - timedelta(days=days_ago)
    begun = clock.at_local(day, datetime.min.time()) + timedelta(hours=hour)
    made = Service(
        record_id=record_id,
        volunteer_id=volunteer_id,
        recipient_id=recipient_id,
        started_at=begun,
        ended_at=begun + timedelta(minutes=minutes),
        served_on=day,
        minutes=minutes,
        grid_id=1,
        building_id=1,
    )
    return replace(made, **more)


def codes(it: Service, *others: Service, told: Told | None = None) -> list[RiskCode]:
    """Return the reasons of a record among others."""
    return [one.code for one in found(it, *others, told=told)]


def found(
    it: Service,
    *others: Service,
    told: Told | None = None,
    rules: DeskRules = RULES,
    recent: dict[int, int] | None = None,
) -> tuple[Reason, ...]:
    """Return the reasons of a record among others, with their figures."""
    return risk.reasons(it, told or Told(it.served_on), Around([it, *others], recent), rules)


def test_an_ordinary_record_has_no_reason() -> None:
    ordinary = [service(n, recipient_id=n + 10, days_ago=n * 3) for n in range(2, 12)]

    assert codes(service(1), *ordinary) == []
    assert risk.points(found(service(1), *ordinary)) == 0


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (service(2, CLARA, BO, hour=9, building_id=7), RiskCode.OVERLAP_RECIPIENT),
        (service(2, CLARA, ANNA, hour=9), RiskCode.OVERLAP_SERVED),
        (service(2, ANNA, CLARA, hour=10, building_id=7, grid_id=2), RiskCode.SPEED),
    ],
)
def test_what_cannot_both_be_is_a_reason(other: Service, code: RiskCode) -> None:
    (reason,) = found(service(1), other)

    assert reason.code is code
    assert reason.record_ids == (2,)


@pytest.mark.parametrize(
    "other",
    [
        service(2, CLARA, BO, hour=9),  # two helpers in one home
        service(2, CLARA, BO, hour=9, building_id=None),  # nobody knows where
        service(2, CLARA, BO, hour=10, building_id=7),  # one after the other
        service(2, CLARA, ANNA, hour=10),
        service(2, ANNA, CLARA, hour=10),  # the next door
        service(2, ANNA, CLARA, hour=10, minutes=30, building_id=7, days_ago=1),
    ],
)
def test_what_can_well_be_is_none(other: Service) -> None:
    assert codes(service(1), other) == []


def test_the_way_within_a_grid_is_half_as_long() -> None:
    far: dict[str, Any] = {"minutes": 53, "hour": 10, "building_id": 7}
    begun = service(1).ended_at + timedelta(minutes=6)
    near = replace(service(2, ANNA, CLARA, **far), started_at=begun)

    assert codes(service(1), near) == []
    assert codes(service(1), replace(near, grid_id=2)) == [RiskCode.SPEED]


def test_two_who_serve_mostly_each_other() -> None:
    back = [service(n, BO, ANNA, days_ago=n) for n in (2, 3)]
    there = service(4, days_ago=5)

    (reason,) = found(service(1), there, *back)

    assert reason.code is RiskCode.RECIPROCAL
    assert reason.figures == {"there": 2, "back": 2, "minutes": 240, "percent": 100}
    assert reason.record_ids == (4, 3, 2, 1)
    others = [service(10 + n, recipient_id=30 + n, days_ago=n + 1) for n in range(4)]
    assert codes(service(1), there, *back, *others) == []  # good neighbours, among many
    assert codes(service(1), *back) == []  # once is kindness


def test_a_month_for_one_person() -> None:
    often = [service(n, days_ago=n, minutes=80) for n in (2, 3, 4)]

    (reason,) = found(service(1, minutes=60), *often)

    assert (reason.code, reason.figures) == (
        RiskCode.PAIR_SHARE,
        {"count": 4, "minutes": 300, "percent": 100},
    )
    last_month = [replace(one, served_on=date(2026, 10, 9)) for one in often]
    assert codes(service(1), *last_month) == []


def test_three_who_serve_each_other_round() -> None:
    sides = [
        service(2, days_ago=9),
        *(service(10 + n, BO, CLARA, days_ago=20 + n) for n in (0, 1)),
        *(service(20 + n, CLARA, ANNA, days_ago=30 + n) for n in (0, 1)),
    ]

    assert codes(service(1), *sides) == [RiskCode.RING]
    assert codes(service(1), *sides[:-1]) == []
    assert codes(service(1), *(replace(one, served_on=date(2026, 7, 1)) for one in sides)) == []


def test_one_reviewer_counts_only_where_others_review_too() -> None:
    seen = [
        service(n, recipient_id=20 + n, days_ago=n, approved_by_user_id=7) for n in range(2, 12)
    ]

    few = found(service(1), *seen, recent={7: 20, 8: 80})
    most = found(service(1), *seen, recent={7: 80, 8: 20})

    assert [one.code for one in few] == [RiskCode.REVIEWER]
    assert few[0].figures == {"count": 10, "all": 10, "elsewhere": 20}
    assert most == ()


def test_one_colleague_who_enters_all_slips() -> None:
    slips = [
        service(n, recipient_id=20 + n, days_ago=n, confirmed_how="slip", confirmed_by_user_id=7)
        for n in range(2, 12)
    ]

    assert [one.code for one in found(service(1), *slips, recent={8: 9})] == [RiskCode.CONFIRMER]
    assert found(service(1), *slips, recent={7: 9}) == ()


def test_how_it_was_told_weighs_little() -> None:
    told = Told(DAY + timedelta(days=8), revision=4, is_offline=True, has_paper_code=True)

    reasons = found(service(1), told=told)

    assert {one.code for one in reasons} == {
        RiskCode.LATE,
        RiskCode.OFFLINE,
        RiskCode.PAPER_CODE,
        RiskCode.CORRECTED,
    }
    assert risk.points(reasons) == 20
    assert found(service(1), told=Told(DAY + timedelta(days=7), revision=3)) == ()


def test_a_long_day_is_summed() -> None:
    day = [service(n, recipient_id=20 + n, hour=9 + 2 * n, minutes=100) for n in (1, 2, 3)]

    assert codes(service(9, minutes=60, hour=8), *day) == [RiskCode.LONG_DAY]
    assert codes(service(9, minutes=59, hour=8), *day) == []


people = st.integers(1, 4)
lives = st.lists(
    st.tuples(people, people, st.integers(0, 40), st.integers(7, 19), st.integers(1, 3)),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(lives, st.integers(0, 2**16))
def test_order_doubles_and_strangers_change_nothing(
    life: list[tuple[int, int, int, int, int]], seed: int
) -> None:
    services = [
        service(n, a, b if a != b else None, days_ago=days, hour=hour, building_id=building)
        for n, (a, b, days, hour, building) in enumerate(life, start=10)
    ]
    it = service(1)
    strangers = [service(900 + n, 50 + n, 60 + n, days_ago=n) for n in range(3)]
    shuffled = [*services, *services[:5], *strangers, it]
    Random(seed).shuffle(shuffled)

    plain = risk.reasons(it, Told(DAY), Around([it, *services]), RULES)
    mixed = risk.reasons(it, Told(DAY), Around(shuffled), RULES)

    assert mixed == plain
    assert risk.points(plain) == min(100, sum(risk.POINTS[one.code] for one in plain))
    assert all(len(one.record_ids) <= risk.SHOWN_MAX for one in plain)
    assert len({one.code for one in plain}) == len(plain)


@given(
    st.one_of(st.none(), st.integers(1, 1440)),
    st.one_of(st.none(), st.integers(1, 100)),
    st.integers(0, 1440),
    st.integers(0, 100),
)
def test_a_second_look_is_asked_from_either_threshold_on(
    minutes: int | None, points: int | None, credited: int, reached: int
) -> None:
    rules = DeskRules(second_minutes=minutes, second_points=points)

    asked = needs_second(rules, credited_minutes=credited, points=reached)

    assert asked == (
        (minutes is not None and credited >= minutes) or (points is not None and reached >= points)
    )
