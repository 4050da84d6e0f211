"""Lists for other registers, for programs."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import registers as reads_of
from timebank.volunteering.rules.registers import BatchView, Row
from timebank.volunteering.schemas.registers import RegisterBatchOut, RegisterIn, RegisterRowOut
from timebank.volunteering.service import registers as verbs
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/register-batches")
@needs("register.export")
@reads
@takes(PageIn, where="query")
@gives_page(RegisterBatchOut)
def list_batches(session: Session, *, limit: int, cursor: str | None = None) -> Page[BatchView]:
    """What was handed over, newest first."""
    return reads_of.batches(session, current_actor().community_id, cursor=cursor, limit=limit)


@api.post("/register-batches")
@needs("register.export")
@writes(keyed=True)
@takes(RegisterIn)
@gives(RegisterBatchOut, status=201)
def make_batch(
    session: Session, *, since_on: date, through_on: date, reason: str, shows_id_numbers: bool
) -> BatchView:
    """Hand over a period's records that no batch has, and what must be corrected."""
    actor = current_actor()
    batch_id = verbs.make_batch(
        session,
        actor=actor,
        key=request_key(),
        since_on=since_on,
        through_on=through_on,
        reason=reason,
        shows_id_numbers=shows_id_numbers,
    )
    return reads_of.batch(session, community_id=actor.community_id, batch_id=batch_id)


@api.get("/register-batches/<int:batch_id>/rows")
@needs("register.export")
@reads
@takes(PageIn, where="query")
@gives_page(RegisterRowOut)
def list_rows(
    session: Session, batch_id: int, *, limit: int, cursor: str | None = None
) -> Page[Row]:
    """The records of a batch, without ID numbers."""
    found = reads_of.batch(session, community_id=current_actor().community_id, batch_id=batch_id)
    return reads_of.rows(session, found.id, cursor=cursor, limit=limit)
