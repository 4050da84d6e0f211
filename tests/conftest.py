"""Every test that touches the database runs on both engines, each in a transaction rolled back."""

import atexit
import gc
import os
import shutil
from collections.abc import Iterator
from contextvars import copy_context
from functools import cache
from typing import Any, cast

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.globals import _cv_app, _cv_request
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser as Chromium
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from xdist.scheduler import LoadScopeScheduling

from tests.make import house, real
from timebank.kernel import passwords
from timebank.kernel.db import db

# What takes long begins early, so that no worker waits for another's last test.
# First what takes longest: all that stands in a file shares something that is dear to make. The
# first two make the lived-in community, each on an engine; what else needs it finds it made.
SHARING = (
    "tests/browser/test_gate.py::test_page_meets_the_gate",
    "tests/api/test_fuzz.py",
    "tests/benchmarks/",
    "tests/ledger/test_stateful.py",
    "tests/browser/",
    "tests/api/",
    "tests/cli/",
)
# Then what is handed out test by test.
LONG = (
    "tests/drills/",
    "tests/planted/",
    "tests/journeys/",
    "tests/house/test_linters",
    "tests/house/test_route_matrix",
)


class _Workers(LoadScopeScheduling):  # type: ignore[misc]  # the library is not typed
    """Keeps the tests of a file on one engine on one worker, where they share what is dear to make.

    Marks of groups do not do it: xdist 3.8 writes them where pytest 9.2 does not read them.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(LONG):
            return nodeid
        file, _, test = nodeid.partition("::")
        if file == "tests/browser/test_gate.py":
            return f"{file} {test.partition('[')[0]}"
        return f"{file} {'postgresql' in test}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Workers:
    """Hand out the tests to the workers in this way."""
    config.option.loadscopereorder = False  # which would begin with most tests, not with longest
    return _Workers(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, after the order was shuffled."""
    ranks = {start: rank for rank, start in enumerate((*SHARING, *LONG))}

    def rank_of(item: pytest.Item) -> int:
        found = (rank for start, rank in ranks.items() if item.nodeid.startswith(start))
        return next(found, len(ranks))

    items.sort(key=rank_of)


def pytest_configure(config: pytest.Config) -> None:
    """Open the folder that all workers of this run share, and clear it away in the very end."""
    if not hasattr(config, "workerinput"):
        shared = real.new_folder(in_memory=True)
        os.environ[real.SHARED_FOLDER] = str(shared)
        atexit.register(shutil.rmtree, shared, ignore_errors=True)


def pytest_collection_finish() -> None:
    """Never again look through what was loaded for something that nobody holds any more."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where skips are forbidden, a skipped test is a failed run."""
    if report.skipped and os.environ.get("TIMEBANK_FORBID_SKIPS"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when something was skipped and may not be."""
    if _skipped and not hasattr(session.config, "workerinput"):
        print(f"skipped, and skips are forbidden here: {_skipped}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


_skipped: list[str] = []

# How long a machine takes under load says nothing about what it computes.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Hashing as the service does it costs 50 ms and proves nothing more than hashing cheaply does.
SERVICE_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(memory_cost=8, time_cost=1, parallelism=1)


@cache
def app_on(engine_name: str) -> Flask:
    """One application for the whole run on an engine's shared database."""
    app = real.new_app(real.test_settings(real.shared_address(engine_name)))
    app.testing = True
    # Tests of forms post without a token; others switch the guard on and prove it.
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture(params=real.ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that this run of the test uses."""
    return str(request.param)


@pytest.fixture
def app(engine_name: str) -> Iterator[Flask]:
    """The application, its database inside a transaction that is rolled back at the end."""
    app = app_on(engine_name)
    with app.app_context():
        engine = db.engines[None]
        assert isinstance(engine, Engine)
        connection = engine.connect()
        outer = connection.begin()
        engines = cast("dict[str | None, Any]", db.engines)  # a connection serves as an engine here
        engines[None] = connection
        db.session.remove()
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    yield app
    with app.app_context():
        db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
        engines[None] = engine
        outer.rollback()
        connection.close()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session in the test's transaction; services are called with it directly."""
    with app.test_request_context("/"):
        yield db.session()
        db.session.remove()


class Browser(FlaskClient):
    """A browser without a window, whose requests share no context with the test that makes them."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request from a context of its own; only a clock that is held goes along."""
        return copy_context().run(self._open_outside, *args, **kwargs)

    def _open_outside(self, *args: Any, **kwargs: Any) -> TestResponse:
        _cv_app.set(None)  # type: ignore[arg-type]  # as in a process that has no context yet
        _cv_request.set(None)  # type: ignore[arg-type]  # likewise
        return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a window."""
    return Browser(app, app.response_class, use_cookies=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """A real Chromium, one for the whole run: two at once would not share a process."""
    if house.CHROMIUM is None:
        pytest.skip(house.NO_CHROMIUM)
    with house.chromium() as one:
        yield one
