"""What comes in about publicity, votes, households and endings; ``…Form`` as people type it."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length, Range

from timebank.cofund.rules.policy import DEFAULT_POLICY, RANGES, Matter, ProjectPolicy
from timebank.cofund.rules.projects import COST_LINES_MAX, WEIGHT_MAX, Basis, Party
from timebank.cofund.rules.receivables import PERMILLE, Instalment, LaidBy
from timebank.cofund.rules.retention import MoveKind
from timebank.cofund.rules.votes import Choice, Tally
from timebank.cofund.schemas.asked import WeightsIn
from timebank.cofund.schemas.parts import Yuan, fen, row_id, text, yuan
from timebank.cofund.service.amendments import AmendedLine

_TALLY = ("area_total", "heads_total", "area_part", "heads_part", "area_yes", "heads_yes")
_AREA_MAX = 10**11
_HEADS_MAX = 10**6
BUILDINGS_MAX = 100


class PublicityForm(ma.Schema):
    """From which day a costing hangs at the doors; the photo comes as a file."""

    from_on = fields.Date()


class PublicityIn(PublicityForm):
    """From which day a costing hangs at the doors, with the photo of an older notice."""

    document_file_id = row_id()


def _numbers(written: str) -> list[int]:
    """Return the numbers of buildings in a text such as ``7, 8``."""
    parts = written.replace("，", ",").replace("、", ",").split(",")
    return [int(one) for one in parts if one.strip().isdecimal()][:BUILDINGS_MAX]


class VoteIn(ma.Schema):
    """A vote to be opened."""

    matter = fields.Enum(Matter, by_value=True, required=True)
    closes_on = fields.Date(required=True)
    question = text(400)
    buildings = fields.List(
        fields.Integer(strict=True, validate=Range(1, 999)), validate=Length(1, BUILDINGS_MAX)
    )


class VoteForm(ma.Schema):
    """A vote to be opened, as it is typed: buildings as numbers with commas."""

    matter = fields.Enum(Matter, by_value=True, required=True)
    closes_on = fields.Date(required=True)
    question = text(400)
    buildings = text(200)

    @ma.post_load
    def as_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the buildings as numbers."""
        buildings = _numbers(data.pop("buildings", ""))
        return {**data, "buildings": buildings} if buildings else data


def _area() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=Range(0, _AREA_MAX))


def _heads() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=Range(0, _HEADS_MAX))


