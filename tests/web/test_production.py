"""What changes when the service is on duty: cookies, hosts, transport, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.make import real
from timebank import settings as settings_module
from timebank.app import create_app
from timebank.settings import SettingsError


@pytest.fixture(scope="module")
def duty(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    address = f"sqlite:///{tmp_path_factory.mktemp('duty') / 'duty.db'}"
    settings = replace(
        real.test_settings(address), is_production=True, trusted_hosts=("jiulong.example",)
    )
    app = create_app(settings)
    engine = real.owner_engine(app)
    real.build_schema(engine)
    engine.dispose()
    return app


def test_the_cookie_is_bound_to_host_and_transport(duty: Flask) -> None:
    answer = duty.test_client().get("/login", base_url="https://jiulong.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-timebank=")
    for mark in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert mark in cookie
    assert "Domain" not in cookie


def test_browsers_are_told_to_stay_on_https(duty: Flask) -> None:
    answer = duty.test_client().get("/healthz", base_url="https://jiulong.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_other_host_names_are_refused(duty: Flask) -> None:
    answer = duty.test_client().get("/login", base_url="https://evil.example")
    assert answer.status_code == 400


def test_figures_for_machines_are_not_public(duty: Flask) -> None:
    client = duty.test_client()
    address = "https://jiulong.example"
    near = client.get("/metrics", base_url=address)
    far = client.get("/metrics", base_url=address, headers={"X-Forwarded-For": "203.0.113.7"})
    assert (near.status_code, far.status_code) == (200, 404)


def test_production_does_not_start_without_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIMEBANK_PRODUCTION", "1")
    monkeypatch.delenv("TIMEBANK_SECRET_KEY", raising=False)
    with pytest.raises(SettingsError, match="TIMEBANK_SECRET_KEY"):
        settings_module.load(tmp_path)


def test_a_first_start_makes_secrets_once_and_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in settings_module.new_secrets():
        monkeypatch.delenv(name, raising=False)
    first, second = settings_module.load(tmp_path), settings_module.load(tmp_path)
    assert first.secret_key == second.secret_key
    assert first.field_key == second.field_key
    assert (tmp_path / "secrets.env").stat().st_mode & 0o077 == 0
