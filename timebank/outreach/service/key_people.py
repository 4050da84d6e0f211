"""Listing people who are looked after, seeing them, and letting them off the list."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.errors import key_people as errors
from timebank.outreach.models.key_people import KeyContact, KeyPerson
from timebank.outreach.queries import key_people as queries
from timebank.outreach.rules import key_people as rules
from timebank.outreach.rules.key_people import Contact, KeyGroup, KeyView, Reason
from timebank.outreach.service.visits import checked_visitor
from timebank.trail import service as trail


def list_person(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    group: KeyGroup,
    reason: Reason,
    every_days: int,
    visitor_id: int,
    note: str = "",
    consent_on: date | None = None,
) -> int:
    """Put somebody within reach on the list and return the listing's id.

    Raises:
        PersonNotFoundError: nobody within reach has the id.
        ReasonDoesNotFitError: the reason is not one of the group's.
        GuardianConsentMissingError, ConsentInFutureError: no guardian agreed, or not yet.
        NotAVisitorError: who shall go holds none of the six roles.
        AlreadyListedError: they are on the list.
    """
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("keygroup.work"),
    )
    today = clock.today()
    _check_reason(group, reason)
    if consent_on is None and rules.is_child(person.born_on, on=today):
        raise errors.GuardianConsentMissingError(field="consent_on")
    if consent_on is not None and consent_on > today:
        raise errors.ConsentInFutureError(field="consent_on")
    row = KeyPerson(
        community_id=actor.community_id,
        person_id=person.id,
        key_group=group,
        reason=reason.value,
        note=note.strip() or None,
        every_days=every_days,
        visitor_id=checked_visitor(session, actor, visitor_id),
        consent_on=consent_on,
        since_on=today,
        due_on=rules.due_after(today, every_days),
    )
    _add_once(session, row)
    _record(session, actor, "key_person_listed", row)
    return row.id


def _add_once(session: Session, row: KeyPerson) -> None:
    """Add a listing, unless the person has an open one."""
    open_one = select(KeyPerson.id).where(
        KeyPerson.person_id == row.person_id, KeyPerson.ended_on.is_(None)
    )
    if session.scalar(open_one) is not None:
        raise errors.AlreadyListedError
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.AlreadyListedError from error


def _check_reason(group: KeyGroup, reason: Reason) -> None:
    """Refuse a reason of another group."""
    if reason not in rules.REASONS_OF[group]:
        raise errors.ReasonDoesNotFitError(field="reason")


def change_care(
    session: Session, *, actor: Actor, key_id: int, every_days: int, visitor_id: int
) -> None:
    """Let somebody be seen more or less often, or by somebody else.

    Raises:
        KeyPersonNotFoundError: there is none within reach.
        ListingEndedError: they are no longer on the list.
        NotAVisitorError: who shall go holds none of the six roles.
    """
    row = _open_row(session, actor, key_id)
    row.visitor_id = checked_visitor(session, actor, visitor_id)
    row.every_days = every_days
    row.due_on = rules.due_after(row.last_seen_on or row.since_on, every_days)
    session.flush()
    _record(session, actor, "key_person_changed", row)


def record_contact(
    session: Session, *, actor: Actor, key_id: int, contact: Contact, seen_on: date, note: str = ""
) -> int:
    """Write down that somebody was seen, or not met, and return the contact's id.

    Raises:
        KeyPersonNotFoundError: there is none within reach.
        ListingEndedError: they are no longer on the list.
        SeenInFutureError: the day is to come, or before they were listed.
    """
    row = _open_row(session, actor, key_id)
    if not row.since_on <= seen_on <= clock.today():
        raise errors.SeenInFutureError(field="seen_on")
    seen = KeyContact(
        community_id=row.community_id,
        key_person_id=row.id,
        contact=contact,
        seen_on=seen_on,
        note=note.strip() or None,
        recorded_at=clock.now(),
        recorded_by_user_id=actor.user_id,
    )
    session.add(seen)
    row.due_on = rules.due_after_contact(
        contact, seen_on, every_days=row.every_days, due_on=row.due_on
    )
    if contact is not Contact.NOT_MET:
        row.last_seen_on = max(row.last_seen_on or seen_on, seen_on)
    session.flush()
    _record(session, actor, "key_person_seen", row)
    return seen.id


def end_listing(session: Session, *, actor: Actor, key_id: int, reason: str) -> None:
    """Take somebody off the list; what was written stays.

    Raises:
        KeyPersonNotFoundError: there is none within reach.
        ListingEndedError: they are no longer on the list.
        EndReasonMissingError: nothing is said of why.
    """
    row = _open_row(session, actor, key_id)
    if not reason.strip():
        raise errors.EndReasonMissingError(field="reason")
    row.ended_on, row.end_reason = clock.today(), reason.strip()
    session.flush()
    _record(session, actor, "key_listing_ended", row)


def show_reason(session: Session, *, actor: Actor, key_id: int, why: str) -> KeyView:
    """Return somebody on the list with why they are and what was seen; the look is noted.

    Raises:
        KeyPersonNotFoundError: there is none within reach.
        LookReasonMissingError: nothing is said of why it is looked at.
    """
    row = queries.row_within(session, actor=actor, key_id=key_id, permission="keygroup.work")
    if not why.strip():
        raise errors.LookReasonMissingError(field="why")
    trail.record_look(
        session,
        actor=actor,
        person_id=row.person_id,
        fields=["key_reason", "key_note"],
        reason=why.strip(),
    )
    return queries.key_person(session, actor=actor, key_id=key_id, is_open=True)


def _open_row(session: Session, actor: Actor, key_id: int) -> KeyPerson:
    """Return the row of a listing that the actor may work at and that is open, locked."""
    row = queries.row_within(session, actor=actor, key_id=key_id, permission="keygroup.work")
    session.refresh(row, with_for_update=True)
    if row.ended_on is not None:
        raise errors.ListingEndedError
    return row


def _record(session: Session, actor: Actor, action: str, row: KeyPerson) -> None:
    """Leave an act on a listing in the trail; why somebody is listed is not said there."""
    trail.record(
        session,
        actor=actor,
        action=f"outreach.{action}",
        subject_type="key_person",
        subject_id=row.id,
    )
