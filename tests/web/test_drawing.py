"""Pages are drawn and addressed as Jinja and Flask do it, only with less work."""

from typing import Any

import pytest
from flask import Flask
from flask.templating import Environment
from jinja2 import pass_context
from markupsafe import Markup, escape

from timebank.kernel.actor import Channel
from timebank.web.drawing import Drawing, shown


class Drawn:
    """Something that draws itself."""

    def __html__(self) -> str:
        return "<i>自己</i>"


VALUES: tuple[Any, ...] = (
    "平常", "<script>", "A & B", "'单' \"双\"", "", 7, -7, True, None, 1.5, Markup("<b>粗</b>"),
    Channel.WEB, Drawn(), [1, "<"], ("&",), {"<": ">"},
)  # fmt: skip

TEMPLATES = (
    "{{ value }}",
    (
        "{% macro one(x, y='<') %}<p>{{ x }}{{ y }}{{ caller() if caller else '' }}</p>"
        "{% endmacro %}{{ one(value) }}{{ one(value, y=value) }}"
        "{% call one(value) %}{{ value }}{% endcall %}"
    ),
    "{% for one in [value, value] %}{{ loop.index }}{{ one }}{{ told() }}{% endfor %}",
    "{% set kept %}{{ value }}{% endset %}{{ kept }}{{ value|string|upper }}{{ absent }}",
    "{% autoescape false %}{{ value }}{% endautoescape %}{{ value|safe }}",
    "{{ plain(value) }}{{ '%s'|format(value) }}{{ [value, '<']|join(',') }}{{ value ~ '<' }}",
)


@pass_context
def told(context: Any) -> str:
    """Return something of the context that a template is in."""
    return f"<{context.get('one', '')}>"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_drawn_sign_by_sign_as_by_the_library(template: str) -> None:
    app = Flask("drawn")
    drawn = []
    for kind in (Environment, Drawing):
        found = kind(app, autoescape=True)
        found.globals.update(told=told, plain=lambda value: value)
        drawn.append([found.from_string(template).render(value=value) for value in VALUES])

    assert drawn[1] == drawn[0]


@pytest.mark.parametrize("value", VALUES)
def test_what_is_shown_is_escaped(value: object) -> None:
    assert shown(value) == escape(value)


@pytest.mark.parametrize("before", ["", "/timebank", "/timebank/"])
def test_every_address_is_the_one_that_flask_gives(app: Flask, before: str) -> None:
    app.test_client().get("/healthz")
    some_id = "0198c0de-0000-7000-8000-000000000007"
    with app.test_request_context("/ledger/accounts/7", environ_overrides={"SCRIPT_NAME": before}):
        for rule in app.url_map.iter_rules():
            if "<any(" in rule.rule:
                continue  # takes but its own words
            asked = dict.fromkeys(rule.arguments, some_id if "uuid" in rule.rule else 7)
            for more in ({}, {"cursor": "甲 &乙", "empty": None, "many": ["1", "2"]}):
                sent: dict[str, Any] = {**asked, **more}
                theirs = Flask.url_for(app, rule.endpoint, **sent)
                assert app.url_for(rule.endpoint, **sent) == theirs
        for name in (".books", ".account"):
            sent = {"account_id": 7} if name == ".account" else {}
            assert app.url_for(name, **sent) == Flask.url_for(app, name, **sent)
        assert app.url_for(".books", _external=True).startswith("http")
