"""The values of the community room and what may be said about them: names, numbers, places."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import pypinyin

from timebank.kernel.sealed import blind_index

NAME_CHARS_MAX = 40
CARD_DIGITS = 5
PHONE_TAIL_DIGITS = 4
AGE_YEARS_MAX = 125

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0\d{2,3}-?[2-9]\d{6,7}", re.ASCII)
_ID_NUMBER = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_NAME = re.compile(r"[^\W\d_]+(?:[·•‧ ][^\W\d_]+)*")
_DAY = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T][\d:.]+)?|(\d{4})(\d{2})(\d{2})", re.ASCII
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_DIGITS = "10X98765432"


class Sex(StrEnum):
    """As it stands in the register."""

    FEMALE = "female"
    MALE = "male"


class KinshipKind(StrEnum):
    """What the relative is to the person."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDCHILD = "grandchild"
    GRANDPARENT = "grandparent"
    CHILD_IN_LAW = "child_in_law"
    PARENT_IN_LAW = "parent_in_law"
    OTHER = "other"


class OrganisationKind(StrEnum):
    """What kind of body an organisation is."""

    COOPERATIVE = "cooperative"
    COMPANY = "company"
    PROPERTY_FIRM = "property_firm"
    CARE_CENTRE = "care_centre"
    CANTEEN = "canteen"
    POLICE_ROOM = "police_room"
    DEPARTMENT = "department"
    COMMITTEE = "committee"


class SixRole(StrEnum):
    """The six roles of grid governance."""

    GRID_OFFICER = "grid_officer"
    PROPERTY_STEWARD = "property_steward"
    BUILDING_HEAD = "building_head"
    COOP_CADRE = "coop_cadre"
    PARTY_VOLUNTEER = "party_volunteer"
    RESIDENT_REPRESENTATIVE = "resident_representative"


class PlaceKind(StrEnum):
    """The three levels at which a role can stand."""

    GRID = "grid"
    BUILDING = "building"
    MICRO_GRID = "micro_grid"


class ImportKind(StrEnum):
    """The lists that a community brings as files, in the order of their dependence."""

    PLACES = "places"
    PEOPLE = "people"
    ROLES = "roles"
    ORGANISATIONS = "organisations"


class PersonField(StrEnum):
    """What lists say of somebody and people put right."""

    PHONE = "phone"
    HOME = "home"


class BatchState(StrEnum):
    """Where an uploaded list stands."""

    STAGED = "staged"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


PLACE_OF_ROLE = {
    SixRole.GRID_OFFICER: PlaceKind.GRID,
    SixRole.PROPERTY_STEWARD: PlaceKind.GRID,
    SixRole.BUILDING_HEAD: PlaceKind.BUILDING,
    SixRole.COOP_CADRE: PlaceKind.MICRO_GRID,
    SixRole.PARTY_VOLUNTEER: PlaceKind.MICRO_GRID,
    SixRole.RESIDENT_REPRESENTATIVE: PlaceKind.MICRO_GRID,
}

