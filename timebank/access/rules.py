"""Roles, the matrix of permissions, and the numbers that guard a login.

The matrix is the one of docs/architecture.md; tests/house/routes.csv holds what it means for
every route.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from timebank.kernel.actor import NOWHERE, Reach


class Role(StrEnum):
    """What somebody is to the community."""

    VOLUNTEER = "volunteer"
    ELDER = "elder"
    RESIDENT = "resident"
    COUNTER = "counter"
    CENTRE_MANAGER = "centre_manager"
    FINANCE = "finance"
    GRID_OFFICER = "grid_officer"
    STEWARD = "steward"
    COMMUNITY_ADMIN = "community_admin"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class ScopeKind(StrEnum):
    """Within what a role holds."""

    OWN = "own"
    GRID = "grid"
    CENTRE = "centre"
    COMMUNITY = "community"
    CITY = "city"


class Far(StrEnum):
    """How far a cell of the matrix lets a role go."""

    OWN = "own"  # what is about or by oneself
    GRANTED = "granted"  # as far as the grant's scope
    COMMUNITY = "community"  # the whole community, whatever the grant's scope


VOLUNTEER, ELDER, RESIDENT = Role.VOLUNTEER, Role.ELDER, Role.RESIDENT
# Who lives here and has what is their own; nobody of them works for the house.
MEMBERS = frozenset({VOLUNTEER, ELDER, RESIDENT})
COUNTER, MANAGER, FINANCE = Role.COUNTER, Role.CENTRE_MANAGER, Role.FINANCE
GRID, STEWARD, ADMIN = Role.GRID_OFFICER, Role.STEWARD, Role.COMMUNITY_ADMIN
OPERATOR, AUDITOR = Role.OPERATOR, Role.AUDITOR

SCOPES_OF: Mapping[Role, frozenset[ScopeKind]] = {
    VOLUNTEER: frozenset({ScopeKind.OWN}),
    ELDER: frozenset({ScopeKind.OWN}),
    RESIDENT: frozenset({ScopeKind.OWN}),
    COUNTER: frozenset({ScopeKind.CENTRE}),
    MANAGER: frozenset({ScopeKind.CENTRE}),
    FINANCE: frozenset({ScopeKind.COMMUNITY}),
    GRID: frozenset({ScopeKind.GRID}),
    STEWARD: frozenset({ScopeKind.GRID}),
    ADMIN: frozenset({ScopeKind.COMMUNITY}),
    OPERATOR: frozenset({ScopeKind.COMMUNITY, ScopeKind.CITY}),
    AUDITOR: frozenset({ScopeKind.COMMUNITY, ScopeKind.CITY}),
}
PLACED_SCOPES = frozenset({ScopeKind.GRID, ScopeKind.CENTRE})

# Held by everybody who is logged in, for what is their own, whatever their roles.
EVERYBODY = frozenset(
    {
        "home.read",
        "profile.read",
        "hours.read",
        "need.read",
        "need.post",
        "task.read",
        "ledger.read",
        "care.read",
        "cofund.read",
        "cofund.vote",
        "occasion.join",
        "case.open",
        "case.read",
        "opinion.give",
        "access.token",
    }
)


def _cells(*, own: str = "", granted: str = "", community: str = "") -> Mapping[Role, Far]:
    """Return a row of the matrix from role codes."""
    named = ((Far.OWN, own), (Far.GRANTED, granted), (Far.COMMUNITY, community))
    return {Role(role): far for far, roles in named for role in roles.split()}


_STAFF = "counter centre_manager finance grid_officer steward community_admin"
_SEEKERS = "counter centre_manager grid_officer steward community_admin"
_HOURS = "counter centre_manager grid_officer community_admin"
_CENTRE = "counter centre_manager"
_MEMBERS = "elder resident volunteer"

MATRIX: Mapping[str, Mapping[Role, Far]] = {
    "home.read": _cells(granted=_STAFF + " auditor"),
    "profile.read": _cells(granted=_SEEKERS, community="finance"),
    "hours.read": _cells(granted=_HOURS + " auditor"),
    "ledger.read": _cells(granted=_CENTRE + " finance community_admin auditor"),
    "care.read": _cells(granted=_CENTRE + " grid_officer community_admin auditor"),
    "cofund.read": _cells(community="centre_manager finance steward community_admin auditor"),
    "case.open": _cells(granted=_SEEKERS),
    "person.search": _cells(granted=_SEEKERS),
    "person.unmask": _cells(granted=_SEEKERS),
    "person.register": _cells(granted="centre_manager grid_officer community_admin"),
    "community.import": _cells(granted="community_admin"),
    "community.read": _cells(community=_STAFF + " auditor"),
    "need.read": _cells(granted=_HOURS + " auditor"),
    "need.post": _cells(granted=_HOURS),
    "task.read": _cells(granted=_HOURS + " auditor"),
    "task.join": _cells(own="volunteer"),
    "task.manage": _cells(granted="centre_manager grid_officer community_admin"),
    "volunteer.keep": _cells(granted=_HOURS),
    "volunteer.admit": _cells(granted="centre_manager community_admin"),
    "hours.record": _cells(own="volunteer", granted=_HOURS),
    "hours.confirm": _cells(own=_MEMBERS),
    "hours.approve": _cells(granted="centre_manager grid_officer community_admin"),
    "hours.unapprove": _cells(granted="community_admin"),
    "hours.appeal": _cells(own=_MEMBERS, granted=_HOURS),
    "hours.give": _cells(own=_MEMBERS),
    "desk.rules": _cells(community="community_admin"),
    "check.read": _cells(granted=_HOURS + " auditor"),
    "check.work": _cells(granted=_HOURS),
    "check.assign": _cells(granted="centre_manager community_admin"),
    "dispute.decide": _cells(granted="centre_manager grid_officer community_admin"),
    "dispute.arbitrate": _cells(granted="community_admin"),
    "pool.read": _cells(community=_STAFF + " auditor"),
    "pool.manage": _cells(community="centre_manager community_admin"),
    "grant.request": _cells(granted="centre_manager grid_officer community_admin"),
    "grant.approve": _cells(granted="community_admin"),
    "wallet.assist": _cells(granted=_HOURS),
    "organisation.own": _cells(own=f"{_MEMBERS} {_STAFF}"),
    "organisation.manage": _cells(granted="community_admin"),
    "clearing.read": _cells(community="centre_manager finance community_admin auditor"),
    "clearing.agree": _cells(granted="community_admin"),
    "clearing.accept": _cells(community="centre_manager community_admin"),
    "clearing.send": _cells(own=_MEMBERS),
    "certificate.ask": _cells(own=_MEMBERS),
    "certificate.withdraw": _cells(granted="community_admin"),
    "paper.serve": _cells(granted=_HOURS),
    "paper.manage": _cells(granted="community_admin"),
    "register.export": _cells(granted="community_admin"),
    "register.identify": _cells(granted="community_admin"),
    "account.end": _cells(granted="centre_manager grid_officer community_admin"),
    "account.approve": _cells(granted="community_admin"),
    "clearing.assist": _cells(granted=_HOURS),
    "brought.read": _cells(community="centre_manager finance community_admin auditor"),
    "brought.propose": _cells(community="centre_manager community_admin"),
    "brought.approve": _cells(community="finance community_admin"),
    "policy.read": _cells(community=_STAFF + " auditor"),
    "policy.draft": _cells(community="centre_manager community_admin"),
    "policy.approve": _cells(community="finance community_admin"),
    "care.redeem": _cells(granted=_CENTRE),
    "care.book": _cells(own=_MEMBERS, granted=_CENTRE),
    "care.reverse": _cells(granted=_CENTRE + " community_admin"),
    "care.manage": _cells(granted="centre_manager community_admin"),
    "settlement.read": _cells(
        granted="centre_manager", community="finance community_admin auditor"
    ),
    "settlement.work": _cells(granted="centre_manager", community="finance community_admin"),
    "settlement.approve": _cells(community="finance community_admin"),
    "settlement.pay": _cells(granted="finance"),
    "reserve.read": _cells(community="centre_manager finance community_admin auditor"),
    "reserve.keep": _cells(community="finance community_admin"),
    "cofund.vote": _cells(),
    "cofund.poll": _cells(community="finance steward community_admin"),
    "cofund.propose": _cells(community="centre_manager finance steward community_admin"),
    "cofund.agree": _cells(granted="community_admin"),
    "cofund.receive": _cells(granted="finance"),
    "cofund.request": _cells(granted="finance"),
    "cofund.approve": _cells(granted="community_admin finance"),
    "bank.read": _cells(community="finance community_admin auditor"),
    "bank.manage": _cells(granted="community_admin"),
    "bank.import": _cells(granted="finance"),
    "bank.match": _cells(granted="finance"),
    "bank.close": _cells(granted="finance community_admin"),
    "case.read": _cells(granted="grid_officer steward centre_manager community_admin auditor"),
    "case.work": _cells(granted="grid_officer steward community_admin"),
    "case.close": _cells(granted="grid_officer community_admin"),
    "case.assign": _cells(granted="grid_officer community_admin"),
    "case.designate": _cells(granted="community_admin"),
    "opinion.give": _cells(),
    "opinion.read": _cells(community="grid_officer steward centre_manager community_admin auditor"),
    "opinion.sort": _cells(community="grid_officer community_admin"),
    "meeting.read": _cells(community=_STAFF + " auditor"),
    "meeting.keep": _cells(community="grid_officer community_admin"),
    "meeting.sign": _cells(community="community_admin"),
    "case.import": _cells(granted="community_admin"),
    "open311.post": _cells(granted="community_admin"),
    "sign.manage": _cells(granted="grid_officer community_admin"),
    "routing.read": _cells(community=_STAFF + " auditor"),
    "routing.draft": _cells(community="community_admin"),
    "routing.approve": _cells(community="centre_manager community_admin"),
    "absence.write": _cells(granted="grid_officer steward community_admin"),
    "visit.read": _cells(granted="grid_officer steward community_admin auditor"),
    "visit.work": _cells(granted="grid_officer community_admin"),
    "keygroup.read": _cells(granted="grid_officer community_admin"),
    "keygroup.work": _cells(granted="grid_officer community_admin"),
    "occasion.read": _cells(community=_STAFF + " auditor"),
    "occasion.work": _cells(granted="centre_manager grid_officer community_admin"),
    "occasion.join": _cells(),
    "figures.read": _cells(granted=_STAFF + " auditor"),
    "promise.read": _cells(community=_STAFF + " auditor"),
    "promise.draft": _cells(community="grid_officer community_admin"),
    "promise.approve": _cells(community="centre_manager community_admin"),
    "promise.load_year": _cells(community="community_admin"),
    "ledger.audit": _cells(granted="community_admin auditor"),
    "trail.read": _cells(granted="community_admin auditor"),
    "delivery.manage": _cells(granted="community_admin"),
    "access.manage": _cells(granted="community_admin operator"),
    "access.token": _cells(),
}
PERMISSIONS = frozenset(MATRIX)

# Who hands out which role; the operator keeps the house but names no working staff.
_KEEPERS = frozenset({ADMIN, OPERATOR, AUDITOR})
GRANTABLE: Mapping[Role, frozenset[Role]] = {
    ADMIN: frozenset(Role) - {OPERATOR},
    OPERATOR: _KEEPERS,
}
GRANT_DAYS = 365


@dataclass(frozen=True, slots=True)
class Held:
    """A role as somebody holds it."""

    role: Role
    scope_kind: ScopeKind
    scope_id: int | None = None


@lru_cache(maxsize=1024)
def permissions_for(grants: tuple[Held, ...]) -> Mapping[str, Reach]:
    """Return what somebody may do and how far; an account without roles has its own things.

    It follows from the grants alone, so that it is remembered by them.
    """
    allowed = {permission: Reach(own=True) for permission in EVERYBODY}
    for held in grants:
        for permission, cells in MATRIX.items():
            far = cells.get(held.role)
            if far is not None:
                allowed[permission] = allowed.get(permission, NOWHERE) | reach_of(held, far)
    return MappingProxyType(allowed)


def reach_of(held: Held, far: Far) -> Reach:
    """Return how far one cell of the matrix goes for a role held within a scope."""
    if far is Far.OWN or held.scope_kind is ScopeKind.OWN:
        return Reach(own=True)
    if held.scope_kind is ScopeKind.CITY:
        return Reach(community=True, city=True)
    if far is Far.COMMUNITY or held.scope_kind is ScopeKind.COMMUNITY:
        return Reach(community=True)
    ids = frozenset() if held.scope_id is None else frozenset({held.scope_id})
    return Reach(grid_ids=ids) if held.scope_kind is ScopeKind.GRID else Reach(centre_ids=ids)


def is_scope_right(held: Held) -> bool:
    """Whether the role may be held within this scope, and the place is named where one is due."""
    is_placed = held.scope_kind in PLACED_SCOPES
    return held.scope_kind in SCOPES_OF[held.role] and is_placed == (held.scope_id is not None)


def usual_scope(role: Role) -> ScopeKind:
    """Return the scope that a role has when no place is named."""
    return ScopeKind.OWN if role in MEMBERS else ScopeKind.COMMUNITY


def may_grant(granter_roles: Iterable[str], role: Role) -> bool:
    """Whether one of these roles hands out the role."""
    return any(role in GRANTABLE.get(Role(own), frozenset()) for own in granter_roles)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a login lasts without use, and at most."""

    idle: timedelta
    absolute: timedelta


