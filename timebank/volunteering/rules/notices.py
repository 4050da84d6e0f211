"""What the time bank tells people of their hours and accounts; codes are never renamed."""

from dataclasses import dataclass
from datetime import date, datetime

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class ServiceApproved(Notice):
    """{on:day}的服务核对通过，记上 {minutes:minutes}。"""

    code = "service_approved"
    heading = "时间记上了"

    on: date
    minutes: int


@dataclass(frozen=True)
class ServiceRejected(Notice):
    """{on:day}的服务退回了：“{reason}”。改好可以再交；不同意的话，{due_on:day}前可以申诉。"""

    code = "service_rejected"
    heading = "服务记录退回了"

    on: date
    reason: str
    due_on: date


@dataclass(frozen=True)
class ServiceUnapproved(Notice):
    """{on:day}的服务收回了记上的时间：“{reason}”。不同意的话，{due_on:day}前可以申诉。"""

    code = "service_unapproved"
    heading = "记上的时间收回了"

    on: date
    reason: str
    due_on: date


@dataclass(frozen=True)
class ServiceToConfirm(Notice):
    """{who}记了一次{on:day}给您的服务，{minutes:minutes}，等您确认对不对。"""

    code = "service_to_confirm"
    heading = "请您确认"

    who: str
    on: date
    minutes: int


@dataclass(frozen=True)
class AppealGranted(Notice):
    """您的申诉成立了：{words}"""

    code = "appeal_granted"
    heading = "申诉成立"

    words: str


@dataclass(frozen=True)
class AppealUpheld(Notice):
    """您的申诉没有成立：“{words}”。不同意的话，{due_on:day}前可以申请仲裁。"""

    code = "appeal_upheld"
    heading = "申诉没有成立"

    words: str
    due_on: date


@dataclass(frozen=True)
class AppealFinal(Notice):
    """仲裁维持原来的决定：{words}"""

    code = "appeal_final"
    heading = "仲裁有结果了"

    words: str


@dataclass(frozen=True)
class RightEndsSoon(Notice):
    """对{on:day}那次服务的决定，最晚{due_on:day}可以不同意，过了就定下来了。"""

    code = "right_ends_soon"
    heading = "申诉期限快到了"

    on: date
    due_on: date


@dataclass(frozen=True)
class HoursExpireSoon(Notice):
    """您有 {minutes:minutes}到{due_on:day}过期，可以在这之前兑换、转赠或捐出。"""

    code = "hours_expire_soon"
    heading = "有时间快过期了"

    minutes: int
    due_on: date


@dataclass(frozen=True)
class HoursExpired(Notice):
    """有 {minutes:minutes}在{due_on:day}到期，没有用完的已经过期。"""

    code = "hours_expired"
    heading = "有时间过期了"

    minutes: int
    due_on: date


@dataclass(frozen=True)
class MonthSummed(Notice):
    """{year}年{month}月的时间存取小结可以看了。"""

    code = "month_summed"
    heading = "上个月的小结"

    year: int
    month: int


@dataclass(frozen=True)
class CertificateReady(Notice):
    """您的服务证明（{number}）开好了，可以下载或到社区领取。"""

    code = "certificate_ready"
    heading = "服务证明开好了"

    number: str


@dataclass(frozen=True)
class GrantGiven(Notice):
    """公益池“{pool}”给了您 {minutes:minutes}，可以用来换服务。"""

    code = "grant_given"
    heading = "收到公益时间"

    pool: str
    minutes: int


@dataclass(frozen=True)
class GrantRefused(Notice):
    """您替居民向“{pool}”申请的 {minutes:minutes}没有批准：{reason}"""

    code = "grant_refused"
    heading = "公益时间没有批准"

    pool: str
    minutes: int
    reason: str


@dataclass(frozen=True)
class GiftHelped(Notice):
    """您捐过时间的公益池“{pool}”，{year}年{month}月帮了 {people} 位居民，共 {minutes:minutes}。"""

    code = "gift_helped"
    heading = "您捐的时间帮到了人"

    pool: str
    year: int
    month: int
    people: int
    minutes: int


