"""Flask as this house uses it."""

from types import CodeType
from typing import Any  # what writes an address is the library's own

import pytest
from werkzeug.routing import Rule

from timebank.web.house import House, Route


def test_an_address_is_written_though_its_route_waits_until_it_is_asked() -> None:
    app = House("timebank")
    app.add_url_rule("/", "front", lambda: "")
    app.add_url_rule("/cases/<int:case_id>/<path:name>", "paper", lambda case_id, name: "")
    app.add_url_rule("/list", "list", defaults={"tab": "all"})
    app.add_url_rule("/list/<tab>", "list", lambda tab: "")

    assert all(isinstance(rule, Route) for rule in app.url_map.iter_rules())
    at = app.url_map.bind("house.example")
    for _ in range(2):
        assert at.build("front") == "/"
        assert at.build("paper", {"case_id": 7, "name": "a b/字"}) == "/cases/7/a%20b/%E5%AD%97"
        assert at.build("paper", {"case_id": 7, "name": "a", "q": "字"}) == "/cases/7/a?q=%E5%AD%97"
        assert at.build("list", {"tab": "all"}) == "/list"
        assert at.build("list", {"tab": "own"}) == "/list/own"
        assert at.match("/list/own") == ("list", {"tab": "own"})


def test_nothing_writes_addresses_before_one_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    make, made = Rule._get_func_code, list[str]()

    def counted(code: CodeType, name: str) -> Any:
        made.append(name)
        return make(code, name)

    monkeypatch.setattr(Rule, "_get_func_code", staticmethod(counted))
    app = House("timebank")
    app.add_url_rule("/<int:number>", "page", lambda number: "")
    at = app.url_map.bind("house.example")

    assert at.match("/7") == ("page", {"number": 7})
    assert made == []
    assert at.build("page", {"number": 7}) == at.build("page", {"number": 7}) == "/7"
    assert len(made) == 1
