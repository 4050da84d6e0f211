"""The proof of the books: everything stored is derived again from the sealed transfers.

Wrong rows are found by the database and streamed; seals and digests are computed again in batches,
so that a city's books fit into memory.
"""

from collections.abc import Iterator, Sequence
from typing import Any  # the columns of a select under construction
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.models.rows import WORDS
from timebank.ledger.models.tables import (
    ACCOUNTS,
    BALANCES,
    BOOKS,
    ENTRIES,
    HOLD_ENDS,
    HOLDS,
    TRANSFERS,
    seal_of,
)
from timebank.ledger.rules.seals import leaf_hash, leaf_text, words_hash
from timebank.ledger.rules.values import Transfer

BATCH = 1000

RULE_POSTED = "a balance is the sum of the account's transfers"
RULE_HELD = "what is held is the sum of the account's open holds"
RULE_FLOOR = "a balance keeps its account's floor and community"
RULE_BELOW = "what is available never falls below the floor"
RULE_BOUNDED = "exactly the bounded accounts have a balance row"
RULE_LINES = "an entry has as many transfers as its header says, numbered from 1"
RULE_SEALED = "a transfer belongs to a sealed entry of its own book and community"
RULE_ACCOUNTS = "a transfer moves a positive amount of one asset between two accounts of its book"
RULE_WORDS = "the digest of an entry's words follows from the words and their salt"
RULE_SEAL = "a row's seal follows from what it says"
RULE_REVERSAL = "a reversal nets its entry to zero, save what went to the named debt"
RULE_REVERSED_ONCE = "an entry is reversed at most once, and a reversal never"
RULE_CAPTURE = "a captured hold's entry takes at most the held amount out of its account"
RULE_HOLD_OF = "a hold stands on a bounded account of its community"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of the ledger that is not as it should be."""
    yield from _balance_findings(session, community_id)
    yield from _missing_balance_findings(session, community_id)
    yield from _line_count_findings(session, community_id)
    yield from _transfer_findings(session, community_id)
    yield from _seal_findings(session, community_id)
    yield from _entry_findings(session, community_id)
    yield from _reversal_findings(session, community_id)
    yield from _hold_findings(session, community_id)


def rebuild(session: Session, community_id: int | None = None) -> int:
    """Set every balance that disagrees to what the transfers and holds say; return how many."""
    wrong = {int(found.row.split()[1]) for found in _balance_findings(session, community_id)}
    for account_id in sorted(wrong):
        session.execute(select(func.ledger_rebuild_account(account_id)))
    return len(wrong)


def _of(chosen: Select[Any], table: Table, community_id: int | None) -> Select[Any]:
    """Return the select for one community, or for all."""
    return chosen if community_id is None else chosen.where(table.c.community_id == community_id)


def _stream(session: Session, chosen: Select[Any]) -> Iterator[RowMapping]:
    """Yield rows without holding them all."""
    options = {"yield_per": BATCH, "populate_existing": True}
    yield from session.execute(chosen, execution_options=options).mappings()


def _whole(expression: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as a 64-bit number, 0 when there is nothing to add up."""
    return cast(func.coalesce(expression, 0), BigInteger)


