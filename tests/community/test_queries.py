"""Finding people within reach, and what stands in the database."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.make.community import (
    make_community,
    make_household,
    make_kin,
    make_micro_grid,
    make_organisation,
    make_person,
)
from timebank.community import errors, queries
from timebank.community.rules import OrganisationKind
from timebank.kernel.actor import NOWHERE, Reach

EVERYWHERE = Reach(community=True)


@pytest.mark.parametrize(
    "typed", ["孙秀英", "秀英", "sxy", "SXY", "JL-00001", "1", "0420", "138 0000 0420"]
)
def test_a_person_is_found_by_name_initials_card_and_phone(session: Session, typed: str) -> None:
    community = make_community(session)
    sun = make_person(session, community_id=community.id, name="孙秀英", phone="13800000420")
    make_person(session, community_id=community.id, name="李国栋", phone="13900010077")

    found = queries.search_persons(session, community_id=community.id, text=typed, reach=EVERYWHERE)

    assert [one.id for one in found] == [sun.id]
    assert found[0].phone_masked == "138****0420"


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "孙%", "'; --"])
def test_what_means_nobody_finds_nobody(session: Session, typed: str) -> None:
    community = make_community(session)
    make_person(session, community_id=community.id, name="孙秀英", phone="13800000420")

    assert not queries.search_persons(
        session, community_id=community.id, text=typed, reach=EVERYWHERE
    )


def test_search_stays_within_the_grid_and_the_community(session: Session) -> None:
    community, other = make_community(session), make_community(session, code="XJ")
    here = make_micro_grid(session, community.id, grid_no=1, building_no=1)
    there = make_micro_grid(session, community.id, grid_no=2, building_no=5)
    near = make_person(session, community_id=community.id, micro_grid_id=here.id)
    far = make_person(session, community_id=community.id, micro_grid_id=there.id)
    make_person(session, community_id=other.id)

    def found(reach: Reach) -> set[int]:
        people = queries.search_persons(
            session, community_id=community.id, text="桂兰", reach=reach
        )
        return {one.id for one in people}

    assert found(Reach(grid_ids=frozenset({here.grid_id}))) == {near.id}
    assert found(EVERYWHERE) == {near.id, far.id}
    assert found(Reach(centre_ids=frozenset({1}))) == {near.id, far.id}
    assert found(NOWHERE) == set()
    assert found(Reach(own=True)) == set()


def test_a_foreign_person_is_not_found(session: Session) -> None:
    community, other = make_community(session), make_community(session, code="XJ")
    person = make_person(session, community_id=other.id)

    with pytest.raises(errors.PersonNotFoundError):
        queries.person(session, community_id=community.id, person_id=person.id)
    with pytest.raises(errors.PersonNotFoundError):
        queries.own_details(session, community_id=community.id, person_id=person.id)


def test_people_are_kin_when_registered_or_behind_one_door(session: Session) -> None:
    community = make_community(session)
    place = make_micro_grid(session, community.id)
    home = make_household(session, community_id=community.id, micro_grid_id=place.id)
    one = make_person(session, community_id=community.id, household_id=home.id)
    lodger = make_person(session, community_id=community.id, household_id=home.id)
    away, stranger = (make_person(session, community_id=community.id) for _ in range(2))
    make_kin(session, person=one, relative=away)

    assert queries.are_kin(session, one.id, lodger.id)
    assert queries.are_kin(session, one.id, away.id)
    assert queries.are_kin(session, away.id, one.id)
    assert not queries.are_kin(session, one.id, stranger.id)
    assert not queries.are_kin(session, away.id, stranger.id)
    assert not queries.are_kin(session, stranger.id, stranger.id)


def test_personal_fields_are_unreadable_in_the_database(session: Session) -> None:
    community = make_community(session)
    person = make_person(session, community_id=community.id, phone="13800000420")

    row = session.execute(
        text("SELECT phone, phone_index, phone_tail_index FROM person WHERE id = :id"),
        {"id": person.id},
    ).one()

    assert all("0420" not in column for column in row)


def test_places_and_organisations_belong_to_their_community(session: Session) -> None:
    community, other = make_community(session), make_community(session, code="XJ")
    place = make_micro_grid(session, community.id, grid_no=3, building_no=8, unit_no=2)
    make_micro_grid(session, other.id)
    make_organisation(session, community_id=community.id)
    make_organisation(session, community_id=other.id, name="薛家岛共富公司")

    assert [one.label for one in queries.micro_grids(session, community.id)] == ["8号楼 2单元"]
    assert [one.name for one in queries.grids(session, community.id)] == ["第三网格"]
    assert queries.micro_grid(session, place.id).grid_number == 3
    names = [one.name for one in queries.organisations(session, community.id)]
    assert names == ["九龙共富公司"]
    assert not queries.organisations(session, community.id, OrganisationKind.CANTEEN)
    with pytest.raises(errors.MicroGridNotFoundError):
        queries.micro_grid(session, 10**9)


def test_a_household_counts_once_and_its_people_each(session: Session) -> None:
    community = make_community(session)
    place = make_micro_grid(session, community.id)
    home = make_household(session, community_id=community.id, micro_grid_id=place.id)
    for _ in range(3):
        make_person(session, community_id=community.id, household_id=home.id)

    living = queries.residents(session, community.id)[place.id]

    assert (living.households, living.people) == (1, 3)
