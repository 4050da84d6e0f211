"""An organisation's desk: leaders are named, members are asked, answer for themselves and leave."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community.models import Organisation, Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.rules.notice import Notice
from timebank.notices.service.telling import take_back, tell
from timebank.trail import service as trail
from timebank.volunteering.errors import organisations as errors
from timebank.volunteering.errors.records import CardNotFoundError, OrganisationNotFoundError
from timebank.volunteering.models.organisations import OrganisationLeader, OrganisationMember
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import organisations as queries
from timebank.volunteering.rules import notices
from timebank.volunteering.rules.helpers import is_minor
from timebank.volunteering.rules.organisations import (
    ASK_AGAIN_AFTER,
    OPEN_STATES,
    MemberState,
)

_MINE = "/me/organisations"


def name_leader(session: Session, *, actor: Actor, organisation_id: int, card_no: str) -> int:
    """Let somebody lead an organisation, as the community's administrator; return the row.

    Raises:
        OrganisationNotFoundError, CardNotFoundError
        NamesSelfError: nobody names themselves.
        LeaderThereError: they lead it already.
    """
    name = _name(session, actor, organisation_id)
    person_id = _of_card(session, actor, card_no)
    if person_id == actor.person_id:
        raise errors.NamesSelfError(field="card_no")
    row = OrganisationLeader(
        community_id=actor.community_id,
        organisation_id=organisation_id,
        person_id=person_id,
        named_at=clock.now(),
        named_by_id=actor.person_id,
        named_by_user_id=actor.user_id,
        named_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.LeaderThereError(field="card_no") from error
    _leave_trail(session, actor, "leader_named", row)
    tell(
        session,
        actor=actor,
        to=[person_id],
        notice=notices.OrganisationLed(name),
        key=f"organisation-leader:{row.id}",
        url=f"{_MINE}/{organisation_id}",
    )
    return row.id


def end_leader(session: Session, *, actor: Actor, leader_id: int) -> None:
    """Let somebody lead an organisation no longer, as the community's administrator; tell them.

    Raises:
        LeaderNotFoundError, LeaderEndedError
    """
    row = session.scalar(
        select(OrganisationLeader)
        .where(
            OrganisationLeader.id == leader_id,
            OrganisationLeader.community_id == actor.community_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.LeaderNotFoundError
    if row.ended_at is not None:
        raise errors.LeaderEndedError
    _end_leader(session, actor, row)
    notice = notices.OrganisationLedNoMore(_name(session, actor, row.organisation_id))
    _tell_ended(session, actor, row, notice)


def ask_member(session: Session, *, actor: Actor, organisation_id: int, card_no: str) -> int:
    """Ask somebody by their card to belong to an organisation that the actor leads.

    Raises:
        DeskNotFoundError: the actor does not lead it.
        CardNotFoundError, MemberMinorError
        MemberThereError: they are asked, or belong already.
        AskedTooSoonError: they declined or left not long ago.
    """
    lock_lead(session, actor, organisation_id)
    name = _name(session, actor, organisation_id)
    person_id = _of_card(session, actor, card_no)
    now = clock.now()
    if is_minor(session.get_one(Person, person_id).born_on, on=clock.day_of(now)):
        raise errors.MemberMinorError(field="card_no")
    _check_peace(session, organisation_id, person_id, now)
    assert actor.person_id is not None  # who leads is a person
    row = OrganisationMember(
        community_id=actor.community_id,
        organisation_id=organisation_id,
        person_id=person_id,
        state=MemberState.ASKED,
        asked_at=now,
        asked_by_id=actor.person_id,
        asked_by_user_id=actor.user_id,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.MemberThereError(field="card_no") from error
    _leave_trail(session, actor, "member_asked", row)
    if person_id != actor.person_id:
        tell(
            session,
            actor=actor,
            to=[person_id],
            notice=notices.OrganisationAsks(actor.name, name),
            key=_asked_key(row),
            url=_MINE,
        )
    return row.id


def agree(session: Session, *, actor: Actor, membership_id: int) -> None:
    """Agree to belong, for oneself; doing it again changes nothing.

    Raises:
        MembershipNotFoundError, MembershipEndedError
    """
    row = _own(session, actor, membership_id)
    if row.state == MemberState.AGREED:
        return
    row.state, row.answered_at, row.answered_by_id = (
        MemberState.AGREED,
        clock.now(),
        actor.person_id,
    )
    session.flush()
    _leave_trail(session, actor, "member_agreed", row)
    leading = queries.leaders_of(session, organisation_id=row.organisation_id)
    tell(
        session,
        actor=actor,
        to=[one.person_id for one in leading if one.person_id != actor.person_id],
        notice=notices.OrganisationJoined(actor.name, _name(session, actor, row.organisation_id)),
        key=f"organisation-member:{row.id}:agreed",
        url=f"{_MINE}/{row.organisation_id}",
    )


def decline(session: Session, *, actor: Actor, membership_id: int) -> None:
    """Decline to belong, for oneself; nobody is told.

    Raises:
        MembershipNotFoundError
        MembershipEndedError: it was answered before, or taken back.
    """
    row = _own(session, actor, membership_id)
    if row.state != MemberState.ASKED:
        raise errors.MembershipEndedError
    row.answered_at, row.answered_by_id = clock.now(), actor.person_id
    _end_member(session, actor, row, MemberState.DECLINED)


def leave(session: Session, *, actor: Actor, membership_id: int) -> None:
    """Leave an organisation, at any time; from now on one is not named there any more.

    Raises:
        MembershipNotFoundError, MembershipEndedError
    """
    row = _own(session, actor, membership_id)
    if row.state != MemberState.AGREED:
        raise errors.MembershipEndedError
    _end_member(session, actor, row, MemberState.LEFT)


def drop_member(
    session: Session, *, actor: Actor, organisation_id: int, membership_id: int
) -> None:
    """End a membership, or take an ask back, as who leads the organisation; a member is told.

    Raises:
        DeskNotFoundError, MembershipNotFoundError, MembershipEndedError
    """
    lock_lead(session, actor, organisation_id)
    row = _locked(session, OrganisationMember.organisation_id == organisation_id, membership_id)
    was_asked = row.state == MemberState.ASKED
    _end_member(session, actor, row, MemberState.LEFT)
    if was_asked:
        take_back(session, key=_asked_key(row))
        return
    notice = notices.OrganisationPlaceEnded(_name(session, actor, organisation_id))
    _tell_ended(session, actor, row, notice)


def let_go(session: Session, *, actor: Actor, person_id: int) -> None:
    """End what somebody leads and where they belong, when their account is ended."""
    leading = select(OrganisationLeader).where(
        OrganisationLeader.person_id == person_id, OrganisationLeader.ended_at.is_(None)
    )
    for one in session.scalars(leading.with_for_update()):
        _end_leader(session, actor, one)
    belonging = select(OrganisationMember).where(
        OrganisationMember.person_id == person_id, OrganisationMember.state.in_(OPEN_STATES)
    )
    for row in session.scalars(belonging.with_for_update()):
        _end_member(session, actor, row, MemberState.LEFT)


def _name(session: Session, actor: Actor, organisation_id: int) -> str:
    """Return the name of an organisation of the community.

    Raises:
        OrganisationNotFoundError
    """
    name = session.scalar(
        select(Organisation.name).where(
            Organisation.id == organisation_id,
            Organisation.community_id == actor.community_id,
        )
    )
    if name is None:
        raise OrganisationNotFoundError(field="organisation_id")
    return name


def _of_card(session: Session, actor: Actor, card_no: str) -> int:
    """Return who holds a card.

    Raises:
        CardNotFoundError
    """
    found = limits.person_id_of_card(session, community_id=actor.community_id, card_no=card_no)
    if found is None:
        raise CardNotFoundError(field="card_no", card_no=card_no.strip())
    return found


def _check_peace(session: Session, organisation_id: int, person_id: int, now: datetime) -> None:
    """Refuse to ask again who declined or left by their own will not long ago.

    Raises:
        AskedTooSoonError
    """
    last_at = session.scalar(
        select(OrganisationMember.ended_at)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.person_id == person_id,
            OrganisationMember.ended_by_id == person_id,
            OrganisationMember.ended_at > now - ASK_AGAIN_AFTER,
        )
        .order_by(OrganisationMember.ended_at.desc())
        .limit(1)
    )
    if last_at is not None:
        raise errors.AskedTooSoonError(field="card_no", on=clock.day_of(last_at + ASK_AGAIN_AFTER))


def lock_lead(session: Session, actor: Actor, organisation_id: int) -> None:
    """Refuse who does not lead an organisation; whoever ends that waits for this act.

    Raises:
        DeskNotFoundError
    """
    wanted = select(OrganisationLeader.id).where(
        OrganisationLeader.organisation_id == organisation_id,
        OrganisationLeader.community_id == actor.community_id,
        OrganisationLeader.person_id == actor.person_id,
        OrganisationLeader.ended_at.is_(None),
    )
    if session.scalar(wanted.with_for_update()) is None:
        raise errors.DeskNotFoundError


def _own(session: Session, actor: Actor, membership_id: int) -> OrganisationMember:
    """Return a membership of the actor that goes on, locked.

    Raises:
        MembershipNotFoundError, MembershipEndedError
    """
    return _locked(session, OrganisationMember.person_id == actor.person_id, membership_id)


def _locked(
    session: Session, condition: ColumnElement[bool], membership_id: int
) -> OrganisationMember:
    """Return a membership that goes on, locked.

    Raises:
        MembershipNotFoundError, MembershipEndedError
    """
    row = session.scalar(
        select(OrganisationMember)
        .where(OrganisationMember.id == membership_id, condition)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.MembershipNotFoundError
    if row.ended_at is not None:
        raise errors.MembershipEndedError
    return row


def _end_leader(session: Session, actor: Actor, row: OrganisationLeader) -> None:
    """Write that somebody leads no longer."""
    row.ended_at, row.ended_by_name = clock.now(), actor.name
    session.flush()
    _leave_trail(session, actor, "leader_ended", row)


def _end_member(
    session: Session, actor: Actor, row: OrganisationMember, state: MemberState
) -> None:
    """Write that a membership or an ask is over, and by whom."""
    row.state, row.ended_at, row.ended_by_id = state, clock.now(), actor.person_id
    session.flush()
    verb = "member_declined" if state is MemberState.DECLINED else "member_left"
    _leave_trail(session, actor, verb, row)


def _asked_key(row: OrganisationMember) -> str:
    """Return the key of what is told of an ask."""
    return f"organisation-member:{row.id}:asked"


def _tell_ended(
    session: Session, actor: Actor, row: OrganisationLeader | OrganisationMember, notice: Notice
) -> None:
    """Tell somebody that their place is over, when it was another who ended it."""
    if row.person_id != actor.person_id:
        tell(
            session,
            actor=actor,
            to=[row.person_id],
            notice=notice,
            key=f"{row.__tablename__}:{row.id}:ended",
            url=_MINE,
        )


def _leave_trail(
    session: Session, actor: Actor, verb: str, row: OrganisationLeader | OrganisationMember
) -> None:
    """Note who did what for which organisation."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type=row.__tablename__,
        subject_id=row.id,
    )
