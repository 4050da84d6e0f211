"""A bill of a project: asked with its papers, approved past two or three persons, paid."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Project, ProjectCostLine, SpendingRequest
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import policy as policies
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import (
    SPENDING_TRANSITIONS,
    Command,
    SpendingState,
    SpendingView,
)
from timebank.cofund.rules.retention import withheld_of
from timebank.cofund.service import steps
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import holds as ledger_holds
from timebank.ledger.service import posting as ledger_posting


def request_spending(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    cost_line_id: int,
    amount_fen: int,
    payee: str,
    purpose: str,
    document_file_id: int,
    contract_file_id: int | None = None,
    payee_account: str = "",
) -> SpendingView:
    """Ask that a bill be paid, with its invoice and, from the limit on, its contract.

    What is kept back of it is fixed now, as the agreement says.

    Raises:
        CostLineNotFoundError: the line is not of this project's costing.
        AboveAgreedError: more than the three parties agreed would be spent.
        DocumentNotFoundError, NotPaperError, ContractMissingError: the papers are not enough.
    """
    user_id = steps.user_id_of(actor)
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.REQUEST
    )
    steps.check_amount(amount_fen)
    second_from_fen = policies.in_force(session, project.community_id).second_from_fen
    _check_papers(
        session,
        actor=actor,
        invoice_id=document_file_id,
        contract_id=contract_file_id,
        limit_fen=second_from_fen if amount_fen >= second_from_fen else None,
    )
    line = session.get(ProjectCostLine, cost_line_id)
    if line is None or line.project_id != project.id:
        raise errors.CostLineNotFoundError(field="cost_line_id")
    _check_agreed(session, project=project, amount_fen=amount_fen)
    row = SpendingRequest(
        community_id=project.community_id,
        project_id=project.id,
        cost_line_id=line.id,
        amount_fen=amount_fen,
        payee=payee.strip(),
        purpose=purpose.strip(),
        document_file_id=document_file_id,
        contract_file_id=contract_file_id,
        payee_account=payee_account.strip(),
        withheld_fen=withheld_of(amount_fen, project.retention_permille),
        second_from_fen=second_from_fen,
        needs_second=amount_fen >= second_from_fen,
        requested_by=user_id,
        requested_name=actor.name,
        requested_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_requested")


def approve_spending(
    session: Session, *, actor: Actor, request_id: int, key: UUID | None = None
) -> SpendingView:
    """Approve another person's request; the cash is held for it from now on.

    Above the limit the first approval only endorses it: a third person approves.

    Raises:
        OwnRequestError: the actor asked for it, by this account or by another of theirs.
        ChangedPayeeError, ApprovedBeforeError: the actor has another hand in it.
        BeforeAcceptanceError: so much is paid only once the works are accepted.
        NotEnoughReceivedError: less than that has come in.
    """
    user_id = steps.user_id_of(actor)
    project, row = _locked_request(
        session, actor=actor, request_id=request_id, command=Command.APPROVE
    )
    _check_hand(session, actor=actor, row=row)
    _check_before_acceptance(session, project=project, row=row)
    if row.needs_second and row.state == SpendingState.REQUESTED:
        return _endorse(session, actor=actor, project=project, row=row)
    available_fen = ledger_accounts.balance(session, steps.cash_id(project)).available
    if available_fen < row.amount_fen:
        raise errors.NotEnoughReceivedError(available_fen=available_fen, amount_fen=row.amount_fen)
    hold_id = _id_of(row, "hold", key)
    ledger_holds.hold(
        session,
        actor=actor,
        hold_id=hold_id,
        account_id=steps.cash_id(project),
        amount=row.amount_fen,
        memo=steps.memo_of(project),
    )
    row.hold_id, row.approved_by = hold_id, user_id
    row.approved_name, row.approved_at = actor.name, clock.now()
    row.state = SpendingState.APPROVED
    steps.move(project, Command.APPROVE)
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_approved")


def _check_agreed(session: Session, *, project: Project, amount_fen: int) -> None:
    """Refuse more than the three parties agreed to spend."""
    figures = queries.figures(session, project.id)
    left_fen = figures.agreed_fen - figures.spent_fen
    if amount_fen > left_fen:
        raise errors.AboveAgreedError(field="amount_fen", left_fen=left_fen, amount_fen=amount_fen)


def _check_papers(
    session: Session,
    *,
    actor: Actor,
    invoice_id: int,
    contract_id: int | None,
    limit_fen: int | None,
) -> None:
    """Refuse papers that are missing, are somebody else's, or can be edited."""
    for file_id, field in ((invoice_id, "document"), (contract_id, "contract")):
        if file_id is None:
            continue
        steps.check_document(session, actor=actor, file_id=file_id, field=field)
        if not steps.is_paper(session, file_id=file_id):
            raise errors.NotPaperError(field=field)
    if limit_fen is not None and contract_id is None:
        raise errors.ContractMissingError(field="contract", limit_fen=limit_fen)


