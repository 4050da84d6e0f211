"""The shapes of needs, for programs and forms alike."""

from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.volunteering.rules import needs as rules
from timebank.volunteering.rules.matching import DayPart
from timebank.volunteering.rules.needs import (
    Asker,
    Channel,
    Language,
    NeedFacts,
    NeedState,
    Risk,
    Skill,
    Wishes,
)
from timebank.volunteering.rules.places import Far
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.rules.tasks import Admission
from timebank.volunteering.schemas.fields import of_our_time, row_id, short_text
from timebank.web.api import PageIn

_MINUTES = validate.Range(rules.NEED_MINUTES_MIN, rules.NEED_MINUTES_MAX)
FREE_TIMES = [f"{day}{part}" for day in range(1, 8) for part in DayPart]


def choices(kind: type[StrEnum]) -> Any:  # noqa: ANN401 - marshmallow's lists are generic
    """Return a field for some values of an enumeration."""
    return fields.List(
        fields.Enum(kind, by_value=True),
        load_default=list,
        validate=validate.Length(max=len(kind)),
    )


def free_times() -> Any:  # noqa: ANN401 - marshmallow's lists are generic
    """Return a field for the parts of the week in which somebody has time."""
    return fields.List(
        fields.String(validate=validate.OneOf(FREE_TIMES)),
        load_default=list,
        validate=validate.Length(max=len(FREE_TIMES)),
        metadata={"description": "ISO weekday and part of the day: m, a or e, such as 3a"},
    )


class WishesIn(Schema):
    """What whoever comes should be or be able to do."""

    risk = fields.Enum(Risk, by_value=True, load_default=Risk.LOW)
    sex = fields.Enum(Sex, by_value=True, load_default=None, allow_none=True)
    skills = choices(Skill)
    languages = choices(Language)


def packed_wishes(data: dict[str, Any]) -> Wishes:
    """Take the wishes out of loaded values and return them as one value."""
    return Wishes(
        risk=data.pop("risk"),
        sex=data.pop("sex"),
        skills=tuple(dict.fromkeys(data.pop("skills"))),
        languages=tuple(dict.fromkeys(data.pop("languages"))),
    )


class _NeedFactsIn(WishesIn):
    """What is told about a need, its time aside."""

    kind_id = row_id(required=True)
    recipient_id = row_id(load_default=None, allow_none=True)
    recipient_card = short_text(20)
    minutes = fields.Integer(required=True, validate=_MINUTES)
    helpers = fields.Integer(load_default=1, validate=validate.Range(1, rules.HELPERS_MAX))
    is_urgent = fields.Boolean(load_default=False)
    weekdays = fields.List(
        fields.Integer(validate=validate.Range(1, 7)),
        load_default=list,
        validate=validate.Length(max=7),
        metadata={"description": "ISO weekdays of a need that comes back every week"},
    )
    repeat_until_on = fields.Date(load_default=None, allow_none=True, validate=of_our_time)
    channel = fields.Enum(Channel, by_value=True, load_default=Channel.PAGE)
    consent = short_text(NOTE_MAX)
    details = short_text(NOTE_MAX)
    place = short_text()
    micro_grid_id = row_id(load_default=None, allow_none=True)
    case_id = row_id(load_default=None, allow_none=True)
    case_number = short_text(20)
    offer_id = row_id(load_default=None, allow_none=True)


def _packed(data: dict[str, Any]) -> dict[str, Any]:
    """Return loaded values with the facts gathered in one value."""
    data["wishes"] = packed_wishes(data)
    data["weekdays"] = "".join(str(day) for day in data["weekdays"])
    return {"facts": NeedFacts(**data)}


