"""Whose accounts are frozen, so that a refusal can name them."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.volunteering.queries.passbook import BOOK, donation_code, member_code


def frozen_ids(session: Session, *, community_id: int, person_ids: Collection[int]) -> set[int]:
    """Return which people have a frozen account; nothing can be posted to them."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=BOOK)
    if book_id is None or not person_ids:
        return set()
    owners = {
        code: person_id
        for person_id in person_ids
        for code in (member_code(person_id), donation_code(person_id))
    }
    ids = ledger_accounts.account_ids(session, book_id=book_id, codes=owners)
    frozen = ledger_accounts.frozen_among(session, ids.values())
    return {owners[code] for code, account_id in ids.items() if account_id in frozen}


def names_of_frozen(
    session: Session, *, community_id: int, person_ids: Collection[int]
) -> list[str]:
    """Return the names of those among some people whose account is frozen."""
    found = frozen_ids(session, community_id=community_id, person_ids=person_ids)
    return [one.name for _, one in sorted(community_queries.persons(session, found).items())]
