"""The rows behind a manager's figures that are no slips: who did not come, who was refused."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.access.models import UserAccount
from timebank.care.errors.desk import ServiceNotFoundError
from timebank.care.models.desk import Booking, CareService
from timebank.care.models.refusals import CareRefusal
from timebank.care.queries import bookings, catalogue, overview_short
from timebank.care.rules import overview as rules
from timebank.care.rules.desk import BookingState, BookingView
from timebank.care.rules.overview import FullDay, RefusalView, Refused
from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page


def missed(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    service_id: int,
    days: int = rules.DAYS_DEFAULT,
    cursor: str | None = None,
) -> Page[BookingView]:
    """Return bookings of a service to which nobody came, newest first.

    Raises:
        CentreNotFoundError: the centre is not within reach.
    """
    catalogue.managed_centre(session, actor=actor, centre_id=centre_id)
    such = [
        Booking.centre_id == centre_id,
        Booking.service_id == service_id,
        Booking.state == BookingState.NO_SHOW.value,
        Booking.on_day >= _since(days),
    ]
    if cursor:
        such.append(Booking.id < paging.decode_id(cursor))
    found = bookings.such(session, *such, limit=paging.PAGE_SIZE + 1)
    return paging.page_of(found, limit=paging.PAGE_SIZE, key=lambda view: [view.id])


def refusals(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    service_id: int | None = None,
    user_id: int | None = None,
    days: int = rules.DAYS_DEFAULT,
    cursor: str | None = None,
) -> Page[RefusalView]:
    """Return who was refused, newest first: of a service, or of several at once.

    With ``user_id`` instead what a member of staff tried for themselves or their family.

    Raises:
        CentreNotFoundError: the centre is not within reach.
    """
    catalogue.managed_centre(session, actor=actor, centre_id=centre_id)
    it = CareRefusal
    wanted = (
        select(it, Person.name, CareService.name, UserAccount.person_id)
        .join(Person, Person.id == it.person_id)
        .outerjoin(CareService, CareService.id == it.service_id)
        .outerjoin(UserAccount, UserAccount.id == it.operator_user_id)
        .where(
            it.centre_id == centre_id,
            it.on_day >= _since(days),
            _of_staff(user_id) if user_id is not None else _of_service(service_id),
        )
    )
    if cursor:
        wanted = wanted.where(it.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(it.id.desc()).limit(paging.PAGE_SIZE + 1))
    views = [
        RefusalView(
            id=row.id,
            at=row.at,
            person_id=row.person_id,
            person_name=person,
            service_id=row.service_id,
            service_name=service or "",
            reason=Refused(row.reason),
            asked_by=row.operator_name,
            asked_by_user_id=row.operator_user_id,
            is_own=asked_by_id == row.person_id,
        )
        for row, person, service, asked_by_id in rows
    ]
    return paging.page_of(views, limit=paging.PAGE_SIZE, key=lambda view: [view.id])


def full_days(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    service_id: int,
    days: int = rules.DAYS_DEFAULT,
) -> list[FullDay]:
    """Return the days on which a service was full, or will be soon, newest first.

    Raises:
        CentreNotFoundError, ServiceNotFoundError: it is not within reach.
    """
    _refuse_elsewhere(session, actor, centre_id=centre_id, service_id=service_id)
    return overview_short.full_days_of(session, service_id=service_id, since=_since(days))


def in_line(
    session: Session, *, actor: Actor, centre_id: int, service_id: int
) -> list[tuple[date, int]]:
    """Return how many wait for a place of a service, by day.

    Raises:
        CentreNotFoundError, ServiceNotFoundError: it is not within reach.
    """
    _refuse_elsewhere(session, actor, centre_id=centre_id, service_id=service_id)
    return overview_short.line_of(session, service_id=service_id)


def _refuse_elsewhere(session: Session, actor: Actor, *, centre_id: int, service_id: int) -> None:
    """Refuse a service that is not of this centre, or a centre that is not within reach."""
    catalogue.managed_centre(session, actor=actor, centre_id=centre_id)
    found = select(CareService.id).where(
        CareService.id == service_id, CareService.centre_id == centre_id
    )
    if session.scalar(found) is None:
        raise ServiceNotFoundError


def _since(days: int) -> date:
    """Return the first of so many days that end today."""
    return clock.today() - timedelta(days=days - 1)


def _of_staff(user_id: int) -> ColumnElement[bool]:
    """Return the condition on what somebody tried for their own."""
    own = CareRefusal.reason == Refused.OWN_OR_KIN.value
    return own & (CareRefusal.operator_user_id == user_id)


def _of_service(service_id: int | None) -> ColumnElement[bool]:
    """Return the condition on refusals of a service; several at once stand under none."""
    such = CareRefusal.reason != Refused.OWN_OR_KIN.value
    if service_id is None:
        return such & CareRefusal.service_id.is_(None)
    return such & (CareRefusal.service_id == service_id)
