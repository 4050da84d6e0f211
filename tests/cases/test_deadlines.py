"""Deadlines against a slow oracle and against the values computed by hand."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import oracle
from timebank.cases.rules import deadlines
from timebank.cases.rules.flow import EventType, Step
from timebank.cases.rules.folding import MovePayload, times_of
from timebank.cases.rules.holidays import HOUSE_YEARS
from timebank.cases.rules.policy import (
    HOUSE_POLICY,
    DayRule,
    Limit,
    Pace,
    Policy,
    Rolls,
    Rulebook,
    Start,
    Unit,
)
from timebank.cases.rules.workdays import Span, Year, by_year

WORKED, CIVIL = Pace.WORKING, DayRule.CIVIL
LONG = 20  # how far the oracle walks, in days, so that it stays quick


def _moment(text: str) -> datetime:
    """A moment of the community's clock, as UTC."""
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


def _book(policy: Policy = HOUSE_POLICY, *years: Year) -> Rulebook:
    return Rulebook(policy=policy, years=by_year(years or HOUSE_YEARS))


def _due(limit: Limit, start: datetime, book: Rulebook, moves: list[MovePayload] | None = None):  # type: ignore[no-untyped-def]
    return deadlines.reckon(
        limit, started_at=start, starts_with=EventType.CLAIMED, book=book, moves=moves or ()
    )


def _resolve(amount: int, unit: Unit, pace: Pace = Pace.NATURAL, rule: DayRule = DayRule.EXACT):  # type: ignore[no-untyped-def]
    return Limit(Step.RESOLVE, amount, unit, pace=pace, day_rule=rule)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-11-20T17:40", _resolve(1, Unit.HOUR), "2026-11-20T18:40"),
        ("2026-11-20T17:40", _resolve(1, Unit.HOUR, WORKED), "2026-11-23T09:40"),
        ("2026-11-20T17:40", _resolve(3, Unit.DAY), "2026-11-23T17:40"),
        ("2026-11-20T17:40", _resolve(3, Unit.DAY, rule=CIVIL), "2026-11-24T00:00"),
        ("2026-11-20T17:40", _resolve(3, Unit.DAY, WORKED), "2026-11-25T17:40"),
        ("2026-11-20T17:40", _resolve(5, Unit.DAY, WORKED), "2026-11-27T17:40"),
        ("2026-11-20T11:30", _resolve(1, Unit.HOUR, WORKED), "2026-11-20T14:30"),
        ("2026-11-20T11:30", _resolve(3, Unit.DAY, WORKED), "2026-11-25T11:30"),
        ("2026-11-20T11:30", _resolve(5, Unit.DAY, WORKED), "2026-11-27T11:30"),
        # Before a long holiday, and into a Saturday that is worked.
        ("2026-09-30T17:00", _resolve(2, Unit.HOUR, WORKED), "2026-10-08T10:00"),
        ("2026-10-09T17:00", _resolve(2, Unit.HOUR, WORKED), "2026-10-10T10:00"),
        ("2026-09-28T10:00", _resolve(3, Unit.DAY, rule=CIVIL), "2026-10-09T00:00"),
        # The end of the office day is still that day, not the next one's beginning.
        ("2026-11-20T17:00", _resolve(1, Unit.HOUR, WORKED), "2026-11-20T18:00"),
        ("2026-12-31T17:40", _resolve(3, Unit.DAY), "2027-01-03T17:40"),
    ],
)
def test_deadlines_are_those_computed_by_hand(start: str, limit: Limit, due: str) -> None:
    assert _due(limit, _moment(start), _book())["due_at"] == _moment(due).isoformat()


def test_a_year_that_is_not_known_marks_the_promise_and_only_where_it_matters() -> None:
    start = _moment("2026-12-31T17:40")

    marks = [
        _due(limit, start, _book())["is_provisional"]
        for limit in (
            _resolve(1, Unit.HOUR),
            _resolve(3, Unit.DAY),
            _resolve(1, Unit.HOUR, WORKED),
            _resolve(3, Unit.DAY, WORKED),
            _resolve(3, Unit.DAY, rule=CIVIL),
        )
    ]

    assert marks == [False, False, True, True, True]


def test_a_known_year_names_its_version() -> None:
    due = _due(_resolve(1, Unit.HOUR, WORKED), _moment("2025-12-31T17:40"), _book())

    assert due["calendar"] == {"2025": 1, "2026": 1}
    assert due["due_at"] == _moment("2026-01-04T09:40").isoformat()


