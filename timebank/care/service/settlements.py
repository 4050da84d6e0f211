"""The month's settlement: drawn from the slips, disputed line by line, approved by another, paid.

Locks: the statement's row, by every verb that changes anything about it.
"""

from datetime import date

from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors import settlements as errors
from timebank.care.models.settlements import Settlement, SettlementDispute, SettlementLine
from timebank.care.queries import settlement_sources as sources
from timebank.care.queries import settlements as queries
from timebank.care.rules import settlements as rules
from timebank.care.rules.settlements import (
    CentreMonth,
    Outcome,
    SettlementState,
    SettlementView,
)
from timebank.care.service import settlement_money as money
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def draw_up(session: Session, *, actor: Actor, centre_id: int, month_on: date) -> SettlementView:
    """Draw up a service point's statement of a month that is over; drawn up once.

    The first may be of any month; from then on month follows month.

    Raises:
        SettlementNotFoundError: the service point is not within reach, or was never used.
        MonthNotOverError: the month is still going on.
        MonthOrderError: another month is due.
        EarlierMonthOpenError: the month before is not approved.
    """
    months = sources.next_months(session, actor=actor, permission="settlement.work")
    due = next((one for one in months if one.centre_id == centre_id), None)
    if due is None:
        raise errors.SettlementNotFoundError
    month_on = rules.month_of(month_on)
    _check_month(session, due, month_on)
    row = _draft(actor, due, month_on)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.MonthOrderError(month=_said(rules.month_after(month_on))) from error
    _take_lines(session, row)
    _note(session, actor, row, "care.settlement_drafted")
    return queries.settlement(session, actor=actor, settlement_id=row.id)


def _check_month(session: Session, due: CentreMonth, month_on: date) -> None:
    """Refuse a month that is not over, or not the next."""
    if not rules.is_over(month_on, clock.today()):
        raise errors.MonthNotOverError(field="month_on")
    last = session.execute(
        select(Settlement.month_on, Settlement.state)
        .where(Settlement.centre_id == due.centre_id)
        .order_by(Settlement.month_no.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return
    if month_on != rules.month_after(last.month_on):
        next_on = rules.month_after(last.month_on)
        raise errors.MonthOrderError(field="month_on", month=_said(next_on))
    if last.state == SettlementState.DRAFTED:
        raise errors.EarlierMonthOpenError(field="month_on", month=_said(last.month_on))


def _said(month_on: date) -> str:
    return f"{month_on:%Y-%m}"


def _draft(actor: Actor, due: CentreMonth, month_on: date) -> Settlement:
    """Return an empty statement."""
    return Settlement(
        community_id=actor.community_id,
        centre_id=due.centre_id,
        provider_name=due.provider_name,
        month_on=month_on,
        month_no=rules.month_no(month_on),
        state=SettlementState.DRAFTED.value,
        line_count=0,
        minutes=0,
        amount_fen=0,
        drafted_by_user_id=actor.user_id,
        drafted_by_person_id=actor.person_id,
        drafted_by=actor.name,
        drafted_at=clock.now(),
    )


def _take_lines(session: Session, row: Settlement) -> None:
    """Write the month's lines into a new statement by one statement, and sum them."""
    found = sources.lines_of_month(row.centre_id, row.month_on).subquery()
    order = (found.c.on_day, found.c.kind, found.c.redemption_line_id, found.c.visitor_line_id)
    it = SettlementLine
    columns = [
        *(it.community_id, it.settlement_id, it.number, it.kind, it.redemption_line_id),
        *(it.visitor_line_id, it.service_id, it.price_id, it.on_day, it.quantity),
        *(it.minutes, it.amount_fen),
    ]
    session.execute(
        insert(it).from_select(
            [column.key for column in columns],
            select(
                literal(row.community_id),
                literal(row.id),
                func.row_number().over(order_by=order),
                *(found.c[column.key] for column in columns[3:]),
            ),
        )
    )
    count, minutes, amount_fen = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(it.minutes), 0),
            func.coalesce(func.sum(it.amount_fen), 0),
        ).where(it.settlement_id == row.id)
    ).one()
    row.line_count, row.minutes, row.amount_fen = count, int(minutes), int(amount_fen)
    session.flush()


def dispute_line(
    session: Session, *, actor: Actor, settlement_id: int, line_id: int, reason: str
) -> SettlementView:
    """Say why a line is not right, once for a line, while the statement is a draft.

    Raises:
        SettlementNotFoundError, SettlementLineNotFoundError
        SettlementFixedError: it is approved.
        LineDisputedError: somebody said so before.
    """
    row = _locked(session, actor, settlement_id, "settlement.work")
    line = queries.line(session, settlement_id=row.id, line_id=line_id)
    _refuse_fixed(row)
    if line.dispute is not None:
        raise errors.LineDisputedError
    session.add(
        SettlementDispute(
            community_id=row.community_id,
            settlement_id=row.id,
            line_id=line_id,
            reason=reason.strip(),
            raised_by_user_id=actor.user_id,
            raised_by_person_id=actor.person_id,
            raised_by=actor.name,
            raised_at=clock.now(),
        )
    )
    session.flush()
    _note(session, actor, row, "care.line_disputed", line=line.number)
    return queries.settlement(session, actor=actor, settlement_id=row.id)


