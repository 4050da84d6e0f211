"""The people who are looked after, for programs."""

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.outreach.api.frame import api
from timebank.outreach.queries import key_people as queries
from timebank.outreach.queries.key_people import KeyFilter
from timebank.outreach.rules.key_people import Contact, KeyLine, KeyView
from timebank.outreach.schemas import key_people as shapes
from timebank.outreach.schemas.visits import CreatedOut
from timebank.outreach.service import key_people as service
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/key-people")
@needs("keygroup.read")
@reads
@takes(shapes.KeyFilterIn, where="query")
@gives_page(shapes.KeyLineOut)
def key_people(
    session: Session, *, wanted: KeyFilter, limit: int, cursor: str | None = None
) -> Page[KeyLine]:
    """Who is looked after, whom nobody has seen in time first."""
    return queries.key_people(
        session, actor=current_actor(), wanted=wanted, cursor=cursor, limit=limit
    )


@api.post("/key-people")
@needs("keygroup.work")
@writes(keyed=True)
@takes(shapes.KeyPersonIn)
@gives(CreatedOut, status=201)
def list_person(session: Session, **said: Any) -> dict[str, int]:  # noqa: ANN401 - shaped by the schema
    """Put somebody on the list."""
    return {"id": service.list_person(session, actor=current_actor(), **said)}


@api.get("/key-people/<int:key_id>")
@needs("keygroup.read")
@reads
@gives(shapes.KeyPersonOut)
def key_person(session: Session, key_id: int) -> KeyView:
    """Somebody on the list; why they are is left out."""
    return queries.key_person(session, actor=current_actor(), key_id=key_id)


@api.post("/key-people/<int:key_id>/look")
@needs("keygroup.work")
@writes(keyed=True, keeps_answer=False)
@takes(shapes.KeyLookIn)
@gives(shapes.KeyPersonOut)
def show_reason(session: Session, key_id: int, *, why: str) -> KeyView:
    """Somebody on the list with why they are; the look is noted where they see it."""
    return service.show_reason(session, actor=current_actor(), key_id=key_id, why=why)


@api.post("/key-people/<int:key_id>/contacts")
@needs("keygroup.work")
@writes(keyed=True)
@takes(shapes.KeyContactIn)
@gives(CreatedOut, status=201)
def record_contact(
    session: Session, key_id: int, *, contact: Contact, seen_on: date, note: str
) -> dict[str, int]:
    """Write down that somebody was seen, or not met."""
    made = service.record_contact(
        session, actor=current_actor(), key_id=key_id, contact=contact, seen_on=seen_on, note=note
    )
    return {"id": made}


@api.post("/key-people/<int:key_id>/care")
@needs("keygroup.work")
@writes(keyed=True)
@takes(shapes.KeyCareIn)
@gives(shapes.KeyPersonOut)
def change_care(session: Session, key_id: int, *, every_days: int, visitor_id: int) -> KeyView:
    """Let somebody be seen more or less often, or by somebody else."""
    actor = current_actor()
    service.change_care(
        session, actor=actor, key_id=key_id, every_days=every_days, visitor_id=visitor_id
    )
    return queries.key_person(session, actor=actor, key_id=key_id)


@api.post("/key-people/<int:key_id>/end")
@needs("keygroup.work")
@writes(keyed=True)
@takes(shapes.KeyEndIn)
@gives(shapes.KeyPersonOut)
def end_listing(session: Session, key_id: int, *, reason: str) -> KeyView:
    """Take somebody off the list."""
    actor = current_actor()
    service.end_listing(session, actor=actor, key_id=key_id, reason=reason)
    return queries.key_person(session, actor=actor, key_id=key_id)


@api.get("/me/looked-after")
@needs("profile.read")
@reads
@gives(shapes.OwnKeyOut)
def my_care(session: Session) -> dict[str, object]:
    """Whether one is on the list, why, and who comes."""
    mine = queries.own_listing(session, actor=current_actor())
    return {"is_listed": mine is not None} | (asdict(mine) if mine else {})
