"""A member's own data, handed over as a whole: which rows are about somebody, and what is told.

Every table in which a person stands is named here, either with the columns by which a row is about
that person or with the reason why it is not handed over (``tests/reports/test_own_data.py``).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # JSON

from timebank.community.rules import mask_phone

ROWS_MAX = 5000  # of one table; who has more is told so beside it

OWN: Mapping[str, tuple[str, ...]] = {
    "accident_cover": ("person_id",),
    "account_disposition": ("person_id",),
    "account_leaving": ("person_id",),
    "account_merge": ("old_id", "kept_id"),
    "activity_proposal": ("proposed_by_id",),
    "arrangement_change": ("person_id",),
    "booking": ("person_id", "relative_id"),
    "brought_line": ("person_id",),
    "care_charge": ("person_id",),
    "care_counter_telling": ("person_id",),
    "care_home_visit": ("person_id",),
    "care_offline_token": ("person_id",),
    "care_offline_use": ("person_id",),
    "care_refusal": ("person_id",),
    "care_voucher": ("person_id", "holder_id"),
    "care_voucher_move": ("from_id", "to_id"),
    "care_waiting": ("person_id",),
    "case_file": ("reporter_person_id",),
    "case_reporter": ("person_id",),
    "clearing_transfer": ("person_id", "to_person_id"),
    "cofund_holding": ("owner_person_id",),
    "cofund_vote_owner": ("owner_person_id",),
    "dispute": ("volunteer_id",),
    "expiry_notice": ("person_id",),
    "family_wallet": ("giver_id", "receiver_id"),
    "guardian_consent": ("minor_id", "guardian_id"),
    "hours_expiry": ("person_id",),
    "hours_posting": ("volunteer_id", "recipient_id"),
    "join_request": ("person_id",),
    "key_person": ("person_id",),
    "kinship": ("person_id", "relative_id"),
    "meeting_seat": ("person_id",),
    "member_card": ("person_id",),
    "message": ("person_id",),
    "month_notice": ("person_id",),
    "need": ("recipient_id", "asked_by_id"),
    "notice_contact": ("person_id",),
    "occasion_guest": ("person_id",),
    "offer": ("volunteer_id",),
    "opinion": ("person_id",),
    "opinion_support": ("person_id",),
    "organisation_leader": ("person_id",),
    "organisation_member": ("person_id",),
    "passbook_booklet": ("person_id",),
    "person_look": ("person_id",),
    "person_move": ("person_id",),
    "pool_gift": ("person_id",),
    "pool_grant": ("person_id",),
    "presence": ("volunteer_id",),
    "presence_correction": ("person_id",),
    "record_exhibit": ("person_id",),
    "redemption": ("person_id", "relative_id"),
    "role_holder": ("person_id",),
    "service_certificate": ("person_id",),
    "service_record": ("volunteer_id", "recipient_id"),
    "service_record_event": ("person_id",),
    "sign_up": ("volunteer_id",),
    "spending_consent": ("given_by_id",),
    "task": ("recipient_id",),
    "task_feedback": ("told_by_id",),
    "trail_event": ("actor_person_id",),
    "user_account": ("person_id",),
    "volunteer_admission": ("person_id",),
    "volunteer_profile": ("person_id",),
}
_WORK = "what somebody did as staff stands in the trail"
_SUMS = "a sum of rows that are handed over"
LEFT_OUT: Mapping[str, str] = {
    "brought_batch": _WORK,
    "care_person_day": _SUMS,
    "care_person_spend": _SUMS,
    "care_reserve_receipt": _WORK,
    "care_settlement": _WORK,
    "care_settlement_dispute": _WORK,
    "case_event": _WORK,
    "deadline_policy": _WORK,
    "dispute_vote": _WORK,
    "first_approval": _WORK,
    "hours_policy": _WORK,
    "ledger_account": "its lines are handed over as the statement",
    "meeting_decision": _WORK,
    "one_time_code": "a secret that holds for minutes",
    "person": "handed over first, as the profile",
    "person_source": "from which list a field of the profile came",
    "policy_outcome": "what rules would have meant that may never be in force",
    "risk_mark": "a look at records that is decided in the record itself",
    "routing_version": _WORK,
    "spot_check": _WORK,
    "unit_visit": _WORK,
    "visit_change": "told of a home, not of one person",
    "visit_door": "told of a home, not of one person",
    "volunteer_first": _SUMS,
}
# Secrets, what a machine alone reads, and what is about others.
_HIDDEN = frozenset(
    {"act_key", "client_id", "code_index", "digest", "key", "logins", "qr_text", "seal", "token"}
    | {"code_due_at", "code_until", "is_spread", "locked_until"}
)
_HIDDEN_ENDS = ("_hash", "_digest", "_index", "_tries")
_OF_OTHERS = frozenset(
    {("person_look", "address"), ("redemption", "instead_name"), ("key_person", "note")}
    | {("care_voucher", "code"), ("clearing_transfer", "code"), ("message", "code")}
)

# What members wrote themselves, which is handed over as it stands; whatever else is written is
# somebody else's words, in which other residents are not named.
OWN_WORDS: Mapping[str, frozenset[str]] = {
    "case_file": frozenset({"title", "description", "place_text", "reporter_phone"}),
    "case_reporter": frozenset({"contact", "email"}),
    "dispute": frozenset({"appeal_words", "arbitration_words"}),
    "join_request": frozenset({"facts"}),
    "need": frozenset({"details", "place"}),
    "notice_contact": frozenset({"address"}),
    "offer": frozenset({"words"}),
    "opinion": frozenset({"title", "words", "contact"}),
    "person": frozenset({"phone", "id_number", "address", "card_no"}),
    "person_move": frozenset({"from_address"}),
    "service_certificate": frozenset({"purpose"}),
    "service_record": frozenset({"activity", "place", "notes", "late_reason"}),
    "task_feedback": frozenset({"words"}),
    "user_account": frozenset({"login_name"}),
    "volunteer_admission": frozenset({"words"}),
}
# Of these only the rows that the member wrote are own words; the column says who did.
WRITERS: Mapping[str, str] = {"need": "asked_by_id", "service_record": "recorded_by_id"}
# Names of those who acted are shown on every page.
_NAMED_ENDS = ("name", "_by")
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def is_others(table: str, column: str, *, is_writer: bool) -> bool:
    """Return whether text in a column is somebody else's words."""
    is_own = is_writer and column in OWN_WORDS.get(table, frozenset())
    return not is_own and not column.endswith(_NAMED_ENDS)


def masked(value: Any, *, names: Collection[str], own: Collection[str]) -> Any:  # noqa: ANN401 - JSON
    """Return somebody else's words with names, phones and ID numbers of others hidden.

    ``own`` are the member's own numbers, which stay.
    """
    if isinstance(value, Mapping):
        return {key: masked(one, names=names, own=own) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one, names=names, own=own) for one in value]
    if not isinstance(value, str):
        return value
    text = value
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, f"{name[:1]}**")
    for pattern in (_ID_NUMBER, _PHONE):
        text = pattern.sub(lambda one: _number(one.group(), own), text)
    return text


def _number(found: str, own: Collection[str]) -> str:
    """Return a number with its middle hidden, unless it is the member's own."""
    return found if found in own else mask_phone(found)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one table that are about a member; ``is_cut`` says that there are more."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    is_cut: bool = False


def is_hidden(table: str, column: str) -> bool:
    """Return whether a column is a secret, of use to a machine alone, or about others."""
    ends = column.endswith(_HIDDEN_ENDS)
    return ends or column in _HIDDEN or (table, column) in _OF_OTHERS
