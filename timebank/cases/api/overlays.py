"""Pauses, extensions, their answers, and rejection, for programs."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries.details import CaseView
from timebank.cases.rules.flow import Refusal
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.schemas.cases import (
    AskExtensionIn,
    AskPauseIn,
    CaseOut,
    CloseIn,
    RejectIn,
    WordsIn,
)
from timebank.cases.service import overlays as verbs
from timebank.cases.service.history import Photo
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, writes


@api.post("/cases/<int:case_id>/reject")
@needs("case.close")
@writes(keyed=True)
@takes(RejectIn)
@gives(CaseOut)
def reject(
    session: Session,
    case_id: int,
    *,
    refusal: Refusal,
    words: str,
    expected_version: int | None = None,
) -> CaseView:
    """Not take a case on, and say where to go."""
    verbs.reject(
        session,
        actor=current_actor(),
        case_id=case_id,
        refusal=refusal,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/ask-pause")
@needs("case.work")
@writes(keyed=True)
@takes(AskPauseIn)
@gives(CaseOut)
def ask_pause(
    session: Session,
    case_id: int,
    *,
    reason: PauseReason,
    last_on: date,
    words: str,
    expected_version: int | None = None,
) -> CaseView:
    """Ask for a pause."""
    verbs.ask_pause(
        session,
        actor=current_actor(),
        case_id=case_id,
        reason=reason,
        last_on=last_on,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/ask-extension")
@needs("case.work")
@writes(keyed=True)
@takes(AskExtensionIn)
@gives(CaseOut)
def ask_extension(
    session: Session,
    case_id: int,
    *,
    last_on: date,
    words: str,
    photos: Sequence[Photo] = (),
    expected_version: int | None = None,
) -> CaseView:
    """Ask for more time."""
    verbs.ask_extension(
        session,
        actor=current_actor(),
        case_id=case_id,
        last_on=last_on,
        words=words,
        photos=photos,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/approve")
@needs("case.close")
@writes(keyed=True)
@takes(CloseIn)
@gives(CaseOut)
def approve_request(
    session: Session,
    case_id: int,
    *,
    words: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """Grant what somebody else asked for."""
    verbs.approve(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/decline")
@needs("case.work")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def decline_request(
    session: Session,
    case_id: int,
    *,
    words: str,
    expected_version: int | None = None,
) -> CaseView:
    """Not grant a request, or take one's own back."""
    verbs.decline(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/resume")
@needs("case.work")
@writes(keyed=True)
@takes(CloseIn)
@gives(CaseOut)
def resume(
    session: Session,
    case_id: int,
    *,
    words: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """End a pause before its time."""
    verbs.resume(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)
