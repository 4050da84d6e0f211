"""Builders for the hall: opinions in any state, meetings as far as a state, decisions."""

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from PIL import Image
from sqlalchemy.orm import Session

from tests.make import cases
from tests.make.access import make_actor
from tests.make.cases import Grid
from timebank.deliberation.queries import meetings
from timebank.deliberation.rules.meetings import (
    Conclusion,
    DecisionFacts,
    ItemFacts,
    Kind,
    MeetingFacts,
    SeatFacts,
    Side,
    State,
)
from timebank.deliberation.rules.opinions import OpinionFacts, Source, Topic
from timebank.deliberation.rules.opinions import State as OpinionState
from timebank.deliberation.service import following, holding, opinions, planning
from timebank.kernel import clock
from timebank.kernel.actor import Actor

SIDES = (
    (Side.PARTY_COMMITTEE, "高洁"),
    (Side.OWNERS_COMMITTEE, "孙立国"),
    (Side.PROPERTY_FIRM, "赵经理"),
    (Side.RESIDENTS, "周桂芳"),
)


@dataclass(frozen=True, slots=True)
class Hall:
    """A community with who keeps its meetings; ``second`` may close what ``keeper`` has done."""

    grid: Grid
    keeper: Actor
    second: Actor
    resident: Actor


def make_hall(session: Session, *, code: str = "JL") -> Hall:
    """Return a new community in which people meet."""
    grid = cases.make_grid(session, code=code)
    second = make_actor(session, community_id=grid.community_id, name="周雯")
    return Hall(grid, grid.admin, second, grid.resident)


def an_opinion(title: str = "高空抛物没人管") -> OpinionFacts:
    """Return what somebody says."""
    return OpinionFacts(title=title, words="7号楼楼上常扔烟头，楼下有孩子。", topic=Topic.SAFETY)


def make_opinion(
    session: Session, hall: Hall, state: OpinionState = OpinionState.NEW, *, title: str = "高空抛物"
) -> int:
    """Return an opinion in a state."""
    made = opinions.enter_opinion(
        session, actor=hall.keeper, source=Source.PHONE, facts=an_opinion(title)
    )
    if state is OpinionState.TAKEN:
        opinions.sort(
            session, actor=hall.keeper, opinion_id=made, topic=Topic.SAFETY, is_public=True
        )
    elif state is OpinionState.JOINED:
        other = make_opinion(session, hall, title="同样的事")
        opinions.join(session, actor=hall.keeper, opinion_id=made, same_as_id=other)
    elif state is OpinionState.AGENDA:
        meeting_id = make_meeting(session, hall)
        planning.put_on_agenda(session, actor=hall.keeper, opinion_id=made, meeting_id=meeting_id)
    elif state is OpinionState.CASE:
        case = cases.make_case(session, hall.grid)
        following.link_case(session, actor=hall.keeper, case_id=case.id, opinion_id=made)
    elif state is OpinionState.ANSWERED:
        opinions.answer(session, actor=hall.keeper, opinion_id=made, words="已经装了摄像头。")
    return made


def make_meeting(
    session: Session, hall: Hall, state: State = State.DRAFT, *, present: int = 4
) -> int:
    """Return a meeting that has gone as far as a state, with one item and four sides."""
    facts = MeetingFacts("高空抛物议事会", Kind.HALL, "社区议事厅", clock.now())
    made = planning.plan_meeting(session, actor=hall.keeper, facts=facts)
    if state is State.DRAFT:
        return made
    seats = [
        planning.seat(
            session,
            actor=hall.keeper,
            meeting_id=made,
            facts=SeatFacts(
                side,
                name,
                person_id=hall.resident.person_id if side is Side.RESIDENTS else None,
            ),
        )
        for side, name in SIDES
    ]
    item = planning.add_item(
        session, actor=hall.keeper, meeting_id=made, facts=ItemFacts("要不要装仰拍摄像头")
    )
    if state is State.CANCELLED:
        planning.call_off(session, actor=hall.keeper, meeting_id=made, reason="人凑不齐")
        return made
    planning.invite(session, actor=hall.keeper, meeting_id=made)
    if state is State.INVITED:
        return made
    for seat in seats[:present]:
        holding.sign_in(session, actor=hall.keeper, meeting_id=made, seat_id=seat)
    holding.hold(session, actor=hall.keeper, meeting_id=made)
    if state is State.HELD:
        return made
    holding.conclude(
        session, actor=hall.keeper, meeting_id=made, item_id=item,
        conclusion=Conclusion.DEFERRED, words="先问价",
    )  # fmt: skip
    holding.write_minutes(session, actor=hall.keeper, meeting_id=made, words="各方都说了。")
    holding.sign(session, actor=hall.keeper, meeting_id=made, scan=a_scan(), file_name="签字.jpg")
    if state is State.PUBLISHED:
        holding.publish(session, actor=hall.keeper, meeting_id=made)
    return made


def a_decision(seat_id: int, *, due_on: date | None = None) -> DecisionFacts:
    """Return what is decided."""
    return DecisionFacts("装 6 个仰拍摄像头", seat_id, due_on or clock.today() + timedelta(days=10))


def make_decision(session: Session, hall: Hall) -> int:
    """Return a decision that was made with a quorum; a resident sees to it."""
    made = make_meeting(session, hall, State.HELD)
    view = meetings.meeting(session, actor=hall.keeper, meeting_id=made)
    return holding.decide(
        session, actor=hall.keeper, meeting_id=made, item_id=view.items[0].id,
        facts=a_decision(view.seats[-1].id),
    )  # fmt: skip


def a_scan() -> bytes:
    """Return a small picture of a signed sheet."""
    kept = BytesIO()
    Image.new("RGB", (8, 8), "white").save(kept, "PNG")
    return kept.getvalue()
