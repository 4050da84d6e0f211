"""A table as it came, read by a layout into rows whose direction is still open."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from timebank.bank import errors
from timebank.bank.rules.amounts import BLANK, Mark, Written, amount_of, mark_of, plain
from timebank.bank.rules.days import Parts, parts_of, time_of
from timebank.bank.rules.headers import Column, bare, meanings
from timebank.bank.rules.layouts import Layout
from timebank.bank.rules.values import RowProblem, SkippedRow, SkipReason
from timebank.kernel.errors import InvalidError

TEXT_CHARS_MAX = 200
SAID_CHARS_MAX = 60
_FOOTER = re.compile(
    r"合计|总计|小计|累计|笔数|总笔|期初|期末|承前|过次|上页|本页|打印|制表|经办|复核|以上|温馨|提示|声明"
    r"|注:|total|openingbalance|closingbalance|broughtforward|carriedforward|endof|page\d"
)
_VOID = re.compile(r"关闭|失败|作废|取消|failed|cancel|declined|closed|void")
_PENDING = re.compile(r"pending|处理中|待入账")
_YUAN = {"人民币", "人民币元", "cny", "rmb", "156", "元", "¥", "人民币(cny)", "cny(人民币)", "本币"}
_BANK_WORDS = re.compile(r"借|贷|credit|debit")
_PLAIN_WORDS = re.compile(r"收|支|存|取")
_EMPTY = {"", "-", "--", "/", "无"}


@dataclass(frozen=True, slots=True)
class RawLine:
    """A row of movements: what was written, before anybody says what it means."""

    row: int
    written_day: Parts
    time: str
    amount: Written
    mark: Mark | None
    balance: Written
    party_name: str
    party_account: str
    text: str
    reference: str


@dataclass(slots=True)
class Raw:
    """What a table holds: movements, rows that are wrong, and rows that are none."""

    lines: list[RawLine] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)


def read_rows(rows: Sequence[Sequence[str]], layout: Layout) -> Raw:
    """Return what stands below the header of a table."""
    raw = Raw()
    titles = [bare(title) for title in rows[layout.header_row]]
    are_banks = any(
        _BANK_WORDS.search(titles[place]) and not _PLAIN_WORDS.search(titles[place])
        for column in (Column.INCOME, Column.EXPENSE)
        for place in layout.columns.get(column, ())
        if place < len(titles)
    )
    for at, cells in enumerate(rows[layout.header_row + 1 :], start=layout.header_row + 2):
        if any(cell.strip() for cell in cells):
            _read_row(_Row(at, cells, layout, are_banks), titles, raw)
    return raw


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with the layout by which it is read."""

    number: int
    cells: Sequence[str]
    layout: Layout
    are_bank_words: bool  # two columns are called credit and debit, not income and expense

    def cell(self, column: Column) -> str:
        """Return the text of a column; empty when the row or the file has none."""
        place = self.layout.place(column)
        return self._at(place) if place is not None else ""

    def texts(self, column: Column) -> str:
        """Return the texts of all columns with a meaning, joined; placeholders count as nothing."""
        said = (self._at(place) for place in self.layout.columns.get(column, ()))
        words = [" ".join(one.split()) for one in said]
        return " ".join(one for one in words if one not in _EMPTY)[:TEXT_CHARS_MAX]

    def _at(self, place: int) -> str:
        return self.cells[place].strip() if place < len(self.cells) else ""

    @property
    def said(self) -> str:
        """The first words of the row."""
        return " ".join(" ".join(self.cells).split())[:SAID_CHARS_MAX]

    @property
    def has_footer_words(self) -> bool:
        """Whether some cell speaks of sums or pages rather than of a movement."""
        return any(_FOOTER.search(plain(cell).lower()) for cell in self.cells)


