"""What a person's own household is asked for."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cofund.models.projects import Project
from timebank.cofund.queries import receivables
from timebank.cofund.rules.receivables import ReceivableView
from timebank.community.models import Person


def of_person(session: Session, person_id: int | None) -> list[ReceivableView]:
    """Return what the household in which a person lives is asked for."""
    household_id = session.scalar(select(Person.household_id).where(Person.id == person_id))
    return [] if household_id is None else receivables.of_household(session, household_id)


def titles(session: Session, project_ids: set[int]) -> dict[int, str]:
    """Return the titles of some projects."""
    rows = session.execute(select(Project.id, Project.title).where(Project.id.in_(project_ids)))
    return {id_: title for id_, title in rows}  # noqa: C416 - rows are no pairs to the type checker
