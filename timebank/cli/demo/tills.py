"""The tills of the demo: colleagues with PINs, closed days, a device, signed papers, a conflict."""

import base64
import hashlib
import hmac
from datetime import timedelta

from sqlalchemy.orm import Session

from timebank.access.service import tablets
from timebank.care.models.slips import Redemption
from timebank.care.queries import catalogue
from timebank.care.queries import day_close as close_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.queries import tills as till_queries
from timebank.care.rules import offline as rules
from timebank.care.rules.desk import Proven, RedemptionState, Wanted
from timebank.care.rules.offline import Use
from timebank.care.service import (
    day_close,
    offline_devices,
    offline_tokens,
    offline_uses,
    paper_slips,
    redemptions,
    telling,
    tills,
    undo_requests,
)
from timebank.care.service.tills import TillFacts
from timebank.cli.demo.cast import PASSWORD, Cast
from timebank.cli.demo.counter import CareOfTheYear
from timebank.cli.demo.timeline import Timeline
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id

STAFF_PIN = "260471"
CLOSED_DAYS = 6


class TillsOfTheYear:
    """Plans what happens around the counters of the demo's last week."""

    def __init__(self, cast: Cast, timeline: Timeline, care: CareOfTheYear) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.care = cast, timeline, care

    def plan(self) -> None:
        """Set the rules, then close the days of the last week, then lose the network once."""
        until = self.timeline.until
        self.timeline.add(until - timedelta(days=CLOSED_DAYS + 1), self._open)
        for back in range(CLOSED_DAYS, 0, -1):
            self.timeline.add(until - timedelta(days=back - 1, hours=1), self._close_yesterday)
        self.timeline.add(until - timedelta(days=3, hours=2), self._turn_away)
        self.timeline.add(until - timedelta(minutes=30), self._lose_the_network)
        self.timeline.add(until - timedelta(minutes=20), self._ask_for_an_undoing)

    def _open(self, session: Session) -> None:
        """Say what the centres allow; colleagues choose their PINs."""
        for actor in (self.cast.counter, self.cast.canteen_counter, self.cast.manager):
            tablets.set_staff_pin(session, actor=actor, pin=STAFF_PIN, current_password=PASSWORD)
        for centre_id in (self.cast.centre_id, self.cast.canteen_id):
            tills.set_rules(
                session,
                actor=self.cast.manager,
                centre_id=centre_id,
                person_day_minutes_max=480,
                undo_alone_minutes_max=0,
                may_sign_alone=False,
            )
        facts = TillFacts("食堂平板", 3)
        tills.add_till(
            session, actor=self.cast.manager, centre_id=self.cast.canteen_id, facts=facts
        )
        for person in self.care.holders[:6]:
            kin = community_queries.relatives(session, person.id)
            telling.choose_telling(
                session,
                actor=self.cast.manager,
                person_id=person.id,
                tells_self=True,
                relative_id=kin[0].person_id if kin else None,
            )

    def _clerk(self, centre_id: int) -> Actor:
        at_canteen = centre_id == self.cast.canteen_id
        return self.cast.canteen_counter if at_canteen else self.cast.counter

    def _close_yesterday(self, session: Session) -> None:
        """Count and sign yesterday at both centres; once a slip is missing."""
        day = clock.today() - timedelta(days=1)
        for centre_id in (self.cast.centre_id, self.cast.canteen_id):
            clerk = self._clerk(centre_id)
            till = till_queries.till_of(session, actor=clerk, centre_id=centre_id)
            known = close_queries.figures(session, till_id=till.id, day=day)
            if not known.papers:
                continue
            is_short = known.papers > 1 and day.day % 3 == 0
            counted = day_close.count_day(
                session,
                actor=clerk,
                till_id=till.id,
                on_day=day,
                found_slips=known.papers - is_short,
                found_minutes=known.all_minutes,
                difference_reason="一张小票打湿了，照流水补抄在背面" if is_short else "",
            )
            day_close.sign_day(session, actor=self.cast.manager, close_id=counted.id)

    def _turn_away(self, session: Session) -> None:
        """Somebody wants more than their share of the day, at either centre; it is noted."""
        for centre_id, person in zip(
            (self.cast.centre_id, self.cast.canteen_id), self.care.holders[9:11], strict=False
        ):
            offered = catalogue.services(
                session,
                community_id=self.cast.community_id,
                day=clock.today(),
                centre_id=centre_id,
            )
            wanted = next(
                one
                for one in offered
                if one.minutes and not one.needs_booking and one.runs_on(clock.today())
            )
            try:
                with session.begin_nested():
                    redemptions.redeem(
                        session,
                        actor=self._clerk(centre_id),
                        key=new_id(),
                        centre_id=centre_id,
                        person_id=person.id,
                        wanted=[Wanted(wanted.id, wanted.person_day_limit + 1)],
                        proven=Proven(signed_slip=f"E{person.id:05d}"),
                    )
            except DomainError as refusal:
                if refusal.aftermath is not None:
                    refusal.aftermath(session)

    def _ask_for_an_undoing(self, session: Session) -> None:
        """Nobody stands by at the centre: the newest slip waits for a colleague to agree."""
        clerk = self.cast.counter
        slips = redemption_queries.redemptions(
            session,
            actor=clerk,
            permission="care.reverse",
            centre_id=self.cast.centre_id,
            such=Redemption.state == RedemptionState.CAPTURED.value,
            limit=1,
        ).items
        if slips:
            undo_requests.ask_undo(
                session,
                actor=clerk,
                redemption_id=slips[0].id,
                reason="老人说今天没有做，记错了一天",
            )

    def _lose_the_network(self, session: Session) -> None:
        """A device served two elders without network; one paper was used twice."""
        clerk, canteen = self.cast.canteen_counter, self.cast.canteen_id
        till = till_queries.till_of(session, actor=clerk, centre_id=canteen)
        made = offline_devices.register_device(
            session,
            actor=self.cast.manager,
            till_id=till.id,
            name="食堂 1 号平板",
            minutes_max=6000,
            uses_max=100,
            expires_on=clock.today() + timedelta(days=180),
        )
        paper_slips.print_slips(session, actor=clerk, centre_id=canteen, count=8)
        offered = catalogue.services(
            session, community_id=self.cast.community_id, day=clock.today(), centre_id=canteen
        )
        texts = [
            offline_tokens.issue_token(
                session,
                actor=clerk,
                centre_id=canteen,
                person_id=person.id,
                service_id=offered[0].id,
                quantity=1,
                last_on=clock.today(),
                proven=Proven(signed_slip=f"D{person.id:05d}"),
            ).text
            for person in self.care.holders[6:9]
        ]
        uses = [self._use(made.secret, one, at) for at, one in enumerate(texts[:2] + texts[:1], 1)]
        offline_uses.take_in(session, actor=clerk, device_id=made.device.id, uses=uses)

    def _use(self, secret: str, token: str, number: int) -> Use:
        """Return a use as the device tells of it."""
        bare = Use(new_id(), token, clock.now().replace(microsecond=0), number, "")
        key = base64.b64decode(secret)
        mac = hmac.new(key, rules.told(bare), hashlib.sha256).hexdigest()
        return Use(bare.client_id, token, bare.used_at, number, mac)
