"""An unknown table made into a statement: recognised, asked about where in doubt, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from timebank.bank import errors
from timebank.bank.rules import chain, headers, layouts, signs, tables
from timebank.bank.rules.amounts import Mark
from timebank.bank.rules.days import (
    DayOrder,
    OrderEvidence,
    Period,
    day_of,
    orders_of,
    period_of,
    settled_order,
)
from timebank.bank.rules.headers import Column
from timebank.bank.rules.layouts import Asked, Layout, Question, SignRule
from timebank.bank.rules.tables import Raw, RawLine
from timebank.bank.rules.values import (
    ReadLine,
    RowProblem,
    SkippedRow,
    SkipReason,
    Statement,
)
from timebank.kernel.units import yuan_text


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as far as it is understood: its layout, what is to be asked, and its statement."""

    rows: Sequence[Sequence[str]]
    layout: Layout
    asked: Sequence[Asked]
    statement: Statement | None

    @property
    def titles(self) -> Sequence[str]:
        """The titles of the header."""
        return self.rows[self.layout.header_row] if self.rows else ()


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with what is known around it."""

    rows: Sequence[Sequence[str]]
    layout: Layout
    period: Period
    today: date


def read_table(
    rows: Sequence[Sequence[str]], *, layout: Layout | None, file_name: str, today: date
) -> Reading:
    """Return what a table says; without a layout it is recognised by its header's words."""
    layout = recognised(rows) if layout is None else layout
    if not layout.has_columns:
        return Reading(rows, layout, [Asked(Question.COLUMNS)], None)
    above = [cell for row in rows[: layout.header_row] for cell in row]
    table = _Table(rows, layout, period_of([*above, file_name]), today)
    raw = tables.read_rows(rows, layout)
    return _read(table, raw)


def recognised(rows: Sequence[Sequence[str]]) -> Layout:
    """Return the layout that a header's words tell."""
    at = headers.header_at(rows)
    header_row = headers.likely_header(rows) if at is None else at
    titles = rows[header_row] if rows else ()
    below = rows[header_row + 1 :]
    filled = [
        sum(1 for row in below if place < len(row) and row[place].strip(" \t-"))
        for place in range(len(titles))
    ]
    found = headers.columns_of(titles, filled)
    if Column.AMOUNT in found and (Column.INCOME in found or Column.EXPENSE in found):
        found = _one_kind_of_amount(found, filled)
    return Layout(header_row=header_row, columns=found)


def _one_kind_of_amount(
    found: Mapping[Column, tuple[int, ...]], filled: Sequence[int]
) -> dict[Column, tuple[int, ...]]:
    """Return the columns with income and expense, or with one amount where those are empty."""
    two = [filled[found[one][0]] for one in (Column.INCOME, Column.EXPENSE) if one in found]
    dropped = {Column.AMOUNT} if sum(two) else {Column.INCOME, Column.EXPENSE}
    return {column: at for column, at in found.items() if column not in dropped}


def _read(table: _Table, raw: Raw) -> Reading:
    """Settle direction and days of a table's rows, or say what has to be asked."""
    layout, asked = table.layout, []
    evidence = orders_of(
        [line.written_day for line in raw.lines], period=table.period, year=layout.year
    )
    if evidence and layout.day_order is None:
        layout = replace(layout, day_order=settled_order(evidence))
        if layout.day_order is None:
            asked.append(_day_question(evidence))
    if layout.year is None and _lacks_year(raw, table.period, layout.day_order):
        asked.append(Asked(Question.YEAR))
    raw.problems += [
        RowProblem(line.row, errors.SideUnknownError(given=yuan_text(line.amount.fen or 0)))
        for line in signs.unmarked(raw.lines)
    ]
    lines, asked_neutral = _without_neutral(raw, layout)
    asked += asked_neutral
    table = replace(table, layout=layout)
    rule, asked_sign = _sign(table, lines)
    asked += asked_sign
    table = replace(table, layout=replace(layout, sign=rule))
    statement = _statement(table, raw, lines)
    return Reading(table.rows, table.layout, asked, statement)


def _day_question(evidence: Sequence[OrderEvidence]) -> Asked:
    """Return the question about day and month, with what speaks for each order."""
    speaks = {
        one.order.value: {
            "impossible": one.impossible,
            "outside": one.outside,
            "backward": one.backward,
            "span": one.span,
        }
        for one in evidence
    }
    return Asked(Question.DAY_ORDER, speaks)


