"""No page leads its reader to one that they may not open."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask

from tests.make import house, real
from tests.make.access import log_in
from tests.make.fuzz import actor_of_login
from timebank.kernel.db import db

READERS = (
    "volunteer1", "elder1", "zhaomin", "liuyan", "sunli", "chenli", "grid3", "steward3",
    "gaojie", "operator", "auditor", "lintao",
)  # fmt: skip
PAGES_MAX = 400
# Files take long to make and lead nowhere.
FILES = re.compile(r"^/static/|\.(?:csv|xlsx|ics|zip|json|pdf|svg)(?:\?|$)")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+")


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with real.real_app("sqlite", source=house.lived_in("sqlite")) as opened:
        opened.testing = False
        yield opened


@pytest.mark.parametrize("login", READERS)
def test_no_page_leads_its_reader_to_a_closed_one(app: Flask, login: str) -> None:
    client = app.test_client()
    with app.app_context():
        log_in(client, db.session(), actor_of_login(db.session(), login))
        db.session.remove()
    waiting, shapes, closed = {"/": ""}, {"/"}, []
    for _ in range(PAGES_MAX):
        if not waiting:
            break
        address = next(iter(waiting))
        came_from = waiting.pop(address)
        answer = client.get(address)
        if answer.status_code >= 400:
            closed.append(f"{answer.status_code} {address} on {came_from}")
            continue
        links = [answer.headers["Location"]] if answer.status_code in {302, 303} else []
        if answer.mimetype == "text/html":
            links += [unescape(one) for one in re.findall(r'href="(/[^"#]*)', answer.text)]
        for link in links:
            if (shape := _shape(link)) not in shapes and not FILES.search(link):
                shapes.add(shape)
                waiting[link] = address

    assert closed == []
    assert len(shapes) > 5


def _shape(address: str) -> str:
    """An address without its ids and values: one page of each shape is opened."""
    path, _, asked = address.partition("?")
    names = sorted(part.partition("=")[0] for part in asked.split("&"))
    return f"{IDS.sub('0', path)}?{'&'.join(names)}"
