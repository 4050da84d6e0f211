"""The shapes of certificates of service."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import Asked, Ground, Language, Standing, Wanted
from timebank.volunteering.schemas.fields import day, row_id

_KINDS_MAX = 50
_WANTED = ("since_on", "through_on", "kind_ids", "language", "purpose", "shows_more")


class CertificateIn(Schema):
    """A certificate: for which period and kinds, in which language, what it is for."""

    since_on = day(required=True)
    through_on = day(required=True)
    kind_ids = fields.List(row_id(), load_default=list, validate=validate.Length(max=_KINDS_MAX))
    language = fields.Enum(Language, by_value=True, load_default=Language.CHINESE)
    purpose = fields.String(load_default="", validate=validate.Length(max=rules.PURPOSE_MAX))
    shows_more = fields.Boolean(load_default=False)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is asked for in one value."""
        told = {name: data.pop(name) for name in _WANTED}
        return {"wanted": Wanted(**told), **data}


class CertificateFormIn(CertificateIn):
    """The form of a certificate."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class CertificateForIn(CertificateIn):
    """A certificate for somebody else, who has asked for it on a signed slip."""

    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class CertificateForFormIn(CertificateForIn):
    """The form of such a certificate."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class CertificateConsentIn(Schema):
    """Whether strangers who check may see more than totals."""

    is_given = fields.Boolean(required=True)


class CertificateConsentSlipIn(CertificateConsentIn):
    """The same, noted by staff from a signed slip."""

    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class CertificateWithdrawIn(Schema):
    """Why a certificate holds no longer."""

    ground = fields.Enum(Ground, by_value=True, required=True)
    reason = fields.String(required=True, validate=validate.Length(1, rules.REASON_MAX))


class IssuerIn(Schema):
    """Who issues, and for how many days certificates are made public."""

    issuer_name = fields.String(required=True, validate=validate.Length(1, rules.ISSUER_MAX))
    seal_place = fields.String(load_default="", validate=validate.Length(max=rules.ISSUER_MAX))
    contact = fields.String(load_default="", validate=validate.Length(max=rules.ISSUER_MAX))
    publicity_days = fields.Integer(
        load_default=0, validate=validate.Range(0, rules.PUBLICITY_DAYS_MAX)
    )


class PublicCodeIn(Schema):
    """The code on a paper, as somebody types it."""

    code = fields.String(required=True, validate=validate.Length(1, 40))


class HouseIn(Schema):
    """Of which community."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    community = fields.String(load_default=None, validate=validate.Length(max=8))


class CertificateOut(Schema):
    """A certificate, with how it stands today."""

    id = fields.Integer()
    number = fields.String(attribute="number_text")
    code = fields.String()
    person_id = fields.Integer()
    name = fields.String()
    since_on = fields.Date()
    through_on = fields.Date()
    language = fields.Enum(Language, by_value=True)
    purpose = fields.String()
    minutes = fields.Integer()
    minutes_now = fields.Integer()
    services = fields.Integer()
    issued_at = fields.AwareDateTime()
    issued_by_name = fields.String()
    asked_how = fields.Enum(Asked, by_value=True)
    shows_more = fields.Boolean()
    standing = fields.Enum(Standing, by_value=True)
    withdrawn_on = fields.Date(allow_none=True)
    withdrawn_ground = fields.Enum(Ground, by_value=True, allow_none=True)
    withdrawn_reason = fields.String()


class IssuerOut(Schema):
    """Who issues."""

    issuer_name = fields.String()
    seal_place = fields.String()
    contact = fields.String()
    publicity_days = fields.Integer()


class KindSumOut(Schema):
    """The service of one kind on a paper."""

    kind = fields.String()
    times = fields.Integer()
    minutes = fields.Integer()


class ServedOut(Schema):
    """One service on a paper."""

    served_on = fields.String()
    started = fields.String()
    ended = fields.String()
    kind = fields.String()
    what = fields.String()
    organisation = fields.String()
    minutes = fields.Integer()


class CheckedOut(Schema):
    """What a stranger is told who checks a paper."""

    standing = fields.Enum(Standing, by_value=True)
    number = fields.String()
    name = fields.String()
    issuer = fields.String()
    since_on = fields.String()
    through_on = fields.String()
    issued_on = fields.String()
    purpose = fields.String()
    minutes = fields.Integer()
    minutes_now = fields.Integer()
    kinds = fields.List(fields.Nested(KindSumOut))
    services = fields.List(fields.Nested(ServedOut))
    volunteer_number = fields.String()
    withdrawn_on = fields.Date(allow_none=True)
    withdrawn_ground = fields.Enum(Ground, by_value=True, allow_none=True)
