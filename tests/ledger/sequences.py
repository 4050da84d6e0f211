"""Sequences of acts: drawn from a seed, run on the books, and shrunk when one fails.

An act is a name and small whole numbers, so that a shorter sequence of smaller numbers is a
sequence too: what an act is done to is found by counting round whatever is there.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Row = tuple[int, ...]
Value = int | tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """That a number of rows is wanted, each of numbers below those of ``below``."""

    least: int
    most: int
    below: Row


@dataclass(frozen=True, slots=True)
class Kind:
    """How often an act is drawn, and below what its numbers are."""

    weight: int
    below: Mapping[str, int | Rows]


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a sequence."""

    name: str
    facts: Mapping[str, Value]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value}' for key, value in self.facts.items())})"


KINDS: dict[str, Kind] = {}
F = TypeVar("F", bound=Callable[..., object])


def act(weight: int, **below: int | Rows) -> Callable[[F], F]:
    """Make a method an act that is drawn with a weight, its numbers below those given."""

    def register(method: F) -> F:
        KINDS[method.__name__] = Kind(weight, below)
        return method

    return register


def drawn(seed: int, steps: int) -> list[Act]:
    """The sequence of a seed."""
    dice = random.Random(seed)
    weights = [kind.weight for kind in KINDS.values()]
    names = dice.choices(list(KINDS), weights, k=steps)
    return [
        Act(name, {key: _value(dice, below) for key, below in KINDS[name].below.items()})
        for name in names
    ]


def _value(dice: random.Random, below: int | Rows) -> Value:
    if isinstance(below, int):
        return dice.randrange(below)
    count = dice.randint(below.least, below.most)
    return tuple(tuple(dice.randrange(one) for one in below.below) for _ in range(count))


@dataclass(frozen=True, slots=True)
class Failure:
    """A sequence that fails with its last act, and how."""

    acts: Sequence[Act]
    error: BaseException

    def __str__(self) -> str:
        listed = "\n".join(f"  {one}" for one in self.acts)
        return f"{len(self.acts)} acts, the last of which fails:\n{listed}\n{self.error!r}"


Run = Callable[[Sequence[Act]], Failure | None]


def shrunk(failure: Failure, run: Run, *, tries: int) -> Failure:
    """The shortest sequence found that fails in the same way, its numbers as small as may be."""
    is_smaller = True
    while is_smaller and tries > 0:
        is_smaller = False
        for acts in _smaller(failure.acts):
            tries -= 1
            found = run(acts)
            if found is not None and type(found.error) is type(failure.error):
                failure, is_smaller = found, True
                break
            if tries == 0:
                break
    return failure


def _smaller(acts: Sequence[Act]) -> Iterator[list[Act]]:
    """Sequences without some acts, the largest parts first, then with smaller numbers."""
    size = len(acts) // 2
    while size:
        for start in range(0, len(acts), size):
            yield [*acts[:start], *acts[start + size :]]
        size //= 2
    for at, one in enumerate(acts):
        for key, value in one.facts.items():
            for less in _less(value, KINDS[one.name].below[key]):
                smaller = Act(one.name, {**one.facts, key: less})
                yield [*acts[:at], smaller, *acts[at + 1 :]]


def _less(value: Value, below: int | Rows) -> Iterator[Value]:
    """Smaller values: none, half, one less; fewer rows, then rows of smaller numbers."""
    if isinstance(value, int):
        yield from sorted({0, value // 2, value - 1} - {value, -1})
        return
    assert isinstance(below, Rows)
    for at, row in enumerate(value):
        if len(value) > below.least:
            yield value[:at] + value[at + 1 :]
        for place, number in enumerate(row):
            if number:
                yield (
                    *value[:at],
                    (*row[:place], number // 2, *row[place + 1 :]),
                    *value[at + 1 :],
                )
