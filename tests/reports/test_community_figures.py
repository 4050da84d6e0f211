"""Figures of a community: each adds up from its rows, stays as it was, and is told within reach."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from random import Random

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.ends import earn, make_lane, owe
from tests.make.figures import TODAY, Quarter, live_a_year, make_quarter, serve
from tests.make.volunteering import DAY, NOW, at, make_facts
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, Reach
from timebank.kernel.paging import Page
from timebank.reports.errors import PeriodError, PlaceOutOfReachError, SameSidesError
from timebank.reports.queries import (
    balance,
    coming,
    monthly,
    rows,
    spreading,
    tallies,
    volunteers,
)
from timebank.reports.rules import figures as rules
from timebank.reports.rules import tables
from timebank.reports.rules.figures import People, Period, Places, RowFilter
from timebank.reports.rules.tables import Side
from timebank.volunteering import verify
from timebank.volunteering.models.postings import HoursPosting, VolunteerBack, VolunteerThrough
from timebank.volunteering.rules.figures import AgeGroup
from timebank.volunteering.rules.leaving import LeavingKind, Outcome, Wish
from timebank.volunteering.service import leaving, proofs, records, review, rolling

YEAR = Period(date(2025, 12, 1), date(2026, 11, 1))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 1))


@pytest.fixture
def quarter(session: Session) -> Quarter:
    made = make_quarter(session)
    live_a_year(session, made)
    return made


def _whole(quarter: Quarter, *, sees_people: bool = True) -> Places:
    return Places(quarter.community_id, is_whole=True, sees_people=sees_people)


def _places(actor: Actor, *, grid_id: int | None = None, centre_id: int | None = None) -> Places:
    return rules.places(
        community_id=actor.community_id,
        reach=actor.reach("figures.read"),
        people=actor.reach("hours.read"),
        grid_id=grid_id,
        centre_id=centre_id,
    )


def _table(session: Session, places: Places, rows_: Side, columns: Side) -> dict[object, object]:
    found = tallies.table(session, places=places, period=YEAR, rows=rows_, columns=columns)
    return {line.head.key: line.total for line in found.lines}


@pytest.mark.parametrize("is_kept", [False, True])
def test_hours_by_any_two_sides_add_up(session: Session, quarter: Quarter, is_kept: bool) -> None:
    if is_kept:
        with clock.fixed_at(at("10:00", TODAY)):
            rolling.roll_months(session, community_id=quarter.community_id)
    places = _whole(quarter)

    for one in Side:
        for other in set(Side) - {one}:
            found = tallies.table(session, places=places, period=YEAR, rows=one, columns=other)
            assert found.total == 750
            assert sum(line.total or 0 for line in found.lines) == 750
            assert sum(minutes or 0 for minutes in found.totals) == 750
    assert _table(session, places, Side.MONTH, Side.KIND) == {
        "2026-01": 120, "2026-02": 90, "2026-05": 120, "2026-09": 120, "2026-10": 120,
        "2026-11": 180,
    }  # fmt: skip
    assert _table(session, places, Side.AGE, Side.GRID) == {
        AgeGroup.FROM_18: 60, AgeGroup.FROM_60: 600, AgeGroup.UNKNOWN: 90,
    }  # fmt: skip
    with pytest.raises(SameSidesError):
        tallies.table(session, places=places, period=YEAR, rows=Side.AGE, columns=Side.AGE)


def _all_rows(session: Session, places: Places, wanted: RowFilter) -> list[rows.HoursRow]:
    found: list[rows.HoursRow] = []
    page: Page[rows.HoursRow] = rows.hours(session, places=places, wanted=wanted, limit=2)
    found += page.items
    while page.next_cursor:
        page = rows.hours(session, places=places, wanted=wanted, limit=2, cursor=page.next_cursor)
        found += page.items
    return found


def test_the_rows_behind_a_number_add_up_to_it(session: Session, quarter: Quarter) -> None:
    places, grid_id = _whole(quarter), quarter.street.place.grid_id
    for wanted in (
        RowFilter(YEAR),
        RowFilter(NOVEMBER),
        RowFilter(YEAR, kind_id=quarter.kind_ids[0]),
        RowFilter(YEAR, grid_id=grid_id, age_group="from_60"),
        RowFilter(YEAR, grid_id=0),
        RowFilter(YEAR, centre_id=0),
        RowFilter(YEAR, volunteer_id=quarter.people[0].id),
    ):
        found = _all_rows(session, places, wanted)
        minutes, services = tallies.minutes_of(session, places=places, wanted=wanted)
        assert (sum(one.minutes for one in found), len(found)) == (minutes, services)
    assert [one.on_day for one in _all_rows(session, places, RowFilter(NOVEMBER))] == [
        date(2026, 11, 9),
        date(2026, 11, 7),
    ]


def test_what_is_taken_back_stands_in_the_month_of_its_reversal(
    session: Session, quarter: Quarter
) -> None:
    record_id = serve(session, quarter, who=0, day=date(2026, 10, 20), minutes=30)
    october = Period(date(2026, 10, 1), date(2026, 10, 1))
    places = _whole(quarter)
    before = tallies.minutes_of(session, places=places, wanted=RowFilter(october))

    with clock.fixed_at(at("10:00", TODAY)):
        rolling.roll_months(session, community_id=quarter.community_id)
        review.unapprove_service(
            session,
            actor=quarter.street.admin,
            record_id=record_id,
            reason="记错了",
            key=ids.new_id(),
        )

    assert tallies.minutes_of(session, places=places, wanted=RowFilter(october)) == before
    assert tallies.minutes_of(session, places=places, wanted=RowFilter(NOVEMBER)) == (150, 1)


def test_volunteers_are_active_new_or_lapsed(session: Session, quarter: Quarter) -> None:
    found = volunteers.volunteers(session, places=_whole(quarter), period=NOVEMBER)

    assert found.all == People(active=2, new=1, lapsed=1)
    assert {one.head.key: one.people for one in found.ages} == {
        "from_18": People(1, 1, 0), "from_60": People(1, 0, 0), "unknown": People(0, 0, 1),
    }  # fmt: skip
    assert [one.people for one in found.grids] == [People(1, 0, 1), People(1, 1, 0)]
    for which, count in (("active", 2), ("new", 1), ("lapsed", 1)):
        page = volunteers.who(session, places=_whole(quarter), period=NOVEMBER, which=which)
        assert len(page.items) == count
    (one,) = volunteers.who(
        session, places=_whole(quarter), period=NOVEMBER, which="new", age_group="from_18"
    ).items
    assert (one.volunteer_id, one.name, one.minutes) == (quarter.people[1].id, "李敏", 60)
    assert one.first_on == one.last_on == date(2026, 11, 9)


def test_concentration_is_that_of_the_volunteers_minutes(
    session: Session, quarter: Quarter
) -> None:
    found = spreading.concentration(session, places=_whole(quarter), period=YEAR)

    assert (found.spread.volunteers, found.spread.minutes) == (3, 750)
    assert (found.spread.top_volunteers, found.spread.top_minutes) == (1, 600)
    assert found.spread.gini_permille == 480
    assert [pair.minutes for pair in found.pairs] == [600, 90, 60]
    assert found.pairs[0].volunteer_id == quarter.people[0].id
    hidden = spreading.concentration(
        session, places=_whole(quarter, sees_people=False), period=YEAR
    )
    assert hidden.pairs == ()


def test_the_books_agree_with_every_account(session: Session, quarter: Quarter) -> None:
    found = balance.books(session, places=_whole(quarter), period=YEAR)

    assert found.of("issuance").net == 750
    assert found.standing.own == 750
    assert [(one.year, one.restriction, one.minutes) for one in found.cohorts] == [
        (2026, "own", 750)
    ]
    assert all(check.is_right for check in found.checks)
    assert len(found.checks) == 4
    february = Period(date(2026, 2, 1), date(2026, 2, 1))
    _, held = balance.moved(session, community_id=quarter.community_id, period=february)
    assert held == 210
    lots = balance.lots(session, community_id=quarter.community_id, year=2026, restriction="own")
    assert sum(lot.remaining for lot in lots.items) == 750


def test_what_closed_accounts_left_and_owed_is_in_the_books(session: Session) -> None:
    with clock.fixed_at(NOW):
        lane = make_lane(session)
        admin, second = lane.street.admin, lane.second
        earn(session, lane, lane.kept_id, 15, on=DAY, donation=True)
        owe(session, lane, lane.kept_id, 25)
        leaving_id = leaving.report_leaving(
            session,
            actor=admin,
            key=ids.new_id(),
            person_id=lane.kept_id,
            kind=LeavingKind.DEATH,
            happened_on=DAY,
            evidence="看过死亡证明",
        )
    with clock.fixed_at(NOW + timedelta(days=181)):
        leaving.remind_everywhere(session, {})
        wish = Wish(Outcome.POOL, pool_id=lane.pool_id)
        leaving.propose_outcome(
            session, actor=admin, leaving_id=leaving_id, wish=wish, reason="没有人认领"
        )
        leaving.settle(session, actor=second, leaving_id=leaving_id)
        month = Period(clock.today().replace(day=1), clock.today().replace(day=1))
        community_id = lane.street.community.id
        places = Places(community_id, is_whole=True, sees_people=True)
        found = balance.books(session, places=places, period=month)
        moves = balance.moves(session, community_id=community_id, period=month, which="gifts_ended")

    assert (found.given.gifts_ended, found.given.gifts) == (15, 15)
    assert found.of("written_off").standing == 25
    assert all(check.is_right for check in found.checks)
    assert [one.minutes for one in moves.items] == [15]


def test_a_grid_officer_sees_the_own_grid_alone(session: Session, quarter: Quarter) -> None:
    places = _places(quarter.street.officer)

    assert places.sees_people
    assert tallies.minutes_of(session, places=places, wanted=RowFilter(YEAR)) == (690, 6)
    assert len(_all_rows(session, places, RowFilter(YEAR))) == 6
    own = balance.books(session, places=places, period=YEAR)
    assert [one.net for one in own.flows] == [690]
    assert own.checks == ()
    with pytest.raises(PlaceOutOfReachError):
        _places(quarter.street.officer, grid_id=quarter.far.grid_id)
    whole = _places(quarter.auditor, grid_id=quarter.far.grid_id)
    assert tallies.minutes_of(session, places=whole, wanted=RowFilter(YEAR)) == (60, 1)


def test_whoever_may_not_see_people_is_told_no_small_numbers(
    session: Session, quarter: Quarter
) -> None:
    for reader in (quarter.finance, quarter.steward):
        places = _places(reader)
        assert not places.sees_people
        people = volunteers.volunteers(session, places=places, period=NOVEMBER)
        assert people.all.active is None
        found = tallies.table(
            session, places=places, period=YEAR, rows=Side.KIND, columns=Side.MONTH
        )
        assert found.has_hidden
        assert found.total is None


def test_the_month_is_told_beside_the_month_before(session: Session, quarter: Quarter) -> None:
    found = {
        one.name: one for one in monthly.report(session, places=_whole(quarter), period=NOVEMBER)
    }

    assert (found["hours"].now, found["hours"].before, found["hours"].change) == (180, 120, 60)
    assert (found["hours"].year_before, found["hours"].year_change) == (0, 180)
    assert (found["outstanding"].now, found["outstanding"].before) == (750, 570)
    narrow = monthly.report(session, places=_places(quarter.street.officer), period=NOVEMBER)
    assert "outstanding" not in {one.name for one in narrow}


def test_periods_are_whole_months_in_order() -> None:
    asked = rules.period(TODAY, first=None, last=None)
    assert asked == YEAR
    assert (asked.after, asked.ends_on) == (date(2026, 12, 1), date(2026, 11, 30))
    assert len(asked.months) == 12
    assert asked.lapsed_before == date(2026, 6, 1)
    for first, last in ((date(2026, 2, 1), date(2026, 1, 1)), (date(2010, 1, 1), TODAY)):
        with pytest.raises(PeriodError):
            rules.period(TODAY, first=first, last=last)


def test_people_are_seen_only_as_far_as_their_records_are() -> None:
    both = Reach(grid_ids=frozenset({1, 2}))
    asked = rules.places(
        community_id=1, reach=both, people=Reach(grid_ids=frozenset({1})), grid_id=None,
        centre_id=None,
    )  # fmt: skip
    assert not asked.sees_people


SPANS = (
    YEAR,
    NOVEMBER,
    Period(date(2026, 3, 1), date(2026, 9, 1)),
)


def _plain(session: Session, period: Period) -> tuple[People, tuple[int, int]]:
    """The volunteers of a period and the active ones' minutes, from the lines alone."""
    done: dict[int, list[HoursPosting]] = {}
    for line in session.scalars(select(HoursPosting).where(HoursPosting.on_day < period.after)):
        done.setdefault(line.volunteer_id, []).append(line)
    counts, minutes = [0, 0, 0], []
    for lines in done.values():
        within = [one for one in lines if one.on_day >= period.first]
        begun = min(one.on_day for one in lines if one.services > 0)
        is_active = sum(one.services for one in within) > 0
        is_gone = not any(one.services > 0 and one.on_day >= period.lapsed_before for one in lines)
        counts[0] += is_active
        counts[1] += is_active and begun >= period.first
        counts[2] += is_gone
        minutes.append(sum(one.minutes for one in within))
    return People(*counts), (sum(one > 0 for one in minutes), sum(max(one, 0) for one in minutes))


