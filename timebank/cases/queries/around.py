"""What is kept beside the events, against what the events make of it: for the proof."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.models.around import CaseFeedback
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.hands import CaseCustody, CaseResult
from timebank.cases.models.whistles import CaseWhistle
from timebank.cases.queries.custody import result_of, segment_of
from timebank.cases.rules import custody, feedback, whistling
from timebank.cases.rules.custody import Ledger
from timebank.cases.rules.flow import Answer, EventType
from timebank.cases.rules.folding import Fact
from timebank.cases.rules.whistling import Called

R = TypeVar("R", CaseCustody, CaseResult, CaseWhistle, CaseFeedback)
_ANSWERS = frozenset({EventType.FEEDBACK_TRIED, EventType.ANSWERED, EventType.FED_BACK})


@dataclass(frozen=True, slots=True)
class Around:
    """The rows of some cases, by case."""

    segments: dict[int, list[CaseCustody]]
    results: dict[int, list[CaseResult]]
    whistles: dict[int, list[CaseWhistle]]
    answers: dict[int, list[CaseFeedback]]


@dataclass(frozen=True, slots=True)
class _Answered:
    """What the events say of one reporter in one round."""

    tries: int
    last_at: datetime
    answer: Answer | None


def kept(session: Session, case_ids: Sequence[int]) -> Around:
    """Return what is kept beside the events of some cases."""
    return Around(
        segments=_by_case(
            session.scalars(
                select(CaseCustody)
                .where(CaseCustody.case_id.in_(case_ids))
                .order_by(CaseCustody.position)
                .execution_options(populate_existing=True)
            )
        ),
        results=_by_case(
            session.scalars(
                select(CaseResult)
                .where(CaseResult.case_id.in_(case_ids))
                .order_by(CaseResult.id)
                .execution_options(populate_existing=True)
            )
        ),
        whistles=_by_case(
            session.scalars(
                select(CaseWhistle)
                .where(CaseWhistle.case_id.in_(case_ids))
                .order_by(CaseWhistle.position)
                .execution_options(populate_existing=True)
            )
        ),
        answers=_by_case(
            session.scalars(
                select(CaseFeedback)
                .where(CaseFeedback.case_id.in_(case_ids))
                .order_by(CaseFeedback.round, CaseFeedback.reporter)
                .execution_options(populate_existing=True)
            )
        ),
    )


def _by_case(rows: Iterable[R]) -> dict[int, list[R]]:
    """Return rows by their case."""
    found: dict[int, list[R]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(row)
    return found


def differences(
    row: CaseFile, facts: Sequence[Fact], around: Around
) -> Iterator[tuple[str, str, str]]:
    """Yield table, what is stored and what should be, where they disagree."""
    try:
        should_be = custody.ledger(facts)
        called = _called(facts)
    except (KeyError, ValueError):
        return  # the fold has named it already
    stored = _ledger(around, row.id)
    yield from _differ("case_custody", stored.segments, should_be.segments)
    yield from _differ("case_result", stored.results, should_be.results)
    parts = {one.position: one.as_called() for one in around.whistles.get(row.id, [])}
    yield from _differ("case_whistle", parts, called)
    yield from _differ("case_feedback", _stored_answers(around, row.id), _answers(facts))


def _differ(table: str, stored: object, should_be: object) -> Iterator[tuple[str, str, str]]:
    """Yield a disagreement, if there is one."""
    if stored != should_be:
        yield table, str(stored), str(should_be)


def _ledger(around: Around, case_id: int) -> Ledger:
    """Return the stored stretches and results as the rules know them."""
    return Ledger(
        segments=tuple(segment_of(one) for one in around.segments.get(case_id, [])),
        results=tuple(result_of(one) for one in around.results.get(case_id, [])),
    )


def _called(facts: Sequence[Fact]) -> dict[int, Called]:
    """Return the departments that the events make."""
    called: dict[int, Called] = {}
    for fact in facts:
        called = whistling.after(called, fact)
    return called


def _answers(facts: Sequence[Fact]) -> dict[tuple[int, str], _Answered]:
    """Return what the events say of each reporter, by round."""
    found: dict[tuple[int, str], _Answered] = {}
    turn = 1
    for fact in facts:
        if fact.type is EventType.REOPENED:
            turn += 1
        if fact.type not in _ANSWERS:
            continue
        key = (turn, fact.payload["reporter"])
        answer = Answer(fact.payload["answer"])
        known = found.get(key)
        tries = (known.tries if known else 0) + (answer is Answer.UNREACHABLE)
        found[key] = _Answered(tries, fact.at, feedback.ended(answer, tries))
    return found


def _stored_answers(around: Around, case_id: int) -> dict[tuple[int, str], _Answered]:
    """Return what is stored of each reporter, by round."""
    return {
        (one.round, one.reporter): _Answered(
            one.tries, one.last_at, Answer(one.answer) if one.answer else None
        )
        for one in around.answers.get(case_id, [])
    }
