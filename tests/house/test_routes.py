"""Every route declares who may pass and what it does to the database."""

from flask import Flask

from tests.conftest import app_on
from timebank.web import nav

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def _views(app: Flask) -> dict[str, object]:
    return {name: view for name, view in app.view_functions.items() if name != "static"}


def test_every_route_declares_its_permission() -> None:
    missing = [n for n, view in _views(app_on("sqlite")).items() if not hasattr(view, "permission")]
    assert missing == []


def test_every_route_declares_its_transaction() -> None:
    views = _views(app_on("sqlite"))
    assert [n for n, view in views.items() if not hasattr(view, "transaction")] == []


def test_unsafe_routes_write_and_safe_ones_only_read() -> None:
    app = app_on("sqlite")
    wrong = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        does = getattr(view, "transaction", None)
        is_unsafe = bool(UNSAFE & (rule.methods or set()))
        if rule.endpoint != "static" and does != ("writes" if is_unsafe else "reads"):
            wrong.append(rule.endpoint)
    assert wrong == []


def test_every_tab_of_the_frame_leads_somewhere() -> None:
    endpoints = {tab.endpoint for tab in (*nav.RESIDENT_TABS, *nav.STAFF_TABS)}
    assert endpoints - set(app_on("sqlite").view_functions) == set()
