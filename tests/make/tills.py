"""Builders for the tills: a colleague with a PIN, a day that is closed, a device and its uses."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from tests.make.access import PASSWORD, make_actor
from tests.make.care import BY_PIN, Desk
from tests.make.community import make_person
from timebank.access.service import tablets
from timebank.care.queries import day_close as close_queries
from timebank.care.queries import tills as till_queries
from timebank.care.rules import offline as rules
from timebank.care.rules.desk import RedemptionView, Wanted
from timebank.care.rules.offline import TokenView, Use
from timebank.care.rules.tills import CloseView, Second
from timebank.care.service import day_close, offline_devices, offline_tokens, redemptions, tills
from timebank.care.service.offline_devices import Registered
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id

STAFF_PIN = "480215"


def make_colleague(
    session: Session, desk: Desk, *, name: str = "刘艳", role: str = "counter"
) -> Actor:
    """Return somebody else who works at the desk's centre and has a PIN."""
    place = (desk.community_id, desk.centre.id)
    return make_clerk(session, *place, name=name, role=role)


def make_clerk(
    session: Session,
    community_id: int,
    centre_id: int,
    *,
    name: str = "刘艳",
    role: str = "counter",
) -> Actor:
    """Return somebody who works at a centre and has a PIN."""
    person = make_person(session, community_id=community_id, name=name)
    actor = make_actor(
        session,
        community_id=community_id,
        roles=((role, "centre", centre_id),),
        person_id=person.id,
        name=name,
    )
    tablets.set_staff_pin(session, actor=actor, pin=STAFF_PIN, current_password=PASSWORD)
    return actor


def second(actor: Actor) -> Second:
    """Return that a colleague says yes by their PIN."""
    assert actor.user_id is not None
    return Second(actor.user_id, STAFF_PIN)


def let_one_undo(session: Session, desk: Desk, *, minutes: int = 480) -> None:
    """Let one person alone undo so much at the desk's centre."""
    tills.set_rules(
        session,
        actor=desk.admin,
        centre_id=desk.centre.id,
        person_day_minutes_max=720,
        undo_alone_minutes_max=minutes,
        may_sign_alone=False,
    )


def lunch_for(session: Session, desk: Desk, *, person_id: int | None = None) -> RedemptionView:
    """Return a lunch that was just redeemed."""
    return redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=person_id or desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=BY_PIN,
    )


def close_today(session: Session, desk: Desk, signer: Actor) -> CloseView:
    """Return the close of today at the desk's first till, without a difference."""
    till = till_queries.till_of(session, actor=desk.counter, centre_id=desk.centre.id)
    known = close_queries.figures(session, till_id=till.id, day=clock.today())
    counted = day_close.count_day(
        session,
        actor=desk.counter,
        till_id=till.id,
        on_day=clock.today(),
        found_slips=known.papers,
        found_minutes=known.all_minutes,
    )
    return day_close.sign_day(session, actor=signer, close_id=counted.id)


def make_device(
    session: Session, desk: Desk, *, minutes_max: int = 600, uses_max: int = 20
) -> Registered:
    """Return a device that may serve without network."""
    till = till_queries.till_of(session, actor=desk.counter, centre_id=desk.centre.id)
    return offline_devices.register_device(
        session,
        actor=desk.admin,
        till_id=till.id,
        name="食堂平板",
        minutes_max=minutes_max,
        uses_max=uses_max,
        expires_on=clock.today() + timedelta(days=30),
    )


def make_token(
    session: Session, desk: Desk, *, quantity: int = 1, last_on: date | None = None
) -> TokenView:
    """Return a signed paper for the desk's member."""
    return offline_tokens.issue_token(
        session,
        actor=desk.counter,
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        quantity=quantity,
        last_on=last_on or clock.today(),
        proven=BY_PIN,
    )


def used(device: Registered, token: str, *, at: datetime | None = None, number: int = 1) -> Use:
    """Return a use as the device tells of it."""
    moment = (at or clock.now()).replace(microsecond=0)
    bare = Use(new_id(), token, moment, number, "")
    key = base64.b64decode(device.secret)
    mac = hmac.new(key, rules.told(bare), hashlib.sha256).hexdigest()
    return Use(bare.client_id, token, moment, number, mac)


def kinds(views: Sequence[object]) -> list[str]:
    """Return states or conflicts of uses."""
    return [str(getattr(view, "conflict", None) or getattr(view, "state", "")) for view in views]