_RESIDENT_LIMITS = SessionLimits(timedelta(hours=24), timedelta(days=30))
_STAFF_LIMITS = SessionLimits(timedelta(minutes=30), timedelta(hours=10))
_COUNTER_LIMITS = SessionLimits(timedelta(minutes=15), timedelta(hours=8))
TOUCH_EVERY = timedelta(minutes=1)
TOUCH_TABLET_EVERY = timedelta(seconds=10)
TABLET_COLLEAGUES_MAX = 30
STAFF_PIN_TRIES_MAX = 5
STAFF_PIN_LOCK = timedelta(minutes=5)
_STAIRS = "01234567890" + "9876543210"


def is_strong_pin(pin: str) -> bool:
    """Whether six digits are no colleague's first guess."""
    is_six = len(pin) == 6 and pin.isascii() and pin.isdigit()
    return is_six and len(set(pin)) > 1 and pin not in _STAIRS


def session_limits(roles: Iterable[Role]) -> SessionLimits:
    """Return the limits of the strictest role held."""
    held = set(roles)
    if Role.COUNTER in held:
        return _COUNTER_LIMITS
    return _STAFF_LIMITS if held - MEMBERS else _RESIDENT_LIMITS


# Source: OWASP ASVS 5.0 6.1.1 and 6.3.1. The lock grows from 1 s and never becomes permanent.
ACCOUNT_TRIES_FREE = 10
ADDRESS_TRIES_FREE = 20
LOCK_SECONDS_MAX = 300
TRIES_FORGOTTEN_AFTER = timedelta(hours=12)


