"""A report as it is taken: as a case of its own, or as one more voice of a case that is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.queries import alike
from timebank.cases.service import intake as intake_service
from timebank.cases.service import reporters
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report: a new case, or one that was there and has a reporter more."""

    case_id: int
    number: str
    is_joined: bool


def take_report(
    session: Session,
    *,
    actor: Actor,
    intake: Intake,
    photos: Sequence[Photo] = (),
    occurred_at: datetime | None = None,
    is_new: bool = False,
    same_as: int | None = None,
) -> Taken:
    """Take what somebody reports: as a new case, or as one more voice of the case they name.

    Raises:
        MayBeKnownError: open cases are so like it that somebody should look, and nobody has.
        The errors of ``register_case`` and ``reporters.join_case``.
    """
    intake_service.check_may_open(session, actor=actor, intake=intake)
    if same_as is not None:
        joined = reporters.join_case(
            session,
            actor=actor,
            case_id=same_as,
            micro_grid_id=intake.micro_grid_id,
            reporter=intake_service.reporter_of(intake),
            channel=intake.channel,
            words=intake.description,
            photos=photos,
        )
        return Taken(joined.id, joined.number, is_joined=True)
    if not is_new:
        check_unknown(session, community_id=actor.community_id, intake=intake)
    made = intake_service.enter_case(
        session, actor=actor, intake=intake, photos=photos, occurred_at=occurred_at
    )
    return Taken(made.id, made.number, is_joined=False)


def check_unknown(session: Session, *, community_id: int, intake: Intake) -> None:
    """Ask before a case is entered that may be there already.

    Raises:
        MayBeKnownError: open cases are like it.
    """
    known = alike.alike(
        session,
        community_id=community_id,
        micro_grid_id=intake.micro_grid_id,
        category=intake.category,
        text=f"{intake.title} {intake.description}",
        point=intake.point,
    )
    if known:
        raise errors.MayBeKnownError(case_ids=[one.case_id for one in known])
