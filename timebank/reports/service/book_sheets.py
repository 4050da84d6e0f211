"""Reports of the books as workbooks: values only, no formulas; amounts in yuan."""

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

import xlsxwriter

from timebank.reports.rules.reconciliation import Reconciliation, VoucherView
from timebank.reports.rules.trial_balance import Row, TrialBalance

Cell = str | int | Decimal


def trial_balance(
    found: TrialBalance, *, heads: Sequence[str], total: str, subjects: Mapping[str, str]
) -> bytes:
    """Return the trial balance of a book for a month."""
    rows = [
        [subjects.get(one.subject, one.subject), one.name, *_amounts(one)] for one in found.rows
    ]
    rows.append([total, "", *_amounts(found.total)])
    return _workbook(found.book_name, heads, rows, words=2)


def reconciliation(found: Reconciliation, *, heads: Sequence[str], ahead: tuple[str, str]) -> bytes:
    """Return the bank reconciliation."""
    rows: list[list[Cell]] = [
        [
            f"{one.label} {one.number_tail}",
            *map(
                _yuan,
                (
                    *(one.books_fen, one.statement_fen, one.books_fen - one.statement_fen),
                    *(one.unclaimed_books_fen, one.unclaimed_lines_fen),
                ),
            ),
        ]
        for one in found.accounts
    ]
    rows += [
        [word, _yuan(one.amount_fen)]
        for word, one in zip(ahead, (found.receipts, found.payments), strict=True)
    ]
    return _workbook("1", heads, rows, words=1)


def voucher(found: VoucherView, *, heads: Sequence[str], labels: Sequence[str]) -> bytes:
    """Return a voucher: its lines, its sum in figures and in words, and what stands around it."""
    entry, number = found.entry, found.number
    total, *facts = labels
    told = (
        "" if number is None else f"{number.month:%Y-%m} {number.number}",
        *(entry.effective_on.isoformat(), entry.memo or entry.kind, entry.document, entry.reason),
        entry.actor_name,
    )
    rows: list[list[Cell]] = [
        [one.debit_name, one.credit_name, _yuan(one.amount)] for one in entry.transfers
    ]
    rows.append([total, found.in_words, _yuan(found.total_fen)])
    rows += [[label, said] for label, said in zip(facts, told, strict=True)]
    return _workbook(found.book_name, heads, rows, words=2)


def _amounts(row: Row) -> list[Cell]:
    """Return the six amounts of a row in yuan."""
    return [
        _yuan(fen)
        for fen in (
            *(row.opening_debit_fen, row.opening_credit_fen, row.debits_fen, row.credits_fen),
            *(row.closing_debit_fen, row.closing_credit_fen),
        )
    ]


def _yuan(fen: int) -> Decimal:
    """Return an amount in yuan, exactly."""
    return Decimal(fen).scaleb(-2)


def _workbook(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, words: int
) -> bytes:
    """Return one sheet as a workbook; the first columns are words, the others amounts."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
        number = book.add_format({"num_format": "#,##0.00"})
        page = book.add_worksheet(name[:31])
        page.set_column(0, words - 1, 24)
        page.set_column(words, len(heads) - 1, 16, number)
        page.write_row(0, 0, heads, head)
        for at, row in enumerate(rows, start=1):
            page.write_row(at, 0, row)
        page.freeze_panes(1, words)
    return buffer.getvalue()
