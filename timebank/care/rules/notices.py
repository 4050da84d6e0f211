"""What the care desk tells people; codes are never renamed."""

from dataclasses import dataclass
from datetime import date, datetime

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class BookingNotice(Notice):
    """{on:day}约的“{what}”（{where}）有变化，请打开看看。"""

    code = "booking"
    heading = "预约"

    what: str
    where: str
    on: date


@dataclass(frozen=True)
class BookingTomorrow(BookingNotice):
    """明天（{on:day}）约了“{what}”，在{where}。来不了请今天取消。"""

    code = "booking_tomorrow"
    heading = "明天有预约"


@dataclass(frozen=True)
class BookingMade(BookingNotice):
    """替您约好了{on:day}的“{what}”，在{where}。"""

    code = "booking_made"
    heading = "约好了"


@dataclass(frozen=True)
class BookingCancelled(BookingNotice):
    """{on:day}约的“{what}”（{where}）取消了，时间已退回。原因：{reason}"""

    code = "booking_cancelled"
    heading = "预约取消了"

    reason: str


@dataclass(frozen=True)
class BookingMissed(BookingNotice):
    """{on:day}约的“{what}”（{where}）没有等到您，时间已退回。"""

    code = "booking_missed"
    heading = "预约没有来"


@dataclass(frozen=True)
class BookingMoved(BookingNotice):
    """“{what}”改到{on:day} {at}，在{where}。时间还留着，不用重新约。"""

    code = "booking_moved"
    heading = "预约改时间了"

    at: str


@dataclass(frozen=True)
class BookingCharged(BookingNotice):
    """{on:day}约的“{what}”（{where}）没有等到您，按规定扣 {minutes:minutes}，其余已退回。"""

    code = "booking_charged"
    heading = "按规定扣了时间"

    minutes: int


@dataclass(frozen=True)
class BookingLate(BookingNotice):
    """{on:day}约的“{what}”（{where}）取消得晚，按规定扣 {minutes:minutes}，其余已退回。"""

    code = "booking_late"
    heading = "取消晚了，扣了时间"

    minutes: int


@dataclass(frozen=True)
class ChargeWaived(Notice):
    """{on:day}约的“{what}”扣的 {minutes:minutes}退回来了：{reason}"""

    code = "booking_charge_waived"
    heading = "扣的时间退回了"

    what: str
    on: date
    minutes: int
    reason: str


@dataclass(frozen=True)
class PlaceOffered(BookingNotice):
    """“{what}”（{where}）{on:day} {at}有位子了，给您留到{until:moment}，请打开点“要这个位子”。"""

    code = "place_offered"
    heading = "轮到您了"

    at: str
    until: datetime


@dataclass(frozen=True)
class PlaceLapsed(BookingNotice):
    """{on:day}“{what}”（{where}）的候补结束了，没有约上，没有扣时间。"""

    code = "place_lapsed"
    heading = "候补结束了"


@dataclass(frozen=True)
class TimeRedeemed(Notice):
    """{on:day}在{where}用了 {minutes:minutes}，凭条 {slip}。不是您办的请马上告诉服务点。"""

    code = "time_redeemed"
    heading = "用时间换了服务"

    on: date
    where: str
    minutes: int
    slip: str


@dataclass(frozen=True)
class RedemptionUndone(Notice):
    """{on:day}在{where}换的服务撤销了，{minutes:minutes}已退回。原因：{reason}"""

    code = "redemption_undone"
    heading = "兑换撤销了"

    on: date
    where: str
    minutes: int
    reason: str


@dataclass(frozen=True)
class MinutesTaken(Notice):
    """{name}在{centre}用了 {minutes:minutes}：{what}。还能用 {left:minutes}。没办过就请打电话。"""

    code = "care_minutes_taken"
    heading = "用掉了时间"

    name: str
    centre: str
    minutes: int
    what: str
    left: int


@dataclass(frozen=True)
class MinutesReturned(Notice):
    """{name}在{centre}的 {minutes:minutes}退回来了：{reason}。"""

    code = "care_minutes_returned"
    heading = "时间退回来了"

    name: str
    centre: str
    minutes: int
    reason: str


@dataclass(frozen=True)
class VoucherNotice(Notice):
    """“{what}”的服务券（{where}）有变化，请打开看看。"""

    code = "voucher"
    heading = "服务券"

    what: str
    where: str


@dataclass(frozen=True)
class VoucherMade(VoucherNotice):
    """替您开了“{what}”的服务券，能用 {uses} 次，用到{last:day}，地点：{where}。"""

    code = "voucher_made"
    heading = "开了服务券"

    uses: int
    last: date


@dataclass(frozen=True)
class VoucherHanded(VoucherNotice):
    """{name}把“{what}”的服务券给了您，还能用 {uses} 次，用到{last:day}，地点：{where}。"""

    code = "voucher_handed"
    heading = "收到服务券"

    name: str
    uses: int
    last: date


@dataclass(frozen=True)
class VoucherEnded(VoucherNotice):
    """“{what}”的服务券不能再用了，没用的 {minutes:minutes}已退回。原因：{reason}"""

    code = "voucher_ended"
    heading = "服务券到头了"

    minutes: int
    reason: str


@dataclass(frozen=True)
class VoucherEnding(VoucherNotice):
    """“{what}”的服务券只能用到{last:day}，还剩 {uses} 次，在{where}。"""

    code = "voucher_ending"
    heading = "服务券快到期了"

    uses: int
    last: date


@dataclass(frozen=True)
class UndoAsked(Notice):
    """{name}请您同意撤销一笔（{where}，{minutes:minutes}）。原因：{reason}"""

    code = "undo_asked"
    heading = "请您同意撤销"

    name: str
    where: str
    minutes: int
    reason: str
