"""Whole minutes and whole fen: how they are read, split and bounded. No floats come near them."""

import re
from collections.abc import Sequence

MINUTES_MAX = 10**9
FEN_MAX = 10**13

_YUAN = re.compile(r"(?P<sign>-?)(?P<yuan>\d{1,11})(?:\.(?P<cents>\d{1,2}))?", re.ASCII)


def fen_of(text: str) -> int:
    """Return the fen in a plain decimal amount of yuan such as ``12,345.60``.

    Raises:
        ValueError: the text is no amount with at most two decimals.
    """
    match = _YUAN.fullmatch(text.strip().lstrip("¥￥").replace(",", "").strip())
    if match is None:
        raise ValueError(text)
    cents = (match["cents"] or "").ljust(2, "0")
    fen = int(match["yuan"]) * 100 + int(cents)
    return -fen if match["sign"] else fen


def yuan_text(fen: int) -> str:
    """Return an amount in yuan with two decimals and thousands separators, without a sign mark."""
    sign = "-" if fen < 0 else ""
    yuan, cents = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{cents:02d}"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole amount by weights so that the parts sum to it exactly.

    Largest remainder; ties go to the earlier part. Weights are non-negative and not all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts
