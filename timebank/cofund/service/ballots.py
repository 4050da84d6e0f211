"""Ballots: by page, by proxy with proof, on paper read by two; one household, one ballot."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cofund.errors import votes as errors
from timebank.cofund.models.votes import Ballot, PaperEntry, Vote, VoteOwner
from timebank.cofund.rules.votes import Channel, Choice, VoteKind, VoteState
from timebank.cofund.service import steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def cast_own(
    session: Session, *, actor: Actor, vote_id: int, owner_id: int, choice: Choice
) -> None:
    """Cast the ballot of one's own household.

    Raises:
        NotOwnerError: the household is somebody else's.
        VoteOverError, BallotDoubleError
    """
    vote, owner = _at(session, actor=actor, vote_id=vote_id, owner_id=owner_id)
    if actor.person_id is None or owner.owner_person_id != actor.person_id:
        raise errors.NotOwnerError
    _cast(session, actor=actor, vote=vote, owner=owner, choice=choice, channel=Channel.PAGE)


def cast_by_proxy(
    session: Session,
    *,
    actor: Actor,
    vote_id: int,
    owner_id: int,
    choice: Choice,
    proxy_name: str,
    proof_file_id: int | None,
) -> None:
    """Enter the ballot that somebody casts for an owner, with the owner's written word.

    Raises:
        ProxyProofMissingError: nobody is named, or nothing is proved.
        VoteOverError, BallotDoubleError
    """
    vote, owner = _at(session, actor=actor, vote_id=vote_id, owner_id=owner_id)
    if not proxy_name.strip() or proof_file_id is None:
        raise errors.ProxyProofMissingError(field="document")
    steps.check_document(session, actor=actor, file_id=proof_file_id)
    _cast(
        session,
        actor=actor,
        vote=vote,
        owner=owner,
        choice=choice,
        channel=Channel.PROXY,
        proxy_name=proxy_name.strip(),
        proof_file_id=proof_file_id,
    )


def enter_paper(
    session: Session,
    *,
    actor: Actor,
    vote_id: int,
    owner_id: int,
    choice: Choice,
    collected_on: date,
) -> bool:
    """Enter what a paper ballot says; return whether two have read it alike, so that it counts.

    Who read it wrong reads it again; nobody reads it for both.

    Raises:
        VoteOverError: it was collected outside the days of the vote.
        BallotDoubleError: the household has voted.
    """
    user_id = steps.user_id_of(actor)
    vote, owner = _at(session, actor=actor, vote_id=vote_id, owner_id=owner_id)
    steps.check_day(collected_on, field="collected_on")
    _check_open(session, vote=vote, owner=owner, on=collected_on)
    entries = session.scalars(
        select(PaperEntry).where(PaperEntry.owner_id == owner.id).order_by(PaperEntry.id)
    ).all()
    own = next((one for one in entries if one.entered_by == user_id), None)
    others = [one for one in entries if one is not own]
    for other in others:
        if steps.is_own_hand(session, actor=actor, user_id=other.entered_by):
            raise errors.SamePersonTwiceError
    if own is None:
        own = PaperEntry(
            community_id=vote.community_id, vote_id=vote.id, owner_id=owner.id, entered_by=user_id
        )
        session.add(own)
    own.choice, own.collected_on = choice, collected_on
    own.entered_name, own.entered_at = actor.name, clock.now()
    session.flush()
    agreeing = next((one for one in others if one.choice == choice), None)
    if agreeing is None:
        return False
    _cast(
        session,
        actor=actor,
        vote=vote,
        owner=owner,
        choice=choice,
        channel=Channel.PAPER,
        cast_on=max(collected_on, agreeing.collected_on),
        cast_by=agreeing.entered_by,
        checked_by=user_id,
    )
    return True


def _at(session: Session, *, actor: Actor, vote_id: int, owner_id: int) -> tuple[Vote, VoteOwner]:
    """Return a vote and a household of its roll; the vote's row orders counting and casting.

    Raises:
        VoteNotFoundError, OwnerNotOnRollError
    """
    vote = session.scalar(
        select(Vote)
        .where(Vote.id == vote_id, Vote.community_id == actor.community_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if vote is None:
        raise errors.VoteNotFoundError
    owner = session.get(VoteOwner, owner_id)
    if owner is None or owner.vote_id != vote.id:
        raise errors.OwnerNotOnRollError
    return vote, owner


def _check_open(session: Session, *, vote: Vote, owner: VoteOwner, on: date) -> None:
    """Refuse what comes too late or a second time."""
    is_open = vote.state == VoteState.OPEN and vote.kind == VoteKind.ROLL
    if not is_open or not vote.opens_on <= on <= vote.closes_on:
        raise errors.VoteOverError
    if session.scalar(select(Ballot.id).where(Ballot.owner_id == owner.id)) is not None:
        raise errors.BallotDoubleError


def _cast(
    session: Session,
    *,
    actor: Actor,
    vote: Vote,
    owner: VoteOwner,
    choice: Choice,
    channel: Channel,
    cast_on: date | None = None,
    cast_by: int | None = None,
    checked_by: int | None = None,
    proxy_name: str = "",
    proof_file_id: int | None = None,
) -> None:
    """Write a ballot; the trail says that the household voted, never how."""
    day = cast_on or clock.today()
    _check_open(session, vote=vote, owner=owner, on=day)
    ballot = Ballot(
        community_id=vote.community_id,
        vote_id=vote.id,
        owner_id=owner.id,
        choice=choice,
        channel=channel,
        cast_on=day,
        cast_at=clock.now(),
        cast_by=cast_by or actor.user_id,
        checked_by=checked_by,
        proxy_name=proxy_name,
        proof_file_id=proof_file_id,
    )
    try:
        with session.begin_nested():
            session.add(ballot)
            session.flush()
    except IntegrityError as error:
        raise errors.BallotDoubleError from error
    trail.record(
        session,
        actor=actor,
        action="cofund.ballot_cast",
        subject_type="project",
        subject_id=vote.project_id,
        facts={"vote_id": vote.id, "household_id": owner.household_id, "channel": channel.value},
    )
