"""The book of attacks: each a sentence that must never be false, and how each engine refuses."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tests.ledger.attacks.field import Field

Act = Callable[[Field, Connection], None]

# What PostgreSQL answers the application's role before any rule of the books is asked.
NO_RIGHT = "permission denied|must be owner|must be able to SET ROLE"


@dataclass(frozen=True, slots=True)
class Attack:
    """What is tried, by whom, and the words of each engine's refusal (None: cannot be tried)."""

    rule: str
    act: Act
    sqlite: str | None
    postgresql: str | None
    by: tuple[str, ...]

    def refusal(self, engine_name: str) -> str | None:
        """The words in which an engine refuses."""
        return self.sqlite if engine_name == "sqlite" else self.postgresql


def _sentence(name: str) -> str:
    """The rule that a function's name says."""
    words = re.sub(r"\ba (?=[aeio])", "an ", name.replace("_", " "))
    words = re.sub(r"(\w) s\b", r"\1's", words)
    return words[0].upper() + words[1:]


class Chapter:
    """The attacks on one subject."""

    def __init__(self) -> None:
        """Begin without any."""
        self.attacks: list[Attack] = []

    def attack(
        self,
        both: str | None = None,
        *,
        sqlite: str | None = None,
        postgresql: str | None = None,
        by: tuple[str, ...] = ("owner", "app"),
    ) -> Callable[[Act], Act]:
        """Keep a function as an attack; its name is the sentence of the rule."""

        def keep(act: Act) -> Act:
            rule = _sentence(act.__name__)
            self.attacks.append(Attack(rule, act, both or sqlite, both or postgresql, by))
            return act

        return keep


def tried(*chapters: Chapter) -> pytest.MarkDecorator:
    """Every attack of some chapters by everybody who may try it."""
    return pytest.mark.parametrize(
        ("attack", "who"),
        [
            pytest.param(one, who, id=f"{one.rule}, by the {who}")
            for chapter in chapters
            for one in chapter.attacks
            for who in one.by
        ],
    )


def try_it(field: Field, attack: Attack, who: str) -> None:
    """Prove that an attack is refused at the latest by the commit, and that no figure moved."""
    words = attack.refusal(field.real.name)
    if words is None or (field.is_sqlite and who != attack.by[0]):
        return  # this engine does not know it; SQLite does not know roles
    before = field.figures()
    engine = field.engine(who)
    field.wasted.append(attack.rule)
    try:
        with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
            attack.act(field, connection)
    finally:
        if field.is_sqlite:
            engine.dispose()  # what a PRAGMA changed goes with its connection
    assert field.figures() == before
    field.wasted.clear()
    refusal = str(caught.value.orig)
    is_known = re.search(words, refusal, re.IGNORECASE)
    assert is_known or (who == "app" and re.search(NO_RIGHT, refusal)), refusal
