"""The printed passbook goes on where the last print ended, whoever prints, whatever is spoilt."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.volunteering import NOW, Street, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.ledger.queries import spans
from timebank.trail.models import PersonLook
from timebank.volunteering import verify
from timebank.volunteering.errors import passbook_prints as errors
from timebank.volunteering.models.passbook_prints import (
    PassbookBooklet,
    PassbookLine,
    PassbookPrint,
)
from timebank.volunteering.queries import passbook, statements
from timebank.volunteering.queries import passbook_prints as reads
from timebank.volunteering.rules import passbook_prints as rules
from timebank.volunteering.rules.passbook_prints import BookletView, Layout, Place, Sheet
from timebank.volunteering.service import passbook_prints as booklets
from timebank.volunteering.service import review

SMALL = Layout(lines_per_page=4, pages=2, fold_after_line=2)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _booklet(session: Session, street: Street) -> BookletView:
    found = reads.open_booklet(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    )
    assert found is not None
    return found


def _hand_out(session: Session, street: Street, serial: str = "A001") -> BookletView:
    booklets.hand_out_booklet(
        session, actor=street.officer, person_id=street.volunteer_person.id, serial=serial
    )
    return _booklet(session, street)


def _print(session: Session, street: Street, **more: Any) -> tuple[Any, list[Sheet]]:
    now = _booklet(session, street)
    told: dict[str, Any] = {"key": ids.new_id(), "expected_sequence": now.next_sequence}
    told |= more
    print_id = booklets.print_on(session, actor=street.officer, booklet_id=now.id, **told)
    found, _view, sheets = reads.sheets_of(session, actor=street.officer, print_id=print_id)
    return found, sheets


def _earn(session: Session, street: Street, *hours: int) -> list[int]:
    return [
        make_approved(session, street, start=f"{hour:02d}:00", end=f"{hour:02d}:30")
        for hour in hours
    ]


def _places(sheets: list[Sheet]) -> list[tuple[int, int, int]]:
    """Page, line and balance of every printed line."""
    return [
        (line.place.page, line.place.line, line.after_minutes)
        for sheet in sheets
        for line in sheet.lines
    ]


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def test_a_line_lies_where_the_paper_has_it() -> None:
    ruling = Layout(
        lines_per_page=20,
        top_tenths_mm=180,
        line_tenths_mm=65,
        fold_after_line=10,
        fold_tenths_mm=120,
    )
    assert [ruling.down_tenths_mm(line) for line in (1, 2, 10, 11, 20)] == [
        180, 245, 765, 950, 1535,
    ]  # fmt: skip
    assert [ruling.place(at) for at in (1, 20, 21, 45)] == [
        Place(1, 1), Place(1, 20), Place(2, 1), Place(3, 5),
    ]  # fmt: skip


def test_each_print_goes_on_below_the_last(session: Session) -> None:
    street = make_street(session)
    booklets.rule_booklets(session, actor=street.admin, ruling=SMALL)
    _earn(session, street, 8, 9, 10)
    _hand_out(session, street)

    first, sheets = _print(session, street)
    assert _places(sheets) == [(1, 1, 30), (1, 2, 60), (1, 3, 90)]
    assert (sheets[0].carried_minutes, sheets[0].turns_to) == (0, None)
    with pytest.raises(errors.NothingToPrintError):
        _print(session, street)

    _earn(session, street, 11, 12)
    second, sheets = _print(session, street)
    assert _places(sheets) == [(1, 4, 120), (2, 1, 150)]
    assert [(one.carried_minutes, one.turns_to) for one in sheets] == [(None, 2), (120, None)]
    assert (first.sequence, second.sequence) == (1, 2)
    assert (second.opening_minutes, second.closing_minutes) == (90, 150)
    assert session.scalars(select(PersonLook.reason).distinct()).all() == [booklets.LOOK_REASON]
    assert list(verify.findings(session, street.community.id)) == []


def test_what_is_taken_back_later_is_a_line_of_its_own(session: Session) -> None:
    street = make_street(session)
    record_id = _earn(session, street, 8)[0]
    _hand_out(session, street)
    _print(session, street)

    review.unapprove_service(
        session, actor=street.admin, record_id=record_id, key=ids.new_id(), reason="没有去"
    )

    _found, sheets = _print(session, street)
    assert [(line.minutes, line.after_minutes) for line in sheets[0].lines] == [(-30, 0)]
    assert sheets[0].lines[0].kind == "hours.earned.reversed"


def test_a_double_click_prints_once_and_a_late_look_is_refused(session: Session) -> None:
    street = make_street(session)
    _earn(session, street, 8)
    _hand_out(session, street)
    key = ids.new_id()

    first, _sheets = _print(session, street, key=key)
    again, _sheets = _print(session, street, key=key, expected_sequence=1)

    assert first.id == again.id
    _earn(session, street, 9)
    with pytest.raises(errors.PrintedMeanwhileError):
        _print(session, street, expected_sequence=1)


@pytest.mark.parametrize(("is_paper_used", "line"), [(False, 2), (True, 3)])
def test_a_spoilt_print_is_printed_again_where_the_paper_is_blank(
    session: Session, is_paper_used: bool, line: int
) -> None:
    street = make_street(session)
    _earn(session, street, 8)
    _hand_out(session, street)
    first, _sheets = _print(session, street)
    _earn(session, street, 9)
    second, _sheets = _print(session, street)

    def void(print_id: int) -> None:
        booklets.void_print(
            session,
            actor=street.officer,
            print_id=print_id,
            reason="卡纸",
            is_paper_used=is_paper_used,
        )

    with pytest.raises(errors.NotLastPrintError):
        void(first.id)
    void(second.id)
    with pytest.raises(errors.PrintVoidedError):
        void(second.id)

    third, sheets = _print(session, street)
    assert _places(sheets) == [(1, line, 60)]
    assert (third.sequence, third.opening_minutes) == (3, 30)
    assert list(verify.findings(session, street.community.id)) == []


def test_a_full_booklet_is_changed_and_its_balance_goes_on(session: Session) -> None:
    street = make_street(session)
    booklets.rule_booklets(
        session, actor=street.admin, ruling=Layout(lines_per_page=4, pages=1, fold_after_line=0)
    )
    _earn(session, street, 8, 9, 10, 11, 12)
    _hand_out(session, street)
    _found, sheets = _print(session, street)
    assert _places(sheets)[-1] == (1, 4, 120)
    with pytest.raises(errors.BookletFullError):
        _print(session, street)
    with pytest.raises(errors.SerialTakenError):
        _hand_out(session, street, serial="a001")

    fresh = _hand_out(session, street, serial="A002")

    assert (fresh.carried_minutes, fresh.next_position, fresh.waiting) == (120, 1, 1)
    _found, sheets = _print(session, street)
    assert (sheets[0].carried_minutes, _places(sheets)) == (120, [(1, 1, 150)])
    old = session.scalars(select(PassbookBooklet).where(PassbookBooklet.serial == "A001")).one()
    with pytest.raises(errors.BookletClosedError):
        booklets.print_on(
            session, actor=street.officer, key=ids.new_id(), booklet_id=old.id, expected_sequence=2
        )


def test_a_layout_must_lie_on_the_sheet(session: Session) -> None:
    street = make_street(session)
    with pytest.raises(errors.LayoutBeyondSheetError):
        booklets.rule_booklets(
            session, actor=street.admin, ruling=Layout(lines_per_page=40, line_tenths_mm=80)
        )


def _copy(session: Session, model: Any, **changes: Any) -> dict[str, Any]:
    row = session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()
    told = {c.name: getattr(row, c.name) for c in model.__table__.columns if c.name != "id"}
    return told | changes


def test_the_database_prints_no_line_twice_and_none_of_another(session: Session) -> None:
    street = make_street(session)
    _earn(session, street, 8)
    _hand_out(session, street)
    found, _sheets = _print(session, street)
    put, fresh = insert(PassbookPrint), {"act_key": ids.new_id()}

    again = _copy(session, PassbookPrint, sequence=2, first_position=1, last_position=1, **fresh)
    _refused(session, put.values(**again), "passbook_print_elsewhere")
    gap = _copy(session, PassbookPrint, sequence=3, first_position=2, last_position=2, **fresh)
    _refused(session, put.values(**gap), "passbook_print_next")
    _refused(session, update(PassbookPrint).values(closing_minutes=1), "passbook_print_told")
    _refused(session, delete(PassbookPrint), "passbook_print_kept|permission")
    line = insert(PassbookLine)
    twice = _copy(session, PassbookLine, position=2)
    _refused(session, line.values(**twice), "passbook_line_outside|transfer_id|uq_passbook")
    _refused(
        session,
        line.values(**_copy(session, PassbookLine, minutes=31)),
        "passbook_line_anothers|UNIQUE|uq_passbook",
    )
    _refused(session, update(PassbookLine).values(is_live=False), "passbook_line_stands")
    _refused(session, update(PassbookLine).values(position=2), "passbook_line_told")
    _refused(session, update(PassbookBooklet).values(carried_minutes=5), "passbook_booklet_told")
    assert found.lines == 1
    bare = _copy(session, PassbookPrint, sequence=2, first_position=2, last_position=2, **fresh)
    session.execute(put.values(**bare | {"closing_minutes": 99}))
    rules_broken = [one.rule for one in verify.findings(session, street.community.id)]
    assert rules_broken == [verify.RULE_PRINTED]


def test_what_is_printed_adds_up_to_the_books(session: Session) -> None:
    street = make_street(session)
    _earn(session, street, 8, 9, 10)
    _hand_out(session, street)
    _print(session, street)
    who = street.volunteer_person.id
    posted = passbook.balance(session, community_id=street.community.id, person_id=who).posted
    assert reads.printed_minutes(session, who) == posted
    account = statements.accounts_of(session, community_id=street.community.id, person_id=who)[0]
    assert spans.count_but(session, account.id, seen=reads.seen(who)) == 0
    assert rules.PRINTED_MAX >= 3
