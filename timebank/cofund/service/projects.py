"""A project's life: propose, cost, accept, close, cancel; the agreement stands apart."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import (
    Project,
    ProjectCostLine,
)
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.projects import Command, CostLine, ProjectView
from timebank.cofund.service import steps
from timebank.community import queries as community
from timebank.community.models import Community
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import NotFoundError


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
        DocumentNotFoundError: a quote is none of the community's documents.
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
    for at, line in enumerate(lines):
        if line.quote_file_id is not None:
            steps.check_document(
                session, actor=actor, file_id=line.quote_file_id, field=f"quote.{at}"
            )
    steps.move(project, Command.COST)
    project.agreement_version = None
    project.publicised_from = project.publicised_to = project.publicity_file_id = None
    session.flush()
    session.execute(delete(ProjectCostLine).where(ProjectCostLine.project_id == project.id))
    session.add_all(
        ProjectCostLine(
            community_id=project.community_id,
            project_id=project.id,
            position=position,
            label=line.label.strip(),
            amount_fen=line.amount_fen,
            quote_file_id=line.quote_file_id,
        )
        for position, line in enumerate(lines, start=1)
    )
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="costed", total_fen=total_fen)
    return _view(session, project)


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
