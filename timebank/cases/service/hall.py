"""Cases out of what the hall decided or people said, and cases brought to a meeting."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Category, Source
from timebank.cases.service import deliberating, intake
from timebank.cases.service.intake import Intake
from timebank.deliberation.queries import decisions, meetings, opinions
from timebank.deliberation.rules.meetings import ItemFacts
from timebank.deliberation.service import following, planning
from timebank.kernel import clock
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Told:
    """What has to be said beside what is known already."""

    category: Category
    micro_grid_id: int
    title: str
    place_text: str = ""


def case_of_decision(session: Session, *, actor: Actor, decision_id: int, told: Told) -> int:
    """Register a case out of a decision and return its id.

    Raises:
        DecisionNotFoundError, DecisionMoveError, AlreadyLinkedError
        DomainError: the intake is refused.
    """
    made = decisions.decision(session, actor=actor, decision_id=decision_id)
    case_id = _register(session, actor, told, made.words)
    following.link_case(session, actor=actor, case_id=case_id, decision_id=decision_id)
    return case_id


def case_of_opinion(session: Session, *, actor: Actor, opinion_id: int, told: Told) -> int:
    """Register a case out of an opinion and return its id.

    Raises:
        OpinionNotFoundError, OpinionMoveError
        DomainError: the intake is refused.
    """
    said = opinions.opinion(session, actor=actor, opinion_id=opinion_id)
    case_id = _register(session, actor, told, said.words)
    following.link_case(session, actor=actor, case_id=case_id, opinion_id=opinion_id)
    return case_id


def _register(session: Session, actor: Actor, told: Told, words: str) -> int:
    """Register the case; nobody reports it, the community found it."""
    facts = Intake(
        source=Source.PATROL,
        category=told.category,
        title=told.title,
        description=words,
        micro_grid_id=told.micro_grid_id,
        place_text=told.place_text,
    )
    return intake.register_case(session, actor=actor, intake=facts).id


def bring_to_meeting(
    session: Session, *, actor: Actor, case_id: int, meeting_id: int, title: str, note: str
) -> int:
    """Put a case on a meeting's agenda, write that into the case, and return the item's id.

    Raises:
        CaseNotFoundError, MeetingNotFoundError
        ConflictError: the case or the meeting does not allow it now.
    """
    held = meetings.meeting(session, actor=actor, meeting_id=meeting_id)
    deliberating.deliberate(
        session,
        actor=actor,
        case_id=case_id,
        note=note,
        meeting_on=clock.day_of(held.starts_at),
    )
    facts = ItemFacts(title=title, description=note, case_id=case_id)
    return planning.add_item(session, actor=actor, meeting_id=meeting_id, facts=facts)
