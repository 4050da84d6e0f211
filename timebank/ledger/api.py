"""The ledger for programs: accounts, their lines, entries. Values are moved by other rooms."""

from typing import Any  # a document as JSON
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel.db import Reader
from timebank.kernel.paging import Page
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import entries as entry_queries
from timebank.ledger.queries import neighbours
from timebank.ledger.queries import seals as seal_queries
from timebank.ledger.queries import statements as statement_queries
from timebank.ledger.rules import proofs
from timebank.ledger.rules.reach import whose
from timebank.ledger.rules.values import AccountState, EntryView, StatementLine
from timebank.ledger.schemas import (
    AccountOut,
    AccountsIn,
    ConsistencyIn,
    ConsistencyOut,
    EntryOut,
    ProofOut,
    SealOut,
    SealsIn,
    StatementLineOut,
)
from timebank.web.api import PageIn, gives, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, public, reads

api = room_api("ledger")


@api.get("/ledger-accounts")
@needs("ledger.read")
@reads
@takes(AccountsIn, where="query")
@gives_page(AccountOut)
def ledger_accounts(
    session: Session, *, limit: int, cursor: str | None = None, book_id: int | None = None
) -> Page[AccountState]:
    """Accounts with their balances: one's own, or the community's for those who may read it."""
    actor = current_actor()
    page = account_queries.accounts(
        session,
        community_id=actor.community_id,
        book_id=book_id,
        person_id=whose(actor),
        cursor=cursor,
        limit=limit,
    )
    return Page(account_queries.with_balances(session, page.items), page.next_cursor)


@api.get("/ledger-accounts/<int:account_id>")
@needs("ledger.read")
@reads(is_one_statement=True)
@gives(AccountOut)
def ledger_account(session: Reader, account_id: int) -> AccountState:
    """One account with its balance."""
    actor = current_actor()
    return account_queries.state(
        session, community_id=actor.community_id, account_id=account_id, person_id=whose(actor)
    )


@api.get("/ledger-accounts/<int:account_id>/lines")
@needs("ledger.read")
@reads
@takes(PageIn, where="query")
@gives_page(StatementLineOut)
def ledger_account_lines(
    session: Session, account_id: int, *, limit: int, cursor: str | None = None
) -> Page[StatementLine]:
    """An account's statement, newest first."""
    actor = current_actor()
    found = account_queries.state(
        session, community_id=actor.community_id, account_id=account_id, person_id=whose(actor)
    )
    return statement_queries.statement_of(session, found, cursor=cursor, limit=limit)


@api.get("/ledger-entries/<uuid:entry_id>")
@needs("ledger.read")
@reads
@gives(EntryOut)
def ledger_entry(session: Session, entry_id: UUID) -> EntryView:
    """One entry with its transfers."""
    actor = current_actor()
    return entry_queries.entry_within(
        session, community_id=actor.community_id, entry_id=entry_id, person_id=whose(actor)
    )


@api.get("/ledger-entries/<uuid:entry_id>/proof")
@needs("ledger.read")
@reads
@gives(ProofOut)
def ledger_entry_proof(session: Session, entry_id: UUID) -> dict[str, Any]:
    """What proves an entry under the newest head."""
    actor = current_actor()
    found = entry_queries.entry_within(
        session, community_id=actor.community_id, entry_id=entry_id, person_id=whose(actor)
    )
    return proofs.document(seal_queries.proof(session, found.id))


@api.get("/seals")
@public
@reads
@takes(SealsIn, where="query")
@gives_page(SealOut)
def seals(
    session: Session, *, limit: int, cursor: str | None = None, community: str | None = None
) -> Page[dict[str, Any]]:
    """The blocks of a community, newest first; for everybody."""
    house = neighbours.community(session, community)
    page = seal_queries.blocks(session, house.id, cursor=cursor, limit=limit)
    return Page([proofs.block_document(one) for one in page.items], page.next_cursor)


@api.get("/seals/consistency")
@public
@reads
@takes(ConsistencyIn, where="query")
@gives(ConsistencyOut)
def seals_consistency(
    session: Session, *, first: int, second: int, community: str | None = None
) -> dict[str, Any]:
    """What proves that a later head keeps an earlier one; for everybody."""
    house = neighbours.community(session, community)
    found = seal_queries.consistency(session, house.id, first=first, second=second)
    return proofs.consistency_document(found)
