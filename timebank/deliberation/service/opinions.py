"""What people say: taken in by four ways, sorted, joined, supported, answered."""

import secrets
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.service.sessions import Counter, count_try
from timebank.community import queries as community_queries
from timebank.community.models import Community
from timebank.deliberation.errors import opinions as errors
from timebank.deliberation.models.opinions import AnswerTerm, Opinion, OpinionSupport
from timebank.deliberation.queries import opinions as queries
from timebank.deliberation.rules import opinions as rules
from timebank.deliberation.rules.notices import OpinionAnswered
from timebank.deliberation.rules.opinions import Command, OpinionFacts, Source, State, Topic
from timebank.kernel import clock, sealed
from timebank.kernel.actor import Actor, Channel, program
from timebank.notices.service import telling
from timebank.trail import service as trail


def give_opinion(session: Session, *, actor: Actor, facts: OpinionFacts) -> int:
    """Take in what somebody with an account says, and return its id.

    Raises:
        NoPersonError: the account stands for nobody.
        OpinionPlaceError: there is no such unit here.
    """
    if actor.person_id is None:
        raise errors.NoPersonError
    row = _new(session, actor, facts, Source.PAGE)
    row.person_id, row.contact_name, row.contact = actor.person_id, None, None
    return _kept(session, actor, row)


def enter_opinion(session: Session, *, actor: Actor, source: Source, facts: OpinionFacts) -> int:
    """Enter what came by phone or lay in the box on paper, and return its id.

    Raises:
        OpinionPlaceError: there is no such unit here.
    """
    return _kept(session, actor, _new(session, actor, facts, source))


def give_in_public(
    session: Session, *, community_id: int, facts: OpinionFacts, address: str
) -> str:
    """Take in what somebody without an account says, and return the token to follow it by.

    Raises:
        TriedTooOftenError: too many from this address.
        OpinionPlaceError: there is no such unit here.
    """
    name = sealed.blind_index(f"opinion:address:{address}")
    count_try(session, Counter(name, "address", rules.ADDRESS_TRIES_FREE))
    actor = program(community_id=community_id, name="居民", channel=Channel.WEB)
    row = _new(session, actor, facts, Source.PUBLIC)
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    row.token_digest = sealed.blind_index(f"opinion:{token}")
    _kept(session, actor, row)
    return token


def _new(session: Session, actor: Actor, facts: OpinionFacts, source: Source) -> Opinion:
    """Return a row with the year's next number and its day of answer."""
    places = {one.id for one in community_queries.micro_grids(session, actor.community_id)}
    if facts.micro_grid_id is not None and facts.micro_grid_id not in places:
        raise errors.OpinionPlaceError(field="micro_grid_id")
    days, _ = queries.answer_term(session, actor.community_id)
    today = clock.today()
    return Opinion(
        community_id=actor.community_id,
        year=today.year,
        serial=_next_serial(session, actor.community_id, today.year),
        source=source,
        topic=facts.topic,
        state=State.NEW,
        title=facts.title.strip(),
        words=facts.words.strip(),
        micro_grid_id=facts.micro_grid_id,
        contact_name=facts.contact_name.strip() or None,
        contact=facts.contact.strip() or None,
        said_at=clock.now(),
        entered_by_user_id=actor.user_id,
        answer_due_on=today + timedelta(days=days),
    )


def _next_serial(session: Session, community_id: int, year: int) -> int:
    """Return the next number; who asks for one waits for the other."""
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update())
    last = select(func.max(Opinion.serial)).where(
        Opinion.community_id == community_id, Opinion.year == year
    )
    return (session.scalar(last) or 0) + 1


def _kept(session: Session, actor: Actor, row: Opinion) -> int:
    """Keep a new row and return its id."""
    session.add(row)
    session.flush()
    _leave_trail(session, actor, "opinion_given", row)
    return row.id


