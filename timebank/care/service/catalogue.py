"""What a centre offers: centres, services, and prices that only ever get a newer version."""

from datetime import date
from typing import TypedDict, Unpack

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    CentreNotFoundError,
    NameTakenError,
    PriceDayError,
    ServiceNotFoundError,
)
from timebank.care.errors.eligibility import (
    HelpIsNoBenefitError,
    HomeIsBookedError,
    KindNeededError,
    MoneyForVolunteersError,
)
from timebank.care.models.desk import CareCentre, CareDay, CarePrice, CareService
from timebank.care.queries import catalogue
from timebank.care.rules.desk import CentreKind, CentreView, ServiceClass, ServiceView
from timebank.care.rules.home import Delivery
from timebank.care.service import tills
from timebank.community import queries as community_queries
from timebank.community.rules import OrganisationKind
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import ForbiddenError
from timebank.trail import service as trail
from timebank.volunteering.queries import limits


class ServiceFacts(TypedDict, total=False):
    """What can be said about a service; prices stand apart."""

    name: str
    service_class: ServiceClass
    description: str
    place_text: str
    unit: str
    duration_minutes: int
    day_capacity: int | None
    person_day_limit: int
    needs_booking: bool
    is_benefit: bool
    age_min: int | None
    for_classes: int
    delivery: Delivery
    kind_id: int | None
    is_active: bool
    position: int
    weekdays: int


def add_centre(
    session: Session,
    *,
    actor: Actor,
    name: str,
    kind: CentreKind,
    address: str,
    phone: str = "",
    open_text: str = "",
    organisation_id: int | None = None,
) -> CentreView:
    """Open a place where minutes are redeemed.

    Raises:
        ForbiddenError: the actor answers for single centres alone.
        NameTakenError: the community has one of this name.
        CentreNotFoundError: the organisation is not of this community.
    """
    if not actor.reach("care.manage").is_wide:
        raise ForbiddenError
    taken = select(CareCentre.id).where(
        CareCentre.community_id == actor.community_id, CareCentre.name == name
    )
    if session.scalar(taken) is not None:
        raise NameTakenError(field="name", name=name)
    _refuse_foreign_organisation(session, actor, organisation_id)
    centre = CareCentre(
        community_id=actor.community_id,
        organisation_id=organisation_id,
        name=name,
        kind=kind.value,
        address=address,
        phone=phone,
        open_text=open_text.strip(),
        is_active=True,
    )
    session.add(centre)
    session.flush()
    tills.open_first(session, community_id=actor.community_id, centre_id=centre.id)
    trail.record(
        session,
        actor=actor,
        action="care.centre_added",
        subject_type="care_centre",
        subject_id=centre.id,
        summary=name,
    )
    return catalogue.centre(session, community_id=actor.community_id, centre_id=centre.id)


def tell_opening(session: Session, *, actor: Actor, centre_id: int, open_text: str) -> CentreView:
    """Say when a centre is open, in words that residents read.

    Raises:
        CentreNotFoundError: the centre is not within reach.
    """
    centre = session.get(CareCentre, centre_id)
    is_ours = centre is not None and centre.community_id == actor.community_id
    if centre is None or not is_ours or not actor.reach("care.manage").covers(centre_id=centre_id):
        raise CentreNotFoundError
    centre.open_text = open_text.strip()
    trail.record(
        session,
        actor=actor,
        action="care.opening_told",
        subject_type="care_centre",
        subject_id=centre.id,
        summary=centre.open_text,
    )
    session.flush()
    return catalogue.centre(session, community_id=actor.community_id, centre_id=centre.id)


def _refuse_foreign_organisation(
    session: Session, actor: Actor, organisation_id: int | None
) -> None:
    """Refuse an organisation of another community, or of a kind that runs no centre."""
    if organisation_id is None:
        return
    known = [
        organisation.id
        for kind in (OrganisationKind.CARE_CENTRE, OrganisationKind.CANTEEN)
        for organisation in community_queries.organisations(session, actor.community_id, kind)
    ]
    if organisation_id not in known:
        raise CentreNotFoundError(field="organisation_id")


def add_service(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    minutes: int,
    money_note_fen: int | None = None,
    valid_from: date | None = None,
    **facts: Unpack[ServiceFacts],
) -> ServiceView:
    """Put a service into a centre's catalogue with the first version of its price.

    Raises:
        CentreNotFoundError: the centre is not within reach.
        NameTakenError: the centre has a service of this name.
    """
    if not actor.reach("care.manage").covers(centre_id=centre_id):
        raise CentreNotFoundError
    catalogue.centre(session, community_id=actor.community_id, centre_id=centre_id)
    _refuse_taken_name(session, centre_id=centre_id, name=facts["name"])
    _check(session, actor, facts, money_fen=money_note_fen)
    service = CareService(community_id=actor.community_id, centre_id=centre_id, **facts)
    session.add(service)
    session.flush()
    session.add(
        CarePrice(
            community_id=actor.community_id,
            service_id=service.id,
            version=1,
            minutes=minutes,
            money_note_fen=money_note_fen,
            valid_from=valid_from or clock.today(),
        )
    )
    session.flush()
    _note(session, actor, service, "care.service_added")
    return _view(session, actor, service.id)


