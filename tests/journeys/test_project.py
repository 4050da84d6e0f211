"""Road damage becomes a project of three parties: agreed, paid into, spent from, closed."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys import walk
from tests.make.house import House
from timebank.kernel import clock

TITLE = "环路东段路面塌陷"
PROJECT = "环路东段路面重铺"
COSTING = (("沥青重铺", "80000.01"), ("换雨水井盖", "20000"))
WEIGHTS = (("共富公司", "40"), ("物业", "30"), ("居民", "30"))
SHARES = {"共富公司": "¥40,000.01", "物业": "¥30,000.00", "居民": "¥30,000.00"}
CONTRIBUTIONS = (
    ("共富公司", "40000.01", "九龙共富公司"),
    ("物业", "30000", "九龙物业"),
    ("居民", "20000", "七号楼周先生"),
)
TALLY = {
    "全部面积": "86412.5",
    "全部户数": "912",
    "参加的面积": "64020.75",
    "参加的户数": "688",
    "同意的面积": "58211.2",
    "同意的户数": "633",
}
PAYEE = "海右道路工程队"


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_road_damage_is_paid_for_by_three_parties(
    browser: Browser, at: House, script: bool
) -> None:
    officer = walk.on_phone(browser, at, "grid3", script=script)
    case_url = register_damage(officer)
    steward = walk.on_phone(browser, at, "steward3", script=script)
    project_url = propose_from_case(steward, case_url)
    finance = walk.at_desk(browser, at, "chenli", script=script)
    cost(finance)
    admin = walk.at_desk(browser, at, "gaojie", script=script)
    decide(finance, admin)
    agree(admin)
    receive(finance)
    assert sums(finance) == ("¥100,000.01", "¥90,000.01", "¥0.00", "¥90,000.01")

    asker = walk.at_desk(browser, at, "wangjing", script=script)
    ask_too_much(asker, admin)
    assert sums(finance) == ("¥100,000.01", "¥90,000.01", "¥0.00", "¥90,000.01")
    ask(asker, "60000", "沥青重铺首款")
    try_to_approve_oneself(asker)
    approve_and_pay(admin, asker)
    accept_and_close(admin)

    see_the_end(finance)
    see_the_case(officer, case_url)
    see_in_public(browser, at, project_url)
    assert walk.findings(at) == []
    for page in (officer, steward, finance, admin, asker):
        page.context.close()


def register_damage(page: Page) -> str:
    """A grid officer writes down what a resident says; return the case's address."""
    walk.go(page, "案件")
    walk.follow(page, "登记一件")
    page.get_by_label("反映人是社区里的人").fill("王")
    walk.click(page.get_by_role("button", name="找", exact=True))
    page.get_by_role("group", name="是哪一位").get_by_role("radio").first.check()
    page.get_by_label("什么事").fill(TITLE)
    page.get_by_role("radio", name="公共设施").check()
    page.get_by_label("详细说说").fill("下雨后塌了一块，电动车不好走。")
    page.get_by_label("在哪个单元").select_option(index=1)
    page.get_by_label("具体地点").fill("环路东段")
    page.get_by_label("照片（可不填）").set_input_files([walk.a_photo()])
    walk.press(page, "登记这件事")
    assert walk.said(page).startswith("登记好了，编号")
    return page.url


def propose_from_case(page: Page, case_url: str) -> str:
    """The steward of the grid opens a project from the case; return the project's address."""
    page.goto(case_url)
    walk.follow(page, "立项")
    expect(page.get_by_role("main")).to_contain_text("起因：案件")
    page.get_by_label("叫什么").fill(PROJECT)
    page.get_by_label("做什么").fill("铣掉旧路面，重铺 600 米，换 8 个井盖。")
    page.get_by_label("在哪里").fill("环路东段")
    walk.press(page, "立项，接着写造价")
    assert walk.said(page) == "已立项，接着写造价"
    walk.follow(page, PROJECT)
    expect(walk.leaf(page, "起因")).to_contain_text("案件")
    return page.url


def open_project(page: Page) -> None:
    """Find the project in the list."""
    walk.go(page, "三方共筹")
    walk.follow(page, PROJECT)
    expect(page.get_by_role("heading", level=1)).to_have_text(PROJECT)