def lock_seconds(tries: int, *, free: int) -> int:
    """Return for how long the next try must wait after so many failures."""
    over = tries - free
    return 0 if over < 0 else min(2 ** min(over, 20), LOCK_SECONDS_MAX)


PASSWORD_LENGTH_MIN = 8
PASSWORD_LENGTH_MAX = 128
_COMMON = frozenset(
    """
    password passw0rd password1 12345678 123456789 1234567890 87654321 11111111 00000000 88888888
    66666666 12341234 11223344 abcd1234 a1234567 aa123456 abc12345 1qaz2wsx qwer1234 qwertyui
    qwerty123 asdfghjk 1q2w3e4r zaq12wsx iloveyou woaini520 woaini1314 5201314520 admin123
    administrator welcome1 letmein1 timebank timebank1 shequ123 jiulong123 88888888a
    """.split()  # noqa: SIM905 - a list of words reads better than a list of quotes
)
_RUNS = (
    "0123456789012345",
    "9876543210987654",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjkl",
)


def is_common_password(password: str, *, login_name: str) -> bool:
    """Whether a password is among the first that anybody would guess."""
    text = password.casefold()
    if text in _COMMON or len(set(text)) <= 2 or any(text in run for run in _RUNS):
        return True
    name = login_name.casefold()
    return text in {name, name[::-1], name * 2} or (name in text and len(text) - len(name) < 3)


