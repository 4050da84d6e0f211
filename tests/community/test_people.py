"""Registering, showing for a reason, verifying kin."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_micro_grid, make_person
from timebank.community import errors, queries, rules
from timebank.community.models import Person
from timebank.community.rules import KinshipKind, Sex
from timebank.community.service import people
from timebank.trail.models import PersonLook

FIRST17 = "37021119520308004"
NUMBER = FIRST17 + rules.id_check_digit(FIRST17)


def test_a_registered_person_gets_the_next_card_and_a_sealed_address(session: Session) -> None:
    community = make_community(session)
    place = make_micro_grid(session, community.id, grid_no=1, building_no=3, unit_no=1)
    make_person(session, community_id=community.id)
    actor = make_actor(session, community_id=community.id)

    person = people.register_person(
        session,
        actor=actor,
        name=" 孙秀英 ",
        micro_grid_id=place.id,
        room_no="302室",
        phone="138 0000 0420",
        id_number=FIRST17 + rules.id_check_digit(FIRST17),
    )

    assert (person.name, person.card_no, person.place_label) == (
        "孙秀英",
        "JL-00002",
        "3号楼 1单元",
    )
    assert (person.sex, person.born_on) == (Sex.FEMALE, date(1952, 3, 8))
    details = queries.own_details(session, community_id=community.id, person_id=person.id)
    assert (details.phone, details.address) == ("13800000420", "3号楼1单元302室")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "孙1"}, errors.NameInvalidError),
        ({"phone": "123"}, errors.PhoneInvalidError),
        ({"id_number": "123"}, errors.IdNumberInvalidError),
        ({"born_on": date(2999, 1, 1)}, errors.BirthdayInvalidError),
        ({"id_number": NUMBER, "sex": Sex.MALE}, errors.SexDisagreesError),
        (
            {"id_number": FIRST17 + rules.id_check_digit(FIRST17), "born_on": date(1953, 3, 8)},
            errors.BirthdayDisagreesError,
        ),
        ({"micro_grid_id": 10**9}, errors.MicroGridNotFoundError),
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_and_nobody_is_registered(
    session: Session, given: dict[str, Any], error: type[Exception]
) -> None:
    community = make_community(session)
    actor = make_actor(session, community_id=community.id)

    with pytest.raises(error):
        people.register_person(session, actor=actor, **{"name": "孙秀英", **given})

    assert session.scalar(select(Person.id)) is None


def test_nobody_is_registered_twice(session: Session) -> None:
    community = make_community(session)
    place = make_micro_grid(session, community.id)
    actor = make_actor(session, community_id=community.id)
    number = FIRST17 + rules.id_check_digit(FIRST17)
    home: dict[str, Any] = {"micro_grid_id": place.id, "room_no": "302"}
    people.register_person(session, actor=actor, name="孙秀英", id_number=number, **home)

    with pytest.raises(errors.PersonKnownError):
        people.register_person(session, actor=actor, name="李桂兰", id_number=number)
    with pytest.raises(errors.PersonKnownError):
        people.register_person(
            session, actor=actor, name="孙秀英", born_on=date(1952, 3, 8), **home
        )


def test_a_grid_officer_registers_and_sees_people_of_the_own_grid_only(session: Session) -> None:
    community = make_community(session)
    mine = make_micro_grid(session, community.id, grid_no=1, building_no=1)
    other = make_micro_grid(session, community.id, grid_no=2, building_no=5)
    far = make_person(session, community_id=community.id, micro_grid_id=other.id)
    officer = make_actor(
        session, community_id=community.id, roles=(("grid_officer", "grid", mine.grid_id),)
    )

    person = people.register_person(session, actor=officer, name="孙秀英", micro_grid_id=mine.id)

    assert people.profile(session, actor=officer, person_id=person.id).person == person
    assert [one.id for one in people.doors_within(session, actor=officer)] == [mine.id]
    with pytest.raises(errors.MicroGridNotFoundError):
        people.register_person(session, actor=officer, name="李国栋", micro_grid_id=other.id)
    with pytest.raises(errors.HomeMissingError):
        people.register_person(session, actor=officer, name="李国栋")
    with pytest.raises(errors.PersonNotFoundError):
        people.profile(session, actor=officer, person_id=far.id)
    with pytest.raises(errors.PersonNotFoundError):
        people.unmask(session, actor=officer, person_id=far.id, reason="回访")


def test_full_numbers_need_a_reason_and_leave_a_look(session: Session) -> None:
    community = make_community(session)
    person = make_person(session, community_id=community.id, phone="13800000420")
    actor = make_actor(session, community_id=community.id, name="高洁")

    with pytest.raises(errors.ReasonMissingError):
        people.unmask(session, actor=actor, person_id=person.id, reason="  ")
    details = people.unmask(session, actor=actor, person_id=person.id, reason="电话回访")
    session.flush()

    assert details.phone == "13800000420"
    looks = session.scalars(select(PersonLook)).all()
    assert [(one.actor_name, one.reason, one.fields) for one in looks] == [
        ("高洁", "电话回访", ["phone"])
    ]


def test_kinship_is_registered_both_ways_and_verified_again_without_doubling(
    session: Session,
) -> None:
    community = make_community(session)
    sun = make_person(session, community_id=community.id, name="孙秀英")
    zhou = make_person(session, community_id=community.id, name="周琳", phone="13900010077")
    actor = make_actor(session, community_id=community.id)

    for relative in ("JL-00002", "13900010077"):
        people.verify_kinship(
            session, actor=actor, person_id=sun.id, relative=relative, kind=KinshipKind.CHILD
        )

    (daughter,) = queries.relatives(session, sun.id)
    (mother,) = queries.relatives(session, zhou.id)
    assert (daughter.kind, mother.kind) == (KinshipKind.CHILD, KinshipKind.PARENT)
    assert daughter.verified_on is not None
    for relative, error in (
        ("JL-00001", errors.KinToSelfError),
        ("JL-09999", errors.RelativeUnclearError),
    ):
        with pytest.raises(error):
            people.verify_kinship(
                session, actor=actor, person_id=sun.id, relative=relative, kind=KinshipKind.CHILD
            )


def test_a_card_is_given_once(session: Session) -> None:
    community = make_community(session)
    person = make_person(session, community_id=community.id)
    person.card_no = None
    actor = make_actor(session, community_id=community.id)

    first = people.issue_card(session, actor=actor, person_id=person.id)

    assert first == people.issue_card(session, actor=actor, person_id=person.id) == "JL-00001"
