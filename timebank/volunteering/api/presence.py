"""Coming and leaving, for programs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import presence as reads_of
from timebank.volunteering.rules.presence import CorrectionView, Given, PresenceView, Side
from timebank.volunteering.schemas.presence import (
    CorrectionOut,
    DoorIn,
    PaperOut,
    PresenceOut,
    RosterFileIn,
    RosterIn,
    RosterOutcomeOut,
    SettleIn,
    StampOut,
    TickedOut,
)
from timebank.volunteering.schemas.records import CountOut
from timebank.volunteering.service import checkins, roster_files, rosters
from timebank.volunteering.service.roster_files import RosterOutcome
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _presence(session: Session, task_id: int, volunteer_id: int | None) -> PresenceView | None:
    """Return somebody's presence at a task after an act on it."""
    person_id = volunteer_id if volunteer_id is not None else current_actor().person_id
    return reads_of.my_presence(session, task_id=task_id, person_id=person_id)


@api.post("/tasks/<int:task_id>/check-in")
@needs("hours.record")
@writes(keyed=True)
@takes(DoorIn)
@gives(PresenceOut)
def check_in(
    session: Session, task_id: int, *, given: Given, volunteer_id: int | None
) -> PresenceView | None:
    """Note that somebody came: oneself with a proof, or as staff another."""
    checkins.check_in(
        session, actor=current_actor(), task_id=task_id, given=given, volunteer_id=volunteer_id
    )
    return _presence(session, task_id, volunteer_id)


@api.post("/tasks/<int:task_id>/check-out")
@needs("hours.record")
@writes(keyed=True)
@takes(DoorIn)
@gives(PresenceOut)
def check_out(
    session: Session, task_id: int, *, given: Given, volunteer_id: int | None
) -> PresenceView | None:
    """Note that somebody left; ``record_id`` names the service record it became."""
    checkins.check_out(
        session, actor=current_actor(), task_id=task_id, given=given, volunteer_id=volunteer_id
    )
    return _presence(session, task_id, volunteer_id)


@api.post("/tasks/<int:task_id>/roster")
@needs("hours.record")
@writes(keyed=True)
@takes(RosterIn)
@gives(TickedOut)
def tick_roster(
    session: Session,
    task_id: int,
    *,
    volunteer_ids: list[int],
    started_at: datetime | None,
    ended_at: datetime | None,
    late_reason: str,
) -> dict[str, int]:
    """Note in one act who was at a group activity."""
    count = rosters.tick_roster(
        session,
        actor=current_actor(),
        task_id=task_id,
        volunteer_ids=volunteer_ids,
        started_at=started_at,
        ended_at=ended_at,
        late_reason=late_reason,
    )
    return {"ticked": count}


@api.post("/tasks/<int:task_id>/roster-file")
@needs("hours.record")
@writes
@takes(RosterFileIn, where="files")
@gives(RosterOutcomeOut)
def import_roster(session: Session, task_id: int, *, file: FileStorage) -> RosterOutcome:
    """Note who came from a filled-in list: all rows, or none with the reasons."""
    return roster_files.import_roster(
        session, actor=current_actor(), task_id=task_id, content=file.read()
    )


@api.get("/tasks/<int:task_id>/stamp")
@needs("task.read")
@reads
@gives(StampOut)
def show_stamp(session: Session, task_id: int) -> dict[str, str]:
    """What the screen of a task shows now, for the one served and staff of the place."""
    return {"stamp": reads_of.stamp_for(session, actor=current_actor(), task_id=task_id)}


@api.post("/tasks/<int:task_id>/paper")
@needs("task.read")
@writes(keyed=True, keeps_answer=False)
@gives(PaperOut)
def print_paper(session: Session, task_id: int) -> dict[Side, str]:
    """The digits for the paper that is handed to the one served."""
    return checkins.print_paper(session, actor=current_actor(), task_id=task_id)


@api.get("/presences/to-review")
@needs("hours.record")
@reads
@gives(PresenceOut, many=True)
def list_to_review(session: Session) -> Sequence[PresenceView]:
    """What staff must look at within reach, oldest first."""
    return reads_of.to_review(session, actor=current_actor())


@api.get("/presences/<int:presence_id>")
@needs("hours.record")
@reads
@gives(PresenceOut)
def show_presence(session: Session, presence_id: int) -> PresenceView:
    """One presence: the sender's own, or one at a place they answer for."""
    return reads_of.presence(session, actor=current_actor(), presence_id=presence_id)


@api.get("/presences/<int:presence_id>/corrections")
@needs("hours.record")
@reads
@gives(CorrectionOut, many=True)
def list_corrections(session: Session, presence_id: int) -> Sequence[CorrectionView]:
    """Both values of every correction of a presence, newest first."""
    seen = reads_of.presence(session, actor=current_actor(), presence_id=presence_id)
    return reads_of.corrections(session, seen.id)


@api.post("/presences/<int:presence_id>/settle")
@needs("hours.record")
@writes(keyed=True)
@takes(SettleIn)
@gives(PresenceOut)
def settle_presence(
    session: Session, presence_id: int, *, started_at: datetime, ended_at: datetime, reason: str
) -> PresenceView:
    """Put a presence right that waits for review; both values are kept."""
    rosters.settle_presence(
        session,
        actor=current_actor(),
        presence_id=presence_id,
        started_at=started_at,
        ended_at=ended_at,
        reason=reason,
    )
    return reads_of.presence(session, actor=current_actor(), presence_id=presence_id)


@api.post("/tasks/<int:task_id>/approve")
@needs("hours.approve")
@writes(keyed=True)
@gives(CountOut)
def approve_roster(session: Session, task_id: int) -> dict[str, int]:
    """Approve all that a task's roster brought; post at once what needs no second approval."""
    done = rosters.approve_roster(
        session, actor=current_actor(), task_id=task_id, key=request_key()
    )
    return {"approved": done.posted, "awaiting_second": done.waiting}
