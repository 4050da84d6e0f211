"""A project is made public, a stranger reads it, and a household checks what it paid itself."""

import hashlib
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import walk
from tests.make.house import House

PROJECT = "7号楼北侧电动自行车充电棚"


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_money_is_made_public_and_a_stranger_checks_it(
    browser: Browser, at: House, script: bool
) -> None:
    maker = walk.at_desk(browser, at, "wangjing", script=script)
    address = freeze(maker, at)
    checker = walk.at_desk(browser, at, "chenli", script=script)
    release(checker, address)
    receipt_id, payer = take_a_receipt(checker, at)

    stranger = walk.at_desk(browser, at, script=script)
    number = read_it(stranger, at)
    check_the_file(stranger)
    check_own_payment(stranger, receipt_id, payer, number)
    assert walk.findings(at) == []
    for page in (maker, checker, stranger):
        page.context.close()


def freeze(page: Page, at: House) -> str:
    """One of finance freezes the figures; who did cannot release them."""
    page.goto(f"{at.base}/projects")
    walk.follow(page, "账目公示")
    choices = page.get_by_label("项目").locator("option").all_inner_texts()
    page.get_by_label("项目").select_option(label=next(one for one in choices if PROJECT in one))
    walk.press(page, "冻结现在的数")
    expect(page.get_by_role("heading", level=1)).to_contain_text(PROJECT)
    assert page.get_by_role("button", name="批准").count() == 0
    return page.url


def release(page: Page, address: str) -> None:
    """The other one looks through it and releases it."""
    page.goto(address)
    walk.press(page, "批准")
    expect(page.get_by_role("link", name="大家看到的样子")).to_be_visible()


def take_a_receipt(page: Page, at: House) -> tuple[str, str]:
    """Print the receipt of a household of the project; return its number and its door."""
    page.goto(f"{at.base}/projects")
    page.get_by_role("link", name=PROJECT).first.click()
    walk.follow(page, "看全部收款")
    page.get_by_role("link", name="收据", exact=True).first.click()
    number = page.locator("samp").inner_text()
    text = page.get_by_role("main").inner_text()
    door = re.search(r"\b7-\d+-\d+\b", text)
    assert door is not None
    return number, door[0]


def read_it(page: Page, at: House) -> str:
    """A stranger finds the newest version; return its number."""
    page.goto(f"{at.base}/public/projects")
    walk.follow(page, "账目公示")
    page.get_by_role("link", name=PROJECT).first.click()
    text = page.get_by_role("main").inner_text()
    assert "现在的账和公示里的每一个数都一样" in text
    assert [name for name in ("王静", "陈立", "住户") if name in text] == []
    found = re.search(r"GS-\d{4}-\d{3}", text)
    assert found is not None
    return found[0]


def check_the_file(page: Page) -> None:
    """The digest on the page is that of the file that anybody can download."""
    link = page.get_by_role("link", name="下载原文").get_attribute("href")
    assert link is not None
    body = page.request.get(page.url.split("/public")[0] + link).body()
    assert hashlib.sha256(body).hexdigest() in page.get_by_role("main").inner_text()


def check_own_payment(page: Page, receipt_id: str, payer: str, number: str) -> None:
    """The receipt's number brings that one payment, sealed under what was made public."""
    walk.follow(page, "查自己交的钱")
    page.get_by_label("收据编号").fill(receipt_id)
    walk.press(page, "查这张收据")
    text = page.get_by_role("main").inner_text()
    assert "一步一步算下来与总封一致" in text
    assert number in text
    assert payer not in text
