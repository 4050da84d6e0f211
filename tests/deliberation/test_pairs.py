"""Every pair of state and command: what the tables allow moves, all else is refused in full."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy.orm import Session

from tests.make import cases
from tests.make import deliberation as make
from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.errors.opinions import OpinionMoveError
from timebank.deliberation.models.meetings import Decision, Meeting
from timebank.deliberation.models.opinions import Opinion
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.rules import decisions, meetings, opinions
from timebank.deliberation.rules.meetings import Conclusion, ItemFacts
from timebank.deliberation.service import following, holding, planning
from timebank.deliberation.service import opinions as verbs
from timebank.kernel.errors import ConflictError

Act = Callable[[Session, make.Hall, int], object]
C = opinions.Command


def _case(session: Session, hall: make.Hall) -> int:
    return cases.make_case(session, hall.grid).id


OPINION_ACTS: Mapping[opinions.Command, Act] = {
    C.SORT: lambda s, h, i: verbs.sort(
        s, actor=h.keeper, opinion_id=i, topic=opinions.Topic.PARKING
    ),
    C.JOIN: lambda s, h, i: verbs.join(
        s, actor=h.keeper, opinion_id=i, same_as_id=make.make_opinion(s, h)
    ),
    C.SPLIT: lambda s, h, i: verbs.split(s, actor=h.keeper, opinion_id=i),
    C.PUT_ON_AGENDA: lambda s, h, i: planning.put_on_agenda(
        s, actor=h.keeper, opinion_id=i, meeting_id=make.make_meeting(s, h)
    ),
    C.OPEN_CASE: lambda s, h, i: following.link_case(
        s, actor=h.keeper, case_id=_case(s, h), opinion_id=i
    ),
    C.ANSWER: lambda s, h, i: verbs.answer(s, actor=h.keeper, opinion_id=i, words="办好了"),
    C.REOPEN: lambda s, h, i: verbs.reopen(s, actor=h.keeper, opinion_id=i, reason="没办好"),
}


def test_every_pair_of_an_opinion_moves_or_is_refused(session: Session) -> None:
    hall = make.make_hall(session)
    for state in opinions.State:
        opinion_id = make.make_opinion(session, hall, state)
        for command in C:
            undone = session.begin_nested()
            arrow = opinions.ARROWS.get((state, command))
            if arrow is None:
                with pytest.raises(OpinionMoveError) as refused:
                    OPINION_ACTS[command](session, hall, opinion_id)
                assert command.value not in refused.value.facts["possible"]  # type: ignore[operator]
            else:
                OPINION_ACTS[command](session, hall, opinion_id)
                assert session.get_one(Opinion, opinion_id).state == arrow.to, (state, command)
                assert arrow.why
            undone.rollback()
            session.expire_all()
            assert session.get_one(Opinion, opinion_id).state == state


M = meetings.Command


def _seat(session: Session, hall: make.Hall, meeting_id: int) -> int:
    found = queries.seats_of(session, meeting_id)
    return next((one.id for one in found if one.signed_in_at is None), 0)


def _item(session: Session, hall: make.Hall, meeting_id: int) -> int:
    view = queries.meeting(session, actor=hall.keeper, meeting_id=meeting_id)
    return next((one.id for one in view.items), 0)


def _conclude(session: Session, hall: make.Hall, meeting_id: int) -> None:
    holding.conclude(
        session, actor=hall.keeper, meeting_id=meeting_id, words="下次再议",
        item_id=_item(session, hall, meeting_id), conclusion=Conclusion.DEFERRED,
    )  # fmt: skip


def _sign(session: Session, hall: make.Hall, meeting_id: int) -> None:
    if session.get_one(Meeting, meeting_id).state == meetings.State.HELD:
        holding.write_minutes(session, actor=hall.keeper, meeting_id=meeting_id, words="写了")
        _conclude(session, hall, meeting_id)
    holding.sign(
        session, actor=hall.keeper, meeting_id=meeting_id, scan=make.a_scan(), file_name="a.png"
    )


MEETING_ACTS: Mapping[meetings.Command, Act] = {
    M.PLAN: lambda s, h, i: planning.add_item(
        s, actor=h.keeper, meeting_id=i, facts=ItemFacts("停车")
    ),
    M.INVITE: lambda s, h, i: planning.invite(s, actor=h.keeper, meeting_id=i),
    M.SIGN_IN: lambda s, h, i: holding.sign_in(
        s, actor=h.keeper, meeting_id=i, seat_id=_seat(s, h, i)
    ),
    M.HOLD: lambda s, h, i: holding.hold(s, actor=h.keeper, meeting_id=i),
    M.DISCUSS: _conclude,
    M.WRITE: lambda s, h, i: holding.write_minutes(s, actor=h.keeper, meeting_id=i, words="记录"),
    M.SIGN: _sign,
    M.ADD: lambda s, h, i: holding.add_addendum(s, actor=h.keeper, meeting_id=i, words="补一句"),
    M.PUBLISH: lambda s, h, i: holding.publish(s, actor=h.keeper, meeting_id=i),
    M.CANCEL: lambda s, h, i: planning.call_off(s, actor=h.keeper, meeting_id=i, reason="改期"),
}


def _ready(session: Session, hall: make.Hall, state: meetings.State) -> int:
    """A meeting in a state; a draft with somebody and something on it."""
    made = make.make_meeting(session, hall, state, present=3)
    if state is meetings.State.DRAFT:
        for side, name in make.SIDES:
            facts = meetings.SeatFacts(side, name)
            planning.seat(session, actor=hall.keeper, meeting_id=made, facts=facts)
        planning.add_item(session, actor=hall.keeper, meeting_id=made, facts=ItemFacts("停车"))
    return made


def test_every_pair_of_a_meeting_moves_or_is_refused(session: Session) -> None:
    hall = make.make_hall(session)
    for state in meetings.State:
        meeting_id = _ready(session, hall, state)
        for command in M:
            undone = session.begin_nested()
            arrow = meetings.ARROWS.get((state, command))
            if arrow is None:
                with pytest.raises(ConflictError) as refused:
                    MEETING_ACTS[command](session, hall, meeting_id)
                sealed = state in meetings.SEALED
                kind = errors.MeetingSignedError if sealed else errors.MeetingMoveError
                assert refused.type is kind, (state, command)
            else:
                MEETING_ACTS[command](session, hall, meeting_id)
                assert session.get_one(Meeting, meeting_id).state == arrow.to, (state, command)
                assert arrow.why
            undone.rollback()
            session.expire_all()
            assert session.get_one(Meeting, meeting_id).state == state


D = decisions.Command
DECISION_ACTS: Mapping[decisions.Command, Act] = {
    D.FINISH: lambda s, h, i: following.finish(s, actor=h.keeper, decision_id=i, outcome="装好了"),
    D.CLOSE: lambda s, h, i: following.close(s, actor=h.second, decision_id=i),
    D.SEND_BACK: lambda s, h, i: following.send_back(
        s, actor=h.second, decision_id=i, reason="少一个"
    ),
    D.LINK: lambda s, h, i: following.link_case(
        s, actor=h.keeper, case_id=_case(s, h), decision_id=i
    ),
}


def test_every_pair_of_a_decision_moves_or_is_refused(session: Session) -> None:
    hall = make.make_hall(session)
    decision_id = make.make_decision(session, hall)
    for state in decisions.State:
        if state is not decisions.State.OPEN:
            act = D.FINISH if state is decisions.State.DONE else D.CLOSE
            DECISION_ACTS[act](session, hall, decision_id)
        for command in D:
            undone = session.begin_nested()
            arrow = decisions.ARROWS.get((state, command))
            if arrow is None:
                with pytest.raises(errors.DecisionMoveError):
                    DECISION_ACTS[command](session, hall, decision_id)
            else:
                DECISION_ACTS[command](session, hall, decision_id)
                assert session.get_one(Decision, decision_id).state == arrow.to
                assert arrow.why
            undone.rollback()
            session.expire_all()
