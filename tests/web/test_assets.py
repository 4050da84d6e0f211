"""Static files are fetched once: a new content has a new address."""

from flask import Flask, url_for
from flask.testing import FlaskClient


def test_an_address_with_its_digest_is_kept_for_a_year(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context("/"):
        address = url_for("static", filename="css/timebank.css")
    assert "?v=" in address
    answer = client.get(address)
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/css/timebank.css").headers["Cache-Control"]
