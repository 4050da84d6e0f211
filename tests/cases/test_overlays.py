"""Pauses, extensions, their answers, and rejection, on both engines."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make import cases as make
from timebank.cases.errors import overlays as errors
from timebank.cases.errors import steps as step_errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import details, lists, verify
from timebank.cases.queries.details import CaseView
from timebank.cases.rules.flow import Command, Refusal, State
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.service import overlays
from timebank.kernel import clock
from timebank.kernel.actor import Actor

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


@pytest.fixture
def case_id(session: Session, grid: make.Grid) -> int:
    """A case that was claimed at noon and is to be resolved three days later."""
    with clock.fixed_at(NOON):
        return make.make_case(session, grid, state=State.CLAIMED).id


def _seen(session: Session, actor: Actor, case_id: int, at: datetime) -> CaseView:
    with clock.fixed_at(at):
        return details.case(session, actor=actor, case_id=case_id)


def _pause(session: Session, grid: make.Grid, case_id: int, *, asked: datetime, last: int) -> None:
    """Let the officer ask, and the administrator grant an hour later."""
    with clock.fixed_at(asked):
        overlays.ask_pause(
            session,
            actor=grid.officer,
            case_id=case_id,
            reason=PauseReason.WORKS,
            last_on=date(2026, 11, last),
            words="等施工队。",
        )
    with clock.fixed_at(asked + timedelta(hours=1)):
        overlays.approve(session, actor=grid.admin, case_id=case_id)


def test_a_pause_moves_the_limit_by_exactly_its_time(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    _pause(session, grid, case_id, asked=NOON, last=22)
    granted = NOON + timedelta(hours=1)
    midnight = datetime(2026, 11, 22, 16, tzinfo=UTC)

    seen = _seen(session, grid.officer, case_id, granted)

    assert seen.paused_until == midnight
    assert seen.due_at == NOON + 3 * DAY + (midnight - granted)
    assert seen.steps[2].first_due_at == NOON + 3 * DAY
    assert "暂停" in (seen.steps[2].reason or "")
    assert list(verify.findings(session)) == []


def test_who_resumes_early_gives_back_what_was_not_used(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    _pause(session, grid, case_id, asked=NOON, last=22)
    with clock.fixed_at(NOON + timedelta(hours=6)):
        overlays.resume(session, actor=grid.officer, case_id=case_id)

    seen = _seen(session, grid.officer, case_id, NOON + timedelta(hours=7))

    assert (seen.paused_until, seen.due_at) == (None, NOON + 3 * DAY + timedelta(hours=5))
    assert list(verify.findings(session)) == []


def test_a_pause_ends_by_itself_and_the_case_goes_on(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    _pause(session, grid, case_id, asked=NOON, last=20)
    midnight = datetime(2026, 11, 20, 16, tzinfo=UTC)
    before, after = midnight - timedelta(seconds=1), midnight

    with clock.fixed_at(before), pytest.raises(errors.PausedNowError):
        make.do(session, grid.officer, case_id, Command.RESOLVE)
    with clock.fixed_at(after), pytest.raises(errors.NotPausedError):
        overlays.resume(session, actor=grid.officer, case_id=case_id)
    with clock.fixed_at(after):
        moved = make.do(session, grid.officer, case_id, Command.RESOLVE)

    assert moved.state is State.RESOLVED
    assert session.get_one(CaseFile, case_id).paused_until is None
    assert list(verify.findings(session)) == []


def test_a_pause_after_the_limit_cures_nothing(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    _pause(session, grid, case_id, asked=NOON + 4 * DAY, last=28)

    seen = _seen(session, grid.officer, case_id, NOON + 5 * DAY)

    assert seen.due_at == NOON + 3 * DAY
    assert seen.clock is not None
    assert seen.clock.is_late


def test_nobody_grants_their_own_request_and_anybody_takes_it_back(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    with clock.fixed_at(NOON):
        make.do(session, grid.officer, case_id, Command.ASK_PAUSE)
        with pytest.raises(errors.AlreadyAskedError):
            make.do(session, grid.officer, case_id, Command.ASK_EXTENSION)
        with pytest.raises(errors.OwnRequestError):
            overlays.approve(session, actor=grid.officer, case_id=case_id)
        own = details.case(session, actor=grid.officer, case_id=case_id)
        other = details.case(session, actor=grid.admin, case_id=case_id)
        overlays.decline(session, actor=grid.officer, case_id=case_id, words="不用了。")
        after = details.case(session, actor=grid.officer, case_id=case_id)

    assert Command.APPROVE not in own.commands
    assert {Command.APPROVE, Command.DECLINE} <= set(other.commands)
    assert (after.asked, after.due_at) == (None, NOON + 3 * DAY)
    assert list(verify.findings(session)) == []


def test_what_was_asked_for_and_has_passed_is_not_granted(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    with clock.fixed_at(NOON):
        make.do(session, grid.officer, case_id, Command.ASK_PAUSE)
    with clock.fixed_at(NOON + 3 * DAY), pytest.raises(errors.RequestLapsedError):
        overlays.approve(session, actor=grid.admin, case_id=case_id)


def test_an_extension_keeps_the_first_promise_and_the_second_needs_a_signature(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    ask = partial(
        overlays.ask_extension, session, actor=grid.officer, case_id=case_id, words="等配件。"
    )
    with clock.fixed_at(NOON):
        with pytest.raises(errors.ExtensionOutOfRangeError):
            ask(last_on=date(2026, 11, 22))
        ask(last_on=date(2026, 11, 25))
        overlays.approve(session, actor=grid.admin, case_id=case_id)
        seen = details.case(session, actor=grid.officer, case_id=case_id)
        with pytest.raises(errors.SignedFormMissingError):
            ask(last_on=date(2026, 11, 28))
        ask(last_on=date(2026, 11, 28), photos=[make.a_photo()])
        overlays.approve(session, actor=grid.admin, case_id=case_id)
        with pytest.raises(errors.NoMoreExtensionsError):
            ask(last_on=date(2026, 11, 30), photos=[make.a_photo()])

    assert seen.due_at == datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert seen.steps[2].first_due_at == NOON + 3 * DAY
    assert list(verify.findings(session)) == []


@pytest.mark.parametrize("last_on", [date(2026, 11, 19), date(2027, 1, 20)])
def test_a_pause_has_a_longest_and_a_shortest(
    session: Session, grid: make.Grid, case_id: int, last_on: date
) -> None:
    with clock.fixed_at(NOON), pytest.raises(errors.PauseOutOfRangeError):
        overlays.ask_pause(
            session,
            actor=grid.officer,
            case_id=case_id,
            reason=PauseReason.PARTS,
            last_on=last_on,
            words="等配件。",
        )


def test_only_a_case_in_hand_is_extended(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid)

    with pytest.raises(step_errors.StillRegisteredError):
        make.do(session, grid.officer, case.id, Command.ASK_EXTENSION)


def test_a_reopened_case_has_a_new_limit_without_the_old_pauses(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    _pause(session, grid, case_id, asked=NOON, last=20)
    with clock.fixed_at(NOON + DAY):
        make.do(session, grid.officer, case_id, Command.RESOLVE)
        make.do(session, grid.officer, case_id, Command.REOPEN)

    seen = _seen(session, grid.officer, case_id, NOON + DAY)

    assert (seen.due_at, seen.steps[2].moves) == (NOON + 4 * DAY, ())
    assert list(verify.findings(session)) == []


def test_a_rejected_case_leaves_the_list_and_tells_where_to_go(
    app: Flask, session: Session, grid: make.Grid
) -> None:
    case = make.make_case(session, grid)
    overlays.reject(
        session, actor=grid.officer, case_id=case.id, refusal=Refusal.NOT_OURS,
        words="请打 12345。",
    )  # fmt: skip

    told = make.open_browser(app, session, grid.resident).get(f"/cases/{case.id}").text

    assert lists.counts(session, actor=grid.officer).open == 0
    assert "请打 12345。" in told
    assert "不归社区管" in told
    assert list(verify.findings(session)) == []


def test_pages_ask_and_grant(app: Flask, session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    officer, admin = (make.open_browser(app, session, one) for one in (grid.officer, grid.admin))
    said = {"reason": "works", "last_on": (clock.today() + DAY).isoformat(), "words": "等施工队。"}

    asked = officer.post(f"/cases/{case.id}/ask-pause", data=said, follow_redirects=True)
    own = officer.post(f"/cases/{case.id}/approve", data={})
    granted = admin.post(f"/cases/{case.id}/approve", data={}, follow_redirects=True)
    listed = officer.get("/cases?tab=mine").text

    assert "等另一位批" in asked.text
    assert (own.status_code, "自己申请的不能自己批" in own.text) == (409, True)
    assert "时限已经顺延" in granted.text
    assert "暂停到" in listed
