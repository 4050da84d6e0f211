"""A project's life: propose, cost, accept, close, cancel; the agreement stands apart."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import (
    Project,
    ProjectCostLine,
    ProjectRefund,
    SpendingRequest,
)
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.projects import Command, CostLine, ProjectView
from timebank.cofund.service import steps
from timebank.community import queries as community
from timebank.community.models import Community
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.errors import NotFoundError
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting


def propose_project(
    session: Session,
    *,
    actor: Actor,
    title: str,
    description: str = "",
    place_text: str = "",
    micro_grid_id: int | None = None,
    case_id: int | None = None,
    due_on: date | None = None,
) -> ProjectView:
    """Open a project as a draft with the year's next number, from a case or on its own.

    Raises:
        PlaceNotFoundError, CaseNotFoundError: it points outside the community.
    """
    _check_place(session, actor=actor, micro_grid_id=micro_grid_id)
    _check_case(session, actor=actor, case_id=case_id)
    year = clock.today().year
    project = Project(
        community_id=actor.community_id,
        year=year,
        serial=_next_serial(session, community_id=actor.community_id, year=year),
        title=title.strip(),
        description=description.strip(),
        place_text=place_text.strip(),
        micro_grid_id=micro_grid_id,
        case_id=case_id,
        due_on=due_on,
        proposed_by=actor.user_id,
        proposed_at=clock.now(),
    )
    session.add(project)
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="proposed")
    return _view(session, project)


def cost_project(
    session: Session, *, actor: Actor, project_id: int, lines: Sequence[CostLine]
) -> ProjectView:
    """Write what the project will cost, line by line; an unpaid agreement falls with it.

    Raises:
        NoCostLinesError, TooManyCostLinesError, BadAmountError: the lines are no costing.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.COST
    )
    if not lines:
        raise errors.NoCostLinesError(field="lines")
    if len(lines) > rules.COST_LINES_MAX:
        raise errors.TooManyCostLinesError(field="lines", limit=rules.COST_LINES_MAX)
    total_fen = sum(line.amount_fen for line in lines)
    if min(line.amount_fen for line in lines) <= 0 or total_fen > rules.AMOUNT_FEN_MAX:
        raise errors.BadAmountError(field="lines")
    steps.move(project, Command.COST)
    project.agreement_version = None
    session.flush()
    session.execute(delete(ProjectCostLine).where(ProjectCostLine.project_id == project.id))
    session.add_all(
        ProjectCostLine(
            community_id=project.community_id,
            project_id=project.id,
            position=position,
            label=line.label.strip(),
            amount_fen=line.amount_fen,
        )
        for position, line in enumerate(lines, start=1)
    )
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="costed", total_fen=total_fen)
    return _view(session, project)


def accept_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    note: str,
    document_file_id: int | None = None,
) -> ProjectView:
    """Record that the works were accepted, with what was found; the last payment may follow."""
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.ACCEPT
    )
    if document_file_id is not None:
        steps.check_document(session, actor=actor, file_id=document_file_id)
    project.acceptance_note = note.strip()
    project.acceptance_file_id = document_file_id
    steps.move(project, Command.ACCEPT)
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="accepted")
    return _view(session, project)


def close_project(
    session: Session, *, actor: Actor, project_id: int, key: UUID | None = None
) -> ProjectView:
    """Close an accepted project; what is left goes back to those who paid.

    Raises:
        OpenSpendingError: a spending request still waits.
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
    waiting = session.scalar(
        select(func.count())
        .select_from(SpendingRequest)
        .where(
            SpendingRequest.project_id == project.id,
            SpendingRequest.state.in_(rules.OPEN_SPENDING),
        )
    )
    if waiting:
        raise errors.OpenSpendingError(count=waiting)
    refunded_fen = _refund(session, actor=actor, project=project, key=key or ids.new_id())
    project.end_reason = reason
    steps.move(project, command)
    session.flush()
    act = "closed" if command is Command.CLOSE else "cancelled"
    steps.leave_trail(
        session, actor=actor, project=project, act=act, refunded_fen=refunded_fen, reason=reason
    )
    return _view(session, project)


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


def _next_serial(session: Session, *, community_id: int, year: int) -> int:
    """Return the year's next number; the community's row keeps two from taking the same."""
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update())
    last = session.scalar(
        select(func.max(Project.serial)).where(
            Project.community_id == community_id, Project.year == year
        )
    )
    return 1 + (last or 0)


def _check_place(session: Session, *, actor: Actor, micro_grid_id: int | None) -> None:
    """Refuse a micro-grid of another community."""
    if micro_grid_id is None:
        return
    try:
        place = community.micro_grid(session, micro_grid_id)
    except NotFoundError as error:
        raise errors.PlaceNotFoundError(field="micro_grid_id") from error
    if place.community_id != actor.community_id:
        raise errors.PlaceNotFoundError(field="micro_grid_id")


def _check_case(session: Session, *, actor: Actor, case_id: int | None) -> None:
    """Refuse a case of another community."""
    if case_id is None:
        return
    if queries.case_number(session, community_id=actor.community_id, case_id=case_id) is None:
        raise errors.CaseNotFoundError(field="case_id")


def _view(session: Session, project: Project) -> ProjectView:
    """Return the project as it stands now."""
    return queries.project(session, community_id=project.community_id, project_id=project.id)
