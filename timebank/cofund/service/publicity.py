"""A project's publicity: what it costs hangs at every door, and what residents have against it."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as project_errors
from timebank.cofund.errors import votes as errors
from timebank.cofund.models.projects import Project
from timebank.cofund.models.votes import Objection
from timebank.cofund.queries import policy
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules.projects import Command, ProjectView
from timebank.cofund.service import steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor

BACK_DAYS_MAX = 90


def publicise_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    from_on: date | None = None,
    document_file_id: int | None = None,
) -> ProjectView:
    """Make a costing public for at least the days that the rules ask.

    A notice that hung at the doors before it was entered here counts from its day, with its photo.

    Raises:
        NoticeDayError, NoticeProofMissingError: the day cannot be, or nothing proves it.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.PUBLICISE
    )
    today = clock.today()
    first = from_on or today
    if not today - timedelta(days=BACK_DAYS_MAX) <= first <= today + timedelta(days=1):
        raise errors.NoticeDayError(field="from_on")
    if first < today and document_file_id is None:
        raise errors.NoticeProofMissingError(field="document")
    if document_file_id is not None:
        steps.check_document(session, actor=actor, file_id=document_file_id)
    days = policy.in_force(session, project.community_id).publicise_days
    project.publicised_from = first
    project.publicised_to = first + timedelta(days=days - 1)
    project.publicity_file_id = document_file_id
    steps.move(project, Command.PUBLICISE)
    session.flush()
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="publicised",
        from_on=first.isoformat(),
        until=project.publicised_to.isoformat(),
    )
    return queries.project(session, community_id=project.community_id, project_id=project.id)


def note_objection(session: Session, *, actor: Actor, project_id: int, case_id: int) -> None:
    """Note that a case is what somebody has against a project.

    Raises:
        CaseNotFoundError: the case is of another community.
        CannotObjectError: the project is neither publicised nor voted about.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.OBJECT
    )
    if queries.case_number(session, community_id=project.community_id, case_id=case_id) is None:
        raise project_errors.CaseNotFoundError(field="case_id")
    session.add(
        Objection(
            community_id=project.community_id,
            project_id=project.id,
            case_id=case_id,
            noted_at=clock.now(),
        )
    )
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="objected", case_id=case_id)


def check_publicity_over(session: Session, project: Project, *, on: date) -> None:
    """Refuse to go on before the publicity is over and every objection has its answer.

    Raises:
        StillPublicisedError, OpenObjectionsError
    """
    until = project.publicised_to
    assert until is not None  # every project that gets here was publicised
    if on <= until:
        raise errors.StillPublicisedError(until=until)
    check_objections(session, project)


def check_objections(session: Session, project: Project) -> None:
    """Refuse to go on while an objection has no answer.

    Raises:
        OpenObjectionsError
    """
    waiting = sum(not one.is_answered for one in vote_reads.objections(session, project.id))
    if waiting:
        raise errors.OpenObjectionsError(count=waiting)
