"""Drafts of a grid officer: kept when the network is cut, sent once when it is back."""

from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from tests.make import house as houses
from tests.make.house import House
from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.kernel.db import db


def _fill(page: Page, words: str, reason: str) -> None:
    page.locator("input[name=category][value=sanitation]").check()
    page.select_option("#field-micro_grid_id", index=1)
    page.fill("#field-words", words)
    page.fill("#field-no_photo_reason", reason)
    page.locator("form[data-draft] button[type=submit]").click()


def _drafts(page: Page, count: int) -> None:
    page.locator(f"html[data-drafts='{count}']").wait_for(state="attached")


def test_drafts_survive_a_dead_network_and_are_sent_once(house: House, browser: Browser) -> None:
    page = houses.open_page(browser, house, "grid3")
    page.goto(f"{house.base}/cases/patrol")
    page.locator("html[data-offline=ready]").wait_for(state="attached")

    page.context.set_offline(True)
    _fill(page, "断网时清走了纸箱", "手里拿着扫帚")
    _drafts(page, 1)
    page.goto(f"{house.base}/cases/phone")
    assert "没有网" in page.title()
    _fill(page, "断网时扫了楼道", "")
    _drafts(page, 2)

    page.context.set_offline(False)
    other = page.context.new_page()
    other.goto(f"{house.base}/cases/phone")
    page.goto(f"{house.base}/cases/phone")
    _drafts(page, 1)
    refused = page.locator("#drafts-list li.late")
    refused.wait_for()
    assert "照片" in refused.inner_text()
    refused.locator("button").last.click()
    _drafts(page, 0)
    page.context.close()

    with house.app.app_context():
        found = db.session.scalars(
            select(CaseFile.id).where(CaseFile.description.like("断网时%"))
        ).all()
        events = db.session.scalar(
            select(func.count()).select_from(CaseEvent).where(CaseEvent.case_id.in_(found))
        )
        db.session.remove()
    assert len(found) == 1
    assert events == 4


def test_without_a_script_the_form_is_an_ordinary_one(house: House, browser: Browser) -> None:
    page = houses.open_page(browser, house, "grid3", script=False)
    page.goto(f"{house.base}/cases/patrol")
    _fill(page, "没有脚本也清走了", "手湿")
    page.wait_for_load_state()
    assert "记好了" in page.inner_text("main")
    page.context.close()
