"""The linters of the house, run as part of the tests so that nobody can forget them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.trees import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy", "timebank", "tests", "wsgi.py"],
        ["djlint", "templates", "--lint", "--quiet"],
        ["lint-imports"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_linter_is_content(command: list[str]) -> None:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
