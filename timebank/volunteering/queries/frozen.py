"""Whose accounts are frozen, so that a refusal can name them."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.ledger.queries.accounts import frozen_persons


def names_of_frozen(
    session: Session, *, community_id: int, person_ids: Collection[int]
) -> list[str]:
    """Return the names of those among some people to whom nothing can be posted."""
    found = frozen_persons(session, community_id=community_id, person_ids=person_ids)
    return [one.name for _, one in sorted(community_queries.persons(session, found).items())]
