"""All figures of a community at one moment, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.cases.queries import lists
from timebank.cases.queries.lists import CaseFilter, Tab
from timebank.cofund.queries import projects as cofund_queries
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import proofs as ledger_proofs
from timebank.reports.queries import counts
from timebank.reports.queries.counts import OpenCases
from timebank.reports.rules import today as rules
from timebank.reports.rules.today import (
    BookFigures,
    DoorFigures,
    Figures,
    GridFigures,
    HoursFigures,
    MonthHours,
    ProjectSums,
    ProofFigures,
    SpendingWaiting,
    Urgent,
    UrgentKind,
    Waiting,
)
from timebank.volunteering.queries.passbook import BOOK as HOURS_BOOK
from timebank.volunteering.queries.passbook import ISSUANCE as EARNED

REDEEMED = "redeemed:"


def figures(session: Session, *, actor: Actor) -> Figures:
    """Return the figures of the actor's community, as they stand now."""
    community_id, now = actor.community_id, clock.now()
    waiting_since = now - rules.WAITING_MAX
    records, objections = counts.records(
        session, community_id=community_id, waiting_since=waiting_since
    )
    spending = counts.spending(session, community_id=community_id, waiting_since=waiting_since)
    bookings = counts.bookings_on(session, community_id=community_id, day=clock.today())
    grids = _grids(session, community_id=community_id, now=now)
    hours, books, redeemed_difference = _money_and_hours(session, community_id)
    late_disputes = counts.disputes_late(session, community_id=community_id, today=clock.today())
    urgent = [
        _books_wrong(books, redeemed_difference),
        Urgent(UrgentKind.DISPUTES_LATE, late_disputes),
        *_late_cases(session, actor=actor, grids=grids, now=now),
        *_waiting(records=records, objections=objections, spending=spending, bookings=bookings),
    ]
    return Figures(
        community_name=community_queries.community(session, community_id).name,
        urgent=rules.first_things(urgent),
        grids=grids,
        rates=counts.rates(session, community_id=community_id, since=_month_began(), now=now),
        hours=hours,
        books=books,
        proof=_proof(session, community_id),
        redeemed_difference_minutes=redeemed_difference,
        records=records,
        objections=objections,
        spending=spending,
        bookings_today=bookings,
        projects=projects(session, community_id),
    )


def projects(session: Session, community_id: int) -> ProjectSums:
    """Return the sums of all projects that were not cancelled."""
    totals = cofund_queries.totals(session, community_id)
    return ProjectSums(
        count=totals.count,
        agreed_fen=totals.agreed_fen,
        received_fen=totals.received_fen,
        spent_fen=totals.spent_fen,
        left_fen=totals.left_fen,
    )


def _month_began() -> datetime:
    """Return the first moment of the present month."""
    return clock.day_bounds(clock.today().replace(day=1))[0]


def _grids(session: Session, *, community_id: int, now: datetime) -> tuple[GridFigures, ...]:
    """Return every micro-grid with its open cases, in the order of the doors."""
    found = counts.open_cases(session, community_id=community_id, now=now)
    doors: dict[tuple[int, str], list[DoorFigures]] = defaultdict(list)
    for place in community_queries.micro_grids(session, community_id):
        cases = found.get(place.id, OpenCases(0, 0))
        doors[place.grid_id, place.grid_name].append(
            DoorFigures(place.id, place.building_no, place.unit_no, cases.open, cases.overdue)
        )
    return tuple(
        GridFigures(grid_id, name, tuple(of_grid)) for (grid_id, name), of_grid in doors.items()
    )


def _money_and_hours(
    session: Session, community_id: int
) -> tuple[HoursFigures, tuple[BookFigures, ...], int]:
    """Return the hours, the check of each book, and by how much counter and book differ."""
    sums = ledger_accounts.book_sums(session, community_id)
    books = tuple(BookFigures(one.code, one.name, one.difference) for one in sums)
    _, at_counters = counts.redeemed(session, community_id)
    own = next((one for one in sums if one.code == HOURS_BOOK), None)
    if own is None:
        return HoursFigures(0, 0, _months({}, {})), books, at_counters
    earned: dict[tuple[int, int], int] = defaultdict(int)
    redeemed: dict[tuple[int, int], int] = defaultdict(int)
    for one in ledger_accounts.month_sums(session, own.id):
        if one.code.split(":")[0] == EARNED:
            earned[one.year, one.month] += one.amount
        elif one.code.startswith(REDEEMED):
            redeemed[one.year, one.month] += one.amount
    hours = HoursFigures(own.bounded, own.held, _months(earned, redeemed))
    return hours, books, at_counters - sum(redeemed.values())


def _proof(session: Session, community_id: int) -> ProofFigures | None:
    """Return the last proof of the books; None when there was none yet."""
    found = ledger_proofs.last_proof(session, community_id)
    if found is None:
        return None
    return ProofFigures(found.proved_at, found.entries, found.wrong)


def _months(
    earned: Mapping[tuple[int, int], int], redeemed: Mapping[tuple[int, int], int]
) -> tuple[MonthHours, ...]:
    """Return the last twelve months, oldest first."""
    return tuple(
        MonthHours(*month, earned.get(month, 0), redeemed.get(month, 0))
        for month in rules.last_months(clock.today())
    )


def _books_wrong(books: Sequence[BookFigures], redeemed_difference: int) -> Urgent:
    """Return that books do not agree."""
    return Urgent(UrgentKind.BOOKS_WRONG, rules.wrong_checks(books, redeemed_difference))


def _late_cases(
    session: Session, *, actor: Actor, grids: Sequence[GridFigures], now: datetime
) -> list[Urgent]:
    """Return the case that is late the longest, by name, and how many others there are."""
    overdue = sum(grid.overdue for grid in grids)
    if not overdue:
        return []
    late = CaseFilter(tab=Tab.OPEN, is_late=True)
    urgent = [Urgent(UrgentKind.CASES_LATE, overdue - 1)]
    for line in lists.cases(session, actor=actor, wanted=late, limit=1).items:
        over = now - (line.due_at or now)
        urgent.append(
            Urgent(
                UrgentKind.CASE_LATE,
                1,
                case_id=line.id,
                title=line.title,
                step=line.step or "",
                late_minutes=int(over.total_seconds()) // 60,
            )
        )
    return urgent


def _waiting(
    *, records: Waiting, objections: int, spending: SpendingWaiting, bookings: int
) -> list[Urgent]:
    """Return what waits for too long, and what is to be served today."""
    return [
        Urgent(UrgentKind.RECORDS_WAITING, records.too_long),
        Urgent(UrgentKind.OBJECTIONS, objections),
        Urgent(UrgentKind.SPENDING_WAITING, spending.too_long),
        Urgent(UrgentKind.BOOKINGS_TODAY, bookings),
    ]
