"""The bank's pages: accounts, statements on their way into the books, lines, what is unclaimed."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from timebank.bank.queries import closings
from timebank.bank.queries import statements as queries
from timebank.bank.rules.days import DayOrder
from timebank.bank.rules.headers import HEADER_ROWS_MAX, Column
from timebank.bank.rules.layouts import SignRule
from timebank.bank.rules.values import ImportState, SkipReason, StatementKind
from timebank.bank.schemas import (
    BankAccountIn,
    ConfirmForm,
    LayoutForm,
    MonthForm,
    PageQuery,
    WaiverForm,
    shown,
)
from timebank.bank.service import accounts as account_verbs
from timebank.bank.service import closing
from timebank.bank.service import imports as import_verbs
from timebank.community.errors import FileMissingError
from timebank.kernel.paging import Page
from timebank.web import words
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)

bp = Blueprint("bank", __name__)
SAMPLE_ROWS = 6

STATE_WORDS = {
    ImportState.STAGED: ("waiting", _l("等确认")),
    ImportState.CONFIRMED: ("done", _l("已入账")),
    ImportState.DISCARDED: ("off", _l("没有入账")),
}
KIND_WORDS = {
    StatementKind.TABLE: _l("表格"),
    StatementKind.MT940: "MT940",
    StatementKind.CAMT053: "CAMT.053",
    StatementKind.OFX: "OFX",
}
COLUMN_WORDS = {
    Column.DAY: _l("日期"),
    Column.TIME: _l("时间"),
    Column.AMOUNT: _l("金额（只有一列时）"),
    Column.INCOME: _l("收入"),
    Column.EXPENSE: _l("支出"),
    Column.SIDE: _l("收支或借贷标志"),
    Column.BALANCE: _l("余额"),
    Column.PARTY_NAME: _l("对方户名"),
    Column.PARTY_ACCOUNT: _l("对方账号"),
    Column.TEXT: _l("摘要和附言"),
    Column.REFERENCE: _l("流水号"),
    Column.STATUS: _l("交易状态"),
    Column.CURRENCY: _l("币种"),
}
SIGN_WORDS = {
    SignRule.SIGNED: _l("照文件写的：正数、收、贷是进账"),
    SignRule.REVERSED: _l("反过来：负数、付、借是进账"),
    SignRule.ALL_IN: _l("全是进账"),
    SignRule.ALL_OUT: _l("全是出账"),
}
DAY_ORDER_WORDS = {
    DayOrder.MONTH_FIRST: _l("先月后日：03/02 是 3 月 2 日"),
    DayOrder.DAY_FIRST: _l("先日后月：03/02 是 2 月 3 日"),
}
EVIDENCE_WORDS = {
    "breaks": _l("余额接不上 %(count)s 处"),
    "impossible": _l("%(count)s 行不成日期"),
    "outside": _l("%(count)s 行不在对账单的起止日期里"),
    "backward": _l("日期前后倒 %(count)s 次"),
    "span": _l("从头到尾跨 %(count)s 天"),
    "rows": _l("%(count)s 行"),
}
SKIP_WORDS = {
    SkipReason.FOOTER: _l("合计或说明"),
    SkipReason.HEADER: _l("重复的表头"),
    SkipReason.ZERO: _l("金额是 0"),
    SkipReason.NEUTRAL: _l("不计收支"),
    SkipReason.VOID: _l("交易没有成"),
    SkipReason.PENDING: _l("还没有入银行的账"),
}
bp.context_processor(
    lambda: {
        "state_words": STATE_WORDS,
        "kind_words": KIND_WORDS,
        "column_words": COLUMN_WORDS,
        "sign_words": SIGN_WORDS,
        "day_order_words": DAY_ORDER_WORDS,
        "evidence_words": EVIDENCE_WORDS,
        "skip_words": SKIP_WORDS,
        "say": words.say,
    }
)


@bp.get("/bank")
@needs("bank.read")
@reads
def accounts(session: Session) -> ResponseReturnValue:
    """Show the bank accounts, what is in them and what is unclaimed."""
    found = queries.accounts(session, current_actor().community_id)
    return render_template("bank/accounts.html", accounts=found)


@bp.get("/bank/accounts/new")
@needs("bank.manage")
@reads
def new_account(_session: Session) -> ResponseReturnValue:
    """Show the form of a new account."""
    return render_template("bank/new_account.html")


@bp.post("/bank/accounts/new")
@needs("bank.manage")
@returns_to(new_account)
@writes
def open_account(session: Session) -> ResponseReturnValue:
    """Open an account."""
    account_id = account_verbs.open_account(session, actor=current_actor(), **body(BankAccountIn()))
    return see_other(url_for(".account", account_id=account_id), _("账户登记好了，可以导对账单"))


@bp.get("/bank/accounts/<int:account_id>")
@needs("bank.read")
@reads
def account(session: Session, account_id: int) -> ResponseReturnValue:
    """Show an account: its balance, its lines, its imports."""
    actor = current_actor()
    page = queries.lines(
        session,
        community_id=actor.community_id,
        account_id=account_id,
        cursor=query(PageQuery()).get("cursor"),
    )
    cursor = page.next_cursor
    return render_template(
        "bank/account.html",
        account=queries.account(session, community_id=actor.community_id, account_id=account_id),
        page=shown(page, sees_names=actor.may("bank.import")),
        imports=queries.imports(session, community_id=actor.community_id, account_id=account_id),
        next_url=cursor and url_for(".account", account_id=account_id, cursor=cursor),
    )


@bp.post("/bank/accounts/<int:account_id>/imports")
@needs("bank.import")
@returns_to(account)
@writes
def stage_statement(session: Session, account_id: int) -> ResponseReturnValue:
    """Read an uploaded statement, keep it aside and go to its preview."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissingError(field="file")
    staged = import_verbs.stage(
        session,
        actor=current_actor(),
        account_id=account_id,
        content=file.read(),
        file_name=file.filename,
    )
    return see_other(url_for(".statement", import_id=staged.id))


