"""What a volunteer brings, and a guardian's consent for who is under age."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.rules import KinshipKind
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.errors.records import (
    CardNotFoundError,
    NotRecorderError,
    VolunteerMissingError,
)
from timebank.volunteering.models.needs import GuardianConsent, VolunteerProfile
from timebank.volunteering.queries import helpers, limits
from timebank.volunteering.rules import helpers as rules
from timebank.volunteering.rules.needs import Language, Skill
from timebank.volunteering.rules.places import Far
from timebank.volunteering.service.notes import note

_GUARDIANS = {KinshipKind.PARENT, KinshipKind.GRANDPARENT}


def tell_profile(
    session: Session,
    *,
    actor: Actor,
    skills: Collection[Skill],
    languages: Collection[Language],
    free_times: Collection[str],
    far: Far = Far.COMMUNITY,
    person_id: int | None = None,
) -> None:
    """Tell what a volunteer can do, speaks and when they have time; staff tell it for others.

    Raises:
        VolunteerMissingError: nobody is meant.
        NotRecorderError: neither the actor nor somebody of their place.
        PersonUnknownError: the community does not know them.
    """
    person_id = person_id if person_id is not None else actor.person_id
    if person_id is None:
        raise VolunteerMissingError(field="person_id")
    known = helpers.helper(session, community_id=actor.community_id, person_id=person_id)
    reach = actor.reach("hours.record")
    is_own = person_id == actor.person_id
    if not (reach.centre_ids or reach.covers(is_own=is_own, grid_id=known.grid_id)):
        raise NotRecorderError(field="person_id")
    row = helpers.profile(session, person_id)
    if row is None:
        row = VolunteerProfile(community_id=actor.community_id, person_id=person_id)
        session.add(row)
    row.far = far
    row.skills, row.languages = sorted(skills), sorted(languages)
    row.free_times, row.told_at = sorted(free_times), clock.now()
    note(session, actor=actor, action="profile_told", subject_type="person", subject_id=person_id)


def give_guardian_consent(
    session: Session, *, actor: Actor, minor_id: int, guardian_id: int
) -> None:
    """Note that a guardian lets a minor help, said before staff.

    Raises:
        NotMinorError: they are of age, or their birthday is not registered.
        NotGuardianError: no verified parent or grandparent.
        PersonNotFoundError: the minor is not within reach.
    """
    minor = _minor(session, actor, minor_id)
    if not rules.is_minor(minor.born_on, on=clock.today()):
        raise errors.NotMinorError(field="minor_id")
    kin = community_queries.relatives(session, minor_id)
    is_guardian = any(
        one.person_id == guardian_id and one.kind in _GUARDIANS and one.verified_on for one in kin
    )
    if not is_guardian:
        raise errors.NotGuardianError(field="guardian_id")
    held = select(GuardianConsent.id).where(
        GuardianConsent.minor_id == minor_id, GuardianConsent.withdrawn_at.is_(None)
    )
    if session.scalar(held.limit(1)) is None:
        session.add(
            GuardianConsent(
                community_id=actor.community_id,
                minor_id=minor_id,
                guardian_id=guardian_id,
                given_at=clock.now(),
                witnessed_by_user_id=actor.user_id,
                witnessed_by_name=actor.name,
            )
        )
    _note_consent(session, actor, "guardian_consented", minor_id)


def give_consent_by_cards(
    session: Session, *, actor: Actor, minor_card: str, guardian_card: str
) -> None:
    """Note a guardian's consent, both named by the numbers on their cards.

    Raises:
        CardNotFoundError: nobody holds one of them.
        NotMinorError, NotGuardianError, PersonNotFoundError: as for ids.
    """
    found = {}
    for field, card_no in (("minor_card", minor_card), ("guardian_card", guardian_card)):
        holder = limits.person_id_of_card(session, community_id=actor.community_id, card_no=card_no)
        if holder is None:
            raise CardNotFoundError(field=field, card_no=card_no)
        found[field] = holder
    give_guardian_consent(
        session,
        actor=actor,
        minor_id=found["minor_card"],
        guardian_id=found["guardian_card"],
    )


def withdraw_guardian_consent(session: Session, *, actor: Actor, minor_id: int) -> None:
    """Note that a guardian's consent holds no more; places already held are staff's to settle.

    Raises:
        PersonNotFoundError: the minor is not within reach.
    """
    _minor(session, actor, minor_id)
    session.execute(
        update(GuardianConsent)
        .where(GuardianConsent.minor_id == minor_id, GuardianConsent.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
    )
    _note_consent(session, actor, "guardian_withdrew", minor_id)


def _minor(session: Session, actor: Actor, minor_id: int) -> community_queries.PersonView:
    """Return somebody of whom staff may note a guardian's word."""
    return community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=minor_id,
        reach=actor.reach("person.register"),
    )


def _note_consent(session: Session, actor: Actor, action: str, minor_id: int) -> None:
    """Leave a guardian's word in the trail."""
    note(session, actor=actor, action=action, subject_type="person", subject_id=minor_id)
