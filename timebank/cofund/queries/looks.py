"""Conditions that are looks into an index on both engines."""

from collections.abc import Collection
from typing import Any  # the type of a column's values

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, literal
from sqlalchemy.orm import InstrumentedAttribute, Session

from timebank.community.models import LAST_SIGN, NAME_STARTS, name_from


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
    name = name_from(NAME_STARTS[0], is_lite=is_lite)
    return and_(name >= sign, name < sign + LAST_SIGN)
