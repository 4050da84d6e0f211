"""A household's credit pays its next bill: the money came before, so only the books move."""

from uuid import UUID

from sqlalchemy.orm import Session

from timebank.cofund.errors import receivables as errors
from timebank.cofund.queries import receivables as queries
from timebank.cofund.rules.projects import ContributionView, Method, Party
from timebank.cofund.service import money
from timebank.cofund.service.matching import credit_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Transfer

_REFERENCE = "预存款抵缴"


def apply_credit(
    session: Session, *, actor: Actor, receivable_id: int, key: UUID | None = None
) -> ContributionView:
    """Let a household's credit pay what it owes for an instalment: all of it, or as far as it goes.

    The entry that books the receipt takes the credit, whose account cannot fall below zero; a
    receipt that is taken back gives the credit back.

    Raises:
        ReceivableNotFoundError: there is none in the actor's community.
        NoCreditError: it owes nothing, or has no credit.
        WrongStateError: the project takes no money now.
    """
    of = actor.community_id
    bill = queries.receivable(session, community_id=of, receivable_id=receivable_id)
    have_fen = credit_of(session, of, bill.household_id)
    amount_fen = min(have_fen, bill.outstanding_fen)
    if amount_fen <= 0:
        raise errors.NoCreditError
    own_id = ledger_accounts.account_id_within(
        session, community_id=of, book="owners", code=f"credit:{bill.household_id}"
    )
    kept_id = ledger_accounts.account_id_within(
        session, community_id=of, book="owners", code="credits"
    )
    assert own_id is not None  # there is credit on it
    assert kept_id is not None  # made with the first credit
    return money.receive_contribution(
        session,
        actor=actor,
        project_id=bill.project_id,
        party=Party.RESIDENTS,
        amount_fen=amount_fen,
        received_on=clock.today(),
        payer_name=f"{bill.building}-{bill.unit}-{bill.room_no}",
        method=Method.TRANSFER,
        reference=_REFERENCE,
        payment_code=bill.payment_code,
        key=key,
        beside=(Transfer(own_id, kept_id, amount_fen),),
        is_from_credit=True,
    )
