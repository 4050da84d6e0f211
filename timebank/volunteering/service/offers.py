"""Offering help of one's own accord, and taking it back."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import admission as errors
from timebank.volunteering.errors.records import KindNotFoundError, VolunteerMissingError
from timebank.volunteering.models.offers import Offer
from timebank.volunteering.queries import limits, volunteers
from timebank.volunteering.rules import admission as admission_rules
from timebank.volunteering.rules import offers as rules
from timebank.volunteering.rules.offers import OfferEvent, OfferFacts, OfferState
from timebank.volunteering.rules.records import required
from timebank.volunteering.service.notes import note


def post_offer(session: Session, *, actor: Actor, facts: OfferFacts) -> int:
    """Offer a kind of help until a day, for elders and staff to ask for; return its id.

    Raises:
        VolunteerMissingError: the account is nobody's of the register.
        NotAdmittedError: they have asked to be a volunteer and are not admitted.
        TooManyOffersError, OfferDaysError, KindNotFoundError, ReasonMissingError: as they say.
    """
    if actor.person_id is None:
        raise VolunteerMissingError
    admission_rules.check_standing(volunteers.state_of(session, actor.person_id))
    kind = limits.kind(session, community_id=actor.community_id, kind_id=facts.kind_id)
    if not kind.is_active:
        raise KindNotFoundError(field="kind_id")
    rules.check_until(facts.until_on, today=clock.today())
    words = required(facts.words, field="words")
    standing = select(func.count()).where(
        Offer.volunteer_id == actor.person_id,
        Offer.state == OfferState.OPEN,
        Offer.until_on >= clock.today(),
    )
    if (session.scalar(standing) or 0) >= rules.OFFERS_MAX:
        raise errors.TooManyOffersError(limit=rules.OFFERS_MAX)
    row = Offer(
        community_id=actor.community_id,
        volunteer_id=actor.person_id,
        kind_id=facts.kind_id,
        words=words,
        free_times=sorted(facts.free_times),
        far=facts.far,
        until_on=facts.until_on,
        state=OfferState.OPEN,
        posted_at=clock.now(),
    )
    session.add(row)
    session.flush()
    note(session, actor=actor, action=OfferEvent.POSTED, subject_type="offer", subject_id=row.id)
    return row.id


def close_offer(session: Session, *, actor: Actor, offer_id: int) -> None:
    """Take an offer back; what was asked for by it stands.

    Raises:
        OfferNotFoundError: it is not the actor's.
        OfferClosedError: it was taken back before.
    """
    mine = (Offer.id == offer_id, Offer.volunteer_id == (actor.person_id or 0))
    done = session.scalar(
        update(Offer)
        .where(*mine, Offer.state == OfferState.OPEN)
        .values(state=OfferState.CLOSED, closed_at=clock.now())
        .returning(Offer.id)
    )
    if done is None:
        known = session.scalar(select(Offer.id).where(*mine))
        raise errors.OfferNotFoundError if known is None else errors.OfferClosedError
    note(session, actor=actor, action=OfferEvent.CLOSED, subject_type="offer", subject_id=offer_id)
