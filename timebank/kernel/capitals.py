"""Amounts in the capital figures of vouchers, which nobody can alter by a stroke.

Source: the rules for filling in bills and settlement vouchers. A gap of zeros is one 零; 整 follows
yuan and tenths; between yuan and cents without tenths stands 零.
"""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def in_capitals(fen: int) -> str:
    """Return an amount in capital figures, such as 壹佰零壹元零伍分.

    Raises:
        ValueError: it is beyond sixteen figures of yuan.
    """
    yuan, cents = divmod(abs(fen), 100)
    if yuan >= 10 ** (4 * len(_GROUPS)):
        raise ValueError(fen)
    sign = "负" if fen < 0 else ""
    return sign + _whole(yuan) + _cents(cents, is_after_yuan=yuan > 0)


def _cents(cents: int, *, is_after_yuan: bool) -> str:
    """Return tenths and hundredths with what ends the amount."""
    tenths, hundredths = divmod(cents, 10)
    if not cents:
        return "整" if is_after_yuan else "零元整"
    said = f"{DIGITS[tenths]}角" if tenths else "零" if is_after_yuan else ""
    return said + (f"{DIGITS[hundredths]}分" if hundredths else "整")


def _whole(yuan: int) -> str:
    """Return whole yuan; nothing for none."""
    if not yuan:
        return ""
    said, rest, is_gap = "", yuan, False
    for at in range(len(_GROUPS) - 1, -1, -1):
        group, rest = divmod(rest, 10 ** (4 * at))
        if not group:
            is_gap = is_gap or bool(said)
            continue
        if said and (is_gap or group < 1000):
            said += "零"
        said, is_gap = said + _group(group) + _name(at, yuan), False
    return said + "元"


def _name(at: int, yuan: int) -> str:
    """Return the name of a group of four; 万亿 is told as 万 when 亿 follows."""
    follows = at == len(_GROUPS) - 1 and yuan // 10**8 % 10**4 > 0
    return "万" if follows else _GROUPS[at]


def _group(group: int) -> str:
    """Return up to four figures; zeros between them are one 零."""
    said, is_gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            is_gap = bool(said)
            continue
        said += ("零" if is_gap else "") + DIGITS[digit] + _PLACES[place]
        is_gap = False
    return said
