"""A message on its way out, and the one that is told nowhere else: the code of an address."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from timebank.notices.rules.channels import Channel
from timebank.notices.rules.notice import Notice


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to go, in its reader's language; it shows nothing of itself in logs."""

    key: UUID
    channel: Channel
    person_id: int
    code: str
    heading: str = field(repr=False)
    text: str = field(repr=False)
    path: str
    house: str
    locale: str
    address: str = field(repr=False, default="")


@dataclass(frozen=True)
class WeeklyDigest(Notice):
    """{since:day} 到 {until:day} 有 {count} 条消息您还没看。"""

    code = "weekly_digest"
    heading = "一周的消息"

    since: date
    until: date
    count: int


@dataclass(frozen=True)
class AddressCode(Notice):
    """验证码 {digits}，一小时内填到“怎么通知我”，消息就寄到这里。不是您要的，不用理会。"""

    code = "address_code"
    heading = "邮箱验证码"

    digits: str
