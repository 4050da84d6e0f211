"""How things come in, in the demo: signs on lamp posts, a list from above, rules, leave, a link."""

import io
import uuid
from datetime import date, timedelta

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.cases.queries import signs as sign_queries
from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.geo import point_at
from timebank.cases.rules.routing import Rule, WorkerRole
from timebank.cases.service import (
    absences,
    case_lists,
    public_reports,
    routing,
    signs,
    steps,
)
from timebank.cases.service.case_lists import COLUMNS
from timebank.cases.service.intake import Intake
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock

SIGNS = (
    "环路东段 12 号灯杆",
    "南门岗亭旁",
    "中心花园凉亭",
    "幼儿园路口护栏",
    "北区充电棚",
    "垃圾分类点",
)
FROM_ABOVE = (
    ("JD2026-0871", "环路东段井盖松动", "车压过去响，怕崴脚。", "公共设施", "街道城管办", ""),
    ("JD2026-0872", "幼儿园门口早市占道", "早上接送孩子过不去。", "占道摆摊", "街道综合执法队", "急"),
    ("12345-66120931", "楼下餐饮店晚上噪声大", "来电人希望晚上十点后安静。", "油烟噪声", "12345 热线", ""),
)  # fmt: skip
AWAY_GRID = 5


class ComingIn:
    """Plans signs in spring, rules in autumn, a leave and a list this week, a report today."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline
        self.codes: list[str] = []
        self.version = 0

    def plan(self, *, last: date) -> None:
        """Spread it over the year."""
        add = self.timeline.add
        add(moment(last - timedelta(days=120), 10), self._hang_signs)
        add(moment(last - timedelta(days=40), 9, 20), self._draft_rules)
        add(moment(last - timedelta(days=39), 15), self._switch_on)
        add(moment(last - timedelta(days=1), 8, 40), self._bring_list)
        add(self.timeline.until - timedelta(minutes=95), self._leave)
        add(self.timeline.until - timedelta(minutes=50), self._report)
        add(self.timeline.until - timedelta(minutes=5), self._draft_next)

    def _hang_signs(self, session: Session) -> None:
        """The administrator has signs made for the places that nobody can describe."""
        for number, description in enumerate(SIGNS):
            place = self.cast.places[number * 6 % len(self.cast.places)]
            code = signs.make_sign(
                session,
                actor=self.cast.admin,
                micro_grid_id=place.id,
                description=description,
                point=point_at(35.9142 + number * 0.0007, 120.0931 + number * 0.0009),
            )
            self.codes.append(code)

    def _draft_rules(self, session: Session) -> None:
        """Parking and stalls go to the stewards, quarrels to the community."""
        admin = self.cast.admin
        self.version = routing.draft_routing(
            session, actor=admin, note="停车、摆摊交给物业管家，邻里纠纷由社区来调解"
        )
        for position, (category, role) in enumerate(
            (
                (Category.PARKING, WorkerRole.STEWARD),
                (Category.STREET_ORDER, WorkerRole.STEWARD),
                (Category.DISPUTE, WorkerRole.COMMUNITY_ADMIN),
            ),
            start=1,
        ):
            routing.add_rule(
                session,
                actor=admin,
                number=self.version,
                rule=Rule(position, category=category, to_role=role),
            )
        routing.try_routing(session, actor=admin, number=self.version)

    def _switch_on(self, session: Session) -> None:
        """The second administrator has looked at the trial."""
        routing.switch_on(session, actor=self.cast.deputy, number=self.version)

    def _draft_next(self, session: Session) -> None:
        """The second administrator proposes one rule more; it was tried and waits for the first."""
        deputy = self.cast.deputy
        number = routing.draft_routing(session, actor=deputy, note="上级下派的急事直接到社区")
        rule = Rule(1, source=Source.ASSIGNED, is_urgent=True, to_role=WorkerRole.COMMUNITY_ADMIN)
        routing.add_rule(session, actor=deputy, number=number, rule=rule)
        routing.try_routing(session, actor=deputy, number=number)

    def _bring_list(self, session: Session) -> None:
        """What the subdistrict sent as a list is looked at and entered."""
        place = self.cast.places[0]
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, [column.title for column in COLUMNS])
            for at, (number, title, words, category, origin, urgent) in enumerate(FROM_ABOVE, 1):
                page.write_row(
                    at, 0,
                    (number, title, words, category, str(place.building_no), str(place.unit_no),
                     "", origin, urgent),
                )  # fmt: skip
        staged = case_lists.stage_list(
            session,
            actor=self.cast.admin,
            content=buffer.getvalue(),
            file_name="街道下派 11 月第 4 周.xlsx",
        )
        done = case_lists.confirm_list(session, actor=self.cast.admin, list_id=staged.id)
        officer = self.cast.officers[place.grid_id]
        for case in done.cases:
            steps.claim(session, actor=officer, case_id=case.case_id or 0)

    def _leave(self, session: Session) -> None:
        """An officer is away for some days; the steward of the same grid stands in."""
        grid_id = next(one.grid_id for one in self.cast.places if one.grid_number == AWAY_GRID)
        officer, steward = self.cast.officers[grid_id], self.cast.stewards[grid_id]
        if officer.user_id is None or steward.user_id is None:
            return
        absences.take_leave(
            session,
            actor=officer,
            user_id=officer.user_id,
            deputy_user_id=steward.user_id,
            first_on=clock.today(),
            last_on=clock.today() + timedelta(days=4),
            note="回老家办事",
        )

    def _report(self, session: Session) -> None:
        """Somebody scans a sign and reports without an account."""
        sign = sign_queries.sign_of_code(session, self.codes[0])
        public_reports.report_openly(
            session,
            community_id=self.cast.community_id,
            key=uuid.uuid5(uuid.NAMESPACE_URL, sign.code),  # a demo repeats itself
            address="demo",
            intake=Intake(
                source=Source.REPORTED,
                category=Category.FACILITIES,
                title="灯杆上的线垂下来了",
                description="高个子走过会碰到，昨晚刮风以后就这样。",
                micro_grid_id=sign.micro_grid_id,
                sign_code=sign.code,
                reporter_name="过路的居民",
            ),
            is_new=True,
        )
