"""Every page, for the role that uses it: axe, reflow, targets, elder mode, no script.

Pages with a number in their address are found by following links from the lists, so that real rows
are looked at.
"""

import re
from collections import defaultdict
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import gate
from tests.make.house import House, open_page
from timebank.cli.demo.cast import PASSWORD

# Who looks at what. ``list > pattern`` opens the first link on the list that fits the pattern.
PAGES: dict[str | None, tuple[str, ...]] = {
    None: (
        "/login",
        "/public",
        "/seals",
        "/seals/check",
        "/public/projects",
        "/public/projects > /public/projects/\\d+$",
        "/public/disclosures",
        "/public/disclosures > /public/disclosures/\\d+$",
        "/public/disclosures > /public/disclosures/\\d+$ > /public/disclosures/\\d+/print$",
        "/public/payments/check",
        "/public/calls/{call}",
        "/no-such-page",
        "/c",
        "/public/certificates",
        "/public/report",
        "/cases/offline",
        "/locked",
        "/say",
        "/public/projects > /public/projects/\\d+$ > /public/projects/\\d+/proof$",
        "/join",
        "/public/disclosures",
        "/public/disclosures > /public/disclosures/\\d+$",
    ),
    "volunteer1": (
        "/me",
        "/me/statement",
        "/me/profile",
        "/me/security",
        "/me/looks",
        "/me/bookings",
        "/me/code",
        "/my/cases",
        "/my/decisions",
        "/report",
        "/confirm",
        "/records",
        "/records/new",
        "/records > /records/\\d+$",
        "/redeem",
        "/redeem > /redeem/\\d+/book$",
        "/me/policy",
        "/me/giving",
        "/me/wallets",
        "/me/organisations",
        "/me/organisations > /me/organisations/\\d+$",
        "/me/organisations > /me/organisations/\\d+$ > /me/organisations/\\d+/proposals/new$",
        "/me/elsewhere",
        "/me/disposition",
        "/me/tasks",
        "/me/tasks > /tasks/\\d+$",
        "/me/volunteering",
        "/me/offers",
        "/me/volunteer",
        "/me/appeals",
        "/me/options",
        "/me/months",
        "/me/months > /me/months/\\d+-\\d+$",
        "/me/statement/period",
        "/me/certificates",
        "/me/certificates > /certificates/\\d+$",
        "/me/certificates > /certificates/\\d+$ > /c/[A-Z0-9]+$",
        "/me/messages",
        "/me/channels",
        "/me/telling",
        "/me/vouchers",
        "/redeem > /redeem/\\d+/voucher$",
        "/me/contributions",
        "/voices",
        "/voices/new",
        "/me/occasions",
        "/me/looked-after",
        "/me/data",
        "/public/disclosures > /public/disclosures/\\d+$ > /disclosures/\\d+/objections/new$",
    ),
    "volunteer10": ("/me/organisations",),
    "volunteer4": (
        "/me/appeals",
        "/me/appeals > /disputes/\\d+$",
    ),
    "elder1": (
        "/me/needs",
        "/needs/new",
        "/me/needs > /needs/\\d+$",
        "/me/needs > /tasks/\\d+/screen$",
        "/me/volunteer",
        "/offers",
    ),
    "zhaomin": (
        "/counter",
        "/counter/today",
        "/counter/undo-requests",
        "/counter/bookings",
        "/counter/bookings > /me/bookings/\\d+/move$",
        "/counter/home",
        "/counter/home > /counter/home/\\d+$",
        "/counter/today > /counter/done/\\d+$",
        "/counter/visitors",
        "/cards",
        "/cards?q={card}",
        "/cards?q={card} > /cards/\\d+/pin$",
        "/people",
        "/counter/close",
        "/counter/closes",
        "/counter/vouchers",
        "/counter/slips",
        "/counter/uses",
        "/counter/table",
        "/counter/offline/",
        "/counter?q={card} > /counter/vouchers/for/\\d+$",
        "/counter?q={card} > /counter/telling/\\d+$",
    ),
    "liuyan": ("/counter/visitors/1",),
    "sunli": (
        "/care/services",
        "/care/services > /care/centres/\\d+/overview$",
        "/care/services > /care/centres/\\d+/overview$ > /care/centres/\\d+/overview/missed",
        "/care/services > /care/centres/\\d+/overview$ > /care/centres/\\d+/overview/refusals",
        "/care/services/new",
        "/care/services > /care/services/\\d+$",
        "/care/services > /care/services/\\d+$ > /care/services/\\d+/slots$",
        "/activity-proposals",
        "/activity-proposals?state=proposed > /activity-proposals/\\d+$",
        "/review",
        "/people/new",
        "/policy",
        "/policy/new",
        "/policy/presets",
        "/policy/kinds",
        "/policy/kinds > /policy/kinds/\\d+$",
        "/counter/till",
        "/counter/devices",
        "/counter/papers",
        "/settlements",
        "/settlements > /settlements/\\d+$",
    ),
    "chenli": (
        "/reserve",
        "/reserve/receipts",
        "/projects",
        "/projects/new",
        "/projects > /projects/\\d+$",
        "/spending",
        "/bank",
        "/bank > /bank/accounts/\\d+$",
        "/bank > /bank/accounts/\\d+$ > /bank/imports/\\d+$",
        "/bank > /bank/accounts/\\d+$ > /bank/imports/\\d+$ > /bank/imports/\\d+/layout$",
        "/bank/unclaimed",
        "/settlements",
        "/bank/closings",
        "/bank/closings > /bank/books/\\d+/closing$",
        "/bank/desk",
        "/bank/exceptions",
        "/bank/claims",
        "/bank/reconciliation",
        "/common-income",
        "/project-rules",
        "/projects?state=closed > /projects/\\d+$ > /projects/\\d+/proof$",
        "/projects?state=active > /projects/\\d+$ > /projects/\\d+/contributions$",
        "/projects?state=funding > /projects/\\d+$ > /projects/\\d+/households$",
        "/bank/reports",
        "/bank/reports/income-expense",
        "/bank/reports/account-ledger",
        "/bank/reports/account-ledger > /bank/reports/account-ledger\\?account_id=\\d+$",
        "/bank/reports/three-way",
        "/bank/reports/households",
        "/bank/reports/ageing",
        "/bank/reports/ageing/print",
        "/bank/reports/retention",
    ),
    "grid3": (
        "/cases/phone",
        "/cases/patrol",
        "/absences",
        "/six-roles",
        "/place-signs",
        "/cases",
        "/cases/new",
        "/cases?tab=all > /cases/\\d+$",
        "/promises",
        "/promises/new",
        "/promises > /promises/3$",
        "/review",
        "/visits",
        "/visits/route",
        "/visits > /visits/\\d+$",
        "/key-people",
        "/key-people/new",
        "/key-people > /key-people/\\d+$",
        "/occasions",
        "/occasions/new",
        "/occasions > /occasions/\\d+$",
        "/occasions/year",
        "/cases?tab=all > /cases/\\d+$ > /cases/\\d+/acts/[a-z-]+$",
        "/my/decisions",
    ),
    "gaojie": (
        "/routing",
        "/routing > /routing/\\d+$",
        "/routing > /routing/\\d+$ > /routing/\\d+/trial$",
        "/cases/lists",
        "/cases/lists > /cases/lists/\\d+$",
        "/today",
        "/today/hours",
        "/places",
        "/organisations",
        "/roles",
        "/people",
        "/people?q=%E7%8E%8B > /people/\\d+$",
        "/import",
        "/bank/accounts/new",
        "/users",
        "/users/new",
        "/users > /users/\\d+$",
        "/ledger",
        "/trail",
        "/promises/years/new",
        "/policy > /policy/3$",
        "/policy > /policy/3$ > /policy/\\d+/compare$",
        "/review > /review/\\d+$",
        "/review/rules",
        "/spot-checks",
        "/spot-checks > /spot-checks/\\d+$",
        "/spot-checks/report",
        "/disputes",
        "/disputes > /disputes/\\d+$",
        "/pools",
        "/pools > /pools/\\d+$",
        "/accounts/ends",
        "/accounts/ends > /accounts/leavings/\\d+$",
        "/accounts/ends > /accounts/merges/\\d+$",
        "/accounts/leavings/new?text=%E7%8E%8B",
        "/accounts/merges/new?text=%E7%8E%8B",
        "/accounts/moves",
        "/accounts/moves?from_id=1",
        "/pools > /pools/\\d+$ > /pools/\\d+/grants/new$",
        "/wallets",
        "/clearing",
        "/clearing > /clearing/\\d+$",
        "/clearing/assist?text=%E7%8E%8B",
        "/clearing/assist?text=%E7%8E%8B > /clearing/assist/\\d+$",
        "/clearing > /clearing/\\d+$ > /clearing/sheets/\\d+$",
        "/clearing > /clearing/\\d+$ > /clearing/transfers/\\d+$",
        "/papers",
        "/papers/issuer",
        "/papers/layout",
        "/papers?q=%E7%8E%8B > /papers/\\d+$",
        "/registers",
        "/brought-lists",
        "/brought-lists/new",
        "/brought-lists > /brought-lists/\\d+$",
        "/needs",
        "/tasks/new",
        "/guardian-consents",
        "/volunteers",
        "/volunteers > /volunteers/\\d+$",
        "/volunteers/covers",
        "/feedback",
        "/offers",
        "/tasks > /tasks/\\d+$ > /tasks/\\d+/edit$",
        "/needs?state=posted > /needs/\\d+$ > /needs/\\d+/edit$",
        "/presences",
        "/tasks?state=done > /tasks/\\d+$",
        "/tasks?state=done > /tasks/\\d+$ > /tasks/\\d+/roster$",
        "/figures",
        "/figures/hours",
        "/figures/volunteers",
        "/figures/needs",
        "/figures/books",
        "/opinions",
        "/opinions/new",
        "/opinions?tab=all > /opinions/\\d+$",
        "/matters",
        "/meetings",
        "/meetings/new",
        "/meetings > /meetings/\\d+$",
        "/meetings > /meetings/\\d+$ > /meetings/\\d+/items/\\d+$",
        "/decisions",
        "/decisions > /decisions/\\d+$",
        "/hall-rules",
        "/owners",
        "/deliveries",
        "/case-departments",
        "/case-whistles",
        "/case-whistles > /cases/\\d+/whistles/\\d+$",
        "/figures/cases",
        "/figures/cases/board",
        "/join-requests",
        "/tasks",
        "/care/centres/new",
        "/disclosures",
        "/disclosures > /disclosures/\\d+$",
        "/projects?state=publicised > /projects/\\d+$ > /projects/\\d+/cost$",
    ),
    "auditor": (
        "/ledger",
        "/ledger/proofs",
        "/ledger > /ledger/accounts/\\d+$",
        "/today/hours > /ledger/accounts/\\d+$ > /ledger/entries/[0-9a-f-]+$",
        "/figures/hours > /figures/hours/rows$",
        "/figures/volunteers > /figures/volunteers/rows$",
        "/figures/needs > /figures/needs/rows$",
        "/figures/books > /figures/books/lots$",
        "/figures/books > /figures/books/moves$",
    ),
}
PRINTED: dict[str, tuple[str, ...]] = {
    "volunteer1": (
        "/me/statement/print",
        "/me/statement/period > /me/statement/period/print$",
        "/me/months > /me/months/\\d+-\\d+$ > /me/months/\\d+-\\d+/print$",
    ),
    "zhaomin": (
        "/counter/today > /counter/done/\\d+$ > /counter/slip/\\d+$",
        "/cards?q={card} > /cards/\\d+$",
    ),
    "liuyan": ("/counter/visitors/1 > /counter/visitors/1/slip$",),
    "gaojie": (
        "/clearing > /clearing/\\d+$ > /clearing/sheets/\\d+$ > /clearing/sheets/\\d+/print$",
        "/clearing > /clearing/\\d+$ > /clearing/transfers/\\d+$ > /clearing/transfers/\\d+/code$",
    ),
    "chenli": (
        "/projects > /projects/\\d+$ > /projects/\\d+/print$",
        "/bank/reports/three-way/print",
    ),
    "grid3": ("/cases?tab=all > /cases/\\d+$ > /cases/\\d+/print$", "/place-signs/print"),
    "auditor": ("/figures/month", "/figures/cases/month"),
}
ALL = [(who, path) for who, paths in PAGES.items() for path in paths]


