"""Caps reckoned a second time, minute by minute, sharing no code with the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Served:
    """One approved service: who for whom, when, and the minutes it brings."""

    volunteer: int
    recipient: int | None
    on: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rules allow; None without a limit."""

    month: int | None = None
    pair: int | None = None
    lifetime: int | None = None
    gives_excess: bool = True


def shared(history: Sequence[Served], limits: Limits) -> list[tuple[int, int, int]]:
    """Return own, donation-only and refused minutes of each service, in the order given.

    Every minute is asked anew whether it still fits; nothing is kept but the minutes themselves.
    """
    own: list[Served] = []
    found = []
    for served in history:
        parts = [0, 0, 0]
        for _ in range(served.minutes):
            if _fits(own, served, limits):
                own.append(served)
                parts[0] += 1
            else:
                parts[1 if limits.gives_excess else 2] += 1
        found.append((parts[0], parts[1], parts[2]))
    return found


def _fits(own: Sequence[Served], served: Served, limits: Limits) -> bool:
    """Whether one more minute of a service may go to the volunteer's own account."""
    mine = [one for one in own if one.volunteer == served.volunteer]
    same_month = [
        one for one in mine if (one.on.year, one.on.month) == (served.on.year, served.on.month)
    ]
    same_pair = [one for one in same_month if one.recipient == served.recipient]
    asks = [(limits.month, same_month), (limits.lifetime, mine)]
    if served.recipient is not None:
        asks.append((limits.pair, same_pair))
    return all(limit is None or len(minutes) < limit for limit, minutes in asks)
