"""How people get about: log in, follow words, read figures off the page."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page

from tests.make import house
from tests.make.house import House
from timebank.cli.verify import CHECKS
from timebank.kernel.db import db, read_only
from timebank.kernel.finding import Finding

# On both engines; one way with the script, the other without it.
WAYS = [
    pytest.param("sqlite", False, id="sqlite, no script"),
    pytest.param("postgresql", True, id="postgresql"),
]

_HOURS = re.compile(r"(\d+)\s*小时")
_MINUTES = re.compile(r"(\d+)\s*分")


def on_phone(browser: Browser, at: House, login_name: str, *, script: bool = True) -> Page:
    """Somebody logged in on a phone."""
    return house.open_page(browser, at, login_name, width=360, height=800, script=script)


def at_desk(
    browser: Browser, at: House, login_name: str | None = None, *, script: bool = True
) -> Page:
    """Somebody at a desk; nobody logged in when no name is given."""
    return house.open_page(browser, at, login_name, width=1280, height=800, script=script)


def go(page: Page, word: str) -> None:
    """Follow a word of the frame; what is seldom wanted, or all on a phone, stands in a menu."""
    frame = page.get_by_role("banner").or_(page.get_by_role("navigation"))
    link = frame.get_by_role("link", name=word, exact=True).locator("visible=true").first
    menu = page.locator("summary", has_text="菜单")
    if menu.is_visible():
        menu.click()
    elif not link.is_visible():
        page.locator("details.more > summary").click()
    click(link)


def press(page: Page | Locator, word: str) -> None:
    """Press the button that says this."""
    click(page.get_by_role("button", name=word))


def follow(page: Page | Locator, word: str) -> None:
    """Follow the link that says this."""
    click(page.get_by_role("link", name=word))


def click(thing: Locator) -> None:
    """Click, and wait until the page it leads to is there as a whole.

    A click is over when the next page begins; whoever counted lines then would count what has
    arrived so far.
    """
    thing.click()
    thing.page.wait_for_load_state()


def leaf(page: Page, title: str) -> Locator:
    """The part of a page under a heading."""
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("section").filter(has=heading)


def form(page: Page, title: str) -> Locator:
    """The form under a heading."""
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("form").filter(has=heading)


def said(page: Page) -> str:
    """What the page just told."""
    return page.get_by_role("status").inner_text().strip()


def trouble(page: Page) -> str:
    """What the page refuses, in its words."""
    return page.get_by_role("alert").inner_text()


def minutes_in(text: str) -> int:
    """Minutes from words such as 3 小时 10 分."""
    hours, minutes = _HOURS.search(text), _MINUTES.search(text)
    assert hours or minutes, text
    return 60 * int(hours[1] if hours else 0) + int(minutes[1] if minutes else 0)


def able_to_use(page: Page) -> int:
    """The minutes that somebody reads as theirs to use on the first screen."""
    go(page, "我的时间")
    plate = page.locator("section").filter(
        has=page.get_by_role("heading", name=re.compile("您现在能用$"))
    )
    return minutes_in(plate.get_by_role("paragraph").first.inner_text())


def number_in(page: Page) -> int:
    """The number at the end of the page's address."""
    return int(page.url.split("?")[0].rstrip("/").rsplit("/", 1)[1])


def a_photo(name: str = "现场.jpg") -> FilePayload:
    """A small picture as a phone takes it."""
    kept = BytesIO()
    Image.new("RGB", (320, 240), (140, 120, 90)).save(kept, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def findings(at: House) -> list[Finding]:
    """What ``timebank verify`` finds wrong."""
    with at.app.app_context():
        found = read_only(
            lambda session: [one for _, check in CHECKS for one in check(session, None)]
        )
        db.session.remove()
    return found