class Visitors:
    """People of one language in one browser session; whoever looks puts their cookies into it."""

    def __init__(self, browser: Browser, house: House, language: str) -> None:
        self.page = open_page(browser, house, language=language)
        self.house = house
        self.cookies: dict[str | None, list[Any]] = {None: []}  # Any: as the library keeps them
        self.found: dict[str | None, dict[str, str]] = defaultdict(dict)

    def page_of(self, who: str | None) -> Page:
        """The page, logged in as somebody."""
        context = self.page.context
        context.clear_cookies()
        if who is None or who in self.cookies:
            context.add_cookies(self.cookies[who])
        else:
            gate.log_in(self.page, self.house.base, login_name=who, password=PASSWORD)
            self.cookies[who] = context.cookies()
        return self.page

    def see(self, who: str | None, path: str) -> Page:
        """The page at the end of a path, as somebody sees it."""
        page = self.page_of(who)
        go(page, self.house, path, self.found[who])
        return page


@pytest.fixture(scope="session")
def chinese(browser: Browser, house: House) -> Visitors:
    """Those who read Chinese."""
    return Visitors(browser, house, "zh-CN")


@pytest.fixture(scope="session")
def english(browser: Browser, house: House) -> Visitors:
    """Those who read English."""
    return Visitors(browser, house, "en")


