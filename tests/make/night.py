"""How much a run tries: by day each thing once, at night each with everything it may meet.

``TIMEBANK_NIGHT=1`` makes a run that of the night; ``make nightly`` sets it.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

IS_NIGHT = "TIMEBANK_NIGHT" in os.environ


def by_day(every: Sequence[T], *, one_of: int) -> list[T]:
    """All of them at night; by day one of so many, always the same."""
    return list(every) if IS_NIGHT else list(every[::one_of])
