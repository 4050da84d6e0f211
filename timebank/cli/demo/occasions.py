"""Services and activities of a year, as often as the community publishes, and those to come."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline
from timebank.kernel import clock
from timebank.outreach.models.occasions import Occasion
from timebank.outreach.rules.occasions import Audience, Line, OccasionKind, OccasionState

K, L, A = OccasionKind, Line, Audience


@dataclass(frozen=True, slots=True)
class Row:
    """What was held how often, for about how many."""

    kind: OccasionKind
    title: str
    times: int
    people: int
    line: Line | None = None
    audience: Audience | None = None
    place: str = "社区服务中心"


# Sums: medical 68, elder care 52, education 36; old 32, young 28, others 52; clean-ups 24.
ROWS = (
    Row(K.FREE_CLINIC, "家庭医生义诊", 20, 34, L.MEDICAL, A.OLD),
    Row(K.FREE_CLINIC, "楼下量血压", 18, 21, L.MEDICAL, None, "小广场"),
    Row(K.MEDICINE_HOME, "送药上门", 30, 6, L.MEDICAL, None, "各楼"),
    Row(K.ELDER_VISIT, "报到党员看望老人", 44, 9, L.ELDER_CARE, None, "各楼"),
    Row(K.ELDER_VISIT, "节日看望独居老人", 8, 26, L.ELDER_CARE, A.OLD, "各楼"),
    Row(K.MEAL, "长者生日餐", 4, 48, None, A.OLD, "助老大食堂"),
    Row(K.SCHOOL_GUARD, "放学护学岗", 16, 120, L.EDUCATION, None, "小学门口"),
    Row(K.SCIENCE, "周末科普课", 12, 27, L.EDUCATION, A.YOUNG),
    Row(K.PARENT_CHILD, "亲子手工课", 8, 22, L.EDUCATION, A.YOUNG),
    Row(K.HOLIDAY_CAMP, "假期托管班", 8, 31, None, A.YOUNG),
    Row(K.JOB_FAIR, "家门口招聘会", 20, 65, None, A.OTHERS, "小广场"),
    Row(K.SKILLS, "家政和电工培训", 32, 24, None, A.OTHERS),
    Row(K.POLICE_ROOM, "警务室接待日", 20, 12, L.SECURITY, None, "警务室"),
    Row(K.POPULATION_CHECK, "流动人口核查", 12, 4, L.SECURITY, None, "各楼"),
    Row(K.MEDIATION, "邻里纠纷调解", 10, 5, L.SECURITY, None, "调解室"),
    Row(K.HAZARD_CHECK, "楼道隐患排查", 14, 5, L.SECURITY, None, "各楼"),
    Row(K.PUBLICITY, "政策进楼", 12, 60, None, None, "各楼"),
    Row(K.CLEAN_UP, "多部门联合整治", 24, 14, None, None, "商业街"),
)
COMING = (
    (2, Row(K.FREE_CLINIC, "家庭医生义诊", 1, 30, L.MEDICAL, A.OLD), "09:00–11:00"),
    (4, Row(K.PARENT_CHILD, "亲子手工课：做灯笼", 1, 20, L.EDUCATION, A.YOUNG), "14:00–15:30"),
    (6, Row(K.JOB_FAIR, "家门口招聘会", 1, 80, None, A.OTHERS, "小广场"), "09:00–12:00"),
    (9, Row(K.SCIENCE, "周末科普课：看星星", 1, 25, L.EDUCATION, A.YOUNG), "18:30–20:00"),
)
_HAZARDS = ("电表箱门关不严", "楼道堆放纸箱", "消防栓前停了电动车", "地下室漏水")
_TALKS = (
    ("楼上和楼下两家，因为漏水", "楼上一周内换水管，楼下的墙由楼上出钱刷。"),
    ("一楼和邻居，因为晒被子占道", "划出晾晒区，各晒各的。"),
    ("养狗的和隔壁，因为夜里叫", "晚上十点后狗进屋，送去训两周。"),
)


class OccasionsOfTheYear:
    """What the community held since New Year, and what it plans."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Take part in a year."""
        self._cast, self._timeline = cast, timeline

    def plan(self, *, scale: float) -> None:
        """Plan that all of it is written down by now; ``scale`` shortens the year for tests."""
        self._scale = min(scale, 1.0)
        self._timeline.add(self._timeline.until - timedelta(minutes=1), self._write)

    def _write(self, session: Session) -> None:
        """Write all rows in one statement."""
        today = clock.today()
        first = date(today.year, 1, 1)
        days = (today - first).days
        rows = []
        for row in ROWS:
            times = max(1, round(row.times * self._scale))
            for number in range(times):
                on = first + timedelta(days=days * (2 * number + 1) // (2 * times))
                rows.append(self._held(row, number, on))
        for ahead, row, time_text in COMING:
            facts = self._facts(row, today + timedelta(days=ahead), OccasionState.PLANNED)
            rows.append(facts | {"time_text": time_text, "seats": row.people})
        session.execute(insert(Occasion), rows)

    def _held(self, row: Row, number: int, on: date) -> dict[str, object]:
        """Return the row of something held, with the facts of its kind."""
        people = max(1, row.people + number * 7 % 9 - 4)
        facts = self._facts(row, on, OccasionState.HELD)
        facts |= {"attended_count": people, "walk_in_count": people}
        if row.kind is K.POPULATION_CHECK:
            facts |= {"checked_count": 30 + number * 3, "found_count": number % 4}
        elif row.kind is K.PUBLICITY:
            facts |= {"copy_count": 120 + number * 10}
        elif row.kind is K.MEDIATION:
            parties, agreement = _TALKS[number % len(_TALKS)]
            facts |= {"parties": parties, "agreement": agreement}
        elif row.kind is K.HAZARD_CHECK:
            facts |= self._hazard(number, on)
        return facts

    def _hazard(self, number: int, on: date) -> dict[str, object]:
        """Return a hazard with its recheck; the latest still waits for it."""
        recheck_on = on + timedelta(days=7)
        is_done = recheck_on < clock.today()
        return {
            "hazard": _HAZARDS[number % len(_HAZARDS)],
            "recheck_on": recheck_on,
            "rechecked_on": recheck_on if is_done else None,
            "is_cleared": True if is_done else None,
        }

    def _facts(self, row: Row, on: date, state: OccasionState) -> dict[str, object]:
        """Return what every row has."""
        return {
            "community_id": self._cast.community_id,
            "kind": row.kind,
            "line": row.line,
            "audience": row.audience,
            "state": state,
            "title": row.title,
            "on_day": on,
            "time_text": "",
            "place": row.place,
            "seats": None,
            "attended_count": None,
            "walk_in_count": 0,
            "report": "",
            "checked_count": None,
            "found_count": None,
            "copy_count": None,
            "hazard": None,
            "recheck_on": None,
            "rechecked_on": None,
            "is_cleared": None,
            "parties": None,
            "agreement": None,
        }
