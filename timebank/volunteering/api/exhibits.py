"""Photos and papers of records, for programs."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import exhibits as reads_of
from timebank.volunteering.queries import records
from timebank.volunteering.rules.exhibits import ExhibitView, Paper
from timebank.volunteering.schemas.exhibits import ExhibitContentOut, ExhibitOut, PapersIn
from timebank.volunteering.service import exhibits as verbs
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/service-records/<int:record_id>/exhibits")
@needs("hours.read")
@reads
@gives(ExhibitOut, many=True)
def list_exhibits(session: Session, record_id: int) -> Sequence[ExhibitView]:
    """Photos and papers that were handed in about a record."""
    records.record(session, actor=current_actor(), record_id=record_id)
    return reads_of.of_record(session, record_id)


@api.post("/service-records/<int:record_id>/exhibits")
@needs("hours.appeal")
@writes(keyed=True)
@takes(PapersIn)
@gives(ExhibitOut, status=201, many=True)
def hand_in_exhibits(
    session: Session, record_id: int, *, papers: Sequence[Paper]
) -> Sequence[ExhibitView]:
    """Hand in photos or PDFs about a record that somebody still decides about."""
    verbs.hand_in(session, actor=current_actor(), record_id=record_id, papers=papers)
    return reads_of.of_record(session, record_id)


@api.get("/service-records/<int:record_id>/exhibits/<int:exhibit_id>")
@needs("hours.read")
@reads
@gives(ExhibitContentOut)
def show_exhibit(session: Session, record_id: int, exhibit_id: int) -> dict[str, Any]:
    """One photo or paper with its bytes."""
    found = reads_of.exhibit_for(
        session, actor=current_actor(), record_id=record_id, exhibit_id=exhibit_id
    )
    return {
        "name": found.name,
        "media_type": found.media_type,
        "sha256": found.sha256,
        "content_base64": b64encode(found.content).decode(),
    }