class TallyIn(ma.Schema):
    """Six sums; areas in hundredths of a square metre."""

    area_total, area_part, area_yes = _area(), _area(), _area()
    heads_total, heads_part, heads_yes = _heads(), _heads(), _heads()

    @ma.post_load
    def as_tally(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the sums as one value."""
        tally = Tally(**{name: data.pop(name) for name in _TALLY})
        return {**data, "tally": tally}


class TallyForm(TallyIn):
    """Six sums as they are typed: areas in square metres."""

    area_total = Yuan(required=True, validate=Range(0, _AREA_MAX))
    area_part = Yuan(required=True, validate=Range(0, _AREA_MAX))
    area_yes = Yuan(required=True, validate=Range(0, _AREA_MAX))
    heads_total = fields.Integer(required=True, validate=Range(0, _HEADS_MAX))
    heads_part = fields.Integer(required=True, validate=Range(0, _HEADS_MAX))
    heads_yes = fields.Integer(required=True, validate=Range(0, _HEADS_MAX))


class RecordedVoteForm(TallyForm):
    """The sums of a vote that was held elsewhere; its signed result comes as a file."""

    matter = fields.Enum(Matter, by_value=True, required=True)
    voted_on = fields.Date(required=True)
    question = text(400)


class RecordedVoteIn(TallyIn):
    """The sums of a vote that was held elsewhere, with its signed result."""

    matter = fields.Enum(Matter, by_value=True, required=True)
    voted_on = fields.Date(required=True)
    question = text(400)
    document_file_id = row_id(required=True)


class BallotIn(ma.Schema):
    """What one's own household says."""

    owner_id = row_id(required=True)
    choice = fields.Enum(Choice, by_value=True, required=True)


class DoorForm(ma.Schema):
    """A household of the roll by its door, and what its paper says."""

    building = fields.Integer(required=True, validate=Range(1, 999))
    unit = fields.Integer(required=True, validate=Range(1, 99))
    room_no = text(16, required=True)
    choice = fields.Enum(Choice, by_value=True, required=True)


class PaperForm(DoorForm):
    """A paper ballot."""

    collected_on = fields.Date(required=True)


class ProxyForm(DoorForm):
    """A ballot by proxy; the owner's written word comes as a file."""

    proxy_name = text(60, required=True)


class PaperIn(BallotIn):
    """A paper ballot of a household of the roll."""

    collected_on = fields.Date(required=True)


class ProxyIn(BallotIn):
    """A ballot by proxy, with the owner's written word."""

    proxy_name = text(60, required=True)
    proof_file_id = row_id(required=True)


class InstalmentIn(ma.Schema):
    """One date of payment."""

    permille = fields.Integer(required=True, strict=True, validate=Range(1, PERMILLE))
    due_on = fields.Date(required=True)

    @ma.post_load
    def as_instalment(self, data: Mapping[str, Any], **_: object) -> Instalment:
        """Return it as the rules know it."""
        return Instalment(data["permille"], data["due_on"])


class RaiseIn(ma.Schema):
    """How the residents' share is laid on households."""

    laid_by = fields.Enum(LaidBy, by_value=True, required=True)
    instalments = fields.List(fields.Nested(InstalmentIn), required=True, validate=Length(1, 9))
    buildings = fields.List(
        fields.Integer(strict=True, validate=Range(1, 999)), validate=Length(1, BUILDINGS_MAX)
    )


class RaiseForm(ma.Schema):
    """The same as it is typed: up to three dates, buildings as numbers with commas."""

    laid_by = fields.Enum(LaidBy, by_value=True, required=True)
    buildings = text(200)
    percent_1 = fields.Integer(load_default=100, validate=Range(1, 100))
    due_1 = fields.Date(required=True)
    percent_2 = fields.Integer(validate=Range(1, 100))
    due_2 = fields.Date()
    percent_3 = fields.Integer(validate=Range(1, 100))
    due_3 = fields.Date()

    @ma.post_load
    def as_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the dates as a list and the buildings as numbers."""
        dates = [
            Instalment(data[f"percent_{at}"] * 10, data[f"due_{at}"])
            for at in (1, 2, 3)
            if data.get(f"percent_{at}") and data.get(f"due_{at}")
        ]
        buildings = _numbers(data.get("buildings", ""))
        facts = {"laid_by": data["laid_by"], "instalments": dates}
        return {**facts, "buildings": buildings} if buildings else facts


class WaiverIn(ma.Schema):
    """Why a household should be let off, of all that it owes or of a part."""

    reason = text(400, required=True)
    amount_fen = fields.Integer(strict=True, validate=Range(1, 10**10))


class WaiverForm(WaiverIn):
    """The same as it is typed."""

    amount_fen = Yuan(validate=Range(1, 10**10))


class DecisionIn(ma.Schema):
    """Approved or refused; a refusal says why."""

    is_approved = fields.Boolean(required=True)
    note = text(400)


class ReceivablesQuery(ma.Schema):
    """Which households of a project."""

    building = fields.Integer(validate=Range(1, 999))
    only_open = fields.Boolean(load_default=False)
    cursor = fields.String(validate=Length(max=400))


class RegisterIn(ma.Schema):
    """Lines of the register of owners: door, floor area, owner."""

    text = fields.String(required=True, validate=Length(1, 400_000))


class PayeeIn(ma.Schema):
    """Another payee or account, and how it was called back."""

    payee = text(80, required=True)
    payee_account = text(60)
    callback_note = text(400, required=True)

    @ma.post_load
    def with_account(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the facts; an account that is not named is none."""
        return {"payee_account": "", **data}


class RetentionIn(ma.Schema):
    """What is to become of withheld money."""

    kind = fields.Enum(MoveKind, by_value=True, required=True)
    amount_fen = fen()
    payee = text(80)
    reason = text(400)


class RetentionForm(RetentionIn):
    """The same as it is typed."""

    amount_fen = yuan()


class SettlementIn(ma.Schema):
    """The audit of a final account, when there is one."""

    document_file_id = row_id()


class AmendedLineIn(ma.Schema):
    """An item with its new price; without an id a new one."""

    id = row_id()
    label = text(80)
    amount_fen = fen()

    @ma.post_load
    def as_line(self, data: Mapping[str, Any], **_: object) -> AmendedLine:
        """Return it as the service knows it."""
        return AmendedLine(data.get("id"), data.get("label", ""), data["amount_fen"])


class AmendmentIn(ma.Schema):
    """A changed agreement."""

    lines = fields.List(
        fields.Nested(AmendedLineIn), required=True, validate=Length(1, COST_LINES_MAX)
    )
    signed_on = fields.Date(required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    weights = fields.Nested(WeightsIn, required=True)
    reason = text(400, required=True)
    document_file_id = row_id(required=True)


class AmendmentForm(ma.Schema):
    """A changed agreement as it is typed: one item and its new price, or a new item."""

    cost_line_id = row_id()
    label = text(80)
    amount_fen = yuan()
    signed_on = fields.Date(required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    company = Yuan(load_default=0, validate=Range(0, WEIGHT_MAX))
    property_firm = Yuan(load_default=0, validate=Range(0, WEIGHT_MAX))
    residents = Yuan(load_default=0, validate=Range(0, WEIGHT_MAX))
    reason = text(400, required=True)

    @ma.post_load
    def as_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the facts with the item and the weights as values."""
        line = AmendedLine(
            data.pop("cost_line_id", None), data.pop("label", ""), data.pop("amount_fen")
        )
        weights = {party: data.pop(party.value) for party in Party}
        return {**data, "lines": [line], "weights": weights}


class PolicyIn(ma.Schema):
    """A new version of the rules; amounts in fen, parts in thousandths."""

    publicise_days = fields.Integer(required=True, validate=Range(*RANGES["publicise_days"]))
    vote_free_fen = fields.Integer(required=True, validate=Range(*RANGES["vote_free_fen"]))
    second_from_fen = fields.Integer(required=True, validate=Range(*RANGES["second_from_fen"]))
    payee_wait_hours = fields.Integer(required=True, validate=Range(*RANGES["payee_wait_hours"]))
    retention_permille = fields.Integer(
        required=True, validate=Range(*RANGES["retention_permille"])
    )
    defect_months = fields.Integer(required=True, validate=Range(*RANGES["defect_months"]))
    before_acceptance_permille = fields.Integer(
        required=True, validate=Range(*RANGES["before_acceptance_permille"])
    )
    overrun_permille = fields.Integer(required=True, validate=Range(*RANGES["overrun_permille"]))
    disclosure_days = fields.Integer(
        load_default=DEFAULT_POLICY.disclosure_days, validate=Range(*RANGES["disclosure_days"])
    )
    in_force_on = fields.Date()
    note = text(400)

    @ma.post_load
    def as_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the values as one policy."""
        values = ProjectPolicy(**{name: data.pop(name) for name in RANGES})
        return {**data, "values": values}


class PolicyForm(PolicyIn):
    """The same as it is typed: amounts in yuan."""

    vote_free_fen = Yuan(required=True, validate=Range(*RANGES["vote_free_fen"]))
    second_from_fen = Yuan(required=True, validate=Range(*RANGES["second_from_fen"]))
