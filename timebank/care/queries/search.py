"""Whom a counter means by a few typed characters, among a hundred thousand members.

One look into an index for each way of meaning somebody, all in one statement; a part of a name is
found by the sign at which it begins.
"""

from sqlalchemy import ColumnElement, and_, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from timebank.community import rules
from timebank.community.models import NAME_STARTS, Community, Person

_LAST_SIGN = chr(0x10FFFF)


def meant(session: Session, *, community_id: int, text: str, limit: int) -> list[int]:
    """Return the active people meant by a card number, a phone or its tail, initials or a name."""
    wanted = rules.clean(text)
    ways = _ways(session, community_id, wanted) if wanted else []
    if not ways:
        return []
    looks = [select(Person.id).where(Person.community_id == community_id, way) for way in ways]
    found = select(union_all(*looks).subquery().c.id)
    rows = session.scalars(
        select(Person.id)
        .where(Person.id.in_(found), Person.is_active)
        .order_by(Person.pinyin_initials, Person.name, Person.id)
        .limit(limit)
    )
    return list(rows)


def _ways(session: Session, community_id: int, wanted: str) -> list[ColumnElement[bool]]:
    """Return the conditions under each of which a person is meant by what was typed."""
    ways: list[ColumnElement[bool]] = []
    phone = rules.phone_of(wanted)
    if phone:
        ways.append(Person.phone_index == rules.phone_index(phone))
    if rules.is_card_text(wanted):
        digits = wanted.rpartition("-")[2].zfill(rules.CARD_DIGITS)
        code = select(Community.code).where(Community.id == community_id).scalar_subquery()
        ways.append(Person.card_no == code + f"-{digits}")
    if len(wanted) == rules.PHONE_TAIL_DIGITS and wanted.isascii() and wanted.isdigit():
        ways.append(Person.phone_tail_index == rules.phone_tail_index(wanted))
    if wanted.isascii() and wanted.isalpha():
        initials = wanted.lower()
        after = initials[:-1] + chr(ord(initials[-1]) + 1)
        ways.append(and_(Person.pinyin_initials >= initials, Person.pinyin_initials < after))
    if not wanted.isascii():
        ways += _holds(session, wanted)
    elif not wanted.isdigit():
        ways.append(Person.name.in_({wanted, wanted.title(), wanted.upper(), wanted.lower()}))
    return ways


def _holds(session: Session, wanted: str) -> list[ColumnElement[bool]]:
    """Return the conditions that a name holds what was typed, from each sign where it may begin."""
    is_lite = session.get_bind().dialect.name == "sqlite"
    ways: list[ColumnElement[bool]] = []
    for start in NAME_STARTS:
        rest = func.substr(Person.name, literal_column(str(start)))
        ordered = rest if is_lite else rest.collate("C")
        ways.append(and_(ordered >= wanted, ordered < wanted + _LAST_SIGN))
    return ways
