"""The proof of a project's life: waivers, pots, votes, withheld money, and what was frozen."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from timebank.cofund.models.disclosures import Disclosure
from timebank.cofund.models.projects import Contribution, Project, SpendingRequest
from timebank.cofund.models.receivables import Receivable, Waiver
from timebank.cofund.models.retention import RetentionMove, Settlement
from timebank.cofund.models.sources import Match, MatchPot
from timebank.cofund.models.votes import Ballot, Vote, VoteOwner
from timebank.cofund.queries import votes
from timebank.cofund.rules import votes as vote_rules
from timebank.cofund.rules.disclosures import digest_of, document_of, number_of
from timebank.cofund.rules.projects import SpendingState
from timebank.cofund.rules.receivables import WaiverState
from timebank.cofund.rules.retention import MoveState, settlement_digest
from timebank.cofund.rules.votes import Choice, Tally, VoteKind, VoteState
from timebank.kernel import clock
from timebank.kernel.finding import Finding
from timebank.ledger.errors import BlockNotFoundError
from timebank.ledger.queries import accounts, seals, spans

RULE_WAIVED = "what a household was let off is the sum of its approved waivers"
RULE_MATCHED = "what a pot gave a project is the sum of its receipts that stand"
RULE_POT = "a pot holds what was paid into it less what it gave"
RULE_SUMS = "the sums of a vote are those of its roll and ballots"
RULE_PASSED = "a vote passed just when its sums reach what the law it keeps asks"
RULE_RESULT = "the digest of a vote is that of its question, law, sums and ballots"
RULE_WITHHELD = "what is withheld is kept back of paid bills, less what was released or deducted"
RULE_SETTLED = "the digest of a final account is that of what it says"
RULE_FROZEN = "the digest of a disclosure is that of its document"
RULE_HEAD = "the head that a disclosure names is that of its block"
_FILLED = "cofund.match_filled"


class Suspect(NamedTuple):
    """A row that is looked at: its table, its id, whose it is."""

    table: str
    row_id: int
    community_id: int

    def wrong(self, is_value: object, should_be: object, rule: str) -> Finding:
        """Return what is wrong with the row."""
        row = f"id {self.row_id}"
        return Finding(self.table, row, str(is_value), str(should_be), rule, self.community_id)


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of a project's life that disagrees with what it follows from."""
    for check in (_waivers, _matches, _pots, _votes, _retention, _settlements, _disclosures):
        for found in check(session):
            if community_id in (None, found.community_id):
                yield found


def _waivers(session: Session) -> Iterator[Finding]:
    """Yield households that were let off otherwise than their approved waivers say."""
    approved = (
        select(Waiver.receivable_id, func.sum(Waiver.amount_fen).label("fen"))
        .where(Waiver.state == WaiverState.APPROVED)
        .group_by(Waiver.receivable_id)
        .subquery()
    )
    fen = func.coalesce(approved.c.fen, 0)
    rows = session.execute(
        select(Receivable.id, Receivable.waived_fen, fen, Receivable.community_id)
        .outerjoin(approved, approved.c.receivable_id == Receivable.id)
        .where(Receivable.waived_fen != fen)
        .order_by(Receivable.id)
    )
    for row_id, is_value, should_be, of in rows:
        yield Suspect("cofund_receivable", row_id, of).wrong(is_value, should_be, RULE_WAIVED)


def _matches(session: Session) -> Iterator[Finding]:
    """Yield matches whose sum is not that of their receipts."""
    given = _given().subquery()
    fen = func.coalesce(given.c.fen, 0)
    rows = session.execute(
        select(Match.id, Match.matched_fen, fen, Match.community_id)
        .outerjoin(given, given.c.match_id == Match.id)
        .where(Match.matched_fen != fen)
        .order_by(Match.id)
    )
    for row_id, is_value, should_be, of in rows:
        yield Suspect("cofund_match", row_id, of).wrong(is_value, should_be, RULE_MATCHED)


def _given() -> Select[tuple[int | None, int]]:
    """Select what receipts that stand took from pots, by match."""
    return (
        select(Contribution.match_id, func.sum(Contribution.amount_fen).label("fen"))
        .where(Contribution.match_id.is_not(None), Contribution.undone_entry_id.is_(None))
        .group_by(Contribution.match_id)
    )


def _pots(session: Session) -> Iterator[Finding]:
    """Yield pots that hold more or less than was paid in and not given."""
    matched = func.coalesce(func.sum(Match.matched_fen), 0)
    rows = session.execute(
        select(MatchPot.id, MatchPot.pot_account_id, matched, MatchPot.community_id)
        .outerjoin(Match, Match.pot_id == MatchPot.id)
        .where(MatchPot.pot_account_id.is_not(None))
        .group_by(MatchPot.id, MatchPot.pot_account_id, MatchPot.community_id)
        .order_by(MatchPot.id)
    ).all()
    ids = [row[1] for row in rows]
    held = accounts.balances(session, ids) if ids else {}
    sums = spans.sums_by_kind(session, ids, since=date.min, through=clock.today())
    filled = {one.account_id: abs(one.amount) for one in sums if one.kind == _FILLED}
    for row_id, account_id, given, of in rows:
        is_value, should_be = held[account_id].posted, filled.get(account_id, 0) - int(given)
        if is_value != should_be:
            yield Suspect("cofund_match_pot", row_id, of).wrong(is_value, should_be, RULE_POT)


