"""Programs that act are told in words."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.conftest import app_on
from timebank.web import programs

ROOT = Path(programs.__file__).parent.parent
# How the code names a program that acts: where it begins to act, or the job that it is.
NAMED = re.compile(
    r'program\([^)]*name="([a-z_. -]+)"|^(?:REBASE_)?JOB = "([a-z_.]+)"', re.MULTILINE
)


@pytest.fixture
def house() -> Flask:
    return app_on("sqlite")


def test_a_person_keeps_the_name_and_a_program_has_words(house: Flask) -> None:
    with house.test_request_context("/"):
        assert programs.doer_text("高洁") == "高洁"
        assert programs.doer_text("volunteering.expire") == "系统：时间到期"
        assert programs.name_of("系统：时间到期") == "volunteering.expire"
        assert programs.name_of("高洁") == "高洁"
        with force_locale("en"):
            assert programs.doer_text("volunteering.expire") == "System: expiry of hours"


def test_every_program_that_acts_has_words() -> None:
    texts = [path.read_text() for path in ROOT.rglob("*.py")]
    named = {one or other for text in texts for one, other in NAMED.findall(text)}

    assert len(named) > 20
    assert named - set(programs.WORDS) == set()
