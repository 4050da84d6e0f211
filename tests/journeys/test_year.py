"""A year at the bank: three accounts, twelve months, each reconciled to zero and closed.

The demo community goes on into its next year. What it had left open is settled in the first month;
then households, the company and the property firm pay for a project through three banks, one of
them by a platform that settles net of its fee. The first month is worked by hand in the browser,
the others by the same forms in the same sessions. One engine lives all twelve months, the other,
with keys and scripts, the first quarter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any  # what JSON holds
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, FilePayload, Page, expect
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.journeys import walk
from tests.make import cofund, year
from tests.make import house as houses
from tests.make.house import House
from tests.make.year import Home
from timebank.access import queries as access
from timebank.access.models import UserAccount
from timebank.bank.queries import statements
from timebank.cli.demo.bank import Movement
from timebank.cli.demo.cast import PASSWORD
from timebank.cofund.queries import projects
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.rules.receivables import Instalment, LaidBy
from timebank.cofund.service import bills, match_runs, receivables
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import db, read_only, transaction
from timebank.ledger.queries import accounts as ledger_accounts

# A whole year on one engine; the other, by hand with keys, goes through its first quarter.
MONTHS = {"sqlite": 12, "postgresql": 3}
HOMES_A_MONTH = 4
TITLE = "1号楼雨水立管更换"
TOTAL_FEN = 4_000_000
BUILDER = "宏达棚架厂"
MATCHER, CLOSER, SECOND, RESIDENT = "chenli", "gaojie", "wangjing", "volunteer1"
RURAL = {"bank_name": "农商银行", "label": "共建存款户", "number": "9013 0000 1111 3321"}
COASTAL = {"bank_name": "海湾银行", "label": "扫码收款户", "number": "7702 5500 6600 8845"}
HELD_FEN = 123_456
BACK = "付款人不明，原路退回"
BILL_MONTH, BILL_FEN = 1, 200_000
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(slots=True)
class Year:
    """The year as it goes: the hands at work, the accounts, and what should be in them."""

    at: House
    now: datetime
    first: date
    months: int
    book_id: int = 0
    project_id: int = 0
    number: str = ""
    homes: list[Home] = field(default_factory=list)
    accounts: dict[str, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    tokens: dict[BrowserContext, str] = field(default_factory=dict)

    def month(self, number: int) -> date:
        """The first day of a month of the year, from 0."""
        return year.month_after(self.first, number)

    def is_after(self, number: int) -> None:
        """Let it be noon of the fifth day after a month."""
        day = self.month(number + 1) + timedelta(days=4)
        self.now = clock.at_local(day, time(12))


@contextmanager
def years_ahead(at: House, months: int) -> Iterator[Year]:
    """Let the house answer at the moment at which the year stands."""
    with at.app.app_context():
        ahead = read_only(lambda session: _begun(session, at, months))
        db.session.remove()
    inner = at.app.wsgi_app

    def timed(environ: Any, start: Any) -> Any:
        with clock.fixed_at(ahead.now):
            return inner(environ, start)

    at.app.wsgi_app = timed  # type: ignore[assignment,method-assign]
    try:
        yield ahead
    finally:
        at.app.wsgi_app = inner  # type: ignore[method-assign]


def _begun(session: Session, at: House, months: int) -> Year:
    """Return the year as it begins: on the day after the last that the books know, at the earliest
    today: nobody pays for what is agreed on today before it."""
    of = _community(session)
    owners = statements.accounts(session, of)[0]
    assert owners.last_on is not None
    first = max(owners.last_on + timedelta(days=1), clock.today())
    ahead = Year(at, clock.now(), first, months)
    ahead.accounts["owners"] = owners.id
    ahead.book_id = ledger_accounts.book_id(session, community_id=of, code="owners") or 0
    return ahead


@pytest.mark.browser
@pytest.mark.parametrize(("engine_name", "script"), walk.WAYS)
def test_a_year_of_three_banks_is_reconciled_closed_and_checked_by_a_stranger(
    browser: Browser, at: House, engine_name: str, script: bool
) -> None:
    with years_ahead(at, MONTHS[engine_name]) as ahead:
        finance = walk.at_desk(browser, at, MATCHER, script=script)
        admin = walk.at_desk(browser, at, CLOSER, script=script)
        open_accounts(ahead, admin)
        confirm_what_is_staged(ahead, finance)
        left = claim_what_is_known(ahead, finance)
        begin_project(ahead)

        live_first_month(ahead, finance, admin, left=left, has_keys=script)
        for number in range(1, ahead.months):
            live_month(ahead, finance, admin, number)
        document = disclose(ahead, browser, script=script)
        see_no_difference(ahead, finance)
        object_to(ahead, browser, document)
        check_as_stranger(ahead, browser, document)
        with clock.fixed_at(ahead.now):
            assert walk.findings(at) == []
        finance.context.close()
        admin.context.close()


# What stands at the beginning


def open_accounts(ahead: Year, admin: Page) -> None:
    """The administrator adds the owners' accounts at two more banks."""
    for name, facts in (("rural", RURAL), ("coastal", COASTAL)):
        admin.goto(f"{ahead.at.base}/bank/accounts/new")
        admin.get_by_label("开户银行").fill(facts["bank_name"])
        admin.get_by_label("账户叫什么").fill(facts["label"])
        admin.get_by_label("账号").fill(facts["number"])
        walk.press(admin, "登记账户")
        assert walk.said(admin) == "账户登记好了，可以导对账单"
        ahead.accounts[name], ahead.balances[name] = walk.number_in(admin), 0


