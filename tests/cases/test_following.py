"""Reports without an account, the page behind the link, and what reporters answer there."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make import reports_in
from timebank.cases.errors import intake as errors
from timebank.cases.errors.steps import OutsideGridError, ReopenTooLateError
from timebank.cases.models.cases import CaseFile, CasePhoto
from timebank.cases.models.reporters import CaseReporter
from timebank.cases.queries import following, verify
from timebank.cases.rules import intake as rules
from timebank.cases.rules.flow import Command, EventType, State
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import answering, forgetting, public_reports, reporters, steps
from timebank.cases.service import intake as make_intake
from timebank.cases.service.public_reports import Receipt
from timebank.community.errors import PhoneInvalidError
from timebank.kernel import clock

SATISFIED = Satisfaction.SATISFIED


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _report(session: Session, grid: make.Grid, **said: object) -> Receipt:
    facts: dict[str, object] = {
        "key": uuid.uuid4(),
        "address": "10.0.0.1",
        "intake": reports_in.a_report(grid),
        "is_new": True,
    }
    return public_reports.report_openly(
        session,
        community_id=grid.community_id,
        **(facts | said),  # type: ignore[arg-type]
    )


def _row(session: Session, receipt: Receipt) -> CaseFile:
    reporter = following.by_token(session, receipt.token)
    return session.get_one(CaseFile, reporter.case_id)


def test_the_same_act_has_the_same_link_and_only_a_digest_is_kept(
    session: Session, grid: make.Grid
) -> None:
    key = uuid.uuid4()
    first = _report(session, grid, key=key)
    again = _report(session, grid, key=key)

    assert first == again
    assert len(first.token) >= 40
    assert session.scalars(select(CaseReporter.token_digest)).all() == [
        rules.token_digest(first.token)
    ]
    with pytest.raises(errors.LinkNotFoundError):
        following.by_token(session, first.token[:-1])


def test_machines_strange_places_and_bad_numbers_are_refused(
    session: Session, grid: make.Grid
) -> None:
    other = make.make_grid(session, code="LH")
    said = reports_in.a_report(grid)
    for facts, refusal in (
        ({"trap": "http://spam"}, errors.LooksLikeMachineError),
        ({"intake": replace(said, micro_grid_id=other.micro_grid_id)}, OutsideGridError),
        ({"intake": replace(said, reporter_phone="12")}, PhoneInvalidError),
    ):
        with pytest.raises(refusal), session.begin_nested():
            _report(session, grid, **facts)
    assert session.scalars(select(CaseFile.id)).all() == []


def test_one_address_waits_after_many_reports(session: Session, grid: make.Grid) -> None:
    now = clock.now()
    with clock.fixed_at(now):
        for _ in range(rules.PUBLIC_REPORTS_FREE):
            _report(session, grid)
        with pytest.raises(errors.ReportedTooOftenError):
            _report(session, grid)
        _report(session, grid, address="10.0.0.2")
    with clock.fixed_at(now + timedelta(hours=1)):
        _report(session, grid)


def test_a_stranger_says_that_it_is_the_same(session: Session, grid: make.Grid) -> None:
    first = _report(session, grid)
    with pytest.raises(errors.MayBeKnownError):
        _report(session, grid, is_new=False)
    joined = _report(session, grid, same_as=_row(session, first).id, key=uuid.uuid4())

    assert joined.is_joined
    assert joined.number == first.number
    view = following.followed(session, following.by_token(session, joined.token))
    assert view.title == ""
    assert following.followed(session, following.by_token(session, first.token)).title != ""


def test_the_page_tells_steps_and_words_and_nobodys_name(session: Session, grid: make.Grid) -> None:
    receipt = _report(session, grid)
    row = _row(session, receipt)
    make.do(session, grid.officer, row.id, Command.RESPOND)
    make.do(session, grid.officer, row.id, Command.CLAIM)
    steps.add_note(
        session, actor=grid.officer, case_id=row.id, words="户主姓赵", photos=[make.a_photo()]
    )

    view = following.followed(session, following.by_token(session, receipt.token))

    assert (view.holder_family_name, view.holder_role) == ("刘", "grid_officer")
    assert [one.type for one in view.events] == [
        EventType.CLAIMED,
        EventType.RESPONDED,
        EventType.REGISTERED,
    ]
    assert not any("赵" in one.words for one in view.events)
    assert [step.done_at is not None for step in view.steps] == [True, True, False, False]
    assert not view.may_answer


def test_photos_are_seen_when_staff_let_them(session: Session, grid: make.Grid) -> None:
    receipt = _report(session, grid)
    row = _row(session, receipt)
    make.do(session, grid.officer, row.id, Command.CLAIM)
    steps.add_note(session, actor=grid.officer, case_id=row.id, photos=[make.a_photo()])
    photo_id = session.scalars(select(CasePhoto.id)).one()
    reporter = following.by_token(session, receipt.token)
    with pytest.raises(errors.LinkNotFoundError):
        following.photo(session, reporter, photo_id)

    reporters.show_photo(session, actor=grid.officer, case_id=row.id, photo_id=photo_id)
    assert following.photo(session, reporter, photo_id).content
    reporters.hide_photo(session, actor=grid.officer, case_id=row.id, photo_id=photo_id)
    with pytest.raises(errors.LinkNotFoundError):
        following.photo(session, reporter, photo_id)
    with pytest.raises(errors.PhotoNotThisCaseError):
        reporters.show_photo(session, actor=grid.officer, case_id=row.id, photo_id=2**40)


def test_a_yes_feeds_back_and_a_no_begins_anew(session: Session, grid: make.Grid) -> None:
    receipt = _report(session, grid)
    row, reporter = _row(session, receipt), following.by_token(session, receipt.token)
    with pytest.raises(errors.AnswerTooEarlyError):
        answering.answer(session, reporter=reporter, is_solved=True, satisfaction=SATISFIED)
    make.do(session, grid.officer, row.id, Command.CLAIM)
    make.do(session, grid.officer, row.id, Command.RESOLVE)
    with pytest.raises(errors.WhyUnsolvedError):
        answering.answer(session, reporter=reporter, is_solved=False)
    answering.answer(session, reporter=reporter, is_solved=False, words="还堵着")
    assert (row.state, row.round) == (State.CLAIMED, 2)

    make.do(session, grid.officer, row.id, Command.RESOLVE)
    with pytest.raises(errors.SatisfactionMissingError):
        answering.answer(session, reporter=reporter, is_solved=True)
    answering.answer(session, reporter=reporter, is_solved=True, satisfaction=SATISFIED)
    assert row.state is State.CLOSED
    with pytest.raises(errors.AlreadyAnsweredError):
        answering.answer(session, reporter=reporter, is_solved=True, satisfaction=SATISFIED)
    with clock.fixed_at(clock.now() + timedelta(days=15)), pytest.raises(ReopenTooLateError):
        answering.answer(session, reporter=reporter, is_solved=False, words="又堵了")
    answering.answer(session, reporter=reporter, is_solved=False, words="又堵了")
    assert (row.state, row.round) == (State.CLAIMED, 3)


def test_of_several_reporters_all_are_asked_and_one_no_is_enough(
    session: Session, grid: make.Grid
) -> None:
    first = _report(session, grid)
    row = _row(session, first)
    second = _report(session, grid, same_as=row.id, key=uuid.uuid4())
    make.do(session, grid.officer, row.id, Command.CLAIM)
    make.do(session, grid.officer, row.id, Command.RESOLVE)
    one, other = (following.by_token(session, each.token) for each in (first, second))

    answering.answer(session, reporter=one, is_solved=True, satisfaction=SATISFIED)
    assert row.state is State.RESOLVED
    assert not following.followed(session, one).may_answer
    assert following.followed(session, other).may_answer
    answering.answer(session, reporter=other, is_solved=False, words="我家门口还有")
    assert (row.state, row.round) == (State.CLAIMED, 2)


def test_who_reported_a_merged_case_answers_for_themselves(
    session: Session, grid: make.Grid
) -> None:
    own, master = _report(session, grid), _report(session, grid, key=uuid.uuid4())
    mine, into = _row(session, own), _row(session, master)
    make.merge(session, grid, mine.id, master_id=into.id)
    make.do(session, grid.officer, into.id, Command.CLAIM)
    reporter = following.by_token(session, own.token)
    with pytest.raises(errors.AnswerTooEarlyError):
        answering.answer(session, reporter=reporter, is_solved=True, satisfaction=SATISFIED)
    make.do(session, grid.officer, into.id, Command.RESOLVE)

    page = following.followed(session, reporter)
    assert (page.case_id, page.is_merged, page.may_answer) == (mine.id, True, True)
    answering.answer(session, reporter=reporter, is_solved=True, satisfaction=SATISFIED)
    assert (mine.state, into.state) == (State.MERGED, State.RESOLVED)
    other = following.by_token(session, master.token)
    answering.answer(session, reporter=other, is_solved=True, satisfaction=SATISFIED)
    assert into.state is State.CLOSED
    answering.answer(session, reporter=reporter, is_solved=False, words="我这边还有")
    assert (into.state, into.round, mine.state) == (State.CLAIMED, 2, State.MERGED)
    assert list(verify.findings(session)) == []


def test_who_reported_is_forgotten_two_years_after_the_end(
    session: Session, grid: make.Grid
) -> None:
    told = replace(make.an_intake(grid), reporter_person_id=None)
    told = replace(told, reporter_name="王女士", reporter_phone="13900000009")
    made = make_intake.register_case(session, actor=grid.officer, intake=told)
    row = session.get_one(CaseFile, made.id)
    for command in (Command.RESPOND, Command.CLAIM, Command.RESOLVE, Command.FEED_BACK):
        make.do(session, grid.officer, row.id, command)
    assert row.state is State.CLOSED
    assert forgetting.forget(session, community_id=grid.community_id) == 0

    with clock.fixed_at(clock.now() + timedelta(days=731)):
        assert forgetting.forget(session, community_id=grid.community_id) == 1
        assert forgetting.forget(session, community_id=grid.community_id) == 0
    session.expire_all()
    (reporter,) = session.scalars(select(CaseReporter).where(CaseReporter.case_id == row.id))
    assert (row.reporter_name, row.reporter_phone, reporter.name, reporter.contact) == (None,) * 4
    assert reporter.erased_at is not None
    assert list(verify.findings(session)) == []


def test_a_reporter_before_the_case_is_found_by_the_proof(
    session: Session, grid: make.Grid
) -> None:
    row = _row(session, _report(session, grid))
    reporter = session.scalars(select(CaseReporter).where(CaseReporter.case_id == row.id)).one()
    assert list(verify.findings(session)) == []
    early = row.registered_at - timedelta(hours=1)
    session.execute(
        update(CaseReporter).where(CaseReporter.id == reporter.id).values(joined_at=early)
    )

    assert [one.table for one in verify.findings(session)] == ["case_reporter"]
