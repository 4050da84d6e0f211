"""Closing a till's day: one counts the drawer, another signs; then the day is closed for good."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.tills import (
    AloneNotAllowedError,
    AlreadyClosedError,
    CloseDayError,
    CountStaleError,
    DifferenceUnexplainedError,
    SignerSelfError,
    TillNotFoundError,
)
from timebank.care.models.tills import CareTill, DayClose
from timebank.care.queries import day_close as queries
from timebank.care.queries import tills as till_queries
from timebank.care.rules import tills as rules
from timebank.care.rules.tills import CloseState, CloseView, DayFigures, Second, SignedHow
from timebank.care.service import tills
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def count_day(
    session: Session,
    *,
    actor: Actor,
    till_id: int,
    on_day: date,
    found_slips: int,
    found_minutes: int,
    difference_reason: str = "",
) -> CloseView:
    """Note what the drawer holds beside what the service knows; counting anew replaces it.

    Raises:
        TillNotFoundError: the till is not at a centre of the actor's.
        CloseDayError: the day is still to come.
        AlreadyClosedError: it is closed.
        DifferenceUnexplainedError: the two differ and nobody says why.
    """
    till = _locked_till(session, actor, till_id)
    if on_day > clock.today():
        raise CloseDayError(field="on_day")
    known = queries.figures(session, till_id=till_id, day=on_day)
    reason = difference_reason.strip()
    if not reason and rules.has_difference(
        known, found_slips=found_slips, found_minutes=found_minutes
    ):
        raise DifferenceUnexplainedError(field="difference_reason")
    row = _row(session, till, on_day)
    _put(row, known)
    row.found_slips, row.found_minutes, row.difference_reason = found_slips, found_minutes, reason
    row.counted_by_user_id, row.counted_by = actor.user_id, actor.name
    row.counted_at = clock.now()
    session.add(row)
    session.flush()
    _note(session, actor, "care.day_counted", row)
    return queries.close(session, actor=actor, close_id=row.id)


def sign_day(
    session: Session, *, actor: Actor, close_id: int, second: Second | None = None
) -> CloseView:
    """Close a counted day: the actor signs what another counted, or calls ``second`` to sign.

    Who counted and works alone signs alone where the centre allows it.

    Raises:
        CloseNotFoundError: there is no such count within reach.
        AlreadyClosedError: it is closed.
        CountStaleError: something was done or undone since it was counted.
        SignerSelfError: who signs is who counted.
        AloneNotAllowedError: nobody else signs, and the centre wants two.
        SecondSelfError, SecondNotHereError, StaffPinWrongError, StaffPinMissingError.
    """
    view = queries.close(session, actor=actor, close_id=close_id)
    _locked_till(session, actor, view.till_id)
    row = session.scalars(
        select(DayClose)
        .where(DayClose.id == close_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.state == CloseState.CLOSED:
        raise AlreadyClosedError(day=row.on_day)
    known = queries.figures(session, till_id=row.till_id, day=row.on_day)
    if known != view.figures:
        raise CountStaleError
    signer, how = _signer(session, actor, row, second)
    row.signed_how, row.signed_by_user_id, row.signed_by = how.value, signer.user_id, signer.name
    row.signed_at, row.state = clock.now(), CloseState.CLOSED.value
    try:
        session.flush()
    except IntegrityError as error:
        if "care_day_close_stale" in str(error.orig):
            raise CountStaleError from error
        raise
    _note(session, actor, "care.day_closed", row)
    return queries.close(session, actor=actor, close_id=close_id)


def _signer(
    session: Session, actor: Actor, row: DayClose, second: Second | None
) -> tuple[Actor, SignedHow]:
    """Return who signs, and how."""
    if second is not None:
        other = tills.second_person(session, actor=actor, second=second, centre_id=row.centre_id)
        if other.user_id == row.counted_by_user_id:
            raise SignerSelfError
        return other, SignedHow.SECOND
    if actor.user_id is not None and actor.user_id != row.counted_by_user_id:
        return actor, SignedHow.SECOND
    if not till_queries.rules_of(session, row.centre_id).may_sign_alone:
        raise AloneNotAllowedError(field="staff_pin")
    return actor, SignedHow.ALONE


def till_within(session: Session, *, actor: Actor, till_id: int) -> CareTill:
    """Return a till at a centre of the actor's, to be looked at.

    Raises:
        TillNotFoundError: there is none within reach.
    """
    row = session.get(CareTill, till_id)
    if (
        row is None
        or row.community_id != actor.community_id
        or not actor.reach("care.reverse").covers(centre_id=row.centre_id)
    ):
        raise TillNotFoundError
    return row


def _locked_till(session: Session, actor: Actor, till_id: int) -> CareTill:
    """Return a till at a centre of the actor's, locked: no slip is written at it meanwhile."""
    row = session.scalar(
        select(CareTill)
        .where(CareTill.id == till_id, CareTill.community_id == actor.community_id)
        .with_for_update()
    )
    if row is None or not actor.reach("care.reverse").covers(centre_id=row.centre_id):
        raise TillNotFoundError
    return row


def _row(session: Session, till: CareTill, on_day: date) -> DayClose:
    """Return the row of a till's day that is not closed, a new one for the first count."""
    row = session.scalar(
        select(DayClose)
        .where(DayClose.till_id == till.id, DayClose.on_day == on_day)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return DayClose(
            community_id=till.community_id,
            centre_id=till.centre_id,
            till_id=till.id,
            on_day=on_day,
            state=CloseState.COUNTED.value,
        )
    if row.state == CloseState.CLOSED:
        raise AlreadyClosedError(day=on_day)
    return row


def _put(row: DayClose, known: DayFigures) -> None:
    """Write what the service knows."""
    row.slips, row.minutes, row.money_fen = known.slips, known.minutes, known.money_fen
    row.visits, row.visit_minutes = known.visits, known.visit_minutes
    row.voids, row.void_minutes = known.voids, known.void_minutes
    row.late_voids, row.late_void_minutes = known.late_voids, known.late_void_minutes


def _note(session: Session, actor: Actor, action: str, row: DayClose) -> None:
    """Leave the trail of an act on a day."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_day_close",
        subject_id=row.id,
        facts={"minutes": row.minutes, "slips": row.slips, "on_day": row.on_day.isoformat()},
    )
