"""Matching: a part of a bank line meets an obligation, and the receipt or payment is booked by it.

One entry takes the part out of what is unclaimed and moves the project's money, so that a
contribution is never typed a second time. Locks are taken in one order: the line, then projects
by their ids, then what households owe.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.bank.queries import claims as lines
from timebank.bank.rules.claims import BY_HAND, Evidence, OpenLine, Purpose
from timebank.bank.service import claiming
from timebank.bank.service.booking import document_of
from timebank.bank.service.claiming import Claim
from timebank.cofund.errors import matching as errors
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.queries import matches as queries
from timebank.cofund.queries import obligations, targets
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.rules.matching import MatchKind, Said
from timebank.cofund.rules.projects import Method, Party
from timebank.cofund.service import bills, money
from timebank.cofund.service.meetings import (
    Credit,
    Meeting,
    Wanted,
    check_amount,
    credit_part,
    home_of,
    part_of,
    rest_as_credit,
)
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts


def match_line(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    wanted: Sequence[Wanted],
    expected_version: int,
    withheld_fen: int = 0,
    is_rest_credit: bool = False,
    key: UUID | None = None,
) -> UUID:
    """Let a line meet obligations; return the claim. What is left stays unclaimed, or is credit.

    ``withheld_fen`` is what a payment platform kept of the gross amount.

    Raises:
        BankLineNotFoundError, LineChangedError: the line is not there, or not as it was.
        TargetGoneError, TargetTwiceError: a target is none any more, or is named twice.
        WholeOnlyError, MoreThanTargetError, MoreThanUnclaimedError: an amount does not fit.
        DomainError: the project does not take the money.
    """
    line = claiming.locked_line(
        session, actor=actor, line_id=line_id, expected_version=expected_version
    )
    seen = lines.line(session, community_id=actor.community_id, line_id=line_id)
    said = targets.said_of(seen)
    left = line.unallocated_fen + withheld_fen
    meetings = _meetings(session, actor, seen, wanted, left=left)
    credits_: list[Credit] = []
    if is_rest_credit:
        credits_ = rest_as_credit(line, meetings, withheld_fen)
    return _claim(
        session, actor=actor, line=line, said=said, meetings=meetings, credits_=credits_,
        withheld_fen=withheld_fen, key=key,
    )  # fmt: skip


def match_found(
    session: Session, *, actor: Actor, line: OpenLine, said: Said, meeting: Meeting
) -> UUID:
    """Let a locked line meet the one obligation that a program found for it."""
    return _claim(session, actor=actor, line=line, said=said, meetings=[meeting])


def give_credit(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    household_id: int,
    expected_version: int,
    key: UUID | None = None,
) -> UUID:
    """Claim what is left of a line as a household's credit; or, of money out, give credit back.

    Raises:
        BankLineNotFoundError, LineChangedError: the line is not there, or not as it was.
        HouseholdUnknownError: there is no such household here.
        NotEnoughCreditError: it has less credit than would be given back.
    """
    line = claiming.locked_line(
        session, actor=actor, line_id=line_id, expected_version=expected_version
    )
    seen = lines.line(session, community_id=actor.community_id, line_id=line_id)
    found = receivable_reads.dwellings(
        session, community_id=actor.community_id, household_ids=[household_id]
    )
    if not found:
        raise errors.HouseholdUnknownError(field="household_id")
    home = found[0]
    is_back = line.amount_fen < 0
    if is_back and (have := credit_of(session, actor.community_id, household_id)) < (
        asked := line.unallocated_fen
    ):
        raise errors.NotEnoughCreditError(have_fen=have, asked_fen=asked)
    label = f"{home.building}-{home.unit}-{home.room_no}"
    credit = Credit(household_id, label, line.unallocated_fen, is_back)
    return _claim(
        session, actor=actor, line=line, said=targets.said_of(seen), meetings=[],
        credits_=[credit], key=key,
    )  # fmt: skip


def credit_of(session: Session, community_id: int, household_id: int) -> int:
    """Return a household's credit, fen."""
    account_id = ledger_accounts.account_id_within(
        session, community_id=community_id, book="owners", code=f"credit:{household_id}"
    )
    return 0 if account_id is None else ledger_accounts.balance(session, account_id).available


