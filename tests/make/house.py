"""A house in use: the demo community on a database of its own, served on a loopback port."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from tests.make import real
from timebank.cli.demo import load
from timebank.cli.demo.cast import PASSWORD
from timebank.kernel.db import db

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NO_CHROMIUM = "no Chromium on this machine; CI installs it"
SCALE = 0.15


@dataclass(frozen=True, slots=True)
class House:
    """Where the service answers, and the application behind it."""

    base: str
    app: Flask


@cache
def lived_in(engine_name: str) -> str:
    """A database in which the demo community has lived its year: a file path or a name."""
    with real.real_app(engine_name) as app:
        with app.app_context():
            load.live_a_year(load.load_files(), scale=SCALE)
            db.session.remove()
            db.engine.dispose()
        return real.keep_copy(app, f"lived_in_{engine_name}")


@contextmanager
def house(engine_name: str) -> Iterator[House]:
    """Serve a fresh copy of the lived-in community."""
    with real.real_address(engine_name, source=lived_in(engine_name)) as address:
        app = real.create_app(real.test_settings(address))
        server = create_server(app.wsgi_app, host="127.0.0.1", port=0, threads=8)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield House(f"http://127.0.0.1:{server.effective_port}", app)
        server.close()
        thread.join(timeout=10)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        )  # fmt: skip
        yield browser
        browser.close()


def open_page(
    browser: Browser,
    at: House,
    login_name: str | None = None,
    *,
    width: int = 360,
    height: int = 800,
    language: str = "zh-CN",
    script: bool = True,
) -> Page:
    """A page of a fresh browser session, logged in when a name is given."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=language, java_script_enabled=script
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    if login_name is not None:
        page.goto(f"{at.base}/login")
        page.fill("input[name=login_name]", login_name)
        page.fill("input[name=password]", PASSWORD)
        page.locator("main form button[type=submit]").last.click()
        page.wait_for_load_state()
    return page


def screenshots() -> Path:
    """Where failed looks are kept."""
    path = real.folder() / "screenshots"
    path.mkdir(exist_ok=True)
    return path
