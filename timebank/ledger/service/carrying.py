"""Carrying minutes to another account of the same restriction, lot by lot, with their days.

A gift starts a new lot; what is carried stays as old as it was, so that nothing is renewed and the
oldest still goes first. There is one entry for each day on which some of the minutes were earned:
its ``lots_on`` is that day, and the database refuses an entry that takes others.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.errors import KindError
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import lots as queries
from timebank.ledger.queries.lots import DayLeft
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service.posting import post_many


def carry(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    from_id: int,
    to_id: int,
    kind: str,
    memo: str,
    document: str,
) -> list[UUID]:
    """Carry everything that is on an account to another; return the entries, oldest day first.

    Raises:
        InsufficientBalanceError: some of it is set aside.
        AccountFrozenError, LotsRenewedError, AccountNotFoundError, CrossBookError
    """
    source = account_queries.account(session, community_id=actor.community_id, account_id=from_id)
    if not source.has_lots:
        raise KindError
    account_queries.locked_spendable(session, [from_id, to_id])
    today = clock.today()

    def draft_of(part: DayLeft) -> EntryDraft:
        return EntryDraft(
            id=derived_id(key, f"{from_id}:{part.earned_on}"),
            book_id=source.book_id,
            asset=Asset(source.asset),
            kind=kind,
            effective_on=max(today, part.earned_on),
            transfers=[Transfer(from_id, to_id, part.amount)],
            memo=memo,
            document=document,
            lots_on=part.earned_on,
        )

    drafts = [draft_of(part) for part in queries.left_by_day(session, from_id)]
    return post_many(session, actor=actor, drafts=drafts) if drafts else []
