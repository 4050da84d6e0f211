"""Ends in the demo's year: a double is merged, two move, a death with a claim that waits."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community.queries import PersonView
from timebank.community.service import people
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import leaving as leaving_queries
from timebank.volunteering.queries import limits, passbook
from timebank.volunteering.queries import wallet as wallet_queries
from timebank.volunteering.rules.leaving import LeavingKind, Outcome, Wish
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import (
    dispositions,
    leaving,
    merging,
    moving,
    records,
    review,
    spending,
)

DOUBLE_DAYS, WORKED_DAYS, PROPOSED_DAYS, MERGED_DAYS = 40, 38, 20, 19


class EndsOfTheYear:
    """Plans what becomes of a few accounts; what is frozen is so at the end, when nobody acts."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline
        self.twin_id = self.record_id = self.merge_id = 0

    def plan(self, *, last: date) -> None:
        """Find the double in the last weeks; move and freeze in the last minutes."""
        for days, hour, act in (
            (DOUBLE_DAYS, 9, self._register_twice),
            (WORKED_DAYS, 18, self._work),
            (WORKED_DAYS - 1, 10, self._approve),
            (PROPOSED_DAYS, 11, self._propose),
            (MERGED_DAYS, 14, self._merge),
            (6, 20, self._choose),
        ):
            self.timeline.add(moment(last - timedelta(days=days), hour), act)
        for minutes, act in ((4, self._move), (3, self._report), (2, self._claim)):
            self.timeline.add(self.timeline.until - timedelta(minutes=minutes), act)

    @property
    def _kept(self) -> PersonView:
        """The volunteer who is registered twice: the first without a login who has a unit."""
        logins = {one.person_id for one in self.cast.members}
        return next(
            one
            for one in self.cast.volunteers
            if one.grid_id and one.born_on and one.id not in logins
        )

    def _register_twice(self, session: Session) -> None:
        """The manager registers somebody who forgot the card, and finds no record."""
        kept = self._kept
        twin = people.register_person(
            session,
            actor=self.cast.manager,
            name=kept.name,
            sex=kept.sex,
            born_on=kept.born_on,
            micro_grid_id=kept.micro_grid_id,
        )
        self.twin_id = twin.id

    def _work(self, session: Session) -> None:
        """The double serves, and staff enter the signed slip."""
        now = clock.now()
        self.record_id = records.record_service(
            session,
            actor=self.cast.admin,
            facts=ServiceFacts(
                kind_id=limits.kinds(session, self.cast.community_id)[0].id,
                started_at=now - timedelta(hours=3),
                ended_at=now - timedelta(hours=1),
                activity="社区义诊帮忙",
                micro_grid_id=self._kept.micro_grid_id,
            ),
            volunteer_id=self.twin_id,
            slip_number="YZ-0417",
        )

    def _approve(self, session: Session) -> None:
        """The grid officer approves it."""
        officer = self.cast.officers[self._kept.grid_id or 0]
        review.approve_service(session, actor=officer, record_id=self.record_id, key=new_id())

    def _propose(self, session: Session) -> None:
        """The officer finds the double and proposes to merge."""
        self.merge_id = merging.propose_merge(
            session,
            actor=self.cast.officers[self._kept.grid_id or 0],
            key=new_id(),
            old_id=self.twin_id,
            kept_id=self._kept.id,
            evidence="看过身份证，是同一个人；那天忘带卡，重新登记了一次",
        )

    def _merge(self, session: Session) -> None:
        """The administrator merges."""
        merging.merge(session, actor=self.cast.admin, merge_id=self.merge_id)

    def _choose(self, session: Session) -> None:
        """A volunteer says who gets the minutes later; a giver lets the family spend directly."""
        member = self.cast.members[1]
        dispositions.choose(session, actor=member, wish=Wish(Outcome.VOID))
        for giver in self.cast.members:
            for wallet in wallet_queries.wallets(session, person_id=giver.person_id):
                if wallet.is_open and wallet.giver_id == giver.person_id:
                    spending.allow_spending(session, actor=giver, wallet_id=wallet.id)

    def _move(self, session: Session) -> None:
        """One moves across the road today, another next week."""
        movers = [one for one in reversed(self.cast.volunteers) if one.grid_id]
        for mover, days in ((movers[0], 0), (movers[1], 7)):
            there = next(one for one in self.cast.places if one.grid_id != mover.grid_id)
            moving.move_people(
                session,
                actor=self.cast.admin,
                person_ids=[mover.id],
                micro_grid_id=there.id,
                room_no="501",
                effective_on=clock.today() + timedelta(days=days),
                reason="换房，搬到亲戚近处",
            )

    def _report(self, session: Session) -> None:
        """An officer reports a death; the account is frozen."""
        gone = self._gone(session)
        if gone is not None:
            leaving.report_leaving(
                session,
                actor=self.cast.officers[gone.grid_id or 0],
                key=new_id(),
                person_id=gone.id,
                kind=LeavingKind.DEATH,
                happened_on=clock.today() - timedelta(days=9),
                evidence="看过医院的死亡证明和户口注销页",
            )

    def _claim(self, session: Session) -> None:
        """A relative claims; the second person has still to look at it."""
        for view in leaving_queries.leavings(session, actor=self.cast.admin).items:
            claimants = leaving_queries.claimants(
                session, community_id=self.cast.community_id, person_id=view.person_id
            )
            leaving.propose_outcome(
                session,
                actor=self.cast.manager,
                leaving_id=view.id,
                wish=Wish(Outcome.KIN, kin_id=claimants[0][0]),
                reason="带户口本和身份证来认领，关系核实过",
            )

    def _gone(self, session: Session) -> PersonView | None:
        """Return somebody with minutes, without a login, whose kin may claim."""
        logins = {one.person_id for one in (*self.cast.members, self.cast.elder) if one is not None}
        for one in (*reversed(self.cast.volunteers), *self.cast.elders):
            if one.id in logins or not one.grid_id or one.grid_id not in self.cast.officers:
                continue
            of_whom = {"community_id": self.cast.community_id, "person_id": one.id}
            own = passbook.balance(session, **of_whom)
            if (
                own.available >= 60
                and not own.held
                and leaving_queries.claimants(session, **of_whom)
            ):
                return one
        return None
