"""A month of the canteen: a line is disputed and struck, another approves, it is paid and filed."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from tests.journeys import walk
from tests.make.house import House
from timebank.kernel import clock

CANTEEN = "九龙助老大食堂"
PAPER = "回单 JL-0088"
NOT_SERVED = "这位老人那天住院，没有来"
_YUAN = re.compile(r"¥([\d,]+)\.(\d\d)")


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_a_month_is_disputed_and_paid(browser: Browser, at: House, script: bool) -> None:
    manager = walk.at_desk(browser, at, "sunli", script=script)
    finance = walk.at_desk(browser, at, "chenli", script=script)
    other = walk.at_desk(browser, at, "wangjing", script=script)

    open_statement(finance, at)
    whole_fen = figure_fen(finance, "应付")
    struck_fen = dispute_a_line(finance)
    open_statement(other, at)
    expect(other.get_by_text("2 行异议等答复")).to_be_visible()
    expect(other.get_by_role("button", name="批准")).to_have_count(0)

    open_statement(manager, at)
    expect(manager.get_by_role("button", name="批准")).to_have_count(0)
    answer(manager, NOT_SERVED, "不付", "查了签到，确实没有来")
    open_statement(manager, at)
    answer(manager, "这天食堂交来的签字单上没有这一份，请查", "照付", "签字单找到了，附在后面")
    assert figure_fen(manager, "应付") == whole_fen - struck_fen
    expect(manager.get_by_role("button", name="批准")).to_have_count(0)

    approve(other, at, whole_fen - struck_fen)
    pay(finance, at)
    read_export(finance, whole_fen - struck_fen, struck_fen)
    read_print(finance, whole_fen - struck_fen)
    assert walk.findings(at) == []
    for page in (manager, finance, other):
        page.context.close()


def open_statement(page: Page, at: House) -> None:
    """Open the canteen's newest statement."""
    page.goto(f"{at.base}/settlements")
    walk.click(page.locator("tbody tr").filter(has_text=CANTEEN).first.get_by_role("link"))
    expect(page.get_by_role("heading", name=CANTEEN).first).to_be_visible()


def fen_in(text: str) -> int:
    """Fen from words such as ¥1,234.50."""
    found = _YUAN.search(text)
    assert found, text
    return int(found[1].replace(",", "")) * 100 + int(found[2])


def figure_fen(page: Page, word: str) -> int:
    """The money beside a word of the statement's sums."""
    return fen_in(page.locator(".figures > div").filter(has_text=word).first.inner_text())


def dispute_a_line(page: Page) -> int:
    """Finance says of the first line that it was not served; return what it would cost."""
    line = page.locator("#lines tbody tr").filter(has_text="¥").filter(has_not_text="等答复").first
    amount_fen = fen_in(line.locator(".key-figure").inner_text())
    walk.click(line.get_by_role("link"))
    page.get_by_label("哪里不对").fill(NOT_SERVED)
    walk.press(page, "提异议")
    assert walk.said(page) == "异议记下了，等另一位答复"
    expect(page.get_by_role("button", name="答复")).to_have_count(0)  # not one's own
    return amount_fen


def answer(page: Page, about: str, outcome: str, words: str) -> None:
    """The manager looks a disputed line up and answers, with a reason."""
    walk.follow(page.get_by_role("navigation", name="看哪些行"), "有异议的")
    lines = page.locator("#lines tbody tr")
    for number in range(lines.count()):
        walk.click(lines.nth(number).get_by_role("link"))
        if page.get_by_text(about).count():
            break
        page.go_back()
    page.get_by_label(outcome, exact=True).check()
    page.get_by_label("答复").fill(words)
    walk.press(page, "答复")
    assert walk.said(page) == "答复好了"


def approve(page: Page, at: House, amount_fen: int) -> None:
    """Another of finance lets it stand; money and hours stand in the books as on the page."""
    open_statement(page, at)
    walk.press(page, "批准")
    assert walk.said(page) == "批准了，这份月结单不能再改"
    books = walk.leaf(page, "和账对一对")
    assert fen_in(books.inner_text()) == amount_fen
    expect(books).to_contain_text("每张小票和账上的一样")


def pay(page: Page, at: House) -> None:
    """Finance notes the payment with the bank's paper, once."""
    open_statement(page, at)
    page.get_by_label("哪天付的").fill(clock.today().isoformat())
    page.get_by_label("银行单据号").fill(PAPER)
    walk.press(page, "付好了")
    assert walk.said(page) == "付款记好了"
    expect(page.get_by_text(PAPER)).to_be_visible()
    expect(page.get_by_role("button", name="付好了")).to_have_count(0)


def read_export(page: Page, amount_fen: int, struck_fen: int) -> None:
    """The workbook has every line, and the lines make the sum."""
    address = str(page.get_by_role("link", name="下载表格").get_attribute("href"))
    content = page.request.get(page.url.split("/settlements")[0] + address).body()
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sums = book.get_sheet_by_name("合计").to_python()
    lines = book.get_sheet_by_name("明细").to_python()[1:]
    due = sums[0].index("应付（元）")
    assert [fen_of(sums[-1][due]), fen_of(sums[-1][due - 1])] == [amount_fen, struck_fen]
    assert sum(fen_of(row[8]) for row in lines) == amount_fen
    assert sum(whole(row[6]) for row in lines) == whole(sums[-1][2])
    assert [row[9] for row in lines].count(NOT_SERVED) == 1


def fen_of(cell: object) -> int:
    """Fen of a cell in yuan."""
    return round(float(str(cell)) * 100)


def whole(cell: object) -> int:
    """A whole number of a cell."""
    return int(float(str(cell)))


def read_print(page: Page, amount_fen: int) -> None:
    """The sheet has the sum, what was disputed with its answer, and who signs."""
    walk.follow(page, "打印")
    sheet = page.get_by_role("main").inner_text()
    assert fen_in(sheet) == amount_fen
    for word in (NOT_SERVED, "查了签到，确实没有来", "王静", PAPER):
        assert word in sheet
