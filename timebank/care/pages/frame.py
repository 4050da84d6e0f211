"""What the pages of care hang on, and the words for what the database stores as codes."""

from flask import Blueprint, has_request_context
from flask import session as cookie
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from timebank.care.rules.desk import BookingState, CentreKind, Proof, RedemptionState, ServiceClass
from timebank.care.rules.eligibility import HardshipClass, WhyNot, classes_of
from timebank.care.rules.home import Delivery
from timebank.care.rules.offline import Conflict, SlipState, TokenState, UseState
from timebank.care.rules.settlements import LineKind, Outcome, SettlementState
from timebank.care.rules.slots import ChargeKind, WaitingState
from timebank.care.rules.tills import InsteadKind
from timebank.web import login

bp = Blueprint("care", __name__)

WORDS = {
    CentreKind.CENTRE: lazy_gettext("服务中心"),
    CentreKind.CANTEEN: lazy_gettext("食堂"),
    ServiceClass.MEAL: lazy_gettext("助餐"),
    ServiceClass.BATH: lazy_gettext("助浴"),
    ServiceClass.CLEANING: lazy_gettext("助洁"),
    ServiceClass.EMERGENCY: lazy_gettext("助急"),
    ServiceClass.MEDICAL: lazy_gettext("助医"),
    ServiceClass.GROOMING: lazy_gettext("理发修脚"),
    ServiceClass.COMPANY: lazy_gettext("陪伴"),
    ServiceClass.ESCORT: lazy_gettext("陪同出行"),
    ServiceClass.CULTURE: lazy_gettext("文体活动"),
    ServiceClass.HEALTH_TALK: lazy_gettext("健康讲座"),
    ServiceClass.LEGAL_AID: lazy_gettext("法律援助"),
    ServiceClass.FRAUD_PREVENTION: lazy_gettext("防诈骗"),
    BookingState.BOOKED: lazy_gettext("已预约"),
    BookingState.REDEEMED: lazy_gettext("已办"),
    BookingState.CANCELLED: lazy_gettext("已取消"),
    BookingState.NO_SHOW: lazy_gettext("没来"),
    BookingState.RELEASED: lazy_gettext("服务点取消"),
    RedemptionState.HELD: lazy_gettext("预留中"),
    RedemptionState.DELIVERED: lazy_gettext("已交付"),
    RedemptionState.CAPTURED: lazy_gettext("已扣"),
    RedemptionState.UNDONE: lazy_gettext("已撤销"),
    Delivery.AT_CENTRE: lazy_gettext("到服务点来"),
    Delivery.BY_PROVIDER: lazy_gettext("服务方上门"),
    Delivery.BY_VOLUNTEER: lazy_gettext("志愿者上门"),
    WaitingState.IN_LINE: lazy_gettext("候补中"),
    WaitingState.OFFERED: lazy_gettext("轮到了"),
    WaitingState.TAKEN: lazy_gettext("约上了"),
    WaitingState.LAPSED: lazy_gettext("没等到"),
    WaitingState.LEFT: lazy_gettext("不排了"),
    ChargeKind.MISSED: lazy_gettext("没来，按规定扣"),
    ChargeKind.LATE: lazy_gettext("取消晚了，按规定扣"),
    WhyNot.BENEFITS_OFF: lazy_gettext("社区现在不用时间换权益"),
    WhyNot.TOO_YOUNG: lazy_gettext("年龄不够"),
    WhyNot.AGE_UNKNOWN: lazy_gettext("档案里没有出生日期"),
    WhyNot.OTHER_DAYS: lazy_gettext("今天不办"),
    HardshipClass.HARDSHIP: lazy_gettext("生活困难"),
    HardshipClass.FRAIL: lazy_gettext("行动不便"),
    HardshipClass.DISABLED: lazy_gettext("残疾"),
    HardshipClass.LIVES_ALONE: lazy_gettext("一个人住"),
    HardshipClass.EMPTY_NEST: lazy_gettext("子女不在身边"),
    HardshipClass.BEREAVED: lazy_gettext("刚失去亲人"),
    Proof.PIN: lazy_gettext("密码"),
    Proof.CODE: lazy_gettext("一次性码"),
    Proof.SIGNED: lazy_gettext("签字纸条"),
    Proof.CARD: lazy_gettext("看照片对卡"),
    Proof.VOUCHER: lazy_gettext("断网凭条"),
    Proof.PREPAID: lazy_gettext("服务券"),
    InsteadKind.EATS: lazy_gettext("替老人吃"),
    InsteadKind.FETCHES: lazy_gettext("替老人取"),
    InsteadKind.CARES: lazy_gettext("陪老人来"),
    UseState.CHARGED: lazy_gettext("记好了"),
    UseState.CONFLICT: lazy_gettext("等处理"),
    UseState.PROPOSED: lazy_gettext("等第二位同意"),
    UseState.DEBT: lazy_gettext("记在老人名下"),
    UseState.WRITTEN_OFF: lazy_gettext("服务点承担"),
    Conflict.ALREADY_USED: lazy_gettext("这张凭条用过了"),
    Conflict.REVOKED: lazy_gettext("这张凭条作废了"),
    Conflict.UNKNOWN: lazy_gettext("认不出这张凭条"),
    Conflict.EXPIRED: lazy_gettext("不是凭条管的日子"),
    Conflict.OVER_BALANCE: lazy_gettext("老人的时间不够"),
    Conflict.OVER_ALLOWANCE: lazy_gettext("超过了设备一天的额度"),
    Conflict.DEVICE: lazy_gettext("设备不能认"),
    Conflict.OWN_OR_KIN: lazy_gettext("是经办人自己家的"),
    Conflict.REFUSED: lazy_gettext("按规定不能办"),
    TokenState.ISSUED: lazy_gettext("没用"),
    TokenState.USED: lazy_gettext("用了"),
    TokenState.REVOKED: lazy_gettext("作废"),
    SlipState.PRINTED: lazy_gettext("印好了"),
    SlipState.SPOILED: lazy_gettext("写坏了"),
    SettlementState.DRAFTED: lazy_gettext("核对中"),
    SettlementState.APPROVED: lazy_gettext("已批准，等付款"),
    SettlementState.PAID: lazy_gettext("已付款"),
    Outcome.KEPT: lazy_gettext("照付"),
    Outcome.STRUCK: lazy_gettext("不付"),
}
# Kinds of a settlement's lines share codes with states of slips, so their words stand apart.
LINE_WORDS = {
    LineKind.SERVED: lazy_gettext("本月服务"),
    LineKind.UNDONE: lazy_gettext("撤以前月份的"),
    LineKind.VISIT: lazy_gettext("外社区居民"),
    LineKind.VISIT_UNDONE: lazy_gettext("撤外社区的"),
}
CHIPS = {
    BookingState.BOOKED: "held",
    BookingState.REDEEMED: "done",
    BookingState.CANCELLED: "off",
    BookingState.NO_SHOW: "off",
    BookingState.RELEASED: "off",
    RedemptionState.HELD: "held",
    RedemptionState.DELIVERED: "going",
    RedemptionState.CAPTURED: "done",
    RedemptionState.UNDONE: "off",
    WaitingState.IN_LINE: "waiting",
    WaitingState.OFFERED: "held",
    SettlementState.DRAFTED: "going",
    SettlementState.APPROVED: "waiting",
    SettlementState.PAID: "done",
}


@bp.app_context_processor
def _guards() -> dict[str, object]:
    """Return what guards a screen that others can see: its lock, and whether figures are veiled."""
    if not has_request_context():
        return {"hides_numbers": False, "tablet": None}
    seconds = login.lock_seconds()
    return {
        "hides_numbers": bool(cookie.get("hides_numbers")),
        "tablet": None if seconds is None else {"lock_seconds": seconds},
    }


@bp.app_template_filter("settled_word")
def settled_word(code: str) -> str:
    """Return the word for the kind of a settlement's line."""
    return str(next((word for known, word in LINE_WORDS.items() if known == code), code))


@bp.app_template_filter("care_word")
def care_word(code: str) -> str:
    """Return the word for a stored code of this room."""
    return str(next((word for known, word in WORDS.items() if known == code), code))


bp.add_app_template_global(classes_of)


@bp.app_template_filter("class_words")
def class_words(mask: int) -> str:
    """Return the classes of hardship that a service is for."""
    return str(_("、")).join(str(WORDS[one]) for one in classes_of(mask))


@bp.app_template_filter("care_chip")
def care_chip(state: str) -> str:
    """Return the kind of chip for a state of this room."""
    return next((kind for known, kind in CHIPS.items() if known == state), "going")