class NeedIn(_NeedFactsIn):
    """A new need; without a recipient it is the sender's own."""

    starts_at = fields.AwareDateTime(required=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts."""
        data["starts_at"] = data["starts_at"].replace(second=0, microsecond=0)
        return _packed(data)


class NeedFormIn(_NeedFactsIn):
    """The form of a new need: a day and a time on the wall clock."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    first_on = fields.Date(required=True, validate=of_our_time)
    starts_at = fields.Time(required=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the time onto the day and gather the facts."""
        at = data["starts_at"].replace(second=0, microsecond=0)
        data["starts_at"] = clock.at_local(data.pop("first_on"), at)
        return _packed(data)


class NewNeedQuery(Schema):
    """What the empty form may already know: who is looked for, and the case behind it."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    recipient_text = fields.String(validate=validate.Length(max=40), load_default="")
    case_id = row_id(load_default=None)
    offer_id = row_id(load_default=None)
    like_id = row_id(load_default=None)

    def readable(self, values: dict[str, str]) -> dict[str, Any]:
        """Return what can be read; the rest only would have filled the form."""
        wrong = self.validate(values)
        kept = {name: text for name, text in values.items() if name not in wrong}
        return dict(self.load(kept))


class NeedsIn(PageIn):
    """Which needs of a list."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    state = fields.Enum(NeedState, by_value=True, load_default=None)


class NeedListIn(PageIn):
    """Which needs a program asks for."""

    state = fields.Enum(NeedState, by_value=True)
    only_own = fields.Boolean(load_default=False)


class TakeUpIn(Schema):
    """How the places of the tasks are got."""

    admission = fields.Enum(Admission, by_value=True, load_default=Admission.DIRECT)


class ProfileIn(Schema):
    """What a volunteer brings; staff name the person."""

    person_id = row_id(load_default=None, allow_none=True)
    skills = choices(Skill)
    languages = choices(Language)
    free_times = free_times()
    far = fields.Enum(Far, by_value=True, load_default=Far.COMMUNITY)


class ConsentIn(Schema):
    """Whose guardian lets them help."""

    minor_id = row_id(required=True)
    guardian_id = row_id(required=True)


class ConsentFormIn(Schema):
    """The same by the numbers on their cards."""

    minor_card = fields.String(required=True, validate=validate.Length(1, 20))
    guardian_card = fields.String(required=True, validate=validate.Length(1, 20))


class TakenUpOut(Schema):
    """The tasks that a need became."""

    task_ids = fields.List(fields.Integer())


class NeedOut(Schema):
    """A need."""

    id = fields.Integer()
    state = fields.Enum(NeedState, by_value=True)
    state_reason = fields.String()
    recipient_id = fields.Integer()
    recipient_name = fields.String()
    asker = fields.Enum(Asker, by_value=True)
    asked_by_id = fields.Integer(allow_none=True)
    asked_by_name = fields.String()
    channel = fields.Enum(Channel, by_value=True)
    consent = fields.String()
    kind_id = fields.Integer()
    kind_name = fields.String()
    is_urgent = fields.Boolean()
    starts_at = fields.AwareDateTime()
    minutes = fields.Integer()
    helpers = fields.Integer()
    weekdays = fields.Function(lambda view: [int(day) for day in view.weekdays])
    repeat_until_on = fields.Date(allow_none=True)
    risk = fields.Enum(Risk, by_value=True)
    sex = fields.Enum(Sex, by_value=True, allow_none=True)
    skills = fields.List(fields.Enum(Skill, by_value=True))
    languages = fields.List(fields.Enum(Language, by_value=True))
    details = fields.String()
    place = fields.String()
    micro_grid_id = fields.Integer(allow_none=True)
    micro_grid_label = fields.String()
    case_id = fields.Integer(allow_none=True)
    case_number = fields.String()
    offer_id = fields.Integer(allow_none=True)
    revision = fields.Integer()
    posted_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()


class ProfileOut(Schema):
    """What a volunteer brings."""

    person_id = fields.Integer()
    skills = fields.List(fields.String())
    languages = fields.List(fields.String())
    free_times = fields.List(fields.String())
    far = fields.String()
    told_at = fields.AwareDateTime()
