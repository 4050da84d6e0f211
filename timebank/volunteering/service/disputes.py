"""Appeal and arbitration: the volunteer disagrees, and others than before decide."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import disputes as errors
from timebank.volunteering.errors.records import ServedSelfError
from timebank.volunteering.models.disputes import Dispute, DisputeVote
from timebank.volunteering.models.records import ServiceRecord, ServiceRecordEvent
from timebank.volunteering.queries import disputes as reads_of
from timebank.volunteering.queries import limits
from timebank.volunteering.queries.desk_rules import rules_in_force
from timebank.volunteering.queries.merging import merged_into
from timebank.volunteering.rules import desk, notices
from timebank.volunteering.rules import disputes as rules
from timebank.volunteering.rules.disputes import (
    DisputeAbout,
    DisputeCommand,
    DisputeState,
    Vote,
)
from timebank.volunteering.rules.exhibits import Paper
from timebank.volunteering.rules.records import Command, EventKind, RecordState, required
from timebank.volunteering.service.exhibits import add_papers
from timebank.volunteering.service.history import Fact, move, note, write
from timebank.volunteering.service.review import approve_service
from timebank.volunteering.service.rights import hold_record
from timebank.volunteering.service.tidings_of_hours import of_judgement

# What a record restored from one taken back tells; who decided what is not among it.
_RESTORED = (
    "community_id",
    "organisation_id",
    "activity",
    "kind_id",
    "started_at",
    "ended_at",
    "served_on",
    "minutes",
    "place",
    "micro_grid_id",
    "grid_id",
    "centre_id",
    "case_id",
    "notes",
    "late_reason",
    "slip_number",
    "revision",
    "recorded_at",
    "recorded_by_id",
    "recorded_by_user_id",
    "stated_at",
    "confirmed_at",
    "confirmed_by_id",
    "confirmed_by_user_id",
    "confirmed_how",
)
_TOLD_BEFORE = (EventKind.RECORDED, EventKind.CORRECTED, EventKind.CONFIRMED)


def appeal(
    session: Session, *, actor: Actor, record_id: int, words: str, papers: Sequence[Paper] = ()
) -> int:
    """Disagree with the rejection of a record, or with its approval being taken back.

    Staff of the place may write for a volunteer, unless they decided. Return the dispute's id.

    Raises:
        DisputeNotFoundError: there is no such right within the actor's reach.
        NotYoursToAppealError, ReasonMissingError
        AppealLapsedError: the last day has passed.
        DomainError: it was appealed before, is settled, or the papers are not taken.
    """
    row = _of_record(session, actor, record_id)
    _check_appellant(session, actor, row)
    state, said = _next(row, DisputeCommand.APPEAL), required(words, field="words")
    terms = rules_in_force(session, row.community_id)
    row.appeal_words, row.appealed_at = said, clock.now()
    row.appealed_by_user_id, row.appealed_by_name = actor.user_id, actor.name
    _move(row, state, days=terms.appeal_decided_days)
    _note(session, actor, row, EventKind.APPEALED, row.appeal_words)
    if papers:
        add_papers(session, actor=actor, record_id=row.record_id, papers=papers)
    return row.id


def _check_appellant(session: Session, actor: Actor, row: Dispute) -> None:
    """Refuse everybody but the volunteer, by whatever record, and staff who write for them."""
    is_decider = actor.user_id is not None and actor.user_id == row.decided_by_user_id
    reach = actor.reach("hours.appeal")
    is_staff = bool(reach.grid_ids or reach.centre_ids or reach.is_wide)
    is_own = actor.person_id == merged_into(session, row.volunteer_id)
    if not is_own and (is_decider or not is_staff):
        raise errors.NotYoursToAppealError


def decide_appeal(
    session: Session,
    *,
    actor: Actor,
    dispute_id: int,
    is_granted: bool,
    words: str,
    key: UUID,
    approves: bool = False,
) -> None:
    """Decide an appeal as somebody who had no hand in the record; in words.

    Granted, the record is back in review; who ``approves`` approves it in the same act.

    Raises:
        DisputeNotFoundError, NotAppealedError, ReasonMissingError
        DecidesOwnActError, DecidesKinError: the actor is too near.
    """
    row = _locked(session, actor, dispute_id)
    state = _next(row, DisputeCommand.GRANT if is_granted else DisputeCommand.UPHOLD)
    _check_judge(session, actor, row)
    said = required(words, field="words")
    terms = rules_in_force(session, row.community_id)
    row.judgement, row.judged_at = said, clock.now()
    row.judged_by_user_id, row.judged_by_id = actor.user_id, actor.person_id
    row.judged_by_name = actor.name
    if is_granted:
        _move(row, state)
        _grant(session, actor, row, words=said, key=key, approves=approves)
        return
    _move(row, state, days=terms.arbitration_days)
    _note(session, actor, row, EventKind.APPEAL_UPHELD, said)
    upheld = notices.AppealUpheld(said, row.due_on or clock.today())
    of_judgement(session, actor=actor, row=row, notice=upheld)


def ask_arbitration(
    session: Session, *, actor: Actor, dispute_id: int, words: str, papers: Sequence[Paper] = ()
) -> None:
    """Ask for arbitration after an appeal was not granted.

    Raises:
        DisputeNotFoundError, NotYoursToAppealError, NotUpheldError, ReasonMissingError
        AppealLapsedError: the last day has passed.
    """
    row = _locked(session, actor, dispute_id, permission="hours.appeal")
    _check_appellant(session, actor, row)
    state, said = _next(row, DisputeCommand.ASK_ARBITRATION), required(words, field="words")
    terms = rules_in_force(session, row.community_id)
    row.arbitration_words, row.arbitration_at = said, clock.now()
    _move(row, state, days=terms.arbitration_decided_days)
    _note(session, actor, row, EventKind.ARBITRATION, row.arbitration_words)
    if papers:
        add_papers(session, actor=actor, record_id=row.record_id, papers=papers)


def arbitrate(
    session: Session, *, actor: Actor, dispute_id: int, is_granted: bool, words: str, key: UUID
) -> bool | None:
    """Give one's word in arbitration; return how it ends, None while another word is needed.

    Who holds ``dispute.arbitrate`` decides alone; of others two must agree. It is final.

    Raises:
        DisputeNotFoundError, NotInArbitrationError, ReasonMissingError
        DecidesOwnActError, DecidesKinError: the actor has acted before, or is too near.
    """
    row = _locked(session, actor, dispute_id)
    command = DisputeCommand.ARBITRATE_FOR if is_granted else DisputeCommand.ARBITRATE_AGAINST
    _next(row, command)
    _check_judge(session, actor, row)
    place = session.get_one(ServiceRecord, row.record_id)
    is_alone = actor.reach("dispute.arbitrate").covers(
        grid_id=place.grid_id, centre_id=place.centre_id
    )
    kept = required(words, field="words")
    session.execute(
        insert(DisputeVote),
        {
            "community_id": row.community_id,
            "dispute_id": row.id,
            "at": clock.now(),
            "user_id": actor.user_id,
            "person_id": actor.person_id,
            "actor_name": actor.name,
            "is_granted": is_granted,
            "is_alone": is_alone,
            "words": kept,
        },
    )
    ended = rules.verdict(_votes(session, row.id))
    voted = EventKind.ARBITER_FOR if is_granted else EventKind.ARBITER_AGAINST
    _note(session, actor, row, voted, kept)
    if ended is True:
        _move(row, _next(row, DisputeCommand.ARBITRATE_FOR))
        _grant(session, actor, row, words=kept, key=key, approves=False)
    elif ended is False:
        _move(row, _next(row, DisputeCommand.ARBITRATE_AGAINST))
        session.flush()
        of_judgement(session, actor=actor, row=row, notice=notices.AppealFinal(kept))
    return ended


def _votes(session: Session, dispute_id: int) -> list[Vote]:
    """Return the votes in their order."""
    rows = session.execute(
        select(DisputeVote.is_granted, DisputeVote.is_alone)
        .where(DisputeVote.dispute_id == dispute_id)
        .order_by(DisputeVote.id)
    )
    return [Vote(is_granted, is_alone) for is_granted, is_alone in rows]


def _grant(
    session: Session, actor: Actor, row: Dispute, *, words: str, key: UUID, approves: bool
) -> None:
    """Bring the record back into review: itself when it was rejected, else told anew.

    It is told anew, too, for whom a record of the volunteer or of who was served was merged into:
    nothing is posted to a record that is closed, and nobody confirms by one.
    """
    session.flush()
    record = session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.id == row.record_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    parties = _parties_today(session, record)
    is_as_before = parties == (record.volunteer_id, record.recipient_id)
    if row.about == DisputeAbout.REJECTION and is_as_before:
        was_confirmed = record.confirmed_at is not None
        move(record, Command.REINSTATE if was_confirmed else Command.REOPEN)
        _note(session, actor, row, EventKind.APPEAL_GRANTED, words)
    else:
        _note(session, actor, row, EventKind.APPEAL_GRANTED, words)
        record = _restored(session, actor, record, parties)
        row.new_record_id = record.id
        session.flush()
    of_judgement(session, actor=actor, row=row, notice=notices.AppealGranted(words))
    if approves:
        approve_service(session, actor=actor, record_id=record.id, key=key)


def _parties_today(session: Session, record: ServiceRecord) -> tuple[int, int | None]:
    """Return who stands today for the volunteer and for whoever was served."""
    served_id = record.recipient_id
    return (
        merged_into(session, record.volunteer_id),
        None if served_id is None else merged_into(session, served_id),
    )


def _restored(
    session: Session, actor: Actor, old: ServiceRecord, parties: tuple[int, int | None]
) -> ServiceRecord:
    """Return a record that tells what one taken back told; what was posted stays as it is.

    Raises:
        ServedSelfError: both turned out to be one person since.
        OverlapError, DayFilledMeanwhileError: its time has been filled since.
    """
    volunteer_id, recipient_id = parties
    if volunteer_id == recipient_id:
        raise ServedSelfError
    new = ServiceRecord(
        **{name: getattr(old, name) for name in _RESTORED},
        volunteer_id=volunteer_id,
        recipient_id=recipient_id,
        state=RecordState.RECORDED if old.confirmed_at is None else RecordState.CONFIRMED,
        code_tries=0,
        has_objection=False,
    )
    session.add(new)
    write(session)
    told = session.scalars(
        select(ServiceRecordEvent)
        .where(ServiceRecordEvent.record_id == old.id, ServiceRecordEvent.kind.in_(_TOLD_BEFORE))
        .order_by(ServiceRecordEvent.id)
    )
    copied = [
        {
            column.name: new.id if column.name == "record_id" else getattr(line, column.name)
            for column in ServiceRecordEvent.__table__.columns
            if column.name != "id"
        }
        for line in told
    ]
    session.execute(insert(ServiceRecordEvent), copied)
    note(session, actor=actor, row=new, kind=EventKind.RESTORED, facts={"restored_from": old.id})
    return new


def _of_record(session: Session, actor: Actor, record_id: int) -> Dispute:
    """Return the latest right about a record within reach, locked.

    Raises:
        DisputeNotFoundError
    """
    latest = session.scalar(
        select(Dispute.id)
        .join(ServiceRecord, ServiceRecord.id == Dispute.record_id)
        .where(Dispute.record_id == record_id, reads_of.within(actor, "hours.appeal"))
        .order_by(Dispute.id.desc())
        .limit(1)
    )
    return _locked(session, actor, latest or 0, permission="hours.appeal")


def _locked(
    session: Session, actor: Actor, dispute_id: int, *, permission: str = "dispute.decide"
) -> Dispute:
    """Return a dispute within the reach of a permission, locked.

    Raises:
        DisputeNotFoundError
    """
    record_id = session.scalar(
        select(Dispute.record_id)
        .join(ServiceRecord, ServiceRecord.id == Dispute.record_id)
        .where(Dispute.id == dispute_id, reads_of.within(actor, permission))
    )
    if record_id is None:
        raise errors.DisputeNotFoundError
    hold_record(session, record_id)
    return session.scalars(
        select(Dispute)
        .where(Dispute.id == dispute_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _check_judge(session: Session, actor: Actor, row: Dispute) -> None:
    """Refuse who has had a hand in the record or its decisions, and kin of a party."""
    record = session.get_one(ServiceRecord, row.record_id)
    users, persons = reads_of.hands_in(session, row, record)
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else ()
    rules.check_judge(
        hands=(frozenset(users), frozenset(persons)),
        judge=(actor.user_id, actor.person_id),
        near_ids=near,
        parties=_parties_today(session, record),
    )


def _next(row: Dispute, command: DisputeCommand) -> DisputeState:
    """Return where a command leads a dispute now.

    Raises:
        DomainError: nowhere; its class says why.
    """
    return rules.next_state(
        DisputeState(row.state), command, due_on=row.due_on, today=clock.today()
    )


def _move(row: Dispute, state: DisputeState, *, days: int | None = None) -> None:
    """Take a dispute into its next term, of so many days, or to its end."""
    row.state = state
    row.due_on = None if days is None else desk.due_on(clock.today(), days)
    if state in {DisputeState.GRANTED, DisputeState.FINAL}:
        row.settled_at = clock.now()


def _note(session: Session, actor: Actor, row: Dispute, kind: EventKind, words: str) -> None:
    """Tell the record's history and the trail, with the day until which the next is due."""
    session.flush()
    told: dict[str, Fact] = {"dispute_id": row.id}
    if row.due_on is not None:
        told["due_on"] = row.due_on.isoformat()
    note(
        session,
        actor=actor,
        row=session.get_one(ServiceRecord, row.record_id),
        kind=kind,
        text=words,
        facts=told,
    )
