"""Freezing accounts and thawing them: no entry moves a frozen one, no hold sets aside on it."""

from collections.abc import Collection

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.errors import kind_of_refusal
from timebank.ledger.models import rows
from timebank.ledger.models.freezes import FREEZES
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.rules import drafts as rules
from timebank.ledger.rules.values import DOCUMENT_MAX


def freeze(session: Session, *, actor: Actor, account_ids: Collection[int], document: str) -> None:
    """Freeze accounts that are not frozen.

    Raises:
        FreezeAstrayError: one of them is frozen, or is no bounded account of the community.
    """
    _write(session, actor, account_ids, document, frozen=1)


def thaw(session: Session, *, actor: Actor, account_ids: Collection[int], document: str) -> None:
    """Thaw accounts that are frozen.

    Raises:
        FreezeAstrayError: one of them is not frozen.
    """
    _write(session, actor, account_ids, document, frozen=0)


def _write(
    session: Session, actor: Actor, account_ids: Collection[int], document: str, *, frozen: int
) -> None:
    """Write a row for each account, in the order of ids, under the locks of their balances."""
    rules.check_length(document, DOCUMENT_MAX)
    account_queries.locked_spendable(session, account_ids)
    now = clock.now()
    for account_id in sorted(account_ids):
        row = rows.freeze(actor, account_id, frozen_at=now, document=document, frozen=frozen)
        try:
            with session.begin_nested():
                session.execute(insert(FREEZES).values(row))
        except IntegrityError as error:
            raise kind_of_refusal(str(error.orig)) from error
