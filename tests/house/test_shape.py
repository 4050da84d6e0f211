"""The shape of the house: sizes, the one commit, who reads the environment, room files."""

import ast

import pytest

from tests.house import trees
from timebank.kernel.db import db

LINES_MAX = 400
FUNCTION_LINES_MAX = 60
ROOM_FILES = {"__init__", "errors", "rules", "models", "queries", "verify", "service"} | {
    "schemas", "pages", "api", "cli",
}  # fmt: skip
ROOMS = (
    "access", "bank", "care", "cases", "cofund", "community", "deliberation", "jobs", "ledger",
    "notices", "outreach", "reports", "trail", "volunteering",
)  # fmt: skip
# Tables of the installation itself, which belong to no community.
SHARED_TABLES = {"community", "request_key", "job", "login_throttle", "login_session"}


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        trees.label(path): count
        for path in trees.modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES_MAX
    }
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{trees.label(path)}:{node.name}": size
        for path in trees.modules()
        for node in trees.functions(path)
        if (size := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_the_package_commits_in_one_place() -> None:
    commits = [
        trees.label(path)
        for path in trees.modules()
        for node in ast.walk(trees.tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]
    assert commits == ["timebank/kernel/db.py"]


def test_only_settings_read_the_environment() -> None:
    readers = {
        trees.label(path)
        for path in trees.modules()
        for node in ast.walk(trees.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= {"timebank/settings.py"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_only_the_agreed_files(room: str) -> None:
    names = {
        path.stem
        for path in (trees.PACKAGE / room).iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }
    assert names <= ROOM_FILES


def test_every_init_is_a_docstring_and_nothing_else() -> None:
    busy = [
        trees.label(path)
        for path in trees.modules()
        if path.name == "__init__.py"
        and not (len(trees.tree(path).body) == 1 and ast.get_docstring(trees.tree(path)))
    ]
    assert busy == []


def test_sql_text_is_never_composed_from_values() -> None:
    """``text(f"…")`` is left to places that only ever insert names known to the code."""
    allowed = {
        "timebank/kernel/grants.py",
        "timebank/kernel/append_only.py",
        "timebank/cli/schema.py",
    }
    composed = {
        trees.label(path)
        for path in trees.modules()
        for node in ast.walk(trees.tree(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "text"
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
    }
    assert composed <= allowed


def test_every_row_belongs_to_a_community() -> None:
    homeless = {
        table.name
        for table in db.metadata.sorted_tables
        if "community_id" not in table.columns
        and not any("community_id" in key.column.table.columns for key in table.foreign_keys)
    }
    assert homeless <= SHARED_TABLES
