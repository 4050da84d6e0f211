"""The proof of care: statements follow from slips, and the books of hours and money from both."""

from collections.abc import Iterator
from typing import Any  # a select's columns
from uuid import UUID

from sqlalchemy import Row, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.care.models.desk import CarePrice
from timebank.care.models.reserve import ReserveReceipt
from timebank.care.models.settlements import Settlement, SettlementDispute, SettlementLine
from timebank.care.models.slips import Redemption, RedemptionLine, VisitorLine
from timebank.care.models.vouchers import CareVoucher, CareVoucherUse
from timebank.care.queries import settlement_books as books
from timebank.care.rules.desk import RedemptionState
from timebank.care.rules.settlements import LineKind, Outcome
from timebank.kernel.finding import Finding
from timebank.ledger.queries import entries
from timebank.ledger.queries.entries import Moved

RULE_LINE = "a line of a statement has quantity, minutes and money of its slip's line"
RULE_TOLD = "what was served in a month that is settled stands on a statement"
RULE_KEPT = "what was undone stands on no statement unless it was served before"
RULE_SUMS = "a statement's count, minutes and money are the sums of its lines"
RULE_HOURS = "a slip on a statement has moved its minutes into what the centre took in"
RULE_BOOKED = "an approved statement is booked as due by its amount, and a payment by the same"
RULE_USED = "a voucher has as many uses taken as slips, and no more given back than undone"
RULE_RECEIPT = "money noted as received stands in the reserve's book until it is undone"
_AT_ONCE = 500
_UNDONE = (LineKind.UNDONE.value, LineKind.VISIT_UNDONE.value)
_SERVED = LineKind.SERVED.value


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of settlements and of the reserve's money that disagrees."""
    for table, rule, wanted in (
        ("care_settlement_line", RULE_LINE, _lines(RedemptionLine)),
        ("care_settlement_line", RULE_LINE, _lines(VisitorLine)),
        ("redemption_line", RULE_TOLD, _untold()),
        ("care_settlement_line", RULE_KEPT, _unserved()),
        ("care_settlement", RULE_SUMS, _sums("line_count")),
        ("care_settlement", RULE_SUMS, _sums("minutes")),
        ("care_settlement", RULE_SUMS, _sums("amount_fen")),
        ("care_voucher", RULE_USED, _vouchers()),
    ):
        for row in session.execute(wanted):
            found = _finding(table, rule, row)
            if community_id in (None, found.community_id):
                yield found
    yield from _of_books(session, community_id)
    yield from _of_receipts(session, community_id)


def _finding(table: str, rule: str, row: Row[Any]) -> Finding:
    """Return what a row of a proof says: its id, what it is, what it should be, whose it is."""
    row_id, is_value, should_be, community_id = row
    return Finding(table, f"id {row_id}", str(is_value), str(should_be), rule, community_id)


def _lines(source: type[RedemptionLine] | type[VisitorLine]) -> Select[Any]:
    """Select the lines that differ from the line of the slip from which they come."""
    it = SettlementLine
    at = it.redemption_line_id if source is RedemptionLine else it.visitor_line_id
    is_undone = it.kind.in_(_UNDONE)
    sign = case((is_undone, -1), else_=1)
    fen = func.coalesce(CarePrice.money_note_fen, 0)
    minutes = source.quantity * source.unit_minutes * sign
    is_paid_otherwise = and_(
        it.amount_fen != source.quantity * fen * sign, or_(~is_undone, it.amount_fen != 0)
    )
    return (
        select(it.id, it.minutes, minutes, it.community_id)
        .join(source, source.id == at)
        .join(CarePrice, CarePrice.id == source.price_id)
        .where(
            or_(
                it.quantity != source.quantity * sign,
                it.minutes != minutes,
                is_paid_otherwise,
                it.service_id != source.service_id,
                it.price_id != source.price_id,
            )
        )
        .order_by(it.id)
    )


def _untold() -> Select[Any]:
    """Select lines of slips of settled months that no statement has.

    The month settled last is left out: a slip that was still being written stands on the next.
    """
    spans = (
        select(
            Settlement.centre_id,
            func.min(Settlement.month_on).label("first_on"),
            func.max(Settlement.month_on).label("last_on"),
        )
        .group_by(Settlement.centre_id)
        .subquery()
    )
    told = exists().where(
        SettlementLine.redemption_line_id == RedemptionLine.id, SettlementLine.kind == _SERVED
    )
    return (
        select(RedemptionLine.id, literal("–"), literal("served"), Redemption.community_id)
        .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .join(spans, spans.c.centre_id == Redemption.centre_id)
        .where(
            Redemption.state == RedemptionState.CAPTURED.value,
            Redemption.slip_day >= spans.c.first_on,
            Redemption.slip_day < spans.c.last_on,
            ~told,
        )
        .order_by(RedemptionLine.id)
    )


