"""Shapes of matching: what programs and forms send, and what programs get."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext
from marshmallow import EXCLUDE, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from timebank.bank.queries.claims import Shown
from timebank.bank.rules.claims import PARTS_MAX, PLAIN, Purpose, Reason
from timebank.cofund.rules.projects import AMOUNT_FEN_MAX
from timebank.cofund.schemas.parts import Yuan, row_id, text
from timebank.cofund.service.meetings import Wanted
from timebank.web.api import PageIn

_KEY = Regexp(r"^[a-z_]{1,16}:[0-9]{1,18}$")
_VERSION = Range(0, 2**31)
_PLAIN = [purpose for purpose in PLAIN if purpose is not Purpose.WITHHELD]
_AMOUNT = Range(1, AMOUNT_FEN_MAX, error=lazy_gettext("金额要大于零，最多一亿元。"))


def _version() -> fields.Integer:
    """Return the field of the version that a reader saw."""
    return fields.Integer(required=True, validate=_VERSION)


class DeskQuery(ma.Schema):
    """Which lines a reader looks at, what is searched for, and whether a line is split."""

    class Meta:
        """What else stands in the address is not for us."""

        unknown = EXCLUDE

    shown = fields.Enum(Shown, by_value=True, load_default=Shown.ALL)
    reason = fields.Enum(Reason, by_value=True, load_default=None)
    words = fields.String(load_default="", validate=Length(max=40))
    split = fields.Boolean(load_default=False)


class WaitingQuery(PageIn):
    """Which lines that wait a program wants."""

    shown = fields.Enum(Shown, by_value=True, load_default=Shown.ALL)
    reason = fields.Enum(Reason, by_value=True, load_default=None)


class WantedIn(ma.Schema):
    """A candidate that a part of the line is to meet; without an amount as much as fits."""

    target = fields.String(required=True, validate=_KEY)
    amount_fen = fields.Integer(load_default=None, strict=True, validate=_AMOUNT)

    @ma.post_load
    def as_wanted(self, data: Mapping[str, Any], **_: object) -> Wanted:
        """Return it as the service knows it."""
        return Wanted(data["target"], data["amount_fen"])


class MatchIn(ma.Schema):
    """What a line is to meet."""

    wanted = fields.List(fields.Nested(WantedIn), required=True, validate=Length(1, PARTS_MAX))
    expected_version = _version()
    withheld_fen = fields.Integer(load_default=0, strict=True, validate=Range(0, AMOUNT_FEN_MAX))
    is_rest_credit = fields.Boolean(load_default=False)


class MatchForm(ma.Schema):
    """The same from a form: ``target`` once or more, ``amount-{target}`` in yuan beside each."""

    class Meta:
        """Amounts are named after their targets; they are gathered before."""

        unknown = EXCLUDE

    target = fields.List(
        fields.String(validate=_KEY), required=True, validate=Length(1, PARTS_MAX),
        error_messages={"required": lazy_gettext("请至少选一项。")},
    )  # fmt: skip
    amounts = fields.Dict(keys=fields.String(), values=Yuan(validate=_AMOUNT), load_default=dict)
    expected_version = _version()
    withheld_fen = Yuan(load_default=0, validate=Range(0, AMOUNT_FEN_MAX))
    is_rest_credit = fields.Boolean(load_default=False)

    @ma.pre_load
    def gather(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        """Return the amounts by the targets that they are named after."""
        amounts = {
            name.removeprefix("amount-"): value
            for name, value in data.items()
            if name.startswith("amount-")
        }
        return {**data, "amounts": amounts}

    @ma.post_load
    def as_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the targets with their amounts."""
        amounts = data.pop("amounts")
        wanted = [Wanted(key, amounts.get(key)) for key in data.pop("target")]
        return {**data, "wanted": wanted}


