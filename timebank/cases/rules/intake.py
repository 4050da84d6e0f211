"""How a case comes in: by which way, how often from one place, and under which words."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from timebank.cases.rules.flow import Category
from timebank.kernel.sealed import blind_index


class IntakeChannel(StrEnum):
    """By which way a case, or one more reporter of it, came in."""

    WEB = "web"
    STAFF = "staff"
    PHONE = "phone"
    SIGN = "sign"
    PUBLIC = "public"
    FILE = "file"
    OPEN311 = "open311"


# Residents behind one router are several, so that some are free; then each waits longer.
PUBLIC_REPORTS_FREE = 6
PUBLIC_REPORTS_OF_COMMUNITY = 120
PUBLIC_REPORTS_WINDOW = timedelta(hours=1)
# So many looks at links that nothing answers to are free; then each waits longer.
LINK_GUESSES_FREE = 10
ANSWER_WORDS_MAX = 500
JOINED_WORDS_MAX = 500
REPORTERS_MAX = 200

# What a category is called in lists that come from above, and in titles that nobody wrote.
CATEGORY_NAMES: Mapping[Category, str] = {
    Category.FIRE_SAFETY: "消防安全",
    Category.FACILITIES: "公共设施",
    Category.SANITATION: "环境卫生",
    Category.FUMES_NOISE: "油烟噪声",
    Category.PARKING: "停车",
    Category.STREET_ORDER: "占道摆摊",
    Category.DISPUTE: "邻里纠纷",
    Category.CARE: "老人孩子",
    Category.OTHER: "其他",
}


def link_token(key: UUID) -> str:
    """Return the secret of the link that belongs to one act; the same act has the same one.

    It follows from a key that only the sender's form knew and from the installation's own, so
    that a second click shows the same link although only a digest of it is kept.
    """
    drawn = bytes.fromhex(blind_index(f"case-link:{key}"))
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def token_digest(token: str) -> str:
    """Return the digest under which a link's secret is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def family_name(name: str) -> str:
    """Return what a stranger is told of a worker's name."""
    return name.strip()[:1]
