"""What households owe and what is withheld from builders, for programs."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any, TypeVar  # sums that become an answer

from sqlalchemy.orm import Session

from timebank.cofund.queries import household_bills
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import withheld as withheld_reads
from timebank.cofund.rules.bills import HouseholdAges, HouseholdSums, ProjectAges, Withheld
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.reports.api.frame import api
from timebank.reports.rules.asked_days import as_of
from timebank.reports.schemas import money_reports as schemas
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads

Home = TypeVar("Home", HouseholdSums, HouseholdAges)


def _of(session: Session, on: date | None, project_id: int | None) -> dict[str, Any]:
    """Return whose bills as of which day.

    Raises:
        AsOfError: that day is not over.
        ProjectNotFoundError: the community has no such project.
    """
    community_id = current_actor().community_id
    if project_id is not None:
        project_reads.project(session, community_id=community_id, project_id=project_id)
    day = as_of(on, today=clock.today())
    return {"community_id": community_id, "day": day, "project_id": project_id}


def _shown(page: Page[Home]) -> Page[Home]:
    """Return the households with their owners' names as the actor may read them."""
    actor = current_actor()
    items = [
        replace(one, owner_name=schemas.owner_for(actor, one.owner_name)) for one in page.items
    ]
    return Page(items, page.next_cursor)


@api.get("/household-bills")
@needs("bank.read")
@reads
@takes(schemas.BillsIn, where="query")
@gives(schemas.HouseholdBillsOut)
def household_bill_sums(
    session: Session,
    *,
    on: date | None = None,
    project_id: int | None = None,
    building: int | None = None,
) -> Mapping[str, Any]:
    """What households were asked for, paid, were let off and still owe: in all and by building."""
    of = _of(session, on, project_id)
    by_building = household_bills.buildings(session, **of)
    return {
        "on": of["day"],
        "total": household_bills.sums(session, **of, building=building),
        "buildings": [
            {"building": number, **asdict(sums)}
            for number, sums in by_building
            if building in {None, number}
        ],
    }


@api.get("/household-bills/households")
@needs("bank.read")
@reads
@takes(schemas.BillsPageIn, where="query")
@gives_page(schemas.HouseholdSumsOut)
def household_bills_by_household(
    session: Session,
    *,
    limit: int,
    only_open: bool,
    cursor: str | None = None,
    on: date | None = None,
    project_id: int | None = None,
    building: int | None = None,
) -> Page[HouseholdSums]:
    """Return the same household by household, in the order of doors."""
    return _shown(
        household_bills.households(
            session,
            **_of(session, on, project_id),
            building=building,
            only_open=only_open,
            cursor=cursor,
            limit=limit,
        )
    )


@api.get("/household-bills/ageing")
@needs("bank.read")
@reads
@takes(schemas.AgesIn, where="query")
@gives(schemas.AgeingOut)
def ageing(
    session: Session, *, on: date | None = None, project_id: int | None = None
) -> Mapping[str, Any]:
    """What households owe by how long it is late, together."""
    of = _of(session, on, project_id)
    return {"on": of["day"], "ages": household_bills.ages(session, **of)}


@api.get("/household-bills/ageing/projects")
@needs("bank.read")
@reads
@takes(schemas.DayPageIn, where="query")
@gives_page(schemas.ProjectAgesOut)
def ageing_by_project(
    session: Session, *, limit: int, cursor: str | None = None, on: date | None = None
) -> Page[ProjectAges]:
    """Return the same project by project; what is all paid is left out."""
    return household_bills.ages_by_project(
        session,
        community_id=current_actor().community_id,
        day=as_of(on, today=clock.today()),
        cursor=cursor,
        limit=limit,
    )


@api.get("/projects/<int:project_id>/ageing")
@needs("bank.read")
@reads
@takes(schemas.DayPageIn, where="query")
@gives_page(schemas.HouseholdAgesOut)
def ageing_by_household(
    session: Session,
    project_id: int,
    *,
    limit: int,
    cursor: str | None = None,
    on: date | None = None,
) -> Page[HouseholdAges]:
    """Return what each household owes for a project, by age; who owes nothing is left out."""
    of = _of(session, on, project_id)
    return _shown(household_bills.ages_by_household(session, **of, cursor=cursor, limit=limit))


@api.get("/retention")
@needs("bank.read")
@reads
@takes(schemas.DayIn, where="query")
@gives(schemas.WithheldSumsOut)
def withheld_sums(session: Session, *, on: date | None = None) -> Withheld:
    """What is withheld from builders at the end of a day, and what became of the rest."""
    day = as_of(on, today=clock.today())
    return withheld_reads.sums(session, community_id=current_actor().community_id, day=day)


@api.get("/retention/projects")
@needs("bank.read")
@reads
@takes(schemas.DayPageIn, where="query")
@gives_page(schemas.WithheldOut)
def withheld_by_project(
    session: Session, *, limit: int, cursor: str | None = None, on: date | None = None
) -> Page[Withheld]:
    """Return the same project by project, with the last day of each defects period."""
    day = as_of(on, today=clock.today())
    community_id = current_actor().community_id
    return withheld_reads.withheld(
        session, community_id=community_id, day=day, cursor=cursor, limit=limit
    )
