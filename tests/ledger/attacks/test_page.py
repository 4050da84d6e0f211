"""The page of attacks says what is tried, and there are enough of them."""

from tests.ledger.attacks import chapters
from tests.make import attacks


def test_the_page_of_attacks_is_up_to_date() -> None:
    written = attacks.PATH.read_text(encoding="utf-8")

    assert written == attacks.text(), "run python -m tests.make.attacks"


def test_every_rule_is_said_once() -> None:
    rules = [one.rule for chapter in chapters.ALL.values() for one in chapter.attacks]

    assert len(rules) == len(set(rules)) >= 200
