"""A large community made of a smaller one: each volunteer, elder and act ten times, by sets.

A million records through every trigger take most of an hour. What grew through them is copied in
minutes instead, as the owner and with triggers off: rows with ids of their own, people with people
of their own, sums of places ten times as large. Seals are copied too and prove nothing here.
"""

from collections.abc import Iterator
from typing import Any  # a driver's connection

from sqlalchemy import Engine, text

TIMES = 10
_PEOPLE = frozenset(
    {"volunteer_id", "recipient_id", "person_id", "recorded_by_id", "confirmed_by_id"}
    | {"asked_by_id", "record_id", "other_id"}
)
# Where an id came from says where it goes: ten new ones lie side by side, behind all old ones.
_NEW = "10000000 + t.{0} * 10 + k"
# The version of an id of the seventh kind makes room for nine others; their order is kept.
_ENTRY = "overlay(t.{0}::text placing substr('12345689a', k, 1) from 15 for 1)::uuid"
_MEMBER = "t.{0} IN (SELECT account_id FROM ledger_balance)"
_SIDE = f"CASE WHEN {_MEMBER} THEN {_NEW} ELSE t.{{0}} END"
_OF_ENTRY = {"entry_id": _ENTRY}
_OF_ROW = {"id": _NEW}
_TABLES: dict[str, dict[str, str]] = {
    "person": {**_OF_ROW, "card_no": "k::text || '8' || substr(t.{0}, 3)"},
    "ledger_account": {**_OF_ROW, "code": f"'member:' || ({_NEW.format('person_id')})"},
    "ledger_balance": {"account_id": _NEW},
    "ledger_cohort": {"account_id": _NEW},
    "ledger_entry": {"number": _NEW, "id": _ENTRY},
    "ledger_transfer": {**_OF_ROW, **_OF_ENTRY, "debit_id": _SIDE, "credit_id": _SIDE},
    "ledger_lot": {**_OF_ROW, **_OF_ENTRY, "account_id": _NEW},
    "ledger_lot_use": {**_OF_ROW, **_OF_ENTRY, "lot_id": _NEW},
    "service_record": {**_OF_ROW, **_OF_ENTRY},
    "service_record_event": _OF_ROW,
    "hours_posting": {**_OF_ROW, **_OF_ENTRY},
    "volunteer_first": {},
    "volunteer_month": _OF_ROW,
    "volunteer_through": {},
    "pair_month": _OF_ROW,
    "need": _OF_ROW,
    "need_result": {"need_id": _NEW},
    "task": {**_OF_ROW, "need_id": _NEW},
    "sign_up": {**_OF_ROW, "task_id": _NEW},
    "record_risk": {},
    "risk_mark": _OF_ROW,
}
_SERVED = "SELECT {0} FROM service_record"
_ONLY = {
    "person": f"WHERE t.id IN ({_SERVED.format('volunteer_id')} UNION"
    f" {_SERVED.format('recipient_id')} UNION SELECT recipient_id FROM need"
    " UNION SELECT person_id FROM ledger_account)",
    "ledger_account": "WHERE t.person_id IS NOT NULL",
}
# Sums of places, not of people.
_GROWN = {
    "ledger_day": ("debits", "credits"),
    "ledger_month": ("debits", "credits"),
    "hours_month": ("minutes", "services", "people"),
    "volunteer_back": ("people",),
}
_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = '{0}'::regclass AND attnum > 0"
    " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
)
_INDEXES = (
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
    " WHERE indrelid = '{0}'::regclass AND NOT indisunique AND NOT indisexclusion"
)


def multiply(engine: Engine) -> None:
    """Make ten of each person and act of a database, which nobody else may be in."""
    with engine.connect() as opened:
        alone = opened.execution_options(isolation_level="AUTOCOMMIT")
        for setting in ("session_replication_role = replica", "synchronous_commit = off"):
            alone.execute(text(f"SET {setting}"))
        for table in _TABLES:
            for statement in _copied(alone, table):
                alone.exec_driver_sql(statement)
            print(f"  {table} ten times", flush=True)
        for table, columns in _GROWN.items():
            grown = ", ".join(f"{one} = {one} * {TIMES}" for one in columns)
            alone.exec_driver_sql(f"UPDATE {table} SET {grown}")
        for table, own in _TABLES.items():
            _number(alone, table, own)
        # Copied lines have numbers of their own; all of them are in what is kept.
        alone.exec_driver_sql(
            "UPDATE hours_rolled r SET through_id = (SELECT max(p.id) FROM hours_posting p"
            " WHERE p.community_id = r.community_id) WHERE through_id IS NOT NULL"
        )
        alone.exec_driver_sql("VACUUM ANALYZE")


def _copied(connection: Any, table: str) -> Iterator[str]:
    """Yield the statements that copy a table; its indexes are dropped meanwhile."""
    names = [row[0] for row in connection.exec_driver_sql(_COLUMNS.format(table))]
    indexes = connection.exec_driver_sql(_INDEXES.format(table)).all()
    yield from (f"DROP INDEX {name}" for name, _ in indexes)
    values = ", ".join(_value(table, name) for name in names)
    yield (
        f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE SELECT {values}"
        f" FROM {table} t CROSS JOIN generate_series(1, {TIMES - 1}) AS k"
        f" {_ONLY.get(table, '')} ORDER BY t.{names[0]}, k"
    )
    yield from (definition for _, definition in indexes)


def _value(table: str, column: str) -> str:
    """Return what a copy has in a column."""
    own = _TABLES[table].get(column) or (_NEW if column in _PEOPLE else "t.{0}")
    return own.format(column)


def _number(connection: Any, table: str, own: dict[str, str]) -> None:
    """Let the next row of a table get the next number."""
    for column in {"id", "number"} & own.keys():
        found = f"SELECT pg_get_serial_sequence('{table}', '{column}')"
        sequence = connection.exec_driver_sql(found).scalar()
        if sequence:
            last = f"SELECT setval('{sequence}', (SELECT max({column}) FROM {table}))"
            connection.exec_driver_sql(last)
