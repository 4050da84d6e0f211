"""What reporters answer by their own hand: solved and satisfied, or not and begun anew."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.reporters import CaseAnswer, CaseReporter
from timebank.cases.queries import promises
from timebank.cases.queries.reporters import key_of, lines
from timebank.cases.rules import commands, reporting
from timebank.cases.rules.flow import Answer, Command, Method, State
from timebank.cases.rules.intake import ANSWER_WORDS_MAX
from timebank.cases.rules.notices import CaseUnsolved
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import feedback, history
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

    "Not solved" begins the next round at once, within the time to reopen. "Solved" is this
    reporter's own; the case is closed when every reporter has answered.

    Raises:
        AnswerTooEarlyError: there is no outcome yet.
        AlreadyAnsweredError: this reporter has said so in this round.
        SatisfactionMissingError, WhyUnsolvedError: what belongs to the answer is missing.
        ReopenTooLateError: it was closed too long ago.
    """
    own, row = _locked(session, reporter)
    who = actor or actors.program(
        community_id=row.community_id, name=_REPORTER, channel=Channel.WEB
    )
    said = words.strip()[:ANSWER_WORDS_MAX]
    _check(session, row, reporter, is_solved=is_solved, satisfaction=satisfaction, words=said)
    session.add(
        CaseAnswer(
            community_id=own.community_id,
            case_id=own.id,
            reporter_id=reporter.id,
            round=row.round,
            is_solved=is_solved,
            satisfaction=satisfaction,
            answered_at=clock.now(),
        )
    )
    session.flush()
    key = key_of(own, reporter)
    if satisfaction is not None and is_solved:
        return _solved(session, row, who, key, satisfaction, said)
    return _unsolved(session, row, who, key, said)


def _locked(session: Session, reporter: CaseReporter) -> tuple[CaseFile, CaseFile]:
    """Return the reporter's case and the one that is handled: the same, or what it is merged into.

    Both are locked in the order of their ids, as merging does.
    """
    own = CaseFile.id == reporter.case_id
    master = select(CaseFile.master_id).where(own).scalar_subquery()
    rows = {
        row.id: row
        for row in session.scalars(
            select(CaseFile)
            .where(or_(own, CaseFile.id == master))
            .order_by(CaseFile.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    mine = rows[reporter.case_id]
    return mine, rows.get(mine.master_id or mine.id, mine)


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
        raise errors.AlreadyAnsweredError(days=_days(session, row))
    if row.state not in (reporting.ASKED_IN if is_solved else reporting.MAY_COMPLAIN_IN):
        raise errors.AnswerTooEarlyError
    if is_solved and satisfaction is None:
        raise errors.SatisfactionMissingError(field="satisfaction")
    if is_solved:
        return
    days = _days(session, row)
    commands.check_reopen(row.as_state(), closed_at=row.closed_at, at=clock.now(), days=days)
    if not words:
        raise errors.WhyUnsolvedError(field="words")


def _days(session: Session, row: CaseFile) -> int:
    """Return within how many days the case may be opened again."""
    return promises.policy(session, row.community_id, row.policy_version).reopen_days


def _solved(  # noqa: PLR0917 - an answer has so many parts
    session: Session, row: CaseFile, who: Actor, key: str, satisfaction: Satisfaction, words: str
) -> CaseRef:
    """Keep the answer; when nobody is left to ask, the case is closed by itself."""
    return feedback.keep_answer(
        session,
        row,
        actor=who,
        reporter=key,
        method=Method.ONLINE,
        answer=Answer.SOLVED,
        satisfaction=satisfaction,
        words=words or "解决了。",
    )


def _unsolved(session: Session, row: CaseFile, who: Actor, key: str, words: str) -> CaseRef:
    """Begin the next round and tell the holder."""
    holder_id, turn = row.holder_person_id, row.round
    waiting = {one.key for one in lines(session, row) if one.answer is None}
    if row.state == State.RESOLVED and key in waiting:
        done = feedback.keep_answer(
            session,
            row,
            actor=who,
            reporter=key,
            method=Method.ONLINE,
            answer=Answer.UNSOLVED,
            words=words,
        )
    else:
        said = Said(words=words)
        done = history.act_on(session, row, actor=who, command=Command.REOPEN, said=said)
    if holder_id is not None:
        telling.tell(
            session,
            actor=who,
            to=[holder_id],
            notice=CaseUnsolved(number=row.number, title=row.title),
            key=f"case:{row.id}:unsolved:{turn + 1}",
            url=f"/cases/{row.id}",
        )
    return done
