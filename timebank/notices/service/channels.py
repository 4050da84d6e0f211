"""Which ways of sending are set up, and each person's choice among them."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices import errors
from timebank.notices.models.deliveries import Contact, Delivery
from timebank.notices.models.messages import Message
from timebank.notices.rules.channels import CONSENT_VERSION, OPEN_STATES, Channel, Channels
from timebank.notices.service.codes import ask_for_code, forget_code
from timebank.trail import service as trail


@dataclass(slots=True)
class _Ways:
    """What the settings say; told once at start."""

    channels: Channels


_ways = _Ways(Channels())


def use(channels: Channels) -> None:
    """Take the ways of sending into use."""
    _ways.channels = channels


def ways() -> Channels:
    """Return the ways of sending that are set up."""
    return _ways.channels


def told() -> dict[str, bool]:
    """Return for each channel whether it is set up, by the names of its settings."""
    known = ways()
    return {
        "TIMEBANK_SMTP_*": known.mail is not None,
        "TIMEBANK_SMS_*": known.sms is not None,
        "TIMEBANK_WEBHOOK_*": known.hook is not None,
        "TIMEBANK_BASE_URL": bool(known.base_url),
    }


def choose_channel(
    session: Session, *, actor: Actor, channel: Channel, is_on: bool, address: str = ""
) -> None:
    """Take a channel into use for oneself, or out of it; with that the address is forgotten.

    Taking it into use is consent to the version of the words that stand beside the choice.

    Raises:
        NobodyToTellError: the account belongs to no person.
        ChannelClosedError: the community has not set it up.
        AddressMissingError, PhoneMissingError: there is nothing to send to.
    """
    if actor.person_id is None:
        raise errors.NobodyToTellError
    if is_on:
        _check_reachable(session, actor, channel, address)
    row = session.scalar(
        select(Contact)
        .where(Contact.person_id == actor.person_id, Contact.channel == channel)
        .with_for_update()
    )
    if row is None:
        if not is_on:
            return
        row = Contact(community_id=actor.community_id, person_id=actor.person_id, channel=channel)
        session.add(row)
    row.is_on = is_on
    row.address = address.strip() if is_on and channel is Channel.MAIL else None
    row.ended_at = None if is_on else clock.now()
    if is_on:
        row.consent_version, row.consented_at = CONSENT_VERSION, clock.now()
    if is_on and channel is Channel.MAIL:
        ask_for_code(session, row=row)
    if not is_on:
        row.is_weekly = False
        forget_code(row)
        _drop_waiting(session, actor.person_id, channel)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="notices.channel_on" if is_on else "notices.channel_off",
        subject_type="person",
        subject_id=actor.person_id,
        facts={"channel": channel.value, "consent_version": row.consent_version},
    )


def choose_rhythm(session: Session, *, actor: Actor, is_weekly: bool) -> None:
    """Let one letter a week tell of all messages, or a letter of each again.

    Raises:
        NobodyToTellError: the account belongs to no person.
        AddressMissingError: no confirmed address is in use.
    """
    if actor.person_id is None:
        raise errors.NobodyToTellError
    row = session.scalar(
        select(Contact)
        .where(
            Contact.person_id == actor.person_id,
            Contact.channel == Channel.MAIL,
            Contact.is_on,
            Contact.confirmed_at.is_not(None),
        )
        .with_for_update()
    )
    if row is None:
        raise errors.AddressMissingError
    row.is_weekly = is_weekly
    if is_weekly:
        _drop_waiting(session, actor.person_id, Channel.MAIL)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="notices.weekly_on" if is_weekly else "notices.weekly_off",
        subject_type="person",
        subject_id=actor.person_id,
    )


def _check_reachable(session: Session, actor: Actor, channel: Channel, address: str) -> None:
    """Refuse a channel by which nobody could be reached."""
    if channel not in ways().open:
        raise errors.ChannelClosedError(field="channel")
    if channel is Channel.MAIL and not address.strip():
        raise errors.AddressMissingError(field="address")
    if channel is Channel.SMS:
        known = community_queries.own_details(
            session, community_id=actor.community_id, person_id=actor.person_id or 0
        )
        if not known.phone:
            raise errors.PhoneMissingError(field="channel")


def _drop_waiting(session: Session, person_id: int, channel: Channel) -> None:
    """Let go of what still waits to be sent to somebody who does not want it any more."""
    theirs = select(Message.id).where(Message.person_id == person_id)
    session.execute(
        delete(Delivery)
        .where(
            Delivery.message_id.in_(theirs),
            Delivery.channel == channel,
            Delivery.state.in_(OPEN_STATES),
        )
        .execution_options(synchronize_session=False)
    )
