"""The table that is printed, and the JSON that is kept."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any  # JSON

from tests.benchmarks.harness import Outcome

HEAD = ("what", "against", "engine", "ratio [min..max]", "limit", "reached?")


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield the lines of the table."""
    rows: list[Sequence[str]] = [HEAD, *(_row(one) for one in outcomes)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    for number, row in enumerate(rows):
        yield " | ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        if number == 0:
            yield "-|-".join("-" * width for width in widths)


def _row(one: Outcome) -> Sequence[str]:
    """Return the cells of one line."""
    pair = one.pair
    spread = f"{figure(one.ratio)} [{figure(min(one.ratios))}..{figure(max(one.ratios))}]"
    if not one.peer:
        spread = f"{spread} {pair.unit}"
    reached = {True: "yes", False: "NO", None: "-"}[one.is_reached]
    return (pair.what, pair.against, pair.engine, spread, str(pair.limit or "-"), reached)


def detail(one: Outcome) -> str:
    """Return what is said of a pair as soon as it is measured."""
    sides = [f"ours {_side(one.ours)}"]
    if one.peer:
        sides.append(f"peer {_side(one.peer)}")
    told = ", ".join(f"{name}: {value}" for name, value in one.facts.items())
    return f"{one.pair.name} ({one.pair.engine}): {'; '.join(sides)} {one.pair.unit}  {told}"


def _side(figures: Sequence[float]) -> str:
    ordered = sorted(figures)
    middle = ordered[len(ordered) // 2]
    return f"{figure(middle)} [{figure(ordered[0])}..{figure(ordered[-1])}]"


def figure(value: float) -> str:
    """Return a number as short as it may be read."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def document(outcomes: Iterable[Outcome], facts: dict[str, Any], form: str) -> dict[str, Any]:
    """Return the run as JSON."""
    return {"form": form, "machine": facts, "pairs": [one.document() for one in outcomes]}
