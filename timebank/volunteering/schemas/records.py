"""The shapes of hours, for programs and forms alike."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.kernel import clock
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.policy import Cap
from timebank.volunteering.rules.records import EventKind, Proof, RecordState, ServiceFacts
from timebank.volunteering.schemas.fields import of_our_time, row_id, short_text
from timebank.web.api import PageIn

_SLIP = validate.Length(max=40)


def _pack(data: dict[str, Any]) -> dict[str, Any]:
    """Return loaded values with the told facts gathered in one value."""
    told = {name: data.pop(name) for name in ServiceFacts.__dataclass_fields__ if name in data}
    return {"facts": ServiceFacts(**told), **data}


class _FactsIn(Schema):
    """What is told about a stretch of service, its time aside."""

    kind_id = row_id(required=True)
    recipient_id = row_id(load_default=None, allow_none=True)
    recipient_card = fields.String(validate=validate.Length(max=20), load_default="")
    organisation_id = row_id(load_default=None, allow_none=True)
    activity = short_text()
    place = short_text()
    micro_grid_id = row_id(load_default=None, allow_none=True)
    case_id = row_id(load_default=None, allow_none=True)
    case_number = fields.String(validate=validate.Length(max=20), load_default="")
    notes = short_text(rules.NOTE_MAX)
    late_reason = short_text(rules.NOTE_MAX)


class _AtMomentsIn(_FactsIn):
    """The facts as a program writes them: two moments with their offset."""

    started_at = fields.AwareDateTime(required=True, validate=of_our_time)
    ended_at = fields.AwareDateTime(required=True, validate=of_our_time)


class RecordIn(_AtMomentsIn):
    """A new record; without a volunteer it is the sender's own service."""

    volunteer_id = row_id(load_default=None, allow_none=True)
    centre_id = row_id(load_default=None, allow_none=True)
    slip_number = fields.String(validate=_SLIP, load_default="")

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts."""
        return _pack(data)


class CorrectionIn(_AtMomentsIn):
    """A record told anew, with the reason."""

    reason = fields.String(required=True, validate=validate.Length(1, rules.NOTE_MAX))

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts."""
        return _pack(data)


class _OnTheClockIn(_FactsIn):
    """The facts as a person writes them: one day and two times on the wall clock."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    served_on = fields.Date(required=True, validate=of_our_time)
    started_at = fields.Time(required=True)
    ended_at = fields.Time(required=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day and gather the facts."""
        day = data.pop("served_on")
        for name in ("started_at", "ended_at"):
            data[name] = clock.at_local(day, data[name])
        return _pack(data)


class RecordFormIn(_OnTheClockIn):
    """The form of a new record."""

    volunteer_id = row_id(load_default=None)
    slip_number = fields.String(validate=_SLIP, load_default="")


class CorrectionFormIn(_OnTheClockIn):
    """The form of a correction."""

    reason = fields.String(required=True, validate=validate.Length(1, rules.NOTE_MAX))


class NewRecordQuery(Schema):
    """What the empty form may already know: who is looked for, and the case behind it."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    volunteer_text = fields.String(validate=validate.Length(max=40), load_default="")
    recipient_text = fields.String(validate=validate.Length(max=40), load_default="")
    case_id = row_id(load_default=None)

    def readable(self, values: dict[str, str]) -> dict[str, Any]:
        """Return what can be read; the rest only would have filled the form."""
        wrong = self.validate(values)
        kept = {name: text for name, text in values.items() if name not in wrong}
        return dict(self.load(kept))


class RecordsIn(PageIn):
    """Which records of a list."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    state = fields.Enum(RecordState, by_value=True, load_default=None)


class RecordListIn(PageIn):
    """Which records a program asks for."""

    state = fields.Enum(RecordState, by_value=True)
    person_id = row_id(metadata={"description": "Only the service of this volunteer"})


class ReasonIn(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, rules.NOTE_MAX))


class WithdrawalIn(Schema):
    """Why, if there is something to say."""

    reason = short_text(rules.NOTE_MAX)