def _lacks_year(raw: Raw, period: Period, order: DayOrder | None) -> bool:
    """Whether days without a year stand in the table whose year its titles do not tell."""
    probe = order or DayOrder.MONTH_FIRST
    return any(
        line.written_day.year is None
        and day_of(line.written_day, order=probe, year=None, period=period) is None
        for line in raw.lines
    ) and not (order is None and period.years)


def _without_neutral(raw: Raw, layout: Layout) -> tuple[list[RawLine], list[Asked]]:
    """Return the rows that move money; those marked as neither in nor out are asked about once."""
    neutral = [line for line in raw.lines if line.mark is Mark.NEUTRAL]
    if not neutral:
        return raw.lines, []
    if layout.skips_neutral:
        raw.skipped.extend(
            SkippedRow(line.row, SkipReason.NEUTRAL, line.text or line.party_name)
            for line in neutral
        )
    elif layout.skips_neutral is not None:
        raw.problems.extend(
            RowProblem(line.row, errors.SideUnknownError(given="不计收支")) for line in neutral
        )
    rest = [line for line in raw.lines if line.mark is not Mark.NEUTRAL]
    speaks = {"skip": {"rows": len(neutral)}, "stop": {"rows": len(neutral)}}
    asked = [Asked(Question.NEUTRAL, speaks)] if layout.skips_neutral is None else []
    return rest, asked


def _sign(table: _Table, lines: Sequence[RawLine]) -> tuple[SignRule | None, list[Asked]]:
    """Return the rule of signs: chosen, proved by balances, certain, or none with a question."""
    if table.layout.sign is not None or not lines:
        return table.layout.sign, []
    options = signs.rules_open(lines)
    if len(options) == 1:
        return options[0], []
    has_chain = sum(line.balance.fen is not None for line in lines) > 1
    counted = (
        {one: chain.doubts(_signed(table, lines, one)) for one in options} if has_chain else {}
    )
    rule = signs.proved(counted) if counted else None
    if rule is not None:
        return rule, []
    if not signs.is_to_ask(lines):
        return SignRule.SIGNED, []
    speaks = {
        one.value: {"breaks": counted[one][0]} if counted else {"usual": int(one is options[0])}
        for one in options
    }
    return None, [Asked(Question.SIGN, speaks)]


def _signed(table: _Table, lines: Sequence[RawLine], rule: SignRule) -> list[ReadLine]:
    """Return the lines under a rule of signs; a day that is not known stands as the beginning."""
    signed = signs.signer(lines, rule)
    return [
        ReadLine(
            row=line.row,
            day=_day(table, line) or date.min,
            amount_fen=signed(line),
            balance_fen=line.balance.fen,
            time=line.time,
            party_name=line.party_name,
            party_account=line.party_account,
            text=line.text,
            reference=line.reference,
        )
        for line in lines
    ]


def _day(table: _Table, line: RawLine) -> date | None:
    """Return the day of a line, as far as the layout tells it."""
    layout = table.layout
    return day_of(line.written_day, order=layout.day_order, year=layout.year, period=table.period)


def _statement(table: _Table, raw: Raw, lines: Sequence[RawLine]) -> Statement:
    """Return the statement of rows whose meaning is settled as far as it can be."""
    read = chain.in_order(_signed(table, lines, table.layout.sign or SignRule.SIGNED))
    problems = list(raw.problems)
    if table.layout.sign is not None and not problems:
        # Where a row could not be read, its neighbours would only seem to be torn apart.
        problems += chain.problems(read)
    problems += _day_problems(table, lines)
    return Statement(
        lines=read,
        problems=sorted(problems, key=lambda one: one.row),
        skipped=sorted(raw.skipped, key=lambda one: one.row),
        opening_fen=chain.opening_of(read),
        closing_fen=chain.closing_of(read),
    )


def _day_problems(table: _Table, lines: Sequence[RawLine]) -> list[RowProblem]:
    """Return the rows whose day cannot be, or has not come yet."""
    found = []
    for line in lines:
        day = _day(table, line)
        if day is None and (line.written_day.pair is None or table.layout.day_order is not None):
            pair = line.written_day.pair or (line.written_day.month, line.written_day.day)
            error = errors.DayUnreadableError(given="-".join(str(part) for part in pair))
            found.append(RowProblem(line.row, error))
        elif day is not None and day > table.today:
            found.append(RowProblem(line.row, errors.DayAheadError(given=day)))
    return found


def layout_for(rows: Sequence[Sequence[str]], known: Mapping[str, str]) -> Layout | None:
    """Return the remembered layout whose header stands among the first rows, if there is one."""
    for at, row in enumerate(rows[: headers.HEADER_ROWS_MAX]):
        text = known.get(headers.fingerprint(row))
        if text is not None:
            return layouts.unpacked(text, header_row=at)
    return None
