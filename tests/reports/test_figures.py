"""The figures are exactly the sums of what was done, and of one community alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.make import cases as make_cases
from tests.make import cofund as make_cofund
from tests.make import volunteering as make_hours
from tests.make.community import make_community
from tests.make.reports import NOW, Town, days_ago, give, make_town, redeem_lunch
from timebank.cases.rules.flow import Command, State
from timebank.cofund.rules.projects import ProjectState
from timebank.kernel import clock
from timebank.reports.queries import counts, hours
from timebank.reports.queries import figures as reads
from timebank.reports.rules.today import Figures, Rate


def figures_at(session: Session, town: Town, moment: datetime = NOW) -> Figures:
    """Read the figures at a moment."""
    with clock.fixed_at(moment):
        return reads.figures(session, actor=town.admin)


def make_town_at(session: Session, moment: datetime, *, minutes: int = 0) -> Town:
    """Make the town at a moment."""
    with clock.fixed_at(moment):
        return make_town(session, minutes=minutes)


def test_a_new_community_has_only_zeros(session: Session) -> None:
    town = make_town_at(session, NOW)

    found = figures_at(session, town)

    assert found.urgent == ()
    assert (found.open_cases, found.overdue_cases, found.micro_grids) == (0, 0, 2)
    assert all((rate.in_time, rate.settled) == (0, 0) for rate in found.rates)
    assert found.hours.outstanding_minutes == found.hours.earned_minutes == 0
    assert found.hours.months_to_redeem is None
    assert found.wrong_checks == 0
    assert found.projects.count == found.spending.count == found.records.count == 0


def test_open_and_late_cases_stand_at_their_door(session: Session) -> None:
    town = make_town_at(session, days_ago(2))
    with clock.fixed_at(days_ago(2)):
        make_cases.make_case(session, town.grid, title="电梯停运")
        make_cases.make_case(session, town.grid, state=State.CLOSED)
    with clock.fixed_at(NOW - timedelta(minutes=30)):
        make_cases.make_case(session, town.grid)

    found = figures_at(session, town)

    (grid,) = found.grids
    assert [(door.building_no, door.open, door.overdue) for door in grid.doors] == [
        (5, 2, 1),
        (6, 0, 0),
    ]
    assert grid.buildings == ("5–6",)
    (first,) = found.urgent
    assert (first.kind, first.title, first.step) == ("case_late", "电梯停运", "respond")
    assert first.late_minutes == 2 * 24 * 60 - 60


def test_a_step_counts_in_the_month_in_which_it_is_settled(session: Session) -> None:
    town = make_town_at(session, days_ago(60))
    with clock.fixed_at(days_ago(60)):
        make_cases.make_case(session, town.grid, state=State.CLOSED)
    with clock.fixed_at(days_ago(10)):
        make_cases.make_case(session, town.grid, state=State.CLOSED)
        late = make_cases.make_case(session, town.grid)
        make_cases.make_case(session, town.grid, state=State.CANCELLED)
        make_cases.make_case(session, town.grid, state=State.REJECTED)
        left_lying = make_cases.make_case(session, town.grid)
    with clock.fixed_at(days_ago(9)):
        make_cases.do(session, town.grid.officer, late.id, Command.RESPOND)
        make_cases.do(session, town.grid.officer, late.id, Command.CLAIM)
        make_cases.do(session, town.grid.officer, left_lying.id, Command.REJECT)
    with clock.fixed_at(NOW - timedelta(minutes=10)):
        make_cases.make_case(session, town.grid)

    found = figures_at(session, town)

    assert found.rates == (
        Rate("respond", 1, 3),  # rejected when it was late already: that stays
        Rate("claim", 2, 2),
        Rate("resolve", 1, 2),
        Rate("feed_back", 1, 1),
    )


def test_hours_are_what_the_ledger_says_month_by_month(session: Session) -> None:
    town = make_town_at(session, days_ago(60), minutes=600)
    give(session, town, minutes=90, at=days_ago(400))
    give(session, town, minutes=30, at=days_ago(1))
    with clock.fixed_at(NOW):
        redeem_lunch(session, town.desk)

    found = figures_at(session, town)

    hours = found.hours
    assert hours.outstanding_minutes == 600 + 90 + 30 - 60
    assert (hours.earned_minutes, hours.redeemed_minutes) == (630, 60)
    by_month = {(month.year, month.month): month for month in hours.months}
    assert by_month[2026, 9].earned_minutes == 600
    assert by_month[2026, 11].earned_minutes == 30
    assert by_month[2026, 11].redeemed_minutes == 60
    assert hours.months_to_redeem == 660 * 12 // 60
    assert [(book.code, book.difference) for book in found.books] == [("timebank", 0)]
    assert found.wrong_checks == 0


def test_hours_by_grid_are_sums_of_the_accounts_from_which_they_came(session: Session) -> None:
    town = make_town_at(session, days_ago(60), minutes=600)
    give(session, town, minutes=30, at=days_ago(1))

    with clock.fixed_at(NOW):
        found = hours.by_grid(session, town.community_id)

    assert (found.minutes, sum(found.totals)) == (630, 630)
    assert len(found.months) == len(found.totals) == 12
    outside = next(one for one in found.grids if one.grid_id is None)
    assert (outside.minutes, outside.months[-1]) == (630, 30)
    assert all(one.account_id is None for one in found.grids if not one.minutes)


def test_a_counter_that_disagrees_with_the_book_comes_first(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_town_at(session, NOW, minutes=600)
    with clock.fixed_at(NOW):
        redeem_lunch(session, town.desk)
        make_cases.make_case(session, town.grid)
    # The database lets no slip differ from its entry, so the counter's sum is told another one.
    monkeypatch.setattr(counts, "redeemed", lambda *_: (1, 67))

    found = figures_at(session, town, NOW + timedelta(hours=2))

    assert found.redeemed_difference_minutes == 7
    assert found.wrong_checks == 1
    assert [one.kind for one in found.urgent] == ["books_wrong", "case_late"]


def test_money_is_the_sum_of_the_projects(session: Session) -> None:
    town = make_town_at(session, days_ago(5))
    with clock.fixed_at(days_ago(5)):
        active = make_cofund.make_project(
            session, town.office, state=ProjectState.ACTIVE, total_fen=900
        )
        make_cofund.make_project(session, town.office, total_fen=600)
        make_cofund.make_project(session, town.office, state=ProjectState.CANCELLED)
        make_cofund.ask(session, town.office, active.id, 200)
    with clock.fixed_at(NOW):
        make_cofund.ask(session, town.office, active.id, 100)

    found = figures_at(session, town)

    sums = found.projects
    assert (sums.count, sums.agreed_fen, sums.received_fen, sums.spent_fen, sums.left_fen) == (
        2, 1500, 900, 300, 600,
    )  # fmt: skip
    waiting = found.spending
    assert (waiting.count, waiting.too_long, waiting.amount_fen) == (2, 1, 300)
    assert [(one.kind, one.count) for one in found.urgent] == [("spending_waiting", 1)]
    assert {book.code: book.difference for book in found.books}["owners"] == 0


def test_records_that_wait_too_long_ask_for_attention(session: Session) -> None:
    with clock.fixed_at(NOW):
        street = make_hours.make_street(session)
        make_hours.make_confirmed(session, street)
        make_hours.make_confirmed(session, street, start="14:00", end="15:00")
        make_hours.make_approved(session, street, start="16:00", end="17:00")
    with clock.fixed_at(NOW + timedelta(days=4)):
        found = reads.figures(session, actor=street.admin)

    assert (found.records.count, found.records.too_long) == (2, 2)
    assert [(one.kind, one.count) for one in found.urgent] == [("records_waiting", 2)]
    assert found.hours.outstanding_minutes == 60


def test_another_community_is_never_counted(session: Session) -> None:
    town = make_town_at(session, NOW, minutes=600)
    alone = figures_at(session, town)
    with clock.fixed_at(NOW):
        other_grid = make_cases.make_grid(session, code="XJ")
        make_cases.make_case(session, other_grid)
        make_cases.make_case(session, other_grid, state=State.CLOSED)
        office = make_cofund.make_office(session, code="WL")
        project = make_cofund.make_project(session, office, state=ProjectState.ACTIVE)
        make_cofund.ask(session, office, project.id, 100)
        make_community(session, code="ZZ")

    assert figures_at(session, town) == alone
