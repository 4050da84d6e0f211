"""The proof of the bank: every line follows from the one before, and the books say what it says."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.bank.models import BankAccount, BankImport, BankLine
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
RULE_UNCLAIMED = "what is unclaimed is the sum of the lines that nobody has claimed"
RULE_CLOSING = "the books stand at a statement's closing balance after its last line"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of the bank that disagrees with its neighbours, the ledger or a statement."""
    wanted = select(BankAccount).order_by(BankAccount.id)
    if community_id is not None:
        wanted = wanted.where(BankAccount.community_id == community_id)
    for account in session.scalars(wanted).all():
        yield from _account_findings(session, account)
        yield from _closing_findings(session, account)


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
    ends = ((account.bank_account_id, RULE_LEDGER), (account.unclaimed_account_id, RULE_UNCLAIMED))
    for ledger_id, rule in ends:
        posted = 0 if ledger_id is None else ledger_accounts.balance(session, ledger_id).posted
        if posted != running:
            name = f"id {account.id}"
            yield Finding(
                "bank_account", name, str(posted), str(running), rule, account.community_id
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


def _of_line(row: BankLine, is_value: object, should_be: object, rule: str) -> Finding:
    """Return what is wrong with a line."""
    return Finding(
        "bank_line", f"id {row.id}", str(is_value), str(should_be), rule, row.community_id
    )
