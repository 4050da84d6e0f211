"""The proof of the bank: every line follows from the one before, and the books say what it says."""

from collections.abc import Iterator, Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from timebank.bank.models.claims import BankAllocation, BankUnclaimed
from timebank.bank.models.statements import BankAccount, BankImport, BankLine
from timebank.bank.rules.claims import Purpose
from timebank.bank.rules.values import ImportState
from timebank.kernel.finding import Finding
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.queries.entries import Moved

# Lines are proved in batches, so that years of statements fit into memory.
BATCH = 500

RULE_CHAIN = "a line stands after the one before it, and its balance is that one's plus its amount"
RULE_BANK = "what the books say after a line is what the bank wrote beside it"
RULE_ENTRY = "a line's entry moves its amount between the bank and what is unclaimed"
RULE_LEDGER = "the ledger's balance of a bank account is that after its last line"
RULE_UNCLAIMED = "what is unclaimed is the sum of what is left of the lines"
RULE_LEFT = "what is left of a line is its amount without what was allocated of it"
RULE_ALLOCATED = "an allocation's entry takes its amount out of what is unclaimed"
RULE_UNDONE = "an undone allocation's entry is reversed by the entry that it names"
RULE_TRANSIT = "lines set against each other go opposite ways by the same amount"
RULE_CLOSING = "the books stand at a statement's closing balance after its last line"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of the bank that disagrees with its neighbours, the ledger or a statement."""
    wanted = select(BankAccount).order_by(BankAccount.id)
    if community_id is not None:
        wanted = wanted.where(BankAccount.community_id == community_id)
    for account in session.scalars(wanted).all():
        yield from _account_findings(session, account)
        yield from _closing_findings(session, account)
        yield from _claim_findings(session, account)
    yield from _pair_findings(session, community_id)


def _account_findings(session: Session, account: BankAccount) -> Iterator[Finding]:
    """Yield what is wrong along an account's lines and at their end."""
    position = running = 0
    while rows := _lines_after(session, account.id, position):
        moved = ledger_entries.moved(session, [row.entry_id for row in rows])
        for row in rows:
            should_be = (position + 1, running + row.amount_fen)
            if (row.position, row.running_fen) != should_be:
                yield _of_line(row, (row.position, row.running_fen), should_be, RULE_CHAIN)
            if row.balance_fen is not None and row.balance_fen != row.running_fen:
                yield _of_line(row, row.running_fen, row.balance_fen, RULE_BANK)
            wanted = [_move(row)]
            if moved.get(row.entry_id) != wanted:
                yield _of_line(row, moved.get(row.entry_id), wanted, RULE_ENTRY)
            position, running = row.position, running + row.amount_fen
        session.expunge_all()
    ends = (
        (account.bank_account_id, running, RULE_LEDGER),
        (account.unclaimed_account_id, _left(session, account.id), RULE_UNCLAIMED),
    )
    for ledger_id, sum_fen, rule in ends:
        posted = 0 if ledger_id is None else ledger_accounts.balance(session, ledger_id).posted
        if posted != sum_fen:
            name = f"id {account.id}"
            yield Finding(
                "bank_account", name, str(posted), str(sum_fen), rule, account.community_id
            )


def _lines_after(session: Session, account_id: int, position: int) -> Sequence[BankLine]:
    """Return the next lines of an account."""
    return session.scalars(
        select(BankLine)
        .where(BankLine.account_id == account_id, BankLine.position > position)
        .order_by(BankLine.position)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    ).all()


def _move(row: BankLine) -> Moved:
    """Return what the entry of a line should move."""
    bank, unclaimed = f"bank:{row.account_id}", f"unclaimed:{row.account_id}"
    debit, credit = (bank, unclaimed) if row.amount_fen > 0 else (unclaimed, bank)
    return Moved(debit, credit, abs(row.amount_fen))


def _closing_findings(session: Session, account: BankAccount) -> Iterator[Finding]:
    """Yield the statements at whose end the books do not stand where the statement closes."""
    last = (
        select(BankLine.import_id, func.max(BankLine.position).label("position"))
        .where(BankLine.account_id == account.id)
        .group_by(BankLine.import_id)
        .subquery()
    )
    rows = session.execute(
        select(BankImport.id, BankImport.closing_fen, BankLine.running_fen)
        .join(last, last.c.import_id == BankImport.id)
        .join(
            BankLine,
            (BankLine.account_id == account.id) & (BankLine.position == last.c.position),
        )
        .where(
            BankImport.state == ImportState.CONFIRMED,
            BankImport.closing_fen.is_not(None),
            BankImport.closing_fen != BankLine.running_fen,
        )
        .order_by(BankImport.id)
    )
    for import_id, closing_fen, running_fen in rows:
        yield Finding(
            "bank_import",
            f"id {import_id}",
            str(running_fen),
            str(closing_fen),
            RULE_CLOSING,
            account.community_id,
        )


