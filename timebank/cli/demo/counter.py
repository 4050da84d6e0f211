"""A year at the counter: cards, the catalogue, redemptions and visits still to come."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import count
from random import Random

from sqlalchemy.orm import Session

from timebank.care.errors.desk import CapacityFullError, DayLimitError
from timebank.care.rules.desk import Proven, ServiceClass, ServiceView, Wanted
from timebank.care.rules.eligibility import HardshipClass, mask_of_classes
from timebank.care.rules.weekdays import EVERY_DAY
from timebank.care.service import bookings, cards, catalogue, redemptions, undo_requests
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, sometime
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import passbook

PIN = "260471"
CARDS = 36
# Cards with a PIN came in autumn: since then three of four type it, the others sign a paper still.
PIN_DAYS, SIGNS_EVERY = 95, 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A service of the demo's catalogue."""

    name: str
    service_class: ServiceClass
    minutes: int
    duration_minutes: int
    is_canteen: bool = False
    capacity: int | None = None
    needs_booking: bool = False
    money_note_fen: int | None = None
    unit: str = "次"
    description: str = ""
    weight: int = 1
    weekdays: int = EVERY_DAY


ESCORT = "陪同就医"
OFFERS = (
    Offer("午餐", ServiceClass.MEAL, 60, 30, True, 120, money_note_fen=1200, unit="份",
          description="两荤两素一汤，11:00 到 12:30", weight=22),
    Offer("晚餐", ServiceClass.MEAL, 60, 30, True, 80, money_note_fen=1000, unit="份",
          description="一荤两素一粥，17:00 到 18:00", weight=8),
    Offer("理发", ServiceClass.GROOMING, 90, 30, capacity=8, description="上午", weight=7, weekdays=0b001_0010),
    Offer("助浴", ServiceClass.BATH, 120, 60, capacity=4, needs_booking=True,
          description="有人陪护，先量血压", weight=3),
    Offer("量血压、测血糖", ServiceClass.MEDICAL, 30, 10, description="家庭医生团队坐诊时", weight=9),
    Offer("修脚", ServiceClass.GROOMING, 60, 30, capacity=6, weight=3, weekdays=0b000_0100),
    Offer("居家保洁", ServiceClass.CLEANING, 180, 120, capacity=3, needs_booking=True,
          description="擦窗、拖地、清厨房", weight=2),
    Offer(ESCORT, ServiceClass.ESCORT, 240, 180, capacity=2, needs_booking=True,
          description="挂号、取药、送回家", weight=1),
    Offer("手机课堂", ServiceClass.CULTURE, 45, 60, capacity=15, description="挂号、视频、防骗", weight=3),
    Offer("法律咨询", ServiceClass.LEGAL_AID, 45, 30, capacity=6, description="律师坐班，下午", weight=1, weekdays=0b000_1000),
)  # fmt: skip