LOGIN_NAME_MIN, LOGIN_NAME_MAX = 3, 40


def tidy_login_name(text: str) -> str:
    """Return a login name as it is kept: narrow, small, a phone number without its gaps."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    without_gaps = plain.replace(" ", "").replace("-", "")
    return without_gaps if without_gaps.isdigit() else plain


def is_login_name(text: str) -> bool:
    """Whether a tidied text can be a login name."""
    fits = LOGIN_NAME_MIN <= len(text) <= LOGIN_NAME_MAX
    return fits and all(sign.isalnum() or sign in "._-@+" for sign in text)


# The first that fits is the name; browsers call themselves by their ancestors' names too.
_BROWSERS = ("MicroMessenger", "HuaweiBrowser", "MiuiBrowser", "Edg", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
_SHOWN = {"MicroMessenger": "WeChat", "Edg": "Edge"}


def device_of(agent: str) -> str:
    """Return a browser's long description of itself as two names, such as ``Chrome, Android``."""
    browser = next((name for name in _BROWSERS if name in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return ", ".join(_SHOWN.get(name, name) for name in (browser, system) if name) or agent


TOKEN_MARK = "tb_"  # noqa: S105 - the visible beginning, no secret
TOKEN_PREFIX_LENGTH = 9
TOKEN_DAYS_DEFAULT = 90
TOKEN_DAYS_MAX = 365
TOKENS_MAX = 20


def end_of_grant(begins_on: date) -> date:
    """Return the last day of a grant made on a day, when none is named."""
    return begins_on + timedelta(days=GRANT_DAYS)
