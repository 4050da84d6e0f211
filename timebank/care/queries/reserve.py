"""The reserve as it stands: hours to come, money, prices, and what follows from them."""

from datetime import date, timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from timebank.care.errors.reserve import ReceiptNotFoundError
from timebank.care.models.desk import CareCentre, CarePrice, CareService
from timebank.care.models.reserve import ReserveReceipt
from timebank.care.models.settlements import Settlement
from timebank.care.queries import reserve_hours as hours
from timebank.care.queries import settlement_sources as sources
from timebank.care.rules import reserve as rules
from timebank.care.rules.reserve import (
    Assumption,
    Coverage,
    Money,
    Outstanding,
    PriceRow,
    ReserveView,
    When,
)
from timebank.care.rules.reserve_receipts import ReceiptView
from timebank.care.rules.settlements import SettlementState, month_after
from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.ledger.queries import accounts as ledger_accounts

BOOK, BANK = "reserve", "bank"
PRICES_MAX = 2_000
VERSIONS_SHOWN = 8
_CENTRES_AT_ONCE = 25


def view(
    session: Session,
    *,
    community_id: int,
    percent: int = rules.PERCENT_DEFAULT,
    years: int = rules.YEARS_DEFAULT,
    price_on: date | None = None,
) -> ReserveView:
    """Return all that is said of the reserve, at the prices in force on a day."""
    today = clock.today()
    whole = hours.outstanding(session, community_id)
    found_money = money(session, community_id)
    prices = price_rows(session, community_id)
    used = hours.used_by_service(
        session, community_id, since=rules.years_on(today, -1), before=today + timedelta(days=1)
    )
    assumption = rules.assumption_on(price_on or today, prices, used)
    begun = sorted({row.valid_from for row in prices}, reverse=True)[:VERSIONS_SHOWN]
    versions = (rules.assumption_on(day, prices, used) for day in begun)
    free = found_money.free_fen
    months = rules.last_months(today)
    return ReserveView(
        outstanding=whole,
        money=found_money,
        assumption=assumption,
        versions=tuple(one for one in versions if one is not None),
        coverage_all=_coverage(whole.total, assumption, free),
        coverage_now=_coverage(whole.of(When.NOW), assumption, free),
        stress=_stress(whole, percent, years, free, assumption),
        forecast=rules.forecast(
            hours.real_months(session, community_id, months),
            first_on=hours.first_slip_on(session, community_id),
            free_fen=free,
        ),
    )


def _coverage(minutes: int, assumption: Assumption | None, free_fen: int) -> Coverage | None:
    """Return how much of what may come the money would pay, once there is a price."""
    if assumption is None:
        return None
    return Coverage(minutes, assumption.cost(minutes), assumption.cost_dearest(minutes), free_fen)


def _stress(
    whole: Outstanding, percent: int, years: int, free_fen: int, assumption: Assumption | None
) -> rules.Stress | None:
    """Return the stress test, once there is a price."""
    if assumption is None:
        return None
    return rules.stress(
        minutes=whole.total, percent=percent, years=years, free_fen=free_fen, assumption=assumption
    )


def price_rows(session: Session, community_id: int) -> list[PriceRow]:
    """Return every version of the prices of the services on offer."""
    rows = session.execute(
        select(
            *(CareService.id, CareService.name, CareCentre.name),
            *(CarePrice.version, CarePrice.valid_from, CarePrice.minutes),
            func.coalesce(CarePrice.money_note_fen, 0),
        )
        .join(CareService, CareService.id == CarePrice.service_id)
        .join(CareCentre, CareCentre.id == CareService.centre_id)
        .where(
            CareService.community_id == community_id,
            CareService.is_active,
            CareCentre.is_active,
        )
        .order_by(CareCentre.id, CareService.position, CareService.id, CarePrice.version)
        .limit(PRICES_MAX)
    )
    return [PriceRow(*row) for row in rows]


