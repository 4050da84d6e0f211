"""How tests look at pages and send forms as somebody."""

import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in
from timebank.kernel import ids
from timebank.kernel.actor import Actor


def see(client: FlaskClient, session: Session, actor: Actor, url: str, status: int = 200) -> str:
    """Return what an actor sees at an address, on one line."""
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", answer.text)


def send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    """Send a form as an actor."""
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})
