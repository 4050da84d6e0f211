"""The trail's pages: who did what, who looked at me, and the files themselves."""

from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.trail import queries, rules
from timebank.trail.queries import EventFilter
from timebank.trail.schemas import LooksIn, TrailFilterIn
from timebank.web.doors import current_actor, needs, query, reads

bp = Blueprint("trail", __name__)

CHANNEL_WORDS = {
    "web": lazy_gettext("网页"),
    "api": lazy_gettext("程序接口"),
    "cli": lazy_gettext("命令行"),
    "job": lazy_gettext("后台"),
}
# By the last part of the action; an action without a word is shown as it is stored.
ACTION_WORDS = {
    "user_created": lazy_gettext("开账号"),
    "user_activated": lazy_gettext("启用账号"),
    "user_deactivated": lazy_gettext("停用账号"),
    "password_set": lazy_gettext("换登录密码"),
    "role_granted": lazy_gettext("给身份"),
    "role_revoked": lazy_gettext("收回身份"),
    "sessions_ended": lazy_gettext("让所有设备退出"),
    "logged_in": lazy_gettext("登录进来"),
    "token_issued": lazy_gettext("做令牌"),
    "token_revoked": lazy_gettext("作废令牌"),
    "file_stored": lazy_gettext("存文件"),
    "person_registered": lazy_gettext("登记居民"),
    "kinship_verified": lazy_gettext("核实亲属"),
    "imported": lazy_gettext("导入资料"),
    "account_opened": lazy_gettext("登记银行账户"),
    "statement_booked": lazy_gettext("对账单入账"),
    "layout_saved": lazy_gettext("认对账单的列"),
    "card_issued": lazy_gettext("发会员卡"),
    "pin_set": lazy_gettext("设卡密码"),
    "code_made": lazy_gettext("取一次性号码"),
    "booked": lazy_gettext("约服务"),
    "booking_cancelled": lazy_gettext("取消预约"),
    "booking_redeemed": lazy_gettext("兑现预约"),
    "booking_no_show": lazy_gettext("记未到"),
    "booking_released": lazy_gettext("放开预约"),
    "redeemed": lazy_gettext("柜台兑换"),
    "redemption_undone": lazy_gettext("撤销兑换"),
    "service_added": lazy_gettext("加服务项目"),
    "service_changed": lazy_gettext("改服务项目"),
    "price_set": lazy_gettext("定价"),
    "centre_added": lazy_gettext("加服务中心"),
    "recorded": lazy_gettext("记服务"),
    "corrected": lazy_gettext("改正记录"),
    "confirmed": lazy_gettext("确认记录"),
    "approved": lazy_gettext("核对通过"),
    "rejected": lazy_gettext("退回记录"),
    "withdrawn": lazy_gettext("撤回记录"),
    "unapproved": lazy_gettext("收回核对"),
    "objected": lazy_gettext("提出疑问"),
    "answered": lazy_gettext("答复疑问"),
    "print_code": lazy_gettext("打印确认码"),
    "add_kind": lazy_gettext("加服务种类"),
    "change_kind": lazy_gettext("改服务种类"),
    "switch_kind": lazy_gettext("停用或启用服务种类"),
    "certificate_issued": lazy_gettext("开服务证明"),
    "certificate_consent": lazy_gettext("定证明给看多少"),
    "certificate_withdrawn": lazy_gettext("作废服务证明"),
    "certificate_issuer_named": lazy_gettext("定证明由谁出具"),
    "booklet_handed_out": lazy_gettext("发存折"),
    "booklets_ruled": lazy_gettext("定存折怎么排"),
    "passbook_printed": lazy_gettext("打印存折"),
    "passbook_print_voided": lazy_gettext("作废一次打印"),
    "register_exported": lazy_gettext("导出一批记录"),
    "register_file": lazy_gettext("下载导出的文件"),
    "opening_told": lazy_gettext("改服务点开门时间"),
    "pool_opened": lazy_gettext("开公益池"),
    "pool_switched": lazy_gettext("停收或重开公益池"),
    "pool_given": lazy_gettext("捐时间"),
    "grant_requested": lazy_gettext("替人申请时间"),
    "grant_granted": lazy_gettext("批准给时间"),
    "grant_refused": lazy_gettext("不批准给时间"),
    "grant_withdrawn": lazy_gettext("收回给时间的申请"),
    "wallet_opened": lazy_gettext("开家庭账"),
    "wallet_agreed": lazy_gettext("同意家庭账"),
    "wallet_ended": lazy_gettext("停家庭账"),
    "wallet_given": lazy_gettext("转给家里人"),
    "policy_opened": lazy_gettext("定下最初的计时办法"),
    "policy_drafted": lazy_gettext("起草计时办法"),
    "policy_changed": lazy_gettext("改计时办法草稿"),
    "policy_simulated": lazy_gettext("试算计时办法"),
    "policy_approved": lazy_gettext("批准计时办法"),
    "policy_discarded": lazy_gettext("作废计时办法草稿"),
    "need_posted": lazy_gettext("登记求助"),
    "need_taken_up": lazy_gettext("安排求助"),
    "need_declined": lazy_gettext("答复安排不了"),
    "need_withdrawn": lazy_gettext("收回求助"),
    "need_ended": lazy_gettext("求助办完"),
    "task_posted": lazy_gettext("发布任务"),
    "task_cancelled": lazy_gettext("取消任务"),
    "task_finished": lazy_gettext("任务做完"),
    "task_unmet": lazy_gettext("任务没有人来"),
    "volunteer_asked": lazy_gettext("请志愿者"),
    "volunteer_offered": lazy_gettext("志愿者报名"),
    "volunteer_queued": lazy_gettext("排进候补"),
    "volunteer_accepted": lazy_gettext("定下志愿者"),
    "volunteer_moved_up": lazy_gettext("候补补上"),
    "volunteer_declined": lazy_gettext("志愿者说去不了"),
    "volunteer_turned_down": lazy_gettext("没有选上"),
    "volunteer_withdrew": lazy_gettext("取消报名"),
    "volunteer_missed": lazy_gettext("没有到场"),
    "checked_in": lazy_gettext("签到"),
    "checked_out": lazy_gettext("签退"),
    "roster_ticked": lazy_gettext("记签到表"),
    "roster_imported": lazy_gettext("导入签到表"),
    "need_changed": lazy_gettext("改了求助"),
    "task_changed": lazy_gettext("改了任务"),
    "volunteer_applied": lazy_gettext("申请当志愿者了"),
    "volunteer_checked": lazy_gettext("核对了志愿者身份"),
    "volunteer_admitted": lazy_gettext("同意了志愿者加入"),
    "volunteer_refused": lazy_gettext("没有同意志愿者加入"),
    "volunteer_suspended": lazy_gettext("暂停了志愿者"),
    "volunteer_covered": lazy_gettext("登记了意外保险"),
    "offer_posted": lazy_gettext("写了“我能帮忙”"),
    "offer_closed": lazy_gettext("收起了“我能帮忙”"),
    "feedback_told": lazy_gettext("说了服务怎么样"),
    "presence_fell_back": lazy_gettext("按计划时间结束签到"),
    "presence_reviewed": lazy_gettext("核对签到"),
    "presence_paper_printed": lazy_gettext("打印签到码"),
    "join_accepted": lazy_gettext("同意加入申请"),
    "join_refused": lazy_gettext("不同意加入申请"),
    "channel_on": lazy_gettext("开通一种通知方式"),
    "channel_off": lazy_gettext("停用一种通知方式"),
    "delivery_retried": lazy_gettext("重发没送到的通知"),
    "profile_told": lazy_gettext("记志愿者会什么"),
    "guardian_consented": lazy_gettext("记监护人同意"),
    "guardian_withdrew": lazy_gettext("取消监护人同意"),
    "first_approved": lazy_gettext("核对第一遍"),
    "appealed": lazy_gettext("提出申诉"),
    "appeal_granted": lazy_gettext("判申诉成立"),
    "appeal_upheld": lazy_gettext("维持被申诉的决定"),
    "arbitration": lazy_gettext("申请仲裁"),
    "arbiter_for": lazy_gettext("仲裁判成立"),
    "arbiter_against": lazy_gettext("仲裁维持原决定"),
    "right_lapsed": lazy_gettext("申诉期限过了"),
    "exhibited": lazy_gettext("交材料"),
    "restored": lazy_gettext("重新记下撤销过的服务"),
    "desk_rules_set": lazy_gettext("定核对的规则"),
    "checks_drawn": lazy_gettext("抽出要查的记录"),
    "check_taken": lazy_gettext("接下或交出抽查"),
    "check_done": lazy_gettext("写下抽查结果"),
    "check_taken_back": lazy_gettext("因抽查撤销入账"),
    "register": lazy_gettext("登记案件"),
    "respond": lazy_gettext("响应案件"),
    "claim": lazy_gettext("认领案件"),
    "resolve": lazy_gettext("解决案件"),
    "feed_back": lazy_gettext("反馈案件"),
    "close": lazy_gettext("结案"),
    "reopen": lazy_gettext("重开案件"),
    "add_note": lazy_gettext("补记一笔"),
    "cancel": lazy_gettext("撤销案件"),
    "proposed": lazy_gettext("提出项目"),
    "costed": lazy_gettext("定造价"),
    "agreed": lazy_gettext("定协议"),
    "received": lazy_gettext("登记到款"),
    "requested": lazy_gettext("申请付项目款"),
    "spent": lazy_gettext("付项目款"),
    "refunded": lazy_gettext("退项目款"),
    "accepted": lazy_gettext("验收项目"),
    "return": lazy_gettext("退回案件"),
    "designate": lazy_gettext("指定承办"),
    "reassign": lazy_gettext("改派案件"),
    "escalate": lazy_gettext("上报案件"),
    "handle_now": lazy_gettext("当场办好"),
    "whistle": lazy_gettext("吹哨"),
    "department": lazy_gettext("记部门进展"),
    "release": lazy_gettext("部门放行"),
    "assess": lazy_gettext("互评"),
    "deliberate": lazy_gettext("提交议事"),
    "decide": lazy_gettext("记议事决定"),
    "merge": lazy_gettext("并案"),
    "unmerge": lazy_gettext("拆开案件"),
    "ask_cancel": lazy_gettext("申请作废案件"),
    "add_spot": lazy_gettext("记清单一处"),
    "finish_spot": lazy_gettext("清单一处办好"),
    "start_project": lazy_gettext("拿清单立项"),
    "add_department": lazy_gettext("加部门"),
    "drop_department": lazy_gettext("去掉部门"),
    "opinion_given": lazy_gettext("收到一条意见"),
    "opinion_supported": lazy_gettext("赞同一条意见"),
    "opinion_sorted": lazy_gettext("分办意见"),
    "opinion_joined": lazy_gettext("并到同一条意见"),
    "opinion_split": lazy_gettext("拆开意见"),
    "opinion_answered": lazy_gettext("答复意见"),
    "opinion_reopened": lazy_gettext("重新办意见"),
    "opinion_became_case": lazy_gettext("意见转为案件"),
    "contact_shown": lazy_gettext("看联系方式"),
    "term_set": lazy_gettext("定答复天数"),
    "quorum_set": lazy_gettext("定到会规矩"),
    "meeting_planned": lazy_gettext("筹备会议"),
    "seat_added": lazy_gettext("加参会人"),
    "seat_removed": lazy_gettext("去掉参会人"),
    "item_added": lazy_gettext("加议题"),
    "meeting_invited": lazy_gettext("发会议邀请"),
    "meeting_cancelled": lazy_gettext("取消会议"),
    "signed_in": lazy_gettext("会议签到"),
    "meeting_held": lazy_gettext("开会"),
    "stance_taken": lazy_gettext("记一方意见"),
    "decided": lazy_gettext("议定"),
    "concluded": lazy_gettext("议题有结论"),
    "minutes_written": lazy_gettext("写会议记录"),
    "minutes_signed": lazy_gettext("签存会议记录"),
    "addendum_added": lazy_gettext("补记"),
    "minutes_published": lazy_gettext("公开会议记录"),
    "decision_finished": lazy_gettext("决定办完"),
    "decision_closed": lazy_gettext("决定销号"),
    "decision_sent_back": lazy_gettext("决定退回再办"),
    "decision_became_case": lazy_gettext("决定转为案件"),
    "decision_became_project": lazy_gettext("决定转为共筹项目"),
    "decision_became_task": lazy_gettext("决定转为志愿任务"),
    "signed_in_by_code": lazy_gettext("扫码签到会议"),
    "forget_reporters": lazy_gettext("抹去反映人的联系方式"),
    "month_planned": lazy_gettext("排一个月的走访"),
    "key_person_listed": lazy_gettext("列入重点照看"),
    "key_person_changed": lazy_gettext("改怎么照看"),
    "key_person_seen": lazy_gettext("记一次看望"),
    "key_listing_ended": lazy_gettext("不再重点照看"),
    "occasion_planned": lazy_gettext("排一次活动"),
    "occasion_signed_up": lazy_gettext("报名活动"),
    "occasion_withdrawn": lazy_gettext("退掉活动报名"),
    "occasion_held": lazy_gettext("活动办完"),
    "occasion_rechecked": lazy_gettext("复查隐患"),
    "occasion_cancelled": lazy_gettext("取消活动"),
    "occasion_helpers_asked": lazy_gettext("给活动招志愿者"),
}
SUBJECT_WORDS = {
    "key_person": lazy_gettext("重点照看的人"),
    "occasion": lazy_gettext("活动"),
    "visits": lazy_gettext("走访的一个月"),
    "unit_visit": lazy_gettext("走访"),
    "opinion": lazy_gettext("居民意见"),
    "meeting": lazy_gettext("议事会"),
    "meeting_decision": lazy_gettext("议定的事"),
    "quorum_rule": lazy_gettext("到会规矩"),
    "desk_rules": lazy_gettext("核对的规则"),
    "spot_draw": lazy_gettext("一周的抽查"),
    "spot_check": lazy_gettext("抽查"),
    "bank_account": lazy_gettext("银行账户"),
    "user_account": lazy_gettext("登录账号"),
    "api_token": lazy_gettext("程序令牌"),
    "stored_file": lazy_gettext("存的文件"),
    "person": lazy_gettext("居民档案"),
    "member_card": lazy_gettext("会员卡"),
    "booking": lazy_gettext("服务预约"),
    "redemption": lazy_gettext("兑换单"),
    "care_service": lazy_gettext("养老服务项目"),
    "care_centre": lazy_gettext("服务中心"),
    "service_certificate": lazy_gettext("服务证明"),
    "passbook": lazy_gettext("存折"),
    "register_batch": lazy_gettext("导出批次"),
    "project": lazy_gettext("共筹项目"),
    "case_file": lazy_gettext("案件卷"),
    "case_department": lazy_gettext("能吹哨的部门"),
    "service_record": lazy_gettext("服务时间记录"),
    "need": lazy_gettext("求助"),
    "task": lazy_gettext("志愿任务"),
    "service_kind": lazy_gettext("服务种类"),
    "hours_policy": lazy_gettext("计时办法"),
    "hours_pool": lazy_gettext("公益池"),
    "pool_gift": lazy_gettext("捐的时间"),
    "pool_grant": lazy_gettext("给出的时间"),
    "family_wallet": lazy_gettext("家庭账"),
    "join_request": lazy_gettext("加入申请"),
    "notice_delivery": lazy_gettext("一次通知"),
    "import_batch": lazy_gettext("导入批次"),
}
FIELD_WORDS = {
    "phone": lazy_gettext("手机号"),
    "address": lazy_gettext("住址"),
    "service_hours": lazy_gettext("服务时间"),
    "passbook": lazy_gettext("存折"),
    "id_number": lazy_gettext("身份证号"),
    "name": lazy_gettext("姓名"),
}


