"""Where everybody can go from everywhere: the tabs of the frame, by permission."""

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import gettext

from timebank.kernel.actor import Actor

STAFF_ROLES = frozenset(
    {
        "counter",
        "centre_manager",
        "finance",
        "grid_officer",
        "steward",
        "community_admin",
        "operator",
        "auditor",
    }
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A place in the frame: its word (Chinese source), endpoint, icon and permission.

    ``unless`` is a permission whose holders have another tab in its stead; ``also`` are further
    addresses under which pages of this place stand. What is seldom opened stands in a menu behind
    the others, for whoever has more of them than a row holds.
    """

    word: str
    endpoint: str
    icon: str
    permission: str
    roles: frozenset[str] = STAFF_ROLES
    unless: str = ""
    also: tuple[str, ...] = ()
    is_seldom: bool = False


# So many tabs fit into a row beside each other on a desk, in either language.
ROW_MAX = 12


@dataclass(frozen=True, slots=True)
class NavItem:
    """A tab as the page shows it."""

    label: str
    url: str
    icon: str
    is_current: bool
    is_seldom: bool = False


RESIDENT_TABS = (
    Tab("我的时间", "volunteering.my_time", "clock", "hours.read"),
    Tab(
        "去服务",
        "volunteering.my_tasks",
        "hand",
        "task.join",
        also=(
            "/tasks",
            "/records",
            "/needs",
            "/me/needs",
            "/me/volunteer",
            "/me/offers",
            "/offers",
            "/sign-ups",
        ),
    ),
    Tab(
        "请人帮忙",
        "volunteering.my_needs",
        "hand",
        "need.post",
        unless="task.join",
        also=("/needs", "/tasks", "/records", "/offers", "/me/volunteer", "/sign-ups"),
    ),
    Tab(
        "换服务",
        "care.redeemable",
        "gift",
        "care.read",
        also=("/me/bookings", "/me/vouchers", "/me/code"),
    ),
    Tab(
        "我的",
        "community.my_profile",
        "person",
        "profile.read",
        also=(
            "/me/channels",
            "/me/data",
            "/me/looked-after",
            "/me/looks",
            "/me/occasions",
            "/me/security",
            "/my/cases",
        ),
    ),
)
STAFF_TABS = (
    Tab("今天", "reports.today", "chart", "ledger.audit"),
    Tab("柜台", "care.counter", "key", "care.redeem", also=("/cards",)),
    Tab(
        "案件",
        "cases.cases",
        "list",
        "case.read",
        also=(
            "/absences",
            "/case-departments",
            "/case-whistles",
            "/my/cases",
            "/place-signs",
            "/promises",
            "/routing",
        ),
    ),
    Tab("走访", "outreach.visits", "walk", "visit.read", also=("/key-people", "/occasions")),
    Tab(
        "求助",
        "volunteering.need_list",
        "people",
        "need.read",
        also=(
            "/activity-proposals",
            "/feedback",
            "/guardian-consents",
            "/offers",
            "/presences",
            "/sign-ups",
            "/tasks",
            "/volunteers",
        ),
    ),
    Tab(
        "核对时间",
        "volunteering.review",
        "check",
        "hours.approve",
        also=("/spot-checks", "/disputes"),
    ),
    Tab("抽查", "volunteering.spot_checks", "search", "check.read", unless="hours.approve"),
    Tab("服务记录", "volunteering.records", "hand", "hours.record"),
    Tab("公益池", "volunteering.hours_pools", "gift", "pool.read", also=("/clearing", "/wallets")),
    Tab(
        "证明存折",
        "volunteering.papers",
        "print",
        "paper.serve",
        unless="ledger.audit",
        also=("/certificates", "/registers", "/passbook-prints"),
    ),
    Tab(
        "计时办法",
        "volunteering.policy_versions",
        "file",
        "policy.read",
        also=("/brought-lists",),
        is_seldom=True,
    ),
    Tab(
        "民意",
        "deliberation.opinions",
        "list",
        "opinion.read",
        also=("/voices", "/my/decisions"),
        is_seldom=True,
    ),
    Tab(
        "议事",
        "deliberation.meetings",
        "people",
        "meeting.read",
        also=("/decisions", "/matters", "/hall-rules"),
        is_seldom=True,
    ),
    Tab("数字", "reports.figures", "chart", "figures.read"),
    Tab(
        "三方共筹",
        "cofund.projects",
        "yuan",
        "cofund.read",
        also=("/common-income", "/disclosures", "/owners", "/project-rules"),
    ),
    Tab("银行", "bank.accounts", "building", "bank.read"),
    Tab("付款", "cofund.spending", "file", "cofund.approve", is_seldom=True),
    Tab(
        "月结",
        "care.settlements",
        "yuan",
        "settlement.read",
        also=("/reserve",),
        is_seldom=True,
    ),
    Tab(
        "服务项目",
        "care.services",
        "gift",
        "care.manage",
        also=("/care/centres",),
        is_seldom=True,
    ),
    Tab(
        "人",
        "community.people",
        "person",
        "person.search",
        also=(
            "/accounts",
            "/certificates",
            "/join-requests",
            "/papers",
            "/passbook-prints",
            "/registers",
        ),
    ),
    Tab(
        "地方",
        "community.places",
        "building",
        "community.read",
        also=("/organisations", "/roles", "/six-roles"),
        is_seldom=True,
    ),
    Tab("账", "ledger.books", "file", "ledger.audit", also=("/seals",), is_seldom=True),
    Tab("谁做了什么", "trail.events", "search", "trail.read", is_seldom=True),
    Tab("导入", "community.imports", "plus", "community.import", is_seldom=True),
    Tab("账号", "access.users", "lock", "access.manage", also=("/deliveries",), is_seldom=True),
)


def is_staff(actor: Actor | None) -> bool:
    """Whether the frame is the staff's."""
    return actor is not None and bool(actor.roles & STAFF_ROLES)


def items(actor: Actor | None) -> list[NavItem]:
    """Return the tabs that this actor may open."""
    if actor is None:
        return []
    tabs = STAFF_TABS if is_staff(actor) else RESIDENT_TABS
    held = [tab for tab in tabs if actor.may(tab.permission) and not actor.may(tab.unless)]
    shown = [tab for tab in held if _is_shown(tab, actor)]
    urls = [url_for(tab.endpoint) for tab in shown]
    tabs_at = {url: url for url in urls}
    for tab, url in zip(shown, urls, strict=True):
        tabs_at |= {place: url for place in tab.also if place not in tabs_at}
    here = _current(tabs_at)
    return [
        NavItem(
            gettext(tab.word), url, tab.icon, url == here, tab.is_seldom and len(shown) > ROW_MAX
        )
        for tab, url in zip(shown, urls, strict=True)
    ]


def _is_shown(tab: Tab, actor: Actor) -> bool:
    """Keep project pages out of the frame of those who only may read their own share."""
    reach = actor.reach(tab.permission)
    is_narrow = reach.own and not (reach.grid_ids or reach.centre_ids or reach.is_wide)
    return not (is_narrow and tab in STAFF_TABS) and tab.endpoint in current_app.view_functions


def _current(places: dict[str, str]) -> str | None:
    """Return the address of the tab in which the page stands: of the nearest place above it.

    ``places`` are addresses with the tab to which each belongs.
    """
    above = [place for place in places if f"{request.path}/".startswith(f"{place}/")]
    return places[max(above, key=len)] if above else None
