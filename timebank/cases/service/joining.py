"""One more voice of a case, by whoever may speak: residents for themselves, staff for others."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.service import intake as intake_service
from timebank.cases.service import reporters
from timebank.cases.service.history import CaseRef, Photo
from timebank.cases.service.intake import Intake
from timebank.kernel.actor import Actor


def join_as(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    micro_grid_id: int,
    words: str = "",
    photos: Sequence[Photo] = (),
    reporter_person_id: int | None = None,
    reporter_name: str | None = None,
    reporter_phone: str | None = None,
) -> CaseRef:
    """Add a voice to an open case nearby; when nobody is named, the actor's own.

    Raises:
        OutsideGridError, OnlyOwnReportError: the actor may not report from there, or for others.
        NotTheSameError, AlreadyReporterError, TooManyReportersError
    """
    is_named = reporter_person_id or reporter_name or reporter_phone
    said = Intake(
        source=Source.REPORTED,
        category=Category.OTHER,
        title="",
        description=words,
        micro_grid_id=micro_grid_id,
        reporter_person_id=reporter_person_id if is_named else actor.person_id,
        reporter_name=reporter_name,
        reporter_phone=reporter_phone,
        channel=IntakeChannel.STAFF if is_named else IntakeChannel.WEB,
    )
    intake_service.check_may_open(session, actor=actor, intake=said)
    return reporters.join_case(
        session,
        actor=actor,
        case_id=case_id,
        micro_grid_id=micro_grid_id,
        reporter=intake_service.reporter_of(said),
        channel=said.channel,
        words=words,
        photos=photos,
    )
