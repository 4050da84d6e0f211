"""Giving in the demo's year: a pool, gifts to it, grants from it, and a family wallet."""

from datetime import date, timedelta
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community import queries as community_queries
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.errors.gifts import GrantToOwnError, PoolShortError
from timebank.volunteering.queries import limits, passbook
from timebank.volunteering.queries import wallet as wallet_queries
from timebank.volunteering.rules.gifts import Need, Source
from timebank.volunteering.rules.policy import LINEAL_KINDS
from timebank.volunteering.service import pools, wallet

GIFTS, GRANTS = 26, 8
GROUNDS = (
    (Need.MEAL, "独居，腿脚不便，先吃上热饭"),
    (Need.BATH, "失能在家，女儿在外地"),
    (Need.MEDICAL, "每周透析，没人陪"),
    (Need.CLEANING, "刚出院，家里没法收拾"),
)


class GivingOfTheYear:
    """Plans what is given to the pool, whom it helps, and who gives within a family."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random
        self.pool_id = 0

    def plan(self, *, last: date) -> None:
        """Open the pool half a year ago; gifts and grants follow through the months."""
        opened_on = last - timedelta(days=180)
        self.timeline.add(moment(opened_on, 9), self._open)
        for number in range(GIFTS):
            day = opened_on + timedelta(days=5 + number * 6)
            self.timeline.add(moment(day, 19, self.random.randrange(60)), self._give)
        for number in range(GRANTS):
            day = opened_on + timedelta(days=40 + number * 17)
            need, reason = GROUNDS[number % len(GROUNDS)]
            self.timeline.add(moment(day, 10), partial(self._ask, need=need, reason=reason))
        self.timeline.add(moment(last - timedelta(days=60), 20), self._open_wallets)

    def _open(self, session: Session) -> None:
        """The manager opens the pool."""
        self.pool_id = pools.open_pool(
            session,
            actor=self.cast.manager,
            name="邻里互助池",
            purpose="给独居、失能、刚出院的老人换饭、换陪诊",
        )

    def _give(self, session: Session) -> None:
        """A volunteer with an account gives: first what may only be given away."""
        giver = self.random.choice(self.cast.members)
        mine = passbook.donation_balance(
            session, community_id=giver.community_id, person_id=giver.person_id
        )
        source, left = Source.DONATION, mine.available
        if not left:
            own = passbook.balance(
                session, community_id=giver.community_id, person_id=giver.person_id
            )
            source, left = Source.OWN, min(own.available, self.random.choice((30, 60, 120)))
        if left:
            pools.give_to_pool(
                session,
                actor=giver,
                key=new_id(),
                pool_id=self.pool_id,
                minutes=left,
                source=source,
            )

    def _ask(self, session: Session, *, need: Need, reason: str) -> None:
        """A grid officer asks for an elder of the grid; the administrator grants it."""
        elder = self.random.choice([one for one in self.cast.elders if one.grid_id])
        officer = self.cast.officers[elder.grid_id or 0]
        try:
            grant_id = pools.request_grant(
                session,
                actor=officer,
                key=new_id(),
                pool_id=self.pool_id,
                person_id=elder.id,
                minutes=self.random.choice((60, 90, 120)),
                need=need,
                reason=reason,
            )
        except (PoolShortError, GrantToOwnError):
            return
        if self.random.random() < 0.8:
            pools.approve_grant(session, actor=self.cast.admin, grant_id=grant_id)

    def _open_wallets(self, session: Session) -> None:
        """Two volunteers agree with their family; the receivers sign on paper."""
        if not limits.policy(session, self.cast.community_id).allows_gifts:
            return
        opened = 0
        for giver in self.cast.members:
            receiver_id = self._receiver(session, giver)
            if receiver_id is None or opened == 2:
                continue
            opened += 1
            wallet_id = wallet.open_wallet(
                session, actor=giver, month_minutes_max=180, receiver_id=receiver_id
            )
            wallet.agree_by_slip(
                session,
                actor=self.cast.admin,
                wallet_id=wallet_id,
                slip_number=f"J{wallet_id:04d}",
            )
            have = passbook.balance(
                session, community_id=giver.community_id, person_id=giver.person_id
            ).available
            if have:
                wallet.give_by_wallet(
                    session, actor=giver, key=new_id(), wallet_id=wallet_id, minutes=min(have, 90)
                )

    @staticmethod
    def _receiver(session: Session, giver: Actor) -> int | None:
        """Return a relative whose kinship was verified, if the giver has one."""
        giver_id = giver.person_id or 0
        for relative in community_queries.relatives(session, giver_id):
            known = wallet_queries.kin(session, giver_id=giver_id, receiver_id=relative.person_id)
            if known is not None and known.is_verified and known.kind in LINEAL_KINDS:
                return relative.person_id
        return None
