"""What volunteers offer, as neighbours and staff see it."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.community.models import Grid, MicroGrid, Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.admission import OfferNotFoundError
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.offers import Offer
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.rules.offers import OfferState, OfferView
from timebank.volunteering.rules.places import Far


def _select(actor: Actor) -> Select[Any]:  # Any: a row of several entities
    """Select offers of the community with names, kind, and how often they were asked for."""
    asked = select(func.count()).where(Need.offer_id == Offer.id).scalar_subquery()
    return (
        select(Offer, Person.name, Grid.name, ServiceKind.name, asked)
        .join(Person, Person.id == Offer.volunteer_id)
        .join(ServiceKind, ServiceKind.id == Offer.kind_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .outerjoin(Grid, Grid.id == MicroGrid.grid_id)
        .where(Offer.community_id == actor.community_id)
    )


def _views(session: Session, wanted: Select[Any]) -> list[OfferView]:
    """Return the views of the selected offers: one read, however many there are."""
    return [
        OfferView(
            id=it.id,
            volunteer_id=it.volunteer_id,
            volunteer_name=name,
            grid_name=grid_name or "",
            kind_id=it.kind_id,
            kind_name=kind_name,
            words=it.words,
            free_times=tuple(it.free_times),
            far=Far(it.far),
            until_on=it.until_on,
            state=OfferState(it.state),
            posted_at=it.posted_at,
            asked=asked,
        )
        for it, name, grid_name, kind_name, asked in session.execute(wanted)
    ]


def offers(
    session: Session,
    *,
    actor: Actor,
    kind_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[OfferView]:
    """Return what stands and is not the actor's own, newest first."""
    wanted = _select(actor).where(
        Offer.state == OfferState.OPEN,
        Offer.until_on >= clock.today(),
        Person.is_active,
        Offer.volunteer_id != (actor.person_id or 0),
    )
    if kind_id is not None:
        wanted = wanted.where(Offer.kind_id == kind_id)
    if cursor:
        wanted = wanted.where(Offer.id < paging.decode_id(cursor))
    rows = _views(session, wanted.order_by(Offer.id.desc()).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def own_offers(session: Session, *, actor: Actor) -> list[OfferView]:
    """Return what the actor offers or offered, newest first."""
    wanted = _select(actor).where(Offer.volunteer_id == (actor.person_id or 0))
    return _views(session, wanted.order_by(Offer.id.desc()).limit(paging.PAGE_SIZE))


def offer(session: Session, *, actor: Actor, offer_id: int) -> OfferView:
    """Return one offer of the community.

    Raises:
        OfferNotFoundError: there is none.
    """
    found = _views(session, _select(actor).where(Offer.id == offer_id))
    if not found:
        raise OfferNotFoundError
    return found[0]
