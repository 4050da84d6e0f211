"""The payment code that a household writes into its transfer, and how it is found again.

``2603-7-1-1202-14`` names project 2026-03, building 7, unit 1, room 1202, the first instalment,
and ends with a check digit: one mistyped or two swapped signs are noticed.
"""

import re
import unicodedata

from timebank.kernel.errors import InvalidError

INSTALMENTS_MAX = 9
CODE_LENGTH_MAX = 40

# Source: H. M. Damm, "Totally anti-symmetric quasigroups for all orders n != 2, 6" (2007).
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_CODE = re.compile(
    r"(?<![0-9A-Z])(\d{4,6})-(\d{1,3})-(\d{1,2})-([0-9A-Z]{1,16})-([1-9])(\d)(?![0-9A-Z])",
    re.ASCII,
)
_DASHES = re.compile(r"\s*[-‐-―－_－]\s*")


class BadPaymentCodeError(InvalidError):
    """这个缴费码不对，请照缴费通知单再抄一遍。"""

    code = "bad_payment_code"


def check_digit(text: str) -> str:
    """Return the check digit over the letters and digits of a text; letters count as two."""
    state = 0
    for sign in text:
        if sign.isascii() and sign.isalnum():
            for digit in str(int(sign, 36)):
                state = int(_DAMM[state][int(digit)])
    return str(state)


def room_sign(room_no: str) -> str:
    """Return a room number as codes write it: narrow capitals and digits only."""
    narrow = unicodedata.normalize("NFKC", room_no).upper()
    return "".join(sign for sign in narrow if sign.isascii() and sign.isalnum())


def payment_code(
    *, project_number: str, building: int, unit: int, room_no: str, instalment: int
) -> str:
    """Return the code of one instalment of one household for one project.

    ``project_number`` is the year and the serial number, such as ``2026-03``.
    """
    year, serial = project_number.split("-")
    body = f"{year[2:]}{serial}-{building}-{unit}-{room_sign(room_no)}-{instalment}"
    return body + check_digit(body)


def codes_in(text: str) -> list[str]:
    """Return the payment codes that stand in a text and whose check digit is right."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).upper()
    found = (match[0] for match in _CODE.finditer(plain))
    return [code for code in found if check_digit(code[:-1]) == code[-1]]


def read_code(text: str) -> str:
    """Return the one payment code that somebody typed, as it is kept.

    Raises:
        BadPaymentCodeError: it is none, or its check digit is wrong.
    """
    found = codes_in(text.strip())
    if len(found) != 1:
        raise BadPaymentCodeError(field="payment_code")
    return found[0]
