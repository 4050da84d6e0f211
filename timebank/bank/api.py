"""The bank, for programs."""

from datetime import date

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from timebank.bank.queries import closings
from timebank.bank.queries import statements as queries
from timebank.bank.queries.statements import AccountView, ImportView, LineView
from timebank.bank.rules.closing import ClosedMonth, OpenMonth
from timebank.bank.rules.layouts import Layout
from timebank.bank.schemas import (
    BankAccountIn,
    BankAccountOut,
    BankImportOut,
    BankLineOut,
    ClosedMonthOut,
    ConfirmIn,
    LayoutIn,
    MonthIn,
    OpenMonthOut,
    PreviewOut,
    StatementFileIn,
    WaiverIn,
    shown,
)
from timebank.bank.service import accounts, closing, imports
from timebank.bank.service.imports import Preview
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, reads, writes

api = room_api("bank")


def _sees_names() -> bool:
    """Whether the reader works with the lines; others see names masked."""
    return current_actor().may("bank.import")


@api.get("/bank-accounts")
@needs("bank.read")
@reads
@gives(BankAccountOut, many=True)
def bank_accounts(session: Session) -> list[AccountView]:
    """The community's bank accounts with their balances."""
    return queries.accounts(session, current_actor().community_id)


@api.post("/bank-accounts")
@needs("bank.manage")
@writes(keyed=True)
@takes(BankAccountIn)
@gives(BankAccountOut, status=201)
def open_account(session: Session, *, bank_name: str, label: str, number: str) -> AccountView:
    """Open an account of the owners in common."""
    actor = current_actor()
    account_id = accounts.open_account(
        session, actor=actor, bank_name=bank_name, label=label, number=number
    )
    return queries.account(session, community_id=actor.community_id, account_id=account_id)


@api.get("/bank-accounts/<int:account_id>")
@needs("bank.read")
@reads
@gives(BankAccountOut)
def bank_account(session: Session, account_id: int) -> AccountView:
    """One bank account with its balance."""
    return queries.account(
        session, community_id=current_actor().community_id, account_id=account_id
    )


@api.get("/bank-accounts/<int:account_id>/lines")
@needs("bank.read")
@reads
@takes(PageIn, where="query")
@gives_page(BankLineOut)
def account_lines(
    session: Session, account_id: int, *, limit: int, cursor: str | None = None
) -> Page[LineView]:
    """An account's lines, newest first."""
    community_id = current_actor().community_id
    queries.account_row(session, community_id=community_id, account_id=account_id)
    page = queries.lines(
        session, community_id=community_id, account_id=account_id, cursor=cursor, limit=limit
    )
    return shown(page, sees_names=_sees_names())


@api.get("/bank-accounts/<int:account_id>/imports")
@needs("bank.read")
@reads
@gives(BankImportOut, many=True)
def account_imports(session: Session, account_id: int) -> list[ImportView]:
    """The last imports of an account, newest first."""
    community_id = current_actor().community_id
    queries.account_row(session, community_id=community_id, account_id=account_id)
    return queries.imports(session, community_id=community_id, account_id=account_id)


@api.get("/bank-lines/unclaimed")
@needs("bank.read")
@reads
@takes(PageIn, where="query")
@gives_page(BankLineOut)
def unclaimed(session: Session, *, limit: int, cursor: str | None = None) -> Page[LineView]:
    """The lines that nobody has claimed, in the order in which they were booked."""
    page = queries.unclaimed(
        session, community_id=current_actor().community_id, cursor=cursor, limit=limit
    )
    return shown(page, sees_names=_sees_names())


@api.post("/bank-accounts/<int:account_id>/imports")
@needs("bank.import")
@writes(keyed=True)
@takes(StatementFileIn, where="files")
@gives(PreviewOut, status=201)
def stage_statement(session: Session, account_id: int, *, file: FileStorage) -> Preview:
    """Dry run: read a statement, keep it aside for a day, and tell what it would do."""
    return imports.stage(
        session,
        actor=current_actor(),
        account_id=account_id,
        content=file.read(),
        file_name=file.filename or "",
    )


@api.get("/bank-imports/<int:import_id>")
@needs("bank.import")
@reads
@gives(PreviewOut)
def bank_import(session: Session, import_id: int) -> Preview:
    """What a staged statement would do as things stand now, or what a settled one did."""
    return imports.preview(session, community_id=current_actor().community_id, import_id=import_id)


@api.post("/bank-imports/<int:import_id>/layout")
@needs("bank.import")
@writes(keyed=True)
@takes(LayoutIn)
@gives(PreviewOut)
def save_layout(session: Session, import_id: int, *, layout: Layout) -> Preview:
    """Tell which column means what; the account remembers it for files with the same header."""
    return imports.save_layout(session, actor=current_actor(), import_id=import_id, layout=layout)


@api.post("/bank-imports/<int:import_id>/confirm")
@needs("bank.import")
@writes(keyed=True)
@takes(ConfirmIn)
@gives(PreviewOut)
def confirm_import(session: Session, import_id: int, *, are_doubtful_new: bool | None) -> Preview:
    """Book every new line of a staged statement: all of them, or none."""
    return imports.confirm(
        session,
        actor=current_actor(),
        import_id=import_id,
        are_doubtful_new=are_doubtful_new,
    )


@api.post("/bank-imports/<int:import_id>/discard")
@needs("bank.import")
@writes(keyed=True)
@gives(PreviewOut)
def discard_import(session: Session, import_id: int) -> Preview:
    """Throw a staged statement away."""
    return imports.discard(session, actor=current_actor(), import_id=import_id)


@api.get("/bank-closings")
@needs("bank.read")
@reads
@gives(ClosedMonthOut, many=True)
def bank_closings(session: Session) -> list[ClosedMonth]:
    """The closed months of all books of money, latest first."""
    return closings.closed_months(session, community_id=current_actor().community_id)


@api.get("/books/<int:book_id>/closing")
@needs("bank.read")
@reads
@gives(OpenMonthOut)
def month_closing(session: Session, book_id: int) -> OpenMonth:
    """The month of a book that is closed next, and what stands in its way."""
    return closings.open_month(session, community_id=current_actor().community_id, book_id=book_id)


@api.post("/books/<int:book_id>/closing/waivers")
@needs("bank.close")
@writes(keyed=True)
@takes(WaiverIn)
@gives(OpenMonthOut, status=201)
def waive_line(
    session: Session, book_id: int, *, line_id: int, month: date, reason: str
) -> OpenMonth:
    """Let a line stay open over the month's end, by name and with a reason."""
    actor = current_actor()
    closing.waive_line(
        session, actor=actor, book_id=book_id, line_id=line_id, month=month, reason=reason
    )
    return closings.open_month(session, community_id=actor.community_id, book_id=book_id)


@api.post("/books/<int:book_id>/closing")
@needs("bank.close")
@writes(keyed=True)
@takes(MonthIn)
@gives(ClosedMonthOut, status=201)
def close_month(session: Session, book_id: int, *, month: date) -> ClosedMonth:
    """Close the next month of a book."""
    return closing.close_month(session, actor=current_actor(), book_id=book_id, month=month)
