"""The rows about one person in every table, and the lines of the person's accounts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any  # JSON

from sqlalchemy import Column, LargeBinary, Table, Uuid, false, func, or_, select, true
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.kernel.db import Base
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import statements
from timebank.ledger.rules.values import StatementLine
from timebank.reports.models import OwnDataCopy
from timebank.reports.rules.own_data import (
    OWN,
    ROWS_MAX,
    WRITERS,
    Section,
    is_hidden,
    is_others,
    masked,
)
from timebank.volunteering.queries.passbook import BOOK, donation_code, member_code

# The rows of a table, and of each whether the member wrote it.
_Found = tuple[Section, list[bool]]


def last_copy_on(session: Session, person_id: int) -> date | None:
    """Return on which day a member took the own data last; None when never."""
    return session.scalar(
        select(OwnDataCopy.on_day)
        .where(OwnDataCopy.person_id == person_id)
        .order_by(OwnDataCopy.on_day.desc())
        .limit(1)
    )


def sections(session: Session, person_id: int) -> Iterator[Section]:
    """Yield what each table has about a person, the profile first, by one read each.

    What others wrote is told without the names and numbers of other residents.
    """
    tables = Base.metadata.tables
    me = session.get_one(Person, person_id)
    found = [_section(session, tables["person"], ("id",), person_id)]
    found += [_section(session, tables[name], own, person_id) for name, own in OWN.items()]
    names = _named(session, me, found)
    own_numbers = {one for one in (me.phone, me.id_number) if one}
    for section, writers in found:
        yield replace(
            section,
            rows=[
                {
                    name: masked(value, names=names, own=own_numbers)
                    if is_others(section.name, name, is_writer=is_writer)
                    else value
                    for name, value in row.items()
                }
                for row, is_writer in zip(section.rows, writers, strict=True)
            ],
        )


def _named(session: Session, me: Person, found: Sequence[_Found]) -> set[str]:
    """Return the names of other residents that stand anywhere in what others wrote."""
    text = "\n".join(
        str(value)
        for section, writers in found
        for row, is_writer in zip(section.rows, writers, strict=True)
        for name, value in row.items()
        if isinstance(value, str | list | dict)
        and is_others(section.name, name, is_writer=is_writer)
    )
    names = session.scalars(
        select(Person.name)
        .where(Person.community_id == me.community_id, Person.name != me.name)
        .execution_options(yield_per=1000)
    )
    return {name for name in names if len(name) > 1 and name in text}


def is_told(column: Column[Any], own: tuple[str, ...]) -> bool:
    """Return whether a column is handed over: no secret, no other's, no number of another table."""
    if column.name in own:
        return True
    is_number = column.foreign_keys or isinstance(column.type, (Uuid, LargeBinary))
    return not is_number and not is_hidden(column.table.name, column.name)


def _section(session: Session, table: Table, own: tuple[str, ...], person_id: int) -> _Found:
    """Return the rows of a table that are about a person, newest first, and whose words."""
    told = [column for column in table.columns if is_told(column, own)]
    is_own = or_(*(table.c[name] == person_id for name in own))
    writer = table.c[WRITERS[table.name]] == person_id if table.name in WRITERS else true()
    wanted = select(func.coalesce(writer, false()), *told)
    wanted = wanted.where(is_own).order_by(*(one.desc() for one in table.primary_key))
    found = session.execute(wanted.limit(ROWS_MAX + 1)).all()
    names = [column.name for column in told]
    rows = [
        _row(dict(zip(names, one[1:], strict=True)), own, person_id) for one in found[:ROWS_MAX]
    ]
    section = Section(table.name, rows, is_cut=len(found) > ROWS_MAX)
    return section, [bool(one[0]) for one in found[:ROWS_MAX]]


def _row(
    row: Mapping[Any, Any],  # a row's columns
    own: tuple[str, ...],
    person_id: int,
) -> dict[str, Any]:
    """Return a row as JSON; where a person stands it says whether it is the member."""
    return {
        str(name): _value(value) if str(name) not in own else _who(value, person_id)
        for name, value in row.items()
    }


def _who(value: int | None, person_id: int) -> str | None:
    """Return whether a person is the member; others are not named."""
    return None if value is None else "me" if value == person_id else "other"


def _value(value: object) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, datetime):
        return clock.local(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def lines(
    session: Session, *, community_id: int, person_id: int
) -> Iterator[tuple[str, StatementLine]]:
    """Yield every line of a member's accounts, newest first, with what its minutes are for."""
    codes = {"own": member_code(person_id), "donation": donation_code(person_id)}
    for restriction, code in codes.items():
        account_id = ledger_accounts.account_id_within(
            session, community_id=community_id, book=BOOK, code=code
        )
        if account_id is not None:
            yield from ((restriction, line) for line in _of_account(session, account_id))


def _of_account(session: Session, account_id: int) -> Iterator[StatementLine]:
    """Yield the lines of an account, newest first, as far as a table is handed over."""
    cursor: str | None = None
    for _page in range(ROWS_MAX // paging.PAGE_SIZE_MAX):
        page = statements.statement(session, account_id, cursor=cursor, limit=paging.PAGE_SIZE_MAX)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            break
