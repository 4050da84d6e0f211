"""Handing in photos and papers about a record, under review or in dispute."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import exhibits as errors
from timebank.volunteering.models.exhibits import Exhibit
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import exhibits as reads_of
from timebank.volunteering.queries import records
from timebank.volunteering.rules import exhibits as rules
from timebank.volunteering.rules.exhibits import Paper
from timebank.volunteering.rules.records import EventKind, RecordState
from timebank.volunteering.service.history import note
from timebank.volunteering.service.rights import hold_record


def hand_in(session: Session, *, actor: Actor, record_id: int, papers: Sequence[Paper]) -> None:
    """Add photos or PDFs to a record, and to the dispute about it that is under way.

    The parties may, and staff of the place.

    Raises:
        RecordNotFoundError: there is no such record within the actor's reach.
        ExhibitMissingError, TooManyAtOnceError, ExhibitsFullError: about their number.
        ExhibitsClosedError: nobody decides about the record any more.
        FileKindError, FileTooBigError: a file is not taken.
    """
    records.record(session, actor=actor, record_id=record_id, permission="hours.appeal")
    add_papers(session, actor=actor, record_id=record_id, papers=papers)


def add_papers(session: Session, *, actor: Actor, record_id: int, papers: Sequence[Paper]) -> None:
    """Keep papers of a record that the actor may speak about.

    Raises:
        DomainError: as ``hand_in`` has it.
    """
    hold_record(session, record_id)
    row = session.get_one(ServiceRecord, record_id, populate_existing=True)
    dispute_id = reads_of.dispute_under_way(session, record_id)
    if not rules.takes_papers(RecordState(row.state), is_disputed=dispute_id is not None):
        raise errors.ExhibitsClosedError(field="papers")
    has = reads_of.count_of(session, record_id)
    rules.check_papers(papers, has=has)
    for number, paper in enumerate(papers, start=has + 1):
        file_id = trail.store_file(
            session,
            actor=actor,
            content=paper.content,
            name=paper.name,
            purpose=rules.PURPOSE,
            field="papers",
        )
        session.add(
            Exhibit(
                community_id=row.community_id,
                record_id=row.id,
                dispute_id=dispute_id,
                file_id=file_id,
                number=number,
                at=clock.now(),
                user_id=actor.user_id,
                person_id=actor.person_id,
                actor_name=actor.name,
            )
        )
    note(
        session,
        actor=actor,
        row=row,
        kind=EventKind.EXHIBITED,
        facts={"papers": len(papers), "dispute_id": dispute_id},
    )