def answer_dispute(
    session: Session,
    *,
    actor: Actor,
    settlement_id: int,
    line_id: int,
    outcome: Outcome,
    answer: str,
) -> SettlementView:
    """Answer what another said against a line: it is paid as it stands, or not at all.

    Raises:
        SettlementNotFoundError, SettlementLineNotFoundError
        SettlementFixedError: the statement is approved.
        DisputeMissingError: nobody waits for an answer.
        AnswersOwnDisputeError: it is the actor's own, by whatever account.
    """
    row = _locked(session, actor, settlement_id, "settlement.work")
    line = queries.line(session, settlement_id=row.id, line_id=line_id)
    _refuse_fixed(row)
    said = session.scalars(
        select(SettlementDispute)
        .where(SettlementDispute.line_id == line_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if said is None or said.outcome is not None:
        raise errors.DisputeMissingError
    if _is_same(actor, said.raised_by_user_id, said.raised_by_person_id):
        raise errors.AnswersOwnDisputeError
    said.outcome, said.answer, said.answered_at = outcome.value, answer.strip(), clock.now()
    said.answered_by_user_id, said.answered_by = actor.user_id, actor.name
    if outcome is Outcome.STRUCK:
        row.amount_fen -= line.amount_fen
    session.flush()
    _note(session, actor, row, "care.dispute_answered", line=line.number, outcome=outcome.value)
    return queries.settlement(session, actor=actor, settlement_id=row.id)


def approve(session: Session, *, actor: Actor, settlement_id: int) -> SettlementView:
    """Let a statement stand, and book what is due to the provider.

    Raises:
        SettlementNotFoundError
        SettlementFixedError: it is approved already.
        ApprovesOwnSettlementError: the actor drew it up, by whatever account.
        DisputesOpenError: somebody waits for an answer.
    """
    row = _locked(session, actor, settlement_id, "settlement.approve")
    _refuse_fixed(row)
    if _is_same(actor, row.drafted_by_user_id, row.drafted_by_person_id):
        raise errors.ApprovesOwnSettlementError
    view = queries.settlement(
        session, actor=actor, settlement_id=row.id, permission="settlement.approve"
    )
    if view.open_disputes:
        raise errors.DisputesOpenError(count=view.open_disputes)
    row.entry_id = money.book_due(session, actor=actor, view=view)
    row.approved_by_user_id, row.approved_by = actor.user_id, actor.name
    row.approved_at, row.state = clock.now(), SettlementState.APPROVED.value
    session.flush()
    _note(session, actor, row, "care.settlement_approved", amount_fen=row.amount_fen)
    return queries.settlement(session, actor=actor, settlement_id=row.id)


def mark_paid(
    session: Session, *, actor: Actor, settlement_id: int, paid_on: date, document: str
) -> SettlementView:
    """Note that the provider was paid, with the number on the bank's paper.

    Raises:
        SettlementNotFoundError, NotApprovedError, AlreadyPaidError, NothingToPayError
        PaymentDayError: before it was approved, or still to come.
    """
    row = _locked(session, actor, settlement_id, "settlement.pay")
    if row.state == SettlementState.PAID:
        raise errors.AlreadyPaidError
    if row.approved_at is None:
        raise errors.NotApprovedError
    if row.amount_fen == 0:
        raise errors.NothingToPayError
    if not clock.day_of(row.approved_at) <= paid_on <= clock.today():
        raise errors.PaymentDayError(field="paid_on")
    view = queries.settlement(
        session, actor=actor, settlement_id=row.id, permission="settlement.pay"
    )
    row.payment_entry_id = money.book_paid(
        session, actor=actor, view=view, paid_on=paid_on, document=document.strip()
    )
    row.paid_on, row.paid_document = paid_on, document.strip()
    row.paid_by_user_id, row.paid_by = actor.user_id, actor.name
    row.state = SettlementState.PAID.value
    session.flush()
    _note(session, actor, row, "care.settlement_paid", amount_fen=row.amount_fen)
    return queries.settlement(session, actor=actor, settlement_id=row.id)


def _locked(session: Session, actor: Actor, settlement_id: int, permission: str) -> Settlement:
    """Return a statement within reach, locked.

    Raises:
        SettlementNotFoundError: there is none within reach.
    """
    row = session.scalars(
        select(Settlement)
        .where(Settlement.id == settlement_id, Settlement.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not actor.reach(permission).covers(centre_id=row.centre_id):
        raise errors.SettlementNotFoundError
    return row


def _refuse_fixed(row: Settlement) -> None:
    """Refuse what would change a statement that stands."""
    if row.state != SettlementState.DRAFTED:
        raise errors.SettlementFixedError


def _is_same(actor: Actor, user_id: int | None, person_id: int | None) -> bool:
    """Whether the actor is who acted before, by whatever account."""
    is_same_login = actor.user_id is None or actor.user_id == user_id
    return is_same_login or (person_id is not None and actor.person_id == person_id)


def _note(session: Session, actor: Actor, row: Settlement, action: str, **facts: int | str) -> None:
    """Leave the trail of what was done about a statement."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_settlement",
        subject_id=row.id,
        summary=f"{row.provider_name} {_said(row.month_on)}",
        facts={"centre_id": row.centre_id, **facts},
    )
