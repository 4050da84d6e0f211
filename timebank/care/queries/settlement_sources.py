"""What a month's statement is drawn from: the lines of slips that belong into it."""

from datetime import date
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from timebank.care.models.desk import CareCentre, CarePrice
from timebank.care.models.settlements import Settlement, SettlementDispute, SettlementLine
from timebank.care.models.slips import Redemption, RedemptionLine, VisitorLine
from timebank.care.rules import settlements as rules
from timebank.care.rules.desk import RedemptionState
from timebank.care.rules.settlements import CentreMonth, LineKind, Outcome, SettlementState
from timebank.community.models import Organisation
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_transfers import ClearingTransfer

CENTRES_MAX = 100


def lines_of_month(centre_id: int, month_on: date) -> CompoundSelect[Any]:
    """Select the lines of a month: what was served in it, and what it undid of settled months.

    What was served and undone within the month is on no statement: nobody has it any more.
    """
    return lines_between(centre_id, month_on, rules.month_after(month_on))


def lines_between(centre_id: int, since: date, until: date) -> CompoundSelect[Any]:
    """Select the lines of some days that no statement has yet, as one over them would."""
    return union_all(
        _served(centre_id, since, until),
        _undone(centre_id, since, until),
        _visits(centre_id, since, until),
        _visits_undone(centre_id, since, until),
    )


def _own(kind: LineKind, day: Any, sign: int, fen: Any) -> Select[Any]:  # noqa: ANN401 - columns
    """Select lines of residents' slips."""
    line = RedemptionLine
    return (
        select(
            literal(kind.value).label("kind"),
            line.id.label("redemption_line_id"),
            cast(null(), Integer).label("visitor_line_id"),
            line.service_id.label("service_id"),
            line.price_id.label("price_id"),
            day.label("on_day"),
            (line.quantity * sign).label("quantity"),
            (line.quantity * line.unit_minutes * sign).label("minutes"),
            (line.quantity * fen * sign).label("amount_fen"),
        )
        .join(Redemption, Redemption.id == line.redemption_id)
        .join(CarePrice, CarePrice.id == line.price_id)
    )


def _served(centre_id: int, since: date, until: date) -> Select[Any]:
    """Select what was served to residents in the month and not undone in it or before.

    A slip that was still being written when the month before was drawn up stands on this one.
    """
    fen = func.coalesce(CarePrice.money_note_fen, 0)
    before = rules.month_before(since)
    told = aliased(SettlementLine)
    is_told = (
        select(told.id)
        .where(told.redemption_line_id == RedemptionLine.id, told.kind == LineKind.SERVED.value)
        .exists()
    )
    is_before_settled = (
        select(Settlement.id)
        .where(Settlement.centre_id == centre_id, Settlement.month_on == before)
        .exists()
    )
    return _own(LineKind.SERVED, Redemption.slip_day, 1, fen).where(
        Redemption.centre_id == centre_id,
        Redemption.slip_day >= before,
        Redemption.slip_day < until,
        or_(Redemption.slip_day >= since, and_(is_before_settled, ~is_told)),
        or_(
            Redemption.state == RedemptionState.CAPTURED.value,
            and_(Redemption.state == RedemptionState.UNDONE.value, Redemption.undo_day >= until),
        ),
    )


def _undone(centre_id: int, since: date, until: date) -> Select[Any]:
    """Select what the month undid of slips that stand on earlier statements."""
    before = aliased(SettlementLine)
    return (
        _own(LineKind.UNDONE, Redemption.undo_day, -1, _unless_struck())
        .join(
            before,
            and_(
                before.redemption_line_id == RedemptionLine.id,
                before.kind == LineKind.SERVED.value,
            ),
        )
        .outerjoin(SettlementDispute, SettlementDispute.line_id == before.id)
        .where(
            Redemption.centre_id == centre_id,
            Redemption.state == RedemptionState.UNDONE.value,
            Redemption.undo_day >= since,
            Redemption.undo_day < until,
            Redemption.slip_day < since,
        )
    )


def _unless_struck() -> Any:  # noqa: ANN401 - a column
    """Return what one of it was paid: nothing where its line was struck."""
    is_struck = func.coalesce(SettlementDispute.outcome, "") == Outcome.STRUCK.value
    return case((is_struck, 0), else_=func.coalesce(CarePrice.money_note_fen, 0))


