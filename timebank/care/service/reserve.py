"""The reserve's money: what came in, by the bank's paper; another takes a wrong note back.

Locks: the receipt's row, by who takes it back.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors import reserve as errors
from timebank.care.models.reserve import ReserveReceipt
from timebank.care.queries import reserve as queries
from timebank.care.rules.reserve_receipts import ReceiptView
from timebank.care.service import settlement_money as money
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import posting
from timebank.trail import service as trail

RECEIVED_KIND = "care.reserve_received"


def receive(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    received_on: date,
    amount_fen: int,
    source: str,
    document: str,
) -> ReceiptView:
    """Note money that the reserve's bank account received; each paper once.

    Raises:
        ReceiptDayError: the day is still to come.
        ReceiptKnownError: the paper was noted before.
    """
    if received_on > clock.today():
        raise errors.ReceiptDayError(field="received_on")
    source, document = source.strip(), document.strip()
    _refuse_known(session, actor, document)
    book_id = money.book(session, actor)
    bank_id = money.account(session, book_id, queries.BANK, "储备金的银行账户", Side.DEBIT)
    fund_id = money.account(session, book_id, "fund", "储备金收到的钱", Side.CREDIT)
    draft = EntryDraft(
        id=derived_id(key, "entry"),
        book_id=book_id,
        asset=Asset.YUAN,
        kind=RECEIVED_KIND,
        effective_on=received_on,
        transfers=[Transfer(bank_id, fund_id, amount_fen)],
        memo=source,
        document=document,
    )
    row = ReserveReceipt(
        community_id=actor.community_id,
        key=key,
        received_on=received_on,
        amount_fen=amount_fen,
        source=source,
        document=document,
        entry_id=posting.post(session, actor=actor, draft=draft).id,
        noted_by_user_id=actor.user_id,
        noted_by_person_id=actor.person_id,
        noted_by=actor.name,
        noted_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.ReceiptKnownError(field="document", document=document) from error
    _note(session, actor, row, "care.reserve_received")
    return queries.receipt(session, community_id=actor.community_id, receipt_id=row.id)


def _refuse_known(session: Session, actor: Actor, document: str) -> None:
    """Refuse a paper that stands already."""
    known = select(ReserveReceipt.id).where(
        ReserveReceipt.community_id == actor.community_id,
        ReserveReceipt.document == document,
        ReserveReceipt.reversal_entry_id.is_(None),
    )
    if session.scalar(known.limit(1)) is not None:
        raise errors.ReceiptKnownError(field="document", document=document)


def undo_receipt(session: Session, *, actor: Actor, receipt_id: int, reason: str) -> ReceiptView:
    """Take back what another noted wrongly, with a reason, once.

    Raises:
        ReceiptNotFoundError, ReceiptUndoneError
        UndoesOwnReceiptError: the actor noted it, by whatever account.
    """
    row = session.scalars(
        select(ReserveReceipt)
        .where(ReserveReceipt.id == receipt_id, ReserveReceipt.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise errors.ReceiptNotFoundError
    if row.reversal_entry_id is not None:
        raise errors.ReceiptUndoneError
    if _is_same(actor, row):
        raise errors.UndoesOwnReceiptError
    undone = posting.reverse(
        session,
        actor=actor,
        entry_id=row.entry_id,
        reversal_id=derived_id(row.key, "reversal"),
        reason=reason.strip(),
    )
    row.reversal_entry_id, row.undo_reason = undone.id, reason.strip()
    row.undone_by_user_id, row.undone_by = actor.user_id, actor.name
    row.undone_at = clock.now()
    session.flush()
    _note(session, actor, row, "care.reserve_receipt_undone")
    return queries.receipt(session, community_id=actor.community_id, receipt_id=row.id)


def _is_same(actor: Actor, row: ReserveReceipt) -> bool:
    """Whether the actor noted it, by whatever account."""
    is_same_login = actor.user_id is None or actor.user_id == row.noted_by_user_id
    is_known = row.noted_by_person_id is not None
    return is_same_login or (is_known and actor.person_id == row.noted_by_person_id)


def _note(session: Session, actor: Actor, row: ReserveReceipt, action: str) -> None:
    """Leave the trail of what was done about a receipt."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_reserve_receipt",
        subject_id=row.id,
        summary=row.source,
        facts={"amount_fen": row.amount_fen},
    )
