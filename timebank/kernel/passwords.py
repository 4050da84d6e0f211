"""Passwords and PINs as they are kept: argon2id over a keyed digest, two at a time.

The key (pepper) comes from the settings and is not in the database, so that a stolen database
alone lets nobody guess. One hash costs 19 MiB and some 50 ms; more than two at once would let
a flood of guesses take the whole machine from those who work on it.
"""

import hashlib
import hmac
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_AT_ONCE_MAX = 2
_slots = threading.BoundedSemaphore(_AT_ONCE_MAX)
_hasher = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)


@dataclass(slots=True)
class _Pepper:
    """The key in force; set once at start from the settings."""

    key: bytes = b""


_pepper = _Pepper()


def use_pepper(key: bytes) -> None:
    """Take the password key into use."""
    _pepper.key = key
    _nobodys_hash.cache_clear()


def _keyed(secret: str) -> str:
    """Return the keyed digest of a secret; width of its characters and outer blanks are alike."""
    text = unicodedata.normalize("NFKC", secret).strip()
    return hmac.new(_pepper.key, text.encode(), hashlib.sha256).hexdigest()


def hash_secret(secret: str) -> str:
    """Return the text to store for a password or PIN."""
    with _slots:
        return _hasher.hash(_keyed(secret))


def matches(stored: str | None, secret: str) -> bool:
    """Whether the secret is the stored one; without a stored one the same work is done for no."""
    with _slots:
        try:
            is_right = _hasher.verify(stored or _nobodys_hash(), _keyed(secret))
        except (Argon2Error, InvalidHashError):
            return False
    return is_right and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobodys_hash() -> str:
    """Return a hash that stands in for people who do not exist."""
    return _hasher.hash(_keyed("nobody's password"))