_days = st.dates(date(2026, 1, 1), date(2026, 12, 1))
_starts = st.builds(
    lambda day, minute: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    _days,
    st.integers(0, 1439),
)
_offices = st.sampled_from(
    [
        ((540, 720), (840, 1080)),
        ((480, 720),),
        ((0, 1440),),
        ((1, 2), (1380, 1440)),
        ((510, 705), (810, 1050)),
    ]
)


@st.composite
def _calendars(draw: st.DrawFn) -> tuple[oracle.Wall, Rulebook]:
    """The same random year twice: for the oracle, and for the code under test."""
    off = draw(st.sets(_days, max_size=40))
    weekends = [date(2026, 1, 3) + timedelta(days=7 * n) for n in range(48)]
    made_up = draw(st.sets(st.sampled_from(weekends), max_size=8)) - off
    office = draw(_offices)
    rolls = draw(st.sampled_from(list(Rolls)))
    year = Year(2026, 1, "x", frozenset(off), frozenset(made_up))
    later = Year(2027, 1, "x", frozenset(), frozenset())
    policy = Policy(2, HOUSE_POLICY.limits, tuple(Span(*one) for one in office), rolls)
    book = Rulebook(policy=policy, years={2026: year, 2027: later})
    return oracle.Wall(off, made_up, office), book


@st.composite
def _pauses(draw: st.DrawFn) -> list[tuple[timedelta, timedelta]]:
    """Pauses one after the other, each by its distance from the one before and its length."""
    minutes = st.integers(0, 3000)
    return draw(st.lists(st.tuples(minutes.map(_minutes), minutes.map(_minutes)), max_size=3))


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _laid_out(
    start: datetime, pauses: list[tuple[timedelta, timedelta]]
) -> Iterator[tuple[datetime, datetime]]:
    at = start
    for gap, length in pauses:
        at += gap
        yield at, at + length
        at += length


@settings(max_examples=60, deadline=None)
@given(_calendars(), _starts, st.integers(1, 900), st.sampled_from(list(Pace)), _pauses())
def test_minutes_and_hours_agree_with_the_oracle(
    calendar: tuple[oracle.Wall, Rulebook],
    start: datetime,
    minutes: int,
    pace: Pace,
    pauses: list[tuple[timedelta, timedelta]],
) -> None:
    wall, book = calendar
    minutes = min(minutes, 60) if len(book.policy.hours) == 2 else minutes
    laid_out: list[tuple[datetime, datetime]] = []
    limit = _resolve(minutes, Unit.MINUTE, pace)
    for at, until in _laid_out(start, pauses):
        # A pause begins while the step is in time; later ones cure nothing.
        before = _due(limit, start, book, _moves(laid_out))
        if at < datetime.fromisoformat(before["due_at"]):
            laid_out.append((at, until))

    due = _due(limit, start, book, _moves(laid_out))

    assert (
        due["due_at"]
        == oracle.after_minutes(
            wall, start, minutes, working=pace is Pace.WORKING, pauses=laid_out
        ).isoformat()
    )


def _moves(pauses: list[tuple[datetime, datetime]]) -> list[MovePayload]:
    return [
        MovePayload(kind="pause", at=at.isoformat(), until=until.isoformat())
        for at, until in pauses
    ]


@settings(max_examples=40, deadline=None)
@given(_calendars(), _starts, st.integers(1, 4))
def test_working_days_are_so_many_days_of_office_time(
    calendar: tuple[oracle.Wall, Rulebook], start: datetime, days: int
) -> None:
    wall, book = calendar
    minutes = days * sum(end - begin for begin, end in wall.office)

    due = _due(_resolve(days, Unit.DAY, WORKED), start, book)

    assert due["due_at"] == oracle.after_minutes(wall, start, minutes, working=True).isoformat()


@given(_calendars(), _starts, st.integers(1, 40), st.sampled_from(list(Pace)))
def test_civil_days_agree_with_the_oracle(
    calendar: tuple[oracle.Wall, Rulebook], start: datetime, days: int, pace: Pace
) -> None:
    wall, book = calendar

    due = _due(_resolve(days, Unit.DAY, pace, CIVIL), start, book)

    assert (
        due["due_at"]
        == oracle.civil(
            wall, start, days, working=pace is Pace.WORKING, rolls=book.policy.rolls.value
        ).isoformat()
    )


