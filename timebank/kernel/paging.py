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
ROW_ID_MAX = 2**63 - 1

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
    if not is_key or not all(_may_stand(part) for part in key):
        raise BadCursorError
    return list(key)


def decode_id(cursor: str) -> int:
    """Return the row id in the cursor of a list that is ordered by nothing else.

    Raises:
        BadCursorError: the text is no such cursor.
    """
    (row_id,) = decode(cursor, width=1)
    if not isinstance(row_id, int):
        raise BadCursorError
    return row_id


def _may_stand(part: object) -> bool:
    """Whether a part is one that ``encode`` writes: text, a number of a row, or nothing."""
    if isinstance(part, int):
        return not isinstance(part, bool) and 0 <= part <= ROW_ID_MAX
    return part is None or isinstance(part, str)


def page_of(rows: Sequence[T], *, limit: int, key: Callable[[T], Key]) -> Page[T]:
    """Cut ``limit + 1`` fetched rows to a page and tell where the next one starts."""
    if len(rows) <= limit:
        return Page(rows)
    kept = rows[:limit]
    return Page(kept, encode(key(kept[-1])))
