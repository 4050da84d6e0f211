"""Cases that rest, were given more time, wait for an answer, or were not the community's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Category, Refusal, Source
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.service import intake, overlays, steps
from timebank.cases.service.intake import Intake
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.matters import Matter
from timebank.cli.demo.timeline import Act, Timeline
from timebank.kernel import clock

C = Category
PAUSED = Matter(
    C.FACILITIES,
    "{place}下水主管塌了一段",
    "一楼三户返水，物业先用泵抽着，要开挖换管。",
    "换管要开挖，施工队周一进场，挖开才能往下办。",
)
EXTENDED = Matter(
    C.FACILITIES,
    "{place}电梯门机坏了",
    "老人上下楼只能走楼梯。",
    "门机要从厂家发货，快的也要一周。",
)
ASKED = Matter(
    C.DISPUTE,
    "{place}两家为公用过道起争执",
    "东户把鞋柜摆到了过道上，西户轮椅过不去。",
    "东户的人在外地，约好周末回来当面谈。",
)
REJECTED = Matter(
    C.OTHER,
    "{place}网购的药不肯退",
    "花了六百多块，商家不理。",
    "网购纠纷请打 12315，由市场监管所受理；要帮忙填单子，可以到社区服务台。",
)


@dataclass(frozen=True, slots=True)
class Waits:
    """One case: how many hours ago it began, in which grid, and what became of it."""

    hours_ago: int
    grid_number: int
    matter: Matter


WAITING = (
    Waits(46, 3, PAUSED),
    Waits(70, 5, EXTENDED),
    Waits(30, 3, ASKED),
    Waits(52, 2, REJECTED),
)
PAUSE_DAYS, EXTENSION_DAYS, ASKED_DAYS = 4, 9, 3


class WaitingCases:
    """Plays these cases; who asks is the officer, who grants is the administrator."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Play for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline

    def plan(self) -> None:
        """Put the cases on the timeline."""
        for one in WAITING:
            at = self.timeline.until - timedelta(hours=one.hours_ago)
            self.timeline.add(at, self._beginning(one))

    def _beginning(self, one: Waits) -> Callable[[Session], list[Act]]:
        place = next(at for at in self.cast.places if at.grid_number == one.grid_number)
        officer = self.cast.officers[place.grid_id]

        def begin(session: Session) -> list[Act]:
            said = Intake(
                source=Source.REPORTED,
                category=one.matter.category,
                title=one.matter.title.format(place=place.label.replace(" ", "")),
                description=one.matter.description,
                micro_grid_id=place.id,
                reporter_person_id=self.cast.neighbours(place.grid_id)[0].id,
                is_urgent=one.matter is PAUSED,
            )
            case_id = intake.register_case(session, actor=officer, intake=said).id
            if one.matter is REJECTED:
                return [self._after(25, lambda s: self._reject(s, case_id, one))]
            return [self._after(18, lambda s: self._ask(s, case_id, one))]

        return begin

    def _after(self, minutes: int, work: Callable[[Session], list[Act] | None]) -> Act:
        return self.timeline.act(clock.now() + timedelta(minutes=minutes), work)

    def _reject(self, session: Session, case_id: int, one: Waits) -> None:
        """The administrator sends the reporter to whom it concerns."""
        overlays.reject(
            session,
            actor=self.cast.admin,
            case_id=case_id,
            refusal=Refusal.OTHER_CHANNEL,
            words=one.matter.done,
        )

    def _ask(self, session: Session, case_id: int, one: Waits) -> list[Act]:
        """The officer takes the case and asks for time."""
        place = next(at for at in self.cast.places if at.grid_number == one.grid_number)
        officer = self.cast.officers[place.grid_id]
        steps.claim(session, actor=officer, case_id=case_id)
        today, words = clock.today(), one.matter.done
        if one.matter is EXTENDED:
            overlays.ask_extension(
                session,
                actor=officer,
                case_id=case_id,
                last_on=today + timedelta(days=EXTENSION_DAYS),
                words=words,
            )
        else:
            self._ask_pause(session, case_id, one, today)
        if one.matter is ASKED:
            return []
        return [self._after(95, lambda s: self._grant(s, case_id))]

    def _ask_pause(self, session: Session, case_id: int, one: Waits, today: date) -> None:
        """The officer asks for a pause until the works begin or the reporter is back."""
        place = next(at for at in self.cast.places if at.grid_number == one.grid_number)
        is_works = one.matter is PAUSED
        overlays.ask_pause(
            session,
            actor=self.cast.officers[place.grid_id],
            case_id=case_id,
            reason=PauseReason.WORKS if is_works else PauseReason.REPORTER_AWAY,
            last_on=today + timedelta(days=PAUSE_DAYS if is_works else ASKED_DAYS),
            words=one.matter.done,
        )

    def _grant(self, session: Session, case_id: int) -> None:
        """The administrator grants what was asked for."""
        overlays.approve(session, actor=self.cast.admin, case_id=case_id, words="同意。")
