"""Claiming: a part of a line leaves what is unclaimed by an entry, and comes back by another.

The rooms above say what a part is for and what else its entry moves; this room sees to it that no
more is claimed than a line brought, that the entry takes just that, and that an undone claim is
undone as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any  # column values of several types
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.claims import BankAllocation
from timebank.bank.queries import claims as queries
from timebank.bank.rules import claims as rules
from timebank.bank.rules.claims import BY_HAND, Direction, Evidence, OpenLine, Purpose
from timebank.bank.service.booking import document_of
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.queries import periods
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books, posting
from timebank.trail import service as trail

REASON_CHARS_MAX = 200

# What the plain purposes stand against: code, normal side, name.
_COUNTERS: Mapping[Purpose, tuple[str, Side, str]] = {
    Purpose.FEE: ("fees", Side.DEBIT, "银行手续费"),
    Purpose.WITHHELD: ("fees", Side.DEBIT, "银行手续费"),
    Purpose.INTEREST: ("interest", Side.CREDIT, "银行利息"),
    Purpose.BETWEEN: ("transit", Side.CREDIT, "在途往来"),
    Purpose.RETURNED: ("transit", Side.CREDIT, "在途往来"),
    Purpose.OPENING: ("brought_forward", Side.CREDIT, "期初结转"),
}

# An opening line has an entry of that kind already: the one that booked it.
_ENTRY_KINDS: Mapping[Purpose, str] = {Purpose.OPENING: "brought_forward"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line: what for, how much, against which account, and what else moves with it.

    A part whose entry the room above posts itself, under the id that the claim gives it, is
    ``is_posted``; it has taken `taking` into that entry.
    """

    purpose: Purpose
    amount_fen: int
    counter_id: int
    kind: str
    memo: str = ""
    transfers: Sequence[Transfer] = ()
    is_posted: bool = False
    evidence: Evidence = BY_HAND


@dataclass(frozen=True, slots=True)
class Claim:
    """The parts of one line that are claimed together, under one id."""

    claim_id: UUID
    line: OpenLine
    parts: Sequence[Part]
    effective_on: date
    reason: str = ""
    entry_ids: Sequence[UUID] = field(default=())


def locked_line(
    session: Session, *, actor: Actor, line_id: int, expected_version: int | None = None
) -> OpenLine:
    """Return a line under the lock of what is left of it.

    Raises:
        BankLineNotFoundError: the community has no such line.
        LineChangedError: somebody has worked on it since it was looked at.
    """
    line = queries.locked_lines(session, community_id=actor.community_id, line_ids=[line_id])
    if not line:
        raise errors.BankLineNotFoundError
    if expected_version is not None and line[0].version != expected_version:
        raise errors.LineChangedError
    return line[0]


def prepare(
    session: Session, line: OpenLine, parts: Sequence[Part], *, key: UUID | None = None
) -> Claim:
    """Return a claim with the day on which it takes effect; late for a closed month, that is today.

    Raises:
        NothingClaimedError, PartAmountError, WrongDirectionError, MoreThanUnclaimedError,
        TooMuchWithheldError: the line cannot have these parts.
    """
    rules.check_parts(line, [(part.purpose, part.amount_fen) for part in parts])
    closed = periods.last_period(session, line.book_id)
    is_late = closed is not None and line.booked_on <= closed.through_on
    claim_id = ids.new_id() if key is None else key
    ordered = sorted(parts, key=lambda part: part.amount_fen > 0)  # what was withheld comes first
    return Claim(
        claim_id,
        line,
        ordered,
        clock.today() if is_late else line.booked_on,
        f"{line.booked_on.isoformat()} 已封账，记在今天" if is_late else "",
        [ids.derived_id(claim_id, f"{line.id}:{at}") for at in range(len(ordered))],
    )


def book(session: Session, *, actor: Actor, claims: Sequence[Claim]) -> None:
    """Book claims of locked lines: their entries in one load, then what was allocated by them."""
    drafts, rows = [], []
    now = clock.now()
    for claim in claims:
        for entry_id, part in zip(claim.entry_ids, claim.parts, strict=True):
            if not part.is_posted:
                drafts.append(_draft(claim, part, entry_id))
            rows.append(_row(actor, claim, part, entry_id) | {"claimed_at": now})
    if drafts:
        posting.post_many(session, actor=actor, drafts=drafts)
    session.execute(insert(BankAllocation), rows)


