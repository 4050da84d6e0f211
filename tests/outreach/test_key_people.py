"""Those who are looked after: listed with a reason, seen in time, masked, told so themselves."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.community import make_person
from tests.make.outreach import NOW, TODAY, Ward, make_ward
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock
from timebank.notices.models.messages import Message
from timebank.outreach.errors import key_people as errors
from timebank.outreach.errors.visits import NotAVisitorError
from timebank.outreach.models.key_people import KeyPerson
from timebank.outreach.queries import key_people as queries
from timebank.outreach.queries.key_people import KeyFilter
from timebank.outreach.rules import key_people as rules
from timebank.outreach.rules.key_people import Contact, KeyGroup, Reason
from timebank.outreach.service import key_people as service
from timebank.outreach.service import reminding
from timebank.trail.models import PersonLook, TrailEvent


@pytest.fixture
def ward(session: Session) -> Iterator[Ward]:
    """A community on the tenth of November."""
    with clock.fixed_at(NOW):
        yield make_ward(session)


def listed(session: Session, ward: Ward, **other: object) -> int:
    """Put the elder on the list and return the listing's id."""
    facts = {
        "actor": ward.officer,
        "person_id": ward.elder.id,
        "group": KeyGroup.OLD,
        "reason": Reason.LIVES_ALONE,
        "every_days": 7,
        "visitor_id": ward.officer_person.id,
        "note": "心脏不好，药在床头",
    }
    return service.list_person(session, **(facts | other))  # type: ignore[arg-type]  # facts of mixed types


def test_not_having_met_somebody_moves_nothing() -> None:
    due = date(2026, 11, 10)
    after = partial(rules.due_after_contact, every_days=7, due_on=due)

    assert after(Contact.NOT_MET, due) == due
    assert after(Contact.HOME, due) == date(2026, 11, 17)
    assert after(Contact.PHONE, date(2026, 11, 12)) == date(2026, 11, 19)
    assert after(Contact.HOME, date(2026, 10, 1)) == due


def test_fourteen_is_no_child_any_more() -> None:
    born = date(2012, 11, 10)

    assert rules.is_child(born, on=date(2026, 11, 9))
    assert not rules.is_child(born, on=date(2026, 11, 10))
    assert not rules.is_child(None, on=born)


def test_somebody_is_listed_once_within_reach(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)

    with pytest.raises(errors.AlreadyListedError):
        listed(session, ward)
    with pytest.raises(PersonNotFoundError):
        listed(session, ward, person_id=ward.far_elder.id)
    line = queries.key_person(session, actor=ward.officer, key_id=key_id).line
    assert (line.due_on, line.visitor_name) == (TODAY + timedelta(7), "刘洋")
    assert line.phone_masked == "138****0101"


def test_what_does_not_fit_is_refused(session: Session, ward: Ward) -> None:
    child = make_person(
        session,
        community_id=ward.community_id,
        name="孙小宝",
        household_id=ward.home.id,
        born_on=date(2018, 5, 1),
    )
    young = {"group": KeyGroup.YOUNG, "reason": Reason.PARENTS_AWAY, "person_id": child.id}

    for wrong, other in (
        (errors.ReasonDoesNotFitError, {"reason": Reason.PARENTS_AWAY}),
        (NotAVisitorError, {"visitor_id": ward.elder.id}),
        (errors.GuardianConsentMissingError, young),
        (errors.ConsentInFutureError, {**young, "consent_on": TODAY + timedelta(1)}),
    ):
        with pytest.raises(wrong):
            listed(session, ward, **other)
    listed(session, ward, **young, consent_on=TODAY)


def test_overdue_people_rise_and_being_seen_lets_them_sink(session: Session, ward: Ward) -> None:
    first = listed(session, ward)
    second = listed(
        session, ward, actor=ward.far_officer, person_id=ward.far_elder.id, every_days=3
    )
    shown = partial(queries.key_people, session, actor=ward.admin, wanted=KeyFilter())

    assert [one.id for one in shown().items] == [second, first]
    with clock.fixed_at(NOW + timedelta(days=8)):
        assert queries.counts(session, actor=ward.admin).overdue_total == 2
        service.record_contact(
            session,
            actor=ward.far_officer,
            key_id=second,
            contact=Contact.HOME,
            seen_on=clock.today(),
        )
        assert [(one.id, one.is_overdue) for one in shown().items] == [
            (first, True),
            (second, False),
        ]
        late = queries.key_people(session, actor=ward.admin, wanted=KeyFilter(is_overdue=True))
        assert [one.id for one in late.items] == [first]
        page = shown(limit=1)
        rest = shown(cursor=page.next_cursor)
        assert [one.id for one in (*page.items, *rest.items)] == [first, second]


def test_a_contact_lies_between_the_listing_and_today(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)
    seen = partial(
        service.record_contact, session, actor=ward.officer, key_id=key_id, contact=Contact.HOME
    )

    for day in (TODAY - timedelta(1), TODAY + timedelta(1)):
        with pytest.raises(errors.SeenInFutureError):
            seen(seen_on=day)
    seen(seen_on=TODAY, note="血压稳")
    line = queries.key_person(session, actor=ward.officer, key_id=key_id).line
    assert (line.last_seen_on, line.due_on) == (TODAY, TODAY + timedelta(7))


