"""The words and drawings of what is made public of money."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from timebank.cofund.pages.frame import PARTY_WORDS, bp
from timebank.cofund.rules.disclosures import DisclosureState
from timebank.cofund.rules.projects import Party, ProjectView
from timebank.kernel import capitals
from timebank.kernel.units import yuan_text
from timebank.web import charts, words

STATE_WORDS = {
    DisclosureState.WAITING: _l("等另一个人发布"),
    DisclosureState.RELEASED: _l("已公示"),
    DisclosureState.RETURNED: _l("退回重做"),
}
STATE_CHIPS = {
    DisclosureState.WAITING: "waiting",
    DisclosureState.RELEASED: "done",
    DisclosureState.RETURNED: "off",
}
FIGURE_WORDS = {
    "agreed_fen": _l("约定"),
    "received_fen": _l("已到"),
    "owed_fen": _l("还欠"),
    "spent_fen": _l("已花"),
    "refunded_fen": _l("已退"),
    "left_fen": _l("账上还有"),
    "withheld_fen": _l("质保金"),
    "paid_fen": _l("已付"),
    "back_fen": _l("退回"),
    "bank_before_fen": _l("银行月初余额"),
    "bank_in_fen": _l("银行收入"),
    "bank_out_fen": _l("银行支出"),
    "bank_after_fen": _l("银行月末余额"),
    "unclaimed_fen": _l("月末待认领"),
    "common_income_fen": _l("公共收益"),
    "interest_fen": _l("利息"),
    "fees_fen": _l("手续费"),
    "projects_before_fen": _l("项目资金月初"),
    "projects_after_fen": _l("项目资金月末"),
    "withheld_after_fen": _l("月末留着的质保金"),
}
_DRAWN_AS = dict(zip(Party, charts.Party, strict=True))  # both in the same order


def paid_chart(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return who paid, as one bar a party."""
    return charts.party_bars(
        [
            charts.PartyBar(
                party=_DRAWN_AS[Party(row["name"])],
                name=str(PARTY_WORDS[Party(row["name"])]),
                agreed_fen=row["agreed_fen"],
                received_fen=row["received_fen"],
                spent_fen=row["spent_fen"],
            )
            for row in rows
        ]
    )


def sum_chart(pairs: Sequence[tuple[object, int]]) -> Markup:
    """Return amounts as bars on one scale."""
    bars = [charts.Bar(str(label), max(fen, 0), f"¥{yuan_text(fen)}") for label, fen in pairs]
    return Markup('<div class="even-bars">{}</div>').format(charts.month_bars(bars))


def named_pairs(rows: Sequence[Mapping[str, Any]], what: str) -> list[tuple[object, int]]:
    """Return the rows of a table for a chart: a party by its word, anything else by its name."""
    parties = {one.value: PARTY_WORDS[one] for one in Party}
    return [(parties.get(row["name"], row["name"]), row[what]) for row in rows]


def told_day(text: str) -> str:
    """Return a day of a document as people write it."""
    return words.day_text(date.fromisoformat(text), with_year=True)


def month_text(month: date | str) -> str:
    """Return a month as people write it."""
    year, number = (month if isinstance(month, str) else f"{month:%Y-%m}").split("-")
    return str(_("%(year)s年%(month)s月", year=year, month=int(number)))


def project_choices(projects: Sequence[ProjectView]) -> list[tuple[int, str]]:
    """Return projects to choose from."""
    return [(one.id, f"{one.number} {one.title}") for one in projects]


_FOR_TEMPLATES = {
    "disclosure_states": STATE_WORDS,
    "disclosure_chips": STATE_CHIPS,
    "figure_words": FIGURE_WORDS,
    "paid_chart": paid_chart,
    "sum_chart": sum_chart,
    "named_pairs": named_pairs,
    "told_day": told_day,
    "month_text": month_text,
    "project_choices": project_choices,
    "in_capitals": capitals.in_capitals,
}
bp.context_processor(lambda: _FOR_TEMPLATES)
