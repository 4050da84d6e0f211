"""What merging and leaving share: accounts frozen, thawed and emptied by named entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import carrying, freezing
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.models.merging import EndingEntry
from timebank.volunteering.rules.merging import Part
from timebank.volunteering.service import books


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one person: own minutes, donation-only ones, and what is owed."""

    own: int
    donation: int
    debt: int


@dataclass(frozen=True, slots=True)
class Matter:
    """By which merge or leaving entries are posted; ``document`` names it in the books."""

    key: UUID
    document: str
    memo: str
    merge_id: int | None = None
    leaving_id: int | None = None


def accounts_of(session: Session, *, community_id: int, person_id: int) -> Accounts:
    """Return a person's accounts; those that are new are opened."""
    of_whom = {"community_id": community_id, "person_id": person_id}
    return Accounts(
        own=books.member_account(session, **of_whom),
        donation=books.donation_account(session, **of_whom),
        debt=books.debt_account(session, **of_whom),
    )


def freeze(session: Session, *, actor: Actor, accounts: Accounts, document: str) -> None:
    """Let both accounts with minutes take part in nothing."""
    ids = (accounts.own, accounts.donation)
    freezing.freeze(session, actor=actor, account_ids=ids, document=document)


def thaw(session: Session, *, actor: Actor, accounts: Accounts, document: str) -> None:
    """Let both accounts with minutes take part again."""
    ids = (accounts.own, accounts.donation)
    freezing.thaw(session, actor=actor, account_ids=ids, document=document)


def carry(
    session: Session, *, actor: Actor, matter: Matter, part: Part, kind: str, way: tuple[int, int]
) -> int:
    """Carry all minutes of an account to another, lot by lot; return how many."""
    from_id, to_id = way
    entry_ids = carrying.carry(
        session,
        actor=actor,
        key=matter.key,
        from_id=from_id,
        to_id=to_id,
        kind=kind,
        memo=matter.memo,
        document=matter.document,
    )
    return _keep(session, actor, matter, part, entry_ids)


def move(
    session: Session,
    *,
    actor: Actor,
    matter: Matter,
    part: Part,
    kind: str,
    way: tuple[int, int],
    minutes: int,
) -> int:
    """Move minutes from an account to another by one entry, if there are any; return how many."""
    if minutes < 1:
        return 0
    draft = EntryDraft(
        id=derived_id(matter.key, f"{kind}:{way[0]}:{way[1]}"),
        book_id=books.time_book(session, community_id=actor.community_id),
        asset=Asset.MINUTES,
        kind=kind,
        effective_on=clock.today(),
        transfers=[Transfer(*way, minutes)],
        memo=matter.memo,
        document=matter.document,
    )
    posted = ledger_posting.post(session, actor=actor, draft=draft)
    return _keep(session, actor, matter, part, [posted.id])


def _keep(
    session: Session, actor: Actor, matter: Matter, part: Part, entry_ids: Sequence[UUID]
) -> int:
    """Write down which entries were posted; return the minutes that they moved."""
    moved = ledger_entries.moved(session, entry_ids)
    lines = [(entry_id, line) for entry_id in entry_ids for line in moved[entry_id]]
    session.add_all(
        EndingEntry(
            community_id=actor.community_id,
            merge_id=matter.merge_id,
            leaving_id=matter.leaving_id,
            part=part,
            moved_on=clock.today(),
            minutes=line.amount,
            debit_code=line.debit_code,
            credit_code=line.credit_code,
            entry_id=entry_id,
        )
        for entry_id, line in lines
    )
    session.flush()
    return sum(line.amount for _, line in lines)


def spendable(session: Session, account_id: int) -> int:
    """Return what is on an account and not set aside, or owed on a debt account."""
    return ledger_accounts.balance(session, account_id).available


def voided_account(session: Session, *, community_id: int) -> int:
    """Return the open account of minutes that nobody took over."""
    return _open_account(
        session, community_id, code="voided", name="作废的时间", normal=Side.CREDIT
    )


def written_off_account(session: Session, *, community_id: int) -> int:
    """Return the open account of debts that nobody is asked for any more."""
    name = "核销的欠账"
    return _open_account(session, community_id, code="written_off", name=name, normal=Side.DEBIT)


def _open_account(
    session: Session, community_id: int, *, code: str, name: str, normal: Side
) -> int:
    """Return one of the community's open accounts of minutes."""
    return ledger_books.ensure_account(
        session,
        book_id=books.time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=code,
        name=name,
        kind=AccountKind.OPEN,
        normal=normal,
        floor=None,
    )
