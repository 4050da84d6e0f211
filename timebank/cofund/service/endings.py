"""How a project ends: accepted, settled, held for its defects, closed; or cancelled."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Project, ProjectRefund, SpendingRequest
from timebank.cofund.models.retention import RetentionMove, Settlement
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import settlements
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules import retention as retention_rules
from timebank.cofund.rules.projects import Command, ProjectView
from timebank.cofund.rules.retention import MoveState
from timebank.cofund.service import steps
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting


def accept_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    note: str,
    document_file_id: int | None = None,
    accepted_on: date | None = None,
) -> ProjectView:
    """Record that the works were accepted, with what was found; the last payment may follow.

    The defects period begins on that day.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.ACCEPT
    )
    if document_file_id is not None:
        steps.check_document(session, actor=actor, file_id=document_file_id)
    day = accepted_on or clock.today()
    steps.check_day(day, field="accepted_on")
    project.accepted_on = day
    project.defects_until = retention_rules.defects_end(day, project.defect_months)
    project.acceptance_note = note.strip()
    project.acceptance_file_id = document_file_id
    steps.move(project, Command.ACCEPT)
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="accepted")
    return _view(session, project)


def settle_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    document_file_id: int | None = None,
    key: UUID | None = None,
) -> ProjectView:
    """Settle an accepted project: its final account is written, what is left goes back.

    What was withheld from builders stays until the end of the defects period.

    Raises:
        OpenSpendingError: a bill still waits.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.SETTLE
    )
    _check_nothing_waits(session, project)
    if document_file_id is not None:
        steps.check_document(session, actor=actor, file_id=document_file_id)
    refunded_fen = _refund(session, actor=actor, project=project, key=key or ids.new_id())
    facts = settlements.facts_of(session, project)
    session.add(
        Settlement(
            community_id=project.community_id,
            project_id=project.id,
            settled_on=clock.today(),
            settled_at=clock.now(),
            settled_by=actor.user_id,
            settled_name=actor.name,
            facts=facts,
            digest=retention_rules.settlement_digest(facts),
            document_file_id=document_file_id,
        )
    )
    session.flush()
    steps.move(project, Command.SETTLE)
    session.flush()
    if queries.figures(session, project.id).withheld_fen:
        steps.move(project, Command.KEEP)
        session.flush()
    steps.leave_trail(
        session, actor=actor, project=project, act="settled", refunded_fen=refunded_fen
    )
    return _view(session, project)


def close_project(
    session: Session, *, actor: Actor, project_id: int, key: UUID | None = None
) -> ProjectView:
    """Close a settled project; what was deducted from the builders goes to those who paid.

    Raises:
        RetentionHeldError: something is still withheld.
    """
    return _end(session, actor=actor, project_id=project_id, command=Command.CLOSE, key=key)


def cancel_project(
    session: Session, *, actor: Actor, project_id: int, reason: str, key: UUID | None = None
) -> ProjectView:
    """Cancel a project with a reason; what was not spent goes back to those who paid.

    Raises:
        MissingReasonError: no reason was given.
        OpenSpendingError: a spending request still waits.
    """
    return _end(
        session,
        actor=actor,
        project_id=project_id,
        command=Command.CANCEL,
        reason=steps.reason_of(reason),
        key=key,
    )


def _end(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    command: Command,
    reason: str = "",
    key: UUID | None = None,
) -> ProjectView:
    """End a project: nothing may wait for payment, and its cash is paid back."""
    project = steps.locked_project(session, actor=actor, project_id=project_id, command=command)
    _check_nothing_waits(session, project)
    withheld_fen = queries.figures(session, project.id).withheld_fen
    if withheld_fen:
        raise errors.RetentionHeldError(withheld_fen=withheld_fen)
    refunded_fen = _refund(session, actor=actor, project=project, key=key or ids.new_id())
    project.end_reason = reason
    steps.move(project, command)
    session.flush()
    act = "closed" if command is Command.CLOSE else "cancelled"
    steps.leave_trail(
        session, actor=actor, project=project, act=act, refunded_fen=refunded_fen, reason=reason
    )
    return _view(session, project)


def _check_nothing_waits(session: Session, project: Project) -> None:
    """Refuse to end a project while a bill or withheld money waits for somebody's decision."""
    bills = select(func.count()).select_from(SpendingRequest)
    waiting = session.scalar(
        bills.where(
            SpendingRequest.project_id == project.id,
            SpendingRequest.state.in_(rules.OPEN_SPENDING),
        )
    )
    if waiting:
        raise errors.OpenSpendingError(count=waiting)
    moves = session.scalar(
        select(func.count())
        .select_from(RetentionMove)
        .where(RetentionMove.project_id == project.id, RetentionMove.state == MoveState.ASKED)
    )
    if moves:
        raise errors.OpenRetentionMovesError(count=moves)


def _refund(session: Session, *, actor: Actor, project: Project, key: UUID) -> int:
    """Pay back what is left by what each party paid; return the sum, fen."""
    left = {one.party: one.left_fen for one in queries.figures(session, project.id).parties}
    due = {party: fen for party, fen in left.items() if fen > 0}
    cash_id = project.cash_account_id
    if not due or cash_id is None:
        return 0
    funds = queries.fund_accounts(session, project.id)
    draft = EntryDraft(
        id=key,
        book_id=steps.owners_book(session, project),
        asset=Asset.YUAN,
        kind="cofund.refunded",
        effective_on=clock.today(),
        transfers=[Transfer(funds[party], cash_id, fen) for party, fen in due.items()],
        memo=steps.memo_of(project),
    )
    ledger_posting.post(session, actor=actor, draft=draft)
    session.add_all(
        ProjectRefund(
            community_id=project.community_id,
            project_id=project.id,
            party=party,
            amount_fen=fen,
            entry_id=key,
        )
        for party, fen in due.items()
    )
    session.flush()
    return sum(due.values())


def _view(session: Session, project: Project) -> ProjectView:
    """Return the project as it stands now."""
    return queries.project(session, community_id=project.community_id, project_id=project.id)
