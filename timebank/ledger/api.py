"""The ledger for programs: accounts, their lines, entries. Values are moved by other rooms."""

from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.ledger import queries
from timebank.ledger.rules import AccountState, EntryView, StatementLine, whose
from timebank.ledger.schemas import AccountOut, AccountsIn, EntryOut, StatementLineOut
from timebank.web.api import PageIn, gives, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, reads

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
    page = queries.accounts(
        session,
        community_id=actor.community_id,
        book_id=book_id,
        person_id=whose(actor),
        cursor=cursor,
        limit=limit,
    )
    return Page(queries.with_balances(session, page.items), page.next_cursor)


@api.get("/ledger-accounts/<int:account_id>")
@needs("ledger.read")
@reads
@gives(AccountOut)
def ledger_account(session: Session, account_id: int) -> AccountState:
    """One account with its balance."""
    actor = current_actor()
    found = queries.account(
        session, community_id=actor.community_id, account_id=account_id, person_id=whose(actor)
    )
    return AccountState(found, queries.balance(session, found.id))


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
    found = queries.account(
        session,
        community_id=actor.community_id,
        account_id=account_id,
        person_id=whose(actor),
    )
    return queries.statement(session, found.id, cursor=cursor, limit=limit)


@api.get("/ledger-entries/<uuid:entry_id>")
@needs("ledger.read")
@reads
@gives(EntryOut)
def ledger_entry(session: Session, entry_id: UUID) -> EntryView:
    """One entry with its transfers."""
    actor = current_actor()
    return queries.entry_within(
        session, community_id=actor.community_id, entry_id=entry_id, person_id=whose(actor)
    )
