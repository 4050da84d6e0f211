"""Hours recorded, confirmed, approved, spent at the counter, and given back."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.journeys import walk
from tests.make.house import House
from timebank.cli.demo.counter import PIN
from timebank.cli.demo.tills import STAFF_PIN
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.db import db

SERVED = 70
FROM, TO = "05:30", "06:40"
GRID = 3
SERVICE = "量血压、测血糖"
PRICE = 30


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_hours_are_earned_spent_and_given_back(browser: Browser, at: House, script: bool) -> None:
    volunteer = walk.on_phone(browser, at, "volunteer1", script=script)
    before = walk.able_to_use(volunteer)
    volunteer_card = card_number(volunteer)

    elder = walk.on_phone(browser, at, "elder1", script=script)
    record_service(volunteer, card_no=card_number(elder), place=place_in_grid(at, GRID))
    confirm(elder)
    officer = walk.on_phone(browser, at, f"grid{GRID}", script=script)
    approve(officer)
    assert walk.able_to_use(volunteer) == before + SERVED
    read_where_it_comes_from(volunteer, approver=at_the_foot(officer))

    counter = walk.at_desk(browser, at, "zhaomin", script=script)
    redeem(counter, volunteer_card, script=script)
    assert walk.able_to_use(volunteer) == before + SERVED - PRICE
    read_where_it_went(volunteer)

    undo(counter)
    assert walk.able_to_use(volunteer) == before + SERVED
    assert walk.findings(at) == []
    for page in (volunteer, elder, officer, counter):
        page.context.close()


def card_number(page: Page) -> str:
    """The number that somebody reads on their own page."""
    walk.go(page, "我的")
    found = re.search(r"JL-\d{5}", page.get_by_role("main").inner_text())
    assert found
    return found[0]


def place_in_grid(at: House, number: int) -> str:
    """A stairwell that the grid's officer looks after."""
    with at.app.app_context():
        community = community_queries.communities(db.session())[0]
        places = community_queries.micro_grids(db.session(), community.id)
        grid_id = sorted({place.grid_id for place in places})[number - 1]
        label = next(place.label for place in places if place.grid_id == grid_id)
        db.session.remove()
    return label


def at_the_foot(page: Page) -> str:
    """The name under which somebody is logged in; it stands before the way out."""
    lines = [line.strip() for line in page.get_by_role("contentinfo").inner_text().splitlines()]
    return next(line for line in reversed(lines[: lines.index("退出")]) if line)


def record_service(page: Page, *, card_no: str, place: str) -> None:
    """A volunteer writes down yesterday's service, for the one with this card."""
    walk.go(page, "我的时间")
    walk.follow(page, "记一次服务")
    page.get_by_label("对方的卡号").fill(card_no)
    page.get_by_label("做了什么").select_option(label="陪伴聊天")
    page.get_by_label("哪一天").fill((clock.today() - timedelta(days=1)).isoformat())
    page.get_by_label("几点开始").fill(FROM)
    page.get_by_label("几点结束").fill(TO)
    page.get_by_label("楼栋单元").select_option(label=place)
    walk.click(page.get_by_role("button", name="记下", exact=True))

    assert walk.said(page) == "记下了。"
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 小时 10 分")
    expect(page.get_by_role("main")).to_contain_text("等对方确认")


def confirm(page: Page) -> None:
    """The elder says that it is true."""
    walk.go(page, "我的时间")
    walk.follow(page, "去确认")
    waiting = page.locator("section").filter(has_text=f"{FROM}–{TO}")
    walk.press(waiting, "是真的，确认")
    assert walk.said(page) == "谢谢您，已经确认。"


def approve(page: Page) -> None:
    """An officer who has no part in it looks at the evidence and approves."""
    walk.go(page, "核对时间")
    waiting = page.get_by_role("listitem").filter(has_text=f"{FROM}–{TO}")
    expect(waiting).to_contain_text("对方自己确认")
    waiting.get_by_role("checkbox").check()
    walk.press(page, "通过选中的，入账")
    assert walk.said(page) == "1 条已入账。"


