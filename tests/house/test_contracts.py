"""The import contracts must fail when they are breached: each breach is planted and caught."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.house.trees import ROOT

LINT = Path(sys.executable).parent / "lint-imports"

# Each is an import that the linter names when it is there; all are looked for in one tree.
IMPORTS = {
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
}
# Each of these ends the linter's work, so each has a tree of its own.
STRAYS = {
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


def _lint(tree: Path, breaches: Sequence[tuple[str, str]]) -> subprocess.CompletedProcess[str]:
    """Plant breaches in a copy of the package and look at it."""
    shutil.copytree(ROOT / "timebank", tree / "timebank", ignore=shutil.ignore_patterns("static"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for name, line in breaches:
        path = _existing(tree, name)
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    return subprocess.run(
        [str(LINT), "--no-cache"], cwd=tree, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tree)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def complaint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a tree with every forbidden import."""
    done = _lint(tmp_path_factory.mktemp("breached"), list(IMPORTS.values()))

    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.partition("Broken contracts")[2]


@pytest.mark.parametrize("breach", IMPORTS)
def test_a_planted_import_is_named(breach: str, complaint: str) -> None:
    name, line = IMPORTS[breach]
    module = ".".join(_existing(ROOT, name).relative_to(ROOT).with_suffix("").parts)

    assert f"{module.removesuffix('.__init__')} -> {line.removeprefix('import ')} (l." in complaint


@pytest.mark.parametrize("breach", STRAYS)
def test_a_stray_module_is_caught(breach: str, tmp_path: Path) -> None:
    done = _lint(tmp_path, [STRAYS[breach]])

    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "not listed" in done.stdout + done.stderr
