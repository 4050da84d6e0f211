"""The reserve's arithmetic: ages, prices in versions, coverage, stress and forecast."""

from datetime import date, timedelta
from fractions import Fraction

from timebank.care.rules import reserve as rules
from timebank.care.rules.reserve import Coverage, PriceRow, RealMonth
from timebank.volunteering.rules.policy import age_on

NEW_YEAR, JULY = date(2026, 1, 1), date(2026, 7, 1)
LUNCH = PriceRow(1, "午餐", "食堂", 1, NEW_YEAR, 60, 1200)
DEARER_LUNCH = PriceRow(1, "午餐", "食堂", 2, JULY, 60, 1500)
HAIRCUT = PriceRow(2, "理发", "中心", 1, NEW_YEAR, 90, 0)
PRICES = (LUNCH, DEARER_LUNCH, HAIRCUT)


def test_who_is_born_until_the_day_is_of_the_age_and_nobody_later() -> None:
    for day in (date(2026, 3, 1), date(2028, 2, 29), date(2027, 2, 28), date(2026, 12, 31)):
        for age in (60, 65):
            last = rules.born_until(day, age)
            assert age_on(last, day) >= age
            assert age_on(last + timedelta(days=1), day) < age


def test_prices_are_weighed_by_use_and_the_dearest_is_told_beside() -> None:
    found = rules.assumption_on(date(2026, 8, 1), PRICES, {1: 600, 2: 300})

    assert found is not None
    assert found.version == 2
    assert found.since == JULY
    assert found.usual == Fraction(1500 * 600, 60 * 900)
    assert found.usual_per_hour == 1000
    assert found.dearest_per_hour == 1500
    assert (found.cost(90), found.cost_dearest(90)) == (1500, 2250)


def test_a_day_takes_the_versions_in_force_on_it() -> None:
    before = rules.assumption_on(date(2026, 6, 30), PRICES, {1: 60})

    assert before is not None
    assert (before.version, before.usual_per_hour) == (1, 1200)
    assert [one.version for one in before.services] == [1, 1]
    assert rules.assumption_on(date(2025, 12, 31), PRICES, {}) is None


def test_without_any_use_services_weigh_alike() -> None:
    found = rules.assumption_on(NEW_YEAR, PRICES, {})

    assert found is not None
    assert found.usual_per_hour == 600


def test_a_share_of_nothing_is_not_told_and_debts_cover_nothing() -> None:
    assert Coverage(0, 0, 0, 500).usual is None
    assert Coverage(60, 1200, 1500, -5).usual == 0
    assert Coverage(60, 1200, 1500, 300).usual == 250
    assert Coverage(60, 1200, 1500, 300).dearest == 200


def test_stress_takes_a_share_in_whole_minutes_and_never_loses_a_fen() -> None:
    assumption = rules.assumption_on(JULY, PRICES, {1: 7, 2: 4})
    assert assumption is not None
    for percent, years in ((20, 3), (33, 7), (100, 1), (1, 10)):
        found = rules.stress(
            minutes=1001, percent=percent, years=years, free_fen=5000, assumption=assumption
        )
        assert found.minutes == (1001 * percent * 2 + 100) // 200
        costs = sum(one.cost_fen for one in found.years)
        assert costs == assumption.cost(found.minutes)
        assert found.years[-1].left_fen == 5000 - costs
        assert found.missing_fen == max(costs - 5000, 0)
        assert sum(one.short_fen for one in found.years) == found.missing_fen
        assert max(one.minutes for one in found.years) - found.years[-1].minutes in {0, 1}


def _year(fen: int = 100) -> list[RealMonth]:
    months = rules.last_months(date(2026, 8, 15))
    return [RealMonth(day, 10 * at, fen * at, 5) for at, day in enumerate(months, start=1)]


def test_the_last_twelve_months_are_those_that_are_over() -> None:
    months = rules.last_months(date(2026, 8, 15))

    assert (months[0], months[-1], len(months)) == (date(2025, 8, 1), date(2026, 7, 1), 12)


def test_the_months_to_come_are_like_those_a_year_before() -> None:
    found = rules.forecast(_year(), first_on=date(2020, 1, 1), free_fen=10_000)

    assert found.coming[0].month_on == date(2026, 8, 1)
    assert [one.minutes for one in found.coming] == [10 * at for at in range(1, 13)]
    assert found.coming[-1].left_fen == 10_000 - sum(one.all_fen for one in found.real)
    assert found.months_left == 10_000 * 12 // (100 * 78 + 5 * 12)


def test_months_before_the_first_slip_say_nothing() -> None:
    found = rules.forecast(_year(), first_on=date(2026, 6, 10), free_fen=0)

    assert [one.month_on for one in found.real] == [date(2026, 6, 1), date(2026, 7, 1)]
    assert found.minutes_of_month == 115
    assert found.coming[0].minutes == 115
    assert found.coming[-1].minutes == 120
    assert found.months_left == 0


def test_without_money_asked_the_reserve_lasts_for_ever() -> None:
    months = [RealMonth(day, 60, 0, 0) for day in rules.last_months(JULY)]

    assert rules.forecast(months, first_on=NEW_YEAR, free_fen=1).months_left is None
    assert rules.forecast(months, first_on=None, free_fen=1).real == (months[-1],)
