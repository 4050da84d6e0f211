"""Amounts in capital figures: every zero case, and an inverse that reads them back."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from timebank.kernel.capitals import DIGITS, in_capitals

_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(text: str) -> int:
    """Return the fen that capital figures say, by adding what each figure stands for."""
    sign, text = (-1, text[1:]) if text.startswith("负") else (1, text)
    whole, _, cents = text.partition("元") if "元" in text else ("", "", text)
    total = group = big = digit = 0
    for one in whole:
        if one in DIGITS:
            digit = DIGITS.index(one)
        elif one in _UNITS:
            group, digit = group + digit * _UNITS[one], 0
        elif one == "万":
            big, group, digit = big + (group + digit) * 10**4, 0, 0
        elif one == "亿":
            total, big, group, digit = total + (big + group + digit) * 10**8, 0, 0, 0
    fen = (total + big + group + digit) * 100
    for at, one in enumerate(cents):
        if one in "角分":
            fen += DIGITS.index(cents[at - 1]) * (10 if one == "角" else 1)
    return sign * fen


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (15, "壹角伍分"),
        (100, "壹元整"),
        (1_000, "壹拾元整"),
        (10_000, "壹佰元整"),
        (10_105, "壹佰零壹元零伍分"),
        (10_150, "壹佰零壹元伍角整"),
        (11_000, "壹佰壹拾元整"),
        (100_100, "壹仟零壹元整"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_050_000, "壹万零伍佰元整"),
        (1_000_000, "壹万元整"),
        (1_000_001, "壹万元零壹分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (10_000_000_000, "壹亿元整"),
        (10_000_100_000, "壹亿零壹仟元整"),
        (10_100_000_000, "壹亿零壹佰万元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (100_100_000_000_000, "壹万零壹拾亿元整"),
        (-1_234, "负壹拾贰元叁角肆分"),
    ],
)  # fmt: skip
def test_every_zero_case_is_said_as_the_rules_have_it(fen: int, said: str) -> None:
    assert in_capitals(fen) == said
    assert read_back(said) == fen


@given(st.integers(-(10**15), 10**15))
@example(10**12)
@example(20_000_000_030)
def test_what_is_said_reads_back_to_the_same_amount(fen: int) -> None:
    said = in_capitals(fen)
    assert read_back(said) == fen
    assert "零零" not in said
    assert "零万" not in said
    assert "零元" not in said or fen == 0


def test_an_amount_beyond_all_figures_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\d+"):
        in_capitals(10**18)
