"""Which lines of a file are new: counted against what is booked, so that twins stay twins.

Lines with balances on both sides are the same when day, amount and balance are; twins that share
even these are counted. Where a balance is missing, words decide; where the words differ too (two
layouts of one bank), somebody is asked.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from timebank.bank.rules.values import ReadLine


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A line in the books, as far as it takes to know it again."""

    day: date
    amount_fen: int
    balance_fen: int | None
    words_index: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """The lines of a file by what is to be done with them, and booked ones that it leaves out."""

    new: Sequence[ReadLine]
    known: Sequence[ReadLine]
    doubtful: Sequence[ReadLine]
    left_out: Sequence[BookedLine]


_Same = Callable[[ReadLine, str, BookedLine], bool]


def sort_out(lines: Sequence[tuple[ReadLine, str]], booked: Iterable[BookedLine]) -> Sorted:
    """Sort the lines of a file, each with the index of its words, against the booked ones."""
    pool: dict[tuple[date, int], list[BookedLine]] = defaultdict(list)
    for one in booked:
        pool[one.day, one.amount_fen].append(one)
    known: set[int] = set()
    for is_same in (_same_balance, _same_words):
        for at, (line, words) in enumerate(lines):
            if at not in known and _take(pool[line.day, line.amount_fen], line, words, is_same):
                known.add(at)
    left = Counter({key: len(ones) for key, ones in pool.items()})
    new: list[ReadLine] = []
    doubtful: list[ReadLine] = []
    for at, (line, _words) in enumerate(lines):
        if at in known:
            continue
        key = (line.day, line.amount_fen)
        is_doubtful = left[key] > 0 and _may_be_one(line, pool[key])
        left[key] -= is_doubtful
        (doubtful if is_doubtful else new).append(line)
    left_out = [one for ones in pool.values() for one in ones]
    return Sorted(new, [lines[at][0] for at in sorted(known)], doubtful, left_out)


def _same_balance(line: ReadLine, _words: str, booked: BookedLine) -> bool:
    """Whether both carry the same balance."""
    return line.balance_fen is not None and line.balance_fen == booked.balance_fen


def _same_words(line: ReadLine, words: str, booked: BookedLine) -> bool:
    """Whether a balance is missing on one side, and both say the same."""
    is_unproved = line.balance_fen is None or booked.balance_fen is None
    return is_unproved and words == booked.words_index


def _may_be_one(line: ReadLine, ones: Sequence[BookedLine]) -> bool:
    """Whether a line could be one of those that are left: no two balances say otherwise."""
    return any(line.balance_fen is None or one.balance_fen is None for one in ones)


def _take(ones: list[BookedLine], line: ReadLine, words: str, is_same: _Same) -> bool:
    """Take the first booked line that is the same out of those left."""
    for at, one in enumerate(ones):
        if is_same(line, words, one):
            del ones[at]
            return True
    return False
