"""Shapes of accounts, grants, sessions and tokens, for JSON and forms alike."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.access import rules
from timebank.access.rules import Role, ScopeKind
from timebank.web.api import PageIn

_ROLES = [role.value for role in Role]
_SCOPES = [kind.value for kind in ScopeKind]
_PASSWORD = validate.Length(max=1000)  # the rule says how long it must and may be


class LogInIn(Schema):
    """Name and password as typed."""

    login_name = fields.String(required=True, validate=validate.Length(max=200))
    password = fields.String(required=True, validate=_PASSWORD)
    next = fields.String(load_default="/", validate=validate.Length(max=2000))


class LogInPageIn(Schema):
    """Where to go after the login."""

    next = fields.String(load_default="/", validate=validate.Length(max=2000))


class PasswordChangeIn(Schema):
    """The present password and the new one."""

    current_password = fields.String(required=True, validate=_PASSWORD)
    new_password = fields.String(required=True, validate=_PASSWORD)


class StaffPinIn(Schema):
    """One's own new PIN for shared tablets, proved by the password."""

    pin = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{6}$"))
    current_password = fields.String(required=True, validate=_PASSWORD)


class UnlockIn(Schema):
    """Who takes over a locked tablet, and their PIN."""

    user_id = fields.Integer(required=True, validate=validate.Range(1, 2**63 - 1))
    pin = fields.String(
        required=True, data_key="staff_pin", validate=validate.Regexp(r"^[0-9]{6}$")
    )
    next = fields.String(load_default="/counter", validate=validate.Length(max=2000))


class PasswordSetIn(Schema):
    """A new password for somebody else's account."""

    password = fields.String(required=True, validate=_PASSWORD)


class UserIn(Schema):
    """A new account."""

    login_name = fields.String(required=True, validate=validate.Length(max=200))
    name = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, validate=_PASSWORD)
    person_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**63 - 1))


class UserFormQuery(Schema):
    """For whom an account is opened."""

    person_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**63 - 1))


class UsersIn(PageIn):
    """Which accounts are asked for."""

    q = fields.String(load_default="", validate=validate.Length(max=80))


class GrantIn(Schema):
    """A role within a scope."""

    role = fields.String(required=True, validate=validate.OneOf(_ROLES))
    scope_kind = fields.String(required=True, validate=validate.OneOf(_SCOPES))
    scope_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**63 - 1))
    expires_on = fields.Date(load_default=None)


class GrantFormIn(Schema):
    """A role and a place as the form names them: ``grid:3``, or nothing."""

    role = fields.String(required=True, validate=validate.OneOf(_ROLES))
    place = fields.String(
        load_default="", validate=validate.Regexp(r"((grid|centre):[0-9]{1,18})?")
    )
    expires_on = fields.Date(load_default=None)

    @post_load
    def _as_scope(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Turn the place into a scope."""
        kind, _sep, number = data.pop("place").partition(":")
        usual = rules.usual_scope(Role(data["role"])).value
        return {**data, "scope_kind": kind or usual, "scope_id": int(number) if number else None}


class TokenIn(Schema):
    """A new token: its name, what it may do, for how long."""

    name = fields.String(required=True, validate=validate.Length(1, 60))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(sorted(rules.PERMISSIONS))),
        required=True,
        validate=validate.Length(max=len(rules.PERMISSIONS)),
    )
    days = fields.Integer(
        load_default=rules.TOKEN_DAYS_DEFAULT, validate=validate.Range(1, rules.TOKEN_DAYS_MAX)
    )


class GrantOut(Schema):
    """A role that somebody holds."""

    id = fields.Integer()
    user_id = fields.Integer()
    role = fields.String()
    scope_kind = fields.String()
    scope_id = fields.Integer(allow_none=True)
    expires_on = fields.Date()
    granted_at = fields.AwareDateTime()


class UserOut(Schema):
    """An account; never its password."""

    id = fields.Integer()
    login_name = fields.String()
    name = fields.String()
    person_id = fields.Integer(allow_none=True)
    is_active = fields.Boolean()
    created_at = fields.AwareDateTime()
    grants = fields.List(fields.Nested(GrantOut))


class MeOut(Schema):
    """Who asks, and what they may do."""

    user_id = fields.Integer(allow_none=True)
    person_id = fields.Integer(allow_none=True)
    community_id = fields.Integer()
    name = fields.String()
    roles = fields.List(fields.String())
    permissions = fields.List(fields.String())


class SessionOut(Schema):
    """A login that still holds."""

    id = fields.Integer()
    created_at = fields.AwareDateTime()
    seen_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    address = fields.String(allow_none=True)
    agent = fields.String()
    is_current = fields.Boolean()


class TokenOut(Schema):
    """A token without its secret."""

    id = fields.Integer()
    name = fields.String()
    prefix = fields.String()
    scopes = fields.List(fields.String())
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    revoked_at = fields.AwareDateTime(allow_none=True)


class IssuedTokenOut(Schema):
    """A token with its secret, shown this once."""

    secret = fields.String()
    token = fields.Nested(TokenOut)
