"""The matrix, the limits and the passwords, as pure rules."""

from datetime import timedelta

import pytest

from timebank.access import rules
from timebank.access.rules import Far, Held, Role, ScopeKind
from timebank.kernel.actor import Reach


def held(role: Role, scope_kind: ScopeKind, scope_id: int | None = None) -> Held:
    """Return a role within a scope."""
    return Held(role, scope_kind, scope_id)


def test_an_account_without_roles_reaches_only_its_own_things() -> None:
    allowed = rules.permissions_for(())

    assert set(allowed) == rules.EVERYBODY
    assert set(allowed.values()) == {Reach(own=True)}


def test_a_grid_officer_reaches_the_grids_granted_and_own_things() -> None:
    allowed = rules.permissions_for(
        (
            held(Role.GRID_OFFICER, ScopeKind.GRID, 3),
            held(Role.GRID_OFFICER, ScopeKind.GRID, 5),
        )
    )

    assert allowed["case.work"] == Reach(grid_ids=frozenset({3, 5}))
    assert allowed["case.read"] == Reach(own=True, grid_ids=frozenset({3, 5}))
    assert "care.redeem" not in allowed


def test_a_manager_reaches_the_centre_but_projects_everywhere() -> None:
    allowed = rules.permissions_for((held(Role.CENTRE_MANAGER, ScopeKind.CENTRE, 7),))

    assert allowed["care.redeem"] == Reach(centre_ids=frozenset({7}))
    assert allowed["cofund.propose"] == Reach(community=True)


def test_an_auditor_of_the_city_is_wide_everywhere_he_reads() -> None:
    allowed = rules.permissions_for((held(Role.AUDITOR, ScopeKind.CITY),))

    assert allowed["trail.read"] == Reach(community=True, city=True)


def test_the_auditor_writes_nothing_and_the_operator_sees_no_business() -> None:
    auditor = rules.permissions_for((held(Role.AUDITOR, ScopeKind.COMMUNITY),))
    operator = rules.permissions_for((held(Role.OPERATOR, ScopeKind.COMMUNITY),))

    wide_for_auditor = {name for name, reach in auditor.items() if reach.is_wide}
    wide_for_operator = {name for name, reach in operator.items() if reach.is_wide}

    assert {name.split(".")[1] for name in wide_for_auditor} == {"read", "audit"}
    assert wide_for_operator == {"access.manage"}


def test_nobody_who_records_hours_at_a_counter_may_approve_them() -> None:
    counter = rules.permissions_for((held(Role.COUNTER, ScopeKind.CENTRE, 1),))

    assert "hours.record" in counter
    assert "hours.approve" not in counter


def test_every_cell_of_the_matrix_is_for_a_known_role() -> None:
    assert all(isinstance(far, Far) for cells in rules.MATRIX.values() for far in cells.values())
    assert rules.EVERYBODY <= rules.PERMISSIONS


@pytest.mark.parametrize(
    ("role", "scope_kind", "scope_id", "is_right"),
    [
        (Role.GRID_OFFICER, ScopeKind.GRID, 3, True),
        (Role.GRID_OFFICER, ScopeKind.GRID, None, False),
        (Role.GRID_OFFICER, ScopeKind.COMMUNITY, None, False),
        (Role.COUNTER, ScopeKind.GRID, 3, False),
        (Role.VOLUNTEER, ScopeKind.OWN, None, True),
        (Role.VOLUNTEER, ScopeKind.COMMUNITY, None, False),
        (Role.COMMUNITY_ADMIN, ScopeKind.COMMUNITY, 3, False),
        (Role.AUDITOR, ScopeKind.CITY, None, True),
    ],
)
def test_a_role_is_held_only_within_scopes_that_fit(
    role: Role, scope_kind: ScopeKind, scope_id: int | None, *, is_right: bool
) -> None:
    assert rules.is_scope_right(held(role, scope_kind, scope_id)) is is_right


def test_only_administrators_and_operators_hand_out_roles() -> None:
    granters = {role for role in Role if any(rules.may_grant([role], other) for other in Role)}

    assert granters == {Role.COMMUNITY_ADMIN, Role.OPERATOR}
    assert not rules.may_grant([Role.COMMUNITY_ADMIN], Role.OPERATOR)
    assert not rules.may_grant([Role.OPERATOR], Role.FINANCE)


def test_the_strictest_role_decides_how_long_a_login_lasts() -> None:
    resident = rules.session_limits([Role.VOLUNTEER, Role.ELDER])
    staff = rules.session_limits([Role.VOLUNTEER, Role.FINANCE])
    counter = rules.session_limits([Role.CENTRE_MANAGER, Role.COUNTER])

    assert (resident.idle, resident.absolute) == (timedelta(hours=24), timedelta(days=30))
    assert (staff.idle, staff.absolute) == (timedelta(minutes=30), timedelta(hours=10))
    assert (counter.idle, counter.absolute) == (timedelta(minutes=15), timedelta(hours=8))


def test_the_lock_doubles_from_one_second_and_never_becomes_permanent() -> None:
    waits = [rules.lock_seconds(tries, free=10) for tries in (9, 10, 11, 12, 13, 40, 10_000)]

    assert waits == [0, 1, 2, 4, 8, 300, 300]


@pytest.mark.parametrize(
    "password", ["12345678", "Password", "aaaaaaaa", "abcdefgh", "13800000420", "00000000"]
)
def test_passwords_that_anybody_would_guess_are_common(password: str) -> None:
    assert rules.is_common_password(password, login_name="13800000420")


@pytest.mark.parametrize("password", ["lake-lamp-seven", "柳树下的旧石桥边", "Kd8#pw2!x"])
def test_passwords_of_unrelated_words_are_not_common(password: str) -> None:
    assert not rules.is_common_password(password, login_name="13800000420")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 138 0000 0420 ", "13800000420"),
        ("１３８-0000-0420", "13800000420"),
        ("GaoJie", "gaojie"),
        ("gao-jie", "gao-jie"),
    ],
)
def test_login_names_are_kept_in_one_form(typed: str, kept: str) -> None:
    assert rules.tidy_login_name(typed) == kept


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; Mac OS X) AppleWebKit Safari MicroMessenger/8", "WeChat, iPhone"),
        ("curl/8", "curl/8"),
    ],
)
def test_a_device_is_told_in_two_names(agent: str, shown: str) -> None:
    assert rules.device_of(agent) == shown
