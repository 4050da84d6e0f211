"""The reports of money for who keeps it: a list of them, each on screen, paper and as workbook."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any  # what is asked for differs by report

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from timebank.bank.queries import closings
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.rules import projects as project_rules
from timebank.kernel import clock
from timebank.kernel.paging import PAGE_SIZE, PAGE_SIZE_MAX
from timebank.ledger.queries import accounts
from timebank.reports.pages import bill_tables, money_tables
from timebank.reports.pages.account_words import SUBJECT_WORDS
from timebank.reports.pages.frame import bp
from timebank.reports.pages.money_asked import Asked
from timebank.reports.rules.money_reports import Line, MoneyReport, ReportName, subject_of
from timebank.reports.schemas.account_books import MoneyReportQuery
from timebank.reports.service import money_sheets
from timebank.web.doors import current_actor, needs, query, reads

_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAMES = f"<any({', '.join(repr(name.value) for name in ReportName)}):name>"
PRINTED_MAX = 2000
BUILD: Mapping[ReportName, Callable[[Asked], MoneyReport]] = {
    ReportName.INCOME_EXPENSE: money_tables.income_expense,
    ReportName.ACCOUNT_LEDGER: money_tables.account_ledger,
    ReportName.THREE_WAY: money_tables.three_way_sheet,
    ReportName.HOUSEHOLDS: bill_tables.households,
    ReportName.AGEING: bill_tables.ageing,
    ReportName.RETENTION: bill_tables.retention,
}
TITLES = {
    ReportName.INCOME_EXPENSE: _l("收支明细"),
    ReportName.ACCOUNT_LEDGER: _l("明细账"),
    ReportName.THREE_WAY: _l("三方对账表"),
    ReportName.HOUSEHOLDS: _l("分户明细"),
    ReportName.AGEING: _l("应收账龄"),
    ReportName.RETENTION: _l("未付质保金"),
}
HINTS = {
    ReportName.INCOME_EXPENSE: _l("一段日子里收了什么、花了什么，一笔一笔，按科目合计"),
    ReportName.ACCOUNT_LEDGER: _l("一个账户从期初到期末，每一笔后面的余额，带凭证号"),
    ReportName.THREE_WAY: _l("每个项目每一方：协议、银行、账本和四项差额"),
    ReportName.HOUSEHOLDS: _l("每户应缴、已缴、减免、还欠，按楼合计"),
    ReportName.AGEING: _l("还欠的钱过期多久了：没到期、30 天内、60 天内、90 天内、更久"),
    ReportName.RETENTION: _l("每个项目还扣着多少质保金，哪天到期"),
}


@bp.get("/bank/reports")
@needs("bank.read")
@reads
def money_reports(session: Session) -> ResponseReturnValue:
    """List the reports of money, each with what it answers."""
    return render_template(
        "reports/money_reports.html",
        names=list(ReportName),
        titles=TITLES,
        hints=HINTS,
        books=closings.books(session, current_actor().community_id),
    )


@bp.get(f"/bank/reports/{_NAMES}")
@needs("bank.read")
@reads
def money_report(session: Session, name: str) -> ResponseReturnValue:
    """Show a report on the screen, page by page; for an account's ledger choose it first."""
    wanted = query(MoneyReportQuery())
    cursor = wanted.pop("cursor", None)
    if name == ReportName.ACCOUNT_LEDGER and "account_id" not in wanted:
        return _accounts(session, wanted, cursor)
    report = _report(session, name, wanted)
    page = report.lines(cursor, PAGE_SIZE)
    again = _again(wanted)
    more = page.next_cursor
    return render_template(
        "reports/money_report.html",
        report=report,
        lines=page.items,
        is_first=cursor is None,
        wanted=wanted,
        again=again,
        next_url=more and url_for(".money_report", name=name, **again, cursor=more),
        choices=_choices(session, report.name),
    )


@bp.get(f"/bank/reports/{_NAMES}/print")
@needs("bank.read")
@reads
def money_report_print(session: Session, name: str) -> ResponseReturnValue:
    """Show a report on A4, whole up to some thousand lines."""
    wanted = query(MoneyReportQuery())
    wanted.pop("cursor", None)
    if name == ReportName.ACCOUNT_LEDGER and "account_id" not in wanted:
        return _accounts(session, wanted, None)
    report = _report(session, name, wanted)
    lines, is_cut = _printed(report)
    return render_template(
        "reports/money_report_print.html",
        report=report,
        lines=lines,
        is_cut=is_cut,
        is_first=True,
        again=_again(wanted),
        printed_at=clock.now(),
    )


@bp.get(f"/bank/reports/{_NAMES}.xlsx")
@needs("bank.read")
@reads
def money_report_file(session: Session, name: str) -> ResponseReturnValue:
    """Hand out a report whole, as a workbook without formulas."""
    wanted = query(MoneyReportQuery())
    wanted.pop("cursor", None)
    if name == ReportName.ACCOUNT_LEDGER and "account_id" not in wanted:
        return _accounts(session, wanted, None)
    report = _report(session, name, wanted)
    return send_file(
        money_sheets.workbook(report),
        mimetype=_SHEETS,
        as_attachment=True,
        download_name=f"{report.title} {clock.today():%Y-%m-%d}.xlsx",
    )


def _report(session: Session, name: str, wanted: Mapping[str, Any]) -> MoneyReport:
    """Put a report together."""
    return BUILD[ReportName(name)](Asked(session, current_actor(), wanted))


def _again(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked for as it stands in an address."""
    return {
        key: one.isoformat() if isinstance(one, date) else str(one).lower()
        for key, one in wanted.items()
        if one not in {None, False}
    }


def _printed(report: MoneyReport) -> tuple[list[Line], bool]:
    """Return a report's lines as far as they are printed, and whether there are more."""
    lines: list[Line] = []
    cursor: str | None = None
    while len(lines) < PRINTED_MAX:
        page = report.lines(cursor, PAGE_SIZE_MAX)
        lines += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return lines, cursor is not None


def _choices(session: Session, name: ReportName) -> dict[str, list[tuple[int, str]]]:
    """Return the books or projects that a report can be asked for, with their names."""
    community_id = current_actor().community_id
    if name is ReportName.INCOME_EXPENSE:
        return {"books": [(one.id, one.name) for one in closings.books(session, community_id)]}
    if name not in {ReportName.HOUSEHOLDS, ReportName.AGEING}:
        return {}
    found = project_reads.projects(
        session, community_id=community_id, states=project_rules.AGREED_ON, limit=PAGE_SIZE_MAX
    )
    return {"projects": [(one.id, f"{one.number} {one.title}") for one in found.items]}


def _accounts(
    session: Session, wanted: Mapping[str, Any], cursor: str | None
) -> ResponseReturnValue:
    """Show the accounts of a book of money to choose from."""
    community_id = current_actor().community_id
    books = closings.books(session, community_id)
    book_id = wanted.get("book_id") or next((one.id for one in books), 0)
    book = closings.book(session, community_id=community_id, book_id=book_id)
    page = accounts.accounts(session, community_id=community_id, book_id=book.id, cursor=cursor)
    name = ReportName.ACCOUNT_LEDGER.value
    more = page.next_cursor
    return render_template(
        "reports/money_accounts.html",
        books=books,
        book=book,
        accounts=[(one, subject_of(one.code)) for one in page.items],
        subject_words=SUBJECT_WORDS,
        next_url=more and url_for(".money_report", name=name, book_id=book.id, cursor=more),
    )
