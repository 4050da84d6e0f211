"""Pages of the books of money, on screen, on paper and as workbooks."""

from io import BytesIO
from uuid import UUID

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.reports.pages.account_words import SUBJECT_WORDS
from timebank.reports.pages.frame import bp
from timebank.reports.queries import account_books
from timebank.reports.rules.trial_balance import TrialBalance
from timebank.reports.schemas.account_books import BookMonthQuery
from timebank.reports.service import book_sheets
from timebank.volunteering.rules.figures import month_after
from timebank.web.doors import current_actor, needs, query, reads

_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = (
    _l("科目"),
    _l("账户"),
    _l("期初借方"),
    _l("期初贷方"),
    _l("本期借方"),
    _l("本期贷方"),
    _l("期末借方"),
    _l("期末贷方"),
)
GAP_HEADS = (
    _l("账户"),
    _l("账面余额"),
    _l("对账单余额"),
    _l("差额"),
    _l("账面待认领"),
    _l("流水待认领"),
)


def _balance(session: Session, book_id: int) -> TrialBalance:
    """Return the trial balance that is asked for: this month's unless another is named."""
    month = query(BookMonthQuery()).get("month") or clock.today()
    return account_books.trial_balance(
        session, community_id=current_actor().community_id, book_id=book_id, month=month
    )


@bp.get("/books/<int:book_id>/trial-balance")
@needs("bank.read")
@reads
def trial_balance(session: Session, book_id: int) -> ResponseReturnValue:
    """Show what stood on each account of a book, what moved it and what stands now."""
    found = _balance(session, book_id)
    return render_template(
        "reports/trial_balance.html",
        found=found,
        subject_words=SUBJECT_WORDS,
        before=month_after(found.month, -1),
        after=month_after(found.month),
    )


@bp.get("/books/<int:book_id>/trial-balance.xlsx")
@needs("bank.read")
@reads
def trial_balance_file(session: Session, book_id: int) -> ResponseReturnValue:
    """Hand out the trial balance as a workbook without formulas."""
    found = _balance(session, book_id)
    content = book_sheets.trial_balance(
        found, heads=[str(one) for one in HEADS], total=_("合计"),
        subjects={code: str(word) for code, word in SUBJECT_WORDS.items()},
    )  # fmt: skip
    return _file(content, f"{_('科目余额表')} {found.month:%Y-%m}.xlsx")


@bp.get("/bank/reconciliation")
@needs("bank.read")
@reads
def reconciliation(session: Session) -> ResponseReturnValue:
    """Show what books and bank say of each account, and what was recorded ahead of the bank."""
    found = account_books.reconciliation(session, current_actor().community_id)
    return render_template("reports/reconciliation.html", found=found, printed_at=clock.now())


@bp.get("/bank/reconciliation.xlsx")
@needs("bank.read")
@reads
def reconciliation_file(session: Session) -> ResponseReturnValue:
    """Hand out the bank reconciliation as a workbook without formulas."""
    found = account_books.reconciliation(session, current_actor().community_id)
    ahead = (_("收款已记、银行还没到"), _("付款已记、银行还没付"))
    content = book_sheets.reconciliation(found, heads=[str(one) for one in GAP_HEADS], ahead=ahead)
    return _file(content, f"{_('余额调节表')} {clock.today():%Y-%m-%d}.xlsx")


@bp.get("/vouchers/<uuid:entry_id>")
@needs("bank.read")
@reads
def voucher(session: Session, entry_id: UUID) -> ResponseReturnValue:
    """Show an entry of money as a voucher on A4, its amount in capital figures."""
    community_id = current_actor().community_id
    found = account_books.voucher(session, community_id=community_id, entry_id=entry_id)
    return render_template("reports/voucher.html", voucher=found, entry=found.entry)


@bp.get("/vouchers/<uuid:entry_id>.xlsx")
@needs("bank.read")
@reads
def voucher_file(session: Session, entry_id: UUID) -> ResponseReturnValue:
    """Hand out a voucher as a workbook without formulas."""
    community_id = current_actor().community_id
    found = account_books.voucher(session, community_id=community_id, entry_id=entry_id)
    heads = [_("借方"), _("贷方"), _("金额")]
    labels = (_("合计"), _("凭证号"), _("日期"), _("事由"), _("附件"), _("说明"), _("记账"))
    content = book_sheets.voucher(found, heads=heads, labels=labels)
    return _file(content, f"{_('凭证')} {found.entry.number}.xlsx")


def _file(content: bytes, name: str) -> ResponseReturnValue:
    """Hand out a workbook."""
    return send_file(BytesIO(content), mimetype=_SHEETS, as_attachment=True, download_name=name)