def _expected(community_id: int | None) -> Select[Any]:
    """Return each bounded account's balance row beside what it should be."""
    debit = select(TRANSFERS.c.debit_id.label("account_id"), TRANSFERS.c.amount.label("amount"))
    credit = select(TRANSFERS.c.credit_id, -TRANSFERS.c.amount)
    moves = union_all(debit, credit).subquery()
    moved = (
        select(moves.c.account_id, func.sum(moves.c.amount).label("debits"))
        .group_by(moves.c.account_id)
        .subquery()
    )
    still = HOLDS.outerjoin(HOLD_ENDS, HOLD_ENDS.c.hold_id == HOLDS.c.id)
    held = (
        select(HOLDS.c.account_id, func.sum(HOLDS.c.amount).label("amount"))
        .select_from(still)
        .where(HOLD_ENDS.c.hold_id.is_(None))
        .group_by(HOLDS.c.account_id)
        .subquery()
    )
    sign = case((ACCOUNTS.c.normal == "debit", 1), else_=-1)
    chosen = (
        select(
            ACCOUNTS.c.id,
            ACCOUNTS.c.code,
            ACCOUNTS.c.floor.label("floor_due"),
            ACCOUNTS.c.community_id.label("community_due"),
            BALANCES.c.posted,
            BALANCES.c.held,
            BALANCES.c.floor,
            BALANCES.c.community_id,
            _whole(moved.c.debits * sign).label("posted_due"),
            _whole(held.c.amount).label("held_due"),
        )
        .join(BALANCES, BALANCES.c.account_id == ACCOUNTS.c.id)
        .outerjoin(moved, moved.c.account_id == ACCOUNTS.c.id)
        .outerjoin(held, held.c.account_id == ACCOUNTS.c.id)
    )
    return _of(chosen, ACCOUNTS, community_id)


def _balance_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield balances that do not follow from transfers and holds, or lie below their floor."""
    for row in _stream(session, _expected(community_id).order_by(ACCOUNTS.c.id)):
        name = f"account_id {row['id']} ({row['code']})"
        for column, due, rule in (
            ("posted", row["posted_due"], RULE_POSTED),
            ("held", row["held_due"], RULE_HELD),
            ("floor", row["floor_due"], RULE_FLOOR),
            ("community_id", row["community_due"], RULE_FLOOR),
        ):
            if row[column] != due:
                is_value = f"{column} {row[column]}"
                yield Finding("ledger_balance", name, is_value, f"{column} {due}", rule)
        available = row["posted_due"] - row["held_due"]
        if available < (row["floor_due"] or 0):
            least = f"at least {row['floor_due']}"
            yield Finding("ledger_account", name, f"available {available}", least, RULE_BELOW)


def _missing_balance_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield bounded accounts without a balance row and open ones with one."""
    is_bounded = ACCOUNTS.c.kind == "bounded"
    chosen = (
        select(ACCOUNTS.c.id, ACCOUNTS.c.code, ACCOUNTS.c.kind)
        .outerjoin(BALANCES, BALANCES.c.account_id == ACCOUNTS.c.id)
        .where(
            or_(
                and_(is_bounded, BALANCES.c.account_id.is_(None)),
                and_(~is_bounded, BALANCES.c.account_id.is_not(None)),
            )
        )
    )
    for row in _stream(session, _of(chosen, ACCOUNTS, community_id)):
        is_value, due = ("no row", "a row") if row["kind"] == "bounded" else ("a row", "no row")
        name = f"account_id {row['id']} ({row['code']})"
        yield Finding("ledger_balance", name, is_value, due, RULE_BOUNDED)