def go(page: Page, house: House, path: str, found: dict[str, str] | None = None) -> None:
    """Open a page, following links from list to row; only the last one is drawn."""
    address = address_of(page, house, path, {} if found is None else found)
    answer = page.goto(house.base + address)
    assert answer is not None
    assert answer.status < 400 or address == "/no-such-page", f"{address}: {answer.status}"


def address_of(page: Page, house: House, path: str, found: dict[str, str]) -> str:
    """The address to which a path leads; where one led before is asked once."""
    if path not in found:
        before, _, step = path.rpartition(" > ")
        if before:
            found[path] = link_on(page, house, address_of(page, house, before, found), step)
        else:
            found[path] = path.format(card=house.card_no, call=house.call_token)
    return found[path]


def link_on(page: Page, house: House, address: str, step: str) -> str:
    """The first link on a page that fits a pattern."""
    listed = page.request.get(house.base + address).text()
    hrefs = [unescape(href) for href in re.findall(r'href="([^"]+)"', listed)]
    asked = [href if "\\?" in step else href.split("?")[0] for href in hrefs]
    link = next((href for href, at in zip(hrefs, asked, strict=True) if re.search(step, at)), None)
    assert link, f"no link like {step} on {address}"
    return link


def set_size(page: Page, size: str) -> None:
    page.evaluate("size => { document.documentElement.dataset.size = size; }", size)


