"""Money that comes in for a project, and how it is taken back."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.errors.matching import ClaimedByBankError
from timebank.cofund.errors.receivables import NotResidentsError, ReceivableNotFoundError
from timebank.cofund.models.projects import Contribution, Project
from timebank.cofund.models.sources import Match
from timebank.cofund.queries import matches
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.rules.codes import read_code
from timebank.cofund.rules.projects import (
    Command,
    ContributionView,
    Method,
    Party,
)
from timebank.cofund.service import receivables, steps
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting


def receive_contribution(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    party: Party,
    amount_fen: int,
    received_on: date,
    payer_name: str,
    method: Method,
    reference: str = "",
    payment_code: str = "",
    key: UUID | None = None,
    beside: Sequence[Transfer] = (),
    is_from_credit: bool = False,
) -> ContributionView:
    """Book money of one party; the same key books it once.

    With the payment code of a household it is taken off what that household owes. ``beside`` is
    what else the entry moves: a line of the bank out of what is unclaimed, or older credit.

    Raises:
        BadPaymentCodeError, ReceivableNotFoundError, NotResidentsError,
        MoreThanOutstandingError: the code fits nothing, or its household does not owe so much.
        PartyWithoutShareError, MoreThanOwedError, FutureDayError, BeforeAgreementError
        SameKeyError: the key belongs to another contribution.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.RECEIVE
    )
    entry_id = key or ids.new_id()
    terms = steps.terms_of(session, project=project, party=party, entry_id=entry_id)
    if terms.known is not None:
        return _same(terms.known, project=project, party=party, amount_fen=amount_fen)
    _check_receipt(terms, amount_fen=amount_fen, received_on=received_on)
    receivable_id = _taken_off(
        session, project=project, party=party, code=payment_code, amount_fen=amount_fen
    )
    draft = _draft(
        project, terms, entry_id=entry_id, amount_fen=amount_fen, received_on=received_on,
        reference=reference, beside=beside,
    )  # fmt: skip
    ledger_posting.post(session, actor=actor, draft=draft)
    row = _written(
        session,
        actor=actor,
        project=project,
        entry=draft,
        party=party,
        amount_fen=amount_fen,
        payer_name=payer_name,
        method=method,
        receivable_id=receivable_id,
    )
    row.is_from_credit = is_from_credit
    steps.move(project, Command.RECEIVE)
    session.flush()
    facts = {"party": party.value, "amount_fen": amount_fen, "entry_id": str(entry_id)}
    steps.leave_trail(session, actor=actor, project=project, act="received", **facts)
    return queries.contribution_view(row)


def _draft(
    project: Project,
    terms: steps.Terms,
    *,
    entry_id: UUID,
    amount_fen: int,
    received_on: date,
    reference: str,
    beside: Sequence[Transfer],
) -> EntryDraft:
    """Return the entry of money that came in: the project's cash, the party's fund."""
    return EntryDraft(
        id=entry_id,
        book_id=terms.book_id,
        asset=Asset.YUAN,
        kind="cofund.received",
        effective_on=received_on,
        transfers=[Transfer(steps.cash_id(project), terms.fund_account_id, amount_fen), *beside],
        memo=steps.memo_of(project),
        document=reference.strip(),
    )


def _written(
    session: Session,
    *,
    actor: Actor,
    project: Project,
    entry: EntryDraft,
    party: Party,
    amount_fen: int,
    payer_name: str,
    method: Method,
    receivable_id: int | None,
) -> Contribution:
    """Write the row of money that was booked."""
    row = Contribution(
        community_id=project.community_id,
        project_id=project.id,
        party=party,
        amount_fen=amount_fen,
        received_on=entry.effective_on,
        payer_name=payer_name.strip(),
        method=method,
        reference=entry.document,
        receivable_id=receivable_id,
        entry_id=entry.id,
        received_by=actor.user_id,
        recorded_at=clock.now(),
    )
    session.add(row)
    return row


