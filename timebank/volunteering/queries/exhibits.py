"""Photos and papers of a record, to who may see the record or the dispute about it."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.trail import queries as files
from timebank.trail.models import FileContent, StoredFile
from timebank.trail.queries import FileView
from timebank.volunteering.errors.records import RecordNotFoundError
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.exhibits import Exhibit
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import disputes, records
from timebank.volunteering.rules.disputes import REPAIRABLE
from timebank.volunteering.rules.exhibits import EXHIBITS_MAX, ExhibitView, takes_papers
from timebank.volunteering.rules.records import RecordState


def of_record(session: Session, record_id: int) -> Sequence[ExhibitView]:
    """Return what was handed in about a record that the caller may see, in its order."""
    rows = session.execute(
        select(Exhibit, StoredFile.name, StoredFile.media_type, FileContent.size_bytes)
        .join(StoredFile, StoredFile.id == Exhibit.file_id)
        .join(FileContent, FileContent.id == StoredFile.content_id)
        .where(Exhibit.record_id == record_id)
        .order_by(Exhibit.number)
        .limit(EXHIBITS_MAX)
    )
    return [
        ExhibitView(
            id=row.id,
            number=row.number,
            record_id=row.record_id,
            dispute_id=row.dispute_id,
            at=row.at,
            actor_name=row.actor_name,
            name=name,
            media_type=media_type,
            size_bytes=size_bytes,
        )
        for row, name, media_type, size_bytes in rows
    ]


def count_of(session: Session, record_id: int) -> int:
    """Return how many papers a record has."""
    counted = select(func.count()).select_from(Exhibit).where(Exhibit.record_id == record_id)
    return session.scalar(counted) or 0


def dispute_under_way(session: Session, record_id: int) -> int | None:
    """Return the dispute about a record that is not at its end; None when there is none."""
    return session.scalar(
        select(Dispute.id).where(Dispute.record_id == record_id, Dispute.state.in_(REPAIRABLE))
    )


def may_hand_in(session: Session, *, actor: Actor, record_id: int, state: RecordState) -> bool:
    """Whether to offer somebody who sees a record to hand in papers; the verb still decides."""
    if not actor.may("hours.appeal"):
        return False
    is_disputed = dispute_under_way(session, record_id) is not None
    return takes_papers(state, is_disputed=is_disputed)


def exhibit_for(session: Session, *, actor: Actor, record_id: int, exhibit_id: int) -> FileView:
    """Return a paper with its bytes to who may see its record or a dispute about it.

    Raises:
        RecordNotFoundError: there is none, or it lies outside.
    """
    sees_record = records.within(actor, "hours.read", with_merged=True)
    sees_dispute = (
        select(Dispute.id)
        .where(Dispute.record_id == ServiceRecord.id, disputes.within(actor, "hours.appeal"))
        .correlate(ServiceRecord)
        .exists()
    )
    file_id = session.scalar(
        select(Exhibit.file_id)
        .join(ServiceRecord, ServiceRecord.id == Exhibit.record_id)
        .where(
            Exhibit.id == exhibit_id,
            Exhibit.record_id == record_id,
            sees_record | sees_dispute,
        )
    )
    if file_id is None:
        raise RecordNotFoundError
    return files.file(session, file_id)
