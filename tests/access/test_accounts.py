"""Accounts and grants: who may give what to whom, and what it ends."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.conftest import SERVICE_HASHER
from tests.make.access import PASSWORD, make_actor
from tests.make.community import make_community, make_micro_grid, make_person
from timebank.access import queries, rules
from timebank.access.errors import (
    GrantEndsInPastError,
    GrantNotFoundError,
    GrantToSelfError,
    LastAdminError,
    LoginNameMalformedError,
    LoginNameTakenError,
    OwnPasswordError,
    PasswordCommonError,
    PasswordLongError,
    PasswordShortError,
    PasswordWrongError,
    PersonUnknownError,
    RoleNotYoursToGrantError,
    ScopeMismatchError,
    TriedTooOftenError,
    UserInactiveError,
    UserNotFoundError,
)
from timebank.access.models import RoleGrant, UserAccount
from timebank.access.service import accounts
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor, Channel, Reach, program
from timebank.trail.models import TrailEvent


@pytest.fixture
def admin(session: Session) -> Actor:
    """An administrator of a community."""
    return make_actor(session, community_id=make_community(session).id)


def volunteer_of(session: Session, admin: Actor) -> int:
    """Return the account of a volunteer in the administrator's community."""
    made = make_actor(session, community_id=admin.community_id, roles=[("volunteer", "own", None)])
    assert made.user_id is not None
    return made.user_id


def opened(session: Session, admin: Actor, **changes: object) -> int:
    """Open an account with some values of one's own."""
    values: dict[str, object] = {
        "login_name": "138 0000 0420",
        "password": PASSWORD,
        "person_id": None,
        "name": "王强",
        "community_id": admin.community_id,
        **changes,
    }
    return accounts.create_user(session, actor=admin, **values)  # type: ignore[arg-type]


def grant(session: Session, actor: Actor, user_id: int, **changes: object) -> queries.GrantView:
    """Give the finance role, with some values changed."""
    values: dict[str, object] = {"role": "finance", "scope_kind": "community", **changes}
    return accounts.grant_role(session, actor=actor, user_id=user_id, **values)  # type: ignore[arg-type]