def undo_contribution(
    session: Session,
    *,
    actor: Actor,
    contribution_id: int,
    reason: str,
    key: UUID | None = None,
    is_unclaiming: bool = False,
) -> ContributionView:
    """Take a contribution back by a reversal, with a reason; spent money stays.

    Raises:
        ContributionNotFoundError: there is none in the actor's community.
        ClaimedByBankError: a line of the bank was claimed for it; that claim is what is undone.
        AlreadyUndoneError, ContributionSpentError: it cannot be taken back.
    """
    seen = queries.contribution(
        session, community_id=actor.community_id, contribution_id=contribution_id
    )
    project = steps.locked_project(
        session, actor=actor, project_id=seen.project_id, command=Command.UNDO
    )
    row = session.get_one(Contribution, contribution_id, populate_existing=True)
    if row.undone_entry_id is not None:
        raise errors.AlreadyUndoneError
    if not is_unclaiming and matches.is_claimed(session, contribution_id=contribution_id):
        raise ClaimedByBankError
    why = steps.reason_of(reason)
    available_fen = ledger_accounts.balance(session, steps.cash_id(project)).available
    if available_fen < row.amount_fen:
        raise errors.ContributionSpentError(available_fen=available_fen, amount_fen=row.amount_fen)
    reversal_id = key or ids.new_id()
    ledger_posting.reverse(
        session, actor=actor, entry_id=row.entry_id, reversal_id=reversal_id, reason=why
    )
    if row.receivable_id is not None:
        receivables.restore(
            session,
            community_id=row.community_id,
            receivable_id=row.receivable_id,
            amount_fen=row.amount_fen,
        )
    if row.match_id is not None:
        match = session.get_one(Match, row.match_id, with_for_update=True, populate_existing=True)
        match.matched_fen -= row.amount_fen
    row.undone_entry_id, row.undone_at = reversal_id, clock.now()
    row.undone_by, row.undone_reason = actor.user_id, why
    session.flush()
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="contribution_undone",
        contribution_id=row.id,
        amount_fen=row.amount_fen,
        reason=why,
    )
    return queries.contribution_view(row)


def _same(
    known: Contribution, *, project: Project, party: Party, amount_fen: int
) -> ContributionView:
    """Return the contribution that this key booked before, if it is the same one."""
    if (known.project_id, known.party, known.amount_fen) != (project.id, party, amount_fen):
        raise errors.SameKeyError
    return queries.contribution_view(known)


def _taken_off(
    session: Session, *, project: Project, party: Party, code: str, amount_fen: int
) -> int | None:
    """Take a receipt off what the household of a payment code owes; return which that is."""
    if not code.strip():
        return None
    if party is not Party.RESIDENTS:
        raise NotResidentsError(field="party")
    found = receivable_reads.receivable_id_of_code(
        session, community_id=project.community_id, code=read_code(code)
    )
    if found is None:
        raise ReceivableNotFoundError(field="payment_code")
    row = receivables.locked(session, community_id=project.community_id, receivable_id=found)
    if row.project_id != project.id:
        raise ReceivableNotFoundError(field="payment_code")
    receivables.reduce(
        session, community_id=project.community_id, receivable_id=found, amount_fen=amount_fen
    )
    return found


def _check_receipt(terms: steps.Terms, *, amount_fen: int, received_on: date) -> None:
    """Refuse money that does not fit the agreement."""
    steps.check_amount(amount_fen)
    steps.check_day(received_on, field="received_on")
    if received_on < terms.signed_on:
        raise errors.BeforeAgreementError(field="received_on", signed_on=terms.signed_on)
    if terms.agreed_fen == 0:
        raise errors.PartyWithoutShareError(field="party")
    if amount_fen > terms.owed_fen:
        raise errors.MoreThanOwedError(
            field="amount_fen", owed_fen=terms.owed_fen, amount_fen=amount_fen
        )
