"""API tokens: shown once, narrower than their owner, worthless when revoked."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community
from tests.make.forms import csrf_token, submit
from timebank.access.errors import TokenLimitError, TokenScopeEmptyError, TokenScopeError
from timebank.access.models import ApiToken
from timebank.access.rules import TOKENS_MAX
from timebank.access.service import accounts, tokens
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.web.models import RequestKey


@pytest.fixture
def admin(session: Session) -> Actor:
    """An administrator."""
    actor = make_actor(session, community_id=make_community(session).id)
    session.commit()
    return actor


def issued(session: Session, actor: Actor, *scopes: str) -> str:
    """Make a token and return its secret."""
    made = tokens.issue_token(session, actor=actor, name="报表", scopes=scopes)
    session.commit()
    return made.secret


def bearer(secret: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_does_what_it_names_and_nothing_else(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    secret = issued(session, admin, "access.manage")

    allowed = client.get("/api/v1/users", headers=bearer(secret))
    refused = client.get("/api/v1/trail-events", headers=bearer(secret))

    assert allowed.status_code == 200
    assert refused.status_code == 403
    assert refused.get_json()["code"] == "permission_missing"


def test_a_token_needs_no_cookie_and_no_form_token(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    secret = issued(session, admin, "access.manage")

    answer = client.post(
        "/api/v1/users",
        json={"login_name": "program", "name": "程序", "password": "lake-lamp-seven"},
        headers=bearer(secret),
    )

    assert answer.status_code == 201
    assert "password" not in answer.get_json()


def test_a_wrong_token_is_not_rescued_by_a_good_cookie(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    answer = client.get("/api/v1/me", headers=bearer("tb_wrong"))

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_is_worthless_at_once(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    secret = issued(session, admin, "profile.read")
    assert client.get("/api/v1/me", headers=bearer(secret)).status_code == 200
    log_in(client, session, admin)
    token_id = session.scalars(select(ApiToken.id)).one()

    revoked = submit(client, f"/me/security/tokens/{token_id}/revoke")

    assert revoked.status_code == 303
    assert client.get("/api/v1/me", headers=bearer(secret)).status_code == 401


def test_a_token_ends_by_itself(client: FlaskClient, session: Session, admin: Actor) -> None:
    secret = issued(session, admin, "profile.read")

    with clock.fixed_at(clock.now() + timedelta(days=91)):
        assert client.get("/api/v1/me", headers=bearer(secret)).status_code == 401


def test_a_token_loses_what_its_owner_loses(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    user = make_actor(
        session, community_id=admin.community_id, roles=[("auditor", "community", None)]
    )
    secret = issued(session, user, "trail.read")
    assert client.get("/api/v1/trail-events", headers=bearer(secret)).status_code == 200

    accounts.deactivate_user(session, actor=admin, user_id=user.user_id or 0)
    session.commit()

    assert client.get("/api/v1/trail-events", headers=bearer(secret)).status_code == 401


def test_the_secret_is_shown_once_and_stored_nowhere(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    made = submit(
        client,
        "/me/security/tokens",
        {"name": "每晚导出", "scopes": ["profile.read"], "days": "30", "_key": "0" * 32},
    )

    page = made.get_data(as_text=True)
    assert made.status_code == 201
    row = session.scalars(select(ApiToken)).one()
    begins = page.index(row.prefix)
    secret = page[begins : begins + 46]
    assert client.get("/api/v1/me", headers=bearer(secret)).status_code == 200
    again = client.get("/me/security").get_data(as_text=True)
    assert "每晚导出" in again
    assert secret not in again
    assert secret not in str(vars(row))
    assert session.scalars(select(RequestKey)).all() == []


def test_the_api_shows_the_secret_once_too(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)
    token = {"X-CSRFToken": csrf_token(client), "Idempotency-Key": "0" * 32}

    made = client.post(
        "/api/v1/tokens", json={"name": "x", "scopes": ["profile.read"]}, headers=token
    )

    assert made.status_code == 201
    assert made.get_json()["secret"].startswith("tb_")
    (listed,) = client.get("/api/v1/tokens").get_json()
    assert "secret" not in listed
    assert session.scalars(select(RequestKey)).all() == []


def test_a_token_cannot_make_another(client: FlaskClient, session: Session, admin: Actor) -> None:
    secret = issued(session, admin, "access.token")

    answer = client.post(
        "/api/v1/tokens",
        json={"name": "child", "scopes": ["access.token"]},
        headers=bearer(secret),
    )

    assert answer.status_code == 403
    assert answer.get_json()["code"] == "token_by_token"


def test_a_token_cannot_do_more_than_its_owner(session: Session, admin: Actor) -> None:
    volunteer = make_actor(
        session, community_id=admin.community_id, roles=[("volunteer", "own", None)]
    )

    with pytest.raises(TokenScopeError):
        tokens.issue_token(session, actor=volunteer, name="x", scopes=["access.manage"])
    with pytest.raises(TokenScopeEmptyError):
        tokens.issue_token(session, actor=volunteer, name="x", scopes=[])


def test_tokens_are_few(session: Session, admin: Actor) -> None:
    for _ in range(TOKENS_MAX):
        tokens.issue_token(session, actor=admin, name="x", scopes=["profile.read"])

    with pytest.raises(TokenLimitError):
        tokens.issue_token(session, actor=admin, name="x", scopes=["profile.read"])


def test_a_refused_token_form_says_what_is_missing_and_keeps_the_rest(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    answer = submit(client, "/me/security/tokens", {"name": "每晚导出", "days": "999"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="每晚导出"' in page
    assert "365" in page


def test_tokens_of_others_are_not_found(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    other = make_actor(session, community_id=admin.community_id)
    issued(session, other, "profile.read")
    token_id = session.scalars(select(ApiToken.id)).one()
    log_in(client, session, admin)

    answer = submit(client, f"/me/security/tokens/{token_id}/revoke")

    assert answer.status_code == 404
