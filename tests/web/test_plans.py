"""What people open many times a day reads no table from end to end, however much there is."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from tests.make.steps import scanned
from timebank.bank.queries import claims, statements
from timebank.care.queries import home_visits
from timebank.volunteering.queries import leaving, organisations, passbook_prints, wallet

DAY = date(2026, 11, 3)
READS: dict[str, Callable[[Session], object]] = {
    "the counter's visits of a day": lambda session: home_visits.visits(
        session, community_id=1, centre_ids=[1], day=DAY
    ),
    "the lines that wait at the finance desk": lambda session: claims.waiting_lines(
        session, community_id=1
    ),
    "how many of them wait": lambda session: claims.waiting(session, 1),
    "the lines that nobody has claimed": lambda session: statements.unclaimed(
        session, community_id=1
    ),
    "whether a visit has begun": lambda session: home_visits.is_begun(session, 1),
    "what a booklet has come to": lambda session: passbook_prints.printed_minutes(session, 1),
    "which lines stand in booklets": lambda session: session.scalars(passbook_prints.seen(1)).all(),
    "whether a member is to be told of anything": lambda session: leaving.has_news(
        session, person_id=1
    ),
    "a member's wallets": lambda session: wallet.wallets(session, person_id=1),
    "who was asked into an organisation": lambda session: organisations._asks(session, 1),
}


# PostgreSQL plans by what its tables hold; where it has no index to choose SQLite has none either.
@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_no_table_is_read_from_end_to_end(
    session: Session, read: Callable[[Session], object]
) -> None:
    with scanned(session) as tables:
        read(session)

    assert tables == set()
