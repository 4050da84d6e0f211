"""Bringing messages out of the house, after the commit: written down once, sent, tried again.

A worker takes one delivery at a time under a lease, sends it outside of any transaction, and marks
it. Whoever was killed between sending and marking has sent: when the lease is over it is sent again
under the same key (``Idempotency-Key``, ``Message-ID``), by which the receiver drops the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import read_only, transaction
from timebank.kernel.ids import new_id
from timebank.notices import errors
from timebank.notices.models.deliveries import Contact, Delivery
from timebank.notices.models.messages import Message
from timebank.notices.queries.deliveries import letter, reaches
from timebank.notices.rules import channels as rules
from timebank.notices.rules.channels import OPEN_STATES, Channel, DeliveryState
from timebank.notices.rules.letters import WeeklyDigest
from timebank.notices.service.channels import ways
from timebank.notices.service.confirming import send_codes
from timebank.notices.service.senders import SendingError, send
from timebank.trail import service as trail

JOB = "notices.deliver"
LETTERS_AT_ONCE = 200
_SPREAD_AT_ONCE = 500

log = structlog.get_logger("timebank.notices")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker may make until its lease ends; ``tries`` tells leases apart."""

    id: int
    tries: int


def deliver(_payload: Mapping[str, object]) -> int:
    """Do the job ``notices.deliver``: write down what is to be sent, send it, return how many."""
    send_codes()
    while transaction(spread) == _SPREAD_AT_ONCE:
        pass
    transaction(park_orphans)
    count = 0
    while count < LETTERS_AT_ONCE and (claimed := transaction(claim)) is not None:
        _make(claimed)
        count += 1
    return count


def spread(session: Session) -> int:
    """Write down by which channels new messages go out, once; return how many were looked at.

    What was read already, or is older than a day, goes nowhere: the page has it.
    """
    now = clock.now()
    rows = session.scalars(
        select(Message)
        .where(Message.is_spread.is_(False))
        .order_by(Message.id)
        .limit(_SPREAD_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    fresh = {
        row.person_id for row in rows if row.read_at is None and row.told_at > now - rules.FRESH_FOR
    }
    wanted: dict[tuple[int, bool], list[Channel]] = {}
    for person_id, channel, is_weekly in session.execute(_choices(fresh)) if fresh else ():
        if channel in ways().open:
            wanted.setdefault((person_id, is_weekly), []).append(Channel(channel))
    new = [
        {
            "community_id": row.community_id,
            "message_id": row.id,
            "channel": channel,
            "key": new_id(),
            "state": DeliveryState.WAITING,
            "tries": 0,
            "due_at": rules.next_allowed(channel, now),
            "problem": "",
        }
        for row in rows
        if row.read_at is None and row.told_at > now - rules.FRESH_FOR
        for channel in wanted.get((row.person_id, row.code == WeeklyDigest.code), ())
    ]
    if new:
        is_lite = session.get_bind().dialect.name == "sqlite"
        add = (sqlite.insert if is_lite else postgresql.insert)(Delivery)
        session.execute(add.on_conflict_do_nothing(), new)
    for row in rows:
        row.is_spread = True
    session.flush()
    return len(rows)


def _choices(person_ids: set[int]) -> Select[tuple[int, Channel, bool]]:
    """Return the select of the channels that people want; of whom is gone there is none.

    What goes by the week takes the letter of the week alone, and nothing else takes that.
    """
    return (
        select(Contact.person_id, Contact.channel, Contact.is_weekly)
        .join(Person, Person.id == Contact.person_id)
        .where(Contact.person_id.in_(person_ids), reaches(), Person.is_active)
        .order_by(Contact.id)
    )


def claim(session: Session) -> Claimed | None:
    """Take the next delivery that is due and nobody's; None when there is none."""
    now = clock.now()
    next_id = (
        select(Delivery.id)
        .where(
            Delivery.state.in_(OPEN_STATES),
            Delivery.due_at <= now,
            or_(Delivery.lease_until.is_(None), Delivery.lease_until < now),
            Delivery.tries < rules.TRIES_MAX,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = session.execute(
        update(Delivery)
        .where(Delivery.id == next_id)
        .values(tries=Delivery.tries + 1, lease_until=now + rules.LEASE, tried_at=now)
        .returning(Delivery.id, Delivery.tries)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else Claimed(row.id, row.tries)


def park_orphans(session: Session) -> None:
    """Park what took its last try with a worker that has vanished."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.state.in_(OPEN_STATES),
            Delivery.tries >= rules.TRIES_MAX,
            Delivery.lease_until < clock.now(),
        )
        .values(state=DeliveryState.PARKED, problem="worker_vanished", lease_until=None)
        .execution_options(synchronize_session=False)
    )


def _make(claimed: Claimed) -> None:
    """Send what was claimed and mark how it went."""
    ready = read_only(lambda session: letter(session, claimed.id))
    if ready is None:
        transaction(lambda session: _drop(session, claimed))
        return
    allowed_at = rules.next_allowed(ready.channel, clock.now())
    if allowed_at > clock.now():
        transaction(lambda session: _wait(session, claimed, until=allowed_at))
        return
    try:
        send(ready, ways())
    except SendingError as error:
        problem, is_final = error.problem, error.is_final
        log.warning("not_delivered", channel=ready.channel, tries=claimed.tries, problem=problem)
        transaction(
            lambda session: mark_failed(session, claimed, problem=problem, is_final=is_final)
        )
    else:
        transaction(lambda session: mark_sent(session, claimed))


def _wait(session: Session, claimed: Claimed, *, until: datetime) -> None:
    """Put a delivery off that would disturb somebody now; that was no try."""
    _settle(session, claimed, due_at=until, tries=claimed.tries - 1)


def mark_sent(session: Session, claimed: Claimed) -> None:
    """Note that a delivery was taken."""
    _settle(session, claimed, state=DeliveryState.SENT, sent_at=clock.now(), problem="")


def mark_failed(session: Session, claimed: Claimed, *, problem: str, is_final: bool) -> None:
    """Note why a delivery was not taken, and when it is tried again, if ever."""
    _settle(
        session,
        claimed,
        state=rules.state_after_failure(claimed.tries, is_final=is_final),
        problem=problem[:80],
        due_at=clock.now() + rules.wait_before_next(claimed.tries),
    )


def _settle(session: Session, claimed: Claimed, **values: object) -> None:
    """Mark a delivery, provided that this lease still holds."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.id == claimed.id,
            Delivery.tries == claimed.tries,
            Delivery.state.in_(OPEN_STATES),
        )
        .values(lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )


def _drop(session: Session, claimed: Claimed) -> None:
    """Let go of what nobody wants to be sent any more: it was read, or the consent has ended."""
    session.execute(
        delete(Delivery)
        .where(Delivery.id == claimed.id, Delivery.tries == claimed.tries)
        .execution_options(synchronize_session=False)
    )


def retry(session: Session, *, actor: Actor, delivery_id: int) -> None:
    """Try a parked delivery again from the beginning, as who answers for the community.

    Raises:
        DeliveryNotFoundError: there is none within reach.
        DeliveryNotParkedError: it is on its way, or has arrived.
    """
    row = session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.community_id == actor.community_id)
        .with_for_update()
    )
    if row is None:
        raise errors.DeliveryNotFoundError
    if row.state != DeliveryState.PARKED:
        raise errors.DeliveryNotParkedError
    row.state, row.tries, row.due_at = DeliveryState.WAITING, 0, clock.now()
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="notices.delivery_retried",
        subject_type="notice_delivery",
        subject_id=row.id,
    )
