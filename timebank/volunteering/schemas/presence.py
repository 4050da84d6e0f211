"""The shapes of coming and leaving, for programs and forms alike."""

from typing import Any

import flask_smorest
from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.kernel import clock
from timebank.volunteering.rules.presence import TICKED_MAX, Given, How, ReviewReason, Side
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import of_our_time, row_id, short_text
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.web import words


class _DoorIn(Schema):
    """What somebody shows at the door."""

    stamp = fields.String(validate=validate.Length(max=64), load_default="")
    code = fields.String(validate=validate.Length(max=12), load_default="")


class DoorIn(_DoorIn):
    """Coming or leaving, as a program tells it; ``at`` is a moment told later, when offline."""

    volunteer_id = row_id(load_default=None, allow_none=True)
    at = fields.AwareDateTime(load_default=None, allow_none=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is shown."""
        given = Given(data["stamp"], data["code"], data["at"])
        return {"given": given, "volunteer_id": data["volunteer_id"]}


class DoorFormIn(_DoorIn):
    """Coming or leaving, by a form: a day and a time when it is told later."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    volunteer_id = row_id(load_default=None)
    on = fields.Date(load_default=None, validate=of_our_time)
    at = fields.Time(load_default=None)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the time onto the day and gather what is shown."""
        told_at = None
        if data["at"] is not None:
            day = data["on"] or clock.today()
            told_at = clock.at_local(day, data["at"].replace(second=0, microsecond=0))
        given = Given(data["stamp"], data["code"].strip(), told_at)
        return {"given": given, "volunteer_id": data["volunteer_id"]}


class StampQuery(Schema):
    """The code that a phone's camera read from the screen."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    s = fields.String(validate=validate.Length(max=64), load_default="")

    def readable(self, values: dict[str, str]) -> str:
        """Return the code, or nothing when there is none that could be one."""
        return "" if self.validate(values) else str(self.load(values)["s"])


class _TickedIn(Schema):
    """Who came."""

    volunteer_ids = fields.List(
        row_id(), load_default=list, validate=validate.Length(max=TICKED_MAX)
    )
    late_reason = short_text(NOTE_MAX)


class RosterIn(_TickedIn):
    """Who came, and between which moments when not as planned."""

    started_at = fields.AwareDateTime(load_default=None, allow_none=True, validate=of_our_time)
    ended_at = fields.AwareDateTime(load_default=None, allow_none=True, validate=of_our_time)


class RosterFormIn(_TickedIn):
    """The same by a form: times on the day of the task."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    on = fields.Date(required=True, validate=of_our_time)
    started_at = fields.Time(required=True)
    ended_at = fields.Time(required=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day."""
        return _on_the_day(data)


def _on_the_day(data: dict[str, Any]) -> dict[str, Any]:
    """Return loaded values with both times put onto their day."""
    day = data.pop("on")
    for name in ("started_at", "ended_at"):
        data[name] = clock.at_local(day, data[name].replace(second=0, microsecond=0))
    return data


class RosterFileIn(Schema):
    """The filled-in roster."""

    file = flask_smorest.fields.Upload(required=True)


class SettleIn(WhyIn):
    """When somebody really came and left, and how that is known."""

    started_at = fields.AwareDateTime(required=True, validate=of_our_time)
    ended_at = fields.AwareDateTime(required=True, validate=of_our_time)


class SettleFormIn(WhyIn):
    """The same by a form."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    on = fields.Date(required=True, validate=of_our_time)
    started_at = fields.Time(required=True)
    ended_at = fields.Time(required=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day."""
        return _on_the_day(data)


class PresenceOut(Schema):
    """Who was where, from when to when, and by what that is known."""

    id = fields.Integer()
    task_id = fields.Integer()
    task_title = fields.String()
    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    started_at = fields.AwareDateTime()
    started_how = fields.Enum(How, by_value=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    ended_how = fields.Enum(How, by_value=True, allow_none=True)
    is_offline = fields.Boolean()
    review_reason = fields.Enum(ReviewReason, by_value=True, allow_none=True)
    record_id = fields.Integer(allow_none=True)


class CorrectionOut(Schema):
    """Both values of a corrected presence."""

    at = fields.AwareDateTime()
    actor_name = fields.String()
    reason = fields.String()
    started_before = fields.AwareDateTime()
    started_after = fields.AwareDateTime()
    ended_before = fields.AwareDateTime()
    ended_after = fields.AwareDateTime()


class RowProblemOut(Schema):
    """A row that cannot be taken, and why."""

    number = fields.Integer(metadata={"description": "Row of the file; 0 for the whole of it"})
    name = fields.String()
    code = fields.String(attribute="refusal.code")
    message = fields.Function(lambda problem: words.say(problem.refusal))


class RosterOutcomeOut(Schema):
    """How many were recorded; with a single problem nobody is."""

    ticked = fields.Integer()
    problems = fields.List(fields.Nested(RowProblemOut))


class StampOut(Schema):
    """What the screen shows for a minute."""

    stamp = fields.String()


class PaperOut(Schema):
    """The digits on the paper."""

    coming = fields.Function(lambda codes: codes[Side.IN])
    leaving = fields.Function(lambda codes: codes[Side.OUT])


class TickedOut(Schema):
    """How many were noted."""

    ticked = fields.Integer()