def change_service(
    session: Session, *, actor: Actor, service_id: int, **facts: Unpack[ServiceFacts]
) -> ServiceView:
    """Change what is said about a service; a new capacity acts from today on.

    What is already taken of a day stays: a capacity below it closes the day, no more. New days of
    the week hold from today on; what is booked stays.

    Raises:
        ServiceNotFoundError: it is not within reach.
        NameTakenError: the centre has another service of this name.
    """
    service = _own_service(session, actor, service_id)
    if "name" in facts and facts["name"] != service.name:
        _refuse_taken_name(session, centre_id=service.centre_id, name=facts["name"])
    money = session.scalar(
        select(func.max(CarePrice.money_note_fen)).where(CarePrice.service_id == service.id)
    )
    _check(session, actor, facts, money_fen=money)
    if facts.get("weekdays", service.weekdays) != service.weekdays:
        service.weekdays_from = clock.today()
    for name, value in facts.items():
        setattr(service, name, value)
    session.flush()
    if "day_capacity" in facts:
        _apply_capacity(session, service_id=service.id, capacity=facts["day_capacity"])
    _note(session, actor, service, "care.service_changed")
    return _view(session, actor, service.id)


def _apply_capacity(session: Session, *, service_id: int, capacity: int | None) -> None:
    """Give today's and later days the new capacity, never below what is taken."""
    kept = (
        None
        if capacity is None
        else case((CareDay.taken > capacity, CareDay.taken), else_=capacity)
    )
    session.execute(
        update(CareDay)
        .where(CareDay.service_id == service_id, CareDay.on_day >= clock.today())
        .values(capacity=kept)
    )


def set_price(
    session: Session,
    *,
    actor: Actor,
    service_id: int,
    minutes: int,
    valid_from: date,
    money_note_fen: int | None = None,
) -> ServiceView:
    """Add a version of a price from a day on; earlier redemptions keep theirs.

    Raises:
        ServiceNotFoundError: it is not within reach.
        PriceDayError: the day is past, or has a price already.
    """
    service = _own_service(session, actor, service_id)
    days = session.scalars(
        select(CarePrice.valid_from).where(CarePrice.service_id == service.id)
    ).all()
    if service.delivery == Delivery.BY_VOLUNTEER and money_note_fen:
        raise MoneyForVolunteersError(field="money_note_fen")
    if valid_from < clock.today() or valid_from in days:
        raise PriceDayError(field="valid_from")
    newest = session.scalar(
        select(func.max(CarePrice.version)).where(CarePrice.service_id == service.id)
    )
    session.add(
        CarePrice(
            community_id=actor.community_id,
            service_id=service.id,
            version=(newest or 0) + 1,
            minutes=minutes,
            money_note_fen=money_note_fen,
            valid_from=valid_from,
        )
    )
    session.flush()
    _note(session, actor, service, "care.price_set", minutes=minutes)
    return _view(session, actor, service.id)


def _check(session: Session, actor: Actor, facts: ServiceFacts, *, money_fen: int | None) -> None:
    """Refuse facts that do not go together: who comes home, and what is paid for it.

    Raises:
        HomeIsBookedError, KindNeededError, HelpIsNoBenefitError, MoneyForVolunteersError
        KindNotFoundError: the community has no such kind of service.
    """
    delivery = facts.get("delivery", Delivery.AT_CENTRE)
    if delivery is Delivery.AT_CENTRE:
        facts["kind_id"] = None
        return
    if not facts.get("needs_booking"):
        raise HomeIsBookedError(field="needs_booking")
    if delivery is Delivery.BY_PROVIDER:
        facts["kind_id"] = None
        return
    kind_id = facts.get("kind_id")
    if kind_id is None:
        raise KindNeededError(field="kind_id")
    limits.kind(session, community_id=actor.community_id, kind_id=kind_id)
    if facts.get("is_benefit"):
        raise HelpIsNoBenefitError(field="is_benefit")
    if money_fen:
        raise MoneyForVolunteersError(field="money_note_fen")


def _own_service(session: Session, actor: Actor, service_id: int) -> CareService:
    """Return a service that the actor may manage, locked against another change."""
    service = session.scalar(
        select(CareService)
        .where(CareService.id == service_id, CareService.community_id == actor.community_id)
        .with_for_update()
    )
    if service is None or not actor.reach("care.manage").covers(centre_id=service.centre_id):
        raise ServiceNotFoundError
    return service


def _refuse_taken_name(session: Session, *, centre_id: int, name: str) -> None:
    """Refuse a name that the centre's catalogue has."""
    taken = select(CareService.id).where(
        CareService.centre_id == centre_id, CareService.name == name
    )
    if session.scalar(taken) is not None:
        raise NameTakenError(field="name", name=name)


def _view(session: Session, actor: Actor, service_id: int) -> ServiceView:
    """Return the service as it stands today."""
    return catalogue.service(
        session, community_id=actor.community_id, service_id=service_id, day=clock.today()
    )


def _note(session: Session, actor: Actor, service: CareService, action: str, **facts: int) -> None:
    """Leave the trail of a change of the catalogue."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_service",
        subject_id=service.id,
        summary=service.name,
        facts=facts,
    )
