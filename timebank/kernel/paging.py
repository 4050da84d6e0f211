"""Bounded lists: keyset pages with an opaque cursor."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from timebank.kernel.errors import InvalidError

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200

Key = list[str | int | None]
T = TypeVar("T")


class BadCursorError(InvalidError):
    """翻页的位置不对，请从第一页重新看。"""

    code = "bad_cursor"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next_cursor`` is None on the last."""

    items: Sequence[T]
    next_cursor: str | None = None


def encode(key: Key) -> str:
    """Return the opaque cursor for a sort key."""
    raw = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str, *, width: int) -> Key:
    """Return the sort key in a cursor.

    Raises:
        BadCursorError: the text is no cursor of this width.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursorError from error
    is_key = isinstance(key, list) and len(key) == width
    if not is_key or not all(isinstance(part, str | int | None) for part in key):
        raise BadCursorError
    return list(key)


def page_of(rows: Sequence[T], *, limit: int, key: Callable[[T], Key]) -> Page[T]:
    """Cut ``limit + 1`` fetched rows to a page and tell where the next one starts."""
    if len(rows) <= limit:
        return Page(rows)
    kept = rows[:limit]
    return Page(kept, encode(key(kept[-1])))
