"""How cases come in: signs, photos that know their place, duplicates, more reporters, lists."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make import reports_in
from tests.make.access import make_actor
from tests.make.community import make_micro_grid, make_person
from timebank.cases.errors import intake as errors
from timebank.cases.errors.steps import OutsideGridError
from timebank.cases.models.cases import CaseFile, CasePhoto
from timebank.cases.models.intake import CaseIntake
from timebank.cases.models.reporters import CaseReporter
from timebank.cases.queries import alike, following, signs
from timebank.cases.rules import alike as alike_rules
from timebank.cases.rules import geo
from timebank.cases.rules import signs as sign_rules
from timebank.cases.rules.flow import Category, Source, State
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.service import case_lists, intake, taking
from timebank.cases.service import signs as sign_verbs
from timebank.kernel import clock
from timebank.trail import queries as trail_queries


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _intake_of(session: Session, case_id: int) -> CaseIntake:
    return session.scalars(select(CaseIntake).where(CaseIntake.case_id == case_id)).one()


def test_a_sign_fills_in_the_place(session: Session, grid: make.Grid) -> None:
    code = sign_verbs.make_sign(
        session,
        actor=grid.officer,
        micro_grid_id=grid.micro_grid_id,
        description="环路东段 12 号灯杆",
        point=geo.point_at(35.9, 120.1),
    )
    said = replace(make.an_intake(grid), sign_code=f"{code[:3]}-{code[3:].lower()}")

    made = intake.register_case(session, actor=grid.resident, intake=said)

    row, came = session.get_one(CaseFile, made.id), _intake_of(session, made.id)
    assert row.place_text == "环路东段 12 号灯杆"
    assert (came.lat_e6, came.lng_e6) == (35_900_000, 120_100_000)
    assert came.sign_id == signs.sign_of_code(session, code).id

    elsewhere = make_micro_grid(session, grid.community_id, grid_no=3, building_no=8, unit_no=1)
    with pytest.raises(errors.SignElsewhereError):
        intake.register_case(
            session, actor=grid.resident, intake=replace(said, micro_grid_id=elsewhere.id)
        )
    sign = signs.sign_of_code(session, code)
    sign_verbs.retire_sign(session, actor=grid.officer, sign_id=sign.id)
    with pytest.raises(errors.SignNotFoundError):
        intake.register_case(session, actor=grid.resident, intake=said)
    with pytest.raises(errors.SignRetiredError):
        sign_verbs.retire_sign(session, actor=grid.officer, sign_id=sign.id)


def test_a_code_catches_every_single_slip() -> None:
    code = sign_rules.new_code()
    slips = {
        code[:at] + other + code[at + 1 :]
        for at in range(len(code))
        for other in sign_rules.SIGNS
        if other != code[at]
    }
    slips |= {
        code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        for at in range(len(code) - 1)
        if code[at] != code[at + 1]
    }
    for slip in slips:
        with pytest.raises(errors.SignMistypedError):
            sign_rules.tidy_code(slip)


def test_signs_are_made_where_one_works(session: Session, grid: make.Grid) -> None:
    other = make_micro_grid(session, grid.community_id, grid_no=4, building_no=9, unit_no=1)
    with pytest.raises(OutsideGridError):
        sign_verbs.make_sign(
            session, actor=grid.officer, micro_grid_id=other.id, description="门口"
        )
    sign_verbs.make_sign(session, actor=grid.admin, micro_grid_id=other.id, description="门口")
    assert signs.signs(session, actor=grid.officer).items == []
    assert len(signs.signs(session, actor=grid.admin).items) == 1


def test_a_photo_keeps_its_place_only_by_wish(session: Session, grid: make.Grid) -> None:
    said, photo = make.an_intake(grid), reports_in.placed_photo()

    without = intake.register_case(session, actor=grid.officer, intake=said, photos=[photo])
    wished = intake.register_case(
        session, actor=grid.officer, intake=replace(said, keeps_place=True), photos=[photo]
    )

    assert _intake_of(session, without.id).lat_e6 is None
    assert _intake_of(session, wished.id).lat_e6 == 35_900_000
    kept = trail_queries.file(session, _file_of(session, wished.id))
    assert not Image.open(BytesIO(kept.content)).getexif()


def _file_of(session: Session, case_id: int) -> int:
    return session.scalars(
        select(CasePhoto.stored_file_id).where(CasePhoto.case_id == case_id)
    ).one()


@pytest.mark.parametrize("content", [b"", b"no photo", make.a_photo().content])
def test_what_knows_no_place_has_none(content: bytes) -> None:
    assert geo.point_of_photos([content]) is None


@pytest.mark.parametrize(
    ("place", "category", "words", "days", "is_asked"),
    [
        ("door", "facilities", "路灯坏了", 0, True),
        ("door", "other", "3号楼后面路灯不亮", 0, True),
        ("building", "facilities", "后面路灯不亮", 1, True),
        ("building", "facilities", "电梯停了", 1, False),
        ("door", "facilities", "电梯停在四层", 0, False),
        ("far", "facilities", "3号楼后面路灯不亮", 0, False),
        ("door", "facilities", "3号楼后面路灯不亮", 31, False),
    ],
)
def test_likeness_weighs_place_category_words_and_time(
    place: str, category: str, words: str, days: int, is_asked: bool
) -> None:
    now = clock.now()
    known = alike_rules.Known(
        id=1,
        category=Category.FACILITIES,
        micro_grid_id=1,
        building_id=1,
        text="3号楼后面路灯不亮 晚上看不清台阶",
        registered_at=now - timedelta(days=days),
    )
    micro_grid_id, building_id = {"door": (1, 1), "building": (2, 1), "far": (3, 3)}[place]
    told = alike_rules.Told(Category(category), micro_grid_id, building_id, words)
    assert bool(alike_rules.alike(told, [known], now=now)) is is_asked


def test_a_report_that_may_be_known_is_asked_about_once(session: Session, grid: make.Grid) -> None:
    first = taking.take_report(session, actor=grid.officer, intake=make.an_intake(grid))
    second = make_person(
        session, community_id=grid.community_id, name="王建国", micro_grid_id=grid.micro_grid_id
    )
    neighbour = make_actor(
        session,
        community_id=grid.community_id,
        roles=(("volunteer", "own", None),),
        person_id=second.id,
        name="王建国",
    )
    said = replace(make.an_intake(grid), reporter_person_id=second.id)

    with pytest.raises(errors.MayBeKnownError):
        taking.take_report(session, actor=neighbour, intake=said)
    joined = taking.take_report(
        session, actor=neighbour, intake=said, same_as=first.case_id, photos=[make.a_photo()]
    )
    with pytest.raises(errors.AlreadyReporterError):
        taking.take_report(session, actor=neighbour, intake=said, same_as=first.case_id)
    apart = taking.take_report(session, actor=neighbour, intake=said, is_new=True)

    assert joined.is_joined
    assert joined.case_id == first.case_id
    assert apart.case_id != first.case_id
    assert following.reporter_count(session, first.case_id) == 2
    listed = following.joined_cases(session, actor=neighbour).items
    assert [(one.case_id, one.title != "") for one in listed] == [
        (apart.case_id, True),
        (first.case_id, False),
    ]


def test_only_an_open_case_nearby_is_joined(session: Session, grid: make.Grid) -> None:
    closed = make.make_case(session, grid, state=State.CLOSED)
    far = make_micro_grid(session, grid.community_id, grid_no=3, building_no=9, unit_no=1)
    there = make.make_case(session, replace(grid, micro_grid_id=far.id))
    said = make.an_intake(grid)
    for case_id in (closed.id, there.id, 2**40):
        with pytest.raises(errors.NotTheSameError):
            taking.take_report(session, actor=grid.resident, intake=said, same_as=case_id)
    assert not alike.alike(
        session,
        community_id=grid.community_id,
        micro_grid_id=2**40,
        category=None,
        text="通道",
    )


def test_the_callers_number_is_sealed(session: Session, grid: make.Grid) -> None:
    said = reports_in.a_report(
        grid, reporter_name="赵先生", reporter_phone="13900001234", channel=IntakeChannel.PHONE
    )
    made = intake.register_case(session, actor=grid.officer, intake=said)

    row = session.scalars(select(CaseReporter).where(CaseReporter.case_id == made.id)).one()
    assert (row.contact, row.channel) == ("13900001234", IntakeChannel.PHONE)
    raw = session.connection().exec_driver_sql("SELECT contact, name FROM case_reporter").one()
    assert "1390000" not in raw[0]
    assert "赵" not in raw[1]


def test_a_list_from_above_is_entered_once(session: Session, grid: make.Grid) -> None:
    content = reports_in.a_list(
        reports_in.LINE, ("DB2026-1108", "占道烧烤", "", "占道摆摊", "7", "3", "", "", "急")
    )
    staged = case_lists.stage_list(
        session, actor=grid.admin, content=content, file_name="C:\\下派.xlsx"
    )
    assert (staged.new_count, staged.known_count, staged.wrong_count) == (2, 0, 0)
    assert staged.file_name == "下派.xlsx"
    done = case_lists.confirm_list(session, actor=grid.admin, list_id=staged.id)

    rows = session.scalars(select(CaseFile).order_by(CaseFile.id)).all()
    assert [(one.source, one.is_urgent) for one in rows] == [
        (Source.ASSIGNED, False),
        (Source.ASSIGNED, True),
    ]
    assert [one.external_number for one in done.cases] == ["DB2026-1107", "DB2026-1108"]
    with pytest.raises(errors.CaseFileSettledError):
        case_lists.confirm_list(session, actor=grid.admin, list_id=staged.id)

    again = case_lists.stage_list(session, actor=grid.admin, content=content, file_name="a.xlsx")
    assert (again.new_count, again.known_count) == (0, 2)
    with pytest.raises(errors.CaseFileEmptyError):
        case_lists.confirm_list(session, actor=grid.admin, list_id=again.id)
    case_lists.discard_list(session, actor=grid.admin, list_id=again.id)
    assert session.scalar(select(func.count()).select_from(CaseFile)) == 2
    said = replace(make.an_intake(grid, source=Source.ASSIGNED), external_number="DB2026-1107")
    with pytest.raises(errors.ExternalNumberTakenError):
        intake.register_case(session, actor=grid.admin, intake=said)


def test_wrong_lines_are_told_in_words_and_nothing_is_entered(
    session: Session, grid: make.Grid
) -> None:
    content = reports_in.a_list(
        reports_in.LINE,
        reports_in.LINE,
        ("DB2", "无楼", "", "公共设施", "99", "9", "", "", ""),
        ("DB3", "", "", "天气", "7", "3", "", "", "马上"),
    )
    staged = case_lists.stage_list(session, actor=grid.admin, content=content, file_name="a.xlsx")

    assert staged.wrong_count == 3
    assert {(one.line, one.title) for one in staged.problems} == {
        (3, "编号"),
        (4, "单元"),
        (5, "标题"),
        (5, "类别"),
        (5, "急不急"),
    }
    with pytest.raises(errors.CaseFileWrongError):
        case_lists.confirm_list(session, actor=grid.admin, list_id=staged.id)
    assert session.scalar(select(func.count()).select_from(CaseFile)) == 0
    stranger = make.make_grid(session, code="LH").admin
    with pytest.raises(errors.CaseFileNotFoundError):
        case_lists.staged_list(session, actor=stranger, list_id=staged.id)