def undo_claim(
    session: Session, *, actor: Actor, claim_id: UUID, reason: str, key: UUID | None = None
) -> None:
    """Undo a claim as a whole: its receipts and payments with it; its payer is forgotten.

    Raises:
        ClaimNotFoundError, ClaimUndoneError, ReasonMissingError: it cannot be.
        ContributionSpentError, WrongStateError: the project cannot give the money back.
    """
    why = claiming.reason_of(reason)
    parts = lines.allocations(session, community_id=actor.community_id, claim_id=claim_id)
    lines.locked_lines(
        session, community_id=actor.community_id, line_ids={part.line_id for part in parts}
    )
    act_id = ids.new_id() if key is None else key
    rows = queries.standing(session, community_id=actor.community_id, claim_id=claim_id)
    already: dict[UUID, UUID] = {}
    for row in rows:
        reversal_id = claiming.reversal_of(act_id, row.entry_id)
        if _take_back(session, actor, row, why, reversal_id):
            already[row.entry_id] = reversal_id
        row.undone_at = clock.now()
    session.flush()
    claiming.undo(session, actor=actor, claim_id=claim_id, reason=why, key=act_id, already=already)


def _take_back(
    session: Session, actor: Actor, row: ClaimedPart, reason: str, reversal_id: UUID
) -> bool:
    """Take back the receipt or payment that a match booked; whether it had booked one."""
    if row.kind in (MatchKind.RECEIVABLE, MatchKind.SHARE):
        assert row.contribution_id is not None  # the database holds it
        money.undo_contribution(
            session, actor=actor, contribution_id=row.contribution_id, reason=reason,
            key=reversal_id, is_unclaiming=True,
        )  # fmt: skip
        return True
    if row.kind == MatchKind.SPENDING:
        assert row.spending_request_id is not None  # the database holds it
        bills.take_back_payment(
            session, actor=actor, request_id=row.spending_request_id, reason=reason,
            reversal_id=reversal_id,
        )  # fmt: skip
        return True
    return False


def _meetings(
    session: Session,
    actor: Actor,
    seen: lines.WaitingLine,
    wanted: Sequence[Wanted],
    *,
    left: int,
) -> list[Meeting]:
    """Return what is to be met, as it stands now, with the amount for each and why.

    Raises:
        TargetTwiceError, TargetGoneError, WholeOnlyError, MoreThanTargetError: it cannot be.
    """
    keys = [one.target for one in wanted]
    if len(set(keys)) != len(keys):
        raise errors.TargetTwiceError(field="target")
    found = targets.finder(session, actor.community_id, [seen])
    known = {one.target.key: one for one in found.candidates(targets.said_of(seen))}
    meetings = []
    for one in wanted:
        target = targets.target(session, actor.community_id, one.target)
        if target is None:
            raise errors.TargetGoneError(field="target")
        amount_fen = min(left, target.amount_fen) if one.amount_fen is None else one.amount_fen
        check_amount(target, amount_fen)
        left -= amount_fen
        candidate = known.get(one.target)
        evidence = BY_HAND if candidate is None else Evidence(candidate.score, candidate.terms)
        meetings.append(Meeting(target, amount_fen, evidence))
    return meetings


