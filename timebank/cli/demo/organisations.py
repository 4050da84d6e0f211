"""The desk of an organisation in the demo's year: who leads it, who belongs, who is asked."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community import queries as community_queries
from timebank.community.rules import OrganisationKind
from timebank.kernel.actor import Actor
from timebank.volunteering.service import organisations

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
        """Name the leader months ago; eight agreed since, one has still to answer."""
        self.timeline.add(moment(last - timedelta(days=150), 10), self._open)
        self.timeline.add(moment(last - timedelta(days=2), 15), self._ask_one_more)

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
