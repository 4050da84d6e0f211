"""The review desk in the demo's year: two old friends, appeals, checks of the last weeks."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cli.demo import papers
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.hours import HoursOfTheYear
from timebank.cli.demo.timeline import Act, Timeline, moment
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.spot_checks import SpotCheck
from timebank.volunteering.queries import records as records_read
from timebank.volunteering.rules.desk import DeskRules
from timebank.volunteering.rules.exhibits import Paper
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.rules.spot_checks import CheckHow, CheckResult, CheckState
from timebank.volunteering.service import (
    desk_rules,
    disputes,
    proofs,
    records,
    review,
    rights,
    risk,
    spot_checks,
)

FRIENDS_MEET = (17, 15, 12, 11, 9, 7, 4, 2)  # days ago; the one there, the other back, in turn
ARBITRATED, UNDER_WAY = 3, 1  # which members disagree
LONG = 5  # who helps for a whole morning
WRONG = (CheckResult.DIFFERS, "老人说只待了半个钟头")
WRONG_FROM, WRONG_MINUTES = 5, 31  # from which check on something can be found
RIGHT: tuple[tuple[CheckResult, str], ...] = (
    (CheckResult.AS_RECORDED, "电话里说来过，时间也对"),
    (CheckResult.AS_RECORDED, "老人记得，还夸了几句"),
    (CheckResult.AS_RECORDED, "签字单上的时间一样"),
    (CheckResult.AS_RECORDED, "女儿接的电话，说那天在家看见了"),
    (CheckResult.UNREACHABLE, "打了三次没有人接，下周再打"),
)


class DeskOfTheYear:
    """Plans what the review desk finds, beside the hours that were planned before."""

    def __init__(
        self, cast: Cast, timeline: Timeline, random: Random, hours: HoursOfTheYear
    ) -> None:
        """Plan for this cast on this timeline, around the hours planned before."""
        self.cast, self.timeline, self.random, self.hours = cast, timeline, random, hours
        self.finished, self.has_wrong = 0, False

    def plan(self, *, today: date) -> None:
        """Set the rules two months ago; the rest happens in the last weeks."""
        self.timeline.add(moment(today - timedelta(days=61), 9), self._set_rules)
        monday = today - timedelta(days=today.weekday())
        for weeks in range(5):
            self.timeline.add(moment(monday - timedelta(weeks=weeks), 8, 30), self._draw)
        self._plan_friends(today)
        self._plan_disputes(today)
        begun = moment(today - timedelta(days=3), 8)
        self.timeline.add(begun + timedelta(hours=5), partial(self._help_long, begun=begun))
        self.timeline.add(self.timeline.until - timedelta(minutes=1), self._reckon)

    def _set_rules(self, session: Session) -> None:
        """Long or doubtful records are seen by two; more is checked than at first."""
        desk_rules.set_desk_rules(
            session,
            actor=self.cast.admin,
            values=DeskRules(second_minutes=240, second_points=50, check_percent=20, check_least=3),
            note="议事会商定：四小时以上的、值得看的，两个人都核对过才入账",
        )

    def _reckon(self, session: Session) -> None:
        """Do what the jobs do every minute and every night."""
        rights.lapse_rights(session, {})
        risk.score_risk(session, {})

    def _draw(self, session: Session) -> list[Act]:
        """The week is drawn by the job; colleagues look in the days after."""
        spot_checks.draw_checks(session, {})
        ids = session.scalars(
            select(SpotCheck.id).where(SpotCheck.state == CheckState.DRAWN).order_by(SpotCheck.id)
        ).all()
        is_latest = clock.now() > self.timeline.until - timedelta(days=7)
        if is_latest:  # two are still to be taken on
            ids = ids[:-2]
        return [
            self.timeline.act(
                clock.now() + timedelta(days=1 + number % 4, hours=number % 6),
                partial(self._check, check_id=check_id),
            )
            for number, check_id in enumerate(ids)
        ]

    def _check(self, session: Session, check_id: int) -> list[Act]:
        """The first colleague without a hand in the record looks; a few are still open."""
        cast = self.cast
        for checker in (cast.counter, cast.manager, cast.admin, cast.deputy):
            try:
                spot_checks.take_check(session, actor=checker, check_id=check_id)
            except DomainError:
                continue
            break
        else:
            return []
        at = clock.now() + timedelta(hours=self.random.choice((3, 26, 50)))
        return [self.timeline.act(at, lambda s: self._finish(s, check_id, checker))]

    def _finish(self, session: Session, check_id: int, checker: Actor) -> list[Act]:
        """Most are as they were recorded; one is not, and its approval is taken back."""
        row = session.get_one(SpotCheck, check_id)
        if row.state != CheckState.TAKEN:
            return []
        self.finished += 1
        record = session.get_one(ServiceRecord, row.record_id)
        is_wrong = self.finished >= WRONG_FROM and self._may_be_wrong(record)
        result, words = WRONG if is_wrong else self.random.choices(RIGHT, (6, 4, 4, 3, 2))[0]
        spot_checks.finish_check(
            session,
            actor=checker,
            check_id=check_id,
            how=self.random.choice((CheckHow.PHONE, CheckHow.PHONE, CheckHow.VISIT)),
            result=result,
            words=words,
            actual_minutes=WRONG_MINUTES if is_wrong else None,
        )
        if not is_wrong:
            return []
        at = clock.now() + timedelta(days=1)
        return [self.timeline.act(at, lambda s: self._take_back(s, check_id))]

    def _may_be_wrong(self, record: ServiceRecord) -> bool:
        """Whether this is the one that is found wrong: the first service to somebody at home."""
        is_at_home = record.recipient_id is not None and record.case_id is None
        is_first = not self.has_wrong and is_at_home and record.minutes > WRONG_MINUTES
        self.has_wrong = self.has_wrong or is_first
        return is_first

    def _take_back(self, session: Session, check_id: int) -> None:
        """The administrator takes back what was found wrong."""
        spot_checks.take_back_after_check(
            session,
            actor=self.cast.admin,
            check_id=check_id,
            reason="抽查时间对不上，请按实际时间重新记",
            key=new_id(),
        )

    def _plan_friends(self, today: date) -> None:
        """Two old friends record for each other and confirm each other, again and again."""
        one, other = self.cast.members[-2:]
        for number, days in enumerate(FRIENDS_MEET):
            there, back = (one, other) if number % 2 == 0 else (other, one)
            day = today - timedelta(days=days)
            begun = moment(day, 18 + number % 2)
            self.timeline.add(
                begun + timedelta(hours=2, minutes=5),
                partial(self._meet, begun=begun, there=there, back=back),
            )

    def _meet(self, session: Session, begun: datetime, there: Actor, back: Actor) -> None:
        """One records the evening, the other says that it was so."""
        home = community_queries.person(
            session, community_id=self.cast.community_id, person_id=back.person_id or 0
        )
        facts = ServiceFacts(
            kind_id=self.hours.kind_ids["chat"],
            started_at=begun,
            ended_at=begun + timedelta(minutes=115),
            recipient_id=back.person_id,
            place=home.place_label,
            micro_grid_id=home.micro_grid_id,
            notes="陪着聊天",
        )
        try:
            record_id = records.record_service(session, actor=there, facts=facts)
        except DomainError:
            return
        proofs.confirm_service(session, actor=back, record_id=record_id)

    def _help_long(self, session: Session, *, begun: datetime) -> list[Act]:
        """A whole morning's help: approved once the next day, it waits for a second look."""
        facts = ServiceFacts(
            kind_id=self.hours.kind_ids["event"],
            started_at=begun,
            ended_at=begun + timedelta(minutes=250),
            activity="重阳节活动收尾",
            place="社区活动室",
            notes="搬桌椅、拆舞台，一直忙到中午",
        )
        try:
            record_id = records.record_service(session, actor=self.cast.members[LONG], facts=facts)
        except DomainError:
            return []
        proofs.confirm_by_slip(
            session, actor=self.cast.admin, record_id=record_id, slip_number=f"E{record_id:06d}"
        )
        at = clock.now() + timedelta(days=1, hours=2)
        return [self.timeline.act(at, partial(self._approve_once, record_id=record_id))]

    def _approve_once(self, session: Session, *, record_id: int) -> None:
        """The officer of the grid gives the first approval."""
        seen = records_read.record(session, actor=self.cast.admin, record_id=record_id)
        review.approve_service(
            session,
            actor=self.cast.officers.get(seen.grid_id or 0, self.cast.deputy),
            record_id=record_id,
            key=new_id(),
        )

    def _plan_disputes(self, today: date) -> None:
        """One appeal is under way; one ended in arbitration."""
        for days, number in ((34, ARBITRATED), (4, UNDER_WAY)):
            day = today - timedelta(days=days)
            self.timeline.add(moment(day, 18), partial(self._tidied, number=number))

    def _tidied(self, session: Session, number: int) -> Iterable[Act]:
        """A member has tidied up; the next morning the officer sends the record back."""
        member = self.cast.members[number]
        begun = clock.now() - timedelta(hours=3)
        facts = ServiceFacts(
            kind_id=self.hours.kind_ids["tidy"],
            started_at=begun,
            ended_at=begun + timedelta(minutes=90),
            activity="环境整治",
            place="3号楼后面的绿地",
            notes="捡了三袋落叶",
        )
        try:
            record_id = records.record_service(session, actor=member, facts=facts)
        except DomainError:
            return []
        seen = records_read.record(session, actor=self.cast.admin, record_id=record_id)
        officer = self.cast.officers[seen.grid_id or 0]
        proofs.confirm_by_slip(
            session, actor=officer, record_id=record_id, slip_number=f"D{record_id:06d}"
        )
        at = clock.now() + timedelta(hours=15)
        return [self.timeline.act(at, lambda s: self._appeal(s, number, record_id))]

    def _appeal(self, session: Session, number: int, record_id: int) -> list[Act]:
        """The officer sends it back; the member appeals; one goes on to arbitration."""
        member = self.cast.members[number]
        seen = records_read.record(session, actor=self.cast.admin, record_id=record_id)
        officer = self.cast.officers[seen.grid_id or 0]
        review.reject_service(
            session,
            actor=officer,
            record_id=record_id,
            reason="物业说当天没有看见有人在绿地，请说明",
        )
        dispute_id = disputes.appeal(
            session,
            actor=member,
            record_id=record_id,
            words="我是下午去的，物业三点就下班了。12号楼的刘师傅看见我了。",
            papers=[_photo(number)],
        )
        if number == UNDER_WAY:
            return []
        return [
            self.timeline.act(
                clock.now() + timedelta(days=2), lambda s: self._uphold(s, dispute_id)
            ),
            self.timeline.act(
                clock.now() + timedelta(days=5), lambda s: self._ask(s, dispute_id, member)
            ),
            self.timeline.act(clock.now() + timedelta(days=9), lambda s: self._vote(s, dispute_id)),
        ]

    def _uphold(self, session: Session, dispute_id: int) -> None:
        """The administrator finds the decision right."""
        disputes.decide_appeal(
            session,
            actor=self.cast.admin,
            dispute_id=dispute_id,
            is_granted=False,
            words="物业的记录上没有，刘师傅说记不清是哪一天",
            key=new_id(),
        )

    def _ask(self, session: Session, dispute_id: int, member: Actor) -> None:
        """The member asks for arbitration."""
        disputes.ask_arbitration(
            session,
            actor=member,
            dispute_id=dispute_id,
            words="落叶袋是放在垃圾房的，保洁队有登记，请查一查",
            papers=[_register_page()],
        )

    def _vote(self, session: Session, dispute_id: int) -> None:
        """The deputy finds the entry in the cleaners' book."""
        disputes.arbitrate(
            session,
            actor=self.cast.deputy,
            dispute_id=dispute_id,
            is_granted=True,
            words="保洁队当天登记了三袋落叶，时间对得上",
            key=new_id(),
        )


def _photo(number: int) -> Paper:
    """The member's picture of the green after the work."""
    content = papers.place_photo("3号楼后绿地", "落叶清完", is_after=True, hue=number)
    return Paper("绿地.jpg", content)


def _register_page() -> Paper:
    """The page of the cleaners' book that the member asked for."""
    lines = ["地点：垃圾房", "来人：志愿者，一人", "东西：落叶三袋", "时间：下午四点半"]
    return Paper("保洁登记.jpg", papers.paper("保洁队登记", lines, seal="保洁队"))
