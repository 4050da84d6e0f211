"""A month of visits: planned, walked by the list, a household put right, a finding made a case."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import walk
from tests.make.house import House

WAITING = re.compile("过期没走|待走访")


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[:1])
def test_a_month_of_visits(browser: Browser, at: House, script: bool) -> None:
    page = walk.on_phone(browser, at, "gaojie", script=script)
    walk.go(page, "走访")
    before = walked(page)
    walk.follow(page, "下个月")
    walk.press(page, "排这个月")
    assert "新排 37 个单元" in walk.said(page)
    walk.follow(page, "走访路线单")
    expect(page.get_by_role("heading", level=2)).to_have_count(37)
    walk.click(page.get_by_role("link", name="返回"))
    walk.follow(page, "本月")

    row = page.locator("#table tbody tr").filter(has_text=WAITING).first
    label = row.get_by_role("link").first.inner_text()
    walk.click(row.get_by_role("link").first)
    at_one_door(page)
    put_right(page)
    find_something(page, label)
    walk.press(page, "这个单元走完了")
    assert walk.said(page)
    walk.go(page, "走访")
    assert walked(page) == before + 1
    tile = page.locator("#map svg").get_by_role("link", name=re.compile("走完了"))
    assert tile.count() >= before + 1
    assert walk.findings(at) == []
    page.context.close()


def walked(page: Page) -> int:
    """How many units the month's first line says were walked."""
    found = re.search(r"走完 (\d+) 个", page.get_by_role("main").inner_text())
    assert found
    return int(found[1])


def at_one_door(page: Page) -> None:
    """Somebody opens, and is noted."""
    door = page.locator("#doors li.line").first
    door.locator("summary").click()
    door.get_by_label("怎么样").select_option(label="遇上了")
    door.get_by_label("遇上谁").select_option(index=1)
    walk.click(door.get_by_role("button", name="记下"))
    expect(page.get_by_role("main")).to_contain_text("遇上 1 户")


def put_right(page: Page) -> None:
    """A number has changed; without consent nothing is changed."""
    page.locator("summary", has_text="改手机号或房号").click()
    form = page.locator("form[action$='/changes']")
    form.get_by_label("谁", exact=True).select_option(index=0)
    form.get_by_label("改成").fill("13955556666")
    walk.click(form.get_by_role("button", name="改好"))
    assert "本人同意" in walk.trouble(page)
    form = page.locator("form[action$='/changes']")
    if not form.get_by_label("改成").is_visible():
        page.locator("summary", has_text="改手机号或房号").click()
    form.get_by_label("本人同意改").check()
    walk.click(form.get_by_role("button", name="改好"))
    expect(page.locator("#changes")).to_contain_text("139****6666")


def find_something(page: Page, label: str) -> None:
    """What was found becomes a case with one tap, and each shows the other."""
    form = page.locator("form[action$='/findings']")
    form.get_by_label("发现什么").fill("三楼扶手松了")
    walk.click(form.get_by_role("button", name="记下"))
    walk.press(page, "转成案件")
    expect(page.get_by_role("heading", level=1)).to_contain_text("三楼扶手松了")
    walk.click(walk.leaf(page, "连着的事").get_by_role("link", name=label))
    expect(page.locator("#findings")).to_contain_text("看案件")
