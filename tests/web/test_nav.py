"""The frame says where a page stands."""

import pytest

from tests.conftest import app_on
from timebank.kernel.actor import Actor, Channel, Reach
from timebank.web import nav

OWN = Reach(own=True)
RESIDENT = Actor(
    community_id=1,
    name="姜建华",
    channel=Channel.WEB,
    permissions={
        "hours.read": OWN,
        "task.join": OWN,
        "need.post": OWN,
        "care.read": OWN,
        "profile.read": OWN,
    },
)


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/me", "我的时间"),
        ("/me/statement", "我的时间"),
        ("/me/needs/7", "去服务"),
        ("/me/bookings", "换服务"),
        ("/me/vouchers", "换服务"),
        ("/me/code", "换服务"),
        ("/me/profile", "我的"),
        ("/me/data", "我的"),
        ("/me/channels", "我的"),
        ("/my/cases", "我的"),
    ],
)
def test_a_page_stands_in_the_place_to_which_its_way_back_leads(path: str, word: str) -> None:
    with app_on("sqlite").test_request_context(path):
        assert [item.label for item in nav.items(RESIDENT) if item.is_current] == [word]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/promises/3", "案件"),
        ("/case-whistles", "案件"),
        ("/case-departments", "案件"),
        ("/activity-proposals/2", "求助"),
        ("/wallets", "公益池"),
        ("/join-requests/3", "人"),
        ("/organisations", "地方"),
        ("/deliveries", "账号"),
        ("/common-income", "三方共筹"),
        ("/disclosures/2", "三方共筹"),
        ("/owners", "三方共筹"),
        ("/project-rules", "三方共筹"),
        ("/voices/60", "民意"),
        ("/seals/3", "账"),
    ],
)
def test_the_desk_shows_where_a_page_stands(path: str, word: str) -> None:
    wide = Reach(community=True)
    admin = Actor(
        community_id=1,
        name="高洁",
        channel=Channel.WEB,
        permissions={tab.permission: wide for tab in nav.STAFF_TABS},
        roles=frozenset({"community_admin"}),
    )
    with app_on("sqlite").test_request_context(path):
        assert [item.label for item in nav.items(admin) if item.is_current] == [word]