class WordsIn(Schema):
    """What is said about a record."""

    text = fields.String(required=True, validate=validate.Length(1, rules.NOTE_MAX))


class CodeIn(Schema):
    """The six digits that the one who was served was shown."""

    code = fields.String(required=True, validate=validate.Length(1, 12))


class SlipIn(Schema):
    """The number of the slip that the one who was served has signed."""

    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class ChosenIn(Schema):
    """Which records are approved together."""

    record_ids = fields.List(
        row_id(), load_default=list, validate=validate.Length(max=rules.CHOSEN_MAX)
    )


class KindOut(Schema):
    """A kind of service."""

    id = fields.Integer()
    code = fields.String()
    name = fields.String()
    description = fields.String()
    rate_percent = fields.Integer()
    bonus_minutes = fields.Integer()
    is_active = fields.Boolean()
    is_risky = fields.Boolean()


class RecordOut(Schema):
    """A service record."""

    id = fields.Integer()
    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    recipient_id = fields.Integer(allow_none=True)
    recipient_name = fields.String()
    organisation_id = fields.Integer(allow_none=True)
    organisation_name = fields.String()
    activity = fields.String()
    kind_id = fields.Integer()
    kind_name = fields.String()
    is_risky = fields.Boolean()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime()
    served_on = fields.Date()
    minutes = fields.Integer()
    place = fields.String()
    micro_grid_id = fields.Integer(allow_none=True)
    micro_grid_label = fields.String()
    centre_id = fields.Integer(allow_none=True)
    case_id = fields.Integer(allow_none=True)
    case_number = fields.String()
    notes = fields.String()
    late_reason = fields.String()
    slip_number = fields.String(allow_none=True)
    state = fields.Enum(RecordState, by_value=True)
    state_reason = fields.String()
    has_objection = fields.Boolean()
    recorded_at = fields.AwareDateTime()
    recorded_by_name = fields.String()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    confirmed_how = fields.Enum(Proof, by_value=True, allow_none=True)
    confirmed_by_name = fields.String()
    approved_at = fields.AwareDateTime(allow_none=True)
    approved_by_name = fields.String()
    policy_version = fields.Integer(allow_none=True)
    rate_percent = fields.Integer(allow_none=True)
    rounding_minutes = fields.Integer(allow_none=True)
    credited_minutes = fields.Integer(allow_none=True)
    bonus_minutes = fields.Integer()
    donation_minutes = fields.Integer()
    refused_minutes = fields.Integer()
    capped_by = fields.Enum(Cap, by_value=True, allow_none=True)
    entry_id = fields.UUID(allow_none=True)
    reversal_id = fields.UUID(allow_none=True)


class EventOut(Schema):
    """A line of a record's history."""

    at = fields.AwareDateTime()
    kind = fields.Enum(EventKind, by_value=True)
    state = fields.Enum(RecordState, by_value=True)
    actor_name = fields.String()
    note = fields.String()
    facts = fields.Dict()


class CountOut(Schema):
    """How many records were posted, and how many wait for another's approval."""

    approved = fields.Integer()
    awaiting_second = fields.Integer()


class BalanceOut(Schema):
    """A member's minutes: in all, set aside, and free to use."""

    posted_minutes = fields.Integer(attribute="posted")
    held_minutes = fields.Integer(attribute="held")
    available_minutes = fields.Integer(attribute="available")


class StatementLineOut(Schema):
    """A line of the statement with the service behind it."""

    entry_id = fields.UUID(attribute="line.entry_id")
    number = fields.Integer(attribute="line.number")
    kind = fields.String(attribute="line.kind")
    effective_on = fields.Date(attribute="line.effective_on")
    recorded_at = fields.AwareDateTime(attribute="line.recorded_at")
    minutes = fields.Integer(attribute="line.amount")
    balance_after_minutes = fields.Integer(attribute="line.balance_after")
    memo = fields.String(attribute="line.memo")
    record = fields.Nested(RecordOut, allow_none=True)
