"""Who reported a case: written with it, and more who say that it is theirs as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.models.cases import CaseFile, CasePhoto
from timebank.cases.models.reporters import CasePublicPhoto, CaseReporter
from timebank.cases.queries import alike
from timebank.cases.rules import intake as rules
from timebank.cases.rules.flow import EventType
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: a person of the community, or a name and a number, or whoever has a link."""

    person_id: int | None = None
    name: str | None = None
    phone: str | None = None
    token: str | None = None
    email: str | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self.person_id or self.name or self.phone or self.token or self.email)


def enter_reporter(
    session: Session,
    row: CaseFile,
    *,
    reporter: Reporter,
    channel: IntakeChannel,
    at: datetime,
) -> int:
    """Write who reported a case and return the row."""
    is_person = reporter.person_id is not None
    made = CaseReporter(
        community_id=row.community_id,
        case_id=row.id,
        person_id=reporter.person_id,
        name=None if is_person else reporter.name,
        contact=None if is_person else reporter.phone,
        email=None if is_person else reporter.email,
        token_digest=rules.token_digest(reporter.token) if reporter.token else None,
        channel=channel,
        joined_at=at,
    )
    session.add(made)
    session.flush()
    return made.id


def join_case(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    micro_grid_id: int,
    reporter: Reporter,
    channel: IntakeChannel,
    words: str = "",
    photos: Sequence[Photo] = (),
) -> CaseRef:
    """Add somebody to those who reported a case; what they say more becomes a note of it.

    Raises:
        NotTheSameError: it is closed, or lies elsewhere than they say.
        AlreadyReporterError: they are among its reporters.
        TooManyReportersError: so many are enough.
    """
    row = _locked_open(session, actor=actor, case_id=case_id, micro_grid_id=micro_grid_id)
    _check_new(session, row, reporter)
    at = clock.now()
    enter_reporter(session, row, reporter=reporter, channel=channel, at=at)
    said = Said(words=_joined_words(words), photos=photos)
    state = history.append(
        session, row, row.as_state(), actor=actor, event_type=EventType.NOTED, said=said, at=at
    )
    history.move(session, row, state, actor=actor, at=at)
    history.leave_trail(session, actor=actor, action="join", row=row)
    return history.ref(row, state)


def show_photo(session: Session, *, actor: Actor, case_id: int, photo_id: int) -> None:
    """Let the reporters see a photo on the page of their link.

    Raises:
        CaseNotFoundError: there is no such case within reach.
        PhotoNotThisCaseError: the case has no such photo.
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    if not _has_photo(session, row.id, photo_id):
        raise errors.PhotoNotThisCaseError
    known = select(CasePublicPhoto.id).where(CasePublicPhoto.photo_id == photo_id)
    if session.scalar(known) is None:
        session.add(
            CasePublicPhoto(
                community_id=row.community_id,
                case_id=row.id,
                photo_id=photo_id,
                shown_by_user_id=actor.user_id,
                shown_at=clock.now(),
            )
        )
        session.flush()
        history.leave_trail(session, actor=actor, action="show_photo", row=row)


def hide_photo(session: Session, *, actor: Actor, case_id: int, photo_id: int) -> None:
    """Take a photo off the reporters' page again.

    Raises:
        CaseNotFoundError: there is no such case within reach.
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    shown = session.scalar(
        select(CasePublicPhoto).where(
            CasePublicPhoto.case_id == row.id, CasePublicPhoto.photo_id == photo_id
        )
    )
    if shown is not None:
        session.delete(shown)
        session.flush()
        history.leave_trail(session, actor=actor, action="hide_photo", row=row)


def _locked_open(session: Session, *, actor: Actor, case_id: int, micro_grid_id: int) -> CaseFile:
    """Return a case that may be joined from a place, locked until the transaction ends."""
    row = session.scalar(
        select(CaseFile)
        .where(CaseFile.id == case_id, CaseFile.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    places = community_queries.micro_grids(session, actor.community_id)
    if row is None or not alike.may_be_joined(row, micro_grid_id=micro_grid_id, places=places):
        raise errors.NotTheSameError(field="same_as")
    return row


def _check_new(session: Session, row: CaseFile, reporter: Reporter) -> None:
    """Refuse somebody who is there already, and a crowd beyond use."""
    of_case = select(func.count()).where(CaseReporter.case_id == row.id)
    if (session.scalar(of_case.select_from(CaseReporter)) or 0) >= rules.REPORTERS_MAX:
        raise errors.TooManyReportersError(count=rules.REPORTERS_MAX)
    if reporter.person_id is None:
        return
    known = select(CaseReporter.id).where(
        CaseReporter.case_id == row.id, CaseReporter.person_id == reporter.person_id
    )
    if reporter.person_id == row.reporter_person_id or session.scalar(known) is not None:
        raise errors.AlreadyReporterError(field="same_as")


def _joined_words(words: str) -> str:
    """Return what the note says of one more who reported it."""
    said = words.strip()[: rules.JOINED_WORDS_MAX]
    return f"又有人反映这件事：{said}" if said else "又有人反映这件事。"


def _has_photo(session: Session, case_id: int, photo_id: int) -> bool:
    """Whether a photo belongs to a case."""
    wanted = select(CasePhoto.id).where(CasePhoto.id == photo_id, CasePhoto.case_id == case_id)
    return session.scalar(wanted) is not None