def test_a_new_account_has_a_hashed_password_and_no_role(
    session: Session, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", SERVICE_HASHER)
    user_id = opened(session, admin)

    row = session.get_one(UserAccount, user_id)
    assert row.login_name == "13800000420"
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(row.password_hash, PASSWORD)
    assert not passwords.matches(row.password_hash, PASSWORD + "x")
    assert queries.held_roles(session, user_id) == []


def test_an_account_is_opened_only_for_a_known_person(session: Session, admin: Actor) -> None:
    person = make_person(session, community_id=admin.community_id)
    other = make_community(session, code="XJ", name="薛家社区")
    stranger = make_person(session, community_id=other.id)

    user_id = opened(session, admin, person_id=person.id)
    with pytest.raises(PersonUnknownError):
        opened(session, admin, login_name="another", person_id=stranger.id)

    assert session.get_one(UserAccount, user_id).person_id == person.id


def test_a_login_name_is_used_once_in_the_whole_installation(
    session: Session, admin: Actor
) -> None:
    opened(session, admin)

    with pytest.raises(LoginNameTakenError):
        opened(session, admin, login_name="１３８00000420")


@pytest.mark.parametrize("login_name", ["ab", "a b c", "<script>", "x" * 41, "张三李四🙂"])
def test_a_malformed_login_name_is_refused(session: Session, admin: Actor, login_name: str) -> None:
    with pytest.raises(LoginNameMalformedError):
        opened(session, admin, login_name=login_name)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("short-1", PasswordShortError),
        ("x" * 129, PasswordLongError),
        ("12345678", PasswordCommonError),
        ("13800000420", PasswordCommonError),
    ],
)
def test_a_weak_password_is_refused(
    session: Session, admin: Actor, password: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        opened(session, admin, password=password)


def test_a_grant_lasts_a_year_and_leaves_a_trail(session: Session, admin: Actor) -> None:
    user_id = volunteer_of(session, admin)

    made = grant(session, admin, user_id)

    assert made.expires_on == clock.today() + timedelta(days=365)
    actor = queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
    assert actor is not None
    assert actor.reach("cofund.receive") == Reach(community=True)
    actions = session.scalars(
        select(TrailEvent.action).where(TrailEvent.subject_id == str(user_id))
    ).all()
    assert list(actions) == ["access.role_granted"]


def test_a_grant_ends_after_its_last_day(session: Session, admin: Actor) -> None:
    user_id = volunteer_of(session, admin)
    grant(session, admin, user_id, expires_on=clock.today())

    held_today = queries.held_roles(session, user_id)
    with clock.fixed_at(clock.now() + timedelta(days=1)):
        held_tomorrow = queries.held_roles(session, user_id)

    assert len(held_today) == 2
    assert len(held_tomorrow) == 1


def test_nobody_gives_roles_to_themselves_by_rule_or_by_database(
    session: Session, admin: Actor
) -> None:
    assert admin.user_id is not None
    with pytest.raises(GrantToSelfError):
        grant(session, admin, admin.user_id)

    with pytest.raises(IntegrityError):
        session.execute(
            text("UPDATE role_grant SET granted_by = user_id WHERE user_id = :id"),
            {"id": admin.user_id},
        )


def test_an_administrator_cannot_make_an_operator(session: Session, admin: Actor) -> None:
    with pytest.raises(RoleNotYoursToGrantError):
        grant(session, admin, volunteer_of(session, admin), role="operator")


def test_a_volunteer_cannot_give_any_role(session: Session, admin: Actor) -> None:
    user_id = volunteer_of(session, admin)
    volunteer = queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
    assert volunteer is not None

    with pytest.raises(RoleNotYoursToGrantError):
        grant(session, volunteer, volunteer_of(session, admin), role="elder", scope_kind="own")


def test_a_grid_role_needs_a_grid_of_the_community(session: Session, admin: Actor) -> None:
    user_id = volunteer_of(session, admin)
    own = make_micro_grid(session, admin.community_id)
    other = make_community(session, code="XJ", name="薛家社区")
    foreign = make_micro_grid(session, other.id)

    made = grant(
        session, admin, user_id, role="grid_officer", scope_kind="grid", scope_id=own.grid_id
    )
    with pytest.raises(ScopeMismatchError):
        grant(
            session,
            admin,
            user_id,
            role="grid_officer",
            scope_kind="grid",
            scope_id=foreign.grid_id,
        )
    with pytest.raises(ScopeMismatchError):
        grant(session, admin, user_id, role="grid_officer", scope_kind="community")

    assert made.scope_id == own.grid_id


def test_a_grant_that_has_ended_before_it_begins_is_refused(session: Session, admin: Actor) -> None:
    with pytest.raises(GrantEndsInPastError):
        grant(session, admin, volunteer_of(session, admin), expires_on=date(2020, 1, 1))


def test_accounts_of_another_community_are_not_found(session: Session, admin: Actor) -> None:
    other = make_community(session, code="XJ", name="薛家社区")
    stranger = make_actor(session, community_id=other.id)
    assert stranger.user_id is not None
    foreign_grant = session.scalars(
        select(RoleGrant.id).where(RoleGrant.user_id == stranger.user_id)
    ).one()

    with pytest.raises(UserNotFoundError):
        grant(session, admin, stranger.user_id)
    with pytest.raises(UserNotFoundError):
        accounts.set_password(session, actor=admin, user_id=stranger.user_id, password=PASSWORD)
    with pytest.raises(UserNotFoundError):
        accounts.deactivate_user(session, actor=admin, user_id=stranger.user_id)
    with pytest.raises(GrantNotFoundError):
        accounts.revoke_role(session, actor=admin, user_id=stranger.user_id, grant_id=foreign_grant)


def test_a_role_is_revoked_once(session: Session, admin: Actor) -> None:
    user_id = volunteer_of(session, admin)
    made = grant(session, admin, user_id)

    accounts.revoke_role(session, actor=admin, user_id=user_id, grant_id=made.id)

    with pytest.raises(GrantNotFoundError):
        accounts.revoke_role(session, actor=admin, user_id=user_id, grant_id=made.id)
    assert [held.role for held in queries.held_roles(session, user_id)] == ["volunteer"]


def test_the_last_administrator_cannot_be_removed(session: Session, admin: Actor) -> None:
    keeper = program(community_id=admin.community_id, name="keeper", channel=Channel.CLI)
    assert admin.user_id is not None
    (only,) = queries.user(session, community_id=admin.community_id, user_id=admin.user_id).grants

    with pytest.raises(LastAdminError):
        accounts.revoke_role(session, actor=keeper, user_id=admin.user_id, grant_id=only.id)
    with pytest.raises(LastAdminError):
        accounts.deactivate_user(session, actor=keeper, user_id=admin.user_id)

    second = make_actor(session, community_id=admin.community_id, name="孙敏")
    accounts.deactivate_user(session, actor=second, user_id=admin.user_id)
    assert not session.get_one(UserAccount, admin.user_id).is_active


def test_an_account_that_is_switched_off_is_nobody_and_gets_no_role(
    session: Session, admin: Actor
) -> None:
    user_id = volunteer_of(session, admin)

    accounts.deactivate_user(session, actor=admin, user_id=user_id)

    assert queries.actor_of(session, user_id=user_id, channel=Channel.WEB) is None
    with pytest.raises(UserInactiveError):
        grant(session, admin, user_id)
    accounts.activate_user(session, actor=admin, user_id=user_id)
    assert queries.actor_of(session, user_id=user_id, channel=Channel.WEB) is not None


def test_nobody_takes_over_an_account_with_a_role_they_could_not_give(
    session: Session, admin: Actor
) -> None:
    operator = make_actor(
        session, community_id=admin.community_id, roles=[("operator", "community", None)]
    )
    assert operator.user_id is not None

    with pytest.raises(RoleNotYoursToGrantError):
        accounts.set_password(
            session, actor=admin, user_id=operator.user_id, password="another-good-one"
        )
    with pytest.raises(RoleNotYoursToGrantError):
        accounts.deactivate_user(session, actor=admin, user_id=operator.user_id)
    with pytest.raises(RoleNotYoursToGrantError):
        accounts.activate_user(session, actor=admin, user_id=operator.user_id)


def test_ones_own_password_is_changed_only_with_the_present_one(
    session: Session, admin: Actor
) -> None:
    assert admin.user_id is not None
    with pytest.raises(OwnPasswordError):
        accounts.set_password(
            session, actor=admin, user_id=admin.user_id, password="another-good-one"
        )
    with pytest.raises(PasswordWrongError):
        accounts.change_password(
            session, actor=admin, current_password="wrong", new_password="another-good-one"
        )

    accounts.change_password(
        session, actor=admin, current_password=PASSWORD, new_password="another-good-one"
    )

    stored = session.get_one(UserAccount, admin.user_id).password_hash
    assert passwords.matches(stored, "another-good-one")


def test_an_open_browser_is_no_place_to_guess_the_password(session: Session, admin: Actor) -> None:
    def change(current_password: str) -> None:
        accounts.change_password(
            session, actor=admin, current_password=current_password, new_password="quiet-river-42"
        )

    for _ in range(rules.ACCOUNT_TRIES_FREE):
        with pytest.raises(PasswordWrongError) as refused:
            change("wrong-password")
        assert refused.value.aftermath is not None
        refused.value.aftermath(session)

    with pytest.raises(TriedTooOftenError):
        change(PASSWORD)


def test_preferences_are_kept_with_the_person(session: Session, admin: Actor) -> None:
    accounts.set_preferences(session, actor=admin, text_size="elder")
    accounts.set_preferences(session, actor=admin, locale="en")

    assert admin.user_id is not None
    row = session.get_one(UserAccount, admin.user_id)
    assert (row.text_size, row.locale) == ("elder", "en")
