"""A certificate is issued on a phone, checked by a stranger, and withdrawn."""

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys import walk
from tests.make.house import House


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS[:1])
def test_a_certificate_is_checked_by_a_stranger(browser: Browser, at: House, script: bool) -> None:
    volunteer = walk.on_phone(browser, at, "volunteer1", script=script)
    walk.go(volunteer, "我的")
    walk.follow(volunteer, "服务证明")
    volunteer.get_by_label("用途").fill("申请积分入学")
    walk.press(volunteer, "开证明")
    assert walk.said(volunteer) == "开好了。"
    code = volunteer.locator(".paper-check .big").inner_text()
    paper = volunteer.request.get(
        at.base + str(volunteer.get_by_role("link", name="打开证明").get_attribute("href"))
    )
    assert paper.body()[:5] == b"%PDF-"

    stranger = walk.at_desk(browser, at, script=script)
    stranger.goto(f"{at.base}/c")
    wrong = "A" if code[-1] != "A" else "B"
    stranger.get_by_label("查验码").fill(code[:-1] + wrong)
    walk.press(stranger, "查")
    assert "抄得不对" in walk.trouble(stranger)
    stranger.get_by_label("查验码").fill(code.lower())
    walk.press(stranger, "查")
    seen = stranger.get_by_role("main")
    expect(seen).to_contain_text("这份证明是真的，现在有效")
    expect(seen).not_to_contain_text("申请积分入学")
    expect(walk.leaf(stranger, "每一次服务")).to_have_count(0)

    walk.press(volunteer, "我同意给看全名和明细")
    stranger.reload()
    expect(walk.leaf(stranger, "每一次服务")).to_contain_text("申请积分入学")

    admin = walk.at_desk(browser, at, "gaojie", script=script)
    walk.go(admin, "人")
    walk.follow(admin, "证明和存折")
    walk.click(admin.get_by_role("link", name="JL-").first)
    admin.get_by_label("为什么作废").select_option("wrong_facts")
    admin.get_by_label("原因").fill("单位写错了")
    walk.press(admin, "作废")
    stranger.reload()
    expect(seen).to_contain_text("已经作废，不能再用")
    expect(seen).to_contain_text("内容有误")
    expect(seen).not_to_contain_text("单位写错了")
    assert walk.findings(at) == []
    for page in (volunteer, stranger, admin):
        page.context.close()
