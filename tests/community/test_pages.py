"""The pages: right figures, refusals with the typed text, foreign things not found."""

import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.community import (
    make_community,
    make_household,
    make_kin,
    make_micro_grid,
    make_organisation,
    make_person,
)
from timebank.community.models import Community, ImportBatch, MicroGrid, Person, RoleHolder
from timebank.community.rules import SixRole
from timebank.community.service import corrections
from timebank.kernel import clock
from timebank.trail.models import PersonLook
from timebank.web.models import RequestKey

PLACES = "网格,楼号,单元\n第三网格,8号楼,1单元\n第三网格,8号楼,2单元\n"


@pytest.fixture
def community(session: Session, client: FlaskClient) -> Community:
    """A community whose administrator is logged in."""
    community = make_community(session)
    log_in(client, session, make_actor(session, community_id=community.id))
    return community


def text(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.get_data(as_text=True)


def upload(client: FlaskClient, content: bytes, *, kind: str = "places") -> TestResponse:
    data = {"kind": kind, "file": (io.BytesIO(content), "地方.csv")}
    return client.post("/import", data=data, content_type="multipart/form-data")


def test_people_are_found_masked(
    session: Session, client: FlaskClient, community: Community
) -> None:
    make_person(session, community_id=community.id, name="孙秀英", phone="13800000420")

    page = text(client, "/people?q=sxy")

    assert "孙秀英" in page
    assert "138****0420" in page
    assert "13800000420" not in page
    assert "没有找到“周”" in text(client, "/people?q=周")
    assert "先写要找谁" in text(client, "/people")


def test_a_person_is_registered_and_shown(
    session: Session, client: FlaskClient, community: Community
) -> None:
    place = make_micro_grid(session, community.id, grid_no=1, building_no=3)
    assert "3号楼 1单元" in text(client, "/people/new")

    answer = client.post(
        "/people/new",
        data={"name": "孙秀英", "sex": "female", "micro_grid_id": str(place.id), "room_no": "302"},
        follow_redirects=True,
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "已登记，卡号 JL-00001" in page
    assert "3号楼 1单元" in page


def test_a_refused_registration_keeps_the_typed_text(
    session: Session, client: FlaskClient, community: Community
) -> None:
    answer = client.post("/people/new", data={"name": "孙秀英", "phone": "12345"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "手机号“12345”不对" in page
    assert 'value="孙秀英"' in page
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_full_numbers_are_shown_for_a_reason_and_not_kept(
    session: Session, client: FlaskClient, community: Community
) -> None:
    person = make_person(session, community_id=community.id, name="孙秀英", phone="13800000420")
    make_kin(session, person=person, relative=make_person(session, community_id=community.id))
    assert "13800000420" not in text(client, f"/people/{person.id}")

    refused = client.post(f"/people/{person.id}/look", data={})
    shown = client.post(f"/people/{person.id}/look", data={"reason": "电话回访"})

    assert refused.status_code == 422
    assert "先写原因" in refused.get_data(as_text=True)
    assert shown.status_code == 200
    assert "13800000420" in shown.get_data(as_text=True)
    assert "no-store" in shown.headers["Cache-Control"]
    assert session.scalar(select(func.count()).select_from(PersonLook)) == 1
    assert session.scalar(select(func.count()).select_from(RequestKey)) == 0


def test_a_relative_is_verified_on_the_page(
    session: Session, client: FlaskClient, community: Community
) -> None:
    person = make_person(session, community_id=community.id, name="孙秀英")
    make_person(session, community_id=community.id, name="周琳")

    url = f"/people/{person.id}/kin"
    refused = client.post(url, data={"relative": "JL-99999", "kind": "child"})
    done = client.post(url, data={"relative": "JL-00002", "kind": "child"}, follow_redirects=True)

    assert refused.status_code == 422
    assert 'value="JL-99999"' in refused.get_data(as_text=True)
    assert "周琳" in done.get_data(as_text=True)
    assert "关系已核" in done.get_data(as_text=True)


def test_foreign_people_and_imports_are_not_found(
    session: Session, client: FlaskClient, community: Community
) -> None:
    other = make_community(session, code="XJ", name="薛家岛社区")
    person = make_person(session, community_id=other.id)

    for url in (f"/people/{person.id}", "/people/999999999", "/import/999999999"):
        assert client.get(url).status_code == 404
    assert client.post(f"/people/{person.id}/look", data={"reason": "看看"}).status_code == 404
    assert client.post("/import/999999999/confirm").status_code == 404


def test_places_show_who_lives_there_and_who_looks_after_them(
    session: Session, client: FlaskClient, community: Community
) -> None:
    assert "还没有地方" in text(client, "/places")
    place = make_micro_grid(session, community.id, grid_no=3, building_no=8, unit_no=2)
    home = make_household(session, community_id=community.id, micro_grid_id=place.id)
    person = make_person(session, community_id=community.id, name="刘洋", household_id=home.id)
    make_organisation(session, community_id=community.id)
    session.add(
        RoleHolder(
            community_id=community.id,
            role=SixRole.GRID_OFFICER,
            person_id=person.id,
            grid_id=place.grid_id,
            started_on=clock.today(),
        )
    )
    session.flush()

    page = text(client, "/places")

    for word in ("第三网格", "8号楼 2单元", "刘洋", "九龙共富公司", "空缺", "1 个微网格"):
        assert word in page
    roles = text(client, "/roles")
    assert "现在一共 1 位" in roles
    assert "刘洋" in roles


def test_one_sees_ones_own_data_in_full(session: Session, client: FlaskClient) -> None:
    community = make_community(session)
    person = make_person(session, community_id=community.id, name="孙秀英", phone="13800000420")
    member = make_actor(
        session,
        community_id=community.id,
        roles=(("volunteer", "own", None),),
        person_id=person.id,
        name="孙秀英",
    )
    log_in(client, session, member)

    assert "13800000420" in text(client, "/me/profile")
    assert 'href="/report"' in text(client, "/me/profile")
    for url in ("/people", "/people/new", "/places", "/roles", "/import", f"/people/{person.id}"):
        assert client.get(url).status_code == 403, url


def test_an_account_without_a_person_has_a_profile_page_too(
    client: FlaskClient, community: Community
) -> None:
    assert "没有对应的居民" in text(client, "/me/profile")


def test_a_list_is_uploaded_looked_at_and_confirmed(
    session: Session, client: FlaskClient, community: Community
) -> None:
    assert "还没有导入过" in text(client, "/import")

    staged = upload(client, PLACES.encode("gb18030"))
    preview = text(client, staged.location)

    assert staged.status_code == 303
    assert "还没有写入" in preview
    assert "8号楼 2单元" in preview
    assert session.scalar(select(func.count()).select_from(MicroGrid)) == 0
    done = client.post(f"{staged.location}/confirm", follow_redirects=True)
    assert "已写入：新增 2 条，更改 0 条" in done.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(MicroGrid)) == 2
    assert "这份表做了什么" in text(client, staged.location)
    twice = client.post(f"{staged.location}/confirm")
    assert twice.status_code == 409
    assert "已经处理过" in twice.get_data(as_text=True)
    again = text(client, upload(client, PLACES.encode()).location)
    assert "没有要写的" in again


def test_what_people_put_right_is_shown_beside_the_list_and_taken_only_when_ticked(
    session: Session, client: FlaskClient, community: Community
) -> None:
    upload_of = {"kind": "people"}
    place = make_micro_grid(session, community.id)
    listed = f"姓名,楼号,单元,房号,手机号\n孙秀英,1,{place.unit_no},101,13800000420\n".encode()
    client.post(f"{upload(client, listed, **upload_of).location}/confirm")
    person = session.scalars(select(Person)).one()
    actor = make_actor(session, community_id=community.id)
    corrections.correct_phone(session, actor=actor, person_id=person.id, phone="15305320001")

    staged = upload(client, listed, **upload_of)
    page = text(client, staged.location)
    client.post(f"{staged.location}/confirm")
    assert person.phone == "15305320001"
    ticked = upload(client, listed, **upload_of)
    client.post(f"{ticked.location}/confirm", data={"take_lines": "2"})

    assert "不会被表里的覆盖" in page
    assert "现在：153****0001" in page
    assert "表里第 2 行：138****0420" in page
    session.refresh(person)
    assert person.phone == "13800000420"


def test_a_list_with_wrong_rows_cannot_be_confirmed(
    session: Session, client: FlaskClient, community: Community
) -> None:
    staged = upload(client, "网格,楼号,单元,备注\n甲,8号楼,1单元,x\n".encode())

    page = text(client, staged.location)
    refused = client.post(f"{staged.location}/confirm")
    gone = client.post(f"{staged.location}/discard", follow_redirects=True)

    assert "第 2 行“网格”：" in page
    assert "“甲”里没有号数" in page
    assert "没有用到的列：备注" in page
    assert "确认写入" not in page
    assert refused.status_code == 409
    assert "没有写入" in gone.get_data(as_text=True)
    assert session.scalars(select(ImportBatch.content)).all() == [None]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "缺少这几列：网格、楼号、单元"),
        (b"", "文件里没有内容"),
        (b"PK\x03\x04x", "文件打不开"),
    ],
)
def test_a_bad_file_is_refused_in_words(
    client: FlaskClient, community: Community, content: bytes, words: str
) -> None:
    answer = upload(client, content)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_an_upload_without_a_file_or_kind_is_refused(
    client: FlaskClient, community: Community
) -> None:
    no_file = client.post("/import", data={"kind": "places"}, content_type="multipart/form-data")
    no_kind = upload(client, PLACES.encode(), kind="")

    assert no_file.status_code == no_kind.status_code == 422
    assert "请先选一个文件" in no_file.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["places", "people", "roles", "organisations"])
def test_empty_lists_are_handed_out(client: FlaskClient, community: Community, kind: str) -> None:
    answer = client.get(f"/import/template/{kind}.xlsx")

    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")
    assert client.get("/import/template/other.xlsx").status_code == 404


@pytest.mark.parametrize(
    "url", ["/people?q=sun", "/people/new", "/places", "/roles", "/import", "/me/profile"]
)
def test_pages_speak_english_too(
    session: Session, client: FlaskClient, community: Community, url: str
) -> None:
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"

    page = text(client, url)

    assert 'lang="en"' in page
    for word in ("找人", "登记一个人", "六员名册", "从表格导入", "我的资料"):
        assert word not in page
