"""Runs of the program over the lines that wait: batch by batch, each its own transaction.

A run that dies goes on where its last batch ended; what people do meanwhile is respected, because
each line is decided under its lock as it stands then.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access import queries as access
from timebank.bank.queries import claims as lines
from timebank.bank.queries.claims import WaitingLine
from timebank.bank.rules import claims as rules
from timebank.bank.rules.claims import Evidence, Reason
from timebank.bank.service import claiming, holding
from timebank.cofund.errors import matching as errors
from timebank.cofund.models.matches import MatchRun
from timebank.cofund.queries import matches as queries
from timebank.cofund.queries import targets
from timebank.cofund.queries.matches import RunView
from timebank.cofund.rules.finding import Finder
from timebank.cofund.rules.matching import RunState, Verdict
from timebank.cofund.service import matching
from timebank.cofund.service.meetings import Meeting, check_amount
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.errors import DomainError
from timebank.trail import service as trail

_PROGRAM = Evidence(is_automatic=True)
JOB = "cofund.match"
MATCHES = "bank.match"
BATCH = 100


def start_run(session: Session, *, actor: Actor) -> RunView:
    """Begin a run over the lines that wait now, in the name of who asked for it.

    Raises:
        NothingToMatchError: no line waits.
        RunGoingError: another one is not done.
    """
    community_id = actor.community_id
    through_id = lines.last_open_id(session, community_id)
    total = lines.open_count(session, community_id, through_id=through_id)
    if total == 0:
        raise errors.NothingToMatchError
    row = MatchRun(
        community_id=community_id,
        state=RunState.RUNNING,
        through_line_id=through_id,
        total=total,
        started_by=actor.user_id,
        started_name=actor.name,
        started_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.RunGoingError from error
    _go_on(session, row)
    trail.record(
        session,
        actor=actor,
        action="cofund.match_run_started",
        subject_type="match_run",
        subject_id=row.id,
        facts={"lines": total},
    )
    return queries.run_view(row)


def do_batch(session: Session, payload: jobs.Payload) -> None:
    """Match the next lines of a run and ask for the batch after; for the worker."""
    row = session.scalar(select(MatchRun).where(MatchRun.id == payload["run_id"]).with_for_update())
    if row is None or row.state != RunState.RUNNING or row.at_line_id != payload["at_line_id"]:
        return
    actor = (
        None
        if row.started_by is None
        else access.actor_of(session, user_id=row.started_by, channel=Channel.JOB)
    )
    if actor is None or not actor.may(MATCHES):
        _end(row, RunState.STOPPED)
        return
    batch = lines.waiting_after(
        session,
        community_id=row.community_id,
        line_id=row.at_line_id,
        through_id=row.through_line_id,
        limit=BATCH,
    )
    matched, raised = match_lines(session, actor=actor, batch=batch)
    row.matched, row.raised = row.matched + matched, row.raised + raised
    row.seen = min(row.total, row.seen + len(batch))
    if len(batch) < BATCH:
        row.seen = row.total
        _end(row, RunState.DONE)
        return
    row.at_line_id = batch[-1].id
    session.flush()
    _go_on(session, row)


def match_lines(session: Session, *, actor: Actor, batch: list[WaitingLine]) -> tuple[int, int]:
    """Match what is sure among some lines and note of the others why they wait; return how many."""
    matched = 0
    reasons: dict[int, Reason] = {}
    for some in ([one for one in batch if one.amount_fen > 0],
                 [one for one in batch if one.amount_fen < 0]):  # fmt: skip
        finder = targets.finder(session, actor.community_id, some)
        for line in some:
            if _claimed_plain(session, actor, line):
                matched += 1
                continue
            reason = _match_one(session, actor, finder, line)
            matched += reason is None
            if reason is not None:
                reasons[line.id] = reason
    holding.raise_reasons(session, reasons)
    return matched, len(reasons)


def _claimed_plain(session: Session, actor: Actor, line: WaitingLine) -> bool:
    """Claim a line as a small fee of the bank, or as its interest; whether it was one."""
    purpose = rules.plain_of(kind=line.kind, amount_fen=line.amount_fen, text=line.text)
    is_whole = line.unallocated_fen == abs(line.amount_fen) <= rules.PLAIN_FEN_MAX
    if purpose is None or not is_whole:
        return False
    try:
        with session.begin_nested():
            claiming.claim_plain(
                session, actor=actor, line_id=line.id, purpose=purpose,
                expected_version=line.version, evidence=_PROGRAM,
            )  # fmt: skip
    except DomainError:  # somebody was faster
        return False
    return True


def _match_one(session: Session, actor: Actor, finder: Finder, line: WaitingLine) -> Reason | None:
    """Match a line if that is sure; return why it waits if it is not, or cannot be."""
    said = targets.said_of(line)
    verdict = finder.judge(said)
    if verdict.chosen is None:
        return verdict.reason
    try:
        with session.begin_nested():
            _meet(session, actor, line, verdict)
    except DomainError:
        # Somebody was faster, or the project takes no money now: a person has to look.
        return Reason.UNSURE
    finder.take(verdict.chosen.target, said.amount_fen)
    return None


def _meet(session: Session, actor: Actor, line: WaitingLine, verdict: Verdict) -> None:
    """Book what a program decided, under the line's lock and as the obligation stands now."""
    locked = claiming.locked_line(
        session, actor=actor, line_id=line.id, expected_version=line.version
    )
    chosen = verdict.chosen
    assert chosen is not None  # the caller asked
    target = targets.target(session, actor.community_id, chosen.target.key)
    if target is None:
        raise errors.TargetGoneError
    check_amount(target, locked.unallocated_fen)
    evidence = Evidence(chosen.score, chosen.terms, is_automatic=True)
    matching.match_found(
        session,
        actor=actor,
        line=locked,
        said=targets.said_of(line),
        meeting=Meeting(target, locked.unallocated_fen, evidence),
    )


def _go_on(session: Session, row: MatchRun) -> None:
    """Ask the worker for the next batch."""
    jobs.enqueue(
        session,
        name=JOB,
        key=f"{JOB}:{row.id}:{row.at_line_id}",
        payload={"run_id": row.id, "at_line_id": row.at_line_id},
        community_id=row.community_id,
    )


def _end(row: MatchRun, state: RunState) -> None:
    """Close a run."""
    row.state, row.done_at = state, clock.now()