def confirm_what_is_staged(ahead: Year, finance: Page) -> None:
    """Book the statement that the demo left for somebody to look at, if there is one."""
    finance.goto(f"{ahead.at.base}/bank/accounts/{ahead.accounts['owners']}")
    waiting = finance.get_by_role("link", name=".csv").filter(has_text="共筹专户")
    row = finance.get_by_role("listitem").filter(has_text="等确认").filter(has=waiting)
    if row.count():
        walk.click(row.first.get_by_role("link").first)
        walk.press(finance, "确认入账")
        assert walk.said(finance).startswith("入账")
    ahead.balances["owners"] = in_bank(finance, ahead)["owners"][0]


def claim_what_is_known(ahead: Year, finance: Page) -> list[Any]:
    """Claim what the demo left with one plain answer; return what somebody has to give back."""
    run(ahead, finance)
    left = []
    for line in waiting(ahead, finance):
        found = get(ahead, finance, f"bank-lines/{line['id']}/candidates")
        if found and found[0]["score"] >= 50 and not found[0]["is_contradicted"]:
            claim(ahead, finance, line, [found[0]["target"]])
        elif line["kind"] == "movement":
            left.append(line)
    return left


def begin_project(ahead: Year) -> None:
    """A project that is agreed on, whose households are asked to pay, with their codes."""
    with ahead.at.app.app_context():
        transaction(lambda session: _begin(session, ahead))
        db.session.remove()


def _begin(session: Session, ahead: Year) -> None:
    office = _office(session)
    made = cofund.make_project(session, office, total_fen=TOTAL_FEN, title=TITLE)
    ahead.project_id, ahead.number = made.id, made.number
    wanted = ahead.months * HOMES_A_MONTH
    doors = receivable_reads.dwellings(
        session, community_id=office.community_id, buildings=[1], limit=200
    )
    owners = dict(
        session.execute(
            select(Person.household_id, Person.name)
            .where(Person.household_id.in_([door.household_id for door in doors]))
            .order_by(Person.id.desc())
        )
        .tuples()
        .all()
    )
    chosen = [door.household_id for door in doors if door.household_id in owners][:wanted]
    receivables.raise_for_households(
        session,
        actor=office.finance,
        project_id=made.id,
        laid_by=LaidBy.HOUSEHOLDS,
        instalments=[Instalment(1000, clock.today() + timedelta(days=330))],
        household_ids=chosen,
    )
    owed = receivable_reads.receivables(session, project_id=made.id, limit=200).items
    ahead.homes = [
        Home(one.id, one.amount_fen, one.payment_code, one.building, one.unit, one.room_no,
             owners[one.household_id])
        for one in owed
    ]  # fmt: skip
    assert len(ahead.homes) == wanted