def claim_plain(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    purpose: Purpose,
    expected_version: int,
    key: UUID | None = None,
    evidence: Evidence = BY_HAND,
) -> Claim:
    """Claim all that is left of a line for what needs no further word: a fee, interest.

    Raises:
        BankLineNotFoundError, LineChangedError, WrongDirectionError: it cannot be.
    """
    line = locked_line(session, actor=actor, line_id=line_id, expected_version=expected_version)
    if purpose not in rules.PLAIN or purpose is Purpose.WITHHELD:
        raise errors.WrongDirectionError(field="purpose")
    part = plain_part(session, line, purpose, line.unallocated_fen)
    part = replace(part, evidence=evidence)
    claim = prepare(session, line, [part], key=key)
    book(session, actor=actor, claims=[claim])
    leave_trail(session, actor=actor, claim=claim)
    return claim


def plain_part(session: Session, line: OpenLine, purpose: Purpose, amount_fen: int) -> Part:
    """Return a part that stands against the one account of its purpose."""
    code, normal, name = _COUNTERS[purpose]
    counter_id = books.ensure_account(
        session, book_id=line.book_id, asset=Asset.YUAN, code=code, name=name,
        kind=AccountKind.OPEN, normal=normal,
    )  # fmt: skip
    return Part(purpose, amount_fen, counter_id, f"bank.{_ENTRY_KINDS.get(purpose, purpose)}")


def placed_account(session: Session, line: OpenLine) -> int:
    """Return the account of what of a bank account was claimed for projects and households."""
    return books.ensure_account(
        session, book_id=line.book_id, asset=Asset.YUAN, code=f"placed:{line.account_id}",
        name=f"已认领 尾号 {line.number_tail}", kind=AccountKind.OPEN, normal=Side.CREDIT,
    )  # fmt: skip


def pair(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    other_line_id: int,
    expected_version: int,
    key: UUID | None = None,
) -> UUID:
    """Set two lines against each other: between own accounts, or a payment that came back.

    Raises:
        BankLineNotFoundError, LineChangedError: they are not there, or not as they were.
        NoPairError: they do not go opposite ways by the same amount, whole and unclaimed.
    """
    found = queries.locked_lines(
        session, community_id=actor.community_id, line_ids={line_id, other_line_id}
    )
    if line_id not in {line.id for line in found}:
        raise errors.BankLineNotFoundError
    if any(one.id == line_id and one.version != expected_version for one in found):
        raise errors.LineChangedError
    is_whole = all(line.unallocated_fen == abs(line.amount_fen) for line in found)
    if (len(found), sum(one.amount_fen for one in found)) != (2, 0) or not is_whole:
        raise errors.NoPairError(field="other_line_id")
    first, second = found
    purpose = Purpose.RETURNED if first.account_id == second.account_id else Purpose.BETWEEN
    claim_id = ids.new_id() if key is None else key
    claims = [
        prepare(
            session, line, [plain_part(session, line, purpose, line.unallocated_fen)], key=claim_id
        )
        for line in found
    ]
    book(session, actor=actor, claims=claims)
    for claim in claims:
        leave_trail(session, actor=actor, claim=claim)
    return claim_id


