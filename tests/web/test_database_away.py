"""While the database is away everybody is told to come back, in the reader's words."""

import pytest
from flask import Flask

from tests.make import real
from timebank.app import create_app
from timebank.kernel.ids import new_id

LATER = "系统正忙，没有存上，也没有扣"


@pytest.fixture(scope="module")
def homeless(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application whose database answers nobody."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    url = f"postgresql+psycopg://timebank_app@/timebank?host={nowhere}"
    app = create_app(real.test_settings(url))
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_a_program_with_a_token_is_told_later(homeless: Flask) -> None:
    answer = homeless.test_client().post(
        "/api/v1/projects/1/contributions",
        json={},
        headers={"Authorization": "Bearer tb_any", "Idempotency-Key": str(new_id())},
    )

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json is not None
    assert answer.json["code"] == "unavailable"


@pytest.mark.parametrize("path", ["/login", "/projects", "/healthz", "/readyz", "/no-such-page"])
def test_a_browser_that_is_logged_in_is_told_later(homeless: Flask, path: str) -> None:
    browser = homeless.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "secret"

    answer = browser.get(path)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert LATER in answer.text


@pytest.mark.parametrize("path", ["/public/projects", "/healthz"])
def test_a_stranger_is_told_later(homeless: Flask, path: str) -> None:
    answer = homeless.test_client().get(path)

    assert answer.status_code == 503
    assert LATER in answer.text
