"""How the demo's rules for hours came about: one change in force, one draft that waits."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.hours import HoursOfTheYear
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import presets
from timebank.volunteering.rules.policy import Circle, Excess, Policy, Rate
from timebank.volunteering.service import policy

MONTHLY_CAP, PAIR_CAP = 900, 480


class RulesOfTheYear:
    """Plans a change of the rules in spring and a draft for next year."""

    def __init__(self, cast: Cast, timeline: Timeline, hours: HoursOfTheYear) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.hours = cast, timeline, hours
        self.version = 0

    def plan(self, *, last: date) -> None:
        """Draft and approve two hundred days ago; draft anew the day before the last."""
        drafted_on = last - timedelta(days=200)
        self.timeline.add(moment(drafted_on, 10), self._draft)
        self.timeline.add(moment(drafted_on + timedelta(days=2), 15), self._approve)
        self.timeline.add(moment(last - timedelta(days=1), 16), self._draft_next)

    def _draft(self, session: Session) -> None:
        """The manager drafts a monthly cap, more for baths and clinics, and kin who may receive."""
        kinds = self.hours.kind_ids
        said = Policy(
            month_minutes_max=MONTHLY_CAP,
            pair_minutes_max=PAIR_CAP,
            excess=Excess.DONATION,
            circle=Circle.LINEAL,
            allows_gifts=True,
            expiry_months=36,
            rates={kinds["clinic"]: Rate(100, 15), kinds["bath"]: Rate(150)},
        )
        self.version = policy.draft_policy(
            session,
            actor=self.cast.manager,
            policy=said,
            in_force_on=clock.today() + timedelta(days=10),
            note="助浴和陪诊辛苦，多记一些；一个月不超过 15 小时，别累着",
        )
        policy.simulate_policy(session, actor=self.cast.manager, number=self.version)

    def _approve(self, session: Session) -> None:
        """The administrator has seen what it does and approves it."""
        policy.approve_policy(session, actor=self.cast.admin, number=self.version)

    def _draft_next(self, session: Session) -> None:
        """The manager tries what Nanjing has; nobody has approved it yet."""
        now = limits.policy(session, self.cast.community_id)
        number = policy.draft_policy(
            session,
            actor=self.cast.manager,
            policy=presets.preset("nanjing-2019").on(now),
            in_force_on=clock.today() + timedelta(days=34),
            note="看看照南京的办法会怎样",
            preset="nanjing-2019",
        )
        policy.simulate_policy(session, actor=self.cast.manager, number=number)
