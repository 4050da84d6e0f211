"""The shapes of changes to needs and tasks, for programs and forms alike."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.volunteering.rules.changes import Along, TaskEdit
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.rules.tasks import PLACES_MAX
from timebank.volunteering.schemas.fields import (
    in_whole_minutes,
    of_our_time,
    on_its_day,
    row_id,
    short_text,
)
from timebank.volunteering.schemas.needs import (
    NeedFormIn,
    NeedIn,
    WishesIn,
    packed_wishes,
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
    unfit_ids = fields.List(
        row_id(),
        load_default=list,
        validate=validate.Length(max=PLACES_MAX),
        metadata={"description": "who is known not to fit what is asked from now on"},
    )


def _packed(data: dict[str, Any]) -> dict[str, Any]:
    """Return loaded values with the task gathered in one value."""
    rest = {name: data.pop(name) for name in ("along", "reason", "unfit_ids")}
    return {"edit": TaskEdit(**data), **rest}


class TaskEditIn(_TaskEditIn):
    """A task as it is to be."""

    starts_at = fields.AwareDateTime(required=True, validate=of_our_time)
    ends_at = fields.AwareDateTime(required=True, validate=of_our_time)
    wishes = fields.Nested(
        WishesIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "what is asked of volunteers; left out, it stays as it is"},
    )

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it, in whole minutes."""
        in_whole_minutes(data)
        if data["wishes"] is not None:
            data["wishes"] = packed_wishes(data["wishes"])
        return _packed(data)


class TaskEditFormIn(_TaskEditIn, WishesIn):
    """The form of a changed task: a day and two times on the wall clock, and all it asks."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    on = fields.Date(required=True, validate=of_our_time)
    starts_at = fields.Time(required=True)
    ends_at = fields.Time(required=True)
    risk = fields.Enum(Risk, by_value=True, required=True)
    is_unfit_known = fields.Boolean(load_default=False)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day and gather it."""
        data["wishes"] = packed_wishes(data)
        if not data.pop("is_unfit_known"):
            data["unfit_ids"] = []
        on_its_day(data)
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
    let_go = fields.Integer()


class ArrangementChangeOut(Schema):
    """Both values of a change."""

    revision = fields.Integer()
    at = fields.AwareDateTime()
    actor_name = fields.String()
    reason = fields.String()
    before = fields.Dict(keys=fields.String())
    after = fields.Dict(keys=fields.String())
