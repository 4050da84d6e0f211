"""Names, numbers and places, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.community import rules
from timebank.community.rules import KinshipKind, Sex

# Surnames whose reading differs from the character's usual one, and everyday ones beside them.
SURNAMES = dict(
    zip(
        "单仇区解查翟覃曾繁秘种重折乐乜召郇阚祭佴粘炅句会适藏参番盖朴任尉缪葛令员华纪宁沈褚晁谌瞿阙芮逄冼隋臧薛",
        "sqoxzzqzpbccsynsxkznngggkzspgprwmglyhjnscccqqrpxszx",
        strict=True,
    )
)


@pytest.mark.parametrize(("surname", "initial"), SURNAMES.items())
def test_a_surname_is_found_by_its_own_reading(surname: str, initial: str) -> None:
    assert rules.pinyin_initials(f"{surname}秀英") == f"{initial}xy"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("单于华", "cyh"),
        ("尉迟恭", "ycg"),
        ("欧阳静", "oyj"),
        ("万俟雪", "mqx"),
        ("买买提·艾力", "mmtal"),
    ],
)
def test_compound_surnames_and_dotted_names_have_all_their_initials(
    name: str, initials: str
) -> None:
    assert rules.pinyin_initials(name) == initials


@given(st.text(max_size=60))
def test_initials_of_anything_are_short_and_plain(text: str) -> None:
    initials = rules.pinyin_initials(text)

    assert len(initials) <= rules.NAME_CHARS_MAX
    assert initials == initials.lower()


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000420", "13800000420"),
        ("138 0000 0420", "13800000420"),
        ("138-0000-0420", "13800000420"),
        ("+86 138 0000 0420", "13800000420"),
        ("8613800000420", "13800000420"),
        ("0532-86880000", "053286880000"),
        ("（0532）86880000", "053286880000"),
        ("12800000420", None),
        ("1380000042", None),
        ("138000004200", None),
        ("110", None),
        ("", None),
    ],
)
def test_a_phone_number_is_a_mainland_one_or_none(text: str, phone: str | None) -> None:
    assert rules.phone_of(text) == phone


def test_full_width_digits_are_digits() -> None:
    assert rules.phone_of("１３８０００００４２０") == "13800000420"
    assert rules.number_of("２单元") == 2


@given(st.dates(date(1900, 1, 1), date(2026, 11, 1)), st.integers(0, 999))
def test_an_id_number_says_birthday_and_sex_and_one_wrong_digit_is_noticed(
    born_on: date, serial: int
) -> None:
    first17 = f"370211{born_on:%Y%m%d}{serial:03}"
    number = first17 + rules.id_check_digit(first17)

    facts = rules.id_facts(number.lower())

    assert facts is not None
    assert facts.born_on == born_on
    assert facts.sex is (Sex.MALE if serial % 2 else Sex.FEMALE)
    changed = str((int(number[14]) + 1) % 10)
    assert rules.id_facts(number[:14] + changed + number[15:]) is None


@pytest.mark.parametrize(
    "text", ["", "370211195203080", "370211195213080011", "3702111952030800XX"]
)
def test_what_is_no_id_number_is_refused(text: str) -> None:
    assert rules.id_facts(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("第三网格", 3), ("第十二网格", 12), ("二十", 20), ("8号楼", 8), ("8#", 8), (" 25 ", 25),
        ("8.0", 8), ("甲", None), ("", None), ("0", None), ("十十", None),
    ],
)  # fmt: skip
def test_a_place_is_named_by_its_number(text: str, number: int | None) -> None:
    assert rules.number_of(text) == number


@given(st.integers(1, 99))
def test_chinese_numerals_go_there_and_back(number: int) -> None:
    assert rules.number_of(rules.grid_name(number)) == number


@pytest.mark.parametrize(
    "text",
    ["1952-03-08", "1952/3/8", "1952.3.8", "1952年3月8日", "19520308", "1952-03-08 00:00:00"],
)
def test_a_day_is_read_in_the_ways_people_write_it(text: str) -> None:
    assert rules.day_of(text) == date(1952, 3, 8)


@pytest.mark.parametrize("text", ["", "1952-13-08", "3月8日", "19061", "1952-03", "昨天"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert rules.day_of(text) is None


def test_nobody_is_born_tomorrow_or_before_all_memory() -> None:
    today = date(2026, 11, 23)

    assert rules.is_birthday(today, today=today)
    assert not rules.is_birthday(today + timedelta(days=1), today=today)
    assert not rules.is_birthday(date(1890, 1, 1), today=today)


def test_age_counts_full_years() -> None:
    assert rules.age_years(date(1952, 3, 8), on=date(2026, 3, 7)) == 73
    assert rules.age_years(date(1952, 3, 8), on=date(2026, 3, 8)) == 74


@pytest.mark.parametrize(
    ("name", "is_name"),
    [("孙秀英", True), ("买买提·艾力", True), ("John Smith", True), ("孙1", False), ("", False),
     ("=1+1", False), ("孙" * 41, False), ("𠮷田", True)],
)  # fmt: skip
def test_a_name_is_letters(name: str, is_name: bool) -> None:
    assert rules.is_name(name) is is_name


def test_card_numbers_go_there_and_back() -> None:
    assert rules.card_number(code="JL", serial=417) == "JL-00417"
    assert rules.card_serial("jl-00417", code="JL") == 417
    assert rules.card_serial("XJ-00417", code="JL") is None
    assert rules.card_serial("JL-00000", code="JL") is None


@pytest.mark.parametrize("kind", KinshipKind)
def test_kinship_turned_round_twice_is_itself(kind: KinshipKind) -> None:
    assert rules.INVERSE_KINSHIP[rules.INVERSE_KINSHIP[kind]] is kind
