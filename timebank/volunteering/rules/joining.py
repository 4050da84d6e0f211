"""Asking to join from outside: what is told, how long a login code holds."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

CONSENT_VERSION = 1
ELDER_YEARS = 60  # Source: 老年人权益保障法, art. 2
CODE_DIGITS = 8
CODE_HOLDS = timedelta(days=14)
CODE_TRIES_MAX = 5
ADDRESS_TRIES_FREE = 10
PHONE_TRIES_FREE = 5
WORDS_CHARS_MAX = 200


class JoinState(StrEnum):
    """Where a request stands; both ends are final, whoever was refused may ask again."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Applicant:
    """What somebody tells of themselves; kept sealed, and only until it is decided."""

    name: str
    phone: str
    micro_grid_id: int
    room_no: str
    born_on: date
    serves: bool
    words: str = ""


def new_code() -> str:
    """Return a code that nobody guesses in the few tries there are."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
