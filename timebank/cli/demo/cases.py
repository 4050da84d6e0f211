"""A year of cases from the three sources, the three worked cases among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Answer, Category, Method, Outcome, Source
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import feedback, intake, steps
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake
from timebank.cli.demo import papers
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.matters import MATTERS, ORIGINS, Matter
from timebank.cli.demo.timeline import Act, Timeline, Work, sometime
from timebank.community.queries import MicroGridView
from timebank.kernel import clock
from timebank.kernel.actor import Actor

PHOTOS_MAX = 48
SATISFIED = (Satisfaction.SATISFIED, Satisfaction.SATISFIED, Satisfaction.MOSTLY, None)
STEPS = 4


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each step of one case takes, in minutes, and after how many it rests."""

    respond: int
    claim: int
    resolve: int
    feed_back: int
    stop_after: int


class CasesOfTheYear:
    """Plans what is reported where, and walks each case through its steps."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random
        self.photos = 0

    def plan(self, *, first: date, last: date, cases: int) -> None:
        """Spread so many cases over the days."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        for day in sorted(self.random.choices(days, k=cases)):
            at = sometime(self.random, day, 7, 20)
            self.timeline.add(at, self._happening(self.random.choice(MATTERS)))
        for minutes_ago, matter, stop_after, grid_number in OPEN_NOW:
            at = self.timeline.until - timedelta(minutes=minutes_ago)
            self.timeline.add(at, self._happening(matter, stop_after, grid_number))

    def _happening(
        self, matter: Matter, stop_after: int = STEPS, grid_number: int | None = None
    ) -> Work:
        places = [at for at in self.cast.places if grid_number in (None, at.grid_number)]

        def happen(session: Session) -> Iterable[Act]:
            place = self.random.choice(places)
            officer = self.cast.officers[place.grid_id]
            source = self.random.choices(list(Source), (12, 58, 30))[0]
            told = self._told(matter, place, source)
            if source is Source.PATROL and stop_after == STEPS and self.random.random() < 0.5:
                return self._fix(session, officer, told, matter, place)
            case_id = intake.register_case(session, actor=officer, intake=told).id
            return self._responding(case_id, officer, matter, self._pace(stop_after), source)

        return happen

    def _told(self, matter: Matter, place: MicroGridView, source: Source) -> Intake:
        """Return what is written down about a matter."""
        reporter = self.random.choice(self.cast.neighbours(place.grid_id))
        return Intake(
            source=source,
            category=matter.category,
            title=matter.title.format(place=place.label.replace(" ", "")),
            description=matter.description,
            micro_grid_id=place.id,
            place_text="",
            origin=self.random.choice(ORIGINS) if source is Source.ASSIGNED else "",
            reporter_person_id=reporter.id if source is Source.REPORTED else None,
        )

    def _pace(self, stop_after: int = STEPS) -> Pace:
        """Return how long the steps take; a few are late."""
        random = self.random
        return Pace(
            respond=random.randint(61, 95) if random.random() < 0.04 else random.randint(4, 52),
            claim=random.randint(62, 120) if random.random() < 0.03 else random.randint(3, 48),
            resolve=random.randint(4400, 6000)
            if random.random() < 0.09
            else random.randint(90, 4000),
            feed_back=random.randint(7300, 9000)
            if random.random() < 0.04
            else random.randint(60, 4200),
            stop_after=stop_after,
        )

    def _after(self, minutes: int, work: Work) -> Act:
        return self.timeline.act(clock.now() + timedelta(minutes=minutes), work)

    def _photo(self, place: str, what: str, *, is_after: bool) -> tuple[Photo, ...]:
        """Return a photo while the demo still takes some."""
        if self.photos >= PHOTOS_MAX:
            return ()
        self.photos += 1
        content = papers.place_photo(place, what, is_after=is_after, hue=self.random.randrange(100))
        return (Photo(name="现场.jpg", content=content),)

    def _fix(
        self, session: Session, officer: Actor, told: Intake, matter: Matter, place: MicroGridView
    ) -> Iterable[Act]:
        """The officer found it on patrol and mended it on the spot; somebody looks again later."""
        photos = self._photo(place.label, told.title[-6:], is_after=True)
        fixed = intake.fix_on_patrol(
            session,
            actor=officer,
            intake=told,
            outcome=Outcome.SOLVED,
            words=matter.done,
            photos=photos,
            no_photo_reason="" if photos else "手里拿着工具，没来得及拍",
        )
        return [self._feeding_back(fixed.id, officer, self._pace(), told.source)]

    def _responding(
        self, case_id: int, officer: Actor, matter: Matter, pace: Pace, source: Source
    ) -> list[Act]:
        if pace.stop_after == 0:
            return []

        def respond(session: Session) -> Iterable[Act]:
            words = self.random.choice(("我半小时内到", "已联系物业一起去看", "收到，马上过去"))
            steps.respond(session, actor=officer, case_id=case_id, words=words)
            if pace.stop_after == 1:
                return []
            return [self._claiming(case_id, officer, matter, pace, source)]

        return [self._after(pace.respond, respond)]

    def _claiming(
        self, case_id: int, officer: Actor, matter: Matter, pace: Pace, source: Source
    ) -> Act:
        def claim(session: Session) -> Iterable[Act]:
            steps.claim(session, actor=officer, case_id=case_id)
            if pace.stop_after == 2:
                return []
            return [self._resolving(case_id, officer, matter, pace, source)]

        return self._after(pace.claim, claim)

    def _resolving(
        self, case_id: int, officer: Actor, matter: Matter, pace: Pace, source: Source
    ) -> Act:
        def resolve(session: Session) -> Iterable[Act]:
            photos = self._photo("现场", matter.title[-6:], is_after=True)
            outcome = self.random.choices(list(Outcome), (88, 9, 3))[0]
            steps.resolve(
                session,
                actor=officer,
                case_id=case_id,
                outcome=outcome,
                words=matter.done,
                photos=photos,
                no_photo_reason="" if photos else "已当面给住户看过",
            )
            return [self._feeding_back(case_id, officer, pace, source)]

        return self._after(pace.resolve, resolve)

    def _feeding_back(self, case_id: int, officer: Actor, pace: Pace, source: Source) -> Act:
        is_told = source is Source.REPORTED
        words = (
            ("挺好，修好了", "谢谢，来得快", "可以了")
            if is_told
            else ("回看过，没有再犯", "已复核")
        )

        def feed_back(session: Session) -> Iterable[Act]:
            method = (
                self.random.choice((Method.VISIT, Method.PHONE)) if is_told else Method.SITE_CHECK
            )
            feedback.feed_back(
                session,
                actor=officer,
                case_id=case_id,
                method=method,
                answer=Answer.SOLVED,
                words=self.random.choice(words),
                satisfaction=self.random.choice(SATISFIED) if is_told else None,
            )
            return ()

        return self._after(pace.feed_back, feed_back)


