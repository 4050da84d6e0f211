"""The right to disagree: it begins with the decision, and lapses on its day exactly once."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.desk_rules import rules_in_force
from timebank.volunteering.rules import desk
from timebank.volunteering.rules import disputes as rules
from timebank.volunteering.rules.disputes import (
    VOLUNTEERS_TURN,
    DisputeAbout,
    DisputeCommand,
    DisputeState,
)
from timebank.volunteering.rules.records import EventKind
from timebank.volunteering.service import tidings_of_hours
from timebank.volunteering.service.history import note

_BATCH = 200


def open_right(
    session: Session, *, actor: Actor, row: ServiceRecord, about: DisputeAbout, reason: str
) -> None:
    """Give the volunteer the right to appeal against what the actor has just decided."""
    terms = rules_in_force(session, row.community_id)
    dispute = Dispute(
        community_id=row.community_id,
        record_id=row.id,
        volunteer_id=row.volunteer_id,
        about=about,
        state=DisputeState.OPEN,
        due_on=desk.due_on(clock.today(), terms.appeal_days),
        opened_at=clock.now(),
        decided_by_user_id=actor.user_id,
        decided_by_id=actor.person_id,
        decided_by_name=actor.name,
        reason=reason,
    )
    session.add(dispute)
    session.flush()
    tidings_of_hours.of_right(session, actor=actor, row=row, dispute=dispute)


def lapse_rights(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.lapse_rights``: end the rights whose last day has passed.

    Whose right ends within days is told so.
    """
    tidings_of_hours.of_rights_ending(session)
    over = (Dispute.state.in_(VOLUNTEERS_TURN), Dispute.due_on < clock.today())
    last_id = 0
    while True:
        found = session.execute(
            select(Dispute.id, Dispute.record_id)
            .where(*over, Dispute.id > last_id)
            .order_by(Dispute.id)
            .limit(_BATCH)
        ).all()
        if not found:
            return
        last_id = found[-1][0]
        for dispute_id, record_id in found:
            hold_record(session, record_id)
            row = session.scalar(
                select(Dispute)
                .where(Dispute.id == dispute_id, *over)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
            if row is not None:
                _lapse(session, row)


def hold_record(session: Session, record_id: int) -> None:
    """Lock a record before its dispute, in which order everybody locks them."""
    session.execute(select(ServiceRecord.id).where(ServiceRecord.id == record_id).with_for_update())


def _lapse(session: Session, row: Dispute) -> None:
    """End one right, and say so in the record's history."""
    row.state = rules.next_state(
        DisputeState(row.state), DisputeCommand.LAPSE, due_on=row.due_on, today=clock.today()
    )
    session.flush()
    note(
        session,
        actor=program(community_id=row.community_id, name="volunteering.lapse_rights"),
        row=session.get_one(ServiceRecord, row.record_id),
        kind=EventKind.RIGHT_LAPSED,
        facts={"due_on": None if row.due_on is None else row.due_on.isoformat()},
    )
