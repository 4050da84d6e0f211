"""The verbs on both engines: what moves, what is refused, what is written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from tests.make.community import make_micro_grid, make_person
from timebank.cases.errors import steps as errors
from timebank.cases.models.cases import CaseEvent, CasePhoto
from timebank.cases.queries import details, lists, verify
from timebank.cases.rules import flow
from timebank.cases.rules.flow import Answer, Command, EventType, Outcome, Source, State, Step
from timebank.cases.service import intake, steps
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock
from timebank.trail.models import PersonLook

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _types(session: Session, case_id: int) -> list[str]:
    rows = select(CaseEvent.type).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)
    return list(session.scalars(rows))


def _assert_sound(session: Session) -> None:
    session.flush()
    assert list(verify.findings(session)) == []


@pytest.mark.parametrize("source", Source)
def test_every_source_is_registered_with_its_first_deadline(
    session: Session, grid: make.Grid, source: Source
) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, source=source)
        seen = details.case(session, actor=grid.officer, case_id=case.id)

    assert seen.number == "2026-0001"
    assert seen.source is source
    assert seen.step is Step.RESPOND
    assert seen.due_at == NOON + timedelta(hours=1)
    assert seen.steps[0].reason == "11月20日 12:00 登记，1 小时内响应，到 13:00"
    assert seen.place_label == "7号楼 3单元"


def test_numbers_run_without_a_gap_for_each_community_and_year(session: Session) -> None:
    one, other = make.make_grid(session), make.make_grid(session, code="XJ")
    numbers = []
    for moment, grid in ((NOON, one), (NOON, one), (NOON, other), (NOON.replace(year=2027), one)):
        with clock.fixed_at(moment):
            numbers.append(make.make_case(session, grid).number)

    assert numbers == ["2026-0001", "2026-0002", "2026-0001", "2027-0001"]
    _assert_sound(session)


def test_limits_are_chained_from_step_to_step(session: Session, grid: make.Grid) -> None:
    moments = [NOON + timedelta(minutes=minutes) for minutes in (0, 20, 31, 4000, 5000)]
    with clock.fixed_at(moments[0]):
        case = make.make_case(session, grid)
    order = (Command.RESPOND, Command.CLAIM, Command.RESOLVE, Command.FEED_BACK)
    for moment, command in zip(moments[1:], order, strict=True):
        with clock.fixed_at(moment):
            make.do(session, grid.officer, case.id, command)

    with clock.fixed_at(moments[-1]):
        seen = details.case(session, actor=grid.officer, case_id=case.id)

    assert [step.due_at for step in seen.steps] == [
        moments[0] + timedelta(hours=1),
        moments[1] + timedelta(hours=1),
        moments[2] + timedelta(days=3),
        moments[3] + timedelta(days=5),
    ]
    assert [step.used_minutes for step in seen.steps] == [20, 11, 3969, 1000]
    assert not any(step.clock and step.clock.is_late for step in seen.steps)


def test_late_is_a_comparison_when_reading(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid)

    for minutes, late in ((60, False), (61, True)):
        with clock.fixed_at(NOON + timedelta(minutes=minutes)):
            seen = details.case(session, actor=grid.officer, case_id=case.id)
            assert seen.clock is not None
            assert seen.clock.is_late is late


def test_who_claims_second_is_told_who_was_first(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)

    with pytest.raises(errors.AlreadyClaimedError) as refused:
        steps.claim(session, actor=grid.admin, case_id=case.id, expected_version=2)

    assert refused.value.facts["holder"] == "刘洋"


def test_a_stale_version_is_refused(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid)
    make.do(session, grid.officer, case.id, Command.NOTE, expected_version=1)

    with pytest.raises(errors.CaseChangedError):
        make.do(session, grid.officer, case.id, Command.NOTE, expected_version=1)


def test_found_and_fixed_writes_four_events_at_one_instant(
    session: Session, grid: make.Grid
) -> None:
    case = intake.fix_on_patrol(
        session,
        actor=grid.officer,
        intake=make.an_intake(grid, source=Source.PATROL),
        outcome=Outcome.SOLVED,
        words="当场搬走了。",
        photos=[make.a_photo()],
    )

    seen = details.case(session, actor=grid.officer, case_id=case.id)
    line = details.history(session, actor=grid.officer, case_id=case.id).items
    assert _types(session, case.id) == ["registered", "responded", "claimed", "resolved"]
    assert len({event.recorded_at for event in line}) == 1
    assert (seen.state, seen.holder_name) == (State.RESOLVED, "刘洋")
    assert len(line[0].photo_ids) == 1
    _assert_sound(session)


def test_a_resolution_needs_a_photo_or_the_reason_why_not(
    session: Session, grid: make.Grid
) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    resolve = partial(
        steps.resolve, session, actor=grid.officer, case_id=case.id, outcome=Outcome.SOLVED
    )

    with pytest.raises(errors.EvidenceMissingError):
        resolve(words="好了")
    with pytest.raises(errors.WordsMissingError):
        resolve(words="  ", photos=[make.a_photo()])
    resolve(words="好了", photos=[make.a_photo(), make.a_photo()])

    assert session.scalar(select(func.count()).select_from(CasePhoto)) == 2
    _assert_sound(session)


def test_too_many_photos_are_refused(session: Session, grid: make.Grid) -> None:
    with pytest.raises(errors.TooManyPhotosError):
        intake.register_case(
            session,
            actor=grid.officer,
            intake=make.an_intake(grid),
            photos=[make.a_photo()] * (flow.PHOTOS_MAX + 1),
        )


def test_unsolved_opens_the_next_round(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.RESOLVED)
    with clock.fixed_at(NOON + timedelta(days=1)):
        make.do(session, grid.officer, case.id, Command.FEED_BACK, answer=Answer.UNSOLVED)

        seen = details.case(session, actor=grid.officer, case_id=case.id)

    assert (seen.state, seen.round, seen.answer, seen.holder_name) == (
        State.CLAIMED,
        2,
        None,
        "刘洋",
    )
    assert seen.due_at == NOON + timedelta(days=4)
    _assert_sound(session)


def test_a_case_closed_too_long_ago_is_not_reopened(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.CLOSED)

    too_late = clock.fixed_at(NOON + timedelta(days=14, seconds=1))
    with too_late, pytest.raises(errors.ReopenTooLateError):
        make.do(session, grid.officer, case.id, Command.REOPEN)
    with clock.fixed_at(NOON + timedelta(days=14)):
        assert make.do(session, grid.officer, case.id, Command.REOPEN).state is State.CLAIMED


@pytest.mark.parametrize(
    ("back", "refusal"),
    [
        (timedelta(minutes=-1), errors.HappenedInFutureError),
        (timedelta(hours=24, minutes=1), errors.HappenedTooLongAgoError),
    ],
)
def test_what_happened_is_bounded_in_time(
    session: Session, grid: make.Grid, back: timedelta, refusal: type[Exception]
) -> None:
    with clock.fixed_at(NOON), pytest.raises(refusal):
        intake.register_case(
            session,
            actor=grid.officer,
            intake=make.an_intake(grid),
            occurred_at=NOON - back,
        )


def test_backdating_does_not_move_the_deadline(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        case = intake.register_case(
            session,
            actor=grid.officer,
            intake=make.an_intake(grid),
            occurred_at=NOON - timedelta(hours=5),
        )
        seen = details.case(session, actor=grid.officer, case_id=case.id)

    assert seen.due_at == NOON + timedelta(hours=1)


def test_an_officer_of_another_grid_finds_nothing(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid)
    place = make_micro_grid(session, grid.community_id, grid_no=5, building_no=20)
    stranger = make_actor(
        session,
        community_id=grid.community_id,
        roles=(("grid_officer", "grid", place.grid_id),),
        name="孙磊",
    )

    with pytest.raises(errors.CaseNotFoundError):
        details.case(session, actor=stranger, case_id=case.id)
    with pytest.raises(errors.CaseNotFoundError):
        make.do(session, stranger, case.id, Command.RESPOND)
    with pytest.raises(errors.OutsideGridError):
        intake.register_case(session, actor=stranger, intake=make.an_intake(grid))
    assert lists.cases(session, actor=stranger, wanted=lists.CaseFilter()).items == []


def test_another_community_finds_nothing(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid)
    other = make.make_grid(session, code="XJ")

    with pytest.raises(errors.CaseNotFoundError):
        details.case(session, actor=other.admin, case_id=case.id)
    with pytest.raises(errors.OutsideGridError):
        intake.register_case(session, actor=other.admin, intake=make.an_intake(grid))


def test_a_resident_reports_for_themselves_and_sees_no_notes(
    session: Session, grid: make.Grid
) -> None:
    case = intake.register_case(session, actor=grid.resident, intake=make.an_intake(grid))
    make.do(session, grid.officer, case.id, Command.NOTE)

    seen = details.case(session, actor=grid.resident, case_id=case.id)
    told = details.history(session, actor=grid.resident, case_id=case.id).items

    assert not seen.is_staff_view
    assert seen.commands == ()
    assert [event.type for event in told] == [EventType.REGISTERED]
    with pytest.raises(errors.OnlyOwnReportError):
        intake.register_case(
            session, actor=grid.resident, intake=make.an_intake(grid, source=Source.PATROL)
        )


def test_the_reporter_is_masked_until_a_reason_is_given(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid)
    seen = details.case(session, actor=grid.officer, case_id=case.id)

    assert seen.reporter is not None
    assert (seen.reporter.name, seen.reporter.phone) == ("周**", "138****0420")
    with pytest.raises(errors.LookReasonMissingError):
        steps.show_reporter(session, actor=grid.officer, case_id=case.id, reason=" ")
    shown = steps.show_reporter(session, actor=grid.officer, case_id=case.id, reason="约时间")

    assert (shown.name, shown.phone) == ("周桂芳", "13800000420")
    look = session.scalars(select(PersonLook)).one()
    assert (look.person_id, look.reason) == (grid.resident.person_id, "2026-0001 约时间")


def test_a_reporter_is_named_only_by_who_could_find_them(session: Session, grid: make.Grid) -> None:
    elsewhere = make_micro_grid(session, grid.community_id, grid_no=5, building_no=20)
    neighbour = make_person(
        session,
        community_id=grid.community_id,
        name="秦怀远",
        micro_grid_id=elsewhere.id,
        phone="13800000777",
    )
    said = replace(make.an_intake(grid), reporter_person_id=neighbour.id)

    with pytest.raises(PersonNotFoundError):
        intake.register_case(session, actor=grid.officer, intake=said)
    intake.register_case(session, actor=grid.admin, intake=said)

    _assert_sound(session)


def test_a_reporter_from_outside_is_sealed(session: Session, grid: make.Grid) -> None:
    said = replace(
        make.an_intake(grid),
        reporter_person_id=None,
        reporter_name="路过的人",
        reporter_phone="13900001111",
    )
    case = intake.register_case(session, actor=grid.officer, intake=said)
    session.flush()

    raw = session.execute(text("SELECT reporter_name, reporter_phone FROM case_file")).one()
    assert "路过" not in raw[0]
    assert "1390000" not in raw[1]
    shown = steps.show_reporter(session, actor=grid.officer, case_id=case.id, reason="回电")
    assert shown.phone == "13900001111"


def test_lists_put_the_late_first_then_the_nearest_deadline(
    session: Session, grid: make.Grid
) -> None:
    with clock.fixed_at(NOON - timedelta(hours=2)):
        late = make.make_case(session, grid, title="超时")
        later = make.make_case(session, grid, state=State.CLAIMED, title="三天")
    with clock.fixed_at(NOON):
        fresh = make.make_case(session, grid, title="新来的")
        done = make.make_case(session, grid, state=State.CLOSED, title="办结")
        found = lists.cases(session, actor=grid.officer, wanted=lists.CaseFilter()).items
        mine = lists.cases(
            session, actor=grid.officer, wanted=lists.CaseFilter(tab=lists.Tab.MINE)
        ).items
        counts = lists.counts(session, actor=grid.officer)

    assert [line.id for line in found] == [late.id, fresh.id, later.id, done.id]
    assert [line.id for line in mine] == [late.id, fresh.id, later.id]
    assert counts == lists.Counts(mine=3, late=1, soon=0, open=3)


def test_a_list_pages_by_deadline_without_loss(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        made = {make.make_case(session, grid).id for _ in range(5)}
        made |= {make.make_case(session, grid, state=State.CLOSED).id for _ in range(2)}
        seen: list[int] = []
        cursor = None
        while True:
            page = lists.cases(
                session,
                actor=grid.officer,
                wanted=lists.CaseFilter(),
                cursor=cursor,
                limit=2,
            )
            seen += [line.id for line in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_event SET role = 'x'",
        "DELETE FROM case_event",
        "UPDATE case_event_private SET body = 'x:y'",
        "UPDATE case_event_private SET erased_at = NULL",
        "DELETE FROM case_event_private",
    ],
)
def test_the_database_refuses_to_change_history(
    session: Session, grid: make.Grid, statement: str
) -> None:
    make.make_case(session, grid)
    session.flush()

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE INTO", "REPLACE INTO"])
def test_sqlite_refuses_to_replace_history(
    session: Session, grid: make.Grid, engine_name: str, verb: str
) -> None:
    make.make_case(session, grid)
    session.flush()
    if engine_name == "postgresql":
        verb = "INSERT INTO"
    columns = (
        "community_id, case_id, seq, type, role, occurred_at, recorded_at, payload,"
        " private_digest, prev_hash, hash"
    )
    statement = f"{verb} case_event (id, {columns}) SELECT id + 1000, {columns} FROM case_event"

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


def test_erased_words_do_not_break_the_chain(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.CLOSED)
    session.flush()
    moment = "2026-11-20 04:00:00.000000"
    session.execute(text(f"UPDATE case_event_private SET body = NULL, erased_at = '{moment}'"))

    _assert_sound(session)
    lines = details.history(session, actor=grid.officer, case_id=case.id).items
    assert {line.words for line in lines} == {None}
