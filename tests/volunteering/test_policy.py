"""Rules for hours in the database: who brings them into force, and what they do to minutes."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.community import make_person
from tests.make.policy import make_draft, make_policy, make_second_admin
from tests.make.volunteering import (
    DAY,
    NOW,
    Street,
    at,
    make_approved,
    make_confirmed,
    make_facts,
    make_street,
)
from tests.volunteering.plain_caps import Limits, Served, shared
from timebank.community.models import Kinship, Person
from timebank.kernel import clock, ids
from timebank.volunteering import verify
from timebank.volunteering.errors import policy as errors
from timebank.volunteering.models.policy import HoursPolicy, PolicyRate
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import own_rules, passbook
from timebank.volunteering.queries import policy as reads
from timebank.volunteering.rules.policy import Excess, Policy, PolicyState, Rate
from timebank.volunteering.service import kinds, proofs, records, review
from timebank.volunteering.service import policy as verbs

BEFORE = at("10:00", DAY - timedelta(days=2))


def _balances(session: Session, street: Street) -> tuple[int, int]:
    """Return what the volunteer may use, and what may only be given away."""
    who = {"community_id": street.community.id, "person_id": street.volunteer_person.id}
    own = passbook.balance(session, **who)
    return own.posted, passbook.donation_balance(session, **who).posted


def _refused(session: Session, statement: object, rule: str) -> None:
    """Expect the database to refuse a statement by the name of a rule."""
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)  # type: ignore[call-overload]


def test_a_draft_is_simulated_and_approved_by_a_second_person(session: Session) -> None:
    street = make_street(session)
    second = make_second_admin(session, street)
    number = make_draft(session, street, Policy(rounding_minutes=30))

    with clock.fixed_at(BEFORE):
        with pytest.raises(errors.NotSimulatedError):
            verbs.approve_policy(session, actor=second, number=number)
        verbs.simulate_policy(session, actor=street.admin, number=number)
        with pytest.raises(errors.ApprovesOwnPolicyError):
            verbs.approve_policy(session, actor=street.admin, number=number)
        verbs.approve_policy(session, actor=second, number=number)

        seen = reads.version(session, actor=second, number=number)
        assert (seen.state, seen.standing) == (PolicyState.APPROVED, reads.Standing.COMING)
        for verb in (verbs.discard_draft, verbs.simulate_policy, verbs.approve_policy):
            with pytest.raises(errors.PolicySettledError):
                verb(session, actor=second, number=number)

    calendar = reads.calendar(session, street.community.id)
    assert calendar.on(DAY).rounding_minutes == 30
    assert calendar.on(DAY - timedelta(days=1)).rounding_minutes == 1


def test_a_changed_draft_is_simulated_again_and_only_its_drafter_changes_it(
    session: Session,
) -> None:
    street = make_street(session)
    second = make_second_admin(session, street)
    number = make_draft(session, street, Policy())
    with clock.fixed_at(BEFORE):
        verbs.simulate_policy(session, actor=street.admin, number=number)
        with pytest.raises(errors.NotDrafterError):
            verbs.change_draft(
                session, actor=second, number=number, policy=Policy(), in_force_on=DAY
            )
        verbs.change_draft(
            session,
            actor=street.admin,
            number=number,
            policy=Policy(late_days=3, rates={street.kind_id: Rate(150, 10)}),
            in_force_on=DAY,
        )
        with pytest.raises(errors.NotSimulatedError):
            verbs.approve_policy(session, actor=second, number=number)

        seen = reads.version(session, actor=second, number=number)
    assert seen.state is PolicyState.DRAFT
    assert seen.policy.rate_of(street.kind_id) == Rate(150, 10)


def test_rules_do_not_come_into_force_in_the_past_nor_twice_on_a_day(session: Session) -> None:
    street = make_street(session)
    second = make_second_admin(session, street)
    with clock.fixed_at(BEFORE), pytest.raises(errors.InForceInPastError):
        verbs.draft_policy(
            session,
            actor=street.admin,
            policy=Policy(),
            in_force_on=clock.today() - timedelta(days=1),
        )
    number = make_draft(session, street, Policy())
    with clock.fixed_at(BEFORE):
        verbs.simulate_policy(session, actor=street.admin, number=number)
    with clock.fixed_at(NOW + timedelta(days=1)), pytest.raises(errors.InForceInPastError):
        verbs.approve_policy(session, actor=second, number=number)

    make_policy(session, street, Policy(), in_force_on=DAY)
    with (
        clock.fixed_at(BEFORE),
        pytest.raises(errors.DayHasPolicyError),
        session.begin_nested(),
    ):
        verbs.approve_policy(session, actor=second, number=number)


def test_the_database_keeps_an_approved_version_as_it_is(session: Session) -> None:
    street = make_street(session)
    number = make_policy(session, street, Policy(rates={street.kind_id: Rate(150)}))
    draft = make_draft(session, street, Policy(), in_force_on=DAY + timedelta(days=9))
    table = update(HoursPolicy)

    _refused(
        session, table.where(HoursPolicy.version == number).values(late_days=1), "settled|unsim"
    )
    _refused(session, delete(HoursPolicy), "hours_policy_kept")
    _refused(session, delete(PolicyRate), "policy_rate_settled")
    _refused(session, update(PolicyRate).values(rate_percent=1), "policy_rate_settled")
    of_draft = HoursPolicy.version == draft
    _refused(session, table.where(of_draft).values(state="approved"), "hours_policy")
    _refused(session, table.where(of_draft).values(drafted_by_user_id=None), "drafter")
    simulated = {"state": "simulated", "simulated_at": NOW}
    session.execute(table.where(of_draft).values(**simulated))
    _refused(session, table.where(of_draft).values(late_days=1), "hours_policy_unsimulated")
    approved = {"state": "approved", "approved_at": NOW, "approved_on": DAY}
    _refused(session, table.where(of_draft).values(**approved), "approved_by_two")
    own = approved | {"approved_by_user_id": street.admin.user_id}
    _refused(session, table.where(of_draft).values(**own), "approver_not_drafter")


def test_the_database_lets_a_version_begin_as_a_draft_only(session: Session) -> None:
    street = make_street(session)
    first = session.query(HoursPolicy).one()
    copied = {c.name: getattr(first, c.name) for c in HoursPolicy.__table__.columns}
    del copied["id"]

    _refused(session, insert(HoursPolicy).values(copied | {"version": 2}), "hours_policy_begins")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(HoursPolicy).values(copied))
    assert len(reads.versions(session, actor=street.admin).items) == 1


def test_a_simulation_keeps_whose_minutes_would_change(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    with clock.fixed_at(NOW + timedelta(days=1)):
        number = verbs.draft_policy(
            session,
            actor=street.admin,
            policy=Policy(month_minutes_max=60, day_minutes_max=60),
            in_force_on=DAY + timedelta(days=9),
        )
        found_id = verbs.simulate_policy(session, actor=street.admin, number=number)

    seen = reads.version(session, actor=street.admin, number=number)
    found = reads.simulation(session, seen.id)
    assert found is not None
    assert found.id == found_id
    assert (found.records, found.losing, found.gaining) == (1, 1, 0)
    assert (found.own_before_minutes, found.own_after_minutes) == (95, 60)
    outcomes = reads.outcomes(session, simulation_id=found_id).items
    assert [(one.person_name, one.change_minutes) for one in outcomes] == [("周秀兰", -35)]


def test_a_record_is_reckoned_by_the_version_of_its_day(session: Session) -> None:
    street = make_street(session)
    early = make_confirmed(session, street)
    make_policy(session, street, Policy(rate_percent=200), in_force_on=DAY + timedelta(days=1))
    late = make_confirmed(session, street, day=DAY + timedelta(days=1))

    with clock.fixed_at(at("23:00", DAY + timedelta(days=1))):
        review.approve_many(
            session, actor=street.officer, record_ids=[early, late], key=ids.new_id()
        )

    rows = [session.get_one(ServiceRecord, one) for one in (early, late)]
    assert [(row.policy_version, row.credited_minutes) for row in rows] == [(1, 95), (2, 190)]


def test_a_bonus_is_told_apart_from_the_rate(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(rates={street.kind_id: Rate(100, 30)}))

    row = session.get_one(ServiceRecord, make_approved(session, street))

    assert (row.bonus_minutes, row.credited_minutes) == (30, 125)


def test_what_exceeds_a_cap_may_only_be_given_away(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(day_minutes_max=None, month_minutes_max=100))

    first = make_approved(session, street)
    second = make_approved(session, street, start="11:00", end="12:35")

    rows = [session.get_one(ServiceRecord, one) for one in (first, second)]
    assert [(r.credited_minutes, r.donation_minutes) for r in rows] == [(95, 0), (95, 90)]
    assert rows[1].capped_by == "month"
    assert _balances(session, street) == (100, 90)
    review.unapprove_service(
        session, actor=street.admin, record_id=second, reason="记错了", key=ids.new_id()
    )
    assert _balances(session, street) == (95, 0)


def test_what_exceeds_a_cap_is_not_counted_when_the_rules_say_so(session: Session) -> None:
    street = make_street(session)
    make_policy(
        session,
        street,
        Policy(day_minutes_max=None, lifetime_minutes_max=100, excess=Excess.REFUSE),
    )

    make_approved(session, street)
    second = make_approved(session, street, start="11:00", end="12:35")
    third = make_confirmed(session, street, start="13:00", end="14:00")

    row = session.get_one(ServiceRecord, second)
    assert (row.credited_minutes, row.refused_minutes, row.capped_by) == (5, 90, "lifetime")
    assert _balances(session, street) == (100, 0)
    with pytest.raises(errors.CapReachedError):
        review.approve_service(session, actor=street.officer, record_id=third, key=ids.new_id())


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        (Policy(month_minutes_max=480), "service_record_month_cap"),
        (Policy(pair_minutes_max=480), "service_record_pair_cap"),
        (Policy(lifetime_minutes_max=480), "service_record_lifetime_cap"),
    ],
)
def test_the_database_refuses_own_minutes_over_a_cap(
    session: Session, policy: Policy, rule: str
) -> None:
    street = make_street(session)
    version = make_policy(session, street, policy)
    make_approved(session, street)
    record_id = make_confirmed(session, street, start="11:00", end="12:35")
    said = {
        "state": "approved",
        "approved_at": NOW,
        "approved_by_user_id": street.officer.user_id,
        "policy_version": version,
        "credited_minutes": 480,
        "entry_id": ids.new_id(),
    }
    it = update(ServiceRecord).where(ServiceRecord.id == record_id)

    other = {"policy_version": 1, "credited_minutes": 95}

    _refused(session, it.values(**said), rule)
    _refused(session, it.values(**(said | other)), "service_record_policy")


def test_under_random_histories_caps_equal_the_plain_model(session: Session) -> None:
    street = make_street(session)
    random = Random(7)
    limits = Limits(month=150, pair=90, lifetime=260)
    make_policy(
        session,
        street,
        Policy(
            day_minutes_max=None,
            month_minutes_max=limits.month,
            pair_minutes_max=limits.pair,
            lifetime_minutes_max=limits.lifetime,
        ),
    )
    history: list[tuple[int, Served]] = []
    for day in range(14):
        on = DAY + timedelta(days=3 * day)
        minutes = random.randrange(10, 60)
        to_elder = random.random() < 0.6
        facts = replace(
            make_facts(street, day=on, to_elder=to_elder, activity="" if to_elder else "清扫"),
            ended_at=at("09:00", on) + timedelta(minutes=minutes),
        )
        with clock.fixed_at(at("20:00", on)):
            record_id = records.record_service(
                session, actor=street.admin, facts=facts, volunteer_id=street.volunteer_person.id
            )
            slip = f"S{day}"
            proofs.confirm_by_slip(
                session, actor=street.admin, record_id=record_id, slip_number=slip
            )
        elder_id = street.elder_person.id if to_elder else None
        history.append((record_id, Served(street.volunteer_person.id, elder_id, on, minutes)))

    with clock.fixed_at(at("21:00", DAY + timedelta(days=40))):
        for start in range(0, 14, 5):
            ids_ = [record_id for record_id, _ in history[start : start + 5]]
            review.approve_many(session, actor=street.officer, record_ids=ids_, key=ids.new_id())

    rows = [session.get_one(ServiceRecord, record_id) for record_id, _ in history]
    found = [
        ((r.credited_minutes or 0) - r.donation_minutes, r.donation_minutes, r.refused_minutes)
        for r in rows
    ]
    assert found == shared([served for _, served in history], limits)
    assert _balances(session, street) == (
        sum(own for own, _, _ in found),
        sum(given for _, given, _ in found),
    )


def test_a_minor_earns_with_a_parent_who_is_known(session: Session) -> None:
    street = make_street(session)
    session.get_one(Person, street.volunteer_person.id).born_on = date(2012, 5, 1)
    with_parent = Policy(guardian_below_age=18)
    make_policy(session, street, with_parent)

    with pytest.raises(errors.GuardianMissingError):
        make_confirmed(session, street)
    mother = make_person(session, community_id=street.community.id, name="周母")
    session.add(
        Kinship(
            community_id=street.community.id,
            person_id=street.volunteer_person.id,
            relative_id=mother.id,
            kind="parent",
            verified_on=DAY,
        )
    )
    session.flush()
    assert make_approved(session, street)


def test_who_was_too_young_is_refused_by_rule_and_by_the_database(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    make_policy(session, street, Policy(earn_age_min=18))
    session.get_one(Person, street.volunteer_person.id).born_on = date(2012, 5, 1)
    session.flush()

    with pytest.raises(errors.TooYoungToEarnError):
        review.approve_service(session, actor=street.officer, record_id=record_id, key=ids.new_id())
    assert session.get_one(ServiceRecord, record_id).entry_id is None
    approved = update(ServiceRecord).values(
        state="approved",
        approved_at=NOW,
        approved_by_user_id=street.officer.user_id,
        policy_version=2,
        credited_minutes=95,
        entry_id=ids.new_id(),
    )
    _refused(session, approved, "service_record_too_young")


def test_kinds_are_added_renamed_and_closed(session: Session) -> None:
    street = make_street(session)
    kind_id = kinds.new_kind(session, actor=street.admin, name=" 代写书信 ")
    with pytest.raises(errors.KindNameTakenError):
        kinds.new_kind(session, actor=street.admin, name="代写书信")
    kinds.change_kind(session, actor=street.admin, kind_id=kind_id, name="读报写信")
    kinds.switch_kind(session, actor=street.admin, kind_id=kind_id, is_active=False)

    offered = reads.kinds(session, street.community.id, only_active=True)
    assert kind_id not in {kind.id for kind in offered}
    for kind in offered[1:]:
        kinds.switch_kind(session, actor=street.admin, kind_id=kind.id, is_active=False)
    with pytest.raises(errors.LastKindError):
        kinds.switch_kind(session, actor=street.admin, kind_id=offered[0].id, is_active=False)


def test_a_member_is_told_what_is_left_and_from_when(session: Session) -> None:
    street = make_street(session)
    session.get_one(Person, street.volunteer_person.id).born_on = date(1970, 3, 9)
    make_policy(session, street, Policy(month_minutes_max=600, redeem_age_min=60))
    make_approved(session, street)

    with clock.fixed_at(NOW):
        mine = own_rules.my_rules(
            session, community_id=street.community.id, person_id=street.volunteer_person.id
        )

    assert (mine.month_left_minutes, mine.may_redeem) == (505, False)
    assert mine.redeem_from_on == date(2030, 3, 9)


def test_the_proof_names_a_record_that_its_version_does_not_explain(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(day_minutes_max=None, month_minutes_max=60))
    record_id = make_approved(session, street)
    assert list(verify.findings(session)) == []

    # The rate is told beside the frozen figures; the proof derives it again from the version.
    session.execute(update(ServiceRecord).values(rate_percent=150))

    found = list(verify.findings(session))
    assert [(one.table, one.row, one.rule) for one in found] == [
        ("service_record", f"id {record_id}", verify.RULE_MINUTES)
    ]
