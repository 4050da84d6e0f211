"""Hours from an older system, for programs."""

from typing import Any  # JSON

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import brought as reads_of
from timebank.volunteering.rules.brought import BatchView, LineView
from timebank.volunteering.schemas.brought import (
    BroughtBatchOut,
    BroughtFileIn,
    BroughtIn,
    BroughtLineOut,
    BroughtOut,
    BroughtSourceIn,
    BroughtSourcesOut,
)
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import brought as verbs
from timebank.volunteering.service import brought_sources
from timebank.web import words
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _batch(session: Session, batch_id: int) -> BatchView:
    """Return a list as it is now."""
    return reads_of.batch(session, community_id=current_actor().community_id, batch_id=batch_id)


@api.get("/brought-lists")
@needs("brought.read")
@reads
@takes(PageIn, where="query")
@gives_page(BroughtBatchOut)
def list_brought(session: Session, *, limit: int, cursor: str | None = None) -> Page[BatchView]:
    """The lists of hours from older systems, newest first."""
    return reads_of.batches(session, current_actor().community_id, cursor=cursor, limit=limit)


@api.post("/brought-lists")
@needs("brought.propose")
@writes
@takes(BroughtIn, where="form")
@takes(BroughtFileIn, where="files")
@gives(BroughtOut)
def bring_list(
    session: Session, *, source: str, evidence: str, file: FileStorage
) -> dict[str, Any]:
    """Keep a list until another books it; with a wrong row nothing is kept, and all are named."""
    done = verbs.bring_list(
        session,
        actor=current_actor(),
        key=request_key(),
        source=source,
        evidence=evidence,
        content=file.read(),
        file_name=file.filename or "",
    )
    problems = [
        {"number": one.number, "name": one.name, "text": words.say(one.refusal)}
        for one in done.problems
    ]
    batch = None if done.batch_id is None else _batch(session, done.batch_id)
    return {"batch": batch, "problems": problems}


@api.get("/brought-sources")
@needs("brought.read")
@reads
@gives(BroughtSourcesOut)
def list_brought_sources(session: Session) -> dict[str, Any]:
    """The older systems from which lists are taken; each has one spelling."""
    return {"names": reads_of.sources(session, current_actor().community_id)}


@api.post("/brought-sources")
@needs("brought.approve")
@writes(keyed=True)
@takes(BroughtSourceIn)
@gives(BroughtSourcesOut)
def add_brought_source(session: Session, *, name: str) -> dict[str, Any]:
    """Add an older system from which lists are taken; a known one is refused."""
    brought_sources.add_source(session, actor=current_actor(), name=name)
    return {"names": reads_of.sources(session, current_actor().community_id)}


@api.get("/brought-lists/<int:batch_id>")
@needs("brought.read")
@reads
@gives(BroughtBatchOut)
def brought_list(session: Session, batch_id: int) -> BatchView:
    """One list."""
    return _batch(session, batch_id)


@api.get("/brought-lists/<int:batch_id>/rows")
@needs("brought.read")
@reads
@takes(PageIn, where="query")
@gives_page(BroughtLineOut)
def list_brought_rows(
    session: Session, batch_id: int, *, limit: int, cursor: str | None = None
) -> Page[LineView]:
    """The rows of a list in its order."""
    return reads_of.lines(session, _batch(session, batch_id).id, cursor=cursor, limit=limit)


@api.post("/brought-lists/<int:batch_id>/book")
@needs("brought.approve")
@writes(keyed=True)
@gives(BroughtBatchOut)
def book_list(session: Session, batch_id: int) -> BatchView:
    """Book a list that another brought."""
    verbs.book_list(session, actor=current_actor(), batch_id=batch_id)
    return _batch(session, batch_id)


@api.post("/brought-lists/<int:batch_id>/rows/<int:line_id>/return")
@needs("brought.approve")
@writes(keyed=True)
@takes(ReasonIn)
@gives(status=204)
def return_row(session: Session, batch_id: int, line_id: int, *, reason: str) -> None:
    """Take a booked row back that was wrong; what is already spent the member owes."""
    verbs.return_row(
        session,
        actor=current_actor(),
        key=request_key(),
        batch_id=batch_id,
        line_id=line_id,
        reason=reason,
    )


@api.post("/brought-lists/<int:batch_id>/refuse")
@needs("brought.propose")
@writes(keyed=True)
@takes(ReasonIn)
@gives(BroughtBatchOut)
def refuse_list(session: Session, batch_id: int, *, reason: str) -> BatchView:
    """Refuse a list, or take back one's own."""
    verbs.refuse_list(session, actor=current_actor(), batch_id=batch_id, reason=reason)
    return _batch(session, batch_id)
