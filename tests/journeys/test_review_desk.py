"""A dishonest pair is found by the review desk: seen by two, sent back, and free to disagree."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import walk
from tests.make.house import House

FRIEND = "volunteer13"  # whose record waited longest
REASON = "两位轮流记的都是同一个钟点，请说说那几天做了什么"


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[1:])
def test_a_pair_that_serves_only_each_other_is_found(
    browser: Browser, at: House, script: bool
) -> None:
    first = walk.at_desk(browser, at, "gaojie", script=script)
    look_closer(first)
    approve_once(first)

    second = walk.at_desk(browser, at, "zhouwen", script=script)
    send_back(second, keyed=script)
    assert walk.findings(at) == []

    friend = walk.on_phone(browser, at, FRIEND, script=script)
    disagree(friend)
    for page in (first, second, friend):
        page.context.close()


def look_closer(page: Page) -> None:
    """The riskiest stands first; it says why in figures, and opens to what it speaks of."""
    walk.go(page, "核对时间")
    worst = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox")).first
    expect(worst).to_contain_text("值得看一眼 · 50 分")
    expect(worst).to_contain_text("两人互相服务：90 天里去 4 次、回 4 次，合计 15 小时 20 分")
    walk.follow(worst, "细看")
    expect(walk.leaf(page, "为什么值得看一眼")).to_contain_text("只是提示，不是说谁不对")
    opened = page.locator("details").filter(has_text="看涉及的").first
    opened.locator("summary").click()
    expect(opened.get_by_role("listitem")).to_have_count(6)


def approve_once(page: Page) -> None:
    """Whoever thinks nothing of it does not post it alone."""
    walk.click(page.get_by_role("button", name="通过"))
    assert walk.said(page) == "1 条核对过一遍，等另一位再核对。"


def send_back(page: Page, *, keyed: bool) -> None:
    """The second pair of eyes sends it back, by the keyboard where there is a script."""
    walk.go(page, "核对时间")
    page.locator("summary", has_text="只看一部分").click()
    walk.follow(page, "等第二位")
    waiting = page.get_by_role("listitem").filter(has_text="高洁核对过第一遍")
    expect(waiting).to_have_count(1)
    if keyed:
        lines = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox"))
        mine = [line.inner_text() for line in lines.all()]
        number = next(at for at, text in enumerate(mine, start=1) if "高洁" in text)
        page.keyboard.press(str(number))
        page.wait_for_url("**/review/*")
        page.keyboard.press("r")
        page.keyboard.type(REASON)
    else:
        walk.follow(waiting, "细看")
        page.get_by_label("哪里不对").fill(REASON)
    walk.click(page.get_by_role("button", name="退回"))
    assert walk.said(page) == "退回了，对方会看到原因，也可以申诉。"


def disagree(page: Page) -> None:
    """The volunteer reads what they may do until when, and appeals in their own words."""
    expect(walk.leaf(page, "不同意的记录")).to_contain_text("有 1 条记录被退回")
    walk.follow(page, "看看到了哪一步")
    expect(page.get_by_role("main")).to_contain_text(REASON)
    walk.follow(page, "不同意，申诉")
    page.get_by_label("您怎么说").fill("我们是老邻居，每天晚上一起吃饭，他真的陪我了")
    walk.press(page, "交上申诉")
    assert walk.said(page) == "申诉记下了，会由没经手过的人来看。"
    expect(page.get_by_role("main")).to_contain_text("社区最晚")
