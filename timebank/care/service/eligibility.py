"""Whom a service is for: asked in one place by the counter, bookings, lines and vouchers."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.care.errors.eligibility import (
    BenefitsOffError,
    HardshipOnlyError,
    NoServiceDayError,
    ServiceAgeUnknownError,
    ServiceDayError,
    TooYoungForServiceError,
)
from timebank.care.rules import eligibility as rules
from timebank.care.rules.desk import ServiceView, age_on
from timebank.care.rules.eligibility import WhyNot
from timebank.care.rules.weekdays import mask_between
from timebank.care.service import neighbours
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def refuse_switched_off(wanted: ServiceView) -> None:
    """Refuse a benefit while the community gives none.

    Raises:
        BenefitsOffError
    """
    if wanted.is_switched_off:
        raise BenefitsOffError(service=wanted.name)


def refuse_other_day(wanted: ServiceView, day: date, *, field: str = "") -> None:
    """Refuse a service on a day of the week on which it is not served.

    Raises:
        ServiceDayError
    """
    if not wanted.runs_on(day):
        raise ServiceDayError(field=field, service=wanted.name, days=wanted.weekdays, day=day)


def refuse_no_day(wanted: ServiceView, *, first: date, last: date, weekdays: int) -> None:
    """Refuse a promise for later of which no day is one of the service's.

    Raises:
        NoServiceDayError
    """
    if not mask_between(first, last) & weekdays & wanted.weekdays:
        raise NoServiceDayError(field="last_on", service=wanted.name, days=wanted.weekdays)


def refuse_unfit(
    session: Session, actor: Actor, wanted: ServiceView, *, person_id: int, day: date | None = None
) -> None:
    """Refuse a service to somebody it is not for, with the reason; a look at hardship is noted.

    Raises:
        BenefitsOffError, TooYoungForServiceError, ServiceAgeUnknownError, HardshipOnlyError
    """
    refuse_switched_off(wanted)
    if wanted.age_min is not None:
        _refuse_age(session, actor, wanted, person_id=person_id, day=day or clock.today())
    if wanted.for_classes:
        _refuse_others(session, actor, wanted, person_id=person_id)


def _refuse_age(
    session: Session, actor: Actor, wanted: ServiceView, *, person_id: int, day: date
) -> None:
    """Refuse who is too young on a day, or whose birthday nobody knows."""
    person = community_queries.person(session, community_id=actor.community_id, person_id=person_id)
    reason = rules.why_not(wanted, born_on=person.born_on, day=day)
    if reason is WhyNot.AGE_UNKNOWN:
        raise ServiceAgeUnknownError(service=wanted.name, age=wanted.age_min)
    if reason is WhyNot.TOO_YOUNG:
        have = age_on(person.born_on, day)
        raise TooYoungForServiceError(service=wanted.name, age=wanted.age_min, have=have)


def _refuse_others(session: Session, actor: Actor, wanted: ServiceView, *, person_id: int) -> None:
    """Refuse who is not on record in one of the classes of hardship that it is for.

    That is sensitive: it is asked only when they want this very service, and the look is noted.
    """
    trail.record_look(
        session,
        actor=actor,
        person_id=person_id,
        fields=["hardship"],
        reason=f"核对“{wanted.name}”的条件",
    )
    if neighbours.hardship_of(session, person_id) not in rules.classes_of(wanted.for_classes):
        raise HardshipOnlyError(service=wanted.name)
