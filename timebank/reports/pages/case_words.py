"""How figures of cases are called, on pages and in the workbook."""

from flask_babel import gettext as _


def case_words() -> dict[str, str]:
    """Return the names of sides, figures and fates."""
    return {**_sides(), **_figures()}


def _sides() -> dict[str, str]:
    """Return the names of sides and of what stands on them."""
    return {
        "grid": _("网格"),
        "micro_grid": _("微网格"),
        "source": _("来源"),
        "category": _("类别"),
        "holder": _("承办人"),
        "department": _("部门"),
        "month": _("月份"),
        "all": _("合计"),
        "assigned": _("上级下派"),
        "reported": _("居民反映"),
        "patrol": _("巡查发现"),
        "": _("还没有人认领"),
        "消防安全": _("消防安全"),
        "公共设施": _("公共设施"),
        "环境卫生": _("环境卫生"),
        "油烟噪声": _("油烟噪声"),
        "停车": _("停车"),
        "占道摆摊": _("占道摆摊"),
        "邻里纠纷": _("邻里纠纷"),
        "老人孩子": _("老人孩子"),
        "其他": _("其他"),
    }


def _figures() -> dict[str, str]:
    """Return the names of figures and of what is beside them."""
    return {
        "registered": _("登记的"),
        "rejected": _("不归社区办的"),
        "cancelled": _("取消的"),
        "merged": _("并件的"),
        "open": _("还在办的"),
        "respond": _("响应"),
        "claim": _("认领"),
        "resolve": _("解决"),
        "feed_back": _("反馈"),
        "closed": _("结案的"),
        "solved": _("说解决了的"),
        "satisfied": _("满意的"),
        "reopened": _("返工的"),
        "returned": _("退回的"),
        "paused": _("挂起的"),
        "extended": _("延期的"),
        "escalated": _("上报的"),
        "of": _("总数"),
        "median": _("一半用了（分钟）"),
        "slow": _("九成用了（分钟）"),
        "unreachable": _("联系不上的次数"),
        "unrated": _("没评满意不满意的"),
        "as_of": _("截至"),
        "how": _("怎么算的"),
        "how_step": how_steps(),
        "how_case": how_cases(),
    }


def how_steps() -> str:
    """Return who belongs to an on-time rate."""
    return str(_("按时率看时限在这段时间里的环节：按时办的，占办完的和到期没办的；没到期的不算。"))


def how_cases() -> str:
    """Return who belongs to the other shares."""
    return str(_("其他的看这段时间登记的案件；不归社区办、取消、并件的不算在里面，单列。"))
