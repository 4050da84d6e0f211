"""What people say is answered, meetings decide with a quorum, a signed record stays as it is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import deliberation as make
from tests.make.access import make_actor
from tests.make.community import make_person
from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.errors import opinions as opinion_errors
from timebank.deliberation.models.meetings import Meeting
from timebank.deliberation.queries import decisions as decision_queries
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.queries import opinions as opinion_queries
from timebank.deliberation.queries.decisions import DecisionFilter
from timebank.deliberation.queries.opinions import OpinionFilter
from timebank.deliberation.rules import opinions as opinion_rules
from timebank.deliberation.rules.meetings import (
    Conclusion,
    ItemFacts,
    Kind,
    NoteKind,
    Quorum,
    QuorumRule,
    Seat,
    Side,
    StanceFacts,
    State,
    quorum,
)
from timebank.deliberation.service import following, holding, opinions, planning
from timebank.kernel import clock
from timebank.notices.queries import messages


@pytest.fixture
def hall(session: Session) -> make.Hall:
    """A community in which people meet."""
    return make.make_hall(session)


def test_a_quorum_counts_votes_heads_and_sides() -> None:
    rule = QuorumRule(share_permille=500, heads_min=3, sides_min=2)
    here = [Seat(Side.RESIDENTS, has_vote=True, is_there=True)] * 4
    away = [Seat(Side.PROPERTY_FIRM, has_vote=True, is_there=False)] * 3
    guests = [Seat(Side.EXPERTS, has_vote=False, is_there=True)] * 9
    counted = quorum(rule, [*here, *away, *guests])

    assert counted == Quorum(rule, invited=7, by_share=4, needed=4, present=4, sides=1)
    assert not counted.is_met
    other = Seat(Side.PROPERTY_FIRM, has_vote=True, is_there=True)
    assert quorum(rule, [*here, *away[1:], other, *guests]).is_met


def test_an_opinion_is_supported_once_each_and_one_answer_serves_all(
    session: Session, hall: make.Hall
) -> None:
    said = opinions.give_opinion(session, actor=hall.resident, facts=make.an_opinion())
    again = make.make_opinion(session, hall, title="楼上扔东西")
    person = make_person(
        session, community_id=hall.grid.community_id, name="王建国",
        micro_grid_id=hall.grid.micro_grid_id, phone="13800000421",
    )  # fmt: skip
    neighbour = make_actor(
        session, community_id=hall.grid.community_id, person_id=person.id,
        roles=(("volunteer", "own", None),), name="王建国",
    )  # fmt: skip
    with pytest.raises(opinion_errors.OpinionNotFoundError):
        opinions.support(session, actor=neighbour, opinion_id=said)
    opinions.sort(
        session, actor=hall.keeper, opinion_id=said, topic=opinion_rules.Topic.SAFETY,
        is_public=True,
    )  # fmt: skip
    opinions.support(session, actor=neighbour, opinion_id=said)
    with pytest.raises(opinion_errors.AlreadySupportedError):
        opinions.support(session, actor=neighbour, opinion_id=said)
    with pytest.raises(opinion_errors.OwnOpinionError):
        opinions.support(session, actor=hall.resident, opinion_id=said)
    with pytest.raises(opinion_errors.JoinedToItselfError):
        opinions.join(session, actor=hall.keeper, opinion_id=again, same_as_id=again)
    opinions.join(session, actor=hall.keeper, opinion_id=again, same_as_id=said)
    assert opinion_queries.opinion(session, actor=neighbour, opinion_id=said).supporters == 2

    opinions.answer(session, actor=hall.keeper, opinion_id=said, words="下周装摄像头。")

    told = opinion_queries.opinion(session, actor=hall.keeper, opinion_id=again)
    assert (told.answer, told.answered_by_name) == ("下周装摄像头。", "高洁")
    assert messages.unread_count(session, hall.resident) == 1
    with pytest.raises(opinion_errors.NotOpenToSupportError):
        opinions.support(session, actor=neighbour, opinion_id=said)


def test_who_has_no_account_follows_by_a_token(session: Session, hall: make.Hall) -> None:
    facts = make.an_opinion("停车位太少")
    token = opinions.give_in_public(
        session, community_id=hall.grid.community_id, facts=facts, address="203.0.113.9"
    )

    assert opinion_queries.by_token(session, token).title == "停车位太少"
    with pytest.raises(opinion_errors.OpinionNotFoundError):
        opinion_queries.by_token(session, token[:-1])


def test_the_answer_is_due_by_the_term_in_force_and_what_is_late_comes_first(
    session: Session, hall: make.Hall
) -> None:
    first = make.make_opinion(session, hall)
    opinions.set_term(session, actor=hall.keeper, days=2)
    second = make.make_opinion(session, hall)
    with clock.fixed_at(clock.now() + timedelta(days=3)):
        page = opinion_queries.opinions(session, actor=hall.keeper, wanted=OpinionFilter(), limit=1)
        rest = opinion_queries.opinions(
            session, actor=hall.keeper, wanted=OpinionFilter(), cursor=page.next_cursor
        )

    assert [(one.id, one.is_late) for one in (*page.items, *rest.items)] == [
        (second, True), (first, False),
    ]  # fmt: skip


def test_a_decision_wants_a_quorum_by_the_rule_stamped_at_the_invitation(
    session: Session, hall: make.Hall
) -> None:
    meeting_id = make.make_meeting(session, hall, State.HELD, present=2)
    planning.set_rule(session, actor=hall.keeper, kind=Kind.HALL, rule=QuorumRule(500, 1, 1))
    view = queries.meeting(session, actor=hall.keeper, meeting_id=meeting_id)
    told: dict[str, Any] = {
        "actor": hall.keeper,
        "meeting_id": meeting_id,
        "item_id": view.items[0].id,
    }
    facts = make.a_decision(view.seats[0].id)
    with pytest.raises(errors.NoQuorumError) as refused:
        holding.decide(session, facts=facts, **told)
    assert refused.value.facts == {"present": 2, "sides": 2, "needed": 3, "sides_needed": 2}
    holding.sign_in(session, actor=hall.keeper, meeting_id=meeting_id, seat_id=view.seats[2].id)
    with pytest.raises(errors.TooManyVotesError):
        holding.take_stance(session, facts=StanceFacts(Side.PROPERTY_FIRM, "同意", yes=2), **told)
    holding.take_stance(session, facts=StanceFacts(Side.PROPERTY_FIRM, "同意", yes=1), **told)

    holding.decide(session, facts=facts, **told)

    with pytest.raises(errors.ItemConcludedError):
        holding.conclude(session, conclusion=Conclusion.DEFERRED, words="再说", **told)
    later = make.make_meeting(session, hall)
    assert queries.meeting(session, actor=hall.keeper, meeting_id=later).quorum.rule.version == 1


def test_minutes_keep_both_values_and_a_signed_record_does_not_change(
    session: Session, hall: make.Hall
) -> None:
    meeting_id = make.make_meeting(session, hall, State.HELD)
    write: dict[str, Any] = {"actor": hall.keeper, "meeting_id": meeting_id}
    with pytest.raises(errors.MinutesMissingError):
        holding.sign(session, scan=make.a_scan(), file_name="a.png", **write)
    holding.write_minutes(session, words="到会 4 人", **write)
    holding.write_minutes(session, words="到会 5 人", **write)
    with pytest.raises(errors.ItemsOpenError):
        holding.sign(session, scan=make.a_scan(), file_name="a.png", **write)
    item = queries.meeting(session, actor=hall.keeper, meeting_id=meeting_id).items[0]
    holding.conclude(
        session, item_id=item.id, conclusion=Conclusion.INFORMED, words="通报", **write
    )
    holding.sign(session, scan=make.a_scan(), file_name="a.png", **write)
    holding.add_addendum(session, words="到会其实 4 人", **write)

    view = queries.meeting(session, actor=hall.keeper, meeting_id=meeting_id)
    assert [(one.kind, one.before, one.words) for one in view.notes] == [
        (NoteKind.CORRECTION, "到会 4 人", "到会 5 人"),
        (NoteKind.ADDENDUM, "", "到会其实 4 人"),
    ]
    for statement in (
        "UPDATE meeting SET minutes = 'x' WHERE id = :id",
        "UPDATE meeting SET state = 'held', signed_at = NULL WHERE id = :id",
        "UPDATE agenda_item SET title = 'x' WHERE meeting_id = :id",
        "DELETE FROM meeting_seat WHERE meeting_id = :id",
        "UPDATE minutes_note SET words = 'x' WHERE meeting_id = :id",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement), {"id": meeting_id})
    holding.publish(session, **write)
    session.expire_all()
    assert session.get_one(Meeting, meeting_id).minutes == "到会 5 人"


def test_a_decision_is_closed_by_another_and_reminds_its_owner_once(
    session: Session, hall: make.Hall
) -> None:
    decision_id = make.make_decision(session, hall)
    before = messages.unread_count(session, hall.resident)
    with clock.fixed_at(clock.now() + timedelta(days=20)):
        for _ in range(2):
            following.remind(session, {})
        late = decision_queries.decisions(
            session, actor=hall.keeper, wanted=DecisionFilter(tab="late")
        )
    assert messages.unread_count(session, hall.resident) == before + 1
    assert [one.id for one in late.items] == [decision_id]
    following.finish(
        session, actor=hall.keeper, decision_id=decision_id, outcome="装好了",
        evidence=make.a_scan(), file_name="好.png",
    )  # fmt: skip
    with pytest.raises(errors.OwnDecisionError):
        following.close(session, actor=hall.keeper, decision_id=decision_id)
    following.close(session, actor=hall.second, decision_id=decision_id)

    closed = decision_queries.decision(session, actor=hall.keeper, decision_id=decision_id)
    assert (closed.state, closed.closed_by_name) == ("closed", "周雯")


def test_an_opinion_goes_from_the_agenda_to_a_project_and_counts(
    session: Session, hall: make.Hall
) -> None:
    opinion_id = make.make_opinion(session, hall, opinion_rules.State.TAKEN)
    decision_id = make.make_decision(session, hall)
    next_id = make.make_meeting(session, hall, State.INVITED)
    planning.put_on_agenda(session, actor=hall.keeper, opinion_id=opinion_id, meeting_id=next_id)
    planning.call_off(session, actor=hall.keeper, meeting_id=next_id, reason="改期")
    view = opinion_queries.opinion(session, actor=hall.keeper, opinion_id=opinion_id)
    assert (view.state, view.item_id) == (opinion_rules.State.TAKEN, None)

    made = following.start_project(
        session, actor=hall.keeper, decision_id=decision_id, title="加装摄像头"
    )

    with pytest.raises(errors.AlreadyLinkedError):
        following.start_project(
            session, actor=hall.keeper, decision_id=decision_id, title="再来一次"
        )
    year = clock.today().year
    figures = decision_queries.figures(session, actor=hall.keeper, year=year)
    assert (figures.meetings, figures.matters, figures.decided, figures.projects) == (1, 1, 1, 1)
    rows = decision_queries.decisions(
        session, actor=hall.keeper, wanted=DecisionFilter(tab="all", year=year, went="project")
    )
    assert [one.project_id for one in rows.items] == [made]
    matters = decision_queries.matters(session, actor=hall.keeper, year=year, decided=True)
    assert len(matters.items) == figures.decided


def test_another_community_finds_nothing(session: Session, hall: make.Hall) -> None:
    other = make.make_hall(session, code="LH")
    meeting_id = make.make_meeting(session, hall)
    opinion_id = make.make_opinion(session, hall)
    with pytest.raises(errors.MeetingNotFoundError):
        queries.meeting(session, actor=other.keeper, meeting_id=meeting_id)
    with pytest.raises(errors.MeetingNotFoundError):
        planning.add_item(
            session, actor=other.keeper, meeting_id=meeting_id, facts=ItemFacts("停车")
        )
    with pytest.raises(opinion_errors.OpinionNotFoundError):
        opinions.answer(session, actor=other.keeper, opinion_id=opinion_id, words="不是我们")
