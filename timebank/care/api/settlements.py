"""The month's settlement for programs: draw up, dispute, answer, approve, note the payment."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import settlement_books
from timebank.care.queries import settlements as queries
from timebank.care.rules.settlements import (
    Agreement,
    Outcome,
    SettlementLineView,
    SettlementView,
)
from timebank.care.schemas.settlements import (
    AgreementOut,
    AnswerIn,
    DisputeIn,
    LinesPageIn,
    MonthIn,
    PaymentIn,
    SettlementLineOut,
    SettlementOut,
)
from timebank.care.service import settlements
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/care-settlements")
@needs("settlement.read")
@reads
@takes(PageIn, where="query")
@gives_page(SettlementOut)
def list_settlements(
    session: Session, *, limit: int, cursor: str | None = None
) -> Page[SettlementView]:
    """The months' statements within reach, newest first."""
    return queries.settlements(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/care-settlements")
@needs("settlement.work")
@writes(keyed=True)
@takes(MonthIn)
@gives(SettlementOut, status=201)
def draw_up(session: Session, *, centre_id: int, month_on: date) -> SettlementView:
    """Draw up a service point's statement of a month that is over."""
    return settlements.draw_up(
        session, actor=current_actor(), centre_id=centre_id, month_on=month_on
    )


@api.get("/care-settlements/<int:settlement_id>")
@needs("settlement.read")
@reads
@gives(SettlementOut)
def get_settlement(session: Session, settlement_id: int) -> SettlementView:
    """One month's statement."""
    return queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)


@api.get("/care-settlements/<int:settlement_id>/lines")
@needs("settlement.read")
@reads
@takes(LinesPageIn, where="query")
@gives_page(SettlementLineOut)
def list_settlement_lines(
    session: Session,
    settlement_id: int,
    *,
    is_disputed: bool,
    limit: int,
    cursor: str | None = None,
) -> Page[SettlementLineView]:
    """The lines of a statement in their order, all or those that were disputed."""
    view = queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)
    return queries.lines(
        session, settlement_id=view.id, is_disputed=is_disputed, cursor=cursor, limit=limit
    )


@api.get("/care-settlements/<int:settlement_id>/agreement")
@needs("settlement.read")
@reads
@gives(AgreementOut)
def get_agreement(session: Session, settlement_id: int) -> Agreement:
    """How a statement stands beside the books, slip by slip."""
    view = queries.settlement(session, actor=current_actor(), settlement_id=settlement_id)
    return settlement_books.agreement(session, view)


@api.post("/care-settlements/<int:settlement_id>/lines/<int:line_id>/dispute")
@needs("settlement.work")
@writes(keyed=True)
@takes(DisputeIn)
@gives(SettlementOut)
def dispute_line(
    session: Session, settlement_id: int, line_id: int, *, reason: str
) -> SettlementView:
    """Say why a line is not right."""
    return settlements.dispute_line(
        session,
        actor=current_actor(),
        settlement_id=settlement_id,
        line_id=line_id,
        reason=reason,
    )


@api.post("/care-settlements/<int:settlement_id>/lines/<int:line_id>/answer")
@needs("settlement.work")
@writes(keyed=True)
@takes(AnswerIn)
@gives(SettlementOut)
def answer_dispute(
    session: Session, settlement_id: int, line_id: int, *, outcome: Outcome, answer: str
) -> SettlementView:
    """Answer what another said against a line."""
    return settlements.answer_dispute(
        session,
        actor=current_actor(),
        settlement_id=settlement_id,
        line_id=line_id,
        outcome=outcome,
        answer=answer,
    )


@api.post("/care-settlements/<int:settlement_id>/approve")
@needs("settlement.approve")
@writes(keyed=True)
@gives(SettlementOut)
def approve_settlement(session: Session, settlement_id: int) -> SettlementView:
    """Let a statement stand that another drew up, and book what is due."""
    return settlements.approve(session, actor=current_actor(), settlement_id=settlement_id)


@api.post("/care-settlements/<int:settlement_id>/pay")
@needs("settlement.pay")
@writes(keyed=True)
@takes(PaymentIn)
@gives(SettlementOut)
def pay_settlement(
    session: Session, settlement_id: int, *, paid_on: date, document: str
) -> SettlementView:
    """Note that the provider was paid."""
    return settlements.mark_paid(
        session,
        actor=current_actor(),
        settlement_id=settlement_id,
        paid_on=paid_on,
        document=document,
    )
