"""Statements into the books: only what is new, twins kept, and the books equal to the bank."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import bank as make
from tests.make.cofund import Office, make_office, make_project, pay_in
from timebank.bank import errors, verify
from timebank.bank.models.statements import BankImport, BankLine
from timebank.bank.queries import statements as queries
from timebank.bank.rules.layouts import Question, SignRule
from timebank.bank.rules.values import ImportState
from timebank.bank.service import accounts, imports
from timebank.cofund.models.projects import Contribution
from timebank.cofund.rules.projects import Party
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries
from timebank.ledger.service import periods

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time())
MADE = make.moves(126_000, -50_000, 8_802_000, -1, 2914, 126_000, 126_000, -376_236)


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def account_id(session: Session, office: Office) -> int:
    return make.make_account(session, office.admin)


def csv(made: list[make.Moved]) -> bytes:
    return make.csv_file(make.signed_rows(made))


def lines(session: Session, account_id: int) -> list[tuple[int, int]]:
    rows = session.execute(
        select(BankLine.amount_fen, BankLine.running_fen)
        .where(BankLine.account_id == account_id)
        .order_by(BankLine.position)
    )
    return [(row[0], row[1]) for row in rows]


def sound(session: Session, office: Office, account_id: int) -> queries.AccountView:
    """The account, whose books are proved and whose money is all unclaimed."""
    assert list(verify.findings(session, office.community_id)) == []
    view = queries.account(session, community_id=office.community_id, account_id=account_id)
    assert view.balance_fen == view.unclaimed_fen
    return view


def test_every_line_is_booked_against_what_is_unclaimed(
    session: Session, office: Office, account_id: int
) -> None:
    done = make.bring_in(session, office.finance, account_id, csv(MADE))

    assert (done.state, done.new_count, done.known_count) == (ImportState.CONFIRMED, 8, 0)
    assert sound(session, office, account_id).balance_fen == MADE[-1].balance
    booked = lines(session, account_id)
    assert booked[0] == (1_000_000, 1_000_000), "what the account held before its first line"
    assert booked[1:] == [(one.fen, one.balance) for one in MADE]
    row = session.scalars(select(BankLine).order_by(BankLine.position.desc())).first()
    assert row is not None
    moved = entries.moved(session, [row.entry_id])[row.entry_id]
    assert moved == [(f"unclaimed:{account_id}", f"bank:{account_id}", 376_236)]
    entry = entries.entry(session, row.entry_id)
    assert (entry.kind, entry.effective_on) == ("bank.line", MADE[-1].day)
    assert "王建民" not in entry.memo + entry.document + entry.reason


def test_names_and_words_are_sealed_in_the_database(
    session: Session, office: Office, account_id: int
) -> None:
    make.bring_in(session, office.finance, account_id, csv(MADE))

    raw = session.execute(text("SELECT party_name, text, reference FROM bank_line")).all()
    assert raw
    assert not any("王" in cell or "充电" in cell for row in raw for cell in row)
    assert session.scalar(select(func.count()).where(BankImport.content.is_not(None))) == 0


def test_importing_again_or_an_overlap_adds_only_what_is_new(
    session: Session, office: Office, account_id: int
) -> None:
    make.bring_in(session, office.finance, account_id, csv(MADE[:5]))
    again = make.bring_in(session, office.finance, account_id, csv(MADE[:5]))
    overlap = make.bring_in(session, office.finance, account_id, csv(MADE[2:]))
    inside = make.bring_in(session, office.finance, account_id, csv(MADE[2:6]))

    assert [(one.new_count, one.known_count) for one in (again, overlap, inside)] == [
        (0, 5), (3, 3), (0, 4),
    ]  # fmt: skip
    assert sound(session, office, account_id).balance_fen == MADE[-1].balance
    assert len(lines(session, account_id)) == 9


def test_another_layout_and_format_of_the_same_lines_adds_nothing(
    session: Session, office: Office, account_id: int
) -> None:
    make.bring_in(session, office.finance, account_id, csv(MADE))

    for content in (
        make.csv_file(make.split_rows(MADE), encoding="gb18030"),
        make.xlsx_file(make.marked_rows(MADE)),
        make.mt940_file(MADE),
        make.camt_file(MADE),
        make.ofx_file(MADE),
    ):
        assert make.bring_in(session, office.finance, account_id, content).new_count == 0
    assert sound(session, office, account_id).line_count == 9


def test_genuine_twins_are_kept_and_known_again(
    session: Session, office: Office, account_id: int
) -> None:
    # In and out and in again: even the balances of the two are the same.
    twins = [replace(one, day=make.FIRST) for one in make.moves(500, -500, 500, -500)]
    make.bring_in(session, office.finance, account_id, csv(twins[:2]))
    done = make.bring_in(session, office.finance, account_id, csv(twins))
    again = make.bring_in(session, office.finance, account_id, csv(twins))

    assert (done.new_count, done.known_count) == (2, 2)
    assert (again.new_count, again.known_count) == (0, 4)
    assert sound(session, office, account_id).balance_fen == 1_000_000


def test_twins_without_balances_are_counted(
    session: Session, office: Office, account_id: int
) -> None:
    twins = [replace(one, day=make.FIRST) for one in make.moves(500, 500)]

    def masked(made: list[make.Moved]) -> bytes:
        return make.csv_file(make.split_rows(made, balance="***.**"))

    first = make.bring_in(session, office.finance, account_id, masked(twins[:1]))
    second = make.bring_in(session, office.finance, account_id, masked(twins))
    third = make.bring_in(session, office.finance, account_id, masked(twins))

    assert [one.new_count for one in (first, second, third)] == [1, 1, 0]
    assert lines(session, account_id) == [(500, 500), (500, 1000)]


def test_what_may_be_booked_already_is_decided_by_somebody(
    session: Session, office: Office, account_id: int
) -> None:
    """The same day and amount, other words, and no balance that could tell."""
    make.bring_in(session, office.finance, account_id, csv(MADE[:4]))
    other = [replace(one, said="别的附言") for one in MADE[:4]]
    content = make.csv_file(make.split_rows(other, balance="***"))
    staged = imports.stage(
        session, actor=office.finance, account_id=account_id, content=content, file_name="b.csv"
    )
    assert (staged.new_count, staged.doubtful_count) == (0, 4)

    with pytest.raises(errors.DoubtUndecidedError):
        imports.confirm(session, actor=office.finance, import_id=staged.id)
    done = imports.confirm(
        session, actor=office.finance, import_id=staged.id, are_doubtful_new=False
    )
    assert done.new_count == 0
    assert sound(session, office, account_id).line_count == 5


def test_after_lines_without_balances_the_first_balance_anchors_the_account(
    session: Session, office: Office, account_id: int
) -> None:
    masked = make.csv_file(make.split_rows(MADE[:4], balance="xx,yyyy.zz"))
    make.bring_in(session, office.finance, account_id, masked)
    assert queries.standing(session, account_id).is_anchored is False

    make.bring_in(session, office.finance, account_id, csv(MADE[4:]))
    assert sound(session, office, account_id).balance_fen == MADE[-1].balance


def refused(session: Session, office: Office, account_id: int, content: bytes) -> list[str]:
    staged = imports.stage(
        session, actor=office.finance, account_id=account_id, content=content, file_name="c.csv"
    )
    before = len(lines(session, account_id))
    with pytest.raises(errors.BankImportHasProblemsError):
        imports.confirm(session, actor=office.finance, import_id=staged.id)
    assert len(lines(session, account_id)) == before
    return [one.error.code for one in staged.problems]


def test_a_gap_between_statements_an_insertion_and_an_omission_are_refused(
    session: Session, office: Office, account_id: int
) -> None:
    make.bring_in(session, office.finance, account_id, csv(MADE[2:6]))

    assert refused(session, office, account_id, csv(MADE[7:])) == ["bank_books_gap"]
    assert refused(session, office, account_id, csv(MADE[:4])) == ["bank_before_books"] * 2
    without = [replace(one, day=one.day) for one in (*MADE[2:4], *MADE[6:])]
    codes = refused(session, office, account_id, csv(without))
    assert set(codes) == {"bank_chain_gap"}
    early = make.csv_file(make.split_rows(MADE[:1], balance="***"))
    assert refused(session, office, account_id, early) == ["bank_before_books"]
    assert sound(session, office, account_id).balance_fen == MADE[5].balance


def test_a_booked_line_that_a_later_file_leaves_out_is_named(
    session: Session, office: Office, account_id: int
) -> None:
    """Two rows taken out so that the chain of the file still holds."""
    round_trip = make.moves(700, 300, -300, 100, 50)
    make.bring_in(session, office.finance, account_id, csv(round_trip))
    without = [round_trip[0], *round_trip[3:]]

    codes = refused(session, office, account_id, csv(without))
    assert codes == ["bank_booked_missing"] * 2


def test_what_does_not_chain_is_refused_before_anything_is_booked(
    session: Session, office: Office, account_id: int
) -> None:
    rows = make.signed_rows(MADE)
    del rows[5]
    assert refused(session, office, account_id, make.csv_file(rows)) == ["bank_chain_gap"]
    assert lines(session, account_id) == []


def test_a_layout_is_asked_for_once_and_remembered_for_the_account(
    session: Session, office: Office, account_id: int
) -> None:
    def marked(made: list[make.Moved]) -> bytes:
        return make.csv_file([row[:3] + row[4:] for row in make.marked_rows(made)])

    staged = imports.stage(
        session,
        actor=office.finance,
        account_id=account_id,
        content=marked(MADE[:4]),
        file_name="d",
    )
    assert [one.question for one in staged.asked] == [Question.SIGN]
    with pytest.raises(errors.BankImportAsksError):
        imports.confirm(session, actor=office.finance, import_id=staged.id)
    assert staged.reading is not None
    told = replace(staged.reading.layout, sign=SignRule.SIGNED)
    after = imports.save_layout(session, actor=office.finance, import_id=staged.id, layout=told)
    assert (list(after.asked), after.new_count) == ([], 4)
    imports.confirm(session, actor=office.finance, import_id=staged.id)

    assert make.bring_in(session, office.finance, account_id, marked(MADE[4:])).new_count == 4
    other = make.make_account(session, office.admin, number="6222000011119999")
    again = imports.stage(
        session, actor=office.finance, account_id=other, content=marked(MADE), file_name="d"
    )
    assert again.asked, "what one account taught holds for that account alone"


def test_a_statement_of_another_account_is_refused(session: Session, office: Office) -> None:
    other = make.make_account(session, office.admin, number="6222000011119999")

    with pytest.raises(errors.OtherAccountError) as found:
        make.bring_in(session, office.finance, other, make.mt940_file(MADE))
    assert found.value.facts == {"found": "4417", "wanted": "9999"}
    right = make.make_account(session, office.admin)
    masked = make.mt940_file(MADE).replace(make.NUMBER.encode(), b"6222****4417")
    assert make.bring_in(session, office.finance, right, masked).new_count == len(MADE)


def test_an_account_is_opened_once_under_any_writing_of_its_number(
    session: Session, office: Office, account_id: int
) -> None:
    for number in ("6222 0000 1111 4417", "6222-0000-1111-4417"):
        with pytest.raises(errors.BankAccountKnownError):
            make.make_account(session, office.admin, number=number)
    with pytest.raises(errors.BankNumberInvalidError):
        make.make_account(session, office.admin, number="十二")
    stranger = make_office(session, code="XX")
    with pytest.raises(errors.BankAccountNotFoundError):
        queries.account(session, community_id=stranger.community_id, account_id=account_id)
    make.make_account(session, stranger.admin)


def test_settled_imports_stay_settled_and_old_ones_are_wiped(
    session: Session, office: Office, account_id: int
) -> None:
    staged = imports.stage(
        session, actor=office.finance, account_id=account_id, content=csv(MADE), file_name="e.csv"
    )
    imports.discard(session, actor=office.finance, import_id=staged.id)
    for verb in (imports.discard, imports.confirm):
        with pytest.raises(errors.BankImportSettledError):
            verb(session, actor=office.finance, import_id=staged.id)
    old = imports.stage(
        session, actor=office.finance, account_id=account_id, content=csv(MADE), file_name="e.csv"
    )
    with clock.fixed_at(NOW + timedelta(hours=25)):
        imports.stage(
            session, actor=office.finance, account_id=account_id, content=csv(MADE), file_name="f"
        )
    view = imports.preview(session, community_id=office.community_id, import_id=old.id)
    assert view.state is ImportState.DISCARDED


def test_a_line_of_a_closed_month_takes_effect_today_and_says_so(
    session: Session, office: Office, account_id: int
) -> None:
    book_id = ledger_accounts.book_id(
        session, community_id=office.community_id, code=accounts.OWNERS_BOOK
    )
    assert book_id is not None
    periods.close_period(session, actor=office.admin, book_id=book_id, through_on=date(2026, 3, 31))
    make.bring_in(session, office.finance, account_id, csv(MADE))

    row = session.scalars(select(BankLine).order_by(BankLine.position.desc())).first()
    assert row is not None
    entry = entries.entry(session, row.entry_id)
    assert (row.booked_on, entry.effective_on) == (MADE[-1].day, date(2026, 11, 28))
    assert MADE[-1].day.isoformat() in entry.reason
    sound(session, office, account_id)


WRONG_LINES: dict[str, dict[str, int | None]] = {
    "bank_line_follows": {"running_fen": 5, "balance_fen": None},
    "books_equal_bank": {"balance_fen": 5},
    "amount_fen": {"amount_fen": 0, "running_fen": MADE[-1].balance, "balance_fen": None},
}


@pytest.mark.parametrize("rule", WRONG_LINES)
def test_the_database_refuses_a_line_that_does_not_follow(
    session: Session, office: Office, account_id: int, rule: str
) -> None:
    make.bring_in(session, office.finance, account_id, csv(MADE))
    last = session.scalars(select(BankLine).order_by(BankLine.position.desc())).first()
    assert last is not None
    names = [column.name for column in BankLine.__table__.columns]
    columns: dict[str, object] = {name: getattr(last, name) for name in names}
    row = columns | {"id": last.id + 1, "position": last.position + 1}
    row["entry_id"] = _entry_of_no_line(session, office)
    row |= {"running_fen": last.running_fen + last.amount_fen, "balance_fen": None}

    with pytest.raises(DBAPIError) as found, session.begin_nested():
        session.execute(insert(BankLine).values(row | WRONG_LINES[rule]))
    assert rule in str(found.value.orig)


def _entry_of_no_line(session: Session, office: Office) -> object:
    project = make_project(session, office)
    pay_in(session, office, project.id, Party.COMPANY, 100)
    return session.scalar(select(Contribution.entry_id))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bank_line SET amount_fen = 1",
        "DELETE FROM bank_line",
        "UPDATE bank_import SET closing_fen = 1",
        "DELETE FROM bank_account",
        "UPDATE bank_account SET number_index = 'x'",
        "UPDATE bank_account SET unclaimed_account_id = NULL",
    ],
)
def test_the_database_refuses_changes_of_what_was_booked(
    session: Session, office: Office, account_id: int, statement: str
) -> None:
    make.bring_in(session, office.finance, account_id, csv(MADE))

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


def test_a_refusal_leaves_no_staged_file(session: Session, office: Office, account_id: int) -> None:
    for content in (
        b"",
        b"\x00" * 50,
        b"<html></html>",
        b"PK\x03\x04junk",
        "a,b\n1,2\n".encode("utf-16"),
    ):
        with pytest.raises(DomainError):
            imports.stage(
                session, actor=office.finance, account_id=account_id, content=content, file_name="x"
            )
    assert session.scalar(select(func.count()).select_from(BankImport)) == 0
