"""The demo's settlements: three months of both service points, one disputed, one paid."""

from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from timebank.care.queries import settlements as queries
from timebank.care.rules.settlements import Outcome, SettlementView, month_after
from timebank.care.service import settlements
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.reserve import ReserveOfTheYear
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock

MONTHS = 3


class SettlementsOfTheYear:
    """Plans how the last months are settled with the service points."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline

    def plan(self, *, last: date) -> None:
        """Settle the last three months: one paid, one approved, one still looked through.

        In the first days of a month nobody has settled the one that has just ended.
        """
        ReserveOfTheYear(self.cast, self.timeline).plan(last=last)
        newest = 1 if _drawn_at(_months_before(last, 1)) < self.timeline.until else 2
        months = [_months_before(last, newest + back) for back in reversed(range(MONTHS))]
        for at, month_on in enumerate(months):
            self.timeline.add(_drawn_at(month_on), partial(self._draw, month_on))
            if at < MONTHS - 1:
                after = month_after(month_on)
                self.timeline.add(moment(after + timedelta(days=3), 15), self._approve)
        first_after = month_after(months[0])
        self.timeline.add(moment(first_after + timedelta(days=8), 16), self._pay)

    def _draw(self, month_on: date, session: Session) -> None:
        """Draw up both statements; the office asks about a line of the canteen's."""
        for centre_id in (self.cast.centre_id, self.cast.canteen_id):
            view = settlements.draw_up(
                session, actor=self.cast.manager, centre_id=centre_id, month_on=month_on
            )
            if centre_id == self.cast.canteen_id:
                self._ask(session, view)

    def _ask(self, session: Session, view: SettlementView) -> None:
        """Say that a line looks wrong."""
        page = queries.lines(session, settlement_id=view.id, limit=4)
        if page.items:
            settlements.dispute_line(
                session,
                actor=self.cast.finance,
                settlement_id=view.id,
                line_id=page.items[-1].id,
                reason="这天食堂交来的签字单上没有这一份，请查",
            )

    def _approve(self, session: Session) -> None:
        """Answer what was asked, and let the newest statements stand."""
        for view in queries.settlements(session, actor=self.cast.finance, limit=2).items:
            for line in queries.lines(session, settlement_id=view.id, is_disputed=True).items:
                settlements.answer_dispute(
                    session,
                    actor=self.cast.manager,
                    settlement_id=view.id,
                    line_id=line.id,
                    outcome=Outcome.STRUCK,
                    answer="查了，这一份没有领走，这次不付",
                )
            settlements.approve(session, actor=self.cast.finance, settlement_id=view.id)

    def _pay(self, session: Session) -> None:
        """Note that the canteen was paid for the first of the three months."""
        for view in queries.settlements(session, actor=self.cast.finance).items:
            if view.may_pay:
                settlements.mark_paid(
                    session,
                    actor=self.cast.finance,
                    settlement_id=view.id,
                    paid_on=clock.today(),
                    document=f"回单 {clock.today():%Y%m%d}-{view.id:03d}",
                )


def _drawn_at(month_on: date) -> datetime:
    """Return when the statements of a month are drawn up."""
    return moment(month_after(month_on) + timedelta(days=1), 9)


def _months_before(day: date, back: int) -> date:
    """Return the first day of the month so many months before a day's."""
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)
