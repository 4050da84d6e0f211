"""Whom a counter means by a few typed characters, among a hundred thousand members.

One look into an index for each way of meaning somebody, all in one statement; a part of a name is
found by the sign at which it begins. Each look ends after ``LOOK_MAX``: one sign or one initial is
meant by thousands, of whom nobody reads more than the first.
"""

from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from timebank.community import rules
from timebank.community.models import LAST_SIGN, NAME_STARTS, Community, Person, name_from

LOOK_MAX = 200


def meant(session: Session, *, community_id: int, text: str, limit: int) -> list[int]:
    """Return the active people meant by a card number, a phone or its tail, initials or a name."""
    wanted = rules.clean(text)
    facts = _facts(wanted) if wanted else {}
    if not facts:
        return []
    is_lite = session.get_bind().dialect.name == "sqlite"
    statement = _statement(tuple(sorted(facts)), is_lite=is_lite)
    told: dict[str, object] = {"community_id": community_id, "shown": limit}
    for way in facts.values():
        told |= way
    return list(session.scalars(statement, told))


def _facts(wanted: str) -> dict[str, dict[str, object]]:
    """Return the ways in which a person may be meant by what was typed, each with its values."""
    facts: dict[str, dict[str, object]] = {}
    phone = rules.phone_of(wanted)
    if phone:
        facts["phone"] = {"phone": rules.phone_index(phone)}
    if rules.is_card_text(wanted):
        digits = wanted.rpartition("-")[2].zfill(rules.CARD_DIGITS)
        facts["card"] = {"card": f"-{digits}"}
    if len(wanted) == rules.PHONE_TAIL_DIGITS and wanted.isascii() and wanted.isdigit():
        facts["tail"] = {"tail": rules.phone_tail_index(wanted)}
    if wanted.isascii() and wanted.isalpha():
        first = wanted.lower()
        facts["initials"] = {"first": first, "after": first[:-1] + chr(ord(first[-1]) + 1)}
    if not wanted.isascii():
        facts["part"] = {"part": wanted, "part_end": wanted + LAST_SIGN}
    elif not wanted.isdigit():
        names = {wanted, wanted.title(), wanted.upper(), wanted.lower()}
        facts["names"] = {"names": sorted(names)}
    return facts


@lru_cache(maxsize=64)
def _statement(ways: tuple[str, ...], *, is_lite: bool) -> Select[tuple[int]]:
    """Return the statement that looks in some ways; it is built once, for its values change."""
    looks = [one for way in ways for one in _looks(way, is_lite=is_lite)]
    found = select(union_all(*looks).subquery().c.id)
    return (
        select(Person.id)
        .where(Person.id.in_(found), Person.is_active)
        .order_by(Person.pinyin_initials, Person.name, Person.id)
        .limit(bindparam("shown"))
    )


def _looks(way: str, *, is_lite: bool) -> list[Select[tuple[int]]]:
    """Return the looks of one way, each in the order of the index that it reads."""
    initials = Person.pinyin_initials
    code = select(Community.code).where(Community.id == bindparam("community_id"))
    looks: dict[str, tuple[ColumnElement[bool], SQLColumnExpression[str] | None]] = {
        "phone": (Person.phone_index == bindparam("phone"), None),
        "card": (Person.card_no == code.scalar_subquery() + bindparam("card"), None),
        "tail": (Person.phone_tail_index == bindparam("tail"), None),
        "initials": (
            and_(initials >= bindparam("first"), initials < bindparam("after")),
            initials,
        ),
        "names": (Person.name.in_(bindparam("names", expanding=True)), None),
    }
    if way != "part":
        return [_look(*looks[way])]
    found = []
    for start in NAME_STARTS:
        ordered = name_from(start, is_lite=is_lite)
        holds = and_(ordered >= bindparam("part"), ordered < bindparam("part_end"))
        found.append(_look(holds, ordered))
    return found


def _look(way: ColumnElement[bool], order: SQLColumnExpression[str] | None) -> Select[tuple[int]]:
    """Return one look for active people, no further than the first ones."""
    found = select(Person.id).where(
        Person.community_id == bindparam("community_id"), Person.is_active, way
    )
    if order is not None:
        found = found.order_by(order)
    return select(found.order_by(Person.id).limit(LOOK_MAX).subquery().c.id)
