"""The shapes of tasks, sign-ups and presence, for programs and forms alike."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.community.rules import Sex
from timebank.volunteering.rules.changes import SHIFTS_MAX
from timebank.volunteering.rules.matching import Because
from timebank.volunteering.rules.needs import Language, Risk, Skill
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.rules.tasks import (
    PLACES_MAX,
    Admission,
    SignUpState,
    TaskFacts,
    TaskState,
)
from timebank.volunteering.schemas.fields import (
    in_whole_minutes,
    of_our_time,
    on_its_day,
    row_id,
    short_text,
)
from timebank.volunteering.schemas.needs import WishesIn, packed_wishes
from timebank.volunteering.service.signups import ASKED_MAX
from timebank.web.api import PageIn


class _TaskFactsIn(WishesIn):
    """What is told about an activity, its time aside."""

    kind_id = row_id(required=True)
    activity = fields.String(required=True, validate=validate.Length(1, 120))
    places = fields.Integer(required=True, validate=validate.Range(1, PLACES_MAX))
    admission = fields.Enum(Admission, by_value=True, load_default=Admission.DIRECT)
    organisation_id = row_id(load_default=None, allow_none=True)
    details = short_text(NOTE_MAX)
    place = short_text()
    micro_grid_id = row_id(load_default=None, allow_none=True)
    centre_id = row_id(load_default=None, allow_none=True)
    case_id = row_id(load_default=None, allow_none=True)
    case_number = short_text(20)


def _packed(data: dict[str, Any]) -> dict[str, Any]:
    """Return loaded values with the facts gathered in one value."""
    data["wishes"] = packed_wishes(data)
    return {"facts": TaskFacts(**data)}


class TaskIn(_TaskFactsIn):
    """A new activity that wants helpers."""

    starts_at = fields.AwareDateTime(required=True, validate=of_our_time)
    ends_at = fields.AwareDateTime(required=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts, in whole minutes."""
        in_whole_minutes(data)
        return _packed(data)


class TaskShiftsIn(TaskIn):
    """A new activity in equal shifts."""

    shifts = fields.Integer(required=True, validate=validate.Range(2, SHIFTS_MAX))

    @post_load
    def pack(self, data: dict[str, Any], **more: object) -> dict[str, Any]:
        """Gather the facts, the shifts aside."""
        shifts = data.pop("shifts")
        return {**super().pack(data, **more), "shifts": shifts}


class TaskFormIn(_TaskFactsIn):
    """The form of a new activity: a day and two times on the wall clock."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    on = fields.Date(required=True, validate=of_our_time)
    starts_at = fields.Time(required=True)
    ends_at = fields.Time(required=True)
    shifts = fields.Integer(load_default=1, validate=validate.Range(1, SHIFTS_MAX))

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day and gather the facts."""
        shifts = data.pop("shifts")
        on_its_day(data)
        return {**_packed(data), "shifts": shifts}


class TasksMadeOut(Schema):
    """The tasks that an activity became, one for each shift."""

    task_ids = fields.List(fields.Integer())


class TasksIn(PageIn):
    """Which tasks of a list."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    state = fields.Enum(TaskState, by_value=True, load_default=TaskState.OPEN)


class ListedQuery(Schema):
    """From which row on a task's list is shown."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    first = fields.Integer(load_default=0, validate=validate.Range(0, 2 * PLACES_MAX))


class LikeQuery(Schema):
    """Like which earlier activity the empty form is to be."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    like_id = row_id(load_default=None)


class TaskListIn(PageIn):
    """Which tasks a program asks for."""

    state = fields.Enum(TaskState, by_value=True)
    from_at = fields.AwareDateTime(validate=of_our_time)
    need_id = row_id()


class SignUpIn(Schema):
    """Who signs up; staff name whoever phones."""

    volunteer_id = row_id(load_default=None, allow_none=True)


class SignUpFormIn(SignUpIn):
    """The form of a sign-up; staff copy the number on the card."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    volunteer_card = short_text(20)


class AskIn(Schema):
    """Whom to ask."""

    volunteer_ids = fields.List(
        row_id(), load_default=list, validate=validate.Length(max=ASKED_MAX)
    )


class WhyIn(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))


class WhyMaybeIn(Schema):
    """Why, if there is something to say."""

    reason = short_text(NOTE_MAX)


class TaskOut(Schema):
    """A task; who is served and behind which door stays empty until the place is the reader's."""

    id = fields.Integer()
    need_id = fields.Integer(allow_none=True)
    state = fields.Enum(TaskState, by_value=True)
    state_reason = fields.String()
    activity = fields.String()
    recipient_name = fields.String()
    kind_id = fields.Integer()
    kind_name = fields.String()
    admission = fields.Enum(Admission, by_value=True)
    is_urgent = fields.Boolean()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    minutes = fields.Integer()
    places = fields.Integer()
    taken = fields.Integer()
    risk = fields.Enum(Risk, by_value=True)
    sex = fields.Enum(Sex, by_value=True, allow_none=True)
    skills = fields.List(fields.Enum(Skill, by_value=True))
    languages = fields.List(fields.Enum(Language, by_value=True))
    details = fields.String()
    place = fields.String()
    micro_grid_label = fields.String()
    grid_name = fields.String()
    case_number = fields.String()
    revision = fields.Integer()
    series_on = fields.Date(allow_none=True)
    my_sign_up_id = fields.Integer(allow_none=True)
    my_state = fields.Enum(SignUpState, by_value=True, allow_none=True)


class ReasonOut(Schema):
    """Why a task fits."""

    because = fields.Enum(Because, by_value=True)
    skills = fields.List(fields.Enum(Skill, by_value=True))
    languages = fields.List(fields.Enum(Language, by_value=True))


class FitOut(Schema):
    """A task that fits, with its reasons."""

    task = fields.Nested(TaskOut)
    score = fields.Integer()
    reasons = fields.List(fields.Nested(ReasonOut))


class HelperFitOut(Schema):
    """A volunteer whom a task fits, with the reasons."""

    person_id = fields.Integer()
    name = fields.String()
    place_label = fields.String()
    score = fields.Integer()
    reasons = fields.List(fields.Nested(ReasonOut))


class SignUpOut(Schema):
    """One volunteer on a task's list."""

    id = fields.Integer()
    task_id = fields.Integer()
    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    state = fields.Enum(SignUpState, by_value=True)
    state_reason = fields.String()
    signed_at = fields.AwareDateTime()
    queued_at = fields.AwareDateTime(allow_none=True)
    was_moved_up = fields.Boolean()
    started_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    record_id = fields.Integer(allow_none=True)


class ContactOut(Schema):
    """Where and how to find the one served."""

    name = fields.String()
    phone = fields.String(allow_none=True)
    address = fields.String(allow_none=True)


class AskedOut(Schema):
    """How many were asked."""

    asked = fields.Integer()