class PlainIn(ma.Schema):
    """What a line is that needs no further word."""

    purpose = fields.Enum(Purpose, by_value=True, required=True, validate=OneOf(_PLAIN))
    expected_version = _version()


class PairIn(ma.Schema):
    """The line that this one is set against."""

    other_line_id = row_id(required=True)
    expected_version = _version()


class CreditIn(ma.Schema):
    """The household whose credit the rest of a line is."""

    household_id = row_id(required=True)
    expected_version = _version()


class HoldIn(ma.Schema):
    """Why a line is set aside, and until when."""

    reason = fields.Enum(Reason, by_value=True, required=True)
    note = text(200, required=True)
    due_on = fields.Date(load_default=None)
    expected_version = _version()


class ReleaseIn(ma.Schema):
    """The version of the line that the reader saw."""

    expected_version = _version()


class UndoIn(ma.Schema):
    """Why a claim is undone."""

    reason = text(200, required=True)


class TermOut(ma.Schema):
    """One thing that speaks for a candidate, or against it when it has no points."""

    code = fields.String()
    points = fields.Integer()
    facts = fields.Dict(keys=fields.String())


class CandidateOut(ma.Schema):
    """What a line could be, with its points and why."""

    target = fields.String(attribute="target.key")
    kind = fields.String(attribute="target.kind")
    label = fields.String(attribute="target.label")
    amount_fen = fields.Integer(attribute="target.amount_fen")
    payment_code = fields.String(attribute="target.payment_code")
    project_id = fields.Integer(attribute="target.project_id")
    score = fields.Integer()
    is_contradicted = fields.Boolean()
    terms = fields.List(fields.Nested(TermOut))


class WaitingLineOut(ma.Schema):
    """A line of which something is unclaimed, and what holds it up."""

    id = fields.Integer()
    account_id = fields.Integer()
    kind = fields.String()
    booked_on = fields.Date()
    amount_fen = fields.Integer()
    unallocated_fen = fields.Integer()
    version = fields.Integer()
    party_name = fields.String()
    text = fields.String()
    reference = fields.String()
    reason = fields.String(allow_none=True)
    note = fields.String()
    is_held = fields.Boolean()
    owner_name = fields.String()
    due_on = fields.Date(allow_none=True)
    age_days = fields.Integer()
    is_overdue = fields.Boolean()


class ClaimPartOut(ma.Schema):
    """A claimed part of a line: what for, by whom, why, and whether it was undone."""

    claim_id = fields.UUID(attribute="part.claim_id")
    line_id = fields.Integer(attribute="part.line_id")
    purpose = fields.String(attribute="part.purpose")
    amount_fen = fields.Integer(attribute="part.amount_fen")
    entry_id = fields.UUID(attribute="part.entry_id")
    kind = fields.String(attribute="match.kind")
    label = fields.String(attribute="match.label")
    project_id = fields.Integer(attribute="match.project_id", allow_none=True)
    is_automatic = fields.Boolean(attribute="part.evidence.is_automatic")
    score = fields.Integer(attribute="part.evidence.score")
    terms = fields.List(fields.Nested(TermOut), attribute="part.evidence.terms")
    claimed_name = fields.String(attribute="part.claimed_name")
    claimed_at = fields.AwareDateTime(format="iso", attribute="part.claimed_at")
    undone_name = fields.String(attribute="part.undone_name")
    undone_at = fields.AwareDateTime(format="iso", attribute="part.undone_at", allow_none=True)
    undone_reason = fields.String(attribute="part.undone_reason")


class MatchRunOut(ma.Schema):
    """A run over the lines that wait, and how far it is."""

    id = fields.Integer()
    state = fields.String()
    total = fields.Integer()
    seen = fields.Integer()
    matched = fields.Integer()
    raised = fields.Integer()
    percent = fields.Integer()
    started_name = fields.String()
    started_at = fields.AwareDateTime(format="iso")
    done_at = fields.AwareDateTime(format="iso", allow_none=True)
