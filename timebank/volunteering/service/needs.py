"""Asking for help: post a need, take it back; staff take it up as tasks, or say why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.volunteering.errors import admission as admission_errors
from timebank.volunteering.errors import needs as errors
from timebank.volunteering.errors.records import (
    CaseNotFoundError,
    KindNotFoundError,
    PersonUnknownError,
)
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.offers import Offer
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import limits, offers
from timebank.volunteering.queries.needs import within
from timebank.volunteering.rules import needs as rules
from timebank.volunteering.rules.needs import (
    Asker,
    Channel,
    NeedCommand,
    NeedEvent,
    NeedFacts,
    NeedState,
)
from timebank.volunteering.rules.offers import OfferState
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.tasks import Admission, TaskEvent, TaskState
from timebank.volunteering.service import tidings
from timebank.volunteering.service.closing import cancel
from timebank.volunteering.service.neighbours import end_what_needed
from timebank.volunteering.service.notes import note
from timebank.volunteering.service.signups import ask

_BATCH = 200


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a need is, and who of the staff it falls to."""

    micro_grid_id: int | None
    grid_id: int | None
    centre_id: int | None


def post_need(session: Session, *, actor: Actor, facts: NeedFacts) -> int:
    """Post a need for oneself, a verified relative, or a resident of one's place; return its id.

    Raises:
        RecipientMissingError, NotYoursToPostError, KinshipUnverifiedError, ConsentMissingError:
            about whom it is for.
        DomainError: the facts break a rule; its class says which.
    """
    facts = _found(session, actor, facts)
    kind = limits.kind(session, community_id=actor.community_id, kind_id=facts.kind_id)
    if not kind.is_active:
        raise KindNotFoundError(field="kind_id")
    rules.check_when(facts, now=clock.now())
    rules.check_risk(facts.wishes, is_risky_kind=kind.is_risky)
    recipient_id = facts.recipient_id
    assert recipient_id is not None
    home = _home(session, actor, recipient_id)
    asker = _asker(session, actor, recipient_id, home)
    if asker is Asker.RELATIVE and not facts.consent.strip():
        raise errors.ConsentMissingError(field="consent")
    if facts.offer_id is not None:
        _check_offer(session, actor, facts.offer_id, recipient_id)
    place = _place(session, actor, facts, home)
    row = _row(actor, facts, asker)
    row.micro_grid_id, row.grid_id = place.micro_grid_id, place.grid_id
    row.centre_id = place.centre_id
    session.add(row)
    session.flush()
    _note(session, actor, row, NeedEvent.POSTED)
    return row.id


def _check_offer(session: Session, actor: Actor, offer_id: int, recipient_id: int) -> None:
    """Refuse to ask for an offer that is gone, or for one's own.

    Raises:
        OfferNotFoundError, OfferClosedError, OfferOwnError: as they say.
    """
    found = offers.offer(session, actor=actor, offer_id=offer_id)
    if found.state is not OfferState.OPEN or found.until_on < clock.today():
        raise admission_errors.OfferClosedError
    if found.volunteer_id == recipient_id:
        raise admission_errors.OfferOwnError


def _found(session: Session, actor: Actor, facts: NeedFacts) -> NeedFacts:
    """Return the facts with recipient and case by id; without a recipient it is the actor."""
    recipient_id, case_id = facts.recipient_id, facts.case_id
    if recipient_id is None and facts.recipient_card.strip():
        recipient_id = limits.person_id_of_card(
            session, community_id=actor.community_id, card_no=facts.recipient_card
        )
        if recipient_id is None:
            raise errors.NotYoursToPostError(field="recipient_card")
    if case_id is None and facts.case_number.strip():
        case_id = limits.case_id_of(
            session, community_id=actor.community_id, number=facts.case_number
        )
        if case_id is None:
            raise CaseNotFoundError(field="case_number")
    elif case_id is not None and not limits.has_case(
        session, community_id=actor.community_id, case_id=case_id
    ):
        raise CaseNotFoundError(field="case_number")
    recipient_id = recipient_id if recipient_id is not None else actor.person_id
    if recipient_id is None:
        raise errors.RecipientMissingError(field="recipient_id")
    weekdays = rules.tidy_weekdays(facts.weekdays)
    return replace(facts, recipient_id=recipient_id, case_id=case_id, weekdays=weekdays)


def _home(session: Session, actor: Actor, recipient_id: int) -> _Place:
    """Return where the one who needs help lives."""
    known = community_queries.persons(session, [recipient_id]).get(recipient_id)
    grids = limits.grids_of_people(
        session, community_id=actor.community_id, person_ids=[recipient_id]
    )
    if known is None or recipient_id not in grids or not known.is_active:
        raise PersonUnknownError(field="recipient_id")
    return _Place(known.micro_grid_id, known.grid_id, None)


