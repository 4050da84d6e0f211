"""Conditions that are looks into an index on both engines."""

from collections.abc import Collection
from typing import Any  # the type of a column's values

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, func, literal, literal_column
from sqlalchemy.orm import InstrumentedAttribute, Session

from timebank.community.models import NAME_STARTS, Person

_LAST_SIGN = chr(0x10FFFF)


def among(
    session: Session, column: InstrumentedAttribute[Any], ids: Collection[int]
) -> ColumnElement[bool]:
    """Return the condition that a column is one of some ids, which PostgreSQL gets as one value.

    A list of values is another statement for each length, which it would have to read each time.
    """
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(ids)
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


def begins_with(session: Session, sign: str) -> ColumnElement[bool]:
    """Return the condition that a person's name begins with a sign, as its index has it."""
    is_lite = session.get_bind().dialect.name == "sqlite"
    name = func.substr(Person.name, literal_column(str(NAME_STARTS[0])))
    ordered = name if is_lite else name.collate("C")
    return and_(ordered >= sign, ordered < sign + _LAST_SIGN)
