"""Amounts as banks and spreadsheets write them, read exactly into fen; nothing is guessed."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from timebank.bank import errors

FEN_MAX = 10**13
# A spreadsheet's binary number differs from the decimal it means by far less than this (in fen).
_NOISE = Decimal("0.0001")
_MINUSES = str.maketrans(dict.fromkeys("−–—‒―﹣⁻‐‑－", "-"))
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_CURRENCY = re.compile(r"(?i)^(?:¥|cny|rmb|人民币)|(?:元|cny|rmb)$")
_BLANK = re.compile(r"(?i)-*|/|无|n/?a|null|none")
_MASKED = re.compile(r"(?i)(?=.*[*x#])[*xyz#.,]+")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+", re.ASCII)
_MARK = r"借方?|贷方?|收入?|支出?|dr\.?|cr\.?"
_MARKED = re.compile(rf"(?i)(?P<before>{_MARK})?:?(?P<body>[^借贷收支]*?)(?P<after>{_MARK})?")


class Mark(StrEnum):
    """What stands beside an amount to say which way it went."""

    IN = "in"
    OUT = "out"
    CREDIT = "credit"
    DEBIT = "debit"
    NEUTRAL = "neutral"


_MARKS: dict[str, Mark] = {
    **dict.fromkeys(("收", "收入", "转入", "存入", "汇入", "入账", "进账", "+", "in"), Mark.IN),
    **dict.fromkeys(("income", "moneyin", "入", "来账", "收款"), Mark.IN),
    **dict.fromkeys(("支", "支出", "转出", "支取", "汇出", "出账", "-", "out"), Mark.OUT),
    **dict.fromkeys(("expense", "moneyout", "出", "往账", "付款", "付"), Mark.OUT),
    **dict.fromkeys(("贷", "贷方", "c", "cr", "cr.", "credit", "crdt"), Mark.CREDIT),
    **dict.fromkeys(("借", "借方", "d", "dr", "dr.", "debit", "dbit"), Mark.DEBIT),
    **dict.fromkeys(("不计收支", "/", "其他", "neutral", "不计"), Mark.NEUTRAL),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a cell says: an amount in fen with the mark beside it, nothing, or something hidden."""

    fen: int | None = None
    mark: Mark | None = None
    is_masked: bool = False
    has_sign: bool = False


BLANK = Written()
MASKED = Written(is_masked=True)


def plain(text: str) -> str:
    """Return a text in narrow signs, with one minus and without blanks."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text).translate(_MINUSES))


def mark_of(text: str) -> Mark | None:
    """Return what a mark says; None when it is none that we know."""
    return _MARKS.get(plain(text).lower())


def amount_of(text: str) -> Written:
    """Return what a cell of amounts says.

    Raises:
        AmountUnreadableError: it is something else, or could mean two amounts.
    """
    said = plain(text)
    if said.startswith('="') and said.endswith('"'):
        said = said[2:-1]
    if _BLANK.fullmatch(said):
        return BLANK
    if _MASKED.fullmatch(said):
        return MASKED
    marked = _MARKED.fullmatch(said)
    if marked is None or (marked["before"] and marked["after"]):
        raise errors.AmountUnreadableError(given=text.strip()[:40])
    mark = mark_of(marked["before"] or marked["after"] or "")
    written = _without_currency(marked["body"])
    is_negative, body = _sign_of(written)
    fen = _fen_of(body)
    if fen is None:
        raise errors.AmountUnreadableError(given=text.strip()[:40])
    return Written(-fen if is_negative else fen, mark, has_sign=body != written)


def _without_currency(body: str) -> str:
    """Return an amount without the signs of its currency, wherever its own sign stands."""
    lead = body[:1] if body[:1] in {"+", "-", "("} else ""
    return lead + _CURRENCY.sub("", _CURRENCY.sub("", body[len(lead) :]))


def _sign_of(body: str) -> tuple[bool, str]:
    """Return whether an amount is negative (minus before or behind, brackets, 负), its digits."""
    if body.startswith("(") and body.endswith(")"):
        return True, _CURRENCY.sub("", body[1:-1])
    if body.startswith(("-", "负")):
        return True, _CURRENCY.sub("", body[1:])
    if body.endswith("-"):
        return True, body[:-1]
    return False, body.removeprefix("+")


def _fen_of(digits: str) -> int | None:
    """Return whole fen; None when it is no plain decimal number, or no whole fen.

    More than two decimals are a spreadsheet's binary noise, or they are an amount that no bank
    writes: the latter is not rounded.
    """
    if len(digits) > 40 or not _NUMBER.fullmatch(digits):
        return None
    exact = Decimal(digits.replace(",", "")) * 100
    whole = exact.to_integral_value()
    if abs(exact - whole) > _NOISE or whole > FEN_MAX:
        return None
    return int(whole)
