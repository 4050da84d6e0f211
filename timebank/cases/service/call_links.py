"""The link of a department: made for its part, and what it says through it by its own hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.cases.errors import handing as errors
from timebank.cases.errors.intake import LinkNotFoundError
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.whistles import CaseCallLink, CaseDepartment, CaseWhistle
from timebank.cases.rules import intake as intake_rules
from timebank.cases.rules import whistling as rules
from timebank.cases.rules.flow import Command
from timebank.cases.rules.notices import DepartmentAnswered
from timebank.cases.rules.whistling import EVENT_OF, Saying, Side
from timebank.cases.service import history, whistles
from timebank.cases.service.history import Photo
from timebank.kernel import actor as actors
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.notices.service import telling


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link with its secret, told once."""

    token: str
    department: str
    arrive_due_at: datetime
    expires_at: datetime


def make_link(
    session: Session, *, actor: Actor, case_id: int, whistle_id: int, key: UUID
) -> MadeLink:
    """Make the link of a department's part; the one before it ends. The same key has the same one.

    Raises:
        CaseNotFoundError, WhistleNotFoundError
        LinkNeedlessError: the part has ended and the department was heard, or long ago.
    """
    row, part = whistles.part_of(session, actor, case_id, whistle_id)
    name, at = session.get_one(CaseDepartment, part.department_id).name, clock.now()
    if part.as_called().is_over(at):
        raise errors.LinkNeedlessError(name=name)
    token = intake_rules.link_token(key)
    digest = intake_rules.token_digest(token)
    known = session.scalar(select(CaseCallLink).where(CaseCallLink.token_digest == digest))
    if known is None:
        _stop(session, part, at=at)
        known = CaseCallLink(
            community_id=row.community_id,
            whistle_id=part.id,
            token_digest=digest,
            made_by_user_id=actor.user_id,
            made_at=at,
            expires_at=at + rules.LINK,
        )
        session.add(known)
        session.flush()
        facts = {"department": name}
        history.leave_trail(session, actor=actor, action="make_call_link", row=row, facts=facts)
    return MadeLink(token, name, part.arrive_due_at, known.expires_at)


def stop_link(session: Session, *, actor: Actor, case_id: int, whistle_id: int) -> None:
    """End the link of a part before its time; once ended it stays so.

    Raises:
        CaseNotFoundError, WhistleNotFoundError
    """
    row, part = whistles.part_of(session, actor, case_id, whistle_id)
    if not _stop(session, part, at=clock.now()):
        return
    history.leave_trail(session, actor=actor, action="stop_call_link", row=row)


def _stop(session: Session, part: CaseWhistle, *, at: datetime) -> bool:
    """End whatever link of a part holds; return whether there was one."""
    stopped = session.scalars(
        update(CaseCallLink)
        .where(CaseCallLink.whistle_id == part.id, CaseCallLink.stopped_at.is_(None))
        .values(stopped_at=at)
        .returning(CaseCallLink.id)
    )
    return stopped.one_or_none() is not None


def say(
    session: Session,
    *,
    link: CaseCallLink,
    saying: Saying,
    answered_by: str,
    words: str = "",
    photos: Sequence[Photo] = (),
) -> None:
    """Write down what a department says of its own part, and tell who called it.

    Raises:
        WordsMissingError: it declines without a reason.
        WhistleStepError: it is not the department's to say now.
    """
    row, part, name, who = _locked(session, link, answered_by)
    with history.moves_named(row, actor=who, at=clock.now()):
        rules.check_own(part.as_called(), saying, name=name)
    said = whistles.told(saying, words, photos)
    whistles.step_on(session, row, part, who, Command.DEPARTMENT, EVENT_OF[saying], said)
    _tell(session, row, part, who, name)


def assess(
    session: Session, *, link: CaseCallLink, score: int, answered_by: str, words: str = ""
) -> None:
    """Keep what a department says of the community, once.

    Raises:
        NotAssessableError: its part has not ended, or it was heard.
    """
    row, part, name, who = _locked(session, link, answered_by)
    whistles.assess_on(session, row, part, who, Side.DEPARTMENT, score, words)
    _tell(session, row, part, who, name)


def _locked(
    session: Session, link: CaseCallLink, answered_by: str
) -> tuple[CaseFile, CaseWhistle, str, Actor]:
    """Return the case and the part of a link, locked, with the department and who speaks for it.

    Raises:
        LinkNotFoundError: somebody has stopped the link since it was opened.
    """
    case_id = select(CaseWhistle.case_id).where(CaseWhistle.id == link.whistle_id)
    row = session.scalars(
        select(CaseFile)
        .where(CaseFile.id == case_id.scalar_subquery())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(link)
    if link.stopped_at is not None:
        raise LinkNotFoundError
    part = session.get_one(CaseWhistle, link.whistle_id, populate_existing=True)
    name = session.get_one(CaseDepartment, part.department_id).name
    who = f"{name} {answered_by.strip()}"
    return (
        row,
        part,
        name,
        actors.program(community_id=row.community_id, name=who, channel=Channel.WEB),
    )


def _tell(session: Session, row: CaseFile, part: CaseWhistle, who: Actor, name: str) -> None:
    """Tell whoever has the case."""
    if row.holder_person_id is not None:
        telling.tell(
            session,
            actor=who,
            to=[row.holder_person_id],
            notice=DepartmentAnswered(name=name, number=row.number, title=row.title),
            key=f"case:{row.id}:department:{part.id}:{row.version}",
            url=f"/cases/{row.id}/whistles/{part.id}",
        )
