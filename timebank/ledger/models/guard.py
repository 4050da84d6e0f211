"""Puts the triggers on, right after the last of the tables that they guard."""

from sqlalchemy import DDL, Table, event

from timebank.kernel.db import Base
from timebank.ledger.models import (
    blocks,
    days,
    freezes,
    hold_erasures,
    kept,
    lots,
    periods,
    tables,
    triggers_postgresql,
    triggers_sqlite,
)

# Written once by verbs, and never changed.
SEALED_TABLES: tuple[str, ...] = (
    "ledger_book",
    "ledger_account",
    "ledger_entry",
    "ledger_transfer",
    "ledger_hold",
    "ledger_hold_end",
    "ledger_voucher",
    "ledger_period",
    "ledger_block",
    "ledger_block_leaf",
    "ledger_erasure",
    "ledger_hold_erasure",
    "ledger_freeze",
    "ledger_proof",
)
# Written by triggers alone: all that is in them follows from the sealed tables.
DERIVED_TABLES: tuple[str, ...] = (
    "ledger_balance",
    "ledger_lot",
    "ledger_lot_use",
    "ledger_day",
    "ledger_delta",
    "ledger_month",
    "ledger_cohort",
    "ledger_checkpoint",
)


def _grant(table: Table) -> None:
    """Let the application read and add rows, but not choose the number that the database gives."""
    given = table.autoincrement_column
    named = ", ".join(column.name for column in table.columns if column is not given)
    table.info = {**table.info, "grants": f"SELECT, INSERT ({named})"}


def _attach() -> None:
    """Create the triggers when the last table is there, on either engine."""
    last = blocks.PROOFS
    for name in SEALED_TABLES:
        _grant(Base.metadata.tables[name])
    for table in (
        *(tables.TRANSFERS, tables.BALANCES, tables.HOLD_ENDS, lots.LOT_USES),
        *(days.DAYS, days.DELTAS, kept.MONTHS, kept.COHORTS),
        *(periods.CHECKPOINTS, periods.PERIODS, periods.VOUCHERS),
        *(blocks.BLOCK_LEAVES, blocks.ERASURES, freezes.FREEZES),
        hold_erasures.HOLD_ERASURES,
    ):
        last.add_is_dependent_on(table)
    for dialect, statements in (
        ("sqlite", triggers_sqlite.statements(SEALED_TABLES)),
        ("postgresql", triggers_postgresql.statements(SEALED_TABLES, DERIVED_TABLES)),
    ):
        for statement in statements:
            # DDL() formats with %, so every sign of the statement itself is doubled.
            text = statement.replace("%", "%%")
            ddl = DDL(text).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(last, "after_create", ddl)


_attach()
