"""The chain of running balances: it proves completeness, order and signs, or names the row.

Each balance is the one before it plus the amount. Banks write oldest first or newest first, and
some turn the order round within a day; the order with the fewest breaks is the file's. Where equal
amounts let several orders hold, it is the one in which days fall back least.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from timebank.bank import errors
from timebank.bank.rules.values import ReadLine, RowProblem


def in_order(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Return lines in the order in which they happened."""
    given = list(lines)
    if sum(line.balance_fen is not None for line in given) > 1:
        return min(_orders(given), key=_doubts)
    days = [line.day for line in given]
    falls = all(after <= before for before, after in pairwise(days))
    return given[::-1] if falls and days and days[0] > days[-1] else sorted(given, key=_day)


def _orders(given: list[ReadLine]) -> list[list[ReadLine]]:
    """Return the orders in which a file may be meant, the likelier first."""
    turned = given[::-1]
    return [given, turned, sorted(given, key=_day), sorted(turned, key=_day)]


def _day(line: ReadLine) -> int:
    return line.day.toordinal()


def _breaks(lines: Sequence[ReadLine]) -> int:
    """Return how many balances do not follow from the one before."""
    broken = 0
    before: int | None = None
    for line in lines:
        if before is not None and line.balance_fen is not None:
            broken += before + line.amount_fen != line.balance_fen
        before = _after(before, line)
    return broken


def _after(before: int | None, line: ReadLine) -> int | None:
    """Return the balance after a line: what it says, else what follows from the one before."""
    if line.balance_fen is not None:
        return line.balance_fen
    return None if before is None else before + line.amount_fen


def doubts(lines: Sequence[ReadLine]) -> tuple[int, int]:
    """Return how many breaks the best order of the lines has, and how often its days fall back."""
    return _doubts(in_order(lines))


def _doubts(lines: Sequence[ReadLine]) -> tuple[int, int]:
    return _breaks(lines), sum(after.day < before.day for before, after in pairwise(lines))


def problems(lines: Sequence[ReadLine]) -> list[RowProblem]:
    """Return the rows at which an ordered chain does not hold, and what is wrong with each."""
    found: list[RowProblem] = []
    before: int | None = None
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        error = _why(line, following, before)
        if error is not None:
            found.append(RowProblem(line.row, error))
        if before is not None and isinstance(error, errors.ChainBalanceError):
            before += line.amount_fen  # the next balance follows from what this one should be
        else:
            before = _after(before, line)
    return found


_Break = errors.ChainGapError | errors.ChainSignError | errors.ChainBalanceError


def _why(line: ReadLine, following: ReadLine | None, before: int | None) -> _Break | None:
    """Return what is wrong at a line, as far as the rows around it tell; None when nothing is."""
    if before is None or line.balance_fen in {None, before + line.amount_fen}:
        return None
    assert line.balance_fen is not None  # None was let through above
    if before - line.amount_fen == line.balance_fen:
        return errors.ChainSignError(amount=line.amount_fen)
    should_be = before + line.amount_fen
    if following is not None and following.balance_fen == should_be + following.amount_fen:
        return errors.ChainBalanceError(given=line.balance_fen, should_be=should_be)
    return errors.ChainGapError(difference=line.balance_fen - should_be)


def opening_of(lines: Sequence[ReadLine]) -> int | None:
    """Return the balance before the first of ordered lines; None when no balance tells it."""
    moved = 0
    for line in lines:
        moved += line.amount_fen
        if line.balance_fen is not None:
            return line.balance_fen - moved
    return None


def closing_of(lines: Sequence[ReadLine]) -> int | None:
    """Return the balance after the last of ordered lines; None when no balance tells it."""
    opening = opening_of(lines)
    return None if opening is None else opening + sum(line.amount_fen for line in lines)


def with_balances(lines: Sequence[ReadLine], opening_fen: int) -> list[ReadLine]:
    """Return ordered lines with the balances that follow from the one before the first."""
    running, found = opening_fen, []
    for line in lines:
        running += line.amount_fen
        found.append(replace(line, balance_fen=running))
    return found
