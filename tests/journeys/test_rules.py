"""Rules for hours are changed by two people; a family wallet is opened, used and ended."""

from datetime import time, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.journeys.test_helping import asked, hands_on
from tests.make import fuzz
from tests.make.house import House
from timebank.community import queries as community_queries
from timebank.community.rules import KinshipKind
from timebank.community.service import people
from timebank.kernel import clock
from timebank.kernel.db import db, transaction
from timebank.volunteering.models.records import ServiceRecord

STEP = 30


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_rules_change_by_two_and_old_postings_stay(
    browser: Browser, at: House, script: bool
) -> None:
    volunteer = walk.on_phone(browser, at, "volunteer1", script=script)
    before = walk.able_to_use(volunteer)
    booked = asked(at, postings)

    manager = walk.at_desk(browser, at, "sunli", script=script)
    number = draft(manager)
    simulate(manager)
    admin = walk.at_desk(browser, at, "gaojie", script=script)
    approve(admin, number)

    assert walk.able_to_use(volunteer) == before
    walk.follow(volunteer, "看看我的情况")
    expect(volunteer.get_by_role("main")).to_contain_text("起会换新办法")
    with hands_on(at) as hands:
        hands.at = clock.at_local(clock.today() + timedelta(days=1), time(9))
        admin = walk.at_desk(browser, at, "gaojie", script=script)
        walk.go(admin, "计时办法")
        expect(admin.get_by_role("main")).to_contain_text(f"今天按第 {number} 版算")
        volunteer = walk.on_phone(browser, at, "volunteer1", script=script)
        assert walk.able_to_use(volunteer) == before
    assert asked(at, postings) == booked
    assert walk.findings(at) == []
    for page in (volunteer, manager, admin):
        page.context.close()


def postings(session: Session) -> list[tuple[object, ...]]:
    """Every posted record with the version and the minutes by which it was counted."""
    it = ServiceRecord
    told = select(it.id, it.policy_version, it.credited_minutes, it.entry_id).order_by(it.id)
    return [tuple(row) for row in session.execute(told.where(it.entry_id.is_not(None)))]


def draft(page: Page) -> str:
    """The manager drafts rules that count in steps of half an hour, from tomorrow on."""
    walk.go(page, "计时办法")
    walk.follow(page, "起草新的一版")
    page.get_by_label("从哪天起").fill((clock.today() + timedelta(days=1)).isoformat())
    page.get_by_label("按几分钟一格").fill(str(STEP))
    walk.press(page, "记下草稿")
    assert "先试算" in walk.said(page)
    return page.url.rsplit("/", 1)[1]


def simulate(page: Page) -> None:
    """The manager sees what the draft would have done, and cannot approve it."""
    walk.press(page, "用去年的记录试算")
    expect(walk.leaf(page, "要是去年就这样算")).to_contain_text("居民手里会少")
    expect(page.get_by_role("button", name="批准", exact=True)).to_have_count(0)


def approve(page: Page, number: str) -> None:
    """The administrator reads the simulation and approves."""
    walk.go(page, "计时办法")
    walk.follow(page, f"第 {number} 版")
    expect(walk.leaf(page, "要是去年就这样算")).to_contain_text("会少")
    walk.click(page.get_by_role("button", name="批准", exact=True))
    assert "批准了" in walk.said(page)
    expect(page.get_by_role("main")).to_contain_text("到日子生效")


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_a_family_wallet_is_used_and_ended(browser: Browser, at: House, script: bool) -> None:
    register_kinship(at)
    giver = walk.on_phone(browser, at, "volunteer1", script=script)
    before = walk.able_to_use(giver)
    walk.follow(giver, "家庭账")
    new = walk.leaf(giver, "开一个")
    new.get_by_label("转给谁").select_option(index=1)
    new.get_by_label("一个月最多转几分钟").fill("60")
    walk.press(new, "请对方同意")
    expect(giver.get_by_role("main")).to_contain_text("等对方同意")

    elder = walk.on_phone(browser, at, "elder1", script=script)
    had = walk.able_to_use(elder)
    walk.follow(elder, "家庭账")
    walk.press(elder, "我同意收")

    giver.reload()
    giver.get_by_label("转几分钟").first.fill("20")
    walk.press(giver, "转过去")
    assert walk.said(giver) == "转好了。"
    assert walk.able_to_use(giver) == before - 20
    assert walk.able_to_use(elder) == had + 20

    walk.follow(elder, "家庭账")
    walk.press(elder, "停掉")
    walk.follow(giver, "家庭账")
    expect(giver.get_by_role("button", name="转过去")).to_have_count(0)
    assert walk.findings(at) == []
    for page in (giver, elder):
        page.context.close()


def register_kinship(at: House) -> None:
    """The administrator has seen the proof that the elder is the volunteer's parent."""

    def register(session: Session) -> None:
        admin, child, parent = (
            fuzz.actor_of_login(session, login) for login in ("gaojie", "volunteer1", "elder1")
        )
        elder_id = parent.person_id or 0
        people.verify_kinship(
            session,
            actor=admin,
            person_id=child.person_id or 0,
            relative=community_queries.persons(session, [elder_id])[elder_id].card_no or "",
            kind=KinshipKind.PARENT,
        )

    with at.app.app_context():
        transaction(register)
        db.session.remove()