def cost(page: Page) -> None:
    """Finance writes the costing."""
    open_project(page)
    walk.follow(page, "写造价")
    for number, (label, yuan) in enumerate(COSTING, start=1):
        page.get_by_role("textbox", name=f"第 {number} 项").fill(label)
        page.get_by_label("金额（元）").nth(number - 1).fill(yuan)
    walk.press(page, "记下造价")
    assert walk.said(page) == "造价记下了"
    expect(walk.leaf(page, "造价")).to_contain_text("¥100,000.01")


def decide(finance: Page, admin: Page) -> None:
    """The costing hung at the doors; the owners' meeting said yes, and two people enter it."""
    today = clock.today()
    walk.follow(finance, "公示造价")
    finance.get_by_label("从哪天起").fill((today - timedelta(days=9)).isoformat())
    finance.get_by_label("张贴的照片").set_input_files([walk.a_photo("公示.jpg")])
    walk.press(finance, "开始公示")
    assert walk.said(finance) == "公示开始了"

    walk.follow(finance, "业主表决")
    counted = walk.form(finance, "业主大会已经表决过")
    counted.get_by_role("radio", name="重大事项").check()
    counted.get_by_label("哪天表决的").fill((today - timedelta(days=1)).isoformat())
    tally(counted)
    counted.get_by_label("签字的表决结果").set_input_files([walk.a_photo("表决结果.jpg")])
    walk.press(counted, "记下结果")
    expect(finance.get_by_role("main")).to_contain_text("请另一个人照签字的结果再录一遍")
    admin.goto(finance.url)
    again = walk.form(admin, "照签字的结果再录一遍")
    tally(again)
    walk.press(again, "核对")
    expect(admin.get_by_role("main")).to_contain_text("通过")


def tally(form: Locator) -> None:
    """Areas in square metres and heads: all, who took part, who said yes."""
    for label, figure in TALLY.items():
        form.get_by_label(label).fill(figure)


def agree(page: Page) -> None:
    """The administrator keeps the signed agreement; the odd fen finds its place."""
    open_project(page)
    walk.follow(page, "签三方协议")
    for party, weight in WEIGHTS:
        page.get_by_label(party, exact=True).fill(weight)
    page.get_by_label("质保金千分之几").fill("0")
    page.get_by_label("盖章的协议").set_input_files([walk.a_photo("协议.jpg")])
    walk.press(page, "记下协议")
    assert walk.said(page) == "协议记下了，三方份额和造价一分不差"
    assert {party: row(page, party)[0] for party in SHARES} == SHARES


def receive(page: Page) -> None:
    """Finance books what comes in from each party."""
    open_project(page)
    for party, yuan, payer in CONTRIBUTIONS:
        walk.follow(page, "记收款")
        page.get_by_role("radio", name=party, exact=True).check()
        page.get_by_label("金额（元）").fill(yuan)
        page.get_by_label("付款人").fill(payer)
        walk.press(page, "记下收款")
        assert walk.said(page) == "收款记下了"
    assert row(page, "居民") == ("¥30,000.00", "¥20,000.00", "¥10,000.00", "¥0.00", "¥20,000.00")


def ask(page: Page, yuan: str, purpose: str) -> None:
    """The second finance person asks for a payment, with the bill."""
    open_project(page)
    walk.follow(page, "申请付款")
    page.get_by_label("付哪一项").select_option(index=0)
    page.get_by_label("金额（元）").fill(yuan)
    page.get_by_label("付给谁").fill(PAYEE)
    page.get_by_label("做什么用").fill(purpose)
    page.get_by_label("发票").set_input_files([walk.a_photo("发票.jpg")])
    walk.press(page, "交上去")
    assert walk.said(page) == "付款申请交上去了，等另一个人来批"


def waiting(page: Page, purpose: str) -> Locator:
    """A request among those that wait."""
    walk.go(page, "付款")
    return page.get_by_role("listitem").filter(has_text=purpose)


def ask_too_much(page: Page, approver: Page) -> None:
    """More than has come in is refused in words, and taken back by the one who asked."""
    ask(page, "95000", "一次付清")
    walk.press(waiting(approver, "一次付清"), "批准 ¥95,000.00")
    assert "验收以前最多付 ¥90,000.00，已批的加上这一笔是 ¥95,000.00" in walk.trouble(approver)
    walk.press(waiting(page, "一次付清"), "撤回申请")
    assert walk.said(page) == "申请撤回了"


