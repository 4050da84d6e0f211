"""Telling of service: record it, correct it, take it back."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import records as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.records import (
    Command,
    EventKind,
    Proof,
    RecordState,
    ServiceFacts,
)
from timebank.volunteering.service.history import (
    Fact,
    locked,
    move,
    note,
)
from timebank.volunteering.service.telling import TOLD, Told, known, write_down
from timebank.volunteering.service.tidings_of_hours import of_record


def record_service(
    session: Session,
    *,
    actor: Actor,
    facts: ServiceFacts,
    volunteer_id: int | None = None,
    centre_id: int | None = None,
    slip_number: str = "",
) -> int:
    """Write down one stretch of service and return its id; the actor's own without a volunteer.

    Staff who give the number of a signed slip confirm with it at once.

    Raises:
        NotRecorderError: neither the actor's own service nor within the actor's reach.
        DomainError: the facts break a rule; its class says which.
    """
    volunteer_id = volunteer_id if volunteer_id is not None else actor.person_id
    if volunteer_id is None:
        raise errors.VolunteerMissingError(field="volunteer_id")
    row = new_record(actor, volunteer_id)
    row.centre_id = centre_id if centre_id is not None else _only_centre(actor)
    row.slip_number = slip_number.strip() or None
    _tell(session, row, facts)
    _check_recorder(actor, row)
    if row.slip_number:
        check_slip(session, row, row.slip_number)
    session.add(row)
    note(session, actor=actor, row=row, kind=EventKind.RECORDED, facts=told_of(row))
    if row.slip_number and may_prove_by_slip(actor, row):
        prove(session, actor=actor, row=row, how=Proof.SLIP)
    of_record(session, actor=actor, row=row)
    return row.id


def new_record(actor: Actor, volunteer_id: int) -> ServiceRecord:
    """Return a record of somebody's service that tells nothing yet."""
    return ServiceRecord(
        community_id=actor.community_id,
        volunteer_id=volunteer_id,
        state=RecordState.RECORDED,
        revision=1,
        code_tries=0,
        has_objection=False,
        recorded_at=clock.now(),
        recorded_by_id=actor.person_id,
        recorded_by_user_id=actor.user_id,
    )


def correct_service(
    session: Session, *, actor: Actor, record_id: int, facts: ServiceFacts, reason: str
) -> None:
    """Replace what was told, before it counts; history keeps both values.

    Raises:
        NotYoursToChangeError: the actor neither served, nor recorded, nor answers for the place.
        DomainError: the record is past correcting, or the facts break a rule.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.read")
    _check_owner(actor, row)
    reason = rules.required(reason)
    before = told_of(row)
    move(row, Command.CORRECT)
    if not facts.late_reason.strip():
        facts = replace(facts, late_reason=reason)
    with session.no_autoflush:
        _tell(session, row, facts)
    row.revision += 1
    row.code_tries = 0
    row.confirmed_at = row.confirmed_how = None
    row.confirmed_by_id = row.confirmed_by_user_id = None
    changed: dict[str, Fact] = {}
    for name, value in told_of(row).items():
        if value != before[name]:
            changed[f"{name}_before"], changed[f"{name}_after"] = before[name], value
    note(session, actor=actor, row=row, kind=EventKind.CORRECTED, text=reason, facts=changed)


def withdraw_service(session: Session, *, actor: Actor, record_id: int, reason: str = "") -> None:
    """Take a record back before it counts.

    Raises:
        NotYoursToChangeError: the actor neither served, nor recorded, nor answers for the place.
        DomainError: the record is past withdrawing.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.read")
    _check_owner(actor, row)
    move(row, Command.WITHDRAW, reason=reason.strip())
    note(session, actor=actor, row=row, kind=EventKind.WITHDRAWN, text=reason.strip())


def prove(session: Session, *, actor: Actor, row: ServiceRecord, how: Proof) -> None:
    """Mark a record as confirmed, by what, and by whom.

    Raises:
        DomainError: the record does not wait for confirmation.
    """
    mark_proved(row, actor=actor, how=how)
    facts: dict[str, Fact] = {"how": how, "slip_number": row.slip_number}
    note(session, actor=actor, row=row, kind=EventKind.CONFIRMED, facts=facts)