@pytest.mark.browser
@pytest.mark.parametrize(("who", "path"), ALL, ids=[f"{who or 'anyone'} {p}" for who, p in ALL])
def test_page_meets_the_gate(
    who: str | None,
    path: str,
    chinese: Visitors,
) -> None:
    page = chinese.see(who, path)
    complaints: list[str] = []

    for width in (1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        complaints += [f"{width} px: sticks out: {it}" for it in gate.overflow(page)]
        complaints += [f"{width} px: small: {it}" for it in gate.small_targets(page, 48)]
    page.set_viewport_size({"width": 360, "height": gate.full_height(page)})
    complaints += [f"axe: {it}" for it in gate.axe_violations(page)]

    set_size(page, "elder")
    complaints += [f"elder: sticks out: {it}" for it in gate.overflow(page)]
    complaints += [f"elder: small: {it}" for it in gate.small_targets(page, 60)]
    complaints += [f"elder: text: {it}" for it in gate.small_text(page)]
    page.set_viewport_size({"width": 360, "height": gate.full_height(page)})
    complaints += [f"elder axe: {it}" for it in gate.axe_violations_of_sizes(page)]
    set_size(page, "standard")

    complaints += [f"320 px at 200 %: {it}" for it in gate.overflow_at_200_percent(page)]
    assert complaints == []


@pytest.mark.browser
@pytest.mark.parametrize(("who", "path"), ALL, ids=[f"{who or 'anyone'} {p}" for who, p in ALL])
def test_page_is_english_for_english_readers(
    who: str | None,
    path: str,
    english: Visitors,
) -> None:
    page = english.see(who, path)
    assert page.get_attribute("html", "lang") == "en"
    page.set_viewport_size({"width": 360, "height": 900})
    assert gate.overflow(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert gate.overflow(page) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("who", "path"), [(who, path) for who, paths in PRINTED.items() for path in paths]
)
def test_paper_fits_and_reads(
    who: str,
    path: str,
    chinese: Visitors,
) -> None:
    chinese.page.set_viewport_size({"width": 900, "height": 1200})
    page = chinese.see(who, path)
    assert gate.axe_violations(page) == []
    assert gate.overflow(page) == []


@pytest.mark.browser
def test_no_page_needs_a_script_to_be_read(browser: Browser, house: House) -> None:
    page = open_page(browser, house, "volunteer1", script=False)
    go(page, house, "/me")
    assert page.locator("main .plate").count() == 1
    page.context.close()


@pytest.mark.browser
def test_the_browser_has_nothing_to_complain_of(browser: Browser, house: House) -> None:
    """The content policy stops nothing that our pages do."""
    page = open_page(browser, house, "gaojie", width=1280)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in ("/today", "/today/hours", "/cases", "/projects", "/api/docs"):
        page.goto(house.base + path)
        page.wait_for_load_state("networkidle")
    page.context.close()
    assert [text for text in said if "Content Security Policy" in text or "Error" in text] == []
