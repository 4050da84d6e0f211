"""Booking ahead in the demo: slots partly full today, one who waits, rules, visits at home."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.care.rules.desk import Proven, ServiceClass, ServiceView
from timebank.care.rules.home import Delivery
from timebank.care.rules.slots import SlotView
from timebank.care.service import booking_ends, bookings, catalogue, home_visits, slots, waiting
from timebank.care.service.slots import SlotFacts
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.counter import PIN, CareOfTheYear
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import limits, passbook

THERAPY, BATH, TIDYING = "中医理疗", "上门助浴", "上门打扫"
TIMES = (("09:00", 2), ("10:00", 2), ("14:00", 2), ("15:00", 1))
BATH_TIMES = (("08:30", 1), ("10:30", 1), ("14:30", 1))
OPENED_BEFORE = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class BookedOffer:
    """A service of the demo that is booked ahead; ``times`` are its slots with their places."""

    name: str
    service_class: ServiceClass
    minutes: int
    duration_minutes: int
    delivery: Delivery
    times: tuple[tuple[str, int], ...] = ()


OFFERS = (
    BookedOffer(THERAPY, ServiceClass.MEDICAL, 60, 40, Delivery.AT_CENTRE, TIMES),
    BookedOffer(BATH, ServiceClass.BATH, 40, 30, Delivery.BY_PROVIDER, BATH_TIMES),
    BookedOffer(TIDYING, ServiceClass.CLEANING, 30, 60, Delivery.BY_VOLUNTEER),
)


class BookingsOfTheDays:
    """Plans services booked by slots, and who has booked them for today and tomorrow."""

    def __init__(self, cast: Cast, timeline: Timeline, care: CareOfTheYear) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.care = cast, timeline, care
        self.services: dict[str, ServiceView] = {}
        self.slots: dict[str, list[SlotView]] = {}
        self.today = clock.day_of(timeline.until)

    def plan(self) -> None:
        """Open them three weeks ago; book the day before; one stayed away the day before that."""
        until = self.timeline.until
        self.timeline.add(until - OPENED_BEFORE, self._open)
        self.timeline.add(moment(self.today - timedelta(days=3), 11), self._book_missed)
        self.timeline.add(moment(self.today - timedelta(days=1), 2), self._close_missed)
        self.timeline.add(moment(self.today - timedelta(days=1), 7), self._book)
        self.timeline.add(moment(self.today - timedelta(days=1), 8), self._visit)

    def _open(self, session: Session) -> None:
        """The manager puts three services up and says when they are served."""
        kinds = limits.kinds(session, self.cast.community_id)
        kind_id = next(one.id for one in kinds if not one.is_risky)
        for offer in OFFERS:
            self._add(session, offer, kind_id)

    def _add(self, session: Session, offer: BookedOffer, kind_id: int) -> None:
        """Add a service that is booked, with its slots and rules."""
        view = catalogue.add_service(
            session,
            actor=self.cast.manager,
            centre_id=self.cast.centre_id,
            minutes=offer.minutes,
            name=offer.name,
            service_class=offer.service_class,
            unit="半小时" if offer.delivery is Delivery.BY_PROVIDER else "次",
            duration_minutes=offer.duration_minutes,
            person_day_limit=4,
            needs_booking=True,
            delivery=offer.delivery,
            kind_id=kind_id if offer.delivery is Delivery.BY_VOLUNTEER else None,
            age_min=60 if offer.delivery is Delivery.BY_PROVIDER else None,
            position=20 + len(self.services),
        )
        self.services[offer.name] = view
        self.slots[offer.name] = [
            slots.add_slot(
                session,
                actor=self.cast.manager,
                service_id=view.id,
                facts=SlotFacts(at_time, 0b111_1111, capacity),
            )
            for at_time, capacity in offer.times
        ]
        if offer.times:
            slots.set_booking_rules(
                session,
                actor=self.cast.manager,
                service_id=view.id,
                valid_from=clock.today(),
                cancel_hours=4,
                late_percent=50,
                no_show_percent=50,
                offer_hours=4,
            )

    def _able(self, session: Session, minutes: int) -> list[PersonView]:
        """Return holders of cards who can pay for something."""
        return [
            one
            for one in self.care.holders
            if passbook.balance(
                session, community_id=self.cast.community_id, person_id=one.id
            ).available
            >= minutes
        ]

    def _try(
        self, session: Session, person: PersonView, name: str, slot: SlotView, day: date
    ) -> bool:
        """Book a slot by phone; whether it went."""
        try:
            with session.begin_nested():
                bookings.book(
                    session,
                    actor=self.cast.counter,
                    key=new_id(),
                    person_id=person.id,
                    service_id=self.services[name].id,
                    on_day=day,
                    slot_id=slot.id,
                )
        except DomainError:
            return False
        return True

    def _book_missed(self, session: Session) -> None:
        """Somebody books therapy and forgets it."""
        people, day = self._able(session, 60), self.today - timedelta(days=2)
        for person in people[-1:]:
            self._try(session, person, THERAPY, self.slots[THERAPY][0], day)

    def _close_missed(self, session: Session) -> None:
        """At night what was missed is charged by the rules."""
        booking_ends.close_missed(session, actor=self.cast.keeper)

    def _book(self, session: Session) -> None:
        """Today's slots fill partly, the last one wholly, and one waits for it."""
        people = self._able(session, 60)
        therapy = self.slots[THERAPY]
        wanted = [therapy[0], therapy[1], therapy[1], therapy[3], therapy[2]]
        days = [self.today] * 4 + [self.today + timedelta(days=1)]
        for person, slot, day in zip(people, wanted, days, strict=False):
            self._try(session, person, THERAPY, slot, day)
        for person in people[5:6]:
            try:
                with session.begin_nested():
                    waiting.join(
                        session,
                        actor=self.cast.counter,
                        key=new_id(),
                        person_id=person.id,
                        service_id=self.services[THERAPY].id,
                        on_day=self.today,
                        slot_id=therapy[3].id,
                    )
            except DomainError:
                continue

    def _visit(self, session: Session) -> None:
        """Baths at home: one was given yesterday, two are booked for today."""
        people, bath = self._able(session, 80), self.slots[BATH]
        for person, slot in zip(people[6:8], bath[1:], strict=False):
            self._try(session, person, BATH, slot, self.today)
        for person in people[:1]:
            try:
                with session.begin_nested():
                    self._serve(session, person)
            except DomainError:
                continue

    def _serve(self, session: Session, person: PersonView) -> None:
        """Somebody of the centre comes, and the elder says yes twice."""
        made = bookings.book(
            session,
            actor=self.cast.counter,
            key=new_id(),
            person_id=person.id,
            service_id=self.services[BATH].id,
            on_day=clock.today(),
            slot_id=self.slots[BATH][0].id,
        )
        began = clock.now()
        home_visits.begin(
            session, actor=self.cast.manager, booking_id=made.id, proven=Proven(pin=PIN)
        )
        with clock.fixed_at(began + timedelta(minutes=28)):
            home_visits.end(
                session,
                actor=self.cast.manager,
                key=new_id(),
                booking_id=made.id,
                proven=Proven(pin=PIN),
            )