def try_to_approve_oneself(page: Page) -> None:
    """One's own request has no button to approve; a form bent to do it is refused in words."""
    own = waiting(page, "沥青重铺首款")
    expect(own.get_by_role("button", name=re.compile("批准"))).to_have_count(0)
    own.locator("form").evaluate(
        "form => { form.action = form.action.replace(/[^/]+$/, 'approve'); }"
    )
    walk.press(own, "撤回申请")
    expect(page.get_by_role("main")).to_contain_text("自己申请的付款要请另一个人来批")
    expect(waiting(page, "沥青重铺首款")).to_contain_text("等批")


def approve_and_pay(approver: Page, asker: Page) -> None:
    """Another person approves; then the payment is written down."""
    walk.press(waiting(approver, "沥青重铺首款"), "批准 ¥60,000.00")
    assert walk.said(approver) == "批了，钱已经留好，可以付款"
    walk.press(waiting(asker, "沥青重铺首款"), "记下已付 ¥60,000.00")
    assert walk.said(asker) == "付款记下了"
    open_project(asker)
    assert sums(asker) == ("¥100,000.01", "¥90,000.01", "¥60,000.00", "¥30,000.01")


def accept_and_close(page: Page) -> None:
    """The works are accepted; what is left goes back to those who paid."""
    open_project(page)
    walk.click(page.get_by_role("link", name="验收", exact=True))
    page.get_by_label("验收情况").fill("三方到场，路面平整，井盖齐平。")
    walk.press(page, "记下验收")
    assert walk.said(page) == "验收记下了，可以付尾款"
    walk.press(page, "结算，余款 ¥30,000.01 按实际出资退回")
    assert walk.said(page) == "结算好了，余款按各方实际出资退回"
    walk.press(page, "结项")
    assert walk.said(page) == "项目结项了"


def sums(page: Page) -> Sequence[str]:
    """Agreed, received, spent, left, as the open project's page says now."""
    page.reload()
    figures = walk.leaf(page, "钱到哪一步了").get_by_role("definition")
    return tuple(text.strip() for text in figures.all_inner_texts())


def row(page: Page, party: str) -> Sequence[str]:
    """A party's row: agreed, received, owed, spent, …, left."""
    table = walk.leaf(page, "钱到哪一步了").get_by_role("table")
    cells = table.get_by_role("row").filter(has_text=party).get_by_role("cell")
    return tuple(text.strip() for text in cells.all_inner_texts())


def see_the_end(page: Page) -> None:
    """Agreed, received, owed no more, spent, given back and left stand on the page and add up."""
    assert sums(page) == ("¥100,000.01", "¥90,000.01", "¥60,000.00", "¥0.00")
    assert row(page, "合计")[:4] == ("¥100,000.01", "¥90,000.01", "¥0.00", "¥60,000.00")
    assert row(page, "合计")[4:] == ("¥30,000.01", "¥0.00")
    expect(page.get_by_role("main")).to_contain_text("已结项")
    expect(walk.leaf(page, "起因")).to_contain_text("案件")


def see_the_case(page: Page, case_url: str) -> None:
    """The case shows its project with totals."""
    page.goto(case_url)
    linked = walk.leaf(page, "连着的事")
    expect(linked).to_contain_text(PROJECT)
    expect(linked).to_contain_text(re.compile(r"三方约定合计\s*¥100,000\.01"))
    expect(linked).to_contain_text(re.compile(r"已支出\s*¥60,000\.00"))


def see_in_public(browser: Browser, at: House, project_url: str) -> None:
    """Everybody sees the figures and nobody's name."""
    page = walk.at_desk(browser, at)
    page.goto(f"{at.base}/public")
    walk.follow(page, "一个一个看")
    walk.follow(page, PROJECT)
    expect(page.get_by_role("heading", level=1)).to_have_text(PROJECT)
    text = page.get_by_role("main").inner_text()
    assert "¥60,000.00" in text
    assert "沥青重铺首款" in text
    named = [payer for _, _, payer in CONTRIBUTIONS]
    assert [name for name in (*named, PAYEE, "王静", "高洁") if name in text] == []
    assert page.url.rsplit("/", 1)[1] == project_url.rsplit("/", 1)[1]
    page.context.close()
