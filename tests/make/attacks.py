"""Writes ``docs/attacks.md`` from the book of attacks: ``python -m tests.make.attacks``.

What stands under its last heading is written by hand and stays.
"""

from pathlib import Path

from tests.house.trees import ROOT, functions
from tests.ledger.attacks import chapters
from tests.ledger.attacks.book import Attack, Chapter

PATH = ROOT / "docs" / "attacks.md"
RACES = ROOT / "tests" / "ledger" / "attacks" / "test_races.py"
DERIVED = ROOT / "tests" / "ledger" / "attacks" / "test_derived.py"

HEAD = """\
# Attacks on the books

What must never be false is refused by the database itself, whoever writes. Each line below is
tried by `tests/ledger/attacks` with raw SQL: on SQLite, and on PostgreSQL by the application's role
and by the owner of the tables. Each time the act is refused with the words that stand here, at the
latest by the commit, and every row of the ledger is as it was before. The application's role may
be refused earlier, because it has no right to the act at all. This page is written by
`python -m tests.make.attacks`; a test holds it true.
"""

# From here on the page is written by hand.
BY_HAND = "## What remains, and what catches it\n"


def text() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for title, chapter in chapters.ALL.items():
        parts.append(f"## {title}\n\n{_table(chapter)}")
    races = "\n".join(f"- {_sentence(name)}" for name in _tests(RACES))
    parts.append(f"## Races of two connections on PostgreSQL\n\n{races}\n")
    derived = "\n".join(f"- {_sentence(name)}" for name in _tests(DERIVED))
    parts.append(f"## Written past the guard on SQLite, and named by the proof\n\n{derived}\n")
    by_hand = PATH.read_text(encoding="utf-8").split(BY_HAND)[1]
    return "\n".join([*parts, BY_HAND]) + by_hand


def _table(chapter: Chapter) -> str:
    """The attacks of a chapter as a table."""
    rows = "".join(
        f"| {one.rule} | {_words(one.sqlite)} | {_words(one.postgresql)} | {_by(one)} |\n"
        for one in chapter.attacks
    )
    return f"| rule | SQLite | PostgreSQL | tried by |\n|---|---|---|---|\n{rows}"


def _words(words: str | None) -> str:
    """The words of a refusal; some rules are asked in more than one place."""
    if words is None:
        return "–"
    return ", ".join(f"`{one}`" for one in words.split("|"))


def _by(one: Attack) -> str:
    """Who tries it."""
    return ", ".join("application" if who == "app" else who for who in one.by)


def _tests(path: Path) -> list[str]:
    """The names of a module's tests."""
    return [node.name for node in functions(path) if node.name.startswith("test_")]


def _sentence(name: str) -> str:
    """What a test's name says."""
    words = name.removeprefix("test_").replace("_s_", "'s_").replace("_", " ")
    return words[0].upper() + words[1:]


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
