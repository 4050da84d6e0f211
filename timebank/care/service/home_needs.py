"""A booking that a volunteer comes for: its need, moved and taken back together with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.errors.home import HomeTimeNeededError, VisitBegunError
from timebank.care.models.home import CareHomeVisit
from timebank.care.queries import catalogue
from timebank.care.rules import slots
from timebank.care.rules.desk import BookingView
from timebank.care.rules.home import Delivery
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.needs import Channel, NeedFacts, Risk, Wishes
from timebank.volunteering.service import dropping
from timebank.volunteering.service.needs import post_need

CONSENT = "家里人替老人约的，老人同意过由这位亲属用自己的时间"
MOVED = "预约改了时间，重新发一次"


def post(session: Session, *, actor: Actor, view: BookingView) -> None:
    """Post the need of a booking that a volunteer comes for; for others nothing.

    Raises:
        HomeTimeNeededError: nobody said when to come.
        DomainError: what ``post_need`` raises.
    """
    if view.delivery != Delivery.BY_VOLUNTEER:
        return
    need_id = _posted(session, actor, view)
    session.add(
        CareHomeVisit(
            community_id=actor.community_id,
            booking_id=view.id,
            person_id=view.person_id,
            need_id=need_id,
        )
    )
    session.flush()


def _posted(session: Session, actor: Actor, view: BookingView) -> int:
    """Post what is needed at the time of a booking, and return the need's id."""
    if not view.at_time:
        raise HomeTimeNeededError(field="at_time")
    service = catalogue.service(
        session, community_id=actor.community_id, service_id=view.service_id, day=view.on_day
    )
    assert service.kind_id is not None  # a CHECK of the table
    kind = limits.kind(session, community_id=actor.community_id, kind_id=service.kind_id)
    return post_need(
        session,
        actor=actor,
        facts=NeedFacts(
            kind_id=service.kind_id,
            starts_at=slots.begins_at(view.on_day, view.at_time),
            minutes=view.quantity * service.duration_minutes,
            recipient_id=view.person_id,
            wishes=Wishes(risk=Risk.RAISED if kind.is_risky else Risk.LOW),
            channel=Channel.PHONE,
            consent=CONSENT if view.relative_id is not None else "",
            details=f"{service.name}，{view.centre_name}的预约",
        ),
    )


def _visit(session: Session, booking_id: int) -> CareHomeVisit | None:
    """Return the visit of a booking, locked."""
    return session.scalar(
        select(CareHomeVisit)
        .where(CareHomeVisit.booking_id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def refuse_begun(session: Session, *, booking_id: int) -> None:
    """Refuse to change what has begun.

    Raises:
        VisitBegunError
    """
    visit = _visit(session, booking_id)
    if visit is not None and visit.started_at is not None:
        raise VisitBegunError


def move(session: Session, *, actor: Actor, view: BookingView) -> None:
    """Ask for a volunteer at the new time; those who had a place at the old one are told."""
    visit = _visit(session, view.id)
    if visit is None or visit.need_id is None:
        return
    dropping.drop_need(session, actor=actor, need_id=visit.need_id, reason=MOVED)
    visit.need_id = _posted(session, actor, view)
    session.flush()


def take_back(session: Session, *, actor: Actor, booking_id: int, reason: str) -> None:
    """Take the need of a booking back that ends without being served."""
    visit = _visit(session, booking_id)
    if visit is not None and visit.need_id is not None:
        dropping.drop_need(session, actor=actor, need_id=visit.need_id, reason=reason)
