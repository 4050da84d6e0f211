"""The close of a day: a slip is missing, the reason is written, another signs, the day is shut."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.journeys.test_counter import rich_cards
from tests.make.fuzz import actor_of_login
from tests.make.house import House
from timebank.care.queries import cards as card_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.service import redemptions
from timebank.cli.demo.counter import PIN
from timebank.kernel.db import db, transaction
from timebank.kernel.ids import new_id

REASON = "小票机卡纸，第二张没有打出来，照今日流水补"


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_a_day_is_closed_with_a_difference(browser: Browser, at: House, script: bool) -> None:
    first, second, third = rich_cards(at)[:3]
    clerk = walk.at_desk(browser, at, "liuyan", script=script)
    lunches(at, first, second)

    slips = count_one_too_few(clerk, at)
    manager = walk.at_desk(browser, at, "sunli", script=script)
    lunches(at, third)  # between the count and the signature
    refuse_to_sign_what_has_changed(manager, at)
    count_again(clerk, at, slips)

    is_ready = choose_lunch(clerk, at, first)
    sign(manager, at, slips)
    refuse_what_comes_later(clerk, at, is_ready)
    read_the_sheet(manager, slips)
    assert walk.findings(at) == []
    for page in (clerk, manager):
        page.context.close()


def choose_lunch(page: Page, at: House, card_no: str) -> str:
    """Find somebody by their card and choose a lunch; return what the last button says."""
    page.goto(f"{at.base}/counter?q={card_no}")
    walk.click(page.get_by_role("link", name="加 1 份").first)
    last = page.get_by_role("button", name="确定，扣")
    expect(last).to_be_visible()
    return last.inner_text()


def lunches(at: House, *card_nos: str) -> None:
    """Some have a lunch and say yes by their digits; how a lunch is pressed is another journey."""

    def serve(session: Session) -> None:
        clerk = actor_of_login(session, "liuyan")
        for card_no in card_nos:
            (person,) = card_queries.find_people(session, clerk, card_no)
            centre = desk_queries.desk_centre(session, clerk, None)
            lunch = desk_queries.rows(session, clerk, centre, "")[0].service
            redemptions.redeem(
                session,
                actor=clerk,
                key=new_id(),
                centre_id=centre.id,
                person_id=person.id,
                wanted=[Wanted(lunch.id, 1)],
                proven=Proven(pin=PIN),
            )

    with at.app.app_context():
        transaction(serve)
        db.session.remove()


def figure(page: Page, word: str) -> str:
    """What stands beside a word of the day's figures."""
    return page.locator(".figures > div").filter(has_text=word).locator("dd").first.inner_text()


def count_one_too_few(page: Page, at: House) -> int:
    """One slip is missing in the drawer: it needs a reason; return what the service knows."""
    page.goto(f"{at.base}/counter/close")
    known = int(figure(page, "小票").split()[0])
    assert known >= 2
    count(page, known - 1)
    assert "请写清楚差在哪里" in walk.trouble(page)
    page.get_by_label("差在哪里").fill(REASON)
    walk.press(page, "点好了")
    assert walk.said(page) == "点好了，请另一位同事来签"
    expect(page.get_by_text("少 1 张")).to_be_visible()
    return known


def count(page: Page, slips: int, reason: str = "") -> None:
    """Write down the drawer's slips, with the minutes as the service has them."""
    minutes = walk.minutes_in(figure(page, "扣的时间"))
    page.get_by_label("点出几张小票").fill(str(slips))
    page.get_by_label("小票上一共几小时").fill(str(minutes // 60))
    page.get_by_label("几分").fill(str(minutes % 60))
    page.get_by_label("差在哪里").fill(reason)
    walk.press(page, "点好了")


def refuse_to_sign_what_has_changed(page: Page, at: House) -> None:
    """A lunch was served since the count: nobody signs old figures."""
    page.goto(f"{at.base}/counter/closes")
    walk.click(page.locator("tbody a").first)
    walk.press(page, "签字，日结")
    expect(page.get_by_role("alert").first).to_contain_text("重新点")


def count_again(page: Page, at: House, slips: int) -> None:
    """The clerk counts anew, the missing one is still missing."""
    page.goto(f"{at.base}/counter/close")
    count(page, slips, REASON)
    assert walk.said(page) == "点好了，请另一位同事来签"


def sign(page: Page, at: House, slips: int) -> None:
    """The manager, who counted nothing, signs by her own login."""
    page.goto(f"{at.base}/counter/closes")
    walk.click(page.locator("tbody a").first)
    assert figure(page, "小票") == f"{slips + 1} 张"
    expect(page.get_by_text("刘燕点的，您来签。")).to_be_visible()
    walk.press(page, "签字，日结")
    assert walk.said(page) == "日结好了，这一天不能再改"


def refuse_what_comes_later(page: Page, at: House, button: str) -> None:
    """A lunch that was chosen before the close is not taken after it, and charges nobody."""
    page.get_by_label("请老人输 6 位密码").fill(PIN)
    walk.press(page, button)
    expect(page.get_by_role("alert").first).to_contain_text("日结")
    page.goto(f"{at.base}/counter/close")
    expect(page.get_by_role("heading", name="已经日结")).to_be_visible()
    expect(page.get_by_role("button", name="点好了")).to_have_count(0)


def read_the_sheet(page: Page, slips: int) -> None:
    """The printed sheet says what was missing, why, and whose hands it went through."""
    walk.follow(page, "打印日结单")
    sheet = page.get_by_role("main").inner_text()
    for word in (f"{slips + 1} 张", f"{slips} 张", "少 1 张", REASON, "刘燕", "孙丽"):
        assert word in sheet