def _left(session: Session, account_id: int) -> int:
    """Return the sum of what is left of an account's lines, with the bank's sign."""
    left = case((BankLine.amount_fen > 0, 1), else_=-1) * BankUnclaimed.unallocated_fen
    wanted = (
        select(func.sum(left))
        .join(BankLine, BankLine.id == BankUnclaimed.line_id)
        .where(BankLine.account_id == account_id)
    )
    return int(session.scalar(wanted) or 0)


def _claim_findings(session: Session, account: BankAccount) -> Iterator[Finding]:
    """Yield the lines of which not that is left which was not allocated, and wrong allocations."""
    live = (
        select(BankAllocation.line_id, func.sum(BankAllocation.amount_fen).label("fen"))
        .where(BankAllocation.undone_entry_id.is_(None))
        .group_by(BankAllocation.line_id)
        .subquery()
    )
    should_be = func.abs(BankLine.amount_fen) - func.coalesce(live.c.fen, 0)
    rows = session.execute(
        select(BankLine.id, BankUnclaimed.unallocated_fen, should_be)
        .outerjoin(BankUnclaimed, BankUnclaimed.line_id == BankLine.id)
        .outerjoin(live, live.c.line_id == BankLine.id)
        .where(
            BankLine.account_id == account.id,
            BankUnclaimed.unallocated_fen.is_distinct_from(should_be),
        )
        .order_by(BankLine.id)
    )
    for line_id, left, right in rows:
        name, community_id = f"line_id {line_id}", account.community_id
        yield Finding("bank_unclaimed", name, str(left), str(int(right)), RULE_LEFT, community_id)
    yield from _entry_findings(session, account)


def _entry_findings(session: Session, account: BankAccount) -> Iterator[Finding]:
    """Yield the allocations whose entries do not move what they say, or are not reversed."""
    code, after = f"unclaimed:{account.id}", 0
    while rows := session.execute(
        select(BankAllocation, BankLine.amount_fen)
        .join(BankLine, BankLine.id == BankAllocation.line_id)
        .where(BankLine.account_id == account.id, BankAllocation.id > after)
        .order_by(BankAllocation.id)
        .limit(BATCH)
    ).all():
        taken = ledger_entries.moved(session, [row.entry_id for row, _ in rows])
        undone = [row.undone_entry_id for row, _ in rows if row.undone_entry_id is not None]
        reverses = ledger_entries.reversed_by(session, undone)
        for row, line_fen in rows:
            after = row.id
            should_be = row.amount_fen if line_fen > 0 else -row.amount_fen
            moved = _moved_of(taken.get(row.entry_id, []), code)
            if moved != should_be:
                yield _of_allocation(row, moved, should_be, RULE_ALLOCATED)
            if row.undone_entry_id is None:
                continue
            if (target := reverses.get(row.undone_entry_id)) != row.entry_id:
                yield _of_allocation(row, target, row.entry_id, RULE_UNDONE)
        session.expunge_all()


def _pair_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield the claims of paired lines that do not come to nothing."""
    signed = case((BankLine.amount_fen > 0, 1), else_=-1) * BankAllocation.amount_fen
    wanted = (
        select(BankAllocation.claim_id, BankAllocation.community_id, func.sum(signed))
        .join(BankLine, BankLine.id == BankAllocation.line_id)
        .where(
            BankAllocation.purpose.in_((Purpose.BETWEEN, Purpose.RETURNED)),
            BankAllocation.undone_entry_id.is_(None),
        )
        .group_by(BankAllocation.claim_id, BankAllocation.community_id)
        .having(func.sum(signed) != 0)
    )
    if community_id is not None:
        wanted = wanted.where(BankAllocation.community_id == community_id)
    for claim_id, of, total in session.execute(wanted):
        name = f"claim_id {claim_id}"
        yield Finding("bank_allocation", name, str(int(total)), "0", RULE_TRANSIT, of)


def _moved_of(moved: Sequence[Moved], code: str) -> int:
    """Return what an entry took out of an account of credit, in fen."""
    out = sum(one.amount for one in moved if one.debit_code == code)
    return out - sum(one.amount for one in moved if one.credit_code == code)


def _of_allocation(row: BankAllocation, is_value: object, should_be: object, rule: str) -> Finding:
    """Return what is wrong with an allocation."""
    name = f"id {row.id}"
    return Finding("bank_allocation", name, str(is_value), str(should_be), rule, row.community_id)


def _of_line(row: BankLine, is_value: object, should_be: object, rule: str) -> Finding:
    """Return what is wrong with a line."""
    return Finding(
        "bank_line", f"id {row.id}", str(is_value), str(should_be), rule, row.community_id
    )
