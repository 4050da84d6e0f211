"""Opening books and accounts; neither is ever changed afterwards."""

from collections.abc import Mapping

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.ledger.errors import (
    AccountDiffersError,
    AccountNotFoundError,
    BookNotFoundError,
)
from timebank.ledger.models.tables import ACCOUNTS, BOOKS, Book, seal_of
from timebank.ledger.queries import accounts as queries
from timebank.ledger.rules.values import AccountKind, Asset, Restriction, Side


def ensure_book(session: Session, *, community_id: int, code: str, name: str) -> int:
    """Return the id of a community's book, opening it when there is none yet."""
    found = queries.book_id(session, community_id=community_id, code=code)
    if found is None:
        row = {"community_id": community_id, "code": code, "name": name}
        _insert_unless_there(session, BOOKS, row)
        found = queries.book_id(session, community_id=community_id, code=code)
    if found is None:
        raise BookNotFoundError
    return found


def ensure_account(
    session: Session,
    *,
    book_id: int,
    asset: Asset,
    code: str,
    name: str,
    kind: AccountKind,
    normal: Side,
    floor: int | None = 0,
    restriction: Restriction | None = None,
    person_id: int | None = None,
    project_id: int | None = None,
) -> int:
    """Return the id of a book's account, opening it when there is none yet.

    With a restriction, each of its minutes is remembered by where it came from.

    Raises:
        BookNotFoundError: there is no such book.
        AccountDiffersError: the account is there but counts something else.
    """
    nature: dict[str, object] = {
        "asset": asset.value,
        "kind": kind.value,
        "normal": normal.value,
        "floor": (floor or 0) if kind == AccountKind.BOUNDED else None,
        "restriction": None if restriction is None else restriction.value,
    }
    found = queries.account_of(session, book_id=book_id, code=code)
    if found is None:
        facts = {"book_id": book_id, "code": code, "name": name}
        _open(session, {**facts, **nature, "person_id": person_id, "project_id": project_id})
        found = queries.account_of(session, book_id=book_id, code=code)
    if found is None:
        raise AccountNotFoundError
    if any(getattr(found, column) != value for column, value in nature.items()):
        raise AccountDiffersError(account=code)
    return int(found.id)


def _open(session: Session, facts: Mapping[str, object]) -> None:
    """Open an account in the community of its book.

    Raises:
        BookNotFoundError: there is no such book.
    """
    community_id = session.scalar(select(Book.community_id).where(Book.id == facts["book_id"]))
    if community_id is None:
        raise BookNotFoundError
    _insert_unless_there(session, ACCOUNTS, {"community_id": community_id, **facts})


def _insert_unless_there(session: Session, table: Table, row: Mapping[str, object]) -> None:
    """Insert a row under its seal; when someone else was faster, theirs stays."""
    values = {**row, "seal": seal_of(table, row)}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())
