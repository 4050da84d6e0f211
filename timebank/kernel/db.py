"""The database: the base of all models, column types, and the one place that commits.

SQLite runs in WAL with ``synchronous=FULL`` and takes the write lock when a writing
transaction begins; a deferred upgrade would fail at once under load. PostgreSQL relies on
row locks, constraints and conditional updates. Transient failures (deadlock, serialisation,
busy file) are retried a few times, then answered as Unavailable.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from timebank.kernel import sqlite
from timebank.kernel.errors import DomainError, OutcomeUnknownError, UnavailableError

# Writers that may be retried: PostgreSQL serialisation failure and deadlock.
_TRANSIENT_STATES = {"40001", "40P01"}
_TRIES_MAX = 5
BUSY_TIMEOUT_MS = 15_000
_IN_MEMORY = {None, "", ":memory:"}

T = TypeVar("T")
# What a single statement is read by.
Reader = Session | Connection
# What lets a statement run outside of any transaction.
_SINGLE: dict[str, dict[str, Any]] = {
    "sqlite": {"begins": False},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A moment: aware UTC in Python, ``timestamptz`` on PostgreSQL, naive UTC text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; hand SQLite the UTC wall clock."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment must be aware"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - as the base class has it
    ) -> datetime | None:
        """Return the moment aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows only in an INTEGER key; elsewhere keys are 64-bit.
RowId = BigInteger().with_variant(Integer, "sqlite")
IntPk = Annotated[int, mapped_column(RowId, primary_key=True)]


class Base(DeclarativeBase):
    """The base of every model."""

    # Not ``type_annotation_map`` on the class: with the extension that fails at start.
    registry: ClassVar[registry] = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={int: BigInteger(), datetime: Moment()},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": True})


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options for a database address."""
    # Errors are logged and kept with jobs; what was about to be written is not for either.
    quiet = {"hide_parameters": True}
    # What is opened is kept, as many as a server may need at once: one that were not kept would be
    # closed after its use, and SQLite reads the whole schema again for the next.
    # No ping at each checkout: work on a connection that was lost meanwhile is simply tried again.
    pool = {"pool_size": 20, "max_overflow": 0, "pool_timeout": 10}
    if not url.startswith("sqlite"):
        return {**quiet, **pool, "skip_autocommit_rollback": True}
    connect = {"timeout": BUSY_TIMEOUT_MS / 1000}
    # What is in memory is one connection anyway.
    kept = {} if make_url(url).database in _IN_MEMORY else pool
    return {**quiet, **kept, "module": sqlite.driver, "connect_args": connect}


def make_engine(url: str) -> Engine:
    """Return an engine outside the web application, with the same behaviour."""
    engine = create_engine(url, **engine_options(url))
    prepare_engine(engine)
    return engine


def prepare_engine(engine: Engine) -> None:
    """Attach the connection and transaction behaviour to an engine, once."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "connect", _open_sqlite):
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    if engine.dialect.name == "postgresql" and not event.contains(engine, "connect", _open_server):
        event.listen(engine, "connect", _open_server)


def _open_server(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let a figure be summed in memory, and no plan be compiled that runs for milliseconds."""
    driver = cast("Any", connection)
    driver.autocommit = True  # what is set in a transaction would go with it
    for setting in ("work_mem = '24MB'", "jit = off"):
        driver.execute(f"SET {setting}")
    driver.autocommit = False


def _open_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Make a new SQLite connection safe: explicit BEGIN, enforced keys, full sync."""
    cast("Any", connection).isolation_level = None
    cursor = connection.cursor()
    journal = "WAL" if sqlite.is_sound() else "DELETE"
    for pragma in (
        f"journal_mode={journal}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "temp_store=MEMORY",  # what a large statement may have to undo is kept there, not in files
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(sqlite.CACHE_USUAL)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a writer unless the transaction said that it only reads, or needs no beginning."""
    options = connection.get_execution_options()
    if not options.get("begins", True):
        return
    is_reader = options.get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")


def transaction(work: Callable[[Session], T], *, is_repeatable: bool = False) -> T:
    """Run work in one writing transaction and commit it; the package's only commit.

    When the connection is lost while committing, nobody knows whether it was written. Work that
    finds its own earlier effect, such as a request under a key, ``is_repeatable`` and is tried
    again; other work is not, for that could do it twice.

    Raises:
        UnavailableError: the database stays busy after a few tries.
        OutcomeUnknownError: the connection was lost while committing.
    """
    for attempt in range(1, _TRIES_MAX + 1):
        try:
            return _attempt(work, is_repeatable=is_repeatable)
        except DBAPIError as error:
            if not is_transient(error):
                raise
            if attempt == _TRIES_MAX:
                raise UnavailableError from error
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - spreading, no secret
        except DomainError as refusal:
            if refusal.aftermath is not None:
                transaction(refusal.aftermath)
            raise
    raise UnavailableError


def _attempt(work: Callable[[Session], T], *, is_repeatable: bool) -> T:
    """Run the work once and commit it, or leave nothing."""
    session = db.session()
    try:
        result = work(session)
        session.flush()
        _commit(session, is_repeatable=is_repeatable)
    except BaseException:
        session.rollback()
        raise
    return result


def _commit(session: Session, *, is_repeatable: bool) -> None:
    """Commit; a connection lost in the middle leaves the outcome unknown."""
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated and not is_repeatable:
            raise OutcomeUnknownError from error
        raise


def read_only(work: Callable[[Session], T]) -> T:
    """Run reads against one snapshot and leave nothing behind."""
    return _found_or_again(lambda: _look(work))


def read_one(work: Callable[[Reader], T]) -> T:
    """Run a single statement that reads: a snapshot by itself, which needs no transaction.

    Nor does it need a session, which would keep watch over objects that nobody asked for.
    """
    engine = db.engine
    if not isinstance(engine, Engine):  # a test's outer transaction is all there is
        return read_only(work)
    return _found_or_again(lambda: _look_once(engine, work))


def _found_or_again(look: Callable[[], T]) -> T:
    """Look; when the connection turns out to be lost, once more on another."""
    try:
        return look()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return look()


def _look(work: Callable[[Session], T]) -> T:
    """Run reads in the session, and leave nothing in it."""
    session = db.session()
    try:
        if not session.in_transaction():
            session.connection(execution_options=_reader_options(session))
        return work(session)
    finally:
        session.rollback()


def _look_once(engine: Engine, work: Callable[[Reader], T]) -> T:
    """Run a statement on a connection as it comes."""
    with engine.connect() as connection:
        connection.execution_options(**_SINGLE[engine.dialect.name])
        return work(connection)


def beside(session: Session, work: Callable[[Session], T]) -> T:
    """Run reads on a snapshot of their own, beside whatever the session is about to write."""
    bind = session.get_bind()
    if not isinstance(bind, Engine):  # a test's outer transaction is all there is
        return work(session)
    options = _reader_options(session)
    with bind.connect().execution_options(**options) as connection, Session(connection) as reader:
        return work(reader)


def _reader_options(session: Session) -> dict[str, Any]:
    """Return what makes a transaction a snapshot on its engine."""
    bind = session.get_bind()
    if not isinstance(bind, Engine):  # a test's outer transaction is already open
        return {}
    if bind.dialect.name == "sqlite":
        return {"reads_only": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def is_transient(error: DBAPIError) -> bool:
    """Whether the same work may succeed when simply tried again."""
    state = getattr(error.orig, "sqlstate", None)
    if state in _TRANSIENT_STATES or error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)