def undo(
    session: Session,
    *,
    actor: Actor,
    claim_id: UUID,
    reason: str,
    key: UUID | None = None,
    already: Mapping[UUID, UUID] | None = None,
) -> dict[UUID, UUID]:
    """Reverse every entry of a claim; what it took is unclaimed again. Return entry → reversal.

    ``already`` are the reversals that the room above has posted itself.

    Raises:
        ClaimNotFoundError: the community has no such claim.
        ClaimUndoneError: it was undone before.
        ReasonMissingError: nobody says why.
        InsufficientBalanceError: the money was spent since.
    """
    why = reason_of(reason)
    rows = queries.locked_allocations(session, community_id=actor.community_id, claim_id=claim_id)
    if not rows:
        raise errors.ClaimNotFoundError
    if any(row.undone_entry_id is not None for row in rows):
        raise errors.ClaimUndoneError
    act_id = ids.new_id() if key is None else key
    reversed_by: dict[UUID, UUID] = dict(already or {})
    # What was withheld goes last: until the rest is back there is nothing to take it from.
    for row in sorted(rows, key=lambda one: one.amount_fen < 0):
        reversal_id = reversed_by.get(row.entry_id) or reversal_of(act_id, row.entry_id)
        if row.entry_id not in reversed_by:
            posting.reverse(
                session, actor=actor, entry_id=row.entry_id, reversal_id=reversal_id, reason=why
            )
        row.undone_entry_id, row.undone_at = reversal_id, clock.now()
        row.undone_by, row.undone_name, row.undone_reason = actor.user_id, actor.name, why
        session.flush()
        reversed_by[row.entry_id] = reversal_id
    for line_id in {row.line_id for row in rows}:
        trail.record(
            session,
            actor=actor,
            action="bank.unclaimed_again",
            subject_type="bank_line",
            subject_id=line_id,
            facts={"claim": str(claim_id), "reason": why},
        )
    return reversed_by


def reversal_of(act_id: UUID, entry_id: UUID) -> UUID:
    """Return the id under which an act of undoing reverses an entry."""
    return ids.derived_id(act_id, f"undo:{entry_id}")


def reason_of(text: str, *, field: str = "reason") -> str:
    """Return a reason without blanks around it.

    Raises:
        ReasonMissingError: there is none.
    """
    said = text.strip()[:REASON_CHARS_MAX]
    if not said:
        raise errors.ReasonMissingError(field=field)
    return said


def leave_trail(session: Session, *, actor: Actor, claim: Claim) -> None:
    """Note that parts of a line were claimed: purposes and sum, no names."""
    purposes = ",".join(sorted({part.purpose.value for part in claim.parts}))
    total = sum(part.amount_fen for part in claim.parts)
    facts: dict[str, trail.Fact] = {
        "claim": str(claim.claim_id), "purposes": purposes, "amount_fen": total,
    }  # fmt: skip
    told(session, actor, claim.line.id, "line_claimed", facts)


def told(
    session: Session, actor: Actor, line_id: int, act: str, facts: Mapping[str, trail.Fact]
) -> None:
    """Note what was done to a line."""
    trail.record(
        session,
        actor=actor,
        action=f"bank.{act}",
        subject_type="bank_line",
        subject_id=line_id,
        facts=facts,
    )


def taking(line: OpenLine, counter_id: int, amount_fen: int) -> Transfer:
    """Return the transfer that takes a part of a line out of what is unclaimed."""
    is_out_of_unclaimed = (line.direction is Direction.IN) == (amount_fen > 0)
    accounts = (line.unclaimed_account_id, counter_id)
    debit_id, credit_id = accounts if is_out_of_unclaimed else accounts[::-1]
    return Transfer(debit_id, credit_id, abs(amount_fen))


def _draft(claim: Claim, part: Part, entry_id: UUID) -> EntryDraft:
    """Return the entry of a part: out of what is unclaimed, with what else it moves."""
    line = claim.line
    return EntryDraft(
        id=entry_id,
        book_id=line.book_id,
        asset=Asset.YUAN,
        kind=part.kind,
        effective_on=claim.effective_on,
        transfers=[taking(line, part.counter_id, part.amount_fen), *part.transfers],
        memo=part.memo or f"尾号 {line.number_tail} 第 {line.position} 笔",
        document=document_of(line.account_id, line.position),
        reason=claim.reason,
    )


def _row(actor: Actor, claim: Claim, part: Part, entry_id: UUID) -> dict[str, Any]:
    """Return the columns of an allocation."""
    return {
        "community_id": actor.community_id,
        "line_id": claim.line.id,
        "claim_id": claim.claim_id,
        "purpose": part.purpose,
        "amount_fen": part.amount_fen,
        "entry_id": entry_id,
        "is_automatic": part.evidence.is_automatic,
        "score": part.evidence.score,
        "terms": [term._asdict() for term in part.evidence.terms],
        "claimed_by": actor.user_id,
        "claimed_name": actor.name,
    }
