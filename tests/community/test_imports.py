"""Lists from files: what is written, what is refused, and that doing it again changes nothing."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import demo_files
from tests.make.community import make_community
from timebank.community import errors, queries
from timebank.community.models import (
    Household,
    ImportBatch,
    Kinship,
    Person,
    PersonSource,
    RoleHolder,
)
from timebank.community.rules import (
    BatchState,
    ImportKind,
    KinshipKind,
    OrganisationKind,
    OwnDetails,
    PersonField,
    SixRole,
)
from timebank.community.service import corrections
from timebank.community.service.imports import batches
from timebank.community.service.imports.batches import Preview
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Reach, program

DEMO = {
    ImportKind.PLACES: "places.xlsx",
    ImportKind.PEOPLE: "people.csv",
    ImportKind.ROLES: "roles.xlsx",
    ImportKind.ORGANISATIONS: "organisations.csv",
}
PLACES = "网格,楼号,单元\n第三网格,8号楼,1单元\n第三网格,8号楼,2单元\n第四网格,11号楼,1单元\n"
PEOPLE = (
    "姓名,性别,出生日期,楼号,单元,房号,手机号,卡号,与户主关系,关系核实日期\n"
    "孙秀英,女,1950/6/18,8号楼,2单元,302,138 0000 0420,JL-00417,户主,\n"
    "周建国,男,1948年1月2日,8,2,302室,,,丈夫,\n"
    "周琳,女,19780512,8,2,302,13900010077,,女儿,2026-03-01\n"
)
ROLES = (
    "角色,姓名,网格,楼号,单元,任职日期\n网格员,周琳,第三网格,,,2026-01-01\n"
    "楼长,孙秀英,,8号楼,,\n居民代表,孙秀英,,8,2,\n"
)


def actor_of(session: Session) -> Actor:
    importer = program(community_id=make_community(session).id, name="import")
    return replace(importer, permissions={"person.register": Reach(community=True)})


def write(session: Session, actor: Actor, kind: ImportKind, text: str) -> Preview:
    return batches.write(
        session, actor=actor, kind=kind, content=text.encode("gb18030"), file_name="list.csv"
    )


def look(session: Session, actor: Actor, kind: ImportKind, text: str) -> Preview:
    return batches.preview(
        session,
        community_id=actor.community_id,
        kind=kind,
        content=text.encode(),
        file_name="list.csv",
    )


def counts(preview: Preview) -> tuple[int, int, int, int]:
    return (
        preview.new_count,
        preview.changed_count,
        preview.unchanged_count,
        preview.wrong_count,
    )


def problems(preview: Preview) -> list[tuple[int, str, str]]:
    return [(one.line, one.title, one.error.code) for one in preview.problems]


def settled(session: Session) -> Actor:
    actor = actor_of(session)
    write(session, actor, ImportKind.PLACES, PLACES)
    write(session, actor, ImportKind.PEOPLE, PEOPLE)
    return actor


def test_the_demo_files_hold_the_community_and_change_nothing_the_second_time(
    session: Session,
) -> None:
    actor = actor_of(session)

    for kind, name in DEMO.items():
        content = (demo_files.FOLDER / name).read_bytes()
        given: dict[str, Any] = {
            "actor": actor,
            "kind": kind,
            "content": content,
            "file_name": name,
        }
        first = batches.write(session, **given)
        second = batches.write(session, **given)
        assert first.new_count > 0
        assert counts(first)[1:] == (0, 0, 0)
        assert counts(second) == (0, 0, first.new_count, 0)

    places = queries.micro_grids(session, actor.community_id)
    assert len({one.grid_id for one in places}) == 8
    assert len({one.building_id for one in places}) == 25
    assert len(places) == 37
    holders = queries.holders(session, actor.community_id)
    assert Counter(one.role for one in holders) == {
        SixRole.GRID_OFFICER: 8,
        SixRole.PROPERTY_STEWARD: 8,
        SixRole.BUILDING_HEAD: 25,
        SixRole.COOP_CADRE: 37,
        SixRole.PARTY_VOLUNTEER: 37,
        SixRole.RESIDENT_REPRESENTATIVE: 37,
    }
    assert len({one.person_id for one in holders}) == 152
    assert [one.person_name for one in holders if one.role == "grid_officer"][2] == "刘洋"
    assert session.scalar(select(func.count()).select_from(Household)) == 1200
    kinds = Counter(one.kind for one in queries.organisations(session, actor.community_id))
    assert (
        kinds[OrganisationKind.COOPERATIVE],
        kinds[OrganisationKind.COMPANY],
        kinds[OrganisationKind.DEPARTMENT],
    ) == (8, 1, 4)
    living = queries.residents(session, actor.community_id)
    assert {home.households for home in living.values()} == {32, 33}


def test_the_demo_files_are_what_the_generator_writes() -> None:
    for name, content in demo_files.files().items():
        assert (demo_files.FOLDER / name).read_bytes() == content, name


def test_people_come_with_door_kin_and_sealed_phone(session: Session) -> None:
    actor = settled(session)

    found = queries.search_persons(
        session, community_id=actor.community_id, text="0420", reach=Reach(community=True)
    )

    assert [(one.name, one.card_no, one.place_label) for one in found] == [
        ("孙秀英", "JL-00417", "8号楼 2单元")
    ]
    details = queries.own_details(session, community_id=actor.community_id, person_id=found[0].id)
    assert (details.phone, details.address) == ("13800000420", "8号楼2单元302室")
    kin = {one.name: one for one in queries.relatives(session, found[0].id)}
    assert kin["周建国"].kind is KinshipKind.SPOUSE
    assert kin["周琳"].kind is KinshipKind.CHILD
    assert kin["周琳"].verified_on is not None
    assert session.scalar(select(func.count()).select_from(Kinship)) == 4


def test_a_changed_line_changes_its_person_and_nobody_else(session: Session) -> None:
    actor = settled(session)
    moved = PEOPLE.replace("138 0000 0420", "13900010420")

    shown = look(session, actor, ImportKind.PEOPLE, moved)
    done = write(session, actor, ImportKind.PEOPLE, moved)

    assert counts(shown) == counts(done) == (0, 1, 2, 0)
    assert session.scalar(select(func.count()).select_from(Person)) == 3
    again = write(session, actor, ImportKind.PEOPLE, moved)
    assert counts(again) == (0, 0, 3, 0)


def test_a_blank_cell_leaves_what_is_known(session: Session) -> None:
    actor = settled(session)

    shown = look(session, actor, ImportKind.PEOPLE, "姓名,楼号,单元,房号\n孙秀英,8,2,302\n")

    assert counts(shown) == (0, 0, 1, 0)


def _person(session: Session, actor: Actor, name: str) -> queries.PersonView:
    found = queries.search_persons(
        session, community_id=actor.community_id, text=name, reach=Reach(community=True)
    )
    return found[0]


def _details(session: Session, actor: Actor, person_id: int) -> OwnDetails:
    return queries.own_details(session, community_id=actor.community_id, person_id=person_id)


def test_a_phone_that_people_put_right_is_not_set_back_by_the_older_list(session: Session) -> None:
    actor = settled(session)
    person = _person(session, actor, "孙秀英")
    corrections.correct_phone(session, actor=actor, person_id=person.id, phone="15305320001")

    shown = look(session, actor, ImportKind.PEOPLE, PEOPLE)
    done = write(session, actor, ImportKind.PEOPLE, PEOPLE)

    assert counts(shown) == counts(done) == (0, 0, 3, 0)
    kept = [(one.line, one.field, one.label, one.now, one.listed) for one in shown.kept]
    assert kept == [(2, PersonField.PHONE, "孙秀英", "153****0001", "138****0420")]
    assert _details(session, actor, person.id).phone == "15305320001"


def test_what_else_a_line_says_is_written_beside_a_kept_phone(session: Session) -> None:
    actor = settled(session)
    person = _person(session, actor, "周建国")
    corrections.correct_phone(session, actor=actor, person_id=person.id, phone="15305320001")
    listed = (
        "姓名,出生日期,楼号,单元,房号,手机号,卡号\n周建国,19480102,8,2,302,13900010999,JL-00900\n"
    )

    done = write(session, actor, ImportKind.PEOPLE, listed)

    assert counts(done) == (0, 1, 0, 0)
    after = _person(session, actor, "周建国")
    assert (after.card_no, _details(session, actor, person.id).phone) == ("JL-00900", "15305320001")


def test_who_moved_is_known_by_the_door_before_and_not_moved_back(session: Session) -> None:
    actor = settled(session)
    person = _person(session, actor, "周琳")
    corrections.correct_room(session, actor=actor, person_id=person.id, room_no="501")
    corrections.correct_room(session, actor=actor, person_id=person.id, room_no="502")

    done = write(session, actor, ImportKind.PEOPLE, PEOPLE)

    assert counts(done) == (0, 0, 3, 0)
    assert [(one.field, one.now, one.listed) for one in done.kept] == [
        (PersonField.HOME, "8号楼2单元502室", "8号楼2单元302室")
    ]
    assert session.scalar(select(func.count()).select_from(Person)) == 3
    assert _details(session, actor, person.id).room_no == "502"


def test_a_card_knows_its_holder_behind_another_door(session: Session) -> None:
    actor = settled(session)
    person = _person(session, actor, "孙秀英")
    corrections.correct_room(session, actor=actor, person_id=person.id, room_no="501")
    listed = "姓名,出生日期,楼号,单元,房号,卡号\n孙秀英,1950-06-18,11,1,101,JL-00417\n"

    shown = look(session, actor, ImportKind.PEOPLE, listed)
    somebody_else = look(
        session, actor, ImportKind.PEOPLE, listed.replace("1950-06-18", "1951-06-18")
    )

    assert counts(shown) == (0, 0, 1, 0)
    assert [one.listed for one in shown.kept] == ["11号楼1单元101室"]
    assert problems(somebody_else) == [(2, "卡号", "card_taken")]


def test_what_was_kept_is_taken_from_the_list_where_somebody_decides_so(session: Session) -> None:
    actor = settled(session)
    phoned, moved = _person(session, actor, "孙秀英"), _person(session, actor, "周琳")
    corrections.correct_phone(session, actor=actor, person_id=phoned.id, phone="15305320001")
    corrections.correct_room(session, actor=actor, person_id=moved.id, room_no="501")
    given: dict[str, Any] = {
        "kind": ImportKind.PEOPLE,
        "content": PEOPLE.encode(),
        "file_name": "a.csv",
    }
    staged = batches.stage(session, actor=actor, **given)
    assert staged.id is not None
    assert staged.may_be_written
    with pytest.raises(errors.BatchStaleError):
        batches.confirm(session, actor=actor, batch_id=staged.id, take_lines=[3])

    batches.confirm(session, actor=actor, batch_id=staged.id, take_lines=[2, 4])

    assert _details(session, actor, phoned.id).phone == "13800000420"
    assert _details(session, actor, moved.id).room_no == "302"
    # The list has the last word now: what it says next is no decision any more.
    newer = PEOPLE.replace("138 0000 0420", "13900010420")
    assert counts(write(session, actor, ImportKind.PEOPLE, newer)) == (0, 1, 2, 0)


def test_where_a_field_comes_from_is_only_ever_added(session: Session) -> None:
    actor = settled(session)
    person = _person(session, actor, "孙秀英")
    corrections.correct_phone(session, actor=actor, person_id=person.id, phone="15305320001")
    row = session.scalars(select(PersonSource)).one()

    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), session.begin_nested():
        session.execute(update(PersonSource).values(field=PersonField.HOME))

    assert (row.field, row.is_from_list) == (PersonField.PHONE, False)


def test_an_id_number_finds_the_person_behind_another_door(session: Session) -> None:
    actor = settled(session)
    listed = "姓名,楼号,单元,房号,身份证号\n李桂兰,{},1,101,370211195203080041\n"
    number = "37021119520308004"
    fitting = listed.replace(number + "1", number + _check(number))
    write(session, actor, ImportKind.PEOPLE, fitting.format(8))

    moved = write(session, actor, ImportKind.PEOPLE, fitting.format(11))

    assert counts(moved) == (0, 1, 0, 0)
    found = queries.search_persons(
        session, community_id=actor.community_id, text="李桂兰", reach=Reach(community=True)
    )
    assert [one.place_label for one in found] == ["11号楼 1单元"]
    assert str(found[0].born_on) == "1952-03-08"


def _check(first17: str) -> str:
    from timebank.community import rules

    return rules.id_check_digit(first17)


def test_what_is_wrong_is_said_by_row_and_column_and_nothing_is_written(session: Session) -> None:
    actor = settled(session)
    listed = (
        "姓名,性别,出生日期,楼号,单元,房号,手机号,身份证号,卡号,与户主关系\n"
        "孙1,猫,2150-01-01,9,9,101,12345,123,XX-1,表弟\n"
        ",,,,,,,,,本人\n"
        "陈静,,,8,1,101,,,JL-00417,户主\n"
        "陈明,,,8,1,101,,,,户主\n"
        "赵强,,,8,1,102,1.38E+10,≈13800000420000000,,\n"
        "吴敏,,,11,1,101,,,,\n"
        "吴敏,,,11,1,101,,,,\n"
        "钱芳,,,11,1,103,,,,\n"
    )

    shown = look(session, actor, ImportKind.PEOPLE, listed)

    assert counts(shown)[3] == 6
    assert shown.may_be_written is False
    assert problems(shown) == [
        (2, "姓名", "name_invalid"),
        (2, "身份证号", "id_number_invalid"),
        (2, "性别", "choice_unknown"),
        (2, "出生日期", "birthday_invalid"),
        (2, "手机号", "phone_invalid"),
        (2, "卡号", "card_number_invalid"),
        (2, "与户主关系", "choice_unknown"),
        (2, "单元", "place_unknown"),
        (3, "姓名", "cell_missing"),
        (3, "楼号", "cell_missing"),
        (3, "单元", "cell_missing"),
        (3, "房号", "cell_missing"),
        (4, "卡号", "card_taken"),
        (5, "与户主关系", "head_twice"),
        (6, "身份证号", "cell_rounded"),
        (6, "手机号", "phone_invalid"),
        (8, "姓名", "line_twice"),
    ]
    with pytest.raises(errors.BatchHasProblemsError):
        write(session, actor, ImportKind.PEOPLE, listed.replace("≈", ""))
    assert session.scalar(select(func.count()).select_from(Person)) == 3


def test_a_building_stands_in_one_grid_and_may_be_moved_whole(session: Session) -> None:
    actor = settled(session)

    torn = look(session, actor, ImportKind.PLACES, "网格,楼号,单元\n3,20,1\n4,20,2\n3,20,1\n")
    moved = write(session, actor, ImportKind.PLACES, "网格,楼号,单元\n4,8,1\n4,8,2\n")

    assert problems(torn) == [(3, "楼号", "building_in_two_grids"), (4, "单元", "line_twice")]
    assert counts(moved) == (0, 2, 0, 0)
    grids = {one.grid_number for one in queries.micro_grids(session, actor.community_id)}
    assert grids == {4}


def test_roles_go_to_known_people_at_the_place_of_the_role(session: Session) -> None:
    actor = settled(session)

    first = write(session, actor, ImportKind.ROLES, ROLES)
    again = write(session, actor, ImportKind.ROLES, ROLES)
    other_day = write(session, actor, ImportKind.ROLES, ROLES.replace("2026-01-01", "2026-02-01"))

    assert (counts(first), counts(again), counts(other_day)) == (
        (3, 0, 0, 0),
        (0, 0, 3, 0),
        (0, 1, 2, 0),
    )
    places = [
        (one.role.value, one.place_label) for one in queries.holders(session, actor.community_id)
    ]
    assert sorted(places) == [
        ("building_head", "8号楼"),
        ("grid_officer", "第三网格"),
        ("resident_representative", "8号楼 2单元"),
    ]


def test_a_role_list_is_refused_by_row_and_column(session: Session) -> None:
    actor = settled(session)
    write(session, actor, ImportKind.PEOPLE, "姓名,楼号,单元,房号\n孙秀英,11,1,101\n")
    listed = (
        "角色,姓名,网格,楼号,单元,手机号\n"
        "站长,周琳,3,,,\n网格员,周琳,,8,,\n楼长,周琳,,99,,\n居民代表,孙秀英,,8,2,\n"
        "居民代表,没有人,,8,2,\n居民代表,孙秀英,,8,2,13800000420\n居民代表,孙秀英,,8,2,13800000420\n"
    )

    shown = look(session, actor, ImportKind.ROLES, listed)

    assert problems(shown) == [
        (2, "角色", "choice_unknown"),
        (3, "网格", "cell_missing"),
        (4, "楼号", "place_unknown"),
        (5, "姓名", "person_of_line_unclear"),
        (6, "姓名", "person_of_line_unknown"),
        (8, "姓名", "line_twice"),
    ]
    assert session.scalar(select(func.count()).select_from(RoleHolder)) == 0


def test_a_staged_list_is_written_only_when_confirmed_and_then_wiped(session: Session) -> None:
    actor = actor_of(session)
    staged = batches.stage(
        session,
        actor=actor,
        kind=ImportKind.PLACES,
        content=PLACES.encode(),
        file_name=r"C:\表\地方.csv",
    )
    assert staged.id is not None
    assert staged.file_name == "地方.csv"
    assert not queries.micro_grids(session, actor.community_id)

    done = batches.confirm(session, actor=actor, batch_id=staged.id)

    assert counts(done) == (3, 0, 0, 0)
    assert len(queries.micro_grids(session, actor.community_id)) == 3
    row = session.get_one(ImportBatch, staged.id)
    assert (row.state, row.content) == (BatchState.CONFIRMED, None)
    for act in (batches.confirm, batches.discard):
        with pytest.raises(errors.BatchSettledError):
            act(session, actor=actor, batch_id=staged.id)


def test_a_list_that_would_now_do_something_else_must_be_shown_again(session: Session) -> None:
    actor = actor_of(session)
    given: dict[str, Any] = {
        "kind": ImportKind.PLACES,
        "content": PLACES.encode(),
        "file_name": "a.csv",
    }
    first = batches.stage(session, actor=actor, **given)
    second = batches.stage(session, actor=actor, **given)
    assert first.id is not None
    assert second.id is not None
    batches.confirm(session, actor=actor, batch_id=first.id)

    with pytest.raises(errors.BatchStaleError):
        batches.confirm(session, actor=actor, batch_id=second.id)

    now = batches.staged_preview(session, community_id=actor.community_id, batch_id=second.id)
    assert counts(now) == (0, 0, 3, 0)


def test_another_community_sees_no_import_and_old_ones_are_wiped(session: Session) -> None:
    actor = actor_of(session)
    other = program(community_id=make_community(session, code="XJ").id, name="import")
    given: dict[str, Any] = {
        "kind": ImportKind.PLACES,
        "content": PLACES.encode(),
        "file_name": "a.csv",
    }
    with clock.fixed_at(clock.now() - timedelta(days=2)):
        old = batches.stage(session, actor=actor, **given)
    assert old.id is not None
    with pytest.raises(errors.BatchNotFoundError):
        batches.confirm(session, actor=other, batch_id=old.id)

    batches.stage(session, actor=actor, **given)
    session.expire_all()

    row = session.get_one(ImportBatch, old.id)
    assert (row.state, row.content) == (BatchState.DISCARDED, None)


def test_a_staged_file_is_unreadable_in_the_database(session: Session) -> None:
    from sqlalchemy import text

    actor = settled(session)
    batches.stage(
        session,
        actor=actor,
        kind=ImportKind.PEOPLE,
        content=PEOPLE.encode(),
        file_name="people.csv",
    )

    kept = session.scalar(text("SELECT content FROM import_batch"))

    assert kept
    assert "Z2" not in kept[:4]
    assert "孙秀英" not in kept
