"""The reports of money: what each is called, what it needs to know, and how its lines look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from timebank.kernel.paging import Page
from timebank.ledger.rules.turnovers import Turnover


class ReportName(StrEnum):
    """A report, as its address names it."""

    INCOME_EXPENSE = "income-expense"
    ACCOUNT_LEDGER = "account-ledger"
    THREE_WAY = "three-way"
    HOUSEHOLDS = "households"
    AGEING = "ageing"
    RETENTION = "retention"


# Subjects whose accounts say what came in and what it was spent on; all others say where it is.
INCOME = ("fund", "income", "interest", "sponsor")
EXPENSE = ("cost", "fees")


class CellKind(StrEnum):
    """What a column holds."""

    WORDS = "words"
    DAY = "day"
    FEN = "fen"


Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head and what it holds; ``is_key`` for the figure one reads first."""

    head: str
    kind: CellKind = CellKind.WORDS
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its cells, and what opens from its first one."""

    cells: Sequence[Cell]
    url: str | None = None


@dataclass(frozen=True, slots=True)
class MoneyReport:
    """A report as all its faces show it: the same columns, lines and totals.

    ``days`` are the first and the last day it tells of, or twice the day as of whose end it is
    told; ``lines`` returns a page of lines after a cursor, at most so many.
    """

    name: ReportName
    title: str
    of: str
    span: str
    days: tuple[date, date]
    columns: Sequence[Column]
    lines: Callable[[str | None, int], Page[Line]]
    totals: Sequence[Sequence[Cell]] = ()
    first: Sequence[Cell] | None = None
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)
    note: str = ""


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A line of income and expense, fen; what undid an earlier one is negative."""

    entry_id: UUID
    on: date
    voucher: str
    memo: str
    subject: str
    account_name: str
    income_fen: int
    expense_fen: int


@dataclass(frozen=True, slots=True)
class FlowSum:
    """What accounts of one subject brought or cost together, fen."""

    subject: str
    income_fen: int
    expense_fen: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of an account with the balance after it, fen on the account's own side."""

    entry_id: UUID
    on: date
    voucher: str
    memo: str
    counter_name: str
    debit_fen: int
    credit_fen: int
    balance_fen: int


def is_income(subject: str) -> bool:
    """Whether accounts of a subject say what came in."""
    return subject in INCOME


def subject_of(code: str) -> str:
    """Return the subject of an account by its code."""
    return code.partition(":")[0]


def flow_sums(moved: Sequence[Turnover]) -> list[FlowSum]:
    """Return income and expense by subject, income first."""
    found: dict[str, list[int]] = {}
    for one in moved:
        sums = found.setdefault(subject_of(one.code), [0, 0])
        if is_income(subject_of(one.code)):
            sums[0] += one.credits - one.debits
        else:
            sums[1] += one.debits - one.credits
    order = (*INCOME, *EXPENSE)
    rows = [FlowSum(subject, *sums) for subject, sums in found.items() if any(sums)]
    return sorted(rows, key=lambda row: order.index(row.subject))


def yuan(fen: int) -> Decimal:
    """Return an amount in yuan, exactly."""
    return Decimal(fen).scaleb(-2)
