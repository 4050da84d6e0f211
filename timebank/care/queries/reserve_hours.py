"""What of the members' minutes is still to be redeemed, and what was: by year, age and month."""

from collections.abc import Sequence
from datetime import date
from typing import Any  # columns of a select under construction

from sqlalchemy import BigInteger, Select, case, cast, extract, func, literal, or_, select
from sqlalchemy.orm import Session

from timebank.care.models.desk import CareCentre, CarePrice
from timebank.care.models.slips import Redemption, RedemptionLine, VisitorLine
from timebank.care.rules import reserve as rules
from timebank.care.rules.desk import RedemptionState
from timebank.care.rules.reserve import CohortRow, Outstanding, RealMonth, When
from timebank.care.rules.settlements import month_after
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import cohorts as ledger_cohorts
from timebank.ledger.queries import flows as ledger_flows
from timebank.ledger.rules.values import Restriction
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits, passbook
from timebank.volunteering.queries.members import RECEIVED_KINDS
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.rules.records import RecordState

POOL = "pool:"
_DONE = (RedemptionState.CAPTURED.value, RedemptionState.UNDONE.value)


def outstanding(session: Session, community_id: int) -> Outstanding:
    """Return all minutes that are still to be redeemed, by year and by when they may be."""
    policy = limits.policy(session, community_id)
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=passbook.BOOK)
    rows: dict[int | None, dict[When, int]] = {}
    if book_id is not None:
        groups = _groups(community_id, policy)
        for one in ledger_cohorts.left_by_group(session, book_id, groups=groups):
            is_own = one.restriction == Restriction.OWN.value
            when = When(one.group or When.AGE_UNKNOWN) if is_own else When.BY_GIFT
            of_year = rows.setdefault(one.year, {})
            of_year[when] = of_year.get(when, 0) + one.minutes
        pools = sum(
            one.posted
            for one in ledger_flows.bounded_sums(session, book_id)
            if one.restriction is None and one.code.startswith(POOL)
        )
        if pools:
            rows[None] = {When.BY_GIFT: pools}
    ordered = sorted(rows.items(), key=lambda item: (item[0] is None, item[0] or 0))
    return Outstanding(
        tuple(CohortRow(year, minutes) for year, minutes in ordered),
        policy.version,
        policy.redeem_age_min,
        policy.redeem_minutes_min,
        policy.expiry_months,
    )


def _groups(community_id: int, policy: Policy) -> Select[tuple[int, str]]:
    """Select each member with when they may redeem by the rules in force."""
    return select(Person.id, _when(community_id, policy)).where(Person.community_id == community_id)


def _when(community_id: int, policy: Policy) -> Any:  # noqa: ANN401 - a column
    """Return the column: first whether enough was earned, then how far the age is."""
    ways: list[tuple[Any, str]] = []
    if policy.redeem_minutes_min is not None:
        earned = _earned_enough(community_id, policy.redeem_minutes_min)
        received = ledger_cohorts.holders_of(
            community_id=community_id,
            book=passbook.BOOK,
            restriction=Restriction.OWN.value,
            kinds=RECEIVED_KINDS,
        )
        may = or_(Person.id.in_(earned), Person.id.in_(received))
        ways.append((~may, When.TOO_LITTLE.value))
    if policy.redeem_age_min is not None:
        today, age = clock.today(), policy.redeem_age_min
        ways.append((Person.born_on.is_(None), When.AGE_UNKNOWN.value))
        ways += [
            (
                Person.born_on <= rules.born_until(rules.years_on(today, years), age),
                when.value,
            )
            for when, years in rules.WITHIN_YEARS.items()
        ]
    last = When.NOW if policy.redeem_age_min is None else When.LATER
    return case(*ways, else_=last.value) if ways else literal(last.value)


def _earned_enough(community_id: int, least: int) -> Select[tuple[int]]:
    """Select those who have earned so much for themselves, under whatever record."""
    whose = func.coalesce(Person.merged_into_id, Person.id)
    own = ServiceRecord.credited_minutes - ServiceRecord.donation_minutes
    return (
        select(whose)
        .join(ServiceRecord, ServiceRecord.volunteer_id == Person.id)
        .where(
            Person.community_id == community_id,
            ServiceRecord.state == RecordState.APPROVED,
        )
        .group_by(whose)
        .having(func.sum(own) >= least)
        .correlate(None)
    )


