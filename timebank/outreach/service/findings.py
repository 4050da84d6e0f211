"""What visits bring home: changes in the registers, with consent, and what needs a case."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.community.rules import Sex
from timebank.community.service import corrections, people
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.errors import visits as errors
from timebank.outreach.models.visits import UnitVisit, VisitChange, VisitFinding
from timebank.outreach.queries import visits as queries
from timebank.outreach.rules.visits import ChangeKind
from timebank.outreach.service.visits import leave_trail, resident_of


def note_change(
    session: Session,
    *,
    actor: Actor,
    visit_id: int,
    person_id: int,
    kind: ChangeKind,
    value: str,
    has_consent: bool,
) -> int:
    """Correct what is registered of a resident; what stood there before is kept beside it.

    Raises:
        VisitNotFoundError: there is no such visit within reach.
        PersonElsewhereError: the person does not live in the unit.
        ConsentMissingError: they were not asked.
        NothingChangedError: it is what is registered.
    """
    row = _visit(session, actor, visit_id)
    person = resident_of(session, row, person_id, field="person_id")
    _check_consent(is_given=has_consent)
    if kind is ChangeKind.PHONE:
        done = corrections.correct_phone(session, actor=actor, person_id=person.id, phone=value)
    else:
        done = corrections.correct_room(session, actor=actor, person_id=person.id, room_no=value)
    if done.old == done.new:
        raise errors.NothingChangedError(field="value")
    return _keep(session, actor, row, person.id, kind, old=done.old, new=done.new)


def note_newcomer(
    session: Session,
    *,
    actor: Actor,
    visit_id: int,
    name: str,
    room_no: str,
    has_consent: bool,
    phone: str | None = None,
    sex: Sex | None = None,
    born_on: date | None = None,
) -> int:
    """Register somebody who has moved in and return their id.

    Raises:
        VisitNotFoundError: there is no such visit within reach.
        ConsentMissingError: they were not asked.
        and what ``people.register_person`` refuses.
    """
    row = _visit(session, actor, visit_id)
    _check_consent(is_given=has_consent)
    person = people.register_person(
        session,
        actor=actor,
        name=name,
        micro_grid_id=row.micro_grid_id,
        room_no=room_no,
        phone=phone,
        sex=sex,
        born_on=born_on,
    )
    _keep(session, actor, row, person.id, ChangeKind.NEWCOMER, old=None, new=room_no.strip())
    return person.id


def note_finding(session: Session, *, actor: Actor, visit_id: int, words: str) -> int:
    """Write down what was found on the way and return its id.

    Raises:
        VisitNotFoundError: there is no such visit within reach.
    """
    row = _visit(session, actor, visit_id)
    finding = VisitFinding(
        community_id=actor.community_id,
        visit_id=row.id,
        words=words.strip(),
        found_at=clock.now(),
    )
    session.add(finding)
    session.flush()
    leave_trail(session, actor, "finding_noted", row.id)
    return finding.id


def link_case(session: Session, *, actor: Actor, finding_id: int, case_id: int) -> None:
    """Name the case that came of a finding; there is only ever one.

    Raises:
        FindingNotFoundError: there is none within reach.
        FindingHasCaseError: it has a case.
    """
    queries.finding(session, actor=actor, finding_id=finding_id)
    row = session.get_one(VisitFinding, finding_id, with_for_update=True)
    session.refresh(row)
    if row.case_id is not None:
        raise errors.FindingHasCaseError
    row.case_id = case_id
    session.flush()
    leave_trail(session, actor, "finding_became_case", row.visit_id)


def _visit(session: Session, actor: Actor, visit_id: int) -> UnitVisit:
    """Return the row of a visit that the actor may work at."""
    reach = actor.reach("visit.work")
    return queries.row_within(session, actor=actor, visit_id=visit_id, reach=reach)


def _check_consent(*, is_given: bool) -> None:
    """Refuse what nobody agreed to."""
    if not is_given:
        raise errors.ConsentMissingError(field="has_consent")


def _keep(
    session: Session,
    actor: Actor,
    row: UnitVisit,
    person_id: int,
    kind: ChangeKind,
    *,
    old: str | None,
    new: str,
) -> int:
    """Keep both values of a change."""
    change = VisitChange(
        community_id=actor.community_id,
        visit_id=row.id,
        person_id=person_id,
        kind=kind,
        old_value=old,
        new_value=new,
        has_consent=True,
        noted_at=clock.now(),
        noted_by_user_id=actor.user_id,
    )
    session.add(change)
    session.flush()
    leave_trail(session, actor, "change_noted", row.id)
    return change.id
