"""The decision of a third person: approve and post, send back, take back what was posted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.errors import records as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits
from timebank.volunteering.queries.frozen import names_of_frozen
from timebank.volunteering.queries.records import written_by
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.disputes import DisputeAbout
from timebank.volunteering.rules.records import (
    Command,
    EventKind,
    Parties,
    RecordState,
)
from timebank.volunteering.service import books, ended, tidings_of_hours
from timebank.volunteering.service.caps import Allotment, allotments, order_of_service
from timebank.volunteering.service.expiry import return_expired
from timebank.volunteering.service.history import (
    Fact,
    HistoryLine,
    locked,
    locked_many,
    move,
    note,
    note_all,
    write,
)
from timebank.volunteering.service.rights import open_right
from timebank.volunteering.service.second import awaiting_second, note_first

EARNED = "hours.earned"


class Approvals(NamedTuple):
    """How many records were posted, and how many now wait for a second pair of eyes."""

    posted: int
    waiting: int


def approve_service(session: Session, *, actor: Actor, record_id: int, key: UUID) -> Approvals:
    """Approve one record and post its minutes to the volunteer, in the same transaction.

    Raises:
        ApprovesOwnError, ApprovesKinError, SecondsOwnApprovalError: the approver is too near.
        DomainError: the record does not wait for approval.
    """
    return approve_many(session, actor=actor, record_ids=[record_id], key=key)


def approve_many(
    session: Session, *, actor: Actor, record_ids: Collection[int], key: UUID
) -> Approvals:
    """Approve all of these or none, and post at once what needs nobody else's approval.

    Raises:
        NothingChosenError, TooManyChosenError: the choice is empty or too large.
        VolunteersFrozenError: nothing can be posted to some of the volunteers.
        DomainError: as for a single one.
    """
    chosen = sorted(set(record_ids))
    if not chosen:
        raise errors.NothingChosenError
    if len(chosen) > rules.CHOSEN_MAX:
        raise errors.TooManyChosenError(limit=rules.CHOSEN_MAX)
    rows = locked_many(session, actor=actor, record_ids=chosen, permission="hours.approve")
    _check_approver(session, actor, rows)
    _check_live(session, rows)
    for row in rows:
        rules.next_state(RecordState(row.state), Command.APPROVE)
    found = allotments(session, rows)
    waiting = awaiting_second(session, actor=actor, rows=rows, found=found)
    first = [row for row in rows if row.id in waiting.record_ids]
    note_first(session, actor=actor, rows=first, found=found, waiting=waiting)
    posted = [row for row in rows if row.id not in waiting.record_ids]
    if first and posted:
        found = allotments(session, posted)  # what waits takes no room under a cap yet
    _post(session, actor=actor, rows=posted, found=found, key=key)
    return Approvals(len(posted), len(first))


def _post(
    session: Session,
    *,
    actor: Actor,
    rows: Sequence[ServiceRecord],
    found: Mapping[int, Allotment],
    key: UUID,
) -> None:
    """Post the minutes of records at once and mark each as approved."""
    if not rows:
        return
    places = books.places_of(
        session,
        community_id=rows[0].community_id,
        grid_ids=[row.grid_id for row in rows],
        owner_ids=[row.volunteer_id for row in rows if found[row.id].share.own_minutes],
        donor_ids=[row.volunteer_id for row in rows if found[row.id].share.donation_minutes],
    )
    decisions = {row.id: _credit(row, found[row.id], places, key=key) for row in rows}
    drafts = [decisions[row.id].draft for row in rows]
    ledger_posting.post_many(session, actor=actor, drafts=drafts)
    for wave in _waves(rows):
        for row in wave:
            _mark(row, decisions[row.id], actor=actor)
        write(session)
    lines = [HistoryLine(row, EventKind.APPROVED, _told(row)) for row in rows]
    note_all(session, actor=actor, lines=lines)
    tidings_of_hours.of_approvals(session, actor=actor, rows=rows)


def _waves(rows: Sequence[ServiceRecord]) -> list[list[ServiceRecord]]:
    """Return records so that a volunteer's are judged one after the other, as they were allotted.

    Caps are a volunteer's own, so that records of different volunteers are written together.
    """
    had: Counter[int] = Counter()
    waves: list[list[ServiceRecord]] = []
    for row in sorted(rows, key=order_of_service):
        number = had[row.volunteer_id]
        had[row.volunteer_id] += 1
        if number == len(waves):
            waves.append([])
        waves[number].append(row)
    return waves


def _told(row: ServiceRecord) -> dict[str, Fact]:
    """Return what the history says of an approval."""
    return {
        "credited_minutes": row.credited_minutes,
        "donation_minutes": row.donation_minutes,
        "refused_minutes": row.refused_minutes,
        "policy_version": row.policy_version,
        "entry_id": str(row.entry_id),
    }


@dataclass(frozen=True, slots=True)
class _Credit:
    """What an approval brings: how it was reckoned and shared, and the entry to be posted."""

    allotment: Allotment
    draft: EntryDraft


def _check_approver(session: Session, actor: Actor, rows: Sequence[ServiceRecord]) -> None:
    """Refuse an approver who is too near to any of the records, or has a hand in what it says."""
    chosen = select(ServiceRecord.id).where(ServiceRecord.id.in_([row.id for row in rows]))
    if session.scalar(chosen.where(written_by(actor)).limit(1)) is not None:
        raise errors.ApprovesOwnError
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else ()
    for row in rows:
        parties = Parties(
            row.volunteer_id, row.recipient_id, row.recorded_by_id, row.recorded_by_user_id
        )
        rules.check_approver(
            parties, user_id=actor.user_id, person_id=actor.person_id, kin_ids=near
        )


def _check_live(session: Session, rows: Sequence[ServiceRecord]) -> None:
    """Refuse to approve what cannot be posted, and say whose it is.

    Raises:
        VolunteersFrozenError: the accounts of some volunteers are frozen.
    """
    names = names_of_frozen(
        session,
        community_id=rows[0].community_id,
        person_ids={row.volunteer_id for row in rows},
    )
    if names:
        raise errors.VolunteersFrozenError(names="、".join(names))


def _credit(
    row: ServiceRecord, allotment: Allotment, places: books.Places, *, key: UUID
) -> _Credit:
    """Return what approving a record brings: the entry for each part of its minutes."""
    share, issuance_id = allotment.share, places.issuance[row.grid_id]
    parts = ((places.own, share.own_minutes), (places.donation, share.donation_minutes))
    transfers = [
        Transfer(issuance_id, accounts[row.volunteer_id], minutes)
        for accounts, minutes in parts
        if minutes
    ]
    draft = EntryDraft(
        id=derived_id(key, f"service_record:{row.id}"),
        book_id=places.book_id,
        asset=Asset.MINUTES,
        kind=EARNED,
        effective_on=clock.today(),
        transfers=transfers,
        memo=allotment.kind_name,
        document=f"service-record:{row.id}",
    )
    return _Credit(allotment, draft)


def _mark(row: ServiceRecord, credit: _Credit, *, actor: Actor) -> None:
    """Write onto a record that it was approved, by whom, and how its minutes were reckoned."""
    reckoning, share = credit.allotment.reckoning, credit.allotment.share
    move(row, Command.APPROVE)
    row.approved_at = clock.now()
    row.approved_by_id, row.approved_by_user_id = actor.person_id, actor.user_id
    row.policy_version = credit.allotment.version
    row.rate_percent = reckoning.rate_percent
    row.rounding_minutes = reckoning.rounding_minutes
    row.bonus_minutes = reckoning.bonus_minutes
    row.credited_minutes = share.credited_minutes
    row.donation_minutes, row.refused_minutes = share.donation_minutes, share.refused_minutes
    row.capped_by = share.cap
    row.entry_id = credit.draft.id


def reject_service(session: Session, *, actor: Actor, record_id: int, reason: str) -> None:
    """Send a record back with the reason; repaired, it may come again.

    Raises:
        ReasonMissingError: no reason was given.
        ApprovesOwnError, ApprovesKinError: the actor stands in the record, or kin does.
        DomainError: the record is past sending back.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.approve")
    _check_not_near(session, actor, row)
    reason = rules.required(reason)
    move(row, Command.REJECT, reason=reason)
    note(session, actor=actor, row=row, kind=EventKind.REJECTED, text=reason)
    open_right(session, actor=actor, row=row, about=DisputeAbout.REJECTION, reason=reason)


