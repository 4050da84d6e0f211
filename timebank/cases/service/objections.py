"""An objection to a project, or to figures made public: the case that answers it."""

from sqlalchemy.orm import Session

from timebank.cases.errors.steps import NoPlaceError
from timebank.cases.rules.flow import Category, Source
from timebank.cases.service.history import CaseRef
from timebank.cases.service.intake import Intake, register_case
from timebank.cofund.queries import projects
from timebank.cofund.service import disclosures, publicity
from timebank.community import queries as community
from timebank.kernel.actor import Actor


def object_to_project(
    session: Session, *, actor: Actor, project_id: int, description: str
) -> CaseRef:
    """Register what somebody has against a project; the project waits for the answer.

    Raises:
        ProjectNotFoundError, CannotObjectError: there is nothing to object to, or not any more.
        NoPlaceError: it is not known where the person lives.
    """
    project = projects.project(
        session, community_id=actor.community_id, project_id=project_id, only_public=True
    )
    made = register_case(
        session,
        actor=actor,
        intake=Intake(
            source=Source.REPORTED,
            category=Category.DISPUTE,
            title=f"{project.number} {project.title}",
            description=description,
            micro_grid_id=_place(session, actor, project.micro_grid_id),
            reporter_person_id=actor.person_id,
        ),
    )
    publicity.note_objection(session, actor=actor, project_id=project_id, case_id=made.id)
    return made


def object_to_disclosure(
    session: Session, *, actor: Actor, disclosure_id: int, description: str
) -> CaseRef:
    """Register what somebody has against figures that were made public, under their number.

    Raises:
        DisclosureNotFoundError: nothing of that number was released here.
        NoPlaceError: it is not known where the person lives.
    """
    seen = disclosures.released(session, actor=actor, disclosure_id=disclosure_id)
    place = None
    if seen.project_id is not None:
        place = projects.project(
            session, community_id=actor.community_id, project_id=seen.project_id
        ).micro_grid_id
    made = register_case(
        session,
        actor=actor,
        intake=Intake(
            source=Source.REPORTED,
            category=Category.DISPUTE,
            title=f"{seen.number} {seen.title}",
            description=description,
            micro_grid_id=_place(session, actor, place),
            reporter_person_id=actor.person_id,
        ),
    )
    disclosures.note_objection(session, actor=actor, disclosure_id=seen.id, case_id=made.id)
    return made


def _place(session: Session, actor: Actor, of_project: int | None) -> int:
    """Return where the person lives, else where the project lies."""
    if actor.person_id is not None:
        person = community.person(
            session, community_id=actor.community_id, person_id=actor.person_id
        )
        if person.micro_grid_id is not None:
            return person.micro_grid_id
    if of_project is None:
        raise NoPlaceError
    return of_project
