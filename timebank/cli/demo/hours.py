"""A year of volunteering: recorded, confirmed, approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.organisations import care_body
from timebank.cli.demo.timeline import Act, Timeline, moment, sometime
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import books, proofs, records, review


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of service in the demo: how it is told and how long it takes."""

    code: str
    name: str
    description: str
    minutes: tuple[int, ...]
    first_hour: int
    last_hour: int
    is_for_person: bool
    place: str
    notes: tuple[str, ...]
    weight: int
    is_risky: bool = False


KINDS = (
    Kind("canteen", "食堂帮厨", "在助老大食堂分餐、收盘", (90, 105, 120, 125), 9, 11, False,
         "助老大食堂", ("今天两荤两素，分了一百二十份", "新来的老人帮着端到座位", ""), 22),
    Kind("chat", "陪伴聊天", "上门看看独居老人，聊聊天", (40, 45, 60, 75), 9, 16, True,
         "家里", ("量了血压，正常", "老人说夜里睡得好些了", "陪着看了一会儿老照片", ""), 20),
    Kind("clinic", "陪同看病", "陪老人去医院挂号、取药", (120, 150, 190, 210), 7, 9, True,
         "区医院", ("心内科复查，药按原来的吃", "排队久，替老人去取的药", ""), 10),
    Kind("errand", "代办跑腿", "代买菜、交水电费、取快递", (30, 40, 50), 9, 17, True,
         "家里", ("买了米和鸡蛋，小票给老人了", "电费交了，短信让女儿也看到", ""), 12),
    Kind("haircut", "义务理发", "带工具上门理发", (40, 60), 9, 15, True,
         "家里", ("理完把碎发扫干净了", ""), 6),
    Kind("school", "护学值守", "上学放学时守路口", (60, 70), 7, 8, False,
         "第二小学东门", ("早上雾大，多站了十分钟", ""), 10),
    Kind("tidy", "环境整治", "清理楼道、绿地里的杂物", (90, 120, 150), 8, 14, False,
         "", ("楼道里的纸箱清走了", "捡了两袋烟头和塑料瓶", ""), 10),
    Kind("patrol", "巡查劝导", "晚上在小区里走一圈", (60, 90), 18, 20, False,
         "", ("两处路灯不亮，报给物业了", ""), 6, True),
    Kind("event", "社区活动", "在活动室带手工、科普课", (60, 90, 100), 13, 16, False,
         "社区活动室", ("孩子们做了纸灯笼", ""), 4),
)  # fmt: skip


