"""The bounds of a message, and how long it is kept."""

from dataclasses import dataclass
from datetime import timedelta

from timebank.notices.rules.notice import Notice

KEY_CHARS_MAX = 160
URL_CHARS_MAX = 200
ROWS_AT_ONCE = 1000
KEPT_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice for one person; the same ``key`` tells the same person once. ``url`` is a path."""

    to: int
    notice: Notice
    key: str
    url: str


def check(draft: Draft) -> None:
    """Hold a draft to its bounds, which only a programmer can break.

    Raises:
        ValueError: the key or the address is empty or too long, or leads out of the house.
    """
    if not 0 < len(draft.key) <= KEY_CHARS_MAX:
        message = f"a key has 1 to {KEY_CHARS_MAX} characters"
        raise ValueError(message)
    is_path = draft.url.startswith("/") and not draft.url.startswith(("//", "/\\"))
    if not is_path or len(draft.url) > URL_CHARS_MAX:
        message = f"an address is a path of at most {URL_CHARS_MAX} characters"
        raise ValueError(message)