def _visitors(kind: LineKind, day: Any, sign: int, fen: Any) -> Select[Any]:  # noqa: ANN401 - columns
    """Select lines of what was served to people of other communities."""
    line = VisitorLine
    return (
        select(
            literal(kind.value).label("kind"),
            cast(null(), Integer).label("redemption_line_id"),
            line.id.label("visitor_line_id"),
            line.service_id.label("service_id"),
            line.price_id.label("price_id"),
            day.label("on_day"),
            (line.quantity * sign).label("quantity"),
            (line.quantity * line.unit_minutes * sign).label("minutes"),
            (line.quantity * fen * sign).label("amount_fen"),
        )
        .join(CarePrice, CarePrice.id == line.price_id)
        .join(ClearingTransfer, ClearingTransfer.id == line.transfer_id)
        .outerjoin(ClearingMove, ClearingMove.id == ClearingTransfer.reversal_move_id)
    )


def _visits(centre_id: int, since: date, until: date) -> Select[Any]:
    """Select what was served to visitors in the month and not undone in it."""
    fen = func.coalesce(CarePrice.money_note_fen, 0)
    return _visitors(LineKind.VISIT, VisitorLine.served_on, 1, fen).where(
        VisitorLine.centre_id == centre_id,
        VisitorLine.served_on >= since,
        VisitorLine.served_on < until,
        or_(ClearingMove.id.is_(None), ClearingMove.moved_on >= until),
    )


def _visits_undone(centre_id: int, since: date, until: date) -> Select[Any]:
    """Select what the month undid of visits that stand on earlier statements."""
    before = aliased(SettlementLine)
    return (
        _visitors(LineKind.VISIT_UNDONE, ClearingMove.moved_on, -1, _unless_struck())
        .join(
            before,
            and_(before.visitor_line_id == VisitorLine.id, before.kind == LineKind.VISIT.value),
        )
        .outerjoin(SettlementDispute, SettlementDispute.line_id == before.id)
        .where(
            VisitorLine.centre_id == centre_id,
            ClearingMove.moved_on >= since,
            ClearingMove.moved_on < until,
            VisitorLine.served_on < since,
        )
    )


def next_months(
    session: Session, *, actor: Actor, permission: str = "settlement.read"
) -> list[CentreMonth]:
    """Return the service points within reach with the month that is settled next."""
    reach = actor.reach(permission)
    last = (
        select(Settlement.centre_id, func.max(Settlement.month_no).label("month_no"))
        .group_by(Settlement.centre_id)
        .subquery()
    )
    first = first_days(actor.community_id)
    rows = session.execute(
        select(
            CareCentre.id,
            CareCentre.name,
            func.coalesce(Organisation.name, CareCentre.name),
            Settlement.month_on,
            Settlement.state,
            first.c.day,
        )
        .outerjoin(Organisation, Organisation.id == CareCentre.organisation_id)
        .outerjoin(last, last.c.centre_id == CareCentre.id)
        .outerjoin(
            Settlement,
            and_(Settlement.centre_id == CareCentre.id, Settlement.month_no == last.c.month_no),
        )
        .outerjoin(first, first.c.centre_id == CareCentre.id)
        .where(CareCentre.community_id == actor.community_id)
        .order_by(CareCentre.id)
        .limit(CENTRES_MAX)
    ).all()
    return [
        CentreMonth(centre_id, name, provider, _next(settled_on, first_day), state == _DRAFTED)
        for centre_id, name, provider, settled_on, state, first_day in rows
        if reach.covers(centre_id=centre_id)
    ]


def first_days(community_id: int) -> Subquery:
    """Select on which day each service point first served a resident or a visitor."""
    served = union_all(
        *(
            select(it.centre_id, func.min(day).label("day"))
            .where(it.community_id == community_id)
            .group_by(it.centre_id)
            for it, day in ((Redemption, Redemption.slip_day), (VisitorLine, VisitorLine.served_on))
        )
    ).subquery()
    return (
        select(served.c.centre_id, func.min(served.c.day).label("day"))
        .group_by(served.c.centre_id)
        .subquery()
    )


_DRAFTED = SettlementState.DRAFTED.value


def _next(settled_on: date | None, first_day: date | None) -> date | None:
    """Return the month to settle next, if there is one that is over."""
    if settled_on is not None:
        month_on = rules.month_after(settled_on)
    elif first_day is not None:
        month_on = rules.month_of(first_day)
    else:
        return None
    return month_on if rules.is_over(month_on, clock.today()) else None