class HoursOfTheYear:
    """Plans who serves when, and lets the record run its way through confirmation and approval."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random
        self.kind_ids: dict[str, int] = {}
        self.care_body_id: int | None = None
        self.busy: set[tuple[int, date]] = set()
        self._slips = count(1)
        self._kin: dict[tuple[int, int], bool] = {}
        self._desk: dict[tuple[int, date], list[int]] = {}

    def open(self, session: Session) -> None:
        """Set up kinds of service and the hours policy; what every community begins with stays."""
        books.open_hours(session, actor=self.cast.admin)
        self.care_body_id = care_body(session, self.cast.community_id)
        for known in limits.kinds(session, self.cast.community_id):
            self.kind_ids[known.code] = known.id
        for kind in (one for one in KINDS if one.code not in self.kind_ids):
            self.kind_ids[kind.code] = books.add_kind(
                session,
                actor=self.cast.admin,
                code=kind.code,
                name=kind.name,
                description=kind.description,
                is_risky=kind.is_risky,
            )

    def plan(self, *, first: date, last: date, services: int) -> None:
        """Spread so many services over the days, more on weekdays than at weekends."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        weights = [10 if day.weekday() < 5 else 6 for day in days]
        for day in sorted(self.random.choices(days, weights, k=services)):
            kind = self.random.choices(KINDS, [one.weight for one in KINDS])[0]
            volunteer = self._free_volunteer(day)
            if volunteer is not None:
                self._plan_one(day, kind, volunteer)

    def _free_volunteer(self, day: date) -> PersonView | None:
        """Choose someone who does nothing else that day; some serve far more often than others."""
        number = int(len(self.cast.volunteers) * self.random.random() ** 2)
        volunteer = self.cast.volunteers[number]
        if (volunteer.id, day) in self.busy:
            return None
        self.busy.add((volunteer.id, day))
        return volunteer

    def _plan_one(self, day: date, kind: Kind, volunteer: PersonView) -> None:
        """Plan the service and, some time after it, its record."""
        started_at = moment(
            day, self.random.randint(kind.first_hour, kind.last_hour), self._quarter()
        )
        minutes = self.random.choice(kind.minutes)
        ended_at = started_at + timedelta(minutes=minutes)
        recorded_at = ended_at + timedelta(minutes=self.random.choice((5, 12, 25, 60, 180)))
        recipient = self.random.choice(self.cast.elders) if kind.is_for_person else None
        facts = ServiceFacts(
            kind_id=self.kind_ids[kind.code],
            started_at=started_at,
            ended_at=ended_at,
            recipient_id=None if recipient is None else recipient.id,
            activity="" if kind.is_for_person else kind.name,
            organisation_id=self.care_body_id if kind.code == "clinic" else None,
            place=self._place(kind, recipient or volunteer),
            micro_grid_id=(recipient or volunteer).micro_grid_id,
            notes=self.random.choice(kind.notes),
        )
        self.timeline.add(recorded_at, lambda session: self._record(session, volunteer, facts))

    def _quarter(self) -> int:
        return self.random.choice((0, 0, 10, 15, 30, 30, 45))

    @staticmethod
    def _place(kind: Kind, person: PersonView) -> str:
        if kind.place == "家里":
            return person.place_label
        return kind.place or person.place_label

    def _are_near(self, session: Session, first_id: int, second_id: int | None) -> bool:
        """Whether two people are the same or kin; asked often, so remembered."""
        if second_id is None:
            return False
        pair = (min(first_id, second_id), max(first_id, second_id))
        if pair not in self._kin:
            self._kin[pair] = first_id == second_id or community_queries.are_kin(session, *pair)
        return self._kin[pair]

    def _recorder(self, volunteer: PersonView) -> Actor:
        """Return who writes it down: the volunteers who have an account, else staff of the place."""
        for member in self.cast.members:
            if member.person_id == volunteer.id:
                return member
        return self.cast.officers.get(volunteer.grid_id or 0, self.cast.admin)

    def _record(
        self, session: Session, volunteer: PersonView, facts: ServiceFacts
    ) -> Iterable[Act]:
        """Write the service down; most are confirmed and approved in the next days."""
        if self._are_near(session, volunteer.id, facts.recipient_id):
            return []
        recorder = self._recorder(volunteer)
        if recorder.person_id != volunteer.id and facts.micro_grid_id is not None:
            place = community_queries.micro_grid(session, facts.micro_grid_id)
            recorder = self.cast.officers.get(place.grid_id, self.cast.admin)
        record_id = records.record_service(
            session, actor=recorder, facts=facts, volunteer_id=volunteer.id
        )
        return [self._confirmation(record_id, recorder, volunteer, facts)]

    def _confirmation(
        self, record_id: int, recorder: Actor, volunteer: PersonView, facts: ServiceFacts
    ) -> Act:
        """Plan the signed slip's entry by staff."""
        at = clock.now() + timedelta(minutes=self.random.choice((10, 40, 90, 300, 900)))
        return self.timeline.act(
            at, lambda session: self._confirm(session, record_id, recorder, volunteer, facts)
        )

    def _confirm(
        self,
        session: Session,
        record_id: int,
        recorder: Actor,
        volunteer: PersonView,
        facts: ServiceFacts,
    ) -> Iterable[Act]:
        """Staff enter the number of the signed slip."""
        clerk = self.cast.admin if recorder.person_id == volunteer.id else recorder
        proofs.confirm_by_slip(
            session, actor=clerk, record_id=record_id, slip_number=f"S{next(self._slips):06d}"
        )
        approver = self._approver(session, clerk, recorder, volunteer, facts)
        return self._put_on_desk(record_id, approver)

    def _put_on_desk(self, record_id: int, approver: Actor) -> list[Act]:
        """Lay the record on the approver's desk; all that lie there are reviewed in one go."""
        at = self._desk_time(clock.now())
        pile = self._desk.setdefault((approver.user_id or 0, clock.day_of(at)), [])
        pile.append(record_id)
        if len(pile) > 1:
            return []
        return [self.timeline.act(at, lambda s: self._review(s, pile, approver))]

    def _approver(
        self,
        session: Session,
        clerk: Actor,
        recorder: Actor,
        volunteer: PersonView,
        facts: ServiceFacts,
    ) -> Actor:
        """Return a third person: the grid's officer, or the community's administrator."""
        place_id = facts.micro_grid_id
        grid_id = (
            None if place_id is None else community_queries.micro_grid(session, place_id).grid_id
        )
        officer = self.cast.officers.get(grid_id or 0, self.cast.admin)
        parties = (volunteer.id, facts.recipient_id, recorder.person_id)
        is_party = officer.user_id in {clerk.user_id, recorder.user_id} or any(
            officer.person_id is not None and self._are_near(session, officer.person_id, party)
            for party in parties
        )
        return self.cast.admin if is_party else officer

    def _desk_time(self, after: datetime) -> datetime:
        """Return the next time at which somebody sits at the review desk."""
        day = clock.day_of(after) + timedelta(days=self.random.choice((1, 1, 1, 2, 3)))
        return sometime(self.random, day, 9, 17)

    def _review(self, session: Session, pile: list[int], approver: Actor) -> None:
        """Approve what lies on the desk; one in forty goes back with a reason."""
        kept = []
        for record_id in pile:
            if self.random.random() >= 0.025:
                kept.append(record_id)
                continue
            reason = self.random.choice(
                ("时间和签到表对不上，请再核一下", "同一时段食堂也报了，请说明")
            )
            review.reject_service(session, actor=approver, record_id=record_id, reason=reason)
        if kept:
            review.approve_many(session, actor=approver, record_ids=kept, key=new_id())
        pile.clear()
        self._desk = {key: one for key, one in self._desk.items() if one}
