"""A meeting to its last decision: said, put on the table, decided, done, closed, told to all."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import walk
from tests.make.house import House
from timebank.kernel import clock

TITLE = "门口坡道太陡"
SEATS = (("业委会", "孙立国"), ("物业企业", "赵卫东"), ("居民", "于秀琴"), ("党组织", "高书记"))


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[:1])
def test_a_meeting_to_its_last_decision(browser: Browser, at: House, script: bool) -> None:
    resident = walk.on_phone(browser, at, "volunteer1", script=script)
    resident.goto(f"{at.base}/voices/new")
    resident.locator("#field-title").fill(TITLE)
    resident.locator("#field-words").fill("轮椅推不上去，请改缓一点。")
    walk.press(resident, "交给社区")
    expect(resident.get_by_role("main")).to_contain_text(TITLE)
    resident.context.close()

    page = walk.at_desk(browser, at, "gaojie", script=script)
    address = plan(page)
    hold(page, at, address)
    decide(page, address)
    go_on(page, at)
    second = walk.at_desk(browser, at, "zhouwen", script=script)
    walk.go(second, "议事")
    second.goto(f"{at.base}/decisions?tab=done")
    walk.follow(second, "坡道改缓")
    walk.press(second, "看过了，销号")
    expect(second.get_by_role("main")).to_contain_text("已销号")
    second.context.close()
    tell(page, at, address)
    reader = walk.at_desk(browser, at, script=script)
    reader.goto(f"{at.base}/hall/{address.rsplit('/', 1)[1]}")
    main = reader.get_by_role("main")
    expect(main).to_contain_text("坡道改缓")
    expect(main).to_contain_text("孙**")
    expect(main).not_to_contain_text("孙立国")
    assert walk.findings(at) == []
    reader.context.close()
    page.context.close()


def plan(page: Page) -> str:
    """Plan a meeting with four sides, and put the opinion on its agenda; return its address."""
    walk.go(page, "议事")
    walk.follow(page, "筹备一次会议")
    page.locator("#field-title").fill("坡道议事会")
    page.locator("#field-place").fill("议事厅")
    page.locator("#field-on").fill(clock.today().isoformat())
    page.locator("#field-at").fill("00:05")
    walk.press(page, "建好")
    address = page.url.split("?")[0]
    for side, name in SEATS:
        page.get_by_label("哪一方").select_option(label=side)
        page.locator("#field-name").fill(name)
        walk.press(page, "加上这位")
    walk.go(page, "民意")
    walk.follow(page, TITLE)
    walk.press(page, "分好")
    chosen = page.locator("#field-meeting_id option", has_text="坡道议事会")
    page.locator("#field-meeting_id").select_option(chosen.first.get_attribute("value"))
    walk.press(page, "列上议题")
    return address


def hold(page: Page, at: House, address: str) -> None:
    """Invite, let them sign in; before the quorum nothing can be decided."""
    page.goto(address)
    walk.press(page, "发出邀请")
    walk.press(page, "开会")
    walk.follow(page, TITLE)
    expect(page.get_by_role("main")).to_contain_text("人还不够")
    page.goto(address)
    for _ in SEATS:
        walk.click(page.get_by_role("button", name="签到", exact=True).first)
    expect(page.get_by_role("main")).to_contain_text("够，可以议定")


def decide(page: Page, address: str) -> None:
    """Decide three things with owner and deadline."""
    page.goto(address)
    walk.follow(page, TITLE)
    due = (clock.today() + timedelta(days=20)).isoformat()
    for words in ("坡道改缓", "请三方出钱修", "志愿者扶一把"):
        page.get_by_label("决定什么").fill(words)
        page.locator("#field-owner_seat_id").select_option(index=1)
        page.locator("#field-due_on").fill(due)
        walk.click(page.get_by_role("button", name="议定", exact=True))
        expect(page.get_by_role("main")).to_contain_text(words)


def go_on(page: Page, at: House) -> None:
    """One becomes a case, one a project, one a task; the first is said to be done."""
    item = page.url
    walk.follow(page, "坡道改缓")
    decision = page.url
    walk.follow(page, "转为案件")
    page.locator("#field-category").select_option(index=2)
    page.locator("#field-micro_grid_id").select_option(index=1)
    walk.press(page, "登记这件事")
    expect(walk.leaf(page, "连着的事")).to_contain_text("坡道改缓")
    page.goto(item)
    walk.follow(page, "请三方出钱修")
    walk.press(page, "立项")
    expect(page.get_by_role("main")).to_contain_text(TITLE)
    page.goto(item)
    walk.follow(page, "志愿者扶一把")
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    page.locator("#field-activity").fill("扶老人过坡道")
    page.locator("#field-on").fill(tomorrow)
    page.locator("#field-begins").fill("09:00")
    page.locator("#field-ends").fill("11:00")
    page.locator("#field-places").fill("3")
    walk.press(page, "发任务")
    walk.follow(page, "看转成的任务")
    expect(page.get_by_role("main")).to_contain_text("扶老人过坡道")
    page.goto(decision)
    page.locator("#field-outcome").fill("坡道改好了，轮椅试过。")
    walk.press(page, "记下结果")
    assert "销号" in walk.said(page)
    assert at.base in page.url


def tell(page: Page, at: House, address: str) -> None:
    """Write it down, sign, publish; the signed record takes no change."""
    page.goto(address)
    page.locator("#field-words").first.fill("各方都说了，议定三条。")
    walk.press(page, "存好记录")
    page.locator("#field-scan").set_input_files([walk.a_photo("签字.jpg")])
    walk.press(page, "签存记录")
    expect(page.get_by_role("button", name="存好记录")).to_have_count(0)
    page.locator("#field-summary").fill("孙立国说了业委会的想法，坡道改缓。")
    walk.click(page.get_by_role("button", name="公开", exact=True))
    expect(page.get_by_role("main")).to_contain_text("已公开")
    assert at.base in page.url
