"""``timebank import``."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.community import make_community
from timebank.community.models import MicroGrid
from timebank.kernel.db import db

Run = Callable[..., tuple[int, str, int]]


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Run:
    """Run the command on a file with this text; answer exit code and output."""
    with app.app_context():
        session: Session = db.session()
        make_community(session)
        session.commit()

    def command(text: str, *options: str, typed: str = "") -> tuple[int, str, int]:
        path = tmp_path / "places.csv"
        path.write_text(text, encoding="gb18030")
        done = app.test_cli_runner().invoke(
            args=["import", "places", str(path), *options], input=typed
        )
        with app.app_context():
            count = db.session().scalar(select(func.count()).select_from(MicroGrid)) or 0
            db.session.remove()
        return done.exit_code, done.output, count

    return command


GOOD = "网格,楼号,单元\n第三网格,8号楼,1单元\n"


def test_a_dry_run_shows_and_writes_nothing(run: Run) -> None:
    code, output, count = run(GOOD, "--dry-run")

    assert (code, count) == (0, 0)
    assert "新增 1，更改 0，不变 0，有错 0" in output


def test_it_asks_before_it_writes(run: Run) -> None:
    assert run(GOOD, typed="n\n")[0::2] == (1, 0)
    assert run(GOOD, typed="y\n")[0::2] == (0, 1)


def test_told_to_it_writes_and_the_second_time_changes_nothing(run: Run) -> None:
    code, output, count = run(GOOD, "--yes")
    assert (code, count) == (0, 1)
    assert "已写入" in output

    code, output, count = run(GOOD, "--yes", "--community", "JL")
    assert (code, count) == (0, 1)
    assert "不变 1" in output


def test_wrong_rows_and_bad_files_end_with_1_and_a_missing_community_with_2(run: Run) -> None:
    code, output, count = run(GOOD + "甲,1,1\n", "--yes")
    assert (code, count) == (1, 0)
    assert "第 3 行“网格”：“甲”里没有号数" in output

    code, output, count = run("a,b\n1,2\n", "--yes")
    assert (code, count) == (1, 0)
    assert "缺少这几列" in output
    assert run(GOOD, "--community", "XX")[0] == 2