def test_why_is_shown_for_a_reason_which_the_person_sees(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)

    masked = queries.key_person(session, actor=ward.officer, key_id=key_id)
    assert (masked.reason, masked.note, masked.has_note) == (None, None, True)
    with pytest.raises(errors.LookReasonMissingError):
        service.show_reason(session, actor=ward.officer, key_id=key_id, why=" ")
    shown = service.show_reason(session, actor=ward.officer, key_id=key_id, why="上门前看一眼")
    assert (shown.reason, shown.note) == (Reason.LIVES_ALONE, "心脏不好，药在床头")
    look = session.scalars(select(PersonLook)).one()
    assert (look.person_id, look.reason) == (ward.elder.id, "上门前看一眼")
    mine = queries.own_listing(session, actor=ward.resident)
    assert mine is not None
    assert (mine.reason, mine.visitor_name) == (Reason.LIVES_ALONE, "刘洋")
    assert queries.own_listing(session, actor=ward.admin) is None


def test_nothing_sensitive_lies_open_in_the_tables(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)
    service.record_contact(
        session,
        actor=ward.officer,
        key_id=key_id,
        contact=Contact.HOME,
        seen_on=TODAY,
        note="血压稳",
    )

    raw = session.execute(
        text("SELECT reason, note FROM key_person UNION ALL SELECT note, note FROM key_contact")
    ).all()
    told = " ".join(f"{row.summary} {row.facts}" for row in session.scalars(select(TrailEvent)))
    for open_text in (str(raw), told):
        assert "lives_alone" not in open_text
        assert "心脏" not in open_text
        assert "血压" not in open_text


def test_others_people_are_not_found(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)
    other = make_ward(session, code="LH")

    for actor in (ward.far_officer, other.admin, ward.auditor, ward.resident):
        for look in (
            partial(queries.key_person, session, actor=actor, key_id=key_id),
            partial(service.show_reason, session, actor=actor, key_id=key_id, why="看看"),
            partial(service.end_listing, session, actor=actor, key_id=key_id, reason="搬走"),
        ):
            with pytest.raises(errors.KeyPersonNotFoundError):
                look()
        assert queries.key_people(session, actor=actor, wanted=KeyFilter()).items == []


def test_an_ended_listing_rests_and_a_new_one_may_follow(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)
    end = partial(service.end_listing, session, actor=ward.officer, key_id=key_id)

    with pytest.raises(errors.EndReasonMissingError):
        end(reason=" ")
    end(reason="搬去和女儿住")
    for act in (
        partial(end, reason="再一次"),
        partial(
            service.record_contact,
            session,
            actor=ward.officer,
            key_id=key_id,
            contact=Contact.HOME,
            seen_on=TODAY,
        ),
        partial(
            service.change_care,
            session,
            actor=ward.officer,
            key_id=key_id,
            every_days=7,
            visitor_id=ward.officer_person.id,
        ),
    ):
        with pytest.raises(errors.ListingEndedError):
            act()
    again = listed(session, ward)
    ended = queries.key_people(session, actor=ward.officer, wanted=KeyFilter(has_ended=True))
    assert ([one.id for one in ended.items], again != key_id) == ([key_id], True)


def test_another_pace_counts_from_when_they_were_last_seen(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)

    service.change_care(
        session,
        actor=ward.officer,
        key_id=key_id,
        every_days=30,
        visitor_id=ward.far_elder.id,
    )

    line = queries.key_person(session, actor=ward.officer, key_id=key_id).line
    assert (line.due_on, line.visitor_name) == (TODAY + timedelta(30), "郑国强")


def test_who_goes_is_told_once_of_each_day_that_passed(session: Session, ward: Ward) -> None:
    listed(session, ward)
    told = select(func.count()).where(Message.code == "outreach_key_visit_overdue")

    reminding.remind_everywhere(session, {})
    assert session.scalar(told) == 0
    with clock.fixed_at(NOW + timedelta(days=8)):
        reminding.remind_everywhere(session, {})
        reminding.remind_everywhere(session, {})
    assert session.scalar(told) == 1


def test_the_database_refuses_what_the_verbs_refuse(session: Session, ward: Ward) -> None:
    key_id = listed(session, ward)
    one = update(KeyPerson).where(KeyPerson.id == key_id)
    for values in (
        {"ended_on": TODAY},
        {"end_reason": "搬走"},
        {"every_days": 0},
        {"key_group": "rich"},
        {"ended_on": TODAY - timedelta(1), "end_reason": "搬走"},
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(one.values(**values))
    twin = "INSERT INTO key_person (community_id, person_id, key_group, reason, every_days,"
    twin += " visitor_id, since_on, due_on) SELECT community_id, person_id, key_group, reason,"
    twin += " every_days, visitor_id, since_on, due_on FROM key_person"
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(twin))
    service.record_contact(
        session, actor=ward.officer, key_id=key_id, contact=Contact.PHONE, seen_on=TODAY
    )
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("DELETE FROM key_contact"))
