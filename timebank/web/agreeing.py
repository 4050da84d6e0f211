"""One of a thing in English: ``1 line is wrong`` where a sentence says ``%(n)s lines are wrong``.

Sources are Chinese, which knows no plural, and a sentence may count several things: English ones
are written for many, and what follows a 1 is put into the singular when it is said.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

# What is counted, as sentences have it.
_MANY = """
    appeals ballots bookings buildings calls cases characters copies corrections days decisions
    departments devices differences elders entries grids homes hours households items lines matters
    messages micro-grids minutes months moves objections pairs papers people photos places points
    promises proposals reasons records requests residents role-holders rows rules seats services
    shifts sides slips sources spots tasks things times tokens tries units uses versions
    volunteers vouchers weeks workdays years
"""
NOUNS = frozenset(_MANY.split())
_VERBS = {"are": "is", "were": "was", "have": "has", "do": "does", "wait": "waits"}
_VERBS |= {"differ": "differs", "expire": "expires", "lie": "lies"}
_IRREGULAR = {"people": "person"}
# What stands between a number and its noun without being about it.
_APART = "of|in|at|to|for|by|on|the|and|or|is|are|was|has|have|with|than|as"
_COUNTED = re.compile(
    r"(?:\b[Tt]here (?P<lead>are) )?"
    r"(?:%\((?P<printed>\w+)\)[sd]|\{(?P<named>\w+)\})"
    rf"(?: (?!(?:{_APART}) )[a-z-]+){{0,2}}?"
    rf" (?P<noun>{'|'.join(sorted(NOUNS))})\b"
    rf"(?: (?P<verb>{'|'.join(_VERBS)})\b)?"
)


class _Form(NamedTuple):
    """A word of a sentence that is another when a fact is 1."""

    fact: str
    start: int
    end: int
    word: str


def agreed(sentence: str, facts: Mapping[str, object]) -> str:
    """Return an English sentence with singulars after those facts that are 1."""
    for form in _forms(sentence):
        if str(facts.get(form.fact)) == "1":
            sentence = sentence[: form.start] + form.word + sentence[form.end :]
    return sentence


@lru_cache(maxsize=4096)
def _forms(sentence: str) -> tuple[_Form, ...]:
    """Return the words of a sentence that depend on a number, the last one first."""
    found: list[_Form] = []
    for match in _COUNTED.finditer(sentence):
        fact = match["printed"] or match["named"]
        if match["lead"]:
            found.append(_Form(fact, *match.span("lead"), "is"))
        found.append(_Form(fact, *match.span("noun"), singular(match["noun"])))
        if match["verb"]:
            found.append(_Form(fact, *match.span("verb"), _VERBS[match["verb"]]))
    return tuple(reversed(found))


def singular(noun: str) -> str:
    """Return the word for one of what a word means many of."""
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    return _IRREGULAR.get(noun, noun.removesuffix("s"))
