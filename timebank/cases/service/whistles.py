"""The whistle: departments are called to a case, report in, work, are let go, and are assessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cases.errors import handing as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.whistles import CaseDepartment, CaseWhistle
from timebank.cases.queries import promises
from timebank.cases.queries import whistles as queries
from timebank.cases.rules import whistling as rules
from timebank.cases.rules.flow import Command, EventType
from timebank.cases.rules.folding import CalledPayload, Payload
from timebank.cases.rules.whistling import EVENT_OF, Saying, Side
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.cases.service.steps import said_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """What is known of a department."""

    name: str
    duty: str = ""
    contact: str = ""
    phone: str = ""


def whistle(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    department_ids: Sequence[int],
    lead_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Call departments to a case; each has its own clock to report in, by the case's promises.

    Raises:
        NoDepartmentError: none was chosen, too many were, or the lead is not among them.
        DepartmentCalledError: one of them is at work on it already.
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    wanted = list(dict.fromkeys(department_ids))
    known = {one.id: one for one in queries.departments(session, community_id=row.community_id)}
    if not 0 < len(wanted) <= rules.CALLED_MAX or lead_id not in wanted or set(wanted) - set(known):
        raise errors.NoDepartmentError(field="department_ids")
    rows = queries.rows(session, row.id)
    for one in rows:
        if one.department_id in wanted and one.ended_at is None:
            name = known[one.department_id].name
            raise errors.DepartmentCalledError(field="department_ids", name=name)
    policy = promises.policy(session, row.community_id, row.policy_version)
    at = clock.now()
    due_at = at + timedelta(minutes=policy.report_in_minutes)
    payload = Payload(
        arrive_due_at=due_at.isoformat(),
        departments=[
            CalledPayload(position=position, department_id=one, is_lead=one == lead_id)
            for position, one in enumerate(wanted, start=len(rows) + 1)
        ],
    )
    said = Said(words=said_of(words), payload=payload)
    with clock.fixed_at(at):
        return history.act(
            session,
            actor=actor,
            case_id=case_id,
            command=Command.WHISTLE,
            said=said,
            expected_version=expected_version,
        )


def note_department(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    whistle_id: int,
    saying: Saying,
    words: str = "",
    photos: Sequence[Photo] = (),
    expected_version: int | None = None,
) -> CaseRef:
    """Write down that a department has arrived, takes its part or declines, or has finished.

    Raises:
        WordsMissingError: it declines without a reason.
        WhistleNotFoundError, WhistleStepError
    """
    row, part = part_of(session, actor, case_id, whistle_id)
    said = told(saying, words, photos)
    event = EVENT_OF[saying]
    return step_on(session, row, part, actor, Command.DEPARTMENT, event, said, expected_version)


def told(saying: Saying, words: str, photos: Sequence[Photo]) -> Said:
    """Return what goes with a department's step.

    Raises:
        WordsMissingError: it declines without a reason.
    """
    return Said(words=said_of(words) if saying is Saying.DECLINED else words.strip(), photos=photos)


def release(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    whistle_id: int,
    words: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """Let a department go after looking at what it finished.

    Raises:
        WhistleNotFoundError, WhistleStepError: it has not said that it finished.
    """
    row, part = part_of(session, actor, case_id, whistle_id)
    said, event = Said(words=words.strip()), EventType.DEPT_RELEASED
    return step_on(session, row, part, actor, Command.RELEASE, event, said, expected_version)


def withdraw(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    whistle_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Take a call back, with the reason.

    Raises:
        WhistleNotFoundError, WhistleStepError: it has finished or ended.
    """
    row, part = part_of(session, actor, case_id, whistle_id)
    said, event = Said(words=said_of(words)), EventType.DEPT_WITHDRAWN
    return step_on(session, row, part, actor, Command.RELEASE, event, said, expected_version)


def assess(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    whistle_id: int,
    side: Side,
    score: int,
    words: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """Keep what the caller says of a department, or the department of the caller; once each.

    Raises:
        NotAssessableError: its part has not ended, or this side was heard.
    """
    row, part = part_of(session, actor, case_id, whistle_id)
    return assess_on(session, row, part, actor, side, score, words, expected_version)


def assess_on(  # noqa: PLR0917 - an assessment has so many parts
    session: Session,
    row: CaseFile,
    part: CaseWhistle,
    actor: Actor,
    side: Side,
    score: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Keep one side's word on a part that is locked with its case.

    Raises:
        NotAssessableError: the part has not ended, or this side was heard.
    """
    with history.moves_named(row, actor=actor, at=clock.now()):
        rules.check_assessment(part.as_called(), side)
    payload = Payload(position=part.position, side=side.value, score=score)
    return history.act_on(
        session,
        row,
        actor=actor,
        command=Command.ASSESS,
        said=Said(words=words.strip(), payload=payload),
        expected_version=expected_version,
    )


def part_of(
    session: Session, actor: Actor, case_id: int, whistle_id: int
) -> tuple[CaseFile, CaseWhistle]:
    """Return a department's part in a case within reach.

    Raises:
        WhistleNotFoundError
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    part = session.scalar(
        select(CaseWhistle)
        .where(CaseWhistle.id == whistle_id, CaseWhistle.case_id == row.id)
        .execution_options(populate_existing=True)
    )
    if part is None:
        raise errors.WhistleNotFoundError
    return row, part


def step_on(  # noqa: PLR0917 - what every step of a department says
    session: Session,
    row: CaseFile,
    part: CaseWhistle,
    actor: Actor,
    command: Command,
    event: EventType,
    said: Said,
    expected_version: int | None = None,
) -> CaseRef:
    """Write down one step of a department whose part is locked with its case.

    Raises:
        WhistleStepError: it does not follow from where the department is.
    """
    name = session.get_one(CaseDepartment, part.department_id).name
    with history.moves_named(row, actor=actor, at=clock.now()):
        rules.check_step(part.as_called(), event, name=name)
    payload = Payload(position=part.position)
    return history.act_on(
        session,
        row,
        actor=actor,
        command=command,
        said=Said(words=said.words, photos=said.photos, payload=payload),
        expected_version=expected_version,
        writes=(event,),
    )


def add_department(session: Session, *, actor: Actor, facts: DepartmentFacts) -> int:
    """Enter a department that can be whistled from now on; one struck off comes back.

    Raises:
        DepartmentKnownError: it is on the list.
    """
    name = facts.name.strip()
    known = session.scalar(
        select(CaseDepartment).where(
            CaseDepartment.community_id == actor.community_id, CaseDepartment.name == name
        )
    )
    if known is not None and known.is_active:
        raise errors.DepartmentKnownError(field="name", name=name)
    row = known or CaseDepartment(community_id=actor.community_id, name=name)
    row.duty, row.contact, row.phone = (
        facts.duty.strip(),
        facts.contact.strip(),
        facts.phone.strip(),
    )
    row.is_active = True
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.DepartmentKnownError(field="name", name=name) from error
    _leave_trail(session, actor, "add_department", row)
    return row.id


def drop_department(session: Session, *, actor: Actor, department_id: int) -> None:
    """Strike a department off the list; its parts in cases stay.

    Raises:
        DepartmentNotFoundError
    """
    row = session.get(CaseDepartment, department_id)
    if row is None or row.community_id != actor.community_id or not row.is_active:
        raise errors.DepartmentNotFoundError
    row.is_active = False
    session.flush()
    _leave_trail(session, actor, "drop_department", row)


def _leave_trail(session: Session, actor: Actor, action: str, row: CaseDepartment) -> None:
    """Note the act in the community's trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="case_department",
        subject_id=row.id,
        summary=row.name,
    )
