"""Relatives at the counter: they say yes with their own digits, and each use is counted."""

from uuid import UUID

from sqlalchemy.orm import Session

from timebank.care.errors.desk import ProofMissingError
from timebank.care.models.desk import MemberCard
from timebank.care.rules.desk import Proof, Proven
from timebank.care.service import cards
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel.actor import Actor
from timebank.volunteering.service import spending


def prove(
    session: Session, *, actor: Actor, proven: Proven, card: MemberCard, person: PersonView
) -> Proof:
    """Return how the elder said yes, or the relative who spends for the elder.

    Raises:
        ProofMissingError: a relative signs for nobody.
        OwnServiceError: the relative is the clerk, or kin to the clerk.
        CardMissingError, WrongPinError, WrongCodeError, PinLockedError: see ``cards.prove``.
    """
    if proven.relative_id is None:
        return cards.prove(session, card=card, person=person, proven=proven)
    if proven.signed_slip:
        raise ProofMissingError(field="pin")
    relative = community_queries.person(
        session, community_id=actor.community_id, person_id=proven.relative_id
    )
    cards.refuse_own_or_kin(session, actor=actor, person_id=relative.id)
    own_card = cards.locked_card(session, person=relative)
    return cards.prove(session, card=own_card, person=relative, proven=proven)


def count(
    session: Session,
    *,
    actor: Actor,
    proven: Proven,
    person_id: int,
    minutes: int,
    what: str,
    key: UUID,
) -> None:
    """Count what a relative spends under the wallet's limit; nothing when it is the elder.

    Raises:
        SpendingNotAllowedError, OutsideCircleError, GiftsNotAllowedError, MonthLimitError
    """
    if proven.relative_id is not None:
        spending.use_minutes(
            session,
            actor=actor,
            key=key,
            person_id=person_id,
            relative_id=proven.relative_id,
            minutes=minutes,
            what=what,
        )