def test_a_pause_that_begins_after_the_end_cures_nothing() -> None:
    start = _moment("2026-11-20T09:00")
    late = _moves([(start + timedelta(days=4), start + timedelta(days=9))])

    plain = _due(_resolve(3, Unit.DAY), start, _book())
    paused = _due(_resolve(3, Unit.DAY), start, _book(), late)

    assert paused["due_at"] == plain["due_at"] == paused["first_due_at"]


def test_a_promise_is_reckoned_anew_from_its_own_start() -> None:
    start = _moment("2026-12-31T17:40")
    due = _due(_resolve(1, Unit.HOUR, WORKED), start, _book(_policy(WORKED)))
    known = Year(2027, 1, "x", frozenset({date(2027, 1, 1), date(2027, 1, 4)}), frozenset())

    anew = deadlines.reckon_again(times_of(due), book=_book(_policy(WORKED), *HOUSE_YEARS, known))

    assert due["due_at"] == _moment("2027-01-01T09:40").isoformat()
    assert (anew["due_at"], anew["is_provisional"]) == (
        _moment("2027-01-05T09:40").isoformat(),
        False,
    )


def _policy(pace: Pace = Pace.NATURAL, start: Start = Start.PREVIOUS) -> Policy:
    limits = {
        Step.RESPOND: Limit(Step.RESPOND, 1, Unit.HOUR, pace, start),
        Step.CLAIM: Limit(Step.CLAIM, 1, Unit.HOUR, pace, start),
        Step.RESOLVE: Limit(Step.RESOLVE, 1, Unit.HOUR, pace, start, urgent_amount=1),
        Step.FEED_BACK: Limit(Step.FEED_BACK, 5, Unit.DAY, pace, start, urgent_amount=2),
    }
    return Policy(version=2, limits=limits)


def _steps(event_type: EventType, start: Start, known: tuple[Step, ...] = ()) -> list[str]:
    dues = deadlines.dues_after(
        event_type, at=_moment("2026-11-20T09:00"), book=_book(_policy(start=start)), known=known
    )
    return [due["step"] for due in dues]


def test_each_reading_starts_its_clocks_at_its_own_events() -> None:
    chained, whole = Start.PREVIOUS, Start.REGISTRATION

    assert _steps(EventType.REGISTERED, chained) == ["respond"]
    assert _steps(EventType.CLAIMED, chained) == ["resolve"]
    assert _steps(EventType.REOPENED, chained, tuple(Step)) == ["resolve"]
    assert _steps(EventType.REGISTERED, whole) == ["respond", "claim", "resolve", "feed_back"]
    assert _steps(EventType.CLAIMED, whole, tuple(Step)) == []
    assert _steps(EventType.REOPENED, whole, tuple(Step)) == ["resolve", "feed_back"]


def test_who_takes_over_a_case_inherits_its_clocks() -> None:
    assert _steps(EventType.CLAIMED, Start.PREVIOUS, (Step.CLAIM, Step.RESOLVE)) == []


def test_urgent_cases_have_their_own_limit() -> None:
    dues = deadlines.dues_after(
        EventType.RESOLVED,
        at=_moment("2026-11-20T09:00"),
        book=_book(_policy()),
        is_urgent=True,
    )

    assert dues[0]["due_at"] == _moment("2026-11-22T09:00").isoformat()


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_machines_zone_changes_nothing(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start = _moment("2026-11-20T23:40")
    limits = (_resolve(3, Unit.DAY, WORKED), _resolve(3, Unit.DAY, rule=CIVIL))
    here = [_due(limit, start, _book()) for limit in limits]

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        there = [_due(limit, start.astimezone(), _book()) for limit in limits]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [one["due_at"] for one in here] == [
        datetime.fromisoformat(one["due_at"]).astimezone(UTC).isoformat() for one in there
    ]


@pytest.mark.parametrize(
    ("start", "limit", "sentence"),
    [
        (
            "2026-11-20T17:40",
            _resolve(1, Unit.HOUR, WORKED),
            (
                "11月20日 17:40 认领，1 小时工作时间内解决，每天算 9:00–12:00、14:00–18:00，"
                "11月21日等 2 天休息，不算，到 11月23日 9:40"
            ),
        ),
        (
            "2026-11-20T17:40",
            _resolve(3, Unit.DAY, rule=CIVIL),
            (
                "11月20日 17:40 认领，3 天内解决，11月20日当天不算，其中11月21日等 2 天休息，"
                "到 11月23日 24:00"
            ),
        ),
    ],
)
def test_the_reason_is_one_sentence(start: str, limit: Limit, sentence: str) -> None:
    assert _due(limit, _moment(start), _book())["reason"] == sentence
