"""Vouchers of the demo: lunches set aside for later, one in a relative's hand, some uses."""

from datetime import timedelta

from sqlalchemy.orm import Session

from timebank.care.rules.desk import Proven, ServiceView
from timebank.care.service import voucher_uses, vouchers
from timebank.care.service.vouchers import Terms
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.counter import PIN, CareOfTheYear
from timebank.cli.demo.timeline import Timeline
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import passbook

VOUCHER_PIN = "508213"
WANTED = 6
WEEKDAYS = 0b001_1111


class VouchersOfTheWeeks:
    """Plans some vouchers of the last weeks, and that a few of their uses are taken."""

    def __init__(self, cast: Cast, timeline: Timeline, care: CareOfTheYear) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.care = cast, timeline, care
        self.codes: list[str] = []

    def plan(self) -> None:
        """Make them three weeks ago, use some since."""
        self.timeline.add(self.timeline.until - timedelta(days=20), self._make)
        for back in (12, 5, 2):
            self.timeline.add(self.timeline.until - timedelta(days=back, minutes=40), self._use)

    def _service(self, name: str) -> ServiceView:
        return next(view for offer, view in self.care.services if offer.name == name)

    def _make(self, session: Session) -> None:
        """Those with most minutes put some lunches aside."""
        lunch = self._service("午餐")
        for person in self.care.holders:
            available = passbook.balance(
                session, community_id=self.cast.community_id, person_id=person.id
            ).available
            if len(self.codes) == WANTED:
                return
            if available < 5 * (lunch.minutes or 0):
                continue
            uses = 2 + len(self.codes) % 3
            terms = Terms(lunch.id, uses, clock.today() + timedelta(days=60), WEEKDAYS)
            try:
                with session.begin_nested():
                    made = vouchers.issue(
                        session,
                        actor=self.cast.canteen_counter,
                        key=new_id(),
                        person_id=person.id,
                        terms=terms,
                        pin=VOUCHER_PIN,
                        proven=Proven(pin=PIN),
                    )
            except DomainError:
                continue
            self.codes.append(made.code)

    def _use(self, session: Session) -> None:
        """One after the other comes with a voucher; on some days none holds."""
        for code in self.codes[:3]:
            try:
                with session.begin_nested():
                    voucher_uses.use(
                        session,
                        actor=self.cast.canteen_counter,
                        key=new_id(),
                        centre_id=self.cast.canteen_id,
                        code=code,
                        pin=VOUCHER_PIN,
                    )
            except DomainError:
                continue
