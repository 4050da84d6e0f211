"""A case through its four steps in time, and one that was late at one of them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.make.house import House
from timebank.access import queries as access_queries
from timebank.cases.rules.flow import Category, Source
from timebank.cases.service import intake, steps
from timebank.cases.service.intake import Intake
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import db, transaction

OFFICER = "grid3"
IN_TIME = "单元门锁坏了"
LATE = "楼道灯不亮"
STEPS = ("响应", "认领", "解决", "反馈")


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_a_case_goes_through_four_steps_in_time(browser: Browser, at: House, script: bool) -> None:
    resident = walk.on_phone(browser, at, "volunteer1", script=script)
    report(resident)
    admin = walk.at_desk(browser, at, "gaojie", script=script)
    open_case(admin, IN_TIME, tab="全社区")
    assert verdicts(admin) == ["", "", "", ""]

    act(admin, "现在响应", "已响应，下一步是认领。", words="告诉反映人：谁去")
    act(admin, "我来办", "归您办了，期限写在下面。")
    resolve(admin)
    feed_back(admin)

    assert verdicts(admin) == ["按时"] * 4
    walk.go(resident, "我的")
    walk.follow(resident, "我反映的事")
    walk.follow(resident, IN_TIME)
    assert verdicts(resident) == ["按时"] * 4
    expect(walk.leaf(resident, "做了什么")).to_contain_text("换了新锁")
    assert walk.findings(at) == []
    for page in (resident, admin):
        page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_a_late_step_is_said_and_stays_said(browser: Browser, at: House, script: bool) -> None:
    claim_long_ago(at)
    officer = walk.on_phone(browser, at, OFFICER, script=script)

    walk.go(officer, "案件")
    first = officer.get_by_role("row").nth(1)
    expect(first).to_contain_text(LATE)
    expect(first).to_contain_text("超时 17 天")
    walk.click(first.get_by_role("link", name=LATE))
    expect(officer.get_by_role("main")).to_contain_text("超时 17 天")
    assert verdicts(officer) == ["按时", "按时", "超时", ""]

    resolve(officer)
    feed_back(officer)
    assert verdicts(officer) == ["按时", "按时", "超时", "按时"]
    expect(officer.get_by_role("main")).to_contain_text("已办结")
    assert walk.findings(at) == []
    officer.context.close()


def report(page: Page) -> None:
    """A resident tells of a broken door on the phone."""
    walk.go(page, "我的")
    walk.follow(page, "反映一件事")
    page.get_by_label("什么事").fill(IN_TIME)
    page.get_by_role("radio", name="公共设施").check()
    page.get_by_label("详细说说").fill("门关不上，晚上谁都能进。")
    page.get_by_label("照片（可不填）").set_input_files([walk.a_photo()])
    walk.press(page, "交给社区")
    assert walk.said(page) == "收到了，什么时候前有人回应写在下面。"


def open_case(page: Page, title: str, *, tab: str) -> None:
    """Find the case in the list by its words."""
    walk.go(page, "案件")
    walk.follow(page, tab)
    page.locator("summary", has_text="按条件找").click()
    page.get_by_label("编号、标题或地点").fill(title)
    walk.press(page, "查看")
    walk.click(page.get_by_role("row").filter(has_text=title).get_by_role("link", name=title))


def verdicts(page: Page) -> list[str]:
    """What the page says of each of the four steps: in time, late, nothing yet."""
    found = []
    for step in STEPS:
        item = walk.leaf(page, "四步").get_by_role("listitem").filter(has_text=step)
        text = item.first.inner_text()
        found.append(next((word for word in ("超时", "按时") if word in text), ""))
    return found


def act(page: Page, command: str, notice: str, *, words: str | None = None) -> None:
    """Take the next step, with words where they are asked for."""
    if words is not None:
        page.get_by_label(words).fill("李师傅今天下午去，两点前到。")
    walk.click(page.get_by_role("button", name=command, exact=True))
    assert walk.said(page) == notice


def resolve(page: Page) -> None:
    """Say what came of it, with a photo."""
    page.get_by_role("radio", name="解决了", exact=True).check()
    page.get_by_label("怎么办的，现在什么样").fill("换了新锁，试过三次都能关上。")
    page.get_by_label("照片").and_(page.locator("[type=file]")).set_input_files([walk.a_photo()])
    act(page, "写明结果", "结果记下了，下一步是给反映人回话。")


def feed_back(page: Page) -> None:
    """Keep what the reporter answered."""
    page.get_by_role("radio", name="电话").check()
    page.get_by_role("radio", name="认可，解决了").check()
    page.get_by_role("radio", name="满意", exact=True).check()
    page.get_by_label("原话或经过").fill("说现在好了，谢谢。")
    act(page, "给反映人回话", "回话记下了。")


def claim_long_ago(at: House) -> None:
    """A case that was answered and claimed in time twenty days ago, and then left lying."""
    begun = clock.now() - timedelta(days=20, hours=1)
    with at.app.app_context():
        officer = actor_of(OFFICER)
        with clock.fixed_at(begun):
            case_id = transaction(lambda session: register(session, officer))
        with clock.fixed_at(begun + timedelta(minutes=20)):
            transaction(
                lambda session: steps.respond(
                    session, actor=officer, case_id=case_id, words="下午去看。"
                )
            )
        with clock.fixed_at(begun + timedelta(minutes=40)):
            transaction(lambda session: steps.claim(session, actor=officer, case_id=case_id))
        db.session.remove()


def actor_of(login_name: str) -> Actor:
    """Somebody as they act in the browser."""
    user_id = access_queries.user_id_of(db.session(), login_name)
    found = access_queries.actor_of(db.session(), user_id=user_id or 0, channel=Channel.WEB)
    db.session.rollback()
    assert found
    return found


def register(session: Session, officer: Actor) -> int:
    """Somebody without a card says that it is dark on the stairs."""
    places = community_queries.micro_grids(session, officer.community_id)
    own = officer.reach("case.work").grid_ids
    made = intake.register_case(
        session,
        actor=officer,
        intake=Intake(
            source=Source.REPORTED,
            category=Category.FACILITIES,
            title=LATE,
            description="三层的灯坏了，老人下楼看不见。",
            micro_grid_id=next(place.id for place in places if place.grid_id in own),
            reporter_name="三层住户",
            reporter_phone="13900000000",
        ),
    )
    return made.id