class CareOfTheYear:
    """Plans cards, redemptions and bookings of those who have minutes to spend."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random
        self.services: list[tuple[Offer, ServiceView]] = []
        self.holders: list[PersonView] = cast.volunteers[:CARDS]
        self._slips = count(1)

    def open(self, session: Session) -> None:
        """Set up the catalogue and hand out cards; the elder types the PIN."""
        for position, offer in enumerate(OFFERS, start=1):
            centre_id = self.cast.canteen_id if offer.is_canteen else self.cast.centre_id
            view = catalogue.add_service(
                session,
                actor=self.cast.manager,
                centre_id=centre_id,
                minutes=offer.minutes,
                money_note_fen=offer.money_note_fen,
                name=offer.name,
                service_class=offer.service_class,
                description=offer.description,
                unit=offer.unit,
                duration_minutes=offer.duration_minutes,
                day_capacity=offer.capacity,
                person_day_limit=3,
                needs_booking=offer.needs_booking,
                is_benefit=offer.is_canteen,
                position=position,
                weekdays=offer.weekdays,
            )
            self.services.append((offer, view))
        for person in self.holders:
            cards.open_card(session, actor=self.cast.counter, person_id=person.id)
            cards.set_pin(
                session,
                actor=self.cast.counter,
                person_id=person.id,
                pin=PIN,
                proven=Proven(signed_slip=self._slip()),
            )

    def _slip(self) -> str:
        return f"K{next(self._slips):05d}"

    def _yes(self) -> Proven:
        """Return how somebody at the counter says yes."""
        slip, is_autumn = self._slip(), self.timeline.until - clock.now() < timedelta(days=PIN_DAYS)
        if is_autumn and int(slip[1:]) % SIGNS_EVERY:
            return Proven(pin=PIN)
        return Proven(signed_slip=slip)

    def plan(self, *, first: date, last: date, redemptions_: int) -> None:
        """Spread redemptions over the days, and ask for some visits still to come."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        for day in self.random.choices(days, k=redemptions_):
            at = sometime(self.random, day, 9, 18)
            self.timeline.add(at, self._redeem)
        for ahead in range(1, 15):
            asked_at = self.timeline.until - timedelta(hours=self.random.randint(2, 60))
            day = clock.day_of(self.timeline.until) + timedelta(days=ahead)
            for _ in range(self.random.choice((1, 2, 3))):
                self.timeline.add(asked_at, partial(self._book, day=day))
        self.timeline.add(self.timeline.until - timedelta(minutes=5), self._keep_for_some)

    def _keep_for_some(self, session: Session) -> None:
        """From now on the manager keeps the way to the doctor for those who cannot go alone."""
        escort = next(view for offer, view in self.services if offer.name == ESCORT)
        catalogue.change_service(
            session,
            actor=self.cast.manager,
            service_id=escort.id,
            for_classes=mask_of_classes(
                [HardshipClass.FRAIL, HardshipClass.DISABLED, HardshipClass.LIVES_ALONE]
            ),
        )

    def _available(self, session: Session, person: PersonView) -> int:
        return passbook.balance(
            session, community_id=self.cast.community_id, person_id=person.id
        ).available

    def _clerk(self, offer: Offer) -> Actor:
        return self.cast.canteen_counter if offer.is_canteen else self.cast.counter

    def _choose(
        self, session: Session, *, is_booked: bool, day: date | None = None
    ) -> tuple[PersonView, Offer, ServiceView] | None:
        """Choose somebody who can pay for something on offer."""
        person = self.random.choice(self.holders)
        available = self._available(session, person)
        able = [
            (offer, view)
            for offer, view in self.services
            if offer.needs_booking == is_booked
            and offer.minutes <= available
            and view.runs_on(day or clock.today())
        ]
        if not able:
            return None
        offer, view = self.random.choices(able, [one.weight for one, _ in able])[0]
        return person, offer, view

    def _redeem(self, session: Session) -> None:
        """Somebody comes to the counter; one in sixty was keyed in wrongly and is undone."""
        chosen = self._choose(session, is_booked=False)
        if chosen is None:
            return
        person, offer, view = chosen
        is_two = offer.is_canteen and self._available(session, person) >= 2 * offer.minutes
        quantity = 2 if is_two and self.random.random() < 0.25 else 1
        try:
            with session.begin_nested():
                done = redemptions.redeem(
                    session,
                    actor=self._clerk(offer),
                    key=new_id(),
                    centre_id=view.centre_id,
                    person_id=person.id,
                    wanted=[Wanted(view.id, quantity)],
                    proven=self._yes(),
                )
        except (CapacityFullError, DayLimitError):
            return
        if self.random.random() < 1 / 60:
            asked = undo_requests.ask_undo(
                session,
                actor=self._clerk(offer),
                redemption_id=done.id,
                reason="点错了人，老人当场说的",
            )
            undo_requests.agree_undo(
                session, actor=self.cast.manager, redemption_id=done.id, request_id=asked.id
            )

    def _book(self, session: Session, day: date) -> None:
        """Somebody asks for a visit on a later day; the minutes are set aside."""
        chosen = self._choose(session, is_booked=True, day=day)
        if chosen is None:
            return
        person, _, view = chosen
        try:
            with session.begin_nested():
                bookings.book(
                    session,
                    actor=self.cast.counter,
                    key=new_id(),
                    person_id=person.id,
                    service_id=view.id,
                    on_day=day,
                    at_time=self.random.choice(("09:00", "10:00", "14:00", "15:30")),
                )
        except (CapacityFullError, DayLimitError):
            return
