"""The money of a settlement in the reserve's book: due when approved, gone when paid."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.care.queries import settlements as queries
from timebank.care.rules.settlements import SettlementView
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books, posting

BOOK, BOOK_NAME = "reserve", "养老服务储备金"
DUE_KIND, PAID_KIND = "care.settled", "care.settlement_paid"


def book_due(session: Session, *, actor: Actor, view: SettlementView) -> UUID | None:
    """Book what is due to a provider, one transfer for each service and price; nothing for none."""
    if view.amount_fen == 0:
        return None
    book_id = book(session, actor)
    cost_id = account(session, book_id, f"cost:{view.centre_id}", "服务点的费用", Side.DEBIT)
    transfers = [
        _transfer(cost_id, _payable(session, book_id, view), one.due_fen)
        for one in queries.by_service(session, settlement_id=view.id)
        if one.due_fen
    ]
    draft = _draft(view, book_id, DUE_KIND, clock.today(), transfers)
    return posting.post(session, actor=actor, draft=draft).id


def book_paid(
    session: Session, *, actor: Actor, view: SettlementView, paid_on: date, document: str
) -> UUID:
    """Book that the reserve's bank account paid what was due, or got it back."""
    book_id = book(session, actor)
    bank_id = account(session, book_id, "bank", "储备金的银行账户", Side.DEBIT)
    transfers = [_transfer(_payable(session, book_id, view), bank_id, view.amount_fen)]
    draft = _draft(view, book_id, PAID_KIND, paid_on, transfers, document=document)
    return posting.post(session, actor=actor, draft=draft).id


def book(session: Session, actor: Actor) -> int:
    """Return the book of the reserve that pays providers."""
    return books.ensure_book(session, community_id=actor.community_id, code=BOOK, name=BOOK_NAME)


def _payable(session: Session, book_id: int, view: SettlementView) -> int:
    """Return the account of what is due to a provider."""
    return account(session, book_id, f"payable:{view.centre_id}", "应付服务点", Side.CREDIT)


def account(session: Session, book_id: int, code: str, name: str, normal: Side) -> int:
    """Return an open account of the reserve's money."""
    return books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=code,
        name=name,
        kind=AccountKind.OPEN,
        normal=normal,
        floor=None,
    )


def _transfer(debit_id: int, credit_id: int, fen: int) -> Transfer:
    """Return a transfer; what is below zero goes the other way."""
    return Transfer(debit_id, credit_id, fen) if fen > 0 else Transfer(credit_id, debit_id, -fen)


def _draft(
    view: SettlementView,
    book_id: int,
    kind: str,
    day: date,
    transfers: list[Transfer],
    *,
    document: str = "",
) -> EntryDraft:
    """Return the entry of a statement."""
    return EntryDraft(
        id=ids.new_id(),
        book_id=book_id,
        asset=Asset.YUAN,
        kind=kind,
        effective_on=day,
        transfers=transfers,
        memo=f"{view.month_on:%Y-%m} {view.provider_name}",
        document=document,
    )
