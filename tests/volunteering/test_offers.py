"""A volunteer offers help, somebody asks for it; afterwards both sides say how it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.tasks import (
    END,
    START,
    Team,
    join,
    listed,
    make_need_task,
    make_team,
    need_facts,
    sign_up_id,
)
from tests.make.volunteering import NOW
from tests.make.volunteers import make_stranger
from timebank.kernel import clock
from timebank.volunteering.errors import admission as errors
from timebank.volunteering.errors.records import ReasonMissingError
from timebank.volunteering.models.feedback import TaskFeedback
from timebank.volunteering.models.offers import Offer
from timebank.volunteering.queries import feedback as said_of
from timebank.volunteering.queries import offers as reads_of
from timebank.volunteering.queries import volunteers
from timebank.volunteering.rules.feedback import FeedbackFacts, Satisfaction, TellingSide
from timebank.volunteering.rules.offers import OFFERS_MAX, OfferFacts
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service import feedback, needs, offers, rosters

GOOD = FeedbackFacts(Satisfaction.GOOD, is_solved=True, may_refer=True, words="剪得好")


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _offer(session: Session, team: Team, **changes: object) -> int:
    facts = OfferFacts(team.street.kind_id, "会理发，周三下午有空", date(2026, 12, 31))
    return offers.post_offer(
        session,
        actor=team.helpers[0],
        facts=replace(facts, **changes),  # type: ignore[arg-type]  # changed by name
    )


def test_what_is_offered_is_asked_for_and_whoever_offered_is_asked(session: Session) -> None:
    team = make_team(session, count=1)
    street = team.street
    offer_id = _offer(session, team)
    (seen,) = reads_of.offers(session, actor=street.elder).items
    assert (seen.id, seen.volunteer_name, seen.asked) == (offer_id, "志愿者甲", 0)
    assert reads_of.offers(session, actor=team.helpers[0]).items == []

    facts = replace(need_facts(street), offer_id=offer_id)
    need_id = needs.post_need(session, actor=street.elder, facts=facts)
    (task_id,) = needs.take_up(session, actor=street.officer, need_id=need_id)

    assert listed(session, task_id) == {team.helpers[0].person_id: SignUpState.ASKED}
    assert join(session, task_id, team.helpers[0]) == [SignUpState.ACCEPTED]
    assert reads_of.own_offers(session, actor=team.helpers[0])[0].asked == 1


def test_an_offer_says_something_until_a_day_and_there_are_not_too_many(session: Session) -> None:
    team = make_team(session, count=1)
    for changes, refusal in (
        ({"words": " "}, ReasonMissingError),
        ({"until_on": date(2026, 11, 17)}, errors.OfferDaysError),
        ({"until_on": date(2027, 11, 17)}, errors.OfferDaysError),
    ):
        with pytest.raises(refusal):
            _offer(session, team, **changes)
    for _ in range(OFFERS_MAX):
        last = _offer(session, team)
    with pytest.raises(errors.TooManyOffersError):
        _offer(session, team)
    offers.close_offer(session, actor=team.helpers[0], offer_id=last)
    _offer(session, team)


def test_what_was_taken_back_or_is_ones_own_is_not_asked_for(session: Session) -> None:
    team = make_team(session, count=1)
    street = team.street
    offer_id = _offer(session, team)
    own = replace(need_facts(street), recipient_id=team.helpers[0].person_id, offer_id=offer_id)
    with pytest.raises(errors.OfferOwnError):
        needs.post_need(session, actor=team.helpers[0], facts=own)
    with pytest.raises(errors.OfferNotFoundError):
        offers.close_offer(session, actor=street.elder, offer_id=offer_id)
    offers.close_offer(session, actor=team.helpers[0], offer_id=offer_id)
    with pytest.raises(errors.OfferClosedError):
        offers.close_offer(session, actor=team.helpers[0], offer_id=offer_id)
    with pytest.raises(errors.OfferClosedError):
        needs.post_need(
            session, actor=street.elder, facts=replace(need_facts(street), offer_id=offer_id)
        )
    with pytest.raises(errors.OfferNotFoundError):
        reads_of.offer(session, actor=make_stranger(session), offer_id=offer_id)
    with pytest.raises(DBAPIError, match="offer_move"), session.begin_nested():
        session.execute(update(Offer).values(state="open", closed_at=None))


def _served(session: Session) -> tuple[Team, int, int]:
    """A visit that was made; its task and the volunteer's place on it."""
    team = make_team(session, count=2)
    task_id = make_need_task(session, team.street)
    join(session, task_id, team.helpers[0])
    with clock.fixed_at(END + timedelta(minutes=10)):
        rosters.tick_roster(
            session,
            actor=team.street.officer,
            task_id=task_id,
            volunteer_ids=[team.helpers[0].person_id or 0],
        )
    return team, task_id, sign_up_id(session, task_id, team.helpers[0])


