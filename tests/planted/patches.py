"""Reads planted bugs and applies them, by what stands in the files and not by line numbers.

A patch begins with ``Bug:`` (a sentence) and ``Caught by:`` (arguments for ``python -m``); a
unified diff follows.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.house.trees import ROOT

FOLDER = Path(__file__).parent


class PatchAstrayError(Exception):
    """What a patch wants to change is not there, or is there more than once."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug by name: what it breaks, the command that must fail, and the changes by file."""

    name: str
    bug: str
    caught_by: tuple[str, ...]
    changes: dict[str, list[tuple[str, str]]]

    def apply(self, tree: Path) -> None:
        """Plant the bug in a copy of the tree."""
        for name, changed in self.changed(tree).items():
            for compiled in (tree / name).parent.glob(f"__pycache__/{Path(name).stem}.*.pyc"):
                compiled.unlink()
            (tree / name).write_text(changed, encoding="utf-8")

    def changed(self, tree: Path = ROOT) -> dict[str, str]:
        """The changed files' texts.

        Raises:
            PatchAstrayError: the patch does not fit the tree any more.
        """
        return {name: self._with_bug(tree, name) for name in self.changes}

    def _with_bug(self, tree: Path, name: str) -> str:
        text = (tree / name).read_text(encoding="utf-8")
        for old, new in self.changes[name]:
            if text.count(old) != 1:
                raise PatchAstrayError(self.name, name, old)
            text = text.replace(old, new)
        return text


def all_planted() -> list[Planted]:
    """Every planted bug, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.patch"))]


def _read(path: Path) -> Planted:
    """Read a patch."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    bug, caught_by = (line.split(": ", 1)[1].strip() for line in lines[:2])
    changes: dict[str, list[tuple[str, str]]] = {}
    old, new, name = "", "", ""
    for line in [*lines[2:], "@@\n"]:
        if line.startswith("+++ "):
            name = line[len("+++ b/") :].strip()
        elif line.startswith(("@@", "--- ")):
            if old != new:
                changes.setdefault(name, []).append((old, new))
            old, new = "", ""
        elif line[:1] in {" ", "-", "+"}:
            old += line[1:] if line[0] != "+" else ""
            new += line[1:] if line[0] != "-" else ""
    return Planted(path.stem, bug, tuple(shlex.split(caught_by)), changes)