C = Category
# Minutes before the present, the matter, after how many steps it rests there, and in which grid;
# the third grid's officer is one of the logins shown first.
OPEN_NOW: tuple[tuple[int, Matter, int, int], ...] = (
    (72, Matter(C.FACILITIES, "{place}电梯停在 4 层", "住户说里面没有人。", ""), 0, 5),
    (38, Matter(C.FACILITIES, "{place}后面路灯不亮", "晚上看不清台阶。", ""), 0, 3),
    (
        4_180,
        Matter(C.FIRE_SAFETY, "{place}消防通道堆纸箱、旧家具", "三家的旧家具堵了半边通道。", ""),
        2,
        3,
    ),
    (2_640, Matter(C.FUMES_NOISE, "{place}楼下餐馆油烟进屋", "中午和晚上不敢开窗。", ""), 2, 3),
    (26, Matter(C.PARKING, "{place}车堵住了救护车的路", "司机电话打不通。", ""), 1, 4),
    (1_500, Matter(C.STREET_ORDER, "{place}门口夜市占道", "晚上七点以后车进不来。", ""), 2, 1),
    (5_000, Matter(C.DISPUTE, "{place}楼上晾衣滴水", "说过两次还在滴。", ""), 2, 7),
    (700, Matter(C.SANITATION, "{place}地下室积水", "有蚊子，味道大。", ""), 2, 3),
)