def _line_count_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield headers whose transfers are not exactly 1 to the number they say."""
    count = func.count(TRANSFERS.c.id)
    first, last = func.min(TRANSFERS.c.line), func.max(TRANSFERS.c.line)
    chosen = (
        select(
            ENTRIES.c.id,
            ENTRIES.c.number,
            ENTRIES.c.lines,
            count.label("count"),
            first.label("first"),
            last.label("last"),
        )
        .outerjoin(TRANSFERS, TRANSFERS.c.entry_id == ENTRIES.c.id)
        .group_by(ENTRIES.c.id, ENTRIES.c.number, ENTRIES.c.lines)
        .having(or_(count != ENTRIES.c.lines, first != 1, last != ENTRIES.c.lines))
    )
    for row in _stream(session, _of(chosen, ENTRIES, community_id)):
        is_value = f"{row['count']} transfers, lines {row['first']} to {row['last']}"
        due = f"{row['lines']} transfers, lines 1 to {row['lines']}"
        yield Finding("ledger_entry", _entry_name(row), is_value, due, RULE_LINES)


def _transfer_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield transfers without a header, of another book, or between accounts that do not fit."""
    debit, credit = ACCOUNTS.alias(), ACCOUNTS.alias()
    line = TRANSFERS.c
    unsealed = or_(
        ENTRIES.c.id.is_(None),
        ENTRIES.c.book_id != line.book_id,
        ENTRIES.c.community_id != line.community_id,
        ENTRIES.c.lines != line.lines,
    )
    misfit = or_(
        debit.c.id.is_(None),
        credit.c.id.is_(None),
        line.debit_id == line.credit_id,
        line.amount <= 0,
        debit.c.book_id != line.book_id,
        credit.c.book_id != line.book_id,
        debit.c.asset != line.asset,
        credit.c.asset != line.asset,
    )
    chosen = (
        select(
            *line, ENTRIES.c.id.label("header_id"), case((unsealed, 1), else_=0).label("is_loose")
        )
        .outerjoin(ENTRIES, ENTRIES.c.id == line.entry_id)
        .outerjoin(debit, debit.c.id == line.debit_id)
        .outerjoin(credit, credit.c.id == line.credit_id)
        .where(or_(unsealed, misfit))
    )
    for row in _stream(session, _of(chosen, TRANSFERS, community_id)):
        name = f"id {row['id']} (entry {row['entry_id']}, line {row['line']})"
        is_value = (
            f"{row['amount']} {row['asset']} from {row['debit_id']} to {row['credit_id']}, "
            f"book {row['book_id']}, {row['lines']} lines"
        )
        if row["is_loose"]:
            yield Finding("ledger_transfer", name, is_value, "as in its header", RULE_SEALED)
        else:
            due = "a positive amount between two accounts of the same book and asset"
            yield Finding("ledger_transfer", name, is_value, due, RULE_ACCOUNTS)


def _seal_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield books, accounts, entries, holds and ends of holds that do not match their seal."""
    for table, keys in (
        (BOOKS, ("id", "code")),
        (ACCOUNTS, ("id", "code")),
        (HOLDS, ("id",)),
        (HOLD_ENDS, ("hold_id",)),
    ):
        chosen = _of(select(table), table, community_id).order_by(*table.primary_key.columns)
        for row in _stream(session, chosen):
            due = seal_of(table, {str(key): value for key, value in row.items()})
            if table is HOLD_ENDS and row["entry_id"] is not None:
                continue
            if row["seal"] != due:
                name = ", ".join(f"{key} {row[key]}" for key in keys)
                yield Finding(
                    table.name, name, f"seal {row['seal'].hex()}", f"seal {due.hex()}", RULE_SEAL
                )


def _entry_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield entries whose seal does not follow from them and their transfers."""
    last = 0
    while True:
        chosen = select(ENTRIES).where(ENTRIES.c.number > last).order_by(ENTRIES.c.number)
        heads = session.execute(_of(chosen.limit(BATCH), ENTRIES, community_id)).mappings().all()
        if not heads:
            return
        last = heads[-1]["number"]
        lines = _transfers_of(session, [head["id"] for head in heads])
        for head in heads:
            name = _entry_name(head)
            due = leaf_hash(leaf_text(dict(head), lines.get(head["id"], [])))
            if head["seal"] != due:
                is_value = f"seal {head['seal'].hex()}"
                yield Finding("ledger_entry", name, is_value, f"seal {due.hex()}", RULE_SEAL)
            words = words_hash(head["salt"], (head[one] for one in WORDS))
            if head["salt"] and head["words_hash"] != words:
                is_value = f"words_hash {head['words_hash'].hex()}"
                should = f"words_hash {words.hex()}"
                yield Finding("ledger_entry", name, is_value, should, RULE_WORDS)


def _transfers_of(session: Session, entry_ids: Sequence[UUID]) -> dict[UUID, list[Transfer]]:
    """Return the transfers of some entries in their order."""
    found: dict[UUID, list[Transfer]] = {}
    line = TRANSFERS.c
    rows = session.execute(
        select(line.entry_id, line.debit_id, line.credit_id, line.amount)
        .where(line.entry_id.in_(entry_ids))
        .order_by(line.entry_id, line.line)
    )
    for row in rows:
        found.setdefault(row[0], []).append(Transfer(row[1], row[2], row[3]))
    return found


