"""A layout: which column means what, how signs and days are meant, and what had to be asked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any  # JSON

from timebank.bank import errors
from timebank.bank.rules.days import DayOrder
from timebank.bank.rules.headers import Column


class SignRule(StrEnum):
    """How a file says which way money went.

    ``signed`` takes amounts as they are signed; ``reversed`` turns them round. Two columns and
    marks of income and expense speak for themselves; credit and debit are the bank's words, where
    credit is money that came in, unless a file means its own books (``reversed``).
    """

    SIGNED = "signed"
    REVERSED = "reversed"
    ALL_IN = "all_in"
    ALL_OUT = "all_out"


class Question(StrEnum):
    """What cannot be told from a file alone."""

    COLUMNS = "columns"
    SIGN = "sign"
    DAY_ORDER = "day_order"
    YEAR = "year"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is read; what is None was not settled."""

    header_row: int
    columns: Mapping[Column, tuple[int, ...]] = field(default_factory=dict)
    sign: SignRule | None = None
    day_order: DayOrder | None = None
    year: int | None = None
    skips_neutral: bool | None = None

    def place(self, column: Column) -> int | None:
        """Return at which place a column stands, if it does."""
        return next(iter(self.columns.get(column, ())), None)

    @property
    def has_columns(self) -> bool:
        """Whether day and amount are known."""
        has_amount = bool({Column.AMOUNT, Column.INCOME, Column.EXPENSE} & self.columns.keys())
        return Column.DAY in self.columns and has_amount

    @property
    def has_two_columns(self) -> bool:
        """Whether income and expense stand in columns of their own."""
        return Column.INCOME in self.columns or Column.EXPENSE in self.columns


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what speaks for each answer: ``{answer: {fact: count}}``."""

    question: Question
    speaks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def check_layout(layout: Layout) -> None:
    """Refuse a layout that cannot be read by.

    Raises:
        LayoutIncompleteError: no day, no amount, or both kinds of amounts.
        LayoutColumnTwiceError: a column means two things.
    """
    is_both = Column.AMOUNT in layout.columns and layout.has_two_columns
    if not layout.has_columns or is_both:
        raise errors.LayoutIncompleteError
    seen: set[int] = set()
    for places in layout.columns.values():
        for place in places:
            if place in seen:
                raise errors.LayoutColumnTwiceError(column=place + 1)
            seen.add(place)


def packed(layout: Layout) -> str:
    """Return a layout as text."""
    facts = asdict(layout) | {"columns": {key: list(at) for key, at in layout.columns.items()}}
    return json.dumps(facts)


def remembered(layout: Layout) -> str:
    """Return what of a layout holds for the next file, too: not the year."""
    return packed(replace(layout, year=None))


def unpacked(text: str, *, header_row: int | None = None) -> Layout:
    """Return a layout from its text; a remembered one for a file with its header in this row."""
    facts: dict[str, Any] = json.loads(text)
    return Layout(
        header_row=facts["header_row"] if header_row is None else header_row,
        columns={Column(key): tuple(at) for key, at in facts["columns"].items()},
        sign=None if facts["sign"] is None else SignRule(facts["sign"]),
        day_order=None if facts["day_order"] is None else DayOrder(facts["day_order"]),
        year=facts["year"],
        skips_neutral=facts["skips_neutral"],
    )
