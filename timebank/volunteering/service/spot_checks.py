"""Spot checks: the week's draw, who looks, what is found, and what follows from it."""

import secrets
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel, program
from timebank.trail import service as trail
from timebank.volunteering.errors import spot_checks as errors
from timebank.volunteering.models.desk import FirstApproval
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.spot_checks import SpotCheck, SpotDraw
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import spot_checks as reads_of
from timebank.volunteering.queries.desk_rules import rules_in_force
from timebank.volunteering.queries.records import within
from timebank.volunteering.rules import spot_checks as rules
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.spot_checks import (
    CheckHow,
    CheckResult,
    CheckState,
)
from timebank.volunteering.service.review import unapprove_service

_CHECKS = insert(SpotCheck.metadata.tables[SpotCheck.__tablename__])


def draw_checks(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.draw_checks``: draw from each week that was not drawn yet."""
    # What was approved just before midnight may not have been written yet just after it.
    weeks = rules.weeks_due(clock.day_of(clock.now() - rules.SETTLED_AFTER))
    for community_id in reads_of.communities(session):
        done = set(
            session.scalars(
                select(SpotDraw.week_on).where(
                    SpotDraw.community_id == community_id,
                    SpotDraw.week_on.in_(weeks),
                )
            )
        )
        for week_on in weeks:
            if week_on not in done:
                draw_week(session, community_id=community_id, week_on=week_on)


def draw_week(session: Session, *, community_id: int, week_on: date, seed: str = "") -> int:
    """Draw from the records approved in the week that began on a Monday; return how many.

    A week without approvals leaves no draw. The seed is made here, once; nobody can choose it,
    for a week is drawn once and its draw never changes.
    """
    candidates = reads_of.candidates(session, community_id=community_id, week_on=week_on)
    if not candidates:
        return 0
    desk = rules_in_force(session, community_id)
    seed = seed or secrets.token_hex(rules.SEED_BYTES)
    drawn = rules.draw(candidates, seed=seed, percent=desk.check_percent, least=desk.check_least)
    row = SpotDraw(
        community_id=community_id,
        week_on=week_on,
        seed=seed,
        percent=desk.check_percent,
        least=desk.check_least,
        candidates=len(candidates),
        drawn=len(drawn),
        drawn_at=clock.now(),
    )
    session.add(row)
    session.flush()
    points = {one.record_id: one.points for one in candidates}
    rows = [
        {
            "community_id": community_id,
            "draw_id": row.id,
            "week_on": week_on,
            "record_id": record_id,
            "drawn_by": drawn_by,
            "points": points[record_id],
            "state": CheckState.DRAWN,
            "checker_name": "",
            "words": "",
        }
        for record_id, drawn_by in sorted(drawn.items())
    ]
    if rows:
        session.execute(_CHECKS, rows)
    _leave_trail(
        session,
        program(community_id=community_id, name="volunteering.draw_checks"),
        "checks_drawn",
        row.id,
        "spot_draw",
    )
    return len(rows)


def take_check(
    session: Session, *, actor: Actor, check_id: int, user_id: int | None = None
) -> None:
    """Take a check on, or hand it to a colleague (``user_id``).

    Raises:
        SpotCheckNotFoundError, CheckDoneError
        CheckTakenError: somebody else has it; only who may hand out can move it.
        CheckerUnknownError: the colleague may not check at this place.
        ChecksOwnWorkError, ChecksKinError: the checker had a hand in the record.
    """
    row, record = _locked(session, actor, check_id)
    if row.state == CheckState.DONE:
        raise errors.CheckDoneError
    hands_out = actor.may("check.assign")
    if row.state == CheckState.TAKEN and row.checker_user_id != actor.user_id and not hands_out:
        raise errors.CheckTakenError
    checker = actor if user_id in {None, actor.user_id} else _colleague(session, actor, user_id)
    _check_checker(session, checker, record)
    row.state = CheckState.TAKEN
    row.checker_user_id, row.checker_id = checker.user_id, checker.person_id
    row.checker_name, row.taken_at = checker.name, clock.now()
    session.flush()
    _leave_trail(session, actor, "check_taken", row.id)


def _colleague(session: Session, actor: Actor, user_id: int | None) -> Actor:
    """Return a colleague of the community to whom a check can be handed.

    Raises:
        CheckerUnknownError, CheckTakenError: the actor may not hand out.
    """
    if not actor.may("check.assign"):
        raise errors.CheckTakenError
    found = access_queries.actor_of(session, user_id=user_id or 0, channel=Channel.WEB)
    if found is None or found.community_id != actor.community_id or not found.may("check.work"):
        raise errors.CheckerUnknownError(field="user_id")
    return found


def finish_check(
    session: Session,
    *,
    actor: Actor,
    check_id: int,
    how: CheckHow,
    result: CheckResult,
    words: str,
    actual_minutes: int | None = None,
) -> None:
    """Write what a check found; once.

    Raises:
        SpotCheckNotFoundError, CheckDoneError
        CheckNotYoursError: another has taken it, or nobody has.
        DifferenceMissingError, ReasonMissingError
    """
    row, record = _locked(session, actor, check_id)
    if row.state == CheckState.DONE:
        raise errors.CheckDoneError
    if row.checker_user_id is None or row.checker_user_id != actor.user_id:
        raise errors.CheckNotYoursError
    _check_checker(session, actor, record)
    row.actual_minutes = rules.check_result(
        result, actual_minutes=actual_minutes, minutes=record.minutes
    )
    row.how, row.result, row.words = how, result, required(words, field="words")
    row.state, row.done_at = CheckState.DONE, clock.now()
    session.flush()
    _leave_trail(session, actor, "check_done", row.id)


def take_back_after_check(
    session: Session, *, actor: Actor, check_id: int, reason: str, key: UUID
) -> None:
    """Take back the approval of a record that a check found wrong; both point at each other.

    Raises:
        SpotCheckNotFoundError, CheckFoundNothingWrongError
        DomainError: the approval cannot be taken back by this actor, or was before.
    """
    row, record = _locked(session, actor, check_id)
    if row.result not in rules.WRONG:
        raise errors.CheckFoundNothingWrongError
    unapprove_service(session, actor=actor, record_id=record.id, reason=reason, key=key)
    session.refresh(record)
    row.reversal_id = record.reversal_id
    session.flush()
    _leave_trail(session, actor, "check_taken_back", row.id)


def _locked(session: Session, actor: Actor, check_id: int) -> tuple[SpotCheck, ServiceRecord]:
    """Return a check within reach, locked, with its record.

    Raises:
        SpotCheckNotFoundError
    """
    found = session.execute(
        select(SpotCheck, ServiceRecord)
        .join(ServiceRecord, ServiceRecord.id == SpotCheck.record_id)
        .where(SpotCheck.id == check_id, within(actor, "check.work"))
        .with_for_update(of=SpotCheck)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise errors.SpotCheckNotFoundError
    return found[0], found[1]


def _check_checker(session: Session, checker: Actor, record: ServiceRecord) -> None:
    """Refuse who had a hand in the record or is near to somebody in it."""
    firsts = session.execute(
        select(FirstApproval.user_id, FirstApproval.person_id).where(
            FirstApproval.record_id == record.id
        )
    ).all()
    users = {
        record.recorded_by_user_id,
        record.confirmed_by_user_id,
        record.approved_by_user_id,
        *(user_id for user_id, _ in firsts),
    }
    persons = {
        record.volunteer_id,
        record.recipient_id,
        record.recorded_by_id,
        record.confirmed_by_id,
        record.approved_by_id,
        *(person_id for _, person_id in firsts),
    }
    near = limits.kin_ids(session, checker.person_id) if checker.person_id is not None else ()
    rules.check_checker(
        hands=(frozenset(users - {None}), frozenset(persons - {None})),
        checker=(checker.user_id, checker.person_id),
        kin_ids=near,
    )


def _leave_trail(
    session: Session, actor: Actor, verb: str, subject_id: int, subject_type: str = "spot_check"
) -> None:
    """Note who did what."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type=subject_type,
        subject_id=subject_id,
    )
