"""What every verb does first and last: lock the project, ask the table, move on, leave a trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from timebank.access import queries as accounts
from timebank.cofund.errors import projects as errors
from timebank.cofund.errors import votes
from timebank.cofund.errors.receivables import CannotRaiseError
from timebank.cofund.models.projects import Agreement, AgreementShare, Contribution, Project
from timebank.cofund.rules.projects import (
    AMOUNT_FEN_MAX,
    ENDED,
    TRANSITIONS,
    Command,
    Party,
    ProjectState,
)
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import NotFoundError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.service import books as ledger_books
from timebank.trail import queries as files
from timebank.trail import service as trail
from timebank.trail.rules import IMAGES, PDF

OWNERS_BOOK = "owners"
OWNERS_NAME = "业主共有资金"
DOCUMENT = "document"
PAPERS = IMAGES | {PDF}

_REFUSALS: Mapping[Command, type[errors.WrongStateError]] = {
    Command.COST: errors.CannotCostError,
    Command.PUBLICISE: votes.CannotPubliciseError,
    Command.OBJECT: votes.CannotObjectError,
    Command.OPEN_VOTE: votes.CannotVoteError,
    Command.COUNT: votes.CannotVoteError,
    Command.FAIL: votes.CannotVoteError,
    Command.AGREE: errors.CannotAgreeError,
    Command.AMEND: errors.CannotAmendError,
    Command.RAISE: CannotRaiseError,
    Command.RECEIVE: errors.CannotReceiveError,
    Command.UNDO: errors.CannotUndoError,
    Command.ACCEPT: errors.CannotAcceptError,
    Command.DEDUCT: errors.CannotDeductError,
    Command.RELEASE: errors.CannotReleaseError,
    Command.SETTLE: errors.CannotSettleError,
    Command.KEEP: errors.CannotSettleError,
    Command.CLOSE: errors.CannotCloseError,
    Command.CANCEL: errors.CannotCancelError,
}


_LOCKED = (
    select(Project)
    .where(Project.id == bindparam("project_id"), Project.community_id == bindparam("community_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_TERMS = (
    select(
        Agreement.signed_on,
        AgreementShare.amount_fen,
        AgreementShare.fund_account_id,
        Contribution,
    )
    .join(AgreementShare, AgreementShare.agreement_id == Agreement.id)
    .outerjoin(Contribution, Contribution.entry_id == bindparam("entry_id"))
    .where(
        Agreement.project_id == bindparam("project_id"),
        Agreement.version == bindparam("version"),
        AgreementShare.party == bindparam("party"),
    )
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the agreement in force asks of a party, and what it still owes, in fen.

    ``known`` is what the asked entry has booked already.
    """

    signed_on: date
    agreed_fen: int
    owed_fen: int
    book_id: int
    fund_account_id: int
    known: Contribution | None


def terms_of(session: Session, *, project: Project, party: Party, entry_id: UUID) -> Terms:
    """Return the terms of a party of a locked project, with what an entry has booked already."""
    asked = {
        "project_id": project.id,
        "version": project.agreement_version,
        "party": party,
        "entry_id": entry_id,
    }
    signed_on, agreed_fen, fund_id, known = session.execute(_TERMS, asked).one()
    fund = ledger_accounts.states(session, [fund_id])[fund_id]
    return Terms(
        signed_on=signed_on,
        agreed_fen=agreed_fen,
        # Nothing goes back to a party before the end: what stands on its fund is what it paid.
        owed_fen=agreed_fen - fund.balance.posted,
        book_id=fund.account.book_id,
        fund_account_id=fund_id,
        known=known,
    )


def locked_project(session: Session, *, actor: Actor, project_id: int, command: Command) -> Project:
    """Return the project, locked for this transaction, if it may be asked this now.

    Raises:
        ProjectNotFoundError: there is none in the actor's community.
        WrongStateError: the command does not fit its state.
    """
    asked = {"project_id": project_id, "community_id": actor.community_id}
    project = session.scalar(_LOCKED, asked)
    if project is None:
        raise errors.ProjectNotFoundError
    if (ProjectState(project.state), command) not in TRANSITIONS:
        raise _REFUSALS.get(command, errors.CannotSpendError)(state=str(project.state))
    return project


