"""An elder without a phone is helped through staff; an event of 300 is imported and approved."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.journeys.test_hours import redeem
from tests.make.house import House
from timebank.access.models import UserAccount
from timebank.care.models.desk import MemberCard
from timebank.community.models import MicroGrid, Person
from timebank.kernel import clock
from timebank.kernel.db import db, read_only
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import SignUp, Task

GRID = 3
PEOPLE = 300
FIRST, LAST = time(5, 10), time(6, 10)


class Hands:
    """The hands of the clock on the server's wall, to be set."""

    at: datetime | None = None

    def __init__(self, inner: Any) -> None:
        """Stand before an application."""
        self.inner = inner

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer as of the moment to which the hands were set."""
        if self.at is None:
            return self.inner(environ, start_response)  # type: ignore[no-any-return]
        with clock.fixed_at(self.at):
            return list(self.inner(environ, start_response))


@contextmanager
def hands_on(at: House) -> Iterator[Hands]:
    """Let a journey set the clock of a house."""
    hands = Hands(at.app.wsgi_app)
    at.app.wsgi_app = hands  # type: ignore[method-assign]
    yield hands
    at.app.wsgi_app = hands.inner  # type: ignore[method-assign]


def asked(at: House, work: Any) -> Any:
    """What the books say, read beside the browser."""
    with at.app.app_context():
        found = read_only(work)
        db.session.remove()
    return found


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[:1])
def test_an_elder_without_a_phone_is_helped_and_pays_at_the_counter(
    browser: Browser, at: House, script: bool
) -> None:
    card_no, grid = asked(at, _elder_without_phone)
    day = clock.today() + timedelta(days=1)
    with hands_on(at) as hands:
        officer = walk.at_desk(browser, at, f"grid{grid}", script=script)
        take_by_phone(officer, card_no, day.isoformat())
        task_id = arrange(officer)
        codes = print_codes(officer)

        volunteer = walk.on_phone(browser, at, "volunteer1", script=script)
        volunteer.goto(f"{at.base}/tasks/{task_id}")
        walk.press(volunteer, "我去，报名")
        assert "名额是您的" in walk.said(volunteer)

        for code, word, moment in zip(codes, ("签到", "签退"), (FIRST, LAST), strict=True):
            hands.at = clock.at_local(day, moment)
            volunteer = walk.on_phone(browser, at, "volunteer1", script=script)
            volunteer.goto(f"{at.base}/tasks/{task_id}/door")
            volunteer.get_by_label("时的六位码").fill(code)
            walk.click(volunteer.get_by_role("button", name=word, exact=True))
            assert word in walk.said(volunteer)
        expect(volunteer.get_by_role("heading", level=1)).to_contain_text("1 小时")

        hands.at = clock.at_local(day, time(9))
        officer = walk.at_desk(browser, at, f"grid{grid}", script=script)
        officer.goto(f"{at.base}/tasks/{task_id}/roster")
        walk.press(officer, "全部通过，入账")
        assert walk.said(officer) == "1 条已入账。"

        counter = walk.at_desk(browser, at, "zhaomin", script=script)
        redeem(counter, card_no, script=script)
    assert walk.findings(at) == []


def _elder_without_phone(session: Session) -> tuple[str, int]:
    """An old neighbour with a card and earned minutes, without an account; and their grid."""
    grids = sorted(set(session.scalars(select(MicroGrid.grid_id))))
    row = session.execute(
        select(Person.card_no, MicroGrid.grid_id)
        .join(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .join(MemberCard, MemberCard.person_id == Person.id)
        .join(ServiceRecord, ServiceRecord.volunteer_id == Person.id)
        .where(
            Person.id.not_in(
                select(UserAccount.person_id).where(UserAccount.person_id.is_not(None))
            ),
            ServiceRecord.state == "approved",
            ServiceRecord.approved_at > clock.now() - timedelta(days=200),
            Person.born_on < clock.today() - timedelta(days=365 * 62),
            Person.is_active,
            Person.id.not_in(select(AccountLeaving.person_id)),
        )
        .group_by(Person.id, Person.card_no, MicroGrid.grid_id)
        .order_by(func.sum(ServiceRecord.credited_minutes).desc(), Person.id)
        .limit(1)
    ).one()
    return str(row[0]), grids.index(row[1]) + 1


def take_by_phone(page: Page, card_no: str, day: str) -> None:
    """The officer finds who calls and writes down what is wanted, while talking."""
    walk.go(page, "求助")
    walk.click(page.get_by_role("link", name="登记求助").first)
    page.get_by_label("先找人").fill(card_no)
    walk.click(page.get_by_role("button", name="找人"))
    expect(page.get_by_role("main")).to_contain_text(card_no)
    page.get_by_label("要做什么").select_option(label="陪伴聊天")
    page.get_by_label("哪一天", exact=True).fill(day)
    page.get_by_label("几点开始").fill(f"{FIRST:%H:%M}")
    walk.click(page.get_by_role("button", name=re.compile("^登记")))
    assert "登记好了" in walk.said(page)


def arrange(page: Page) -> int:
    """Turn it into a task and open that."""
    walk.press(page, "安排成任务")
    walk.click(walk.leaf(page, "安排成的任务").get_by_role("link").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("陪伴聊天")
    return walk.number_in(page)


def print_codes(page: Page) -> Sequence[str]:
    """The paper for somebody without a phone: digits for coming, others for leaving."""
    walk.press(page, "打印签到码，给没有手机的人")
    codes = re.findall(r"^\d{6}$", page.get_by_role("article").inner_text(), re.MULTILINE)
    assert len(codes) == 2
    return codes


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[1:])
def test_an_event_of_300_is_imported_repaired_and_approved_in_one_act(
    browser: Browser, at: House, script: bool
) -> None:
    day = clock.today() + timedelta(days=1)
    crowd = asked(at, _crowd)
    with hands_on(at) as hands:
        manager = walk.at_desk(browser, at, "sunli", script=script)
        task_id = post_event(manager, day.isoformat())
        hands.at = clock.at_local(day, time(23))
        counter = walk.at_desk(browser, at, "zhaomin", script=script)
        counter.goto(f"{at.base}/tasks/{task_id}/roster")
        wrong = [
            ("JL-99999", "没有这个人"),
            (crowd[1][0], "写错名"),
            crowd[2],
            crowd[2],
            *crowd[4:],
        ]
        send(counter, wrong)
        told = walk.trouble(counter)
        assert "表里有 3 处要改，一行都没有记。" in told
        assert "第 3 行 写错名" in told
        send(counter, crowd)
        assert walk.said(counter).startswith("300 位的服务时间记下了")

        admin = walk.at_desk(browser, at, "gaojie", script=script)
        admin.goto(f"{at.base}/tasks/{task_id}/roster")
        walk.press(admin, "全部通过，入账")
        assert walk.said(admin) == "300 条已入账。"
    minutes = asked(at, lambda session: _credited(session, task_id))
    assert minutes == (PEOPLE, PEOPLE, PEOPLE * 60)
    assert walk.findings(at) == []


def _crowd(session: Session) -> list[tuple[str, str]]:
    """Grown neighbours with cards who have nothing to do with that day yet."""
    busy = select(SignUp.volunteer_id).union(select(AccountLeaving.person_id))
    rows = session.execute(
        select(Person.card_no, Person.name)
        .where(
            Person.card_no.is_not(None),
            Person.born_on < clock.today() - timedelta(days=365 * 25),
            Person.is_active,
            Person.id.not_in(busy),
        )
        .order_by(Person.id)
        .limit(PEOPLE)
    ).all()
    assert len(rows) == PEOPLE
    return [(str(card_no), name) for card_no, name in rows]


def post_event(page: Page, day: str) -> int:
    """The manager posts a walk that wants many."""
    walk.go(page, "求助")
    walk.follow(page, "发布活动")
    page.get_by_label("活动名称").fill("重阳健步走")
    page.get_by_label("要做什么").select_option(label="社区活动")
    page.get_by_label("哪一天", exact=True).fill(day)
    page.get_by_label("几点开始").fill("21:00")
    page.get_by_label("几点结束").fill("22:00")
    page.get_by_label("每班要几个人").fill("320")
    walk.click(page.get_by_role("button", name="发布", exact=True))
    return walk.number_in(page)


def send(page: Page, rows: Sequence[tuple[str, str]]) -> None:
    """Upload a list of who came."""
    kept = BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at_row, row in enumerate((("卡号", "姓名"), *rows)):
            sheet.write_row(at_row, 0, row)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file: FilePayload = {"name": "名单.xlsx", "mimeType": kind, "buffer": kept.getvalue()}
    page.get_by_label("填好的名单").set_input_files(files=[file])
    walk.press(page, "传上来记下")


def _credited(session: Session, task_id: int) -> tuple[int, int, int]:
    """How many came, how many records were credited, and the minutes of all."""
    task = session.get_one(Task, task_id)
    rows = session.scalars(
        select(ServiceRecord).where(
            ServiceRecord.activity == task.activity, ServiceRecord.started_at == task.starts_at
        )
    ).all()
    credited = [row.credited_minutes or 0 for row in rows if row.state == "approved"]
    return task.taken, len(credited), sum(credited)
