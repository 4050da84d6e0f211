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
