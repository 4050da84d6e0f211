"""The words of the claiming desk: why a candidate fits, why a line waits, what a part was for."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from timebank.bank.queries.claims import Shown
from timebank.bank.rules.claims import Purpose, Reason, Term
from timebank.cofund.pages.frame import PARTY_WORDS
from timebank.cofund.queries.matches import ClaimView
from timebank.cofund.rules.matching import Code, Target, TargetKind
from timebank.cofund.rules.projects import Party
from timebank.kernel.units import yuan_text

SHOWN_WORDS = {
    Shown.ALL: _l("全部"),
    Shown.IN: _l("进账"),
    Shown.OUT: _l("出账"),
    Shown.RAISED: _l("有疑问"),
    Shown.HELD: _l("挂起的"),
    Shown.LATE: _l("超期的"),
}
REASON_WORDS = {
    Reason.NO_CANDIDATE: _l("没找到对应的款"),
    Reason.TIE: _l("几户分不出来"),
    Reason.PARTIAL: _l("少付了"),
    Reason.OVER: _l("多付了"),
    Reason.DUPLICATE_SUSPECT: _l("可能重复付款"),
    Reason.CHAIN_BREAK: _l("余额接不上"),
    Reason.PAYER_UNKNOWN: _l("不认识付款人"),
    Reason.CLOSED_PERIOD: _l("月份已封账"),
    Reason.PLATFORM_NET: _l("支付平台结算"),
    Reason.RETURNED: _l("退汇、退款"),
    Reason.UNSURE: _l("把握不够"),
}
PURPOSE_WORDS = {
    Purpose.CONTRIBUTION: _l("共筹款"),
    Purpose.CREDIT: _l("住户预存"),
    Purpose.SPENDING: _l("项目付款"),
    Purpose.COMMON_INCOME: _l("公共收益"),
    Purpose.REFUND: _l("项目退款"),
    Purpose.CREDIT_BACK: _l("退还预存"),
    Purpose.FEE: _l("银行手续费"),
    Purpose.WITHHELD: _l("平台手续费"),
    Purpose.INTEREST: _l("银行利息"),
    Purpose.BETWEEN: _l("自己账户之间"),
    Purpose.RETURNED: _l("退回的款"),
    Purpose.OPENING: _l("期初结转"),
}
KIND_WORDS = {
    TargetKind.RECEIVABLE: _l("住户应缴"),
    TargetKind.SHARE: _l("协议份额"),
    TargetKind.RECORDED: _l("已手工记的收款"),
    TargetKind.SPENDING: _l("已批的付款"),
    TargetKind.PAID: _l("已手工记的付款"),
    TargetKind.REFUND: _l("结项退款"),
    TargetKind.RELEASED: _l("放还的质保金"),
    TargetKind.COMMON_INCOME: _l("已记的公共收益"),
}
_TERM_WORDS = {
    Code.PAYMENT_CODE: _l("缴费码 %(code)s 对上了"),
    Code.KNOWN_PAYER: _l("这个账号以前付过这一家的款"),
    Code.KNOWN_NAME: _l("这个名字以前付过这一家的款"),
    Code.AMOUNT: _l("金额正好，只有这一笔是这个数"),
    Code.AMOUNT_SHARED: _l("金额正好，别的款也有这个数"),
    Code.ROOM: _l("附言写了房号 %(room)s"),
    Code.ROOM_SHARED: _l("附言写了 %(room)s，没写单元"),
    Code.PROJECT: _l("附言写了项目 %(number)s"),
    Code.NAME: _l("户名对上了"),
    Code.NAME_LIKE: _l("户名有 %(percent)s%% 像"),
    Code.DAY: _l("日期合适"),
    Code.OTHER_CODE: _l("附言里是别家的缴费码 %(code)s"),
    Code.OTHER_ROOM: _l("附言里是别家的房号 %(room)s"),
    Code.OTHER_PAYER: _l("这个账号以前付的是别家的款"),
    Code.PART: _l("比应付的 ¥%(owed)s 少"),
    Code.OVER: _l("比应付的 ¥%(owed)s 多"),
}


def term(one: Term) -> str:
    """Return what speaks for a candidate, in plain words."""
    facts = dict(one.facts)
    if "owed_fen" in facts:
        facts["owed"] = yuan_text(int(facts["owed_fen"]))
    words = str(_TERM_WORDS[Code(one.code)])
    told: str = words % facts if facts else words
    return told


def target_title(target: Target) -> str:
    """Return what a candidate is, in one line."""
    return what(target.label)


def what(label: str) -> str:
    """Return a label in words: a party's name, else a room or a payee as it stands."""
    return str(PARTY_WORDS[Party(label)]) if label in set(Party) else label


def claim_title(claim: ClaimView) -> str:
    """Return what a claimed part was for, in one line."""
    purpose = str(PURPOSE_WORDS[claim.part.purpose])
    if claim.match is None:
        return purpose
    return str(_("%(purpose)s：%(what)s", purpose=purpose, what=what(claim.match.label)))


FOR_TEMPLATES = {
    "shown_words": SHOWN_WORDS,
    "reason_words": REASON_WORDS,
    "purpose_words": PURPOSE_WORDS,
    "kind_words": KIND_WORDS,
    "term_words": term,
    "target_title": target_title,
    "claim_title": claim_title,
}