def real_months(session: Session, community_id: int, months: Sequence[date]) -> list[RealMonth]:
    """Return what was redeemed in months that follow each other, less what was undone in them."""
    since, before = months[0], month_after(months[-1])
    own: dict[tuple[int, int], tuple[int, int]] = {}
    for day, sign in ((Redemption.slip_day, 1), (Redemption.undo_day, -1)):
        for year, month, minutes, fen in session.execute(_own(community_id, day, since, before)):
            had = own.get((int(year), int(month)), (0, 0))
            own[int(year), int(month)] = (had[0] + sign * int(minutes), had[1] + sign * int(fen))
    visits: dict[tuple[int, int], int] = {}
    for day, sign in ((VisitorLine.served_on, 1), (ClearingMove.moved_on, -1)):
        for year, month, fen in session.execute(_visits(community_id, day, since, before)):
            key = int(year), int(month)
            visits[key] = visits.get(key, 0) + sign * int(fen)
    return [
        RealMonth(
            one, *own.get((one.year, one.month), (0, 0)), visits.get((one.year, one.month), 0)
        )
        for one in months
    ]


def _own(
    community_id: int,
    day: Any,  # noqa: ANN401 - a column
    since: date,
    before: date,
) -> Select[Any]:
    """Select what residents redeemed, or what was undone, month by month."""
    year, month = extract("year", day), extract("month", day)
    line = RedemptionLine
    return (
        select(
            *(year, month),
            _sum(line.quantity * line.unit_minutes),
            _sum(line.quantity * func.coalesce(CarePrice.money_note_fen, 0)),
        )
        .join(Redemption, Redemption.id == line.redemption_id)
        .join(CarePrice, CarePrice.id == line.price_id)
        .where(
            Redemption.centre_id.in_(_centres(community_id)),
            Redemption.state.in_(_DONE),
            day >= since,
            day < before,
        )
        .group_by(year, month)
    )


def _visits(
    community_id: int,
    day: Any,  # noqa: ANN401 - a column
    since: date,
    before: date,
) -> Select[Any]:
    """Select what the reserve pays for visitors, or what was undone of it, month by month."""
    year, month = extract("year", day), extract("month", day)
    return (
        select(
            year,
            month,
            _sum(VisitorLine.quantity * func.coalesce(CarePrice.money_note_fen, 0)),
        )
        .join(CarePrice, CarePrice.id == VisitorLine.price_id)
        .join(ClearingTransfer, ClearingTransfer.id == VisitorLine.transfer_id)
        .outerjoin(ClearingMove, ClearingMove.id == ClearingTransfer.reversal_move_id)
        .where(
            VisitorLine.centre_id.in_(_centres(community_id)),
            day >= since,
            day < before,
        )
        .group_by(year, month)
    )


def _sum(column: Any) -> Any:  # noqa: ANN401 - a column
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _centres(community_id: int) -> Select[tuple[int]]:
    return select(CareCentre.id).where(CareCentre.community_id == community_id)


def first_slip_on(session: Session, community_id: int) -> date | None:
    """Return the day of the first slip of a community."""
    return session.scalar(
        select(func.min(Redemption.slip_day)).where(
            Redemption.centre_id.in_(_centres(community_id))
        )
    )


def used_by_service(
    session: Session, community_id: int, *, since: date, before: date
) -> dict[int, int]:
    """Return the minutes for which each service was redeemed within some days and not undone."""
    rows = session.execute(
        select(
            RedemptionLine.service_id, _sum(RedemptionLine.quantity * RedemptionLine.unit_minutes)
        )
        .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .where(
            Redemption.centre_id.in_(_centres(community_id)),
            Redemption.slip_day >= since,
            Redemption.slip_day < before,
            Redemption.state == RedemptionState.CAPTURED.value,
        )
        .group_by(RedemptionLine.service_id)
    )
    return {int(service_id): int(minutes) for service_id, minutes in rows}