def _community(session: Session) -> int:
    return session.scalars(
        select(UserAccount.community_id).where(UserAccount.login_name == MATCHER)
    ).one()


def _office(session: Session) -> cofund.Office:
    return cofund.Office(
        community_id=_community(session),
        admin=_actor(session, CLOSER),
        finance=_actor(session, MATCHER),
        other_finance=_actor(session, SECOND),
    )


def _actor(session: Session, login_name: str) -> Actor:
    found = access.actor_of(session, user_id=_user_id(session, login_name), channel=Channel.WEB)
    assert found is not None
    return found


def _user_id(session: Session, login_name: str) -> int:
    return session.scalars(select(UserAccount.id).where(UserAccount.login_name == login_name)).one()


# What the banks say of a month


@dataclass(frozen=True, slots=True)
class Told:
    """What the three banks say of a month, and which households paid in which way."""

    owners: Sequence[Movement]
    rural: Sequence[Movement]
    coastal: Sequence[Movement]
    by_code: Home
    by_room: Home
    through_platform: Sequence[Home]

    def files(self, ahead: Year, month: date) -> dict[str, bytes]:
        """The statements, each as its bank hands it out; the books learn of what they bring."""
        before = dict(ahead.balances)
        for name, moved in (("owners", self.owners), ("rural", self.rural)):
            ahead.balances[name] += sum(one.fen for one in moved)
        coastal = before["coastal"] or HELD_FEN
        ahead.balances["coastal"] = coastal + sum(one.fen for one in self.coastal)
        return {
            "owners": year.commercial(self.owners, before["owners"]),
            "rural": year.rural(self.rural, month),
            "coastal": year.coastal(self.coastal, coastal),
        }