@dataclass(frozen=True)
class WalletAsked(Notice):
    """{who}想把时间转给您用，每月最多 {minutes:minutes}，等您同意。"""

    code = "wallet_asked"
    heading = "家人想转时间给您"

    who: str
    minutes: int


@dataclass(frozen=True)
class WalletAgreed(Notice):
    """{who}同意接收您转的时间了。"""

    code = "wallet_agreed"
    heading = "家人同意了"

    who: str


@dataclass(frozen=True)
class WalletEnded(Notice):
    """{who}停了和您的家庭账；已经转的不受影响。"""

    code = "wallet_ended"
    heading = "家庭账停了"

    who: str


@dataclass(frozen=True)
class WalletGiven(Notice):
    """{who}转给您 {minutes:minutes}。"""

    code = "wallet_given"
    heading = "家人转来时间"

    who: str
    minutes: int


@dataclass(frozen=True)
class OrganisationLed(Notice):
    """社区请您当“{name}”的负责人，可以看它的服务时间和活动，请人加入。"""

    code = "organisation_led"
    heading = "您是单位负责人了"

    name: str


@dataclass(frozen=True)
class OrganisationAsks(Notice):
    """{who}请您加入“{name}”，答应不答应都由您。"""

    code = "organisation_asks"
    heading = "有单位请您加入"

    who: str
    name: str


@dataclass(frozen=True)
class OrganisationJoined(Notice):
    """{who}答应加入“{name}”了。"""

    code = "organisation_joined"
    heading = "有人答应加入了"

    who: str
    name: str


@dataclass(frozen=True)
class OrganisationLedNoMore(Notice):
    """您不再是“{name}”的负责人了，您自己的时间不变。"""

    code = "organisation_led_no_more"
    heading = "不再是单位负责人"

    name: str


@dataclass(frozen=True)
class OrganisationPlaceEnded(Notice):
    """“{name}”的成员里不再有您，那边不再看到您的名字；您的时间不变。"""

    code = "organisation_place_ended"
    heading = "不再是单位成员"

    name: str


@dataclass(frozen=True)
class ProposalTakenUp(Notice):
    """社区发布了“{name}”提的“{what}”（{starts_at:moment}），志愿者可以报名了。"""

    code = "proposal_taken_up"
    heading = "提议的活动发布了"

    name: str
    what: str
    starts_at: datetime


@dataclass(frozen=True)
class ProposalDeclined(Notice):
    """“{name}”提的“{what}”这次不办：{reason}"""

    code = "proposal_declined"
    heading = "提议的活动有答复了"

    name: str
    what: str
    reason: str


@dataclass(frozen=True)
class AccountFrozen(Notice):
    """您的时间账户因登记迁出先冻结了，里面的时间不会少。要是弄错了，请马上告诉社区。"""

    code = "account_frozen"
    heading = "账户冻结了"


@dataclass(frozen=True)
class AccountThawed(Notice):
    """您的时间账户恢复了，可以照常使用。"""

    code = "account_thawed"
    heading = "账户恢复了"


@dataclass(frozen=True)
class AccountClaimed(Notice):
    """{who}账上的时间已经办好，转到您名下。"""

    code = "account_claimed"
    heading = "时间转到您名下了"

    who: str


@dataclass(frozen=True)
class RecordsMerged(Notice):
    """您的两份登记合并成一份了，时间都在这里。"""

    code = "records_merged"
    heading = "登记合并了"


@dataclass(frozen=True)
class VolunteerAdmitted(Notice):
    """您是社区的志愿者了，可以去报名任务。"""

    code = "volunteer_admitted"
    heading = "成为志愿者了"


@dataclass(frozen=True)
class VolunteerRefused(Notice):
    """您当志愿者的申请这次没有同意：{reason}"""

    code = "volunteer_refused"
    heading = "志愿者申请有答复了"

    reason: str


@dataclass(frozen=True)
class VolunteerSuspended(Notice):
    """您的志愿服务先停一停：{reason} 有话请找社区说。"""

    code = "volunteer_suspended"
    heading = "志愿服务暂停了"

    reason: str
