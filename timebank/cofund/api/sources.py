"""Matching pots, income of common parts and labour, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api
from timebank.cofund.queries import sources as queries
from timebank.cofund.queries.sources import IncomeView, PotView, SourceView
from timebank.cofund.rules.projects import ContributionView
from timebank.cofund.schemas import life_shown
from timebank.cofund.schemas import sources as source_schemas
from timebank.cofund.schemas.shown import ContributionOut
from timebank.cofund.service import income, sources
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/common-income")
@needs("cofund.approve")
@reads
@gives(life_shown.SourcesOut)
def list_sources(session: Session) -> dict[str, list[PotView] | list[SourceView]]:
    """List matching pots and what earns on common parts."""
    community_id = current_actor().community_id
    return {
        "pots": queries.pots(session, community_id),
        "sources": queries.sources(session, community_id),
    }


@api.post("/match-pots")
@needs("cofund.agree")
@writes(keyed=True)
@takes(source_schemas.PotIn)
@gives(life_shown.PotOut, status=201)
def open_pot(
    session: Session,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> PotView:
    """Open a matching pot."""
    return sources.open_pot(session, actor=current_actor(), **facts)


@api.post("/match-pots/<int:pot_id>/fill")
@needs("cofund.receive")
@writes(keyed=True)
@takes(source_schemas.PaidInIn)
@gives(life_shown.PotOut)
def fill_pot(
    session: Session,
    pot_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> PotView:
    """Book what a sponsor paid into a pot."""
    return sources.fill_pot(
        session, actor=current_actor(), pot_id=pot_id, key=request_key(), **facts
    )


@api.post("/match-pots/<int:pot_id>/match")
@needs("cofund.receive")
@writes(keyed=True)
@takes(source_schemas.MatchedIn)
@gives(ContributionOut, status=201)
def match_project(session: Session, pot_id: int, *, project_id: int) -> ContributionView:
    """Match what residents have paid for a project."""
    return sources.match_project(
        session, actor=current_actor(), pot_id=pot_id, project_id=project_id, key=request_key()
    )


@api.post("/income-sources")
@needs("cofund.agree")
@writes(keyed=True)
@takes(source_schemas.SourceIn)
@gives(life_shown.SourceOut, status=201)
def open_source(
    session: Session,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> SourceView:
    """Open what earns on common parts."""
    return income.open_source(session, actor=current_actor(), **facts)


@api.post("/income-sources/<int:source_id>/income")
@needs("cofund.receive")
@writes(keyed=True)
@takes(source_schemas.PaidInIn)
@gives(life_shown.IncomeOut, status=201)
def book_income(
    session: Session,
    source_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> IncomeView:
    """Book income of common parts to those whom it belongs to."""
    return income.book_income(
        session, actor=current_actor(), source_id=source_id, key=request_key(), **facts
    )


@api.post("/projects/<int:project_id>/labour")
@needs("cofund.propose")
@writes(keyed=True)
@takes(source_schemas.LabourIn)
@gives(status=204)
def link_task(session: Session, project_id: int, *, task_id: int) -> None:
    """Count the service records of a task as labour given to a project."""
    income.link_task(session, actor=current_actor(), project_id=project_id, task_id=task_id)
