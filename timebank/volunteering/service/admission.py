"""Who becomes a volunteer: asks, is looked at by one of the staff, and admitted by another."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import Role, ScopeKind
from timebank.access.service import accounts
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.volunteering.errors import admission as errors
from timebank.volunteering.errors.records import VolunteerMissingError
from timebank.volunteering.models.admission import AccidentCover, VolunteerAdmission
from timebank.volunteering.queries import helpers, volunteers
from timebank.volunteering.rules import admission as rules
from timebank.volunteering.rules.admission import (
    AdmissionCommand,
    AdmissionEvent,
    AdmissionState,
    CoverFacts,
)
from timebank.volunteering.rules.records import required
from timebank.volunteering.service.notes import note
from timebank.volunteering.service.tidings_of_hours import of_admission


def apply(
    session: Session, *, actor: Actor, words: str = "", person_id: int | None = None
) -> AdmissionState:
    """Ask to become a volunteer: for oneself, or staff for who stands before them.

    Raises:
        VolunteerMissingError: nobody is meant.
        NotYoursToAdmitError: neither oneself nor somebody of the actor's place.
        AlreadyAppliedError, AlreadyAdmittedError: it was asked before.
    """
    person_id = person_id if person_id is not None else actor.person_id
    if person_id is None:
        raise VolunteerMissingError(field="person_id")
    known = helpers.helper(session, community_id=actor.community_id, person_id=person_id)
    is_own = person_id == actor.person_id
    if not (is_own or _answers_for(actor, "volunteer.keep", known.grid_id)):
        raise errors.NotYoursToAdmitError(field="person_id")
    row = _locked(session, person_id)
    if row is None:
        row = VolunteerAdmission(community_id=actor.community_id, person_id=person_id)
        session.add(row)
    elif row.state == AdmissionState.APPLIED:
        raise errors.AlreadyAppliedError
    else:
        rules.next_admission_state(AdmissionState(row.state), AdmissionCommand.APPLY)
    row.state, row.words, row.reason = AdmissionState.APPLIED, words.strip(), ""
    row.applied_at, row.applied_by_user_id = clock.now(), actor.user_id
    row.applied_by_name = actor.name
    _note(session, actor, row, AdmissionEvent.APPLIED)
    return AdmissionState.APPLIED


def _answers_for(actor: Actor, permission: str, grid_id: int | None) -> bool:
    """Whether the actor answers for a grid; a centre serves all of them."""
    reach = actor.reach(permission)
    return bool(reach.centre_ids) or reach.covers(grid_id=grid_id)


def _locked(session: Session, person_id: int) -> VolunteerAdmission | None:
    """Return somebody's application, locked until the transaction ends."""
    return session.scalar(
        select(VolunteerAdmission)
        .where(VolunteerAdmission.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _within(session: Session, actor: Actor, person_id: int, permission: str) -> VolunteerAdmission:
    """Return an application that the actor may decide on, locked.

    Raises:
        AdmissionNotFoundError: there is none, or it lies outside.
        SameReviewerError: it is the actor's own.
    """
    volunteers.admission(session, actor=actor, person_id=person_id)
    row = _locked(session, person_id)
    if row is None:
        raise errors.AdmissionNotFoundError
    known = helpers.helper(session, community_id=actor.community_id, person_id=person_id)
    if not _answers_for(actor, permission, known.grid_id):
        raise errors.NotYoursToAdmitError
    is_kin = actor.person_id is not None and community_queries.are_kin(
        session, actor.person_id, person_id
    )
    if is_kin or person_id == actor.person_id:
        raise errors.SameReviewerError
    return row


def check_identity(session: Session, *, actor: Actor, person_id: int, identity_note: str) -> None:
    """Note by what one saw who somebody is: the first of two looks.

    Raises:
        IdentityNoteMissingError: nothing is said of what was shown.
        SameReviewerError: it is the actor's own or a relative's.
        DomainError: it is past that.
    """
    row = _within(session, actor, person_id, "volunteer.keep")
    if not identity_note.strip():
        raise errors.IdentityNoteMissingError(field="identity_note")
    row.state = rules.next_admission_state(AdmissionState(row.state), AdmissionCommand.CHECK)
    row.identity_note, row.reason = identity_note.strip(), ""
    row.checked_at, row.checked_by_name = clock.now(), actor.name
    row.checked_by_id, row.checked_by_user_id = actor.person_id, actor.user_id
    row.decided_at = row.decided_by_id = row.decided_by_user_id = None
    row.decided_by_name = ""
    _note(session, actor, row, AdmissionEvent.CHECKED)


def admit(session: Session, *, actor: Actor, person_id: int) -> None:
    """Admit somebody whom another has seen; their account may take tasks from now on.

    Raises:
        SameReviewerError: the actor made the first look, or it is their own.
        DomainError: it is past that.
    """
    row = _within(session, actor, person_id, "volunteer.admit")
    state = rules.next_admission_state(AdmissionState(row.state), AdmissionCommand.ADMIT)
    same = {row.checked_by_user_id} & {actor.user_id} - {None}
    if same or (actor.person_id is not None and actor.person_id == row.checked_by_id):
        raise errors.SameReviewerError
    _decide(row, actor, state, "")
    _note(session, actor, row, AdmissionEvent.ADMITTED)
    _let_join(session, row)


def _let_join(session: Session, row: VolunteerAdmission) -> None:
    """Give the volunteer's account the role, when there is one that has it not."""
    user_id = access_queries.user_id_of_person(
        session, community_id=row.community_id, person_id=row.person_id
    )
    if user_id is None:
        return
    if any(held.role is Role.VOLUNTEER for held in access_queries.held_roles(session, user_id)):
        return
    accounts.grant_role(
        session,
        actor=program(community_id=row.community_id, name="volunteering.admit"),
        user_id=user_id,
        role=Role.VOLUNTEER,
        scope_kind=ScopeKind.OWN,
    )


def refuse(session: Session, *, actor: Actor, person_id: int, reason: str) -> None:
    """Answer that somebody is not admitted, and why.

    Raises:
        ReasonMissingError: no reason was given.
        DomainError: it is past that.
    """
    row = _within(session, actor, person_id, "volunteer.admit")
    state = rules.next_admission_state(AdmissionState(row.state), AdmissionCommand.REFUSE)
    _decide(row, actor, state, required(reason))
    _note(session, actor, row, AdmissionEvent.REFUSED)


def suspend(session: Session, *, actor: Actor, person_id: int, reason: str) -> None:
    """Let a volunteer take nothing new until something is cleared up.

    Raises:
        ReasonMissingError: no reason was given.
        DomainError: they are not admitted.
    """
    row = _within(session, actor, person_id, "volunteer.admit")
    state = rules.next_admission_state(AdmissionState(row.state), AdmissionCommand.SUSPEND)
    _decide(row, actor, state, required(reason))
    _note(session, actor, row, AdmissionEvent.SUSPENDED)


def _decide(row: VolunteerAdmission, actor: Actor, state: AdmissionState, reason: str) -> None:
    """Write onto an application how it was answered, by whom and when."""
    row.state, row.reason, row.decided_at = state, reason, clock.now()
    row.decided_by_id, row.decided_by_user_id = actor.person_id, actor.user_id
    row.decided_by_name = actor.name


def note_cover(session: Session, *, actor: Actor, facts: CoverFacts) -> int:
    """Note an accident insurance, of one volunteer or of all, and return its id.

    Raises:
        CoverDaysError: its days are in wrong order.
        NotYoursToAdmitError: who is to be covered lies outside.
        ReasonMissingError: number or insurer are missing.
    """
    rules.check_days(facts)
    if facts.person_id is not None:
        known = helpers.helper(session, community_id=actor.community_id, person_id=facts.person_id)
        if not _answers_for(actor, "volunteer.admit", known.grid_id):
            raise errors.NotYoursToAdmitError(field="person_id")
    row = AccidentCover(
        community_id=actor.community_id,
        person_id=facts.person_id,
        policy_number=required(facts.policy_number, field="policy_number"),
        insurer=required(facts.insurer, field="insurer"),
        from_on=facts.from_on,
        until_on=facts.until_on,
        noted_at=clock.now(),
        noted_by_user_id=actor.user_id,
        noted_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    note(
        session,
        actor=actor,
        action=AdmissionEvent.COVERED,
        subject_type="community" if facts.person_id is None else "person",
        subject_id=facts.person_id or actor.community_id,
        facts={"policy_number": row.policy_number},
    )
    return row.id


def _note(session: Session, actor: Actor, row: VolunteerAdmission, event: AdmissionEvent) -> None:
    """Write an application and leave the act in the trail.

    Raises:
        AlreadyAppliedError: the same was asked at the same moment.
        SameReviewerError: the database knows the two looks to be of one.
    """
    note(session, actor=actor, action=event, subject_type="person", subject_id=row.person_id)
    of_admission(session, actor=actor, row=row, event=event)
