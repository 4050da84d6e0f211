"""A bath at home: booked by the daughter, given by the centre, confirmed by the mother."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.make.care import give_minutes
from tests.make.community import make_kin, make_person
from tests.make.house import House
from timebank.access.models import UserAccount
from timebank.access.queries import actor_of
from timebank.access.rules import Role, ScopeKind
from timebank.access.service import accounts
from timebank.care.queries import catalogue
from timebank.care.rules.desk import Proven
from timebank.care.service import cards, slots
from timebank.care.service.slots import SlotFacts
from timebank.cli.demo.booking import BATH
from timebank.cli.demo.cast import PASSWORD
from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.community.rules import KinshipKind
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel, program
from timebank.kernel.db import db, transaction
from timebank.volunteering.service import spending, wallet

PIN = "830516"
LATE = "23:59"  # a time that is still to come whenever the journey is walked


@pytest.mark.browser
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_bath_at_home_booked_by_a_daughter(browser: Browser, at: House) -> None:
    mother_id = make_family(at)
    daughter = walk.on_phone(browser, at, "daughter", script=False)
    book_for_mother(daughter, at, mother_id)

    nurse = walk.on_phone(browser, at, "zhaomin", script=False)
    visit(nurse, at)
    see_the_slip(nurse)

    daughter.goto(f"{at.base}/me/bookings")
    expect(walk.leaf(daughter, "约好的和办过的")).to_contain_text("已办")
    assert walk.findings(at) == []
    for page in (daughter, nurse):
        page.context.close()


def make_family(at: House) -> int:
    """A mother with minutes and a PIN, who lets her daughter use them; return the mother."""
    with at.app.app_context():
        mother_id = transaction(_family)
        db.session.remove()
    return mother_id


def _family(session: Session) -> int:
    community_id = community_queries.communities(session)[0].id
    keeper = program(community_id=community_id, name="社区筹备组")
    clerk = actor_of(session, user_id=_user(session, "zhaomin"), channel=Channel.WEB)
    manager = actor_of(session, user_id=_user(session, "sunli"), channel=Channel.WEB)
    assert clerk is not None
    assert manager is not None
    mother, daughter = (
        make_person(session, community_id=community_id, name=name) for name in ("赵桂珍", "林晓")
    )
    for one, other, kind in (
        (mother, daughter, KinshipKind.CHILD),
        (daughter, mother, KinshipKind.PARENT),
    ):
        make_kin(session, person=one, relative=other, kind=kind, verified_on=clock.today())
    cards.open_card(session, actor=clerk, person_id=mother.id)
    cards.set_pin(session, actor=clerk, person_id=mother.id, pin=PIN, proven=Proven())
    give_minutes(session, clerk, person_id=mother.id, minutes=600)
    wallet_id = wallet.open_wallet(
        session,
        actor=_login(session, keeper, mother, "mother"),
        month_minutes_max=300,
        receiver_id=daughter.id,
    )
    own = _login(session, keeper, daughter, "daughter")
    wallet.agree_to_wallet(session, actor=own, wallet_id=wallet_id)
    elder = actor_of(session, user_id=_user(session, "mother"), channel=Channel.WEB)
    assert elder is not None
    spending.allow_spending(session, actor=elder, wallet_id=wallet_id)
    offered = catalogue.services(session, community_id=community_id, day=clock.today())
    bath = next(one for one in offered if one.name == BATH)
    facts = SlotFacts(LATE, 127, 1)
    slots.add_slot(session, actor=manager, service_id=bath.id, facts=facts)
    return mother.id


def _user(session: Session, login_name: str) -> int:
    return session.scalars(select(UserAccount.id).where(UserAccount.login_name == login_name)).one()


def _login(session: Session, keeper: Actor, person: Person, name: str) -> Actor:
    """Open an account for a resident."""
    user_id = accounts.create_user(
        session,
        actor=keeper,
        community_id=keeper.community_id,
        login_name=name,
        password=PASSWORD,
        person_id=person.id,
        name=person.name,
    )
    accounts.grant_role(
        session, actor=keeper, user_id=user_id, role=Role.VOLUNTEER, scope_kind=ScopeKind.OWN
    )
    actor = actor_of(session, user_id=user_id, channel=Channel.WEB)
    assert actor is not None
    return actor


def book_for_mother(page: Page, at: House, mother_id: int) -> None:
    """The daughter finds the bath, chooses today's last time and two half hours."""
    page.goto(f"{at.base}/redeem?person_id={mother_id}")
    line = page.get_by_role("listitem").filter(has_text=BATH)
    walk.click(line.get_by_role("link", name="去预约"))
    expect(page.get_by_text("服务方上门").first).to_be_visible()
    walk.click(page.get_by_role("navigation", name="哪一天").get_by_role("link").first)
    page.get_by_label(re.compile(LATE)).check()
    page.get_by_label("要几个 30 分钟").fill("2")
    walk.press(page, "约好")
    expect(page.get_by_role("status")).to_contain_text("约好了")
    expect(page.get_by_text("替赵桂珍约的")).to_be_visible()
    expect(page.get_by_text("，已预留 1 小时 20 分")).to_be_visible()


def visit(page: Page, at: House) -> None:
    """The nurse comes; the mother types her PIN when it begins and when it is done."""
    page.goto(f"{at.base}/counter/home")
    walk.click(page.get_by_role("link", name=re.compile("赵桂珍")))
    page.get_by_label("请老人输 6 位密码，表示您到了").fill("000000")
    walk.press(page, "开始")
    expect(page.get_by_text("密码或一次性码不对").first).to_be_visible()
    page.get_by_label("请老人输 6 位密码，表示您到了").fill(PIN)
    walk.press(page, "开始")
    expect(page.get_by_role("status")).to_contain_text("开始了")
    expect(page.get_by_text("按实际时间算 1 个 30 分钟")).to_be_visible()
    page.get_by_label("请老人输 6 位密码").fill(PIN)
    walk.press(page, "确认结束，打小票")


def see_the_slip(page: Page) -> None:
    """What was done is on the slip: one half hour of the two, the rest went back."""
    expect(page.get_by_role("heading", name="办好了，扣 40 分")).to_be_visible()
    expect(page.get_by_text(BATH).first).to_be_visible()
