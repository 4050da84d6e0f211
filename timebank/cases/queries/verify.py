"""The proof of the case ledger: chains hold, and every case is the fold of its events."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import (
    CaseCounter,
    CaseEvent,
    CaseEventPrivate,
    CaseFile,
)
from timebank.cases.models.columns import columns_of
from timebank.cases.queries import around as around_queries
from timebank.cases.queries import intake_proof, promises
from timebank.cases.rules import chain, deadlines, folding, overlays
from timebank.cases.rules.flow import CUT_SHORT, EventType, State
from timebank.cases.rules.folding import CaseState, DuePayload, Fact, Times
from timebank.cases.rules.policy import HOUSE_POLICY, Policy, Rulebook
from timebank.cases.rules.workdays import Year
from timebank.kernel.finding import Finding

# Cases are proved in batches, so that a city's history fits into memory.
BATCH = 500

RULE_CHAIN = "an event's hash follows from what it says and from the event before"
RULE_WORDS = "the words kept apart match the digest in their event"
RULE_ORDER = "a case's events are numbered 1, 2, 3 … without a gap"
RULE_FOLD = "a case is the fold of its events"
RULE_DUE = "a deadline follows from its start event and the case's policy"
RULE_AROUND = "hands, results, departments and answers follow from the events"
RULE_COUNTER = "a year's cases are numbered without a gap up to the counter"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of the case ledger that is not as it should be."""
    last_id = 0
    while True:
        batch = select(CaseFile).where(CaseFile.id > last_id)
        if community_id is not None:
            batch = batch.where(CaseFile.community_id == community_id)
        rows = session.scalars(
            batch.order_by(CaseFile.id).limit(BATCH).execution_options(populate_existing=True)
        ).all()
        if not rows:
            break
        last_id = rows[-1].id
        yield from _batch_findings(session, rows)
        session.expunge_all()
    yield from _counter_findings(session, community_id)
    yield from intake_proof.findings(session, community_id)


def _batch_findings(session: Session, rows: Sequence[CaseFile]) -> Iterator[Finding]:
    """Yield what is wrong with some cases."""
    found = session.execute(
        select(CaseEvent, CaseEventPrivate.body, CaseEventPrivate.erased_at)
        .outerjoin(CaseEventPrivate, CaseEventPrivate.event_id == CaseEvent.id)
        .where(CaseEvent.case_id.in_([row.id for row in rows]))
        .order_by(CaseEvent.case_id, CaseEvent.seq)
        .execution_options(populate_existing=True)
    ).all()
    by_case = {key: list(group) for key, group in groupby(found, key=lambda one: one[0].case_id)}
    books = _books(session, {row.community_id for row in rows})
    around = around_queries.kept(session, [row.id for row in rows])
    for row in rows:
        lines = by_case.get(row.id, [])
        events = [line[0] for line in lines]
        yield from _chain_findings(row, events)
        for event, body, erased_at in lines:
            yield from _words_findings(row, event, body, erased_at)
        yield from _fold_findings(row, events, books[row.community_id])
        facts = [fact_of(event) for event in events]
        for table, stored, should_be in around_queries.differences(row, facts, around):
            yield Finding(table, _named(row), stored, should_be, RULE_AROUND)


def _named(row: CaseFile, event: CaseEvent | None = None) -> str:
    """Return how a finding names a row."""
    return f"{row.number} (id {row.id})" + (f" event {event.seq}" if event else "")


def _chain_findings(row: CaseFile, events: Sequence[CaseEvent]) -> Iterator[Finding]:
    """Yield gaps in a case's numbering and breaks in its chain."""
    prev_hash = chain.FIRST
    for number, event in enumerate(events, start=1):
        name = _named(row, event)
        if event.seq != number:
            yield Finding("case_event", name, str(event.seq), str(number), RULE_ORDER)
        should_be = chain.event_hash(
            prev_hash=prev_hash,
            case_id=event.case_id,
            seq=event.seq,
            event_type=event.type,
            actor=(event.actor_user_id, event.actor_person_id, event.role),
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
            payload=event.payload,
            private_digest=event.private_digest,
        )
        if event.hash != should_be:
            yield Finding("case_event", name, event.hash, should_be, RULE_CHAIN)
        prev_hash = event.hash


def _words_findings(
    row: CaseFile, event: CaseEvent, body: str | None, erased_at: datetime | None
) -> Iterator[Finding]:
    """Yield words that were changed, or that are gone without having been erased."""
    if body is None and erased_at is not None:
        return
    is_digest = chain.digest_of(body) if body is not None else "missing"
    if is_digest != event.private_digest:
        name = _named(row, event)
        yield Finding("case_event_private", name, is_digest, event.private_digest, RULE_WORDS)


@dataclass(frozen=True, slots=True)
class Books:
    """Every version of a community's promises, and of every year's workdays."""

    policies: Mapping[int, Policy]
    years: Mapping[tuple[int, int], Year]

    def pinned(self, version: int, calendar: Mapping[str, int]) -> Rulebook:
        """Return what promises followed from when they were made."""
        known = {int(year): self.years[int(year), number] for year, number in calendar.items()}
        return Rulebook(policy=self.policies[version], years=known)