INVERSE_KINSHIP = {
    KinshipKind.SPOUSE: KinshipKind.SPOUSE,
    KinshipKind.CHILD: KinshipKind.PARENT,
    KinshipKind.PARENT: KinshipKind.CHILD,
    KinshipKind.SIBLING: KinshipKind.SIBLING,
    KinshipKind.GRANDCHILD: KinshipKind.GRANDPARENT,
    KinshipKind.GRANDPARENT: KinshipKind.GRANDCHILD,
    KinshipKind.CHILD_IN_LAW: KinshipKind.PARENT_IN_LAW,
    KinshipKind.PARENT_IN_LAW: KinshipKind.CHILD_IN_LAW,
    KinshipKind.OTHER: KinshipKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class CommunityView:
    """A community and what it calls its things."""

    id: int
    code: str
    name: str
    subdistrict: str
    phone: str
    product_name: str
    points_unit: str


@dataclass(frozen=True, slots=True)
class OwnDetails:
    """The personal fields in full: for the person, and for staff who gave a reason."""

    phone: str | None
    id_number: str | None
    address: str | None
    room_no: str | None


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation at work in the community."""

    id: int
    kind: OrganisationKind
    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class KinView:
    """A relative: who, what they are to the person, and since when that is verified."""

    person_id: int
    name: str
    kind: KinshipKind
    verified_on: date | None


@dataclass(frozen=True, slots=True)
class GridView:
    """A grid."""

    id: int
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Residents:
    """How many live in a micro-grid."""

    households: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class RoleHolderView:
    """One of the six roles: who holds it, where, since when."""

    id: int
    role: SixRole
    person_id: int
    person_name: str
    place: PlaceKind
    place_id: int
    place_label: str
    grid_id: int
    started_on: date


_CHINESE_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True))


def chinese_number(number: int) -> str:
    """Return 1..99 in Chinese numerals, as grids are named (第三网格)."""
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    if not 0 < number < 100:
        return str(number)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{digits[tens]}十")
    return head + (digits[ones] if ones else "")


def number_of(text: str) -> int | None:
    """Return the number in ``第三网格``, ``8号楼`` or ``２单元``; None when there is none."""
    plain = clean(text)
    found = re.search(r"\d{1,4}", plain, re.ASCII)
    if found:
        return int(found.group()) or None
    numerals = re.search(r"[一二三四五六七八九十]{1,3}", plain)
    return _of_numerals(numerals.group()) if numerals else None


def _of_numerals(numerals: str) -> int | None:
    """Return the value of Chinese numerals from 一 to 九十九; None when they make no number."""
    head, ten, tail = numerals.partition("十")
    if len(head) > 1 or len(tail) > 1 or "十" in tail:
        return None
    if not ten:
        return _CHINESE_DIGITS[head]
    return (_CHINESE_DIGITS[head] if head else 1) * 10 + (_CHINESE_DIGITS[tail] if tail else 0)


def clean(text: str) -> str:
    """Return text with full-width forms made plain and white space reduced."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def day_of(text: str) -> date | None:
    """Return the day in ``1952-03-08``, ``1952/3/8``, ``1952年3月8日`` or ``19520308``."""
    match = _DAY.fullmatch(clean(text))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups() if part))
    except ValueError:
        return None


def room_of(text: str) -> str:
    """Return a room number without the word for room."""
    return re.sub(r"[室户号]$", "", clean(text).replace(" ", ""))


def home_label(*, building_no: int, unit_no: int, room_no: str) -> str:
    """Return a full door, such as ``7号楼3单元302室``."""
    return f"{building_no}号楼{unit_no}单元{room_no}室"


def is_name(text: str) -> bool:
    """Whether the text is a person's name: letters, with a middle dot or blank between parts."""
    return len(text) <= NAME_CHARS_MAX and _NAME.fullmatch(text) is not None


def phone_of(text: str) -> str | None:
    """Return a mainland mobile or landline number without decoration; None when it is neither."""
    plain = re.sub(r"[ \-()]", "", clean(text))
    plain = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", plain)
    if _MOBILE.fullmatch(plain):
        return plain
    return plain if _LANDLINE.fullmatch(plain) else None


@dataclass(frozen=True, slots=True)
class IdFacts:
    """What an ID number says about its holder."""

    number: str
    born_on: date
    sex: Sex


def id_check_digit(first17: str) -> str:
    """Return the eighteenth character of an ID number.

    Source: GB 11643-1999, ISO 7064:1983 MOD 11-2.
    """
    total = sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True))
    return _ID_CHECK_DIGITS[total % 11]


