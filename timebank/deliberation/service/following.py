"""After the meeting: decisions go on as cases, projects or tasks, are done, seen, closed."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cofund.service import projects
from timebank.community import queries as community_queries
from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.models.meetings import AgendaItem, Decision
from timebank.deliberation.rules import decisions as rules
from timebank.deliberation.rules import opinions as opinion_rules
from timebank.deliberation.rules.decisions import Command, State
from timebank.deliberation.rules.notices import DecisionLate, DecisionSoonDue
from timebank.deliberation.service import opinions
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.notices.rules.telling import Draft
from timebank.notices.service import telling
from timebank.trail import service as trail
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.tasks import TaskFacts
from timebank.volunteering.service import tasks

JOB = "deliberation.remind"
ROWS_MAX = 1000


def finish(
    session: Session,
    *,
    actor: Actor,
    decision_id: int,
    outcome: str,
    evidence: bytes | None = None,
    file_name: str = "",
) -> None:
    """Say what came of a decision, with what proves it.

    Raises:
        DecisionNotFoundError, DecisionMoveError
        DomainError: the file is not taken.
    """
    row = _allowed(session, actor, decision_id, Command.FINISH)
    file_id = None
    if evidence:
        file_id = trail.store_file(
            session, actor=actor, content=evidence, name=file_name, purpose="photo", field="photo"
        )
    row.state, row.outcome, row.evidence_file_id = State.DONE, outcome.strip(), file_id
    row.done_at, row.done_by_user_id, row.done_by_name = clock.now(), actor.user_id, actor.name
    _note(session, actor, row, "decision_finished")


def finish_own(
    session: Session,
    *,
    actor: Actor,
    decision_id: int,
    outcome: str,
    evidence: bytes | None = None,
    file_name: str = "",
) -> None:
    """Let its owner say what came of a decision, whoever they are.

    Raises:
        DecisionNotFoundError: it is not the actor's, or there is none.
        DecisionMoveError
    """
    row = session.get(Decision, decision_id)
    is_own = row is not None and row.community_id == actor.community_id
    if row is None or not is_own or row.owner_person_id != (actor.person_id or 0):
        raise errors.DecisionNotFoundError
    finish(
        session,
        actor=actor,
        decision_id=decision_id,
        outcome=outcome,
        evidence=evidence,
        file_name=file_name,
    )


def close(session: Session, *, actor: Actor, decision_id: int) -> None:
    """Close what somebody else has done.

    Raises:
        DecisionNotFoundError, DecisionMoveError
        OwnDecisionError: the actor is its owner, or said it was done.
    """
    row = _allowed(session, actor, decision_id, Command.CLOSE)
    _check_other(actor, row)
    row.state = State.CLOSED
    row.closed_at, row.closed_by_user_id, row.closed_by_name = (
        clock.now(),
        actor.user_id,
        actor.name,
    )
    _note(session, actor, row, "decision_closed")


def send_back(session: Session, *, actor: Actor, decision_id: int, reason: str) -> None:
    """Say that it is not done yet, and why.

    Raises:
        DecisionNotFoundError, DecisionMoveError, OwnDecisionError
    """
    row = _allowed(session, actor, decision_id, Command.SEND_BACK)
    _check_other(actor, row)
    row.state = State.OPEN
    row.sent_back, row.done_at, row.done_by_user_id, row.done_by_name = (
        reason.strip(),
        None,
        None,
        "",
    )
    _note(session, actor, row, "decision_sent_back")


def _check_other(actor: Actor, row: Decision) -> None:
    """Refuse to look at one's own work.

    Raises:
        OwnDecisionError
    """
    is_owner = actor.person_id is not None and actor.person_id == row.owner_person_id
    if is_owner or actor.user_id == row.done_by_user_id:
        raise errors.OwnDecisionError


def start_project(session: Session, *, actor: Actor, decision_id: int, title: str) -> int:
    """Let a decision go on as a co-funding project and return the project's id.

    Raises:
        DecisionNotFoundError, DecisionMoveError, AlreadyLinkedError
    """
    row = _linkable(session, actor, decision_id)
    case_id = session.get_one(AgendaItem, row.item_id).case_id
    made = projects.propose_project(
        session,
        actor=actor,
        title=title,
        description=row.words,
        case_id=case_id,
        due_on=row.due_on,
    )
    row.project_id = made.id
    _note(session, actor, row, "decision_became_project")
    return made.id


def post_task(session: Session, *, actor: Actor, decision_id: int, facts: TaskFacts) -> int:
    """Let a decision go on as a task for volunteers and return the task's id.

    Raises:
        DecisionNotFoundError, DecisionMoveError, AlreadyLinkedError
        DomainError: the facts of the task break a rule.
    """
    row = _linkable(session, actor, decision_id)
    row.task_id = tasks.post_activity(session, actor=actor, facts=facts)
    _note(session, actor, row, "decision_became_task")
    return row.task_id


def link_case(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    decision_id: int | None = None,
    opinion_id: int | None = None,
) -> None:
    """Link a case that was just registered to the decision or the opinion it came from.

    Raises:
        DecisionNotFoundError, DecisionMoveError, AlreadyLinkedError
        OpinionNotFoundError, OpinionMoveError
        CaseLinkError: there is no such case here.
    """
    if not limits.has_case(session, community_id=actor.community_id, case_id=case_id):
        raise errors.CaseLinkError(field="case_id")
    if decision_id is not None:
        row = _linkable(session, actor, decision_id)
        row.case_id = case_id
        _note(session, actor, row, "decision_became_case")
    if opinion_id is not None:
        _link_opinion(session, actor, opinion_id, case_id)


def _link_opinion(session: Session, actor: Actor, opinion_id: int, case_id: int) -> None:
    """Let an opinion point at the case it became."""
    said = opinions.locked(session, actor=actor, opinion_id=opinion_id)
    command = opinion_rules.Command.OPEN_CASE
    said.state = opinion_rules.moved(opinion_rules.State(said.state), command)
    said.case_id = case_id
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="deliberation.opinion_became_case",
        subject_type="opinion",
        subject_id=said.id,
        facts={"case_id": case_id},
    )


def remind(session: Session, _payload: Mapping[str, object]) -> None:
    """Remind the owners of what falls due soon or is overdue; each of them once for each."""
    for community in community_queries.communities(session):
        actor = program(community_id=community.id, name="议事跟踪")
        telling.tell_all(session, actor=actor, drafts=_drafts(session, community.id))


def _drafts(session: Session, community_id: int) -> list[Draft]:
    """Return what is to be told in a community."""
    today = clock.today()
    rows = session.scalars(
        select(Decision)
        .where(
            Decision.community_id == community_id,
            Decision.state == State.OPEN,
            Decision.owner_person_id.is_not(None),
            Decision.due_on <= today + timedelta(days=rules.SOON_DAYS),
        )
        .order_by(Decision.due_on, Decision.id)
        .limit(ROWS_MAX)
    )
    return [_draft(row, is_late=row.due_on < today) for row in rows]


def _draft(row: Decision, *, is_late: bool) -> Draft:
    """Return what an owner is told."""
    kind = DecisionLate if is_late else DecisionSoonDue
    notch = "late" if is_late else "soon"
    said = kind(title=row.words[:60], due_on=row.due_on)
    assert row.owner_person_id is not None  # the statement asks for it
    key = f"decision:{row.id}:{notch}:{row.due_on.isoformat()}"
    return Draft(row.owner_person_id, said, key, f"/my/decisions/{row.id}")


def _linkable(session: Session, actor: Actor, decision_id: int) -> Decision:
    """Return a decision that went on as nothing yet.

    Raises:
        AlreadyLinkedError
    """
    row = _allowed(session, actor, decision_id, Command.LINK)
    if row.case_id or row.project_id or row.task_id:
        raise errors.AlreadyLinkedError
    return row


def _allowed(session: Session, actor: Actor, decision_id: int, command: Command) -> Decision:
    """Return a decision, locked, whose state allows a command.

    Raises:
        DecisionNotFoundError, DecisionMoveError
    """
    row = session.scalar(
        select(Decision)
        .where(Decision.id == decision_id, Decision.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.DecisionNotFoundError
    rules.moved(State(row.state), command)
    return row


def _note(session: Session, actor: Actor, row: Decision, act: str) -> None:
    """Write the change and note it in the trail."""
    session.flush()
    trail.record(
        session,
        actor=actor,
        action=f"deliberation.{act}",
        subject_type="meeting_decision",
        subject_id=row.id,
        facts={"state": State(row.state).value, "due_on": row.due_on.isoformat()},
    )
