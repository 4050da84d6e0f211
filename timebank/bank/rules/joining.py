"""A statement held against the books: what it adds, and whether it joins on without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timebank.bank import errors
from timebank.bank.rules.known import Sorted
from timebank.bank.rules.values import ReadLine, RowProblem, Statement


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands in the books before an import.

    It is anchored once a bank's balance was met: from then on every line must join on.
    """

    position: int = 0
    running_fen: int = 0
    last_on: date | None = None
    is_anchored: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would book; ``opening_fen`` is what the account held before its first line."""

    new: Sequence[ReadLine]
    known_count: int
    doubtful: Sequence[ReadLine]
    opening_fen: int
    problems: Sequence[RowProblem]

    @property
    def opening_row(self) -> int:
        """The row before which the opening line stands."""
        return self.new[0].row if self.new else 0


def plan(statement: Statement, sorted_out: Sorted, at: Standing) -> Plan:
    """Return what a sound statement adds to the books, and what does not join on."""
    new = sorted_out.new
    problems = list(statement.problems)
    opening = 0
    if statement.opening_fen is not None:
        problems += _inserted(statement, sorted_out)
        if at.is_anchored:
            problems += _left_out(statement, sorted_out)
        if new and not problems:
            before = (new[0].balance_fen or 0) - new[0].amount_fen
            opening = before - at.running_fen
            if opening and at.is_anchored:
                opening = 0
                problems.append(_gap(new[0], before, at))
    elif at.is_anchored:
        problems += [
            RowProblem(line.row, errors.BeforeBooksError(given=line.day, through=at.last_on))
            for line in new
            if at.last_on is not None and line.day < at.last_on
        ]
    problems.sort(key=lambda one: one.row)
    return Plan(new, len(sorted_out.known), sorted_out.doubtful, opening, problems)


def _gap(line: ReadLine, before: int, at: Standing) -> RowProblem:
    """Return the problem of a statement that begins at another balance than the books end."""
    error = errors.BooksGapError(
        given=before, should_be=at.running_fen, through=at.last_on or line.day
    )
    return RowProblem(line.row, error)


def _inserted(statement: Statement, sorted_out: Sorted) -> list[RowProblem]:
    """Return the new rows that stand before a row which is booked: the books cannot be parted."""
    known = {id(line) for line in sorted_out.known}
    places = [at for at, line in enumerate(statement.lines) if id(line) in known]
    if not places:
        return []
    before = {id(line) for line in statement.lines[: places[-1]]}
    through = statement.lines[places[-1]].day
    return [
        RowProblem(line.row, errors.BeforeBooksError(given=line.day, through=through))
        for line in sorted_out.new
        if id(line) in before
    ]


def _left_out(statement: Statement, sorted_out: Sorted) -> list[RowProblem]:
    """Return booked lines that the file leaves out; its last day may have been cut by the hour."""
    last = max(line.day for line in statement.lines)
    doubtful = {(line.day, line.amount_fen) for line in sorted_out.doubtful}
    return [
        RowProblem(0, errors.BookedMissingError(given=one.day, amount=one.amount_fen))
        for one in sorted_out.left_out
        if one.day < last and (one.day, one.amount_fen) not in doubtful
    ]
