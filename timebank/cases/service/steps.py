"""How a case goes on: respond, claim, note, resolve, close, reopen; feeding back stands apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.cases.errors import steps as errors
from timebank.cases.queries import reporters
from timebank.cases.rules.flow import Command, Outcome
from timebank.cases.rules.folding import Payload
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.community import queries as community_queries
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class ReporterShown:
    """The reporter in full, for one look that is written down."""

    name: str
    phone: str
    email: str = ""


def respond(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Tell the reporter who comes and when; starts the clock of the claim."""
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.RESPOND,
        said=Said(words=said_of(words)),
        expected_version=expected_version,
    )


def claim(
    session: Session, *, actor: Actor, case_id: int, expected_version: int | None = None
) -> CaseRef:
    """Take a case; from now on the actor answers for it.

    Raises:
        AlreadyClaimedError: somebody else was faster; ``holder`` names them.
    """
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.CLAIM,
        said=Said(),
        expected_version=expected_version,
    )


def add_note(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str = "",
    photos: Sequence[Photo] = (),
    expected_version: int | None = None,
) -> CaseRef:
    """Write down progress, in words or with photos."""
    if not photos:
        words = said_of(words)
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.NOTE,
        said=Said(words=words, photos=photos),
        expected_version=expected_version,
    )


def resolve(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    outcome: Outcome,
    words: str,
    photos: Sequence[Photo] = (),
    no_photo_reason: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """Say what came of it, with a photo or the reason why there is none.

    Raises:
        EvidenceMissingError: neither photo nor reason.
    """
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.RESOLVE,
        said=resolution(
            outcome=outcome, words=words, photos=photos, no_photo_reason=no_photo_reason
        ),
        expected_version=expected_version,
    )


def close(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """Put a case away that was answered."""
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.CLOSE,
        said=Said(words=words),
        expected_version=expected_version,
    )


def reopen(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Begin a new round with a new clock; the rounds before stay as they were.

    Raises:
        ReopenTooLateError: it was closed too long ago.
    """
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.REOPEN,
        said=Said(words=said_of(words)),
        expected_version=expected_version,
    )


def show_reporter(session: Session, *, actor: Actor, case_id: int, reason: str) -> ReporterShown:
    """Return the reporter's name and phone in full, and write down who looked and why.

    Raises:
        LookReasonMissingError: no reason was given.
    """
    if not reason.strip():
        raise errors.LookReasonMissingError(field="reason")
    row = history.locked(session, actor=actor, permission="person.unmask", case_id=case_id)
    history.leave_trail(
        session, actor=actor, action="show_reporter", row=row, facts={"reason": reason.strip()}
    )
    person_id = row.reporter_person_id
    if person_id is None:
        return ReporterShown(
            name=row.reporter_name or "",
            phone=row.reporter_phone or "",
            email=reporters.email_of(session, row.id),
        )
    trail.record_look(
        session,
        actor=actor,
        person_id=person_id,
        fields=["name", "phone"],
        reason=f"{row.number} {reason.strip()}",
    )
    person = community_queries.person(session, community_id=row.community_id, person_id=person_id)
    details = community_queries.own_details(
        session, community_id=row.community_id, person_id=person_id
    )
    return ReporterShown(name=person.name, phone=details.phone or "")


def said_of(words: str) -> str:
    """Return words that say something.

    Raises:
        WordsMissingError: they do not.
    """
    if not words.strip():
        raise errors.WordsMissingError(field="words")
    return words.strip()


def resolution(
    *, outcome: Outcome, words: str, photos: Sequence[Photo], no_photo_reason: str
) -> Said:
    """Return what a resolution says.

    Raises:
        EvidenceMissingError: it has neither a photo nor the reason why there is none.
    """
    if not photos and not no_photo_reason.strip():
        raise errors.EvidenceMissingError(field="photos")
    return Said(
        words=said_of(words),
        no_photo_reason="" if photos else no_photo_reason.strip(),
        payload=Payload(outcome=outcome.value),
        photos=photos,
    )
