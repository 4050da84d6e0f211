"""How the demo's time limits came about: one change in force, one draft that waits."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Step
from timebank.cases.rules.policy import HOUSE_POLICY, Limit, Pace, Unit
from timebank.cases.service import promises
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock


class LimitsOfTheYear:
    """Plans shorter limits for urgent cases in spring, and a draft for next year."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline
        self.version = 0

    def plan(self, *, last: date) -> None:
        """Draft and approve a hundred and fifty days ago; draft anew two days before the last."""
        drafted_on = last - timedelta(days=150)
        self.timeline.add(moment(drafted_on, 9, 30), self._draft)
        self.timeline.add(moment(drafted_on + timedelta(days=1), 11), self._approve)
        self.timeline.add(moment(last - timedelta(days=2), 15), self._draft_next)

    def _draft(self, session: Session) -> None:
        """An officer drafts what the grid asked for: half the time when it is urgent."""
        house = HOUSE_POLICY.limits
        limits = {
            **house,
            Step.RESPOND: Limit(Step.RESPOND, 60, Unit.MINUTE, urgent_amount=20),
            Step.RESOLVE: replace(house[Step.RESOLVE], urgent_amount=1),
        }
        self.version = promises.draft_promises(
            session,
            actor=self.cast.officers[self.cast.places[0].grid_id],
            policy=replace(HOUSE_POLICY, limits=limits),
            in_force_on=clock.today() + timedelta(days=7),
            note="漏水、堵路、有人受伤这类急事，20 分钟内要有人应，一天内要有结果",
        )

    def _approve(self, session: Session) -> None:
        """The administrator approves it."""
        promises.approve_promises(session, actor=self.cast.admin, number=self.version)

    def _draft_next(self, session: Session) -> None:
        """An officer proposes working days for the last two steps; nobody has approved it yet."""
        house = HOUSE_POLICY.limits
        working = {
            step: replace(house[step], pace=Pace.WORKING) for step in (Step.RESOLVE, Step.FEED_BACK)
        }
        promises.draft_promises(
            session,
            actor=self.cast.officers[self.cast.places[-1].grid_id],
            policy=replace(HOUSE_POLICY, limits={**house, **working}),
            in_force_on=clock.today() + timedelta(days=30),
            note="物业和部门周末不上班，解决和反馈想按工作日算，请社区看看",
        )
