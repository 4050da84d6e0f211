"""Shapes of a centre's view for its manager."""

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules import overview as rules
from timebank.care.rules.overview import Refused, RowsOf


class OverviewIn(ma.Schema):
    """Of how many days, and after how many without a visit somebody is missed."""

    days = fields.Integer(load_default=rules.DAYS_DEFAULT, validate=validate.OneOf(rules.DAYS))
    unseen_days = fields.Integer(
        load_default=rules.UNSEEN_DAYS_DEFAULT, validate=validate.OneOf(rules.UNSEEN_DAYS)
    )


class _BehindIn(ma.Schema):
    """Of how many days, and from where on."""

    days = fields.Integer(load_default=rules.DAYS_DEFAULT, validate=validate.OneOf(rules.DAYS))
    cursor = fields.String(load_default=None, validate=validate.Length(max=400))


class OverviewRowsIn(_BehindIn):
    """Which figure is opened: an hour, a service, a member of staff by user id."""

    of = fields.Enum(RowsOf, by_value=True, required=True)
    key = fields.Integer(required=True, validate=validate.Range(0, 2**53))
    weekday = fields.Integer(load_default=None, validate=validate.Range(0, rules.WEEKDAYS - 1))


class MissedIn(_BehindIn):
    """Of which service the bookings are to which nobody came."""

    service_id = fields.Integer(required=True, validate=validate.Range(1, 2**53))


class RefusalsIn(_BehindIn):
    """Of which service, or of which member of staff who tried to serve their own."""

    service_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**53))
    user_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**53))


class FullDaysIn(ma.Schema):
    """Of which service, and of how many days."""

    service_id = fields.Integer(required=True, validate=validate.Range(1, 2**53))
    days = fields.Integer(load_default=rules.DAYS_DEFAULT, validate=validate.OneOf(rules.DAYS))


class RefusalOut(ma.Schema):
    """Somebody who was not served."""

    id = fields.Integer()
    at = fields.AwareDateTime(format="iso")
    person_id = fields.Integer()
    service_id = fields.Integer(allow_none=True)
    service_name = fields.String()
    reason = fields.Enum(Refused, by_value=True)
    asked_by_user_id = fields.Integer(allow_none=True)
    is_own = fields.Boolean()


class FullDayOut(ma.Schema):
    """A day on which all of a service was taken."""

    on_day = fields.Date()
    capacity = fields.Integer()


class HourLoadOut(ma.Schema):
    """Slips of one hour, by weekday from Monday on."""

    hour = fields.Integer()
    slips = fields.Integer()
    by_weekday = fields.List(fields.Integer())
    peak = fields.Integer()
    peak_on = fields.Date()


class ServiceUseOut(ma.Schema):
    """How much of a service was handed over."""

    service_id = fields.Integer()
    name = fields.String()
    unit = fields.String()
    quantity = fields.Integer()
    minutes = fields.Integer()
    people = fields.Integer()


class NoShowsOut(ma.Schema):
    """Bookings of a service that were due."""

    service_id = fields.Integer()
    name = fields.String()
    due = fields.Integer()
    came = fields.Integer()
    missed = fields.Integer()


class StaffWorkOut(ma.Schema):
    """What a member of staff did at the counter."""

    user_id = fields.Integer()
    name = fields.String()
    slips = fields.Integer()
    signed = fields.Integer()
    voided = fields.Integer()
    voids = fields.Integer()
    own_or_kin = fields.Integer()


class UnseenOut(ma.Schema):
    """A regular who has not come for long."""

    person_id = fields.Integer()
    name = fields.String()
    place_label = fields.String()
    phone_masked = fields.String()
    visits = fields.Integer()
    last_on = fields.Date()
    days_away = fields.Integer()


class ShortOut(ma.Schema):
    """A service that ran short."""

    service_id = fields.Integer(allow_none=True)
    name = fields.String()
    full_days = fields.Integer()
    full_days_ahead = fields.Integer()
    waiting = fields.Integer()
    refused = fields.Dict(keys=fields.Enum(Refused, by_value=True), values=fields.Integer())


class OverviewOut(ma.Schema):
    """A centre over some days."""

    centre_id = fields.Integer()
    centre_name = fields.String()
    since = fields.Date()
    through = fields.Date()
    slips = fields.Integer()
    hours = fields.List(fields.Nested(HourLoadOut))
    services = fields.List(fields.Nested(ServiceUseOut))
    no_shows = fields.List(fields.Nested(NoShowsOut))
    staff = fields.List(fields.Nested(StaffWorkOut))
    unseen = fields.List(fields.Nested(UnseenOut))
    short = fields.List(fields.Nested(ShortOut))
