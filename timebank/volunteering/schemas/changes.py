"""The shapes of changes to needs and tasks, for programs and forms alike."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.kernel import clock
from timebank.volunteering.rules.changes import Along, TaskEdit
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.rules.tasks import PLACES_MAX
from timebank.volunteering.schemas.needs import (
    NeedFormIn,
    NeedIn,
    of_our_time,
    row_id,
    short_text,
)


class _TaskEditIn(Schema):
    """A task as it is to be, its time aside."""

    places = fields.Integer(required=True, validate=validate.Range(1, PLACES_MAX))
    activity = short_text()
    place = short_text()
    micro_grid_id = row_id(load_default=None, allow_none=True)
    details = short_text(NOTE_MAX)
    along = fields.Enum(Along, by_value=True, load_default=Along.ONE)
    reason = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))


def _packed(data: dict[str, Any]) -> dict[str, Any]:
    """Return loaded values with the task gathered in one value."""
    rest = {name: data.pop(name) for name in ("along", "reason")}
    return {"edit": TaskEdit(**data), **rest}


class TaskEditIn(_TaskEditIn):
    """A task as it is to be."""

    starts_at = fields.AwareDateTime(required=True, validate=of_our_time)
    ends_at = fields.AwareDateTime(required=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it, in whole minutes."""
        for name in ("starts_at", "ends_at"):
            data[name] = data[name].replace(second=0, microsecond=0)
        return _packed(data)


class TaskEditFormIn(_TaskEditIn):
    """The form of a changed task: a day and two times on the wall clock."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    on = fields.Date(required=True, validate=of_our_time)
    starts_at = fields.Time(required=True)
    ends_at = fields.Time(required=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day and gather it."""
        day = data.pop("on")
        for name in ("starts_at", "ends_at"):
            data[name] = clock.at_local(day, data[name].replace(second=0, microsecond=0))
        return _packed(data)


class CancelIn(Schema):
    """Why a task is cancelled, and whether those of its series that follow are, too."""

    along = fields.Enum(Along, by_value=True, load_default=Along.ONE)
    reason = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))


class NeedEditIn(NeedIn):
    """A need as it is to be, and why."""

    reason = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))

    @post_load
    def pack(self, data: dict[str, Any], **more: object) -> dict[str, Any]:
        """Gather the facts, the reason aside."""
        reason = data.pop("reason")
        return {**super().pack(data, **more), "reason": reason}


class NeedEditFormIn(NeedFormIn):
    """The form of a changed need."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    reason = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))

    @post_load
    def pack(self, data: dict[str, Any], **more: object) -> dict[str, Any]:
        """Gather the facts, the reason aside."""
        reason = data.pop("reason")
        return {**super().pack(data, **more), "reason": reason}


class ChangedOut(Schema):
    """How many times were changed, how many see it, how many are asked again."""

    tasks = fields.Integer()
    told = fields.Integer()
    asked_again = fields.Integer()


class ArrangementChangeOut(Schema):
    """Both values of a change."""

    revision = fields.Integer()
    at = fields.AwareDateTime()
    actor_name = fields.String()
    reason = fields.String()
    before = fields.Dict(keys=fields.String())
    after = fields.Dict(keys=fields.String())
