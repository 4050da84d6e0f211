"""On which day a slip stands, and telling those whom the member wants told."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.errors.tills import DayClosedError
from timebank.care.models.tills import CareTill, CounterTelling
from timebank.care.queries import tills
from timebank.care.rules import tills as rules
from timebank.care.rules.desk import RedemptionView
from timebank.care.rules.notices import MinutesReturned, MinutesTaken
from timebank.care.service.cards import refuse_own_or_kin
from timebank.care.service.slips import Act
from timebank.community import queries as community_queries
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.rules.notice import Notice
from timebank.notices.service.telling import tell
from timebank.trail import service as trail
from timebank.volunteering.queries import passbook

PAGE = "/me"


def slip_day(session: Session, *, actor: Actor, act: Act) -> date:
    """Return the day on whose slips an act stands: today; for late ones their own, if it is open.

    The till is locked, so that nobody closes that day meanwhile.

    Raises:
        DayClosedError: no day is open soon.
    """
    today = clock.today()
    if act.served_on is None:
        return today
    till = tills.till_of(session, actor=actor, centre_id=act.centre_id)
    session.execute(
        select(CareTill.id).where(CareTill.id == till.id).with_for_update(read=True, key_share=True)
    )
    for day in rules.days_of_slip(act.served_on, today):
        if not tills.is_closed(session, till_id=till.id, day=day):
            return day
    raise DayClosedError(till=till.name, day=today)


def choose_telling(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    tells_self: bool,
    relative_id: int | None = None,
) -> None:
    """Note whom a member wants told when minutes are taken: chosen by the member or for them.

    Raises:
        PersonNotFoundError: the member is not within reach, or the relative is none of theirs.
        OwnServiceError: staff would do it for their own family.
    """
    if actor.person_id != person_id:
        community_queries.person_within(
            session,
            community_id=actor.community_id,
            person_id=person_id,
            reach=actor.reach("person.search"),
        )
        refuse_own_or_kin(session, actor=actor, person_id=person_id)
    kin = {one.person_id for one in community_queries.relatives(session, person_id)}
    if relative_id is not None and relative_id not in kin:
        raise PersonNotFoundError
    row = session.get(CounterTelling, person_id, with_for_update=True)
    if row is None:
        row = CounterTelling(person_id=person_id, community_id=actor.community_id)
        session.add(row)
    row.tells_self, row.relative_id = tells_self, relative_id
    row.set_by, row.set_at = actor.name, clock.now()
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.telling_chosen",
        subject_type="person",
        subject_id=person_id,
    )


def tell_taken(session: Session, *, actor: Actor, view: RedemptionView) -> None:
    """Tell the chosen relative what was taken."""
    wanted = _wanted(session, view.person_id)
    if not wanted:
        return
    left = passbook.balance(
        session, community_id=actor.community_id, person_id=view.person_id
    ).available
    what = "、".join(f"{line.service_name} × {line.quantity}" for line in view.lines)
    notice = MinutesTaken(view.person_name, view.centre_name, view.total_minutes, what, left)
    _tell(session, actor, wanted, notice, key=f"care.taken:{view.id}")


def tell_returned(session: Session, *, actor: Actor, view: RedemptionView) -> None:
    """Tell the same relative that it was undone, and why."""
    wanted = _wanted(session, view.person_id)
    notice = MinutesReturned(
        view.person_name, view.centre_name, view.total_minutes, view.undo_reason
    )
    _tell(session, actor, wanted, notice, key=f"care.returned:{view.id}")


def tells_self(session: Session, person_id: int) -> bool:
    """Whether a member wants to be told; so it is until they say otherwise."""
    row = session.get(CounterTelling, person_id)
    return row is None or row.tells_self


def _wanted(session: Session, person_id: int) -> list[int]:
    """Return the relative who is to be told about a member's minutes, if one was chosen."""
    row = session.get(CounterTelling, person_id)
    return [] if row is None or row.relative_id is None else [row.relative_id]


def _tell(session: Session, actor: Actor, to: list[int], notice: Notice, *, key: str) -> None:
    """Tell each of them once."""
    tell(session, actor=actor, to=to, notice=notice, key=key, url=PAGE)
