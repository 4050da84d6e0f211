"""The proof of rights and pools: appeals end as was voted, papers are whole, pools add up."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, undefer

from timebank.kernel.finding import Finding
from timebank.trail.models import FileContent, StoredFile
from timebank.volunteering.models.disputes import Dispute, DisputeVote
from timebank.volunteering.models.exhibits import Exhibit
from timebank.volunteering.models.merging import EndingEntry
from timebank.volunteering.models.pools import PoolGift, PoolGrant
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import pools
from timebank.volunteering.rules.disputes import DisputeState, Vote, verdict
from timebank.volunteering.rules.gifts import GrantState
from timebank.volunteering.rules.records import RecordState

BATCH = 500
FILES = 20  # contents are read whole, so that a few lie in memory at once

RULE_VOTED = "what came to arbitration ended as was voted"
RULE_BACK = "a granted appeal brought its record back, or told it anew"
RULE_NUMBERED = "papers of a record are numbered from 1 without gaps"
RULE_WHOLE = "a paper has the digest under which it was handed in"
RULE_POOL = "a pool holds what was given to it and left to it, less what was granted from it"


def rights_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield appeals, papers and pools of a community that disagree with what they follow from."""
    yield from _verdicts(session, community_id)
    yield from _brought_back(session, community_id)
    yield from _numbers(session, community_id)
    yield from _papers(session, community_id)
    yield from _pools(session, community_id)


def _verdicts(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the arbitrations whose end is not what the votes say."""
    votes: dict[int, list[Vote]] = defaultdict(list)
    for dispute_id, is_granted, is_alone in session.execute(
        select(DisputeVote.dispute_id, DisputeVote.is_granted, DisputeVote.is_alone)
        .where(DisputeVote.community_id == community_id)
        .order_by(DisputeVote.id)
    ):
        votes[dispute_id].append(Vote(is_granted, is_alone))
    ends = {True: DisputeState.GRANTED, False: DisputeState.FINAL, None: DisputeState.ARBITRATION}
    rows = session.execute(
        select(Dispute.id, Dispute.state)
        .where(
            Dispute.community_id == community_id,
            Dispute.arbitration_at.is_not(None),
            Dispute.state != DisputeState.REPAIRED,
        )
        .order_by(Dispute.id)
    )
    for dispute_id, state in rows:
        right = ends[verdict(votes[dispute_id])]
        if state != right:
            yield Finding("dispute", f"id {dispute_id}", state, right, RULE_VOTED, community_id)


def _brought_back(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the granted appeals after which nothing came back."""
    rows = session.execute(
        select(Dispute.id, ServiceRecord.state)
        .join(ServiceRecord, ServiceRecord.id == Dispute.record_id)
        .where(
            Dispute.community_id == community_id,
            Dispute.state == DisputeState.GRANTED,
            Dispute.new_record_id.is_(None),
            Dispute.about == "unapproval",
        )
        .order_by(Dispute.id)
    )
    for dispute_id, state in rows:
        yield Finding(
            "dispute", f"id {dispute_id}", state, RecordState.CONFIRMED, RULE_BACK, community_id
        )


def _numbers(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the records among whose papers one is missing."""
    rows = session.execute(
        select(Exhibit.record_id, func.count(), func.max(Exhibit.number))
        .where(Exhibit.community_id == community_id)
        .group_by(Exhibit.record_id)
        .having(func.count() != func.max(Exhibit.number))
        .order_by(Exhibit.record_id)
    )
    for record_id, count, last in rows:
        name = f"record {record_id}"
        yield Finding("record_exhibit", name, str(count), str(last), RULE_NUMBERED, community_id)


def _papers(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the papers whose bytes are not those that were handed in."""
    last_id = 0
    while True:
        rows = session.execute(
            select(Exhibit.id, FileContent)
            .join(StoredFile, StoredFile.id == Exhibit.file_id)
            .join(FileContent, FileContent.id == StoredFile.content_id)
            .where(Exhibit.community_id == community_id, Exhibit.id > last_id)
            .order_by(Exhibit.id)
            .limit(FILES)
            .options(undefer(FileContent.content))
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            return
        last_id = rows[-1][0]
        for exhibit_id, kept in rows:
            found = (hashlib.sha256(kept.content).hexdigest(), len(kept.content))
            if found != (kept.sha256, kept.size_bytes):
                name = f"id {exhibit_id}"
                yield Finding(
                    "record_exhibit", name, found[0], kept.sha256, RULE_WHOLE, community_id
                )
        session.expunge_all()


def _pools(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the pools whose account is not what came less what went."""
    given = _by_pool(
        session,
        select(PoolGift.pool_id, func.sum(PoolGift.minutes))
        .where(PoolGift.community_id == community_id)
        .group_by(PoolGift.pool_id),
    )
    granted = _by_pool(
        session,
        select(PoolGrant.pool_id, func.sum(PoolGrant.minutes))
        .where(PoolGrant.community_id == community_id, PoolGrant.state == GrantState.GRANTED)
        .group_by(PoolGrant.pool_id),
    )
    left = _left_to(session, community_id)
    for view in pools.pools(session, community_id):
        code = pools.pool_code(view.id)
        right = given.get(view.id, 0) + left.get(code, 0) - granted.get(view.id, 0)
        if view.posted_minutes != right:
            name = f"id {view.id}"
            yield Finding(
                "hours_pool", name, str(view.posted_minutes), str(right), RULE_POOL, community_id
            )


def _by_pool(session: Session, wanted: Select[tuple[int, int]]) -> dict[int, int]:
    """Return the minutes of each pool."""
    return {pool_id: int(minutes) for pool_id, minutes in session.execute(wanted)}


def _left_to(session: Session, community_id: int) -> dict[str, int]:
    """Return what ends of accounts brought to accounts of pools, by their code."""
    code = case(
        (EndingEntry.credit_code.like("pool:%"), EndingEntry.credit_code),
        else_=EndingEntry.debit_code,
    )
    signed = case(
        (EndingEntry.credit_code.like("pool:%"), EndingEntry.minutes), else_=-EndingEntry.minutes
    )
    rows = session.execute(
        select(code, func.sum(signed))
        .where(
            EndingEntry.community_id == community_id,
            EndingEntry.credit_code.like("pool:%") | EndingEntry.debit_code.like("pool:%"),
        )
        .group_by(code)
    )
    return {pool_code: int(minutes) for pool_code, minutes in rows}