def read_where_it_comes_from(page: Page, *, approver: str) -> None:
    """The passbook's newest line opens to who confirmed and who approved, and to the entry."""
    line = page.locator("details").filter(has_text="存入 1 小时 10 分").first
    line.locator("summary").click()
    expect(line).to_contain_text("对方自己确认")
    expect(line).to_contain_text(approver)
    expect(line).to_contain_text(f"{FROM}–{TO}")
    open_entry(page, "存入 1 小时 10 分", "1 小时 10 分")


def read_where_it_went(page: Page) -> None:
    """What was spent opens to the entry as well."""
    page.locator("details").filter(has_text="用出 30 分").first.locator("summary").click()
    open_entry(page, "用出 30 分", "30 分")


def open_entry(page: Page, line: str, amount: str) -> None:
    """The open line leads to the sealed entry with the same amount."""
    walk.follow(page.locator("details").filter(has_text=line).first, "流水第")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"第 \d+ 笔账"))
    expect(walk.leaf(page, "从哪里到哪里")).to_contain_text(amount)


def redeem(page: Page, card_no: str, *, script: bool) -> None:
    """At the counter: the card, a digit, the PIN, Enter; pressed twice, charged once."""
    walk.go(page, "柜台")
    served_before = served_today(page)
    page.get_by_label("找人").fill(card_no)
    page.keyboard.press("Enter")
    choose_service(page, script=script)
    sent: list[Request] = []
    page.on("request", lambda asked: sent.append(asked) if asked.method == "POST" else None)
    give_pin_and_press_twice(page, script=script)
    page.wait_for_url("**/counter/done/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("办好了，扣 30 分")
    assert send_again(page, sent[-1]) == page.url
    assert served_today(page) == served_before + 1

    walk.follow(page, "打印小票")
    slip = page.locator("body")
    expect(slip).to_contain_text("兑换小票")
    expect(slip).to_contain_text(card_no)
    expect(slip).to_contain_text(re.compile(r"合计扣\s*30 分"))
    walk.follow(page, "返回柜台")


def served_today(page: Page) -> int:
    """What the bar at the foot says of today."""
    found = re.search(r"今天已办 (\d+) 笔", page.locator("body").inner_text())
    assert found
    return int(found[1])


def choose_service(page: Page, *, script: bool) -> None:
    """Press the digit that is printed beside the service; without script, follow it."""
    row = page.get_by_role("row").filter(has_text=SERVICE)
    if script:
        expect(row).to_be_visible()
        page.wait_for_load_state()  # keys work from then on
        page.keyboard.press(row.locator("kbd").first.inner_text())
    else:
        walk.click(row.get_by_role("link", name=f"加 1 份 {SERVICE}"))
    expect(walk.leaf(page, "本次")).to_contain_text(re.compile(r"要扣\s*30 分"))
    page.wait_for_load_state()


def give_pin_and_press_twice(page: Page, *, script: bool) -> None:
    """The elder types six digits; an impatient hand confirms twice."""
    pin = page.get_by_label("请老人输 6 位密码")
    if script:
        page.keyboard.press("Enter")
        expect(pin).to_be_focused()
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
    else:
        pin.fill(PIN)
        page.get_by_role("button", name="确定，扣 30 分").dblclick()


def send_again(page: Page, asked: Request) -> str:
    """Send the same form once more, as a bad line does; return where it leads."""
    answer = page.request.post(
        asked.url,
        data=asked.post_data_buffer,
        headers={"Content-Type": asked.headers["content-type"]},
    )
    assert answer.ok
    return answer.url


def undo(page: Page) -> None:
    """The counter undoes what was keyed in wrongly, says why, and a colleague says yes by PIN."""
    page.get_by_label("撤销的原因").fill("老人当场说点错了")
    # As fast as a scanner: the digits are the PIN all the same, and stand in no address.
    page.get_by_label("他的工作密码").press_sequentially(STAFF_PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="这笔已撤销")).to_be_visible()
    assert walk.said(page) == "已撤销，时间还给了老人"
    expect(page.get_by_text("老人当场说点错了")).to_be_visible()