@bp.get("/bank/imports/<int:import_id>")
@needs("bank.import")
@reads
def statement(session: Session, import_id: int) -> ResponseReturnValue:
    """Show what a staged statement would do, with its questions first."""
    community_id = current_actor().community_id
    preview = import_verbs.preview(session, community_id=community_id, import_id=import_id)
    return render_template(
        "bank/statement.html",
        preview=preview,
        account=queries.account(session, community_id=community_id, account_id=preview.account_id),
    )


@bp.get("/bank/imports/<int:import_id>/layout")
@needs("bank.import")
@reads
def layout(session: Session, import_id: int) -> ResponseReturnValue:
    """Show which column is taken for what, with the file's first rows beside it."""
    community_id = current_actor().community_id
    preview = import_verbs.preview(session, community_id=community_id, import_id=import_id)
    rows = () if preview.reading is None else preview.reading.rows
    header_row = 0 if preview.reading is None else preview.reading.layout.header_row
    return render_template(
        "bank/layout.html",
        preview=preview,
        titles=rows[header_row] if rows else (),
        sample=rows[header_row + 1 : header_row + 1 + SAMPLE_ROWS],
        header_rows=[
            (at + 1, " ".join(" ".join(row).split())[:60])
            for at, row in enumerate(rows[:HEADER_ROWS_MAX])
            if sum(bool(cell.strip()) for cell in row) > 1
        ],
    )


@bp.post("/bank/imports/<int:import_id>/layout")
@needs("bank.import")
@returns_to(layout)
@writes
def save_layout(session: Session, import_id: int) -> ResponseReturnValue:
    """Read the statement by this layout from now on."""
    preview = import_verbs.save_layout(
        session, actor=current_actor(), import_id=import_id, **body(LayoutForm())
    )
    shows = ".layout" if preview.asked else ".statement"
    return see_other(url_for(shows, import_id=import_id), _("记下了，下次同样的表头照这样认"))


