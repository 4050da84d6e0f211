"""A noon at the canteen: lunch by keyboard alone, then without network."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.make.house import House
from timebank.care.models.desk import MemberCard
from timebank.care.models.offline import OfflineToken
from timebank.cli.demo.counter import PIN
from timebank.kernel import clock
from timebank.kernel.db import db, read_only
from timebank.volunteering.queries import passbook

LUNCH_MINUTES = 60


@pytest.mark.browser
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_noon_at_the_canteen(browser: Browser, at: House) -> None:
    cards = rich_cards(at)
    clerk = walk.at_desk(browser, at, "liuyan")
    serve_lunch(clerk, cards[0])
    serve_lunch(clerk, cards[1])
    slip = sign_a_slip(clerk, at, cards[2])

    manager = walk.at_desk(browser, at, "sunli")
    register(manager, at)
    serve_without_network(manager, at, slip)

    assert walk.findings(at) == []
    for page in (clerk, manager):
        page.context.close()


def rich_cards(at: House) -> list[str]:
    """Cards of members who can pay for a lunch at least."""

    def look(session: Session) -> list[str]:
        found = []
        for card in session.scalars(select(MemberCard).where(MemberCard.is_active)):
            facts = {"community_id": card.community_id, "person_id": card.person_id}
            if passbook.balance(session, **facts).available >= LUNCH_MINUTES:
                found.append(card.card_no)
        return found

    with at.app.app_context():
        found = read_only(look)
        db.session.remove()
    assert len(found) >= 3
    return found


def scan(page: Page, card_no: str) -> None:
    """A card is scanned on the counter's screen."""
    page.goto("/".join(page.url.split("/")[:3]) + "/counter")
    expect(page.locator("#field-q")).to_be_focused()
    page.keyboard.type(card_no)
    page.keyboard.press("Enter")
    expect(page.get_by_text("现在能用")).to_be_visible()
    page.wait_for_load_state()  # keys work from then on


def serve_lunch(page: Page, card_no: str) -> None:
    """From a scan to the slip without a mouse: card, service, PIN, Enter."""
    scan(page, card_no)
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="确定，扣 1 小时")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="办好了，扣 1 小时")).to_be_visible()
    expect(page.locator("#field-q")).to_be_focused()


def sign_a_slip(page: Page, at: House, card_no: str) -> str:
    """An elder asks for a slip for one use, by their own PIN; return what its code says."""
    scan(page, card_no)
    walk.follow(page, "开断网凭条")
    page.get_by_label("请老人输 6 位密码").fill(PIN)
    walk.press(page, "开一张")
    expect(page.get_by_text("只能用一次")).to_be_visible()
    with at.app.app_context():
        text = read_only(
            lambda session: session.scalars(
                select(OfflineToken.token).order_by(OfflineToken.id.desc()).limit(1)
            ).one()
        )
        db.session.remove()
    return str(text)


def register(page: Page, at: House) -> None:
    """The manager lets the device in hand serve without network."""
    page.goto(f"{at.base}/counter/till")
    walk.follow(page, "去登记设备")
    walk.follow(page, "九龙助老大食堂") if page.get_by_role(
        "link", name="九龙助老大食堂"
    ).count() else None
    page.get_by_label("设备叫什么").fill("中午用的平板")
    page.get_by_label("用到哪一天").fill((clock.today() + timedelta(days=30)).isoformat())
    walk.press(page, "登记")
    expect(page.get_by_text("钥匙存进这台设备了。")).to_be_visible()
    walk.follow(page, "打开断网柜台")
    expect(page.locator("#offline[data-ready=yes]")).to_be_attached()


def serve_without_network(page: Page, at: House, slip: str) -> None:
    """The network is gone, the page comes all the same, and the slip is taken once."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    expect(page.locator("#offline[data-ready=yes]")).to_be_attached()
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("没有网，先记在这台设备上")).to_be_visible()
    page.locator("#field-token").fill(slip)
    page.keyboard.press("Enter")
    expect(page.get_by_text("老人签了字就按 Enter 记下")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#offline-count")).to_have_text("1")
    page.locator("#field-token").fill(slip)
    page.keyboard.press("Enter")
    expect(page.get_by_text("这张凭条用过了，没有记。")).to_be_visible()
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#offline-list")).to_contain_text("记好了")
    expect(page.locator("#offline-count")).to_have_text("0")
    page.goto(f"{at.base}/counter/uses")
    expect(walk.leaf(page, "办好的")).to_contain_text("中午用的平板")