def _entry_name(row: RowMapping) -> str:
    """Return the name of an entry's row."""
    return f"id {row['id']} (number {row['number']})"


def _reversal_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield reversals of reversals, second ones, and those that do not undo their entry."""
    first = ENTRIES.alias()
    chosen = _of(
        select(
            ENTRIES.c.id,
            ENTRIES.c.number,
            ENTRIES.c.reverses_id,
            ENTRIES.c.debt_account_id,
            first.c.reverses_id.label("before_id"),
            func.count().over(partition_by=ENTRIES.c.reverses_id).label("times"),
        )
        .outerjoin(first, first.c.id == ENTRIES.c.reverses_id)
        .where(ENTRIES.c.reverses_id.is_not(None)),
        ENTRIES,
        community_id,
    ).order_by(ENTRIES.c.number)
    bounded = set(session.scalars(select(ACCOUNTS.c.id).where(ACCOUNTS.c.kind == "bounded")))
    for row in _stream(session, chosen):
        name, of = _entry_name(row), f"reverses {row['reverses_id']}"
        if row["before_id"] is not None or row["times"] > 1:
            due = "reverses an entry that is no reversal, alone"
            yield Finding("ledger_entry", name, of, due, RULE_REVERSED_ONCE)
        left = _left_over(session, row["id"], row["reverses_id"])
        debt_id = row["debt_account_id"]
        if left and (debt_id is None or not left.keys() - {debt_id} <= bounded):
            yield Finding("ledger_entry", name, f"{of}, leaves {left}", "leaves 0", RULE_REVERSAL)


def _left_over(session: Session, reversal_id: UUID, entry_id: UUID) -> dict[int, int]:
    """Return ``{account_id: debits less credits}`` of an entry and its reversal together."""
    left: dict[int, int] = {}
    for lines in _transfers_of(session, [reversal_id, entry_id]).values():
        for line in lines:
            left[line.debit_id] = left.get(line.debit_id, 0) + line.amount
            left[line.credit_id] = left.get(line.credit_id, 0) - line.amount
    return {key: amount for key, amount in left.items() if amount}


def _hold_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield holds on accounts that have none, and captures that took more than was held."""
    line = TRANSFERS.c
    is_out = (line.debit_id == HOLDS.c.account_id) == (ACCOUNTS.c.normal == "credit")
    taken = (
        select(_whole(func.sum(case((is_out, line.amount), else_=-line.amount))))
        .where(
            line.entry_id == HOLD_ENDS.c.entry_id,
            or_(line.debit_id == HOLDS.c.account_id, line.credit_id == HOLDS.c.account_id),
        )
        .correlate(HOLDS, HOLD_ENDS, ACCOUNTS)
        .scalar_subquery()
    )
    misplaced = or_(ACCOUNTS.c.kind != "bounded", ACCOUNTS.c.community_id != HOLDS.c.community_id)
    chosen = (
        select(
            HOLDS.c.id,
            HOLDS.c.amount,
            taken.label("taken"),
            case((misplaced, 1), else_=0).label("is_misplaced"),
        )
        .join(ACCOUNTS, ACCOUNTS.c.id == HOLDS.c.account_id)
        .outerjoin(HOLD_ENDS, HOLD_ENDS.c.hold_id == HOLDS.c.id)
        .where(or_(misplaced, taken > HOLDS.c.amount))
    )
    for row in _stream(session, _of(chosen, HOLDS, community_id)):
        name = f"id {row['id']}"
        if row["is_misplaced"]:
            due = "on a bounded account of its community"
            yield Finding("ledger_hold", name, "on another account", due, RULE_HOLD_OF)
        else:
            due = f"at most {row['amount']}"
            yield Finding("ledger_hold", name, f"{row['taken']} taken", due, RULE_CAPTURE)
