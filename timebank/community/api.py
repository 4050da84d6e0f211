"""The community for programs."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from timebank.community import queries
from timebank.community.queries import MicroGridView, PersonView
from timebank.community.rules import (
    GridView,
    ImportKind,
    KinshipKind,
    OrganisationKind,
    OrganisationView,
    OwnDetails,
    RoleHolderView,
    Sex,
)
from timebank.community.schemas import (
    ConfirmIn,
    DetailsOut,
    GridOut,
    ImportFileIn,
    ImportIn,
    ImportOut,
    KinIn,
    LookIn,
    MicroGridOut,
    OrganisationOut,
    OrganisationsIn,
    OwnProfileOut,
    PersonIn,
    PersonOut,
    ProfileOut,
    RoleHolderOut,
    SearchIn,
)
from timebank.community.service import people as service
from timebank.community.service.imports import batches
from timebank.community.service.imports.batches import Preview
from timebank.web.api import gives, room_api, takes
from timebank.web.doors import current_actor, needs, reads, writes

api = room_api("community")


@api.get("/grids")
@needs("community.read")
@reads
@gives(GridOut, many=True)
def grids(session: Session) -> Sequence[GridView]:
    """The grids, in order."""
    return queries.grids(session, current_actor().community_id)


@api.get("/micro-grids")
@needs("community.read")
@reads
@gives(MicroGridOut, many=True)
def micro_grids(session: Session) -> Sequence[MicroGridView]:
    """The micro-grids, in the order of the doors."""
    return queries.micro_grids(session, current_actor().community_id)


@api.get("/organisations")
@needs("community.read")
@reads
@takes(OrganisationsIn, where="query")
@gives(OrganisationOut, many=True)
def organisations(
    session: Session, *, kind: OrganisationKind | None = None
) -> Sequence[OrganisationView]:
    """The organisations at work in the community."""
    return queries.organisations(session, current_actor().community_id, kind)


@api.get("/role-holders")
@needs("community.read")
@reads
@gives(RoleHolderOut, many=True)
def role_holders(session: Session) -> Sequence[RoleHolderView]:
    """Who holds the six roles, in the order of the doors."""
    return queries.holders(session, current_actor().community_id)


@api.get("/people")
@needs("person.search")
@reads
@takes(SearchIn, where="query")
@gives(PersonOut, many=True)
def people(session: Session, *, q: str) -> Sequence[PersonView]:
    """At most 20 people within reach by name, initials, card number, phone or its last digits."""
    actor = current_actor()
    return queries.search_persons(
        session, community_id=actor.community_id, text=q, reach=actor.reach("person.search")
    )


@api.post("/people")
@needs("person.register")
@writes(keyed=True)
@takes(PersonIn)
@gives(PersonOut, status=201)
def register_person(
    session: Session,
    *,
    name: str,
    sex: Sex | None = None,
    born_on: date | None = None,
    micro_grid_id: int | None = None,
    room_no: str = "",
    phone: str | None = None,
    id_number: str | None = None,
) -> PersonView:
    """Register one person with a card of their own."""
    return service.register_person(
        session,
        actor=current_actor(),
        name=name,
        sex=sex,
        born_on=born_on,
        micro_grid_id=micro_grid_id,
        room_no=room_no,
        phone=phone,
        id_number=id_number,
    )


@api.get("/people/<int:person_id>")
@needs("person.search")
@reads
@gives(ProfileOut)
def person(session: Session, person_id: int) -> service.Profile:
    """One person within reach, masked."""
    return service.profile(session, actor=current_actor(), person_id=person_id)


@api.post("/people/<int:person_id>/look")
@needs("person.unmask")
@writes
@takes(LookIn)
@gives(DetailsOut)
def look(session: Session, person_id: int, *, reason: str) -> OwnDetails:
    """Personal fields in full for a reason; the person sees who looked and why."""
    return service.unmask(session, actor=current_actor(), person_id=person_id, reason=reason)


@api.post("/people/<int:person_id>/kin")
@needs("person.register")
@writes(keyed=True)
@takes(KinIn)
@gives(status=204)
def verify_kinship(
    session: Session,
    person_id: int,
    *,
    relative: str,
    kind: KinshipKind,
    verified_on: date | None = None,
) -> None:
    """Note that the proof of a kinship was seen."""
    service.verify_kinship(
        session,
        actor=current_actor(),
        person_id=person_id,
        relative=relative,
        kind=kind,
        verified_on=verified_on,
    )


@api.get("/me/profile")
@needs("profile.read")
@reads
@gives(OwnProfileOut)
def my_profile(session: Session) -> service.Profile | dict[str, None]:
    """One's own data in full; empty for an account without a person."""
    return service.own_profile(session, actor=current_actor()) or {}


@api.post("/imports")
@needs("community.import")
@writes
@takes(ImportIn, where="form")
@takes(ImportFileIn, where="files")
@gives(ImportOut, status=201)
def stage_import(session: Session, *, kind: ImportKind, file: FileStorage) -> Preview:
    """Dry run: read a list, keep it aside for a day, and tell what it would do."""
    return batches.stage(
        session,
        actor=current_actor(),
        kind=kind,
        content=file.read(),
        file_name=file.filename or "",
    )


@api.get("/imports/<int:batch_id>")
@needs("community.import")
@reads
@gives(ImportOut)
def import_batch(session: Session, batch_id: int) -> Preview:
    """What a staged list would do as things stand now, or what a settled one did."""
    return batches.staged_preview(
        session, community_id=current_actor().community_id, batch_id=batch_id
    )


@api.post("/imports/<int:batch_id>/confirm")
@needs("community.import")
@writes(keyed=True)
@takes(ConfirmIn)
@gives(ImportOut)
def confirm_import(session: Session, batch_id: int, *, take_lines: Sequence[int]) -> Preview:
    """Write a staged list: all of it, or nothing; what people put right stays but where told."""
    return batches.confirm(session, actor=current_actor(), batch_id=batch_id, take_lines=take_lines)


@api.post("/imports/<int:batch_id>/discard")
@needs("community.import")
@writes(keyed=True)
@gives(ImportOut)
def discard_import(session: Session, batch_id: int) -> Preview:
    """Throw a staged list away."""
    return batches.discard(session, actor=current_actor(), batch_id=batch_id)