def _told(session: Session, quarter: Quarter) -> list[object]:
    """Everything that is said of volunteers and hours, seen whole and with small numbers hidden."""
    found: list[object] = []
    for period in SPANS:
        for sees_people in (True, False):
            places = _whole(quarter, sees_people=sees_people)
            found += [
                volunteers.volunteers(session, places=places, period=period),
                spreading.concentration(session, places=places, period=period),
                *(
                    tallies.table(session, places=places, period=period, rows=one, columns=other)
                    for one, other in combinations(Side, 2)
                ),
            ]
        found += [
            volunteers.who(session, places=_whole(quarter), period=period, which=which)
            for which in volunteers.STANDS
        ]
    return found


def test_kept_months_say_what_the_lines_say_whatever_happened(
    session: Session, quarter: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (tables, tallies, rules):
        monkeypatch.setattr(module, "TELLABLE_MIN", 2)
    random = Random(2)
    for number in range(8):
        who, kind, is_far = random.randrange(3), random.randrange(2), random.random() < 0.4
        day = date(2026, random.randrange(1, 12), number + 10)
        record_id = serve(session, quarter, who=who, kind=kind, day=day, is_far=is_far)
        if random.random() < 0.5:
            later = day + timedelta(days=random.choice((0, 40, 80)))
            with clock.fixed_at(at("23:00", min(later, TODAY))):
                review.unapprove_service(
                    session,
                    actor=quarter.street.admin,
                    record_id=record_id,
                    reason="记错了",
                    key=ids.new_id(),
                )
    by_lines = _told(session, quarter)
    with clock.fixed_at(at("10:00", TODAY)):
        rolling.roll_months(session, community_id=quarter.community_id)

    assert _told(session, quarter) == by_lines
    for period in SPANS:
        people, spread = _plain(session, period)
        assert volunteers.totals(session, places=_whole(quarter), period=period) == people
        told = spreading.spread(session, places=_whole(quarter), period=period)
        assert (told.volunteers, told.minutes) == spread
    assert list(verify.findings(session, quarter.community_id)) == []


def _unapprove(session: Session, quarter: Quarter, record_id: int, *, day: date) -> None:
    with clock.fixed_at(at("23:30", day)):
        review.unapprove_service(
            session,
            actor=quarter.street.admin,
            record_id=record_id,
            reason="记错了",
            key=ids.new_id(),
        )


def _people_told(session: Session, places: Places) -> list[object]:
    """Everything that is said of volunteers in the places."""
    return [
        told
        for period in SPANS
        for told in (
            volunteers.volunteers(session, places=places, period=period),
            volunteers.totals(session, places=places, period=period),
            spreading.concentration(session, places=places, period=period).pairs,
        )
    ]


@pytest.mark.parametrize("seed", range(2))
def test_who_came_is_counted_alike_from_kept_months_and_one_by_one(
    session: Session, quarter: Quarter, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random, served = Random(seed), []
    for number in range(6):
        is_kept = number < 3
        day = date(2026, random.randrange(1, 12) if is_kept else 11, 3 * number + 1)
        who, is_far = random.randrange(3), random.random() < 0.5
        start = f"{11 + number}:00"
        record_id = serve(session, quarter, who=who, day=day, is_far=is_far, start=start)
        served.append((record_id, day))
        if number in {2, 5}:
            record_id, day = served.pop(random.randrange(len(served)))
            _unapprove(session, quarter, record_id, day=max(day, date(2026, 5 + number, 17)))
        if number == 2:
            with clock.fixed_at(at("23:00", TODAY)):
                rolling.roll_months(session, community_id=quarter.community_id)

    for places in (_whole(quarter), _places(quarter.auditor, grid_id=quarter.far.grid_id)):
        assert coming.counts(session, places=places, period=YEAR, by_grid=True) is not None
        found = _people_told(session, places)
        with monkeypatch.context() as patched:
            patched.setattr(coming, "_asked", lambda *_args, **_more: None)
            patched.setattr(spreading, "ABLE_LOOKED_AT", 0)
            patched.setattr(spreading, "ABLE_MAX", 0)
            assert _people_told(session, places) == found
    assert list(verify.findings(session, quarter.community_id)) == []


def test_a_pair_is_not_lost_because_of_what_its_volunteer_had_taken_back_elsewhere(
    session: Session, quarter: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, month = date(2026, 3, 20), Period(date(2026, 10, 1), date(2026, 10, 1))
    with clock.fixed_at(at("22:00", early)):
        facts = make_facts(quarter.street, day=early, to_elder=False, activity="义诊")
        record_id = records.record_service(
            session,
            actor=quarter.street.admin,
            facts=replace(facts, micro_grid_id=quarter.far.id),
            volunteer_id=quarter.people[1].id,
        )
        proofs.confirm_by_slip(
            session, actor=quarter.street.admin, record_id=record_id, slip_number="S-1"
        )
        approver = make_actor(session, community_id=quarter.community_id)
        review.approve_many(session, actor=approver, record_ids=[record_id], key=ids.new_id())
    serve(session, quarter, who=1, day=date(2026, 10, 3), minutes=100, is_far=True)
    serve(session, quarter, who=2, day=date(2026, 10, 4), minutes=70, is_far=True)
    _unapprove(session, quarter, record_id, day=date(2026, 10, 17))
    with clock.fixed_at(at("23:00", TODAY)):
        rolling.roll_months(session, community_id=quarter.community_id)
    monkeypatch.setattr(spreading, "ABLE_LOOKED_AT", 1)
    monkeypatch.setattr(rules, "PAIRS_SHOWN", 1)

    for places in (_places(quarter.auditor, grid_id=quarter.far.grid_id), _whole(quarter)):
        (pair,) = spreading.concentration(session, places=places, period=month).pairs
        is_far = not places.is_whole
        assert (pair.volunteer_id, pair.minutes) == (
            quarter.people[1 if is_far else 0].id,
            100 if is_far else 120,
        )


def test_a_kept_count_of_who_came_is_proved(session: Session, quarter: Quarter) -> None:
    with clock.fixed_at(at("10:00", TODAY)):
        rolling.roll_months(session, community_id=quarter.community_id)
    it = VolunteerBack
    session.execute(delete(it).where(it.grid_id == quarter.far.grid_id))

    (found,) = verify.findings(session, quarter.community_id)

    assert (found.table, found.is_value) == ("volunteer_back", "-")


def test_what_was_done_by_a_months_end_is_proved(session: Session, quarter: Quarter) -> None:
    with clock.fixed_at(at("10:00", TODAY)):
        rolling.roll_months(session, community_id=quarter.community_id)
    gone = delete(VolunteerThrough).where(VolunteerThrough.month_on == date(2026, 10, 1))
    session.execute(gone.where(VolunteerThrough.volunteer_id == quarter.people[0].id))

    (found,) = verify.findings(session, quarter.community_id)

    assert (found.table, found.is_value) == ("volunteer_through", "-")
