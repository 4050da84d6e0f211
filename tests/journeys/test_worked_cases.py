"""The three worked cases: a fire lane, restaurant fumes, a ring road that becomes a project."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import walk
from tests.journeys.test_case import verdicts
from tests.journeys.test_meeting import SEATS
from tests.make.house import House, open_page
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.db import db

DEPARTMENTS = ("综合行政执法中队", "市场监督管理所")
SAYINGS = ("到现场了", "接下来办", "办完了")


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[:1])
def test_the_three_worked_cases(browser: Browser, at: House, script: bool) -> None:
    page = walk.at_desk(browser, at, "gaojie", script=script)
    fire_lane(page, at)
    fumes(page, browser, at)
    ring_road(page)
    with_volunteers(page, browser, at)
    assert walk.findings(at) == []
    page.context.close()


def fire_lane(page: Page, at: House) -> None:
    """A resident tells; the officer looks, brings it up, it is deliberated, cleared, answered."""
    register(page, "消防通道堆垃圾", source="居民反映", reporter="住户")
    act(page, "现在响应", words=("告诉反映人：谁去", "李师傅二十分钟到。"))
    act(page, "我来办")
    more(page, "记一笔进展", words=("做了什么，看到什么", "和物业看过，一户囤的。"))
    more(page, "上报一级", words=("为什么这一级办不了", "单元里说不动。"), choose="交给谁")
    expect(page.get_by_role("main")).to_contain_text("已报到合作社")
    deliberate(page, at)
    expect(walk.leaf(page, "经过")).to_contain_text("明天联合清理。")
    resolve(page)
    answer(page)
    expect(page.get_by_role("main")).to_contain_text("已办结")
    assert verdicts(page) == ["按时"] * 4


def deliberate(page: Page, at: House) -> None:
    """The case is brought to a meeting of four sides, and what they decide is written into it."""
    case = page.url
    page.goto(f"{at.base}/meetings/new")
    page.locator("#field-title").fill("清楼道议事会")
    page.locator("#field-place").fill("议事厅")
    page.locator("#field-on").fill(clock.today().isoformat())
    page.locator("#field-at").fill("00:05")
    walk.press(page, "建好")
    for side, name in SEATS:
        page.get_by_label("哪一方").select_option(label=side)
        page.locator("#field-name").fill(name)
        walk.press(page, "加上这位")
    page.goto(case)
    walk.follow(page, "拿到会上议")
    chosen = page.locator("#field-meeting_id option", has_text="清楼道议事会")
    page.locator("#field-meeting_id").select_option(chosen.get_attribute("value"))
    page.get_by_label("要会上定什么").fill("请各方来议。")
    walk.press(page, "列上议题")
    walk.press(page, "发出邀请")
    walk.press(page, "开会")
    for _ in SEATS:
        walk.click(page.get_by_role("button", name="签到", exact=True).first)
    walk.follow(page, "消防通道堆垃圾")
    page.get_by_label("决定什么").fill("明天联合清理。")
    page.locator("#field-owner_seat_id").select_option(index=1)
    page.locator("#field-due_on").fill((clock.today() + timedelta(days=1)).isoformat())
    walk.click(page.get_by_role("button", name="议定", exact=True))
    with at.app.app_context():
        while jobs.run_next():
            pass
        db.session.remove()
    page.goto(case)


def fumes(page: Page, browser: Browser, at: House) -> None:
    """Two departments are whistled, report in, work and are let go; then there is an outcome.

    For the first the officer writes down how far it is, the other answers by its link.
    """
    register(page, "餐馆油烟进屋", source="居民反映", reporter="二楼住户")
    more(page, "我来办")
    open_act(page, "吹哨叫部门")
    for name in DEPARTMENTS:
        page.get_by_role("checkbox", name=name).check()
    page.get_by_label("哪个部门牵头").select_option(label=DEPARTMENTS[0])
    page.get_by_label("请他们来做什么").fill("饭点一起到店。")
    walk.press(page, "吹哨叫部门")
    expect(page.get_by_role("main")).to_contain_text("还有 2 个部门没有结束")
    expect(page.get_by_role("button", name="写明结果")).to_have_count(0)
    lead, other = DEPARTMENTS
    walk.click(walk.leaf(page, "吹哨报到").get_by_role("link", name=lead))
    for saying in SAYINGS:
        page.get_by_role("radio", name=saying).check()
        walk.click(page.get_by_role("button", name="记下", exact=True))
    release(page)
    walk.click(walk.leaf(page, "吹哨报到").get_by_role("link", name=other))
    part = page.url
    walk.click(page.get_by_role("button", name="做一个链接"))
    link = walk.leaf(page, "发给部门的话").get_by_role("link").get_attribute("href")
    assert link
    department = open_page(browser, at)
    department.goto(link)
    expect(department.get_by_role("main")).not_to_contain_text("餐馆油烟进屋")
    for saying in SAYINGS:
        department.get_by_role("radio", name=saying).check()
        department.get_by_label("谁来答复").fill("于所长")
        walk.press(department, "答复")
    page.goto(part)
    release(page)
    department.reload()
    department.get_by_role("radio", name="4 分").check()
    department.get_by_label("谁来答复").fill("于所长")
    walk.press(department, "记下评价")
    expect(department.get_by_role("main")).to_contain_text("这次吹哨结束了")
    department.context.close()
    page.reload()
    resolve(page)
    answer(page)
    assert verdicts(page) == ["按时"] * 4


def release(page: Page) -> None:
    """Let a department go after a look, say how it was, and go back to the case."""
    walk.click(page.get_by_role("button", name="放行", exact=True))
    page.get_by_role("radio", name="社区评部门").check()
    page.get_by_role("radio", name="5 分").check()
    walk.press(page, "记下评价")
    walk.click(page.locator("a.back"))


def ring_road(page: Page) -> None:
    """Damaged spots are listed, become a project, and volunteers are asked; the case goes on."""
    register(page, "环路破损", source="巡查发现")
    more(page, "我来办")
    walk.follow(page, "打开清单")
    for place, size in (("东门口", "2 平方米"), ("北段井旁", "1 平方米")):
        page.get_by_label("具体地点").fill(place)
        page.get_by_label("多大").fill(size)
        walk.press(page, "记下这一处")
    walk.click(page.get_by_role("button", name="办好了").first)
    expect(page.get_by_role("main")).to_contain_text("2 处，办好 1 处")
    walk.follow(page, "拿清单立项")
    page.get_by_label("北段井旁").fill("860.50")
    walk.press(page, "立项，造价就是清单")
    expect(page.get_by_role("main")).to_contain_text("¥860.50")
    case = page.get_by_role("link", name=re.compile(r"\d{4}-\d{4}")).first
    walk.click(case)
    expect(walk.leaf(page, "连着的事")).to_contain_text("环路破损")
    expect(page.get_by_role("button", name="写明结果")).to_be_visible()
    walk.follow(page, "请志愿者帮忙")
    expect(page).to_have_url(re.compile("case_id="))


def with_volunteers(page: Page, browser: Browser, at: House) -> None:
    """Volunteers are asked for in the name of the case, one signs up, and the case shows it."""
    page.go_back()
    case_url = page.url
    number = re.search(r"\d{4}-\d{4}", page.get_by_role("main").inner_text())
    assert number
    page.goto(f"{at.base}/tasks/new")
    page.get_by_label("活动名称").fill("修环路看路口")
    page.get_by_label("要做什么").select_option(index=1)
    page.locator("#field-on").fill((clock.today() + timedelta(days=13)).isoformat())
    page.get_by_label("几点开始").fill("05:10")
    page.get_by_label("几点结束").fill("05:50")
    page.locator("summary", has_text="还有要写的").click()
    page.get_by_label("案件编号").fill(number[0])
    walk.press(page, "发布")
    task_url = page.url
    volunteer = walk.on_phone(browser, at, "volunteer1", script=False)
    volunteer.goto(task_url)
    walk.press(volunteer, "我去，报名")
    assert walk.said(volunteer)
    volunteer.context.close()
    page.goto(case_url)
    linked = walk.leaf(page, "连着的事")
    expect(linked).to_contain_text("修环路看路口")
    expect(linked).to_contain_text("环路破损")


def register(page: Page, title: str, *, source: str, reporter: str = "") -> int:
    """Enter a case at the desk and stay on its page; return its id."""
    walk.go(page, "案件")
    walk.follow(page, "登记一件")
    page.get_by_role("radio", name=source).check()
    page.get_by_label("什么事").fill(title)
    page.get_by_role("radio", name="公共设施").check()
    page.get_by_label("详细说说").fill("请来看看。")
    page.get_by_label("在哪个单元").select_option(index=1)
    if reporter:
        page.get_by_label("反映人姓名").fill(reporter)
        page.get_by_label("反映人电话").fill("13900000000")
    walk.press(page, "登记这件事")
    return walk.number_in(page)


def act(page: Page, command: str, *, words: tuple[str, str] | None = None) -> None:
    """Press the button of an act, with words where they are asked for."""
    if words:
        page.get_by_label(words[0]).fill(words[1])
    walk.click(page.get_by_role("button", name=command, exact=True))
    assert walk.said(page)


def open_act(page: Page, command: str) -> None:
    """Open the form of an act that is not the next one."""
    page.locator("summary", has_text="别的办法").click()
    walk.click(page.get_by_role("link", name=command, exact=True))


def more(
    page: Page, command: str, *, words: tuple[str, str] | None = None, choose: str = ""
) -> None:
    """Do what is not the next act."""
    open_act(page, command)
    if choose:
        page.get_by_label(choose).select_option(index=1)
    act(page, command, words=words)


def resolve(page: Page) -> None:
    """Say what came of it, with a photo."""
    page.get_by_role("radio", name="解决了", exact=True).check()
    page.get_by_label("怎么办的，现在什么样").fill("清好了，看过两次。")
    page.get_by_label("照片").and_(page.locator("[type=file]")).set_input_files([walk.a_photo()])
    act(page, "写明结果")


def answer(page: Page) -> None:
    """Keep what the reporter answered; the last answer closes the case."""
    page.get_by_role("radio", name="电话").check()
    page.get_by_role("radio", name="认可，解决了").check()
    page.get_by_role("radio", name="满意", exact=True).check()
    act(page, "给反映人回话", words=("原话或经过", "说好了，谢谢。"))
