"""What a member should do before minutes end or a cap bites: pure values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

NEAR_END = timedelta(days=90)
NEAR_CAP_PERCENT = 10


class Advice(StrEnum):
    """Why something should be done."""

    ENDS_SOON = "ends_soon"
    DONATION_ONLY = "donation_only"
    MONTH_NEAR = "month_near"
    MONTH_FULL = "month_full"
    LIFETIME_NEAR = "lifetime_near"
    LIFETIME_FULL = "lifetime_full"


@dataclass(frozen=True, slots=True)
class Tip:
    """One piece of advice: about how many minutes, by which day."""

    advice: Advice
    minutes: int
    by_on: date | None = None


def tips(
    *,
    ends: Iterable[tuple[date, int]],
    donation_only_minutes: int,
    month: tuple[int | None, int | None],
    lifetime: tuple[int | None, int | None],
    today: date,
) -> Sequence[Tip]:
    """Return what to do, the most pressing first; nothing when nothing presses.

    ``ends`` are ``(day, minutes)``; ``month`` and ``lifetime`` are ``(cap, what is left of it)``.
    """
    found = [Tip(Advice.ENDS_SOON, minutes, on) for on, minutes in ends if on - today <= NEAR_END]
    if donation_only_minutes:
        found.append(Tip(Advice.DONATION_ONLY, donation_only_minutes))
    for (cap, left), near, full in (
        (month, Advice.MONTH_NEAR, Advice.MONTH_FULL),
        (lifetime, Advice.LIFETIME_NEAR, Advice.LIFETIME_FULL),
    ):
        if cap and left is not None and left * 100 <= cap * NEAR_CAP_PERCENT:
            found.append(Tip(near if left else full, left))
    return found
