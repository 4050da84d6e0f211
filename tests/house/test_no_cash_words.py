"""Hours are no money: no word of saving, interest or investment stands where people read.

Source: the warning against time banks that look like a deposit or an investment, and the rules of
the cities, under which hours become services and never money or goods.
"""

import re

from babel.messages.pofile import read_po

from tests.house import trees

CHINESE = re.compile(r"存款|利息|利率|投资|收益|理财|本金|分红|返现|提现|升值|增值|变现|折合")
ENGLISH = re.compile(
    r"\b(deposits?|interest|invest(s|ed|ing|ments?|ors?)?|yields?|dividends?|cash|principal|"
    r"savings?|profits?)\b",
    re.IGNORECASE,
)
# Co-funding and the bank are about money that owners pay together; there such words are at home.
ALLOWED_FILES = ("templates/cofund/", "templates/bank/", "cofund.po", "bank.po", "claims.po")
# What is said of hours by saying that they are none of it.
ALLOWED_TEXTS = frozenset[str]()


def _guilty_texts() -> dict[str, str]:
    """Every text with such a word, and where it stands."""
    found: dict[str, str] = {}
    for path in trees.templates():
        if not trees.label(path).startswith(ALLOWED_FILES):
            text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            found |= {hit: trees.label(path) for hit in CHINESE.findall(text)}
    for path in sorted((trees.PACKAGE / "translations" / "en").glob("*.po")):
        if path.name in ALLOWED_FILES:
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                chinese, english = str(message.id), str(message.string)
                if CHINESE.search(chinese) or ENGLISH.search(english):
                    found[f"{chinese} | {english}"] = path.name
    return {text: where for text, where in found.items() if text not in ALLOWED_TEXTS}


def test_nothing_looks_like_a_deposit_or_an_investment() -> None:
    assert _guilty_texts() == {}


def test_the_search_finds_what_it_is_for() -> None:
    assert CHINESE.search("您的存款和利息")
    assert ENGLISH.search("Your deposit yields interest")
    assert not ENGLISH.search("It is interesting to be present")
