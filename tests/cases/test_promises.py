"""Promises and workdays on both engines: who brings them into force, and what they never touch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from tests.make.promises import WORKING, make_promises
from timebank.cases.errors import policy as errors
from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.queries import details, verify
from timebank.cases.queries import promises as shown
from timebank.cases.rules.flow import Command, Step
from timebank.cases.rules.policy import DayRule, Limit, Unit
from timebank.cases.rules.workdays import Span
from timebank.cases.service import intake, promises, years
from timebank.jobs.models import Job
from timebank.kernel import clock

FRIDAY = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)  # 17:40 in the community
NEW_YEARS_EVE = datetime(2026, 12, 31, 9, 40, tzinfo=UTC)


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _due(session: Session, grid: make.Grid, case_id: int, at: datetime) -> datetime | None:
    with clock.fixed_at(at):
        return details.case(session, actor=grid.officer, case_id=case_id).due_at


def test_a_version_is_approved_by_a_second_person_and_holds_from_its_day(
    session: Session, grid: make.Grid
) -> None:
    with clock.fixed_at(FRIDAY - timedelta(days=3)):
        number = promises.draft_promises(
            session, actor=grid.admin, policy=WORKING, in_force_on=date(2026, 11, 20)
        )
        with pytest.raises(errors.PolicyNeedsSecondError):
            promises.approve_promises(session, actor=grid.admin, number=number)
        second = make_actor(session, community_id=grid.community_id, name="孙丽")
        promises.approve_promises(session, actor=second, number=number)

    force = partial(shown.version_in_force, session, grid.community_id)
    assert (force(on=date(2026, 11, 19)), force(on=date(2026, 11, 20))) == (1, number)


def test_a_later_version_never_touches_a_registered_case(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(FRIDAY):
        old = make.make_case(session, grid)
    make_promises(session, grid, WORKING, on=date(2026, 11, 21))
    with clock.fixed_at(FRIDAY + timedelta(days=1)):
        new = make.make_case(session, grid)
        make.do(session, grid.officer, old.id, Command.CLAIM)

    seen = details.case(session, actor=grid.officer, case_id=old.id)
    assert (seen.policy_version, seen.steps[2].due_at) == (1, FRIDAY + timedelta(days=4))
    assert details.case(session, actor=grid.officer, case_id=new.id).policy_version == 2
    assert list(verify.findings(session)) == []


def test_what_is_said_before_reporting_follows_the_version(
    app: Flask, session: Session, grid: make.Grid
) -> None:
    resident, stranger = make.open_browser(app, session, grid.resident), app.test_client()
    assert "1 小时内有人回应您" in resident.get("/report").text
    make_promises(session, grid, WORKING, on=clock.today())
    session.commit()
    assert "1 小时工作时间内有人回应您" in resident.get("/report").text
    assert "1 小时工作时间内有人响应" in stranger.get("/public/report").text


def test_working_time_and_urgent_limits_follow_the_version(
    session: Session, grid: make.Grid
) -> None:
    make_promises(session, grid, WORKING, on=date(2026, 11, 20))
    with clock.fixed_at(FRIDAY):
        said = replace(make.an_intake(grid), is_urgent=True)
        case = intake.register_case(session, actor=grid.officer, intake=said)
        make.do(session, grid.officer, case.id, Command.CLAIM)
        seen = details.case(session, actor=grid.officer, case_id=case.id)

    assert seen.steps[0].due_at == datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
    assert seen.due_at == datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
    assert list(verify.findings(session)) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({Step.CLAIM: Limit(Step.CLAIM, 0, Unit.HOUR)}, errors.LimitOutOfRangeError),
        ({Step.CLAIM: Limit(Step.CLAIM, 181, Unit.DAY)}, errors.LimitOutOfRangeError),
        (
            {Step.CLAIM: Limit(Step.CLAIM, 1, Unit.HOUR, urgent_amount=2)},
            errors.UrgentNotShorterError,
        ),
        (
            {Step.CLAIM: Limit(Step.CLAIM, 1, Unit.HOUR, day_rule=DayRule.CIVIL)},
            errors.CivilNeedsDaysError,
        ),
        (None, errors.HoursOutOfOrderError),
    ],
)
def test_what_nobody_could_keep_is_refused(
    session: Session,
    grid: make.Grid,
    change: dict[Step, Limit] | None,
    error: type[Exception],
) -> None:
    policy = (
        replace(WORKING, hours=(Span(720, 540),))
        if change is None
        else replace(WORKING, limits={**WORKING.limits, **change})
    )
    with pytest.raises(error):
        promises.draft_promises(session, actor=grid.admin, policy=policy, in_force_on=clock.today())


def test_a_day_has_one_version_and_the_past_none(session: Session, grid: make.Grid) -> None:
    make_promises(session, grid, WORKING, on=date(2026, 11, 21))
    with pytest.raises(errors.PolicyDayTakenError):
        make_promises(session, grid, WORKING, on=date(2026, 11, 21))
    with pytest.raises(errors.PolicyInPastError):
        promises.draft_promises(
            session, actor=grid.admin, policy=WORKING, in_force_on=date(2026, 1, 1)
        )


def test_what_is_settled_stays(session: Session, grid: make.Grid) -> None:
    number = make_promises(session, grid, WORKING, on=date(2026, 11, 21))
    with pytest.raises(errors.PolicySettledError):
        promises.discard_promises(session, actor=grid.admin, number=number)
    with pytest.raises(errors.PolicyNotFoundError):
        promises.discard_promises(session, actor=grid.admin, number=77)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE deadline_policy SET note = 'x'", "deadline_policy_settled"),
        ("DELETE FROM deadline_policy", "deadline_policy_kept"),
        ("UPDATE deadline_limit SET amount = 2", "deadline_limit_settled"),
        ("DELETE FROM deadline_limit", "deadline_limit_settled"),
        ("UPDATE work_year SET source = 'x'", "work_year is append-only"),
        ("DELETE FROM work_day", "work_day is append-only"),
    ],
)
def test_the_database_refuses_to_rewrite_promises(
    session: Session, grid: make.Grid, statement: str, name: str
) -> None:
    make_promises(session, grid, WORKING, on=date(2026, 11, 21))
    _load_2027(session, grid)
    with pytest.raises(DBAPIError, match=f"{name}|permission denied"), session.begin_nested():
        session.execute(text(statement))


def _load_2027(session: Session, grid: make.Grid) -> int:
    return years.load_year(
        session,
        actor=grid.admin,
        year=2027,
        source="国务院办公厅关于2027年部分节假日安排的通知",
        rest_on=[date(2027, 1, 1), date(2027, 1, 4)],
        work_on=[date(2027, 1, 3)],
    )


def _job(session: Session) -> Job:
    return session.scalars(select(Job).where(Job.name == years.REBASE_JOB)).one()


def test_a_promise_into_an_unknown_year_is_reckoned_anew_once_it_is_loaded(
    session: Session, grid: make.Grid
) -> None:
    make_promises(session, grid, WORKING, on=date(2026, 11, 20))
    with clock.fixed_at(NEW_YEARS_EVE):
        case = make.make_case(session, grid)
        settled = make.make_case(session, grid)
        make.do(session, grid.officer, settled.id, Command.CLAIM)
        row = session.get_one(CaseFile, case.id)
        assert row.is_provisional
        assert row.respond_why is not None
        assert "2027 年的放假安排还没有公布" in row.respond_why["reason"]
    before = _due(session, grid, case.id, NEW_YEARS_EVE)

    with clock.fixed_at(NEW_YEARS_EVE + timedelta(minutes=5)):
        _load_2027(session, grid)
        job = _job(session)
        assert years.rebase(session, job.payload) == 2
        assert years.rebase(session, job.payload) == 0

    session.expire_all()
    assert before == datetime(2027, 1, 1, 1, 40, tzinfo=UTC)
    assert _due(session, grid, case.id, NEW_YEARS_EVE) == datetime(2027, 1, 3, 1, 40, tzinfo=UTC)
    assert not session.get_one(CaseFile, case.id).is_provisional
    kinds = session.scalars(select(CaseEvent.type).where(CaseEvent.case_id == case.id))
    assert list(kinds) == ["registered", "rebased"]
    assert list(verify.findings(session)) == []


def test_a_corrected_year_leaves_what_was_certain(session: Session, grid: make.Grid) -> None:
    make_promises(session, grid, WORKING, on=date(2026, 11, 20))
    with clock.fixed_at(FRIDAY):
        case = make.make_case(session, grid)
    before = _due(session, grid, case.id, FRIDAY)
    years.load_year(
        session, actor=grid.admin, year=2026, source="更正", rest_on=[date(2026, 11, 23)],
        work_on=[],
    )  # fmt: skip

    years.rebase(session, _job(session).payload)

    assert _due(session, grid, case.id, FRIDAY) == before
    assert list(verify.findings(session)) == []
    assert shown.years(session, grid.community_id)[2026].version == 2


def test_who_missed_the_job_is_asked_for_again(session: Session, grid: make.Grid) -> None:
    make_promises(session, grid, WORKING, on=date(2026, 11, 20))
    with clock.fixed_at(NEW_YEARS_EVE):
        make.make_case(session, grid)
        assert years.rebase_everywhere(session, {}) == 1
        assert years.rebase(session, _job(session).payload) == 0


@pytest.mark.parametrize(
    ("days", "source", "error"),
    [
        (([], []), "通知", errors.YearEmptyError),
        (([date(2027, 1, 1)], []), "  ", errors.YearSourceMissingError),
        (([date(2026, 1, 1)], []), "通知", errors.DayOfOtherYearError),
        (([date(2027, 1, 2)], [date(2027, 1, 2)]), "通知", errors.DayTwiceError),
        (([date(2027, 1, 1)], [date(2027, 1, 4)]), "通知", errors.MakeUpOnWeekdayError),
    ],
)
def test_what_cannot_be_a_notice_is_refused(
    session: Session,
    grid: make.Grid,
    days: tuple[list[date], list[date]],
    source: str,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        years.load_year(
            session, actor=grid.admin, year=2027, source=source, rest_on=days[0], work_on=days[1]
        )


def _form(**changes: str) -> dict[str, str]:
    said = {"in_force_on": clock.today().isoformat(), "morning_from": "09:00"}
    said |= {"morning_until": "12:00", "afternoon_from": "14:00", "afternoon_until": "18:00"}
    for step, amount, unit in (
        ("respond", "1", "hour"),
        ("claim", "1", "hour"),
        ("resolve", "3", "day"),
        ("feed_back", "5", "day"),
    ):
        said |= {f"{step}_amount": amount, f"{step}_unit": unit, f"{step}_pace": "working"}
    return said | changes


def test_pages_draft_approve_and_load(app: Flask, session: Session, grid: make.Grid) -> None:
    second = make_actor(session, community_id=grid.community_id, name="孙丽")
    admin = make.open_browser(app, session, grid.admin)
    wrong = admin.post("/promises/new", data=_form(claim_amount="900"))
    made = admin.post("/promises/new", data=_form(), follow_redirects=True)
    own = admin.post("/promises/2/approve", data={})
    approved = make.open_browser(app, session, second).post(
        "/promises/2/approve", data={}, follow_redirects=True
    )
    said = {"year": "2027", "source": "通知", "rest_on": "2027-01-01 – 2027-01-03"}
    loaded = admin.post("/promises/years/new", data=said, follow_redirects=True)
    unread = admin.post("/promises/years/new", data=said | {"rest_on": "元旦"})

    assert (wrong.status_code, own.status_code, unread.status_code) == (422, 403, 422)
    assert "等另一位批准" in made.text
    assert "批准了" in approved.text
    assert "放假 3 天" in loaded.text
    assert "2027-01-01 – 2027-01-03" in admin.get("/promises/years/new?year=2027").text