def _votes(session: Session) -> Iterator[Finding]:
    """Yield decided votes whose sums, outcome or digest do not follow from their ballots."""
    decided = select(Vote).where(Vote.state != VoteState.OPEN).order_by(Vote.id)
    for row in session.scalars(decided):
        view = votes.view_of(row)
        told = Suspect("cofund_vote", row.id, row.community_id).wrong
        if view.kind is VoteKind.ROLL:
            counted = _recount(session, row.id)
            if counted != view.tally:
                yield told(_sums(view.tally), _sums(counted), RULE_SUMS)
        passed = vote_rules.is_passed(view.tally, view.bar)
        should_be = VoteState.PASSED if passed else VoteState.FAILED
        if view.state is not should_be:
            yield told(view.state.value, should_be.value, RULE_PASSED)
        digest = vote_rules.vote_digest(
            view, view.tally, ballots=votes.ballots_for_digest(session, row.id)
        )
        if digest != row.digest:
            yield told(row.digest, digest, RULE_RESULT)


def _recount(session: Session, vote_id: int) -> Tally:
    """Return the sums of a vote, counted from its roll and ballots."""
    rows = session.execute(
        select(VoteOwner.area_hundredths, Ballot.choice)
        .outerjoin(Ballot, Ballot.owner_id == VoteOwner.id)
        .where(VoteOwner.vote_id == vote_id)
    )
    return vote_rules.tally_of(
        [(area, None if choice is None else Choice(choice)) for area, choice in rows]
    )


def _sums(tally: Tally) -> str:
    """Return sums as they are told: total, part and ayes, by area and by heads."""
    area = f"{tally.area_total}/{tally.area_part}/{tally.area_yes}"
    return f"{area} {tally.heads_total}/{tally.heads_part}/{tally.heads_yes}"


def _retention(session: Session) -> Iterator[Finding]:
    """Yield projects that withhold otherwise than their bills and moves say."""
    bills = _sum_of_bills().subquery()
    moves = _sum_of_moves().subquery()
    zero = literal(0)
    rows = session.execute(
        select(
            Project.id,
            Project.retention_account_id,
            func.coalesce(bills.c.fen, zero) - func.coalesce(moves.c.fen, zero),
            Project.community_id,
        )
        .outerjoin(bills, bills.c.project_id == Project.id)
        .outerjoin(moves, moves.c.project_id == Project.id)
        .where(Project.retention_account_id.is_not(None))
        .order_by(Project.id)
    ).all()
    held = accounts.balances(session, [row[1] for row in rows]) if rows else {}
    for row_id, account_id, should_be, of in rows:
        is_value = held[account_id].posted
        if is_value != int(should_be):
            yield Suspect("project", row_id, of).wrong(is_value, int(should_be), RULE_WITHHELD)


def _sum_of_bills() -> Select[tuple[int, int]]:
    """Select what was withheld of paid bills, by project."""
    bill = SpendingRequest
    paid = case((bill.state == SpendingState.PAID, bill.withheld_fen), else_=0)
    return select(bill.project_id, func.sum(paid).label("fen")).group_by(bill.project_id)


def _sum_of_moves() -> Select[tuple[int, int]]:
    """Select what was released or deducted, by project."""
    return (
        select(RetentionMove.project_id, func.sum(RetentionMove.amount_fen).label("fen"))
        .where(RetentionMove.state == MoveState.DONE)
        .group_by(RetentionMove.project_id)
    )


def _settlements(session: Session) -> Iterator[Finding]:
    """Yield final accounts that do not say what their digest is of."""
    for row in session.scalars(select(Settlement).order_by(Settlement.id)):
        digest = settlement_digest(row.facts)
        if digest != row.digest:
            of = Suspect("cofund_settlement", row.id, row.community_id)
            yield of.wrong(row.digest, digest, RULE_SETTLED)


def _disclosures(session: Session) -> Iterator[Finding]:
    """Yield frozen versions whose document or head is another one than they say."""
    for row in session.scalars(select(Disclosure).order_by(Disclosure.id)):
        told = Suspect(Disclosure.__tablename__, row.id, row.community_id).wrong
        digest = digest_of(
            document_of(
                number=number_of(row.year, row.serial),
                version=row.version,
                facts=row.facts,
                seal_number=row.seal_number,
                seal_head=row.seal_head,
            )
        )
        if digest != row.digest:
            yield told(row.digest, digest, RULE_FROZEN)
        head = _head(session, row)
        if head != row.seal_head:
            yield told(row.seal_head, head, RULE_HEAD)


def _head(session: Session, row: Disclosure) -> str:
    """Return the head of the block that a version names; empty when there is none."""
    try:
        return seals.block(session, row.community_id, row.seal_number).head.hex()
    except BlockNotFoundError:
        return ""