def _check_hand(session: Session, *, actor: Actor, row: SpendingRequest) -> None:
    """Refuse whoever has another hand in the request."""
    for user_id, refusal in (
        (row.requested_by, errors.OwnRequestError),
        (row.payee_changed_by, errors.ChangedPayeeError),
        (row.endorsed_by, errors.ApprovedBeforeError),
    ):
        if steps.is_own_hand(session, actor=actor, user_id=user_id):
            raise refusal


def _check_before_acceptance(session: Session, *, project: Project, row: SpendingRequest) -> None:
    """Refuse to pay nearly all of it before the works are accepted."""
    if project.accepted_on is not None:
        return
    agreed_fen = queries.figures(session, project.id).agreed_fen
    most_fen = agreed_fen * project.before_acceptance_permille // 1000
    sum_fen = row.amount_fen + bill_reads.approved_sum(session, project.id)
    if sum_fen > most_fen:
        raise errors.BeforeAcceptanceError(most_fen=most_fen, sum_fen=sum_fen)


def _endorse(
    session: Session, *, actor: Actor, project: Project, row: SpendingRequest
) -> SpendingView:
    """Note the first of two approvals; no cash is held yet."""
    row.endorsed_by, row.endorsed_name = steps.user_id_of(actor), actor.name
    row.endorsed_at = clock.now()
    row.state = SPENDING_TRANSITIONS[SpendingState(row.state), Command.ENDORSE]
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_endorsed")


def change_payee(
    session: Session,
    *,
    actor: Actor,
    request_id: int,
    payee: str,
    payee_account: str,
    callback_note: str,
) -> SpendingView:
    """Change who is paid or on which account: called back, approved anew, paid a day later.

    Raises:
        SamePayeeError: nothing is changed.
        MissingReasonError: the call back is not described.
    """
    user_id = steps.user_id_of(actor)
    project, row = _locked_request(
        session, actor=actor, request_id=request_id, command=Command.CHANGE_PAYEE
    )
    note = steps.reason_of(callback_note, field="callback_note")
    if (row.payee, row.payee_account) == (payee.strip(), payee_account.strip()):
        raise errors.SamePayeeError(field="payee")
    if row.state == SpendingState.APPROVED and row.hold_id is not None:
        ledger_holds.release(session, actor=actor, hold_id=row.hold_id, reason=note)
    hours = policies.in_force(session, project.community_id).payee_wait_hours
    row.state = SPENDING_TRANSITIONS[SpendingState(row.state), Command.CHANGE_PAYEE]
    row.hold_id = row.approved_by = row.approved_at = row.endorsed_by = row.endorsed_at = None
    row.approved_name = row.endorsed_name = ""
    row.payee, row.payee_account, row.payee_note = payee.strip(), payee_account.strip(), note
    row.payee_changed_by, row.payee_changed_at = user_id, clock.now()
    row.payee_wait_until = clock.now() + timedelta(hours=hours)
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_payee_changed")


def _id_of(row: SpendingRequest, part: str, key: UUID | None) -> UUID:
    """Return the id of a request's hold or entry: of no other request, whatever the key."""
    return ids.new_id() if key is None else ids.derived_id(key, f"spending_request:{row.id}:{part}")


def refuse_spending(
    session: Session, *, actor: Actor, request_id: int, reason: str
) -> SpendingView:
    """Refuse a request, or take an approval back before it is paid, with a reason."""
    project, row = _locked_request(
        session, actor=actor, request_id=request_id, command=Command.REFUSE
    )
    _let_go(session, actor=actor, row=row, reason=steps.reason_of(reason))
    row.state = SpendingState.REFUSED
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_refused")


def withdraw_spending(
    session: Session, *, actor: Actor, request_id: int, reason: str = ""
) -> SpendingView:
    """Withdraw one's own request before it is paid.

    Raises:
        NotOwnRequestError: somebody else asked for it.
    """
    project, row = _locked_request(
        session, actor=actor, request_id=request_id, command=Command.WITHDRAW
    )
    if row.requested_by != actor.user_id:
        raise errors.NotOwnRequestError
    _let_go(session, actor=actor, row=row, reason=reason.strip())
    row.state = SpendingState.WITHDRAWN
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_withdrawn")


