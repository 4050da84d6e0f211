"""Statements of a period: balances at both ends, the lines between, and what explains each."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock, paging
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import holds as ledger_holds
from timebank.ledger.queries import periods as ledger_periods
from timebank.ledger.queries import spans
from timebank.ledger.queries.spans import After
from timebank.ledger.rules.spans import SpanLine
from timebank.ledger.rules.values import AccountView, Restriction
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.queries.records import select_records, views_of
from timebank.volunteering.rules import statements as rules
from timebank.volunteering.rules.records import RecordView
from timebank.volunteering.rules.statements import Line, Section, Statement

_ORDER = (Restriction.OWN, Restriction.TEAM, Restriction.DONATION)


def accounts_of(session: Session, *, community_id: int, person_id: int) -> list[AccountView]:
    """Return a member's accounts of minutes: own first, then team, then donation-only."""
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=passbook.BOOK)
    if book_id is None:
        return []
    found = spans.lot_accounts(session, book_id=book_id, person_id=person_id)
    return sorted(found, key=lambda one: _ORDER.index(one.restriction or Restriction.OWN))


def sections(
    session: Session, accounts: Sequence[AccountView], *, since: date, through: date
) -> list[Section]:
    """Return what there was in each account, what came and went, and so what there is."""
    before = since - timedelta(days=1)
    sums = spans.sums_by_kind(session, [one.id for one in accounts], since=since, through=through)
    return [
        Section(
            account_id=one.id,
            restriction=one.restriction or Restriction.OWN,
            opening_minutes=ledger_periods.balance_on(session, one, before),
            in_minutes=sum(s.amount for s in sums if s.account_id == one.id and s.amount > 0),
            out_minutes=-sum(s.amount for s in sums if s.account_id == one.id and s.amount < 0),
        )
        for one in accounts
    ]


def statement(
    session: Session,
    *,
    community_id: int,
    person_id: int,
    since: date,
    through: date,
    of: Restriction = Restriction.OWN,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Statement:
    """Return a member's statement of a period, the oldest line first.

    Raises:
        StatementPeriodError, PeriodTooLongError
        PersonNotFoundError: the community has nobody with the id.
    """
    rules.check_period(since, through, today=clock.today())
    who = community_queries.person(session, community_id=community_id, person_id=person_id)
    accounts = accounts_of(session, community_id=community_id, person_id=person_id)
    found = sections(session, accounts, since=since, through=through)
    shown = next((one for one in found if one.restriction is of), None)
    after = _after(cursor)
    lines: list[SpanLine] = []
    before = 0 if shown is None else shown.opening_minutes
    if shown is not None:
        lines = spans.lines_between(
            session, shown.account_id, since=since, through=through, after=after, limit=limit + 1
        )
        if after is not None:
            before += spans.sum_until(session, shown.account_id, since=since, after=after)
    page = paging.page_of(
        lines,
        limit=limit,
        key=lambda line: [line.effective_on.isoformat(), line.transfer_id],
    )
    return Statement(
        person_id=person_id,
        name=who.name,
        card_no=who.card_no or "",
        since=since,
        through=through,
        sections=found,
        shown=shown,
        before_minutes=before,
        lines=_explained(session, page.items, before),
        next_cursor=page.next_cursor,
        holds=[hold for one in accounts for hold in ledger_holds.open_holds(session, one.id)],
    )


def _after(cursor: str | None) -> After | None:
    """Return the line after which a page begins.

    Raises:
        BadCursorError: the text is no such cursor.
    """
    if cursor is None:
        return None
    day, transfer_id = paging.decode(cursor, width=2)
    if not isinstance(day, str) or not isinstance(transfer_id, int):
        raise paging.BadCursorError
    try:
        return date.fromisoformat(day), transfer_id
    except ValueError as error:
        raise paging.BadCursorError from error


def _explained(session: Session, lines: Sequence[SpanLine], before: int) -> list[Line]:
    """Return lines with the balance after each, and what stands behind it."""
    records = _records_behind(session, [line.entry_id for line in lines])
    ids = [view.id for view in records.values()]
    presences = presence_reads.presences_behind(session, ids)
    found, after = [], before
    for line in lines:
        after += line.amount
        record = records.get(line.entry_id)
        presence = None if record is None else presences.get(record.id)
        found.append(Line(line, after, record, presence))
    return found


def _records_behind(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, RecordView]:
    """Return the service that made or undid entries, by entry."""
    if not entry_ids:
        return {}
    posted = or_(ServiceRecord.entry_id.in_(entry_ids), ServiceRecord.reversal_id.in_(entry_ids))
    return {
        entry_id: view
        for view in views_of(session, select_records().where(posted))
        for entry_id in (view.entry_id, view.reversal_id)
        if entry_id is not None
    }


def earned_by_kind(
    session: Session, entry_ids: Collection[UUID]
) -> dict[str, tuple[int, int, int]]:
    """Return ``{kind: (times, own minutes, donation-only minutes)}`` of entries that earned."""
    found: dict[str, tuple[int, int, int]] = {}
    if not entry_ids:
        return found
    for view in views_of(session, select_records().where(ServiceRecord.entry_id.in_(entry_ids))):
        times, own, only = found.get(view.kind_name, (0, 0, 0))
        credited = view.credited_minutes or 0
        found[view.kind_name] = (
            times + 1,
            own + credited - view.donation_minutes,
            only + view.donation_minutes,
        )
    return found
