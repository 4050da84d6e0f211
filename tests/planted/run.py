"""Plants each bug in a copy of the tree and demands that its test fails there, and passes here.

python -m tests.planted.run [NAME...]
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house.trees import ROOT
from tests.planted.patches import Planted, all_planted

TREE = (
    *("timebank", "tests", "templates", "migrations", "docs"),
    *("pyproject.toml", "wsgi.py", "README.md"),
)
# What is compiled comes along: it is known to be of a file by the file's size and time.
LEAVE_OUT = shutil.ignore_patterns(".*_cache")
MINUTES_MAX = 10
# One failure is enough, and what needs no server comes first in its file.
FIRST_FAILURE = ("-x", "-p", "no:randomly")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a bug was noticed, and whether its test passes without it."""

    name: str
    is_caught: bool
    is_calm: bool
    seconds: float
    said: str

    @property
    def is_right(self) -> bool:
        """Whether the test tells the two trees apart."""
        return self.is_caught and self.is_calm


def judge(planted: Planted, *, also_without: bool = True) -> Verdict:
    """Run a bug's test in a copy with it, and in the tree as it is."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="planted-") as scratch:
        copy = Path(scratch)
        for name in TREE:
            _copy(ROOT / name, copy / name)
        planted.apply(copy)
        with_bug = _run(planted.caught_by, copy)
    without = _run(planted.caught_by, ROOT) if also_without else None
    return Verdict(
        name=planted.name,
        # A test that was not found or could not be collected proves nothing: pytest says 1.
        is_caught=with_bug.returncode == 1,
        is_calm=without is None or without.returncode == 0,
        seconds=time.monotonic() - began,
        said=(with_bug if with_bug.returncode != 1 or without is None else without).stdout,
    )


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEAVE_OUT)
    elif source.exists():
        shutil.copy(source, target)


def _run(caught_by: Sequence[str], tree: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the same interpreter in a tree."""
    words = [*caught_by, *FIRST_FAILURE] if caught_by[0] == "pytest" else caught_by
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60 * MINUTES_MAX,
        check=False,
    )


def main(names: Sequence[str]) -> int:
    """Judge the named bugs, or all, and print a table; 0 when every one is noticed."""
    known = {one.name: one for one in all_planted()}
    if unknown := set(names) - known.keys():
        print(f"no such bug: {sorted(unknown)}")
        return 2
    verdicts = []
    for name in names or known:
        verdict = judge(known[name])
        verdicts.append(verdict)
        caught = "caught" if verdict.is_caught else "NOT CAUGHT"
        calm = "" if verdict.is_calm else ", FAILS WITHOUT THE BUG TOO"
        print(f"{name:32} {caught}{calm} {verdict.seconds:.0f} s", flush=True)
        if not verdict.is_right:
            print(verdict.said[-2000:])
    return 0 if all(one.is_right for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
