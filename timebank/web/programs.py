"""Programs that act by themselves, in words: readers of a trail know no names of jobs."""

from flask_babel import gettext

from timebank.web.words import _n

WORDS = {
    "cases.forget_reporters": _n("系统：抹去反映人"),
    "cases.rebase": _n("系统：按新日历重算时限"),
    "cases.remind": _n("系统：案件提醒"),
    "cofund.match": _n("系统：自动认领"),
    "cofund.remind": _n("系统：催缴提醒"),
    "cofund.retention": _n("系统：质保金到期"),
    "care.close_missed": _n("系统：爽约处理"),
    "care.end_benefits": _n("系统：补贴到期"),
    "care.end_vouchers": _n("系统：服务券到期"),
    "care.pass_offers": _n("系统：候补递补"),
    "care.remind_of_bookings": _n("系统：预约提醒"),
    "care.remind_of_vouchers": _n("系统：服务券提醒"),
    "deliberation.remind": _n("系统：议事提醒"),
    "erase-words": _n("系统：抹去个人信息"),
    "expire_holds": _n("系统：预留到期放回"),
    "import": _n("系统：导入名册"),
    "init": _n("系统：建立社区"),
    "notices.deliver": _n("系统：发送消息"),
    "notices.tell_weekly": _n("系统：每周来信"),
    "outreach.remind": _n("系统：走访提醒"),
    "reports.keep_case_months": _n("系统：案件月报"),
    "seal": _n("系统：每日封存"),
    "timebank user": _n("系统：命令行设账号"),
    "volunteering.admit": _n("系统：通过加入申请"),
    "volunteering.close_forgotten": _n("系统：忘了签退的收尾"),
    "volunteering.close_past": _n("系统：过期任务收尾"),
    "volunteering.continue_needs": _n("系统：求助续排"),
    "volunteering.draw_checks": _n("系统：抽查抽取"),
    "volunteering.expire": _n("系统：时间到期"),
    "volunteering.join": _n("系统：登记志愿者"),
    "volunteering.lapse_rights": _n("系统：申诉期满"),
    "volunteering.lapse_transfers": _n("系统：转出过期退回"),
    "volunteering.make_sheets": _n("系统：社区间对账"),
    "volunteering.month_notices": _n("系统：月度通知"),
    "volunteering.move_people": _n("系统：居民迁移"),
    "volunteering.remind_of_leavings": _n("系统：离开提醒"),
    "volunteering.remind_of_tasks": _n("系统：任务提醒"),
}


def doer_text(name: str) -> str:
    """Return who did something: a person's own name, a program's in words."""
    words = WORDS.get(name)
    return name if words is None else str(gettext(words))
