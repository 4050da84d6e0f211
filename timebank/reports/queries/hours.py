"""Hours by grid and month, summed from the days of the accounts from which they came."""

from collections import defaultdict

from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.reports.rules import today as rules
from timebank.reports.rules.today import GridHours, HoursByGrid
from timebank.volunteering.queries.passbook import BOOK, ISSUANCE, issuance_code


def by_grid(session: Session, community_id: int) -> HoursByGrid:
    """Return what each grid earned in the last twelve months, and what was earned outside them."""
    months = tuple(rules.last_months(clock.today()))
    minutes: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
    accounts: dict[str, int] = {}
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=BOOK)
    for one in () if book_id is None else ledger_accounts.month_sums(session, book_id):
        if one.code.split(":")[0] == ISSUANCE:
            accounts[one.code] = one.account_id
            minutes[one.code][one.year, one.month] = one.amount
    places = community_queries.micro_grids(session, community_id)
    names: dict[int | None, str] = {place.grid_id: place.grid_name for place in places}
    grids = tuple(
        GridHours(
            grid_id,
            name,
            accounts.get(issuance_code(grid_id)),
            tuple(minutes[issuance_code(grid_id)].get(month, 0) for month in months),
        )
        for grid_id, name in (names | {None: ""}).items()
    )
    return HoursByGrid(months, grids)
