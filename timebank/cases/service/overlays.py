"""What lies over a case in hand: pauses and extensions, asked for and granted; and rejection."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.cases.errors import handing
from timebank.cases.rules import commands, deadlines
from timebank.cases.rules import overlays as rules
from timebank.cases.rules.flow import Command, Refusal
from timebank.cases.rules.folding import AskPayload, Payload
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.cases.service.steps import said_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def reject(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    refusal: Refusal,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Not take a case on; the words tell the reporter where to go."""
    said = Said(words=said_of(words), payload=Payload(refusal=refusal.value))
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.REJECT,
        said=said,
        expected_version=expected_version,
    )


def ask_pause(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    reason: PauseReason,
    last_on: date,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Ask for a pause until the end of a day; somebody else grants it.

    Raises:
        PauseOutOfRangeError: the day has passed or is too far ahead.
        AlreadyAskedError, PausedNowError
    """
    asked = AskPayload(
        kind=deadlines.PAUSE,
        until=rules.pause_until(last_on, now=clock.now()).isoformat(),
        reason=reason.value,
        user_id=actor.user_id,
    )
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.ASK_PAUSE,
        said=Said(words=said_of(words), payload=Payload(asked=asked)),
        expected_version=expected_version,
    )


def ask_extension(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    last_on: date,
    words: str,
    photos: Sequence[Photo] = (),
    expected_version: int | None = None,
) -> CaseRef:
    """Ask for more time, until the end of a day; somebody else grants it.

    Raises:
        ExtensionOutOfRangeError, NoMoreExtensionsError, SignedFormMissingError
        AlreadyAskedError, PausedNowError
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    state = row.as_state()
    with history.moves_named(row, actor=actor, at=clock.now()):
        commands.writes(state, Command.ASK_EXTENSION)
    until = rules.extended_due(state, last_on, now=clock.now(), has_form=bool(photos))
    asked = AskPayload(
        kind=deadlines.EXTENSION, until=until.isoformat(), reason="", user_id=actor.user_id
    )
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.ASK_EXTENSION,
        said=Said(words=said_of(words), payload=Payload(asked=asked), photos=photos),
        expected_version=expected_version,
    )


def ask_cancel(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Ask that a case entered in error is taken out: by who entered it; somebody else grants it.

    Raises:
        NotRegistrarError: somebody else entered it, and it is not the community's own.
        AlreadyAskedError, HasChildrenError
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    is_registrar = actor.user_id is not None and row.registered_by_user_id == actor.user_id
    if not (is_registrar or actor.reach("case.close").is_wide):
        with history.moves_named(row, actor=actor, at=clock.now()):
            raise handing.NotRegistrarError
    asked = AskPayload(
        kind=rules.CANCEL, until=clock.now().isoformat(), reason="", user_id=actor.user_id
    )
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.ASK_CANCEL,
        said=Said(words=said_of(words), payload=Payload(asked=asked)),
        expected_version=expected_version,
    )


def approve(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """Grant what was asked for; the limit moves with it.

    Raises:
        NothingAskedError, OwnRequestError, RequestLapsedError
    """
    return _plain(session, actor, case_id, Command.APPROVE, words, expected_version)


def decline(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Not grant what was asked for, or take one's own request back.

    Raises:
        NothingAskedError
    """
    return _plain(session, actor, case_id, Command.DECLINE, said_of(words), expected_version)


def resume(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """End a pause before its time; the limit moves by what was used of it.

    Raises:
        NotPausedError
    """
    return _plain(session, actor, case_id, Command.RESUME, words, expected_version)


def _plain(  # noqa: PLR0917 - the six that every act has
    session: Session,
    actor: Actor,
    case_id: int,
    command: Command,
    words: str,
    expected_version: int | None,
) -> CaseRef:
    """Carry out a command that says nothing but words."""
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=command,
        said=Said(words=words),
        expected_version=expected_version,
    )
