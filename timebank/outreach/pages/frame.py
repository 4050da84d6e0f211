"""What the pages of outreach share: their blueprint and the words for stored codes."""

from flask import Blueprint
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.rules import SixRole
from timebank.outreach.rules.key_people import Contact, KeyGroup, Reason
from timebank.outreach.rules.visits import ChangeKind, Coverage, DoorResult
from timebank.web.doors import current_actor

bp = Blueprint("outreach", __name__)

WORDS = {
    Coverage.DONE: lazy_gettext("走完了"),
    Coverage.PLANNED: lazy_gettext("待走访"),
    Coverage.OVERDUE: lazy_gettext("过期没走"),
    Coverage.UNPLANNED: lazy_gettext("没有排"),
    DoorResult.MET: lazy_gettext("遇上了"),
    DoorResult.NOT_MET: lazy_gettext("没遇上"),
    DoorResult.DECLINED: lazy_gettext("不愿多说"),
    ChangeKind.PHONE: lazy_gettext("手机号"),
    ChangeKind.ROOM: lazy_gettext("住哪一户"),
    ChangeKind.NEWCOMER: lazy_gettext("新搬来"),
    KeyGroup.OLD: lazy_gettext("老人"),
    KeyGroup.YOUNG: lazy_gettext("孩子"),
    KeyGroup.OTHER: lazy_gettext("其他"),
    Reason.LIVES_ALONE: lazy_gettext("一个人住"),
    Reason.EMPTY_NEST: lazy_gettext("子女不在身边"),
    Reason.VERY_OLD: lazy_gettext("高龄"),
    Reason.FRAIL: lazy_gettext("行动不便"),
    Reason.CHRONIC_ILLNESS: lazy_gettext("长期生病"),
    Reason.DISABLED: lazy_gettext("残疾"),
    Reason.BEREAVED: lazy_gettext("刚失去亲人"),
    Reason.PARENTS_AWAY: lazy_gettext("父母在外"),
    Reason.SINGLE_PARENT: lazy_gettext("单亲家庭"),
    Reason.NO_GUARDIAN: lazy_gettext("没人监护"),
    Reason.OUT_OF_SCHOOL: lazy_gettext("没有上学"),
    Reason.HARDSHIP: lazy_gettext("生活困难"),
    Contact.HOME: lazy_gettext("上门看望"),
    Contact.PHONE: lazy_gettext("电话问候"),
    Contact.NOT_MET: lazy_gettext("没遇上"),
}
CHIPS = {
    Coverage.DONE: "done",
    Coverage.PLANNED: "waiting",
    Coverage.OVERDUE: "late",
    Coverage.UNPLANNED: "off",
    DoorResult.MET: "done",
    DoorResult.NOT_MET: "soon",
    DoorResult.DECLINED: "off",
}
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
    return str(next((word for known, word in WORDS.items() if known is code), code))


@bp.app_template_filter("outreach_chip")
def outreach_chip(code: object) -> str:
    """Return the kind of chip for a state of this room."""
    return next((kind for known, kind in CHIPS.items() if known is code), "going")


def choices(
    kind: type[Coverage | DoorResult | KeyGroup | Reason | Contact],
) -> list[tuple[str, str]]:
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
