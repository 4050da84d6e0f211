"""Builders for who is a volunteer: applications on their way, insurance."""

from datetime import date

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community
from tests.make.volunteering import Street
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.models.admission import AccidentCover
from timebank.volunteering.service import admission


def make_cover(
    session: Session,
    street: Street,
    *,
    person_id: int | None = None,
    from_on: date = date(2026, 1, 1),
    until_on: date = date(2026, 12, 31),
) -> None:
    """Insure one volunteer against accidents, or all of the community."""
    session.add(
        AccidentCover(
            community_id=street.community.id,
            person_id=person_id,
            policy_number="PDAA2026-37",
            insurer="人保财险",
            from_on=from_on,
            until_on=until_on,
            noted_at=clock.now(),
            noted_by_name="赵强",
        )
    )
    session.flush()


def make_applied(session: Session, actor: Actor) -> int:
    """Let somebody ask to become a volunteer, and return who they are."""
    assert actor.person_id is not None
    admission.apply(session, actor=actor, words="周末有空")
    return actor.person_id


def make_stranger(session: Session) -> Actor:
    """Return an administrator of another community."""
    return make_actor(session, community_id=make_community(session, code="XH").id)
