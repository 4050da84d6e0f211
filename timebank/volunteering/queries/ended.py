"""The proof of ends: accounts of closed records are empty and frozen; sums are those of entries."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel.finding import Finding
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.merging import AccountMerge, EndingEntry
from timebank.volunteering.queries.passbook import BOOK, donation_code, member_code
from timebank.volunteering.rules.leaving import LeavingState
from timebank.volunteering.rules.merging import MergeState, Part

RULE_SUMS = "a merge or leaving moved what its entries moved, part by part"
RULE_FROZEN = "both accounts of a record that is merged, frozen or closed are frozen"
RULE_EMPTY = "both accounts of a record that is merged or closed are empty"
RULE_CLOSED = "a record is closed into another exactly by a merge that stands"


def ended_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield merges and leavings that disagree with their entries, accounts or people."""
    for merge in session.scalars(
        select(AccountMerge).where(
            AccountMerge.community_id == community_id,
            AccountMerge.state.in_((MergeState.MERGED, MergeState.UNDO_ASKED)),
        )
    ):
        yield from _sums(session, merge)
        yield from _accounts(session, merge, merge.old_id, is_empty=True)
        person = session.get_one(Person, merge.old_id)
        if person.is_active or person.merged_into_id != merge.kept_id:
            is_value = f"active {person.is_active}, merged into {person.merged_into_id}"
            due = f"closed, merged into {merge.kept_id}"
            yield _finding(merge, is_value, due, RULE_CLOSED)
    for leaving in session.scalars(
        select(AccountLeaving).where(
            AccountLeaving.community_id == community_id,
            AccountLeaving.state != LeavingState.UNDONE,
        )
    ):
        is_settled = leaving.state == LeavingState.SETTLED
        if is_settled:
            yield from _sums(session, leaving)
        yield from _accounts(session, leaving, leaving.person_id, is_empty=is_settled)


def _sums(session: Session, row: AccountMerge | AccountLeaving) -> Iterator[Finding]:
    """Yield what a row says it moved, if its entries moved something else."""
    of_it = EndingEntry.merge_id if isinstance(row, AccountMerge) else EndingEntry.leaving_id
    found = {
        part: int(minutes)
        for part, minutes in session.execute(
            select(EndingEntry.part, func.sum(EndingEntry.minutes))
            .where(of_it == row.id)
            .group_by(EndingEntry.part)
        )
    }
    due = tuple(found.get(part, 0) for part in (Part.OWN, Part.DONATION, Part.DEBT))
    is_value = (row.own_minutes, row.donation_minutes, row.debt_minutes)
    if is_value != due:
        yield _finding(row, str(is_value), str(due), RULE_SUMS)


def _accounts(
    session: Session, row: AccountMerge | AccountLeaving, person_id: int, *, is_empty: bool
) -> Iterator[Finding]:
    """Yield accounts of an ended record that are not frozen, or not empty."""
    codes = (member_code(person_id), donation_code(person_id))
    book_id = ledger_accounts.book_id(session, community_id=row.community_id, code=BOOK) or 0
    ids = ledger_accounts.account_ids(session, book_id=book_id, codes=codes)
    frozen = ledger_accounts.frozen_among(session, ids.values())
    for code, account_id in sorted(ids.items()):
        if account_id not in frozen:
            yield _finding(row, f"{code} lives", f"{code} frozen", RULE_FROZEN)
    balances = ledger_accounts.balances(session, ids.values()) if is_empty else {}
    for account_id, balance in balances.items():
        if balance.posted:
            yield _finding(row, f"account {account_id}: {balance.posted}", "0", RULE_EMPTY)


def _finding(row: AccountMerge | AccountLeaving, is_value: str, due: str, rule: str) -> Finding:
    """Return what is wrong with a merge or a leaving."""
    return Finding(row.__tablename__, f"id {row.id}", is_value, due, rule, row.community_id)