def _asker(session: Session, actor: Actor, recipient_id: int, home: _Place) -> Asker:
    """Return as what the actor asks for this person.

    Raises:
        NotYoursToPostError, KinshipUnverifiedError: the actor may not.
    """
    if recipient_id == actor.person_id:
        return Asker.SELF
    reach = actor.reach("need.post")
    if reach.centre_ids or reach.covers(grid_id=home.grid_id):
        return Asker.STAFF
    if actor.person_id is None:
        raise errors.NotYoursToPostError(field="recipient_id")
    kin = community_queries.relatives(session, recipient_id)
    if not any(one.person_id == actor.person_id and one.verified_on for one in kin):
        raise errors.KinshipUnverifiedError(field="recipient_id")
    return Asker.RELATIVE


def _place(session: Session, actor: Actor, facts: NeedFacts, home: _Place) -> _Place:
    """Return where help is wanted: the unit that was named, else the one of the recipient."""
    grid_id = home.grid_id
    if facts.micro_grid_id is not None:
        grid_id = limits.grid_of_place(
            session, community_id=actor.community_id, micro_grid_id=facts.micro_grid_id
        )
    # Who works at several centres arranges from the first of them what residents ask for.
    centre_id = min(actor.reach("need.post").centre_ids, default=None)
    micro_grid_id = facts.micro_grid_id if facts.micro_grid_id is not None else home.micro_grid_id
    return _Place(micro_grid_id, grid_id, centre_id)


def _row(actor: Actor, facts: NeedFacts, asker: Asker) -> Need:
    """Return the row of a need, its place aside."""
    channel = Channel.CASE if facts.case_id is not None else facts.channel
    if channel is Channel.CASE and facts.case_id is None:
        channel = Channel.VISIT
    return Need(
        community_id=actor.community_id,
        state=NeedState.POSTED,
        recipient_id=facts.recipient_id,
        asker=asker,
        asked_by_id=actor.person_id,
        asked_by_user_id=actor.user_id,
        asked_by_name=actor.name,
        channel=channel if asker is Asker.STAFF or channel is Channel.CASE else Channel.PAGE,
        consent=facts.consent.strip(),
        kind_id=facts.kind_id,
        is_urgent=facts.is_urgent,
        starts_at=facts.starts_at,
        minutes=facts.minutes,
        helpers=facts.helpers,
        weekdays=facts.weekdays,
        repeat_until_on=facts.repeat_until_on,
        risk=facts.wishes.risk,
        sex=facts.wishes.sex,
        skills=[*facts.wishes.skills],
        languages=[*facts.wishes.languages],
        details=facts.details.strip(),
        place=facts.place.strip(),
        case_id=facts.case_id,
        offer_id=facts.offer_id,
        posted_at=clock.now(),
    )


