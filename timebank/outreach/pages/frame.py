"""What the pages of outreach share: their blueprint and the words for stored codes."""

from enum import StrEnum

from flask import Blueprint
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.rules import SixRole
from timebank.outreach.rules.key_people import Contact, KeyGroup, Reason
from timebank.outreach.rules.occasions import (
    Audience,
    GuestState,
    Line,
    OccasionKind,
    OccasionState,
)
from timebank.outreach.rules.visits import ChangeKind, Coverage, DoorResult
from timebank.web.doors import current_actor

bp = Blueprint("outreach", __name__)

# Pairs, since codes of different kinds are the same text and one would stand in another's place.
WORDS: tuple[tuple[StrEnum, object], ...] = (
    (Coverage.DONE, lazy_gettext("走完了")),
    (Coverage.PLANNED, lazy_gettext("待走访")),
    (Coverage.OVERDUE, lazy_gettext("过期没走")),
    (Coverage.UNPLANNED, lazy_gettext("没有排")),
    (DoorResult.MET, lazy_gettext("遇上了")),
    (DoorResult.NOT_MET, lazy_gettext("没遇上")),
    (DoorResult.DECLINED, lazy_gettext("不愿多说")),
    (ChangeKind.PHONE, lazy_gettext("手机号")),
    (ChangeKind.ROOM, lazy_gettext("住哪一户")),
    (ChangeKind.NEWCOMER, lazy_gettext("新搬来")),
    (KeyGroup.OLD, lazy_gettext("老人")),
    (KeyGroup.YOUNG, lazy_gettext("孩子")),
    (KeyGroup.OTHER, lazy_gettext("其他")),
    (Reason.LIVES_ALONE, lazy_gettext("一个人住")),
    (Reason.EMPTY_NEST, lazy_gettext("子女不在身边")),
    (Reason.VERY_OLD, lazy_gettext("高龄")),
    (Reason.FRAIL, lazy_gettext("行动不便")),
    (Reason.CHRONIC_ILLNESS, lazy_gettext("长期生病")),
    (Reason.DISABLED, lazy_gettext("残疾")),
    (Reason.BEREAVED, lazy_gettext("刚失去亲人")),
    (Reason.PARENTS_AWAY, lazy_gettext("父母在外")),
    (Reason.SINGLE_PARENT, lazy_gettext("单亲家庭")),
    (Reason.NO_GUARDIAN, lazy_gettext("没人监护")),
    (Reason.OUT_OF_SCHOOL, lazy_gettext("没有上学")),
    (Reason.HARDSHIP, lazy_gettext("生活困难")),
    (Contact.HOME, lazy_gettext("上门看望")),
    (Contact.PHONE, lazy_gettext("电话问候")),
    (Contact.NOT_MET, lazy_gettext("没遇上")),
    (Line.SECURITY, lazy_gettext("社区+平安")),
    (Line.MEDICAL, lazy_gettext("社区+医疗")),
    (Line.ELDER_CARE, lazy_gettext("社区+养老")),
    (Line.EDUCATION, lazy_gettext("社区+教育")),
    (Audience.OLD, lazy_gettext("给老人办的")),
    (Audience.YOUNG, lazy_gettext("给孩子办的")),
    (Audience.OTHERS, lazy_gettext("给其他居民办的")),
    (OccasionKind.FREE_CLINIC, lazy_gettext("义诊")),
    (OccasionKind.MEDICINE_HOME, lazy_gettext("送药上门")),
    (OccasionKind.ELDER_VISIT, lazy_gettext("看望老人")),
    (OccasionKind.MEAL, lazy_gettext("助餐活动")),
    (OccasionKind.SCHOOL_GUARD, lazy_gettext("护学")),
    (OccasionKind.SCIENCE, lazy_gettext("科普")),
    (OccasionKind.PARENT_CHILD, lazy_gettext("亲子课堂")),
    (OccasionKind.HOLIDAY_CAMP, lazy_gettext("假期托管")),
    (OccasionKind.JOB_FAIR, lazy_gettext("招聘会")),
    (OccasionKind.SKILLS, lazy_gettext("技能培训")),
    (OccasionKind.POLICE_ROOM, lazy_gettext("警务室值班")),
    (OccasionKind.POPULATION_CHECK, lazy_gettext("流动人口核查")),
    (OccasionKind.MEDIATION, lazy_gettext("纠纷调解")),
    (OccasionKind.HAZARD_CHECK, lazy_gettext("隐患排查")),
    (OccasionKind.PUBLICITY, lazy_gettext("政策宣传")),
    (OccasionKind.CLEAN_UP, lazy_gettext("联合整治")),
    (OccasionState.PLANNED, lazy_gettext("要办")),
    (OccasionState.HELD, lazy_gettext("办过了")),
    (OccasionState.CANCELLED, lazy_gettext("取消了")),
    (GuestState.SIGNED_UP, lazy_gettext("报了名")),
    (GuestState.ATTENDED, lazy_gettext("来了")),
    (GuestState.ABSENT, lazy_gettext("没来")),
    (GuestState.WITHDRAWN, lazy_gettext("退了名")),
)
CHIPS: tuple[tuple[StrEnum, str], ...] = (
    (Coverage.DONE, "done"),
    (Coverage.PLANNED, "waiting"),
    (Coverage.OVERDUE, "late"),
    (Coverage.UNPLANNED, "off"),
    (DoorResult.MET, "done"),
    (DoorResult.NOT_MET, "soon"),
    (DoorResult.DECLINED, "off"),
    (OccasionState.PLANNED, "waiting"),
    (OccasionState.HELD, "done"),
    (OccasionState.CANCELLED, "off"),
    (GuestState.SIGNED_UP, "waiting"),
    (GuestState.ATTENDED, "done"),
    (GuestState.ABSENT, "off"),
    (GuestState.WITHDRAWN, "off"),
)
SIX_WORDS = {
    SixRole.GRID_OFFICER: lazy_gettext("网格员"),
    SixRole.PROPERTY_STEWARD: lazy_gettext("物业管家"),
    SixRole.BUILDING_HEAD: lazy_gettext("楼长"),
    SixRole.COOP_CADRE: lazy_gettext("经合社干部"),
    SixRole.PARTY_VOLUNTEER: lazy_gettext("党员志愿者"),
    SixRole.RESIDENT_REPRESENTATIVE: lazy_gettext("居民代表"),
}


@bp.app_template_filter("outreach_word")
def outreach_word(code: object) -> str:
    """Return the word for a stored code of this room."""
    return str(next((word for known, word in WORDS if known is code), code))


@bp.app_template_filter("outreach_chip")
def outreach_chip(code: object) -> str:
    """Return the kind of chip for a state of this room."""
    return next((kind for known, kind in CHIPS if known is code), "going")


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Return the values of an enumeration with their words, for a field to choose from."""
    return [(one.value, outreach_word(one)) for one in kind]


def visitors(session: Session, grid_id: int | None = None) -> list[tuple[int, str]]:
    """Return who may go: those of the six roles, of one grid or of all, each once."""
    holders = community_queries.holders(session, current_actor().community_id)
    shown = [one for one in holders if grid_id is None or one.grid_id == grid_id]
    named = {
        one.person_id: f"{one.person_name} · {SIX_WORDS[one.role]} · {one.place_label}"
        for one in reversed(shown)
    }
    return list(reversed(named.items()))