def id_facts(text: str) -> IdFacts | None:
    """Return what an 18-character ID number says; None when it is no such number."""
    number = re.sub(r"\s", "", clean(text)).upper()
    if not _ID_NUMBER.fullmatch(number) or id_check_digit(number[:17]) != number[17]:
        return None
    try:
        born_on = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return None
    return IdFacts(number, born_on, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def is_birthday(day: date, *, today: date) -> bool:
    """Whether somebody alive may have been born on that day."""
    return today - timedelta(days=366 * AGE_YEARS_MAX) <= day <= today


def age_years(born_on: date, *, on: date) -> int:
    """Return the age in full years on a day."""
    had_birthday = (on.month, on.day) >= (born_on.month, born_on.day)
    return on.year - born_on.year - (0 if had_birthday else 1)


def card_number(*, code: str, serial: int) -> str:
    """Return a card number such as ``JL-00417``."""
    return f"{code}-{serial:0{CARD_DIGITS}d}"


def card_serial(card_no: str, *, code: str) -> int | None:
    """Return the serial in a card number of the community; None when it is not one."""
    match = re.fullmatch(
        rf"{re.escape(code)}-(\d{{{CARD_DIGITS}}})", clean(card_no).upper(), re.ASCII
    )
    return int(match[1]) if match and int(match[1]) else None


def is_card_text(text: str) -> bool:
    """Whether somebody who types this means a card number, in full or its last digits."""
    return re.fullmatch(rf"([A-Za-z]{{1,8}}-)?\d{{1,{CARD_DIGITS}}}", text, re.ASCII) is not None


def micro_grid_label(*, building_no: int, unit_no: int) -> str:
    """Return a micro-grid's door number, such as ``7号楼 3单元``."""
    return f"{building_no}号楼 {unit_no}单元"


def grid_name(number: int) -> str:
    """Return the name that a grid has when nobody gave it another, such as ``第三网格``."""
    return f"第{chinese_number(number)}网格"


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle hidden."""
    return f"{phone[:3]}****{phone[-4:]}"


# Characters that are read differently when they are surnames; the general table has them wrong.
_SURNAME_READINGS = dict(
    zip(
        "单仇区解查翟覃曾繁秘种重折乐乜召郇阚祭佴粘炅句会适藏参番盖朴任尉缪葛令员",
        "sqoxzzqzpbccsynsxkznngggkzspgprwmgly",
        strict=True,
    )
)
_COMPOUND_SURNAMES = re.compile(
    "万俟|尉迟|长孙|单于|澹台|令狐|欧阳|宰父|鲜于|宇文|夏侯|司马|上官|诸葛|皇甫|公孙|慕容|司徒|"
    "东方|独孤|南宫|百里|呼延|端木|轩辕|钟离|太史|申屠"
)


def pinyin_initials(name: str) -> str:
    """Return the initials under which a counter finds a name: ``孙秀英`` is ``sxy``."""
    surname = name[:2] if _COMPOUND_SURNAMES.match(name) else name[:1]
    head = _SURNAME_READINGS.get(surname) or _letters(surname)
    initials = head + _letters(name[len(surname) :])
    return "".join(letter for letter in initials.lower() if letter.isalnum())[:NAME_CHARS_MAX]


def _letters(text: str) -> str:
    """Return the first letter of each syllable."""
    return "".join(pypinyin.lazy_pinyin(text, style=pypinyin.Style.FIRST_LETTER))


def phone_index(phone: str) -> str:
    """Return the blind index of a whole phone number."""
    return blind_index(f"phone:{phone}")


def phone_tail_index(tail: str) -> str:
    """Return the blind index of a phone number's last four digits."""
    return blind_index(f"tail:{tail}")


def phone_columns(phone: str | None) -> dict[str, object]:
    """Return the phone's columns: sealed number and both blind indexes."""
    return {
        "phone": phone,
        "phone_index": phone_index(phone) if phone else None,
        "phone_tail_index": phone_tail_index(phone[-PHONE_TAIL_DIGITS:]) if phone else None,
    }


def id_index(number: str) -> str:
    """Return the blind index of an ID number."""
    return blind_index(f"id:{number}")
