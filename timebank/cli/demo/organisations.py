"""The desk of an organisation in the demo's year: who leads, belongs and is asked; activities."""

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community import queries as community_queries
from timebank.community.rules import OrganisationKind
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.proposals import ProposalFacts, TakingUp
from timebank.volunteering.service import organisations, proposals

MEMBERS = 8


def care_body(session: Session, community_id: int) -> int | None:
    """Return the body that arranges free clinics and ways to hospital, if the community has it."""
    found = community_queries.organisations(session, community_id, OrganisationKind.CARE_CENTRE)
    return found[0].id if found else None


class OrganisationsOfTheYear:
    """Plans that the first volunteer leads the centre's helpers and asks the others."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline

    def plan(self, *, last: date) -> None:
        """Name the leader months ago; eight agreed since, one has to answer; two are proposed."""
        self.timeline.add(moment(last - timedelta(days=150), 10), self._open)
        self.timeline.add(moment(last - timedelta(days=2), 15), self._ask_one_more)
        for days, name, in_days in ((9, "冬季养生讲座", 6), (1, "教老人用手机", 13)):
            on = last + timedelta(days=in_days)
            told = self._proposer(name, on, is_taken_up=days > 1)
            self.timeline.add(moment(last - timedelta(days=days), 16), told)

    def _open(self, session: Session) -> None:
        """The administrator names the leader, who asks the first eight."""
        body_id = care_body(session, self.cast.community_id)
        if body_id is None:
            return
        leader, *others = self.cast.members
        organisations.name_leader(
            session,
            actor=self.cast.admin,
            organisation_id=body_id,
            card_no=self._card(leader),
        )
        for member in others[:MEMBERS]:
            organisations.agree(
                session, actor=member, membership_id=self._ask(session, body_id, member)
            )

    def _ask_one_more(self, session: Session) -> None:
        """The leader asks one more, who has not answered yet."""
        body_id = care_body(session, self.cast.community_id)
        if body_id is not None:
            for member in self.cast.members[MEMBERS + 1 : MEMBERS + 2]:
                self._ask(session, body_id, member)

    def _proposer(self, name: str, on: date, *, is_taken_up: bool) -> Callable[[Session], None]:
        """Return the act by which the leader proposes an activity; one staff post, one waits."""

        def propose(session: Session) -> None:
            body_id = care_body(session, self.cast.community_id)
            if body_id is None:
                return
            facts = ProposalFacts(
                kind_id=limits.kinds(session, self.cast.community_id)[0].id,
                activity=name,
                starts_at=moment(on, 9),
                ends_at=moment(on, 11),
                places=6,
                place="社区活动室",
            )
            proposal_id = proposals.propose_activity(
                session, actor=self.cast.members[0], organisation_id=body_id, facts=facts
            )
            if is_taken_up:
                proposals.take_up_proposal(
                    session,
                    actor=self.cast.manager,
                    proposal_id=proposal_id,
                    terms=TakingUp(),
                )

        return propose

    def _ask(self, session: Session, body_id: int, member: Actor) -> int:
        """Let the leader ask somebody; return the ask."""
        return organisations.ask_member(
            session,
            actor=self.cast.members[0],
            organisation_id=body_id,
            card_no=self._card(member),
        )

    def _card(self, member: Actor) -> str:
        """Return the card of a volunteer who has an account."""
        known = {one.id: one.card_no for one in self.cast.volunteers}
        return known.get(member.person_id or 0) or ""
