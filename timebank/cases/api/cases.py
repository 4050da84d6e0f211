"""Cases for programs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.cases.queries import details, linked, lists
from timebank.cases.queries.details import CaseEventView, CaseView
from timebank.cases.queries.lists import CaseFilter, CaseLine
from timebank.cases.rules.flow import Answer, Method, Outcome
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.schemas.cases import (
    CaseEventOut,
    CaseFilterIn,
    CaseLineOut,
    CaseOut,
    CloseIn,
    FeedBackIn,
    LinkedOut,
    LookIn,
    NoteIn,
    PatrolFixIn,
    RegisterIn,
    ReporterOut,
    ResolveIn,
    VersionIn,
    WordsIn,
)
from timebank.cases.service import feedback, overlays, steps
from timebank.cases.service import intake as intake_service
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake
from timebank.cases.service.steps import ReporterShown
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, reads, writes

api = room_api("cases")


def seen(session: Session, case_id: int) -> CaseView:
    """Return the case as the caller sees it after the act."""
    return details.case(session, actor=current_actor(), case_id=case_id)


@api.get("/cases")
@needs("case.read")
@reads
@takes(CaseFilterIn, where="query")
@gives_page(CaseLineOut)
def cases(
    session: Session, *, wanted: CaseFilter, limit: int, cursor: str | None = None
) -> Page[CaseLine]:
    """Cases within reach, by deadline: what is late comes first."""
    return lists.cases(session, actor=current_actor(), wanted=wanted, cursor=cursor, limit=limit)


@api.post("/cases")
@needs("case.open")
@writes(keyed=True)
@takes(RegisterIn)
@gives(CaseOut, status=201)
def register(
    session: Session,
    *,
    intake: Intake,
    photos: Sequence[Photo] = (),
    occurred_at: datetime | None = None,
) -> CaseView:
    """Register a case; its first limit runs from now."""
    made = intake_service.register_case(
        session, actor=current_actor(), intake=intake, photos=photos, occurred_at=occurred_at
    )
    return seen(session, made.id)


@api.post("/cases/patrol-fixes")
@needs("case.work")
@writes(keyed=True)
@takes(PatrolFixIn)
@gives(CaseOut, status=201)
def fix_on_patrol(
    session: Session,
    *,
    intake: Intake,
    outcome: Outcome,
    words: str,
    photos: Sequence[Photo] = (),
    no_photo_reason: str = "",
    occurred_at: datetime | None = None,
) -> CaseView:
    """Enter what was found and fixed on patrol, in one step."""
    made = intake_service.fix_on_patrol(
        session,
        actor=current_actor(),
        intake=intake,
        outcome=outcome,
        words=words,
        photos=photos,
        no_photo_reason=no_photo_reason,
        occurred_at=occurred_at,
    )
    return seen(session, made.id)


@api.get("/cases/<int:case_id>")
@needs("case.read")
@reads
@gives(CaseOut)
def case(session: Session, case_id: int) -> CaseView:
    """One case with its four steps."""
    return seen(session, case_id)


@api.get("/cases/<int:case_id>/events")
@needs("case.read")
@reads
@takes(PageIn, where="query")
@gives_page(CaseEventOut)
def events(
    session: Session, case_id: int, *, limit: int, cursor: str | None = None
) -> Page[CaseEventView]:
    """What happened to a case, newest first; a reporter is not shown the notes."""
    return details.history(
        session, actor=current_actor(), case_id=case_id, cursor=cursor, limit=limit
    )


@api.get("/cases/<int:case_id>/links")
@needs("case.read")
@reads
@gives(LinkedOut)
def links(session: Session, case_id: int) -> linked.Linked:
    """Service, redemptions and projects linked to a case, with totals."""
    return linked.linked(session, actor=current_actor(), case_id=case_id)


@api.post("/cases/<int:case_id>/respond")
@needs("case.work")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def respond(
    session: Session, case_id: int, *, words: str, expected_version: int | None = None
) -> CaseView:
    """Say who comes and when."""
    steps.respond(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/claim")
@needs("case.work")
@writes(keyed=True)
@takes(VersionIn)
@gives(CaseOut)
def claim(session: Session, case_id: int, *, expected_version: int | None = None) -> CaseView:
    """Take a case; of several at once one wins and the others are told who."""
    steps.claim(session, actor=current_actor(), case_id=case_id, expected_version=expected_version)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/notes")
@needs("case.work")
@writes(keyed=True)
@takes(NoteIn)
@gives(CaseOut, status=201)
def add_note(
    session: Session,
    case_id: int,
    *,
    words: str = "",
    photos: Sequence[Photo] = (),
    expected_version: int | None = None,
) -> CaseView:
    """Write down progress."""
    steps.add_note(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        photos=photos,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/resolve")
@needs("case.work")
@writes(keyed=True)
@takes(ResolveIn)
@gives(CaseOut)
def resolve(
    session: Session,
    case_id: int,
    *,
    outcome: Outcome,
    words: str,
    photos: Sequence[Photo] = (),
    no_photo_reason: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """Say what came of it, with evidence."""
    steps.resolve(
        session,
        actor=current_actor(),
        case_id=case_id,
        outcome=outcome,
        words=words,
        photos=photos,
        no_photo_reason=no_photo_reason,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/feed-back")
@needs("case.work")
@writes(keyed=True)
@takes(FeedBackIn)
@gives(CaseOut)
def feed_back(
    session: Session,
    case_id: int,
    *,
    method: Method,
    answer: Answer,
    words: str,
    reporter: str | None = None,
    satisfaction: Satisfaction | None = None,
    expected_version: int | None = None,
) -> CaseView:
    """Tell one reporter; "unsolved" opens the next round, the last answer closes the case."""
    feedback.feed_back(
        session,
        actor=current_actor(),
        case_id=case_id,
        method=method,
        answer=answer,
        words=words,
        reporter=reporter,
        satisfaction=satisfaction,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/close")
@needs("case.close")
@writes(keyed=True)
@takes(CloseIn)
@gives(CaseOut)
def close(
    session: Session, case_id: int, *, words: str = "", expected_version: int | None = None
) -> CaseView:
    """Close a case that was fed back."""
    steps.close(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/reopen")
@needs("case.work")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def reopen(
    session: Session, case_id: int, *, words: str, expected_version: int | None = None
) -> CaseView:
    """Begin the next round."""
    steps.reopen(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/cancel")
@needs("case.work")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def ask_cancel(
    session: Session, case_id: int, *, words: str, expected_version: int | None = None
) -> CaseView:
    """Ask that a case entered in error is taken out; somebody else grants it."""
    overlays.ask_cancel(
        session,
        actor=current_actor(),
        case_id=case_id,
        words=words,
        expected_version=expected_version,
    )
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/reporter-looks")
@needs("person.unmask")
@writes
@takes(LookIn)
@gives(ReporterOut)
def show_reporter(session: Session, case_id: int, *, reason: str) -> ReporterShown:
    """Show the reporter's name and phone; the look is written down."""
    return steps.show_reporter(session, actor=current_actor(), case_id=case_id, reason=reason)
