"""The reports of money: computed from postings, as of a day, the same on screen, paper and file."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any  # keyword arguments of several reads

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.cofund import Office, make_office, pay_in
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank.queries import closings
from timebank.cofund.models.receivables import Holding, Receivable
from timebank.cofund.queries import household_bills, three_way
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import proofs as proof_reads
from timebank.cofund.rules.bills import HouseholdSums, first_days
from timebank.cofund.rules.projects import Party
from timebank.cofund.service import matching
from timebank.cofund.service.meetings import Wanted
from timebank.kernel import clock
from timebank.kernel.paging import BadCursorError, encode
from timebank.ledger.queries import accounts, periods
from timebank.ledger.rules.turnovers import Turnover
from timebank.ledger.rules.values import Side
from timebank.reports.queries import account_books, money_reports
from timebank.reports.rules import money_reports as rules
from timebank.reports.rules.money_reports import LedgerLine, ReportName

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))
TODAY = date(2026, 11, 28)
MONTH: dict[str, Any] = {"since": date(2026, 11, 1), "through": TODAY}


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def scene(session: Session, office: Office) -> Scene:
    """Return a project one of whose households paid through the bank, and the company by hand."""
    scene = make_scene(session, office)
    first = scene.owed[0]
    (line,) = bring_in(session, scene, (first.amount_fen, "业主", first.payment_code))
    matching.match_line(
        session, actor=office.finance, line_id=line.id, expected_version=line.version,
        wanted=[Wanted(f"receivable:{first.id}")],
    )  # fmt: skip
    pay_in(session, office, scene.project.id, Party.COMPANY, 5_005)
    return scene


def _book_id(session: Session, scene: Scene) -> int:
    return closings.books(session, scene.office.community_id)[0].id


def test_a_bill_is_late_from_the_day_after_it_is_due() -> None:
    assert first_days(TODAY) == (
        TODAY, TODAY - timedelta(30), TODAY - timedelta(60), TODAY - timedelta(90),
    )  # fmt: skip


def test_income_and_expense_are_summed_by_subject_each_on_its_side() -> None:
    moved = [
        Turnover(1, "fund:1:company", "", Side.CREDIT, 0, 50, 500),
        Turnover(2, "cost:1", "", Side.DEBIT, 0, 300, 20),
        Turnover(3, "fund:1:residents", "", Side.CREDIT, 0, 0, 7),
        Turnover(4, "interest", "", Side.CREDIT, 9, 0, 0),
    ]
    assert [(one.subject, one.income_fen, one.expense_fen) for one in rules.flow_sums(moved)] == [
        ("fund", 457, 0), ("cost", 0, 280),
    ]  # fmt: skip


def test_income_less_expense_is_what_all_other_accounts_gained(
    session: Session, scene: Scene
) -> None:
    book_id = _book_id(session, scene)
    sums = money_reports.flow_sums(session, book_id=book_id, **MONTH)
    net = sum(one.income_fen - one.expense_fen for one in sums)
    balance = account_books.trial_balance(
        session, community_id=scene.office.community_id, book_id=book_id, month=TODAY
    )
    others = [one for one in balance.rows if one.subject not in {*rules.INCOME, *rules.EXPENSE}]
    assert net == sum(one.debits_fen - one.credits_fen for one in others) > 0
    page = money_reports.flows(session, book_id=book_id, **MONTH, limit=200)
    assert sum(one.income_fen - one.expense_fen for one in page.items) == net


def test_an_accounts_ledger_runs_from_its_opening_to_its_closing_over_pages(
    session: Session, scene: Scene
) -> None:
    book_id, of = _book_id(session, scene), scene.office.community_id
    cash_id = accounts.account_id(session, book_id=book_id, code=f"cash:{scene.project.id}")
    owner = money_reports.account(session, community_id=of, account_id=cash_id or 0)
    moved = money_reports.account_sums(session, owner, **MONTH)
    lines: list[LedgerLine] = []
    cursor: str | None = None
    while True:
        page = money_reports.ledger_lines(
            session, owner, opening=moved.before, **MONTH, cursor=cursor, limit=1
        )
        lines += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(lines) == 2
    assert lines[-1].balance_fen == periods.balance_on(session, owner, TODAY) == moved.after
    assert lines[0].balance_fen == lines[0].debit_fen


@pytest.mark.parametrize("key", [["x", 1, 1], [1, 1, 1], ["2026-11-01", "x", 1]])
def test_a_cursor_of_another_list_is_refused(session: Session, key: list[str | int | None]) -> None:
    with pytest.raises(BadCursorError):
        money_reports.flows(session, book_id=1, **MONTH, cursor=encode(key), limit=1)
    with pytest.raises(BadCursorError):
        household_bills.households(
            session, community_id=1, day=TODAY, cursor=encode([*key, 1]), limit=1
        )


def test_what_households_owed_is_told_as_of_a_day(session: Session, scene: Scene) -> None:
    of: dict[str, Any] = {"community_id": scene.office.community_id, "project_id": scene.project.id}
    now = household_bills.sums(session, **of, day=TODAY)
    before = household_bills.sums(session, **of, day=TODAY - timedelta(1))
    kept = session.scalars(select(Receivable)).all()
    assert now.outstanding_fen == sum(one.outstanding_fen for one in kept)
    assert now.paid_fen == scene.owed[0].amount_fen
    assert (before.amount_fen, before.paid_fen) == (0, 0)
    seen: list[HouseholdSums] = []
    cursor: str | None = None
    while True:
        page = household_bills.households(session, **of, day=TODAY, cursor=cursor, limit=2)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sum(one.outstanding_fen for one in seen) == now.outstanding_fen
    assert len({one.household_id for one in seen}) == len(seen) == len(kept)


def test_ages_add_up_to_all_that_is_owed_and_move_with_the_day(
    session: Session, scene: Scene
) -> None:
    of: dict[str, Any] = {"community_id": scene.office.community_id}
    due_on = scene.owed[0].due_on
    owed = household_bills.sums(session, **of, day=TODAY).outstanding_fen
    ages = [household_bills.ages(session, **of, day=due_on + timedelta(late)) for late in
            (0, 1, 30, 31, 60, 61, 90, 91)]  # fmt: skip
    shown = [
        (a.not_due_fen, a.late_30_fen, a.late_60_fen, a.late_90_fen, a.later_fen) for a in ages
    ]
    assert [row.index(owed) for row in shown] == [0, 1, 1, 2, 2, 3, 3, 4]
    assert {one.total_fen for one in ages} == {owed}
    by_home = household_bills.ages_by_household(
        session, **of, project_id=scene.project.id, day=TODAY
    )
    (by_project,) = household_bills.ages_by_project(session, **of, day=TODAY).items
    assert sum(one.ages.total_fen for one in by_home.items) == by_project.ages.total_fen == owed


def test_the_sheet_of_all_projects_says_what_each_projects_proof_says(
    session: Session, scene: Scene
) -> None:
    of = scene.office.community_id
    rows = three_way.sheet(session, community_id=of).items
    view = project_reads.project(session, community_id=of, project_id=scene.project.id)
    assert [one.proof for one in rows] == list(proof_reads.proof(session, view).parties)


def test_screen_paper_and_file_say_the_same(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    cash_id = accounts.account_id(
        session, book_id=_book_id(session, scene), code=f"cash:{scene.project.id}"
    )
    session.commit()
    log_in(client, session, scene.office.finance)
    listed = client.get("/bank/reports").text
    for name in ReportName:
        at = f"/bank/reports/{name.value}"
        asked = f"?account_id={cash_id}" if name is ReportName.ACCOUNT_LEDGER else ""
        assert at in listed
        screen, paper = client.get(at + asked), client.get(f"{at}/print{asked}")
        file = client.get(f"{at}.xlsx{asked}")
        assert (screen.status_code, paper.status_code, file.status_code) == (200, 200, 200), name
        rows = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
        figures = [cell for cell in rows[-1] if isinstance(cell, float) and cell]
        if name is ReportName.RETENTION:
            assert not figures
            continue
        for cell in figures:
            assert f"{cell:,.2f}" in screen.text, name
            assert f"{cell:,.2f}" in paper.text, name


def test_names_are_in_full_only_for_who_brings_lines_in(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    session.commit()
    name = session.scalars(select(Holding.owner_name)).first() or ""
    log_in(client, session, scene.office.finance)
    assert name in client.get("/bank/reports/households").text
    log_in(client, session, scene.office.admin)
    assert name not in client.get("/bank/reports/households").text


def test_a_report_is_refused_to_strangers_and_for_what_is_not_there(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    session.commit()
    log_in(client, session, scene.office.finance)
    at = "/bank/reports"
    assert client.get(f"{at}/account-ledger?account_id=99999999").status_code == 404
    assert client.get(f"{at}/income-expense?book_id=99999999").status_code == 404
    assert client.get(f"{at}/households?project_id=99999999").status_code == 404
    assert client.get(f"{at}/ageing?on=2027-01-01").status_code == 422
    assert client.get(f"{at}/income-expense?since=2026-11-02&through=2026-11-01").status_code == 422
    assert client.get(f"{at}/nothing").status_code == 404


def _all(client: FlaskClient, path: str, **asked: str) -> list[dict[str, Any]]:
    """Return all items of a list for programs, two at a time."""
    found: list[dict[str, Any]] = []
    asked |= {"limit": "2"}
    while True:
        answer = client.get(f"/api/v1{path}", query_string=asked)
        assert answer.status_code == 200, (path, answer.text)
        page = answer.get_json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        asked["cursor"] = page["next_cursor"]


def test_for_programs_lines_add_up_to_the_sums(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    book_id, project_id = _book_id(session, scene), scene.project.id
    cash_id = accounts.account_id(session, book_id=book_id, code=f"cash:{project_id}")
    session.commit()
    log_in(client, session, scene.office.finance)

    def sums(path: str) -> dict[str, Any]:
        told: dict[str, Any] = client.get(f"/api/v1{path}").get_json()
        return told

    def total(path: str, name: str) -> int:
        return sum(one[name] for one in _all(client, path))

    flow = sums(f"/books/{book_id}/income-expense")
    assert flow["since"] == "2026-11-01"
    lines = f"/books/{book_id}/income-expense/lines"
    for name in ("income_fen", "expense_fen"):
        assert flow[name] == total(lines, name) == sum(one[name] for one in flow["subjects"])
    account = sums(f"/money-accounts/{cash_id}/turnover")
    moved = _all(client, f"/money-accounts/{cash_id}/lines")
    assert account["closing_fen"] == moved[-1]["balance_fen"] > 0
    assert account["debits_fen"] == sum(one["debit_fen"] for one in moved)
    bills = sums("/household-bills")
    homes = _all(client, "/household-bills/households")
    for name in ("amount_fen", "paid_fen", "waived_fen", "outstanding_fen"):
        assert bills["total"][name] == sum(one[name] for one in homes)
        assert bills["total"][name] == sum(one[name] for one in bills["buildings"])
    ages = sums("/household-bills/ageing")["ages"]
    by_home = _all(client, f"/projects/{project_id}/ageing")
    assert ages["total_fen"] == sum(one["ages"]["total_fen"] for one in by_home)
    assert [one["ages"] for one in _all(client, "/household-bills/ageing/projects")] == [ages]
    owed = [one for one in homes if one["outstanding_fen"]]
    assert [one["household_id"] for one in owed] == [one["household_id"] for one in by_home]
    assert _all(client, "/household-bills/households", only_open="true") == owed
    withheld = sums("/retention")
    for name in ("withheld_fen", "outstanding_fen"):
        assert withheld[name] == total("/retention/projects", name)
    rows = _all(client, "/three-way")
    assert {one["project_id"] for one in rows} == {project_id}
    assert all(one["proof"]["ledger_gap_fen"] == 0 for one in rows)


def test_for_programs_days_to_come_and_turned_round_and_others_books_are_refused(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    book_id = _book_id(session, scene)
    session.commit()
    log_in(client, session, scene.office.finance)
    for path, status, code in (
        ("/retention?on=2026-11-29", 422, "bad_as_of"),
        ("/household-bills?on=2099-01-01", 422, "bad_as_of"),
        (f"/books/{book_id}/income-expense?since=2026-11-02&through=2026-11-01", 422, "bad_span"),
        ("/books/99999999/income-expense", 404, None),
        ("/money-accounts/99999999/lines", 404, None),
        ("/projects/99999999/ageing", 404, None),
        ("/household-bills?project_id=99999999", 404, None),
        ("/household-bills?building=x", 422, None),
    ):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == status, (path, answer.text)
        assert code in {None, answer.get_json()["code"]}, path


def test_programs_read_names_in_full_only_for_who_brings_lines_in(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    session.commit()
    name = max(one or "" for one in session.scalars(select(Holding.owner_name)))
    for actor, shown in (
        (scene.office.finance, name),
        (scene.office.admin, name[:1] + "*" * (len(name) - 1)),
    ):
        log_in(client, session, actor)
        for path in ("/household-bills/households", f"/projects/{scene.project.id}/ageing"):
            assert shown in {one["owner_name"] for one in _all(client, path)}, path
