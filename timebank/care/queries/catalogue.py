"""What is offered where, at which price, and how much of it is left."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    CentreNotFoundError,
    ServiceNotFoundError,
)
from timebank.care.models.benefits import CareBenefitSwitch
from timebank.care.models.desk import CareCentre, CareDay, CarePrice, CareService
from timebank.care.rules.desk import (
    CentreView,
    PriceView,
    ServiceView,
)
from timebank.care.rules.eligibility import SwitchView
from timebank.kernel import paging
from timebank.kernel.actor import Actor


def _centre_view(row: CareCentre) -> CentreView:
    return CentreView(row.id, row.name, row.kind, row.address, row.phone, row.open_text)


def centres(
    session: Session, community_id: int, centre_ids: Collection[int] | None = None
) -> list[CentreView]:
    """Return the open centres of a community, all or those with the ids."""
    wanted = select(CareCentre).where(CareCentre.community_id == community_id, CareCentre.is_active)
    if centre_ids is not None:
        wanted = wanted.where(CareCentre.id.in_(centre_ids))
    rows = session.scalars(wanted.order_by(CareCentre.id).limit(paging.PAGE_SIZE_MAX))
    return [_centre_view(row) for row in rows]


def centre_names(session: Session, community_id: int) -> dict[int, str]:
    """Return the names of a community's open centres by id."""
    return {view.id: view.name for view in centres(session, community_id)}


def centres_of(session: Session, actor: Actor, permission: str) -> list[CentreView]:
    """Return the centres at which the actor holds a permission."""
    reach = actor.reach(permission)
    ids = None if reach.is_wide else reach.centre_ids
    return centres(session, actor.community_id, ids)


def centre(session: Session, *, community_id: int, centre_id: int) -> CentreView:
    """Return one open centre.

    Raises:
        CentreNotFoundError: the community has none with this id.
    """
    found = centres(session, community_id, {centre_id})
    if not found:
        raise CentreNotFoundError
    return found[0]


def benefits_off(community_id: int) -> ScalarSelect[bool]:
    """Return whether a community gives no benefits now, as a part of a read."""
    return (
        select(CareBenefitSwitch.is_off)
        .where(CareBenefitSwitch.community_id == community_id)
        .order_by(CareBenefitSwitch.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def benefit_switches(session: Session, community_id: int) -> list[SwitchView]:
    """Return when benefits were turned off and on, by whom and why, newest first."""
    rows = session.scalars(
        select(CareBenefitSwitch)
        .where(CareBenefitSwitch.community_id == community_id)
        .order_by(CareBenefitSwitch.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [SwitchView(row.is_off, row.reason, row.set_by, row.set_at) for row in rows]


def managed_centre(session: Session, *, actor: Actor, centre_id: int) -> CentreView:
    """Return one open centre that the actor manages.

    Raises:
        CentreNotFoundError: there is none within reach.
    """
    if not actor.reach("care.manage").covers(centre_id=centre_id):
        raise CentreNotFoundError
    return centre(session, community_id=actor.community_id, centre_id=centre_id)


def _catalogue(community_id: int, day: date) -> Select[Any]:
    """Select services with centre, the price in force on a day and what is taken of them."""
    in_force = (
        select(func.max(CarePrice.valid_from))
        .where(CarePrice.service_id == CareService.id, CarePrice.valid_from <= day)
        .correlate(CareService)
        .scalar_subquery()
    )
    return (
        select(CareService, CareCentre.name, CarePrice, CareDay.taken, benefits_off(community_id))
        .join(CareCentre, CareCentre.id == CareService.centre_id)
        .outerjoin(
            CarePrice,
            and_(CarePrice.service_id == CareService.id, CarePrice.valid_from == in_force),
        )
        .outerjoin(CareDay, and_(CareDay.service_id == CareService.id, CareDay.on_day == day))
        .where(CareService.community_id == community_id, CareCentre.is_active)
        .order_by(CareService.centre_id, CareService.position, CareService.id)
    )


def _service_view(row: Row[Any], key: int | None = None) -> ServiceView:
    service, centre_name, price, taken, are_benefits_off = row
    capacity = service.day_capacity
    return ServiceView(
        id=service.id,
        centre_id=service.centre_id,
        centre_name=centre_name,
        name=service.name,
        service_class=service.service_class,
        description=service.description,
        place_text=service.place_text,
        unit=service.unit,
        duration_minutes=service.duration_minutes,
        day_capacity=capacity,
        person_day_limit=service.person_day_limit,
        needs_booking=service.needs_booking,
        is_benefit=service.is_benefit,
        is_active=service.is_active,
        price_id=price.id if price else None,
        minutes=price.minutes if price else None,
        money_note_fen=price.money_note_fen if price else None,
        left=None if capacity is None else max(0, capacity - (taken or 0)),
        key=key,
        age_min=service.age_min,
        for_classes=service.for_classes,
        delivery=service.delivery,
        kind_id=service.kind_id,
        is_switched_off=service.is_benefit and bool(are_benefits_off),
        weekdays=service.weekdays,
        weekdays_from=service.weekdays_from,
    )


def services(
    session: Session,
    *,
    community_id: int,
    day: date,
    centre_id: int | None = None,
    is_active: bool | None = True,
) -> list[ServiceView]:
    """Return the catalogue as it stands on a day; ``is_active`` None returns withdrawn ones too."""
    wanted = _catalogue(community_id, day)
    if centre_id is not None:
        wanted = wanted.where(CareService.centre_id == centre_id)
    if is_active is not None:
        wanted = wanted.where(CareService.is_active == is_active)
    rows = session.execute(wanted.limit(paging.PAGE_SIZE_MAX)).all()
    return [_service_view(row, key) for key, row in enumerate(rows, start=1)]


def service(session: Session, *, community_id: int, service_id: int, day: date) -> ServiceView:
    """Return one service with its price on a day.

    Raises:
        ServiceNotFoundError: the community has none with this id.
    """
    row = session.execute(
        _catalogue(community_id, day).where(CareService.id == service_id)
    ).one_or_none()
    if row is None:
        raise ServiceNotFoundError
    return _service_view(row)


def prices(session: Session, service_id: int) -> list[PriceView]:
    """Return the versions of a service's price, newest first."""
    rows = session.scalars(
        select(CarePrice)
        .where(CarePrice.service_id == service_id)
        .order_by(CarePrice.version.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [PriceView(p.version, p.minutes, p.money_note_fen, p.valid_from) for p in rows]
