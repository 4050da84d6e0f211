"""What reporters answer by their own hand: solved and satisfied, or not and begun anew."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.reporters import CaseAnswer, CaseReporter
from timebank.cases.rules import commands, reporting
from timebank.cases.rules.flow import (
    REOPEN_DAYS_MAX,
    Answer,
    Command,
    EventType,
    Method,
    State,
)
from timebank.cases.rules.folding import Payload
from timebank.cases.rules.intake import ANSWER_WORDS_MAX
from timebank.cases.rules.notices import CaseUnsolved
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Said
from timebank.kernel import actor as actors
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.notices.service import telling

_REPORTER = "反映人"


def answer(
    session: Session,
    *,
    reporter: CaseReporter,
    is_solved: bool,
    satisfaction: Satisfaction | None = None,
    words: str = "",
    actor: Actor | None = None,
) -> CaseRef:
    """Keep what a reporter says of the outcome.

    "Not solved" begins the next round at once, within the time to reopen. "Solved" feeds back when
    every reporter who can be reached has said so; until then it is kept and noted.

    Raises:
        AnswerTooEarlyError: there is no outcome yet.
        AlreadyAnsweredError: this reporter has said so in this round.
        SatisfactionMissingError, WhyUnsolvedError: what belongs to the answer is missing.
        ReopenTooLateError: it was closed too long ago.
    """
    row = _locked(session, reporter)
    who = actor or actors.program(
        community_id=row.community_id, name=_REPORTER, channel=Channel.WEB
    )
    said = words.strip()[:ANSWER_WORDS_MAX]
    _check(session, row, reporter, is_solved=is_solved, satisfaction=satisfaction, words=said)
    session.add(
        CaseAnswer(
            community_id=row.community_id,
            case_id=row.id,
            reporter_id=reporter.id,
            round=row.round,
            is_solved=is_solved,
            satisfaction=satisfaction,
            answered_at=clock.now(),
        )
    )
    session.flush()
    if is_solved:
        return _solved(session, row, who, said)
    return _unsolved(session, row, who, said)


def _locked(session: Session, reporter: CaseReporter) -> CaseFile:
    """Return the reporter's case, locked until the transaction ends."""
    return session.scalars(
        select(CaseFile)
        .where(CaseFile.id == reporter.case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _check(
    session: Session,
    row: CaseFile,
    reporter: CaseReporter,
    *,
    is_solved: bool,
    satisfaction: Satisfaction | None,
    words: str,
) -> None:
    """Refuse an answer that comes too early, too late, twice, or without what belongs to it."""
    known = session.scalars(
        select(CaseAnswer.is_solved).where(
            CaseAnswer.reporter_id == reporter.id, CaseAnswer.round == row.round
        )
    ).all()
    if is_solved and (known or row.state in {State.FED_BACK, State.CLOSED}):
        raise errors.AlreadyAnsweredError(days=REOPEN_DAYS_MAX)
    if row.state not in (reporting.ASKED_IN if is_solved else reporting.MAY_COMPLAIN_IN):
        raise errors.AnswerTooEarlyError
    if is_solved and satisfaction is None:
        raise errors.SatisfactionMissingError(field="satisfaction")
    if is_solved:
        return
    commands.check_reopen(row.as_state(), closed_at=row.closed_at, at=clock.now())
    if not words:
        raise errors.WhyUnsolvedError(field="words")


def _solved(session: Session, row: CaseFile, who: Actor, words: str) -> CaseRef:
    """Feed back when nobody is left to ask, else note what was said."""
    if _left_to_ask(session, row):
        said = Said(words=f"反映人自己答了：解决了。{words}")
        return _write(session, row, who, (EventType.NOTED,), said)
    payload = Payload(method=Method.ONLINE.value, answer=Answer.SOLVED.value)
    event_types = commands.writes(row.as_state(), Command.FEED_BACK, answer=Answer.SOLVED)
    said = Said(words=words or "解决了。", payload=payload)
    return _write(session, row, who, event_types, said)


def _unsolved(session: Session, row: CaseFile, who: Actor, words: str) -> CaseRef:
    """Begin the next round and tell the holder."""
    state = row.as_state()
    payload = Payload()
    if state.state is State.RESOLVED:
        event_types = commands.writes(state, Command.FEED_BACK, answer=Answer.UNSOLVED)
        payload = Payload(method=Method.ONLINE.value, answer=Answer.UNSOLVED.value)
    else:
        event_types = commands.writes(state, Command.REOPEN)
    holder_id = row.holder_person_id
    done = _write(session, row, who, event_types, Said(words=words, payload=payload))
    if holder_id is not None:
        telling.tell(
            session,
            actor=who,
            to=[holder_id],
            notice=CaseUnsolved(number=row.number, title=row.title),
            key=f"case:{row.id}:unsolved:{row.round}",
            url=f"/cases/{row.id}",
        )
    return done


def _write(
    session: Session,
    row: CaseFile,
    who: Actor,
    event_types: tuple[EventType, ...],
    said: Said,
) -> CaseRef:
    """Append the events of an answer and move the case."""
    state, at = row.as_state(), clock.now()
    for event_type in event_types:
        state = history.append(
            session, row, state, actor=who, event_type=event_type, said=said, at=at
        )
        said = Said()
    history.move(session, row, state, actor=who, at=at)
    history.leave_trail(session, actor=who, action="answer", row=row)
    return history.ref(row, state)


def _left_to_ask(session: Session, row: CaseFile) -> int:
    """Return how many reporters have not said in this round that it is solved."""
    has_said = select(CaseAnswer.reporter_id).where(
        CaseAnswer.case_id == row.id, CaseAnswer.round == row.round, CaseAnswer.is_solved
    )
    left = select(func.count()).where(
        CaseReporter.case_id == row.id, CaseReporter.id.not_in(has_said)
    )
    return session.scalar(left.select_from(CaseReporter)) or 0