def pay_spending(
    session: Session,
    *,
    actor: Actor,
    request_id: int,
    paid_on: date,
    key: UUID | None = None,
    entry_id: UUID | None = None,
    beside: Sequence[Transfer] = (),
) -> SpendingView:
    """Record that an approved request was paid: the held cash becomes cost.

    ``beside`` is what else the entry moves: a line of the bank into what is unclaimed.
    """
    project, row = _locked_request(session, actor=actor, request_id=request_id, command=Command.PAY)
    steps.check_day(paid_on, field="paid_on")
    if row.payee_wait_until is not None and clock.now() < row.payee_wait_until:
        raise errors.PayeeWaitError(until=row.payee_wait_until)
    cost_id, hold_id = project.cost_account_id, row.hold_id
    assert cost_id is not None  # made with the agreement, which precedes any money
    assert hold_id is not None  # the database has no approved request without it
    draft = EntryDraft(
        id=entry_id or _id_of(row, "entry", key),
        book_id=steps.owners_book(session, project),
        asset=Asset.YUAN,
        kind="cofund.spent",
        effective_on=paid_on,
        transfers=[*_transfers(project, row, cost_id=cost_id), *beside],
        memo=steps.memo_of(project),
        document=f"stored_file:{row.document_file_id}",
    )
    ledger_holds.capture(session, actor=actor, hold_id=hold_id, draft=draft)
    row.state, row.entry_id = SpendingState.PAID, draft.id
    row.paid_on, row.paid_by, row.ended_at = paid_on, actor.user_id, clock.now()
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_paid")


def take_back_payment(
    session: Session, *, actor: Actor, request_id: int, reason: str, reversal_id: UUID
) -> SpendingView:
    """Reverse a payment that did not happen; the bill is approved again, its cash held again.

    Raises:
        SpendingDecidedError: it is not paid.
        WrongStateError: the project has moved on.
    """
    seen = bill_reads.spending(session, community_id=actor.community_id, request_id=request_id)
    project = steps.locked_project(
        session, actor=actor, project_id=seen.project_id, command=Command.PAY
    )
    row = session.get_one(SpendingRequest, request_id, populate_existing=True)
    if row.state != SpendingState.PAID or row.entry_id is None:
        raise errors.SpendingDecidedError(state=str(row.state))
    ledger_posting.reverse(
        session, actor=actor, entry_id=row.entry_id, reversal_id=reversal_id, reason=reason
    )
    hold_id = ids.derived_id(reversal_id, "hold")
    ledger_holds.hold(
        session,
        actor=actor,
        hold_id=hold_id,
        account_id=steps.cash_id(project),
        amount=row.amount_fen,
        memo=steps.memo_of(project),
    )
    row.state, row.entry_id, row.hold_id = SpendingState.APPROVED, None, hold_id
    row.paid_on, row.paid_by, row.ended_at = None, None, None
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act="spending_unpaid")


def _transfers(project: Project, row: SpendingRequest, *, cost_id: int) -> list[Transfer]:
    """Return what leaves the cash: to the builder, and what is kept back of it."""
    cash_id, retention_id = steps.cash_id(project), project.retention_account_id
    paid = [Transfer(cost_id, cash_id, row.amount_fen - row.withheld_fen)]
    if not row.withheld_fen:
        return paid
    assert retention_id is not None  # made with the agreement, which precedes any money
    return [*paid, Transfer(retention_id, cash_id, row.withheld_fen)]


def _locked_request(
    session: Session, *, actor: Actor, request_id: int, command: Command
) -> tuple[Project, SpendingRequest]:
    """Return a request and its project, locked, if both may be asked this now.

    Raises:
        SpendingRequestNotFoundError: there is none in the actor's community.
        SpendingDecidedError: somebody was faster.
        WrongStateError: the project has moved on.
    """
    seen = bill_reads.spending(session, community_id=actor.community_id, request_id=request_id)
    if (seen.state, command) not in SPENDING_TRANSITIONS:
        raise errors.SpendingDecidedError(state=seen.state.value)
    project = steps.locked_project(
        session, actor=actor, project_id=seen.project_id, command=command
    )
    row = session.get_one(SpendingRequest, request_id, populate_existing=True)
    if (SpendingState(row.state), command) not in SPENDING_TRANSITIONS:
        raise errors.SpendingDecidedError(state=str(row.state))
    return project, row


def _let_go(session: Session, *, actor: Actor, row: SpendingRequest, reason: str) -> None:
    """End a request unpaid and release what was held for it."""
    if row.state == SpendingState.APPROVED and row.hold_id is not None:
        ledger_holds.release(session, actor=actor, hold_id=row.hold_id, reason=reason)
    row.ended_by, row.ended_at, row.end_reason = actor.user_id, clock.now(), reason


def _told(
    session: Session, *, actor: Actor, project: Project, row: SpendingRequest, act: str
) -> SpendingView:
    """Leave a trail of what was done to a request and return how it stands."""
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act=act,
        request_id=row.id,
        amount_fen=row.amount_fen,
        reason=row.end_reason,
    )
    return bill_reads.spending(session, community_id=row.community_id, request_id=row.id)
