"""Programs that act by themselves, in words: readers of a trail know no names of jobs."""

from flask_babel import lazy_gettext

WORDS = {
    "cases.forget_reporters": lazy_gettext("系统：抹去反映人"),
    "cases.rebase": lazy_gettext("系统：按新日历重算时限"),
    "cases.remind": lazy_gettext("系统：案件提醒"),
    "cofund.match": lazy_gettext("系统：自动认领"),
    "cofund.remind": lazy_gettext("系统：催缴提醒"),
    "cofund.retention": lazy_gettext("系统：质保金到期"),
    "care.close_missed": lazy_gettext("系统：爽约处理"),
    "care.end_benefits": lazy_gettext("系统：补贴到期"),
    "care.end_vouchers": lazy_gettext("系统：服务券到期"),
    "care.pass_offers": lazy_gettext("系统：候补递补"),
    "care.remind_of_bookings": lazy_gettext("系统：预约提醒"),
    "care.remind_of_vouchers": lazy_gettext("系统：服务券提醒"),
    "deliberation.remind": lazy_gettext("系统：议事提醒"),
    "erase-words": lazy_gettext("系统：抹去个人信息"),
    "expire_holds": lazy_gettext("系统：预留到期放回"),
    "import": lazy_gettext("系统：导入名册"),
    "init": lazy_gettext("系统：建立社区"),
    "notices.deliver": lazy_gettext("系统：发送消息"),
    "notices.tell_weekly": lazy_gettext("系统：每周来信"),
    "outreach.remind": lazy_gettext("系统：走访提醒"),
    "reports.keep_case_months": lazy_gettext("系统：案件月报"),
    "seal": lazy_gettext("系统：每日封存"),
    "timebank user": lazy_gettext("系统：命令行设账号"),
    "volunteering.admit": lazy_gettext("系统：通过加入申请"),
    "volunteering.close_forgotten": lazy_gettext("系统：忘了签退的收尾"),
    "volunteering.close_past": lazy_gettext("系统：过期任务收尾"),
    "volunteering.continue_needs": lazy_gettext("系统：求助续排"),
    "volunteering.draw_checks": lazy_gettext("系统：抽查抽取"),
    "volunteering.expire": lazy_gettext("系统：时间到期"),
    "volunteering.join": lazy_gettext("系统：登记志愿者"),
    "volunteering.lapse_rights": lazy_gettext("系统：申诉期满"),
    "volunteering.lapse_transfers": lazy_gettext("系统：转出过期退回"),
    "volunteering.make_sheets": lazy_gettext("系统：社区间对账"),
    "volunteering.month_notices": lazy_gettext("系统：月度通知"),
    "volunteering.move_people": lazy_gettext("系统：居民迁移"),
    "volunteering.remind_of_leavings": lazy_gettext("系统：离开提醒"),
    "volunteering.remind_of_tasks": lazy_gettext("系统：任务提醒"),
}


def doer_text(name: str) -> str:
    """Return who did something: a person's own name, a program's in words."""
    words = WORDS.get(name)
    return name if words is None else str(words)


def name_of(doer: str) -> str:
    """Return the name behind what ``doer_text`` says to the reader, as one would search for it."""
    return next((name for name, words in WORDS.items() if str(words) == doer), doer)