def support(session: Session, *, actor: Actor, opinion_id: int) -> None:
    """Say that one wants the same; once each, never for one's own.

    Raises:
        NoPersonError, OpinionNotFoundError, OwnOpinionError, NotOpenToSupportError
        AlreadySupportedError
    """
    if actor.person_id is None:
        raise errors.NoPersonError
    row = locked(session, actor=actor, opinion_id=opinion_id)
    if row.person_id == actor.person_id:
        raise errors.OwnOpinionError
    if not row.is_public or row.state not in rules.SUPPORTABLE:
        raise errors.NotOpenToSupportError
    one = OpinionSupport(
        community_id=row.community_id,
        opinion_id=row.id,
        person_id=actor.person_id,
        at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(one)
    except IntegrityError as error:
        raise errors.AlreadySupportedError from error
    _leave_trail(session, actor, "opinion_supported", row)


def sort(
    session: Session, *, actor: Actor, opinion_id: int, topic: Topic, is_public: bool = False
) -> None:
    """Say what an opinion is about, and whether others may read and support it.

    Raises:
        OpinionNotFoundError, OpinionMoveError
    """
    row = _moved(session, actor, opinion_id, Command.SORT)
    row.topic, row.is_public = topic, is_public
    _done(session, actor, "opinion_sorted", row)


def join(session: Session, *, actor: Actor, opinion_id: int, same_as_id: int) -> None:
    """Join an opinion to one that said the same before; it gets that one's answer.

    Raises:
        OpinionNotFoundError, OpinionMoveError
        JoinedToItselfError: the other is itself, joined or answered.
    """
    first = locked(session, actor=actor, opinion_id=min(opinion_id, same_as_id))
    row = locked(session, actor=actor, opinion_id=opinion_id)
    other = locked(session, actor=actor, opinion_id=same_as_id) if first is row else first
    to = rules.moved(State(row.state), Command.JOIN)
    has_own = session.scalar(select(func.count()).where(Opinion.same_as_id == row.id))
    if other is row or other.state not in rules.OPEN_STATES or has_own:
        raise errors.JoinedToItselfError(field="same_as_id")
    row.state, row.same_as_id = to, other.id
    _done(session, actor, "opinion_joined", row)


def split(session: Session, *, actor: Actor, opinion_id: int) -> None:
    """Take an opinion out again: it was another matter.

    Raises:
        OpinionNotFoundError, OpinionMoveError
    """
    row = _moved(session, actor, opinion_id, Command.SPLIT)
    row.same_as_id = None
    _done(session, actor, "opinion_split", row)


def answer(session: Session, *, actor: Actor, opinion_id: int, words: str) -> None:
    """Answer an opinion, and all that were joined to it; who said it is told.

    Raises:
        OpinionNotFoundError, OpinionMoveError
    """
    row = _moved(session, actor, opinion_id, Command.ANSWER)
    row.answer, row.answered_at, row.answered_by_name = words.strip(), clock.now(), actor.name
    _done(session, actor, "opinion_answered", row)
    asked = session.execute(
        select(Opinion.id, Opinion.person_id).where(
            (Opinion.id == row.id) | (Opinion.same_as_id == row.id), Opinion.person_id.is_not(None)
        )
    ).tuples()
    for one_id, person_id in asked.all():
        telling.tell(
            session,
            actor=actor,
            to=[person_id] if person_id else [],
            notice=OpinionAnswered(title=row.title),
            key=f"opinion:{one_id}:answered:{clock.now().isoformat()}",
            url=f"/voices/{one_id}",
        )


def reopen(session: Session, *, actor: Actor, opinion_id: int, reason: str) -> None:
    """Open an answered opinion again; the old answer stays in the trail.

    Raises:
        OpinionNotFoundError, OpinionMoveError
    """
    row = _moved(session, actor, opinion_id, Command.REOPEN)
    facts = {"answer": row.answer, "reason": reason.strip()}
    row.answer, row.answered_at, row.answered_by_name = "", None, ""
    days, _ = queries.answer_term(session, row.community_id)
    row.answer_due_on = clock.today() + timedelta(days=days)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="deliberation.opinion_reopened",
        subject_type="opinion",
        subject_id=row.id,
        facts={name: text[:500] for name, text in facts.items()},
    )


def show_contact(session: Session, *, actor: Actor, opinion_id: int, reason: str) -> str:
    """Return how to reach whoever said it; that it was shown is written down.

    Raises:
        OpinionNotFoundError
    """
    row = locked(session, actor=actor, opinion_id=opinion_id)
    trail.record(
        session,
        actor=actor,
        action="deliberation.contact_shown",
        subject_type="opinion",
        subject_id=row.id,
        facts={"reason": reason.strip()[:200]},
    )
    return row.contact or ""


def set_term(session: Session, *, actor: Actor, days: int) -> None:
    """Set within how many days opinions are answered from now on; earlier ones keep theirs."""
    _, version = queries.answer_term(session, actor.community_id)
    session.add(
        AnswerTerm(
            community_id=actor.community_id,
            version=version + 1,
            days=days,
            set_at=clock.now(),
            set_by_name=actor.name,
        )
    )
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="deliberation.term_set",
        subject_type="opinion",
        subject_id=0,
        facts={"days": days},
    )


def locked(session: Session, *, actor: Actor, opinion_id: int) -> Opinion:
    """Return an opinion of the actor's community, locked.

    Raises:
        OpinionNotFoundError
    """
    row = session.scalar(
        select(Opinion)
        .where(Opinion.id == opinion_id, Opinion.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    is_seen = row is not None and (
        actor.may("opinion.read") or row.is_public or row.person_id == actor.person_id
    )
    if row is None or not is_seen:
        raise errors.OpinionNotFoundError
    return row


def _moved(session: Session, actor: Actor, opinion_id: int, command: Command) -> Opinion:
    """Return an opinion after a move that its state allows."""
    row = locked(session, actor=actor, opinion_id=opinion_id)
    row.state = rules.moved(State(row.state), command)
    return row


def _done(session: Session, actor: Actor, action: str, row: Opinion) -> None:
    """Write a change down."""
    session.flush()
    _leave_trail(session, actor, action, row)


def _leave_trail(session: Session, actor: Actor, action: str, row: Opinion) -> None:
    """Note the act in the community's trail; what people say is not repeated there."""
    trail.record(
        session,
        actor=actor,
        action=f"deliberation.{action}",
        subject_type="opinion",
        subject_id=row.id,
        facts={"number": row.number, "state": State(row.state).value},
    )
