"""Reports from the ledger: income and expense, an account's ledger, the three-way sheet."""

from collections.abc import Sequence
from typing import Any  # keyword arguments of two reads

from flask import url_for
from flask_babel import gettext as _

from timebank.bank.queries import closings
from timebank.cofund.queries import three_way
from timebank.cofund.rules.proofs import PartyProof
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.ledger.rules.values import Side
from timebank.reports.pages.account_words import PARTY_WORDS, SUBJECT_WORDS
from timebank.reports.pages.money_asked import Asked, fen_column, span_text
from timebank.reports.queries import money_reports as queries
from timebank.reports.rules.money_reports import (
    Cell,
    CellKind,
    Column,
    Line,
    MoneyReport,
    ReportName,
)
from timebank.web.words import fen_text, moment_text


def income_expense(asked: Asked) -> MoneyReport:
    """Return what came in and what was spent in a book, with sums by subject."""
    since, through = asked.span
    books = closings.books(asked.session, asked.community_id)
    book_id = asked.wanted.get("book_id") or next((one.id for one in books), 0)
    book = closings.book(asked.session, community_id=asked.community_id, book_id=book_id)
    span: dict[str, Any] = {"book_id": book_id, "since": since, "through": through}
    sums = queries.flow_sums(asked.session, **span)
    came, went = (sum(getattr(one, name) for one in sums) for name in ("income_fen", "expense_fen"))

    def lines(cursor: str | None, limit: int) -> Page[Line]:
        page = queries.flows(asked.session, **span, cursor=cursor, limit=limit)
        return Page(
            [
                Line(
                    (
                        *(one.on, one.voucher, one.memo, str(SUBJECT_WORDS[one.subject])),
                        *(one.account_name, one.income_fen or None, one.expense_fen or None),
                    ),
                    url_for("reports.voucher", entry_id=one.entry_id),
                )
                for one in page.items
            ],
            page.next_cursor,
        )

    return MoneyReport(
        name=ReportName.INCOME_EXPENSE,
        title=_("收支明细"),
        of=book.name,
        span=span_text(since, through),
        days=(since, through),
        columns=[
            Column(_("日期"), CellKind.DAY),
            *(Column(head) for head in (_("凭证号"), _("事由"), _("科目"), _("账户"))),
            *(fen_column(_("收入"), is_key=True), fen_column(_("支出"), is_key=True)),
        ],
        lines=lines,
        totals=[(_("合计"), "", "", "", "", came, went)],
        facts=[
            *(
                (str(SUBJECT_WORDS[one.subject]), fen_text(one.income_fen or one.expense_fen))
                for one in sums
            ),
            (_("收入减支出"), fen_text(came - went)),
        ],
        note=_("退回和冲正记成负数。质保金扣下时还不算支出，放还时才算。"),
    )


def account_ledger(asked: Asked) -> MoneyReport:
    """Return an account's lines with the balance after each, from opening to closing."""
    since, through = asked.span
    owner = queries.account(
        asked.session, community_id=asked.community_id, account_id=asked.wanted["account_id"]
    )
    book = closings.book(asked.session, community_id=asked.community_id, book_id=owner.book_id)
    moved = queries.account_sums(asked.session, owner, since=since, through=through)
    side = _("借") if owner.normal is Side.DEBIT else _("贷")

    def lines(cursor: str | None, limit: int) -> Page[Line]:
        page = queries.ledger_lines(
            asked.session,
            owner,
            opening=moved.before,
            since=since,
            through=through,
            cursor=cursor,
            limit=limit,
        )
        return Page(
            [
                Line(
                    (
                        *(one.on, one.voucher, one.memo, one.counter_name),
                        *(one.debit_fen or None, one.credit_fen or None, one.balance_fen),
                    ),
                    url_for("reports.voucher", entry_id=one.entry_id),
                )
                for one in page.items
            ],
            page.next_cursor,
        )

    opening, closing = (queries.on_own_side(owner, fen) for fen in (moved.before, moved.after))
    return MoneyReport(
        name=ReportName.ACCOUNT_LEDGER,
        title=_("明细账"),
        of=f"{book.name} · {owner.name}",
        span=span_text(since, through),
        days=(since, through),
        columns=[
            Column(_("日期"), CellKind.DAY),
            *(Column(head) for head in (_("凭证号"), _("事由"), _("对方账户"))),
            *(fen_column(_("借方")), fen_column(_("贷方")), fen_column(_("余额"), is_key=True)),
        ],
        lines=lines,
        first=(None, "", _("期初余额"), "", None, None, opening),
        totals=[(_("本期合计"), "", "", "", moved.debits, moved.credits, closing)],
        note=_("余额在%(side)s方；负数就是在另一边。没有凭证号的，那个月还没结。", side=side),
    )


def _proof_cells(one: PartyProof) -> tuple[int, ...]:
    """Return what the three sources say of a party, and the four differences."""
    return (
        *(one.agreed_fen, one.receipts_fen, one.waived_fen, one.outstanding_fen),
        *(one.ledger_fen, one.bank_in_fen - one.bank_out_fen),
        *(one.agreement_gap_fen, one.ledger_gap_fen, one.bank_gap_fen, one.statement_gap_fen),
    )


def three_way_sheet(asked: Asked) -> MoneyReport:
    """Return agreement, bank and ledger of every party of every project that was agreed on."""

    def lines(cursor: str | None, limit: int) -> Page[Line]:
        page = three_way.sheet(
            asked.session,
            community_id=asked.community_id,
            cursor=cursor,
            limit=limit,
        )
        return Page(
            [
                Line(
                    (
                        f"{row.number} {PARTY_WORDS[row.proof.party]}",
                        *_proof_cells(row.proof),
                    ),
                    url_for("cofund.project_proof", project_id=row.project_id),
                )
                for row in page.items
            ],
            page.next_cursor,
        )

    heads = (
        *(_("约定"), _("收款"), _("减免"), _("还欠"), _("账本记到"), _("银行流水")),
        *(_("协议差"), _("账本差"), _("流水差"), _("余额差")),
    )
    return MoneyReport(
        name=ReportName.THREE_WAY,
        title=_("三方对账表"),
        of=_("签过约的项目"),
        span=_("%(at)s 的账", at=moment_text(clock.now())),
        days=(clock.today(), clock.today()),
        columns=[Column(_("项目和出资方")), *(fen_column(head) for head in heads)],
        lines=lines,
        totals=_three_way_totals(asked),
        note=_("四项差额都是零才算对上。差在哪几行，点项目看。"),
    )


def _three_way_totals(asked: Asked) -> Sequence[Sequence[Cell]]:
    """Return the sums of all projects; the last difference is the banks' own, told once."""
    sums = [0] * 10
    cursor: str | None = None
    while True:
        page = three_way.sheet(
            asked.session,
            community_id=asked.community_id,
            cursor=cursor,
        )
        for row in page.items:
            cells = _proof_cells(row.proof)
            sums = [*(one + more for one, more in zip(sums[:9], cells[:9], strict=True)), cells[9]]
        cursor = page.next_cursor
        if cursor is None:
            return [(_("合计"), *sums)]
