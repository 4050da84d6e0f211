"""A house in use: the demo community on a database of its own, served on a loopback port."""

import logging
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.make import real
from timebank.care.models.desk import MemberCard
from timebank.care.queries import catalogue
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.service import redemptions
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.whistles import CaseWhistle
from timebank.cases.service import call_links
from timebank.cli.demo import load
from timebank.cli.demo.cast import PASSWORD, Cast
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel, Reach
from timebank.kernel.db import db, transaction
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id

# The one that never has a window comes first: it is the same browser and works a third less.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
NO_CHROMIUM = "no Chromium on this machine; CI installs it"
SCALE = 0.15


@dataclass(frozen=True, slots=True)
class House:
    """Where the service answers, and the application behind it."""

    base: str
    app: Flask
    card_no: str
    call_token: str


def lived_in(engine_name: str) -> str:
    """A database in which the demo community has lived its year: a file path or a name.

    Its year ends today: a run that goes past midnight makes another.
    """
    return _lived_in(engine_name, f"{clock.today():%m%d}")


@cache
def _lived_in(engine_name: str, day: str) -> str:
    return real.kept(engine_name, f"lived_in_{engine_name}_{day}", _live)


def _live(app: Flask) -> None:
    with app.app_context():
        _serve_somebody_now(load.live_a_year(load.load_files(), scale=SCALE))


def _serve_somebody_now(cast: Cast) -> None:
    """Let the counter have served somebody today, whatever the hour is."""

    def serve(session: Session) -> None:
        offered = catalogue.services(
            session,
            community_id=cast.community_id,
            day=clock.today(),
            centre_id=cast.centre_id,
        )
        cheap = next(one for one in offered if one.minutes == 30)
        for person in cast.volunteers[:6]:
            with suppress(DomainError), session.begin_nested():
                redemptions.redeem(
                    session,
                    actor=cast.counter,
                    key=new_id(),
                    centre_id=cheap.centre_id,
                    person_id=person.id,
                    wanted=[Wanted(cheap.id, 1)],
                    proven=Proven(signed_slip=f"T{person.id}"),
                )

    transaction(serve)


@contextmanager
def house(engine_name: str) -> Iterator[House]:
    """Serve a fresh copy of the lived-in community."""
    with real.real_app(engine_name, source=lived_in(engine_name)) as app:
        app.testing = False
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, _held_on_this_day(app), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        yield House(base, app, _first_card(app), _call_token(app))
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def _held_on_this_day(app: Flask) -> WSGIApplication:
    """The application, for which midnight does not come: what was done today stays today's."""
    last = clock.day_bounds(clock.today())[1] - timedelta(seconds=1)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if clock.now() <= last:
            return app(environ, start_response)
        with clock.fixed_at(last):
            return app(environ, start_response)

    return answer


def _first_card(app: Flask) -> str:
    """The number of a card that is in use."""
    with app.app_context():
        number = db.session.scalar(select(MemberCard.card_no).order_by(MemberCard.id).limit(1))
        db.session.remove()
    return str(number)


def _call_token(app: Flask) -> str:
    """The secret of a link for a department that has not yet reported in."""

    def make(session: Session) -> str:
        part = session.scalars(
            select(CaseWhistle)
            .where(CaseWhistle.ended_at.is_(None))
            .order_by(CaseWhistle.id.desc())
        ).first()
        assert part is not None
        case = session.get_one(CaseFile, part.case_id)
        admin = Actor(
            community_id=case.community_id,
            name="t",
            channel=Channel.WEB,
            permissions={"case.work": Reach(community=True)},
        )
        return call_links.make_link(
            session, actor=admin, case_id=case.id, whistle_id=part.id, key=new_id()
        ).token

    with app.app_context():
        return transaction(make)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking",
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
