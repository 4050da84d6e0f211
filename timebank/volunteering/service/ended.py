"""Taking back what was posted to a record that was merged into another since."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.merging import merged_into
from timebank.volunteering.service import books, ending

BROUGHT_BACK = "hours.merged.returned"
MEMO = "合并前的时间撤回"


@contextmanager
def brought_back(session: Session, *, actor: Actor, row: ServiceRecord, key: UUID) -> Iterator[int]:
    """Let a record's reversal find its minutes; yield who owes what is spent.

    When the volunteer's record was merged into another, what that one still has of the minutes
    comes back to the closed accounts first, which are open as long as the reversal takes.
    """
    whose_id = merged_into(session, row.volunteer_id)
    if whose_id == row.volunteer_id:
        yield whose_id
        return
    of_whom = {"community_id": row.community_id}
    closed = ending.accounts_of(session, **of_whom, person_id=row.volunteer_id)
    live = ending.accounts_of(session, **of_whom, person_id=whose_id)
    document = f"service-record:{row.id}"
    ending.thaw(session, actor=actor, accounts=closed, document=document)
    donation = row.donation_minutes
    for from_id, to_id, wanted in (
        (live.own, closed.own, (row.credited_minutes or 0) - donation),
        (live.donation, closed.donation, donation),
    ):
        minutes = min(wanted, ending.spendable(session, from_id))
        if minutes > 0:
            draft = EntryDraft(
                id=derived_id(key, f"returned:{row.id}:{from_id}"),
                book_id=books.time_book(session, community_id=row.community_id),
                asset=Asset.MINUTES,
                kind=BROUGHT_BACK,
                effective_on=clock.today(),
                transfers=[Transfer(from_id, to_id, minutes)],
                memo=MEMO,
                document=document,
            )
            ledger_posting.post(session, actor=actor, draft=draft)
    yield whose_id
    ending.freeze(session, actor=actor, accounts=closed, document=document)