def _claim(
    session: Session,
    *,
    actor: Actor,
    line: OpenLine,
    said: Said,
    meetings: Sequence[Meeting],
    credits_: Sequence[Credit] = (),
    withheld_fen: int = 0,
    key: UUID | None = None,
) -> UUID:
    """Book the parts of a line: each with its entry, its allocation and what it met."""
    placed_id = claiming.placed_account(session, line)
    parts = [part_of(one, placed_id) for one in meetings]
    parts += [credit_part(session, line, one, placed_id) for one in credits_]
    if withheld_fen:
        parts.append(claiming.plain_part(session, line, Purpose.WITHHELD, -withheld_fen))
    claim = claiming.prepare(session, line, parts, key=key)
    # What was withheld stands first in the claim; the others are in the order given.
    given = claim.entry_ids[len(parts) - len(meetings) - len(credits_) :]
    ones: list[Meeting | Credit] = [*meetings, *credits_]
    met = dict(zip(given, ones, strict=True))
    rows: dict[UUID, dict[str, object]] = {}
    for entry_id, one in sorted(met.items(), key=lambda item: _project_of(item[1])):
        booked: dict[str, object] = (
            _booked(session, actor, claim, one, entry_id=entry_id, placed_id=placed_id, said=said)
            if isinstance(one, Meeting)
            else {"kind": MatchKind.CREDIT_BACK if one.is_back else MatchKind.CREDIT}
        )
        rows[entry_id] = booked | _row(actor, claim, one, entry_id, said)
    claiming.book(session, actor=actor, claims=[claim])
    _write(session, list(rows.values()))
    claiming.leave_trail(session, actor=actor, claim=claim)
    return claim.claim_id


def _project_of(one: Meeting | Credit) -> int:
    """Return the project of what is met; locks are taken in this order."""
    return one.target.project_id if isinstance(one, Meeting) else 0


def _booked(
    session: Session,
    actor: Actor,
    claim: Claim,
    meeting: Meeting,
    *,
    entry_id: UUID,
    placed_id: int,
    said: Said,
) -> dict[str, object]:
    """Book the receipt or the payment of a meeting; return what its match points to."""
    target, kind = meeting.target, MatchKind(meeting.target.kind)
    beside = [claiming.taking(claim.line, placed_id, meeting.amount_fen)]
    points: dict[str, object] = {"kind": kind}
    if kind in (MatchKind.RECEIVABLE, MatchKind.SHARE):
        is_home = kind is MatchKind.RECEIVABLE
        received = money.receive_contribution(
            session,
            actor=actor,
            project_id=target.project_id,
            party=Party.RESIDENTS if is_home else obligations.share_of(target.id)[1],
            amount_fen=meeting.amount_fen,
            received_on=claim.effective_on,
            payer_name=said.name[:80],
            method=Method.BANK,
            reference=document_of(claim.line.account_id, claim.line.position),
            payment_code=target.payment_code,
            key=entry_id,
            beside=beside,
        )
        return points | {"contribution_id": received.id}
    if kind is MatchKind.SPENDING:
        bills.pay_spending(
            session, actor=actor, request_id=target.id, paid_on=claim.effective_on,
            entry_id=entry_id, beside=beside,
        )  # fmt: skip
    column = {
        MatchKind.RECORDED: "contribution_id",
        MatchKind.REFUND: "refund_id",
        MatchKind.RELEASED: "retention_move_id",
        MatchKind.COMMON_INCOME: "income_id",
    }.get(kind, "spending_request_id")
    return points | {column: target.id}


def _row(
    actor: Actor, claim: Claim, one: Meeting | Credit, entry_id: UUID, said: Said
) -> dict[str, object]:
    """Return the columns of a match; only what a person confirmed teaches who pays for whom."""
    target = one.target if isinstance(one, Meeting) else None
    teaches = isinstance(one, Meeting) and not one.evidence.is_automatic
    household_id = home_of(one.target) if isinstance(one, Meeting) else one.household_id
    return {
        "community_id": actor.community_id,
        "line_id": claim.line.id,
        "claim_id": claim.claim_id,
        "entry_id": entry_id,
        "amount_fen": one.amount_fen,
        "label": (one.target.label if isinstance(one, Meeting) else one.label)[:160],
        "project_id": None if target is None else target.project_id or None,
        "household_id": household_id,
        "payer": said.payer if teaches else "",
        "payer_name": said.payer_name if teaches else "",
        "subject": f"household:{household_id}" if target is None else target.subject,
        "matched_at": clock.now(),
    }


def _write(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Write what was met.

    Raises:
        TargetGoneError: another line met it at the same moment.
    """
    try:
        with session.begin_nested():
            for row in rows:
                session.execute(insert(ClaimedPart).values(**row))
    except IntegrityError as error:
        raise errors.TargetGoneError(field="target") from error
