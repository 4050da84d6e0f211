"""Tills of a centre, what it allows there, and what one person may spend on a day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.access.service import tablets
from timebank.care.errors.desk import CentreNotFoundError, OwnServiceError
from timebank.care.errors.tills import (
    DayClosedError,
    DayMinutesError,
    SecondNotHereError,
    SecondSelfError,
    TillNameTakenError,
    TillNotFoundError,
)
from timebank.care.models.tills import CarePersonSpend, CareTill, CounterRules
from timebank.care.queries import catalogue, tills
from timebank.care.rules.tills import (
    LOCK_MINUTES,
    TILL_NAME,
    RulesView,
    Second,
    TillView,
    needs_second,
)
from timebank.care.service.cards import refuse_own_or_kin
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class TillFacts:
    """What is said about a till."""

    name: str
    lock_minutes: int = LOCK_MINUTES
    is_active: bool = True


def open_first(session: Session, *, community_id: int, centre_id: int) -> None:
    """Put the first till into a centre that has just opened."""
    session.add(
        CareTill(
            community_id=community_id,
            centre_id=centre_id,
            number=tills.FIRST,
            name=TILL_NAME,
            lock_minutes=LOCK_MINUTES,
            is_active=True,
        )
    )
    session.flush()


def add_till(session: Session, *, actor: Actor, centre_id: int, facts: TillFacts) -> TillView:
    """Put one more till into a centre.

    Raises:
        CentreNotFoundError: the actor does not manage it.
        TillNameTakenError: it has one of this name.
    """
    _managed(session, actor, centre_id)
    known = tills.tills(session, centre_id=centre_id, is_active=False)
    _refuse_taken(known, facts.name)
    till = CareTill(
        community_id=actor.community_id,
        centre_id=centre_id,
        number=1 + max((one.number for one in known), default=0),
        name=facts.name,
        lock_minutes=facts.lock_minutes,
        is_active=True,
    )
    session.add(till)
    session.flush()
    _note(session, actor, "care.till_added", "care_till", till.id)
    return next(one for one in tills.tills(session, centre_id=centre_id) if one.id == till.id)


def change_till(session: Session, *, actor: Actor, till_id: int, facts: TillFacts) -> None:
    """Say anew what a till is called, when it locks, and whether it is in use.

    Raises:
        TillNotFoundError: it is not at a centre that the actor manages.
        TillNameTakenError: another of the centre has this name.
    """
    row = _till(session, actor, till_id)
    if not actor.reach("care.manage").covers(centre_id=row.centre_id):
        raise TillNotFoundError
    known = tills.tills(session, centre_id=row.centre_id, is_active=False)
    _refuse_taken([one for one in known if one.id != till_id], facts.name)
    row.name, row.lock_minutes = facts.name, facts.lock_minutes
    row.is_active = facts.is_active or row.number == tills.FIRST
    session.flush()
    _note(session, actor, "care.till_changed", "care_till", till_id)


def stand_at(session: Session, *, actor: Actor, token_hash: str, till_id: int) -> TillView:
    """Let the actor's browser be the shared tablet of a till.

    Raises:
        TillNotFoundError: it is not where the actor works, or not in use.
    """
    row = _till(session, actor, till_id)
    if not row.is_active or not actor.reach("care.redeem").covers(centre_id=row.centre_id):
        raise TillNotFoundError
    tablets.share_session(
        session, actor=actor, token_hash=token_hash, till_id=till_id, lock_minutes=row.lock_minutes
    )
    return next(one for one in tills.tills(session, centre_id=row.centre_id) if one.id == till_id)


def set_rules(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    person_day_minutes_max: int,
    undo_alone_minutes_max: int,
    may_sign_alone: bool,
) -> RulesView:
    """Say what a centre allows at its tills from now on; earlier versions stay.

    Raises:
        CentreNotFoundError: the actor does not manage it.
    """
    _managed(session, actor, centre_id)
    last = session.scalar(
        select(func.max(CounterRules.version)).where(CounterRules.centre_id == centre_id)
    )
    row = CounterRules(
        community_id=actor.community_id,
        centre_id=centre_id,
        version=(last or 0) + 1,
        person_day_minutes_max=person_day_minutes_max,
        undo_alone_minutes_max=undo_alone_minutes_max,
        may_sign_alone=may_sign_alone,
        set_by=actor.name,
        set_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _note(session, actor, "care.counter_rules_set", "care_counter_rules", row.id)
    return tills.rules_of(session, centre_id)


def open_till(
    session: Session, *, actor: Actor, centre_id: int, day: date, till_id: int | None = None
) -> TillView:
    """Return the named till, or else the one at which the actor stands, if its day is still open.

    Raises:
        DayClosedError: it is closed.
    """
    known = tills.tills(session, centre_id=centre_id, is_active=False) if till_id else []
    named = next((one for one in known if one.id == till_id), None)
    till = named or tills.till_of(session, actor=actor, centre_id=centre_id)
    if tills.is_closed(session, till_id=till.id, day=day):
        raise DayClosedError(till=till.name, day=day)
    return till


def spend(
    session: Session, *, community_id: int, centre_id: int, person_id: int, day: date, minutes: int
) -> None:
    """Count what a person spends on a day over all counters, under the centre's limit.

    Raises:
        DayMinutesError: it would be more than one may spend on a day.
    """
    limit = tills.rules_of(session, centre_id).person_day_minutes_max
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    total = CarePersonSpend.minutes + minutes
    row = {
        "person_id": person_id,
        "on_day": day,
        "community_id": community_id,
        "minutes": minutes,
        "limit_minutes": limit,
    }
    written = None
    if minutes <= limit:
        written = session.scalar(
            insert(CarePersonSpend)
            .values(row)
            .on_conflict_do_update(
                index_elements=["person_id", "on_day"],
                set_={"minutes": total, "limit_minutes": limit},
                where=total <= limit,
            )
            .returning(CarePersonSpend.minutes)
        )
    if written is None:
        used = select(CarePersonSpend.minutes).where(
            CarePersonSpend.person_id == person_id, CarePersonSpend.on_day == day
        )
        raise DayMinutesError(limit=limit, used=session.scalar(used) or 0, need=minutes)


def unspend(session: Session, *, person_id: int, day: date, minutes: int) -> None:
    """Count no more what was undone."""
    session.execute(
        update(CarePersonSpend)
        .where(CarePersonSpend.person_id == person_id, CarePersonSpend.on_day == day)
        .values(minutes=CarePersonSpend.minutes - minutes)
    )


def needs_another(
    session: Session, *, centre_id: int, till_id: int, day: date, minutes: int
) -> bool:
    """Whether undoing what a till served on a day takes a second person."""
    return needs_second(
        minutes=minutes,
        limit_minutes=tills.rules_of(session, centre_id).undo_alone_minutes_max,
        is_day_closed=tills.is_closed(session, till_id=till_id, day=day),
    )


def second_person(
    session: Session, *, actor: Actor, second: Second, centre_id: int, person_id: int | None = None
) -> Actor:
    """Return the colleague who says yes besides the actor, by their own PIN.

    Raises:
        SecondSelfError: it is the actor, or kin to the member.
        SecondNotHereError: they do not work at this centre.
        StaffPinMissingError, StaffPinLockedError, StaffPinWrongError, UserNotFoundError
    """
    if second.user_id == actor.user_id:
        raise SecondSelfError
    other = tablets.prove_staff_pin(session, actor=actor, user_id=second.user_id, pin=second.pin)
    is_same = other.person_id is not None and other.person_id == actor.person_id
    if is_same:
        raise SecondSelfError
    if not other.reach("care.reverse").covers(centre_id=centre_id):
        raise SecondNotHereError(field="staff_pin")
    if person_id is not None:
        try:
            refuse_own_or_kin(session, actor=other, person_id=person_id)
        except OwnServiceError as error:
            raise SecondSelfError from error
    return other


def _managed(session: Session, actor: Actor, centre_id: int) -> None:
    """Refuse a centre that the actor does not manage; its row is locked."""
    catalogue.centre(session, community_id=actor.community_id, centre_id=centre_id)
    if not actor.reach("care.manage").covers(centre_id=centre_id):
        raise CentreNotFoundError
    session.execute(
        select(CareTill.id).where(CareTill.centre_id == centre_id).with_for_update()
    ).all()


def _refuse_taken(known: list[TillView], name: str) -> None:
    """Refuse a name that a till of the centre has."""
    if name in {one.name for one in known}:
        raise TillNameTakenError(field="name", name=name)


def _till(session: Session, actor: Actor, till_id: int) -> CareTill:
    """Return a till of the actor's community, locked."""
    row = session.scalar(
        select(CareTill)
        .where(CareTill.id == till_id, CareTill.community_id == actor.community_id)
        .with_for_update()
    )
    if row is None:
        raise TillNotFoundError
    return row


def _note(session: Session, actor: Actor, action: str, subject_type: str, subject_id: int) -> None:
    """Leave the trail of an act on tills."""
    trail.record(
        session, actor=actor, action=action, subject_type=subject_type, subject_id=subject_id
    )