@bp.get("/trail")
@needs("trail.read")
@reads
def events(session: Session) -> ResponseReturnValue:
    """Show who did what, newest first."""
    asked = query(TrailFilterIn())
    cursor, limit = asked.pop("cursor", None), asked.pop("limit")
    page = queries.events(
        session,
        community_id=current_actor().community_id,
        wanted=EventFilter(**asked),
        cursor=cursor,
        limit=limit,
    )
    return render_template(
        "trail/events.html",
        events=page.items,
        asked=asked,
        next_url=_next_url(".events", page.next_cursor, asked),
        channel_words=CHANNEL_WORDS,
        action_words=ACTION_WORDS,
        subject_words=SUBJECT_WORDS,
    )


def _next_url(endpoint: str, cursor: str | None, asked: dict[str, object]) -> str | None:
    """Return the address of the next page, with the filter kept."""
    if cursor is None:
        return None
    kept: dict[str, Any] = {name: str(value) for name, value in asked.items()}
    return url_for(endpoint, cursor=cursor, **kept)


@bp.get("/me/looks")
@needs("profile.read")
@reads
def looks(session: Session) -> ResponseReturnValue:
    """Show who looked at one's own private fields, and why."""
    cursor = query(LooksIn()).get("cursor")
    page = queries.looks_of(session, actor=current_actor(), cursor=cursor)
    return render_template(
        "trail/looks.html",
        looks=page.items,
        next_url=_next_url(".looks", page.next_cursor, {}),
        field_words=FIELD_WORDS,
    )


@bp.get("/files/<int:file_id>")
@needs("profile.read")
@reads
def file(session: Session, file_id: int) -> ResponseReturnValue:
    """Hand out a stored file; only drawn images are shown in the browser."""
    found = queries.file_for(session, actor=current_actor(), file_id=file_id)
    shows = found.media_type == rules.JPEG
    answer = send_file(
        BytesIO(found.content),
        mimetype=found.media_type,
        as_attachment=not shows,
        download_name=found.name,
        etag=found.sha256,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