def _unserved() -> Select[Any]:
    """Select undone lines whose slip stands on no statement, or was never undone."""
    it, before = SettlementLine, aliased(SettlementLine)
    is_told = exists().where(
        before.redemption_line_id == it.redemption_line_id,
        before.kind == _SERVED,
        before.settlement_id != it.settlement_id,
    )
    return (
        select(it.id, Redemption.state, literal(RedemptionState.UNDONE.value), it.community_id)
        .join(RedemptionLine, RedemptionLine.id == it.redemption_line_id)
        .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .where(
            it.kind == LineKind.UNDONE.value,
            or_(Redemption.state != RedemptionState.UNDONE.value, ~is_told),
        )
        .order_by(it.id)
    )


def _sums(name: str) -> Select[Any]:
    """Select the statements whose sum of a figure is not that of their lines."""
    line = SettlementLine
    is_struck = SettlementDispute.outcome == Outcome.STRUCK.value
    of_line = {
        "line_count": literal(1),
        "minutes": line.minutes,
        "amount_fen": case((is_struck, 0), else_=line.amount_fen),
    }[name]
    sums = (
        select(line.settlement_id, func.sum(of_line).label("whole"))
        .outerjoin(SettlementDispute, and_(SettlementDispute.line_id == line.id, is_struck))
        .group_by(line.settlement_id)
        .subquery()
    )
    whole, kept = func.coalesce(sums.c.whole, 0), getattr(Settlement, name)
    return (
        select(Settlement.id, kept, whole, Settlement.community_id)
        .outerjoin(sums, sums.c.settlement_id == Settlement.id)
        .where(kept != whole)
        .order_by(Settlement.id)
    )


def _vouchers() -> Select[Any]:
    """Select the vouchers whose uses are not those of their slips."""
    is_undone = Redemption.state == RedemptionState.UNDONE.value
    uses = (
        select(
            CareVoucherUse.voucher_id,
            func.count().label("taken"),
            func.sum(case((is_undone, 1), else_=0)).label("undone"),
        )
        .join(Redemption, Redemption.id == CareVoucherUse.redemption_id)
        .group_by(CareVoucherUse.voucher_id)
        .subquery()
    )
    taken, undone = func.coalesce(uses.c.taken, 0), func.coalesce(uses.c.undone, 0)
    return (
        select(CareVoucher.id, CareVoucher.used, taken, CareVoucher.community_id)
        .outerjoin(uses, uses.c.voucher_id == CareVoucher.id)
        .where(or_(CareVoucher.used != taken, CareVoucher.returned > undone))
        .order_by(CareVoucher.id)
    )


def _of_books(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield statements whose slips or amounts stand otherwise in the books."""
    wanted = select(Settlement).order_by(Settlement.id)
    if community_id is not None:
        wanted = wanted.where(Settlement.community_id == community_id)
    for row in session.scalars(wanted).all():
        for entry_id, told, booked in books.differing(session, row.id, row.centre_id):
            yield Finding(
                *("care_settlement", f"id {row.id} entry {entry_id}", str(booked), str(told)),
                *(RULE_HOURS, row.community_id),
            )
        for booked_id, sign in ((row.entry_id, 1), (row.payment_entry_id, -1)):
            if booked_id is not None:
                due = sign * books.payable(session, booked_id, row.centre_id)
                if due != row.amount_fen:
                    yield Finding(
                        *("care_settlement", f"id {row.id}", str(due), str(row.amount_fen)),
                        *(RULE_BOOKED, row.community_id),
                    )


def _of_receipts(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield receipts whose entries moved something else, or are undone otherwise."""
    last_id = 0
    while True:
        wanted = select(ReserveReceipt).where(ReserveReceipt.id > last_id)
        if community_id is not None:
            wanted = wanted.where(ReserveReceipt.community_id == community_id)
        rows = session.scalars(wanted.order_by(ReserveReceipt.id).limit(_AT_ONCE)).all()
        if not rows:
            return
        last_id = rows[-1].id
        ids: list[UUID] = [row.entry_id for row in rows]
        ids += [row.reversal_entry_id for row in rows if row.reversal_entry_id is not None]
        moved, undoes = entries.moved(session, ids), entries.reversed_by(session, ids)
        for row in rows:
            yield from _of_receipt(row, moved, undoes)


def _of_receipt(
    row: ReserveReceipt, moved: dict[UUID, list[Moved]], undoes: dict[UUID, UUID]
) -> Iterator[Finding]:
    """Yield what is wrong with one receipt."""
    should = [Moved("bank", "fund", row.amount_fen)]
    if moved.get(row.entry_id, []) != should:
        yield Finding(
            *("care_reserve_receipt", f"id {row.id}", str(moved.get(row.entry_id)), str(should)),
            *(RULE_RECEIPT, row.community_id),
        )
    back = row.reversal_entry_id
    if back is not None and undoes.get(back) != row.entry_id:
        yield Finding(
            *("care_reserve_receipt", f"id {row.id}", str(undoes.get(back)), str(row.entry_id)),
            *(RULE_RECEIPT, row.community_id),
        )
