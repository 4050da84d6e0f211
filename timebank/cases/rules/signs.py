"""Signs on lamp posts: the code that stands for a place, and what a finger may not get wrong."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from timebank.cases.errors import intake as errors
from timebank.cases.rules.geo import Point

# 31 signs that cannot be taken for one another; a prime, which the check sign needs.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_SIGNS = 7
SIGNS_ON_SHEET_MAX = 60


@dataclass(frozen=True, slots=True)
class PlaceSign:
    """A sign: its code, where it hangs, and how people say where that is."""

    id: int
    community_id: int
    code: str
    micro_grid_id: int
    grid_id: int
    place_label: str
    description: str
    point: Point | None
    made_at: datetime
    retired_at: datetime | None

    @property
    def code_text(self) -> str:
        """The code in two groups, as people read it."""
        return f"{self.code[:3]}-{self.code[3:]}"


def new_code() -> str:
    """Return a fresh code: six drawn signs and a check sign."""
    drawn = "".join(secrets.choice(SIGNS) for _ in range(CODE_SIGNS - 1))
    return drawn + check_sign(drawn)


def check_sign(drawn: str) -> str:
    """Return the sign that catches every single wrong sign and every two that changed places."""
    total = sum(at * SIGNS.index(sign) for at, sign in enumerate(drawn, start=1))
    return SIGNS[total % len(SIGNS)]


def tidy_code(typed: str) -> str:
    """Return a typed or scanned code as it is kept.

    Raises:
        SignMistypedError: it cannot be one.
    """
    code = "".join(sign for sign in typed.upper() if sign.isalnum())
    is_whole = len(code) == CODE_SIGNS and all(sign in SIGNS for sign in code)
    if not is_whole or check_sign(code[:-1]) != code[-1]:
        raise errors.SignMistypedError(field="sign_code")
    return code