def locked_need(session: Session, *, actor: Actor, need_id: int, permission: str) -> Need:
    """Return a need within the reach of a permission, locked until the transaction ends.

    Raises:
        NeedNotFoundError: there is none, or it lies outside.
    """
    row = session.scalar(
        select(Need)
        .where(Need.id == need_id, within(actor, permission))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.NeedNotFoundError
    return row


def _move(row: Need, command: NeedCommand, *, reason: str = "") -> None:
    """Take a need along an arrow."""
    row.state = rules.next_need_state(NeedState(row.state), command)
    row.state_reason = reason


def _decide(row: Need, actor: Actor) -> None:
    """Write onto a need who answered it, and when."""
    row.decided_at = clock.now()
    row.decided_by_id, row.decided_by_user_id = actor.person_id, actor.user_id
    row.decided_by_name = actor.name


def _note(session: Session, actor: Actor, row: Need, event: NeedEvent) -> None:
    """Leave an act on a need in the trail."""
    note(session, actor=actor, action=event, subject_type="need", subject_id=row.id)
    tidings.of_need(session, actor=actor, row=row, event=event)


def take_up(
    session: Session, *, actor: Actor, need_id: int, admission: Admission = Admission.DIRECT
) -> list[int]:
    """Turn a need into its tasks of the next weeks and return their ids.

    Raises:
        NothingLeftToArrangeError: all its times are over.
        DomainError: it was answered before.
    """
    row = locked_need(session, actor=actor, need_id=need_id, permission="task.manage")
    _move(row, NeedCommand.TAKE_UP)
    _decide(row, actor)
    made = _make_tasks(session, actor=actor, row=row, admission=admission)
    if not made:
        raise errors.NothingLeftToArrangeError
    if row.offer_id is not None:
        _ask_who_offered(session, actor=actor, row=row, task_ids=made)
    _note(session, actor, row, NeedEvent.TAKEN_UP)
    return made


def _ask_who_offered(session: Session, *, actor: Actor, row: Need, task_ids: Sequence[int]) -> None:
    """Ask the volunteer by whose offer a need came, for each of its times."""
    volunteer_id = session.scalar(select(Offer.volunteer_id).where(Offer.id == row.offer_id))
    if volunteer_id is None:
        return
    for task_id in task_ids:
        ask(session, actor=actor, task_id=task_id, volunteer_ids=[volunteer_id])


def decline_need(session: Session, *, actor: Actor, need_id: int, reason: str) -> None:
    """Answer that nothing will be arranged, and why.

    Raises:
        ReasonMissingError: no reason was given.
        DomainError: it was answered before.
    """
    row = locked_need(session, actor=actor, need_id=need_id, permission="task.manage")
    _move(row, NeedCommand.DECLINE, reason=required(reason))
    _decide(row, actor)
    _note(session, actor, row, NeedEvent.DECLINED)
    end_what_needed(session, actor=actor, need_id=need_id, reason=row.state_reason)


def withdraw_need(session: Session, *, actor: Actor, need_id: int, reason: str) -> None:
    """Take a need back; tasks that have not begun are cancelled, and those who signed up see it.

    Raises:
        ReasonMissingError: no reason was given.
        DomainError: it is past taking back.
    """
    row = locked_need(session, actor=actor, need_id=need_id, permission="need.post")
    withdraw(session, actor=actor, row=row, reason=required(reason))
    end_what_needed(session, actor=actor, need_id=need_id, reason=row.state_reason)


def withdraw(session: Session, *, actor: Actor, row: Need, reason: str) -> None:
    """Take a locked need back, with its tasks that have not begun."""
    _move(row, NeedCommand.WITHDRAW, reason=reason)
    coming = session.scalars(
        select(Task)
        .where(Task.need_id == row.id, Task.state == TaskState.OPEN, Task.starts_at > clock.now())
        .order_by(Task.id)
        .with_for_update()
    ).all()
    for task in coming:
        cancel(session, actor=actor, task=task, reason=reason)
    _note(session, actor, row, NeedEvent.WITHDRAWN)


def _make_tasks(session: Session, *, actor: Actor, row: Need, admission: Admission) -> list[int]:
    """Make the tasks of a need that are due and not there yet, and return their ids."""
    now = clock.now()
    due = rules.occurrences(
        starts_at=row.starts_at,
        weekdays=row.weekdays,
        repeat_until_on=row.repeat_until_on,
        until=max(now + rules.HORIZON, row.starts_at),
    )
    known = set(session.scalars(select(Task.series_on).where(Task.need_id == row.id)))
    tasks = [
        _task(row, starts_at=at, actor=actor, admission=admission)
        for at in due
        if at > now and clock.day_of(at) not in known
    ]
    session.add_all(tasks)
    session.flush()
    for task in tasks:
        note(
            session,
            actor=actor,
            action=TaskEvent.POSTED,
            subject_type="task",
            subject_id=task.id,
            facts={"need_id": row.id},
        )
    return [task.id for task in tasks]


def _task(row: Need, *, starts_at: datetime, actor: Actor, admission: Admission) -> Task:
    """Return the task of one of a need's times."""
    return Task(
        community_id=row.community_id,
        need_id=row.id,
        series_on=clock.day_of(starts_at),
        state=TaskState.OPEN,
        recipient_id=row.recipient_id,
        asked_by_id=row.asked_by_id if row.asker != Asker.STAFF else None,
        kind_id=row.kind_id,
        admission=admission,
        is_urgent=row.is_urgent,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=row.minutes),
        places=row.helpers,
        risk=row.risk,
        sex=row.sex,
        skills=row.skills,
        languages=row.languages,
        details=row.details,
        place=row.place,
        micro_grid_id=row.micro_grid_id,
        grid_id=row.grid_id,
        centre_id=row.centre_id,
        case_id=row.case_id,
        posted_at=clock.now(),
        posted_by_id=actor.person_id,
        posted_by_user_id=actor.user_id,
        posted_by_name=actor.name,
    )


def continue_needs(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.continue_needs``: make what is due next, end what is over."""
    last_id = 0
    while True:
        rows = session.scalars(
            select(Need)
            .where(Need.state == NeedState.TAKEN_UP, Need.id > last_id)
            .order_by(Need.id)
            .limit(_BATCH)
            .with_for_update()
        ).all()
        if not rows:
            return
        for row in rows:
            _continue(session, row)
        last_id = rows[-1].id


def _continue(session: Session, row: Need) -> None:
    """Make the next tasks of one need; when there are none and none is open, it has ended."""
    actor = program(community_id=row.community_id, name="volunteering.continue_needs")
    latest = session.scalar(
        select(Task).where(Task.need_id == row.id).order_by(Task.starts_at.desc()).limit(1)
    )
    admission = Admission.DIRECT if latest is None else Admission(latest.admission)
    made = row.weekdays and _make_tasks(session, actor=actor, row=row, admission=admission)
    is_open = select(Task.id).where(Task.need_id == row.id, Task.state == TaskState.OPEN)
    if made or session.scalar(is_open.limit(1)) is not None:
        return
    _move(row, NeedCommand.END)
    _note(session, actor, row, NeedEvent.ENDED)
