"""The monthly netting sheet of two communities: made when the month is over, signed by both."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_sheets import ClearingSheet
from timebank.volunteering.queries import clearing_sheets as queries
from timebank.volunteering.rules import clearing_sheets as rules
from timebank.volunteering.service.clearing import locked_pair, note


def make_sheet(session: Session, *, actor: Actor, pair_id: int, month: date) -> int:
    """Make the sheet of a month that is over and return it; the one that is there stays as it is.

    Raises:
        PairNotFoundError, MonthNotOverError
        SheetOrderError: another month comes first.
        SheetDiffersError: the books do not say what the moves say.
    """
    pair = locked_pair(session, actor.community_id, pair_id)
    month = rules.first_of(month)
    rules.check_month_over(month, today=clock.today())
    known = queries.sheet_of(session, pair.id, month)
    if known is not None:
        return known.id
    first = queries.next_month_of(session, pair)
    if month != first:
        raise errors.SheetOrderError(field="month", month=first)
    lines, sums = queries.month_of(session, pair, month)
    _check_agrees(session, pair, month, lines, sums)
    row = ClearingSheet(
        community_id=pair.community_id,
        pair_id=pair.id,
        month=month,
        opening_minutes=sums.opening_minutes,
        low_to_high_minutes=sums.low_to_high_minutes,
        high_to_low_minutes=sums.high_to_low_minutes,
        closing_minutes=sums.closing_minutes,
        lines=sums.lines,
        digest=rules.digest_of(month, sums, lines),
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    note(session, actor, pair, "clearing_sheet_made", row.id)
    return row.id


def sign_sheet(session: Session, *, actor: Actor, sheet_id: int) -> None:
    """Sign a sheet for one's own side; the books are compared once more.

    Raises:
        SheetNotFoundError, SheetSignedError, SheetDiffersError
    """
    pair, row = locked_sheet(session, actor, sheet_id)
    lines, sums = queries.month_of(session, pair, row.month)
    _check_agrees(session, pair, row.month, lines, sums)
    if rules.digest_of(row.month, sums, lines) != row.digest:
        raise errors.SheetTotalsDifferError
    side = "low" if actor.community_id == pair.community_id else "high"
    if getattr(row, f"{side}_signed_at") is not None:
        raise errors.SheetSignedError
    for name, value in (
        ("signed_at", clock.now()),
        ("signed_by_user_id", actor.user_id),
        ("signed_by_name", actor.name),
    ):
        setattr(row, f"{side}_{name}", value)
    note(session, actor, pair, "clearing_sheet_signed", row.id)


def make_sheets(session: Session, _payload: Mapping[str, object]) -> int:
    """Do the job ``volunteering.make_sheets``: make every sheet that is due, month by month."""
    today, made = clock.today(), 0
    for pair in session.scalars(select(ClearingPair).order_by(ClearingPair.id)).all():
        actor = program(community_id=pair.community_id, name="volunteering.make_sheets")
        month = queries.next_month_of(session, pair)
        while rules.next_month(month) <= today:
            make_sheet(session, actor=actor, pair_id=pair.id, month=month)
            month, made = rules.next_month(month), made + 1
    return made


def locked_sheet(
    session: Session, actor: Actor, sheet_id: int
) -> tuple[ClearingPair, ClearingSheet]:
    """Return a sheet of one side, under the lock of its pair.

    Raises:
        SheetNotFoundError: it is none of this side's.
    """
    pair_id = session.scalar(select(ClearingSheet.pair_id).where(ClearingSheet.id == sheet_id))
    if pair_id is None:
        raise errors.SheetNotFoundError
    try:
        pair = locked_pair(session, actor.community_id, pair_id)
    except errors.PairNotFoundError as error:
        raise errors.SheetNotFoundError from error
    return pair, session.get_one(ClearingSheet, sheet_id, populate_existing=True)


def _check_agrees(
    session: Session,
    pair: ClearingPair,
    month: date,
    lines: list[rules.SheetLine],
    sums: rules.SheetSums,
) -> None:
    """Refuse a sheet on which the books of the two differ.

    Raises:
        SheetDiffersError: with the number of the move.
        SheetTotalsDifferError: where the two stand at the end differs.
    """
    for line in lines:
        if not line.agrees:
            raise errors.SheetDiffersError(number=line.number)
    last = rules.next_month(month) - rules.ONE_DAY
    if queries.book_positions(session, pair, last) != (sums.closing_minutes,) * 2:
        raise errors.SheetTotalsDifferError