def money(session: Session, community_id: int) -> Money:
    """Return the reserve's money in its book, and what of it is spoken for."""
    drafted = session.scalar(
        select(func.coalesce(func.sum(Settlement.amount_fen), 0)).where(
            Settlement.community_id == community_id,
            Settlement.state == SettlementState.DRAFTED.value,
        )
    )
    bank = ledger_accounts.state_by_code(session, community_id=community_id, book=BOOK, code=BANK)
    return Money(
        bank_fen=bank.balance.posted if bank else 0,
        payable_fen=_payable(session, community_id),
        drafted_fen=int(drafted or 0),
        unsettled_fen=_unsettled(session, community_id),
        bank_account_id=bank.account.id if bank else None,
    )


def _payable(session: Session, community_id: int) -> int:
    """Return what was approved and not paid yet."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=BOOK)
    if book_id is None:
        return 0
    centre_ids = session.scalars(
        select(CareCentre.id).where(CareCentre.community_id == community_id)
    )
    ids = ledger_accounts.account_ids(
        session, book_id=book_id, codes=[f"payable:{one}" for one in centre_ids]
    )
    found = ledger_accounts.balances(session, list(ids.values()))
    return sum(one.posted for one in found.values())


def _unsettled(session: Session, community_id: int) -> int:
    """Return what was served since the last statements, as the next ones would say it."""
    until = clock.today() + timedelta(days=1)
    begins = _open_since(session, community_id)
    whole = 0
    for at in range(0, len(begins), _CENTRES_AT_ONCE):
        some = [
            select(sources.lines_between(centre_id, since, until).subquery().c.amount_fen)
            for centre_id, since in begins[at : at + _CENTRES_AT_ONCE]
        ]
        lines = union_all(*some).subquery()
        whole += int(session.scalar(select(func.coalesce(func.sum(lines.c.amount_fen), 0))) or 0)
    return whole


def _open_since(session: Session, community_id: int) -> list[tuple[int, date]]:
    """Return the centres that served somebody, with the first day that is on no statement."""
    last = (
        select(Settlement.centre_id, func.max(Settlement.month_on).label("month_on"))
        .where(Settlement.community_id == community_id)
        .group_by(Settlement.centre_id)
        .subquery()
    )
    served = sources.first_days(community_id)
    rows = session.execute(
        select(CareCentre.id, last.c.month_on, served.c.day)
        .join(served, served.c.centre_id == CareCentre.id)
        .outerjoin(last, last.c.centre_id == CareCentre.id)
        .where(CareCentre.community_id == community_id)
        .order_by(CareCentre.id)
        .limit(sources.CENTRES_MAX)
    )
    return [
        (centre_id, month_after(settled_on) if settled_on else first_on)
        for centre_id, settled_on, first_on in rows
    ]


def _receipt(row: ReserveReceipt) -> ReceiptView:
    return ReceiptView(
        id=row.id,
        received_on=row.received_on,
        amount_fen=row.amount_fen,
        source=row.source,
        document=row.document,
        entry_id=row.entry_id,
        noted_by=row.noted_by,
        noted_by_user_id=row.noted_by_user_id,
        noted_at=row.noted_at,
        reversal_entry_id=row.reversal_entry_id,
        undo_reason=row.undo_reason,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
    )


def receipts(
    session: Session, *, community_id: int, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[ReceiptView]:
    """Return what came into the reserve, newest note first."""
    wanted = select(ReserveReceipt).where(ReserveReceipt.community_id == community_id)
    if cursor:
        wanted = wanted.where(ReserveReceipt.id < paging.decode_id(cursor))
    rows = session.scalars(
        wanted.order_by(ReserveReceipt.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    ).all()
    return paging.page_of([_receipt(row) for row in rows], limit=limit, key=lambda one: [one.id])


def receipt(session: Session, *, community_id: int, receipt_id: int) -> ReceiptView:
    """Return one receipt of the community.

    Raises:
        ReceiptNotFoundError: there is none.
    """
    row = session.scalars(
        select(ReserveReceipt)
        .where(ReserveReceipt.id == receipt_id, ReserveReceipt.community_id == community_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise ReceiptNotFoundError
    return _receipt(row)
