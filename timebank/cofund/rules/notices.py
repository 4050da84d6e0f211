"""What people are told about projects."""

from dataclasses import dataclass
from datetime import date

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class RetentionDue(Notice):
    """“{title}”的质保期到 {until:day}，留着质保金 {withheld_fen:fen}，请验看以后退给施工方。"""

    code = "cofund_retention_due"
    heading = "质保期快满了"

    title: str
    withheld_fen: int
    until: date


@dataclass(frozen=True)
class PaymentAsked(Notice):
    """“{title}”您家应缴 {amount_fen:fen}，请在 {due_on:day} 以前缴，附言写 {payment_code}。"""

    code = "cofund_payment_asked"
    heading = "共筹缴费通知"

    title: str
    amount_fen: int
    due_on: date
    payment_code: str


@dataclass(frozen=True)
class PaymentDue(Notice):
    """“{title}”您家还有 {outstanding_fen:fen} 没缴，{due_on:day} 到期，附言写 {payment_code}。"""

    code = "cofund_payment_due"
    heading = "共筹缴费提醒"

    title: str
    outstanding_fen: int
    due_on: date
    payment_code: str


@dataclass(frozen=True)
class VoteOpened(Notice):
    """“{title}”请业主表决，{closes_on:day} 截止，一户一票。"""

    code = "cofund_vote_opened"
    heading = "请您表决"

    title: str
    closes_on: date