def _books(session: Session, community_ids: Collection[int]) -> dict[int, Books]:
    """Return the books of some communities."""
    return {
        one: Books(
            policies={HOUSE_POLICY.version: HOUSE_POLICY} | promises.policies(session, one),
            years={(year.year, year.version): year for year in promises.all_years(session, one)},
        )
        for one in community_ids
    }


def _fold_findings(row: CaseFile, events: Sequence[CaseEvent], books: Books) -> Iterator[Finding]:
    """Yield every column of a case that is not what its events make it."""
    facts = [fact_of(event) for event in events]
    try:
        state = folding.fold(facts)
    except (KeyError, ValueError) as error:
        yield Finding("case_event", _named(row), repr(error), "foldable events", RULE_FOLD)
        return
    if state is None:
        yield Finding("case_file", _named(row), "no events", "at least one event", RULE_FOLD)
        return
    yield from _due_findings(row, facts, books)
    should_be = columns_of(state) | _closing(facts)
    for column, value in should_be.items():
        stored = getattr(row, column)
        if _plain(stored) != _plain(value):
            name = f"{_named(row)} {column}"
            yield Finding("case_file", name, str(stored), str(value), RULE_FOLD)


def _due_findings(row: CaseFile, facts: Sequence[Fact], books: Books) -> Iterator[Finding]:
    """Yield promises that do not follow from their event, the policy and the years it names."""
    before: CaseState | None = None
    for fact in facts:
        stored = fact.payload.get("dues", [])
        should_be: object
        try:
            should_be = _dues(before, fact, books)
        except (KeyError, ValueError) as error:
            should_be = repr(error)
        if stored != should_be:
            name = f"{_named(row)} event {fact.seq}"
            yield Finding("case_event", name, str(stored), str(should_be), RULE_DUE)
        before = folding.apply(before, fact)


def _dues(before: CaseState | None, fact: Fact, books: Books) -> list[DuePayload]:
    """Return the promises that an event should carry."""
    stored = fact.payload.get("dues", [])
    named: dict[str, int] = {}
    for due in stored:
        named |= due["calendar"]
    version = fact.payload["policy_version"] if before is None else before.policy_version
    book = books.pinned(version, named)
    if before is not None and fact.type is EventType.REBASED:
        waiting = [one for one in before.times.values() if _waits(one)]
        return [deadlines.reckon_again(one, book=book) for one in waiting]
    if before is not None and fact.type in overlays.MOVES:
        return overlays.moved_dues(before, fact.type, at=fact.at, book=book)
    is_urgent = fact.payload.get("is_urgent", False) if before is None else before.is_urgent
    known = () if before is None else before.times
    return deadlines.dues_after(fact.type, at=fact.at, book=book, known=known, is_urgent=is_urgent)


def _waits(times: Times) -> bool:
    """Whether a promise waits for a year to be known."""
    return times.why["is_provisional"] and times.done_at is None


def _closing(facts: Sequence[Fact]) -> dict[str, Any]:  # Any: columns of two kinds
    """Return the columns that follow from when a case began and ended."""
    state, closed_at, ended_at = None, None, None
    for fact in facts:
        state = folding.apply(state, fact)
        closed_at = (closed_at or fact.at) if state.state is State.CLOSED else None
        ended_at = (ended_at or fact.at) if state.state in CUT_SHORT else None
    return {"registered_at": facts[0].at, "closed_at": closed_at, "ended_at": ended_at}


def _plain(value: object) -> object:
    """Return an enumeration's text, and anything else as it is."""
    return str(value) if isinstance(value, str) else value


def fact_of(event: CaseEvent) -> Fact:
    """Return an event as the fold reads it."""
    payload: Any = event.payload  # Any: JSON; its shape is proved by the chain and the fold
    return Fact(
        seq=event.seq,
        type=EventType(event.type),
        at=event.recorded_at,
        payload=payload,
        user_id=event.actor_user_id,
        person_id=event.actor_person_id,
    )


def _counter_findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield years in which a number is missing or the counter disagrees."""
    counted = (
        select(
            CaseFile.community_id,
            CaseFile.year,
            func.count().label("many"),
            func.max(CaseFile.serial).label("highest"),
        )
        .group_by(CaseFile.community_id, CaseFile.year)
        .subquery()
    )
    found = select(CaseCounter, counted.c.many, counted.c.highest).outerjoin(
        counted,
        (counted.c.community_id == CaseCounter.community_id) & (counted.c.year == CaseCounter.year),
    )
    if community_id is not None:
        found = found.where(CaseCounter.community_id == community_id)
    for counter, many, highest in session.execute(found.execution_options(populate_existing=True)):
        if not many == highest == counter.last_number:
            yield Finding(
                "case_counter",
                f"community {counter.community_id} year {counter.year}",
                f"{many} cases, highest {highest}, counter {counter.last_number}",
                "three equal numbers",
                RULE_COUNTER,
            )
