"""The import contracts must fail when they are breached: each breach is planted and caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.trees import ROOT

LINT = Path(sys.executable).parent / "lint-imports"

BREACHES = {
    "a lower room imports a higher one": (
        "ledger/service.py",
        "import timebank.cases.rules",
    ),
    "siblings see each other": ("volunteering/queries.py", "import timebank.cofund.rules.projects"),
    "the kernel imports a room": ("kernel/units.py", "import timebank.community.rules"),
    "rules import models": ("cases/rules.py", "import timebank.cases.models"),
    "a service imports a face's library": ("trail/service.py", "import flask"),
    "rules import the database library": ("cofund/rules.py", "import sqlalchemy"),
    "a room reads the ledger's tables": (
        "volunteering/queries.py",
        "import timebank.ledger.models",
    ),
    "a room imports another's face": ("cases/queries.py", "import timebank.care.pages"),
    "a stray file appears in a room": ("care/helper.py", '"""Stray."""'),
    "a stray room appears": ("stray/__init__.py", '"""Stray."""'),
}


def _existing(tree: Path, name: str) -> Path:
    """The named module, or the first of the folder or file it became."""
    path = tree / "timebank" / name
    if path.exists() or not path.parent.exists():
        return path
    folder = path.with_suffix("")
    return next(iter(sorted(folder.glob("*.py")))) if folder.is_dir() else path


@pytest.mark.parametrize("breach", BREACHES)
def test_a_planted_breach_is_caught(breach: str, tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "timebank", tmp_path / "timebank", ignore=shutil.ignore_patterns("static")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    name, line = BREACHES[breach]
    path = _existing(tmp_path, name)
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")

    done = subprocess.run(
        [str(LINT), "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip

    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "not listed" in done.stdout + done.stderr