def told_of(ahead: Year, number: int, left: Iterable[Any] = ()) -> Told:
    """Return a month of the year: who pays how, what the banks take, what goes between them."""
    end = year.month_end(ahead.month(number))
    at = number * HOMES_A_MONTH
    by_code, by_room, *through = ahead.homes[at : at + HOMES_A_MONTH]
    share = TOTAL_FEN * 4 // 10 // ahead.months
    if number == ahead.months - 1:
        share = TOTAL_FEN * 4 // 10 - share * number
    owners = [
        Movement(end, by_code.fen, by_code.owner, by_code.code),
        Movement(end, by_room.fen, "外地亲属", f"{by_room.room} 立管款"),
        *(Movement(end, -one["amount_fen"], one["party_name"], BACK) for one in left),
        Movement(end, -1_000, "工商银行", "账户管理费"),
    ]
    coastal = [year.net(end, through)]
    if number % 3 == 2:
        owners.append(Movement(end, 3_007 + number, "工商银行", "结息"))
        coastal.append(Movement(end, -20_000 - number, "九龙社区业主共有资金", "归集"))
        owners.append(Movement(end, 20_000 + number, "九龙社区业主共有资金", "归集"))
    if number == 1:
        owners.append(Movement(end, TOTAL_FEN * 3 // 10, "九龙物业", f"{ahead.number} {TITLE}"))
    if number == BILL_MONTH:
        owners.append(Movement(end, -BILL_FEN, BUILDER, f"{ahead.number} 首款"))
    rural = [
        Movement(end, share, "九龙共富公司", f"{ahead.number} {TITLE}"),
        Movement(end, -500, "黄海农商行", "手续费"),
    ]
    return Told(owners, rural, coastal, by_code, by_room, through)


# The first month, by hand


def live_first_month(
    ahead: Year, finance: Page, admin: Page, *, left: Sequence[Any], has_keys: bool
) -> None:
    """Bring the statements in, match by program and by hand, and close the month."""
    told = told_of(ahead, 0, left)
    ahead.is_after(0)
    log_in(ahead, finance, MATCHER)
    files = told.files(ahead, ahead.month(0))
    upload(ahead, finance, "owners", files["owners"])
    walk.press(finance, "确认入账")
    upload(ahead, finance, "rural", files["rural"])
    map_columns(finance)
    expect(finance.get_by_role("main")).to_contain_text("文件里没有看得见的余额")
    walk.press(finance, "确认入账")
    upload(ahead, finance, "coastal", files["coastal"])
    expect(finance.get_by_role("main")).to_contain_text("余额首尾相接，没有缺行")
    expect(finance.get_by_role("main")).to_contain_text("会作为期初余额记一笔")
    walk.press(finance, "确认入账")

    finance.goto(f"{ahead.at.base}/bank/desk")
    walk.press(finance, "自动认领")
    do_runs(ahead)
    finance.reload()
    expect(finance.get_by_role("main")).to_contain_text("上次自动认领看了")
    pair_returns(ahead, finance)
    claim_by_room(finance, told.by_room, has_keys=has_keys)
    split_settlement(finance, told.through_platform)
    open_line(finance, "期初余额", shown="全部")
    walk.press(finance, "期初结转")
    claim_share(finance)
    finance.goto(f"{ahead.at.base}/bank/desk")
    expect(finance.get_by_role("main")).to_contain_text("没有待认领的")

    log_in(ahead, admin, CLOSER)
    close_by_hand(ahead, admin)
    check_books(ahead, finance, 0)


def upload(ahead: Year, page: Page, name: str, content: bytes) -> None:
    """Upload a statement on the page of its account."""
    page.goto(f"{ahead.at.base}/bank/accounts/{ahead.accounts[name]}")
    file: FilePayload = {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("对账单").set_input_files([file])
    walk.press(page, "上传，先看看")


def map_columns(page: Page) -> None:
    """Say which column of the layout that nobody knew is what; what is still open is asked."""
    expect(page.get_by_role("main")).to_contain_text("这个表头第一次见")
    walk.follow(page, "认列")
    for label, title in (
        ("日期", "1. 账务日"), ("流水号", "2. 传票"), ("对方户名", "3. 往来单位"),
        ("对方账号", "4. 往来账户"), ("收入", "5. 增加"), ("支出", "6. 减少"), ("余额", "7. 结存"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).select_option(label=title)
    page.get_by_role("checkbox", name="8. 事由").check()
    walk.press(page, "就这样认")
    assert walk.said(page) == "记下了，下次同样的表头照这样认"


def open_line(page: Page, words: str, *, shown: str = "全部") -> None:
    """Open a line that waits, by words that stand in it."""
    page.goto(page.url.split("/bank/")[0] + "/bank/desk")
    walk.follow(page.get_by_role("navigation", name="看哪些"), shown)
    row = page.get_by_role("listitem").filter(has_text=words).first
    walk.click(row.get_by_role("link").first)


def claim_by_room(page: Page, home: Home, *, has_keys: bool) -> None:
    """Somebody else paid and wrote the door: the officer looks, and takes the first candidate."""
    open_line(page, home.room)
    expect(page.get_by_role("main")).to_contain_text("外地亲属")
    expect(page.get_by_role("main")).to_contain_text(f"{home.building}-{home.unit}-{home.room_no}")
    if has_keys:
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    else:
        walk.click(page.get_by_role("button", name="认领 Enter"))
    assert walk.said(page) == "认领好了"


def split_settlement(page: Page, homes: Sequence[Home]) -> None:
    """One line of a platform is divided among the households that paid, with what it kept."""
    open_line(page, f"商户结算款 {len(homes)}笔")
    walk.follow(page, "分给几项")
    form = walk.form(page, "分给几项")
    building = f"{homes[0].building}-{homes[0].unit}"
    page.get_by_label("按房号、姓名、缴费码或项目找").fill(building)
    walk.press(page, "找")
    for home in homes:
        form.locator(f"input[name=target][value='{home.target}']").check()
    form.get_by_label("支付平台扣掉的手续费（元）").fill(f"{year.kept(homes) / 100:.2f}")
    walk.press(form, "按这样分")
    assert walk.said(page) == "认领好了"


def claim_share(page: Page) -> None:
    """The company paid a part of its share: its line names the project."""
    open_line(page, "九龙共富公司")
    walk.click(page.get_by_role("button", name="认领 Enter"))
    assert walk.said(page) == "认领好了"


def pair_returns(ahead: Year, page: Page) -> None:
    """What nobody could explain went back; both lines are set against each other."""
    back = [line for line in waiting(ahead, page) if BACK in line["text"]]
    if back:
        open_line(page, BACK)
        walk.click(page.get_by_role("button", name="退回的款，两笔抵掉").first)
        assert walk.said(page) == "两笔对上了"
    for line in back[1:]:
        pair(ahead, page, line)


def close_by_hand(ahead: Year, page: Page) -> None:
    """Close the owners' book month by month, up to the one that is over."""
    while True:
        page.goto(f"{ahead.at.base}/bank/closings")
        row = page.get_by_role("listitem").filter(has_text="业主").filter(has_text="可以结")
        if not row.count():
            return
        walk.follow(row.first, "看还差什么")
        expect(page.get_by_role("main")).to_contain_text("没有挡着的了，可以结")
        walk.press(page, "结这个月")
        assert "这个月再也记不进去" in walk.said(page)


# The other months, by the same forms


def live_month(ahead: Year, finance: Page, admin: Page, number: int) -> None:
    """Bring the statements of a month in, match, and close it."""
    told = told_of(ahead, number)
    if number == BILL_MONTH:
        approve_bill(ahead)
    ahead.is_after(number)
    log_in(ahead, finance, MATCHER)
    for name, content in told.files(ahead, ahead.month(number)).items():
        bring_in(ahead, finance, name, content)
    run(ahead, finance)
    for line in waiting(ahead, finance):
        decide(ahead, finance, line, told)
    log_in(ahead, admin, CLOSER)
    month = ahead.month(number).isoformat()
    post(ahead, admin, f"/bank/books/{ahead.book_id}/closing", month=month)
    check_books(ahead, finance, number)


def approve_bill(ahead: Year) -> None:
    """The builder's bill is asked for by one and approved by another."""

    def approve(session: Session) -> None:
        office = _office(session)
        asked = bills.request_spending(
            session,
            actor=office.other_finance,
            project_id=ahead.project_id,
            cost_line_id=projects.cost_lines(session, ahead.project_id)[0].id,
            amount_fen=BILL_FEN,
            payee=BUILDER,
            purpose="首款",
            document_file_id=cofund.make_document(session, actor=office.other_finance),
            contract_file_id=cofund.make_document(session, actor=office.other_finance),
        )
        bills.approve_spending(session, actor=office.admin, request_id=asked.id)

    with ahead.at.app.app_context(), clock.fixed_at(ahead.now):
        transaction(approve)
        db.session.remove()


def bring_in(ahead: Year, page: Page, name: str, content: bytes) -> None:
    """Upload a statement whose layout is known by now, and confirm it."""
    path = f"/bank/accounts/{ahead.accounts[name]}/imports"
    file: FilePayload = {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content}
    staged = post(ahead, page, path, file=file)
    preview = staged.headers["location"]
    post(ahead, page, f"{preview}/confirm")


def decide(ahead: Year, page: Page, line: Any, told: Told) -> None:
    """Do by hand what the program left."""
    if line["party_name"] == year.PLATFORM:
        wanted = [home.target for home in told.through_platform]
        claim(ahead, page, line, wanted, kept=year.kept(told.through_platform))
    elif "归集" in line["text"]:
        pair(ahead, page, line)
    elif told.by_room.room in line["text"]:
        claim(ahead, page, line, [told.by_room.target])
    else:
        found = get(ahead, page, f"bank-lines/{line['id']}/candidates")
        claim(ahead, page, line, [found[0]["target"]])


def pair(ahead: Year, page: Page, line: Any) -> None:
    """Set a line against one that goes the other way by the same amount, if it still waits."""
    others = [one for one in waiting(ahead, page) if one["amount_fen"] == -line["amount_fen"]]
    if others:
        facts = {"other_line_id": others[0]["id"], "expected_version": line["version"]}
        post(ahead, page, f"/bank/lines/{line['id']}/pair", **facts)


def claim(ahead: Year, page: Page, line: Any, wanted: Sequence[str], *, kept: int = 0) -> None:
    """Send the desk's form for a line."""
    facts: dict[str, Any] = {"expected_version": line["version"], "target": list(wanted)}
    if kept:
        facts["withheld_fen"] = f"{kept / 100:.2f}"
    post(ahead, page, f"/bank/lines/{line['id']}/match", **facts)


def run(ahead: Year, page: Page) -> None:
    """Let the program match what is sure."""
    post(ahead, page, "/bank/match-runs")
    do_runs(ahead)


def do_runs(ahead: Year) -> None:
    """Do what the worker does with a run."""
    with ahead.at.app.app_context(), clock.fixed_at(ahead.now):
        run_id = db.session.scalar(text("SELECT max(id) FROM cofund_match_run"))
        db.session.remove()
        transaction(lambda s: match_runs.do_batch(s, {"run_id": run_id, "at_line_id": 0}))
        db.session.remove()


# What must be true at each month's end


def in_bank(page: Page, ahead: Year) -> dict[str, tuple[int, int]]:
    """Each account's balance and what of it is unclaimed, as the service tells it."""
    found = {one["id"]: one for one in get(ahead, page, "bank-accounts")}
    return {
        name: (found[key]["balance_fen"], found[key]["unclaimed_fen"])
        for name, key in ahead.accounts.items()
    }


def check_books(ahead: Year, page: Page, number: int) -> None:
    """The books equal the banks, nothing is unclaimed, and the month's vouchers have no gap."""
    assert in_bank(page, ahead) == {name: (fen, 0) for name, fen in ahead.balances.items()}
    with ahead.at.app.app_context():
        numbers = db.session.scalars(
            text(
                "SELECT v.number FROM ledger_voucher v JOIN ledger_book b ON b.id = v.book_id"
                " WHERE b.code = 'owners' AND v.month = :month ORDER BY v.number"
            ),
            {"month": ahead.month(number).isoformat()},
        ).all()
        db.session.remove()
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) > 8


def see_no_difference(ahead: Year, page: Page) -> None:
    """Agreement, bank and ledger say the same of the project, and all of it is sealed."""
    page.goto(f"{ahead.at.base}/projects/{ahead.project_id}/proof")
    expect(page.get_by_role("main")).to_contain_text("三方一分不差")
    walk.follow(page, "打印零差额证明")
    expect(page.locator("body")).to_contain_text(TITLE)


def disclose(ahead: Year, browser: Browser, *, script: bool) -> str:
    """One of finance freezes the last month, the other looks and releases it."""
    maker = walk.at_desk(browser, ahead.at, SECOND, script=script)
    maker.goto(f"{ahead.at.base}/disclosures")
    form = walk.form(maker, "公示业主账的一个月")
    form.get_by_label("月份").fill(f"{ahead.month(ahead.months - 1):%Y-%m}")
    walk.press(form, "冻结这个月的数")
    assert walk.said(maker) == "冻结好了，等另一个人核过再发布"
    assert maker.get_by_role("button", name="批准").count() == 0
    checker = walk.at_desk(browser, ahead.at, MATCHER, script=script)
    checker.goto(maker.url)
    walk.press(checker, "批准")
    assert walk.said(checker) == "发布了，谁都看得到"
    walk.follow(checker, "大家看到的样子")
    document = checker.url
    maker.context.close()
    checker.context.close()
    return document


def object_to(ahead: Year, browser: Browser, document: str) -> None:
    """A resident has something against it: that is a case, and the page says so to everybody."""
    resident = walk.on_phone(browser, ahead.at, RESIDENT)
    resident.goto(document)
    walk.follow(resident, "提意见")
    resident.get_by_label("说说您的意见").fill("手续费收得多，能不能换一家？")
    walk.press(resident, "交上去")
    assert "会答复您" in walk.said(resident)
    expect(walk.leaf(resident, "有不同意见")).to_contain_text("已有 1 条意见，0 条已答复")
    resident.context.close()


def check_as_stranger(ahead: Year, browser: Browser, document: str) -> None:
    """Without a login somebody finds their own payment, its proof, and nobody else's name."""
    stranger = houses.open_page(browser, ahead.at)
    stranger.goto(document)
    walk.follow(stranger, "查自己交的钱")
    home = ahead.homes[-1]
    form = walk.form(stranger, "用通知单上的缴费码")
    form.get_by_label("缴费码").fill(home.code)
    form.get_by_label("金额（元）").fill(f"{home.fen / 100:.2f}")
    walk.press(form, "查一查")
    main = stranger.get_by_role("main")
    expect(main).to_contain_text("一步一步算下来与总封一致")
    expect(main).to_contain_text("这笔钱在这些公示的封账之内")
    said = main.inner_text()
    assert [one.owner for one in ahead.homes if one.owner in said] == []
    stranger.context.close()


# How the forms are sent


def log_in(ahead: Year, page: Page, login_name: str) -> None:
    """Log in again: a month has passed."""
    page.context.clear_cookies()
    ahead.tokens.pop(page.context, None)
    post(ahead, page, "/login", login_name=login_name, password=PASSWORD)
    ahead.tokens.pop(page.context, None)


def get(ahead: Year, page: Page, path: str) -> Any:
    """What the service says to the one who is logged in."""
    answer = page.context.request.get(f"{ahead.at.base}/api/v1/{path}")
    assert answer.ok, answer.text()
    return answer.json()


def waiting(ahead: Year, page: Page) -> list[Any]:
    """The lines of which something is unclaimed."""
    found: list[Any] = get(ahead, page, "bank-lines/waiting?limit=200")["items"]
    return found


def post(
    ahead: Year, page: Page, path: str, *, file: FilePayload | None = None, **facts: Any
) -> APIResponse:
    """Send a form in the session of a page, as its browser would; it must be taken."""
    context = page.context
    at = "/login" if path == "/login" else "/bank/closings"
    fields = {"csrf_token": _token(ahead, context, at), "_key": str(uuid4()), **facts}
    url = f"{ahead.at.base}{path.removeprefix(ahead.at.base)}"
    if file is not None:
        answer = context.request.post(url, multipart={**fields, "file": file}, max_redirects=0)
    else:
        body = urlencode(fields, doseq=True)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = context.request.post(url, data=body, headers=kind, max_redirects=0)
    assert answer.status == 303, (path, facts, answer.status, _words(answer))
    return answer


def _token(ahead: Year, context: BrowserContext, at: str) -> str:
    """The token that the forms of a session carry."""
    if context not in ahead.tokens:
        page = context.request.get(f"{ahead.at.base}{at}").text()
        found = _TOKEN.search(page)
        assert found is not None
        ahead.tokens[context] = found[1]
    return ahead.tokens[context]


def _words(answer: APIResponse) -> str:
    """What a refused form's page says."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text()).split())[:600]
