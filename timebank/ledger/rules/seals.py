"""Seals: the digest of all that a row says, in one writing that no engine or time zone changes.

The seal of an entry is a leaf hash of RFC 6962 over its *leaf*: a text that names accounts and
people by number alone. What was written in words stands beside it under a salt, and only the
digest of both is in the leaf: when the words and their salt are erased, nobody can guess them
back, and every proof of the entry stays valid.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any  # the columns of a row
from uuid import UUID

from timebank.ledger.rules.values import Transfer

SALT_BYTES = 16
LEAF_TITLE = "timebank.entry.1"
_LEAF_PREFIX = b"\x00"


def words_hash(salt: bytes, words: Iterable[str]) -> bytes:
    """Return the digest of words under a salt; each word stands behind its length."""
    text = "".join([f"{len(word)}:{word}" for word in words])
    return hashlib.sha256(salt + text.encode()).digest()


def leaf_hash(leaf: str) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1): the seal of its entry."""
    return hashlib.sha256(_LEAF_PREFIX + leaf.encode()).digest()


def leaf_text(head: Mapping[str, Any], lines: Iterable[Transfer]) -> str:
    """Return the leaf of an entry: a title, the facts of its header, then a line per transfer.

    ``head`` has the columns of the entry's row; ``words_hash`` among them.
    """
    moved = "".join([f"{line.debit_id} {line.credit_id} {line.amount}\n" for line in lines])
    return (
        f"{LEAF_TITLE}\n{head['id'].hex}\n{head['community_id']}\n{head['book_id']}\n"
        f"{head['asset']}\n{head['kind']}\n{_days(head)}\n"
        f"{moment_text(head['recorded_at'])}\n{_known(head['actor_user_id'])}\n"
        f"{_known(head['reverses_id'])}\n{_known(head['hold_id'])}\n"
        f"{_known(head['debt_account_id'])}\n{head['words_hash'].hex()}\n{moved}"
    )


def _days(head: Mapping[str, Any]) -> str:
    """Return the day of an entry, and behind it that of the lots it carries, if it carries any."""
    carried = "" if head["lots_on"] is None else f" {head['lots_on'].isoformat()}"
    return f"{head['effective_on'].isoformat()}{carried}"


@lru_cache(maxsize=64)  # all entries of a load were recorded at one moment
def moment_text(moment: datetime) -> str:
    """Return a moment in UTC to the microsecond, as it stands in leaves."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


def _known(value: UUID | int | None) -> str:
    """Return an id or a number as a leaf has it, ``-`` where there is none."""
    return "-" if value is None else value.hex if isinstance(value, UUID) else str(value)


def sha256_of(parts: Sequence[object]) -> bytes:
    """Return the SHA-256 of values in one canonical writing."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).digest()


def _plain(value: object) -> str:
    """Return moments, days and ids as text that no engine or time zone changes."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
