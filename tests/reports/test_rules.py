"""What comes first, what is too small to tell, and which months and numbers stand together."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.reports.pages.asked import presets
from timebank.reports.rules import today as rules
from timebank.reports.rules.figures import NeedCounts, SomeNeeds, counts_of
from timebank.reports.rules.today import HoursFigures, MonthHours, Urgent, UrgentKind
from timebank.volunteering.rules.needs import Outcome


def test_everybody_begins_at_their_first_page() -> None:
    pages = {
        "volunteer": "volunteering.my_time",
        "elder": "volunteering.my_time",
        "resident": "volunteering.my_time",
        "counter": "care.counter",
        "centre_manager": "care.counter",
        "finance": "cofund.projects",
        "grid_officer": "cases.cases",
        "steward": "cases.cases",
        "community_admin": "reports.today",
        "auditor": "reports.today",
        "operator": "access.users",
    }
    assert {role: rules.first_page({role}) for role in pages} == pages


def test_who_holds_several_roles_begins_with_the_widest() -> None:
    assert rules.first_page({"volunteer", "grid_officer", "counter"}) == "care.counter"
    assert rules.first_page({"operator", "community_admin"}) == "reports.today"


def test_somebody_without_a_role_begins_as_a_resident() -> None:
    assert rules.first_page(frozenset()) == "volunteering.my_time"


def test_three_things_come_first_and_wrong_books_before_all() -> None:
    found = [Urgent(kind, 1) for kind in reversed(UrgentKind)]

    first = rules.first_things(found)

    assert [one.kind for one in first] == ["books_wrong", "case_late", "disputes_late"]


def test_what_there_is_none_of_asks_for_nothing() -> None:
    assert rules.first_things([Urgent(kind, 0) for kind in UrgentKind]) == ()


def test_a_sum_over_fewer_than_five_people_is_not_told() -> None:
    assert rules.shared(people=4, minutes=600) == rules.Shared(None, None)
    assert rules.shared(people=5, minutes=600) == rules.Shared(5, 600)


def test_fewer_than_five_closed_cases_are_not_told() -> None:
    assert rules.cases_closed(closed=4, in_time=4) == rules.CasesClosed(None, None)
    assert rules.cases_closed(closed=5, in_time=3) == rules.CasesClosed(5, 3)


@pytest.mark.parametrize(
    ("month", "names"),
    [
        (date(2026, 12, 1), ["month", "last_month", "year", "last_year"]),
        (date(2027, 1, 1), ["month", "last_month", "twelve", "last_year"]),
        (date(2026, 6, 1), ["month", "last_month", "year", "twelve", "last_year"]),
    ],
)
def test_no_span_is_offered_twice_under_two_names(month: date, names: list[str]) -> None:
    assert [name for name, _, _ in presets(month)] == names


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_the_last_months_are_twelve_that_follow_each_other(today: date) -> None:
    months = rules.last_months(today)

    assert months[-1] == (today.year, today.month)
    assert len(months) == 12
    assert all(1 <= month <= 12 for _, month in months)
    at = [year * 12 + month for year, month in months]
    assert at == list(range(at[0], at[0] + 12))


def test_runs_of_numbers_are_drawn_together() -> None:
    assert rules.number_ranges([4, 2, 3, 2, 7, 9, 10]) == ("2–4", "7", "9–10")
    assert rules.number_ranges([]) == ()


def test_months_to_redeem_is_what_is_held_by_the_pace() -> None:
    months = tuple(MonthHours(2026, month, 0, 100) for month in range(1, 13))

    assert HoursFigures(1_450, 0, months).months_to_redeem == 14
    assert HoursFigures(1_450, 0, ()).months_to_redeem is None


def test_the_middle_wait_and_that_of_nine_in_ten_are_real_ones() -> None:
    met = SomeNeeds(1, 1, Outcome.MET, 6, [30, 5, 20, 10, 40, 50])
    waiting = SomeNeeds(1, None, Outcome.WAITING, 3, [])
    assert counts_of([met, waiting]) == NeedCounts(
        posted=9, met=6, waiting=3, matched=6, median_minutes=20, slow_minutes=50
    )
    assert counts_of([waiting]) == NeedCounts(posted=3, waiting=3)
    assert counts_of([]) == NeedCounts()
