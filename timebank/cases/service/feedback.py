"""The answer of each reporter: those of merged cases too, every vain call logged."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.models.around import CaseFeedback
from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import reporters
from timebank.cases.rules import commands, feedback
from timebank.cases.rules.flow import Answer, Command, Method
from timebank.cases.rules.folding import Payload
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Said
from timebank.cases.service.steps import said_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def feed_back(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    method: Method,
    answer: Answer,
    words: str,
    reporter: str | None = None,
    satisfaction: Satisfaction | None = None,
    expected_version: int | None = None,
) -> CaseRef:
    """Tell one reporter the outcome and keep the answer; without a key, the next to be asked.

    "Unsolved" opens the next round at once. "Unreachable" is one try; the third counts as an end.
    When the last reporter has answered, the case is closed by itself.

    Raises:
        NobodyToCallError: the key is nobody's who still has to be asked.
        TriedJustNowError: the last vain call was less than an hour ago.
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    return keep_answer(
        session,
        row,
        actor=actor,
        reporter=reporter,
        method=method,
        answer=answer,
        satisfaction=satisfaction,
        words=said_of(words),
        expected_version=expected_version,
    )


def keep_answer(
    session: Session,
    row: CaseFile,
    *,
    actor: Actor,
    reporter: str | None,
    method: Method,
    answer: Answer,
    words: str,
    satisfaction: Satisfaction | None = None,
    expected_version: int | None = None,
) -> CaseRef:
    """Keep what one reporter of a locked case answered, whoever writes it down."""
    at, state = clock.now(), row.as_state()
    with history.moves_named(row, actor=actor, at=at):
        commands.writes(state, Command.FEED_BACK)
        asked = [one.as_asked() for one in reporters.lines(session, row)]
        open_keys = [one.key for one in asked if not one.is_done]
        key = reporter or (open_keys[0] if open_keys else "")
        call = feedback.call_to(asked, key=key, answer=answer, at=at)
    kept = _kept(session, row, key, method=method, at=at)
    kept.method, kept.last_at = method, at
    kept.tries += answer is Answer.UNREACHABLE
    kept.answer = feedback.ended(answer, kept.tries)
    kept.satisfaction = None if answer is Answer.UNREACHABLE else satisfaction
    payload = Payload(method=method.value, answer=answer.value, reporter=key)
    if kept.satisfaction is not None:
        payload["satisfaction"] = kept.satisfaction.value
    with clock.fixed_at(at):
        return history.act_on(
            session,
            row,
            actor=actor,
            command=Command.FEED_BACK,
            said=Said(words=words, payload=payload),
            expected_version=expected_version,
            call=call,
        )


def _kept(
    session: Session, row: CaseFile, key: str, *, method: Method, at: datetime
) -> CaseFeedback:
    """Return what is kept about one reporter in this round, made when it is not there yet."""
    found = session.scalar(
        select(CaseFeedback).where(
            CaseFeedback.case_id == row.id,
            CaseFeedback.round == row.round,
            CaseFeedback.reporter == key,
        )
    )
    if found is None:
        found = CaseFeedback(
            community_id=row.community_id,
            case_id=row.id,
            round=row.round,
            reporter=key,
            tries=0,
            last_at=at,
            method=method,
        )
        session.add(found)
    return found