def test_both_sides_say_how_it_was_once_and_only_they_and_staff_read_it(session: Session) -> None:
    team, task_id, place = _served(session)
    street = team.street
    with clock.fixed_at(END + timedelta(hours=1)):
        assert [row[:2] for row in said_of.to_tell(session, actor=street.elder)] == [
            (place, task_id)
        ]
        feedback.tell(session, actor=street.elder, sign_up_id=place, facts=GOOD)
        fine = FeedbackFacts(Satisfaction.FAIR, words="门口灯坏了")
        feedback.tell(session, actor=team.helpers[0], sign_up_id=place, facts=fine)
        assert said_of.to_tell(session, actor=street.elder) == []

        def read_by(actor: object) -> list[str]:
            said = said_of.said_of_task(session, actor=actor, task_id=task_id)  # type: ignore[arg-type]
            return [one.words for one in said]

        assert read_by(street.officer) == ["剪得好", "门口灯坏了"]
        assert read_by(team.helpers[0]) == ["剪得好", "门口灯坏了"]
        assert read_by(street.elder) == ["剪得好"]
        assert read_by(team.helpers[1]) == []
        month = volunteers.last_months(session, [team.helpers[0].person_id or 0])
    lately = month[team.helpers[0].person_id or 0]
    assert (lately.served, lately.satisfied, lately.told, lately.references) == (1, 1, 1, 1)


def test_what_is_said_is_said_by_a_side_or_for_it_by_staff_after_it_was_served(
    session: Session,
) -> None:
    team, _, place = _served(session)
    with pytest.raises(errors.SolvedMissingError):
        feedback.tell(
            session, actor=team.street.elder, sign_up_id=place,
            facts=FeedbackFacts(Satisfaction.POOR),
        )  # fmt: skip
    feedback.tell(session, actor=team.street.officer, sign_up_id=place, facts=GOOD)
    (said,) = session.query(TaskFeedback)
    assert (said.side, said.is_by_staff) == (TellingSide.SERVED, True)

    later = need_facts(team.street, starts_at=START + timedelta(days=1))
    task_id = make_need_task(session, team.street, facts=later)
    join(session, task_id, team.helpers[1])
    coming = sign_up_id(session, task_id, team.helpers[1])
    with pytest.raises(errors.NotServedYetError):
        feedback.tell(session, actor=team.street.elder, sign_up_id=coming, facts=GOOD)
    values = {
        "community_id": team.street.community.id, "sign_up_id": coming, "task_id": task_id,
        "volunteer_id": team.helpers[1].person_id, "side": "served", "satisfaction": "good",
        "is_solved": True, "may_refer": False, "words": "", "at": NOW, "told_by_name": "",
        "is_by_staff": True,
    }  # fmt: skip
    with pytest.raises(DBAPIError, match="feedback_not_served"), session.begin_nested():
        session.execute(insert(TaskFeedback).values(values))
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(update(TaskFeedback).values(satisfaction="poor"))


def test_the_same_side_does_not_speak_twice(session: Session) -> None:
    team, _, place = _served(session)
    feedback.tell(session, actor=team.street.elder, sign_up_id=place, facts=GOOD)
    with pytest.raises(errors.AlreadyToldError), session.begin_nested():
        feedback.tell(session, actor=team.street.elder, sign_up_id=place, facts=GOOD)
