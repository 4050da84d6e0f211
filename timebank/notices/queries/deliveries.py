"""Reads of deliveries: a letter as it goes out, what was not delivered, one's own choices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from timebank.access.models import UserAccount
from timebank.community.models import Community, Person
from timebank.kernel.actor import Actor
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of
from timebank.notices.models.deliveries import Contact, Delivery
from timebank.notices.models.messages import Message
from timebank.notices.queries.messages import digest_lines, view_of
from timebank.notices.rules.channels import Channel, DeliveryState
from timebank.notices.rules.letters import Letter
from timebank.web import words


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel, and whether its reader has chosen it; the address is shown to them alone."""

    channel: Channel
    is_on: bool
    is_open: bool
    address: str
    consented_at: datetime | None
    is_confirmed: bool = True
    is_weekly: bool = False


@dataclass(frozen=True, slots=True)
class UndeliveredView:
    """A message that did not get out; its words are not for who looks after deliveries."""

    id: int
    person_id: int
    person_name: str
    channel: Channel
    state: DeliveryState
    problem: str
    tries: int
    tried_at: datetime | None
    due_at: datetime


def reaches() -> ColumnElement[bool]:
    """Return the condition that a choice leads to its reader: on, and an address confirmed."""
    return and_(
        Contact.is_on, or_(Contact.channel != Channel.MAIL, Contact.confirmed_at.is_not(None))
    )


def letter(session: Session, delivery_id: int) -> Letter | None:
    """Return a letter in its reader's language; None when it is not wanted any more."""
    locale = (
        select(UserAccount.locale)
        .where(UserAccount.person_id == Person.id, UserAccount.is_active)
        .order_by(UserAccount.id)
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        select(Delivery, Message, Contact.address, Person.phone, Community.name, locale)
        .join(Message, Message.id == Delivery.message_id)
        .join(
            Contact,
            (Contact.person_id == Message.person_id) & (Contact.channel == Delivery.channel),
        )
        .join(Person, Person.id == Message.person_id)
        .join(Community, Community.id == Delivery.community_id)
        .where(
            Delivery.id == delivery_id,
            reaches(),
            Person.is_active,
            Message.read_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    delivery, message, address, phone, house, chosen = row
    to = phone if delivery.channel == Channel.SMS else address
    if to is None and delivery.channel != Channel.HOOK:
        return None
    with words.read_by(chosen):
        view = view_of(message)
        return Letter(
            key=delivery.key,
            channel=Channel(delivery.channel),
            person_id=message.person_id,
            code=view.code,
            heading=view.heading,
            text="\n".join([view.text, *digest_lines(session, message)]),
            path=message.url,
            house=house,
            locale=chosen or words.LOCALES[0],
            address=to or "",
        )


def undelivered(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[UndeliveredView]:
    """Return what did not get out of the actor's community, newest first."""
    found = (
        select(Delivery, Message.person_id, Person.name)
        .join(Message, Message.id == Delivery.message_id)
        .join(Person, Person.id == Message.person_id)
        .where(
            Delivery.community_id == actor.community_id,
            Delivery.state.in_((DeliveryState.FAILED, DeliveryState.PARKED)),
        )
    )
    if cursor:
        found = found.where(Delivery.id < decode_id(cursor))
    rows = session.execute(found.order_by(Delivery.id.desc()).limit(limit + 1))
    views = [
        UndeliveredView(
            id=row.id,
            person_id=person_id,
            person_name=name,
            channel=Channel(row.channel),
            state=DeliveryState(row.state),
            problem=row.problem,
            tries=row.tries,
            tried_at=row.tried_at,
            due_at=row.due_at,
        )
        for row, person_id, name in rows
    ]
    return page_of(views, limit=limit, key=lambda one: [one.id])


def choices(
    session: Session, *, actor: Actor, open_channels: Collection[Channel] = ()
) -> list[Choice]:
    """Return what the actor has chosen, channel by channel, and which the community has."""
    rows = session.scalars(select(Contact).where(Contact.person_id == actor.person_id)).all()
    known = {row.channel: row for row in rows if row.is_on}
    return [
        Choice(
            channel,
            channel in known,
            channel in open_channels,
            (known[channel].address or "") if channel in known else "",
            known[channel].consented_at if channel in known else None,
            channel not in known or known[channel].code_until is None,
            channel in known and known[channel].is_weekly,
        )
        for channel in Channel
    ]