def mark_proved(row: ServiceRecord, *, actor: Actor, how: Proof) -> None:
    """Write onto a record by what it was confirmed, and by whom."""
    move(row, Command.CONFIRM)
    row.confirmed_at = clock.now()
    row.confirmed_how = how
    row.confirmed_by_id, row.confirmed_by_user_id = actor.person_id, actor.user_id


def may_prove_by_slip(actor: Actor, row: ServiceRecord) -> bool:
    """Whether the actor may vouch for a signed slip: staff of the place, not the volunteer."""
    reach = actor.reach("hours.record")
    is_staff = reach.covers(grid_id=row.grid_id, centre_id=row.centre_id)
    return is_staff and actor.person_id != row.volunteer_id


def check_slip(session: Session, row: ServiceRecord, slip_number: str) -> None:
    """Refuse a slip that already proves another record."""
    if limits.slip_is_used(
        session, community_id=row.community_id, slip_number=slip_number, except_id=row.id
    ):
        raise errors.SlipUsedError(field="slip_number", slip_number=slip_number)


def _only_centre(actor: Actor) -> int | None:
    """Return the centre at which the actor works, when there is exactly one."""
    centre_ids = actor.reach("hours.record").centre_ids
    return next(iter(centre_ids)) if len(centre_ids) == 1 else None


def _check_recorder(actor: Actor, row: ServiceRecord) -> None:
    """Refuse service that is neither the actor's own nor at a place the actor answers for."""
    if not actor.reach("hours.record").covers(
        is_own=actor.person_id == row.volunteer_id, grid_id=row.grid_id, centre_id=row.centre_id
    ):
        raise errors.NotRecorderError(field="volunteer_id")


def _check_owner(actor: Actor, row: ServiceRecord) -> None:
    """Refuse changes by those who neither served, nor recorded, nor answer for the place."""
    own_ids = {row.volunteer_id, row.recorded_by_id} - {None}
    is_own = actor.person_id in own_ids or (
        actor.user_id is not None and actor.user_id == row.recorded_by_user_id
    )
    reach = actor.reach("hours.record")
    if not (is_own or reach.covers(grid_id=row.grid_id, centre_id=row.centre_id)):
        raise errors.NotYoursToChangeError


def _tell(session: Session, row: ServiceRecord, facts: ServiceFacts) -> None:
    """Check the facts against every rule and write them onto the record."""
    facts = replace(
        facts,
        recipient_id=_recipient_id(session, row.community_id, facts),
        case_id=_case_id(session, row.community_id, facts),
    )
    told = Told(row, facts)
    write_down(told, known(session, community_id=row.community_id, told=[told]))


def _recipient_id(session: Session, community_id: int, facts: ServiceFacts) -> int | None:
    """Return who was served: by id, or by the number on their card."""
    if facts.recipient_id is not None or not facts.recipient_card.strip():
        return facts.recipient_id
    card_no = facts.recipient_card.strip()
    found = limits.person_id_of_card(session, community_id=community_id, card_no=card_no)
    if found is None:
        raise errors.CardNotFoundError(field="recipient_card", card_no=card_no)
    return found


def _case_id(session: Session, community_id: int, facts: ServiceFacts) -> int | None:
    """Return the case the service was for: by id, or by the number people write."""
    if facts.case_id is not None or not facts.case_number.strip():
        return facts.case_id
    found = limits.case_id_of(session, community_id=community_id, number=facts.case_number)
    if found is None:
        raise errors.CaseNotFoundError(field="case_number")
    return found


def told_of(row: ServiceRecord) -> dict[str, Fact]:
    """Return what a record tells, as its history keeps it."""
    told: dict[str, Fact] = {}
    for name in TOLD:
        value = getattr(row, name)
        told[name] = clock.local(value).isoformat() if isinstance(value, datetime) else value
    return told