@bp.post("/bank/imports/<int:import_id>/confirm")
@needs("bank.import")
@returns_to(statement)
@writes
def confirm(session: Session, import_id: int) -> ResponseReturnValue:
    """Book the new lines."""
    done = import_verbs.confirm(
        session, actor=current_actor(), import_id=import_id, **body(ConfirmForm())
    )
    notice = _(
        "入账 %(new)s 笔，另有 %(known)s 笔早已在账上", new=done.new_count, known=done.known_count
    )
    return see_other(url_for(".account", account_id=done.account_id), notice)


@bp.post("/bank/imports/<int:import_id>/discard")
@needs("bank.import")
@returns_to(statement)
@writes
def discard(session: Session, import_id: int) -> ResponseReturnValue:
    """Throw the statement away."""
    gone = import_verbs.discard(session, actor=current_actor(), import_id=import_id)
    return see_other(url_for(".account", account_id=gone.account_id), _("没有入账，文件已删除"))


@bp.get("/bank/unclaimed")
@needs("bank.read")
@reads
def unclaimed(session: Session) -> ResponseReturnValue:
    """Show the lines that nobody has claimed, with their age."""
    actor = current_actor()
    page = queries.unclaimed(
        session,
        community_id=actor.community_id,
        cursor=query(PageQuery()).get("cursor"),
    )
    cursor = page.next_cursor
    return render_template(
        "bank/unclaimed.html",
        page=shown(page, sees_names=actor.may("bank.import")),
        accounts=queries.accounts(session, actor.community_id),
        next_url=cursor and url_for(".unclaimed", cursor=cursor),
    )


@bp.get("/bank/closings")
@needs("bank.read")
@reads
def month_closings(session: Session) -> ResponseReturnValue:
    """Show each book with the month that is next, and the months that were closed."""
    community_id = current_actor().community_id
    return render_template(
        "bank/closings.html",
        open_months=[
            closings.open_month(session, community_id=community_id, book_id=one.id)
            for one in closings.books(session, community_id)
        ],
        closed=closings.closed_months(session, community_id=community_id),
    )


@bp.get("/bank/books/<int:book_id>/closing")
@needs("bank.read")
@reads
def month_closing(session: Session, book_id: int) -> ResponseReturnValue:
    """Show the next month of a book and what stands in its way, each to be opened."""
    community_id = current_actor().community_id
    return render_template(
        "bank/closing.html",
        open_month=closings.open_month(session, community_id=community_id, book_id=book_id),
    )


@bp.post("/bank/books/<int:book_id>/closing/waivers")
@needs("bank.close")
@returns_to(month_closing)
@writes
def waive_line(session: Session, book_id: int) -> ResponseReturnValue:
    """Let a line stay open over the month's end."""
    closing.waive_line(session, actor=current_actor(), book_id=book_id, **body(WaiverForm()))
    return see_other(url_for(".month_closing", book_id=book_id), _("放行了，名字和原因都留着"))


@bp.post("/bank/books/<int:book_id>/closing")
@needs("bank.close")
@returns_to(month_closing)
@writes
def close_month(session: Session, book_id: int) -> ResponseReturnValue:
    """Close the month."""
    done = closing.close_month(session, actor=current_actor(), book_id=book_id, **body(MonthForm()))
    notice = _("结好了，%(count)s 张凭证编了号，这个月再也记不进去", count=done.vouchers)
    return see_other(url_for(".closed_month", closing_id=done.id), notice)


@bp.get("/bank/closings/<int:closing_id>")
@needs("bank.read")
@reads
def closed_month(session: Session, closing_id: int) -> ResponseReturnValue:
    """Show a closed month: by whom, what was let stay open, and what came late."""
    actor = current_actor()
    found = closings.closed_month(session, community_id=actor.community_id, closing_id=closing_id)
    late = closings.late_lines(session, found, community_id=actor.community_id)
    return render_template(
        "bank/closed_month.html",
        closed=found,
        waivers=closings.waivers(session, book_id=found.book_id, month=found.month),
        late=shown(Page(late), sees_names=actor.may("bank.import")).items,
    )
