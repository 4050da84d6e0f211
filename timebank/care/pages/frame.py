"""What the pages of care hang on, and the words for what the database stores as codes."""

from flask import Blueprint
from flask_babel import lazy_gettext

from timebank.care.rules.desk import BookingState, CentreKind, Proof, RedemptionState, ServiceClass

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
    Proof.PIN: lazy_gettext("密码"),
    Proof.CODE: lazy_gettext("一次性码"),
    Proof.SIGNED: lazy_gettext("签字纸条"),
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
}


@bp.app_template_filter("care_word")
def care_word(code: str) -> str:
    """Return the word for a stored code of this room."""
    return str(next((word for known, word in WORDS.items() if known == code), code))


@bp.app_template_filter("care_chip")
def care_chip(state: str) -> str:
    """Return the kind of chip for a state of this room."""
    return next((kind for known, kind in CHIPS.items() if known == state), "going")