def _check_not_near(session: Session, actor: Actor, row: ServiceRecord) -> None:
    """Refuse to decide over service in which the actor or their kin stand."""
    parties = {row.volunteer_id, row.recipient_id}
    if actor.person_id is None:
        return
    if actor.person_id in parties:
        raise errors.ApprovesOwnError
    if parties & limits.kin_ids(session, actor.person_id):
        raise errors.ApprovesKinError


def unapprove_service(
    session: Session, *, actor: Actor, record_id: int, reason: str, key: UUID
) -> None:
    """Take back what was posted by a reversal; minutes already spent become a named debt.

    Raises:
        ReasonMissingError: no reason was given.
        ApprovesOwnError, ApprovesKinError: the actor stands in the record, or kin does.
        NotApprovedError: nothing was posted.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.unapprove")
    _check_not_near(session, actor, row)
    reason = rules.required(reason)
    rules.next_state(RecordState(row.state), Command.UNAPPROVE)
    entry_id = row.entry_id
    if entry_id is None:  # the database keeps approved records posted
        raise errors.NotApprovedError
    with ended.brought_back(session, actor=actor, row=row, key=key) as whose_id:
        return_expired(session, actor=actor, row=row, entry_id=entry_id, key=key, reason=reason)
        debt_id = books.debt_account(session, community_id=row.community_id, person_id=whose_id)
        reversal = ledger_posting.reverse(
            session,
            actor=actor,
            entry_id=entry_id,
            reversal_id=derived_id(key, f"service_record:{row.id}"),
            reason=reason,
            debt_account_id=debt_id,
        )
    move(row, Command.UNAPPROVE, reason=reason)
    row.reversal_id = reversal.id
    row.has_objection = False
    note(
        session,
        actor=actor,
        row=row,
        kind=EventKind.UNAPPROVED,
        text=reason,
        facts={"reversal_id": str(row.reversal_id)},
    )
    open_right(session, actor=actor, row=row, about=DisputeAbout.UNAPPROVAL, reason=reason)


def object_to_record(session: Session, *, actor: Actor, record_id: int, text: str) -> None:
    """Say that a record is wrong; those who review see it until one of them answers.

    Raises:
        NotYoursToObjectError: the actor neither served nor was served.
        ReasonMissingError: nothing was said.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.read")
    if actor.person_id is None or actor.person_id not in {row.volunteer_id, row.recipient_id}:
        raise errors.NotYoursToObjectError
    text = rules.required(text, field="text")
    row.has_objection = True
    note(session, actor=actor, row=row, kind=EventKind.OBJECTED, text=text)


def answer_objection(session: Session, *, actor: Actor, record_id: int, text: str) -> None:
    """Answer whoever said that a record is wrong.

    Raises:
        NoObjectionError: nobody waits for an answer.
        ReasonMissingError: nothing was said.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.approve")
    if not row.has_objection:
        raise errors.NoObjectionError
    text = rules.required(text, field="text")
    row.has_objection = False
    note(session, actor=actor, row=row, kind=EventKind.ANSWERED, text=text)