def move(project: Project, command: Command) -> None:
    """Move a locked project along its arrow, noting when the new state was reached."""
    to = TRANSITIONS[ProjectState(project.state), command]
    if to != project.state:
        moment = "ended_at" if to in ENDED else f"{to.value}_at"
        setattr(project, moment, clock.now())
        project.state = to


def owners_book(session: Session, project: Project) -> int:
    """Return the book of the money that belongs to the owners in common."""
    return ledger_books.ensure_book(
        session, community_id=project.community_id, code=OWNERS_BOOK, name=OWNERS_NAME
    )


def leave_trail(
    session: Session,
    *,
    actor: Actor,
    project: Project,
    act: str,
    **facts: trail.Fact,
) -> None:
    """Note in the trail what was done to a project."""
    trail.record(
        session,
        actor=actor,
        action=f"cofund.{act}",
        subject_type="project",
        subject_id=project.id,
        summary=f"{project.number} {project.title}",
        facts=facts,
    )


def check_amount(amount_fen: int) -> None:
    """Refuse an amount out of reason.

    Raises:
        BadAmountError: it is not positive or far too large.
    """
    if not 0 < amount_fen <= AMOUNT_FEN_MAX:
        raise errors.BadAmountError(field="amount_fen")


def check_day(day: date, *, field: str) -> None:
    """Refuse a day that has not come yet.

    Raises:
        FutureDayError: it lies after today.
    """
    if day > clock.today():
        raise errors.FutureDayError(field=field)


def check_document(
    session: Session, *, actor: Actor, file_id: int, field: str = "document"
) -> None:
    """Refuse a document that is not the community's, or was kept for something else.

    Raises:
        DocumentNotFoundError: there is no such file here.
    """
    try:
        found = files.file(session, file_id)
    except NotFoundError as error:
        raise errors.DocumentNotFoundError(field=field) from error
    if found.community_id != actor.community_id or found.purpose != DOCUMENT:
        raise errors.DocumentNotFoundError(field=field)


def keep_document(
    session: Session, *, actor: Actor, content: bytes, name: str, field: str = "document"
) -> int:
    """Keep a document and return its id.

    Raises:
        DocumentMissingError: it is empty.
    """
    if not content:
        raise errors.DocumentMissingError(field=field)
    return trail.store_file(
        session, actor=actor, content=content, name=name, purpose=DOCUMENT, field=field
    )


def is_paper(session: Session, *, file_id: int) -> bool:
    """Whether a file is a PDF or an image: what nobody edits in passing."""
    return files.file(session, file_id).media_type in PAPERS


def reason_of(text: str, *, field: str = "reason") -> str:
    """Return a reason without blanks around it.

    Raises:
        MissingReasonError: there is none.
    """
    reason = text.strip()
    if not reason:
        raise errors.MissingReasonError(field=field)
    return reason


def cash_id(project: Project) -> int:
    """Return the account of the project's cash."""
    cash_id = project.cash_account_id
    assert cash_id is not None  # made with the agreement, which precedes any money
    return cash_id


def user_id_of(actor: Actor) -> int:
    """Return who is logged in; what two persons do is never a program's act.

    Raises:
        NoLoginError: nobody is.
    """
    if actor.user_id is None:
        raise errors.NoLoginError
    return actor.user_id


def is_own_hand(session: Session, *, actor: Actor, user_id: int | None) -> bool:
    """Whether what an account did is the actor's own doing; one person may have two accounts."""
    if user_id is None:
        return False
    if user_id == actor.user_id:
        return True
    other = accounts.user(session, community_id=actor.community_id, user_id=user_id)
    return actor.person_id is not None and other.person_id == actor.person_id


def memo_of(project: Project) -> str:
    """Return the words under which a project's entries stand in the ledger."""
    return f"{project.number} {project.title}"
