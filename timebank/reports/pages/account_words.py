"""The words for parties and for the subjects of accounts of money."""

from flask_babel import lazy_gettext as _l

from timebank.cofund.rules.projects import Party

PARTY_WORDS = {
    Party.COMPANY: _l("共富公司"),
    Party.PROPERTY_FIRM: _l("物业"),
    Party.RESIDENTS: _l("居民"),
}
SUBJECT_WORDS = {
    "bank": _l("银行存款"),
    "unclaimed": _l("待认领"),
    "placed": _l("已认领"),
    "cash": _l("项目资金"),
    "fund": _l("各方出资"),
    "cost": _l("项目支出"),
    "retention": _l("质保金"),
    "credit": _l("住户预存"),
    "fees": _l("银行手续费"),
    "interest": _l("银行利息"),
    "transit": _l("在途往来"),
    "brought_forward": _l("期初结转"),
    "common": _l("公共收益资金"),
    "income": _l("公共收益"),
    "sponsor": _l("配捐方出资"),
    "match": _l("配捐池"),
    "credits": _l("住户预存款"),
}