def _read_row(row: _Row, titles: Sequence[str], raw: Raw) -> None:
    """Take one row as a movement, a problem, or none of both."""
    reason = _reason_to_skip(row, titles)
    if reason is not None:
        raw.skipped.append(SkippedRow(row.number, reason, row.said))
        return
    try:
        line = _line(row)
    except InvalidError as error:
        raw.problems.append(RowProblem(row.number, error))
        return
    if line.amount.fen == 0:
        raw.skipped.append(SkippedRow(row.number, SkipReason.ZERO, row.said))
    else:
        raw.lines.append(line)


def _reason_to_skip(row: _Row, titles: Sequence[str]) -> SkipReason | None:
    """Return why a row is no movement; None when it is one, or pretends to be."""
    if [bare(cell) for cell in row.cells] == titles or meanings(row.cell(Column.DAY)):
        return SkipReason.HEADER
    status = plain(row.cell(Column.STATUS)).lower()
    if _VOID.search(status):
        return SkipReason.VOID
    if _PENDING.search(status):
        return SkipReason.PENDING
    has_day = parts_of(row.cell(Column.DAY)) is not None
    has_amount = _says_amount(row)
    if has_day and has_amount:
        return None
    return SkipReason.FOOTER if row.has_footer_words or not (has_day or has_amount) else None


def _says_amount(row: _Row) -> bool:
    """Whether a column of amounts says something that could be one."""
    for column in (Column.AMOUNT, Column.INCOME, Column.EXPENSE):
        try:
            if amount_of(row.cell(column)) != BLANK:
                return True
        except errors.AmountUnreadableError:
            if any(sign.isdigit() for sign in row.cell(column)) and row.cell(Column.DAY):
                return True
    return False


def _line(row: _Row) -> RawLine:
    """Return a row as a movement.

    Raises:
        InvalidError: it is none that can be believed; its class says why.
    """
    written = row.cell(Column.DAY)
    parts = parts_of(written)
    if parts is None:
        error = errors.DayUnreadableError if written else errors.DayMissingError
        raise error(given=written[:40])
    currency = plain(row.cell(Column.CURRENCY)).lower()
    if currency not in _YUAN and currency not in _EMPTY:
        raise errors.CurrencyOtherError(given=row.cell(Column.CURRENCY)[:20])
    amount, mark = _amount(row)
    return RawLine(
        row=row.number,
        written_day=parts,
        time=parts.time or time_of(row.cell(Column.TIME)),
        amount=amount,
        mark=mark,
        balance=amount_of(row.cell(Column.BALANCE)),
        party_name=row.texts(Column.PARTY_NAME),
        party_account=row.texts(Column.PARTY_ACCOUNT),
        text=row.texts(Column.TEXT),
        reference=row.texts(Column.REFERENCE),
    )


def _amount(row: _Row) -> tuple[Written, Mark | None]:
    """Return the amount of a row with what says its direction.

    Raises:
        InvalidError: there is none, or two, or nobody knows its direction.
    """
    read: Callable[[Column], Written] = lambda column: amount_of(row.cell(column))  # noqa: E731
    if row.layout.has_two_columns:
        marks = (Mark.CREDIT, Mark.DEBIT) if row.are_bank_words else (Mark.IN, Mark.OUT)
        return _one_of_two(read(Column.INCOME), read(Column.EXPENSE), marks)
    amount = read(Column.AMOUNT)
    if amount.fen is None:
        raise errors.AmountMissingError
    said = row.cell(Column.SIDE)
    mark = mark_of(said) if said else amount.mark
    if Column.SIDE in row.layout.columns and mark is None:
        raise errors.SideUnknownError(given=said[:20])
    return amount, mark


def _one_of_two(
    income: Written, expense: Written, marks: tuple[Mark, Mark]
) -> tuple[Written, Mark]:
    """Return the amount that stands in one of two columns, under the mark of its column.

    Raises:
        AmountMissingError, AmountTwiceError: it stands in none, or in both.
    """
    if income.fen and expense.fen:
        raise errors.AmountTwiceError
    if income.fen is None and expense.fen is None:
        raise errors.AmountMissingError
    if income.fen or expense.fen is None:
        return income, marks[0]
    return expense, marks[1]
