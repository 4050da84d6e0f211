"""What the database itself refuses of needs, tasks, sign-ups and presences."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.tasks import (
    END,
    START,
    Team,
    join,
    make_activity,
    make_helper,
    make_need,
    make_need_task,
    make_team,
)
from tests.make.volunteering import NOW
from tests.make.volunteers import make_cover
from timebank.kernel import clock
from timebank.volunteering.models.needs import GuardianConsent, Need
from timebank.volunteering.models.presence import Presence, PresenceCorrection
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import presence as reads
from timebank.volunteering.rules.needs import Risk, Wishes
from timebank.volunteering.rules.presence import Given
from timebank.volunteering.service import checkins


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _refused(session: Session, statement: Any, rule: str) -> None:
    """Expect the database to refuse a statement by the name of a rule."""
    with pytest.raises((IntegrityError, DBAPIError), match=rule), session.begin_nested():
        session.execute(statement)


def _copy(session: Session, model: Any, row_id: int, **changes: Any) -> dict[str, Any]:
    """Return the columns of a row without its id, with changes."""
    row = session.get_one(model, row_id, populate_existing=True)
    columns = {c.name: getattr(row, c.name) for c in model.__table__.columns if c.name != "id"}
    return {**columns, **changes}


def _seat(team: Team, task_id: int, person_id: int | None, **changes: Any) -> Any:
    """A sign-up past every service."""
    return insert(SignUp).values(
        community_id=team.street.community.id,
        task_id=task_id,
        volunteer_id=person_id,
        starts_at=changes.pop("starts_at", START),
        ends_at=changes.pop("ends_at", END),
        state=changes.pop("state", "accepted"),
        state_reason="",
        signed_at=NOW,
        accepted_at=NOW,
        changed_at=NOW,
        was_moved_up=False,
        code_tries=0,
        **changes,
    )


def test_a_need_keeps_what_was_told_and_goes_only_along_its_arrows(session: Session) -> None:
    team = make_team(session, count=0)
    need_id = make_need(session, team.street)
    one = update(Need).where(Need.id == need_id)

    _refused(session, one.values(details="别的"), "need_both_values")
    _refused(session, one.values(state="ended", decided_at=NOW), "need_move")
    _refused(session, one.values(state="declined", decided_at=NOW), "refused_why")
    _refused(session, delete(Need).where(Need.id == need_id), "need_kept")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"asker": "self", "asked_by_id": None}, "own_need"),
        ({"asker": "relative", "consent": ""}, "relative_with_consent|need_relative_verified"),
        ({"minutes": 5}, "minutes_range"),
        ({"helpers": 51}, "helpers_range"),
        ({"weekdays": "5"}, "repeats_to_a_day"),
        ({"weekdays": "5", "repeat_until_on": date(2027, 3, 20)}, "need_repeat_bounded"),
        (
            {"weekdays": "5", "repeat_until_on": date(2026, 12, 20), "is_urgent": True},
            "urgent_is_once",
        ),
        ({"channel": "case"}, "case_named"),
        ({"risk": "none"}, "risk_known"),
        ({"state": "nowhere"}, "state_known"),
    ],
)
def test_the_database_refuses_needs_that_break_a_rule(
    session: Session, changes: dict[str, Any], rule: str
) -> None:
    team = make_team(session, count=0)
    row = _copy(session, Need, make_need(session, team.street), **changes)

    _refused(session, insert(Need).values(row), rule)


def test_a_stranger_is_no_relative_and_a_risky_kind_is_not_harmless(session: Session) -> None:
    team = make_team(session, count=1)
    need_id = make_need(session, team.street)
    stranger = team.helpers[0].person_id
    row = _copy(session, Need, need_id, asker="relative", asked_by_id=stranger, consent="她说可以")
    _refused(session, insert(Need).values(row), "need_relative_verified")
    session.execute(
        text("UPDATE service_kind SET is_risky = :yes WHERE id = :id"),
        {"yes": True, "id": team.street.kind_id},
    )
    _refused(session, insert(Need).values(_copy(session, Need, need_id)), "need_risk_of_kind")


def test_places_are_counted_by_the_database_and_never_overfilled(session: Session) -> None:
    team = make_team(session)
    one, two, _ = team.helpers
    task_id = make_activity(session, team.street, places=1)
    join(session, task_id, one)
    row = update(Task).where(Task.id == task_id)

    _refused(session, _seat(team, task_id, two.person_id), "not_overfull")
    _refused(session, row.values(taken=0), "task_counts")
    _refused(session, row.values(places=0), "places_range|not_overfull|task_both_values")
    _refused(session, row.values(starts_at=START + timedelta(hours=1)), "task_both_values")
    _refused(session, row.values(state="cancelled", closed_at=NOW), "cancelled_why")
    _refused(session, row.values(state="done"), "closed_when")
    _refused(session, delete(Task).where(Task.id == task_id), "task_kept")
    assert session.get_one(Task, task_id, populate_existing=True).taken == 1


def test_nobody_sits_in_two_places_or_at_other_times_than_the_task(session: Session) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    first = make_activity(session, team.street)
    second = make_activity(session, team.street, activity="值守")
    join(session, first, one)
    seat = update(SignUp).where(SignUp.task_id == first)

    _refused(session, _seat(team, second, one.person_id), "sign_up_overlap")
    _refused(
        session,
        _seat(team, second, two.person_id, ends_at=END + timedelta(hours=1)),
        "(?i)foreign key",
    )
    _refused(session, seat.values(task_id=second), "sign_up_told")
    _refused(session, seat.values(state="waiting", queued_at=NOW), "sign_up_move")
    _refused(session, seat.values(code_tries=6), "tries_bounded")
    _refused(session, delete(SignUp).where(SignUp.task_id == first), "sign_up_kept")


def test_minors_and_the_one_served_get_no_place_past_the_rules(session: Session) -> None:
    team = make_team(session, count=0)
    street = team.street
    pupil = make_helper(session, street, born_on=date(2010, 6, 1))
    visit = make_need_task(session, street)
    risky = make_activity(session, street, wishes=Wishes(risk=Risk.RAISED))
    make_cover(session, street)

    _refused(session, _seat(team, visit, street.elder_person.id), "sign_up_self")
    _refused(session, _seat(team, visit, pupil.person_id), "sign_up_minor")
    session.add(
        GuardianConsent(
            community_id=street.community.id,
            minor_id=pupil.person_id,
            guardian_id=street.elder_person.id,
            given_at=NOW,
            witnessed_by_name="赵强",
        )
    )
    session.flush()
    _refused(session, _seat(team, risky, pupil.person_id), "sign_up_minor")
    session.execute(_seat(team, visit, pupil.person_id))
    consent = update(GuardianConsent)
    session.execute(consent.values(withdrawn_at=NOW))
    _refused(session, consent.values(withdrawn_at=None), "guardian_consent_withdrawn")
    _refused(session, consent.values(minor_id=street.elder_person.id), "consent_told|two_people")


def test_a_presence_never_runs_on_and_changes_only_with_both_values(session: Session) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    task_id = make_activity(session, team.street)
    join(session, task_id, one)
    with clock.fixed_at(START):
        given = Given(stamp=reads.stamp_now(task_id))
        checkins.check_in(session, actor=one, task_id=task_id, given=given)
    there = session.query(Presence).one()
    row = update(Presence).where(Presence.id == there.id)
    ended = {"ended_how": "staff", "ended_recorded_at": END}

    too_late = END + timedelta(hours=1, minutes=1)
    _refused(session, row.values(ended_at=too_late, **ended), "presence_outside")
    _refused(session, row.values(ended_at=END), "ends_somehow")
    planned = {"ended_at": END, "ended_how": "planned"}
    _refused(session, row.values(**planned), "forgotten_is_reviewed")
    _refused(session, row.values(volunteer_id=two.person_id), "presence_told")
    _refused(session, row.values(started_at=START + timedelta(minutes=5)), "presence_both_values")
    session.execute(row.values(**planned, review_reason="no_check_out"))
    earlier = END - timedelta(minutes=5)
    _refused(session, row.values(ended_at=earlier), "presence_both_values")
    line = {
        "community_id": there.community_id, "presence_id": there.id, "at": END,
        "actor_name": "赵强", "reason": "老人说的", "started_before": START,
        "started_after": START, "ended_before": END, "ended_after": earlier,
    }  # fmt: skip
    _refused(session, insert(PresenceCorrection).values({**line, "reason": ""}), "reason_given")
    session.execute(insert(PresenceCorrection).values(line))
    session.execute(row.values(ended_at=earlier))
    _refused(session, update(PresenceCorrection).values(reason="改"), "append-only|denied")
    _refused(session, delete(Presence), "presence_kept")


def test_a_presence_needs_a_place_and_one_person_is_in_one_place(session: Session) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    first = make_activity(session, team.street)
    second = make_activity(
        session,
        team.street,
        activity="下午",
        starts_at=END,
        ends_at=END + timedelta(hours=1),
    )
    join(session, first, one, two)
    join(session, second, one)
    with clock.fixed_at(START):
        given = Given(stamp=reads.stamp_now(first))
        checkins.check_in(session, actor=one, task_id=first, given=given)
    there = session.query(Presence).one()
    seats: dict[tuple[int, int | None], int] = {
        (s.task_id, s.volunteer_id): s.id for s in session.query(SignUp)
    }
    row = _copy(session, Presence, there.id)

    left = {"ended_at": START + timedelta(minutes=30), "ended_how": "staff"}
    wrong = {**row, **left, "sign_up_id": seats[first, two.person_id]}
    _refused(session, insert(Presence).values(wrong), "presence_not_accepted")
    twice = {
        **row,
        "sign_up_id": seats[second, one.person_id],
        "task_id": second,
        "started_at": END,
    }
    _refused(session, insert(Presence).values(twice), "presence_open|presence.volunteer_id")
