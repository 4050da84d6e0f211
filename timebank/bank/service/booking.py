"""Lines into the books: one entry for each, the bank's account against what nobody has claimed."""

from datetime import date
from typing import Any  # column values of several types
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from timebank.bank.models.statements import BankAccount, BankImport, BankLine
from timebank.bank.queries import statements as queries
from timebank.bank.rules.joining import Plan
from timebank.bank.rules.values import LineKind, ReadLine
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.sealed import blind_index
from timebank.ledger.queries import periods
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting

KINDS = {LineKind.OPENING: "bank.opening", LineKind.MOVEMENT: "bank.line"}


def book(
    session: Session, *, actor: Actor, account: BankAccount, batch: BankImport, plan: Plan
) -> None:
    """Book the new lines of a plan; whoever calls holds the account's lock."""
    at = queries.standing(session, account.id)
    position, running = at.position, at.running_fen
    closed = periods.last_period(session, account.book_id)
    closed_through = None if closed is None else closed.through_on
    drafts: list[EntryDraft] = []
    rows: list[dict[str, Any]] = []
    for kind, line in _in_turn(plan):
        position, running = position + 1, running + line.amount_fen
        draft = _draft(account, line, kind, position=position, closed_through=closed_through)
        drafts.append(draft)
        facts = _row(account, batch, line, entry_id=draft.id)
        rows.append({**facts, "kind": kind, "position": position, "running_fen": running})
    if rows:
        posting.post_many(session, actor=actor, drafts=drafts)
        session.execute(insert(BankLine), rows)


def _in_turn(plan: Plan) -> list[tuple[LineKind, ReadLine]]:
    """Return what is booked in its order: what the account held first, then its movements."""
    found = [(LineKind.MOVEMENT, line) for line in plan.new]
    if plan.opening_fen:
        first = plan.new[0]
        held = ReadLine(
            row=first.row,
            day=first.day,
            amount_fen=plan.opening_fen,
            balance_fen=(first.balance_fen or 0) - first.amount_fen,
        )
        found.insert(0, (LineKind.OPENING, held))
    return found


def _draft(
    account: BankAccount,
    line: ReadLine,
    kind: LineKind,
    *,
    position: int,
    closed_through: date | None,
) -> EntryDraft:
    """Return the entry of a line; what comes late for a closed month takes effect today."""
    bank_id, unclaimed_id = account.bank_account_id, account.unclaimed_account_id
    assert bank_id is not None  # both were made with the account
    assert unclaimed_id is not None
    is_late = closed_through is not None and line.day <= closed_through
    is_in = line.amount_fen > 0
    debit_id, credit_id = (bank_id, unclaimed_id) if is_in else (unclaimed_id, bank_id)
    return EntryDraft(
        id=ids.new_id(),
        book_id=account.book_id,
        asset=Asset.YUAN,
        kind=KINDS[kind],
        effective_on=clock.today() if is_late else line.day,
        transfers=[Transfer(debit_id, credit_id, abs(line.amount_fen))],
        memo=f"尾号 {account.number_tail} 第 {position} 笔",
        document=document_of(account.id, position),
        reason=f"{line.day.isoformat()} 已封账，记在今天" if is_late else "",
    )


def words_index(line: ReadLine) -> str:
    """Return the index by which a line's words are known again; nothing can be read from it."""
    return blind_index(f"bank-line:{line.words}")


def document_of(account_id: int, position: int) -> str:
    """Return how an entry names the line that it books."""
    return f"bank-line:{account_id}:{position}"


def _row(
    account: BankAccount, batch: BankImport, line: ReadLine, *, entry_id: UUID
) -> dict[str, Any]:
    """Return the columns of a line that follow from what was read."""
    return {
        "community_id": account.community_id,
        "account_id": account.id,
        "import_id": batch.id,
        "booked_on": line.day,
        "time_text": line.time,
        "amount_fen": line.amount_fen,
        "balance_fen": line.balance_fen,
        "party_name": line.party_name,
        "party_account": line.party_account,
        "text": line.text,
        "reference": line.reference,
        "words_index": words_index(line),
        "entry_id": entry_id,
    }
